"""Texts of an unusual length beside the others of their problem."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.select.toys import candidate, group, indices, passing
from verirs.errors import ConfigError
from verirs.select import First
from verirs.select.lengths import LEAST, unusual
from verirs.types import Group


def of_lengths(*lengths: int) -> Group:
    return passing(*(f"{i:04d}" + "x" * (n - 4) for i, n in enumerate(lengths)))


USUAL = (900, 1000, 1050, 1100, 1200)


@pytest.mark.parametrize(
    ("lengths", "odd"),
    [
        ((*USUAL, 4000), [5]),
        ((*USUAL, 250), [5]),
        ((*USUAL, 1900), []),  # not twice the median
        ((400, 700, 1000, 1500, 2600, 4000), []),  # they spread
        ((1000,) * 6 + (2100,), [6]),  # all alike: from twice the median on
        ((20, 24, 25, 26, 30, 90), []),  # a program of one line and one of three
        ((1000, 1000, 1000, 9000), []),  # too few to say
        ((9000,) * 3 + (1000,) * 3, []),  # two habits
    ],
)
def test_which_lengths_are_unusual(lengths: tuple[int, ...], odd: list[int]) -> None:
    assert sorted(unusual(lengths, 3.5)) == odd
    rejected = First(k=0, unusual_length=3.5).select(of_lengths(*lengths)).rejected
    assert [r.candidate.completion.index for r in rejected] == odd
    assert all(r.reason == "unusual length" for r in rejected)


def test_it_is_off_by_default_and_a_larger_bound_is_weaker() -> None:
    texts = of_lengths(*USUAL, 2300)
    assert not First(k=0).select(texts).rejected
    assert indices(First(k=0, unusual_length=3.5).select(texts).accepted) == [0, 1, 2, 3, 4]
    assert not First(k=0, unusual_length=9.0).select(texts).rejected
    with pytest.raises(ConfigError, match="unusual_length: must not be negative"):
        First(unusual_length=-1.0)


def test_only_eligible_texts_are_compared() -> None:
    long = [candidate(i, "y" * 4000 + str(i), "fail") for i in range(10, 20)]
    texts = group(*of_lengths(*USUAL, 4000).candidates, *long)
    chosen = First(k=0, unusual_length=3.5, max_pairs=9, pairs="random").select(texts)
    assert indices(chosen.accepted) == [0, 1, 2, 3, 4]
    assert all(pair.rejected.completion.index >= 10 for pair in chosen.pairs)


@given(st.lists(st.integers(0, 10_000), max_size=30), st.randoms(use_true_random=False))
def test_the_order_says_nothing_and_most_are_usual(lengths: list[int], rng: random.Random) -> None:
    found = unusual(lengths, 3.5)
    assert len(found) <= len(lengths) // 2 and (len(lengths) >= LEAST or not found)
    shuffled = lengths.copy()
    rng.shuffle(shuffled)
    assert sorted(shuffled[i] for i in unusual(shuffled, 3.5)) == sorted(lengths[i] for i in found)
