"""What is known of a finished round, read from its files: the held-out estimates first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np

from verirs.loop import problems, reward, training
from verirs.loop.rounds import Round, read_json
from verirs.records import (
    KL,
    Band,
    HeldOut,
    Interval,
    RewardChange,
    RoundMetrics,
    RunSummary,
    Sampled,
    decode,
)
from verirs.stats import Tally
from verirs.stats.answers import answer_classes
from verirs.stats.kl import binary_kl, pass_only_kl
from verirs.store import Store
from verirs.types import Group


def of_round(where: Round, base: Round, model: str, control: str) -> RoundMetrics:
    """Everything about a finished round; all but ``seconds`` depends on the stored data alone.

    Args:
        base: round 0.
        model: what the round's model is called.

    Raises:
        StoreError: a file of the round is damaged, or of another version.
    """
    judged = held_out(Store.open(where.held_out).groups())
    distance = read_json(where.path / "distance.json")
    entropy = decode(Band, distance["entropy"], where.path / "distance.json")
    seconds = where.seconds()
    reward_model = None
    if where.reward_model.exists():
        numbers = where.reward_model / reward.NUMBERS
        reward_model = decode(RewardChange, read_json(numbers), numbers)
    if not where.number:
        return RoundMetrics(
            round=0,
            model=model,
            control=control,
            held_out=judged,
            kl=KL(at_least=0.0),
            entropy=entropy,
            tokens=judged.tokens,
            seconds=seconds,
        )
    drawn = sampled(where)
    stages = training.remembered(where.model)
    first = base.read_metrics()
    return RoundMetrics(
        round=where.number,
        model=model,
        control=control,
        held_out=judged,
        samples=drawn,
        training=tuple({k: v for k, v in stage.items() if k != "seconds"} for stage in stages),
        reward_model=reward_model,
        kl=KL(
            measured=decode(Band, distance["kl"], where.path / "distance.json"),
            at_least=at_least(first.held_out.pass_1 if first else None, judged.pass_1),
            data=of_accepted(where),
        ),
        entropy=entropy,
        tokens=judged.tokens + drawn.tokens,
        seconds=seconds,
    )


def sampled(where: Round) -> Sampled:
    """What the round's own run drew and selected."""
    summary = RunSummary.load(where.samples / "summary.json")
    taken = summary.selection
    return Sampled(
        problems=summary.problems,
        completions=summary.completions,
        pass_rate=summary.pass_rate,
        accepted=taken.accepted if taken else 0,
        problems_accepted=taken.problems_accepted if taken else 0,
        pairs=taken.pairs if taken else 0,
        tokens=summary.tokens,
        retired=read_json(where.path / "retired.json"),
    )


def at_least(before: Interval | None, now: Interval | None) -> float | None:
    """What two pass rates alone say about the distance, in nats: exact for a binary verifier."""
    bound = binary_kl(now.mean, before.mean) if now and before else math.inf
    return round(bound, 6) if math.isfinite(bound) else None


def of_accepted(where: Round) -> float | None:
    """How far the accepted traces are from the policy that sampled them, in nats."""
    return mean([pass_only_kl(rate) for rate in problems.pass_rates(where.samples).values() if rate > 0])


def held_out(groups: Iterable[Group]) -> HeldOut:
    """Estimates over problems with 95 % intervals, diversity, length, each problem's counts."""
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
    passes, majority = summary.estimates["pass@k"], summary.estimates.get("maj@k")
    return HeldOut(
        n=n,
        problems=summary.problems,
        pass_1=passes.at.get(1),
        pass_n=passes.at.get(n),
        maj_n=majority.at.get(n) if majority else None,
        distinct_answers=mean(answers),
        distinct_texts=mean(texts),
        answer_entropy=mean(entropy),
        characters=mean(lengths),
        truncated=summary.truncated,
        left_out=summary.left_out,
        tokens=summary.tokens,
        counts={p.problem_id: (p.n, p.c) for p in sorted(tally.problems, key=lambda p: p.problem_id)},
    )


def shannon(counts: Counter[int]) -> float:
    """The entropy of the relative frequencies, in nats."""
    total = counts.total()
    return -math.fsum(c / total * math.log(c / total) for c in counts.values()) if total else 0.0


def mean(values: list[float] | list[int]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
