"""How often `select.unusual_length` strikes recorded right texts, and how many planted ones it finds.

    python benchmarks/curation/lengths.py --data DIR [--limit 3.5] [--show 10] [--out FILE.json]

Groups are the right texts of one problem (five and more). Planted is one text of each group: repeated three
or five times, or cut to its first third or last line. ``--show`` prints struck texts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from verirs.select.lengths import LEAST, unusual
from verirs.system.machine import facts

SETS = ("gsm8k_pool_40runs", "math100_qwen_rm8", "humaneval_pool_runs", "humaneval_codegen16b_n100")
PLANTED = {
    "three times": lambda t: "\n".join([t] * 3),
    "five times": lambda t: "\n".join([t] * 5),
    "the first third": lambda t: t[: len(t) // 3],
    "the last line": lambda t: t.strip().rpartition("\n")[2],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=float, default=3.5)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    rng, out = random.Random(0), {}
    for name in SETS:
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        with gzip.open(args.data / f"candidates/{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["label"] and row["text"].strip():
                    groups[row["problem_id"], ""].append(row["text"])
        out[name] = measured(list(groups.values()), args.limit, rng, args.show)
        print(name, json.dumps(out[name]), flush=True)
    if args.out:
        args.out.write_text(
            json.dumps({"machine": facts(), "limit": args.limit, "sets": out}, indent=1) + "\n"
        )


def measured(groups: list[list[str]], limit: float, rng: random.Random, show: int) -> dict[str, Any]:
    large = [texts for texts in groups if len(texts) >= LEAST]
    struck = [(texts, i, far) for texts in large for i, far in unusual(sizes(texts), limit).items()]
    for texts, i, far in rng.sample(struck, min(show, len(struck))):
        print(f"\n=== {far:.2f} times the median of {median(sizes(texts)):.0f}\n{texts[i][:1500]}")
    found = {}
    for kind, change in PLANTED.items():
        hits = 0
        for texts in large:
            at = rng.randrange(len(texts))
            changed = [change(t) if i == at else t for i, t in enumerate(texts)]
            hits += at in unusual(sizes(changed), limit)
        found[kind] = round(hits / len(large), 3)
    total = sum(map(len, large))
    return {
        "right texts": sum(map(len, groups)),
        "in groups of five and more": total,
        "struck": len(struck),
        "share": round(len(struck) / total, 4),
        "too long": sum(far > 1 for _, _, far in struck),
        "planted and found": found,
    }


def sizes(texts: list[str]) -> list[int]:
    return [len(text) for text in texts]


if __name__ == "__main__":
    main()
