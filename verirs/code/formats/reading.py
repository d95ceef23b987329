"""One reader for a problem's tests, in any of the forms of docs/code.md."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from verirs.code.formats.faults import UnusableTests, listed, shown
from verirs.code.formats.length import check_length
from verirs.code.formats.limits import language, megabytes, seconds
from verirs.code.formats.packed import unpacked
from verirs.code.formats.pairs import INPUT, NOTHING, OUTPUT, Pairs, of_lists, of_rows
from verirs.code.formats.references import DS1000, PROGRAM_TEXT, ds1000_tests, evalplus_tests, is_evalplus
from verirs.code.formats.testfiles import test_code
from verirs.types import Problem

USUAL = "usual"
"""The value of ``meta["prelude"]`` that stands for the imports which the judges of contest sets give."""
_DEEPEST = 4
_DEEP = 100
_CODE = ("functional", "test", "test_code", "code", "assert_case", "asserts", "test_list")
_LISTS = (
    *("test_cases", "tests", "testcases", "testcase", "unit_tests", "official_tests", "ground_truth"),
    *("input_output", "packed"),
)
_PARTS = (
    ("public_test_cases", "private_test_cases", "generated_test_cases"),
    ("public_tests", "private_tests", "generated_tests"),
    ("public", "private", "hidden"),
)
_WRAPPED = ("reward_model", "verification_info")
"""Tables of RL sets whose tests stand under a key of their own."""
_SAID = frozenset(("style", "data_source", "dataset", "source", "name", "id", "difficulty", "starter_code"))
"""Keys that only tell people something."""
_TEXTS = ("unit_test", *_CODE)
_RATES = frozenset(("FAR", "FRR"))
"""Of CodeRM: how often a test passes wrong programs and fails right ones."""
_PREFIXES = ("import_prefix", "import_code")
_NAMES = ("fn_name", "func_name", "function_name", "entry_point")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """Tests in one form: code, or pairs as :mod:`verirs.code.formats.pairs` says; ``None``: there are none.

    Args:
        entry_point: what they call, where they say so.
        meta: what they say beside: limits, checker, language, prelude.
    """

    __test__ = False

    tests: str | tuple[dict[str, Any], ...] | None = None
    entry_point: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


def read_tests(value: Any, entry_point: str | None = None) -> Tests:
    """Read a problem's tests. What was read once is read as itself.

    Raises:
        UnusableTests: a form, a key or a value that is not understood, by name.
    """
    read = _read(_lists(value), entry_point or "", 0)
    if read.tests and "." in (entry_point or read.entry_point or ""):  # a method: LeetCode
        return replace(read, meta={"prelude": USUAL, **read.meta})
    return read


def resolved(problem: Problem) -> Problem:
    """The problem with its tests in one form, and what they say beside in its ``meta``.

    Raises:
        UnusableTests: as :func:`read_tests`.
    """
    return replace_tests(problem, read_tests(problem.tests, problem.entry_point))


def replace_tests(problem: Problem, read: Tests) -> Problem:
    """The problem with these tests; its own ``meta`` stands before what they say."""
    reads = isinstance(read.tests, tuple) and all(isinstance(t["input"], str) for t in read.tests)
    return Problem(
        id=problem.id,
        prompt=problem.prompt,
        answer=problem.answer,
        tests=read.tests,
        entry_point=None if reads and read.tests else problem.entry_point or read.entry_point,
        source=problem.source,
        split=problem.split,
        meta={**read.meta, **problem.meta},
    )


def _lists(value: Any, depth: int = 0) -> Any:
    """The same value with lists in place of arrays (of numpy, pyarrow)."""
    if callable(listing := getattr(value, "tolist", None)):
        value = listing()
    if depth > _DEEP or isinstance(value, (str, bytes)):
        return value
    if isinstance(value, Mapping):
        return {k: _lists(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return (
            type(value)(_lists(v, depth + 1) for v in value) if type(value) in (list, tuple) else list(value)
        )
    return value


def _read(value: Any, name: str, depth: int) -> Tests:
    if depth > _DEEPEST:
        raise UnusableTests("the tests are texts in texts in texts; give what is inside")
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode("utf-8", "replace")
    if value is None or (isinstance(value, (str, list, tuple, Mapping)) and not value):
        return Tests()
    if isinstance(value, str):
        return _of_text(value, name, depth)
    if isinstance(value, Mapping):
        return _of_table(value, name, depth)
    if isinstance(value, (list, tuple)):
        return _of_list(value, name, depth)
    raise UnusableTests(f"the tests are neither code nor pairs of input and output: {shown(value)}")


def _of_text(text: str, name: str, depth: int) -> Tests:
    if not text.strip():
        return Tests()
    found = unpacked(text)
    if found is not text:
        return _read(found, name, depth + 1)
    if (found := table_in_text(text)) is not None:
        return _read(found, name, depth + 1)
    return _of_code(text, name)


def _of_code(text: str, name: str) -> Tests:
    code, called = test_code(text, name)
    return Tests(tests=code, entry_point=called or None)


def table_in_text(text: str) -> Any:
    """What a text of JSON (or of Python's ``repr``) holds, if that is a list, a table or a text of one; else
    ``None``: it is code."""
    start = text.lstrip()[:1]
    if start not in ("{", "[", '"'):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = _literal(text) if start != '"' else None
    if isinstance(found, str):
        return found if found.lstrip()[:1] in ("{", "[") else None
    return found if isinstance(found, (list, tuple, dict)) else None


def _literal(text: str) -> Any:
    check_length(text)
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def _of_list(rows: Sequence[Any], name: str, depth: int) -> Tests:
    if all(isinstance(row, str) for row in rows):
        tables = [table_in_text(row) for row in rows]
        if all(isinstance(t, dict) for t in tables):
            return _read(tables, name, depth + 1)
        if any(t is not None for t in tables):
            raise UnusableTests(
                'a test is a list in a text; a test is code or a table {"input": ..., "output": ...}'
            )
        texts = [str(row).strip("\n") for row in rows if str(row).strip()]
        return _of_code("\n".join(texts), name) if texts else Tests()
    if any(isinstance(row, (list, tuple)) for row in rows):
        raise UnusableTests('the tests are lists; a test is code or a table {"input": ..., "output": ...}')
    if (codes := _codes(rows)) is not None:
        return _of_code("\n\n".join(codes), name)
    found = of_rows(rows, name)
    return _of_pairs(found, usual=any("testtype" in row or "type" in row for row in rows))


def _codes(rows: Sequence[Any]) -> list[str] | None:
    """The test code in tables that hold one text of it each."""
    codes = []
    for row in rows:
        left = {k: v for k, v in row.items() if k not in _SAID | _RATES} if isinstance(row, Mapping) else {}
        (text,) = left.values() if len(left) == 1 and not left.keys().isdisjoint(_TEXTS) else (None,)
        if not isinstance(text, str):
            return None
        codes.append(text)
    return codes


def _of_pairs(found: Pairs, *, usual: bool) -> Tests:
    calls = any(not isinstance(p["input"], str) for p in found.pairs)
    meta = dict(found.meta)
    if usual:
        meta["prelude"] = USUAL
    return Tests(tests=tuple(found.pairs), entry_point=found.name or None if calls else None, meta=meta)


def _of_table(table: Mapping[str, Any], name: str, depth: int) -> Tests:
    """Tests in a table: inputs and outputs side by side, parts of a set, or tests under a key."""
    left = {k: v for k, v in table.items() if v is not None and k not in _SAID}
    if (rows := _transposed(left)) is not None:
        return _read(rows, name, depth + 1)
    names = [v for k in _NAMES if (v := left.pop(k, None)) not in NOTHING]
    more = left.pop("metadata", None)
    if isinstance(more, str) and more.strip():
        more = table_in_text(more)
    if isinstance(more, Mapping):
        names += [v for k in _NAMES if (v := more.get(k)) not in NOTHING]
    own = Pairs(name=name)
    for found in names:
        if not isinstance(found, str):
            raise UnusableTests(f"the name of the function is no text: {shown(found)}")
        if name and str(found).split(".")[-1] != name.split(".")[-1]:
            raise UnusableTests(f"the tests call {shown(found)}, the problem {shown(name)}")
        own.name = name or str(found)
    owner = left.pop("class_name", None)
    if isinstance(owner, str) and owner and own.name and "." not in own.name:
        own.name = f"{owner}.{own.name}"
    meta = _beside(left)
    read = _body(left, own.name, depth)
    if left:
        raise UnusableTests(f"the tests have keys that are not understood: {listed(left)}")
    called = read.entry_point or (own.name if names else None)
    return replace(read, entry_point=called, meta={**read.meta, **meta})


def _transposed(table: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Tests that ``datasets`` gives as a table of lists, one a key."""
    if len(table) < 3 or not (set(table) & set(INPUT) and set(table) & set(OUTPUT)):
        return None
    if not all(isinstance(v, list) for v in table.values()) or len({len(v) for v in table.values()}) != 1:
        return None
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def _beside(left: dict[str, Any]) -> dict[str, Any]:
    """Limits, language and checker, taken out of a table.

    Raises:
        UnusableTests: a limit that cannot be read.
    """
    meta: dict[str, Any] = {}
    if (limit := left.pop("time_limit", None)) not in NOTHING:
        meta["time_limit"] = seconds(limit)
    for key in ("memory_limit", "memory_limit_mb", "memory_limit_bytes"):
        if (limit := left.pop(key, None)) not in NOTHING and "memory_limit_mb" not in meta:
            meta["memory_limit_mb"] = megabytes(limit, key)
    for key, value in meta.items():
        if value is None:
            raise UnusableTests(f"the tests' {key} cannot be read")
    if (word := left.pop("language", None)) not in NOTHING:
        meta["language"] = language(word) or str(word)
    for key in ("checker", "generated_checker"):
        if (checker := left.pop(key, None)) not in NOTHING:
            meta["checker"] = checker
    for key in _PREFIXES:
        if isinstance(left.get(key), str):
            meta["prelude"] = "\n".join(filter(None, (meta.get("prelude"), left.pop(key))))
    if (compare := left.pop("compare", None)) not in NOTHING:
        meta["compare"] = compare
    mode = left.pop("input_mode", None)
    if mode not in (None, "", "stdio", "stdin"):
        raise UnusableTests(
            f"programs read their input from a file (input_mode {shown(mode)}), not from stdin"
        )
    return meta


def _body(left: dict[str, Any], name: str, depth: int) -> Tests:
    """The tests of a table, taken out of it."""
    if is_evalplus(left):
        return Tests(tests=evalplus_tests(left, name), entry_point=name)
    if DS1000 in left:
        code = ds1000_tests(left.pop(DS1000))
        for said in ("reference_code", "prompt"):
            left.pop(said, None)
        return Tests(tests=code, entry_point=PROGRAM_TEXT, meta={"as_text": True})
    for given, due in (("inputs", "outputs"), ("test_input", "test_output")):
        if given in left and due in left:
            return _of_sides(left, left.pop(given), left.pop(due), name, depth)
    for parts in _PARTS:
        if any(p in left for p in parts):
            return together([_read(left.pop(p), name, depth + 1) for p in parts if p in left])
    for key in _LISTS:
        if key in left:
            return _read(left.pop(key), name, depth + 1)
    for key in _WRAPPED:
        if isinstance(left.get(key), (str, Mapping)):
            return _read(left.pop(key), name, depth + 1)
    if isinstance(left.get("test_list"), (list, tuple)):
        return _read(_mbpp(left), name, depth + 1)
    for key in _CODE:
        if isinstance(left.get(key), (str, list, tuple)):
            return _read(left.pop(key), name, depth + 1)
    if set(left) & set(INPUT) and set(left) & set(OUTPUT):
        return _of_one_or_lists(left, name)
    raise UnusableTests(f"the tests are a table without inputs and outputs (it has {listed(left)})")


def _mbpp(left: dict[str, Any]) -> list[Any]:
    """MBPP's asserts, with what runs before them, taken out of a table."""
    parts: list[Any] = []
    for key in ("test_imports", "test_setup_code", "test_list", "challenge_test_list"):
        part = left.pop(key, None)
        parts += [part] if isinstance(part, str) else part or ()
    return parts


def _of_sides(left: dict[str, Any], inputs: Any, outputs: Any, name: str, depth: int) -> Tests:
    """Inputs and outputs side by side (or as texts of JSON); verl's ``assert_case`` beside empty ones."""
    if isinstance(inputs, str) and isinstance(outputs, str):
        inputs, outputs = (
            table_in_text(side) if side.lstrip()[:1] == "[" else side for side in (inputs, outputs)
        )
    asserts = left.get("assert_case")
    if isinstance(asserts, (list, tuple)) and not any(v not in NOTHING for v in [*inputs, *outputs]):
        return _read(left.pop("assert_case"), name, depth + 1)
    if asserts in NOTHING:
        left.pop("assert_case", None)
    pairs = of_lists(inputs, outputs, name)
    if not pairs:
        return Tests()
    return Tests(tests=tuple(pairs), entry_point=name or None, meta={"prelude": USUAL})


def _of_one_or_lists(left: dict[str, Any], name: str) -> Tests:
    """One pair, or the lists of CodeContests under ``input`` and ``output``."""
    given, due = left.get("input"), left.get("output")
    lists = isinstance(given, list) and isinstance(due, list) and not name
    if lists and all(isinstance(v, str) for side in (given, due) for v in side or ()):
        left.clear()
        pairs = of_lists(given, due)
        return Tests(tests=tuple(pairs) or None)
    row = dict(left)
    left.clear()
    return _of_pairs(of_rows([row], name), usual=False)


def together(parts: Sequence[Tests]) -> Tests:
    """Tests that a set splits into public and private ones, equal ones once.

    Raises:
        UnusableTests: some are code and some pairs.
    """
    parts = [p for p in parts if p.tests]
    if not parts:
        return Tests()
    meta: dict[str, Any] = {}
    for part in parts:
        meta |= part.meta
    name = next((p.entry_point for p in parts if p.entry_point), None)
    codes = [p.tests for p in parts if isinstance(p.tests, str)]
    if codes and len(codes) < len(parts):
        raise UnusableTests("some of the tests are code, some pairs of input and output")
    if codes:
        return Tests(tests="\n".join(codes), entry_point=name, meta=meta)
    pairs = {json.dumps(p, sort_keys=True, default=str): p for part in parts for p in part.tests or ()}
    return Tests(tests=tuple(p for p in pairs.values() if isinstance(p, dict)), entry_point=name, meta=meta)
