"""Judge recorded HumanEval samples and compare with recorded labels: agreement, pass@k, speed.

    python -m benchmarks.code.labels PROBLEMS.jsonl.gz SAMPLES.jsonl.gz [--limit N] [--out FILE.json]

Samples are rows of ``problem_id``, ``sample_index``, ``text``, ``model``, ``label``. Every difference is
listed with its reason; nothing of the samples' texts is written.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from benchmarks.code.common import cpu_seconds, write
from verirs.scorers.code import CodeScorer
from verirs.sources.files import read_rows
from verirs.sources.humaneval import HumanEvalSource
from verirs.stats.estimators import pass_at_k
from verirs.types import Completion

BATCH = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("problems")
    parser.add_argument("samples")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--timeout", type=int, default=3, help="CPU seconds")
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--out", default="")
    args = parser.parse_args()

    problems = {p.id: p for p in HumanEvalSource(path=args.problems).problems()}
    rows = [row for _, row in read_rows(args.samples)]
    if args.limit:  # an even part, so that every problem is in it
        rows = rows[:: max(1, len(rows) // args.limit)]
    scorer = CodeScorer(sandbox=args.sandbox, workers=args.workers, timeout=args.timeout)
    scorer.sandbox()
    begun = time.monotonic()
    statuses: Counter[str] = Counter()
    modes: Counter[str] = Counter()
    differences: list[dict[str, Any]] = []
    right: dict[str, list[bool]] = defaultdict(list)
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        items = [(problems[r["problem_id"]], Completion(text=r["text"])) for r in batch]
        for row, score in zip(batch, scorer.score(items), strict=True):
            statuses[score.details["status"]] += 1
            modes[score.details.get("mode", "none")] += 1
            right[row["problem_id"]].append(score.passed)
            if score.passed is not row["label"] or score.verdict.value not in ("pass", "fail"):
                differences.append(
                    {
                        "problem_id": row["problem_id"],
                        "sample_index": row["sample_index"],
                        "model": row["model"],
                        "label": row["label"],
                        "verdict": score.verdict.value,
                        "rule": score.details.get("rule"),
                        "mode": score.details.get("mode"),
                        "reason": score.reason[:200],
                    }
                )
        print(f"{start + len(batch)} of {len(rows)}, {time.monotonic() - begun:.0f} s", flush=True)
    wall = time.monotonic() - begun
    scorer.close()
    counts = [(len(c), sum(c)) for c in right.values()]
    ks = [k for k in (1, 2, 5, 10, 20, 50, 100) if all(n >= k for n, _ in counts)]
    result = {
        "samples": Path(args.samples).name,
        "rows": len(rows),
        "differences": len(differences),
        "pass@k": {k: round(100 * sum(pass_at_k(n, c, k) for n, c in counts) / len(counts), 2) for k in ks},
        "statuses": dict(statuses.most_common()),
        "modes": dict(modes.most_common()),
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu_seconds(), 1),
        "list": differences,
    }
    write(result, args.out)


if __name__ == "__main__":
    main()
