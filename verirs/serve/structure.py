"""How much structure a text in JSON has: what its reader makes of it holds the event loop until it is done.

16 MB of text are read in milliseconds, 16 MB of ``[],`` or ``"1":0,`` in a second or more. It is counted
before anything is read, outside of strings, and once more in long strings that are JSON themselves (tests,
tables of golds), for a row's reader reads these too.
"""

from __future__ import annotations

from typing import Any

MOST = 5_000_000
"""Of the figure below; some 0.1 to 0.3 s of a reader's time. A request of 8,192 rows with 40 columns each
has 4.3 million."""
_QUOTE, _NEST, _KEY = 1, 6, 12
"""What a string (by its two quotes), a list or table, and a key cost beside a number."""
_QUOTES = 2_000_000
_NO_MARKS = bytes(set(range(256)) - set(b',"[{:'))
_LONG = 65_536
"""Characters from which a text within a request is looked at."""


def is_too_much(text: bytes) -> bool:
    """Whether a text in JSON has more structure than is read in one piece."""
    if _figure(text) <= MOST:  # strings included: so it is with all but a few
        return False
    if text.count(b'"') - text.count(b'\\"') > _QUOTES:
        return True
    parts = text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    return _figure(b"".join(parts[::2])) + _QUOTE * len(parts) > MOST


def _figure(text: bytes) -> int:
    marks = text.translate(None, _NO_MARKS)
    nests = marks.count(b"[") + marks.count(b"{")
    return marks.count(b",") + _QUOTE * marks.count(b'"') + _NEST * nests + _KEY * marks.count(b":")


def has_too_much(content: Any) -> bool:
    """Whether a long text in what was read is JSON of too much structure, at any depth."""
    left = [content] if _may(content) else []
    while left:
        one = left.pop()
        if isinstance(one, dict | list):
            left += [value for value in (one.values() if isinstance(one, dict) else one) if _may(value)]
        elif one.lstrip()[:1] in ("[", "{", '"') and is_too_much(one.encode("utf-8", "surrogatepass")):
            return True
    return False


def _may(value: Any) -> bool:
    return isinstance(value, dict | list) or (isinstance(value, str) and len(value) > _LONG)
