"""Scorers kept ready between calls, each made once for its name and options.

The one not used for longest is given up first, and closed as soon as nobody uses it any more; all are closed
when the process ends. A forked child makes its own: it must not share its parent's worker processes.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verirs.parts.building import build_scorer
from verirs.parts.finding import resolve
from verirs.parts.part import ScorerPart

KEPT = 16
"""So many are kept."""


@dataclass(slots=True)
class _Kept:
    part: ScorerPart
    options: Mapping[str, Any]
    factory: object
    """Held like the options, so that the objects outlive the key, which knows them by their address."""
    users: int = 0
    given_up: bool = False


_Key = tuple[int, str, str]
_ready: OrderedDict[_Key, _Kept] = OrderedDict()
_lock = threading.RLock()


@contextlib.contextmanager
def lent(name: str, options: Mapping[str, Any]) -> Iterator[ScorerPart]:
    """The scorer of this name with these options (any values, lists and tables too), open while in use.

    Raises:
        ConfigError, PartError: as :func:`verirs.parts.build_scorer`.
    """
    factory = resolve("scorer", name)  # a file may have changed, or be another one in another folder
    key = (os.getpid(), f"{name} {id(factory)}", json.dumps(options, sort_keys=True, default=_address))
    with _lock:
        kept = _ready.get(key) or _Kept(build_scorer(name, options, name), options, factory)
        _ready[key] = kept
        _ready.move_to_end(key)
        kept.users += 1
        dropped = [_ready.popitem(last=False) for _ in range(len(_ready) - KEPT)]
        for _, old in dropped:
            old.given_up = True
        idle = [old for (pid, _, _), old in dropped if not old.users and pid == os.getpid()]
    for old in idle:
        old.part.made.close()
    try:
        yield kept.part
    finally:
        with _lock:
            kept.users -= 1
            last = kept.given_up and not kept.users
        if last:
            kept.part.made.close()


def _address(value: object) -> str:
    return f"{type(value).__qualname__} {id(value)}"


def _close_all() -> None:
    with _lock:
        while _ready:
            (pid, _, _), kept = _ready.popitem()
            if pid == os.getpid():
                kept.part.made.close()


def _unlock() -> None:
    """In a forked child: the thread that held the lock may not exist there."""
    global _lock
    _lock = threading.RLock()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)
