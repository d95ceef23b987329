"""Classes of equal answers: every two of a class are equal, whatever the order; no answer, no class."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from verirs.math import Conventions, classes, equivalent
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


def keys(*answers: str, **changes: object) -> set[frozenset[str]]:
    """The classes as sets of answers."""
    found = classes(answers, Conventions(**changes))  # type: ignore[arg-type]
    return {
        frozenset(a for a, n in zip(answers, found.labels, strict=True) if n == label)
        for label in range(len(found.keys))
    }


def sets(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group.split(" | ")) for group in groups}


def test_a_convention_chains_nothing() -> None:
    assert keys("50", "0.5", "50%") == sets("50", "0.5 | 50%")
    assert keys("50", "50%") == sets("50 | 50%")
    assert keys("5 cm", "5", "5 feet") == sets("5 | 5 cm", "5 feet")
    assert keys("5 feet", "5", "5 feet", "5 cm") == sets("5 | 5 feet", "5 cm")
    assert keys("x=5", "5", "y=5", "y=5") == sets("5 | y=5", "x=5")
    assert keys("5 million", "5", "5 billion", "5000000") == sets("5", "5 million | 5000000", "5 billion")
    assert keys("50", "50%", percent="strict") == sets("50", "50%")


TEXTS = [
    *(
        "50",
        "0.5",
        "50%",
        "50\\%",
        "1/2",
        "5 cm",
        "5",
        "5 feet",
        "0.05 m",
        "x=5",
        "y=5",
        "385_9",
        "385",
        "(1,2)",
        "1,2",
        "2,1",
    ),
    *(
        "0.3333333333",
        "1/3",
        "0.33333333333333",
        "90^\\circ",
        "90",
        "\\frac{\\pi}{2}",
        "5 dollars",
        "500 cents",
        "{1,2}",
    ),
    *(
        r"\begin{pmatrix}1\\2\end{pmatrix}",
        r"\begin{pmatrix}1&2\end{pmatrix}",
        "5%",
        "0.050",
        "5.0",
        "about 5",
        "5 apples",
    ),
]
CHOSEN = st.builds(
    Conventions,
    percent=st.sampled_from(["lenient", "strict"]),
    units=st.sampled_from(["optional", "required"]),
    digits=st.sampled_from([0, 6, 10]),
    gold_rounding=st.booleans(),
    tolerance=st.sampled_from([None, 0.01, "gold"]),
    order=st.sampled_from(["free", "fixed"]),
    vectors=st.booleans(),
    base=st.sampled_from(["optional", "required"]),
    names=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=7), CHOSEN, st.randoms(use_true_random=False))
def test_every_two_answers_of_a_class_are_equal(
    answers: list[str], conventions: Conventions, rng: random.Random
) -> None:
    found = classes(answers, conventions)
    for (one, n), (two, m) in combinations(zip(answers, found.labels, strict=True), 2):
        if n == m:
            assert equivalent(one, two, conventions).passed or equivalent(two, one, conventions).passed, (
                one,
                two,
            )
    order = list(range(len(answers)))
    rng.shuffle(order)
    shuffled = classes([answers[i] for i in order], conventions)
    assert (shuffled.keys, shuffled.sizes) == (found.keys, found.sizes)
    assert shuffled.labels == tuple(found.labels[i] for i in order)


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
