"""What a grader holds in one process: its scorers and threads, and the verdicts that are known or on their
way. Callable from any thread.
"""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import blake2b

from verirs import grading
from verirs.hooks.config import Table
from verirs.hooks.rows import Row
from verirs.hooks.rule import Breaker, Rule
from verirs.parts import ScorerPart
from verirs.running.scoring import at_once, safely
from verirs.types import Score, Verdict, grader_identity

_PAUSE = 0.005
"""Seconds for which rows are judged in a row on an event loop, which stands still meanwhile."""
_Batch = Future[dict[bytes, Score]]
"""Rows that one call judges; others wait for those they share."""
_process: object = object()
"""Of this process: a forked child has another."""


def _forked() -> None:
    global _process
    _process = object()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class Waits(Exception):
    """A verdict would have to be waited for."""


class Held:
    """Made by the process that uses it.

    Args:
        tables: each scorer's, by its name.
    """

    def __init__(self, tables: Mapping[str, Table], rule: Rule):
        self.breaker = Breaker(rule.breaker)
        self.threads = ThreadPoolExecutor(min(32, 2 * (os.cpu_count() or 1) + 2), "verirs-hook")
        self.used = False
        self._process = _process
        self._tables = tables
        self._most = rule.cache
        self._parts: dict[str, ScorerPart] = {}
        self._known: OrderedDict[bytes, Score] = OrderedDict()
        self._coming: dict[bytes, _Batch] = {}
        self._lock = threading.Lock()

    @property
    def here(self) -> bool:
        """Whether this process made it."""
        return self._process is _process

    def part(self, name: str) -> ScorerPart:
        with self._lock:
            if name not in self._parts:
                self._parts[name] = self._tables[name].build(name)
            return self._parts[name]

    @functools.cached_property
    def identity(self) -> str:
        return grader_identity({name: self.part(name).version for name in self._tables})

    def close(self) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)
        for part in self._parts.values():
            if part.traits.interrupt is not None:
                part.traits.interrupt()
            part.made.close()
        self._parts.clear()

    def scores(self, part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
        """One score a row, in order."""
        keys = [_key(part.key, row) for row in rows]
        known, coming = self._known, self._coming
        mine: dict[bytes, Row] = {}
        found: dict[bytes, Score] = {}
        theirs: dict[bytes, _Batch] = {}
        with self._lock:
            for key, row in zip(keys, rows, strict=True):
                if (score := known.get(key)) is not None:
                    known.move_to_end(key)
                    found[key] = score
                elif key not in mine:
                    if (other := coming.get(key)) is not None:
                        theirs[key] = other
                    else:
                        mine[key] = row
            if mine:
                batch = _Batch()
                coming.update(dict.fromkeys(mine, batch))
        if not theirs and not mine:
            return [found[key] for key in keys]
        if not mine:
            return [found[key] if key in found else theirs[key].result()[key] for key in keys]
        try:
            judged = dict(zip(mine, _judged(part, list(mine.values())), strict=True))
        except BaseException as error:
            self._done(mine, {})
            batch.set_exception(error)
            raise
        self._done(mine, judged)
        batch.set_result(judged)
        found.update(judged)
        found.update({key: other.result()[key] for key, other in theirs.items()})
        return [found[key] for key in keys]

    def at_once(self, part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
        """The same, of rows whose verdicts are known or a matter of microseconds.

        Raises:
            Waits: one is not, or they take too long together; what was judged until then is known.
        """
        until = time.perf_counter() + _PAUSE
        return [self._at_once(part, row, until) for row in rows]

    def _at_once(self, part: ScorerPart, row: Row, until: float) -> Score:
        key = _key(part.key, row)
        with self._lock:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return known
        if len(row.problems) != 1 or time.perf_counter() > until:
            raise Waits
        score = at_once(part, (row.problems[0], row.completion))
        if score is None or score.verdict is Verdict.ERROR:
            raise Waits
        self._done((), {key: score})
        return score

    def _done(self, mine: Iterable[bytes], judged: Mapping[bytes, Score]) -> None:
        with self._lock:
            for key in mine:
                del self._coming[key]
            for key, score in judged.items():
                if score.verdict is Verdict.PASS or score.verdict is Verdict.FAIL:
                    self._known[key] = score
            while len(self._known) > self._most:
                self._known.popitem(last=False)


def _judged(part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
    """Each row judged; what breaks is tried once more."""
    out = _once(part, rows)
    broken = [i for i, score in enumerate(out) if score.verdict is Verdict.ERROR]
    if broken:
        for i, score in zip(broken, _once(part, [rows[i] for i in broken]), strict=True):
            out[i] = score
    return out


def _once(part: ScorerPart, rows: Sequence[Row]) -> list[Score]:
    if all(len(row.problems) == 1 for row in rows):
        return safely(part, [(row.problems[0], row.completion) for row in rows])
    return grading.judge(part, [grading.Row(row.completion, row.problems) for row in rows])


def _key(scorer: str, row: Row) -> bytes:
    """Equal for rows that the scorer must judge equally: of all that it may read of them."""
    first = row.problems[0]  # the others differ in their gold alone
    if first.meta or first.prompt or first.tests is not None or first.entry_point is not None:
        known = [[p.prompt, p.answer, p.tests, p.entry_point, p.meta] for p in row.problems]
        asked = json.dumps(known, sort_keys=True, default=repr)
    else:
        asked = repr(first.answer if len(row.problems) == 1 else [p.answer for p in row.problems])
    whole = f"{scorer}\0{asked}\0{row.completion.text}".encode("utf-8", "surrogatepass")
    return blake2b(whole, digest_size=16).digest()
