"""Many different time limits in one process: what it holds after each, in processes, descriptors and memory.

    python -m benchmarks.sandbox.limits [--limits 24] [--jobs 8] [--workers 2] [--out FILE]

Every round judges the same programs under another limit: right ones, and one that loops until its limit. A
pool that kept workers for each limit would grow with the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "code"))

from benchmarks.code.common import cpu_seconds, write
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem

TESTS = "assert f(2) == 4\nassert f(3) == 9"
LOOP = "def f(x):\n    while True: pass"


def held() -> dict[str, int]:
    """Processes below this one, its descriptors and memory, and the memory of those processes."""
    parents: dict[int, int] = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(pid)] = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    below = {os.getpid()}
    while more := {p for p, parent in parents.items() if parent in below} - below:
        below |= more
    below.discard(os.getpid())
    return {
        "processes": len(below),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "memory_kb": _memory(os.getpid()),
        "memory_of_processes_kb": sum(map(_memory, below)),
    }


def _memory(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4
    except OSError:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--limits", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    scorer = CodeScorer(workers=args.workers)
    rounds: list[dict[str, Any]] = []
    wrong = 0
    for number in range(args.limits):
        limit = round(0.1 + 0.02 * number, 2)
        problem = Problem(tests=TESTS, entry_point="f", meta={"time_limit": limit})
        texts = [*(f"def f(x): return x * x  # {number} {n}" for n in range(args.jobs)), LOOP]
        scores = scorer.score([(problem, Completion(text=text)) for text in texts])
        wrong += sum(not s.passed for s in scores[:-1]) + (scores[-1].details["status"] != "cpu_timeout")
        rounds.append({"limit_s": limit, **held()})
        print(json.dumps(rounds[-1]), flush=True)
    scorer.close()
    second, last = rounds[1], rounds[-1]
    write(
        {
            "limits": args.limits,
            "programs": args.limits * (args.jobs + 1),
            "wrong_verdicts": wrong,
            "after the second": second,
            "after the last": last,
            "most processes": max(r["processes"] for r in rounds),
            "cpu_s": round(cpu_seconds(), 1),
            "load": os.getloadavg(),
        },
        args.out,
    )


if __name__ == "__main__":
    main()
