"""How long tests may be: a server's bounds, for Python's parser and JSON's let no other thread run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from verirs.code.formats.faults import UnusableTests

_MOST: ContextVar[int | None] = ContextVar("characters of Python that are parsed at once", default=None)
_UNPACKED: ContextVar[int] = ContextVar("bytes that packed tests may have", default=1 << 30)


@contextlib.contextmanager
def at_most(characters: int, unpacked: int) -> Iterator[None]:
    """While it lasts, longer test code is refused, and packed tests of more bytes; without it code has no
    bound, and packed tests may have a gigabyte.
    """
    code, packed = _MOST.set(characters), _UNPACKED.set(unpacked)
    try:
        yield
    finally:
        _MOST.reset(code)
        _UNPACKED.reset(packed)


def most_unpacked() -> int:
    """Bytes that packed tests may have once they are unpacked."""
    return _UNPACKED.get()


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
