"""Which samples a store holds, and which of them have scores of their own, read out of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from verirs.errors import StoreError
from verirs.store import entry
from verirs.store.directory import Directory
from verirs.store.walking import Cursor, by_columns

COMPLETIONS = ("problem_id", "index", "text_digest")
SCORES = ("problem_id", "index", "judged")
PROBLEMS = ("id", "digest", "current")
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
        gold, done = gold_of(key), _of_problem(key, indices)
        if gold is None:
            own = []
        elif scored == indices:  # a score each, as most stacks give
            rows = zip(indices, texts, about, strict=True)
            own = [i for i, text, what in rows if judged(text, gold) == what]
        else:
            known = set(zip(scored, about, strict=True))
            own = [i for i, text in zip(indices, texts, strict=True) if (i, judged(text, gold)) in known]
        yield key, done, mask(own)


def stored(completions: Iterator[pa.Table]) -> Iterator[tuple[str, int]]:
    """Of each problem its id and which samples are stored; raises as :func:`masks`.

    Args:
        completions: sorted rows of ids and indices.
    """
    return ((key, _of_problem(key, indices)) for key, (indices,) in by_columns(completions))


def _of_problem(key: str, indices: list[int]) -> int:
    done = mask(indices)
    if done.bit_count() != len(indices):
        twice = next(i for i in indices if indices.count(i) > 1)
        raise ValueError(f"sample {twice} of problem {key!r} is stored twice")
    return done


def samples(directory: Directory, *, own: bool = False) -> Iterator[tuple[int, int]]:
    """Of each problem of a run that counts, in order of id: which samples are stored, and which of these have
    scores of their own text and gold, as bits. Reads no text.

    Args:
        own: the caller is the run's writer.

    Raises:
        StoreError: a file that is missing or damaged, by name, or a sample that is there twice.
    """
    manifest, problems, completions, scores = directory.at_once(
        lambda: (
            directory.manifest,
            directory.tables("problems", PROBLEMS),
            directory.merged("completions", COMPLETIONS),
            directory.merged("scores", SCORES),
        ),
        own=own,
    )
    held = [row for part in problems for row in zip(*part.to_pydict().values(), strict=True)]
    golds = {key: digest for key, digest, _ in held}
    wanted = (1 << manifest.n) - 1 if manifest.n else -1
    try:
        found = Cursor(
            (key, (done & wanted, scored & wanted))
            for key, done, scored in masks(completions, scores, golds.get)
        )
        for key, _, current in held:
            own_masks = found.take(key)
            if current:
                yield own_masks or (0, 0)
    except ValueError as e:
        raise StoreError(f"{directory.path}: {e}.") from e


def indices_of(mask: int) -> list[int]:
    """The sample indices whose bits are set."""
    return [index for index in range(mask.bit_length()) if mask >> index & 1]


def mask(indices: Iterable[int]) -> int:
    """A bit for each index."""
    indices = list(indices)
    if indices == list(range(len(indices))):
        return (1 << len(indices)) - 1
    found = 0
    for index in indices:
        found |= 1 << index
    return found
