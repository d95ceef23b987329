"""Problems that stand there twice."""

from __future__ import annotations

from tests.shared_data import rows
from verirs.curation.curator import same_gold
from verirs.curation.twins import Twin, twins
from verirs.curation.words import bare
from verirs.types import Problem

LONG = "A man has {} sheep and {} goats. He sells {} sheep and buys {} goats. How many animals has he {}?"


def found(*problems: tuple[str, str, str | None]) -> dict[str, Twin]:
    return twins([Problem(id=i, prompt=p, answer=a) for i, p, a in problems], same_gold)


def test_layout_alone_makes_no_other_problem() -> None:
    told = found(
        ("a", "Solve $x - 1 = 2$.", "3"), ("b", "solve  x-1 = 2", "3.0"), ("c", "Solve x + 1 = 2.", "1")
    )
    assert told == {"b": Twin(duplicate_of="a"), "c": Twin(variant_of="a")}


def test_signs_survive() -> None:
    one = "Evaluate $4 - (-1)$."
    for other in (
        "Evaluate $4 - (1)$.",
        "Evaluate $4 + (-1)$.",
        "Evaluate $4 - (-1)^2$.",
        "Evaluate $-4 - (-1)$.",
    ):
        told = found(("a", one, "5"), ("b", other, "5")).get("b", Twin())
        assert not told.duplicate_of and not told.similar_to, other
    assert found(("a", one, "5"), ("b", "Evaluate $4 − (−1)$", "5"))["b"].duplicate_of == "a"


def test_unequal_golds_take_the_whole_group_along() -> None:
    told = found(
        ("a", "1 + 1 = ?", "2"), ("b", "1+1=?", "3"), ("c", "1 + 1 =?", "2"), ("d", "2 + 2 = ?", "4")
    )
    assert {name for name, twin in told.items() if twin.conflict} == {"a", "b", "c"}
    told = found(("a", "half of 1?", "1/2"), ("b", "Half of 1?", "0.5"), ("c", "half of 1", None))
    assert not any(twin.conflict for twin in told.values()) and set(told) == {"b", "c"}
    assert found(("a", "half of 1?", None), ("b", "Half of 1?", "0.5"), ("c", "half of 1", "2"))["a"].conflict


def test_near_ones_have_the_same_numbers_and_signs() -> None:
    told = found(
        ("a", LONG.format(12, 7, 3, 4, "now"), "20"),
        ("b", LONG.format(12, 7, 3, 4, "in all"), "20"),
        ("c", LONG.format(15, 9, 3, 4, "now"), "25"),
        ("d", "How many legs do 12 sheep and 7 goats have when 3 of the goats have gone and 4 came?", "80"),
    )
    assert told == {"b": Twin(similar_to="a"), "c": Twin(variant_of="a")}


def test_choices_and_functions_are_part_of_the_question() -> None:
    a, b = ({"choices": ["1", "2"]}, {"choices": ["3", "4"]})
    told = twins(
        [Problem(id="a", prompt="Which?", meta=a), Problem(id="b", prompt="Which?", meta=b)], same_gold
    )
    assert not told.get("b", Twin()).duplicate_of


def test_college_math() -> None:
    read = [
        Problem(id=row["id"], prompt=row["prompt"], answer=row["gold"])
        for row in rows("data/problems/college_math.jsonl.gz")
    ]
    told = twins(read, same_gold)
    assert sum(bool(twin.duplicate_of) for twin in told.values()) == 38
    apart = {twin.duplicate_of or name for name, twin in told.items() if twin.conflict}
    assert len(apart) == 20


def test_long_runs_of_blanks_and_stops_take_no_time() -> None:
    for text in (" " * 200_000 + "x", "." * 200_000 + "x", "\n" * 200_000 + "x", "? " * 100_000 + "x"):
        bare(text)  # the suite's time limit is the check: nothing quadratic
    assert bare("So what is it? .\u3000\n") == bare("so what is it")
