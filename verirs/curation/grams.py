"""Runs of words as numbers: hashes that are the same on every machine, many texts at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RUN = 5
"""Words in a run. Longer ones miss a text that was changed in places, shorter ones are everywhere."""
Grams = NDArray[np.uint64]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)
_KEPT = 1 << 18


class Hasher:
    """Turns words into numbers and runs of words into numbers. Remembers words that it has seen."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def __call__(self, texts: Sequence[Sequence[str]]) -> tuple[Grams, NDArray[np.int64]]:
        """The runs of all texts, one after the other, and where each text begins (with the end as last).

        A text of fewer words than a run has one, of all of them; a text without words has none.
        """
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        flat = np.fromiter(
            map(self._word, (w for text in texts for w in text)), np.uint64, int(lengths.sum())
        )
        counts = np.where(lengths > 0, np.maximum(lengths - RUN + 1, 1), 0)
        starts = np.concatenate(([0], np.cumsum(counts)))
        begins = np.concatenate(([0], np.cumsum(lengths)))[:-1]
        # the word with which each run begins, and the last word of its text
        place = np.arange(starts[-1]) - np.repeat(starts[:-1], counts) + np.repeat(begins, counts)
        last = np.repeat(begins + lengths, counts)
        padded = np.concatenate((flat, np.zeros(RUN, np.uint64)))
        runs = np.zeros(int(starts[-1]), np.uint64)
        for ahead in range(RUN):
            inside = place + ahead < last
            runs = runs * _STEP + np.where(inside, padded[place + ahead], np.uint64(0))
        runs ^= runs >> _SHIFT
        runs *= _MIX
        return runs ^ (runs >> _SHIFT), starts

    def _word(self, word: str) -> int:
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            found = self._known[word] = int.from_bytes(digest, "little")
        return found
