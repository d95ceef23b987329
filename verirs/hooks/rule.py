"""From verdict to number: the one place where a score becomes a reward."""

from __future__ import annotations

import fnmatch
import math
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal, get_args

from verirs.errors import ConfigError, TooManyErrors
from verirs.types import Candidate, Completion, Score, Verdict, is_ranking

OnError = Literal["native", "mask", "zero", "raise"]
_WINDOW, _FEWEST = 500, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How scores become one number. The table ``[hook]`` of a config.

    Args:
        passed: the reward where every scorer of the row says ``pass``.
        failed: the reward where one says ``fail``.
        partial: a fail that has a value (the share of tests passed) gets that share of the way from
            ``failed`` to ``passed``; a number instead of true: only from this share on.
        weights: by scorer: the reward is the weighted mean of each scorer's own number, in place of all or
            nothing; where the row's verdict is known, and none of these scorers broke. A reward model's
            number counts as it is. What cannot judge a row has no part in its mean.
        on_error: what a trainer gets for an ``error`` or ``abstain``. ``native``: its own way of leaving a
            sample out, ``failed`` where it has none; ``mask``: no number at all, even where the trainer
            counts that as 0; ``zero``: 0; ``raise``: stop the training. A number: that number.
        breaker: more errors than this share of the last 500 rows (at least 50) end the training: a dead
            sandbox must not teach zeros. 1 never does.
        route: by the row's ``data_source`` (a name or a pattern with ``*``): the scorers that judge it.
        cache: so many verdicts (passes and fails only) are remembered; 0 none.

    Raises:
        ConfigError: all that is wrong with the values.
    """

    passed: float = 1.0
    failed: float = 0.0
    partial: bool | float = False
    weights: Mapping[str, float] = field(default_factory=dict)
    on_error: OnError | float = "native"
    breaker: float = 0.2
    route: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    cache: int = 100_000

    def __post_init__(self) -> None:
        wrong = []
        for name in ("passed", "failed"):
            if not math.isfinite(getattr(self, name)):
                wrong.append(f"hook.{name}: must be a finite number")
        if not 0.0 <= float(self.partial) <= 1.0:
            wrong.append(f"hook.partial: must be true, false or a share from 0 to 1, is {self.partial}")
        if isinstance(self.on_error, str) and self.on_error not in get_args(OnError):
            known = ", ".join(get_args(OnError))
            wrong.append(f"hook.on_error: {self.on_error!r} is none of {known}, and no number")
        if not 0.0 < self.breaker <= 1.0:
            wrong.append(f"hook.breaker: must be a share above 0, to 1, is {self.breaker}")
        if not isinstance(self.on_error, str) and not math.isfinite(self.on_error):
            wrong.append(f"hook.on_error: must be a finite number, or one of {', '.join(get_args(OnError))}")
        for name, weight in self.weights.items():
            if not (math.isfinite(weight) and weight >= 0):
                wrong.append(f"hook.weights.{name}: must be a finite number, not below 0, is {weight}")
        if self.weights and sum(self.weights.values()) <= 0:
            wrong.append("hook.weights: must add up to more than 0")
        if empty := [pattern for pattern, names in self.route.items() if not names]:
            wrong.append(f"hook.route.{empty[0]}: names no scorer")
        if self.cache < 0:
            wrong.append(f"hook.cache: must not be negative, is {self.cache}")
        if wrong:
            raise ConfigError(wrong)

    def decides(self) -> list[Any]:
        """What a reward depends on, equal for rules that give equal rewards, however they are written."""
        partial = self.partial if isinstance(self.partial, bool) else float(self.partial)
        on_error = self.on_error if isinstance(self.on_error, str) else float(self.on_error)
        weights = sorted((name, float(weight)) for name, weight in self.weights.items() if weight)
        routes = [[p, [names] if isinstance(names, str) else list(names)] for p, names in self.route.items()]
        return [float(self.passed), float(self.failed), partial, weights, on_error, routes]

    def scorers(self, data_source: str | None) -> tuple[str, ...] | None:
        """The scorers that ``route`` names for a row, ``None`` where it says nothing."""
        if data_source is None:
            return None
        for pattern, names in self.route.items():
            if pattern == data_source or fnmatch.fnmatchcase(data_source, pattern):
                return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
        return None

    def number(
        self, scores: Sequence[Score], verdict: Verdict | None = None, form: Collection[str] | None = None
    ) -> float | None:
        """The reward of one row; ``None`` where its verdict is ``error`` or ``abstain``.

        A reward is no label: what is unwanted gets ``failed``, so that a policy learns the form.

        Args:
            verdict: :func:`verdict_of` the scores, where it is known.
            form: scorers that look at the form alone: with ``weights`` theirs is the only abstain that says
                something (they found no fault). By default all are taken for such.
        """
        verdict = verdict or verdict_of(scores)
        if verdict not in (Verdict.PASS, Verdict.FAIL, Verdict.UNWANTED):
            return None
        if self.weights:
            named = [(weight, s) for s in scores if (weight := self.weights.get(s.scorer, 0.0))]
            if any(s.verdict is Verdict.ERROR for _, s in named):
                return None  # what broke is no zero
            named = [(weight, s) for weight, s in named if form is None or s.scorer in form or not _silent(s)]
            total = sum(weight for weight, _ in named)
            return sum(weight * self.component(s) for weight, s in named) / total if named else None
        if verdict is Verdict.PASS:
            return self.passed
        if verdict is Verdict.UNWANTED:
            return self.failed
        wrong = [self.component(s) for s in scores if s.verdict is Verdict.FAIL]
        return min(wrong, key=lambda value: abs(value - self.failed))

    def of_one(self, score: Score, form: Collection[str] | None = None) -> tuple[float | None, float]:
        """:meth:`number` and :meth:`component` of a row that one scorer judged."""
        if self.weights:
            value = self.number((score,), score.verdict, form)
            return value, self.failed if value is None else self.component(score)
        if score.verdict is Verdict.PASS:
            return self.passed, self.passed
        if score.verdict is Verdict.FAIL:
            value = self.component(score)
            return value, value
        return (self.failed if score.verdict is Verdict.UNWANTED else None), self.failed

    def component(self, score: Score) -> float:
        """One scorer's own number. An abstain found no fault: a check of form says no more. A reward
        model has the number that it gave.
        """
        if is_ranking(score) and score.value is not None:
            return score.value
        if score.verdict in (Verdict.PASS, Verdict.ABSTAIN):
            return self.passed
        value = score.value
        if score.verdict in (Verdict.ERROR, Verdict.UNWANTED) or self.partial is False or value is None:
            return self.failed
        least = 0.0 if self.partial is True else float(self.partial)
        return self.failed + value * (self.passed - self.failed) if least <= value <= 1.0 else self.failed


def _silent(score: Score) -> bool:
    return score.verdict is Verdict.ABSTAIN and not is_ranking(score)


_PROGRAMS, _ANSWERS = ("code", "agreement"), ("math",)


def fitting(plugins: Mapping[str, str], has_tests: bool) -> list[str]:
    """Which scorers judge a problem: all, but of those for programs and for answers only what fits it.

    Args:
        plugins: what each scorer is, by its name.
    """
    other = _ANSWERS if has_tests else _PROGRAMS
    return [name for name, plugin in plugins.items() if plugin not in other] or list(plugins)


def verdict_of(scores: Sequence[Score]) -> Verdict:
    """The verdict of a row, by the rule of a run's stack (:attr:`verirs.types.Candidate.verdict`)."""
    return Candidate(completion=_NOTHING, scores=tuple(scores)).verdict


_NOTHING = Completion(index=0, text="")


class Breaker:
    """Ends a training whose grader is broken, instead of teaching zeros. Callable from any thread."""

    def __init__(self, share: float):
        self._share = share
        self._last: deque[bool] = deque()
        self._broken = 0
        self._why = ""
        self._lock = Lock()

    def count(self, errors: Sequence[bool], reason: str) -> None:
        """Take in whether each of a batch's rows was an error; one large batch counts as many small ones.

        Args:
            reason: the last one's; an empty text where none was.

        Raises:
            TooManyErrors: too many of the last ones were, at its end or before.
        """
        for at in range(0, len(errors), _WINDOW):
            self._add(errors[at : at + _WINDOW], reason)

    def _add(self, errors: Sequence[bool], reason: str) -> None:
        with self._lock:
            self._last.extend(errors)
            self._broken += sum(errors)
            while len(self._last) > _WINDOW:
                self._broken -= self._last.popleft()
            seen, broken = len(self._last), self._broken
            self._why = reason or self._why
        if seen >= _FEWEST and broken > self._share * seen:
            raise TooManyErrors(
                f"{broken} of the last {seen} rewards are errors (hook.breaker = {self._share:g}), last: "
                f"{self._why}. Training on them would teach nothing; mend the grader and start again"
            )
