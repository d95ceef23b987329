"""By what method a solution was found, as far as its form tells: its equations, or the shape of its program.

Two solutions of one signature compute the same numbers in the same order, or are the same program but for the
names in it. What no equation and no program is in has no signature; nothing is said of such a text.
"""

from __future__ import annotations

import ast
import itertools
import re

from verirs.code.extract import extract

_MARKED = re.compile(r"<<([^<>]*)>>")
_FRACTION = re.compile(r"\\d?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_UNIT = re.compile(r"\\(?:text|mathrm|textbf|mathbf)\s*\{[^{}]*\}")
_SPELT = (
    (re.compile(r"\\times|\\cdot|\\ast|[×·∗⋅]|(?<=\d)\s*\bx\b\s*(?=[\d$(])|(?<=\d)x(?=\d)"), "*"),
    (re.compile(r"\\div|[÷∕]"), "/"),
    (re.compile(r"[−–]"), "-"),
    (re.compile(r"\\[,;:! ]|\\left|\\right|\\\(|\\\)|\\\[|\\\]|\\?[$€£%]|\*\*(?=\s|$)|[{}]"), " "),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),
)
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\.\d+|[-+*/^()=]|(?<![A-Za-z\\])[b-zB-HJ-Z](?![A-Za-z])|[A-Za-z\\]+|\S")
_ALONE = re.compile(r"\(([\d.]+)\)")
_LETTER = re.compile(r"[b-zB-HJ-Z]")
"""A variable; ``a``, ``A`` and ``I`` are words."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_LONGEST = 40
"""Tokens of one side of an equation."""


def equations(text: str) -> tuple[str, ...]:
    """The equations of a solution, in its order: ``48/2=24``; those in ``<<...>>`` where there are any.

    A side is a chain of numbers, single letters and operators; words between them (units, names of things)
    do not count. An equation without an operator and without a letter is none.
    """
    if marked := _MARKED.findall(text):
        return tuple("".join(one.split()).replace("$", "").replace(",", "") for one in marked if "=" in one)
    found = []
    for line in re.split(r"\n|(?<=[.;!?])\s", _plain(text)):
        sides = [_TOKEN.findall(side) for side in line.split("=")]
        for left, right in itertools.pairwise(sides):
            one = _written(_chain(left[::-1])[::-1])
            other = _written(_chain(right)).rstrip("-")
            if one and other and re.search(r"[-+*/^A-Za-z]", one):
                found.append(f"{one}={other}")
    return tuple(found)


def _written(chain: list[str]) -> str:
    return _ALONE.sub(r"\1", "".join(map(_spelt, chain)))


def _plain(text: str) -> str:
    text = _UNIT.sub(" ", _FRACTION.sub(r"(\1)/(\2)", text))
    for form, plain in _SPELT:
        text = form.sub(plain, text)
    return text


def _chain(tokens: list[str]) -> list[str]:
    """The longest beginning that is a chain: no two values without an operator between them.

    Words are skipped; a sign that belongs to no arithmetic ends it.
    """
    chain: list[str] = []
    value = False
    for token in tokens[: 2 * _LONGEST]:
        is_value = bool(_NUMBER.fullmatch(token) or _LETTER.fullmatch(token))
        if is_value and value and not (chain and _joined(chain[-1], token)):
            break
        if is_value or token in "-+*/^()":
            chain.append(token)
            value = is_value or (token in "()" and value)
        elif not token.isalpha():
            break
    while chain and chain[-1] in "+*/^":  # an operator that had nothing to join
        chain.pop()
    return chain if any(map(_is_value, chain)) else []


def _joined(one: str, other: str) -> bool:
    """``2x``: a number beside a letter is a product."""
    return one.isalpha() != other.isalpha()


def _is_value(token: str) -> bool:
    return token[0].isalnum() or token[0] == "."


def _spelt(token: str) -> str:
    if not _NUMBER.fullmatch(token) or "." not in token:
        return token.lstrip("0") or "0" if _NUMBER.fullmatch(token) else token
    return token.lstrip("0").rstrip("0").rstrip(".") or "0"


def shape(text: str, entry_point: str | None = None) -> str:
    """A program as its syntax tree says it, names, comments, annotations and docstrings aside; an empty text
    where no Python is.

    Names that the program binds itself are numbered in order of their first use; those of others stay, as do
    all constants.
    """
    found = extract(text, entry_point=entry_point)
    try:
        tree = ast.parse(found.code if found is not None else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    if not tree.body:
        return ""
    try:
        bound = {name for node in ast.walk(tree) for name in _bound(node)} - {entry_point}
        numbers: dict[str, str] = {}
        for node in ast.walk(tree):
            _strip(node, bound, numbers)
        return ast.dump(tree)
    except RecursionError:
        return ""


def _bound(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.arg():
            return [node.arg]
        case ast.Name(ctx=ast.Store()):
            return [node.id]
        case ast.ExceptHandler():
            return [node.name] if node.name else []
    return []


def _strip(node: ast.AST, bound: set[str], numbers: dict[str, str]) -> None:
    def numbered(name: str) -> str:
        return numbers.setdefault(name, f"_{len(numbers)}") if name in bound else name

    match node:
        case ast.Name():
            node.id = numbered(node.id)
        case ast.arg():
            node.arg, node.annotation = numbered(node.arg), None
        case ast.ExceptHandler() if node.name:
            node.name = numbered(node.name)
        case ast.Call(func=ast.Name(id=called)) if called in bound:  # others know their keywords by name
            for keyword in node.keywords:
                keyword.arg = numbered(keyword.arg) if keyword.arg else None
        case ast.AnnAssign() if node.value is not None:
            node.annotation = ast.Constant(None)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            node.name = numbered(node.name)
            if not isinstance(node, ast.ClassDef):
                node.returns = None
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)):
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(body) > 1:
            del body[0]
