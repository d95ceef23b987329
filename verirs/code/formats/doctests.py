"""Sessions of ``>>>`` lines as test code that asks what the library's `doctest` asks.

An example's value must be of the types that are shown, in their order (``1.0`` is no ``1``), an exception
must have the words that are shown, and where nothing is shown nothing may be. Blanks and quotes may differ
where the value is the same.
"""

from __future__ import annotations

import ast
import doctest

from verirs.code.formats.faults import UnusableTests, shown


def of_doctest(text: str) -> str:
    """A session as asserts.

    Raises:
        UnusableTests: an example whose output cannot be compared, or no example with any.
    """
    try:
        examples = doctest.DocTestParser().get_examples(text)
    except ValueError as error:
        raise UnusableTests(f"the doctest cannot be read: {error}") from error
    examples = [e for e in examples if not e.options.get(doctest.SKIP)]
    if not any(e.want for e in examples):
        raise UnusableTests("the doctest has no example with a result")
    return _HELPERS + "\n".join(_asked(example, number) for number, example in enumerate(examples, 1))


def _asked(example: doctest.Example, number: int) -> str:
    source, want = example.source.rstrip("\n"), example.want.strip()
    if example.exc_msg is not None:
        kind, _, words = example.exc_msg.strip().partition(":")
        name = kind.split(".")[-1].strip()
        if not name.isidentifier():
            raise UnusableTests(f"example {number} of the doctest raises {shown(name)}")
        any_words = example.options.get(doctest.IGNORE_EXCEPTION_DETAIL)
        check = "pass" if any_words else f"assert str(_error) == {words.strip()!r}"
        return _RAISES.format(source=source.replace("\n", "\n    "), name=name, check=check)
    if "..." in want or " at 0x" in want or (tree := _parsed(source)) is None:
        raise UnusableTests(f"example {number} of the doctest shows what cannot be compared: {shown(want)}")
    if not want and not any(isinstance(n, ast.Call) for n in ast.walk(tree)):
        return source
    condition = f"_lines_of(_shown.getvalue()) == {_lines(want)!r}"
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        source = f"_value = ({source})"
        if not want:
            condition = f"_value is None and {condition}"
        elif _is_literal(want):
            same = f"_alike(_value, {want})"
            if want in ("0", "1"):  # what came before there were truth values
                same = f"({same} or _value is {want == '1'})"
            condition = f"({same} and not _shown.getvalue()) or (_value is None and {condition})"
        else:  # the value as the interpreter shows it
            source += "\nif _value is not None:\n    print(repr(_value))"
    return _SHOWS.format(source=source.replace("\n", "\n    "), condition=condition)


_RAISES = """try:
    {source}
except {name} as _error:
    {check}
else:
    assert False"""
# `is` between answers would ask for what two processes do not share (`verirs.code.shared`)
_HELPERS = """import contextlib, io
def _lines_of(text):
    return [line.rstrip() for line in text.removesuffix("\\n").split("\\n")]
def _alike(a, b):
    if type(a) != type(b):
        return False
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(_alike, a, b))
    if type(a) == dict:
        return _alike(list(a.items()), list(b.items()))
    if type(a) in (set, frozenset):
        return _alike(sorted(map(repr, a)), sorted(map(repr, b)))
    return repr(a) == repr(b)
"""
_SHOWS = """with contextlib.redirect_stdout(io.StringIO()) as _shown:
    {source}
assert {condition}"""
_BLANK = "<BLANKLINE>"
"""How a doctest writes an empty line of the output."""


def _lines(want: str) -> list[str]:
    return ["" if line.strip() == _BLANK else line.rstrip() for line in want.split("\n")]


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_literal(want: str) -> bool:
    try:
        ast.literal_eval(want)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return False
    return True
