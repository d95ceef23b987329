"""What is measured on the held-out problems after each round, read from the round's ordinary run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from verirs.select.answers import answer_classes
from verirs.stats import Tally
from verirs.types import Group


def held_out(groups: Iterable[Group]) -> dict[str, Any]:
    """Estimates over problems with 95 % bootstrap intervals, diversity, length, each problem's counts.

    ``answer_entropy`` is the entropy (nats) of a problem's answers among its samples, averaged over
    problems; ``distinct_answers`` and ``distinct_texts`` are means over problems.
    """
    tally = Tally()
    answers, texts, entropy, lengths = [], [], [], []
    for group in groups:
        tally.add(group)
        if not group.candidates:
            continue
        said = [c for c in answer_classes(group.problem, group.candidates) if c is not None]
        answers.append(len(set(said)))
        texts.append(len({c.completion.text for c in group.candidates}))
        entropy.append(shannon(Counter(said)))
        lengths += [len(c.completion.text) for c in group.candidates]
    n = max((p.n for p in tally.problems), default=0)
    summary = tally.summary(ks=sorted({1, n}) if n else None)

    def at(curve: str, k: int) -> Mapping[str, float] | None:
        return summary.get(curve, {}).get("at", {}).get(str(k))  # type: ignore[no-any-return]

    return {
        "n": n,
        "problems": summary["problems"],
        "pass@1": at("pass@k", 1),
        "pass@n": at("pass@k", n),
        "maj@n": at("maj@k", n),
        "distinct_answers": mean(answers),
        "distinct_texts": mean(texts),
        "answer_entropy": mean(entropy),
        "characters": mean(lengths),
        "truncated": summary["truncated"],
        "left_out": summary["left_out"],
        "tokens": summary["tokens"],
        "counts": {p.problem_id: [p.n, p.c] for p in sorted(tally.problems, key=lambda p: p.problem_id)},
    }


def shannon(counts: Counter[int]) -> float:
    """The entropy of the relative frequencies, in nats."""
    total = counts.total()
    return -math.fsum(c / total * math.log(c / total) for c in counts.values()) if total else 0.0


def mean(values: list[float] | list[int]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
