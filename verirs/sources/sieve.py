"""What can be used of a source's rows: bad rows named all at once, or left out and counted; no twins.

Rows that are equal are kept once and counted. Rows without an id of their own that ask the same for another
gold are problems of their own: which gold is right nobody knows here, and ``[duplicates]`` says what is done
with them. Rows of one id that differ otherwise cannot be told apart: they are bad rows, all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from verirs.errors import SourceError
from verirs.sources.faults import BadRow, MissingColumn, named, piece
from verirs.sources.formats import Row
from verirs.types import Problem, to_json

OnError = Literal["refuse", "skip"]
"""What happens to a source whose rows cannot all be used."""
SHOWN = 20
MOST = 10_000
"""After so many bad rows a source that is refused is not read further."""
MOST_LEFT_OUT = 1_000_000
"""More rows are never left out: a small file may unpack to equal rows without an end."""
_ANY = ("utf-8", "surrogatepass")
EQUAL = "equal to an earlier row"


class Sieve:
    """The problems of one source, and what was left out when they were read last.

    Args:
        name: of the source, for messages.
        on_error: ``refuse``: name the bad rows and give no problem; ``skip``: leave them out.
        columns: the options of the source ``file`` that say what this one, which has no such options, takes
            from columns of fixed names.
    """

    def __init__(self, name: str, on_error: OnError, columns: Sequence[str] = ()):
        if on_error not in ("refuse", "skip"):
            raise SourceError(f"source.on_error = {on_error!r}: it is refuse or skip")
        self.name, self.on_error, self.columns = name, on_error, columns
        self._left_out: list[tuple[str, str]] = []
        self._places: dict[str, str] = {}

    def skipped(self) -> list[tuple[str, str]]:
        """Where the rows stand that were left out, and why."""
        return self._left_out

    def where(self, problem_id: str) -> str:
        """Where a problem stands; empty for a problem that was not read."""
        return self._places.get(problem_id, "")

    def problems(
        self, rows: Iterable[Row], make: Callable[[dict[str, Any]], Problem | None]
    ) -> Iterator[Problem]:
        """The problems of all rows.

        Refusing, they come as they are read, up to the first bad row; then the rest is looked through for
        more of them. Skipping, everything is read first: a later row may show that an earlier one is bad.

        Args:
            make: a row's problem; ``None`` for a row of another split; raises BadRow.

        Raises:
            SourceError: the bad rows; or too many to leave out; or what cannot be read further.
        """
        self._left_out, self._places = [], {}
        refuse = self.on_error == "refuse"
        faults: list[tuple[str, BadRow]] = []
        kept: list[tuple[str, Problem]] = []
        twins, count = _Twins(), 0
        try:
            for where, row in rows:
                count += 1
                found = _made(row, make)
                if isinstance(found, BadRow):
                    faults.append((where, found))
                elif found is not None:
                    found = twins.apart(found)
                    fresh = twins.faults(found, where)
                    if fresh is None:
                        self._left_out.append((where, EQUAL))
                        if len(self._left_out) > MOST_LEFT_OUT:
                            raise SourceError(f"{where}: {MOST_LEFT_OUT:,} rows are equal to earlier ones")
                        continue
                    faults += fresh
                    self._places[found.id] = where
                    if not refuse:
                        kept.append((where, found))
                    elif not faults:
                        yield found
                if refuse and len(faults) >= MOST:
                    break
        except SourceError as e:
            if not faults:
                raise
            raise SourceError(f"{self._refusal(faults, count)}\nand then: {e}") from e
        bad = {where for where, _ in faults}
        if bad and refuse:
            raise SourceError(self._refusal(faults, count))
        if 2 * len(bad) > count:
            more = "That is more than half, too many to leave out."
            raise SourceError(f"{self._refusal(faults, count)}\n{more}")
        self._left_out = [(where, e.reason) for where, e in faults] + self._left_out
        yield from (problem for where, problem in kept if where not in bad)

    def _refusal(self, faults: list[tuple[str, BadRow]], count: int) -> str:
        told = _told(faults)
        name = f"source {named(self.name)}"
        if len(told) == 1 and isinstance(faults[0][1], MissingColumn) and len(faults) == count:
            return f"{name}: {told[0][0]}{self._other_columns()}"  # of all rows: no row is to blame
        whole = f"{len({where for where, _ in faults}):,} of {count:,} rows"
        lines = [f"{name}: {whole}{' read so far' if len(faults) >= MOST else ''} cannot be used:"]
        lines += [f"  {line}" for line, _ in told[:SHOWN]]
        if rest := told[SHOWN:]:
            kinds = Counter(reason for _, reason in rest).most_common(5)
            lines.append(f"  and {len(rest):,} more: {'; '.join(f'{n:,} x {r}' for r, n in kinds)}")
        if self.on_error == "refuse":
            lines.append("Mend them, or leave them out: --set source.on_error=skip")
        if len({where for where, _ in faults}) == count:
            lines[-1] += self._other_columns()
        return "\n".join(lines)

    def _other_columns(self) -> str:
        """How a file of other columns is read, where this source has no options for that."""
        if not self.columns:
            return ""
        named = " ".join(f"--set source.{option}=COLUMN" for option in self.columns)
        return f"\nA file with columns of its own is read by the source file: --set source.name=file {named}"


def _told(faults: list[tuple[str, BadRow]]) -> list[tuple[str, str]]:
    """A line and the reason for each fault; a column that many rows lack is told once."""
    lacking = Counter(str(e) for _, e in faults if isinstance(e, MissingColumn))
    told = []
    for where, e in faults:
        more = ""
        if isinstance(e, MissingColumn):
            if not (times := lacking.pop(str(e), 0)):
                continue
            more = f" (and so in {times - 1:,} more rows)" if times > 1 else ""
        told.append((f"{where}: {e}{more}", e.reason))
    return told


class _Twins:
    """What was seen before, by id; a row without an id of its own has a hash of its prompt."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, bytes, str | None]] = {}
        self._named: set[str] = set()

    def apart(self, problem: Problem) -> Problem:
        """The problem; under another id where an earlier row without an id asks the same for another gold."""
        asked, gold = _question(problem), problem.answer
        _, before, known = self._seen.get(problem.id, ("", asked, gold))
        if before != asked or known == gold or None in (known, gold):
            return problem
        if problem.id != (made := Problem(prompt=problem.prompt).id):
            return problem
        own = hashlib.blake2b(str(gold).encode(*_ANY), digest_size=4).hexdigest()
        return replace(problem, id=f"{made}-{own}")

    def faults(self, problem: Problem, where: str) -> list[tuple[str, BadRow]] | None:
        """What comes to light with this problem: faults of it and of an earlier row; ``None`` if both are
        equal."""
        asked = _question(problem)
        place, before, gold = self._seen.setdefault(problem.id, (where, asked, problem.answer))
        if place == where:
            return []
        if (before, gold) == (asked, problem.answer):
            return None
        if problem.id != Problem(prompt=problem.prompt).id:
            how = "; for ids made of the prompt: --set source.id="
            return self._both("two rows of one id", place, where, f" {piece(problem.id)}", how)
        if before != asked:
            return self._both("the same question with different tests", place, where, "")
        # a gold and none: two golds are two problems, see apart()
        golds = f": {_gold(gold)} and {_gold(problem.answer)}"
        return self._both("the same question with different answers", place, where, golds)

    def _both(
        self, reason: str, first: str, second: str, say: str, how: str = ""
    ) -> list[tuple[str, BadRow]]:
        pairs = [(first, second), (second, first)] if first not in self._named else [(second, first)]
        self._named |= {first, second}
        return [(at, BadRow(reason, f"{say} (as {other}){how}")) for at, other in pairs]


def _made(
    row: dict[str, Any] | BadRow, make: Callable[[dict[str, Any]], Problem | None]
) -> Problem | BadRow | None:
    if isinstance(row, BadRow):
        return row
    try:
        return make(row)
    except BadRow as e:
        return e


def _question(problem: Problem) -> bytes:
    """A hash of all but the gold that makes a problem what it is."""
    parts = [text for m in problem.prompt for text in (m["role"], m["content"])]
    tests = problem.tests or ""
    parts += [problem.entry_point or "", tests if isinstance(tests, str) else json.dumps(to_json(tests))]
    return hashlib.blake2b("\0".join(parts).encode(*_ANY), digest_size=16).digest()


def _gold(gold: str | None) -> str:
    return "no answer" if gold is None else piece(gold)
