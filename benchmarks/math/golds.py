"""Gold answers of whole problem sets: is each one read, and equal to itself written in another notation?

    python benchmarks/math/golds.py --data DIR [--number 4] [--out FILE]

``--data`` holds ``problems/*.jsonl.gz`` with a column ``gold``. Of each set: rows without a gold; golds that
abstain beside a number that no gold is; golds written again by ``verirs.testing.spellings.golds`` (for each
up to ``--number`` notations of its kind and as many dresses of its formula), and how many are not accepted.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from environment import about

from verirs.math import equivalent
from verirs.testing.spellings.golds import respelled
from verirs.testing.spellings.measure import verirs_accepts
from verirs.types import Verdict

SETS = (
    "gsm8k_test", "math500", "svamp", "asdiv", "minerva_math", "gaokao2023en", "college_math", "amc23",
    "aime24",
)  # fmt: skip
WRONG = "987654321"


def golds(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt") as lines:
        for line in lines:
            yield str(json.loads(line).get("gold") or "").strip()


def measured(name: str, texts: list[str], number: int) -> dict[str, Any]:
    there = [gold for gold in texts if gold]
    verdicts = Counter(equivalent(gold, WRONG).verdict for gold in there)
    pairs, refused = 0, []
    for gold in there:
        for pair in respelled(gold, number):
            pairs += 1
            if not verirs_accepts(pair):
                refused.append({"gold": pair.gold, "answer": pair.answer, "label": pair.labels[0]})
    return {
        "set": name,
        "golds": len(there),
        "without_gold": len(texts) - len(there),
        "abstain": verdicts[Verdict.ABSTAIN],
        "abstain_percent": round(100 * verdicts[Verdict.ABSTAIN] / len(there), 2),
        "error": verdicts[Verdict.ERROR],
        "respelled": pairs,
        "accepted_percent": round(100 * (1 - len(refused) / max(pairs, 1)), 2),
        "refused_by": dict(Counter(row["label"] for row in refused).most_common()),
        "refused": refused,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--number", type=int, default=4)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    results = []
    for name in SETS:
        texts = list(golds(args.data / "problems" / f"{name}.jsonl.gz"))
        results.append(measured(name, texts, args.number))
        print(json.dumps({k: v for k, v in results[-1].items() if k != "refused"}), flush=True)
    pairs = sum(row["respelled"] for row in results)
    refused = sum(len(row["refused"]) for row in results)
    total = {
        "respelled": pairs,
        "refused": refused,
        "accepted_percent": round(100 * (1 - refused / pairs), 3),
    }
    print(json.dumps(total))
    if args.out:
        args.out.write_text(json.dumps({"about": about(), "total": total, "sets": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
