"""What was sent in batches, and what came back: a folder of the run, so that nothing is paid for twice.

``NAME.json`` says which requests a batch holds and where it stands; it is written before the batch is
made, so that a batch whose making was cut off can be looked for on the server. ``NAME.jsonl`` holds the
answers as they came, ``NAME.errors.jsonl`` what failed. A request is known by a digest of its problem, its
sample and its body.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from verirs.engines.openai.batch_reading import Refused, read_line
from verirs.engines.openai.reading import Withheld
from verirs.records.record import Record
from verirs.system.files import fsync
from verirs.system.http import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBatch(Record):
    """One batch.

    Args:
        version: of this record.
        name: ours; the server keeps it in the batch's metadata.
        requests: the digest of each request, in the order of the lines that were sent.
        id: the server's name of the batch; empty before it is known.
        file: the server's name of the file that was sent.
        state: ``sending`` (it may or may not be on the server), ``open``, or ``done`` (its answers are here).
    """

    sealed: ClassVar[bool] = True
    mend: ClassVar[str] = "Move it away: its requests are then sent again, and paid for again."

    version: int = 1
    name: str
    requests: tuple[str, ...]
    id: str = ""
    file: str = ""
    state: str = "sending"


class Kept:
    """The folder.

    Args:
        folder: made when the first batch is sent.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._answers: dict[str, tuple[Path, int, bool]] = {}
        """Where the latest line of a request begins, and whether it is an answer."""

    def read(self) -> list[SentBatch]:
        """All batches whose answers are not here yet; those of the others can be asked for from now on.

        Raises:
            StoreError: a record is damaged.
        """
        found = []
        for file in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []:
            batch = SentBatch.load(file)
            if batch.state == "done":
                self._index(batch.name)
            else:
                found.append(batch)
        return found

    def put(self, batch: SentBatch, **changes: Any) -> SentBatch:
        """Write a batch's record with changes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        batch = replace(batch, **changes)
        batch.save(self.folder / f"{batch.name}.json")
        return batch

    def drop(self, batch: SentBatch) -> None:
        """Forget a batch that the server never had."""
        (self.folder / f"{batch.name}.json").unlink(missing_ok=True)

    def part(self, name: str, kind: str = "") -> Path:
        """Where answers are written while they come."""
        return self.folder / f"{name}{kind}.jsonl.part"

    def done(self, batch: SentBatch) -> None:
        """The answers are all here."""
        for kind in ("", ".errors"):
            if (part := self.part(batch.name, kind)).exists():
                fsync(part)
                os.replace(part, part.with_suffix(""))
        self.put(batch, state="done")
        self._index(batch.name)

    def _index(self, name: str) -> None:
        for kind in (".errors", ""):
            file = self.folder / f"{name}{kind}.jsonl"
            for key, at, good in _lines(file):
                if good or not self._answers.get(key, (file, 0, False))[2]:  # an answer stays one
                    self._answers[key] = file, at, good

    def came(self, batch: SentBatch) -> tuple[int, int]:
        """How many lines of the answers that are being fetched there are, and how many requests of the batch
        they name."""
        part, own = self.part(batch.name), set(batch.requests)
        if not part.exists():
            return 0, 0
        with part.open("rb") as stream:
            lines = sum(not line.isspace() for line in stream)
        return lines, len({key for key, _, _ in _lines(part)} & own)

    def line(self, request: str) -> dict[str, Any] | None:
        """What came for a request, answer or error, the latest; ``None`` if nothing has come."""
        if request not in self._answers:
            return None
        file, at, _ = self._answers[request]
        with file.open("rb") as stream:
            stream.seek(at)
            found: dict[str, Any] = json.loads(stream.readline())
        return found


def _lines(file: Path) -> Iterator[tuple[str, int, bool]]:
    """The digest of each line's request, the line's place, and whether it holds an answer; a line that cannot
    be read is left out."""
    if not file.exists():
        return
    with file.open("rb") as stream:
        at = 0
        for line in stream:
            try:
                row = json.loads(line)
                key = row["custom_id"]
            except (ValueError, TypeError, KeyError, RecursionError):
                key = None
            if isinstance(key, str):
                yield key, at, _is_answer(row)
            at += len(line)


def _is_answer(row: Mapping[str, Any]) -> bool:
    try:
        read_line(row)
    except Withheld:
        return True
    except (Unreadable, Refused):
        return False
    return True
