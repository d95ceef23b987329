"""Which verdicts deserve a second look, and why: nothing here says that a verdict is wrong.

Each rule gives a weight in 0 .. 1 for an order of reading ("most doubtful first"), no probability. A reason's
kind is one of :data:`KINDS`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verirs.select.marks import holds_gold
from verirs.stats.answers import votes
from verirs.types import Candidate, Group, Problem, Verdict, is_ranking

KINDS: Mapping[str, str] = {
    "gold loses the vote": "most samples agree on another answer than the gold",
    "scorers disagree": "one scorer passes it, another fails it",
    "weak tests": "few tests, or tests that the program could have bent",
    "judge against verifier": "the ranker's order contradicts the verdict",
    "alone": "accepted, while the others agree on another answer",
    "gold in words": "failed, and the answer holds the gold among words",
    "guessed": "the answer was guessed from the end of the text",
}
FINDINGS: Mapping[str, float] = {
    "contradicting": 0.95,
    "outvoted": 0.85,
    "unreadable": 0.6,
    "weak tests": 0.5,
    "several answers": 0.45,
    "unsolved": 0.35,
    "guessable": 0.2,
}
"""The weights of what an audit finds of a problem (:data:`verirs.curation.audit.KINDS`)."""
VOTERS = 4
"""A vote of fewer samples is not strong."""
FEW_TESTS = 3
"""Of fewer tests a wrong program may pass all."""
_DECIDED = (Verdict.PASS, Verdict.FAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why to look at one sample's verdict again.

    Args:
        index: of the sample.
        kind: of :data:`KINDS`.
        weight: 0 .. 1; the order of reading.
        words: the reason in a sentence.
    """

    index: int
    kind: str
    weight: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A problem's answer classes.

    Args:
        classes: of each candidate, in order; ``None`` without an answer, and for programs.
        sizes: samples in each class.
        verdicts: of each class, its samples' verdicts.
        top: the largest class; ``None`` without one, or where two are of one size.
    """

    classes: tuple[int | None, ...]
    sizes: Mapping[int, int]
    verdicts: Mapping[int, Mapping[Verdict, int]]
    top: int | None

    @property
    def voters(self) -> int:
        return sum(self.sizes.values())

    @property
    def majority(self) -> str:
        """``right``, ``wrong``, ``tied``, ``unjudged``, or empty where nobody voted."""
        if not self.sizes:
            return ""
        if self.top is None:
            return "tied"
        said = self.verdicts[self.top]
        right, wrong = said.get(Verdict.PASS, 0), said.get(Verdict.FAIL, 0)
        return "unjudged" if right == wrong else "right" if right > wrong else "wrong"


def vote_of(group: Group) -> Vote:
    """The vote of a group; a sample whose judging broke, or that is unwanted, does not vote."""
    classes = [
        None if c.verdict in (Verdict.ERROR, Verdict.UNWANTED) else label
        for c, label in zip(group.candidates, votes(group.problem, group.candidates), strict=True)
    ]
    sizes = Counter(label for label in classes if label is not None)
    verdicts: dict[int, Counter[Verdict]] = defaultdict(Counter)
    for candidate, label in zip(group.candidates, classes, strict=True):
        if label is not None:
            verdicts[label][candidate.verdict] += 1
    first = sizes.most_common(2)
    tied = len(first) == 2 and first[0][1] == first[1][1]
    return Vote(
        classes=tuple(classes),
        sizes=sizes,
        verdicts=verdicts,
        top=None if tied or not first else first[0][0],
    )


def doubts(group: Group, vote: Vote) -> list[Doubt]:
    """The doubts on a group's verdicts, the heaviest of a sample first."""
    found = [
        *_outvoted(group, vote),
        *_disagreeing(group.candidates),
        *_weak(group),
        *_against(group.candidates),
        *_unsure(group),
    ]
    return sorted(found, key=lambda d: (-d.weight, d.index, d.kind))


def _outvoted(group: Group, vote: Vote) -> list[Doubt]:
    """Where a strong majority stands against the gold: the gold may be wrong, or the reading of it."""
    if vote.top is None or vote.voters < VOTERS:
        return []
    said = vote.verdicts[vote.top]
    size, of = vote.sizes[vote.top], vote.voters
    right = sum(v.get(Verdict.PASS, 0) for v in vote.verdicts.values())
    if said.get(Verdict.PASS, 0) or size * 2 <= of:
        return []
    answers = {c.answer for c, label in zip(group.candidates, vote.classes, strict=True) if label == vote.top}
    shown = _short(min((a for a in answers if a), key=len, default=""))
    out = []
    for candidate, label in zip(group.candidates, vote.classes, strict=True):
        if label == vote.top and candidate.verdict is Verdict.FAIL:
            words = f"{size} of {of} samples answer {shown}; the gold is {_short(group.problem.answer)}"
            out.append((candidate, "gold loses the vote", 0.4 + 0.6 * size / of, words))
        elif candidate.verdict is Verdict.PASS and right * 4 <= of:
            words = f"passed, and {size} of {of} samples agree on {shown} instead"
            out.append((candidate, "alone", 0.3 + 0.5 * size / of, words))
    return [_doubt(*row) for row in out]


def _disagreeing(candidates: Sequence[Candidate]) -> list[Doubt]:
    out = []
    for c in candidates:
        yes = [s.scorer for s in c.scores if s.verdict is Verdict.PASS]
        no = [s.scorer for s in c.scores if s.verdict is Verdict.FAIL]
        if yes and no:
            words = f"{', '.join(yes)} said pass, {', '.join(no)} said fail"
            out.append(_doubt(c, "scorers disagree", 0.9, words))
    return out


def _weak(group: Group) -> list[Doubt]:
    out = []
    for c in group.candidates:
        for s in c.scores:
            if bent := s.details.get("trust"):
                out.append(_doubt(c, "weak tests", 0.6, f"the program could have bent its tests ({bent})"))
            elif s.verdict is Verdict.PASS and isinstance(of := s.details.get("of"), int) and of < FEW_TESTS:
                words = f"passed {of} test{'' if of == 1 else 's'}; a wrong program may, too"
                out.append(_doubt(c, "weak tests", 0.5 - 0.1 * of, words))
    return out


def _against(candidates: Sequence[Candidate]) -> list[Doubt]:
    """The ranker's favourite that failed, and what passed though the ranker likes nothing less."""
    out = []
    for name in dict.fromkeys(s.scorer for c in candidates for s in c.scores if is_ranking(s)):
        ranked = [
            (value, c) for c in candidates
            if c.verdict in _DECIDED and (value := c.value_of(name)) is not None
        ]  # fmt: skip
        right = [v for v, c in ranked if c.verdict is Verdict.PASS]
        wrong = [v for v, c in ranked if c.verdict is Verdict.FAIL]
        if not right or not wrong:
            continue
        for value, c in ranked:
            others = right if c.verdict is Verdict.FAIL else wrong
            if c.verdict is Verdict.FAIL:
                share = sum(value > other for other in others) / len(others)
            else:
                share = sum(value < other for other in others) / len(others)
            if share >= 1 and (len(others) > 1 or len(ranked) == 2):
                side = "above every passed" if c.verdict is Verdict.FAIL else "below every failed"
                words = f"{name} gives {value:.3g}, {side} sample of the problem"
                out.append(_doubt(c, "judge against verifier", 0.55, words))
    return out


def _unsure(group: Group) -> list[Doubt]:
    out = []
    for c in group.candidates:
        if c.verdict is Verdict.FAIL and holds_gold(c, group.problem.answer):
            words = f"the answer says {_short(group.problem.answer)} among words"
            out.append(_doubt(c, "gold in words", 0.7, words))
        if c.verdict is Verdict.FAIL and any(s.details.get("sure") == "guessed" for s in c.scores):
            out.append(_doubt(c, "guessed", 0.3, "no place of the text marks the answer"))
    return out


def _doubt(candidate: Candidate, kind: str, weight: float, words: str) -> Doubt:
    return Doubt(index=candidate.completion.index, kind=kind, weight=round(weight, 3), words=words)


def _short(text: str | None) -> str:
    told = " ".join((text or "").split())
    return repr(told if len(told) <= 40 else f"{told[:39]}…")


def flags(problem: Problem) -> list[str]:
    """What a problem lacks for a verdict."""
    return ["no gold, no tests"] if problem.answer is None and not problem.tests else []
