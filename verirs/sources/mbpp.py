"""MBPP (Austin et al. 2021) and MBPP+: short Python functions from a sentence and three asserts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from verirs.errors import SourceError
from verirs.sources.columns import column
from verirs.sources.faults import BadRow, piece
from verirs.sources.formats import Row, rows_of
from verirs.sources.hub import hub_rows
from verirs.sources.humaneval import text
from verirs.sources.rows import sound
from verirs.sources.sieve import OnError, Sieve
from verirs.types import Problem

SPLITS = {"prompt": (1, 10), "test": (11, 510), "validation": (511, 600), "train": (601, 974)}
"""The dataset's own split by task number."""
PROMPT = (
    "You are an expert Python programmer, and here is your task: {task} "
    "Your code should pass these tests:\n\n{tests}\n"
)
"""The prompt of the paper; without the tests a model cannot know the function's name."""


class MbppSource:
    """MBPP from the hub or from a local file.

    A file may hold the dataset's own rows (``task_id``, ``text``, ``code``, ``test_list``,
    ``test_setup_code``; also the sanitized form and MBPP+) or rows with ``id``, ``prompt``, ``tests``,
    ``entry_point``, ``split`` and ``reference``. Without its own split a row's task number decides.

    Args:
        path: a local file in place of a download.
        split: ``test`` (500), ``train`` (374), ``validation`` (90), ``prompt`` (10) or ``all``.
        plus: MBPP+ (evalplus), 378 problems of one split; the tests need numpy in the sandbox.
        on_error: refuse: name all rows that cannot be used; skip: leave them out and count them.
    """

    def __init__(self, path: str = "", split: str = "test", plus: bool = False, on_error: OnError = "refuse"):
        if split != "all" and split not in SPLITS:
            raise SourceError(f"mbpp has the splits {', '.join(SPLITS)} and all, not {split!r}")
        self.path, self.split, self.plus = path, split, plus
        self._sieve = Sieve("mbpp", on_error, ("prompt", "tests", "entry_point"))
        self.skipped, self.where = self._sieve.skipped, self._sieve.where

    def problems(self) -> Iterator[Problem]:
        """The problems of the split; ``meta["solution"]`` is right.

        Raises:
            SourceError: rows that are no MBPP, or the dataset cannot be had.
        """
        return self._sieve.problems(self._rows(), self._of_split)

    def _of_split(self, row: Mapping[str, Any]) -> Problem | None:
        problem = _problem(row)
        return problem if self.plus or self.split in ("all", problem.split) else None

    def _rows(self) -> Iterator[Row]:
        if self.path:
            yield from rows_of(self.path)
        elif self.plus:
            yield from hub_rows("evalplus/mbppplus", "", "test")
        else:
            for split in SPLITS if self.split == "all" else [self.split]:
                yield from hub_rows("google-research-datasets/mbpp", "full", split)


def _problem(row: Mapping[str, Any]) -> Problem:
    task = text(row, ["text", "prompt"], "task")
    number = _number(column(row, ["task_id", "id"], "id"))
    shown = _asserts(row)
    tests = next((row[k] for k in ("test", "tests") if isinstance(row.get(k), str) and row[k].strip()), "")
    if not tests:
        setup = row.get("test_setup_code") or "\n".join(row.get("test_imports") or [])
        tests = "\n".join(filter(None, [setup, *shown]))
    entry_point = row.get("entry_point") or called(shown[0] if shown else tests)
    if not entry_point:
        raise BadRow("cannot tell which function the tests call", "; add an entry_point column")
    solution = next((row[k] for k in ("code", "reference") if isinstance(row.get(k), str)), None)
    return Problem(
        id=f"mbpp/{number}",
        prompt=({"role": "user", "content": PROMPT.format(task=task.strip(), tests="\n".join(shown))},),
        tests=tests,
        entry_point=entry_point,
        source=str(row.get("source") or "google-research/mbpp"),
        split=str(row.get("split") or _split(number)),
        meta={"task": task} | ({"solution": solution} if solution is not None else {}),
    )


def _number(value: Any) -> int:
    number = str(value).rpartition("/")[2]
    if not number.isdigit():
        raise BadRow("the id does not end in MBPP's task number", f": {piece(str(value), 40)}")
    return int(number)


def _split(number: int) -> str:
    return next((name for name, (first, last) in SPLITS.items() if first <= number <= last), "test")


def _asserts(row: Mapping[str, Any]) -> list[str]:
    """The asserts shown in the prompt."""
    value = row.get("test_list")
    if value is None:
        value = [line for line in str(row.get("tests") or "").splitlines() if line.startswith("assert")][:3]
    if not isinstance(value, list) or not all(isinstance(t, str) for t in value):
        raise BadRow("test_list must be a list of texts", f", is {piece(value)}")
    return [sound(t.strip(), "test_list") for t in value]


def called(test: str) -> str:
    """The first function called in an assert, those around it (``set``, ``math.isclose``) left out."""
    around = {
        "set",
        "sorted",
        "list",
        "tuple",
        "abs",
        "round",
        "int",
        "float",
        "len",
        "str",
        "isclose",
        "not",
        "assert",
    }
    return next((n for n in re.findall(r"(?<![\w.])([A-Za-z_]\w*)\s*\(", test) if n not in around), "")
