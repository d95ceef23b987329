"""Grading without a run: the same scorers as a run's, as one call. What trainers use as a reward."""

from __future__ import annotations

import atexit
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verirs.errors import UserError
from verirs.parts import ScorerPart, build_scorer, scorer_part
from verirs.protocols import Scorer
from verirs.running.scoring import safely
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
    made = _made(scorer, options) if isinstance(scorer, str) else scorer_part(scorer)
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
        tests=tests,
        entry_point=row.get("entry_point"),
    )
    return problem, Completion(index=number, text=text)


_KEPT = 16
"""So many scorers are kept ready; the one not used for longest is closed."""
_ready: OrderedDict[tuple[int, str, str], ScorerPart] = OrderedDict()


def _made(name: str, options: Mapping[str, Any]) -> ScorerPart:
    # one scorer a process: a forked child must not share its parent's workers
    key = (os.getpid(), name, json.dumps(options, sort_keys=True, default=_identity))
    with _lock:
        if key not in _ready:
            _ready[key] = build_scorer(name, options, name)
        _ready.move_to_end(key)
        dropped = [_ready.popitem(last=False)[1] for _ in range(len(_ready) - _KEPT)]
        made = _ready[key]
    for old in dropped:
        old.made.close()
    return made


def _identity(value: object) -> str:
    return f"{type(value).__qualname__} {id(value)}"


def _close_all() -> None:
    with _lock:
        while _ready:
            (pid, _, _), part = _ready.popitem()
            if pid == os.getpid():
                part.made.close()


atexit.register(_close_all)
