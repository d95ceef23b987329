"""Solutions of one method, as public pipelines tell methods apart; clear votes; close fails."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.select.toys import candidate, group, indices, passing
from verirs.errors import ConfigError
from verirs.select import First, Majority, Methods, Random
from verirs.select.distance import distance
from verirs.select.signatures import equations, shape
from verirs.types import Group, Problem

CASES = [
    # github.com/OFA-Sys/gsm8k-ScRel: what stands in << >> alone counts, without spaces
    ("She sold 48/2 = <<48/2 = 24>>24 in May, so 24+48 = <<24+48=72>>72.", ("48/2=24", "24+48=72")),
    # github.com/openai/grade-school-math: dollar signs and thousands
    ("It is <<$1,200*3=3,600>> in all", ("1200*3=3600",)),
    # answers of chat models without calculator marks
    ("Janet eats 16 - 3 - 4 = 9 eggs a day.\nShe makes 9 * 2 = $18.", ("16-3-4=9", "9*2=18")),
    ("5 apples * 3 days = 15 apples", ("5*3=15",)),
    ("In 2 days he runs 5 × 3 = 15 miles", ("5*3=15",)),
    ("5 x 3 = 15 and 2x3 = 6", ("5*3=15", "2*3=6")),
    (r"\[ \frac{48}{2} = 24 \] then $24 + 48 = 72$", ("48/2=24", "24+48=72")),
    (r"$3 \times 4 \text{ boxes} = 12$", ("3*4=12",)),
    ("so 2 + 3 = 5 = 10 / 2", ("2+3=5",)),
    ("cost is $0.50 * 10 = $5.00", (".5*10=5",)),
    ("2x + 3 = 7, so x = 2", ("2x+3=7", "x=2")),
    ("3 − 5 = -2", ("3-5=-2",)),
    # no equation: no signature
    ("The answer is 5.", ()),
    ("the total = 12", ()),
    ("12 = 12", ()),
    ("", ()),
    ("a = b is an assumption", ()),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_the_equations_of_a_text(text: str, wanted: tuple[str, ...]) -> None:
    assert equations(text) == wanted


PROGRAM = "```python\ndef f(a, b):\n    '''Adds.'''\n    c = a + b\n    return c\n```"
SAME = "def f(x: int, y: int) -> int:\n    total = x + y  # the sum\n    return total"


def test_the_shape_of_a_program_has_no_names_of_its_own() -> None:
    assert shape(PROGRAM, "f") == shape(SAME, "f") != ""
    assert shape(SAME, "f") != shape(SAME.replace("x + y", "y + x"), "f")
    assert shape("def f(a):\n    return a + 1", "f") != shape("def f(a):\n    return a + 2", "f")
    assert shape("def f(a):\n    return max(a)", "f") != shape("def f(a):\n    return min(a)", "f")
    assert shape("def f(:\n", "f") == "" and shape("The answer is 5.", "f") == ""


def slow(one: list[str], other: list[str]) -> int:
    row = list(range(len(other) + 1))
    for at, word in enumerate(one, 1):
        new = [at]
        for j, there in enumerate(other, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (word != there)))
        row = new
    return row[-1]


@given(st.lists(st.sampled_from("abc"), max_size=80), st.lists(st.sampled_from("abcd"), max_size=80))
def test_the_distance_is_the_edit_distance(one: list[str], other: list[str]) -> None:
    assert distance(one, other) == slow(one, other)


def test_one_candidate_a_method() -> None:
    toy = passing("2*3=6", "so 2 * 3 = 6 in all", "3+3=6", "six", "six", "it is 3 + 3 = 6")
    chosen = Methods(k=0, dedup=False).select(toy)
    assert len(chosen.accepted) == 3
    reasons = [r.reason for r in chosen.rejected]
    assert reasons.count("same method") == 2 and reasons.count("near-duplicate") == 1


def test_of_one_method_the_farthest_from_the_others_is_kept() -> None:
    """collect_rejection_sampling.py: the greater sum of edit distances to the other methods' texts wins."""
    toy = passing("we do 2*3=6 now", "we do 3+3=6 now", "at first nobody knew, then somebody said 2*3=6")
    assert indices(Methods().select(toy).accepted) == [1, 2]
    near = passing("at first nobody knew, then somebody said 2*3=6", "we do 3+3=6 now", "we do 2*3=6 now")
    assert indices(Methods().select(near).accepted) == [0, 1]


def test_with_a_cap_the_most_different_go_first() -> None:
    toy = passing(
        "we add 1+5=6 and so on",
        "we add 2+4=6 and so on",
        "or one may think of dice: 3*2=6",
        "we add 0+6=6 and so on",
    )
    assert indices(Methods(k=2).select(toy).accepted) == [0, 2]
    assert {r.reason for r in Methods(k=2).select(toy).rejected} == {"over the cap"}


def test_problems_with_tests_are_told_apart_by_program() -> None:
    base = passing(PROGRAM, SAME, "def f(a, b):\n    return sum((a, b))")
    toy = Group(problem=Problem(id="p", prompt="?", tests="assert f(1, 2) == 3", entry_point="f"),
                candidates=base.candidates)  # fmt: skip
    assert len(Methods().select(toy).accepted) == 2
    assert len(Methods(signature="equations", k=0).select(toy).accepted) == 3
    with pytest.raises(ConfigError, match="did you mean program"):
        Methods(signature="programs")  # type: ignore[arg-type]


def test_random_is_no_favour_to_early_samples() -> None:
    rng = random.Random(0)
    firsts = set()
    for problem in range(40):
        toy = group(*(candidate(i, f"t{i}") for i in range(8)), problem_id=f"p{problem}")
        taken = indices(Random(k=2).select(toy).accepted)
        assert len(taken) == len(First(k=2).select(toy).accepted) == 2
        shuffled = list(toy.candidates)
        rng.shuffle(shuffled)
        assert set(taken) == set(
            indices(Random(k=2).select(group(*shuffled, problem_id=f"p{problem}")).accepted)
        )
        firsts.add(taken[0])
    assert len(firsts) > 4


def test_a_vote_must_be_clear_enough() -> None:
    """NVIDIA-NeMo/Skills aggregates answers with a least share and a least number of votes."""
    votes = [candidate(i, f"t{i}", "abstain", answer=a) for i, a in enumerate(["4", "4", "4", "5", None])]
    toy = group(*votes)
    assert indices(Majority(unverified=True).select(toy).accepted) == [0, 1, 2]
    assert indices(Majority(unverified=True, share=0.75, least=4).select(toy).accepted) == [0, 1, 2]
    for strict in (Majority(unverified=True, share=0.76), Majority(unverified=True, least=5)):
        chosen = strict.select(toy)
        assert not chosen.accepted and {r.reason for r in chosen.rejected} == {"too few votes"}
    with pytest.raises(ConfigError, match="between 0 and 1"):
        Majority(share=60)


def test_the_closest_fail_is_the_pair() -> None:
    toy = group(
        candidate(0, "we add 2 and 3 and get 5"),
        candidate(1, "no idea at all, sorry", "fail"),
        candidate(2, "we add 2 and 3 and get 6", "fail"),
    )
    (pair,) = First(pairs="closest").select(toy).pairs
    assert (pair.chosen.completion.index, pair.rejected.completion.index) == (0, 2)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("try:\n    f()\nexcept E as e:\n    print(e)", "try:\n    f()\nexcept E as x:\n    print(x)", True),
        ("try:\n    f()\nexcept E:\n    pass", "try:\n    f()\nexcept E as x:\n    pass", False),
        (
            "def f(a: int) -> int:\n    b: int = a\n    return b",
            "def f(x):\n    y: float = x\n    return y",
            True,
        ),
        (
            "def f(a, n=1):\n    return a * n\nprint(f(2, n=3))",
            "def g(x, y=1):\n    return x * y\nprint(g(2, y=3))",
            True,
        ),
        (
            "key = reverse = len\nprint(sorted(a, key=key))",
            "key = reverse = len\nprint(sorted(a, reverse=key))",
            False,
        ),
    ],
)
def test_names_of_exceptions_and_types_are_no_method(one: str, other: str, same: bool) -> None:
    assert shape(one) and (shape(one) == shape(other)) is same


def test_a_program_nested_without_end_has_no_shape() -> None:
    assert shape("x = " + "-" * 5_000 + "1") == ""
