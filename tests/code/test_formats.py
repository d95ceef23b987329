"""The published forms of tests, read from files and given to ``grade``."""

from __future__ import annotations

import base64
import csv
import json
import pickle
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.code.format_rows import FORMATS, READS, READS_WRONG, Format, packed
from verirs import grade_many
from verirs.cli import main
from verirs.code.formats import limits
from verirs.code.formats.faults import UnusableTests
from verirs.code.formats.reading import read_tests, replace_tests
from verirs.errors import SourceError
from verirs.sandbox import Sandbox
from verirs.scorers.code import CodeScorer
from verirs.sources.files import FileSource
from verirs.types import Completion, Problem, Score, Verdict


def problem_of(form: Format, folder: Path) -> Problem:
    path = folder / "rows.jsonl"
    path.write_text(json.dumps(form.row) + "\n")
    (problem,) = FileSource(str(path), **dict[str, Any](form.options)).problems()
    return problem


def summed(score: Score) -> str:
    return f"{score.verdict}{' untrusted' if score.details.get('trust') else ''}"


JUDGED = [f for f in FORMATS if f.id != "checker"]
"""What a checker decides is tested with the checkers."""


def test_each_row_as_published_is_judged_from_a_file(tmp_path: Path, sandbox: Sandbox) -> None:
    problems = {f.id: problem_of(f, tmp_path) for f in JUDGED}
    items = [(problems[f.id], Completion(text=t)) for f in JUDGED for t in (f.right, f.wrong)]
    scores = iter(CodeScorer(sandbox=sandbox).score(items))
    said = {f.id: (summed(next(scores)), summed(next(scores))) for f in JUDGED}
    untrusted = ("abstain untrusted", "fail untrusted")
    assert said == {f.id: ("pass", "fail") if f.trusted else untrusted for f in JUDGED}


def test_the_same_tests_are_understood_by_grade(sandbox: Sandbox) -> None:
    given = [f for f in JUDGED if f.tests]
    rows = []
    for f in given:
        tests = f.row[f.tests]
        if f.id == "mbpp":
            tests = [f.row["test_setup_code"], *tests]
        if f.id == "mbpp-sanitized":
            tests = [*f.row["test_imports"], *tests]
        prompt = f.row["prompt"] if f.id == "humaneval" else None
        rows += [
            {"text": text, "tests": tests, "entry_point": f.entry_point, "prompt": prompt}
            for text in (f.right, f.wrong)
        ]
    scores = iter(grade_many(CodeScorer(sandbox=sandbox), rows))
    said = {f.id: (next(scores).verdict.value, next(scores).verdict.value) for f in given}
    assert said == {f.id: ("pass", "fail") for f in given}


@pytest.mark.parametrize("form", [f for f in FORMATS if f.meta], ids=lambda f: f.id)
def test_limits_language_and_checker_are_kept(form: Format, tmp_path: Path) -> None:
    meta = problem_of(form, tmp_path).meta
    assert {key: meta.get(key) for key in form.meta} == dict(form.meta)


@pytest.mark.parametrize("form", FORMATS, ids=lambda f: f.id)
def test_the_same_row_is_read_from_csv_with_its_tables_as_json(form: Format, tmp_path: Path) -> None:
    row = {
        key: "" if value is None else json.dumps(value) if isinstance(value, (list, dict)) else value
        for key, value in form.row.items()
    }
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    (found,) = FileSource(str(tmp_path / "rows.csv"), **dict[str, Any](form.options)).problems()
    due = problem_of(form, tmp_path)
    assert (found.tests, found.entry_point) == (due.tests, due.entry_point)
    assert {key: found.meta.get(key) for key in form.meta} == dict(form.meta)


@pytest.mark.parametrize("form", FORMATS, ids=lambda f: f.id)
def test_what_was_read_is_read_as_itself(form: Format, tmp_path: Path) -> None:
    problem = problem_of(form, tmp_path)
    again = read_tests(problem.tests, problem.entry_point)
    assert again.tests == problem.tests
    assert Problem.from_json(json.loads(json.dumps(problem_json(problem)))).digest() == problem.digest()


def problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "id": problem.id,
        "prompt": [dict(m) for m in problem.prompt],
        "tests": problem.tests,
        "entry_point": problem.entry_point,
        "meta": dict(problem.meta),
    }


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str):
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


def test_a_packed_program_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    raw = base64.b64encode(zlib.compress(pickle.dumps([Evil(str(path))]))).decode()
    with pytest.raises(UnusableTests, match="only plain data"):
        read_tests(raw)
    assert not path.exists()


@pytest.mark.parametrize(
    ("tests", "entry_point", "said"),
    [
        ([{"input": "1", "output": "1", "hidden": True}], None, "not understood: hidden"),
        ([{"input": "1", "output": "1", "testtype": "interactive"}], None, "unknown testtype: 'interactive'"),
        ([{"input": "1", "output": "1", "testtype": "functional"}], None, "does not say which"),
        ([{"input": "[1]", "output": "1"}], "f", "standard input or an argument"),
        ([{"input": "1", "output": "1", "fn_name": "f"}], None, "standard input or an argument"),
        ([{"input": "1", "output": "1"}], "Solution().f", "standard input or an argument"),
        ([{"input": "1 2", "output": "3", "testtype": "functional"}], "f", "line 1 of the input is no JSON"),
        ([{"input": "1"}], None, "no 'input' and 'output' (found: input)"),
        ([["1", "1"]], None, "the tests are lists"),
        ({"inputs": ["1"], "outputs": []}, None, "1 inputs and 0 outputs"),
        ({"inputs": [[1]], "outputs": [1]}, None, "input 1 is no text: [1]"),
        ({"inputs": ["1"], "outputs": ["1"], "grader": "x"}, None, "not understood: grader"),
        ({"base_input": [[1]], "plus_input": []}, None, "without inputs and outputs"),
        ({"fn_name": "g", "inputs": [[1]], "outputs": [1]}, "f", "the tests call 'g', the problem 'f'"),
        ({"tests": [], "time_limit": "soon"}, None, "time_limit cannot be read"),
        (
            [{"input": "1", "output": "1", "checker": "a"}, {"input": "1", "output": "1"}],
            None,
            "another checker",
        ),
        (">>> print(add(1, 2))\n3...\n", "add", "cannot be compared"),
        (">>> add\n<function add at 0x1>\n", "add", "cannot be compared"),
        (3, None, "neither code nor pairs"),
    ],
)
def test_what_is_not_understood_is_named(tests: Any, entry_point: str | None, said: str) -> None:
    with pytest.raises(UnusableTests) as error:
        read_tests(tests, entry_point)
    assert said in str(error.value)


def test_tests_that_are_not_understood_are_an_abstention_of_their_row(sandbox: Sandbox) -> None:
    right = {"text": "print(1)", "tests": [{"input": "", "output": "1"}]}
    odd = {"text": "print(1)", "tests": [{"input": "", "output": "1", "hidden": 1}]}
    first, second = grade_many(CodeScorer(sandbox=sandbox), [odd, right])
    assert first.verdict is Verdict.ABSTAIN and "hidden" in first.reason and second.passed


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        ({"prompt": "p", "tests": [{"input": "1", "output": "1", "weight": 2}]}, {}, "weight"),
        ({"prompt": "p", "cases": "x"}, {"tests": "case"}, "no tests column"),
        ({"prompt": "p", "tests": "assert f(1)", "fn": 3}, {"entry_point": "fn"}, "entry point is no text"),
        (
            {"prompt": "p", "tests": "assert f(1)", "t": "soon"},
            {"time_limit": "t"},
            "time limit cannot be read",
        ),
        ({"prompt": "p", "tests": "assert f(1)", "l": "en"}, {"language": "l"}, "language cannot be read"),
        (
            {"prompt": "p", "official_tests": [{"input": "1", "output": "1"}], "input_mode": "file"},
            {},
            "a file",
        ),
    ],
)
def test_rows_that_are_not_understood_are_named(
    row: dict[str, Any], options: dict[str, Any], said: str, tmp_path: Path
) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(SourceError, match=said):
        list(FileSource(path=str(tmp_path / "t.jsonl"), **options).problems())


def test_columns_are_named_by_options(tmp_path: Path) -> None:
    row = {
        "prompt": "p",
        "cases": {"list": ["assert g(1) == 1"]},
        "call": {"name": "g"},
        "limits": {"cpu": "500 ms", "memory": "64 MB"},
        "lang": "Python 3",
        "tests": "not these",
    }
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n")
    (problem,) = FileSource(
        path=str(tmp_path / "t.jsonl"),
        tests="cases.list",
        entry_point="call.name",
        language="lang",
        time_limit="limits.cpu",
        memory_limit="limits.memory",
    ).problems()
    assert (problem.tests, problem.entry_point, problem.time_limit) == ("assert g(1) == 1", "g", 0.5)
    assert problem.meta["memory_limit_mb"] == 64 and problem.meta["language"] == "python"


def test_texts_beside_an_entry_point_are_standard_input_unless_they_look_like_arguments() -> None:
    assert read_tests([{"input": "1 2", "output": "3"}], "main").tests == ({"input": "1 2", "output": "3"},)
    named = [{"input": "xs = [1, 2], k = 3", "output": "[3, 6]"}]
    called = {"input": {"xs": [1, 2], "k": 3}, "output": [3, 6]}
    assert read_tests(named, "Solution().scaled").tests == (called,)


@pytest.mark.parametrize(
    ("tests", "entry_point"),
    [
        (json.dumps(["assert add(1, 2) == 3"]), None),
        (json.dumps(json.dumps({"fn_name": "add", "inputs": [[1, 2]], "outputs": [3]})), None),
        (np.array([{"input": np.array([1, 2]), "output": 3}], dtype=object), "add"),
        ({"fn_name": "add", "inputs": np.array([[1, 2], [3, 4]]), "outputs": np.array([3, 7])}, None),
        ({"fn_name": "add", "inputs": ["1\n2"], "outputs": ["3"]}, None),
        ({"inputs": ["", ""], "outputs": [None, None], "assert_case": ["assert add(1, 2) == 3"] * 2}, "add"),
        ([{"args": [1, 2], "expected": 3}], "add"),
        ({"input": {"a": 1, "b": 2}, "output": 3}, "add"),
        ("```python\nassert add(1, 2) == 3\n```", None),
        ('"""The sum.\n\n>>> add(1, 2)\n3\n"""', "add"),
        ("The sum:\n>>> add(1, 2)\n3\n", "add"),
        ("from .solution import *\n\ndef test_it():\n    assert add(1, 2) == 3\n", None),
        ("import solution as s\n\ndef test_it():\n    assert s.add(1, 2) == 3\n", None),
        ("from your_module import add\nassert add(1, 2) == 3\n", "add"),
        (b'{"fn_name": "add", "inputs": [[1, 2]], "outputs": [[3]]}', None),
        ({"test_cases": [{"type": "function_call", "fn_name": "add", "input": [1, 2], "output": 3}]}, None),
        ([{"input": "a = 1, b = 2", "output": "3"}], "Solution().add"),
        (packed([{"input": "1\n2", "output": "3", "testtype": "functional"}]), "add"),
    ],
)
def test_other_forms_of_a_call(tests: Any, entry_point: str | None, sandbox: Sandbox) -> None:
    right = "class Solution:\n    def add(self, a, b):\n        return a + b\n"
    right += "def add(a, b):\n    return Solution().add(a, b)\n"
    rows = [
        {"text": text, "tests": tests, "entry_point": entry_point}
        for text in (right, right.replace("a + b", "a - b"))
    ]
    first, second = grade_many(CodeScorer(sandbox=sandbox), rows)
    assert (first.verdict.value, second.verdict.value) == ("pass", "fail"), first.reason


KEYS = (
    *(
        "input",
        "output",
        "inputs",
        "outputs",
        "fn_name",
        "testtype",
        "type",
        "metadata",
        "tests",
        "test_cases",
    ),
    *(
        "time_limit",
        "memory_limit",
        "language",
        "checker",
        "public_tests",
        "private_tests",
        "also",
        "args",
        "x",
    ),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        ["", "1", "f", "[1]", "functional", "stdin", "function_call", "assert f(1) == 1", '{"a": 1}']
    )
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
        | st.builds(json.dumps, inner)
    ),
    max_leaves=12,
)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(VALUES, st.sampled_from([None, "f", "Solution().f"]))
def test_any_value_is_read_or_refused_and_what_was_read_is_read_as_itself(
    value: Any, name: str | None
) -> None:
    try:
        read = read_tests(value, name)
    except UnusableTests:
        return
    problem = replace_tests(Problem(id="p", entry_point=name), read)
    assert read_tests(problem.tests, problem.entry_point).tests == problem.tests or "nan" in repr(
        problem.tests
    )


@pytest.mark.parametrize(
    "tests",
    [
        {
            "input": ["1 2", "2 2"],
            "output": ["3", "4"],
            "type": ["stdin_stdout"] * 2,
            "fn_name": [None, None],
        },
        {"test_input": ["1 2", "2 2"], "test_output": ["3", "4"]},
        [{"stdin": "1 2", "stdout": "3"}],
        [{"input": "1 2", "answer": "3"}],
        [{"input": ["1 2"], "output": ["3"]}],
        [{"input": "1 2", "output": 3}],
        {"input": ["1 2"], "output": ["3"]},
        {"public_tests": {"input": [], "output": []}, "private_tests": {"input": ["1 2"], "output": ["3"]}},
        {"official_tests": [{"input": "1 2", "output": "3"}], "time_limit": 2.0, "memory_limit": 256.0},
        {"language": "python", "test_cases": [{"input": "1 2", "output": "3", "type": "stdin_stdout"}]},
        [json.dumps({"input": "1 2", "output": "3"})],
    ],
)
def test_other_forms_of_input_and_output(tests: Any, sandbox: Sandbox) -> None:
    rows = [{"text": text, "tests": tests} for text in (READS, READS_WRONG)]
    first, second = grade_many(CodeScorer(sandbox=sandbox), rows)
    assert (first.verdict.value, second.verdict.value) == ("pass", "fail"), first.reason


@pytest.mark.parametrize(
    ("written", "seconds", "megabytes"),
    [
        (2, 2.0, 2.0), ("2.0 seconds", 2.0, None), ("500 ms", 0.5, None), (2000, 2.0, 2000.0),
        ("1500", 1.5, 1500.0), ({"seconds": 1, "nanos": 500_000_000}, 1.5, None), ("512 KB", None, 0.5),
        ("256 megabytes", None, 256.0), (268_435_456, 268_435.456, 256.0), (262_144, 262.144, 256.0),
        ("1 GB", None, 1024.0), ("soon", None, None), (0, None, None), (True, None, None),
    ],
)  # fmt: skip
def test_limits_as_they_are_written(written: Any, seconds: float | None, megabytes: float | None) -> None:
    assert (limits.seconds(written), limits.megabytes(written)) == (seconds, megabytes)


def test_a_method_is_called_where_the_format_asks_for_one(sandbox: Sandbox) -> None:
    text = "class Solution:\n    def add(self, a, b):\n        return a + b\n"
    rows: list[dict[str, Any]] = [
        {"text": text, "tests": [{"input": [1, 2], "output": 3}], "entry_point": "add"},
        {"text": text, "tests": "assert add(1, 2) == 3", "entry_point": "Solution().add"},
        {"text": text, "tests": "assert add(1, 2) == 3", "entry_point": "add"},
    ]
    said = [s.verdict.value for s in grade_many(CodeScorer(sandbox=sandbox), rows)]
    assert said == ["pass", "pass", "fail"]


def test_a_gold_answer_is_no_test(tmp_path: Path) -> None:
    row = {"question": "2 + 2?", "answer": "4", "test": "yes", "reward_model": {"ground_truth": "4"}}
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n")
    (problem,) = FileSource(path=str(tmp_path / "t.jsonl")).problems()
    assert problem.tests is None or problem.tests == "yes"
    assert problem.answer == "4"


def test_a_run_takes_a_set_without_reference_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    monkeypatch.chdir(tmp_path)
    row = next(f for f in FORMATS if f.id == "livecodebench-call").row
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "c.toml").write_text(
        'name = "r"\nn = 2\n[source]\nname = "file"\npath = "t.jsonl"\nprompt = "question_content"\n'
        '[engine]\nname = "fake"\n[scorer.code]\n'
    )
    main(["run", "c.toml", "--dry-run"])
    broken = dict(row) | {"public_test_cases": "", "private_test_cases": "", "test": "assert scaled("}
    (tmp_path / "t.jsonl").write_text(json.dumps(broken) + "\n")
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main(["run", "c.toml", "--dry-run"])
    said = " ".join(capsys.readouterr().err.split())
    assert stop.value.code == 2 and "the tests are not Python" in said
