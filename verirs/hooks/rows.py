"""A row as any framework hands it over, to what a grader reads: text, gold, tests. Never raises.

Text: a string, chat messages, parts of a message, a Responses object, or an object with ``response`` or
``text``. A prompt that stands before the response is taken off. Gold: the first column of :data:`GOLDS` that
is there; a worked solution as gold stands for its final answer. Tests of programs: as a source reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from verirs.errors import UserError
from verirs.math import extract
from verirs.math.choices import choices_of
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
    "gold_answer",
    "golden_answer",
    "golden_answers",
    "correct_answer",
    "answers",
    "answerkey",
    "solutions",
)
"""Columns that hold a gold answer, the usual one first, in small or capital letters; a dot goes into a table.
Of ``solutions`` only those count that mark their answer, of ``answers`` those in SQuAD's form."""
CHOICES = ("choices", "options")
"""Columns that hold the options of a multiple choice."""
_BESIDE = "verifier_metadata"
"""A column of NeMo Gym's rows that holds others."""
_VALUES = frozenset({"value", "answer", "answers", "text", "gold", "target", "ground_truth", "final_answer"})
"""The one name in a table that is a gold answer."""

_PATHS = tuple((name.partition(".")[0], tuple(name.split(".")[1:])) for name in GOLDS)
PROBLEM = "verirs_problem"
"""A column of our own sets for reinforcement learning: all that a verdict depends on, as JSON."""
NO_CODE = Code()
_CODE = {name.partition(".")[0] for names in (TESTS, *PARTS, NESTED, ENTRY_POINT) for name in names}
_ONE_TEXT = frozenset(name for name in GOLDS if "." not in name) - {"answers", "solutions"} - _CODE
"""Columns of which a text means the same under any of these names."""


class Row(NamedTuple):
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
    if len(columns) == 1 and type(completion) is str and "</tool_response>" not in completion:
        ((name, gold),) = columns.items()  # what a request of the server has
        if name in _ONE_TEXT and type(gold) is str and 0 < len(gold) <= _KEPT and (asked := _of_text(gold)):
            return Row(Completion(text=completion), asked)
    source = columns.get("data_source") or columns.get("dataset")
    source = source if isinstance(source, str) else None
    if isinstance(own := columns.get(PROBLEM), str) and own:
        return _exported(completion, own, source)
    if _BESIDE in columns:
        columns = {**beside(columns[_BESIDE]), **columns}
    try:
        text, gold = text_of(completion), gold_of(columns)
        code = NO_CODE
        if not _CODE.isdisjoint(columns):
            code = code_of(columns, CodeColumns(), prompt="prompt", has_answer=gold is not None)
        if not code.tests.tests:
            if type(gold) is str and _NO_CHOICES.isdisjoint(columns):
                return Row(Completion(text=text), _asked_alone(gold), source)
            return Row(Completion(text=text), _asked(gold, columns), source)
        problem = Problem(
            id=_ID,
            prompt=_prompt(prompt),
            tests=code.tests.tests,
            entry_point=code.tests.entry_point,
            meta=dict(code.tests.meta),
        )
    except RecursionError:
        return faulty("the row is nested too deeply", source)
    except (ValueError, TypeError, UserError) as error:  # a row that a source refuses is a ValueError too
        return faulty(str(error), source)
    return Row(Completion(text=text), (problem,), source)


_KEPT = 2000
"""Characters of a gold answer up to which the problem made of it is kept for the next row."""
_ID = "graded"
_NO_CHOICES = frozenset(CHOICES)


def _asked(gold: Any, columns: Mapping[str, Any]) -> tuple[Problem, ...]:
    """A problem for each gold answer, with the options of a multiple choice.

    Raises:
        ValueError: a gold is none, or a number that is not surely an option's place or what one says.
    """
    options = next((columns[name] for name in CHOICES if columns.get(name) is not None), ())
    try:
        choices = choices_of(options.tolist() if hasattr(options, "tolist") else options)
    except ValueError:
        choices = None  # a column of another meaning
    if choices is None or not choices.texts:
        return tuple(map(_answered, golds(gold)))
    if hasattr(gold, "item") and getattr(gold, "ndim", 0) == 0:
        gold = gold.item()
    if type(gold) is int or (isinstance(gold, str) and gold.isdecimal() and len(gold) < 3):
        count, said = len(choices.letters), any(re.search(rf"(?<!\d){gold}(?!\d)", t) for t in choices.texts)
        if isinstance(gold, int) and 0 <= gold < count and not said:
            gold = choices.letters[gold]
        elif int(gold) <= count and not (isinstance(gold, str) and said):
            raise ValueError(f"the gold {gold!r} is not surely the place of an option, or what one says")
        elif not said:
            return tuple(map(_answered, golds(gold)))  # no option at all: the column means something else
    meta = {"choices": dict(zip(choices.letters, choices.texts, strict=True))}
    return tuple(Problem(id=_ID, answer=one, meta=meta) for one in golds(gold))


def _answered(gold: str | None) -> Problem:
    return Problem(id=_ID, answer=gold)


def _asked_alone(gold: str) -> tuple[Problem, ...]:
    """A problem with a gold answer alone: a group's rows share one, unless the gold is long."""
    return _shared(gold) if len(gold) <= _KEPT else (_answered(gold),)


@lru_cache(4096)
def _shared(gold: str) -> tuple[Problem, ...]:
    return (_answered(gold),)


@lru_cache(4096)
def _of_text(column: str) -> tuple[Problem, ...]:
    """The problems of a row whose only column, one of :data:`_ONE_TEXT`, is this text; none where that
    cannot be read.
    """
    try:
        gold = gold_of({"answer": column})
        return _asked_alone(gold) if type(gold) is str else _asked(gold, {})
    except (ValueError, TypeError, UserError, RecursionError):
        return ()


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
        return _last_turn(given) if "</tool_response>" in given else given
    if given is None:
        return ""  # an aborted rollout: nothing was said, and that is wrong
    if isinstance(given, Mapping):
        if given.get("output") is not None and "content" not in given:  # a Responses object: its ``text``
            return text_of(given["output"])  # is a setting
        keys = [key for key in ("content", "text", "response", "output_text") if key in given]
        if keys:
            return text_of(next((given[key] for key in keys if given[key] is not None), None))
        for several in ("choices", "outputs"):
            if given.get(several):
                return text_of(given[several][0])
        if "message" in given:
            return text_of(given["message"])
        if isinstance(given.get("generated_text"), list):  # as a text it may begin with the prompt
            return text_of(given["generated_text"])
        if _role(given) == _MODEL:
            return text_of(_content(given))
    elif isinstance(given, Sequence) and not isinstance(given, bytes):
        return _of_list(given)
    else:
        for several in ("choices", "outputs"):
            if isinstance(found := getattr(given, several, None), Sequence) and found:
                return text_of(found[0])
        for name in ("response", "text", "content", "completion", "message"):
            if (value := getattr(given, name, None)) is not None:
                return text_of(value)
        if getattr(given, "role", None) == _MODEL:
            return ""  # a call of a tool
    raise ValueError(f"no text in the completion, which is {type(given).__name__}")


_MODEL = "assistant"
_TURN = re.compile(r"\s*(?:<\|im_end\|>)?\s*(?:<\|im_start\|>)?assistant(?:\s*\n|\s*$)")


def _last_turn(transcript: str) -> str:
    """What the model said behind the last reply of a tool, where a text holds both and the turn's mark."""
    behind = transcript[transcript.rindex("</tool_response>") + len("</tool_response>") :]
    turn = _TURN.match(behind)
    return behind[turn.end() :] if turn else transcript


def _of_list(given: Sequence[Any]) -> str:
    """Messages (the last of the assistant), or the parts of one."""
    if all(isinstance(part, str) for part in given):
        return "".join(given)
    tables = [table for part in given if is_said(table := _table(part)) and table.get("type") != "refusal"]
    if not tables:
        return ""  # it thought, called a tool or refused, and said nothing
    if any(_role(part) for part in tables):
        said = [_content(part) for part in tables if _role(part) == _MODEL]
        if not said:
            raise ValueError("no message of the assistant in the completion")
        told = [content for content in said if content is not None]
        return text_of(told[-1]) if told else ""  # a call of a tool, or nothing at all
    if len(tables) == 1 and "generated_text" in tables[0]:
        return text_of(tables[0])
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


_ROLES = {"model": _MODEL, "gpt": _MODEL, "ai": _MODEL, "AIMessageChunk": _MODEL, "chatbot": _MODEL}
"""Names of the model in the messages of Gemini, ShareGPT and LangChain."""
_KINDS = frozenset({"human", "ai", "AIMessageChunk", "system", "tool", "function", "chat"})
"""Values of ``type`` by which LangChain tells messages from each other."""


def _role(part: Mapping[str, Any]) -> str:
    """Whose message it is; empty: it is none."""
    role = part.get("role") or part.get("from")
    if not role and "content" in part and part.get("type") in _KINDS:
        role = part["type"]
    return _ROLES.get(role, role) if isinstance(role, str) else ""


def _content(message: Mapping[str, Any]) -> Any:
    return next((message[key] for key in ("content", "parts", "value") if message.get(key) is not None), None)


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
        if first == "answers" and not isinstance(found, Mapping):
            continue  # the options of a multiple choice, perhaps
        for key in path:
            found = beside(found).get(key)
        if isinstance(found, str) and found:
            if (table := _tabled(found)) is None:
                return list(map(_final, several)) if (several := _listed(found)) else _final(found)
            found = table
        if isinstance(found, Mapping):
            found = _of_table(found)
        if hasattr(found, "tolist"):
            found = found.tolist()
        if first == "solutions" and isinstance(found, list | tuple):
            found = [one for one in found if isinstance(one, str) and _is_marked(one)]
        if found is None or found == "" or found == []:
            continue
        if isinstance(found, list | tuple) and found:
            return [_final(one) for one in found]
        return _final(found)
    if any(isinstance(name, str) and not name.islower() for name in columns):
        small = {str(name).lower(): value for name, value in columns.items()}
        return gold_of(small) if len(small) == len(columns) and small.keys() != columns.keys() else None
    return None


def _of_table(found: Mapping[str, Any]) -> Any:
    """The gold in a table: under the names that data sets use beside others, or its only one."""
    for name in ("ground_truth", "target"):
        if name in found:
            return found[name]
    if found.keys() == {"text", "answer_start"}:  # SQuAD's answers
        return found["text"]
    ((only, value),) = found.items() if len(found) == 1 else (("", None),)
    return value if only in _VALUES else found


def _tabled(gold: str) -> Mapping[str, Any] | None:
    """The table in JSON that a text is, where it holds a gold; mathematics writes no quotation marks."""
    if not gold.startswith("{") or '"' not in gold:
        return None
    table = beside(gold)
    return table if table and _of_table(table) is not table else None


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
    if isinstance(gold, str) and _is_marked(gold):
        return extract(gold).answer or gold
    return gold


def _is_marked(solution: str) -> bool:
    return "####" in solution or "\\boxed" in solution or "</answer>" in solution
