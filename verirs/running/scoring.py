"""The scorer stack, and the one boundary at which a scorer's failure becomes data.

Gates run first, in the order given, and a completion that one of them failed or broke on goes no
further. A thought without an answer is nothing to judge: every gate abstains, and says why. A gate that
gives a second opinion is asked where those before it abstain; of what they decided it is asked some too, and
that changes no verdict. Rankers (scorers with ``ranks = True``) come last and see what the gates let through;
one that breaks leaves a number missing, and the gates' verdict as it is. A ranker that compares a problem's
candidates with each other (``whole_groups = True``), or waits for the engine to give its memory back
(``late = True``), runs when all are there. What a scorer can derive from an earlier score of its own, it does
not work for again.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from verirs.errors import PART_RAISED, ConfigError, PartError, VerirsError
from verirs.parts import ScorerPart
from verirs.store import entry
from verirs.thoughts import CUT_OFF, is_cut_off
from verirs.types import UNRANKED, Candidate, Completion, Group, Problem, Score, Verdict, is_unranked
from verirs.until import Rule, counted

Item = tuple[Problem, Completion]
Row = tuple[str, Completion, tuple[Score, ...]]
"""Problem id, completion, and the scores of that candidate's stack."""


Earlier = Sequence[Sequence[Score]]
"""The scores that each item had before."""


class Stack:
    """Scorers in the order they run.

    Args:
        scorers: gates and rankers, each with a key of its own.
        rank_all: let rankers score everything, not only what the gates passed.
        rule: where problems stop; group rankers do not see what is beyond.
        rank_unverified: let rankers score what the gates cannot judge too, since it may be accepted.

    Raises:
        ConfigError: two scorers have one key.
    """

    def __init__(
        self,
        scorers: Iterable[ScorerPart],
        *,
        rank_all: bool = False,
        rule: Rule | None = None,
        rank_unverified: bool = False,
    ):
        scorers = list(scorers)
        keys = [s.key for s in scorers]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ConfigError(f"two scorers are called {twice[0]!r}; give each a key of its own")
        self.gates = [s for s in scorers if not s.traits.ranks]
        self.rankers = [s for s in scorers if s.traits.ranks]
        self.group_rankers = [s for s in self.rankers if s.traits.whole_groups or s.traits.late]
        for number, gate in enumerate(self.gates):
            if gate.traits.second and all(g.traits.second for g in self.gates[:number]):
                raise ConfigError(
                    f"scorer {gate.key!r} gives a second opinion: name the gate of the first before it, for "
                    "example [scorer.math]"
                )
        self.rank_all, self.rule, self.rank_unverified = rank_all, rule, rank_unverified
        known = [[s.key, s.version] for s in self.scorers]
        seen = ["unverified"] if rank_unverified and self.rankers and not rank_all else []
        self.key = hashlib.sha256(json.dumps([*known, rank_all, *seen]).encode()).hexdigest()[:16]

    @property
    def scorers(self) -> list[ScorerPart]:
        return [*self.gates, *self.rankers]

    @property
    def versions(self) -> dict[str, str]:
        """Each scorer's version by its key."""
        return {s.key: s.version for s in self.scorers}

    @property
    def looks_back(self) -> bool:
        """Whether a scorer makes anything of scores that it gave before."""
        return any(s.traits.again is not None for s in self.scorers)

    def prove(self) -> None:
        """Let every scorer that can (``prove``) show that it is fit to judge anything.

        Raises:
            VerirsError: one is not.
        """
        for scorer in self.scorers:
            if scorer.traits.prove is not None:
                try:
                    scorer.traits.prove()
                except VerirsError:
                    raise
                except PART_RAISED as e:
                    raise PartError(f"scorer {scorer.key!r}: prove() raised {type(e).__name__}: {e}") from e

    def interrupt(self) -> None:
        """Let no call of a scorer in another thread wait on: the run ends early."""
        for scorer in self.scorers:
            if scorer.traits.interrupt is not None:
                scorer.traits.interrupt()

    def score(self, items: Sequence[Item], earlier: Earlier = ()) -> list[tuple[Score, ...]]:
        """The scores of each item's whole stack, in order. Callable from any thread.

        Args:
            earlier: the scores that each item had before.

        Raises:
            VerirsError: a missing prerequisite of a scorer; anything else a scorer raises becomes an
                ``error`` score of the item it was raised for.
        """
        said: list[list[Score]] = [[] for _ in items]
        unanswered = {i for i, (_, c) in enumerate(items) if is_cut_off(c)}
        for scorer in self.gates:
            left = [i for i, s in enumerate(said) if scorer.traits.of_form or _goes_on(s)]
            if scorer.traits.second:
                self._audit(scorer, items, said, earlier)
                left = [i for i in left if not _passed(said[i])]
            self._ask(scorer, items, said, [i for i in left if i not in unanswered], earlier)
            for i in unanswered:
                said[i].append(_not_judged(scorer, CUT_OFF))
        for scorer in self.rankers:
            if scorer not in self.group_rankers:
                self._ask(scorer, items, said, self._ranked(said), earlier)
        return [tuple(s) for s in said]

    def _audit(
        self, scorer: ScorerPart, items: Sequence[Item], said: list[list[Score]], earlier: Earlier
    ) -> None:
        """Let a second opinion be asked of some items that the gates before it decided."""
        verdicts = {i: v for i, s in enumerate(said) if (v := _decided(s)) is not None}
        if scorer.traits.audit is None or not verdicts:
            return
        for i in list(verdicts) if earlier else ():
            anew = self._again(scorer, earlier[i], str(verdicts[i]))
            if anew is not None:
                said[i].append(anew)
                del verdicts[i]
        try:
            asked = scorer.traits.audit([(*items[i], verdict) for i, verdict in verdicts.items()])
        except VerirsError:
            raise
        except PART_RAISED as e:
            raise PartError(f"scorer {scorer.key!r}: audit() raised {type(e).__name__}: {e}") from e
        for i, score in zip(verdicts, asked, strict=True):
            if score is not None:
                stamped = _stamped(scorer, score)
                if stamped.verdict is not Verdict.ABSTAIN:
                    raise PartError(f"scorer {scorer.key!r}: audit() gave {stamped.verdict}; it must abstain")
                said[i].append(stamped)

    def _ranked(self, said: Sequence[Sequence[Score]]) -> list[int]:
        """Which items the rankers see."""
        seen = _goes_on if self.rank_unverified else _passed
        return [i for i, s in enumerate(said) if self.rank_all or not self.gates or seen(s)]

    def _ask(
        self,
        scorer: ScorerPart,
        items: Sequence[Item],
        said: list[list[Score]],
        which: list[int],
        earlier: Earlier = (),
    ) -> None:
        known: dict[int, Score] = {}
        if scorer.traits.again is not None and earlier:
            known = {i: anew for i in which if (anew := self._again(scorer, earlier[i])) is not None}
        left = [i for i in which if i not in known]
        if left:
            known |= zip(left, safely(scorer, [items[i] for i in left]), strict=True)
        for i in which:
            said[i].append(known[i])

    def _again(self, scorer: ScorerPart, before: Sequence[Score], decided: str | None = None) -> Score | None:
        """A scorer's score anew from its own earlier one.

        Args:
            decided: of an audit: the verdict that it compares itself with, which must be the same.
        """
        old = next((s for s in before if s.scorer == scorer.key), None)
        if old is None or scorer.traits.again is None or old.details.get("audit") != decided:
            return None
        anew = scorer.traits.again(old)
        return None if anew is None else _stamped(scorer, anew)

    def rescored(self, groups: Sequence[Group], *, afresh: bool = False) -> list[Row]:
        """What :func:`verirs.store.rescore` wants: every candidate of the groups scored anew.

        Args:
            afresh: out of nothing that was recorded before.
        """
        items = [(g.problem, c.completion) for g in groups for c in g.candidates]
        earlier = [() if afresh else c.scores for g in groups for c in g.candidates]
        return self._with_groups(items, self.score(items, earlier), earlier)

    def grouped(self, groups: Sequence[Group]) -> list[Row]:
        """The groups' scores as they are, those of the group rankers anew."""
        names = {r.key for r in self.group_rankers}
        rows = [(g.problem, c) for g in groups for c in g.candidates]
        kept = [tuple(s for s in c.scores if s.scorer not in names) for _, c in rows]
        return self._with_groups([(p, c.completion) for p, c in rows], kept, [c.scores for _, c in rows])

    def _with_groups(
        self, items: Sequence[Item], scores: Sequence[tuple[Score, ...]], earlier: Earlier
    ) -> list[Row]:
        said = [list(s) for s in scores]
        if self.group_rankers:
            count = self._counting(items, said)
            for scorer in self.group_rankers:
                self._ask(scorer, items, said, [i for i in self._ranked(said) if i in count], earlier)
        return [(p.id, c, tuple(s)) for (p, c), s in zip(items, said, strict=True)]

    def _counting(self, items: Sequence[Item], said: Sequence[Sequence[Score]]) -> set[int]:
        """Which items are before their problem's stop."""
        if self.rule is None:
            return set(range(len(items)))
        found: set[int] = set()
        for _, run in itertools.groupby(range(len(items)), key=lambda i: items[i][0].id):
            places = list(run)
            made = tuple(Candidate(completion=items[i][1], scores=tuple(said[i])) for i in places)
            at = counted(self.rule, Group(problem=items[places[0]][0], candidates=made)).stop.at
            found |= {i for i in places if items[i][1].index < at}
        return found

    def errors_rescored(self, groups: Sequence[Group]) -> list[Row]:
        """Candidates that a scorer broke on, or that have no score, anew; the others as they are."""
        rows = [(g.problem, c) for g in groups for c in g.candidates]
        broken = [i for i, (_, c) in enumerate(rows) if needs_scoring(c)]
        scores: list[tuple[Score, ...]] = [c.scores for _, c in rows]
        anew = self.score([(rows[i][0], rows[i][1].completion) for i in broken])
        for i, score in zip(broken, anew, strict=True):
            scores[i] = score
        return [(p.id, c.completion, s) for (p, c), s in zip(rows, scores, strict=True)]

    def close(self) -> None:
        for scorer in self.scorers:
            scorer.made.close()


def _not_judged(scorer: ScorerPart, why: str) -> Score:
    return Score(scorer=scorer.key, version=scorer.version, verdict=Verdict.ABSTAIN, reason=why)


def needs_scoring(candidate: Candidate) -> bool:
    return not candidate.scores or any(s.verdict is Verdict.ERROR for s in candidate.scores)


_ENDS = (Verdict.FAIL, Verdict.ERROR, Verdict.UNWANTED)


def _goes_on(scores: Sequence[Score]) -> bool:
    return not any(s.verdict in _ENDS and not is_unranked(s) for s in scores)


def _decided(scores: Sequence[Score]) -> Verdict | None:
    """The verdict of gates that said pass or fail; none where one broke, or what it said is unwanted."""
    if any(s.verdict is Verdict.UNWANTED for s in scores):
        return None
    if any(s.verdict is Verdict.FAIL for s in scores):
        return Verdict.FAIL
    return Verdict.PASS if _passed(scores) else None


def _passed(scores: Sequence[Score]) -> bool:
    return _goes_on(scores) and any(s.verdict is Verdict.PASS for s in scores)


def safely(scorer: ScorerPart, items: Sequence[Item]) -> list[Score]:
    """One score an item, whatever the scorer does, under the scorer's key and version.

    When a batch raises, its halves are tried alone, so that only the item at fault gets an error.
    """
    begun = time.perf_counter()
    try:
        scores = list(scorer.made.score(items))
        if len(scores) != len(items):
            raise ValueError(f"{len(scores)} scores for {len(items)} completions")
        return [_stamped(scorer, s) for s in scores]
    except (VerirsError, KeyboardInterrupt):
        raise
    except BaseException as e:  # noqa: BLE001 - the boundary: third-party code may raise anything
        if len(items) > 1:
            half = len(items) // 2
            return [*safely(scorer, items[:half]), *safely(scorer, items[half:])]
        score = Score(
            scorer=scorer.key,
            version=scorer.version,
            verdict=Verdict.ERROR,
            reason=f"{type(e).__name__}: {e}"[:300],
            seconds=time.perf_counter() - begun,
        )
        return [_stamped(scorer, score)]


def at_once(scorer: ScorerPart, item: Item) -> Score | None:
    """An item's score where the scorer has it without waiting (its trait ``at_once``); ``None`` where it has
    not, or where something is wrong, which :func:`safely` tells.
    """
    if scorer.traits.at_once is None:
        return None
    try:
        score = scorer.traits.at_once(*item)
        return None if score is None else _stamped(scorer, score)
    except PART_RAISED:
        return None


def _stamped(scorer: ScorerPart, score: Score) -> Score:
    """The score under the name and version by which this scorer is known, as it will be stored."""
    if not isinstance(score, Score):
        raise TypeError(f"the scorer returned {type(score).__name__}, not a Score")
    score = entry.score(score)
    if scorer.traits.ranks and score.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.UNWANTED):
        raise TypeError(f"a ranker's verdict is abstain, and this one gave {score.verdict}")
    if score.verdict is Verdict.ERROR and scorer.traits.ranks:
        score = replace(score, details={**score.details, UNRANKED: True})
    if score.scorer == scorer.key and score.version == scorer.version:
        return score  # what most are
    return replace(score, scorer=scorer.key, version=scorer.version)
