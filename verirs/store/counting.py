"""Which samples a store holds, and which of them have scores of their own, read out of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from verirs.store import entry
from verirs.store.walking import Cursor, by_columns

COMPLETIONS = ("problem_id", "index", "text_digest")
SCORES = ("problem_id", "index", "judged")
"""The columns that are read."""


def masks(
    completions: Iterator[pa.Table], scores: Iterator[pa.Table], gold_of: Callable[[str], int | None]
) -> Iterator[tuple[str, int, int]]:
    """Of each problem its id, which samples are stored, and which of these have scores of their own text and
    gold: bits by sample index.

    Args:
        completions, scores: sorted rows of these columns.
        gold_of: the digest of what a problem's verifiers read; ``None`` where the store has no such problem.

    Raises:
        ValueError: a sample is there twice.
    """
    stored, said = Cursor(by_columns(completions)), Cursor(by_columns(scores))
    judged = entry.judged
    while (key := stored.key()) is not None:
        indices, texts = stored.take(key) or ([], [])
        scored, about = said.take(key) or ([], [])
        gold, done = gold_of(key), mask(indices)
        if done.bit_count() != len(indices):
            twice = next(i for i in indices if indices.count(i) > 1)
            raise ValueError(f"sample {twice} of problem {key!r} is stored twice")
        if gold is None:
            own = []
        elif scored == indices:  # a score each, as most stacks give
            rows = zip(indices, texts, about, strict=True)
            own = [i for i, text, what in rows if judged(text, gold) == what]
        else:
            known = set(zip(scored, about, strict=True))
            own = [i for i, text in zip(indices, texts, strict=True) if (i, judged(text, gold)) in known]
        yield key, done, mask(own)


def mask(indices: Iterable[int]) -> int:
    """A bit for each index."""
    indices = list(indices)
    if indices == list(range(len(indices))):
        return (1 << len(indices)) - 1
    found = 0
    for index in indices:
        found |= 1 << index
    return found
