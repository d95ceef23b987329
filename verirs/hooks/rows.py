"""A row as any framework hands it over, to what a grader reads: text, gold, tests. Never raises.

Text: a string, chat messages, parts of a message, a Responses object, or an object with ``response`` or
``text``. A prompt that stands before the response is taken off. Gold: the first column of :data:`GOLDS` that
is there; a worked solution as gold stands for its final answer. Tests of programs: as a source reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from verirs.errors import UserError
from verirs.math import extract
from verirs.math.golds import golds
from verirs.sources.code_columns import ENTRY_POINT, NESTED, PARTS, TESTS, Code, CodeColumns, code_of
from verirs.thoughts import is_said
from verirs.types import Completion, Problem

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


_PATHS = tuple((name.partition(".")[0], tuple(name.split(".")[1:])) for name in GOLDS)
PROBLEM = "verirs_problem"
"""A column of our own sets for reinforcement learning: all that a verdict depends on, as JSON."""
NO_CODE = Code()
_CODE = {name.partition(".")[0] for names in (TESTS, *PARTS, NESTED, ENTRY_POINT) for name in names}


@dataclass(frozen=True, slots=True)
class Row:
    """What a grader reads of a row.

    Args:
        completion: the model's text.
        problems: once for each gold answer of which one is enough; empty where there is a fault.
        data_source: the name by which a route may choose the scorers.
        fault: why it cannot be judged, or an empty text.
    """

    completion: Completion
    problems: tuple[Problem, ...]
    data_source: str | None = None
    fault: str = ""

    @property
    def has_tests(self) -> bool:
        """The problems differ in their gold alone."""
        return bool(self.problems) and bool(self.problems[0].tests)


def read(completion: Any, columns: Mapping[str, Any], prompt: Any = None) -> Row:
    """One row.

    Args:
        completion: the model's text in any form.
        columns: all that the framework has beside it; what is not known is left alone.
        prompt: the problem as the framework gives it, text or messages.
    """
    source = columns.get("data_source") or columns.get("dataset")
    source = source if isinstance(source, str) else None
    if isinstance(own := columns.get(PROBLEM), str) and own:
        return _exported(completion, own, source)
    try:
        text, gold = text_of(completion), gold_of(columns)
        code = NO_CODE
        if not _CODE.isdisjoint(columns):
            code = code_of(columns, CodeColumns(), prompt="prompt", has_answer=gold is not None)
        if not code.tests.tests:
            asked = (_answered(gold),) if type(gold) is str else tuple(map(_answered, golds(gold)))
            return Row(Completion(text=text), asked, source)
        problem = Problem(
            id=_ID,
            prompt=_prompt(prompt),
            tests=code.tests.tests,
            entry_point=code.tests.entry_point,
            meta=dict(code.tests.meta),
        )
    except (ValueError, TypeError, UserError) as error:  # a row that a source refuses is a ValueError too
        return faulty(str(error), source)
    return Row(Completion(text=text), (problem,), source)


_ID = "graded"


@lru_cache(4096)
def _answered(gold: str | None) -> Problem:
    """A problem with a gold answer alone: a group's rows share one."""
    return Problem(id=_ID, answer=gold)


def _exported(completion: Any, own: str, source: str | None) -> Row:
    """A row of a set that verirs wrote: judged exactly as in the run that it comes from."""
    try:
        problem = Problem.from_json(json.loads(own))
        return Row(Completion(text=text_of(completion)), (problem,), source)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        return faulty(f"{PROBLEM}: {error}", source)


def faulty(fault: str, source: str | None = None) -> Row:
    """A row that cannot be judged."""
    return Row(Completion(index=0, text=""), (), source, fault)


def _prompt(prompt: Any) -> Any:
    """A prompt that a program may continue; anything but text and messages says nothing."""
    if isinstance(prompt, str):
        return prompt
    if isinstance(prompt, Sequence) and all(isinstance(m, Mapping) and "role" in m for m in prompt):
        return tuple(prompt)
    return ()


def text_of(given: Any) -> str:
    """The model's text.

    Raises:
        ValueError: there is no text in it.
    """
    if isinstance(given, str):
        return given
    if given is None:
        return ""  # an aborted rollout: nothing was said, and that is wrong
    if isinstance(given, Mapping):
        if given.get("output") is not None and "content" not in given:  # a Responses object: its ``text``
            return text_of(given["output"])  # is a setting
        keys = [key for key in ("content", "text", "response", "output_text") if key in given]
        if keys:
            return text_of(next((given[key] for key in keys if given[key] is not None), None))
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
    tables = [table for part in given if is_said(table := _table(part))]
    if not tables:
        return ""  # it thought or called a tool, and said nothing
    if any("role" in part for part in tables):
        said = [
            part for part in tables if part.get("role") == "assistant" and part.get("content") is not None
        ]
        if not said:
            if any(part.get("role") == "assistant" for part in tables):
                return ""  # a call of a tool, or nothing at all
            raise ValueError("no message of the assistant in the completion")
        return text_of(said[-1]["content"])
    parts = [p["text"] for p in tables if isinstance(p.get("text"), str)]
    parts += [text_of(p["content"]) for p in tables if "text" not in p and "content" in p]
    if not parts:
        raise ValueError("no text in the parts of the completion")
    return "".join(parts)


def _table(part: Any) -> Mapping[str, Any]:
    """A message or part as a table, also where a framework has a class for it."""
    if isinstance(part, Mapping):
        return part
    names = ("role", "content", "text", "type", "thought")
    return {n: value for n in names if (value := getattr(part, n, None)) is not None}


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
    """The gold answer, or ``None``. Of a worked solution (``#### 5``, ``\\boxed{5}``,
    ``<answer>5</answer>``) its final answer.
    """
    for first, path in _PATHS:
        if first not in columns:
            continue
        found: Any = columns[first]
        for key in path:
            found = beside(found).get(key)
        if isinstance(found, str) and found:
            return list(map(_final, several)) if (several := _listed(found)) else _final(found)
        if isinstance(found, Mapping):
            found = found.get("ground_truth", found.get("target", found))
        if hasattr(found, "tolist"):
            found = found.tolist()
        if found is None or found == "" or found == []:
            continue
        if isinstance(found, list | tuple) and found:
            return [_final(one) for one in found]
        return _final(found)
    return None


def _listed(gold: str) -> list[str] | None:
    """The texts of a list in JSON, as data sets write golds; mathematics writes no quotation marks."""
    if not gold.startswith("[") or '"' not in gold:
        return None
    try:
        found = json.loads(gold)
    except (ValueError, RecursionError):
        return None
    return found if found and all(isinstance(one, str) for one in found) else None


def beside(given: Any) -> dict[str, Any]:
    """Columns that a framework hands over as one: a table, or the text of one in JSON; else none."""
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    return dict(given) if isinstance(given, Mapping) else {}


def _final(gold: Any) -> Any:
    if isinstance(gold, str) and ("####" in gold or "\\boxed" in gold or "</answer>" in gold):
        return extract(gold).answer or gold
    return gold
