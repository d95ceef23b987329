"""All kinds of faults, and how many of each make the whole matrix."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from tests.faults import files, parts, power, stops
from tests.faults.world import RAW, REFUSED, SURVIVED, WRONG, Outcome, Undisturbed

Kind = Callable[[Undisturbed, random.Random, int], Iterator[Outcome]]
KINDS: dict[str, tuple[Kind, int, int]] = {
    "kills in two operations": (stops.kills, 98, 4),
    "file errors": (stops.file_errors, 70, 4),
    "bit flips": (files.bit_flips, 40, 4),
    "bit flips, read": (files.many_flips, 400, 25),
    "missing files": (files.missing, 40, 4),
    "doubled files": (files.doubled, 28, 3),
    "stale files": (files.stale, 24, 4),
    "foreign files": (files.foreign, 49, 4),
    "power loss": (power.losses, 90, 5),
    "server behaviours": (parts.servers, 257, 0),
    "plugin return values": (parts.plugins, 50, 4),
    "odd texts": (parts.texts, 59, 6),
    "signals to children": (parts.signals, 24, 0),
}
"""By name: how it is done, how many faults (a kind of file, for those read), and how many in the tests.

The servers have their own tests (tests/engines/test_weather.py), the signals theirs (tests/sandbox)."""


def table(outcomes: Iterable[Outcome]) -> list[dict[str, object]]:
    """A row a kind: injected, survived, refused, silently wrong, raw errors."""
    counts: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        counts.setdefault(outcome.kind, Counter())[outcome.how] += 1
    return [
        {"kind": kind, "injected": c.total(), **{how: c[how] for how in (SURVIVED, REFUSED, WRONG, RAW)}}
        for kind, c in counts.items()
    ]
