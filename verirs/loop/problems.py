"""Which problems a loop samples and which it is evaluated on; both are frozen as files when first needed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from verirs import until
from verirs.errors import ConfigError
from verirs.sources.files import FileSource
from verirs.store import Store
from verirs.system.files import write_text
from verirs.types import Problem, to_json

GRAM = 13
"""Words in a row that two problems share by more than chance: the measure of GPT-3's decontamination
(arXiv:2005.14165, appendix C)."""
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")


def freeze(path: Path, problems: Iterable[Problem]) -> None:
    """Write problems as JSON lines that the ``file`` source reads back, all or nothing."""
    lines = []
    for problem in problems:
        row = to_json(problem)
        lines.append(json.dumps({**row.pop("meta"), **row}, ensure_ascii=False, sort_keys=True))
    write_text(path, "\n".join(lines) + "\n")


def thaw(path: Path) -> list[Problem]:
    return list(FileSource(str(path)).problems())


def file_source(path: Path) -> dict[str, str]:
    """The ``[source]`` table of a frozen list."""
    return {"name": "file", "path": str(path)}


def drifted(pool: Iterable[Problem], rounds: Iterable[Path]) -> Iterable[str]:
    """Rounds whose problems the source has no longer as they were, a line each.

    Args:
        pool: what the source has now.
        rounds: the rounds' frozen lists.
    """
    now = {p.id: p.digest() for p in pool}
    for path in rounds:
        frozen = thaw(path)
        gone = [p.id for p in frozen if p.id not in now]
        other = [p.id for p in frozen if p.id in now and now[p.id] != p.digest()]
        if gone or other:
            name = path.parent.name
            what = ", ".join(
                f"{len(ids)} {word} (the first: {ids[0]})"
                for ids, word in ((other, "have another question, gold or test"), (gone, "are gone"))
                if ids
            )
            yield (
                f"source: of the {len(frozen)} problems of {name}, {what}; it was made of the rows as they "
                f"were. --redo {name} makes it anew, with all that follows"
            )


# ---- leakage ----------------------------------------------------------------------------------------


def refuse_overlap(pool: Sequence[Problem], held_out: Sequence[Problem]) -> None:
    """
    Raises:
        ConfigError: some problems to train on are held-out problems too, but for signs, blanks and case.
    """
    known = {question(p) for p in held_out}
    both = [p for p in pool if question(p) in known]
    if both:
        raise ConfigError(
            f"{len(both)} of {len(pool)} problems to train on are held-out problems too (the first: "
            f"{both[0].id}). What a policy was trained on says nothing of it: give [held_out] a source, a "
            f"split or a seed of its own."
        )


def question(problem: Problem) -> tuple[str, ...]:
    """What makes two problems the same to a model: the prompt's words, numbers and operators in their order.

    Case, blanks, punctuation, the marks of TeX and Markdown, thousands' commas and hyphens within words do
    not part two problems; a decimal point, a sign and an operator do.
    """
    text = _DASH.sub("-", " ".join(m["content"] for m in problem.prompt).casefold())
    return tuple(_THOUSANDS.sub("", token) for token in _TOKEN.findall(_HYPHEN.sub("", text)))


_DASH = re.compile("[\u2010-\u2015\u2212]")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])|\*\*")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[-+*/^=<>%\u00b1\u00b7\u00d7\u00f7\u221a\u2260\u2264\u2265]")


def near(pool: Sequence[Problem], held_out: Sequence[Problem]) -> list[str]:
    """What should be looked at though nothing proves that a problem is on both sides, a line each.

    Held-out problems that hold 13 words in a row of one to train on; that differ from one in its numbers
    alone; whose ids are those of other problems to train on.
    """
    grams: set[tuple[str, ...]] = set()
    for problem in pool:
        grams.update(_grams(problem))
    shapes = {_shape(p) for p in pool}
    ids = {p.id for p in pool}
    shared = [p for p in held_out if not grams.isdisjoint(_grams(p))]
    alike = [p for p in held_out if _shape(p) in shapes]
    same_id = [p for p in held_out if p.id in ids]
    told = (
        (shared, f"hold {GRAM} words in a row of a problem to train on"),
        (alike, "differ from a problem to train on in their numbers alone"),
        (same_id, "have the id of a problem to train on, whose text is another"),
    )
    return [
        f"leakage: {len(found)} of {len(held_out)} held-out problems {what} (the first: {found[0].id})"
        for found, what in told
        if found
    ]


def _words(problem: Problem) -> list[str]:
    asked = [m["content"] for m in problem.prompt if m["role"] == "user"]
    return _WORD.findall(" ".join(asked).casefold())


def _grams(problem: Problem) -> set[tuple[str, ...]]:
    words = _words(problem)
    return {tuple(words[i : i + GRAM]) for i in range(len(words) - GRAM + 1)}


def _shape(problem: Problem) -> str:
    """The words without their numbers; of a problem of few words, itself: arithmetic has nothing else."""
    words = _words(problem)
    plain = [w for w in words if not _NUMBER.search(w)]
    return " ".join(plain if len(plain) >= 8 else words)


# ---- which come next --------------------------------------------------------------------------------


def pass_rates(path: Path) -> dict[str, float]:
    """Each problem's pass rate, by id, unbiased however many samples it got; without those nobody could
    judge."""
    with Store.open(path) as store:
        return until.pass_rates(store)


@dataclass
class History:
    """What earlier rounds sampled, and how it went; rounds are added in their order."""

    times: Counter[str] = field(default_factory=Counter)
    """How often each problem was sampled."""
    rates: dict[str, float] = field(default_factory=dict)
    """Pass rates when last sampled."""
    unsolved: Counter[str] = field(default_factory=Counter)
    """In how many of its last rounds in a row a problem had no right sample."""

    def add(self, used: Iterable[str], rates: Mapping[str, float]) -> None:
        """A round: the ids that it sampled, and the pass rates of those that were judged."""
        self.times.update(used)
        self.rates |= rates
        for id, rate in rates.items():
            self.unsolved[id] = 0 if rate > 0 else self.unsolved[id] + 1

    def choose(
        self, pool: Sequence[Problem], count: int, retire: float, unsolved: int = 0
    ) -> tuple[list[Problem], int]:
        """The problems of the next round, and how many are retired.

        Args:
            pool: all problems.
            count: at most so many, the least used first, then in the pool's order; 0 is all.
            retire: leave out those whose rate reached this; 0 leaves out none.
            unsolved: leave out those without a right sample in so many rounds; 0 leaves out none.
        """
        active = [
            p
            for p in pool
            if not (retire and self.rates.get(p.id, -1.0) >= retire)
            and not (unsolved and self.unsolved[p.id] >= unsolved)
        ]
        chosen = sorted(active, key=lambda p: self.times[p.id])
        return chosen[: count or None], len(pool) - len(active)
