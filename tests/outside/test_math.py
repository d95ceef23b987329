"""Cases of math answers from outside, judged; see :mod:`tests.outside.math_cases`,
:mod:`tests.outside.math_trackers`, :mod:`tests.outside.math_conventions`,
:mod:`tests.outside.math_taxonomy`, :mod:`tests.outside.math_trades`, :mod:`tests.outside.math_parsers`,
:mod:`tests.outside.math_readers` and :mod:`tests.outside.math_sources`."""

from __future__ import annotations

import pytest

from tests.outside.math_cases import CASES as FIRST
from tests.outside.math_cases import Case
from tests.outside.math_conventions import CASES as CONVENTIONS
from tests.outside.math_parsers import CASES as PARSERS
from tests.outside.math_readers import CASES as READERS
from tests.outside.math_sources import CASES as SOURCES
from tests.outside.math_taxonomy import CASES as TAXONOMY
from tests.outside.math_trackers import CASES as TRACKERS
from tests.outside.math_trades import CASES as TRADES
from verirs import grade
from verirs.math import equivalent
from verirs.types import Verdict

CASES = [*FIRST, *TRACKERS, *CONVENTIONS, *TAXONOMY, *TRADES, *PARSERS, *READERS, *SOURCES]


def verdict(case: Case) -> Verdict:
    if case.whole:
        return grade("math", answer=case.gold, text=case.given).verdict
    return equivalent(case.gold, case.given).verdict


def test_they_are_many_and_all_different() -> None:
    assert len({(c.gold, c.given) for c in CASES}) == len(CASES) >= 100


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            c,
            id=f"{c.gold} | {c.given[:40]}",
            marks=[pytest.mark.xfail(strict=True, reason=f"known: {c.seen}")] if c.known else [],
        )
        for c in CASES
    ],
)
def test_the_verdict_is_a_careful_readers(case: Case) -> None:
    assert verdict(case) is (Verdict.PASS if case.passes else Verdict.FAIL), case.seen
