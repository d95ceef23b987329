"""Whether an answer is the value that a pair of input and output asks for, as far as JSON can tell.

Such values come from JSON, which has no tuples and whose tables have texts for keys, so a tuple is a list and
a key is its text. A float is compared as the judges of such sets do: to six places, or to the places it is
given with where they are five or more (LeetCode writes 0.66667). All else is compared as Python does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_DEEPEST = 200


def same_value(answer: Any, due: Any, depth: int = 0) -> bool:
    """Whether an answer, made of exact builtin types, is the value that is due."""
    if depth > _DEEPEST:
        return False
    if isinstance(due, float) and isinstance(answer, (int, float)) and not isinstance(answer, bool):
        return _near(answer, due)
    if isinstance(due, (list, tuple)):
        if not isinstance(answer, (list, tuple)) or len(answer) != len(due):
            return False
        return all(same_value(a, d, depth + 1) for a, d in zip(answer, due, strict=True))
    if isinstance(due, Mapping):
        if not isinstance(answer, dict) or len(answer) != len(due):
            return False
        keyed = answer if all(k in due for k in answer) else {_key(k): v for k, v in answer.items()}
        wanted = due if keyed is answer else {_key(k): v for k, v in due.items()}
        return keyed.keys() == wanted.keys() and all(
            same_value(keyed[k], d, depth + 1) for k, d in wanted.items()
        )
    if isinstance(answer, (list, tuple, dict)) or type(answer).__name__ == "ndarray":
        return False
    return bool(answer == due)


def _near(answer: float, due: float) -> bool:
    if math.isnan(due) or math.isinf(due):
        return (math.isnan(due) and isinstance(answer, float) and math.isnan(answer)) or answer == due
    exponent = Decimal(repr(due)).as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    allowed = max(1e-6 * min(1.0, abs(due)), 1e-9 * max(1.0, abs(due)))
    if 5 <= places <= 12 and "e" not in repr(due):
        allowed = max(allowed, 0.5001 * 10.0**-places)
    try:
        return abs(answer - due) <= allowed
    except OverflowError:  # an integer beyond floats
        return False


def _key(key: Any) -> str:
    """A key as JSON writes it."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    if isinstance(key, int) and key.bit_length() > 1000:
        return hex(key)
    return str(key)
