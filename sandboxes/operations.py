"""What one side of a link does for the other, and how it tells what its objects are.

The guarded side, that of the tests, does less: see `link`.
"""

from __future__ import annotations

import importlib
import itertools
import os
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import ambient
import kinds
import plain
from mirror import BASES, CHECKS, DUNDERS, FUNCTIONS

ITERATORS = (*plain._ITERATORS, type(iter(bytearray())), itertools.count, itertools.cycle, itertools.repeat)
_CHUNK_S = 0.005
"""How long an iterator is read ahead."""


_RECORDS = frozenset(
    {"configure_mock", "attach_mock", "reset_mock", "mock_add_spec"}
    | {"call_args_list", "mock_calls", "method_calls"}
)
"""What changes the record that a mock keeps, and what the record is kept in."""


def describe(link: Any, value: Any) -> list[Any]:
    """What the other side has to know of an object."""
    if isinstance(value, type):
        return _describe_class(link, value)
    kind = type(value)
    if kind in FUNCTIONS:
        flags = getattr(getattr(value, "__code__", None), "co_flags", 0)
        name, doc = getattr(value, "__name__", kind.__name__), getattr(value, "__doc__", None)
        return [
            "f",
            str(name),
            doc if type(doc) is str else None,
            bool(flags & 128),
            kind is types.FunctionType,
        ]
    if kind in ITERATORS:
        return ["g", kind is types.GeneratorType]
    if kind is types.CoroutineType:
        return ["w"]
    if isinstance(value, BaseException):
        return ["e", _class_of(link, kind), [_part(link, a) for a in BaseException.args.__get__(value)]]
    base = next((b for b in kind.__mro__ if b in BASES.values()), None)
    form = None
    if base in (tuple, frozenset):
        form = link.pack(base(base.__iter__(value)))  # type: ignore[misc]
    elif base is not None and kinds.base_of(kind) is None:
        form = plain.encode(value)
    return ["o", _class_of(link, kind), form]


def _part(link: Any, value: Any) -> Any:
    try:
        return link.pack(value)
    except plain.Unsupported:
        return f"<{kinds.name_of(value)}>"


def _class_of(link: Any, kind: type) -> Any:
    names = kinds.exception_names(kind) if issubclass(kind, BaseException) else []
    if names and names[0] == f"{kind.__module__}:{kind.__qualname__}":
        return {"L": names}
    return link._export(kind)


def _describe_class(link: Any, kind: type) -> list[Any]:
    bases = []
    for base in kind.__bases__:
        name = f"{base.__module__}:{base.__qualname__}"
        if name in BASES:
            bases.append({"L": name})
        elif base is not object:
            bases.append(_class_of(link, base))
    own = vars(kind)
    special = [n if own[n] is not None else f"!{n}" for n in own if n in DUNDERS]
    special += [n for n in CHECKS if getattr(type(kind), n) is not getattr(type, n)]
    methods = [n for n, f in own.items() if type(f) is types.FunctionType and not n.startswith("__")]
    doc = own.get("__doc__")
    return ["c", kind.__name__, doc if type(doc) is str else None, bases, special, methods[:500]]


def _call(link: Any, target: Any, args: Any, kwargs: Any) -> Any:
    return target(*args, **dict(kwargs))


def _meth(link: Any, owner: Any, name: str, args: Any, kwargs: Any) -> Any:
    if name.startswith("__") and not isinstance(owner, type):
        if link.guarded and name not in DUNDERS:
            raise AttributeError(name)
        return getattr(type(owner), name)(owner, *args, **dict(kwargs))
    if name == "__getitem__":
        return owner[args[0]]
    return _looked_up(link, owner, name)(*args, **dict(kwargs))


def _looked_up(link: Any, owner: Any, name: str) -> Any:
    if link.guarded and (name.startswith("_") or type(owner) in FUNCTIONS):
        raise AttributeError(name)
    if link.guarded and (name in _RECORDS or name.startswith("assert")) and _is_mock(owner):
        raise AttributeError(f"{name} of a mock is for the tests")
    return getattr(owner, name)


def _is_mock(thing: Any) -> bool:
    mock = sys.modules.get("unittest.mock")
    return mock is not None and isinstance(thing, mock.NonCallableMock)


def _set(link: Any, owner: Any, name: str, value: Any) -> None:
    if link.guarded:
        ours = type(owner).__module__ in ("__main__", "__tests__") and not isinstance(owner, type)
        if not ours or name.startswith("_") or callable(getattr(type(owner), name, None)):
            raise AttributeError(f"{name} cannot be set from the program")
        link.changed = True
        if link.withholds:
            return
    setattr(owner, name, value)


def _advance(link: Any, iterator: Any, count: int) -> tuple[list[Any], bool]:
    items: list[Any] = []
    end = time.perf_counter() + _CHUNK_S
    while len(items) < count:
        try:
            items.append(next(iterator))
        except StopIteration:
            return items, False
        except BaseException:
            if items:  # the ones before it first: the next question meets it again, or the end
                link.poller.late[id(iterator)] = sys.exc_info()[1]
                return items, True
            raise
        if time.perf_counter() > end:
            break
    return items, True


def _next_op(link: Any, iterator: Any, count: int) -> Any:
    if (error := link.poller.late.pop(id(iterator), None)) is not None:
        raise error
    return _advance(link, iterator, count)


def _names(link: Any, *wanted: str) -> tuple[tuple[str, Any], ...]:
    if link.guarded:
        raise AttributeError("names")
    found: tuple[tuple[str, Any], ...] = ()
    for name in wanted:
        try:
            found = (*found, (name, link.resolve(link.names, name)))
        except NameError:
            continue
    return found


def _share(link: Any, what: list[str]) -> str:
    if link.guarded:
        raise AttributeError("share")
    link.ambient = ambient.Ambient(what, False)
    return os.getcwd()


def _define(link: Any, name: str, value: Any) -> None:
    if link.guarded:
        raise AttributeError("define")
    link.names[name] = value


def _sign(link: Any, function: Any) -> list[Any]:
    import inspect

    out = []
    for p in inspect.signature(function).parameters.values():
        known = type(p.default) in kinds.SCALARS
        out.append([p.name, int(p.kind), *([p.default] if known else [] if p.default is p.empty else [None])])
    return out


def _duplicate(link: Any, thing: Any, deep: bool) -> Any:
    import copy

    return copy.deepcopy(thing) if deep else copy.copy(thing)


def watched(paths: list[str]) -> dict[tuple[str, str], Any]:
    """Globals of the library as they are, to notice when the tests put something in their place."""
    found = {}
    for path in paths:
        module, _, name = path.rpartition(".")
        try:
            owner = importlib.import_module(module)
        except (ImportError, ValueError):
            continue
        if hasattr(owner, name):
            found[module, name] = getattr(owner, name)
    return found


def replaced(watched: dict[tuple[str, str], Any]) -> tuple[Any, ...]:
    """What the tests put in the place of the watched globals, for the program to see it too."""
    found = []
    for (module, name), original in watched.items():
        now = getattr(sys.modules.get(module), name, original)
        if now is not original:
            found.append((module, name, now))
    return tuple(found)


class Poller:
    """Tasks that the other side awaits."""

    def __init__(self) -> None:
        self.loop: Any = None
        self.tasks: list[Any] = []
        self.late: dict[int, Any] = {}

    def start(self, thing: Any) -> int:
        import asyncio

        async def run() -> Any:
            return await thing

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.loop = loop = self.loop or asyncio.new_event_loop()
        self.tasks.append(loop.create_task(run()))
        return len(self.tasks) - 1

    def poll(self, number: int) -> tuple[Any, Any]:
        task = self.tasks[number]
        if self.loop is not None and not self.loop.is_running():
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()
        try:
            return (True, task.result()) if task.done() else (False, None)
        except StopAsyncIteration:
            return "end", None


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "meth": _meth,
    "get": _looked_up,
    "set": _set,
    "del": lambda link, owner, name: None if link.guarded else delattr(owner, name),
    "next": _next_op,
    "list": lambda link, owner: list(owner),
    "dir": lambda link, owner: [] if link.guarded else dir(owner),
    "copy": _duplicate,
    "signature": _sign,
    "names": _names,
    "define": _define,
    "share": _share,
    "start": lambda link, thing: link.poller.start(thing),
    "poll": lambda link, number: link.poller.poll(number),
    "cancel": lambda link, number: link.poller.tasks[number].cancel() and None,
}
