"""Benchmarks as hashes, and which of their items stand in a text.

An item stands in a text if the text holds enough of the item's runs of five words (containment). That is not
symmetric: an item inside a prompt template or a longer problem is found too. No text of a benchmark is kept,
only 32 bits of each run and number, and 64 of a short item.

What it finds and misses is measured in ``benchmarks/curation/planted.py``: an item that was re-typeset or put
into a template is found (recall .99), one that a person or a model put in other words often is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verirs.curation.grams import Hasher
from verirs.curation.words import bare, digest, key, lines, numbers, words

LONG, SHORT = 20, 8
"""Items of at least so many words, and those of fewer: these must stand in the text sign by sign, as a
sentence of their own."""
ENOUGH, MOST = 0.3, 0.8
"""The share of its runs with which a long item is found, and one that is neither long nor short: five words
in a row are soon shared by chance where an item has few."""
COMMON = 5
"""A run that so many items of a benchmark share is its phrase: an item needs :data:`ENOUGH` of the others."""
HEAD = 8
"""Signs by which a short item is first looked for."""
_BEFORE, _AFTER = re.compile(r"|[\n.:?!\"'*]"), re.compile(r"$|\n|[.?!\"'*](?!\d)")
BATCH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A benchmark's item that stands in a text.

    Args:
        benchmark: its name.
        item: which of its items, from 0.
        share: of the item's runs.
        other_numbers: the text has other numbers in the item's place: a variant of the item.
    """

    benchmark: str
    item: int
    share: float
    other_numbers: bool

    @property
    def name(self) -> str:
        """As a column has it."""
        return f"{self.benchmark}[{self.item}]"


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """One benchmark's items as hashes.

    Args:
        name: by which ``[decontaminate] against`` calls it.
        words: how many words each item has.
        runs: hashes of the items' runs, item after item, each once an item; ``run_ends`` says where they end.
        numbers: hashes of the items' numbers in the same way, as often as they stand there.
        keys: of each item as a whole, sign by sign.
        heads: of the first signs of a short item that may stand within a text; 0 of the others.
        lengths: of the items, in signs.
    """

    name: str
    words: NDArray[np.int32]
    runs: NDArray[np.uint32]
    run_ends: NDArray[np.int64]
    numbers: NDArray[np.uint32]
    number_ends: NDArray[np.int64]
    keys: NDArray[np.uint64]
    heads: NDArray[np.uint64]
    lengths: NDArray[np.int32]

    @property
    def items(self) -> int:
        return len(self.words)

    @classmethod
    def of(cls, name: str, texts: Iterable[str]) -> Benchmark:
        """The hashes of some items."""
        items = list(texts)
        said = [words(text) for text in items]
        runs, starts = Hasher()(said)
        own = [np.unique(_short(runs[a:b])) for a, b in pairwise(starts)]
        figures = [_figures(s) for s in said]
        signs = [bare(text) for text in items]
        # without a number a few words are soon somebody else's too
        within = [len(w) < SHORT and len(b) >= HEAD and len(n) > 0
                  for w, b, n in zip(said, signs, figures, strict=True)]  # fmt: skip
        heads = [int(_windows(b[:HEAD])[0]) if w else 0 for w, b in zip(within, signs, strict=True)]
        return cls(
            name,
            np.array([len(s) for s in said], np.int32),
            np.concatenate([np.zeros(0, np.uint32), *own]),
            np.cumsum([len(o) for o in own], dtype=np.int64),
            np.concatenate([np.zeros(0, np.uint32), *figures]),
            np.cumsum([len(f) for f in figures], dtype=np.int64),
            np.array([_number(digest(b)) for b in signs], np.uint64),
            np.array(heads, np.uint64),
            np.array([len(b) for b in signs], np.int32),
        )

    def save(self, path: Path) -> None:
        """Write the hashes; the same items give the same bytes."""
        arrays = {field: getattr(self, field) for field in FIELDS}
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: Path, name: str) -> Benchmark:
        """Read what :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(name, **{field: arrays[field] for field in FIELDS})


FIELDS = ("words", "runs", "run_ends", "numbers", "number_ends", "keys", "heads", "lengths")


class Index:
    """Searches texts for the items of some benchmarks.

    Args:
        benchmarks: whose items are looked for.
    """

    def __init__(self, benchmarks: Sequence[Benchmark]):
        self.benchmarks = tuple(benchmarks)
        self._hasher = Hasher()
        sizes = [b.items for b in self.benchmarks]
        self._first = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        self._words = np.concatenate([np.zeros(0, np.int32), *(b.words for b in self.benchmarks)])
        self._sizes = np.concatenate([np.zeros(0, np.int64), *(_sizes(b.run_ends) for b in self.benchmarks)])
        owner = np.repeat(np.arange(len(self._sizes)), self._sizes)
        runs = np.concatenate([np.zeros(0, np.uint32), *(b.runs for b in self.benchmarks)])
        told = self._words[owner] >= SHORT
        own = np.concatenate([np.zeros(0, np.bool_), *(_own(b.runs) for b in self.benchmarks)])[told]
        runs, owner = runs[told], owner[told]
        self._own_sizes = np.bincount(owner[own], minlength=len(self._sizes))
        order = np.argsort(runs, kind="stable")
        self._runs, self._owner, self._own = runs[order], owner[order], own[order]
        keys = np.concatenate([np.zeros(0, np.uint64), *(b.keys for b in self.benchmarks)])
        heads = np.concatenate([np.zeros(0, np.uint64), *(b.heads for b in self.benchmarks)])
        lengths = np.concatenate([np.zeros(0, np.int32), *(b.lengths for b in self.benchmarks)]).tolist()
        self._equal: dict[int, int] = {}
        self._lengths: dict[int, set[int]] = {}
        for item, (whole, head) in enumerate(zip(keys.tolist(), heads.tolist(), strict=True)):
            self._equal.setdefault(whole, item)
            if head:
                self._lengths.setdefault(head, set()).add(lengths[item])
        self._heads = np.array(sorted(self._lengths), np.uint64)

    def search(self, texts: Iterable[str]) -> Iterator[Hit | None]:
        """The item that stands in each text with the greatest share, or ``None``; in order of the texts."""
        left = iter(texts)
        while batch := list(islice(left, BATCH)):
            yield from self._batch(batch)

    def _batch(self, texts: Sequence[str]) -> Iterator[Hit | None]:
        said = [words(text) for text in texts]
        runs, starts = self._hasher(said)
        short = _short(runs)
        low = np.searchsorted(self._runs, short, "left")
        high = np.searchsorted(self._runs, short, "right")
        places = np.flatnonzero(high > low)
        text_of = np.searchsorted(starts, places, "right") - 1
        shared: dict[int, set[int]] = {}
        for place, number in zip(places.tolist(), text_of.tolist(), strict=True):
            shared.setdefault(number, set()).add(place)
        for number, text in enumerate(texts):
            counts: Counter[int] = Counter()
            own: Counter[int] = Counter()
            seen: set[int] = set()
            for place in shared.get(number, ()):
                run = int(short[place])
                if run not in seen:
                    seen.add(run)
                    owners = self._owner[low[place] : high[place]]
                    counts.update(owners.tolist())
                    own.update(owners[self._own[low[place] : high[place]]].tolist())
            yield self._best(text, said[number], counts, own)

    def _best(self, text: str, said: list[str], counts: Counter[int], own: Counter[int]) -> Hit | None:
        found = [
            (count / self._sizes[item], item)
            for item, count in counts.items()
            if count >= (ENOUGH if self._words[item] >= LONG else MOST) * self._sizes[item]
            and own[item] >= ENOUGH * self._own_sizes[item]
        ]
        if found:
            figures = Counter(_figures(said).tolist())
            hits = [self._hit(item, float(share), figures) for share, item in found]
            return min(hits, key=lambda h: (-h.share, h.other_numbers, self._order(h)))
        equal = self._equal.get(_number(key(text))) if said and len(said) < SHORT else self._within(text)
        return None if equal is None else self._hit(equal, 1.0, None)

    def _within(self, text: str) -> int | None:
        """A short item that is a sentence of the text."""
        if not len(self._heads):
            return None
        signs = lines(text)
        windows = _windows(signs)
        for place in np.flatnonzero(np.isin(windows, self._heads)).tolist():
            for length in sorted(self._lengths[int(windows[place])]):
                before, after = signs[place - 1 : place] if place else "", signs[place + length :][:2]
                found = self._equal.get(_number(digest(signs[place : place + length])))
                if found is not None and _BEFORE.fullmatch(before) and _AFTER.match(after):
                    return found
        return None

    def _order(self, hit: Hit) -> tuple[int, int]:
        return [b.name for b in self.benchmarks].index(hit.benchmark), hit.item

    def _hit(self, item: int, share: float, figures: Counter[int] | None) -> Hit:
        number = int(np.searchsorted(self._first, item, "right")) - 1
        benchmark, own = self.benchmarks[number], item - int(self._first[number])
        begin = int(benchmark.number_ends[own - 1]) if own else 0
        asked = Counter(benchmark.numbers[begin : int(benchmark.number_ends[own])].tolist())
        other = False
        if figures is not None and (gone := (asked - figures).total()):
            # of a part that is missing the numbers are missing too; replaced ones have others for them
            other = (figures - asked).total() >= gone
        return Hit(benchmark=benchmark.name, item=own, share=round(share, 6), other_numbers=other)


def _number(eight: bytes) -> int:
    return int.from_bytes(eight, "little")


def _windows(signs: str) -> NDArray[np.uint64]:
    """A hash of each run of :data:`HEAD` signs."""
    codes = np.frombuffer(signs.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    hashes = np.zeros(max(0, len(codes) - HEAD + 1), np.uint64)
    for ahead in range(HEAD):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[ahead : ahead + len(hashes)]
    return hashes


def _short(runs: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return (runs >> np.uint64(32)).astype(np.uint32)


def _own(runs: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which runs of a benchmark fewer than :data:`COMMON` of its items share."""
    _, place, times = np.unique(runs, return_inverse=True, return_counts=True)
    return np.asarray(times[place] < COMMON)


def _sizes(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.diff(ends, prepend=0)


_hash_numbers = Hasher()


def _figures(said: list[str]) -> NDArray[np.uint32]:
    found = sorted(numbers(said).elements())
    return np.sort(_short(_hash_numbers([[n] for n in found])[0])) if found else np.zeros(0, np.uint32)
