"""A text that ends with a program and not with what it prints: its numbers are inputs, no answer."""

from __future__ import annotations

from verirs.system.patterns import regex

_LAST = regex(
    r"[ \t]*(?:print\s*\([^\n]*\)|return\b[^\n]*|[\w.]+\s*=\s*[A-Za-z_][\w.]*\([^\n]*\))[;\s]*(?:#.*)?\Z"
)
"""A last line that prints, returns or calls."""
_CODE = regex(
    r"[ \t]*(?:[A-Za-z_][\w.]*(?:\[[^\]\n]*\])?(?:\s*,\s*[A-Za-z_]\w*)*\s*[-+*/]?=(?!=)|"
    r"def \w+\(|import \w|from [\w.]+ import|class \w|(?:for|while|if|elif|with) [^\n]*:\s*(?:#|$)|else:|"
    r"print\s*\(|return\b|[\]})]|[ \t]+\S|#)"
)
"""A line of a program."""
_FENCES = "` \t\n"


def ends_with_program(text: str) -> bool:
    """Whether the last two lines of a text are Python that prints, returns or calls."""
    end = text[-400:]
    if "(" not in end and "return" not in end:
        return False
    lines = [line for line in end.rstrip(_FENCES).split("\n")[-3:] if line.strip()]
    return len(lines) > 1 and _LAST.match(lines[-1]) is not None and _CODE.match(lines[-2]) is not None
