"""What the rows of an export come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from verirs.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedOrigin:
    """One of the runs whose samples are mixed, and what became of them.

    Args:
        run: its name, as in the column ``run``.
        source: where its problems come from, as in the column ``source``.
        model: by which they were sampled, as in the column ``model``.
        license: of its problems; empty where it is not known.
        sampling: its seed, temperature and so on.
        first: the index of its first sample; those of the next run follow.
        problems: how many of its problems are in the mix.
        completions: how many of its samples were read.
        passed: how many of them are verified right.
        accepted: how many of them were selected.
    """

    run: str
    source: str
    model: str
    license: str = ""
    sampling: Mapping[str, Any] = field(default_factory=dict)
    first: int = 0
    problems: int = 0
    completions: int = 0
    passed: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one model wrote for the problems of one source and licence.

    Args:
        model: that wrote them.
        source: of the problems, as the rows say it.
        license: of the problems, as the rows say it or as it is known of the source; empty: not known.
        problems: with a sample of that model.
        completions: samples.
        passed: verified right.
        accepted: selected.
    """

    model: str
    source: str
    license: str = ""
    problems: int = 0
    completions: int = 0
    passed: int = 0
    accepted: int = 0


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
        settings: the other sections of the config by which the export went; an export may lay over them what
            the run's own config does not say.
        reproducible: one sentence: what the same seed promises on this engine.
        rows_left_out: how many rows of the source were left out, by reason.
        shares: what each model wrote for each source and licence, counted.
        mixed: the runs whose samples are mixed; empty where they are all of one run.
        missing: what is missing of the run, a line each.
        by_hand: how many samples have their verdict by hand (``verirs export --marks``).
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
    settings: Mapping[str, Any] = field(default_factory=dict)
    reproducible: str = ""
    rows_left_out: Mapping[str, int] = field(default_factory=dict)
    shares: tuple[Share, ...] = ()
    mixed: tuple[MixedOrigin, ...] = ()
    missing: tuple[str, ...] = ()
    by_hand: int = 0

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
            ("verdicts by hand", self.by_hand or ""),
            *(("missing", line) for line in self.missing),
        ]
        return [(name, value) for name, value in lines if value not in ("", None)]

    def runs(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The mixed runs as a table: its head, and a row a run."""
        differ = [k for k in dict.fromkeys(k for m in self.mixed for k in m.sampling)]
        head = ("run", "model", "source", "licence", *differ)
        counts = ("first", "problems", "completions", "passed", "accepted")
        rows = [
            (
                *(m.run, m.model, m.source, m.license or "not stated"),
                *(m.sampling.get(k, "") for k in differ),
                *(getattr(m, k) for k in counts),
            )
            for m in self.mixed
        ]
        return (*head, *counts), rows
