"""Two releases compared: rows gained, lost and changed, and verdicts that changed, by scorer and version.

A row is known by its problem and its sample, never by its place; two rows of one name with different texts
are a change, and their verdicts are not compared. Holds a few numbers a row, no text.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verirs.errors import UserError
from verirs.system.terminal import one_line
from verirs.types import Verdict, to_json

_TEXTS = (
    *("prompt", "completion", "completions", "chosen", "rejected", "messages", "text", "label", "labels"),
    *("reward_model", "solution", "verirs_problem"),  # the gold or tests of a problem to train on
)
"""Columns that a trainer reads."""
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsDiffer:
    """One sink's rows in both.

    Args:
        before: rows.
        after: rows.
        gained: names of rows that only the second has, some of them.
        lost: of those that only the first has.
        changed: of those whose text differs.
    """

    before: int
    after: int
    gained_rows: int
    lost_rows: int
    changed_rows: int
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictsDiffer:
    """One scorer's verdicts of samples that both have, with the same text.

    Args:
        versions: before and after; equal if the scorer judged anew and otherwise.
        changes: how often, by ``before -> after``.
        samples: some of them.
    """

    scorer: str
    versions: tuple[str, str]
    changes: Mapping[str, int]
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs.

    Args:
        rows: by sink.
        compared: samples that both have with the same text and a verdict.
        verdicts: what the whole stack said, by ``before -> after``.
        scorers: who changed its mind, or its version.
        versions: of scorers whose version differs, whatever they said.
    """

    first: str
    second: str
    rows: Mapping[str, RowsDiffer]
    compared: int
    verdicts: Mapping[str, int]
    scorers: tuple[VerdictsDiffer, ...] = ()
    versions: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = to_json(self)
        return found

    @property
    def equal(self) -> bool:
        """Whether they hold the same rows with the same verdicts."""
        rows = any(r.gained_rows + r.lost_rows + r.changed_rows for r in self.rows.values())
        return not (rows or self.verdicts or self.scorers or self.versions)

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.first} -> {self.second}"
        for sink, r in self.rows.items():
            yield (
                f"{sink}: {r.before:,} -> {r.after:,} rows: {r.gained_rows:,} gained, {r.lost_rows:,} lost, "
                f"{r.changed_rows:,} with another text"
            )
            for what in ("gained", "lost", "changed"):
                if names := getattr(r, what):
                    more = getattr(r, f"{what}_rows") - len(names)
                    yield f"  {what}: {', '.join(names)}{f' and {more:,} more' if more else ''}"
        for scorer, (before, after) in self.versions.items():
            yield f"scorer {scorer}: version {before or 'none'} -> {after or 'none'}"
        changes = ", ".join(f"{n:,} {change}" for change, n in self.verdicts.items())
        yield f"verdicts of {self.compared:,} samples that both have: {changes or 'none changed'}"
        for s in self.scorers:
            told = ", ".join(f"{n:,} {change}" for change, n in s.changes.items())
            yield f"  {s.scorer} {s.versions[0]} -> {s.versions[1]}: {told} ({', '.join(s.samples)})"


@dataclass(slots=True)
class _Read:
    """A release, read: digests of the rows' texts by sink and name; verdicts by sample."""

    rows: dict[str, dict[Key, bytes]] = field(default_factory=dict)
    verdicts: dict[Key, tuple[bytes, str, dict[str, tuple[str, str]]]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


def difference(first: str, second: str, *, show: int = 5) -> Difference:
    """What differs between two releases: folders, run directories, or ``ORG/NAME[@REVISION]`` of the hub.

    Args:
        show: names of rows to list, of each kind.

    Raises:
        UserError: one is no release.
        EngineError: the hub cannot be reached.
    """
    a, b = _read(first), _read(second)
    rows = {
        sink: _rows(a.rows.get(sink, {}), b.rows.get(sink, {}), show)
        for sink in dict.fromkeys((*a.rows, *b.rows))
    }
    both = [
        key for key, (text, _, _) in a.verdicts.items() if key in b.verdicts and b.verdicts[key][0] == text
    ]
    changed: Counter[str] = Counter()
    scorers: dict[tuple[str, str, str], tuple[Counter[str], list[str]]] = {}
    for key in both:
        (_, before, told_a), (_, after, told_b) = a.verdicts[key], b.verdicts[key]
        if before != after:
            changed[f"{before} -> {after}"] += 1
        for scorer in dict.fromkeys((*told_a, *told_b)):
            was, now = told_a.get(scorer, ("", "none")), told_b.get(scorer, ("", "none"))
            if was[1] != now[1]:
                counts, names = scorers.setdefault((scorer, was[0], now[0]), (Counter(), []))
                counts[f"{was[1]} -> {now[1]}"] += 1
                names.append(_named(key))
    return Difference(
        first=first,
        second=second,
        rows=rows,
        compared=len(both),
        verdicts=dict(changed.most_common()),
        scorers=tuple(
            VerdictsDiffer(
                scorer=scorer,
                versions=(was, now),
                changes=dict(counts.most_common()),
                samples=tuple(names[:show]),
            )
            for (scorer, was, now), (counts, names) in scorers.items()
        ),
        versions={
            name: (a.versions.get(name, ""), b.versions.get(name, ""))
            for name in dict.fromkeys((*a.versions, *b.versions))
            if a.versions.get(name) != b.versions.get(name)
        },
    )


def _rows(before: Mapping[Key, bytes], after: Mapping[Key, bytes], show: int) -> RowsDiffer:
    gained = [key for key in after if key not in before]
    lost = [key for key in before if key not in after]
    changed = [key for key, text in before.items() if key in after and after[key] != text]
    return RowsDiffer(
        before=len(before),
        after=len(after),
        gained_rows=len(gained),
        lost_rows=len(lost),
        changed_rows=len(changed),
        gained=tuple(map(_named, gained[:show])),
        lost=tuple(map(_named, lost[:show])),
        changed=tuple(map(_named, changed[:show])),
    )


def _named(key: Key) -> str:
    return one_line(" ".join(part for part in key if part))


def _read(address: str) -> _Read:
    path = Path(address)
    if path.exists():
        return _folder(path / "export" if (path / "manifest.json").exists() else path, address)
    if address.count("/") != 1 or address.startswith((".", "/", "~")):
        raise UserError(f"{address}: there is no such folder, and it is no data set as ORG/NAME")
    from verirs.publishing.hub import fetch

    with tempfile.TemporaryDirectory() as folder:
        fetch(address, Path(folder))
        return _folder(Path(folder), address)


def _folder(folder: Path, address: str) -> _Read:
    read = _Read()
    # each sink once: Parquet where it is there in both formats
    files = {p.stem: p for suffix in ("jsonl", "parquet") for p in sorted(folder.glob(f"*.{suffix}"))}
    for sink, file in sorted(files.items()):
        held = read.rows.setdefault(sink, {})
        for row in _rows_of(file):
            key, text = _key(row), _digest(row)
            while key in held:  # two rows of one name: both count
                key = (*key, "again")
            held[key] = text
            _verdict(read, row)
    if not files:
        raise UserError(f"{address}: there are no exported rows (no .parquet, no .jsonl)")
    return read


def _rows_of(file: Path) -> Iterator[Mapping[str, Any]]:
    from pyarrow import ArrowException

    try:
        if file.suffix == ".parquet":
            import pyarrow.parquet as pq

            with pq.ParquetFile(file) as parquet:
                for batch in parquet.iter_batches(1024):
                    yield from batch.to_pylist()
        else:
            with file.open(encoding="utf-8") as lines:
                for line in lines:
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise ValueError(f"a line is no table: {line[:80]}")
                    yield row
    except (ValueError, RecursionError, ArrowException) as error:
        raise UserError(f"{file} cannot be read: {one_line(str(error))}") from None


def _key(row: Mapping[str, Any]) -> Key:
    """A row's name: the problem and the samples; its content where it has none."""
    names = [name for name in row if name == "problem_id" or name.endswith("_index")]
    names.sort(key=lambda name: (name != "problem_id", name))
    found = tuple(str(row[name]) for name in names if row[name] is not None)
    return found or (_digest(row).hex(),)


def _digest(row: Mapping[str, Any]) -> bytes:
    texts = {name: row[name] for name in _TEXTS if name in row} or dict(row)
    told = json.dumps(texts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _verdict(read: _Read, row: Mapping[str, Any]) -> None:
    """Keep what was said of a row's sample."""
    scores = row.get("scores")
    if not isinstance(scores, list) or row.get("problem_id") is None or row.get("sample_index") is None:
        return
    said = {
        str(s["scorer"]): (str(s.get("version")), str(s.get("verdict")))
        for s in scores
        if isinstance(s, dict) and "scorer" in s
    }
    read.versions |= {scorer: version for scorer, (version, _) in said.items()}
    verdict = row.get("verdict") or _stack([v for _, v in said.values()])
    key = tuple(str(row[name]) for name in ("problem_id", "sample_index"))
    if key not in read.verdicts:
        read.verdicts[key] = (_text(row), str(verdict), said)


def _stack(verdicts: Sequence[str]) -> str:
    """What a stack of these says; of rows that hold no verdict, which are accepted or fails."""
    known = (Verdict.FAIL, Verdict.PASS)
    return next((v.value for v in known if v.value in verdicts), Verdict.ABSTAIN.value)


def _text(row: Mapping[str, Any]) -> bytes:
    """The sample's own text, whatever the sink calls it."""
    found: Any = row.get("text")
    if found is None:
        replies: Any = row.get("completion") or row.get("messages") or ""
        last = replies[-1] if isinstance(replies, list) and replies else replies
        found = last.get("content") if isinstance(last, Mapping) else last
    return hashlib.blake2b(str(found).encode("utf-8", "surrogatepass"), digest_size=12).digest()
