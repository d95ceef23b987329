"""Seeded arithmetic word problems of one to three steps, as a source: whole numbers, no download.

The embedded policy was trained on these, so it is competent on them but not reliable. The two splits
never share a template with the same numbers, whatever the seeds and however many are drawn. They
are synthetic: a pass rate here says nothing about grade-school problems that people wrote.

    >>> problem = next(ArithmeticProblems(count=1, seed=0).problems())
    >>> problem.prompt[0]["content"], problem.answer   # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from verirs.errors import ConfigError, nearest
from verirs.types import Problem

Split = Literal["train", "held-out"]
SPLITS: tuple[Split, ...] = ("train", "held-out")
SOURCE = "verirs-arithmetic"

LARGEST = 250
"""No step's result is larger: the policy has seen sums up to about here."""
HELD_OUT_SHARE = 8
"""One in so many (template, numbers) combinations belongs to ``held-out``."""

NAMES = (
    "Ava",
    "Ben",
    "Cara",
    "Dan",
    "Eva",
    "Finn",
    "Gina",
    "Hugo",
    "Ida",
    "Jack",
    "Kira",
    "Leo",
    "Mia",
    "Noah",
    "Olga",
    "Paul",
    "Rosa",
    "Sam",
    "Tara",
    "Victor",
)
ITEMS = (
    "apples",
    "pears",
    "books",
    "cards",
    "coins",
    "stamps",
    "pencils",
    "marbles",
    "shells",
    "stickers",
    "cups",
)


@dataclass(frozen=True, slots=True)
class Template:
    """A question with blanks.

    Args:
        name: stable name, stored with each problem.
        text: ``{n}`` and ``{m}`` are two people, ``{it}`` a thing, one letter each number.
        ranges: lowest and highest value of each number.
        steps: the solution, a step being ``left op right``; ``_`` is the result of the step before.
    """

    name: str
    text: str
    ranges: Mapping[str, tuple[int, int]]
    steps: tuple[str, ...]

    def split_steps(self) -> list[tuple[str, str, str]]:
        return [(step[0], step[1], step[2]) for step in self.steps]


TEMPLATES = (
    Template(
        "gain",
        "{n} has {a} {it}. {m} gives {n} {b} more. How many {it} does {n} have now?",
        {"a": (3, 60), "b": (2, 40)},
        ("a+b",),
    ),
    Template(
        "sell",
        "{n} had {a} {it} and sold {b} of them. How many {it} are left?",
        {"a": (4, 70), "b": (2, 40)},
        ("a-b",),
    ),
    Template(
        "boxes",
        "{n} buys {c} boxes with {b} {it} in each box. How many {it} is that?",
        {"c": (2, 6), "b": (2, 20)},
        ("c*b",),
    ),
    Template(
        "share",
        "{n} shares {a} {it} equally among {c} friends. How many {it} does each friend get?",
        {"a": (4, 90), "c": (2, 6)},
        ("a/c",),
    ),
    Template(
        "buy",
        "{n} has {a} {it} and buys {c} boxes with {b} in each. How many {it} does {n} have in total?",
        {"a": (3, 40), "c": (2, 6), "b": (2, 20)},
        ("c*b", "a+_"),
    ),
    Template(
        "pack",
        "{n} packs {c} boxes of {b} {it}. {m} takes {a} {it} away. How many {it} are left?",
        {"c": (2, 6), "b": (2, 20), "a": (1, 90)},
        ("c*b", "_-a"),
    ),
    Template(
        "find",
        "{n} has {a} {it}, finds {b} more and loses {c}. How many {it} does {n} have?",
        {"a": (3, 40), "b": (2, 30), "c": (1, 60)},
        ("a+b", "_-c"),
    ),
    Template(
        "more",
        "{n} has {a} {it}. {m} has {b} more {it} than {n}. How many {it} do they have together?",
        {"a": (3, 40), "b": (2, 20)},
        ("a+b", "a+_"),
    ),
    Template(
        "times",
        "{n} has {a} {it}. {m} has {c} times as many. How many {it} do they have together?",
        {"a": (2, 20), "c": (2, 6)},
        ("c*a", "a+_"),
    ),
    Template(
        "change",
        "A toy costs {b} dollars. {n} buys {c} and pays with {a} dollars. How much change does {n} get?",
        {"b": (2, 20), "c": (2, 5), "a": (10, 120)},
        ("c*b", "a-_"),
    ),
    Template(
        "pool",
        "{n} has {a} {it} and {m} has {b}. They make {c} equal piles. How many {it} are in each pile?",
        {"a": (3, 40), "b": (2, 30), "c": (2, 6)},
        ("a+b", "_/c"),
    ),
    Template(
        "ticket",
        "A ticket costs {b} dollars. {n} buys {c} tickets and a snack for {a} dollars. "
        "{m} pays {d} of it. How much does {n} pay?",
        {"b": (2, 20), "c": (2, 5), "a": (2, 20), "d": (1, 99)},
        ("c*b", "_+a", "_-d"),
    ),
)


@dataclass(frozen=True, slots=True)
class WordProblem:
    """A template with its blanks filled. ``steps`` are ``(left, op, right)``; ``None`` stands for the
    result of the step before. ``key`` names template and numbers, not people and things."""

    template: str
    question: str
    steps: tuple[tuple[int | None, str, int | None], ...]
    key: str

    @property
    def answer(self) -> int:
        result: int | None = 0
        for left, op, right in self.steps:
            x, y = result if left is None else left, result if right is None else right
            result = None if x is None or y is None else apply(op, x, y)
        if result is None:
            raise ValueError(f"a division with a remainder: {self.steps}")  # draw() never makes one
        return result

    @property
    def split(self) -> Split:
        digest = hashlib.sha256(self.key.encode()).digest()
        return "held-out" if int.from_bytes(digest[:4], "big") % HELD_OUT_SHARE == 0 else "train"


def apply(op: str, left: int, right: int) -> int | None:
    """``left op right`` for one of ``+ - * /``; ``None`` where a division is not exact."""
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    return left // right if right and left % right == 0 else None


def draw(rng: random.Random, split: Split) -> WordProblem:
    """One random problem of the split: all results whole, from 1 to :data:`LARGEST`."""
    template = rng.choice(TEMPLATES)
    while True:
        numbers = {k: rng.randint(*bounds) for k, bounds in template.ranges.items()}
        if _solvable(template, numbers):
            key = f"{template.name} {sorted(numbers.items())}"
            one, other = rng.sample(NAMES, 2)
            problem = WordProblem(
                template=template.name,
                question=template.text.format(n=one, m=other, it=rng.choice(ITEMS), **numbers),
                steps=tuple(
                    (numbers.get(left), op, numbers.get(right)) for left, op, right in template.split_steps()
                ),
                key=key,
            )
            if problem.split == split:
                return problem


def _solvable(template: Template, numbers: Mapping[str, int]) -> bool:
    result = 0
    for left, op, right in template.split_steps():
        value = apply(op, numbers.get(left, result), numbers.get(right, result))
        if value is None or not 1 <= value <= LARGEST:
            return False
        result = value
    return True


@dataclass(frozen=True, slots=True)
class ArithmeticProblems:
    """A source of ``count`` distinct problems; more of the same seed begin with the same ones.

    Args:
        count: how many.
        seed: another seed draws other problems (a few may coincide by chance).
        split: ``train`` for sampling and fine-tuning, ``held-out`` for evaluation only.

    Raises:
        ConfigError: on a count below 1 or an unknown split.
    """

    count: int = 100
    seed: int = 0
    split: Split = "train"

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ConfigError(f"arithmetic problems: count must be at least 1, not {self.count}")
        if self.split not in SPLITS:
            raise ConfigError(
                f"arithmetic problems: no split {self.split!r}, only {', '.join(SPLITS)}"
                f"{nearest(self.split, SPLITS)}"
            )

    def problems(self) -> Iterator[Problem]:
        rng = random.Random(f"{SOURCE} {self.split} {self.seed}")
        seen: set[str] = set()
        while len(seen) < self.count:
            drawn = draw(rng, self.split)
            if drawn.question in seen:
                continue
            seen.add(drawn.question)
            yield Problem(
                prompt=({"role": "user", "content": drawn.question},),
                answer=str(drawn.answer),
                source=SOURCE,
                split=self.split,
                meta={"template": drawn.template, "steps": len(drawn.steps)},
            )
