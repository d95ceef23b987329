"""Judge every reference solution of HumanEval and MBPP, and for each a program that refuses every call.

    python -m benchmarks.code.references --humaneval FILE --mbpp FILE [--plus FILE] [--out FILE.json]

The first must pass, the second must fail. Without files the datasets are downloaded.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from typing import Any

from benchmarks.code.common import write
from verirs.scorers.code import CodeScorer
from verirs.sources.humaneval import HumanEvalSource
from verirs.sources.mbpp import MbppSource
from verirs.types import Completion


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--humaneval", default="")
    parser.add_argument("--mbpp", default="")
    parser.add_argument("--plus", default="", help="HumanEval+ too")
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    sources: dict[str, Any] = {
        "humaneval": HumanEvalSource(path=args.humaneval),
        "mbpp": MbppSource(path=args.mbpp, split="all"),
    }
    if args.plus:
        sources["humanevalplus"] = HumanEvalSource(path=args.plus, plus=True)
    scorer = CodeScorer(sandbox=args.sandbox)
    result: dict[str, Any] = {}
    for name, source in sources.items():
        problems = list(source.problems())
        begun = time.monotonic()
        right = scorer.score([(p, Completion(text=p.meta["solution"])) for p in problems])
        seconds = time.monotonic() - begun
        wrong = scorer.score([(p, Completion(text=(scorer.probes(p) or ("", ""))[1])) for p in problems])
        result[name] = {
            "problems": len(problems),
            "references passed": sum(s.passed for s in right),
            "trusted": sum(s.passed and "trust" not in s.details for s in right),
            "refusals passed": sum(s.passed for s in wrong),
            "modes": dict(Counter(str(s.details.get("mode")) for s in right)),
            "not passed": {
                p.id: s.reason[:200] for p, s in zip(problems, right, strict=True) if not s.passed
            },
            "backend": right[0].details["backend"],
            "seconds": round(seconds, 1),
        }
    scorer.close()
    write(result, args.out)


if __name__ == "__main__":
    main()
