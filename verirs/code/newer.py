"""What a program uses of Python 3.12 to 3.14: syntax and names of the library.

Syntax is found by writing it as Python 3.11 has it: type parameters and ``type`` statements (PEP 695) without
their types, f-strings whose fields hold any quotes (PEP 701) as plain texts, one except without brackets
(PEP 758) with them. A program that can be read then and could not before needs a newer Python; one that
cannot be read even so is broken. Nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_LONG = 50_000
_NAMES = {
    "itertools": "batched", "math": "sumprod fma", "copy": "replace", "random": "binomialvariate",
    "typing": "override TypeAliasType ReadOnly TypeIs NoDefault get_protocol_members is_protocol",
    "warnings": "deprecated", "functools": "Placeholder", "statistics": "kde kde_random", "queue": "ShutDown",
    "heapq": "heapify_max heappop_max heappush_max heappushpop_max heapreplace_max",
    "collections.abc": "Buffer", "concurrent.futures": "InterpreterPoolExecutor",
}  # fmt: skip
"""Names that modules of the library got after 3.11 (docs.python.org, "What's new" of 3.12, 3.13 and 3.14)."""
_NO_NAME = re.compile(
    r"cannot import name '(?P<a>\w+)' from '(?P<b>[\w.]+)'"
    r"|module '(?P<c>[\w.]+)' has no attribute '(?P<d>\w+)'"
)
_GENERIC = re.compile(r"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+)\[", re.M)
_ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(\[[^\n=]*\])?[ \t]*=(?!=)", re.M)
_CLASS = r"(?:\w+\.)*[A-Z]\w*"
"""Of an exception: ``except ValueError, e`` is Python 2."""
_EXCEPT = re.compile(rf"^([ \t]*except\*?)[ \t]+({_CLASS}(?:[ \t]*,[ \t]*{_CLASS})+)[ \t]*:", re.M)
_OPENING = re.compile(r"(?i)(?<!\w)(f|fr|rf|b|r|u|br|rb)?(\"\"\"|\'\'\'|\"|\')|#")
_SHOWN = re.compile(r"\s*=?\s*(?:![rsa]\s*)?$")
_DEPTH = 3
"""Texts in the fields of texts; each level doubles the price."""


def newer_name(code: str, said: str) -> str:
    """The name of the library that a program misses because it is newer; empty: none."""
    match = _NO_NAME.search(said)
    if match is None:
        return ""
    module, name = (match["b"], match["a"]) if match["a"] else (match["c"], match["d"])
    known = name in _NAMES.get(module, "").split()
    return f"{module}.{name}" if known and re.search(rf"\b{name}\b", code) and module in code else ""


def newer_syntax(code: str) -> str:
    """What of a program's syntax is newer; empty where it is none, or broken in every Python."""
    if len(code) > _LONG:
        return ""
    try:
        older = _without_types(_with_plain_texts(code))
        older = _EXCEPT.sub(r"\1 (\2):", older)
        if older == code:
            return ""
        ast.parse(older)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return "its syntax"


def _without_types(code: str) -> str:
    code = _ALIAS.sub(r"\1\2 =", code)
    found = _GENERIC.search(code)
    while found is not None:
        end = _closing(code, found.end())
        code = f"{code[: found.end() - 1]}{code[end:]}"
        found = _GENERIC.search(code, found.end() - 1)
    return code


def _closing(code: str, start: int) -> int:
    """Behind the bracket that ends what is open at ``start``."""
    depth = 1
    for i in range(start, len(code)):
        depth += (code[i] in "[(") - (code[i] in "])")
        if depth == 0:
            return i + 1
    raise ValueError("an open bracket")


def _with_plain_texts(code: str) -> str:
    """The code with a plain text in place of each f-string."""
    return "".join(_pieces(code))


def _pieces(code: str) -> Iterator[str]:
    at = 0
    while (found := _OPENING.search(code, at)) is not None:
        yield code[at : found.start()]
        end, fields = _end(code, found, 0)
        yield "''" if fields else code[found.start() : end]
        at = end
    yield code[at:]


def _end(code: str, opening: re.Match[str], depth: int) -> tuple[int, bool]:
    """Behind the comment or text that begins with ``opening``, and whether it is an f-string."""
    if opening[0] == "#":
        end = code.find("\n", opening.end())
        return (len(code) if end < 0 else end), False
    prefix = (opening[1] or "").lower()
    formatted = "f" in prefix
    return _end_of_text(code, opening.end(), opening[2], "r" in prefix, formatted, depth), formatted


def _end_of_text(code: str, at: int, quote: str, raw: bool, formatted: bool, depth: int) -> int:
    if depth > _DEPTH:
        raise ValueError("texts in texts")
    while at < len(code):
        if code.startswith(quote, at):
            return at + len(quote)
        if code[at] == "\\" and not (formatted and raw and code[at + 1 : at + 2] in "{}"):
            at += 2
        elif formatted and code[at] == "{":
            at = at + 2 if code.startswith("{{", at) else _end_of_field(code, at + 1, quote, depth)
        elif code[at] == "\n" and len(quote) == 1:
            break
        else:
            at += 1
    raise ValueError("an open text")


def _end_of_field(code: str, at: int, quote: str, depth: int) -> int:
    """Behind the bracket that ends a field, in which texts may have any quotes."""
    open_, start = 0, at
    while at < len(code):
        found = _OPENING.match(code, at)
        if found is not None and found[0] != "#":
            at, _ = _end(code, found, depth + 1)
            continue
        c = code[at]
        if c in "}:" and open_ == 0:
            inside = _SHOWN.sub("", code[start:at])
            ast.parse(f"({_with_plain_texts(inside)}\n)" if inside.strip() else "=")
            return at + 1 if c == "}" else _end_of_format(code, at + 1, quote, depth)
        open_ += (c in "([{") - (c in ")]}")
        at += 1
    raise ValueError("an open field")


def _end_of_format(code: str, at: int, quote: str, depth: int) -> int:
    while at < len(code) and not code.startswith(quote, at):
        if code[at] == "{":
            at = _end_of_field(code, at + 1, quote, depth + 1)
        elif code[at] == "}":
            return at + 1
        else:
            at += 1
    raise ValueError("an open field")
