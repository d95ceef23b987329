"""Dates and times of day, as whole answers.

``date(year, month, day)`` with the year 0 where it is not said; ``clock(seconds, known)`` with the seconds
since midnight, and whether the half of the day that is meant is known. ``15:30`` and ``3:30`` alone may be
ratios and stay ratios; ``2024-06-20`` may be a difference and is ``ambiguous``. An order of day and
month that may be two dates is none.
"""

from __future__ import annotations

import re

from verirs.math.reading.layout import unlaid
from verirs.math.values import Node
from verirs.system.patterns import regex


def _counted_words() -> dict[str, int]:
    ones = "one two three four five six seven eight nine"
    teens = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    found = {word: n for n, word in enumerate(f"{ones} {teens}".split(), 1)}
    return found | {f"twenty{sign}{word}": 20 + n for n, word in enumerate(ones.split(), 1) for sign in " -"}


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})\s*\^?(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s*(?:of\s+)?(?P<year>\d{4}))?"
_WEEKDAY = r"(?:(?:on\s+)?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?(?:on\s+)?"
_DATES = [
    regex(rf"{_WEEKDAY}{_MONTH}\s*(?:the\s+)?{_DAY}{_YEAR}\.?"),
    regex(rf"{_WEEKDAY}(?:the\s+)?{_DAY}\s*(?:of\s+)?{_MONTH}{_YEAR}\.?"),
    regex(r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日"),
    regex(r"(?P<month>\d{1,2})月(?P<day>\d{1,2})日"),
]
_NUMERIC = regex(r"(\d{1,4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,4})")
_HALF = (
    r"(?P<half>[ap]\.?\s?m\.?|noon|midnight|at night|in the (?:(?:early )?morning|(?:late )?afternoon"
    r"|(?:late )?evening))"
)
_CLOCK = regex(
    r"(?:at\s+)?(?P<h>\d{1,2})(?:\s?[:.h]\s?(?P<m>\d{2})(?::(?P<s>\d{2}))?)?"
    rf"(?:\s*o\s?'?\s?clock)?,?\s*{_HALF}"
)
_OCLOCK = regex(r"(?:at\s+)?(?P<h>\w+)\s*o\s?'?\s?clock")
_SAID = regex(
    r"(?:at\s+)?(?P<n>\w+(?:[\s-]\w+)?)(?:\s+minutes?)?\s+(?P<way>past|to|before|after)\s+(?P<h>\w+)"
    rf"(?:\s*o\s?'?\s?clock)?(?:,?\s*{_HALF})?"
)
_NUMBERS = _counted_words() | {"a quarter": 15, "quarter": 15, "half": 30}
_HINT = regex(
    r"\d[\s\\a-z{,;:~]*[ap]\.?\s?m\b|clock|noon|midnight|morning|evening|at night|past|quarter|half|[年月]"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\d[-/.]\d{1,2}[-/.]\d",
    re.IGNORECASE,
)
_LONGEST = 60


def moment(plain: str) -> Node | None:
    """The date or the time of day that a whole text is, ``None`` for any other text."""
    if len(plain) > 3 * _LONGEST or ("\\" in plain and "\\text" not in plain and "\\math" not in plain):
        return None
    if not plain.isdecimal() and _HINT.search(plain) is None:
        return None
    text = unlaid(plain).lower().strip(" .")
    if len(text) > _LONGEST:
        return None
    return _date(text) or _clock(text)


def numeric_date(plain: str) -> Node | None:
    """The date that three numbers are, in an order that can be no other one."""
    found = _NUMERIC.fullmatch(unlaid(plain))
    if found is None:
        return None
    first, _, middle, last = found.groups()
    if len(first) == 4 and len(last) <= 2:
        return _valid(int(first), int(middle), int(last))
    if len(last) != 4 or len(first) > 2:
        return None
    a, b = int(first), int(middle)
    if a > 12 or a == b:
        return _valid(int(last), b, a)
    return _valid(int(last), a, b) if b > 12 else None


def _date(text: str) -> Node | None:
    for form in _DATES:
        found = form.fullmatch(text)
        if found:
            parts = found.groupdict()
            month = (
                int(parts["month"]) if parts["month"].isdecimal() else _MONTHS.index(parts["month"][:3]) + 1
            )
            return _valid(int(parts.get("year") or 0), month, int(parts["day"]))
    return None


def _valid(year: int, month: int, day: int) -> Node | None:
    longest = 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31
    return Node("date", (year, month, day)) if 1 <= month <= 12 and 1 <= day <= longest else None


def _clock(text: str) -> Node | None:
    if text in ("noon", "12 noon", "midday", "12:00 noon"):
        return Node("clock", (12 * 3600, True))
    if text in ("midnight", "12 midnight", "12:00 midnight"):
        return Node("clock", (0, True))
    found = _CLOCK.fullmatch(text)
    if found:
        h, m, s = int(found["h"]), int(found["m"] or 0), int(found["s"] or 0)
        return _time(h, m, s, found["half"])
    found = _OCLOCK.fullmatch(text)
    if found:
        return _time(_counted(found["h"]), 0, 0, None)
    found = _SAID.fullmatch(text)
    if not found:
        return None
    n, h = _counted(found["n"]), _counted(found["h"])
    if not 0 < n < 60 or not 1 <= h <= 12 or (found["n"] == "half" and found["way"] != "past"):
        return None
    if found["way"] in ("past", "after"):
        return _time(h, n, 0, found["half"])
    return _time(h - 1 or 12, 60 - n, 0, found["half"])


def _counted(word: str) -> int:
    return int(word) if word.isdecimal() else _NUMBERS.get(word, -1)


def _time(h: int, m: int, s: int, half: str | None) -> Node | None:
    if not (0 <= h <= 24 and 0 <= m < 60 and 0 <= s < 60):
        return None
    if half is None:
        return Node("clock", (h * 3600 + m * 60 + s, h > 12 or h == 0)) if h < 24 else None
    if half in ("noon", "midnight") and (h != 12 or m or s):
        return None
    early = half == "midnight" or "morning" in half or (half[0] == "a" and half != "at night")
    if h > 12:
        return None if early else Node("clock", (h % 24 * 3600 + m * 60 + s, True))
    if half == "at night":
        early = h == 12 or h < 5
    hour = h % 12 + (0 if early else 12)
    return Node("clock", (hour * 3600 + m * 60 + s, True))
