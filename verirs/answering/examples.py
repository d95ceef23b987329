"""Tests that stand in a prompt: asserts, ``>>>`` examples, and sample inputs with their outputs.

They say what the asker showed, not that a program is right. Only what is plainly a test is taken: an assert
or example around a call of the function that is asked for, and pairs of blocks whose headings say ``sample``
or ``example``. Nothing is run here.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

_MOST = 200_000
_ASSERT = re.compile(r"assert\b.")
_DEF = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", re.M)
_BULLET = r"[ \t]*(?:[#>*\-]+[ \t]*)?(?:\*\*|__)?"
_END = r"[ \t]*(?:\*\*|__)?[ \t]*:?[ \t]*(?:\*\*|__)?[ \t]*"
_NUMBER = r"(?:[ \t]*#?[ \t]*\d+)?"
_SECTION = re.compile(rf"{_BULLET}(?:examples?|samples?|sample tests?|test cases?){_NUMBER}{_END}", re.I)
_HEADING = re.compile(
    rf"{_BULLET}(?P<word>sample|example)?[ \t]*(?P<kind>input|output)(?P<number>{_NUMBER}){_END}", re.I
)
_LONGEST_HEADING = 100
_OTHER = re.compile(rf"{_BULLET}(?:notes?|explanations?|constraints?|hints?|scoring){_NUMBER}{_END}.*", re.I)
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Examples:
    """What a prompt shows.

    Args:
        tests: asserts, or pairs of input and output.
        entry_point: the function that the asserts call.
        count: how many there are.
    """

    tests: str | tuple[dict[str, str], ...]
    entry_point: str | None
    count: int

    @property
    def columns(self) -> dict[str, Any]:
        return {"tests": self.tests, "entry_point": self.entry_point}


def examples_in(prompt: str, entry_point: str | None = None) -> Examples | None:
    """The tests that a prompt shows; ``None`` where it shows none that are plain.

    Args:
        entry_point: only tests of this function count.
    """
    if len(prompt) > _MOST:
        return None
    lines = [*_asserts(prompt), *_sessions(prompt)]
    if entry_point is not None:
        lines = [(name, text) for name, text in lines if name == entry_point]
        if not lines:
            return None
    if lines:
        names = Counter(name for name, _ in lines)
        defined = [name for name in _DEF.findall(prompt) if name in names]
        wanted = defined[-1] if defined else names.most_common(1)[0][0]
        asserts = list(dict.fromkeys(text for name, text in lines if name == wanted))
        return Examples("\n".join(asserts), wanted, len(asserts))
    pairs = _pairs(prompt.splitlines())
    return Examples(tuple(pairs), None, len(pairs)) if pairs else None


def _asserts(prompt: str) -> list[tuple[str, str]]:
    """(function called, assert) of each line that is one."""
    lines = [line.strip(" \t").lstrip(" \t>`").rstrip("`") for line in prompt.split("\n")]
    return [(name, text) for text in lines if _ASSERT.match(text) and (name := _called(text))]


def _sessions(prompt: str) -> list[tuple[str, str]]:
    try:
        found = doctest.DocTestParser().get_examples(prompt)
    except ValueError:
        return []
    out = []
    for example in found:
        # an example ends where its docstring does
        want = re.split(r'"""|\'\'\'|```', example.want)[0].strip()
        text = f"assert ({example.source.strip()}) == ({want})"
        if want and example.exc_msg is None and _is_value(want) and (name := _called(text)):
            out.append((name, text))
    return out


def _is_value(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return False
    return True


def _called(text: str) -> str:
    """The one function of no library that an assert calls; empty where it is no such assert."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assert):
        return ""
    import builtins

    names = {
        node.func.id
        for node in ast.walk(tree.body[0].test)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    own = {name for name in names if not hasattr(builtins, name)}
    return own.pop() if len(own) == 1 else ""


def _pairs(lines: list[str]) -> list[dict[str, str]]:
    """Sample inputs and outputs: blocks below headings, an input directly followed by its output."""
    pairs: list[dict[str, str]] = []
    shown, given, i = False, None, 0
    while i < len(lines):
        found = _HEADING.fullmatch(_heading(lines[i]))
        if found is None:
            shown = shown or _SECTION.fullmatch(_heading(lines[i])) is not None
            i += 1
            continue
        # "Input" alone describes the format, unless a heading before it said that examples follow
        counts = shown or found["word"] is not None
        block, i = _block(lines, i + 1)
        if found["kind"].lower() == "input":
            given = block if counts else None
        elif given is not None and counts and block:
            pairs.append({"input": given, "output": block})
            given = None
    return pairs


def _block(lines: list[str], start: int) -> tuple[str, int]:
    """The block that begins below a heading, and the line after it."""
    i = start
    while i < len(lines) and not lines[i].strip():
        i += 1
    if i < len(lines) and (fence := _FENCE.match(lines[i])):
        end = i + 1
        while end < len(lines) and not lines[end].strip().startswith(fence[1]):
            end += 1
        return "\n".join(lines[i + 1 : end]) + "\n", end + 1
    end = i
    while end < len(lines) and lines[end].strip() and not _ends(lines[end]):
        end += 1
    return ("\n".join(lines[i:end]) + "\n" if end > i else ""), end


def _ends(line: str) -> bool:
    return any(form.fullmatch(_heading(line)) for form in (_HEADING, _SECTION, _OTHER))


def _heading(line: str) -> str:
    """A line as the forms of headings take it: one blank for several, and not too long; they look for ever at
    many blanks.
    """
    short = re.sub(r"[ \t]+", " ", line.strip(" \t"))
    return short if len(short) <= _LONGEST_HEADING else short[:_LONGEST_HEADING] + "…"
