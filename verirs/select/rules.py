"""What every selector shares: which candidates are eligible, duplicates, the cap, stable tie-breaking.

A selector differs from another only in the order in which it takes the eligible candidates and in
which of them it leaves out (:meth:`Rules.choose`); everything else happens here, once.

Does not guarantee that an accepted text is a *good* trace: a right answer may follow wrong steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from verirs.errors import ConfigError, nearest
from verirs.select.lengths import unusual
from verirs.select.marks import (
    DUPLICATE,
    HOLDS_GOLD,
    OVER_CAP,
    TEXTLESS,
    TRUNCATED,
    UNFINISHED,
    UNTRUSTED,
    UNUSUAL_LENGTH,
    holds_gold,
    is_unfinished,
    is_untrusted,
    normalise,
    unwanted,
)
from verirs.select.pairs import NEED_VALUE, PAIRINGS, Pairing, build_pairs
from verirs.thoughts import whole
from verirs.types import NO_TEXT, Candidate, Group, Problem, Rejection, Selection, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Options that all selectors share.

    Args:
        k: accept at most this many candidates of a problem; 0 is no cap. Touch it to keep easy
            problems from flooding the training set.
        dedup: accept a text once, whatever its line ends and trailing blanks; indentation counts. Turn
            it off to keep the sampling frequencies, for example to measure them.
        allow_truncated: also use completions cut off by ``max_tokens``. Only sensible when the
            trainer does not append an end-of-sequence token to them.
        allow_in_process: also use verdicts that the candidate's own code could have brought about
            (those with ``details["trust"]``: computed in its process, say).
        unverified: also accept candidates whose verdict is ``abstain`` (problems without a gold
            answer, selected by value or by vote). A ``fail`` or an ``error`` is never accepted.
        unusual_length: leave out texts that are so many robust deviations longer or shorter than the other
            eligible ones of their problem (from five on, and from twice or half of their median on); 3.5
            is usual, 0 is no bound. Touch it where a few right texts ramble, or only state the answer.
        by: the scorer whose number ranks; empty: the last number in the stack.
        pairs: how preference pairs are built (see docs/selection.md).
        max_pairs: at most this many pairs a problem.
        margin: for ``pairs="margin"``: the smallest difference of values that makes a pair.
        seed: shuffles ties and random pairs; the result depends on nothing else.
    """

    k: int = 4
    dedup: bool = True
    allow_truncated: bool = False
    allow_in_process: bool = False
    unverified: bool = False
    unusual_length: float = 0.0
    by: str = ""
    pairs: Pairing = "random"
    max_pairs: int = 4
    margin: float = 0.0
    seed: int = 0

    name: ClassVar[str] = ""
    needs_value: ClassVar[bool] = False
    """Whether the selector ranks by a number, so that a stack without a ranker accepts nothing."""

    @property
    def needs_fail_values(self) -> bool:
        """Whether pairs are chosen by the numbers of wrong candidates."""
        return self.pairs in NEED_VALUE

    def __post_init__(self) -> None:
        wrong = [
            f"select.{key}: must not be negative, is {value}"
            for key, value in (
                *(("k", self.k), ("max_pairs", self.max_pairs)),
                ("unusual_length", self.unusual_length),
            )
            if not value >= 0
        ]
        if self.pairs not in PAIRINGS:
            wrong.append(
                f"select.pairs: unknown pairing {self.pairs!r}{nearest(self.pairs, PAIRINGS)} "
                f"(known: {', '.join(PAIRINGS)})"
            )
        if wrong:
            raise ConfigError(wrong)

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        """The eligible candidates in the order in which they are to be taken, and those left out."""
        raise NotImplementedError

    def select(self, group: Group) -> Selection:
        """Accept, reject with reasons, and pair the candidates of one group."""
        eligible: list[Candidate] = []
        rejected: list[Rejection] = []
        for candidate in group.candidates:
            reason = self.reason(group.problem, candidate)
            if reason:
                rejected.append(Rejection(candidate=candidate, reason=reason))
            else:
                eligible.append(candidate)
        odd = unusual([len(whole(c.completion)) for c in eligible], self.unusual_length)
        rejected += [Rejection(candidate=eligible[i], reason=UNUSUAL_LENGTH) for i in odd]
        eligible = [c for i, c in enumerate(eligible) if i not in odd]
        choice = self.choose(group, eligible)
        accepted, dropped = self._take(choice.ordered)
        rejected += [*choice.left_out, *dropped]
        pairs = build_pairs(
            group,
            accepted,
            rejected,
            pairing=self.pairs,
            value=self.value,
            limit=self.max_pairs,
            margin=self.margin,
            seed=self.seed,
        )
        return Selection(
            group=group,
            accepted=tuple(accepted),
            rejected=tuple(sorted(rejected, key=lambda r: r.candidate.completion.index)),
            pairs=pairs,
        )

    def reason(self, problem: Problem, candidate: Candidate) -> str:
        """As :meth:`ineligible`; only ``fail`` says that the candidate may be ``rejected`` in a pair."""
        reason = self.ineligible(candidate)
        if reason == Verdict.FAIL.value and holds_gold(candidate, problem.answer):
            return HOLDS_GOLD
        return reason

    def ineligible(self, candidate: Candidate) -> str:
        """Why a candidate may not be accepted by any selector, or an empty string."""
        if candidate.completion.finish_reason == NO_TEXT:
            return TEXTLESS
        if candidate.completion.finish_reason == "length" and not self.allow_truncated:
            return TRUNCATED
        if is_untrusted(candidate) and not self.allow_in_process:
            return UNTRUSTED
        verdict = candidate.verdict
        if verdict is Verdict.UNWANTED:
            return unwanted(candidate)
        if verdict is Verdict.PASS or (verdict is Verdict.ABSTAIN and self.unverified):
            return ""
        if verdict is Verdict.FAIL and is_unfinished(candidate):
            return UNFINISHED
        return verdict.value

    def value(self, candidate: Candidate) -> float | None:
        """The number that ranks, or ``None``; a NaN or an infinity never ranks."""
        value = candidate.value_of(self.by)
        return value if value is not None and math.isfinite(value) else None

    def _take(self, ordered: Iterable[Candidate]) -> tuple[list[Candidate], list[Rejection]]:
        accepted: list[Candidate] = []
        dropped: list[Rejection] = []
        seen: set[str] = set()
        for candidate in ordered:
            text = normalise(whole(candidate.completion))
            if self.dedup and text in seen:
                dropped.append(Rejection(candidate=candidate, reason=DUPLICATE))
            elif self.k and len(accepted) >= self.k:
                dropped.append(Rejection(candidate=candidate, reason=OVER_CAP))
            else:
                accepted.append(candidate)
            seen.add(text)
        return accepted, dropped


@dataclass(frozen=True, slots=True)
class Choice:
    """What a selector made of the eligible candidates."""

    ordered: Sequence[Candidate]
    left_out: Sequence[Rejection] = field(default=())
