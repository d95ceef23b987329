"""Accuracy on labelled pairs and safety on hostile ones, beside Math-Verify in the same run.

    python benchmarks/math/accuracy.py --corpus equivalence.jsonl [--hostile hostile.jsonl] [--out FILE]

Rows: ``{gold, answer, expected, policy, form}``; ``form`` ``text`` is a whole completion; ``policy`` rows
depend on a convention and are counted apart. Hostile rows: ``{gold, answer, form, expect}``. The peer gets
bare answers in ``$...$`` and its own 5 s time-out; hostile rows run on this side only (the peer needs
killable processes and minutes for them).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from verirs.math import equivalent, extract
from verirs.types import Verdict

Grader = Callable[[str, str, str], bool]


def ours(gold: str, answer: str, form: str) -> bool:
    if form == "text":
        found = extract(answer).answer
        return found is not None and equivalent(gold, found).passed
    return equivalent(gold, answer).passed


def peer(gold: str, answer: str, form: str) -> bool:
    from math_verify import parse, verify

    text = answer if form == "text" or "\\boxed" in answer else f"${answer}$"
    return bool(verify(parse(gold if "\\boxed" in gold or "$" in gold else f"${gold}$"), parse(text)))


def measured(name: str, grader: Grader, rows: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {"right": 0, "false_accepts": 0, "false_rejects": 0, "policy_agreed": 0}
    policy = total = 0
    begun = time.process_time()
    for row in rows:
        said = grader(row["gold"] or "", row["answer"], row["form"])
        if row.get("policy"):
            policy += 1
            counts["policy_agreed"] += said == row["expected"]
            continue
        total += 1
        counts["right"] += said == row["expected"]
        counts["false_accepts"] += said and not row["expected"]
        counts["false_rejects"] += row["expected"] and not said
    seconds = time.process_time() - begun
    return {
        "grader": name,
        "pairs": total,
        "accuracy": round(counts.pop("right") / total, 4),
        **counts,
        "policy_pairs": policy,
        "pairs_per_cpu_second": round(len(rows) / seconds, 1),
    }


def hostile(rows: list[dict[str, Any]]) -> dict[str, Any]:
    wrong_accepts = wrong_rejects = 0
    slowest = 0.0
    for row in rows:
        begun = time.thread_time()
        answer = extract(row["answer"]).answer if row["form"] == "text" else row["answer"]
        verdict = equivalent(row["gold"], answer).verdict if answer is not None else Verdict.FAIL
        slowest = max(slowest, time.thread_time() - begun)
        wrong_accepts += row["expect"] == "false" and verdict is Verdict.PASS
        wrong_rejects += row["expect"] == "true" and verdict is not Verdict.PASS
    return {
        "hostile": len(rows),
        "wrong_accepts": wrong_accepts,
        "wrong_rejects": wrong_rejects,
        "slowest_cpu_ms": round(slowest * 1e3, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--hostile", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.corpus.read_text().splitlines()]
    results = [measured("verirs", ours, rows)]
    print(json.dumps(results[-1]), flush=True)
    if args.hostile:
        results.append(hostile([json.loads(line) for line in args.hostile.read_text().splitlines()]))
        print(json.dumps(results[-1]), flush=True)
    results.append(measured("math-verify", peer, rows))
    print(json.dumps(results[-1]), flush=True)
    if args.out:
        from environment import about

        args.out.write_text(json.dumps({"about": about(), "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
