"""What a job costs here beside another checkout, in turns, so that a busy machine decides nothing.

    python benchmarks/sandbox/beside.py OTHER_CHECKOUT HUMANEVAL.jsonl.gz [--rounds 15] [--every 4] [--out F]

Each checkout judges the same HumanEval reference programs in a process of its own, one round after the other.
Per job: CPU milliseconds of the host, of the runners and of the jobs' processes, and page faults of these.
``literal`` are the problems whose asserts are judged in the host, ``driver`` all, with a test process. The
ratio is the median over the rounds.
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
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[2]
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
PARTS = ("host", "runners", "jobs", "faults")


def _below(pid: int) -> list[int]:
    """All descendants of a process."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
            found += [int(child), *_below(int(child))]
    return found


def _used() -> list[float]:
    """CPU milliseconds of this process, of the runners, of their jobs; the page faults of the last two."""
    sums = [time.process_time() * 1000, 0.0, 0.0, 0.0]
    for pid in _below(os.getpid()):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        own, its_own, jobs_user, jobs_system = map(int, fields[11:15])
        sums[1] += (own + its_own) * _TICK_MS
        sums[2] += (jobs_user + jobs_system) * _TICK_MS
        sums[3] += int(fields[7]) + int(fields[8])
    return sums


def serve(path: str, every: int) -> None:
    """In a child: judge all once for each line that is read, and tell what it cost."""
    from verirs.code.judge import judge
    from verirs.code.plan import Mode, plan_tests
    from verirs.sandbox import Limits, open_sandbox
    from verirs.types import Problem

    warnings.simplefilter("ignore")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        tasks = [json.loads(line) for line in lines][::every]
    sandbox = open_sandbox("namespaces", workers=1)
    plans: dict[str, list[tuple[Any, str]]] = {"literal": [], "driver": []}
    for t in tasks:
        problem = Problem(id=t["id"], prompt=t["prompt"], tests=t["tests"], entry_point=t["entry_point"])
        plan = plan_tests(problem)
        if plan.mode is Mode.LITERAL:
            plans["literal"].append((plan, t["reference"]))
        plans["driver"].append((replace(plan, mode=Mode.DRIVER), t["reference"]))
    for row in sys.stdin:
        before = _used()
        todo = plans[row.strip()]
        passed = sum(judge(plan, text, sandbox, Limits()).status == "pass" for plan, text in todo)
        cost = [(b - a) / len(todo) for a, b in zip(before, _used(), strict=True)]
        print(json.dumps({"passed": passed, "n": len(todo), "cost": cost}), flush=True)


def main() -> None:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("other", nargs="?")
    a.add_argument("problems")
    a.add_argument("--rounds", type=int, default=15)
    a.add_argument("--every", type=int, default=4)
    a.add_argument("--rows", default="literal,driver")
    a.add_argument("--out", default="")
    args = a.parse_args()
    if args.other is None:
        serve(args.problems, args.every)
        os._exit(0)
    command = [sys.executable, __file__, args.problems, "--every", str(args.every)]
    children = [
        subprocess.Popen(
            command, env=os.environ | {"PYTHONPATH": str(where)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for where in (HERE, Path(args.other).resolve())
    ]  # fmt: skip

    def ask(child: subprocess.Popen[str], row: str) -> dict[str, Any]:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(row + "\n")
        child.stdin.flush()
        answer: dict[str, Any] = json.loads(child.stdout.readline())
        return answer

    rows = []
    for row in args.rows.split(","):
        for child in children:
            ask(child, row)  # workers up, pages in
        rounds = [[ask(child, row) for child in children] for _ in range(args.rounds)]
        totals = [[sum(said["cost"][:3]) for said in pair] for pair in rounds]
        found: dict[str, Any] = {"row": row, "ratio": statistics.median(x / y for x, y in totals)}
        for i, name in enumerate(("here", "other")):
            costs = [pair[i]["cost"] for pair in rounds]
            found[name] = {
                "n": rounds[0][i]["n"], "passed": rounds[0][i]["passed"],
                "cpu_ms": round(statistics.median(t[i] for t in totals), 2),
                **{p: round(statistics.median(c[k] for c in costs), 2) for k, p in enumerate(PARTS)},
            }  # fmt: skip
        rows.append(found)
        print(json.dumps(found))
    for child in children:
        child.kill()
    if args.out:
        sys.path.insert(0, str(HERE / "benchmarks" / "code"))
        from common import write  # type: ignore[import-not-found]

        what = {"what": __doc__.splitlines()[0], "rounds": args.rounds, "load": os.getloadavg()}
        write(what | {"rows": rows}, args.out)


if __name__ == "__main__":
    main()
