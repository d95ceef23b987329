"""A row as any framework hands it over, to what a grader reads: text, gold, tests. Never raises.

Text: :mod:`verirs.hooks.said`; gold: :mod:`verirs.hooks.golds`; tests of programs: as a source reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from verirs.errors import UserError
from verirs.hooks.golds import GOLDS, all_plain, beside, gold_of
from verirs.hooks.said import may_use_tools, text_of
from verirs.math.choices import choices_of
from verirs.math.golds import golds
from verirs.sources.code_columns import ENTRY_POINT, NESTED, PARTS, TESTS, Code, CodeColumns, code_of
from verirs.thoughts import opened_by
from verirs.types import Completion, Problem

CHOICES = ("choices", "options")
"""Columns that hold the options of a multiple choice."""
_BESIDE = "verifier_metadata"
"""A column of NeMo Gym's rows that holds others."""
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


def read(completion: Any, columns: Mapping[str, Any], prompt: Any = None, most: int | None = None) -> Row:
    """One row.

    Args:
        completion: the model's text in any form.
        columns: all that the framework has beside it; what is not known is left alone.
        prompt: the problem as the framework gives it, text or messages.
        most: gold answers that a row may have; more are a fault of it.
    """
    opened = opened_by(prompt) if isinstance(prompt, str) else ""
    if len(columns) == 1 and type(completion) is str and not opened and not may_use_tools(completion):
        ((name, gold),) = columns.items()  # what a request of the server has
        if name in _ONE_TEXT and type(gold) is str and 0 < len(gold) <= _KEPT and (asked := _of_text(gold)):
            return Row(Completion(text=completion), asked)
    source = columns.get("data_source")
    if not isinstance(source, str) or not source:
        source = columns.get("dataset")
        source = source if isinstance(source, str) and source else None
    if isinstance(own := columns.get(PROBLEM), str) and own:
        return _exported(completion, own, source, opened)
    if _BESIDE in columns:
        columns = {**beside(columns[_BESIDE]), **{k: v for k, v in columns.items() if v is not None}}
    try:
        text, gold = _said(completion, opened), gold_of(columns, most)
        code = NO_CODE
        if not _CODE.isdisjoint(columns):
            known = {name: all_plain(own) if name in _CODE else own for name, own in columns.items()}
            code = code_of(known, CodeColumns(), prompt="prompt", has_answer=gold is not None)
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
    options = next((given for name in CHOICES if (given := all_plain(columns.get(name))) is not None), ())
    try:
        choices = choices_of(options)
    except ValueError:
        choices = None  # a column of another meaning
    if choices is None or not choices.texts:
        return tuple(map(_answered, golds(gold)))
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


def _said(completion: Any, opened: str) -> str:
    """The model's text, a thought that the prompt opened with its tag: without an end all is thought."""
    text = text_of(completion)
    return opened + text if opened and not text.lstrip().startswith(opened) else text


def _exported(completion: Any, own: str, source: str | None, opened: str) -> Row:
    """A row of a set that verirs wrote: judged exactly as in the run that it comes from."""
    try:
        problem = Problem.from_json(json.loads(own))
        return Row(Completion(text=_said(completion, opened)), (problem,), source)
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
