"""Which problems of a set are kept: duplicates, contamination and filters, in that order, each counted.

What is known before sampling is looked at once, over all problems; the rest is judged problem by problem,
when its samples are counted. Memory holds hashes of the problems and what was found, no text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verirs.curation.facts import known_of
from verirs.curation.filters import Condition
from verirs.curation.index import Hit, Index
from verirs.curation.twins import Twin, asked, twins
from verirs.records import BenchmarkHits, ContaminatedProblem, CurationSummary, GoldConflict, Step
from verirs.types import Problem

EQUAL, UNEQUAL, NEAR = "duplicate problem", "equal problem, unequal gold", "nearly equal problem"
CONTAMINATED = "contaminated"
SHOWN, CONFLICTS = 10, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What to do with what is found.

    Args:
        equal: whether of equal problems only the first is kept, and none where their golds differ.
        near: whether nearly equal problems are dropped too.
        action: ``drop``, ``mark`` or ``refuse`` contaminated problems.
        variants: whether items with other numbers count as contamination.
        conditions: of the filter.
    """

    equal: bool = True
    near: bool = False
    action: str = "drop"
    variants: bool = True
    conditions: tuple[Condition, ...] = ()


def same_gold(one: str, other: str) -> bool:
    """Whether two golds are the same answer, whichever is taken for right."""
    from verirs.math import equivalent

    return equivalent(one, other).passed or equivalent(other, one).passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found of all problems: it says of each what is known, and whether it is kept.

    Args:
        wishes: what to do with what is found.
        searched: whether benchmarks were looked for.
        twins: by problem, of those that have one.
        hits: by problem, of those that hold a benchmark's item.
    """

    wishes: Wishes
    searched: bool
    twins: Mapping[str, Twin]
    hits: Mapping[str, Hit]

    def known(self, problem: Problem) -> dict[str, Any]:
        """The columns of a problem that are known without its samples."""
        twin, hit = self.twins.get(problem.id), self.hits.get(problem.id)
        return {
            **known_of(problem),
            "duplicate_of": twin.duplicate_of or None if twin else None,
            "similar_to": twin.similar_to or None if twin else None,
            "variant_of": twin.variant_of or None if twin else None,
            "contamination": (hit.share if hit else 0.0) if self.searched else None,
            "contaminated_by": hit.name if hit else None,
            "other_numbers": hit.other_numbers if hit else None,
            "findings": "contradicting" if twin and twin.conflict else None,
        }

    def dropped(self, facts: Mapping[str, Any], problem: Problem, *, early: bool = False) -> str:
        """Why a problem is not kept; empty where it is.

        Args:
            facts: its columns.
            early: go only by what is known before sampling.
        """
        wishes, twin = self.wishes, self.twins.get(problem.id)
        if wishes.equal and twin is not None:
            if twin.conflict:
                return UNEQUAL
            if twin.duplicate_of:
                return EQUAL
        if wishes.near and twin is not None and twin.similar_to:
            return NEAR
        hit = self.hits.get(problem.id) if wishes.action != "mark" else None
        if hit is not None and (wishes.variants or not hit.other_numbers):
            return CONTAMINATED
        for condition in wishes.conditions:
            if (condition.early or not early) and not condition.holds(facts, problem):
                return f"filter: {condition.column}"
        return ""


class Curator:
    """Looks at all problems, then counts which are kept.

    Args:
        problems: gives all problems, in one order; called twice.
        index: of the benchmarks to look for; ``None`` for none.
        wishes: what to do with what is found.
    """

    def __init__(self, problems: Callable[[], Iterable[Problem]], index: Index | None, wishes: Wishes):
        self.wishes = wishes
        self._index = index
        self._twins = twins(problems(), same_gold)
        self._hits: dict[str, Hit] = {}
        self._golds: dict[str, str] = {}
        seen: list[str] = []  # the index reads ahead, so ids wait for their hit
        texts = map(asked, self._watched(problems(), seen))
        hits = index.search(texts) if index is not None else (None for _ in texts)
        for number, hit in enumerate(hits):
            if hit is not None:
                self._hits[seen[number]] = hit
        self._steps = self._named_steps()
        self._problems = Counter[str]()
        self._rows = Counter[str]()

    def _watched(self, problems: Iterable[Problem], seen: list[str]) -> Iterator[Problem]:
        for problem in problems:
            seen.append(problem.id)
            twin = self._twins.get(problem.id)
            if twin is not None and twin.conflict:
                self._golds[problem.id] = problem.answer or ""
            yield problem

    @property
    def looked(self) -> Looked:
        """What was found."""
        return Looked(
            wishes=self.wishes, searched=self._index is not None, twins=self._twins, hits=self._hits
        )

    def count(self, problems: Mapping[str, int], rows: Mapping[str, int]) -> None:
        """Count problems, and their accepted candidates before that, by why they were dropped."""
        self._problems.update(problems)
        self._rows.update(rows)

    def summary(self) -> CurationSummary:
        """What was counted."""
        problems, rows = self._problems.total(), self._rows.total()
        funnel = [Step(name="all problems", problems=problems, rows=rows)]
        for reason, name in self._steps:
            problems -= self._problems[reason]
            rows -= self._rows[reason]
            funnel.append(Step(name=name, problems=problems, rows=rows))
        found = self._twins.values()
        return CurationSummary(
            funnel=tuple(funnel),
            duplicates=sum(bool(t.duplicate_of) for t in found),
            similar=sum(bool(t.similar_to) for t in found),
            variants=sum(bool(t.variant_of) for t in found),
            conflicts=tuple(self._conflicts()),
            conflicting=sum(t.conflict for t in found),
            contamination=tuple(self._table()),
            action=self.wishes.action if self._index is not None else "",
        )

    def _conflicts(self) -> Iterable[GoldConflict]:
        """Of each group of equal problems with unequal golds, one pair that shows it."""
        shown: set[str] = set()
        for name, twin in self._twins.items():
            first = twin.duplicate_of
            if twin.conflict and first and first not in shown and len(shown) < CONFLICTS:
                golds = self._golds.get(first, ""), self._golds.get(name, "")
                if golds[0] != golds[1] and not same_gold(*golds):
                    shown.add(first)
                    yield GoldConflict(problem_ids=(first, name), golds=golds)

    @property
    def contaminated(self) -> int:
        """How many problems hold an item of a benchmark."""
        return len(self._hits)

    def _table(self) -> Iterable[BenchmarkHits]:
        for benchmark in self._index.benchmarks if self._index is not None else ():
            own = {name: hit for name, hit in self._hits.items() if hit.benchmark == benchmark.name}
            worst = sorted(own.items(), key=lambda found: (-found[1].share, found[0]))[:SHOWN]
            yield BenchmarkHits(
                benchmark=benchmark.name,
                items=benchmark.items,
                items_found=len({hit.item for hit in own.values()}),
                problems=len(own),
                other_numbers=sum(hit.other_numbers for hit in own.values()),
                worst=tuple(
                    ContaminatedProblem(
                        problem_id=name, item=hit.name, share=hit.share, other_numbers=hit.other_numbers
                    )
                    for name, hit in worst
                ),
            )

    def _named_steps(self) -> list[tuple[str, str]]:
        wishes = self.wishes
        steps = [(EQUAL, "equal problems once"), (UNEQUAL, "equal problems with unequal golds out")]
        steps = steps if wishes.equal else []
        steps += [(NEAR, "nearly equal problems once")] if wishes.near else []
        looked = self._index is not None and wishes.action != "mark"
        steps += [(CONTAMINATED, "decontaminated")] if looked else []
        columns = dict.fromkeys(c.column for c in wishes.conditions)
        words = {c: "; ".join(x.words for x in wishes.conditions if x.column == c) for c in columns}
        return steps + [(f"filter: {column}", words[column]) for column in columns]
