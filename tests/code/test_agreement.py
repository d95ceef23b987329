# ruff: noqa: E501
"""Agreement without hidden tests."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import rows
from verirs.code.agreement import clusters, dual_agreement, pick_at_k
from verirs.code.inputs import known_calls, model_tests, near
from verirs.code.observe import Seen, behaviour, canonical, passes
from verirs.sandbox import Call, Limits, Sandbox
from verirs.scorers.agreement import AgreementScorer
from verirs.types import Completion, Problem, Verdict


def test_dual_agreement_by_hand() -> None:
    passed = [[True, True, False], [True, True, False], [False, False, True], [False, False, False]]
    assert dual_agreement(passed) == [math.sqrt(2) * 2, math.sqrt(2) * 2, 1.0, 0.0]
    assert dual_agreement(passed, [1.0, 1.0, 9.0])[2] == 9.0
    assert dual_agreement([]) == [] and dual_agreement([[], []]) == [0.0, 0.0]


def test_pick_at_k_by_hand() -> None:
    scores, right = [3.0, 3.0, 1.0, 0.0], [True, False, True, True]
    assert pick_at_k(scores, right, 1) == 0.5
    assert pick_at_k(scores, right, 2) == 1.0
    assert pick_at_k([2.0, 1.0], [False, False], 5) == 0.0
    assert pick_at_k([0.0, 0.0, 0.0, 0.0], [True, False, False, False], 2) == pytest.approx(0.5)


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.5]), st.booleans()), min_size=1), st.integers(1, 12))
def test_more_picks_never_hurt(pairs: list[tuple[float, bool]], k: int) -> None:
    scores, right = [p[0] for p in pairs], [p[1] for p in pairs]
    assert -1e-9 <= pick_at_k(scores, right, k) <= pick_at_k(scores, right, k + 1) + 1e-9 <= 1 + 2e-9


def test_recorded_tests_give_the_recorded_figures() -> None:
    """CodeGen-16B's own tests over its 16,400 HumanEval programs; the paper: 36.7, 44.7, 59.3."""
    weights = {
        r["problem_id"]: r["count"]
        for r in rows("data/candidates/humaneval_codegen16b_unique_tests.jsonl.gz")
    }
    passed: dict[str, dict[int, list[bool]]] = defaultdict(dict)
    right: dict[str, dict[int, bool]] = defaultdict(dict)
    for row in rows("data/candidates/humaneval_codegen16b_test_matrix.jsonl.gz"):
        bits = row["passed"] or "0" * len(weights.get(row["problem_id"], []))
        passed[row["problem_id"]][row["sample_index"]] = [bit == "1" for bit in bits]
    for row in rows("data/candidates/humaneval_codegen16b_n100.jsonl.gz"):
        right[row["problem_id"]][row["sample_index"]] = row["label"]

    def at(k: int) -> float:
        chances = [
            pick_at_k(dual_agreement(list(p.values()), weights.get(name)), [right[name][i] for i in p], k)
            for name, p in passed.items()
        ]
        return round(100 * sum(chances) / len(chances), 2)

    assert [at(1), at(2), at(10)] == [37.24, 45.16, 60.02]


def test_clusters_by_hand() -> None:
    seen = [["1", "a", "x"], ["1", "a", "y"], ["1", "b", "z"], ["2", "b", "!E"]]
    values = [[True] * 3, [True] * 3, [True] * 3, [True, True, False]]
    found = clusters(seen, values)
    assert found.used == (0,)  # only there do more than half agree on a value
    assert found.sizes == (3, 1) and found.of == (0, 0, 0, 1)
    assert found.differs == (None, None, None, 0)
    assert found.share(0) == 0.75


def test_inputs_on_which_most_raise_do_not_count() -> None:
    found = clusters([["!E"], ["!E"], ["1"]], [[False], [False], [True]])
    assert found.used == () and found.sizes == (3,)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1, 1.0, True), (True, 1, True), (0.1 + 0.2, 0.3, True), ([1], (1,), False), ("1", 1, False),
        ({1: 2, 3: 4}, {3: 4, 1: 2}, True), ({2, 1}, {1, 2}, True), (10**20, 10**20 + 1, False), (None, "None", False),
        ([[1.0]], [[1]], True), (float("nan"), float("nan"), True), (-0.0, 0, True), ([1, 2], [1, 2, 2], False),
        (Decimal("1.5"), Decimal("1.5"), True),
    ],
)  # fmt: skip
def test_canonical_texts(a: Any, b: Any, same: bool) -> None:
    assert (canonical(a) == canonical(b)) is same


def test_canonical_texts_of_huge_values_are_short() -> None:
    for value in (
        [0] * 10_000,
        "x" * 10_000,
        1 << 10_000_000,
        Fraction(1, (1 << 100_000) + 1),
        range(1 << 100_000),
    ):
        assert len(canonical(value)) <= 80


def test_model_tests_are_cut_to_size() -> None:
    texts = ["assert f(1) == 2", "assert \tf([1], 'a') == [2]", "f(1)", "assert f(", "assert f(__import__('os')) == 1",
             "assert f(10**10**10) == 1", "assert f(1) == " + "[" * 100 + "]" * 100, "assert f(1) == '" + "x" * 5000 + "'",
             "assert f(1) == 2\nassert f(2) == 3", "import os\nos.system('x')", "assert g(1) == 2"]  # fmt: skip
    assert [case is not None for case in model_tests(texts, "f")] == [True, True] + [False] * 9


def test_known_calls_come_from_examples_in_the_prompt() -> None:
    problem = Problem(prompt="Twice.\n>>> f(2)\n4\n>>> f([1, 'a'])\n>>> import os\n", entry_point="f")
    assert [c.args for c in known_calls(problem)] == [(2,), ([1, "a"],)]


def test_generated_inputs_are_many_different_typed_and_the_same_each_time() -> None:
    calls = [Call(args=([1, 2, 3], "ab", True)), Call(args=([4], "b", False))]
    found = near(calls, 40, "id")
    assert found == near(calls, 40, "id") and found != near(calls, 40, "other")
    assert len({repr(c.args) for c in found}) == 40 and found[:2] == calls
    for call in found:
        numbers, text, flag = call.args
        assert type(numbers) is list and type(text) is str and type(flag) is bool
        assert all(type(n) is int and 0 <= n <= 10 for n in numbers)
    assert calls[0].args == ([1, 2, 3], "ab", True)  # nothing was changed in place
    assert near([], 5, "id") == [] and len(near([Call()], 5, "id")) == 1


def test_what_programs_do(sandbox: Sandbox) -> None:
    code = (
        "import os\ndef f(x):\n    if x == 3: os._exit(1)\n    if x == 4: raise KeyError(x)\n    return x / 2"
    )
    calls = [Call(args=(x,)) for x in (2, 3, 4, 5)]
    assert behaviour(code, "f", calls, sandbox, Limits(cpu_s=2)) == [
        Seen("1", True), Seen("!exception", False), Seen("!KeyError", False), Seen("2.5", True)
    ]  # fmt: skip
    cases = [c for c in model_tests(["assert f(2) == 1", "assert f(3) == 1", "assert f(5) == 2"], "f") if c]
    assert passes(code, "f", cases, sandbox, Limits(cpu_s=2)) == [True, False, False]
    broken = behaviour("def f(", "f", calls, sandbox, Limits(cpu_s=2))
    assert [s.is_value for s in broken] == [False] * 4


PROBLEM = Problem(id="sort", prompt="Sort.\n>>> f([3, 1, 2])\n[1, 2, 3]\n>>> f([5, 5])\n", entry_point="f")
RIGHT = [
    "def f(x): return sorted(x)",
    "def f(x):\n    y = list(x)\n    y.sort()\n    return y",
    "def f(x): return sorted(list(x))",
]
WEAK = "def f(x): return sorted(set(x)) if len(x) > 2 else list(x)"


def test_the_scorer_ranks_by_clusters_and_flags(sandbox: Sandbox) -> None:
    scorer = AgreementScorer(sandbox=sandbox, inputs=30)
    texts = [*RIGHT, WEAK, "I have no idea about that."]
    scores = scorer.score([(PROBLEM, Completion(index=i, text=t)) for i, t in enumerate(texts)])
    assert scorer.ranks and all(s.verdict is Verdict.ABSTAIN for s in scores)
    assert [s.value for s in scores] == [0.75, 0.75, 0.75, 0.25, None]
    assert "differs" not in scores[0].details
    assert scores[3].details["differs"]["output"] != scores[3].details["differs"]["majority"]


def test_problems_are_not_mixed(sandbox: Sandbox) -> None:
    other = Problem(id=PROBLEM.id, prompt="Twice.\n>>> f([1])\n", entry_point="f")
    items = [(PROBLEM, RIGHT[0]), (other, "def f(x): return x * 2"), (PROBLEM, RIGHT[1])]
    scores = AgreementScorer(sandbox=sandbox).score([(p, Completion(text=t)) for p, t in items])
    assert [s.value for s in scores] == [1.0, 1.0, 1.0]


def test_the_scorer_uses_tests_that_a_model_wrote(sandbox: Sandbox) -> None:
    tests = [
        "assert f([2, 1]) == [1, 2]",
        "assert f([2, 1]) == [1, 2]",
        "assert f([2, 2, 1]) == [1, 2, 2]",
        "nonsense",
    ]
    problem = Problem(id="t", prompt="Sort.", entry_point="f", meta={"generated_tests": tests})
    scores = AgreementScorer(sandbox=sandbox).score(
        [(problem, Completion(text=t)) for t in [*RIGHT[:2], WEAK]]
    )
    assert [s.value for s in scores] == pytest.approx([math.sqrt(2) * 3, math.sqrt(2) * 3, 0.0])


def test_nothing_to_start_from_is_no_value(sandbox: Sandbox) -> None:
    scores = AgreementScorer(sandbox=sandbox).score(
        [(Problem(prompt="?", entry_point="f"), Completion(text=RIGHT[0]))]
    )
    assert scores[0].value is None and "no example" in scores[0].reason
