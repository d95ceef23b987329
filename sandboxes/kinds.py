"""What kinds of values cross between tests and program, and how: copied, kept the same, or by a name.

`link` packs messages with these tables. Nothing that is rebuilt here runs code of the program.
"""

from __future__ import annotations

import builtins
import collections
import io
import sys
import types
from typing import Any

import plain
import word


class RemoteError(Exception):
    """The judged program raised something that has no like here."""


SCALARS = frozenset({int, str, bool, type(None), float, bytes, complex, range})
AS_THEY_ARE = frozenset({str, bool, type(None)})
"""Those of them that are their own form in a message."""
_DICTS = (dict, collections.OrderedDict, collections.Counter, collections.defaultdict)
TAGS: dict[type, str] = {
    list: "l", set: "s", collections.deque: "q", bytearray: "b", dict: "d",
    collections.OrderedDict: "o", collections.Counter: "c", collections.defaultdict: "f",
}  # fmt: skip
_EMPTY: dict[str, Any] = {tag: kind for kind, tag in TAGS.items()}
_ARRAYS = frozenset("biufcSUmM")
MALFORMED = (
    plain.ProtocolError, plain.Unsupported, LookupError, TypeError, ValueError, AttributeError,
    ArithmeticError, RecursionError, ImportError,
)  # fmt: skip
"""What unpacking bytes that no honest peer sends may raise."""
NEVER = (types.ModuleType, types.FrameType, types.CodeType, types.TracebackType)
"""What the tests never hand to the program."""
CONTROL = (StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt)
"""Exceptions that steer loops: raised by a program they would end a loop of the tests in silence."""
_VALUES: dict[str, tuple[str, ...]] = {
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "uuid": ("UUID",),
    "pathlib": ("PosixPath", "PurePosixPath"),
    "re": ("Pattern",),
}
_CLASSES = frozenset(
    {f"{module}:{name}" for module, names in _VALUES.items() for name in names}
    | {f"builtins:{n}" for n, v in vars(builtins).items() if isinstance(v, type)}
    | {f"collections:{k.__name__}" for k in TAGS if k.__module__ == "collections"}
)
"""Classes that a program may name to the tests."""


def refuse(why: str) -> Any:
    raise plain.ProtocolError(why)


def name_of(value: Any) -> str:
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}"[:200]


# --- containers ---------------------------------------------------------------------------------------


def contents(thing: Any) -> list[Any]:
    """A new list of what a shared container holds, by the methods of its builtin class."""
    if type(thing) is list:
        return thing[:]
    if isinstance(thing, list):
        return list.__getitem__(thing, slice(None))
    if isinstance(thing, dict):
        head = [thing.default_factory] if type(thing) is collections.defaultdict else []
        if isinstance(thing, collections.OrderedDict):  # keeps an order of its own
            keys = list(collections.OrderedDict.__iter__(thing))
            return [*keys, *(dict.__getitem__(thing, k) for k in keys)]
        return [*head, *dict.keys(thing), *dict.values(thing)]
    if isinstance(thing, set):
        return list(set.__iter__(thing))
    if isinstance(thing, collections.deque):
        return list(collections.deque.__iter__(thing))
    if isinstance(thing, bytearray):
        return [bytes(thing)]
    return [thing.dtype.str, thing.shape, thing.tobytes()]


def base_of(kind: type) -> type | None:
    """The shared container that a class derives from."""
    return kind if kind in TAGS else next((k for k in kind.__mro__ if k in TAGS), None)


def shared(value: Any, kind: type) -> bool:
    """Whether a value is a container that is kept the same on both sides: numpy's arrays, too."""
    if kind in TAGS:
        return True
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.dtype.kind in _ARRAYS


def tag(thing: Any) -> tuple[str, Any]:
    """The letter of a container, and what else has to be known to make an empty one."""
    base = base_of(type(thing))
    if base is None:
        return "n", [thing.dtype.str, list(thing.shape)]
    return TAGS[base], thing.maxlen if base is collections.deque else None


def empty(tag: str, extra: Any) -> Any:
    if tag == "q":
        return collections.deque(maxlen=extra)
    if tag == "n":
        return array([extra[0], extra[1], None])
    return _EMPTY[tag]()


def fill(thing: Any, items: list[Any], extra: Any) -> Any:
    """Make a container hold the items, in place."""
    if isinstance(thing, list):
        list.__setitem__(thing, slice(None), items)
    elif isinstance(thing, dict):
        if type(thing) is collections.defaultdict:
            factory, items = items[0], items[1:]
            thing.default_factory = factory
        half = len(items) // 2
        new = dict(zip(items[:half], items[half:], strict=True))
        if isinstance(thing, collections.OrderedDict):  # a dict's own methods leave its order empty
            collections.OrderedDict.clear(thing)
            for key, value in new.items():
                collections.OrderedDict.__setitem__(thing, key, value)
            return thing
        dict.clear(thing)
        dict.update(thing, new)
    elif isinstance(thing, set):
        kept = set(items)
        set.clear(thing)
        set.update(thing, kept)
    elif isinstance(thing, collections.deque):
        collections.deque.clear(thing)
        collections.deque.extend(thing, items)
    elif isinstance(thing, bytearray):
        thing[:] = items[0]
    else:
        thing[...] = array(items)
    return thing


def array(items: list[Any]) -> Any:
    dtype, shape, data = items
    if type(dtype) is not str or dtype[1:2] not in _ARRAYS:
        raise plain.ProtocolError("no plain array")
    import numpy as np  # only where there is an array

    if data is None:
        return np.zeros(shape, dtype)
    return np.frombuffer(data, dtype=dtype).reshape(shape).copy()


# --- values and names ---------------------------------------------------------------------------------


def by_value(value: Any) -> tuple[str, list[Any]] | None:
    """What an immutable value of the standard library is made of: its kind and plain parts."""
    kind = type(value)
    module, name = kind.__module__, kind.__name__
    if module == "builtins":
        if name in ("dict_keys", "dict_values", "dict_items"):
            return name, list(value)
        if kind is slice:
            return name, [value.start, value.stop, value.step]
        if value is NotImplemented or value is Ellipsis:
            return "singleton", [repr(value)]
        return None
    if module == "numpy":
        if hasattr(value, "item") and not hasattr(value, "__len__"):
            if value.dtype.kind in "biufc":
                return "scalar", [value.dtype.str, value.item() if value.dtype.itemsize <= 16 else str(value)]
            return None
        return None
    if name not in _VALUES.get(module, ()) or kind is not getattr(sys.modules.get(module), name, None):
        return None
    match name:
        case "Decimal" | "PosixPath" | "PurePosixPath":
            return name, [str(value)]
        case "UUID":
            return name, [value.int]
        case "Fraction":
            return name, [value.numerator, value.denominator]
        case "timedelta":
            return name, [value.days, value.seconds, value.microseconds]
        case "timezone":
            return name, [value.utcoffset(None), value.tzname(None)]
        case "Pattern":
            return name, [value.pattern, value.flags]
        case "date":
            return name, [value.year, value.month, value.day]
        case "time":
            parts = [value.hour, value.minute, value.second, value.microsecond]
        case _:
            parts = [value.year, value.month, value.day, value.hour, value.minute, value.second]
            parts.append(value.microsecond)
    return name, [*parts, value.tzinfo, value.fold]


def rebuild(name: str, parts: list[Any]) -> Any:
    """The value of such a kind and parts."""
    match name:
        case "dict_keys":
            return dict.fromkeys(parts).keys()
        case "dict_values":
            return dict(enumerate(parts)).values()
        case "dict_items":
            return dict(parts).items()
        case "slice":
            return slice(*parts)
        case "singleton":
            return NotImplemented if parts == ["NotImplemented"] else Ellipsis
        case "scalar":
            return _scalar(*parts)
        case "Pattern":
            import re

            return re.compile(*parts)
    module = next((m for m, names in _VALUES.items() if name in names), "") or refuse("no such value")
    if name == "Fraction" and max(abs(p).bit_length() for p in parts) > 100_000:
        raise plain.ProtocolError("a fraction whose reduction takes too long")
    kind = getattr(__import__(module), name)
    if name == "UUID":
        return kind(int=parts[0])
    if name in ("time", "datetime"):
        return kind(*parts[:-1], fold=parts[-1])
    return kind(*parts)


def _scalar(form: str, item: Any) -> Any:
    """A number of numpy; where numpy is not there, of Python."""
    if type(form) is not str or form[1:2] not in tuple("biufc") or not form[2:].isdigit():
        refuse("no number of numpy")
    try:
        import numpy
    except ImportError:
        return item
    return numpy.dtype(form).type(item)


def _qualified(value: Any) -> str | None:
    """``module:name`` where that leads to the value in a module of the library."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if isinstance(value, types.ModuleType):
        module, name = value.__name__, ""
    if type(module) is not str or type(name) is not str or module in ("__main__", "solution", "__tests__"):
        return None
    top = module.partition(".")[0]
    if top not in sys.stdlib_module_names and top != "numpy":
        return None
    found: Any = sys.modules.get(module)
    for part in name.split(".") if name else ():
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is value else None


def library_name(value: Any, guarded: bool) -> str | None:
    """The name of a class, function or module that the other side has, too. Program to tests: classes only,
    and few of them."""
    if type(value) is types.MethodType and value.__func__ is word.Word.by_name:
        return "builtins:getattr"  # what it stands for in the tests; the program is given its own
    if not isinstance(value, (type, types.BuiltinFunctionType, types.FunctionType, types.ModuleType)):
        return None
    name = _qualified(value)
    if not guarded and name not in _CLASSES and not isinstance(value, types.ModuleType):
        return None
    return name


def exception_names(kind: type) -> list[str]:
    """The library's classes in an exception's line, the nearest first."""
    return [n for k in kind.__mro__ if k is not object and (n := _qualified(k)) is not None]


def library(name: Any, guarded: bool) -> Any:
    """What such a name (or the first of several that is here) leads to."""
    for one in name if type(name) is list else [name]:
        module, _, path = str(one).partition(":")
        top = module.partition(".")[0]
        if guarded:
            found: Any = sys.modules.get(module)
            if not path and isinstance(found, types.ModuleType):  # the tests look at it of their own will
                return found
            if found is None and one in _CLASSES:
                found = __import__(module)
        else:
            found = __import__(module, fromlist=["_"])
        for part in path.split(".") if path else ():
            found = getattr(found, part, None)
        if found is None:
            continue
        if guarded and not (isinstance(found, type) and (one in _CLASSES or _raisable(found, top))):
            continue
        return found
    return RemoteError if guarded else refuse("no such name")


def _raisable(kind: type, top: str) -> bool:
    return issubclass(kind, BaseException) and top not in ("unittest", "pytest", "_pytest", "doctest")


def is_file(value: Any) -> bool:
    return isinstance(value, io.IOBase)
