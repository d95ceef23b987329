"""MATH-500 (Lightman et al. 2023, of Hendrycks et al. 2021): 500 competition problems with LaTeX answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verirs.sources.files import problem, read_rows
from verirs.sources.hub import hub_rows
from verirs.types import Problem


class Math500Source:
    """MATH-500 from the hub or from a local file (its own rows, or rows with prompt and gold).

    Args:
        path: a local file in place of a download.
    """

    def __init__(self, path: str = ""):
        self.path = path

    def problems(self) -> Iterator[Problem]:
        rows = read_rows(self.path) if self.path else hub_rows("HuggingFaceH4/MATH-500", "", "test")
        for where, row in rows:
            p = problem(row, where, source="MATH-500", split="test")
            yield replace(p, id=str(row["unique_id"])) if "unique_id" in row and not row.get("id") else p
