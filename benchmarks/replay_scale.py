"""Replay recorded completions at 1 x and 20 x through score, select, export: memory, rate, where time goes.

Usage: python benchmarks/replay_scale.py PROBLEMS.jsonl CANDIDATES.jsonl.gz [--times 1 20]

Each size runs in a process of its own; the figures are that process's CPU seconds, its children's, and
its peak resident memory. The store's bytes are put beside the same rows as plain JSONL.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path


def multiply(problems: Path, candidates: Path, times: int, out: Path) -> tuple[Path, Path, int]:
    """Copies of the files with every problem ``times`` times, under new ids; and the rows' count."""
    made_problems, made = out / "problems.jsonl", out / "candidates.jsonl"
    count = 0
    with made_problems.open("w") as p, made.open("w") as c:
        for copy in range(times):
            for line in _lines(problems):
                row = json.loads(line)
                row["id"] = f"{row['id']}#{copy:02}"
                p.write(json.dumps(row) + "\n")
            for line in _lines(candidates):
                row = json.loads(line)
                row["problem_id"] = f"{row['problem_id']}#{copy:02}"
                c.write(json.dumps(row) + "\n")
                count += 1
    return made_problems, made, count


def _lines(path: Path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        yield from lines


class Clock:
    """CPU seconds of each stage, without the stages inside it. Per thread: stages overlap in time."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.local = threading.local()

    def run(self, stage: str, work):
        stack = self.local.__dict__.setdefault("inner", [])
        begun = time.thread_time()
        stack.append(0.0)
        try:
            return work()
        finally:
            whole = time.thread_time() - begun
            self.spent[stage] += whole - stack.pop()
            if stack:
                stack[-1] += whole

    def calls(self, owner, name: str, stage: str) -> None:
        """Count the calls of a function under ``stage``."""
        plain = getattr(owner, name)
        setattr(owner, name, lambda *a, **k: self.run(stage, lambda: plain(*a, **k)))

    def steps(self, owner, name: str, stage: str) -> None:
        """Count the steps of a generator under ``stage``."""
        plain = getattr(owner, name)

        def stepped(*args, **kwargs):
            items = plain(*args, **kwargs)
            done = object()
            while (item := self.run(stage, lambda: next(items, done))) is not done:
                yield item

        setattr(owner, name, stepped)


def replay(problems: Path, candidates: Path, folder: Path, n: int) -> dict:
    """Run in this process; called in a fresh one."""
    from verirs.engines import replay as recorded
    from verirs.running import drive as running
    from verirs.running import scoring
    from verirs.running.config import parse
    from verirs.select import rules
    from verirs.sinks import writer
    from verirs.stats import tally
    from verirs.store import store
    from verirs.types import to_json

    clock = Clock()
    clock.calls(scoring.Stack, "score", "judge: scorers")
    clock.calls(tally, "votes", "judge: answer classes")
    tally.Tally.__init__.__defaults__ = (tally.votes,)
    clock.calls(recorded.ReplayEngine, "_load", "replay")
    clock.calls(store.Store, "seal", "seal")
    clock.calls(store.Store, "append_completions", "journal")
    clock.calls(store.Store, "append_scores", "journal")
    clock.steps(store.Store, "groups", "read back")
    clock.calls(rules.Rules, "select", "select")
    clock.calls(writer.RowWriter, "write", "write")
    clock.calls(writer.RowWriter, "finish", "write")
    clock.calls(tally.Tally, "summary", "estimates")
    clock.calls(running, "prepare", "prepare")
    config = parse(
        {
            "name": "replay",
            "runs": str(folder),
            "n": n,
            "source": {"name": "file", "path": str(problems)},
            "engine": {"name": "replay", "path": str(candidates)},
            "scorer": {"math": {}},
        }
    )
    begun = time.monotonic()
    result = running.run(config)
    wall = time.monotonic() - begun
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime
    spent = clock.spent
    spent["the rest"] = cpu - sum(spent.values())
    found = result.summary.estimates
    size = sum(f.stat().st_size for f in (folder / "replay" / "groups").rglob("*.parquet"))
    return {
        "completions": result.summary.completions,
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu + children.ru_utime + children.ru_stime, 1),
        "peak_rss_mb": round(own.ru_maxrss / 1024, 1),
        "store_bytes": size,
        "cpu_share": {k: round(v / cpu, 3) for k, v in spent.most_common()},
        "maj_all": to_json(found["maj@k"].at.get(n)) if "maj@k" in found else None,
        "pass@1": found["pass@k"].at[1].mean,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problems", type=Path)
    parser.add_argument("candidates", type=Path)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 20])
    parser.add_argument("--n", type=int, default=40)
    args = parser.parse_args()
    results = []
    for times in args.times:
        with tempfile.TemporaryDirectory() as folder:
            problems, candidates, count = multiply(args.problems, args.candidates, times, Path(folder))
            plain = candidates.stat().st_size
            code = (
                "import json,sys; sys.path.insert(0, sys.argv[5]); from pathlib import Path; "
                "import replay_scale as b; "
                "paths = [Path(p) for p in sys.argv[1:4]]; "
                "print(json.dumps(b.replay(*paths, int(sys.argv[4]))))"
            )
            here = str(Path(__file__).parent)
            done = subprocess.run(
                [sys.executable, "-c", code, str(problems), str(candidates), folder, str(args.n), here],
                check=True,
                stdout=subprocess.PIPE,
                env=os.environ,
            )
            row = {"times": times, **json.loads(done.stdout)}
            row["bytes_per_candidate"] = round(row["store_bytes"] / count, 1)
            row["of_plain_jsonl"] = round(row["store_bytes"] / plain, 3)
            row["completions_per_s"] = round(row["completions"] / row["wall_s"])
            row["completions_per_cpu_s"] = round(row["completions"] / row["cpu_s"])
            results.append(row)
            print(json.dumps(row, indent=1), flush=True)
    if len(results) > 1:
        ratio = results[-1]["peak_rss_mb"] / results[0]["peak_rss_mb"]
        print(f"peak RSS, largest against smallest: {ratio:.2f}")


if __name__ == "__main__":
    main()
