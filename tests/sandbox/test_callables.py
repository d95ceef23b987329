"""What a test process knows of a function's parameters is what `inspect` says of them."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import random
import textwrap
import types
import unittest.mock
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from verirs.sandbox import files

callables = files.module("callables")


def of_inspect(function: Any) -> list[tuple[str, bool, bool]]:
    return [
        (p.name, p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY), p.default is not p.empty)
        for p in inspect.signature(function).parameters.values()
    ]


def all_kinds(a: int, /, b: int, c: int = 1, *rest: int, d: int, e: int = 2, **more: int) -> None: ...


def keywords(a: int, *, b: int = 1, **more: int) -> None: ...


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


class Owner:
    def method(self, a: int, b: int = 1) -> None: ...
    @classmethod
    def of_class(cls, a: int) -> None: ...
    @staticmethod
    def alone(a: int) -> None: ...
    @wrapped
    def around(self, a: int) -> None: ...
    def __call__(self, x: int) -> None: ...


def announced(*args: Any) -> None: ...


announced.__signature__ = inspect.signature(keywords)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "function",
    [
        all_kinds, keywords, wrapped(all_kinds), wrapped(wrapped(keywords)), announced, wrapped(announced),
        Owner.method, Owner().method, Owner.of_class, Owner.alone, Owner().around, Owner.around, Owner(),
        Owner, functools.partial(all_kinds, 1, d=3), lambda: None, lambda x, *y: None, len,
    ],
)  # fmt: skip
def test_parameters_are_those_of_inspect(function: Any) -> None:
    assert callables.parameters(function) == of_inspect(function)


def test_so_they_are_for_the_functions_of_the_library() -> None:
    found = [f for f in _functions() if not hasattr(f, "__wrapped__")]
    assert len(found) > 200
    assert [f for f in found if callables.parameters(f) != of_inspect(f)] == []


def _functions() -> Iterator[types.FunctionType]:
    for module in (asyncio, functools, json, random, textwrap, unittest.mock):
        for thing in vars(module).values():
            if isinstance(thing, types.FunctionType):
                yield thing
            elif isinstance(thing, type):
                yield from (f for f in vars(thing).values() if isinstance(f, types.FunctionType))


def test_a_function_that_wraps_itself_is_refused() -> None:
    def f() -> None: ...

    f.__wrapped__ = f  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="wraps itself"):
        callables.unwrap(f)


def test_coroutine_functions_are_told() -> None:
    class A:
        async def method(self) -> None: ...

    async def f() -> None: ...

    assert all(map(callables.is_coroutine_function, (f, A.method, A().method)))
    assert not any(map(callables.is_coroutine_function, (all_kinds, Owner().method, len, Owner())))
