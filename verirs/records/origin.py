"""What the rows of an export come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from verirs.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin(Record):
    """What was run, for people and for the dataset card. Empty where it is not known.

    Args:
        version: of this record.
        problems: the source of the problems, as a user names it.
        license: of the problems: an identifier of the hub (``mit``), or empty.
        engine: the engine's name.
        model: what the engine says its samples depend on: model, revision or digest, dtype and so on.
        sampling: ``n``, and unless the samples were replayed the seed, temperature and so on.
        selector: the selector's name.
        selection: the selector's options, as they were given.
        reproducible: one sentence: what the same seed promises on this engine.
        rows_left_out: how many rows of the source were left out, by reason.
    """

    mend: ClassVar[str] = "`verirs export RUN` writes it again."

    version: int = 1
    problems: str = ""
    license: str = ""
    engine: str = ""
    model: Mapping[str, Any] = field(default_factory=dict)
    sampling: Mapping[str, Any] = field(default_factory=dict)
    selector: str = ""
    selection: Mapping[str, Any] = field(default_factory=dict)
    reproducible: str = ""
    rows_left_out: Mapping[str, int] = field(default_factory=dict)

    def told(self) -> list[tuple[str, Any]]:
        """All but ``reproducible`` as lines, each a name and a value."""
        lines = [
            ("problems", self.problems or "not stated"),
            *((f"rows of the source left out: {k}", v) for k, v in self.rows_left_out.items()),
            ("licence of the problems", self.license or "not stated"),
            ("engine", self.engine),
            *((f"engine: {k}" if k != "model" else k, v) for k, v in self.model.items()),
            *((f"sampling: {k}", v) for k, v in self.sampling.items()),
            ("selector", self.selector),
            *((f"selection: {k}", v) for k, v in self.selection.items()),
        ]
        return [(name, value) for name, value in lines if value not in ("", None)]
