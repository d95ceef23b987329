"""The selector ``methods``: one solution a method, and of these the ones that differ most.

What rejection sampling fine-tuning does with its samples: of all that pass, one for each list of equations,
and of several with the same list the one whose text is farthest from the others (Yuan et al. 2023,
arXiv 2308.01825; ``collect_rejection_sampling.py`` of OFA-Sys/gsm8k-ScRel).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from verirs.errors import ConfigError, nearest
from verirs.select.distance import distance
from verirs.select.marks import NEAR_DUPLICATE, SAME_METHOD
from verirs.select.rules import Choice, Rules
from verirs.select.selectors import jaccard, shingles
from verirs.select.signatures import equations, shape
from verirs.thoughts import whole
from verirs.types import Candidate, Group, Problem, Rejection

Signature = Literal["auto", "equations", "program"]
SIGNATURES: tuple[str, ...] = get_args(Signature)


@dataclass(frozen=True, slots=True)
class _Kept:
    candidate: Candidate
    words: Sequence[str]
    grams: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Methods(Rules):
    """One passing sample a method, the text farthest from the others; with ``k``, the most different methods.

    Args:
        signature: what tells methods apart: the list of equations, the program's syntax tree without its
            names; ``auto`` takes the program where the problem has tests. A text that has neither is
            compared by its words, as ``diverse`` does.
        similarity: for such texts: near-duplicates from this Jaccard similarity of three-word shingles on.
    """

    name: ClassVar[str] = "methods"
    signature: Signature = "auto"
    similarity: float = 0.7

    def __post_init__(self) -> None:
        Rules.__post_init__(self)
        if self.signature not in SIGNATURES:
            raise ConfigError(
                f"select.signature: unknown {self.signature!r}{nearest(self.signature, SIGNATURES)} "
                f"(known: {', '.join(SIGNATURES)})"
            )

    def of(self, problem: Problem, candidate: Candidate) -> str:
        """The signature of a candidate; empty where it has none."""
        text = candidate.completion.text
        if self.signature == "program" or (self.signature == "auto" and problem.tests is not None):
            return shape(text, problem.entry_point)
        return "|".join(equations(text)) or "|".join(equations(candidate.completion.reasoning))

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        kept: dict[str, _Kept] = {}
        left: list[Rejection] = []
        for candidate in sorted(eligible, key=lambda c: c.completion.index):
            text = whole(candidate.completion)
            own = self.of(group.problem, candidate)
            new = _Kept(candidate, text.split(), frozenset() if own else shingles(text))
            if own in kept and own:
                old = kept[own]
                others = [other for key, other in kept.items() if key != own]
                farther = _far(new, others) > _far(old, others)
                kept[own], dropped = (new, old) if farther else (old, new)
                left.append(Rejection(candidate=dropped.candidate, reason=SAME_METHOD))
            elif not own and any(
                k.grams and jaccard(new.grams, k.grams) >= self.similarity for k in kept.values()
            ):
                left.append(Rejection(candidate=candidate, reason=NEAR_DUPLICATE))
            else:
                kept[own or f"\x00{candidate.completion.index}"] = new
        ordered = sorted(kept.values(), key=lambda k: k.candidate.completion.index)
        if 0 < self.k < len(ordered):
            ordered = _farthest_first(ordered, self.k)
        return Choice([k.candidate for k in ordered], left)


def _far(one: _Kept, others: Sequence[_Kept]) -> int:
    return sum(distance(one.words, other.words) for other in others)


def _farthest_first(kept: list[_Kept], k: int) -> list[_Kept]:
    """The first by index, then always the one whose nearest taken one is farthest; the rest by index."""
    taken, rest = kept[:1], kept[1:]
    nearest_taken = [distance(one.words, taken[0].words) for one in rest]
    while len(taken) < k:
        at = max(range(len(rest)), key=lambda i: (nearest_taken[i], -i))
        taken.append(rest.pop(at))
        del nearest_taken[at]
        for i, one in enumerate(rest):
            nearest_taken[i] = min(nearest_taken[i], distance(one.words, taken[-1].words))
    return [*taken, *rest]
