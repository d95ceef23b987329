"""Best-of-n where the answer is needed: draw n candidates, score them, return the best.

The stack and the selector are those of a run; a problem here has no gold answer, so what is not verified may
win, by vote or by value. Candidates are drawn in waves, and no more of them than the choice needs: what it
returns is what all n would have given (:mod:`verirs.answering.settling`).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import json
import math
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from verirs.answering.answer import NO_RULE, Answer, votes_of
from verirs.answering.examples import Examples, examples_in
from verirs.answering.settling import needed
from verirs.errors import ConfigError, NothingDone, RequestError, UserError
from verirs.hooks.rule import fitting
from verirs.parts import build, build_selector
from verirs.parts.building import build_scorer
from verirs.parts.part import faults
from verirs.protocols import Counting, Engine, Sampling
from verirs.running.config import Config, load, parse
from verirs.running.pipeline import sampled, start_engine
from verirs.running.plan import make_plan
from verirs.running.scoring import Stack
from verirs.running.trust import reading
from verirs.select import First, Majority, Rules, WeightedMajority
from verirs.select.votes import vote
from verirs.stats.kl import best_of_n_bound
from verirs.system.waiting import wait_for
from verirs.types import Candidate, Completion, Group, Message, Problem, Verdict, to_json

MOST = 1024
"""Candidates of one answer."""
USUAL = 16
"""Candidates of an answer where nobody says how many."""
_NO_SOURCE: Mapping[str, Any] = {"name": "arithmetic"}
"""A run's config needs a source; here the problems come one by one."""
_WORTH = (Verdict.PASS, Verdict.ABSTAIN, Verdict.UNWANTED, Verdict.ERROR, Verdict.FAIL)


class Answerer:
    """An engine with a stack behind it.

    Args:
        config: a TOML file or a table as of a run: ``[engine]``, ``[prompt]``, ``[sampling]``,
            ``[scorer.NAME]``, ``[select]``, ``n``, ``seed``. Without scorers: ``code`` where there are tests,
            else ``math``, which reads the answers that vote. Without ``[select]``: ``best`` where a scorer
            gives a number, else ``first`` where there are tests, else ``majority``.
        engine: in place of the config's: an engine, already made and not started; its name; or its table.
        trust: load code that the config of a run directory names.
        early: stop drawing when no further candidate can change the choice.

    Raises:
        ConfigError, PartError: what is wrong with them.
    """

    def __init__(
        self,
        config: str | Path | Mapping[str, Any] | None = None,
        *,
        engine: Engine | str | Mapping[str, Any] | None = None,
        trust: bool = False,
        early: bool = True,
    ):
        self._early = early
        raw = load(config) if isinstance(config, (str, Path)) else dict(config or {})
        named = {"name": engine} if isinstance(engine, str) else engine
        if isinstance(named, Mapping):
            raw["engine"] = dict(named)
        elif named is not None:
            if isinstance(named, type) or (wrong := faults("engine", named)):
                told = "it is a class; give an object of it" if isinstance(named, type) else "; ".join(wrong)
                raise ConfigError(f"best-of-n: the engine cannot be used: {told}")
            raw.setdefault("engine", {"name": "fake"})
        if "engine" not in raw:
            raise ConfigError("best-of-n needs an engine: a table [engine] of the config, or engine=")
        own = {key: value for key, value in raw.items() if key != "hook"}
        whole = {"n": USUAL, "source": _NO_SOURCE, "scorer": {"math": {}, "code": {}}, **own}
        guard = reading(Path(config), raw, trust=trust) if isinstance(config, (str, Path)) else None
        with guard or contextlib.nullcontext():
            self.config: Config = parse(whole, str(config) if isinstance(config, (str, Path)) else "config")
            parts = {
                key: (plugin, build_scorer(plugin, options, key))
                for key, plugin, options in self.config.scorer_stack()
            }
            self.engine: Engine = (
                build("engine", self.config.engine.name, self.config.engine.options, "engine")
                if named is None or isinstance(named, Mapping)
                else named
            )
            self._select = dict(raw["select"]) if "select" in raw else {}
            if not parts:
                raise ConfigError("best-of-n needs a scorer, to read the answers at least: [scorer.math]")
            self._plugins = {key: plugin for key, (plugin, _) in parts.items()}
            self._stacks = {
                tests: Stack([parts[key][1] for key in fitting(self._plugins, tests)], rank_all=True)
                for tests in (False, True)
            }
            self._rules = {tests: self._selector(tests) for tests in (False, True)}
        self._all = Stack([part for _, part in parts.values()], rank_all=True)
        self.plan = make_plan(self.config)
        self._threads = ThreadPoolExecutor(4, "verirs-answer")

    def _selector(self, tests: bool) -> Any:
        """The config's selector, or what fits the stack. Without tests it may take what nobody could verify;
        with them what passes comes before that."""
        options = dict(self._select)
        # the number of `code` is the share of tests passed: all that pass have the same
        ranks = any(
            s.traits.gives_value and self._plugins[s.key] != "code" for s in self._stacks[tests].scorers
        )
        name = str(options.pop("name", "best" if ranks else "first" if tests else "majority"))
        made = build_selector(name, options).made
        return replace(made, unverified=not tests, k=1, dedup=False) if isinstance(made, Rules) else made

    async def __aenter__(self) -> Answerer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Load the model or reach the server.

        Raises:
            EngineError: it cannot.
        """
        await start_engine(self.engine)

    async def close(self) -> None:
        """Give everything back."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._all.interrupt()
        self._all.close()
        await self.engine.close()

    @property
    def identity(self) -> str:
        """Sixteen hex digits of what an answer depends on, but for the prompt, the seed and n."""
        known = [
            dict(self.engine.identity()),
            asdict(self.plan.sampling),
            [self.plan.prompter.system, self.plan.prompter.template, self.plan.prompter.examples],
            self._all.key,
            self._select,
        ]
        return hashlib.sha256(json.dumps(to_json(known), default=repr).encode()).hexdigest()[:16]

    async def answer(
        self,
        prompt: str | Sequence[Message],
        n: int | None = None,
        *,
        tests: Any = None,
        entry_point: str | None = None,
        seed: int | None = None,
        sampling: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The best of ``n`` candidates.

        Args:
            prompt: a text or chat messages.
            n: by default the config's, and 16 without one.
            tests: as in :func:`verirs.grade`; by default those that the prompt shows.
            entry_point: the function that they call; of those that the prompt shows only its tests count.
            seed: by default another one for each call.
            sampling: fields of :class:`~verirs.protocols.Sampling` to change.

        Raises:
            UserError: an empty prompt, tests that cannot be read, or an ``n`` that is none.
            RequestError: the engine refuses the prompt.
            EngineError: it is broken.
        """
        n = self.config.n if n is None else n
        if type(n) is not int or not 1 <= n <= MOST:
            raise UserError(f"best-of-n: n = {n!r}; it must be a whole number from 1 to {MOST}")
        if seed is not None and type(seed) is not int:
            raise UserError(f"best-of-n: seed = {seed!r}; it must be a whole number")
        judges = set(self._plugins.values()) != {"math"}
        if tests is not None and not judges:
            raise UserError("best-of-n: no scorer of the config judges tests; add [scorer.code]")
        look = functools.partial(problem_of, prompt, tests, entry_point, look=judges)
        problem, shown = await self._in_thread(look)
        if not any(str(message.get("content") or "").strip() for message in problem.prompt):
            raise UserError("best-of-n: the prompt is empty")
        plan = replace(
            self.plan,
            seed=secrets.randbits(48) if seed is None else seed,
            sampling=changed(self.plan.sampling, sampling or {}),
        )
        has_tests = problem.tests is not None
        stack, rules = self._stacks[has_tests], self._rules[has_tests]
        drawn: list[Candidate] = []
        asked, refusal = 0, None
        while asked < n:
            group = Group(problem=problem, candidates=tuple(drawn))
            wave = n - asked
            if self._early and isinstance(rules, Rules) and not stack.group_rankers:
                wave = needed(rules, group, n - asked)
                if not wave:
                    break
                if isinstance(rules, First):  # twice as many each time, for one by one takes long
                    wave = min(n - asked, max(wave, asked))
            request = plan.request(problem, tuple(range(asked, asked + wave)))
            fresh: list[Completion] = []
            try:
                async with contextlib.aclosing(sampled(self.engine, request)) as completions:
                    async for completion in completions:
                        fresh.append(completion)
            except RequestError as error:
                refusal = error
            asked += wave
            fresh.sort(key=lambda c: c.index)
            said = await self._in_thread(functools.partial(stack.score, [(problem, c) for c in fresh]))
            drawn += [Candidate(completion=c, scores=s) for c, s in zip(fresh, said, strict=True)]
        if not drawn:
            raise refusal or NothingDone("best-of-n: the engine gave no candidate")
        group = Group(problem=problem, candidates=tuple(drawn))
        if stack.group_rankers:
            rows = await self._in_thread(functools.partial(stack.grouped, [group]))
            drawn = [Candidate(completion=c, scores=s) for _, c, s in rows]
            group = Group(problem=problem, candidates=tuple(drawn))
        read = self.engine.prompt_tokens(request) if isinstance(self.engine, Counting) else None
        return self._answer(group, rules, n=n, asked=asked, shown=shown, read=read)

    async def _in_thread(self, work: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _answer(
        self, group: Group, rules: Any, *, n: int, asked: int, shown: Examples | None, read: int | None
    ) -> Answer:
        accepted = rules.select(group).accepted
        winner = accepted[0] if accepted else _least_bad(group)
        voted: tuple[Any, ...] = ()
        if isinstance(rules, (Majority, WeightedMajority)):
            found = vote(group, rules.votes(group), rules.seed)
            voted = votes_of(found.class_of, found.sums, group.candidates)
        tokens = [c.completion.tokens for c in group.candidates]
        missing = asked - len(group.candidates)
        value = winner.value_of(rules.by) if isinstance(rules, Rules) else winner.value
        deciding = next((s for s in winner.scores if s.verdict is winner.verdict), None)
        return Answer(
            text=winner.completion.text,
            answer=winner.answer,
            verdict=winner.verdict,
            value=value if value is not None and math.isfinite(value) else None,
            rule=rules.name if accepted else NO_RULE,
            votes=voted,
            n=n,
            drawn=len(group.candidates),
            missing=missing,
            errors=sum(c.verdict is Verdict.ERROR for c in group.candidates),
            tests=shown.count if shown else 0,
            kl_bound=best_of_n_bound(n - missing),
            tokens=None if None in tokens else sum(t or 0 for t in tokens),
            prompt_tokens=read,
            reason=deciding.reason if deciding is not None else "",  # a score is true where it passes
            winner=winner,
            candidates=group.candidates,
        )


def _least_bad(group: Group) -> Candidate:
    """Where a selector takes none: the best verdict, whole before cut off, the highest value, the first."""

    def worth(candidate: Candidate) -> tuple[int, bool, float, int]:
        value = candidate.value
        cut = candidate.completion.finish_reason == "length"
        known = value if value is not None and math.isfinite(value) else -math.inf
        return _WORTH.index(candidate.verdict), cut, -known, candidate.completion.index

    return min(group.candidates, key=worth)


def problem_of(
    prompt: str | Sequence[Message], tests: Any, entry_point: str | None, *, look: bool = True
) -> tuple[Problem, Examples | None]:
    """The problem of a prompt, and the tests that were found in it.

    Args:
        look: for tests in the prompt, where none are given.

    Raises:
        UserError: it is no prompt, or the tests cannot be read.
    """
    from verirs.code.formats.faults import UnusableTests
    from verirs.code.formats.reading import read_tests, replace_tests

    messages = _messages(prompt)
    last = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
    shown = None
    if tests is None and look:
        shown = examples_in(last, entry_point)
        if shown is not None:
            tests, entry_point = shown.tests, shown.entry_point
    if tests is None and entry_point is not None:
        raise UserError(f"best-of-n: no tests call entry_point = {entry_point!r:.80}; give tests that do")
    try:
        problem = Problem(prompt=messages, tests=tests, entry_point=entry_point)
        if tests is not None:
            problem = replace_tests(problem, read_tests(tests, entry_point))
    except (UnusableTests, TypeError) as error:
        if shown is not None:  # they are only read where they can be
            return Problem(prompt=messages), None
        raise UserError(f"best-of-n: the tests cannot be read: {error}") from error
    if tests is not None and not problem.tests:
        raise UserError("best-of-n: the tests are empty")
    return problem, shown


def _messages(prompt: Any) -> tuple[Message, ...]:
    if isinstance(prompt, str):
        return ({"role": "user", "content": prompt},)
    if not isinstance(prompt, Sequence) or not all(
        isinstance(m, Mapping) and isinstance(m.get("role"), str) and isinstance(m.get("content"), str)
        for m in prompt
    ):
        raise UserError("best-of-n: the prompt is a text, or chat messages with a role and a text as content")
    return tuple(prompt)


def changed(sampling: Sampling, over: Mapping[str, Any]) -> Sampling:
    """The settings with some in place of others.

    Raises:
        UserError: one is out of its range.
    """
    found = replace(sampling, **over)
    if not 0 <= found.temperature <= 100:
        raise UserError(f"temperature = {found.temperature}: must be from 0 on")
    if not 0 < found.top_p <= 1:
        raise UserError(f"top_p = {found.top_p}: must be above 0, to 1")
    if found.max_tokens < 1:
        raise UserError(f"max_tokens = {found.max_tokens}: must be at least 1")
    return found


def best_of(
    prompt: str | Sequence[Message],
    n: int | None = None,
    *,
    config: str | Path | Mapping[str, Any] | None = None,
    engine: Engine | str | Mapping[str, Any] | None = None,
    tests: Any = None,
    entry_point: str | None = None,
    seed: int | None = None,
    early: bool = True,
    trust: bool = False,
) -> Answer:
    """Draw ``n`` candidates, score them, return the best. For several prompts keep an :class:`Answerer`.

    Args:
        prompt: a text or chat messages.
        n: candidates, at most; fewer are drawn where the choice is settled before. By default the config's,
            and 16 without one.
        config, engine, early, trust: as of :class:`Answerer`.
        tests, entry_point, seed: as of :meth:`Answerer.answer`.

    Raises:
        UserError, EngineError, PartError: as they do.

    Example:
        >>> best_of("What is 6 x 7?", n=4, engine="fake").drawn
        4
    """

    async def go() -> Answer:
        async with Answerer(config, engine=engine, trust=trust, early=early) as answerer:
            return await answerer.answer(prompt, n, tests=tests, entry_point=entry_point, seed=seed)

    return wait_for(go())
