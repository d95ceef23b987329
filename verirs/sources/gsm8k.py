"""GSM8K (Cobbe et al. 2021): grade-school word problems with integer answers after ``####``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verirs.errors import SourceError
from verirs.sources.files import column, problem, read_rows
from verirs.sources.hub import hub_rows
from verirs.types import Problem


class Gsm8kSource:
    """GSM8K from the hub or from a local file (its own JSONL/Parquet, or rows with prompt and gold).

    Args:
        path: a local file in place of a download.
        split: ``test`` (1,319) or ``train`` (7,473).
    """

    def __init__(self, path: str = "", split: str = "test"):
        if split not in ("train", "test"):
            raise SourceError(f"gsm8k has the splits train and test, not {split!r}")
        self.path, self.split = path, split

    def problems(self) -> Iterator[Problem]:
        """The problems; the gold answer is what follows the last ``####``, commas removed."""
        rows = read_rows(self.path) if self.path else hub_rows("openai/gsm8k", "main", self.split)
        for number, (where, row) in enumerate(rows):
            p = problem(row, where, source="openai/gsm8k", split=self.split)
            if "gold" not in row:
                solution = str(column(row, where, ["answer"], "answer"))
                if "####" not in solution:
                    raise SourceError(f"{where}: the answer has no '####' line; is this GSM8K?")
                gold = solution.rpartition("####")[2].strip().replace(",", "")
                p = replace(p, answer=gold, meta={**p.meta, "solution": solution})
            yield p if row.get("id") else replace(p, id=f"gsm8k/{self.split}/{number}")
