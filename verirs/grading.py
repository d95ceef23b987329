"""Grading without a run: the same scorers as a run's, as one call. What trainers use as a reward.

Rows are checked first; a wrong one is refused by its number before anything is judged. A scorer that is named
is made once for its options and kept, so calls are cheap; see :mod:`verirs.parts.ready`.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from verirs.errors import UserError, nearest
from verirs.math.golds import BEST_FIRST, Answer, golds
from verirs.parts import ScorerPart, given_scorer
from verirs.parts.ready import lent
from verirs.protocols import Scorer, ScorerFunction
from verirs.running.scoring import safely
from verirs.thoughts import is_said
from verirs.types import LONGEST_TIME, Completion, Message, Problem, Score, Verdict

Text = str | Sequence[Mapping[str, Any]]
"""A completion: its text, or the chat messages that it is the last assistant turn of."""
_FIELDS = ("text", "answer", "tests", "entry_point", "prompt", "time_limit", "meta")
_KNOWN = frozenset(_FIELDS)


def grade(
    scorer: str | Scorer | ScorerFunction,
    *,
    text: Text,
    answer: Answer | Sequence[Answer] | None = None,
    tests: str | Mapping[str, Any] | Sequence[Any] | None = None,
    entry_point: str | None = None,
    prompt: str | Sequence[Message] | None = None,
    time_limit: float | None = None,
    meta: Mapping[str, Any] | None = None,
    **options: Any,
) -> Score:
    """Judge one completion. Callable from any thread or process; safe on hostile text.

    Args:
        scorer: a scorer's name (``math``, ``code``, ``package.module:Name``), a scorer, or a function of a
            problem and a completion.
        text: the completion, or chat messages, whose last assistant turn it is.
        answer: the gold answer (math). Of several, one that the completion matches is enough. A NaN is none.
        tests: test code, pairs ``[{"input": ..., "output": ...}]``, or another form of docs/code.md (code).
        entry_point: the function that the tests call (code).
        prompt: the problem, where the scorer reads it (a program that continues its prompt).
        time_limit: CPU seconds for this problem's program, in place of the scorer's ``timeout`` (code).
        meta: other columns of the problem that a scorer reads (``{"choices": ["3", "5"]}``).
        options: the scorer's own options.

    Returns:
        A score, true in an ``if`` when the verdict is ``pass``. A verdict that could not be reached is
        ``error`` or ``abstain``, never ``fail``.

    Raises:
        UserError: an unknown scorer or option, or a value of the wrong kind.
        PartError: a scorer of your own that lacks something, by name.

    Example:
        >>> grade("math", answer="1/2", text=r"So it is \\boxed{0.5}").verdict
        <Verdict.PASS: 'pass'>
    """
    row = {
        "text": text,
        "answer": answer,
        "tests": tests,
        "entry_point": entry_point,
        "prompt": prompt,
        "time_limit": time_limit,
        "meta": meta,
    }
    return grade_many(scorer, [row], **options)[0]


def grade_many(
    scorer: str | Scorer | ScorerFunction, rows: Iterable[Mapping[str, Any]], **options: Any
) -> list[Score]:
    """Judge many completions at once: one score a row, in order.

    Args:
        rows: each with ``text`` and what :func:`grade` takes beside it.

    Raises:
        UserError: an unknown scorer or option, or the first row without ``text``, with other keys, or with a
            value of the wrong kind.
        PartError: as :func:`grade`.
    """
    read = [read_row(row, number) for number, row in enumerate(rows)]
    if isinstance(scorer, str):
        with lent(scorer, options) as part:
            return judge(part, read)
    return judge(given_scorer(scorer, options), read)


def judge(scorer: ScorerPart, rows: Sequence[Row]) -> list[Score]:
    """One score a row, in order."""
    items = [(problem, row.completion) for row in rows for problem in row.problems]
    scores = iter(safely(scorer, items))
    return [_of_all_golds(row, list(islice(scores, len(row.problems)))) for row in rows]


@dataclass(frozen=True, slots=True)
class Row:
    """A completion, and the problem once for each of its gold answers."""

    completion: Completion
    problems: Sequence[Problem]


def read_row(row: Mapping[str, Any], number: int) -> Row:
    """A row of :func:`grade_many`, checked.

    Raises:
        UserError: what is wrong with it, with its number.
    """
    if not isinstance(row, Mapping):
        raise UserError(f"grade: row {number} is {type(row).__name__}; a row is a table with text and more")
    if not row.keys() <= _KNOWN:
        unknown = sorted(map(str, row.keys() - _KNOWN))
        fault = f"unknown key {unknown[0]!r}{nearest(unknown[0], _FIELDS)}"
        raise UserError(f"grade: row {number}: {fault} (a row has text and {', '.join(_FIELDS[1:])})")
    try:
        text, answers = _text(row.get("text")), golds(row.get("answer"))
        seconds, meta = _seconds(row.get("time_limit")), _meta(row.get("meta"))
    except ValueError as e:
        raise UserError(f"grade: row {number}: {e}") from e
    try:
        problems = [
            _problem(row, gold, meta | {"time_limit": seconds} if seconds else meta) for gold in answers
        ]
    except TypeError as e:
        raise UserError(f"grade: row {number}: {e}") from e
    return Row(Completion(index=number, text=text), problems)


def _problem(row: Mapping[str, Any], gold: str | None, meta: Mapping[str, Any]) -> Problem:
    prompt, tests, entry_point = row.get("prompt"), row.get("tests"), row.get("entry_point")
    read = None
    if tests is not None and (entry_point is None or isinstance(entry_point, str)):
        from verirs.code.formats.faults import UnusableTests
        from verirs.code.formats.reading import read_tests, replace_tests

        try:
            read = read_tests(tests, entry_point)
        except UnusableTests:  # the scorer says so of this row
            read = None
    problem = Problem(
        id="graded",
        prompt=prompt if prompt is not None else (),
        answer=gold,
        tests=tests if read is None else read.tests,
        entry_point=entry_point,
        meta=meta,
    )
    return problem if read is None else replace_tests(problem, read)


def _text(given: Any) -> str:
    if isinstance(given, Sequence) and not isinstance(given, (str, bytes)):
        turns = [m for m in given if isinstance(m, Mapping) and m.get("role") == "assistant"]
        if not turns:
            raise ValueError("text is a list without an assistant's message; it must be one, or a string")
        given = turns[-1].get("content")
        if isinstance(given, list):  # a message of parts
            given = "".join(
                p["text"]
                for p in given
                if isinstance(p, Mapping) and is_said(p) and isinstance(p.get("text"), str)
            )
    if given is None:
        raise ValueError(
            "text is missing, or None (a tool call, or a thought that never ended). Leave the row out, or "
            "give '' if it is to fail"
        )
    if not isinstance(given, str):
        raise ValueError(f"text is not a string but {type(given).__name__}")
    return given


def _meta(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise ValueError(
            f"meta is {type(given).__name__}; it must be a table of the row's other columns by name"
        )
    return dict(given)


def _seconds(given: Any) -> float | None:
    if given is None:
        return None
    number = float(given) if isinstance(given, numbers.Real) and not isinstance(given, bool) else math.nan
    if not 0 < number <= LONGEST_TIME:
        raise ValueError(f"time_limit is {given!r}; it must be a number of seconds, from 0 to {LONGEST_TIME}")
    return number


def _of_all_golds(row: Row, scores: Sequence[Score]) -> Score:
    """The row's score: a pass for any gold; else what kept one from being known; else the first fail."""
    if len(scores) == 1:
        return scores[0]
    problem, score = min(zip(row.problems, scores, strict=True), key=lambda one: _order(one[1]))
    return replace(score, details={**score.details, "gold": problem.answer})


def _order(score: Score) -> int:
    if score.verdict is Verdict.ABSTAIN and score.details.get("method") == "extraction":
        return BEST_FIRST.index(Verdict.ERROR)  # the right value, beside something that is not understood
    return BEST_FIRST.index(score.verdict)
