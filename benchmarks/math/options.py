"""How many pairs of options of one problem are called equal: each is a near miss that a person thought of.

    python benchmarks/math/options.py --data DIR [--letters DIR] [--peer 2000] [--out FILE]

``--data`` is the folder ``evaluation/data`` of a clone of https://github.com/QwenLM/Qwen2.5-Math (AQuA, the
GAOKAO, MMLU's STEM part), ``--letters`` the folder ``eval_results`` of one of
https://github.com/TIGER-AI-Lab/MMLU-Pro, of which mathematics, physics, chemistry, engineering, business and
economics are taken. Pairs that differ in blanks and capitals only are left out. Some problems hold one
value twice (``1/2`` and ``3/6``), or one list in several orders: the result holds every pair called equal, to
be read. ``--peer`` judges so many pairs of each set, drawn by seed, with Math-Verify too.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import zipfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from environment import about

from verirs.math import equivalent

FIELDS = frozenset(("math", "physics", "chemistry", "engineering", "business", "economics"))
Pairs = Iterator[tuple[str, str]]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def sets(data: Path, letters: Path | None) -> Iterator[tuple[str, Pairs]]:
    aqua = [
        [re.sub(r"^[A-E]\)", "", o).strip() for o in row["options"]]
        for row in _rows(data / "aqua/test.jsonl")
    ]
    yield "AQuA", _pairs(aqua)
    gaokao = [list(r["options"].values()) for r in _rows(data / "gaokao_math_qa/test.jsonl") if r["options"]]
    yield "GAOKAO", _pairs(gaokao)
    yield "MMLU STEM", _pairs([row["choices"] for row in _rows(data / "mmlu_stem/test.jsonl")])
    if letters is not None:
        with zipfile.ZipFile(min(letters.glob("model_outputs_*.zip"))) as packed:
            found = json.loads(packed.read(packed.namelist()[0]))
        known = [row for row in found if isinstance(row, dict) and row["category"] in FIELDS]
        yield "MMLU-Pro", _pairs([row["options"] for row in known])


def _pairs(problems: list[list[str]]) -> Pairs:
    for options in problems:
        for one, two in combinations(map(str, options), 2):
            if "".join(one.lower().split()) != "".join(two.lower().split()):
                yield one, two


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--letters", type=Path)
    parser.add_argument("--peer", type=int, default=0, help="so many pairs of each set for Math-Verify")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    results = []
    for name, pairs in sets(args.data, args.letters):
        judged = list(pairs)
        equal = [[one, two] for one, two in judged if equivalent(one, two).passed]
        row: dict[str, Any] = {"set": name, "pairs": len(judged), "equal": len(equal)}
        if args.peer:
            from math_verify import parse, verify

            sample = random.Random(0).sample(judged, min(args.peer, len(judged)))
            theirs = 0
            for one, two in sample:
                gold, answer = parse(one, parsing_timeout=None), parse(two, parsing_timeout=None)
                theirs += bool(gold and answer and verify(gold, answer, timeout_seconds=None))
            ours = sum(equivalent(one, two).passed for one, two in sample)
            row["sample"] = {"pairs": len(sample), "equal": ours, "math_verify_equal": theirs}
        print(json.dumps(row), flush=True)
        results.append({**row, "called_equal": equal})
    if args.out:
        args.out.write_text(json.dumps({"about": about(), "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
