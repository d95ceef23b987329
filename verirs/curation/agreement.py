"""What a second opinion said beside what the verifiers before it had said, counted."""

from __future__ import annotations

from collections import Counter

from verirs.records import Agreement
from verirs.types import Group

ORDER = ("pass", "fail", "abstain")


class Agreements:
    """Counts the opinions of a run, by scorer and by what was decided before."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[tuple[str, str]]] = {}

    def add(self, group: Group) -> None:
        """Look at a problem's candidates."""
        for candidate in group.candidates:
            for score in candidate.scores:
                said = score.details.get("said")
                if isinstance(said, (list, tuple)):
                    before = str(score.details.get("audit") or "abstain")
                    self._counts.setdefault(score.scorer, Counter())[before, _word(said)] += 1

    def join(self, later: Agreements) -> None:
        """Count what another counted of later problems."""
        for scorer, counts in later._counts.items():
            self._counts.setdefault(scorer, Counter()).update(counts)

    def told(self) -> tuple[Agreement, ...]:
        """A record a scorer and verdict before it."""
        return tuple(
            Agreement(
                scorer=scorer,
                before=before,
                yes=counts[before, "yes"],
                no=counts[before, "no"],
                unread=counts[before, "unread"],
            )
            for scorer, counts in self._counts.items()
            for before in ORDER
            if any(key[0] == before for key in counts)
        )


def _word(said: list[object] | tuple[object, ...]) -> str:
    """``yes`` where all votes are, ``unread`` where one is missing."""
    if not said or None in said:
        return "unread"
    return "yes" if all(word == "yes" for word in said) else "no"
