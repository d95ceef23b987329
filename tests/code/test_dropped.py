"""Which methods tests call without a look at what they answer."""

from __future__ import annotations

import ast

import pytest

from verirs.code.dropped import dropped
from verirs.code.evaluating import looks_up


@pytest.mark.parametrize(
    ("tests", "names"),
    [
        ("s.push(1)\nassert len(s) == 1", ("push",)),
        ("s.push(1).push(2)", ("push",)),
        ("async def t():\n    await s.push(1)", ("push",)),
        ("s.push(1).show().pop()", ("pop", "push", "show")),
        ("s.push(1)\nassert s.push(2) == 3", ()),
        ("s.push(1)\nt = s.push(2)", ()),
        ("s.push(1)\nhow = s.push", ()),
        ("s.push(1)\nf(s.push(2))", ()),
        ("s.push(1)\nassert 2 in s.push(1).items()", ()),
        ("s.push(1)\ng = lambda: s.push(1)", ()),
        ("s.push(1)\nhow = 'push'", ()),
        ("s.push(1)\ngetattr(s, how)(1)", ()),
        ("s.push(1)\nmethodcaller(how)(s)", ()),
    ],
)
def test_an_answer_is_dropped_where_every_use_of_the_method_drops_it(
    tests: str, names: tuple[str, ...]
) -> None:
    assert dropped(ast.parse(tests)) == names


@pytest.mark.parametrize(
    ("tests", "whether"),
    [
        ("getattr(s, how)", True),
        ("map(getattr, s, hows)", True),
        ("getattr(s, 'push')", False),
        ("getattr(s, 'push', None)", False),
        ("s.getattr(how)", False),
    ],
)
def test_a_name_that_is_no_constant_is_looked_up(tests: str, whether: bool) -> None:
    assert looks_up(ast.parse(tests)) is whether
