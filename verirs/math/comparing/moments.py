"""Dates and times of day: are two of them the same?"""

from __future__ import annotations

from verirs.math.comparing.forms import measure
from verirs.math.values import Node

MOMENTS = frozenset(("date", "clock"))
_HALF_DAY = 12 * 3600


def same_moment(g: Node, a: Node) -> bool:
    """Whether two values, one of them a date or a time of day, are the same: a year that only the answer says
    and a half of the day that only one side says are left out."""
    if g.op == a.op == "date":
        (year, *day), (other, *another) = g.args, a.args
        return day == another and year in (other, 0)
    if "date" in (g.op, a.op):
        return False
    one, two = _clock(g), _clock(a)
    if one is None or two is None:
        return False
    (x, known), (y, sure) = one, two
    return x == y if known and sure else x % _HALF_DAY == y % _HALF_DAY


def _clock(node: Node) -> tuple[int, bool] | None:
    """The seconds since midnight, and whether the half of the day is known: ``3:30``, ``15:30``, 3."""
    if node.op == "clock":
        seconds, known = node.args
        return seconds, known
    value, unit = measure(node)
    parts = value.args if value.op == "ratio" else (value,)
    half = unit[0][0] if len(unit) == 1 else ""
    if len(parts) > 3 or any(p.op != "int" for p in parts) or (unit and half not in ("am", "pm")):
        return None
    h, m, s = (*(p.number for p in parts), 0, 0)[:3]
    if not (0 <= h < 24 and 0 <= m < 60 and 0 <= s < 60) or (h > 12 and len(parts) == 1):
        return None
    if half:
        h = h % 12 + 12 * (half == "pm")
    return h * 3600 + m * 60 + s, bool(half) or h > 12 or (h == 0 and len(parts) > 1)
