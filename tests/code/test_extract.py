"""Finding the program in a completion."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.code import golden_extraction as golden
from tests.code import odd_completions as odd
from tests.code import outside_completions as outside
from verirs.code.extract import EXTRACTION, extract
from verirs.sandbox import Sandbox
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Score


def test_the_table_is_of_this_version() -> None:
    assert golden.VERSION == EXTRACTION


@pytest.mark.parametrize("row", golden.TABLE, ids=[row[0] for row in golden.TABLE])
def test_golden_table(row: golden.Row) -> None:
    _, text, entry_point, prompt, program, rule = row
    found = extract(text, entry_point=entry_point, prompt=prompt)
    if program is None:
        assert found is None
    else:
        assert found is not None
        assert (found.code, found.rule) == (program, rule)


BODY = st.lists(
    st.sampled_from(["    y = x", "    return y", "", "    # note", "        z", "    for i in x:"]),
    min_size=1,
)


@given(BODY)
def test_an_indented_continuation_is_never_touched(lines: list[str]) -> None:
    text = "    pass\n" + "\n".join(lines)
    found = extract(text, entry_point="f", prompt=golden.PROMPT)
    assert found is not None and found.code == golden.PROMPT + text


PIECES = [
    "```",
    "```python\n",
    "def f(x):\n",
    "    return x\n",
    "\n",
    "Here is the code:\n",
    "import os\n",
    "@a\n",
    '"""',
    "'",
    "</think>",
    "f = 1\n",
]


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=5)), st.sampled_from(["", golden.PROMPT, golden.BARE])
)
def test_any_text_gives_a_program_or_none(pieces: list[str], prompt: str) -> None:
    found = extract("".join(pieces), entry_point="f", prompt=prompt)
    assert found is None or found.code


@pytest.mark.parametrize(
    "unit",
    [
        "```",
        "```python\n",
        "```a`",
        "def f(x):\n",
        "f = 1\n",
        "import a, b\n",
        "A b c d ",
        "```python\nimport os\n```\n",
        '"""\n',
        "a" * 50,
        "a```\n",
        "'''\n```\n",
        "<answer>\n",
        "> ```\n",
        "~~~\n",
        " ",
        "\n",
    ],
    ids=repr,
)
def test_the_cost_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        begun = time.process_time()
        extract(text, entry_point="f", prompt=golden.PROMPT)
        return time.process_time() - begun

    assert seconds(400_000) < 10  # quadratic rules take minutes here


def judged(operator: str, sandbox: Sandbox) -> dict[str, Score]:
    """The outside completions, right (``+``) or wrong (``-``), judged."""
    calls = "assert add(2, 5) == 7\nassert add(0, 0) == 0\n"
    pairs = [{"input": "2 5\n", "output": "7"}, {"input": "0 0\n", "output": "0"}]
    problems = {
        "f": Problem(tests=calls, entry_point="add"),
        "m": Problem(tests=calls, entry_point="Solution().add"),
        "c": Problem(tests=calls, entry_point="add", meta={"code_prompt": outside.PROMPT}),
        "io": Problem(tests=pairs),
    }
    rows = [(name, kind, text) for name, _, kind, text in outside.TABLE] + odd.TABLE
    items = [(problems[kind], Completion(text=text.replace("OP", operator))) for _, kind, text in rows]
    scores = CodeScorer(sandbox=sandbox).score(items)
    return {row[0]: score for row, score in zip(rows, scores, strict=True)}


def test_completions_as_people_report_them_and_odd_ones(sandbox: Sandbox) -> None:
    scores = judged("+", sandbox)
    assert {name: s.reason for name, s in scores.items() if not s.passed} == {}


def test_the_same_completions_with_a_wrong_program_fail(sandbox: Sandbox) -> None:
    scores = judged("-", sandbox)
    assert {name: s.reason for name, s in scores.items() if s.verdict.value != "fail"} == {}
