"""Functions at random points: how many of them are independent."""

from __future__ import annotations

import hashlib
from typing import Any

import flint

from verirs.math.comparing.balls import random_value
from verirs.math.comparing.evaluate import NoValue
from verirs.math.comparing.scalars import LOCK, PROOF, value_at
from verirs.math.values import Node, symbols


def sampled(functions: list[Node], points: int) -> list[list[Any]] | None:
    """The values of functions of the same letters at random points, ``None`` where one has none."""
    letters = set().union(*map(symbols, functions))
    seed = hashlib.blake2b(repr(functions).encode(), digest_size=32).digest()
    rows: list[list[Any]] = []
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, PROOF
        try:
            for f in functions:
                row = []
                for point in range(points):
                    env = {name: random_value(seed, name, point) for name in letters}
                    row.append(value_at(f, env, seed, False, point))
                if any(x is None for x in row):
                    return None
                rows.append(row)
        except NoValue:
            return None
        finally:
            flint.ctx.prec = kept
    return rows


def rank(rows: list[list[Any]]) -> int:
    """The rank of a small matrix of balls, numbers below ``2**-120`` taken for 0."""
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, PROOF
        try:
            return _eliminated([list(row) for row in rows])
        finally:
            flint.ctx.prec = kept


def _eliminated(left: list[list[Any]]) -> int:
    found = 0
    for column in range(len(left[0])):
        pivot = max(range(found, len(left)), key=lambda r: abs(left[r][column]).mid(), default=None)
        if pivot is None or abs(left[pivot][column]).upper() < 2.0**-120:
            continue
        left[found], left[pivot] = left[pivot], left[found]
        for r in range(found + 1, len(left)):
            times = left[r][column] / left[found][column]
            left[r] = [x - times * y for x, y in zip(left[r], left[found], strict=True)]
        found += 1
        if found == len(left):
            break
    return found
