"""How many right completions in free prose pass, where nothing marks the answer.

    python benchmarks/math/prose.py --logs DIR [--peer] [--out results.json]

``DIR`` is the folder ``log`` of a clone of https://github.com/kojima-takeshi188/zero_shot_cot: for 3,822 word
problems, what text-davinci-002 wrote after "Let's think step by step." and, asked again, which number it
meant. A completion is right where that number is the gold one. Many are cut off at 128 tokens; in these no
answer is found rightly. ``--peer`` judges the same texts with Math-Verify.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from environment import about

from verirs import Verdict, grade

SETS = ("gsm8k", "multiarith", "addsub", "singleeq", "svamp")
_DATUM = re.compile(r"\*{20,}\n\d+st data\n")
_TEXT = re.compile(
    r"\nA: Let's think step by step\.(.*?)\nTherefore, the answer \(arabic numerals\) is(.*?)\npred_before",
    re.DOTALL,
)


def texts(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Gold, completion, and the number that the model meant; each completion once."""
    seen = set()
    for name in SETS:
        log = (folder / f"{name}_zero_shot_cot.log").read_text(encoding="utf-8", errors="replace")
        for datum in _DATUM.split(log)[1:]:
            text = _TEXT.search(datum)
            gold = re.search(r"\nGT : (.*)", datum)
            if text and gold and (written := text[1].strip()) not in seen:
                seen.add(written)
                yield gold[1].replace(",", ""), written, text[2].replace(",", "")


def same(gold: str, meant: str) -> bool:
    """Whether the first number of what the model meant is the gold one."""
    number = re.search(r"-?\d+(?:\.\d+)?|-?\.\d+", meant)
    return number is not None and abs(float(gold) - float(number[0])) < 1e-6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--peer", action="store_true", help="Math-Verify beside it")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    counts: Counter[tuple[str, str, str]] = Counter()
    for gold, text, meant in texts(args.logs):
        label = "right" if same(gold, meant) else "wrong"
        counts["verirs", label, str(grade("math", answer=gold, text=text).verdict)] += 1
        if args.peer:
            from math_verify import parse, verify

            passed = verify(parse(gold), parse(text, parsing_timeout=None), timeout_seconds=None)
            counts["math-verify", label, "pass" if passed else "fail"] += 1
    found = [
        {"judge": judge, "label": label, **{v.value: counts[judge, label, str(v)] for v in Verdict}}
        for judge in (("verirs", "math-verify") if args.peer else ("verirs",))
        for label in ("right", "wrong")
    ]
    print(json.dumps(found, indent=1))
    if args.out:
        args.out.write_text(json.dumps({"about": about(), "results": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
