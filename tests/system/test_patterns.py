"""Patterns that are compiled at their first use behave as compiled ones."""

from __future__ import annotations

import re

import pytest

from verirs.hooks import Grader
from verirs.system.patterns import compile_all, regex


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patterns that are compiled from now on."""
    found: list[str] = []
    real = re.compile

    def compiled(source: str, flags: int = 0) -> re.Pattern[str]:
        found.append(source)
        return real(source, flags)

    monkeypatch.setattr(re, "compile", compiled)
    return found


def test_it_is_compiled_at_its_first_use_only(made: list[str]) -> None:
    pattern = regex(r"a(b+)", re.IGNORECASE)
    assert not made
    assert [m[1] for m in pattern.finditer("AB abb")] == ["B", "bb"]
    assert pattern.sub("-", "xab") == "x-"
    assert (pattern.pattern, pattern.groups) == (r"a(b+)", 1)
    assert made == [r"a(b+)"]


def test_a_fault_in_it_shows_at_its_first_use() -> None:
    with pytest.raises(re.error):
        regex("(").search("")


def test_what_no_pattern_has_is_refused() -> None:
    with pytest.raises(AttributeError):
        _ = regex("a").name  # type: ignore[attr-defined]


def test_all_are_compiled_where_no_first_use_may_cost(made: list[str]) -> None:
    used, unused = regex(r"c(d+)"), regex(r"e(f+)")
    assert used.search("cdd")
    made.clear()
    compile_all()
    assert r"e(f+)" in made and r"c(d+)" not in made
    made.clear()
    assert unused.sub("-", "xeff") == "x-"
    compile_all()
    assert not made


def test_a_grader_that_is_warm_compiles_no_more(made: list[str]) -> None:
    with Grader("math") as grader:
        grader.warm()
        unused = regex(r"g(h+)")
        made.clear()
        grader.warm()
        assert made == [r"g(h+)"] and unused.search("ghh")
