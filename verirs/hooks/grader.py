"""The grader behind all hooks: rows in, rewards out, whatever is in the rows.

Callable from any thread, process or event loop. It pickles by its configuration, and a forked child makes
scorers of its own. Equal rows in flight are judged once; passes and fails are remembered.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from verirs.errors import ConfigError, VerirsError, nearest
from verirs.hooks.config import ROW, Table, folder_here, rule_of, scorers_of, table_of
from verirs.hooks.gather import QUICK, Gatherer, in_time
from verirs.hooks.held import Held, Waits
from verirs.hooks.rows import Row
from verirs.hooks.rule import Breaker, Rule, fitting, verdict_of
from verirs.hooks.warming import load
from verirs.parts import ScorerPart
from verirs.types import Score, Verdict

_Judge = Callable[[ScorerPart, Sequence[Row]], list[Score]]
_LOGGED = frozenset({"verdict", "reason", "answer", "error", "error_rate"})
"""What hooks log under these names, of all scorers together."""
_NOBODY = "no scorer judges such a row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What one row earned.

    Args:
        value: by the :class:`~verirs.hooks.rule.Rule`; ``None`` for an error or an abstain.
        verdict: ``pass`` if every scorer says so, else the first other word.
        components: each scorer's own number; that of a fail where the row has none.
        answer: what was read as the final answer, where a scorer reads one.
        reason: why, in words; the scorer's, or what is wrong with the row.
        scores: in full.
    """

    value: float | None
    verdict: Verdict
    components: Mapping[str, float] = field(default_factory=dict)
    answer: str | None = None
    reason: str = ""
    scores: tuple[Score, ...] = ()

    @property
    def error(self) -> bool:
        """Whether no number is deserved: the grader could not judge the row."""
        return self.value is None


class Grader:
    """Judges rows of any framework (:func:`verirs.hooks.rows.read`).

    Args:
        config: a TOML file with ``[scorer.NAME]`` tables as of a run, and ``[hook]``; a table of the same;
            a scorer's name, or several. By default what ``VERIRS_HOOK`` names, else ``math`` and ``code``
            by the row's gold.
        rule: in place of the config's ``[hook]``.

    Raises:
        ConfigError: all that is wrong with the configuration.
    """

    def __init__(
        self,
        config: str | Path | Sequence[str] | Mapping[str, Any] | None = None,
        *,
        rule: Rule | None = None,
    ):
        table = table_of(config)
        self._set(table, rule or rule_of(table.get("hook", {})), folder_here())

    def _set(self, config: dict[str, Any], rule: Rule, folder: str) -> None:
        self._config, self.rule, self._folder = config, rule, folder
        scorers = scorers_of(config, folder)
        self._tables, self._form = scorers.tables, scorers.form
        for key, named in (("route", self._routed()), ("weights", set(self.rule.weights))):
            if unknown := sorted(named - set(self._tables)):
                raise ConfigError(
                    f"hook.{key}: there is no scorer {unknown[0]!r}{nearest(unknown[0], self._tables)} "
                    f"(known: {', '.join(self._tables)})"
                )
        plugins = {name: table.plugin for name, table in self._tables.items()}
        self._quick = frozenset(name for name, plugin in plugins.items() if plugin in QUICK)
        self._fitting = {tests: fitting(plugins, tests) for tests in (False, True)}
        self._alike = {tests: self._quick.issuperset(names) for tests, names in self._fitting.items()}
        self._state: _State | None = None
        self._lock = threading.Lock()

    def _routed(self) -> set[str]:
        routes = self.rule.route.values()
        return {n for names in routes for n in ((names,) if isinstance(names, str) else names)}

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._config, self.rule, self._folder)

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- judging ------------------------------------------------------------------------------------

    def grade(self, rows: Iterable[Row], *, only_broken: bool = False) -> list[Reward]:
        """One reward a row, in order. A row that cannot be judged is an error of its own.

        Args:
            only_broken: the breaker counts scorers that broke, not rows that cannot be judged: where
                strangers send rows, theirs must not stop others.

        Raises:
            TooManyErrors: more errors than ``hook.breaker`` allows.
            VerirsError: a scorer cannot work at all (a missing prerequisite).
        """
        state = self._here()
        rewards = self._graded(list(rows), state, state.scores, only_broken)
        state.used = True
        return rewards

    def _at_once(self, rows: Sequence[Row], only_broken: bool) -> list[Reward] | None:
        """:meth:`grade` of rows that need no thread; ``None``: they do, as the first ones that load what
        scorers need.
        """
        state = self._here()
        try:
            return self._graded(rows, state, state.at_once, only_broken) if state.used else None
        except Waits:
            return None

    def _graded(self, asked: Sequence[Row], state: _State, judge: _Judge, only_broken: bool) -> list[Reward]:
        if (only := self._only(asked)) is not None:
            rewards = [self._alone(score) for score in judge(state.part(only), asked)]
        else:
            rewards = self._by_several(asked, state, judge)
        self._count(state.breaker, rewards, only_broken)
        return rewards

    def _only(self, asked: Sequence[Row]) -> str | None:
        """The one scorer that judges all rows; ``None`` where there is none."""
        names = self._fitting[False]
        if not asked or len(names) != 1 or self.rule.route:
            return None
        return None if any([not row.problems or row.problems[0].tests for row in asked]) else names[0]

    def _by_several(self, asked: Sequence[Row], state: _State, judge: _Judge) -> list[Reward]:
        said: list[list[Score]] = [[] for _ in asked]
        wanted: dict[str, list[int]] = {name: [] for name in self._tables}  # in the order of the stack
        for place, row in enumerate(asked):
            if row.fault:
                said[place].append(_fault(row.fault))
                continue
            for name in self._names(row):
                wanted[name].append(place)
        for name, places in wanted.items():
            if places:
                scores = judge(state.part(name), [asked[i] for i in places])
                for place, score in zip(places, scores, strict=True):
                    said[place].append(score)
        return [self._reward(scores) for scores in said]

    def _count(self, breaker: Breaker, rewards: Sequence[Reward], only_broken: bool) -> None:
        if only_broken:  # a single score without a number, or one of several, may be of a scorer that broke
            broken = [(r.value is None or len(r.scores) > 1) and _broke(r) for r in rewards]
        else:
            broken = [r.value is None for r in rewards]
        last = rewards[len(broken) - 1 - broken[::-1].index(True)].reason if True in broken else ""
        breaker.count(broken, last)

    async def agrade(
        self, rows: Iterable[Row], *, only_broken: bool = False, seconds: float | None = None
    ) -> list[Reward]:
        """:meth:`grade` for an event loop, which goes on: on threads of its own, but for a few short texts
        that take microseconds. Raises the same.

        Args:
            seconds: so long it waits at most.

        Raises:
            TimeoutError: it is not done by then.
        """
        asked, state = list(rows), self._here()
        if quick := self._are_quick(asked):
            gatherer = state.gathered(self, only_broken)
            if (found := gatherer.at_once(asked)) is not None:
                return found
        async with asyncio.timeout(seconds):
            if quick:
                return await gatherer.submit(asked)
            return await in_time(state.threads, functools.partial(self.grade, asked, only_broken=only_broken))

    def _are_quick(self, rows: Sequence[Row]) -> bool:
        """Whether only scorers judge them that take microseconds."""
        if self.rule.route:
            return all(self._quick.issuperset(self._names(row)) for row in rows)
        return all([self._alike[row.has_tests] for row in rows])

    def numbers(self, rewards: Sequence[Reward], *, masks: bool) -> list[float | None]:
        """What a framework gets for each.

        Args:
            masks: whether it leaves a sample out where it gets ``None``.

        Raises:
            VerirsError: an error, and ``hook.on_error`` is ``raise``.
        """
        return [self._number(reward, masks) for reward in rewards]

    def number(self, reward: Reward) -> float:
        """The same for a framework that must have a number."""
        value = self._number(reward, masks=False)
        return self.rule.failed if value is None else value

    def logged(self, reward: Reward) -> dict[str, float]:
        """Numbers for a trainer's log, the same names for every row: ``verirs_error`` and each scorer's."""
        parts = {f"verirs_{self.label(n)}": self.part(reward, n) for n in self.scorers}
        return {"verirs_error": float(reward.error), **parts}

    def part(self, reward: Reward, scorer: str) -> float:
        """A scorer's own number for a log that has one in every row: that of a fail where there is none."""
        return reward.components.get(scorer, self.rule.failed)

    @staticmethod
    def label(scorer: str) -> str:
        """A scorer's name in a trainer's log, beside the names that are there already."""
        return f"scorer_{scorer}" if scorer in _LOGGED else scorer

    def _number(self, reward: Reward, masks: bool) -> float | None:
        if reward.value is not None:
            return reward.value
        said = self.rule.on_error
        if said == "raise":
            raise VerirsError(f"no reward: {reward.reason or reward.verdict}")
        if said == "mask":
            return None
        if said == "native":
            return None if masks else self.rule.failed
        return 0.0 if said == "zero" else float(said)

    def _names(self, row: Row) -> Sequence[str]:
        """Which scorers judge a row: by its route; else all, but of code and math only what its gold is
        for.
        """
        if (routed := self.rule.scorers(row.data_source)) is not None:
            return routed
        return self._fitting[row.has_tests]

    def _reward(self, scores: Sequence[Score]) -> Reward:
        if len(scores) == 1:
            return self._alone(scores[0])
        verdict = verdict_of(scores)
        value = self.rule.number(scores, verdict, self._form)
        failed = self.rule.failed
        return Reward(
            value=value,
            verdict=verdict,
            components={s.scorer: failed if value is None else self.rule.component(s) for s in scores},
            answer=next((s.answer for s in scores if s.answer is not None), None),
            reason=str(
                next((s.reason for s in scores if s.verdict is verdict), "no scorer judges such a row")
            ),
            scores=tuple(scores),
        )

    def _alone(self, only: Score) -> Reward:
        """The same for what most rows have, one score."""
        value, component = self.rule.of_one(only, self._form)
        return Reward(
            value=value,
            verdict=only.verdict,
            components={} if only.scorer == ROW else {only.scorer: component},
            answer=only.answer,
            reason=str(only.reason),  # a plain text: W&B refuses a table of a kind of its own beside it
            scores=(only,),
        )

    # ---- life ---------------------------------------------------------------------------------------

    @property
    def scorers(self) -> tuple[str, ...]:
        """The scorers' names, in their order; the components of every reward are among them."""
        return tuple(self._tables)

    def options(self, plugin: str) -> dict[str, Any]:
        """The options of the first scorer of this kind; none where there is none."""
        return next((dict(t.options) for t in self._tables.values() if t.plugin == plugin), {})

    @property
    def identity(self) -> str:
        """Of the scorers (:func:`verirs.types.grader_identity`): a benchmark or a data set that shows the
        same digest was judged by the same grader."""
        return self._here().identity

    @property
    def reward_identity(self) -> str:
        """Of the scorers and of the rule: two graders of one digest give the same rewards."""
        known = json.dumps([self.identity, self.rule.decides()])
        return hashlib.sha256(known.encode()).hexdigest()[:16]

    def warm(self) -> Grader:
        """Make the scorers and let each prove that it works, so that the first step does not pay for it.

        Raises:
            VerirsError: one does not work here.
        """
        state = self._here()
        for name in self._tables:
            part = state.part(name)
            if part.traits.prove is not None:
                part.traits.prove()
            if name in self._quick:
                load(part)
        state.used = True
        return self

    def close(self) -> None:
        """End worker processes and threads. Safe to call twice; a closed grader opens again when used."""
        with self._lock:
            state, self._state = self._state, None
        if state is not None and state.here:
            state.close()

    def _here(self) -> _State:
        """This process's scorers."""
        state = self._state
        if state is None or not state.here:
            lock = self._lock if state is None else threading.Lock()
            with lock:
                if self._state is None or not self._state.here:
                    self._lock, self._state = lock, _State(self._tables, self.rule)
                state = self._state
        return state


def _again(config: dict[str, Any], rule: Rule, folder: str) -> Grader:
    """A grader in another process, which may run in another folder."""
    made = Grader.__new__(Grader)
    made._set(config, rule, folder)
    return made


class _State(Held):
    """What the grader holds in one process, and what judges for each of its event loops."""

    def __init__(self, tables: Mapping[str, Table], rule: Rule):
        super().__init__(tables, rule)
        self._gathered: WeakKeyDictionary[AbstractEventLoop, dict[bool, Gatherer[Reward]]]
        self._gathered = WeakKeyDictionary()
        self._adding = threading.Lock()

    def gathered(self, grader: Grader, only_broken: bool) -> Gatherer[Reward]:
        """What judges the quick rows of this event loop's calls together."""
        loop = asyncio.get_running_loop()
        with self._adding:  # other loops have theirs in the same table
            own = self._gathered.setdefault(loop, {})
        if only_broken not in own:
            work = functools.partial(grader.grade, only_broken=only_broken)
            now = functools.partial(grader._at_once, only_broken=only_broken)
            own[only_broken] = Gatherer(work, self.threads, now)
        return own[only_broken]


def _broke(found: Reward) -> bool:
    """Whether a scorer broke on the row, and not the row on its reader."""
    return any(s.verdict is Verdict.ERROR and s.scorer != ROW for s in found.scores)


def _fault(reason: str) -> Score:
    return Score(scorer=ROW, version="1", verdict=Verdict.ERROR, reason=reason)


@functools.cache
def shared() -> Grader:
    """The one grader of this process that the functions of all hooks use."""
    return Grader()
