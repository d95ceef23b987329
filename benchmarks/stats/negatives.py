"""How many right texts stand on the wrong side of preference data made from recorded solutions.

    python -m benchmarks.stats.negatives [--save] [--show N]

Every recorded set of math solutions is judged by the scorer ``math`` and selected as a run selects; what
becomes ``rejected`` in a pair or ``label`` false in KTO is compared with the labels that the sets came with.
Then the same right texts are cut off at a place drawn for each, with the end unknown, as a thought and not:
a text that was cut off before its answer must not become a negative.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.math.environment import about
from verirs.scorers.math import MathScorer
from verirs.select.marks import negatives
from verirs.select.selectors import First
from verirs.types import Candidate, Completion, Group, Problem, Selection, Verdict

SHARED = Path(os.environ.get("VERIRS_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
SETS = {
    "gsm8k_pool_40runs": "gsm8k_test",
    "gsm8k_openai_4models": "gsm8k_test",
    "math100_qwen_rm8": "qwen_math100",
}


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def problems(name: str) -> dict[str, Problem]:
    rows = lines(SHARED / "problems" / f"{name}.jsonl.gz")
    return {row["id"]: Problem(id=row["id"], prompt=row["prompt"], answer=row["gold"]) for row in rows}


def selected(problem: Problem, completions: list[Completion], scorer: MathScorer) -> Selection:
    scores = scorer.score([(problem, c) for c in completions])
    pool = (Candidate(completion=c, scores=(s,)) for c, s in zip(completions, scores, strict=True))
    return First(max_pairs=1000).select(Group(problem=problem, candidates=tuple(pool)))


def recorded(name: str, golds: str, scorer: MathScorer) -> tuple[Counter[str], list[dict[str, Any]]]:
    """What of a set becomes a negative; and those that the set itself calls right."""
    asked, rows = problems(golds), defaultdict(list)
    for row in lines(SHARED / "candidates" / f"{name}.jsonl.gz"):
        rows[row["problem_id"]].append(row)
    counts: Counter[str] = Counter()
    doubtful = []
    for key, samples in rows.items():
        texts = [
            Completion(index=i, text=row["text"] or "", finish_reason="unknown")
            for i, row in enumerate(samples)
        ]
        chosen = selected(asked[key], texts, scorer)
        counts["texts"] += len(texts)
        counts["pairs"] += len(chosen.pairs)
        for candidate in negatives(chosen.rejected):
            row = samples[candidate.completion.index]
            counts["negatives"] += 1
            if row["label"] or row.get("upstream_label"):
                counts["called right by the set"] += 1
                doubtful.append({**row, "gold": asked[key].answer, "answer": candidate.scores[0].answer})
        wrong = {r.candidate.completion.index for r in chosen.rejected if r.candidate.verdict is Verdict.FAIL}
        counts["fails kept out"] += len(wrong) - len(negatives(chosen.rejected))
    return counts, doubtful


def cut(name: str, golds: str, scorer: MathScorer, most: int = 3000) -> tuple[Counter[str], list[str]]:
    """Right texts cut off at a drawn place, end unknown: plain, and as a thought that was not ended."""
    asked, rng = problems(golds), random.Random(0)
    rows = [r for r in lines(SHARED / "candidates" / f"{name}.jsonl.gz") if r["label"] and r["text"]]
    counts: Counter[str] = Counter()
    shown = []
    for row in rng.sample(rows, min(most, len(rows))):
        part = row["text"][: rng.randrange(1, len(row["text"]))]
        for kind, text in (
            ("plain", part),
            ("thought", f"<think>\n{part}"),
            ("after", f"<think>a</think>{part}"),
        ):
            said = replace(Completion(text=text), finish_reason="unknown")
            chosen = selected(asked[row["problem_id"]], [said], scorer)
            counts[f"{kind} texts"] += 1
            if negatives(chosen.rejected):
                counts[f"{kind} negatives"] += 1
                if kind == "plain":
                    shown.append(f"{chosen.group.candidates[0].scores[0].answer!r}: ...{part[-160:]!r}")
    return counts, shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    scorer, found = MathScorer(), {}
    for name, golds in SETS.items():
        whole, doubtful = recorded(name, golds, scorer)
        parts, shown = cut(name, golds, scorer)
        found[name] = {"recorded": dict(whole), "cut": dict(parts)}
        print(name, json.dumps(found[name]))
        for row in doubtful[: options.show]:
            print(
                json.dumps(
                    {k: row.get(k) for k in ("problem_id", "gold", "answer", "label", "upstream_label")}
                )
            )
            print("   ", repr(row["text"][-300:]))
        for line in shown[: options.show]:
            print(line)
    scorer.close()
    if options.save:
        result = about(sets=found)
        path = Path(__file__).parents[1] / "results/stats_negatives.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
