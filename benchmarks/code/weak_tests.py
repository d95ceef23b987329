"""How well agreement finds programs that weak tests accepted: precision and recall against HumanEval+.

    python -m benchmarks.code.weak_tests HUMANEVAL PLUS SAMPLES [--problems N] [--out FILE.json]

Samples labelled right by HumanEval are grouped by problem and given to the scorer ``agreement``; the truth is
whether HumanEval+ (about 80 times as many tests) accepts them. A group needs three programs.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from typing import Any

from benchmarks.code.common import write
from verirs.scorers.agreement import AgreementScorer
from verirs.scorers.code import CodeScorer
from verirs.sources.files import read_rows
from verirs.sources.humaneval import HumanEvalSource
from verirs.types import Completion, Verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("humaneval")
    parser.add_argument("plus")
    parser.add_argument("samples")
    parser.add_argument("--every", type=int, default=1, help="only every N-th problem")
    parser.add_argument("--each", type=int, default=30, help="most distinct programs a problem")
    parser.add_argument("--inputs", type=int, default=50)
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    base = {p.id: p for p in HumanEvalSource(path=args.humaneval).problems()}
    plus = {p.id: p for p in HumanEvalSource(path=args.plus, plus=True).problems()}
    accepted: dict[str, dict[str, None]] = defaultdict(dict)
    for _, row in read_rows(args.samples):
        if row["label"]:
            accepted[row["problem_id"]][row["text"]] = None
    groups = {p: list(texts)[: args.each] for p, texts in accepted.items() if len(texts) >= 3}
    groups = dict(list(groups.items())[:: args.every])
    judge, agree = CodeScorer(timeout=20), AgreementScorer(inputs=args.inputs)
    cells: Counter[str] = Counter()
    by_problem: list[dict[str, Any]] = []
    begun = time.monotonic()
    for name, texts in groups.items():
        completions = [Completion(index=i, text=t) for i, t in enumerate(texts)]
        truth = judge.score([(plus[name], c) for c in completions])
        said = agree.score([(base[name], c) for c in completions])
        row = Counter(
            f"{'flagged' if 'differs' in a.details else 'kept'} {t.verdict}"
            for t, a in zip(truth, said, strict=True)
        )
        cells += row
        by_problem.append({"problem": name, **row})
        print(name, dict(row), flush=True)
    judge.close()
    agree.close()
    found, false = cells["flagged fail"], cells["flagged pass"]
    missed, clean = cells["kept fail"], cells["kept pass"]
    write(
        {
            "programs": sum(cells.values()),
            "problems": len(groups),
            "not judged by HumanEval+": sum(
                n for k, n in cells.items() if k.split()[1] not in (Verdict.PASS, Verdict.FAIL)
            ),
            "wrong after all": found + missed,
            "flagged": found + false,
            "precision": round(found / max(1, found + false), 3),
            "recall": round(found / max(1, found + missed), 3),
            "false flags among right programs": round(false / max(1, false + clean), 3),
            "inputs": args.inputs,
            "seconds": round(time.monotonic() - begun, 1),
            "by problem": by_problem,
        },
        args.out,
    )


if __name__ == "__main__":
    main()
