"""What programs that never end cost a run: wall time beside the sum of their limits, and the others'
verdicts.

    python -m benchmarks.sandbox.loops [--jobs 1000] [--share 0.3] [--limit 1.0] [--workers 2] [--out FILE]

A share of the jobs loops for ever; half of those catch everything. The others are right or wrong programs,
of which it is known what must be said. ``ratio`` is the wall time over (limits of the loops + CPU time of the
others) / workers. ``cpu_of_a_loop_s`` and ``runs`` say, on a busy machine too, that each loop had its limit
once and no more.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

from verirs.code.judge import judge
from verirs.code.plan import plan_tests
from verirs.sandbox import Limits, open_sandbox
from verirs.types import Problem

PROBLEM = Problem(tests="assert f(2) == 4\nassert f(3) == 9", entry_point="f")
LOOPS = (
    "def f(x):\n    while True: pass",
    "def f(x):\n    while True:\n        try:\n            while True: pass\n"
    "        except BaseException: pass",
)
OTHERS = {
    "def f(x): return x * x": "pass",
    "def f(x): return x + x": "fail",
    "def f(x): return [][x]": "fail",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--limit", type=float, default=1.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out")
    args = parser.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)
    loops = round(args.jobs * args.share)
    jobs = [(LOOPS[i % 2] + f"\n# {i}", "fail") for i in range(loops)]
    jobs += [(code, due) for i in range(args.jobs - loops) for code, due in [list(OTHERS.items())[i % 3]]]
    random.Random(0).shuffle(jobs)
    plan, limits = plan_tests(PROBLEM), Limits(cpu_s=args.limit)
    with open_sandbox(workers=args.workers) as sandbox:
        judge(plan, jobs[0][0], sandbox, limits)
        begun = time.perf_counter()
        with ThreadPoolExecutor(args.workers) as threads:
            said = list(threads.map(lambda job: judge(plan, job[0], sandbox, limits), jobs))
        wall = time.perf_counter() - begun
        backend = sandbox.name
    others = sum(j.cpu_s for j in said) - sum(j.cpu_s for j in said if j.status == "cpu_timeout")
    least = (loops * args.limit + others) / args.workers
    row = {
        "backend": backend, "jobs": args.jobs, "loops": loops, "limit_s": args.limit, "workers": args.workers,
        "wall_s": round(wall, 1), "least_s": round(least, 1), "ratio": round(wall / least, 2),
        "cpu_of_a_loop_s": round(sum(j.cpu_s for j in said if j.status == "cpu_timeout") / max(loops, 1), 2),
        "runs": sum(j.attempts for j in said),
        "timeouts": sum(j.status == "cpu_timeout" for j in said),
        "wrong_verdicts": sum(j.verdict != due for j, (_, due) in zip(said, jobs, strict=True)),
    }  # fmt: skip
    print(json.dumps(row))
    if args.out:
        with open(args.out, "w", encoding="utf-8") as f:
            json.dump(row, f, indent=1)


if __name__ == "__main__":
    main()
