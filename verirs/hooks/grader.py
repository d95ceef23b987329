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
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from verirs import grading
from verirs.errors import ConfigError, VerirsError, nearest
from verirs.hooks.gather import QUICK, Gatherer
from verirs.hooks.rows import Row
from verirs.hooks.rule import Breaker, Rule, fitting, verdict_of
from verirs.parts import ScorerPart
from verirs.parts.building import build_scorer
from verirs.parts.tables import check_options
from verirs.types import Score, Verdict, grader_identity

ENVIRONMENT = "VERIRS_HOOK"
_AUTO: Mapping[str, Any] = {"scorer": {"math": {}, "code": {}}}
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
        self._config = _table(config)
        self.rule = rule or _rule(self._config.get("hook", {}))
        self._tables: dict[str, tuple[str, dict[str, Any]]] = _scorers(self._config)
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
        wanted: dict[str, list[int]] = {}
        for place, row in enumerate(asked):
            if row.fault:
                said[place].append(_fault(row.fault))
                continue
            for name in self._names(row):
                wanted.setdefault(name, []).append(place)
        for name in self._tables:  # the order of the stack
            if places := wanted.get(name):
                scores = state.scores(state.part(name), [asked[i] for i in places])
                for place, score in zip(places, scores, strict=True):
                    said[place].append(score)
        rewards = [self._reward(scores) for scores in said]
        broken = [_broke(r) if only_broken else r.error for r in rewards]
        last = next((r.reason for r, is_so in zip(rewards, broken, strict=True) if is_so), "")
        state.breaker.count(broken, last)
        return rewards

    async def agrade(self, rows: Iterable[Row], *, only_broken: bool = False) -> list[Reward]:
        """:meth:`grade` on threads of its own; the event loop goes on. Raises the same."""
        asked, state = list(rows), self._here()
        if all(self._quick.issuperset(self._names(row)) for row in asked):
            return await asyncio.wrap_future(state.gathered(self, only_broken).submit(asked))
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
        (value,) = self.numbers([reward], masks=False)
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
        verdict = scores[0].verdict if len(scores) == 1 else verdict_of(scores)
        deciding = next((s for s in scores if s.verdict is verdict), None)
        value = self.rule.number(scores, verdict)
        none = self.rule.failed if value is None else None
        return Reward(
            value=value,
            verdict=verdict,
            components={s.scorer: self.rule.component(s) if none is None else none for s in scores},
            answer=next((s.answer for s in scores if s.answer is not None), None),
            reason=deciding.reason if deciding is not None else "no scorer judges such a row",
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
        state = self._here()
        return grader_identity({name: state.part(name).version for name in self._tables})

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
        self._gathered: dict[bool, Gatherer[Reward]] = {}
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

    def gathered(self, grader: Grader, only_broken: bool) -> Gatherer[Reward]:
        """What judges the quick rows of several calls together."""
        if (found := self._gathered.get(only_broken)) is None:
            work = functools.partial(grader.grade, only_broken=only_broken)
            found = self._gathered.setdefault(only_broken, Gatherer(work, self.threads))
        return found

    def close(self) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)
        for part in self._parts.values():
            if part.traits.interrupt is not None:
                part.traits.interrupt()
            part.made.close()
        self._parts.clear()

    def scores(self, part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
        """One score a row, in order."""
        keys = [_key(part, row) for row in rows]
        mine: dict[bytes, Row] = {}
        found: dict[bytes, Score] = {}
        theirs: dict[bytes, _Batch] = {}
        batch = _Batch()
        with self._lock:
            for key, row in zip(keys, rows, strict=True):
                if key in self._known:
                    self._known.move_to_end(key)
                    found[key] = self._known[key]
                elif key not in mine:
                    if key in self._coming:
                        theirs[key] = self._coming[key]
                    else:
                        self._coming[key] = batch
                        mine[key] = row
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
                if score.verdict in (Verdict.PASS, Verdict.FAIL):
                    self._known[key] = score
            while len(self._known) > self._most:
                self._known.popitem(last=False)


def _judged(part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
    """Each row judged; what breaks is tried once more."""
    asked = [grading.Row(row.completion, row.problems) for row in rows]
    out = grading.judge(part, asked) if asked else []
    broken = [i for i, score in enumerate(out) if score.verdict is Verdict.ERROR]
    if broken:
        for i, score in zip(broken, grading.judge(part, [asked[i] for i in broken]), strict=True):
            out[i] = score
    return out


def _broke(found: Reward) -> bool:
    """Whether a scorer broke on the row, and not the row on its reader."""
    return any(s.verdict is Verdict.ERROR and s.scorer != _ROW for s in found.scores)


def _fault(reason: str) -> Score:
    return Score(scorer=_ROW, version="1", verdict=Verdict.ERROR, reason=reason)


def _key(part: ScorerPart, row: Row) -> bytes:
    """Equal for rows that the scorer must judge equally."""
    if row.has_tests:
        asked = json.dumps(
            [[p.prompt, p.tests, p.entry_point, p.meta] for p in row.problems], sort_keys=True, default=repr
        )
    else:
        asked = repr([p.answer for p in row.problems])
    whole = f"{part.key}\0{asked}\0{row.completion.text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=16).digest()


def _table(config: str | Path | Sequence[str] | Mapping[str, Any] | None) -> dict[str, Any]:
    """The configuration as one table.

    Raises:
        ConfigError: it is none.
    """
    if config is None:
        named = os.environ.get(ENVIRONMENT, "")
        return _table(named) if named else dict(_AUTO)
    if isinstance(config, Mapping):
        return dict(config)
    if isinstance(config, str | Path) and str(config).endswith(".toml"):
        from verirs.running.config import Config, load

        table = load(config)
        known = {*Config.model_fields, "hook"}
        if unknown := sorted(map(str, table.keys() - known)):
            raise ConfigError(f"{config}: unknown section {unknown[0]}{nearest(unknown[0], known)}")
        return {**_AUTO, **table}
    names = [config] if isinstance(config, str) else list(map(str, config))  # type: ignore[arg-type]
    return {"scorer": {name: {} for name in names}}


def _scorers(config: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    tables = config.get("scorer", {})
    if not isinstance(tables, Mapping) or not tables:
        raise ConfigError("a grader needs a scorer: a table [scorer.math], say")
    out = {}
    for name, options in tables.items():
        if not isinstance(options, Mapping):
            raise ConfigError(f"scorer.{name}: must be a table")
        own = {k: v for k, v in options.items() if k != "plugin"}
        out[str(name)] = (str(options.get("plugin", name)), own)
        build_scorer(*out[str(name)], str(name)).made.close()  # what is wrong is told now
    return out


def _rule(table: Any) -> Rule:
    if not isinstance(table, Mapping):
        raise ConfigError("hook: must be a table")
    values, wrong = check_options(Rule, table, "hook")
    if wrong:
        raise ConfigError(wrong)
    return Rule(**values)


@functools.cache
def shared() -> Grader:
    """The one grader of this process that the functions of all hooks use."""
    return Grader()
