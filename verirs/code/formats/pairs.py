"""Pairs of input and output, whatever their keys and however their values are written, in one form.

A program that reads standard input: ``{"input": TEXT, "output": TEXT}``. A function:
``{"input": [ARGUMENT, ...] or {NAME: ARGUMENT}, "output": VALUE}``, with ``"also": VALUE`` where the format
leaves open whether the value stands alone or in a list of one, ``"kwargs": {NAME: ARGUMENT}`` beside a list.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from verirs.code.formats.faults import UnusableTests, listed, shown
from verirs.code.formats.limits import megabytes, seconds

INPUT = ("input", "stdin", "args", "arguments", "input_str")
OUTPUT = ("output", "stdout", "expected_output", "expected", "expected_stdout", "answer", "output_str")
_KINDS = {
    **dict.fromkeys(("stdin", "stdin_stdout", "stdio", "standard", "io"), "stdin"),
    **dict.fromkeys(("functional", "function", "function_call", "call", "call_based"), "call"),
}
_NAMES = ("fn_name", "func_name", "function_name", "entry_point")
_SAID = frozenset(("id", "idx", "index", "name", "test_id", "explanation", "description", "comment", "note"))
"""Keys that only tell people something."""
NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(slots=True)
class Pairs:
    """Pairs in one form, and what they say of the whole problem."""

    pairs: list[dict[str, Any]] = field(default_factory=list)
    name: str = ""
    meta: dict[str, Any] = field(default_factory=dict)

    def own(self, key: str, value: Any, number: int) -> None:
        """Take what one test says of itself and what can be said of a problem only.

        Raises:
            UnusableTests: another test says otherwise.
        """
        if number > 1 and self.meta.get(key) != value:
            raise UnusableTests(f"test {number} has another {key} than the first ({shown(value)})")
        if value is not None:
            self.meta[key] = value


def of_rows(rows: Sequence[Any], name: str = "") -> Pairs:
    """Pairs from a list of tables, one a test.

    Args:
        name: the function that is called, where the problem says so.

    Raises:
        UnusableTests: a test that is not understood, by its number.
    """
    out, kinds = Pairs(name=name), []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise UnusableTests(f"test {number} is no table with an input and an output: {shown(row)}")
        kinds.append(_take(out, row, number))
    if len({isinstance(p["input"], str) for p in out.pairs}) > 1:
        raise UnusableTests("the tests mix standard input with arguments")
    if set(kinds) == {"call:type"} and all(map(_is_one, out.pairs)):  # as APPS, where these come from
        for pair in out.pairs:
            pair["also"] = pair["output"][0]
    return out


def _is_one(pair: Mapping[str, Any]) -> bool:
    return isinstance(pair["output"], list) and len(pair["output"]) == 1


def _take(out: Pairs, row: Mapping[str, Any], number: int) -> str:
    """Add one test; its kind and the key that told it."""
    left = {k: v for k, v in row.items() if k not in _SAID}
    if not any(k in left for k in INPUT) or not any(k in left for k in OUTPUT):
        raise UnusableTests(f"test {number} has no 'input' and 'output' (found: {listed(row)})")
    given, due = _one(left, INPUT, number), _one(left, OUTPUT, number)
    kind = _kind(left, number)
    names = [v for k in _NAMES if (v := left.pop(k, None)) not in NOTHING]
    more = left.pop("metadata", None)
    if isinstance(more, str) and more.strip():
        more = _json(more, f"test {number}: metadata")
    if isinstance(more, Mapping):
        names += [v for k in _NAMES if (v := more.get(k)) not in NOTHING]
    own_name = bool(names)
    out.name = _same_name(out.name, names, number)
    limit = left.pop("time_limit", None)
    memory = left.pop("memory_limit", left.pop("memory_limit_mb", None))
    own = {
        "time_limit": _limit(limit, seconds(limit), "time_limit", number),
        "memory_limit_mb": _limit(memory, megabytes(memory), "memory_limit", number),
    }
    checker = left.pop("checker", None)
    out.own("checker", checker if checker not in NOTHING else None, number)
    also = {"also": left.pop("also")} if "also" in left else {}
    if (named := left.pop("kwargs", None)) not in NOTHING:
        if not isinstance(named, Mapping) or not isinstance(given, (list, tuple)):
            raise UnusableTests(f"test {number}: kwargs are a table beside a list of arguments")
        also["kwargs"] = dict(named)
    if left := {key: value for key, value in left.items() if value is not None}:  # Arrow fills up tables
        raise UnusableTests(f"test {number} has keys that are not understood: {listed(left)}")
    pair = _pair(given, due, kind, out.name, own_name, number) | also
    if "kwargs" in also and not isinstance(pair["input"], list):
        raise UnusableTests(f"test {number} has kwargs and calls no function")
    if isinstance(pair["input"], str):
        pair |= {key: limit for key, limit in own.items() if limit is not None}
    else:  # a function is called for all its tests in one process
        for key, limit in own.items():
            out.own(key, limit, number)
    out.pairs.append(pair)
    return kind


def _one(row: dict[str, Any], keys: Sequence[str], number: int) -> Any:
    found = [k for k in keys if k in row]
    if len(found) != 1:
        raise UnusableTests(f"test {number} has several of {keys[0]}: {listed(found)}")
    return row.pop(found[0])


def _kind(row: dict[str, Any], number: int) -> str:
    kinds = set()
    for key in ("testtype", "type", "test_type", "kind"):
        if (value := row.pop(key, None)) in NOTHING:
            continue
        kind = _KINDS.get(str(value).lower().removeprefix("testtype."))
        if kind is None:
            raise UnusableTests(f"test {number} has an unknown {key}: {shown(value)}")
        kinds.add(f"{kind}:{key}")
    if len({k.split(":")[0] for k in kinds}) > 1:
        raise UnusableTests(f"test {number} is of two types")
    return min(kinds, default="")


def _same_name(known: str, names: Sequence[Any], number: int) -> str:
    for name in names:
        if not isinstance(name, str):
            raise UnusableTests(f"test {number}: the name of the function is no text: {shown(name)}")
        if known and name.split(".")[-1] != known.split(".")[-1]:
            raise UnusableTests(f"test {number} calls {shown(name)}, the problem {shown(known)}")
        known = known or name
    return known


def _limit(value: Any, read: float | None, what: str, number: int) -> float | None:
    if value not in NOTHING and read is None:
        raise UnusableTests(f"test {number}: the {what} cannot be read: {shown(value)}")
    return read


def _pair(given: Any, due: Any, kind: str, name: str, own_name: bool, number: int) -> dict[str, Any]:
    """One pair.

    Args:
        kind: ``stdin`` or ``call`` with the key that says so; empty: nothing does.
        name: the function that the test or the problem names; ``own_name``: the test does.
    """
    if _has_only(given, "stdin") and _has_only(due, "stdout"):
        given, due, kind = given["stdin"], due["stdout"], "stdin:"
    if kind.startswith("call") and not name:
        raise UnusableTests(
            f"test {number} calls a function and does not say which; name it with entry_point"
        )
    if kind == "call:testtype" and isinstance(given, str):
        return {"input": lines_of_json(given, number), "output": _json(due, f"test {number}: the output")}
    if kind.startswith("call") and isinstance(given, str):
        return call(_list(given, number), value(due), number=number)
    if isinstance(given, str) and not kind and "." in name and (named := _named(given)) is not None:
        return call(named, value(due), number=number)
    if isinstance(given, str) and not kind and name and (own_name or "." in name or _is_json(given)):
        raise UnusableTests(
            f"test {number} gives {shown(name)} a text: is it standard input or an argument? Say "
            f'"testtype": "stdin" or "functional", or give the arguments as a list'
        )
    if kind.startswith("stdin") or not name or (isinstance(given, str) and isinstance(due, str)):
        what = f"test {number}: the"
        return {"input": text(given, f"{what} input"), "output": text(due, f"{what} output")}
    return call(given, due, number=number)


def _has_only(value: Any, key: str) -> bool:
    return isinstance(value, Mapping) and set(value) == {key}


def _named(given: str) -> dict[str, Any] | None:
    """Arguments as LeetCodeDataset writes them: ``nums = [3, 3], target = 6``."""
    try:
        call = ast.parse(f"f({given})", mode="eval").body
        assert isinstance(call, ast.Call)
        if call.args or not all(k.arg for k in call.keywords):
            return None
        return {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError, AssertionError):
        return None


def _is_json(given: str) -> bool:
    """Whether a line of a text is a list, a table or a text of JSON, as an argument may be."""
    for line in given.split("\n"):
        if line.strip()[:1] in ("[", "{", '"'):
            try:
                json.loads(line)
            except (ValueError, RecursionError):
                continue
            return True
    return False


def call(given: Any, due: Any, *, number: int) -> dict[str, Any]:
    """A call's arguments and value."""
    if isinstance(given, Mapping):
        return {"input": dict(given), "output": due}
    if isinstance(given, (list, tuple)):
        return {"input": list(given), "output": due}
    raise UnusableTests(f"test {number}: the arguments are neither a list nor a table: {shown(given)}")


def of_lists(inputs: Any, outputs: Any, name: str = "") -> list[dict[str, Any]]:
    """Pairs from inputs and outputs side by side (APPS, TACO, CodeContests).

    Raises:
        UnusableTests: they are not as many, or not understood.
    """
    for what, values in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(values, (list, tuple)):
            raise UnusableTests(f"the {what} are no list: {shown(values)}")
    if len(inputs) != len(outputs):
        raise UnusableTests(f"the tests have {len(inputs)} inputs and {len(outputs)} outputs")
    both = enumerate(zip(inputs, outputs, strict=True), 1)
    if not name:
        return [{"input": text(i, f"input {n}"), "output": text(o, f"output {n}")} for n, (i, o) in both]
    if inputs and all(isinstance(i, str) for i in inputs):
        return [{"input": lines_of_json(i, n), "output": _json(o, f"output {n}")} for n, (i, o) in both]
    pairs = [call(_keys(i), o, number=n) for n, (i, o) in both]
    return [p | {"also": p["output"][0]} for p in pairs] if all(map(_is_one, pairs)) else pairs


def _keys(given: Any) -> Any:
    """Arguments; tables whose keys are all numbers had numbers for keys before JSON made texts of them."""
    if not isinstance(given, (list, tuple)):
        return given
    return [
        {int(k): v for k, v in a.items()}
        if isinstance(a, Mapping) and a and all(isinstance(k, str) and k.lstrip("-").isdigit() for k in a)
        else a
        for a in given
    ]


def text(given: Any, what: str) -> str:
    """Standard input or output as text: a text, its lines in a list, or a number.

    Raises:
        UnusableTests: something else.
    """
    if isinstance(given, str):
        return given
    if isinstance(given, (list, tuple)) and all(isinstance(line, str) for line in given):
        return "\n".join(given)
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return str(given)
    raise UnusableTests(
        f"{what} is no text: {shown(given)}; for arguments of a function name it with entry_point or fn_name"
    )


def lines_of_json(given: str, number: int) -> list[Any]:
    """Arguments as LiveCodeBench writes them: a JSON value a line."""
    lines = [line for line in given.split("\n") if line.strip()]
    return [_json(line, f"test {number}: line {n} of the input") for n, line in enumerate(lines, 1)]


def _json(given: Any, what: str) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError) as error:
        raise UnusableTests(f"{what} is no JSON: {shown(given)}") from error


def _list(given: str, number: int) -> list[Any]:
    found = value(given)
    if not isinstance(found, (list, tuple)):
        raise UnusableTests(f"test {number}: the arguments are no list: {shown(given)}")
    return list(found)


def value(given: Any) -> Any:
    """A value written as JSON or as a Python literal; a text that is neither is itself."""
    if not isinstance(given, str):
        return given
    for read in (json.loads, ast.literal_eval):
        try:
            return read(given)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return given
