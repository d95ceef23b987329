"""A plain function as a scorer: ``def even(problem, completion) -> bool | float | Score | None``.

The function runs in this process: it must be yours, must not run model text, and has no time limit. It may be
``async def``; then the completions of one call are judged at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import numbers
import time
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from verirs.parts.pickling import ByArguments
from verirs.system.waiting import wait_for
from verirs.types import Completion, Problem, Score, Verdict


class FunctionScorer(ByArguments):
    """Wraps a function. ``True`` passes, ``False`` fails, ``None`` abstains, a number ranks: 0 and 1 too,
    which may be a count or the ends of a scale.

    The version is a hash of the function's source, so editing it re-scores.
    """

    def __init__(self, function: Callable[[Problem, Completion], Any], name: str = ""):
        plain = function.func if isinstance(function, partial) else function
        self.function = function
        self.name = name.rpartition(":")[2] or getattr(plain, "__name__", type(plain).__name__)
        self.version = hashlib.sha256(_source(plain).encode()).hexdigest()[:12]

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One score an item.

        Raises:
            TypeError: the function returned something else than a bool, number, Score or None.
        """
        begun = time.perf_counter()
        returned = [self.function(problem, completion) for problem, completion in items]
        if any(inspect.isawaitable(r) for r in returned):
            returned = wait_for(_all(returned))
        seconds = (time.perf_counter() - begun) / max(1, len(items))
        return [self._score(value, seconds) for value in returned]

    def _score(self, value: Any, seconds: float) -> Score:
        if isinstance(value, Score):
            return value
        if callable(item := getattr(value, "item", None)) and getattr(value, "ndim", 0) == 0:
            value = item()  # a number of numpy or torch
        verdict, number, reason = Verdict.ABSTAIN, None, ""
        if value is None:
            reason = "the function returned None"
        elif isinstance(value, bool):
            verdict = Verdict.PASS if value else Verdict.FAIL
        elif isinstance(value, (numbers.Real, Decimal)):
            number = float(value)
            if isinstance(value, int) and value in (0, 1):
                reason = "a number ranks; return True or False to pass or fail"
            if number != number:
                verdict, number, reason = Verdict.ERROR, None, "the function returned NaN"
        else:
            raise TypeError(
                f"scorer function {self.name} returned {type(value).__name__}; "
                f"it must return a bool, a number, a Score or None"
            )
        return Score(
            scorer=self.name,
            version=self.version,
            verdict=verdict,
            value=number,
            reason=reason,
            seconds=seconds,
        )

    def close(self) -> None:
        """Nothing to give back."""


async def _all(returned: Sequence[Awaitable[Any] | Any]) -> list[Any]:
    async def one(value: Awaitable[Any] | Any) -> Any:
        return await value if inspect.isawaitable(value) else value

    return list(await asyncio.gather(*map(one, returned)))


def _source(function: Any) -> str:
    """Its text and its file's, whose helpers it calls; without one (a prompt, a builtin) its code."""
    try:
        own = inspect.getsource(function if inspect.isroutine(function) else type(function))
        module = inspect.getmodule(function)
        own += inspect.getsource(module) if module is not None and module.__name__ != "__main__" else ""
        return own
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        body = (code.co_code, code.co_consts, code.co_names) if code else ()
        return f"{getattr(function, '__qualname__', type(function).__qualname__)} {body!r}"
