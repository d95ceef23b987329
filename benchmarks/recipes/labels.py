"""How often a label by majority is wrong, by the share of the votes that is asked for.

    python benchmarks/recipes/labels.py RUN OUT.json

A finished run on problems with a gold; votes are counted without it, and then held against it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from verirs.curation import wilson
from verirs.running.reading import load_run
from verirs.select import Majority
from verirs.system.machine import facts
from verirs.types import Verdict

SHARES = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    groups = list(load_run(args.run).groups())
    found = []
    for share in SHARES:
        rule = Majority(share=share, least=8)
        labels = [{c.verdict for c in rule.elected(group)} for group in groups]
        given = [verdicts for verdicts in labels if verdicts & {Verdict.PASS, Verdict.FAIL}]
        wrong = sum(Verdict.PASS not in verdicts for verdicts in given)
        low, high = wilson(wrong, len(given))
        row = {
            "share": share,
            "labelled": len(given),
            "of": len(groups),
            "wrong": wrong,
            "low": low,
            "high": high,
        }
        found.append(row)
        print(f"share {share}: {len(given)} of {len(groups)} labelled, {wrong} wrong "
              f"({100 * wrong / len(given):.2f} %)")  # fmt: skip
    args.out.write_text(json.dumps({"machine": facts(), "shares": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
