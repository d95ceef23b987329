"""Grading without a run: the same scorers as a run's, as one call. What trainers use as a reward."""

from __future__ import annotations

import atexit
import functools
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verirs import plugins
from verirs.errors import UserError
from verirs.protocols import Scorer
from verirs.scoring import safely
from verirs.types import Completion, Message, Problem, Score

_FIELDS = ("text", "answer", "tests", "entry_point", "prompt")
_lock = threading.Lock()


def grade(
    scorer: str | Scorer,
    *,
    text: str,
    answer: str | None = None,
    tests: str | Sequence[Mapping[str, Any]] | None = None,
    entry_point: str | None = None,
    prompt: str | Sequence[Message] | None = None,
    **options: Any,
) -> Score:
    """Judge one completion. Callable from any thread or process; safe on hostile text.

    Args:
        scorer: a scorer's name (``math``, ``code``, ``package.module:Name``), or a scorer.
        text: the completion.
        answer: the gold answer (math).
        tests: test code, or ``[{"input": ..., "output": ...}]`` (code).
        entry_point: the function that the tests call (code).
        prompt: the problem, where the scorer reads it (a program that continues its prompt).
        options: the scorer's own options.

    Returns:
        A score; a verdict that could not be reached is ``error``, never ``fail``.

    Raises:
        UserError: an unknown scorer or option.

    Example:
        >>> grade("math", answer="1/2", text=r"So it is \\boxed{0.5}").verdict
        <Verdict.PASS: 'pass'>
    """
    row = {"text": text, "answer": answer, "tests": tests, "entry_point": entry_point, "prompt": prompt}
    return grade_many(scorer, [row], **options)[0]


def grade_many(scorer: str | Scorer, rows: Iterable[Mapping[str, Any]], **options: Any) -> list[Score]:
    """Judge many completions at once: one score a row, in order.

    Args:
        rows: each with ``text`` and what :func:`grade` takes beside it.

    Raises:
        UserError: an unknown scorer or option, or a row without ``text`` or with other keys.
    """
    items = [_item(row, number) for number, row in enumerate(rows)]
    made = _made(scorer, tuple(sorted(options.items())), os.getpid()) if isinstance(scorer, str) else scorer
    return safely(made, items)


def _item(row: Mapping[str, Any], number: int) -> tuple[Problem, Completion]:
    unknown = sorted(row.keys() - set(_FIELDS))
    text = row.get("text")
    if unknown or not isinstance(text, str):
        fault = f"unknown key {unknown[0]!r}" if unknown else "text is missing or not a string"
        raise UserError(f"grade: row {number}: {fault}; a row has text and {', '.join(_FIELDS[1:])}")
    prompt, tests, answer = row.get("prompt"), row.get("tests"), row.get("answer")
    problem = Problem(
        id="graded",
        prompt=prompt if prompt is not None else (),
        answer=None if answer is None else str(answer),
        tests=tests if tests is None or isinstance(tests, str) else tuple(tests),
        entry_point=row.get("entry_point"),
    )
    return problem, Completion(index=number, text=text)


def _made(name: str, options: tuple[tuple[str, Any], ...], pid: int) -> Scorer:
    with _lock:
        return _made_once(name, options, pid)


@functools.lru_cache(maxsize=16)
def _made_once(name: str, options: tuple[tuple[str, Any], ...], pid: int) -> Scorer:
    # one scorer a process: a forked child must not share its parent's workers
    made: Scorer = plugins.build("scorer", name, dict(options))
    atexit.register(made.close)
    return made
