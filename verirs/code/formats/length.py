"""How long tests in Python may be: a server's bound, for Python's parser lets no other thread run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from verirs.code.formats.faults import UnusableTests

_MOST: ContextVar[int | None] = ContextVar("characters of Python that are parsed at once", default=None)


@contextlib.contextmanager
def at_most(characters: int) -> Iterator[None]:
    """While it lasts, longer test code is refused; without it there is no bound."""
    before = _MOST.set(characters)
    try:
        yield
    finally:
        _MOST.reset(before)


def check_length(text: str) -> None:
    """Asked before a text is parsed as Python.

    Raises:
        UnusableTests: it is longer than it may be.
    """
    most = _MOST.get()
    if most is not None and len(text) > most:
        raise UnusableTests(
            f"the tests have {len(text):,} characters of Python, the limit is {most:,}; write long inputs "
            "and outputs as pairs"
        )
