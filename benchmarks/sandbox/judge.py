"""A judge made of nothing but a sandbox, for the hostile corpus's runner: ``--judge judge:BACKEND``.

Function tasks are judged by a test process that reaches the program by calls, stdin/stdout tasks by
comparing output here. The backend is the name after the colon: ``namespaces``, ``landlock``, ``docker``,
``docker_runsc``, ``process``.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from verirs.sandbox import Drive, Limits, Status, Stdio, open_sandbox
from verirs.sandbox.pool import Pool


@functools.cache
def _sandbox(name: str) -> Pool:
    warnings.simplefilter("ignore", RuntimeWarning)
    return open_sandbox(name, workers=1)


def judge(backend: str, program: str, task: dict[str, Any], limits: dict[str, Any]) -> str:
    sandbox = _sandbox(backend)
    own = Limits(
        cpu_s=int(limits["wall_s"]),
        wall_s=float(limits["wall_s"]),
        memory_mb=limits["mem_mb"],
        disk_mb=limits["disk_mb"],
        processes=limits["pids"],
        output_kb=limits["output_mb"] << 10,
    )
    if task["kind"] == "fn":
        names = (task["entry_point"],)
        result = sandbox.run(
            Drive(
                code=program, entry_points=names, setup=task["test"], tests=("check(candidate)",), limits=own
            )
        )
        if result.status is not Status.OK or result.setup_error:
            return f"{result.status}: {result.reason}{result.setup_error}"
        (outcome,) = result.outcomes
        return "pass" if outcome.passed else f"{outcome.error}: {outcome.message}"
    for test in task["tests"]:
        result = sandbox.run(Stdio(code=program, stdin=test["input"].encode(), limits=own))
        if result.status is not Status.OK:
            return f"{result.status}: {result.reason}"
        said = [x.rstrip() for x in result.stdout.decode("utf-8", "replace").rstrip().split("\n")]
        if said != [x.rstrip() for x in test["output"].rstrip().split("\n")]:
            return "wrong output"
    return "pass"


def __getattr__(name: str) -> Callable[..., str]:
    if name.startswith("__"):
        raise AttributeError(name)
    return functools.partial(judge, name.replace("_", ":"))
