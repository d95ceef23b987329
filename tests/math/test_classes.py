"""Classes of equal answers: transitive, whatever the order, no answer no class."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from verirs.math import Conventions, classes, equivalent
from verirs.math import classes as classes_module  # noqa: F401
from verirs.math.comparing import compare

ANSWERS = [
    "1/2",
    "0.5",
    r"\frac12",
    "50\\%",
    "3",
    "3.0",
    "x+1",
    "1+x",
    "2, 3",
    "3, 2",
    "none",
    "None",
    "7 cm",
    "7",
]


def test_largest_class_first_and_keys() -> None:
    found = classes(["3", "1/2", "0.5", None, "", r"\frac12", "4"])
    assert found.labels == (1, 0, 0, None, None, 0, 2)
    assert found.sizes == (3, 1, 1)
    assert found.keys == ("0.5", "3", "4")


@given(st.lists(st.sampled_from(ANSWERS) | st.none(), max_size=12), st.randoms(use_true_random=False))
def test_order_makes_no_difference(answers: list[str | None], rng: random.Random) -> None:
    found = classes(answers)
    order = list(range(len(answers)))
    rng.shuffle(order)
    shuffled = classes([answers[i] for i in order])
    assert shuffled.keys == found.keys
    assert shuffled.sizes == found.sizes
    assert shuffled.labels == tuple(found.labels[i] for i in order)


def test_transitive_closure_joins_through_a_third_answer() -> None:
    assert not equivalent("50", "0.5").passed
    assert len(classes(["50", "0.5"]).keys) == 2
    assert len(classes(["50", "0.5", r"50\%"]).keys) == 1
    assert len(classes(["50", "0.5", r"50\%"], Conventions(percent="strict")).keys) == 2


def test_equal_pairs_are_never_apart() -> None:
    found = classes(ANSWERS)
    for i, one in enumerate(ANSWERS):
        for j, two in enumerate(ANSWERS):
            if equivalent(one, two).passed:
                assert found.labels[i] == found.labels[j]


WRITTEN = st.builds(
    "{}{}".format,
    st.sampled_from(["0", "1", "2", "3", "57", "100", "0.5", "0.01", "1.0", "57.29577951", "3.14159265"]),
    st.sampled_from(["", "\\%", "^\\circ", " cm", " m", " dollars", " radians"]),
)


@given(WRITTEN, WRITTEN)
def test_two_answers_are_one_class_exactly_when_they_are_equal(one: str, two: str) -> None:
    equal = equivalent(one, two).passed or equivalent(two, one).passed
    assert len(classes([one, two]).keys) == (1 if equal else 2)


def test_no_pair_is_compared_twice(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    seen: list[tuple[object, object]] = []
    original = compare.Comparison.equal

    def counted(self: compare.Comparison, g: object, a: object) -> bool:
        seen.append((g, a))
        return original(self, g, a)  # type: ignore[arg-type]

    monkeypatch.setattr(compare.Comparison, "equal", counted)
    classes(["x+1", "1+x", "y", "x+1", "x + 1", "y", "2y/2"] * 20)
    assert len(seen) == len(set(seen))
    assert len(seen) <= 4 * 3


def test_many_numbers_need_no_comparison(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(compare.Comparison, "equal", lambda *_: 1 / 0)
    found = classes([f"{n % 300}.0" if n % 2 else str(n % 300) for n in range(3_000)])
    assert len(found.keys) == 300
    assert sum(found.sizes) == 3_000


def test_unreadable_and_costly_answers_are_classes_of_their_own_text() -> None:
    found = classes(["9^{9^{9^{9}}}", "9^{9^{9^{9}}}", "5", "???", "???"])
    assert found.labels[0] == found.labels[1]
    assert found.labels[3] == found.labels[4]
    assert len(found.keys) == 3
