"""Judge the spelling machine's pairs and print what fails, by notation.

    python benchmarks/math/spellings.py [--seed 1] [--number 20000] [--profile strict] [--out FILE]
    python benchmarks/math/spellings.py --known tests/math/spellings_known.txt

The second form judges the pairs of the test instead and renews its list of notations that fail.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from itertools import chain
from pathlib import Path

from environment import about

from verirs.testing.spellings import KINDS, Pair, Result, accepting, every, measure, pairs
from verirs.testing.spellings.measure import PLUS

SEED, NUMBER, VALUES = 7, 3000, 3
"""Of the test."""


def shown(pair: Pair) -> str:
    return f"{pair.gold!r} | {pair.answer!r}"


def table(result: Result) -> str:
    """Right answers refused and wrong ones accepted, of pairs that try one thing, by kind of value."""
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for label, count in result.by_label.items():
        if PLUS in label:
            continue
        kind, what = label.split(": ", 1)
        near = kind == "lie" or (kind != "text" and (" in " in what or " against " in what))
        rows[kind][2 * near] += count.tried
        rows[kind][2 * near + 1] += count.wrong
    lines = ["| kind | right | refused | near misses | accepted |", "|---|---|---|---|---|"]
    lines += [f"| {kind} | {r[0]} | {r[1]} | {r[2]} | {r[3]} |" for kind, r in sorted(rows.items())]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=20_000)
    parser.add_argument("--profile", help="of the checker: strict, lenient (default: neither)")
    parser.add_argument("--known", type=Path, help="renew the test's list of what fails")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    if args.known:
        result = measure(chain(every(VALUES), pairs(SEED, NUMBER)))
        args.known.write_text("".join(f"{label}\n" for label in result.failing))
    else:
        judge = {"judge": accepting(profile=args.profile)} if args.profile else {}
        result = measure(pairs(args.seed, args.number), **judge)
    print(table(result), "\n")
    for label, count in result.failing.items():
        print(f"{count.wrong}/{count.tried} {label} | {shown(count.examples[0])}")
    summary = {
        "kinds": len(KINDS),
        "notations": sum(len(kind.ways) for kind in KINDS),
        "right": result.equal,
        "right_refused": len(result.refused),
        "near_misses": result.different,
        "near_misses_accepted": len(result.accepted),
        "labels_failing": len(result.failing),
    }
    print(json.dumps(summary, indent=1))
    if args.out:
        failing = {label: [count.wrong, count.tried] for label, count in result.failing.items()}
        args.out.write_text(
            json.dumps({"about": about(seed=args.seed), **summary, "failing": failing}, indent=1) + "\n"
        )


if __name__ == "__main__":
    main()
