"""How outputs are compared: each mode, and what no mode may take for the same."""

from __future__ import annotations

import time
from typing import Any

import pytest

from verirs.code.compare import Comparison

JUDGE, LINES, TOKENS, NUMBERS, EXACT = (
    Comparison(mode=m) for m in ("judge", "lines", "tokens", "numbers", "exact")
)


@pytest.mark.parametrize(
    ("output", "expected", "same"),
    [
        ("1\n2\n", "1\n2", True),
        ("1 \n2\n\n", "1\n2\n", True),
        ("1\r\n2", "1\n2\n", True),
        ("1\n", "1\n2\n", False),
        ("1\n2\n3\n", "1\n2\n", False),
        ("\n1", "1", False),
        ("1 2", "1  2", False),
        ("", "", True),
        ("1\x0c\n2", "1\n2", True),
        ("1\x0b2", "1\n2", False),
        ("1\u00a0", "1", False),
        ("1.0", "1", False),
    ],
)
def test_lines(output: str, expected: str, same: bool) -> None:
    assert LINES.same(output.encode(), expected.encode())[0] is same


@pytest.mark.parametrize(
    ("output", "expected", "same"),
    [
        ("1  2 3", "1 2 3", True),
        ("\n1", "1", True),
        (" 1\n", "1", True),
        ("1\n\n2", "1\n2", False),
        ("1 2\n3", "1\n2 3", False),
        ("Yes", "YES", True),
        ("yes\nNO", "Yes\nNo", True),
        ("maybe", "Maybe", False),
        ("0.333333", "0.333333333333", True),
        ("0.33333", "0.333333333333", False),
        ("2.50000", "2.5", True),
        ("-0.0", "0.0", True),
        ("1e-07", "0.0000001", True),
        ("3.0000001", "3", True),
        ("3.00001", "3", False),
        ("1000000008", "1000000007", False),
        ("1000000008.0", "1000000007", False),
        ("1000000008", "1000000007.0", True),
        ("12345678901234567890.0", "12345678901234567891", False),
        ("007", "7", True),
        ("101", "0101", False),
        ("0101", "0101", True),
        ("0", "00", False),
        ("0.50", "0.5", True),
        ("+7", "7", True),
        ("-0", "0", True),
        ("-7", "7", False),
        ("1_000", "1000", False),
        ("٤٩", "49", False),
        ("nan", "nan", True),
        ("nan", "1.5", False),
        ("inf", "1e999", False),
        ("1e99999", "2e99999", False),
        ("49\u00a0", "49", False),
        ("49\x1c", "49", False),
        ("49\u2028", "49", False),
        ("48\r49", "49", False),
        ("", "0", False),
        ("0", "", False),
    ],
)
def test_as_judges_do(output: str, expected: str, same: bool) -> None:
    assert JUDGE.same(output.encode(), expected.encode())[0] is same


def test_tokens_and_numbers_ignore_the_layout() -> None:
    assert TOKENS.same(b"1 2\n3", b"1\n2 3")[0] and NUMBERS.same(b"1 2\n3.0", b"1\n2 3")[0]
    assert not TOKENS.same(b"1.0", b"1")[0] and not TOKENS.same(b"1 2", b"12")[0]
    assert EXACT.same(b"a b\n", b"a b")[0] and not EXACT.same(b"a  b", b"a b")[0]
    assert not EXACT.same(b"a\r\nb", b"a\nb")[0] and not EXACT.same(b"a b\r\n", b"a b")[0]


@pytest.mark.parametrize(
    ("given", "output", "expected", "same"),
    [
        ({"eps": 1e-3}, "1.0005", "1", True),
        ({"eps": 1e-3}, "100050", "100000", True),  # a stated tolerance holds for whole numbers
        ({"absolute": 1e-3}, "100050", "100000", False),
        ({"relative": 1e-3}, "0.0005", "0", False),
        (0.01, "3.14", "3.1415926", True),
        ("numbers", "3.14", "3.1415926", False),
        ({"mode": "tokens", "case": False}, "Alice", "ALICE", True),
        ("tokens", "Alice", "ALICE", False),
        ({"case": False}, "Alice", "ALICE", True),
        ({"mode": "lines", "case": True}, "yes", "YES", False),
        (None, "yes", "YES", True),
    ],
)
def test_what_a_problem_asks_for(given: Any, output: str, expected: str, same: bool) -> None:
    assert Comparison().with_(given).same(output.encode(), expected.encode())[0] is same


@pytest.mark.parametrize(
    "given",
    [
        "nearly",
        {"mode": "x"},
        {"eps": "1"},
        {"eps": -1},
        {"eps": True},
        {"tolerance": 1},
        {"case": 1},
        [1],
        True,
    ],
)
def test_what_cannot_be_asked_for(given: Any) -> None:
    with pytest.raises(ValueError, match="compare"):
        Comparison().with_(given)


def test_hostile_outputs_cost_no_more_than_they_are_long() -> None:
    begun = time.process_time()
    for output, expected in (
        (b"9" * (4 << 20), b"8" * (4 << 20)),
        (b"1e999 " * 100_000, b"1e998 " * 100_000),
        (b"1." + b"3" * (1 << 20), b"1.33"),
        (b" " * (4 << 20), b"1"),
        (b"\n" * (4 << 20), b"1"),
    ):
        assert not JUDGE.same(output, expected)[0] and not NUMBERS.same(output, expected)[0]
    assert time.process_time() - begun < 60
