"""Answers that are no texts: numbers of Python, numpy and torch, and lists of golds of which one is
enough."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, SupportsFloat

from verirs.types import Verdict

Answer = str | SupportsFloat
"""A gold answer: a text, or a number (of Python, numpy or torch; Decimal, Fraction)."""
BEST_FIRST = (Verdict.PASS, Verdict.ERROR, Verdict.FAIL, Verdict.ABSTAIN)
"""Of the scores of several golds the one that counts: a pass, else what kept one from being known,
else a fail."""


def as_text(given: Any) -> str | None:
    """An answer as text; ``None`` where there is none (``None``, a NaN).

    Raises:
        ValueError: it is neither a text nor a number.
    """
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, Decimal | Fraction):
        return None if given != given else str(given)
    number = given
    if callable(item := getattr(given, "item", None)) and getattr(given, "ndim", 0) == 0:
        number = item()  # a number of numpy or torch
    if not isinstance(number, numbers.Real):
        raise ValueError(
            f"answer is {type(given).__name__}; it must be a text or a number, or a list of these if several "
            f"are right"
        )
    if isinstance(number, float) and math.isnan(number):
        return None
    if isinstance(number, float) and getattr(getattr(given, "dtype", None), "itemsize", 8) < 8:
        return str(_shortest(number, given))
    return str(number)


def _shortest(number: float, given: Any) -> float:
    """The decimal of the fewest digits that a float of few bits stands for: 0.1, not 0.10000000149011612."""
    made = getattr(given, "new_tensor", None) or given.dtype.type
    for digits in range(1, 10):
        if made(near := float(f"{number:.{digits}g}")).item() == number:
            return near
    return number


def golds(given: Any) -> list[str | None]:
    """The gold answers as texts, each once; one ``None`` where there is none.

    Raises:
        ValueError: one is neither a text nor a number.
    """
    several = isinstance(given, Sequence) and not isinstance(given, (str, bytes, bytearray, memoryview))
    several = several or getattr(given, "ndim", 0) == 1  # a column of numpy or torch
    texts = [as_text(one) for one in (given if several else [given])]
    return list(dict.fromkeys(text for text in texts if text is not None)) or [None]
