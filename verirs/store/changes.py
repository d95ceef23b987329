"""What changed between the rows of a run's source and the problems that the run holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from verirs.errors import SourceError, StoreError
from verirs.store.entry import problem_digest
from verirs.types import Problem, to_json

SHOWN = 12
LISTED = 3
"""Problems of a kind that are told one by one, where all that is to say is that they came or went."""
"""So many changed rows are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A problem that a store holds.

    Args:
        digest: of what verifiers read (:func:`verirs.store.entry.problem_digest`).
        current: whether the run's last command asked for it; the others count nowhere.
    """

    problem: Problem
    digest: int
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Ids, in the order of the source.

    Args:
        new: problems that the run did not hold.
        changed: their gold answer, tests or entry point is another: their samples are judged again.
        removed: they are not asked for any more: kept in the store, left out of estimates and exports.
        back: removed before, and asked for again.
    """

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    """What to tell the user, a line a row; the problems of a first run are no news."""


def _told(changes: Changes, held: Mapping[str, Held], asked: Mapping[str, Problem]) -> Iterator[str]:
    for key in changes.changed:
        old, new = held[key].problem, asked[key]
        what = f"gold {old.answer!r} -> {new.answer!r}" if old.answer != new.answer else "other tests"
        yield f"changed  {key}: {what}; its samples are judged again"
    for word, keys, what in (
        ("removed", changes.removed, "kept in the store, left out of estimates and exports"),
        ("back   ", changes.back, "counted again"),
        ("new    ", changes.new if held else (), "to be sampled"),
    ):
        if len(keys) <= LISTED:
            yield from (f"{word}  {key}: {what}" for key in keys)
        else:
            yield f"{word}  {len(keys):,} problems, {keys[0]} to {keys[-1]}: {what}"


def compare(held: Mapping[str, Held], asked: Iterable[Problem], where: str) -> Changes:
    """What changed.

    Args:
        held: the store's problems by id.
        asked: the source's.
        where: the run, for messages.

    Raises:
        SourceError: an id occurs twice.
        StoreError: a problem has another prompt than its samples were drawn for.
    """
    asked = list(asked)
    twice = [key for key, count in Counter(p.id for p in asked).items() if count > 1]
    if twice:
        raise SourceError(
            f"{len(twice)} problem ids occur more than once, for example {twice[0]!r}. Give each row "
            f"an id of its "
            f"own; rows without an id column have a hash of their prompt, so equal prompts are twins."
        )
    other = [p for p in asked if p.id in held and to_json(held[p.id].problem.prompt) != to_json(p.prompt)]
    if other:
        more = f" and {len(other) - 1} more" if other[1:] else ""
        raise StoreError(
            f"the prompt of problem {other[0].id!r}{more} changed since {where} was begun, and its samples "
            f"answer the old one. Give the changed rows new ids (then they are sampled, and the old rows "
            f"count no more), or start a new run with another --name."
        )
    ids = {p.id for p in asked}
    changes = Changes(
        new=tuple(p.id for p in asked if p.id not in held),
        changed=tuple(p.id for p in asked if p.id in held and held[p.id].digest != problem_digest(p)),
        removed=tuple(key for key, h in held.items() if h.current and key not in ids),
        back=tuple(p.id for p in asked if p.id in held and not held[p.id].current),
    )
    lines: list[str] = list(_told(changes, held, {p.id: p for p in asked}))
    if len(lines) > SHOWN:
        lines[SHOWN:] = [f"         and {len(lines) - SHOWN:,} more rows of the source"]
    return replace(changes, told=tuple(lines))
