"""How often each quality rule strikes recorded right and wrong texts.

    python benchmarks/curation/quality.py --data DIR [--show 5] [--out results.json]

``--data`` holds ``problems/`` and ``candidates/`` as JSON lines (gzip). A right text that is struck is not
always struck in error (its calculation may be wrong and its answer right); ``--show`` prints some, to be read
by a person. The last row plants each fault into right texts and counts how many are found.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verirs.curation.quality import RULES, Limits, faults
from verirs.system.machine import facts
from verirs.types import Completion, Problem

SETS = {
    "gsm8k_pool_40runs": "gsm8k_test",
    "math100_qwen_rm8": "qwen_math100",
    "humaneval_pool_runs": "humaneval",
    "humaneval_codegen16b_n100": "humaneval",
}
PLANTED = {
    "thought": lambda t: f"{t[: len(t) // 2]}</think>{t[len(t) // 2 :]}",
    "boxes": lambda t: f"\\boxed{{7}} or \\boxed{{9}}. {t}",
    "scripts": lambda t: f"{t[: len(t) // 2]} 因为所以我们需要计算这个结果 {t[len(t) // 2 :]}",
    "repetition": lambda t: t + "\nWe check the result once more." * 5,
    "tokens": lambda t: f"{t}<|im_end|>",
    "calculation": lambda t: f"First 17 + 25 = 43. {t}",
    "after": lambda t: f"{t}\n#### 5\n\nQuestion: What is 2 + 3?\nAnswer: 5",
}


def read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--show", type=int, default=0, help="so many struck right texts a rule and set are printed"
    )
    parser.add_argument("--rule", default="", help="show those of this rule alone")
    given = parser.parse_args()
    limits, out = Limits(), {}
    rng = random.Random(0)
    for name, asked in SETS.items():
        problems = {
            row["id"]: Problem(id=row["id"], prompt=row["prompt"], tests=row.get("tests"))
            for row in read(given.data / f"problems/{asked}.jsonl.gz")
        }
        counts = {label: Counter[str]() for label in (True, False)}
        total = Counter[bool]()
        struck: dict[str, list[str]] = {rule: [] for rule in RULES}
        begun = time.process_time()
        for row in read(given.data / f"candidates/{name}.jsonl.gz"):
            if row["label"] is None:
                continue
            found = faults(
                problems[row["problem_id"]],
                Completion(text=row["text"], finish_reason="unknown"),
                limits,
                RULES,
            )
            total[row["label"]] += 1
            counts[row["label"]].update([*found, *(["any"] if found else [])])
            if row["label"]:
                for rule, fault in found.items():
                    struck[rule].append(f"{row['model']}: {fault} || {row['text']!r}")
        seconds = time.process_time() - begun
        out[name] = {
            "right": total[True],
            "wrong": total[False],
            "struck of the right": {r: counts[True][r] for r in ("any", *RULES)},
            "share of the right": {
                r: round(counts[True][r] / max(1, total[True]), 5) for r in ("any", *RULES)
            },
            "share of the wrong": {
                r: round(counts[False][r] / max(1, total[False]), 5) for r in ("any", *RULES)
            },
            "texts per CPU-second": round(total.total() / seconds),
        }
        for rule, texts in struck.items():
            if texts and given.rule in ("", rule):
                for text in rng.sample(texts, min(given.show, len(texts))):
                    print(f"[{name}] {rule}: {text[:900]}")
    right = [r["text"] for r in read(given.data / "candidates/math100_qwen_rm8.jsonl.gz") if r["label"]][:300]
    asked = Problem(prompt="How many are there?", answer="5")
    out["planted"] = {
        rule: sum(
            rule in faults(asked, Completion(text=plant(t), finish_reason="stop"), limits, [rule])
            for t in right
        )
        / len(right)
        for rule, plant in PLANTED.items()
    }
    print(json.dumps(out, indent=1))
    if given.out:
        told = {"machine": facts(), **out}
        given.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
