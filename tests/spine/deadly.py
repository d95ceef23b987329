"""Scorers for other processes: one that dies of certain texts, by the files that a test lays beside it."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from verirs.types import Completion, Problem, Score, Verdict


class Deadly:
    """Kills its process as the files in ``folder`` say, and notes there whom it judged.

    ``always`` and ``once`` hold a sample, ``ID INDEX``; ``stop`` holds one at which judging is refused.
    """

    name = "deadly"
    version = "1"

    def __init__(self, *, folder: str) -> None:
        self._folder = Path(folder)

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        names = [f"{p.id} {c.index}" for p, c in items]
        for kind in ("always", "once", "stop"):
            file = self._folder / kind
            if file.exists() and file.read_text() in names:
                if kind == "stop":
                    from verirs.errors import SandboxError

                    raise SandboxError("no sandbox today")
                if kind == "once":
                    file.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
        with (self._folder / f"judged-{os.getpid()}").open("a") as file_:
            file_.writelines(f"{name}\n" for name in names)
        return [
            Score(scorer=self.name, version=self.version, verdict=(Verdict.PASS, Verdict.FAIL)[c.index % 2])
            for _, c in items
        ]

    def close(self) -> None:
        pass
