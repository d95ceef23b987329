"""Which scores belong to a completion: those of its own text and gold, by position."""

from __future__ import annotations

import random
from typing import Any

from verirs.store import entry
from verirs.store.walking import stacks

GOLD = 77


def completion(index: int, text: int) -> tuple[Any, ...]:
    return ("p", index, "text", "", "stop", None, None, None, text)


def score(index: int, position: int, judged: int, name: str = "s") -> tuple[Any, ...]:
    return ("p", index, position, judged, name)


def plainly(rows: list[tuple[Any, ...]], said: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """The rule as it is said: of each completion the last score at each position that judged it."""
    found = []
    for row in rows:
        own = {s[2]: s for s in said if s[1] == row[1] and s[3] == entry.judged(row[-1], GOLD)}
        found.append([own[position] for position in sorted(own)])
    return found


def test_any_mix_of_scores_is_given_to_whom_it_judged() -> None:
    rng = random.Random(0)
    for _ in range(500):
        rows = [completion(i, rng.choice([5, 6])) for i in sorted(rng.sample(range(6), rng.randint(0, 4)))]
        drawn = sorted(
            (rng.randrange(6), rng.choice([0, 0, 0, 1]), rng.choice([5, 6]), rng.choice([GOLD, GOLD, 8]))
            for _ in range(rng.randint(0, 6))
        )
        said = [
            score(i, at, entry.judged(text, gold), f"s{n}") for n, (i, at, text, gold) in enumerate(drawn)
        ]
        assert [list(own) for own in stacks(rows, said, GOLD)] == plainly(rows, said)


def test_one_score_each_as_most_stacks_give() -> None:
    rows = [completion(i, 100 + i) for i in range(5)]
    said = [score(i, 0, entry.judged(100 + i, GOLD)) for i in range(5)]
    assert [list(own) for own in stacks(rows, said, GOLD)] == [[s] for s in said] == plainly(rows, said)
    other = [*said[:4], score(4, 1, entry.judged(104, GOLD))]
    assert [list(own) for own in stacks(rows, other, GOLD)] == plainly(rows, other)
