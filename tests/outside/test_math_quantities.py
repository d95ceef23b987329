"""Cases of quantities and numbers from outside, judged; see :mod:`tests.outside.math_quantities`."""

from __future__ import annotations

import pytest

from tests.outside.math_cases import Case
from tests.outside.math_quantities import CASES
from tests.outside.test_math import verdict
from verirs.types import Verdict


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
