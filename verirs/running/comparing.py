"""Two run directories side by side: what differs in their making, and their figures paired by problem."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError
from verirs.stats.counts import ProblemCounts
from verirs.stats.paired import Paired, paired
from verirs.stats.tally import Tally
from verirs.store import Store
from verirs.until import Rule

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
        result: the comparison over the problems of both.
    """

    before: str
    after: str
    differs: tuple[Difference, ...]
    graders: bool
    only: tuple[int, int]
    result: Paired


@dataclass(frozen=True, slots=True)
class _Side:
    counts: list[ProblemCounts]
    digests: dict[str, str]
    identity: dict[str, Any]
    scorers: dict[str, str]


def compare(before: Path, after: Path, *, common: bool = False) -> Compared:
    """Compare two finished runs. Reads both, needs neither's model, and writes nothing.

    Args:
        before: a run directory.
        after: another.
        common: compare over the problems that both have, where they do not have the same.

    Raises:
        StoreError: not a run directory.
        ConfigError: the problems are not the same: other ids, or another question, gold or tests under one.
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
            f"alone, {len(shared)} in both; compare those with --common"
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
    return Compared(
        before=before.name,
        after=after.name,
        differs=(*differs, *graders),
        graders=bool(graders),
        only=only,
        result=paired(a.counts, b.counts),
    )


def _read(path: Path) -> _Side:
    with Store.open(path) as store:
        tally, digests, manifest = Tally(), {}, store.manifest
        # where verdicts decided how many samples a problem has, the first ones alone are unbiased
        first = Rule.from_json(manifest.until).start if manifest.until else None
        for group in store.groups():
            digests[group.problem.id] = group.problem.digest()
            tally.add(group, first)
        return _Side(tally.problems, digests, dict(manifest.identity), dict(manifest.scorers))
