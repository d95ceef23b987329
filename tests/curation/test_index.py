"""Items of benchmarks in texts: found where they were re-typeset or wrapped, and not by chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.shared_data import rows
from verirs.curation.index import Benchmark, Hit, Index
from verirs.curation.known import load_shipped, shipped
from verirs.curation.words import key, words

ITEMS = (
    "A rope of $12$ metres is cut into \\left(\\dfrac{1}{3}\\right) and the rest. The shorter part costs 4 "
    "dollars a metre and the longer one 1,200 cents. How much do both parts cost together, in dollars?",
    "Compute $\\tan 15^\\circ$.",
    "What is the value of x?",
    "Given that $x^2 - 3x = 10$ find the sum of the roots.",
)
INDEX = Index([Benchmark.of("own", ITEMS)])


def found(text: str) -> Hit | None:
    return next(iter(INDEX.search([text])))


@pytest.mark.parametrize(
    "text",
    [
        ITEMS[0],
        ITEMS[0].upper(),
        ITEMS[0].replace("\\left", "").replace("\\right", "").replace("dfrac", "frac").replace("$", ""),
        ITEMS[0].replace("\\dfrac{1}{3}", "\\frac13").replace("1,200", "1200").replace(".", " ."),
        f"Answer as JSON.\n\nQuestion: {ITEMS[0]}\nThink first; 3 steps at most.",
        ITEMS[0].replace(" ", "\u00a0\u200b "),
    ],
)
def test_an_item_is_found_however_it_is_set(text: str) -> None:
    hit = found(text)
    assert hit is not None and (hit.name, hit.other_numbers) == ("own[0]", False)


def test_other_numbers_are_told_apart_from_a_part_that_is_missing() -> None:
    changed = found(ITEMS[0].replace("12", "15").replace("1,200", "900"))
    assert changed is not None and changed.other_numbers
    cut = found(ITEMS[0].partition(". ")[2])
    assert cut is not None and not cut.other_numbers


def test_a_short_item_must_stand_there_sign_by_sign() -> None:
    told = "Solve it, please.\n\nCompute $\\tan 15^{\\circ}$.\nBegin."
    hit = found(told)
    assert hit is not None and hit.item == 1
    for other in (
        "Compute $\\tan 15^\\circ + 1$.",
        "Compute $\\tan 150^\\circ$.",
        "Compute $\\tan -15^\\circ$.",
    ):
        assert found(other) is None, other
    assert found("what is the value of X ?") is not None
    assert (
        found("If 2x = 8 and y = 1, solve. What is the value of x? Explain.") is None
    )  # no number: by chance
    assert found("Given that x^2 - 3x = 10, find y.") is None  # of an item of a few words most must be there


def test_texts_without_words_have_none() -> None:
    assert list(INDEX.search(["", "?!", "\ud800", "$$"])) == [None] * 4
    assert list(Index([]).search(["a b c d e f"])) == [None]


def test_every_sign_counts_where_problems_are_equal() -> None:
    one = "Simplify $4 - (-1) \\cdot x^2$."
    assert key(one) == key(" simplify  4-\\left(-1\\right)\\cdot\\, x^{2} ?")
    for other in (one.replace("4 -", "4 +"), one.replace("(-1)", "(1)"), one.replace("x^2", "x2"),
                  one.replace("x^2", "x²").replace("4", "14"), one.replace("4 -", "4 1 -")):  # fmt: skip
        assert key(other) != key(one), other
    assert key("x² − 1") == key("x^2 - 1") != key("x2 - 1")
    assert key("1 2/3") != key("12/3")


def test_words_of_scripts_without_spaces() -> None:
    assert words("求 3 的平方") == ["求", "3", "的", "平", "方"]


def test_hashes_are_the_same_on_every_machine_and_hold_no_text(tmp_path: Path) -> None:
    made = Benchmark.of("own", ITEMS)
    made.save(tmp_path / "a.npz")
    Benchmark.of("own", ITEMS).save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert b"rope" not in (tmp_path / "a.npz").read_bytes()
    hit = next(iter(Index([Benchmark.load(tmp_path / "a.npz", "own")]).search([ITEMS[0]])))
    assert hit is not None and hit.share == 1.0
    assert [f"{run:08x}" for run in sorted(made.runs.tolist())[:2]] == ["07784eb9", "0bf97fa0"]


def prompts(name: str) -> list[str]:
    told: list[Any] = [row["prompt"] for row in rows(f"data/problems/{name}.jsonl.gz")]
    return [p if isinstance(p, str) else p[-1]["content"] for p in told]


def test_the_shipped_hashes_are_those_of_the_benchmarks() -> None:
    assert {"gsm8k:test", "math500", "aime24", "amc23", "humaneval", "mbpp:test"} <= set(shipped())
    index = Index([load_shipped(name) for name in ("amc23", "aime24", "math500")])
    hits = [hit for hit in index.search(prompts("amc23")) if hit is not None]
    assert [hit.name for hit in hits] == [f"amc23[{n}]" for n in range(40)]


def test_amc_2023_stands_in_gaokao_2023() -> None:
    hits = [h for h in Index([load_shipped("amc23")]).search(prompts("gaokao2023en")) if h is not None]
    assert len({h.item for h in hits}) == 33 and sum(h.share >= 0.5 for h in hits) == 27


def test_what_is_clean_is_called_so() -> None:
    index = Index([load_shipped(name) for name in shipped() if name != "gaokao2023en"])
    assert not [h for h in index.search(prompts("college_math")[:1000]) if h is not None]


def test_problems_that_are_in_no_benchmark() -> None:
    index = Index([load_shipped(name) for name in shipped()])
    asked = "A box holds {} red and {} blue balls of glass. How many balls are there in that box?"
    own = [asked.format(n, n + 2) for n in range(9)]
    assert list(index.search(own)) == [None] * 9
