"""The grader behind all hooks: rows in, rewards out, whatever is in the rows.

Callable from any thread, process or event loop. It pickles by its configuration, and a forked child makes
scorers of its own. Equal rows in flight are judged once; passes and fails are remembered.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import os
import threading
from asyncio import AbstractEventLoop
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from verirs import grading
from verirs.errors import ConfigError, VerirsError, nearest
from verirs.hooks.config import rule_of, scorers_of, table_of
from verirs.hooks.gather import QUICK, Gatherer
from verirs.hooks.rows import Row
from verirs.hooks.rule import Breaker, Rule, fitting, verdict_of
from verirs.hooks.warming import load
from verirs.parts import ScorerPart
from verirs.parts.building import build_scorer
from verirs.running.scoring import safely
from verirs.types import Score, Verdict, grader_identity

_ROW = "row"
"""In place of a scorer's name where the row itself cannot be read."""


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
        self._config = table_of(config)
        self.rule = rule or rule_of(self._config.get("hook", {}))
        self._tables: dict[str, tuple[str, dict[str, Any]]] = scorers_of(self._config)
        for key, named in (("route", self._routed()), ("weights", set(self.rule.weights))):
            if unknown := sorted(named - set(self._tables)):
                raise ConfigError(
                    f"hook.{key}: there is no scorer {unknown[0]!r}{nearest(unknown[0], self._tables)} "
                    f"(known: {', '.join(self._tables)})"
                )
        plugins = {name: plugin for name, (plugin, _) in self._tables.items()}
        self._quick = frozenset(name for name, plugin in plugins.items() if plugin in QUICK)
        self._fitting = {tests: fitting(plugins, tests) for tests in (False, True)}
        self._state: _State | None = None
        self._lock = threading.Lock()

    def _routed(self) -> set[str]:
        routes = self.rule.route.values()
        return {n for names in routes for n in ((names,) if isinstance(names, str) else names)}

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(Grader, rule=self.rule), (self._config,)

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
        asked = list(rows)
        state = self._here()
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
                scores = state.scores(state.part(name), [asked[i] for i in places])
                for place, score in zip(places, scores, strict=True):
                    said[place].append(score)
        rewards = [self._reward(scores) for scores in said]
        self._count(state.breaker, rewards, only_broken)
        return rewards

    def _count(self, breaker: Breaker, rewards: Sequence[Reward], only_broken: bool) -> None:
        broken = [_broke(r) if only_broken else r.value is None for r in rewards]
        last = rewards[len(broken) - 1 - broken[::-1].index(True)].reason if True in broken else ""
        breaker.count(broken, last)

    async def agrade(self, rows: Iterable[Row], *, only_broken: bool = False) -> list[Reward]:
        """:meth:`grade` on threads of its own; the event loop goes on. Raises the same."""
        asked, state = list(rows), self._here()
        if all(self._quick.issuperset(self._names(row)) for row in asked):
            return await state.gathered(self, only_broken).submit(asked)
        work = functools.partial(self.grade, asked, only_broken=only_broken)
        return await asyncio.get_running_loop().run_in_executor(state.threads, work)

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
        parts = {f"verirs_{n}": reward.components.get(n, self.rule.failed) for n in self.scorers}
        return {"verirs_error": float(reward.error), **parts}

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
        if len(scores) == 1:  # what most rows have
            (only,) = scores
            verdict, reason, answer = only.verdict, only.reason, only.answer
        else:
            verdict = verdict_of(scores)
            deciding = (s.reason for s in scores if s.verdict is verdict)
            reason = next(deciding, "no scorer judges such a row")
            answer = next((s.answer for s in scores if s.answer is not None), None)
        value = self.rule.number(scores, verdict)
        if value is None:
            components = {s.scorer: self.rule.failed for s in scores}
        else:
            components = {s.scorer: self.rule.component(s) for s in scores}
        return Reward(
            value=value,
            verdict=verdict,
            components=components,
            answer=answer,
            reason=reason,
            scores=tuple(scores),
        )

    # ---- life ---------------------------------------------------------------------------------------

    @property
    def scorers(self) -> tuple[str, ...]:
        """The scorers' names, in their order; the components of every reward are among them."""
        return tuple(self._tables)

    def options(self, plugin: str) -> dict[str, Any]:
        """The options of the first scorer of this kind; none where there is none."""
        return next((dict(own) for kind, own in self._tables.values() if kind == plugin), {})

    @property
    def identity(self) -> str:
        """Of the scorers (:func:`verirs.types.grader_identity`): a benchmark or a data set that shows the
        same digest was judged by the same grader."""
        return self._here().identity

    @property
    def reward_identity(self) -> str:
        """Of the scorers and of the rule: two graders of one digest give the same rewards."""
        rule = [
            [f.name, getattr(self.rule, f.name)] for f in fields(Rule) if f.name not in ("cache", "breaker")
        ]
        known = json.dumps([self.identity, rule], default=dict)
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
        return self

    def close(self) -> None:
        """End worker processes and threads. Safe to call twice; a closed grader opens again when used."""
        with self._lock:
            state, self._state = self._state, None
        if state is not None and state.pid == os.getpid():
            state.close()

    def _here(self) -> _State:
        """This process's scorers."""
        state = self._state
        if state is None or state.pid != os.getpid():
            lock = self._lock if state is None or state.pid == os.getpid() else threading.Lock()
            with lock:
                if self._state is None or self._state.pid != os.getpid():
                    self._lock, self._state = lock, _State(self._tables, self.rule)
                state = self._state
        return state


_Batch = Future[dict[bytes, Score]]
"""Rows that one call judges; others wait for those they share."""


class _State:
    """What a grader holds in one process: scorers, threads, verdicts that are known or on their way."""

    def __init__(self, tables: Mapping[str, tuple[str, dict[str, Any]]], rule: Rule):
        self.pid = os.getpid()
        self.breaker = Breaker(rule.breaker)
        self.threads = ThreadPoolExecutor(min(32, 2 * (os.cpu_count() or 1) + 2), "verirs-hook")
        self._gathered: WeakKeyDictionary[AbstractEventLoop, dict[bool, Gatherer[Reward]]]
        self._gathered = WeakKeyDictionary()
        self._tables = tables
        self._most = rule.cache
        self._parts: dict[str, ScorerPart] = {}
        self._known: OrderedDict[bytes, Score] = OrderedDict()
        self._coming: dict[bytes, _Batch] = {}
        self._lock = threading.Lock()

    def part(self, name: str) -> ScorerPart:
        with self._lock:
            if name not in self._parts:
                plugin, options = self._tables[name]
                self._parts[name] = build_scorer(plugin, options, name)
            return self._parts[name]

    @functools.cached_property
    def identity(self) -> str:
        return grader_identity({name: self.part(name).version for name in self._tables})

    def gathered(self, grader: Grader, only_broken: bool) -> Gatherer[Reward]:
        """What judges the quick rows of this event loop's calls together."""
        loop = asyncio.get_running_loop()
        with self._lock:  # other loops have theirs in the same table
            own = self._gathered.setdefault(loop, {})
        if only_broken not in own:
            work = functools.partial(grader.grade, only_broken=only_broken)
            own[only_broken] = Gatherer(work, self.threads)
        return own[only_broken]

    def close(self) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)
        for part in self._parts.values():
            if part.traits.interrupt is not None:
                part.traits.interrupt()
            part.made.close()
        self._parts.clear()

    def scores(self, part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
        """One score a row, in order."""
        keys = [_key(part.key, row) for row in rows]
        known, coming = self._known, self._coming
        mine: dict[bytes, Row] = {}
        found: dict[bytes, Score] = {}
        theirs: dict[bytes, _Batch] = {}
        batch = _Batch()
        with self._lock:
            for key, row in zip(keys, rows, strict=True):
                if (score := known.get(key)) is not None:
                    known.move_to_end(key)
                    found[key] = score
                elif key not in mine:
                    if (other := coming.get(key)) is not None:
                        theirs[key] = other
                    else:
                        coming[key] = batch
                        mine[key] = row
        if not mine:
            return [found[key] if key in found else theirs[key].result()[key] for key in keys]
        try:
            judged = dict(zip(mine, _judged(part, list(mine.values())), strict=True))
        except BaseException as error:
            self._done(mine, {})
            batch.set_exception(error)
            raise
        self._done(mine, judged)
        batch.set_result(judged)
        found.update(judged)
        found.update({key: other.result()[key] for key, other in theirs.items()})
        return [found[key] for key in keys]

    def _done(self, mine: Iterable[bytes], judged: Mapping[bytes, Score]) -> None:
        with self._lock:
            for key in mine:
                del self._coming[key]
            for key, score in judged.items():
                if score.verdict is Verdict.PASS or score.verdict is Verdict.FAIL:
                    self._known[key] = score
            while len(self._known) > self._most:
                self._known.popitem(last=False)


def _judged(part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
    """Each row judged; what breaks is tried once more."""
    out = _once(part, rows)
    broken = [i for i, score in enumerate(out) if score.verdict is Verdict.ERROR]
    if broken:
        for i, score in zip(broken, _once(part, [rows[i] for i in broken]), strict=True):
            out[i] = score
    return out


def _once(part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
    if all(len(row.problems) == 1 for row in rows):
        return safely(part, [(row.problems[0], row.completion) for row in rows])
    return grading.judge(part, [grading.Row(row.completion, row.problems) for row in rows])


def _broke(found: Reward) -> bool:
    """Whether a scorer broke on the row, and not the row on its reader."""
    return any(s.verdict is Verdict.ERROR and s.scorer != _ROW for s in found.scores)


def _fault(reason: str) -> Score:
    return Score(scorer=_ROW, version="1", verdict=Verdict.ERROR, reason=reason)


def _key(scorer: str, row: Row) -> bytes:
    """Equal for rows that the scorer must judge equally."""
    if row.has_tests:
        asked = json.dumps(
            [[p.prompt, p.tests, p.entry_point, p.meta] for p in row.problems], sort_keys=True, default=repr
        )
    else:
        asked = repr(row.problems[0].answer if len(row.problems) == 1 else [p.answer for p in row.problems])
    whole = f"{scorer}\0{asked}\0{row.completion.text}".encode("utf-8", "surrogatepass")
    return blake2b(whole, digest_size=16).digest()


@functools.cache
def shared() -> Grader:
    """The one grader of this process that the functions of all hooks use."""
    return Grader()
