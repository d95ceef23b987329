"""HumanEval (Chen et al. 2021) and HumanEval+: write a Python function from its signature and docstring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from verirs.errors import SourceError
from verirs.sources.columns import column
from verirs.sources.faults import BadRow, piece
from verirs.sources.formats import rows_of
from verirs.sources.hub import hub_rows
from verirs.sources.rows import sound
from verirs.sources.sieve import OnError, Sieve
from verirs.types import Problem


class HumanEvalSource:
    """HumanEval from the hub or from a local file.

    A file may hold the dataset's own rows (``task_id``, ``prompt``, ``canonical_solution``, ``test``,
    ``entry_point``; HumanEval+ in the same form too) or rows with ``id``, ``prompt``, ``tests``,
    ``entry_point`` and ``reference``.

    Args:
        path: a local file in place of a download.
        split: the dataset has only ``test``.
        plus: HumanEval+ (evalplus), about 80 times as many tests; they need numpy in the sandbox.
        on_error: refuse: name all rows that cannot be used; skip: leave them out and count them.
    """

    def __init__(self, path: str = "", split: str = "test", plus: bool = False, on_error: OnError = "refuse"):
        if split != "test":
            raise SourceError(f"humaneval has only the split test, not {split!r}")
        self.path, self.plus = path, plus
        self._sieve = Sieve("humaneval", on_error, ("prompt", "tests", "entry_point"))
        self.skipped, self.where = self._sieve.skipped, self._sieve.where

    def problems(self) -> Iterator[Problem]:
        """The problems; the prompt is code (``meta["code_prompt"]``), ``meta["solution"]`` is right.

        Raises:
            SourceError: rows that are no HumanEval, or the dataset cannot be had.
        """
        name = "evalplus/humanevalplus" if self.plus else "openai/openai_humaneval"
        rows = rows_of(self.path) if self.path else hub_rows(name, "", "test")
        return self._sieve.problems(rows, lambda row: _problem(row, name))


def _problem(row: Mapping[str, Any], name: str) -> Problem:
    prompt = text(row, ["prompt"], "prompt")
    entry_point = text(row, ["entry_point"], "entry point")
    tests = text(row, ["test", "tests"], "tests")
    if f"def {entry_point}" not in prompt and f"class {entry_point}" not in prompt:
        raise BadRow("the prompt does not define the entry point", f" {piece(entry_point)}")
    if "canonical_solution" in row:
        solution: Any = f"{prompt}{row['canonical_solution']}"
    else:
        solution = row.get("reference")
    return Problem(
        id=str(column(row, ["task_id", "id"], "id")).replace("HumanEval/", "humaneval/"),
        prompt=({"role": "user", "content": prompt},),
        tests=tests,
        entry_point=entry_point,
        source=str(row.get("source") or name),
        split="test",
        meta={"code_prompt": prompt} | ({"solution": solution} if isinstance(solution, str) else {}),
    )


def text(row: Mapping[str, Any], names: list[str], what: str) -> str:
    """The value of the first of the columns, which must be a text with something in it.

    Raises:
        BadRow: there is none.
    """
    value = column(row, names, what)
    if not isinstance(value, str) or not value.strip():
        raise BadRow(f"the {what} must be a text", f", is {piece(value, 40)}")
    return sound(value, what)
