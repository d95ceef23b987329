"""Inputs for a problem that nobody wrote tests for: known calls, and calls a few small steps away from them.

Known calls come from the problem's own tests, from examples in its prompt (``>>> f(1)``) and from
tests that a model wrote. Steps keep every value's type and stay near the values seen, because a
problem's preconditions are not known; still, some inputs will be outside of them. The same
problem always gets the same inputs.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from verirs.code.folding import NotPlain
from verirs.code.literal import Case, literal_cases
from verirs.sandbox.jobs import Call
from verirs.types import Problem

_EXAMPLE = re.compile(r">>>\s*(.+)")
_TEXT = 2_000  # characters of one test that is worth parsing
_NESTING = 40


def model_tests(texts: Iterable[str], entry_point: str) -> list[Case | None]:
    """Tests that a model wrote as cases; ``None`` for what is not one assert around one plain call."""
    return [_one(text, entry_point) for text in texts]


def _one(text: str, entry_point: str) -> Case | None:
    # hostile text: bounded before it is parsed, and nothing of it is ever run here
    if len(text) > _TEXT or max(map(text.count, "([{")) > _NESTING:
        return None
    try:
        cases = literal_cases(ast.parse(text.strip()), (entry_point,))
    except (SyntaxError, ValueError, RecursionError, MemoryError, NotPlain):
        return None
    return cases[0] if len(cases) == 1 else None


def known_calls(problem: Problem, cases: Sequence[Case] = ()) -> list[Call]:
    """The calls that a problem's examples and given cases make, without repeats."""
    name = problem.entry_point or ""
    said = "\n".join(str(m.get("content", "")) for m in problem.prompt)
    examples = [f"assert {found.strip()}" for found in _EXAMPLE.findall(said)]
    found = [*cases, *model_tests(examples, name)]
    calls = {repr((c.call.args, c.call.kwargs)): c.call for c in found if c is not None}
    return list(calls.values())


def near(calls: Sequence[Call], count: int, seed: str) -> list[Call]:
    """``count`` different calls (fewer when there are no more to find): the known ones, then steps away."""
    out = {repr((c.args, c.kwargs)): c for c in calls[:count]}
    if not calls:
        return []
    draw = random.Random(seed)
    step = _Stepper(draw, [v for c in calls for v in (*c.args, *c.kwargs.values())])
    for attempt in range(count * 20):
        if len(out) >= count:
            break
        call = draw.choice(calls)
        args, kwargs = list(call.args), dict(call.kwargs)
        for _ in range(1 + attempt % 3):
            place = draw.randrange(len(args) + len(kwargs)) if args or kwargs else 0
            if place < len(args):
                args[place] = step(args[place])
            elif kwargs:
                key = list(kwargs)[place - len(args)]
                kwargs[key] = step(kwargs[key])
        new = Call(args=tuple(args), kwargs=kwargs)
        out.setdefault(repr((new.args, new.kwargs)), new)
    return list(out.values())


class _Stepper:
    """Changes a value a little, within its type and the range of the values seen."""

    def __init__(self, draw: random.Random, seen: Iterable[Any]) -> None:
        self.draw = draw
        self.pool: dict[type, list[Any]] = {}
        for value in seen:
            self._collect(value, 0)
        ints = self.pool.get(int, [0])
        self.low = min(0, *ints) if min(ints) < 0 else 0
        self.high = max(10, 2 * max(ints))
        self.letters = "".join(self.pool.get(str, [])) or "ab"

    def _collect(self, value: Any, depth: int) -> None:
        if len(self.pool.setdefault(type(value), [])) < 1000:
            self.pool[type(value)].append(value)
        if depth < 6 and isinstance(value, (list, tuple, set, frozenset)):
            for item in value:
                self._collect(item, depth + 1)
        elif depth < 6 and isinstance(value, Mapping):
            for key, item in value.items():
                self._collect(key, depth + 1)
                self._collect(item, depth + 1)

    def __call__(self, value: Any) -> Any:
        kind = type(value)
        steps: dict[type, Callable[[Any], Any]] = {
            bool: lambda v: not v,
            int: self._int,
            float: self._float,
            str: lambda v: "".join(self._items(list(v), self._letter)),
            list: lambda v: self._items(list(v), self),
            tuple: lambda v: tuple(self._fixed(list(v))),
            set: lambda v: set(self._items(sorted(v, key=repr), self._hashable)),
            dict: self._dict,
        }
        return steps[kind](value) if kind in steps else value

    def _int(self, value: int) -> int:
        other: int = self.draw.choice(self.pool[int])
        new: int = self.draw.choice(
            [value + 1, value - 1, value + 2, value // 2, value * 2, other, value + other]
        )
        return int(min(max(new, self.low), self.high))

    def _float(self, value: float) -> float:
        other: float = self.draw.choice(self.pool[float])
        new: float = self.draw.choice(
            [value + 1.0, value - 1.0, value / 2, value * 2, other, round(value, 1)]
        )
        return new if new >= 0 or min(self.pool[float]) < 0 else abs(new)

    def _letter(self, _: str) -> str:
        return self.draw.choice(self.letters)

    def _hashable(self, value: Any) -> Any:
        return self(value) if not isinstance(value, (list, set, dict)) else value

    def _items(self, items: list[Any], step: Callable[[Any], Any]) -> list[Any]:
        """Drops, repeats, swaps, changes or adds one item."""
        what = self.draw.randrange(6)
        if not items or what == 0:
            return [*items, step(self.draw.choice(items))] if items else items
        at, other = self.draw.randrange(len(items)), self.draw.randrange(len(items))
        if what == 1:
            del items[at]
        elif what == 2:
            items.insert(other, items[at])
        elif what == 3:
            items[at], items[other] = items[other], items[at]
        else:
            items[at] = step(items[at])
        return items

    def _fixed(self, items: list[Any]) -> list[Any]:
        """One item changed; a tuple's length often has a meaning."""
        if items:
            at = self.draw.randrange(len(items))
            items[at] = self(items[at])
        return items

    def _dict(self, value: dict[Any, Any]) -> dict[Any, Any]:
        out = dict(value)
        if out:
            key = self.draw.choice(list(out))
            if self.draw.random() < 0.3:
                del out[key]
            else:
                out[key] = self(out[key])
        return out
