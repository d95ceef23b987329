"""Code that a config names is loaded only where its reader trusts the config.

A part's name with a colon (``./file.py:Name``, ``package.module:Name``) is code to import and call.
:func:`guarded` is the one gate before that, and :func:`verirs.parts.resolve` the one place that asks it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from verirs.errors import ConfigError

_gate: ContextVar[Callable[[str], str] | None] = ContextVar("gate", default=None)


@contextlib.contextmanager
def guarded(refusal: Callable[[str], str]) -> Iterator[None]:
    """While it lasts, code is loaded only if ``refusal(name)`` is empty.

    Args:
        refusal: why this name's code is not loaded, and what to do.
    """
    token = _gate.set(refusal)
    try:
        yield
    finally:
        _gate.reset(token)


def refuse_untrusted(kind: str, name: str) -> None:
    """Raises ConfigError: the code behind this name is not to be loaded. Nothing of it was read."""
    gate = _gate.get()
    if gate is not None and (why := gate(name)):
        raise ConfigError(f"{kind} {name!r}: {why}")
