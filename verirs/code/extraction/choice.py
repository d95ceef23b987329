"""Which of several code blocks is the program: the last with what is asked for, and those it leans on."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace

from verirs.code.extraction.fences import Block
from verirs.code.extraction.lines import Walk
from verirs.code.extraction.shapes import (
    calls_at_margin,
    defined_names,
    defines,
    is_idle,
    is_stub,
    offers,
    reads_input,
    top_names,
    words,
)

_NOT_CODE = (">>>", "$ ", "Traceback (most recent call last)", "In [")
_MAIN = {
    "cpp": re.compile(r"\bmain\s*\("),
    "c": re.compile(r"\bmain\s*\("),
    "java": re.compile(r"\bmain\s*\("),
    "go": re.compile(r"\bfunc\s+main\s*\("),
    "rust": re.compile(r"\bfn\s+main\s*\("),
}


def choose(blocks: Sequence[Block], entry_point: str | None, language: str = "python") -> str | None:
    """The program of some blocks; ``None`` when none of them can be one.

    Args:
        entry_point: the function that is asked for; ``None``: a program that reads standard input.
    """
    usable = [b for b in blocks if b.language in (language, "") and b.code.strip()]
    if language != "python":
        right = [b for b in usable if fits(b.code, None, language)]
        tagged = [b for b in usable if b.language]
        return (right or tagged or usable)[-1].code if usable else None
    usable = [_at_margin(b, entry_point) for b in usable if not b.code.lstrip().startswith(_NOT_CODE)]
    usable = [b for b in usable if not b.inline or fits(b.code, entry_point)]
    if not usable:
        return None
    tagged = [b for b in usable if b.language]
    right = _right(tagged if not entry_point else usable, entry_point) or _right(usable, entry_point)
    chosen = (right or tagged or usable)[-1]
    return _with_helpers(usable, next(i for i, b in enumerate(usable) if b is chosen), entry_point)


def fits(code: str, entry_point: str | None, language: str = "python") -> bool:
    """Whether code has what is asked for: it gives the entry point, or reads standard input."""
    if language != "python":
        return language not in _MAIN or _MAIN[language].search(code) is not None
    return offers(code, entry_point) if entry_point else reads_input(code)


def _right(blocks: Sequence[Block], entry_point: str | None) -> list[Block]:
    if not entry_point:
        return [b for b in blocks if reads_input(b.code)]
    able = [b for b in blocks if offers(b.code, entry_point)]
    whole = [b for b in able if not is_stub(b.code, entry_point)]
    return [b for b in whole if defines(b.code, entry_point)] or whole or able


def _at_margin(block: Block, entry_point: str | None) -> Block:
    """A block whose lines are all indented, moved to the margin where that gives what is asked for."""
    if block.code.lstrip("\n")[:1] not in (" ", "\t"):
        return block
    moved = textwrap.dedent(block.code)
    wanted = defines(moved, entry_point) if entry_point else reads_input(moved)
    return replace(block, code=moved) if wanted and moved != block.code else block


def _with_helpers(blocks: Sequence[Block], at: int, entry_point: str | None) -> str:
    """A block with the earlier ones whose names it uses, and with later ones that define functions it lacks
    or run what it only defines."""
    chosen = blocks[at].code
    parts, used, bound = [chosen], words(chosen), top_names(chosen)
    for block in reversed(blocks[:at]):
        lent = top_names(block.code)
        if entry_point not in lent and (lent - bound) & used:
            parts.insert(0, block.code.rstrip("\n") + "\n\n")
            used |= words(block.code)
            bound |= lent
    for block in blocks[at + 1 :]:
        lent = defined_names(block.code) - bound
        lacks = entry_point not in lent and any(_calls(part, name) for name in lent & used for part in parts)
        runs = not entry_point and is_idle("".join(parts)) and calls_at_margin(block.code, bound)
        if lacks or (runs and not reads_input(block.code)):
            parts[-1] = parts[-1].rstrip("\n") + "\n\n"
            parts.append(block.code if not lacks else _definitions(block.code))
            used |= words(block.code)
            bound |= lent
    return "".join(parts)


def _calls(code: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}\b", code) is not None


def _definitions(code: str) -> str:
    """Imports, definitions and assignments of a block, without what it runs: an example of use."""
    kept: list[str] = []
    keep, walk = True, Walk()
    for line in code.split("\n"):
        if not walk.inside and line.strip() and line[0] not in " \t":
            keep = is_idle(line) and (re.match(r"[\w.]+[ \t]*=", line) is None or "(" not in line)
        if keep:
            kept.append(line)
        walk.line(line)
    return "\n".join(kept)
