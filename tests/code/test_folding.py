"""Evaluating plain expressions without running anything."""

from __future__ import annotations

import ast
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verirs.code.folding import NotPlain, PlainError, fold


def value(text: str, **names: Any) -> Any:
    return fold(ast.parse(text, mode="eval").body, names)


@pytest.mark.parametrize(
    "text",
    [
        "[1, (2, 'a'), {3: None}, {4}, -5.5, b'x']", "3 * 19 * 3", "'ab' * 3 + 'c'", "2.0 / 3", "10 ** -6",
        "0 ** 0", "1 < 2 <= 2", "1 < 3 < 2", "3 in [1, 2]", "not []", "[] or 5 and 6", "abs(-3 - 2) < 1e-6",
        "tuple([1, 2]) == (1, 2)", "sorted({3, 1})[0]", "list(range(3))", "[*(1, 2), 3]", "round(2.567, 1)",
        "set([1, 1]) == {1}", "str(12) + 'x'", "len('abc')", "~5 & 3 | 8 ^ 1", "7 // 2 % 2", "None is None",
        "int('12') + int(3.9)", "max(1, 2) - min([3, 4])", "frozenset('ab') == frozenset('ba')",
    ],
)  # fmt: skip
def test_agrees_with_python(text: str) -> None:
    expected = eval(text)  # noqa: S307 - our own text
    found = value(text)
    assert found == expected and type(found) is type(expected)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_reads_every_literal_that_repr_writes(thing: Any) -> None:
    if "inf" not in repr(thing):
        assert value(repr(thing)) == thing


@pytest.mark.parametrize(
    "text",
    [
        "x", "f(1)", "(1).real", "[a for a in [1]]", "lambda: 1", "__import__('os')", "'%s' % 1", "f'{1}'",
        "10 ** 10 ** 10", "'a' * 10 ** 9", "[0] * 10 ** 8", "2 ** 10 ** 6", "range(10 ** 9)", "(1).__class__",
        "eval('1')", "open('/etc/passwd')", "[1, 2][0:1]", "1 << 10 ** 9", "round(1.5, -10 ** 9)", "{**{}}",
        "-" * 200 + "1",
    ],
)  # fmt: skip
def test_refuses_what_it_does_not_know(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(NotPlain):
        value(text)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    "text", ["1 / 0", "[][0]", "1 + 'a'", "{}['k']", "int('x')", "{[]}", "abs(None)", "1 < 'a'"]
)
def test_python_errors_come_out_as_such(text: str) -> None:
    with pytest.raises(PlainError, match="Error"):
        value(text)


def test_values_of_other_types_take_no_part() -> None:
    class Sly(int):
        def __add__(self, other: object) -> int:
            raise AssertionError("ran")

    with pytest.raises(NotPlain):
        value("x + 1", x=Sly(1))


@pytest.mark.parametrize(
    "text", ["set(x)", "x % 2 == 1", "x * 3", "str(x)", "x - 0.5", "sorted(x)", "0.5 in x", "list(x)"]
)
def test_hostile_answers_cost_little(text: str) -> None:
    prime = 2**61 - 1  # hash(k * prime) == 0 for every k
    for x in ([k * prime for k in range(1, 200_000)], 1 << 30_000_000, range(1 << 100_000)):
        begun = time.process_time()
        with pytest.raises((NotPlain, PlainError)):
            value(text, x=x)
            raise NotPlain("cheap enough to finish")
        assert time.process_time() - begun < 10
