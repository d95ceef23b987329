"""What a run directory says of itself: whose samples it holds, and every file that it must hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from verirs.records.record import Record


@dataclass(frozen=True, slots=True, order=True)
class ShardFile:
    """A sealed file of the store.

    Args:
        name: its path below ``groups/``.
        rows: how many rows it has.
        bytes: its size.
        digest: BLAKE2b of its bytes, 32 hex digits.
    """

    name: str
    rows: int
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScores:
    """Scores that do not count now, kept because they hold those of a scorer that the last command lacked.

    Args:
        generation: their folder, ``groups/scores-N``.
        stack: digest of the scorers that gave them.
        scorers: those scorers' versions by key.
    """

    generation: int
    stack: str
    scorers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedRun:
    """One of the runs that a mixed run was made of.

    Args:
        name: of its run directory; no other of the mix has it.
        first: its samples have this index and the following ones in the mix.
        n: how many of a problem: its sample ``i`` is sample ``first + i`` of the mix.
        problems: how many of its problems are in the mix.
        samples: how many of its completions are in the mix.
        source: where its problems come from, in words.
        model: by which they were sampled; the engine's name where it has no model.
        identity: what makes its samples its own.
    """

    name: str
    first: int
    n: int
    problems: int
    samples: int
    source: str
    model: str
    identity: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Record):
    """``manifest.json`` of a run directory. It is replaced in one atomic step: what it lists is what counts.

    Args:
        format: version of the run directory's layout, and of this record.
        identity: what makes these samples this run's: flat, dotted keys of the config, JSON values. A run
            with another identity is refused.
        run: random, and in every file of the run: a file of another run is never taken for one of this.
        files: every sealed file, sorted by name. A file that is missing or another is refused by name.
        chain: digest of all earlier lists of files and of this one, 32 hex digits: equal chains mean equal
            histories.
        generation: which folder of scores counts (``groups/scores-N``), from 1.
        n: samples a problem of the run's last command; those beyond it stay in the store and do not count.
        until: where problems stop before ``n``: the rule of the last command, or empty. Samples beyond a
            stop are as those beyond ``n``.
        stack: digest of the scorers that gave these scores; empty before the first run.
        scorers: those scorers' versions by key.
        kept: scores of other scorers that come back when a config names those again.
        grouped: the scorers and the number of completions that the rankers of whole groups last compared;
            empty if never.
        reproducible: one sentence of the engine's: what the same seed promises.
        configs: digests of ``config.toml`` as the last command wrote it, and as it was before.
        rows_left_out: how many rows of the source the last command left out, by reason.
        kept_out: how many problems of the last command were not sampled, because ``[duplicates]``,
            ``[decontaminate]`` or ``[filter]`` keep them out of the training files; they lack no sample.
        source: of a shard, a digest of all problems that its source had in the last command; else empty.
        source_files: a digest of the files that the source was in the last command; empty if it is none.
        mixed: the runs that it was made of (``verirs merge --mixed``); empty for a run of its own.
        missing: what was missing of the merged runs, and allowed to be; a line each.
    """

    version_key: ClassVar[str] = "format"
    sealed: ClassVar[bool] = True
    mend: ClassVar[str] = (
        "`verirs repair RUN` makes it anew from what can be proved good; or restore it from a backup."
    )

    format: int = 2
    identity: Mapping[str, Any]
    run: str = ""
    files: tuple[ShardFile, ...] = ()
    chain: str = ""
    generation: int = 1
    n: int = 0
    until: Mapping[str, Any] = field(default_factory=dict)
    stack: str = ""
    scorers: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[KeptScores, ...] = ()
    grouped: str = ""
    reproducible: str = ""
    configs: tuple[str, ...] = ()
    rows_left_out: Mapping[str, int] = field(default_factory=dict)
    kept_out: int = 0
    source: str = ""
    source_files: str = ""
    mixed: tuple[MixedRun, ...] = ()
    missing: tuple[str, ...] = ()
