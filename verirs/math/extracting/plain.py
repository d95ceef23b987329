"""How most texts without a box end: "The answer is 18." The general rules find the same, and take longer."""

from __future__ import annotations

from verirs.system.patterns import regex

_TAIL = 80
_SAID = regex(
    r"(?:\A|[\n.!?])\s*(?:(?:[Ss]o|[Tt]hus|[Tt]herefore|[Hh]ence),? )?[Tt]he (?:final |correct )?answer is:? "
    r"(\$?\d[\d,]*(?:\.\d+)?%?)\.?\s*\Z"
)


def said_plainly(text: str) -> str | None:
    """The number of a plain sentence that ends a text, ``None`` where the general rules have to look."""
    begin = max(0, len(text) - _TAIL)
    found = _SAID.search(text, begin) if text.find("answer is", begin) >= 0 else None
    return None if found is None or found[1].endswith(",") else found[1]
