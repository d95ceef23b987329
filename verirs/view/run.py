"""One run directory as the page sees it: its lists, its problems, what is searched and marked in it.

Only what the lists need is imported at once, so that they stand soon; the rest comes with the first question
for it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verirs.errors import StoreError, UserError
from verirs.records import RunSummary
from verirs.store import Store
from verirs.types import Verdict, to_json
from verirs.view.found import NotThere
from verirs.view.index import Index, build

LOG = 20_000
"""Characters of a log's end that are shown."""
LATER = 2.0
"""Seconds that votes and doubts wait for the lists to be asked for."""
PATIENCE = 10
"""A growing run is read again after so many times the time that reading it took."""


class RunView:
    """One run directory, read again when it has grown. Any thread may ask.

    Args:
        path: of the run.
        name: under which the page knows it.
    """

    def __init__(self, path: Path, name: str):
        self.path, self.name = path, name
        self._lock = threading.RLock()
        self._index: Index | None = None
        self._signature: tuple[Any, ...] = ()
        self._read_at = self._took = 0.0
        self._judging: threading.Thread | None = None
        self.judged = 0
        self._closed, self._listed = threading.Event(), threading.Event()

    def signature(self) -> tuple[Any, ...]:
        """Changes whenever a file of the run does that the lists are made of."""
        files = [self.path / name for name in ("manifest.json", "summary.json")]
        files += [self.path / "export" / f"{name}.parquet" for name in ("sft", "rejects", "problems")]
        with contextlib.suppress(OSError):
            files += sorted((self.path / "groups").glob("journal-*.jsonl"))
        return tuple(found for path in files if (found := _stamp(path)))

    def state(self) -> dict[str, Any]:
        """What the page asks again and again while a run writes."""
        index = self.index()
        return {
            "version": str(hash((self._signature, index.judged)) & 0xFFFFFFFF),
            "judged": self.judged,
            "problems": len(index.ids),
            "samples": len(index.problem),
        }

    def index(self) -> Index:
        """The lists as they are now, or, of a run that grows fast, as they were a moment ago."""
        with self._lock:
            now = time.monotonic()
            if self._index is not None and now - self._read_at < PATIENCE * self._took:
                return self._index
            signature = self.signature()
            if self._index is None or signature != self._signature:
                with self._opened() as store:
                    begun = time.monotonic()
                    self._index, self._signature = build(store), signature
                    self._took, self.judged = time.monotonic() - begun, 0
            self._read_at = now
            return self._index

    def judge_all(self) -> Index:
        """The lists with everything in them; waits."""
        from verirs import until
        from verirs.view.judging import judge

        index = self.index()
        if not index.judged:
            with self._opened() as store:
                for done in judge(index, until.groups(store)):
                    self.judged = done
                    if self._closed.is_set():
                        break
        return index

    def judge_beside(self) -> None:
        """The same in a thread of its own; nothing where it is done, or runs."""
        with self._lock:
            busy = self._judging is not None and self._judging.is_alive()
            if not busy and not self.index().judged:
                self._judging = threading.Thread(target=self._judge_quietly, daemon=True)
                self._judging.start()

    def lists(self, what: str) -> dict[str, Any]:
        """The columns of ``problems`` or ``samples``."""
        index = self.index()
        found = index.problems_json() if what == "problems" else index.samples_json()
        self._listed.set()
        return found

    def _judge_quietly(self) -> None:
        self._listed.wait(LATER)  # the lists that somebody waits for come first
        with contextlib.suppress(StoreError, OSError):  # the run changed: the next question tries again
            self.judge_all()

    def close(self) -> None:
        self._closed.set()
        self._listed.set()
        if self._judging is not None:
            self._judging.join()

    # ---- answers ------------------------------------------------------------------------------------

    def overview(self) -> dict[str, Any]:
        """What is said of the whole run; its figures are ``summary.json``'s, of the last export."""
        from verirs.report.told import told
        from verirs.running.marks import marks_path, read_marks
        from verirs.view.pages import mark_json

        with self._opened() as store:
            manifest = store.manifest
        summary = _summary(self.path)
        return {
            "name": self.name,
            "path": self.path.name,
            "summary": summary.to_json() if summary else None,
            "told": told(summary) if summary else None,
            "identity": to_json(manifest.identity),
            "scorers": to_json(manifest.scorers),
            "n": manifest.n,
            "config": _text(self.path / "config.toml"),
            "log": _text(self.path / "log.txt")[-LOG:],
            "marks": [mark_json(m, True) for m in read_marks(marks_path(self.path)).values()],
        }

    def problem(self, place: int) -> dict[str, Any]:
        """The problem at a place of the list."""
        index = self.index()
        if not 0 <= place < len(index.ids):
            raise NotThere(f"{self.name} has no problem {place}")
        return next(self.problems(place, place), {})

    def problems(self, first: int, last: int) -> Iterator[dict[str, Any]]:
        """The problems from one place of the list to another, both included."""
        from verirs.running.marks import marks_path, read_marks
        from verirs.until import counted, rule_in
        from verirs.view.pages import problem_json

        index, marks = self.index(), read_marks(marks_path(self.path))
        bounds, words = index.bounds(), index.words["export"]
        places = {key: i for i, key in enumerate(index.ids[first : last + 1], first)}
        with self._opened() as store:
            rule = rule_in(store)
            for group in store.groups(between=(index.ids[first], index.ids[last])):
                if (at := places.get(group.problem.id)) is None:
                    continue
                exported = {
                    int(index.number[i]): words[index.sample_columns["export"][i]]
                    for i in range(bounds[at], bounds[at + 1])
                }
                beyond: frozenset[int] = frozenset()
                if rule is not None:
                    beyond = frozenset(c.completion.index for c in counted(rule, group).beyond)
                yield problem_json(
                    group,
                    exported=exported,
                    beyond=beyond,
                    marks=marks,
                    told=index.told.get(at),
                    findings=index.findings.get(at),
                )

    def search(self, wanted: str) -> dict[str, Any]:
        """Which problems and samples hold a text (:func:`verirs.view.search.search`)."""
        from verirs.view.search import search

        index = self.index()
        with self._opened() as store:
            return search(store, index, wanted)

    def mark(
        self, problem: str, sample: int, verdict: str | None, note: str, seen: str | None = None
    ) -> dict[str, Any]:
        """Mark a verdict as wrong, or take the mark away. ``problem`` is an id, for a place in the list is
        another when the run has grown; ``seen`` is ``about`` of the sample that was looked at.

        Raises:
            NotThere: no such sample.
            UserError: no verdict that a mark may have, or the sample is not any more what was looked at.
        """
        from verirs.running.marks import LONGEST, Mark, about, add_mark, marks_path
        from verirs.view.pages import mark_json

        if verdict not in (None, "pass", "fail", "abstain"):
            raise UserError(f"a mark says pass, fail or abstain, not {verdict!r}")
        with self._opened() as store:
            group = next(iter(store.groups(between=(problem, problem))), None)
        if group is None:
            raise NotThere(f"{self.name} has no problem {problem!r}")
        candidate = next((c for c in group.candidates if c.completion.index == sample), None)
        if candidate is None:
            raise NotThere(f"problem {problem!r} has no sample {sample}")
        now = about(group.problem, candidate.completion)
        if seen is not None and seen != str(now):
            raise UserError(
                f"sample {sample} of {problem!r} is not as the page showed it; load the page again"
            )
        mark = Mark(
            problem_id=problem,
            sample_index=sample,
            about=now,
            was=candidate.verdict,
            verdict=Verdict(verdict) if verdict else None,
            note=note[:LONGEST],
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        with self._lock:
            add_mark(marks_path(self.path), mark)
        return mark_json(mark, True)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Store]:
        try:
            with Store.open(self.path) as store:
                yield store
        except FileNotFoundError as e:
            raise StoreError(f"{self.path} changed while it was read ({e.filename}). Read it again.") from e


def row(view: RunView) -> dict[str, Any]:
    """A run in the list: from its small files alone."""
    try:
        summary = _summary(view.path)
        with Store.open(view.path) as store:
            identity = store.manifest.identity
    except (StoreError, OSError) as e:
        return {"name": view.name, "fault": str(e)}
    at = max((s[1] for s in view.signature()), default=0)
    row: dict[str, Any] = {
        "name": view.name,
        "changed": datetime.fromtimestamp(at / 1e9, UTC).isoformat(timespec="seconds"),
        "source": str(identity.get("source.path") or identity.get("source.name") or ""),
        "model": str(identity.get("engine.model") or identity.get("engine.name") or ""),
    }
    if summary is not None:
        first = summary.estimates["pass@k"].at.get(1)
        row |= {
            "problems": summary.problems,
            "completions": summary.completions,
            "pass_rate": summary.pass_rate,
            "accepted": summary.selection.accepted if summary.selection else None,
            "pass@1": to_json(first) if first else None,
        }
    return row


def _summary(path: Path) -> RunSummary | None:
    return RunSummary.load(path / "summary.json") if (path / "summary.json").exists() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return ""


def _stamp(path: Path) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return path.name, found.st_mtime_ns, found.st_size
