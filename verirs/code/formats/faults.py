"""The one exception of this room, and how values are shown in its messages."""

from __future__ import annotations

from collections.abc import Iterable


class UnusableTests(ValueError):
    """The tests cannot be judged at all; says why."""


def shown(value: object, most: int = 60) -> str:
    """A value for a message: short, printable, never failing."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 400:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, (str, bytes)):
        return repr(value[:most])
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a long integer inside, or nested without an end
        return f"a {type(value).__name__}"
    return text if len(text) <= most else text[: most - 1] + "…"


def listed(names: Iterable[object]) -> str:
    """Names for a message, the first eight."""
    all_names = [str(n)[:40] for n in names]
    return ", ".join(all_names[:8]) + (", ..." if len(all_names) > 8 else "")
