"""A row of a data set made into a problem: prompt, gold answer, tests and id, whatever wrote the row.

What is no value is no value: ``None``, ``NaN``, an empty text, and the words that pandas and others write for
it. A gold is kept as it is written, but a whole number loses its ``.0``, which a column with a hole gets from
pandas. One problem has one gold.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from verirs.sources.code_columns import NO_VALUE, Code, CodeColumns, code_of
from verirs.sources.columns import MISSING, column, find, usual
from verirs.sources.faults import BadRow, listed, piece
from verirs.sources.formats import Written
from verirs.types import Message, Problem

SPEAKERS = {"human": "user", "gpt": "assistant"}
"""Who speaks, where messages are of ``from`` and ``value``, as ShareGPT wrote them."""
PROMPT = ("prompt", "question", "problem")
ANSWER = ("answer", "gold", "final_answer", "ground_truth", "expected_answer", "reward_model.ground_truth")
ROLES = ("system", "user", "assistant")
DEEPEST = 64
"""So many levels a row may be nested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns' names, where they are not the usual ones; no ``id``: hashes of the prompts.

    Args:
        options: the source has options of these names, which a message may tell.
    """

    prompt: str = ""
    answer: str = ""
    id: str = "id"
    code: CodeColumns = field(default_factory=CodeColumns)
    options: bool = False


def problem(row: Mapping[str, Any], columns: Columns, *, source: str = "", split: str = "") -> Problem:
    """A problem from a row; what is not used goes to ``meta``.

    Args:
        source, split: of a row that does not say its own.

    Raises:
        BadRow: no prompt, or a column that cannot be understood; without the row's place.
    """
    used: list[str] = []

    def value(name: str, names: Sequence[str], what: str) -> Any:
        """The value of the column called ``name``, else of a usual one; ``None`` where there is none."""
        found = usual(row, [name] if name else names)
        if found is None and (name or what == "prompt"):
            column(row, [name] if name else names, what, option=what if columns.options else "")
        used.append(found or "")
        return None if found is None else find(row, found)

    text = messages(value(columns.prompt, PROMPT, "prompt"))
    asked = used[-1]
    code = _code(row, columns, asked)
    golds = [name for name in ANSWER if name not in code.used]
    gold = answer_of(value(columns.answer, golds, "answer"))
    key = id_of(value("" if columns.id == "id" else columns.id, ["id"] if columns.id else [], "id"))
    used += [*code.used, *(["language"] if code.tests.tests else [])]  # it may be that of the text: "en"
    own, part = row.get("source"), row.get("split")
    used += ["source", "split"]
    return Problem(
        id=key,
        prompt=text,
        answer=gold,
        tests=code.tests.tests,
        entry_point=code.tests.entry_point,
        source=source if nothing(own) else sound(str(own), "source"),
        split=split if nothing(part) else sound(str(part), "split"),
        meta=meta_of(row, used) | plain(code.tests.meta),
    )


def _code(row: Mapping[str, Any], columns: Columns, prompt: str) -> Code:
    """The row's tests and what belongs to them."""
    answer = [columns.answer] if columns.answer else ANSWER
    has_answer = any(not nothing(find(row, name)) for name in answer)
    code = code_of(row, columns.code, prompt=prompt, has_answer=has_answer, options=columns.options)
    tests = code.tests.tests
    if isinstance(tests, tuple):
        tests = tuple(_finite(plain(test), test) for test in tests)
    elif tests:
        tests = sound(tests, "tests")
    entry = code.tests.entry_point
    reads = isinstance(tests, tuple) and all(isinstance(t["input"], str) for t in tests)
    entry = None if entry is None or (reads and tests) else sound(entry, "entry point")
    return replace(code, tests=replace(code.tests, tests=tests, entry_point=entry))


def _finite(kept: dict[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
    """A test as it is kept.

    Raises:
        BadRow: a number is left out of it, for JSON has none such.
    """
    if "inf" in repr(test) or "nan" in repr(test):
        for key in kept:
            if kept[key] != test[key] and not isinstance(test[key], str):
                raise BadRow("a test holds a number that is not finite", f": {piece(test[key])}")
    return kept


def nothing(value: Any) -> bool:
    """Whether a cell has no value."""
    if isinstance(value, (float, decimal.Decimal)):
        return math.isnan(value)
    return value is None or value is MISSING or (isinstance(value, str) and value.strip() in NO_VALUE)


def messages(value: Any) -> str | list[Message]:
    """A prompt: a text, or chat messages that end with the user's.

    Raises:
        BadRow: anything else.
    """
    if isinstance(value, str) and value.lstrip().startswith(("[{", '"[{')):
        value = _chat_in_text(value)
    if nothing(value) or value == []:
        raise BadRow("the prompt is empty", f" ({piece(value)})" if isinstance(value, str) else "")
    if isinstance(value, str):
        return sound(value, "prompt")
    if not isinstance(value, (list, tuple)):
        raise BadRow("the prompt is neither a text nor a list of chat messages", f": {piece(value)}")
    chat = [_message(turn) for turn in value]
    if chat[-1]["role"] != "user":
        raise BadRow(
            f"the prompt ends with a message of the {chat[-1]['role']}, not of the user",
            f": {piece(chat[-1]['content'])}. A prompt holds no solution; name its column, or leave that "
            f"message out",
        )
    if not chat[-1]["content"].strip():
        raise BadRow("the prompt's last message is empty")
    return chat


def _message(turn: Any) -> Message:
    if isinstance(turn, Mapping) and turn.keys() >= {"from", "value"} and "role" not in turn:
        turn = {"role": SPEAKERS.get(turn["from"], turn["from"]), "content": turn["value"]}
    if not isinstance(turn, Mapping) or "role" not in turn or "content" not in turn:
        what = listed(turn) if isinstance(turn, Mapping) else piece(turn)
        raise BadRow("a chat message without role and content", f" (it has {what})")
    role, content = turn["role"], turn["content"]
    if role not in ROLES:
        raise BadRow("a chat message of an unknown role", f" {piece(role)}; known: {', '.join(ROLES)}")
    if isinstance(content, (list, tuple)):
        raise BadRow("a chat message's content comes in parts", "; only text is read: join its parts")
    if not isinstance(content, str):
        raise BadRow("a chat message's content is no text", f": {piece(content)}")
    return {"role": role, "content": sound(content, "prompt")}


def _chat_in_text(text: str) -> Any:
    """Chat messages that a CSV file holds as JSON; another text as it is.

    Raises:
        BadRow: they were written by Python's ``str``, which no one can read back for sure.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if text.lstrip().startswith(("[{'role'", "[{'content'", "[{'from'")):
            raise BadRow(
                "the prompt is a list of messages printed as text", f": {piece(text)}; write it as JSON"
            ) from None
        return text
    chat = isinstance(value, list) and all(isinstance(v, dict) and "content" in v for v in value)
    return value if chat else text


def answer_of(value: Any) -> str | None:
    """A gold answer as text, or ``None`` where there is none.

    Raises:
        BadRow: several golds that differ, or a table.
    """
    if isinstance(value, str) and value.lstrip().startswith('["'):
        value = _texts_in_text(value)
    if isinstance(value, (list, tuple)):
        golds = list(dict.fromkeys(g for g in map(answer_of, value) if g is not None))
        if len(golds) > 1:
            raise BadRow("several gold answers", f": {', '.join(map(piece, golds[:4]))}; a problem has one")
        return golds[0] if golds else None
    if nothing(value):
        return None
    if isinstance(value, str):
        return sound(value, "answer")
    if isinstance(value, (bool, int)):
        return str(value)
    if isinstance(value, (float, decimal.Decimal)):
        if math.isfinite(value) and value == int(value) and -1e16 < value < 1e16:
            return str(int(value))
        return value.text if isinstance(value, Written) else str(value)
    if isinstance(value, Mapping):
        raise BadRow("the answer is a table", f" with {listed(value)}; name one of them with a dot")
    raise BadRow("the answer is neither a text nor a number", f": {piece(value)}")


def _texts_in_text(text: str) -> Any:
    """A list with one text, written as JSON in a text; another text as it is."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) else text


def id_of(value: Any) -> str:
    """An id as text; empty where there is none."""
    if nothing(value):
        return ""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadRow("the id is neither a text nor a number", f": {piece(value)}")
    return sound(str(value), "id")


def sound(text: str, what: str) -> str:
    """The text, which every file and every model can hold.

    Raises:
        BadRow: it has half of a surrogate pair, as a text that was cut in the middle of a character.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as e:
            raise BadRow(
                f"the {what} holds half of a character", f" ({text[e.start]!a}, at {e.start + 1})"
            ) from None
    return text


def meta_of(row: Mapping[str, Any], used: Sequence[str]) -> dict[str, Any]:
    """The columns that are not used, as JSON values; without those that have no value or are binary."""
    meta = {}
    for key, value in row.items():
        if key in used or key.startswith("__index_level_") or nothing(value):
            continue
        try:
            meta[key] = plain(value)
        except TypeError:  # an image, bytes: nobody judges by it
            continue
    return meta


def plain(value: Any, depth: int = 1) -> Any:
    """The same value made of JSON types; dates and decimals as text, ``NaN`` as ``None``.

    Raises:
        BadRow: nested too deep.
        TypeError: something that JSON cannot hold.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth > DEEPEST:
        raise BadRow(f"nested more than {DEEPEST} levels deep")
    if isinstance(value, Mapping):
        return {str(k): plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, depth + 1) for v in value]
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta, decimal.Decimal)):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")
