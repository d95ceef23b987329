"""Toy data for the loop's tests."""

from __future__ import annotations

from collections.abc import Sequence

from verirs.records import KL, Band, HeldOut, Interval, RoundMetrics
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict


def metrics(
    number: int, counts: dict[str, tuple[int, int]], *, kl: float | None = None, tokens: int = 100
) -> RoundMetrics:
    """What the stop rule reads of a round, from each problem's (samples, right ones)."""
    n = max(n for n, _ in counts.values())
    one = sum(c / n for n, c in counts.values()) / len(counts)
    many = sum(c > 0 for _, c in counts.values()) / len(counts)
    return RoundMetrics(
        round=number,
        model="toy",
        held_out=HeldOut(
            n=n,
            problems=len(counts),
            pass_1=Interval(one, one, one, len(counts)),
            pass_n=Interval(many, many, many, len(counts)),
            maj_n=None,
            distinct_answers=1.0,
            counts=counts,
        ),
        kl=KL(measured=None if kl is None else Band(kl, kl, kl), at_least=0.0),
        entropy=Band(0.0, 0.0, 0.0),
        tokens=tokens,
    )


def group(problem: Problem, verdicts: Sequence[Verdict], finish: str = "stop") -> Group:
    return Group(
        problem=problem,
        candidates=tuple(
            Candidate(
                completion=Completion(index=i, text=f"text {i}", finish_reason=finish, seed=i),
                scores=(Score(scorer="toy", version="1", verdict=v, answer=str(i % 2)),),
            )
            for i, v in enumerate(verdicts)
        ),
    )
