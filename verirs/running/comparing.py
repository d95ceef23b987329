"""Two run directories side by side: what differs in their making, and their figures paired by problem."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError
from verirs.records import Manifest
from verirs.stats.counts import ProblemCounts
from verirs.stats.paired import Paired, paired
from verirs.stats.tally import Tally
from verirs.store import Gaps, Store
from verirs.store.entry import text_digest
from verirs.types import Verdict
from verirs.until import Rule, lacks

_QUIET = ("source.limit", "source.path")
"""Of a run's identity: what may differ without a word, because the problems themselves are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that was not the same when the two runs were made: a key, and both values."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two runs.

    Args:
        before: the first run directory's name.
        after: the second's.
        differs: what was not the same: model, sampling, prompt, source, versions of scorers.
        graders: whether verdicts come from other scorers or versions: then a difference may be the graders'.
        only: how many problems only one of them has.
        notes: what else to know of the samples, in sentences.
        result: the comparison over the problems of both.
    """

    before: str
    after: str
    differs: tuple[Difference, ...]
    graders: bool
    only: tuple[int, int]
    notes: tuple[str, ...]
    result: Paired


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    counts: list[ProblemCounts]
    digests: dict[str, str]
    texts: dict[str, array[int]]
    """Digests of the samples' texts."""
    manifest: Manifest
    notes: tuple[str, ...]

    @property
    def identity(self) -> Mapping[str, Any]:
        return self.manifest.identity

    @property
    def scorers(self) -> Mapping[str, str]:
        return self.manifest.scorers


def compare(before: Path, after: Path, *, common: bool = False) -> Compared:
    """Compare two finished runs. Reads both, needs neither's model, and writes nothing.

    Args:
        before: a run directory.
        after: another.
        common: compare over the problems that both have, where they do not have the same.

    Raises:
        StoreError: not a run directory.
        ConfigError: the problems are not the same: other ids, or another question, gold or tests under one;
            or none of them has a verdict in both.
    """
    a, b = _read(before), _read(after)
    only = len(a.digests.keys() - b.digests.keys()), len(b.digests.keys() - a.digests.keys())
    shared = a.digests.keys() & b.digests.keys()
    changed = sorted(i for i in shared if a.digests[i] != b.digests[i])
    if not shared:
        raise ConfigError(f"{before} and {after} have no problem in common")
    if changed:
        raise ConfigError(
            f"{before} and {after}: {len(changed)} problems differ under one id (question, gold or tests), "
            f"{changed[0]!r} first; nothing of them can be compared"
        )
    if any(only) and not common:
        raise ConfigError(
            f"the runs do not have the same problems: {only[0]} are in {before} alone, {only[1]} in {after} "
            f"alone, {len(shared)} in both; --common compares these {len(shared)}"
        )
    differs = [
        Difference(key=key, before=a.identity.get(key), after=b.identity.get(key))
        for key in sorted(a.identity.keys() | b.identity.keys())
        if a.identity.get(key) != b.identity.get(key) and key not in _QUIET
    ]
    graders = [
        Difference(key=f"scorer.{key}", before=a.scorers.get(key), after=b.scorers.get(key))
        for key in sorted(a.scorers.keys() | b.scorers.keys())
        if a.scorers.get(key) != b.scorers.get(key)
    ]
    result = paired(a.counts, b.counts)
    if not result.problems:
        raise ConfigError(
            f"{before} and {after}: none of their {len(shared)} problems has a verdict in both; nothing of "
            f"them can be compared"
        )
    return Compared(
        before=a.name,
        after=b.name,
        differs=(*differs, *graders),
        graders=bool(graders),
        only=only,
        notes=(*a.notes, *b.notes, *_shared_samples(a, b)),
        result=result,
    )


def _shared_samples(a: _Side, b: _Side) -> Iterator[str]:
    """Where the two runs hold samples in common, so that they differ less than two runs would."""
    if a.manifest.run == b.manifest.run:
        yield f"{a.name} and {b.name} are one run or its copy: they hold the same samples"
        return
    mixes = [
        f"{mix.name} is a mix that holds the samples of {other.name}: what differs is the rest of it"
        for mix, other in ((a, b), (b, a))
        if any(part.identity == other.identity for part in mix.manifest.mixed)
    ]
    yield from mixes
    both = a.texts.keys() & b.texts.keys()
    same = sum(_held(a.texts[key], b.texts[key]) for key in both)
    if same == len(both) and not mixes:
        yield (
            f"{a.name} and {b.name} hold the same texts for every problem of both: one was made of the "
            f"other (a merge, a shard, fewer samples), one recording was judged twice, or nothing was "
            f"drawn at random"
        )
    elif a.identity == b.identity:
        yield (
            f"{a.name} and {b.name} were sampled in the same way with one seed: {same:,} of "
            f"{len(both):,} problems hold the same texts"
        )


def _held(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether the run with fewer samples of a problem has none that the other has not."""
    fewer, more = sorted((a, b), key=len)
    return not Counter(fewer) - Counter(more)


def _read(path: Path) -> _Side:
    with Store.open(path) as store:
        tally, digests, manifest = Tally(), {}, store.manifest
        texts: dict[str, array[int]] = {}
        # where verdicts decided how many samples a problem has, the first ones alone are unbiased
        first = Rule.from_json(manifest.until).start if manifest.until else None
        gaps, lack, samples = Gaps(manifest), lacks(store), 0
        for group in store.groups():
            digests[group.problem.id] = group.problem.digest()
            texts[group.problem.id] = array("q", (text_digest(c.completion.text) for c in group.candidates))
            tally.add(group, first)
            gaps.add(group, None if lack is None else lack(group))
            samples += len(group.candidates)
        name = path.resolve().name
        notes = [f"{name}: {line}" for line in gaps.told()]
        if without := samples - tally.verdicts[Verdict.PASS] - tally.verdicts[Verdict.FAIL]:
            notes.append(f"{name}: {without:,} of {samples:,} samples have no verdict and are in no figure")
        return _Side(name, tally.problems, digests, texts, manifest, tuple(notes))


def only(found: Compared, figure: str) -> Compared:
    """The comparison in one figure.

    Raises:
        ConfigError: the runs do not have it in common.
    """
    changes = tuple(c for c in found.result.changes if c.figure == figure)
    if not changes:
        have = ", ".join(c.figure for c in found.result.changes)
        raise ConfigError(f"{found.before} and {found.after} have no {figure} in common; they have {have}")
    return replace(found, result=replace(found.result, changes=changes))
