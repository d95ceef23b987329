"""What test code takes from pytest: fixtures, parameters, marks, `raises`, `approx`.

Not pytest, and no part of it: what is not known here raises `NotUnderstood`, so that no test is judged by
half. The rules are those of pytest's documentation.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any


class NotUnderstood(BaseException):
    """The tests use something that is not known here."""


class Outcome(BaseException):
    """The base of how a test may say that it ended."""


class Failed(Outcome):
    """`fail`, or an exception that did not come."""


class Skipped(Outcome):
    """`skip`."""


def is_skip(error: BaseException) -> bool:
    """Whether an exception says that a test is to be left out."""
    kind = type(error)
    return isinstance(error, Skipped) or (kind.__module__, kind.__name__) == ("unittest.case", "SkipTest")


def not_understood(what: str) -> Any:
    raise NotUnderstood(f"the tests use {what}")


# --- raises, warns, approx -----------------------------------------------------------------------------


class ExceptionInfo:
    """What `raises` caught."""

    value: Any = None

    @property
    def type(self) -> Any:
        return type(self.value)

    @property
    def typename(self) -> str:
        return type(self.value).__name__

    @property
    def tb(self) -> Any:
        return self.value.__traceback__

    def match(self, pattern: str) -> bool:
        if not re.search(pattern, str(self.value)):
            raise AssertionError(f"{pattern!r} does not match {str(self.value)!r}")
        return True

    def exconly(self, tryshort: bool = False) -> str:
        return f"{self.typename}: {self.value}"

    def errisinstance(self, kind: Any) -> bool:
        return isinstance(self.value, kind)

    def __str__(self) -> str:
        return repr(self.value)

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


class _Raises:
    def __init__(self, expected: Any, match: Any, check: Any) -> None:
        self.expected, self.match, self.check = expected, match, check

    def __enter__(self) -> ExceptionInfo:
        self.info = ExceptionInfo()
        return self.info

    def __exit__(self, kind: Any, value: Any, trace: Any) -> bool:
        if kind is None:
            raise Failed(f"did not raise {self.expected}")
        if not issubclass(kind, self.expected):
            return False
        self.info.value = value
        if self.match is not None:
            self.info.match(self.match)
        if self.check is not None and not self.check(value):
            raise AssertionError("the exception does not meet the check")
        return True


def raises(
    expected: Any = BaseException, *args: Any, match: Any = None, check: Any = None, **kwargs: Any
) -> Any:
    kinds = expected if isinstance(expected, tuple) else (expected,)
    if not kinds or not all(isinstance(k, type) and issubclass(k, BaseException) for k in kinds):
        raise TypeError(f"raises() expects exception classes, not {expected!r}")
    context = _Raises(expected, match, check)
    if not args:
        if kwargs:
            raise TypeError(f"unexpected arguments of raises(): {', '.join(kwargs)}")
        return context
    with context as info:
        args[0](*args[1:], **kwargs)
    return info


@contextlib.contextmanager
def warns(expected: Any = Warning, *, match: Any = None) -> Iterator[Any]:
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
    if not any(issubclass(w.category, expected) and re.search(match or "", str(w.message)) for w in caught):
        raise Failed(f"did not warn {expected}")


class approx:
    """A number, or a list, tuple, mapping or array of numbers, give or take."""

    __array_ufunc__ = None
    __array_priority__ = 100

    def __init__(self, expected: Any, rel: Any = None, abs: Any = None, nan_ok: bool = False) -> None:
        self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok
        if isinstance(expected, (set, frozenset, types.GeneratorType)):
            raise TypeError(f"approx() does not support {type(expected).__name__}")

    def __eq__(self, actual: Any) -> bool:
        return self._same(actual, self.expected)

    def __ne__(self, actual: Any) -> bool:
        return not self == actual

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise AssertionError("approx() is compared, it has no truth value")

    def __repr__(self) -> str:
        return f"approx({self.expected!r})"

    def _same(self, actual: Any, expected: Any) -> bool:
        if hasattr(expected, "tolist") and hasattr(expected, "shape"):
            other = actual.tolist() if hasattr(actual, "tolist") else actual
            shape = getattr(actual, "shape", expected.shape)
            return shape == expected.shape and self._same(other, expected.tolist())
        if isinstance(expected, dict):
            if not hasattr(actual, "keys") or set(actual.keys()) != set(expected.keys()):
                return False
            return all(self._same(actual[k], v) for k, v in expected.items())
        if isinstance(expected, (list, tuple)):
            if hasattr(actual, "tolist"):
                actual = actual.tolist()
            if (
                not hasattr(actual, "__len__")
                or not hasattr(actual, "__getitem__")
                or isinstance(actual, str)
            ):
                return False
            return len(actual) == len(expected) and all(map(self._same, actual, expected))
        return self._close(actual, expected)

    def _close(self, actual: Any, expected: Any) -> bool:
        if actual == expected:
            return True
        number = type(expected) is not bool and hasattr(expected, "__abs__") and hasattr(expected, "__sub__")
        if not number or not (hasattr(actual, "__abs__") and hasattr(actual, "__sub__")):
            return False
        if math.isnan(abs(expected)):
            return self.nan_ok and math.isnan(abs(actual))
        if math.isinf(abs(expected)):
            return False
        if self.rel is None and self.abs is not None:
            within = self.abs
        else:
            rel = type(expected)("1e-6") if type(expected).__name__ == "Decimal" else 1e-6
            least = type(expected)("1e-12") if type(expected).__name__ == "Decimal" else 1e-12
            within = (self.rel if self.rel is not None else rel) * abs(expected)
            within = max(within, self.abs if self.abs is not None else least)
        return bool(abs(actual - expected) <= within)


# --- marks, parameters, fixtures -------------------------------------------------------------------------


class Mark:
    """One mark of a function or class."""

    def __init__(self, name: str, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> None:
        self.name, self.args, self.kwargs = name, args, kwargs or {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            args[0].pytestmark = [self, *vars(args[0]).get("pytestmark", [])]
            return args[0]
        return Mark(self.name, args, kwargs)


class _Marks:
    def __getattr__(self, name: str) -> Any:
        return Mark(name)


class Param:
    """One set of values of a parametrized test."""

    def __init__(self, values: tuple[Any, ...], marks: Any, name: Any) -> None:
        self.values, self.name = values, name
        self.marks: list[Any] = list(marks) if isinstance(marks, (list, tuple)) else [marks]


def param(*values: Any, marks: Any = (), id: Any = None) -> Param:
    return Param(values, marks, id)


class Fixture:
    """A function that makes something for tests."""

    def __init__(self, function: Any, scope: Any, params: Any, autouse: bool, name: Any) -> None:
        self.function, self.scope, self.params, self.autouse = function, scope, params, autouse
        self.name = name or function.__name__
        self.__wrapped__ = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise Failed(f"fixture {self.name} called directly")


def fixture(function: Any = None, *, scope: Any = "function", params: Any = None, autouse: bool = False,
            ids: Any = None, name: Any = None) -> Any:  # fmt: skip
    def make(f: Any) -> Fixture:
        return Fixture(f, scope, params, autouse, name)

    return make(function) if function is not None else make


class MonkeyPatch:
    """Changes that are undone after the test."""

    def __init__(self) -> None:
        self.undoing: list[Callable[[], Any]] = []

    def setattr(self, target: Any, name: Any, *value: Any, raising: bool = True) -> None:
        if isinstance(target, str):
            value = value or (name,)
            path, _, name = target.rpartition(".")
            target = _by_path(path)
        if not value:
            raise TypeError("setattr() needs a value")
        before = getattr(target, name, self)
        if before is self and raising:
            raise AttributeError(f"{target!r} has no attribute {name!r}")
        own = before is not self and (not isinstance(target, type) or name in vars(target))
        before = vars(target)[name] if isinstance(target, type) and own else before
        self.undoing.append(lambda: setattr(target, name, before) if own else delattr(target, name))
        setattr(target, name, value[0])

    def delattr(self, target: Any, name: Any = None, raising: bool = True) -> None:
        if isinstance(target, str) and name is None:
            path, _, name = target.rpartition(".")
            target = _by_path(path)
        if not hasattr(target, name):
            if raising:
                raise AttributeError(name)
            return
        before = getattr(target, name)
        self.undoing.append(lambda: setattr(target, name, before))
        delattr(target, name)

    def setitem(self, mapping: Any, key: Any, value: Any) -> None:
        had, before = key in mapping, mapping.get(key) if key in mapping else None
        self.undoing.append(lambda: mapping.__setitem__(key, before) if had else mapping.pop(key, None))
        mapping[key] = value

    def delitem(self, mapping: Any, key: Any, raising: bool = True) -> None:
        if key not in mapping:
            if raising:
                raise KeyError(key)
            return
        before = mapping.pop(key)
        self.undoing.append(lambda: mapping.__setitem__(key, before))

    def setenv(self, name: str, value: Any, prepend: Any = None) -> None:
        text = f"{value}{prepend}{os.environ[name]}" if prepend and name in os.environ else str(value)
        self.setitem(os.environ, name, text)

    def delenv(self, name: str, raising: bool = True) -> None:
        self.delitem(os.environ, name, raising)

    def chdir(self, path: Any) -> None:
        before = os.getcwd()
        self.undoing.append(lambda: os.chdir(before))
        os.chdir(path)

    def syspath_prepend(self, path: Any) -> None:
        sys.path.insert(0, str(path))
        self.undoing.append(lambda: sys.path.remove(str(path)))

    def undo(self) -> None:
        while self.undoing:
            self.undoing.pop()()

    @contextlib.contextmanager
    def context(self) -> Iterator[MonkeyPatch]:
        inner = MonkeyPatch()
        try:
            yield inner
        finally:
            inner.undo()


def _by_path(path: str) -> Any:
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = __import__(".".join(parts[:end]), fromlist=["_"])
        except ImportError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise ImportError(path)


class _Captured(tuple[str, str]):
    out = property(lambda self: self[0])
    err = property(lambda self: self[1])


class _Capture:
    """What is printed while a test runs."""

    def __init__(self) -> None:
        self.before = sys.stdout, sys.stderr
        self.start()

    def start(self) -> None:
        sys.stdout, sys.stderr = self.streams = io.StringIO(), io.StringIO()

    def readouterr(self) -> _Captured:
        said = _Captured(s.getvalue() for s in self.streams)
        for stream in self.streams:
            stream.seek(0)
            stream.truncate()
        return said

    @contextlib.contextmanager
    def disabled(self) -> Iterator[None]:
        now, (sys.stdout, sys.stderr) = (sys.stdout, sys.stderr), self.before
        try:
            yield
        finally:
            sys.stdout, sys.stderr = now

    def close(self) -> None:
        sys.stdout, sys.stderr = self.before


class _Name:
    """A class of pytest that tests name in annotations only."""

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


def importorskip(name: str, minversion: Any = None, reason: Any = None) -> Any:
    try:
        return __import__(name, fromlist=["_"])
    except ImportError:
        raise Skipped(f"no module {name}") from None


def fail(reason: str = "", pytrace: bool = True) -> Any:
    raise Failed(reason)


def skip(reason: str = "", *, allow_module_level: bool = False) -> Any:
    raise Skipped(reason)


def xfail(reason: str = "") -> Any:
    raise Skipped(f"expected to fail: {reason}")


for _function, _kind in ((fail, Failed), (skip, Skipped)):
    _function.Exception = _kind  # type: ignore[attr-defined]


def module() -> types.ModuleType:
    """The module that test code imports as ``pytest``."""
    made = types.ModuleType("pytest")
    made.__dict__.update(
        raises=raises, warns=warns, approx=approx, mark=_Marks(), param=param, fixture=fixture, fail=fail,
        skip=skip, xfail=xfail, importorskip=importorskip, MonkeyPatch=MonkeyPatch,
        ExceptionInfo=ExceptionInfo, CaptureFixture=_Name, FixtureRequest=_Name,
        LogCaptureFixture=_Name, TempPathFactory=_Name,
        yield_fixture=fixture, main=lambda *args, **kwargs: 0, __version__="8.0",
        __getattr__=lambda name: not_understood(f"pytest.{name}") if name[:2] != "__" else _missing(name),
    )  # fmt: skip
    return made


def _missing(name: str) -> Any:
    raise AttributeError(name)
