"""A row as any framework hands it over, to what a grader reads: text, gold, tests. Never raises.

Text: a string, chat messages, parts of a message, a Responses object, or an object with ``response`` or
``text``. A prompt that stands before the response is taken off. Gold: the first column of :data:`GOLDS` that
is there; a worked solution as gold stands for its final answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verirs.math import extract

GOLDS = (
    "answer",
    "solution",
    "ground_truth",
    "reward_model.ground_truth",
    "reward_spec.ground_truth",
    "verification_info.ground_truth",
    "label",
    "labels",
    "gold",
    "target",
    "final_answer",
    "expected_answer",
    "reference_answer",
    "reference",
)
"""Columns that hold a gold answer, the usual one first; a dot goes into a table."""
TESTS = (
    "tests",
    "test_list",
    "test_cases",
    "test",
    "input_output",
    "public_test_cases",
    "private_test_cases",
    "public_tests",
    "private_tests",
    "generated_tests",
    "official_tests",
    "verification_info",
)
"""Columns that hold the tests of a program; read by :mod:`verirs.code.formats` as a source reads them."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a grader reads of a row.

    Args:
        fields: as a row of :func:`verirs.grade_many`; empty where there is a fault.
        data_source: the name by which a route may choose the scorers.
        fault: why it cannot be judged, or an empty text.
    """

    fields: Mapping[str, Any]
    data_source: str | None = None
    fault: str = ""


def read(completion: Any, columns: Mapping[str, Any], prompt: Any = None) -> Row:
    """One row.

    Args:
        completion: the model's text in any form, or with the prompt in front.
        columns: all that the framework has beside it; what is not known is left alone.
        prompt: the problem as the framework gives it, text or messages.
    """
    source = columns.get("data_source") or columns.get("dataset")
    source = source if isinstance(source, str) else None
    try:
        text = text_of(completion)
        gold = gold_of(columns)
    except ValueError as error:
        return Row({}, source, str(error))
    fields: dict[str, Any] = {"text": text}
    if gold is not None:
        fields["answer"] = gold
    if (tests := tests_of(columns, gold)) is not None:
        fields.pop("answer", None)
        fields["tests"] = tests
        for name in ("entry_point", "time_limit"):
            if columns.get(name) is not None:
                fields[name] = columns[name]
    if prompt is not None and "tests" in fields:
        fields["prompt"] = prompt
    return Row(fields, source)


def text_of(given: Any) -> str:
    """The model's text.

    Raises:
        ValueError: there is no text in it.
    """
    if given is None:
        return ""  # an aborted rollout: nothing was said, and that is wrong
    if isinstance(given, str):
        return given
    if isinstance(given, Mapping):
        for key in ("content", "text", "response", "output_text"):
            if key in given:
                return text_of(given[key])
        if "output" in given:  # a Responses object
            return text_of(given["output"])
        if given.get("choices"):
            return text_of(given["choices"][0])
        if "message" in given:
            return text_of(given["message"])
    elif isinstance(given, Sequence) and not isinstance(given, bytes):
        return _of_list(given)
    else:
        for name in ("response", "text", "content", "completion"):
            if (value := getattr(given, name, None)) is not None:
                return text_of(value)
    raise ValueError(f"no text in the completion, which is {type(given).__name__}")


def _of_list(given: Sequence[Any]) -> str:
    """Messages (the last of the assistant), or the parts of one."""
    if all(isinstance(part, str) for part in given):
        return "".join(given)
    tables = [part for part in given if isinstance(part, Mapping)]
    if any("role" in part for part in tables):
        said = [
            part for part in tables if part.get("role") == "assistant" and part.get("content") is not None
        ]
        if not said:
            raise ValueError("no message of the assistant in the completion")
        return text_of(said[-1]["content"])
    parts = [p["text"] for p in tables if isinstance(p.get("text"), str)]
    parts += [text_of(p["content"]) for p in tables if "text" not in p and "content" in p]
    if not parts:
        raise ValueError("no text in the parts of the completion")
    return "".join(parts)


def response_of(query: str, prompt: str | None) -> str:
    """The response in a text that begins with the prompt.

    Raises:
        ValueError: the prompt is not in it; judging the prompt too would find answers that nobody gave.
    """
    if not prompt:
        return query
    place = query.rfind(prompt)
    if place < 0:
        raise ValueError("the prompt is not in the query, so the response cannot be told from it")
    return query[place + len(prompt) :]


def gold_of(columns: Mapping[str, Any]) -> Any:
    """The gold answer, or ``None``. Of a worked solution (``#### 5``, ``\\boxed{5}``) its final answer."""
    for name in GOLDS:
        found = _at(columns, name)
        if found is None or found == "":
            continue
        if hasattr(found, "tolist"):
            found = found.tolist()
        if isinstance(found, Mapping):
            found = found.get("ground_truth", found.get("target", found))
        if isinstance(found, list) and found:
            return [_final(one) for one in found]
        return _final(found)
    return None


def _final(gold: Any) -> Any:
    if isinstance(gold, str) and ("####" in gold or "\\boxed" in gold):
        return extract(gold).answer or gold
    return gold


def tests_of(columns: Mapping[str, Any], gold: Any) -> Any:
    """The tests of a program in whatever column, or in the gold (as verl's data sets have them), or
    ``None``.
    """
    for name in TESTS:
        found = columns.get(name)
        if found is not None and found != "" and not (isinstance(found, Sequence) and not len(found)):
            return found
    return gold if _looks_like_tests(gold) else None


def _looks_like_tests(gold: Any) -> bool:
    if isinstance(gold, str):
        text = gold.lstrip()
        if text.startswith(("{", "[")) and any(
            f'"{k}"' in text[:100_000] for k in ("inputs", "input", "fn_name")
        ):
            try:
                gold = json.loads(text)
            except ValueError:
                return False
        else:
            return text.startswith(("assert ", "def check(", "from solution import", "import unittest"))
    if isinstance(gold, Mapping):
        return "inputs" in gold and "outputs" in gold
    if isinstance(gold, list) and gold:
        if all(isinstance(one, str) for one in gold):
            return all(one.lstrip().startswith("assert ") for one in gold)
        return all(isinstance(one, Mapping) and "input" in one and "output" in one for one in gold)
    return False


def _at(columns: Mapping[str, Any], path: str) -> Any:
    found: Any = columns
    for key in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found
