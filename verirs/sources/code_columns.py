"""A row's tests, entry point, language and limits, in whatever columns a data set has them.

The columns that an option names come first, then those of the published sets (docs/code.md). A column with a
usual name whose value is no test is left alone where the row has a gold answer: it is about something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from verirs.code.entry import entry_name
from verirs.code.extraction.lines import opens_with_code
from verirs.code.formats.faults import UnusableTests
from verirs.code.formats.limits import language, megabytes, seconds
from verirs.code.formats.pairs import NOTHING
from verirs.code.formats.reading import Tests, read_tests, table_in_text, together
from verirs.code.formats.references import DS1000, EVALPLUS_ALL, is_evalplus
from verirs.sources.columns import MISSING, column, find
from verirs.sources.faults import BadRow, piece

TESTS = ("tests", "test", "input_output", "test_list", "test_cases", "official_tests", "unit_tests")
PARTS = (
    ("public_test_cases", "private_test_cases", "generated_test_cases"),
    ("public_tests", "private_tests", "generated_tests"),
)
SIDES = (("test_input", "test_output"), ("inputs", "outputs"))
"""Columns that hold all inputs and all outputs, as lists or as texts of them."""
NESTED = (
    *("verification_info", "reward_model.ground_truth", "ground_truth", "info.ground_truth"),
    *("testcases", "testcase", "test_case", "info.test_case", "info.tests", "assertions"),
)
"""Columns that may as well hold the gold of a question without code, or words about tests."""
NO_VALUE = frozenset({"", "nan", "NaN", "None", "null", "NULL", "<NA>", "NaT"})
"""Texts that stand for no value at all."""
_STREAMS = ("", "stdio", "stdin", "stdout", "standard input", "standard output")
SETUP = ("test_setup_code", "test_imports")
ENTRY_POINT = (
    *("entry_point", "fn_name", "func_name", "metadata.func_name", "test_info.0.function_name"),
    *("entrypoint", "info.fn_name"),
)
LANGUAGE = ("language", "verification_info.language", "lang", "metadata.language")
TIME_LIMIT = ("time_limit", "metadata.time_limit", "verification_info.time_limit", "extra_info.time_limit")
MEMORY_LIMIT = (
    *("memory_limit", "memory_limit_mb", "memory_limit_bytes", "metadata.memory_limit_bytes"),
    *("metadata.memory_limit", "verification_info.memory_limit"),
)
CHECKER = ("checker", "generated_checker")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeColumns:
    """The columns' names, where they are not the usual ones."""

    tests: str = ""
    entry_point: str = ""
    language: str = ""
    time_limit: str = ""
    memory_limit: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """What a row says for the judge of programs."""

    tests: Tests = field(default_factory=Tests)
    used: tuple[str, ...] = ()
    """Columns that are not kept in ``meta``."""


def code_of(
    row: Mapping[str, Any], names: CodeColumns, *, prompt: str, has_answer: bool, options: bool = False
) -> Code:
    """Read a row's tests.

    Args:
        prompt: the column of the prompt.
        has_answer: the row has a gold answer.
        options: the columns can be named by options of the source, which a message may tell.

    Raises:
        BadRow: a column that was named is missing, or what it holds is not understood.
    """
    entry, used = _entry_point(row, names.entry_point, options)
    tests, from_columns = _tests(row, names.tests, entry, has_answer, options)
    used += from_columns
    meta = dict(tests.meta)
    if tests.tests:
        meta |= _limits(row, names, options)
        _refuse_files(row)
        prelude = _prelude(row, prompt, tests.entry_point or entry)
        meta |= {"prelude": prelude} if prelude else {}
    elif names.language or names.time_limit or names.memory_limit:
        meta |= _limits(row, names, options)
    return Code(replace(tests, entry_point=tests.entry_point or entry or None, meta=meta), tuple(used))


def _value(row: Mapping[str, Any], name: str, what: str, options: bool) -> Any:
    found = _deep(row, name)
    if found is MISSING:
        return column(row, [name], what, option=what.replace(" ", "_") if options else "")
    return found


def _entry_point(row: Mapping[str, Any], name: str, options: bool) -> tuple[str, list[str]]:
    if name:
        found, used = _value(row, name, "entry point", options), [name]
    else:
        found, used = "", []
        for usual in ENTRY_POINT:
            value = _deep(row, usual)
            if isinstance(value, str) and value.strip():
                found, used = value, [usual] if usual == "entry_point" else []
                break
            if usual == "entry_point" and value not in (*NOTHING, MISSING) and value == value:
                raise BadRow("the entry point is no text", f": {piece(value)}")
    if found in NOTHING or found is MISSING:
        return "", used
    if not isinstance(found, str):
        raise BadRow("the entry point is no text", f": {piece(found)}")
    return found.strip(), used


def _deep(row: Mapping[str, Any], name: str) -> Any:
    """A dotted column; tables on the way may be written as JSON."""
    found = find(row, name)
    if found is MISSING and "." in name:
        first = name.split(".")[0]
        table = row.get(first)
        if isinstance(table, str) and (inner := table_in_text(table)) is not None:
            return find({first: inner}, name)
    return found


def _tests(
    row: Mapping[str, Any], name: str, entry: str, has_answer: bool, options: bool
) -> tuple[Tests, list[str]]:
    if name:
        value = _value(row, name, "tests", options)
        return _understood(_with_setup(row, name, value), entry), [name]
    if is_evalplus(row):
        return _understood({k: _table(row.get(k)) for k in EVALPLUS_ALL}, entry), ["base_input", "plus_input"]
    if isinstance(row.get(DS1000), str):
        return _understood({DS1000: row[DS1000]}, entry), [DS1000]
    for usual in TESTS:
        value = row.get(usual)
        if value in NOTHING or value != value or _is_nothing(value):
            continue
        if usual != "tests" and not isinstance(value, (str, list, tuple, Mapping)):
            continue  # a flag, a number of tests
        try:
            return _understood(_with_setup(row, usual, value), entry), [usual]
        except BadRow:
            if not has_answer or usual == "tests":
                raise
    for parts in PARTS:
        there = [p for p in parts if isinstance(row.get(p), (str, list, tuple, Mapping))]
        if there:
            try:
                return together([read_tests(row[p], entry) for p in there]), there
            except UnusableTests as error:
                raise BadRow("the tests are not understood", f": {error}") from error
    for columns in SIDES:
        sides = {key: _table(row.get(key)) for key in columns}
        if all(isinstance(side, (list, tuple)) for side in sides.values()) and not has_answer:
            return _understood(sides, entry), list(sides)
    for nested in NESTED:
        value = _deep(row, nested)
        if value is not MISSING and _like_tests(value):
            return _understood(value, entry), [nested]
    return _of_call(row, entry), []


def _is_nothing(value: Any) -> bool:
    return isinstance(value, str) and value.strip() in (
        "",
        "nan",
        "NaN",
        "None",
        "null",
        "NULL",
        "<NA>",
        "NaT",
    )


def _understood(value: Any, entry: str) -> Tests:
    if _is_nothing(value) or value is None or value != value:
        return Tests()
    try:
        return read_tests(value, entry)
    except UnusableTests as error:
        raise BadRow("the tests are not understood", f": {error}") from error


def _with_setup(row: Mapping[str, Any], name: str, value: Any) -> Any:
    """MBPP's asserts with the code that is run before them."""
    value = _table(value) if name == "test_list" else value
    if name != "test_list" or not isinstance(value, (list, tuple)):
        return value
    setup = [_table(row.get(k)) for k in SETUP]
    lines = [line for part in setup if part for line in ([part] if isinstance(part, str) else part)]
    return [*map(str, lines), *value]


def _table(value: Any) -> Any:
    """A list or table, which may be written as text."""
    found = table_in_text(value) if isinstance(value, str) else None
    return value if found is None else found


def _like_tests(value: Any) -> bool:
    """Whether a column that may hold a gold answer holds tests."""
    if isinstance(value, str):
        value = table_in_text(value) or value
    if isinstance(value, Mapping):
        return any(k in value for k in ("inputs", "input", "test_cases", "tests", "functional", "test"))
    if isinstance(value, (list, tuple)) and value:
        return all(isinstance(v, Mapping) or (isinstance(v, str) and "assert" in v) for v in value)
    return isinstance(value, str) and ("assert " in value or "def test" in value or "def check(" in value)


def _of_call(row: Mapping[str, Any], entry: str) -> Tests:
    """CRUXEval: a function ``code``, the text of its arguments ``input`` and of its value ``output``."""
    code, given, due = (row.get(k) for k in ("code", "input", "output"))
    if not (isinstance(code, str) and isinstance(given, str) and isinstance(due, str)) or not due.strip():
        return Tests()
    name = entry_name(entry)[0] or "f"
    if f"def {name}(" not in code:
        return Tests()
    return replace(_understood(f"assert {name}({given}) == {due}", name), entry_point=name)


def _limits(row: Mapping[str, Any], names: CodeColumns, options: bool) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    for key, name, usual in (
        ("time_limit", names.time_limit, TIME_LIMIT),
        ("memory_limit_mb", names.memory_limit, MEMORY_LIMIT),
        ("language", names.language, LANGUAGE),
    ):
        what = key.removesuffix("_mb").replace("_", " ")
        for column_name in [name] if name else usual:
            value = _value(row, name, what, options) if name else _deep(row, column_name)
            if value is MISSING or value in NOTHING or _is_nothing(value) or value != value:
                continue
            read = _read_limit(key, _table(value), column_name)
            if read is not None:
                meta[key] = read
                break
            if name:
                raise BadRow(f"the {what} cannot be read", f": {piece(value)}")
    checker = next((row[k] for k in CHECKER if isinstance(row.get(k), str) and row[k].strip()), None)
    return meta | ({"checker": checker} if checker else {})


def _read_limit(key: str, value: Any, name: str) -> Any:
    if key == "time_limit":
        limit = seconds(value)
        return limit / 1000 if limit is not None and name.endswith("_ms") else limit
    return language(value) if key == "language" else megabytes(value, name)


def _refuse_files(row: Mapping[str, Any]) -> None:
    """Refuse a problem whose programs read and write files.

    Raises:
        BadRow: it is one.
    """
    for key in ("input_mode", "input_file", "output_file"):
        value = row.get(key)
        if isinstance(value, str) and value.strip().lower() not in _STREAMS:
            raise BadRow("the programs read or write a file", f" ({key}: {piece(value)}), not standard input")


def _prelude(row: Mapping[str, Any], prompt: str, entry: str | None) -> str:
    """LeetCodeDataset: the column ``prompt`` has the imports and classes that go before every program."""
    if not entry or "." not in entry:
        return ""
    given = row.get("prompt")
    if prompt != "prompt" and isinstance(given, str) and opens_with_code(given):
        return given
    return ""
