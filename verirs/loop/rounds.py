"""Where a round's parts lie, and what of them is finished: the loop's state is what is on the disk.

::

    runs/NAME/loop.json            what identifies the loop
              held-out.jsonl       the frozen problems that every round is evaluated on
              round-00/            the base model, evaluated only
              round-01/problems.jsonl   what is sampled in this round
                       samples/         an ordinary run, with the last model
                       reward-model/    where one is asked for
                       data/            what is trained on: a mix of the last rounds
                       model/           the new policy
                       held-out/        an ordinary run, with the new model
                       metrics.json     the round is finished
              best -> round-01/model    result.json   report.md   progress.svg

Every part is made under another name and renamed when it is whole, or is a run, which resumes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import StoreError
from verirs.records import RoundMetrics
from verirs.system.files import write_text


@dataclass(frozen=True, slots=True)
class Round:
    """One round's folder."""

    loop: Path
    number: int

    @property
    def path(self) -> Path:
        return self.loop / f"round-{self.number:02}"

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
        return self.path / "held-out"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.json"

    def read_metrics(self) -> RoundMetrics | None:
        """The finished round's metrics, or ``None`` when it is not finished.

        Raises:
            StoreError: the file is damaged, or of another version.
        """
        return RoundMetrics.load(self.metrics) if self.metrics.exists() else None

    def add_seconds(self, step: str, seconds: float) -> None:
        """Remember how long a finished step took (all attempts that came to their end)."""
        path = self.path / "seconds.json"
        known = read_json(path) if path.exists() else {}
        known[step] = round(known.get(step, 0.0) + seconds, 2)
        write_json(path, known)

    def seconds(self) -> dict[str, float]:
        path = self.path / "seconds.json"
        return read_json(path) if path.exists() else {}


def read_json(path: Path) -> Any:
    """
    Raises:
        StoreError: the file is damaged.
    """
    try:
        return json.loads(path.read_text())
    except ValueError as e:
        raise StoreError(f"{path} is damaged ({e}). Delete it: its step is then done again.") from e


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1) + "\n")
