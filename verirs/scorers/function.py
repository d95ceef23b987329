"""A plain function as a scorer: ``def even(problem, completion) -> bool | float | Score | None``.

The function runs in this process: it must be yours, must not run model text, and has no time limit.
"""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from verirs.types import Completion, Problem, Score, Verdict


class FunctionScorer:
    """Wraps a function. ``True`` passes, ``False`` fails, ``None`` abstains, a number ranks.

    The version is a hash of the function's source, so editing it re-scores.
    """

    def __init__(self, function: Callable[[Problem, Completion], Any], name: str = ""):
        plain = function.func if isinstance(function, partial) else function
        self.function = function
        self.name = name.rpartition(":")[2] or plain.__name__
        options = repr(sorted(function.keywords.items())) if isinstance(function, partial) else ""
        self.version = hashlib.sha256((inspect.getsource(plain) + options).encode()).hexdigest()[:12]

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One score an item.

        Raises:
            TypeError: the function returned something else than a bool, number, Score or None.
        """
        return [self._one(problem, completion) for problem, completion in items]

    def _one(self, problem: Problem, completion: Completion) -> Score:
        begun = time.perf_counter()
        said = self.function(problem, completion)
        blank = Score(scorer=self.name, version=self.version, verdict=Verdict.ABSTAIN)
        blank = replace(blank, seconds=time.perf_counter() - begun)
        if isinstance(said, Score):
            return said
        if said is None:
            return replace(blank, reason="the function returned None")
        if isinstance(said, bool):
            return replace(blank, verdict=Verdict.PASS if said else Verdict.FAIL)
        if isinstance(said, (int, float)):
            if said != said:
                return replace(blank, verdict=Verdict.ERROR, reason="the function returned NaN")
            return replace(blank, value=float(said))
        raise TypeError(
            f"scorer function {self.name} returned {type(said).__name__}; "
            f"it must return a bool, a number, a Score or None"
        )

    def close(self) -> None:
        """Nothing to give back."""
