"""When two right texts are the same method: the same calculations in the same order, or the same program but
names.

For a problem with tests the program counts: its tokens without comments and layout, names of its own numbered
as they come. Else the left sides of the equations (``3 * 4 = 12``) count, in order; a text without one is a
method of its own. What it cannot see: the same idea written as other calculations, or another order of
independent steps.
"""

from __future__ import annotations

import builtins
import hashlib
import io
import keyword
import re
import tokenize

from verirs.code.extract import extract
from verirs.select.marks import normalise
from verirs.thoughts import whole
from verirs.types import Completion, Problem

_EQUATION = re.compile(r"((?:[-+*/×÷x^()$€£%\s]|\d[\d,]*(?:\.\d+)?)+)=(?=\s*[-$€£]?\s*\d)")
_OPERATOR = re.compile(r"[\d)]%?[-+*/^][$(]*-?\d")
_DROPPED = str.maketrans({c: None for c in " \t\n\r,$€£"} | {"×": "*", "x": "*", "÷": "/"})
_LAYOUT = (
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
)
_KEPT = frozenset(dir(builtins)) | frozenset(keyword.kwlist)


def text_of(problem: Problem, completion: Completion) -> str:
    """A digest that completions share which a selector takes for duplicates."""
    return _digest(normalise(whole(completion)))


def method(problem: Problem, completion: Completion) -> str:
    """A digest that completions of one method share."""
    if problem.tests is not None:
        found = extract(completion.text, entry_point=problem.entry_point)
        steps = tokens(found.code) if found is not None else []
    else:
        steps = equations(whole(completion))
    return _digest("\x1f".join(steps)) if steps else text_of(problem, completion)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def equations(text: str) -> list[str]:
    """The left sides of a text's equations that calculate something, without spaces and signs of money."""
    found = (m[1].translate(_DROPPED).lstrip("+*/)-") for m in _EQUATION.finditer(text))
    return [left for left in found if _OPERATOR.search(left)]


def tokens(code: str) -> list[str]:
    """A program's tokens, its own names numbered; none where it cannot be read."""
    names: dict[str, str] = {}
    found: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in _LAYOUT:
                continue
            word = token.string
            own = token.type == tokenize.NAME and word not in _KEPT and found[-1:] != ["."]
            found.append(names.setdefault(word, f"name{len(names)}") if own else word)
    except (tokenize.TokenError, SyntaxError):
        return []
    return found
