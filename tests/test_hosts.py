"""The graders inside other people's processes: a Ray actor and a Jupyter kernel.

Each grades a fast pair, one that only a worker process can decide, and a program in the sandbox.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from verirs.errors import SandboxError
from verirs.sandbox import open_sandbox

GRADE = r"""
from verirs import grade
from verirs.math import equivalent
said = [
    grade("math", answer="1/2", text=r"so \boxed{0.5}").verdict.value,
    equivalent("n(n+1)/2", r"\sum_{k=1}^{n} k").verdict.value,
    grade("code", text="def f(x): return 2*x", tests="assert f(2) == 4", entry_point="f").verdict.value,
    grade("code", text="import os\nos._exit(0)", tests="assert f(2) == 4", entry_point="f").verdict.value,
]
"""
DUE = ["pass", "pass", "pass", "fail"]


def graded() -> list[str]:
    names: dict[str, Any] = {}
    exec(GRADE, names)  # noqa: S102 - the very text that the notebook runs
    said: list[str] = names["said"]
    return said


@pytest.fixture(scope="module", autouse=True)
def sandboxed() -> None:
    try:
        open_sandbox("auto", workers=1).close()
    except SandboxError as error:
        pytest.skip(f"no sandbox on this machine: {error}")


def test_here() -> None:
    assert graded() == DUE


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    ray = pytest.importorskip("ray", reason="Ray is not installed (extra: ray)")
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        object_store_memory=80 << 20,
        runtime_env={"env_vars": {"PYTHONPATH": os.getcwd()}},
    )
    yield ray
    ray.shutdown()


@pytest.mark.timeout(180)
def test_in_ray_actors(ray: Any) -> None:
    class Grader:
        def grade(self) -> list[str]:
            return graded()

    class AsyncGrader:
        async def grade(self) -> list[str]:
            return graded()

    actors = [ray.remote(kind).remote() for kind in (Grader, AsyncGrader)]
    assert ray.get([a.grade.remote() for a in actors for _ in range(2)], timeout=120) == [DUE] * 4


@pytest.mark.timeout(180)
def test_in_a_notebook() -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbclient is not installed (extra: dev)")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (extra: dev)")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed (extra: dev)")
    cells = [
        GRADE + "print(said)",
        "import asyncio\nsaid = []\n"
        "async def later():\n    ns = {}\n    exec(GRADE, ns)\n    return ns['said']\nprint(await later())",
    ]
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(c) for c in [f"GRADE = {GRADE!r}", *cells]]
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    said = [cell.outputs[0]["text"].strip() for cell in book.cells[1:]]
    assert said == [str(DUE)] * 2


RUN = """
import os, signal, threading, verirs
def run(folder, name, latency):
    config = {"runs": folder, "name": name, "n": 2, "engine": {"name": "fake", "latency": latency},
              "source": {"name": "easy"}, "scorer": {"math": {}}}
    return verirs.run(config).exported.summary.completions
"""


def test_a_run_inside_an_event_loop(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(RUN, names)  # noqa: S102 - the very text that the interrupted process runs

    async def notebook() -> int:
        return int(names["run"](str(tmp_path), "r", 0.0))

    assert asyncio.run(notebook()) == 80


def test_a_run_inside_an_event_loop_can_be_interrupted_and_goes_on(tmp_path: Path) -> None:
    call = f"run({str(tmp_path)!r}, 'r', {{latency}})"
    code = RUN + (
        "import asyncio, time\n"
        "async def notebook():\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)  # as a notebook's kernel does\n"
        f"    config = {str(tmp_path / 'r' / 'config.toml')!r}\n"
        "    def stop():\n"
        "        while not os.path.exists(config): time.sleep(0.05)  # written when sampling begins\n"
        "        time.sleep(1)\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    threading.Thread(target=stop).start()\n"
        f"    try: {call.format(latency=60)}\n"
        "    except verirs.errors.VerirsError as e: print('said:', e)\n"
        f"    print({call.format(latency=0)})\n"
        "asyncio.run(notebook())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "said: interrupted" in done.stdout and done.stdout.splitlines()[-1] == "80", done
