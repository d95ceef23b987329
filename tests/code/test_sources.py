# ruff: noqa: E501
"""HumanEval and MBPP from local files, in their own forms and in ours."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.shared_data import shared
from verirs.code.plan import Mode, plan_tests
from verirs.errors import SourceError
from verirs.protocols import Source
from verirs.sandbox import Sandbox
from verirs.scorers.code import CodeScorer
from verirs.sources.humaneval import HumanEvalSource
from verirs.sources.mbpp import MbppSource, called
from verirs.types import Completion, Problem

HUMANEVAL = {
    "task_id": "HumanEval/900",
    "prompt": 'def twice(x: int) -> int:\n    """Twice x."""\n',
    "canonical_solution": "    return 2 * x\n",
    "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n",
    "entry_point": "twice",
}
OURS = {
    "id": "humaneval/901",
    "prompt": HUMANEVAL["prompt"],
    "tests": HUMANEVAL["test"] + "\ncheck(twice)\n",
    "entry_point": "twice",
    "reference": HUMANEVAL["prompt"] + HUMANEVAL["canonical_solution"],
    "source": "somewhere",
}
MBPP = {
    "task_id": 12,
    "text": "Write a function to add.",
    "code": "def add(a, b):\r\n    return a + b",
    "test_list": ["assert add(1, 2) == 3", "assert add(2, 2) == 4"],
    "test_setup_code": "",
    "challenge_test_list": [],
}
MBPP_PLUS = {
    "task_id": 13,
    "prompt": "Write a function to add.",
    "code": MBPP["code"],
    "test_imports": ["import math"],
    "test_list": MBPP["test_list"],
    "test": "import numpy as np\nfor i in range(3):\n    assert add(i, 1) == i + 1\n",
}


def write(path: Path, *rows: dict[str, Any]) -> str:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return str(path)


def all_pass(problems: list[Problem], sandbox: Sandbox) -> dict[str, str]:
    """The problems whose reference solution does not pass."""
    items = [(p, Completion(text=p.meta["solution"])) for p in problems]
    scores = CodeScorer(sandbox=sandbox).score(items)
    return {p.id: s.reason for p, s in zip(problems, scores, strict=True) if not s.passed}


def test_humaneval_in_both_forms(tmp_path: Path, sandbox: Sandbox) -> None:
    source = HumanEvalSource(path=write(tmp_path / "h.jsonl.gz", HUMANEVAL, OURS))
    assert isinstance(source, Source)
    first, second = problems = list(source.problems())
    assert (first.id, second.id) == ("humaneval/900", "humaneval/901")
    assert first.prompt[0]["content"] == first.meta["code_prompt"] == HUMANEVAL["prompt"]
    assert first.meta["solution"] == second.meta["solution"] and second.source == "somewhere"
    assert [plan_tests(p).mode for p in problems] == [Mode.LITERAL] * 2
    assert all_pass(problems, sandbox) == {}


def test_mbpp_in_its_own_form(tmp_path: Path, sandbox: Sandbox) -> None:
    (problem,) = MbppSource(path=write(tmp_path / "m.jsonl", MBPP)).problems()
    assert (problem.id, problem.split, problem.entry_point) == ("mbpp/12", "test", "add")
    assert (
        "Write a function to add." in problem.prompt[0]["content"]
        and "add(1, 2) == 3" in problem.prompt[0]["content"]
    )
    assert all_pass([problem], sandbox) == {}


def test_mbpp_plus_uses_its_larger_tests(tmp_path: Path) -> None:
    (problem,) = MbppSource(path=write(tmp_path / "m.jsonl", MBPP_PLUS), plus=True).problems()
    assert "range(3)" in str(problem.tests) and "range(3)" not in problem.prompt[0]["content"]


def test_mbpp_setup_code_runs_before_the_tests(tmp_path: Path, sandbox: Sandbox) -> None:
    row = MBPP | {"test_setup_code": "base = 5", "test_list": ["assert add(base, 1) == 6"]}
    (problem,) = MbppSource(path=write(tmp_path / "m.jsonl", row)).problems()
    assert all_pass([problem], sandbox) == {}


def test_mbpp_splits_by_task_number(tmp_path: Path) -> None:
    path = write(tmp_path / "m.jsonl", *(MBPP | {"task_id": n} for n in (1, 10, 11, 510, 511, 600, 601, 974)))
    ids = {
        split: [p.id for p in MbppSource(path=path, split=split).problems()]
        for split in ("prompt", "test", "validation", "train")
    }
    assert ids == {
        "prompt": ["mbpp/1", "mbpp/10"],
        "test": ["mbpp/11", "mbpp/510"],
        "validation": ["mbpp/511", "mbpp/600"],
        "train": ["mbpp/601", "mbpp/974"],
    }
    assert len(list(MbppSource(path=path, split="all").problems())) == 8


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("assert add(1) == 2", "add"), ("assert set(f(1)) == set((2,))", "f"), ("assert math.isclose(g(1), 2)", "g"),
        ("assert (not h(1))", "h"), ("assert True", ""),
    ],
)  # fmt: skip
def test_which_function_the_tests_call(test: str, name: str) -> None:
    assert called(test) == name


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (HUMANEVAL | {"entry_point": "thrice"}, "does not define the entry point 'thrice'"),
        ({k: v for k, v in HUMANEVAL.items() if k != "test"}, "no tests column"),
        (HUMANEVAL | {"prompt": 5}, "must be a text"),
        ({k: v for k, v in HUMANEVAL.items() if k != "task_id"}, "no id column"),
    ],
)
def test_broken_humaneval_rows_are_named_by_line(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    path = write(tmp_path / "h.jsonl", HUMANEVAL, row)
    with pytest.raises(SourceError, match=said) as error:
        list(HumanEvalSource(path=path).problems())
    assert "h.jsonl:2" in str(error.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (MBPP | {"task_id": "x"}, "task number"),
        (MBPP | {"test_list": "assert add(1, 2) == 3"}, "list of texts"),
        (MBPP | {"test_list": [], "text": "t"}, "entry_point"),
        ({k: v for k, v in MBPP.items() if k != "text"}, "no task column"),
    ],
)
def test_broken_mbpp_rows_are_named_by_line(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(SourceError, match=said) as error:
        list(MbppSource(path=write(tmp_path / "m.jsonl", MBPP, row)).problems())
    assert "m.jsonl:2" in str(error.value)


def test_unknown_splits_are_refused() -> None:
    with pytest.raises(SourceError, match="only the split test"):
        HumanEvalSource(split="train")
    with pytest.raises(SourceError, match="validation"):
        MbppSource(split="dev")


def test_every_humaneval_reference_passes(sandbox: Sandbox) -> None:
    problems = list(HumanEvalSource(path=str(shared("data/problems/humaneval.jsonl.gz"))).problems())
    assert len(problems) == 164 and all_pass(problems, sandbox) == {}
    modes = [plan_tests(p).mode for p in problems]
    assert modes.count(Mode.LITERAL) == 156 and modes.count(Mode.DRIVER) == 8


def test_a_share_of_the_mbpp_references_passes(sandbox: Sandbox) -> None:
    """Every sixth, and all that need more than literal tests; ``benchmarks/code`` runs all 974."""
    problems = list(MbppSource(path=str(shared("data/problems/mbpp.jsonl.gz")), split="all").problems())
    assert len(problems) == 974
    modes = [plan_tests(p).mode for p in problems]
    assert modes.count(Mode.LITERAL) == 968
    chosen = [
        p for i, (p, m) in enumerate(zip(problems, modes, strict=True)) if i % 6 == 0 or m is not Mode.LITERAL
    ]
    assert all_pass(chosen, sandbox) == {}
