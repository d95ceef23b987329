"""Where a round's parts lie.

::

    runs/NAME/loop.json            what identifies the loop, and its finished parts: see folder.py
              held-out.jsonl       the frozen problems that every round is judged on; watch-NAME.jsonl others
              round-00/            the base model, judged only
              round-01/problems.jsonl   what is sampled in this round
                       samples/         an ordinary run, with the last model
                       hinted/          where a hint pass is asked for: a run on hinted.jsonl
                       reward-model/    where one is asked for
                       data/            what is trained on: a mix of the last rounds
                       model/           the new policy; with adapters, they are in adapter/ too
                       training.json    what its training told
                       held-out/        an ordinary run, with the new model; watch-NAME/ others
                       distance.json    how far the model has moved
                       metrics.json     the round is finished
                       tmp/             what is being made
              best -> round-01/model    result.json   report.md   rounds.json
              progress.svg   report/index.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import StoreError
from verirs.records import RoundMetrics
from verirs.system.files import read_json as read
from verirs.system.files import write_text


@dataclass(frozen=True, slots=True)
class Round:
    """One round's folder."""

    loop: Path
    number: int

    @property
    def path(self) -> Path:
        return self.loop / f"round-{self.number:02}"

    def part(self, last: str) -> str:
        """The name of one of its parts, as the loop's list has it."""
        return f"{self.path.name}/{last}"

    @property
    def problems(self) -> Path:
        return self.path / "problems.jsonl"

    @property
    def samples(self) -> Path:
        return self.path / "samples"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def model(self) -> Path:
        return self.path / "model"

    @property
    def reward_model(self) -> Path:
        return self.path / "reward-model"

    @property
    def held_out(self) -> Path:
        """The run on the held-out problems."""
        return self.path / "held-out"

    @property
    def hinted_problems(self) -> Path:
        return self.path / "hinted.jsonl"

    @property
    def hinted(self) -> Path:
        """The run of the hint pass."""
        return self.path / "hinted"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.json"

    def read_metrics(self) -> RoundMetrics | None:
        """The finished round's metrics, or ``None`` when it is not finished.

        Raises:
            StoreError: the file is damaged, or of another version.
        """
        return RoundMetrics.load(self.metrics) if self.metrics.exists() else None


def read_json(path: Path) -> Any:
    """
    Raises:
        StoreError: the file is damaged.
    """
    try:
        return read(path)
    except ValueError as e:
        raise StoreError(
            f"{path} is damaged ({e}). Make it again: --redo {path.parent.name}/{path.name}"
        ) from e


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1) + "\n")
