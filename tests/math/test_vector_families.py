"""Solutions of systems with free constants: one family of vectors, not one of each entry."""

from __future__ import annotations

import pytest

from verirs.math import equivalent

GOLD = (
    r"\mathbf{y}=c_{1}\left[\begin{array}{c}-1 \\ 1\end{array}\right] e^{2 t}"
    r"+c_{2}\left[\begin{array}{c}1 \\ 2\end{array}\right] e^{-t}"
)


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("c_", "k_", True),
        (r"-1 \\ 1", r"1 \\ -1", True),
        (r"-1 \\ 1", r"3 \\ -3", True),
        (r"-1 \\ 1", r"1 \\ 1", False),
        (r"-1 \\ 1", r"-1 \\ 2", False),
        (r"1 \\ 2", r"1 \\ 3", False),
        ("e^{2 t}", "e^{3 t}", False),
    ],
)
def test_a_vectors_constants_are_the_same_in_all_entries(old: str, new: str, right: bool) -> None:
    assert bool(equivalent(GOLD, GOLD.replace(old, new, 2 if old == "c_" else 1))) is right


def test_a_tuple_shares_them_too() -> None:
    assert equivalent("(C e^x, C e^{-x})", "(C e^x, C e^{-x})")
    assert not equivalent("(c_1 e^x, c_1 e^{-x})", "(c_1 e^x, 2 c_1 e^{-x})")
