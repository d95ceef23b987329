"""What is known of a finished round, read from its files: the held-out estimates first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from verirs.loop import problems, reward, training
from verirs.loop.rounds import Metrics, Round, read_json
from verirs.stats import Tally
from verirs.stats.answers import answer_classes
from verirs.stats.kl import binary_kl, pass_only_kl
from verirs.store import Store
from verirs.types import Group

SAMPLED = ("problems", "completions", "pass_rate", "accepted", "problems_accepted", "pairs", "tokens")


def of_round(where: Round, base: Round, model: str, control: str) -> Metrics:
    """Everything about a finished round; all but ``seconds`` depends on the stored data alone.

    Args:
        base: round 0.
        model: what the round's model is called.
    """
    judged = held_out(Store.open(where.held_out).groups())
    distance = read_json(where.path / "distance.json")
    out: dict[str, Any] = {
        "round": where.number, "model": model, "control": control, "held_out": judged,
        "tokens": judged["tokens"], "entropy": distance["entropy"], "seconds": where.seconds(),
    }  # fmt: skip
    if where.number:
        sampled = read_json(where.samples / "summary.json")
        out["tokens"] += sampled["tokens"]
        out["samples"] = {key: sampled.get(key) for key in SAMPLED}
        out["samples"]["retired"] = read_json(where.path / "retired.json")
        stages = training.remembered(where.model)
        out["training"] = [{k: v for k, v in stage.items() if k != "seconds"} for stage in stages]
    if where.reward_model.exists():
        out["reward_model"] = read_json(where.reward_model / reward.NUMBERS)
    out["kl"] = {"measured": distance["kl"] if where.number else None, **bounds(where, base, judged)}
    return out


def bounds(where: Round, base: Round, judged: Mapping[str, Any]) -> dict[str, Any]:
    """What the pass rates alone say about distances (in nats): exact for a binary verifier.

    ``at_least``: no policy with this pass rate is nearer to the base policy. ``data``: how far the
    accepted traces are from the policy that sampled them.
    """
    if not where.number:
        return {"at_least": 0.0, "data": None}
    before, own = read_json(base.metrics)["held_out"]["pass@1"], judged["pass@1"]
    solved = [rate for rate in problems.pass_rates(where.samples).values() if rate > 0]
    bound = binary_kl(own["mean"], before["mean"]) if own and before else math.inf
    return {
        "at_least": round(bound, 6) if math.isfinite(bound) else None,
        "data": mean([pass_only_kl(rate) for rate in solved]),
    }


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
