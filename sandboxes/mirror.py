"""Stand-ins for objects that live in the other process: classes, instances, functions, iterators, exceptions.

A class gets a local class of the same name, with the special methods that it has, so that ``isinstance``,
``except`` and ``len`` work on what stands in for its instances; each use is a question to the other side.
Instances of classes derived from a builtin type are also a value of that type.
"""

from __future__ import annotations

import functools
import io
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import blame
import kinds
import plain
import word

FUNCTIONS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType,
    types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType,
    functools.partial, type(functools.lru_cache(lambda: None)),
)  # fmt: skip
_OTHERS = (
    "contains", "len", "length_hint", "getitem", "setitem", "delitem", "iter", "next", "reversed",
    "call", "enter", "exit", "bool", "int", "float", "complex", "index", "round", "trunc", "floor",
    "ceil", "abs", "neg", "pos", "invert", "hash", "str", "repr", "format", "bytes", "await", "aiter",
    "anext", "aenter", "aexit", "missing", "copy", "deepcopy", "fspath",
)  # fmt: skip
DUNDERS = frozenset({f"__{n}__" for n in _OTHERS} | word.EQUALS | word.BINARY)
CHECKS = ("__instancecheck__", "__subclasscheck__")
"""What a metaclass of the program may say of what is no object of its class."""
_LOOKED_INTO = (
    "__dataclass_fields__", "__abstractmethods__", "__annotations__", "__code__", "__closure__",
    "__globals__", "__defaults__", "__slots__", "__bases__", "__subclasses__", "__mro_entries__",
    "__reduce__", "__getstate__",
)  # fmt: skip
"""What only who takes an object to pieces asks for; a stand-in has no true answer."""
BASES = {"builtins:" + k.__name__: k for k in (list, dict, set, int, str, float, tuple, bytes, frozenset)}
_STEPS, _CHUNK = 8, 1000
links: list[Any] = []
"""The link of this process, once there is one."""


class Captured(io.StringIO):
    """What the program writes while the tests look at its output; the first million characters of it."""

    def write(self, text: str) -> int:
        if self.tell() < 1_000_000:
            super().write(text)
        return len(text)


def flush() -> None:
    """Write out what the program printed; no context managers, which would touch more pages."""
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105
            stream.flush()
        except BaseException:  # noqa: BLE001 - the program may have put anything there
            pass


def patch(values: Any) -> list[Any]:
    """Put what the tests have put in the place of some globals here, too; what `unpatch` needs."""
    done = []
    for module, name, value in values:
        owner = sys.modules.get(module) or __import__(module, fromlist=["_"])
        done.append((owner, name, getattr(owner, name, None)))
        setattr(owner, name, value)
    return done


def unpatch(done: list[Any]) -> None:
    for owner, name, value in reversed(done):
        setattr(owner, name, value)


# --- stand-ins ----------------------------------------------------------------------------------------


class Meta(type):
    """Of the local classes that stand for classes of the other side."""

    def __new__(mcs, name: str, bases: tuple[type, ...], names: dict[str, Any], **more: Any) -> Any:
        if more.pop("ours", None) is not True:
            links[0].unsupported = f"a class derived from the program's {bases[0].__name__}"
            raise TypeError(links[0].unsupported)
        return super().__new__(mcs, name, bases, names)

    def __init__(cls, name: str, bases: tuple[type, ...], names: dict[str, Any], **more: Any) -> None:
        super().__init__(name, bases, names)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return links[0].ask("call", cls, args, tuple(kwargs.items()))

    def __getattr__(cls, name: str) -> Any:
        return _get(cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("__"):
            return super().__setattr__(name, value)
        links[0].ask("set", cls, name, value)

    def __delattr__(cls, name: str) -> None:
        links[0].ask("del", cls, name)

    def __iter__(cls) -> Iterator[Any]:
        return iter(links[0].ask("list", cls))

    def __len__(cls) -> int:
        return len(links[0].ask("list", cls))

    def __getitem__(cls, key: Any) -> Any:
        return links[0].ask("meth", cls, "__getitem__", (key,), ())

    def __contains__(cls, key: Any) -> bool:
        return any(key is x for x in cls)

    def __bool__(cls) -> bool:
        return True

    def __instancecheck__(cls, thing: Any) -> bool:
        return super().__instancecheck__(thing) or _is_one_of(cls, "__instancecheck__", thing)

    def __subclasscheck__(cls, kind: type) -> bool:
        return super().__subclasscheck__(kind) or _is_one_of(cls, "__subclasscheck__", kind)


def _is_one_of(cls: Any, how: str, thing: Any) -> bool:
    """What a class of the program says of something that does not derive from it (a protocol, a registered
    class). It is its own word."""
    link = links[0]
    if not link.guarded or how not in type.__getattribute__(cls, "_says"):
        return False
    said = bool(link.ask("meth", cls, how, (thing,), ()))
    link.own_word = max(link.own_word, 2 if said else 0)
    return said


def _asked_by_mock() -> bool:
    """Whether it is ``unittest.mock`` that takes a look, to see what kind of function it replaces."""
    frame: Any = sys._getframe(2)
    for _ in range(8):
        if frame is None:
            return False
        if frame.f_globals.get("__name__") == "unittest.mock":
            return True
        frame = frame.f_back
    return False


def _get(owner: Any, name: str) -> Any:
    if name in _LOOKED_INTO:
        if not _asked_by_mock():
            links[0].unsupported = f"the tests look into an object of the program: {name}"
    elif name.startswith("__") and name.endswith("__") and name not in ("__doc__", "__dict__", "__name__"):
        raise AttributeError(name)
    found = links[0].ask("get", owner, name)
    if links[0].guarded:
        links[0].word.looked_up(owner, name, found)
    return found


class Remote:
    """The base of those local classes."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        return _get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            return object.__setattr__(self, name, value)
        links[0].ask("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        links[0].ask("del", self, name)

    def __repr__(self) -> str:
        return str(links[0].ask("meth", self, "__repr__", (), ()))

    def __str__(self) -> str:
        return str(links[0].ask("meth", self, "__str__", (), ()))

    def __format__(self, spec: str) -> str:
        return str(links[0].ask("meth", self, "__format__", (spec,), ()))

    def __dir__(self) -> Any:
        return links[0].ask("dir", self)

    def __copy__(self) -> Any:
        return links[0].ask("copy", self, False)

    def __deepcopy__(self, memo: Any) -> Any:
        return links[0].ask("copy", self, True)

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        return links[0].ask("get", self, "__dict__")


def _method(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        link = links[0]
        if link.guarded and args and name in word.EQUALS:
            own = id(args[0]) in link.theirs
            link.own_word = max(link.own_word, 1 if own else 2)
            if not own and not link.takes_word:
                return NotImplemented
        answer = link.ask("meth", self, name, args, tuple(kwargs.items()))
        if link.guarded:
            link.word.used(self, name, args, answer)
        return answer

    method.__name__ = method.__qualname__ = name
    return method


def _next(self: Any) -> Any:
    items, more = links[0].ask("next", self, 1)
    if not more:
        raise StopIteration
    return items[0]


def _await(self: Any) -> Any:
    return awaited(self).__await__()


def _iter(self: Any) -> Any:
    found = _method("__iter__")(self)
    return found if hasattr(type(found), "__next__") else iter(found)


def _kept_back(kind: Any, value: Any, swallowed: Any) -> bool:
    """What leaving a block says of an exception; a check that failed in it is not the program's to hide, nor
    is one that was not reached."""
    if swallowed and kind is not None:
        failed = not issubclass(kind, Exception) or kind is AssertionError
        if failed or blame.unreached(sys._getframe(2), value, links[0].sources):
            links[0].hidden_check()
    return bool(swallowed)


def _leave(self: Any, kind: Any, value: Any, trace: Any) -> Any:
    return _kept_back(kind, value, links[0].ask("meth", self, "__exit__", (kind, value, None), ()))


async def _leave_async(self: Any, kind: Any, value: Any, trace: Any) -> Any:
    return _kept_back(kind, value, await links[0].ask("meth", self, "__aexit__", (kind, value, None), ()))


_SPECIAL: dict[str, Any] = {
    "__next__": _next, "__await__": _await, "__iter__": _iter, "__exit__": _leave, "__aexit__": _leave_async,
}  # fmt: skip


class RemoteFunction:
    """A function of the other side."""

    def __init__(self, name: str, doc: str | None, awaits: bool, plainly: bool) -> None:
        self.__dict__.update(
            __name__=name, __qualname__=name, __doc__=doc, __module__="solution", _plainly=plainly
        )
        if awaits:
            self.__dict__["_is_coroutine"] = sys.modules["asyncio.coroutines"]._is_coroutine  # type: ignore[attr-defined]

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return types.FunctionType if self._plainly else RemoteFunction

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return links[0].ask("call", self, args, tuple(kwargs.items()))

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self if owner is None else types.MethodType(self, owner)

    def __getattr__(self, name: str) -> Any:
        if name == "__signature__":
            return _signature(links[0].ask("signature", self))
        return _get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        links[0].ask("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        links[0].ask("del", self, name)


def _signature(parts: Any) -> Any:
    import inspect

    made = []
    for name, kind, *default in parts:
        known = default[0] if default else inspect.Parameter.empty
        made.append(inspect.Parameter(name, kind, default=known))
    return inspect.Signature(made)


class RemoteIterator:
    """An iterator of the other side. It is asked for one item at a time, for more when many are wanted."""

    def __init__(self, generator: bool) -> None:
        self._generator, self._taken, self._items, self._more = generator, 0, [], True

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return types.GeneratorType if self._generator else RemoteIterator

    def __iter__(self) -> RemoteIterator:
        return self

    def __next__(self) -> Any:
        if not self._items:
            count = 1 if self._taken < _STEPS else min(_CHUNK, self._taken)
            items, self._more = links[0].ask("next", self, count)
            self._taken += len(items)
            self._items = items[::-1]
        if not self._items:
            raise StopIteration
        return self._items.pop()

    def __getattr__(self, name: str) -> Any:
        if self._items:
            links[0].unsupported = f"{name} of an iterator that is read ahead"
        return _get(self, name)


async def awaited(thing: Any) -> Any:
    """Await something of the other side, while its other tasks go on, too."""
    import asyncio

    link = links[0]
    task = link.ask("start", thing)
    pause = 0.0
    try:
        while True:
            done, value = link.ask("poll", task)
            if done == "end":
                raise StopAsyncIteration
            if done:
                return value
            await asyncio.sleep(pause)
            pause = min(0.005, pause + 0.0005)
    except asyncio.CancelledError:
        link.ask("cancel", task)
        raise


# --- making what stands in for an object -------------------------------------------------------------------


def build(link: Any, number: int, what: str, *parts: Any) -> None:
    """Make and keep the stand-in for an object that was described."""
    match what:
        case "c":
            link.keep(number, _build_class(link, *parts))
        case "f":
            name, doc, awaits, plainly = parts
            if awaits:
                import asyncio  # noqa: F401 - says what a coroutine function is
            link.keep(number, RemoteFunction(str(name), doc, bool(awaits), bool(plainly)))
        case "g":
            link.keep(number, RemoteIterator(bool(parts[0])))
        case "w":
            later = _Later()
            link.theirs[id(later)] = later, number
            link.keep(number, awaited(later))
        case "e":
            link.keep(number, _build_error(link.unpack(parts[0]), [link.unpack(a) for a in parts[1]]))
        case "o":
            kind = link.unpack(parts[0])
            value = parts[1]
            if type(kind) is not Meta:
                raise plain.ProtocolError("no class of the other side")
            base = next((b for b in kind.__mro__ if b in BASES.values()), object)
            plainly = base is object or kinds.base_of(kind) is not None  # a container is filled later
            link.keep(number, base.__new__(kind) if plainly else base.__new__(kind, link.unpack(value)))
        case _:
            raise plain.ProtocolError("no such stand-in")


class _Later:
    """Stands for a coroutine of the other side while the coroutine that awaits it is local."""


def _build_class(
    link: Any, name: Any, doc: Any, bases: list[Any], special: list[Any], methods: list[Any]
) -> type:
    found = [link.unpack(b) for b in bases]
    for base in found:
        known = type(base) is Meta or base in BASES.values()
        if not known and not (isinstance(base, type) and issubclass(base, BaseException)):
            raise plain.ProtocolError("no base class")
    found = [kinds.RemoteError if b in kinds.CONTROL else b for b in found]
    for extra in [b for b in found if b in BASES.values()][1:]:
        found.remove(extra)
    if not any(type(b) is Meta for b in found):
        found.insert(0, Remote)
    names: dict[str, Any] = {"__module__": "solution", "__doc__": doc if type(doc) is str else None}
    names["_says"] = [n for n in special if n in CHECKS]
    for dunder in special:
        if dunder == "!__hash__":
            names["__hash__"] = None
        elif dunder in DUNDERS:
            names[dunder] = _SPECIAL.get(dunder) or _method(dunder)
    if "__eq__" in names:
        names.setdefault("__hash__", None)
    for method in methods:
        if type(method) is str and not method.startswith("__"):
            names[method] = _method(method)
    try:
        return Meta(str(name), tuple(found), names, ours=True)
    except TypeError:  # bases that do not go together here
        return Meta(str(name), (found[0],), names, ours=True)


def _build_error(kind: Any, args: list[Any]) -> BaseException:
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        raise plain.ProtocolError("no exception")
    if type(kind) is Meta:
        made: BaseException = kind.__new__(kind, *args)
        BaseException.args.__set__(made, tuple(args))
        return made
    try:
        return kind(*args)
    except TypeError:
        return kinds.RemoteError(f"{kind.__name__}: {', '.join(map(str, args))}")
