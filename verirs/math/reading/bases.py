"""A whole answer that is a number in a base: ``1F_{16}``, ``1F in base 16``, ``11 in binary``."""

from __future__ import annotations

from verirs.math.reading.layout import unlaid
from verirs.math.values import Node
from verirs.system.patterns import regex

_NAMES = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
BASES = {name: n for n, name in enumerate(_NAMES.split(" "), 2)} | {
    "binary": 2, "bin": 2, "ternary": 3, "octal": 8, "oct": 8, "decimal": 10, "dec": 10, "hexadecimal": 16,
    "hex": 16, "twenty": 20,
}  # fmt: skip
"""Bases by their names."""
_FORMS = regex(
    r"\s*(?P<minus>-?)\s*(?P<open>\(?)\s*(?P<digits>[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)?)\s*(?P<close>\)?)"
    r"\s*(?:_\s*\(?(?:base\s*)?(?P<sub>\d{1,2}|[a-z]+)\)?"
    r"|,?\s*\(?(?:in\s+|to\s+)?(?:the\s+)?(?:base[\s-]*(?P<said>\d{1,2}|[a-z]+)|(?P<name>binary|octal|hexadecimal|hex|ternary)"
    r"|(?P<first>\d{1,2}|[a-z]+)[\s-]base))\s*\)?\.?\s*"
)
_MAX_DIGITS = 400


def based(plain: str) -> Node | None:
    """A whole text that is one number in a named base, ``None`` for any other text."""
    if (
        "_" not in plain
        and "bas" not in plain
        and "binar" not in plain
        and "octal" not in plain
        and "hex" not in plain
    ):
        return None
    found = _FORMS.fullmatch(unlaid(plain))
    if found is None or bool(found["open"]) != bool(found["close"]) or len(found["digits"]) > _MAX_DIGITS:
        return None
    name = found["sub"] or found["said"] or found["name"] or found["first"]
    base = int(name) if name.isdecimal() else BASES.get(name, 0)
    digits = found["digits"].upper()
    if not 2 <= base <= 36 or any(int(c, 36) >= base for c in digits if c != "."):
        return None
    if found["sub"] and not any(c.isdecimal() for c in digits) and (base != 16 or len(digits) < 2):
        return None  # a letter with an index
    node = Node("based", (digits, base))
    return Node("neg", (node,)) if found["minus"] else node
