"""How many completions of public logs pass that were asked for JSON or for an option's letter.

    python benchmarks/math/formats.py --records DIR --letters DIR [--problems 1000] [--peer 2000] [--out FILE]

``--records`` is the folder ``result_dirs`` of a clone of https://github.com/WildEval/ZeroEval: GSM8K and the
hardest level of MATH, some 40 chat models, asked for ``{"reasoning": ..., "answer": ...}``. A completion is
right where its last field "answer" is the gold one (as a number, else by its letters). ``--letters`` is the
folder ``eval_results`` of a clone of https://github.com/TIGER-AI-Lab/MMLU-Pro: options by letter, 29 models,
of each ``--problems`` drawn by seed; right where each "answer is (X)" of the text names the gold letter.
``--peer`` judges that many of the records with Math-Verify beside it. A file that a clone lacks is left out.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from environment import about

from verirs import Verdict, grade

_FIELD = re.compile(r'"answer"\s*:\s*"?\\?"?((?:[^"\\\n]|\\[^"])*)')
_LETTER = re.compile(r"answer is \(?([A-J])\)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def records(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Set, label, gold answer and completion."""
    for name in ("gsm", "math-l5"):
        for file in sorted((folder / name).glob("*.json")):
            for row in json.loads(file.read_text(encoding="utf-8")):
                text = row["output"][0] if isinstance(row["output"], list) else row["output"]
                gold = str(row.get("correct_answer", row["answer"])).lstrip("# ")
                fields = _FIELD.findall(text or "")
                if fields:
                    yield name, "right" if _same(gold, fields[-1]) else "other", gold, text


def _same(gold: str, said: str) -> bool:
    one, two = (t.replace(",", "").replace("$", "").replace(" ", "").rstrip(".") for t in (gold, said))
    if _NUMBER.fullmatch(one) and _NUMBER.fullmatch(two):
        return float(one) == float(two)
    return one == two.replace("\\\\", "\\")


def letters(folder: Path, problems: int) -> Iterator[tuple[str, str, list[str], str]]:
    """Label, gold letter, options and completion."""
    for file in sorted(folder.glob("model_outputs_*.zip")):
        with zipfile.ZipFile(file) as packed:
            rows: list[Any] = json.loads(packed.read(packed.namelist()[0]))
        random.Random(0).shuffle(rows)
        for row in rows[:problems]:
            text = row.get("model_outputs") or row.get("generated_text") if isinstance(row, dict) else None
            said = set(_LETTER.findall(text)) if isinstance(text, str) else set()
            if text and said:
                label = (
                    "right" if said == {row["answer"]} else "other" if row["answer"] not in said else "both"
                )
                yield label, row["answer"], row["options"], text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=Path, required=True)
    parser.add_argument("--letters", type=Path, required=True)
    parser.add_argument("--problems", type=int, default=1_000)
    parser.add_argument("--peer", type=int, default=0, help="how many records Math-Verify judges too")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    counts: Counter[tuple[str, str, str, str]] = Counter()
    judged = list(records(args.records))
    for name, label, gold, text in judged:
        counts["verirs", name, label, str(grade("math", answer=gold, text=text).verdict)] += 1
    for label, gold, options, text in letters(args.letters, args.problems):
        verdict = grade("math", answer=gold, text=text, choices=options).verdict
        counts["verirs", "mmlu-pro", label, str(verdict)] += 1
    for name, label, gold, text in random.Random(0).sample(judged, min(args.peer, len(judged))):
        from math_verify import parse, verify

        passed = verify(parse(gold), parse(text, parsing_timeout=None), timeout_seconds=None)
        counts["math-verify", name, label, "pass" if passed else "fail"] += 1
        counts["verirs beside", name, label, str(grade("math", answer=gold, text=text).verdict)] += 1
    found = [
        {
            "judge": judge,
            "set": name,
            "label": label,
            **{v.value: counts[judge, name, label, str(v)] for v in Verdict},
        }
        for judge, name, label in sorted({key[:3] for key in counts})
    ]
    for row in found:
        print(json.dumps(row))
    if args.out:
        args.out.write_text(json.dumps({"about": about(), "results": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
