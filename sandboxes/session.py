"""Finds pytest's tests among the names of a module and runs each with its parameters and fixtures."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from callables import parameters, unwrap
from fixtures import Fixture, Mark, MonkeyPatch, NotUnderstood, Param, Skipped, _Capture, not_understood

_Test = tuple[str, Callable[[], Any], Any]


class Session:
    """The tests and fixtures of one module.

    Args:
        names: the module's names.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.fixtures = {f.name: f for f in names.values() if isinstance(f, Fixture)}
        self.skipped = False
        """Whether the last test was left out before it began."""
        self.ran = False
        """Whether a test was run."""
        self.made: dict[Any, Any] = {}
        self.leaving = contextlib.ExitStack()

    def tests(self, name: str, thing: Any, cases: list[Any]) -> Iterator[_Test]:
        """The tests that a name of the module stands for: label, what runs it, its function."""
        if isinstance(thing, types.FunctionType) and type(thing) is type(_sample) and name.startswith("test"):
            yield from self._of_function(name, thing, None)
        elif type(thing) is type and name.startswith("Test") and thing not in cases:
            defined = set().union(*map(vars, thing.__mro__[:-1]))
            yield from (
                self._of_class(name, thing)
                if thing.__dict__.get("__test__", True) and ("__init__" not in defined)
                else ()
            )

    def _of_class(self, name: str, kind: Any) -> Iterator[_Test]:
        found: dict[str, Any] = {}
        for base in reversed(kind.__mro__[:-1]):
            found |= vars(base)
        tests = [n for n, f in found.items() if n.startswith("test") and callable(getattr(kind, n))]
        for method in tests:
            function = getattr(kind, method)
            yield from self._of_function(f"{name}.{method}", getattr(function, "__func__", function), kind)
        for inner, thing in found.items():
            if type(thing) is type and inner.startswith("Test") and "__init__" not in vars(thing):
                yield from self._of_class(f"{name}.{inner}", thing)
        if tests and (leave := getattr(kind, "teardown_class", None)) is not None:
            yield f"{name}.teardown_class", leave, leave

    def _of_function(self, label: str, function: Any, kind: Any) -> Iterator[_Test]:
        plain = unwrap(function)
        marks = [
            *vars(function).get("pytestmark", []),
            *(m for k in (kind.__mro__ if kind else ()) for m in _listed(vars(k).get("pytestmark", []))),
            *_listed(self.names.get("pytestmark", [])),
        ]
        try:
            variants = list(
                self._variants(plain if not hasattr(function, "patchings") else function, marks, kind)
            )
        except NotUnderstood as e:
            why = str(e)
            yield label, lambda: (_ for _ in ()).throw(NotUnderstood(why)), function
            return
        for number, (values, own_marks) in enumerate(variants):
            text = f"{label}[{number}]" if len(variants) > 1 else label
            yield text, self._runner(function, kind, values, [*own_marks, *marks]), function

    def _variants(
        self, function: Any, marks: list[Any], kind: Any
    ) -> Iterator[tuple[dict[str, Any], list[Any]]]:
        """Each combination of parameters: what they are, and the marks that come with them. Parameters of
        fixtures have a dot before their name."""
        axes: list[list[tuple[dict[str, Any], list[Any]]]] = []
        given: set[str] = set()
        for mark in marks:
            if mark.name == "parametrize":
                axis, names = _axis(*mark.args, **mark.kwargs)
                axes.insert(0, axis)
                given |= names
        wanted = self._wanted(function, marks, kind, given)
        for name in sorted(given):
            if name.lstrip(".") not in wanted and name.lstrip(".") not in _arguments(function):
                not_understood(f"a parameter {name} that the test does not take")
        for name in wanted:
            made = self._find(name, kind)
            if made is not None and made.params is not None and "." + name not in given and name not in given:
                axes.append([({"." + name: p}, []) if not isinstance(p, Param) else
                             ({"." + name: p.values[0]}, p.marks) for p in made.params])  # fmt: skip
        for combination in itertools.product(*axes):
            values: dict[str, Any] = {}
            for some, _ in combination:
                values |= some
            yield values, [m for _, ms in combination for m in ms]
        if any(not axis for axis in axes):
            yield {}, [Mark("skip", ("no parameters",))]

    def _wanted(self, function: Any, marks: list[Any], kind: Any, given: set[str]) -> list[str]:
        """All fixtures that a test needs, with those that they need."""
        auto = [f.name for f in self._all(kind) if f.autouse]
        used = [n for m in marks if m.name == "usefixtures" for n in m.args]
        waiting = [*auto, *used, *(a for a in _arguments(function) if a not in given)]
        found: list[str] = []
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            found.append(name)
            made = self._find(name, kind)
            if made is None and name not in _BUILTIN:
                not_understood(f"the fixture {name}")
            if made is not None:
                waiting += [a for a in _arguments(made.function) if a != name]
        return found

    def _all(self, kind: Any) -> list[Fixture]:
        own = [f for k in (kind.__mro__ if kind else ()) for f in vars(k).values() if isinstance(f, Fixture)]
        return [*own, *self.fixtures.values()]

    def _find(self, name: str, kind: Any) -> Fixture | None:
        return next((f for f in self._all(kind) if f.name == name), None)

    def _runner(
        self, function: Any, kind: Any, values: dict[str, Any], marks: list[Any]
    ) -> Callable[[], Any]:
        def run() -> Any:
            self.skipped = True
            _skip(marks, self.names)
            self.skipped, self.ran = False, True
            expected = any(m.name == "xfail" and all(m.args) for m in marks)
            try:
                with contextlib.ExitStack() as stack:
                    _Run(self, function, kind, values, marks, stack).go()
            except (NotUnderstood, Skipped):
                raise
            except BaseException as e:
                if expected and type(e).__name__ != "Gone":
                    raise Skipped("failed as expected") from e
                raise
            if expected:
                raise Skipped("passed, though expected to fail")

        return run

    def leave_all(self) -> None:
        """End the fixtures that live longer than one test, and the module's own."""
        self.leaving.close()
        leave = self.names.get("teardown_module")
        if leave is not None and self.ran:
            _with_as_many(leave, sys.modules["__main__"])


class _Run:
    """One test with one set of parameters."""

    def __init__(
        self, session: Session, function: Any, kind: Any, values: dict[str, Any], marks: list[Any], stack: Any
    ) -> None:
        self.session, self.function, self.kind, self.values = session, function, kind, values
        self.marks, self.stack = marks, stack
        self.made: dict[str, Any] = {}
        self.instance = kind() if kind else None
        self.cls, self.module = kind, sys.modules["__main__"]
        self.param: Any = None

    def go(self) -> None:
        names, kind = self.session.names, self.kind
        if kind is not None:
            self._once((kind, "setup_class"), getattr(kind, "setup_class", None))
            self._around(self.instance, "setup_method", "teardown_method")
        else:
            self._around(None, "setup_function", "teardown_function")
        self._once("setup_module", names.get("setup_module") or names.get("setUpModule"), self.module)
        plain = unwrap(self.function) if not hasattr(self.function, "patchings") else self.function
        given = {n.lstrip(".") for n in self.values}
        for name in self.session._wanted(plain, self.marks, kind, {n for n in given if n in self.values}):
            self.getfixturevalue(name)
        arguments = {n: self._value(n) for n in _arguments(plain)}
        bound = self.function
        if kind is not None:
            bound = getattr(self.instance, self.function.__name__)
        result = bound(**arguments)
        if isinstance(result, types.CoroutineType):
            import asyncio

            result = asyncio.run(result)
        if isinstance(result, (types.GeneratorType, types.AsyncGeneratorType)):
            not_understood("a test that yields")

    def _value(self, name: str) -> Any:
        return self.values[name] if name in self.values else self.getfixturevalue(name)

    def _around(self, owner: Any, before: str, after: str) -> None:
        names = self.session.names
        enter = getattr(owner, before, None) if owner is not None else names.get(before)
        leave = getattr(owner, after, None) if owner is not None else names.get(after)
        if enter is not None:
            _with_as_many(enter, self.function)
        if leave is not None:
            self.stack.callback(_with_as_many, leave, self.function)

    def _once(self, key: Any, action: Any, *argument: Any) -> None:
        if action is not None and key not in self.session.made:
            self.session.made[key] = True
            _with_as_many(action, *argument)

    def getfixturevalue(self, name: str) -> Any:
        """The value of a fixture; made when first asked for."""
        if name in self.made:
            return self.made[name]
        made = self.session._find(name, self.kind)
        if made is None:
            if name not in _BUILTIN:
                not_understood(f"the fixture {name}")
            self.made[name] = _BUILTIN[name](self)
            return self.made[name]
        if not isinstance(made.scope, str):
            not_understood("a fixture whose scope is a function")
        param = self.values.get("." + name)
        key = (name, made.scope, self.kind if made.scope == "class" else None, id(param))
        if made.scope != "function" and key in self.session.made:
            value = self.session.made[key]
        else:
            stack = self.stack if made.scope == "function" else self.session.leaving
            value = self._make(made, param, stack)
            if made.scope != "function":
                self.session.made[key] = value
        self.made[name] = value
        return value

    def _make(self, made: Fixture, param: Any, stack: Any) -> Any:
        names = _arguments(made.function)
        if made.name in names:
            not_understood(f"a fixture {made.name} that takes another of its name")
        values = {
            n: _Request(self, param, stack) if n == "request" else self.getfixturevalue(n) for n in names
        }
        function = made.function
        function = getattr(function, "__func__", function)
        own = self.kind is not None and any(made in vars(k).values() for k in self.kind.__mro__)
        result = function(self.instance, **values) if own else function(**values)
        if isinstance(result, (types.CoroutineType, types.AsyncGeneratorType)):
            not_understood("an asynchronous fixture")
        if not isinstance(result, types.GeneratorType):
            return result
        value = next(result)
        stack.callback(next, result, None)
        return value


class _Request:
    """What a fixture may ask about the test that it is made for."""

    def __init__(self, run: _Run, param: Any = None, stack: Any = None) -> None:
        self._run, self._stack = run, stack or run.stack
        if param is not None:
            self.param = param
        self.function, self.cls, self.instance = run.function, run.kind, run.instance
        self.module = run.module

    def addfinalizer(self, action: Any) -> None:
        self._stack.callback(action)

    def getfixturevalue(self, name: str) -> Any:
        return self._run.getfixturevalue(name)

    def __getattr__(self, name: str) -> Any:
        if name == "param":
            raise AttributeError(name)
        return not_understood(f"request.{name}")


def _monkeypatch(run: _Run) -> MonkeyPatch:
    made = MonkeyPatch()
    run.stack.callback(made.undo)
    return made


def _capture(run: _Run) -> _Capture:
    made = _Capture()
    run.stack.callback(made.close)
    return made


def _folder(run: _Run) -> Any:
    import pathlib
    import tempfile

    return pathlib.Path(tempfile.mkdtemp(dir=os.getcwd()))


_BUILTIN: dict[str, Callable[[_Run], Any]] = {
    "tmp_path": _folder,
    "capsys": _capture,
    "capfd": _capture,
    "monkeypatch": _monkeypatch,
    "request": _Request,
}


def _sample() -> None:
    """A function, for its type."""


def _listed(marks: Any) -> list[Any]:
    return list(marks) if isinstance(marks, (list, tuple)) else [marks]


def _arguments(function: Any) -> list[str]:
    """The names that a test or fixture has to be given. Those that `mock.patch` fills come last and are
    none of them."""
    patches = getattr(function, "patchings", ())
    patched = sum(not p.attribute_name and p.new is sys.modules["unittest.mock"].DEFAULT for p in patches)
    needed = [p.name for p in parameters(function) if p.named and not p.default]
    return [name for name in needed if name not in ("self", "cls")][patched:]


def _with_as_many(function: Any, *arguments: Any) -> Any:
    """Call a setup function with as many arguments as it takes."""
    return function(*arguments[: len(parameters(function))])


def _axis(names: Any, values: Any, indirect: Any = False, **_: Any) -> tuple[list[Any], set[str]]:
    """What one `parametrize` says: the values and marks of each case, and the names."""
    several = isinstance(names, (list, tuple)) or "," in names
    listed = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    listed = [n for n in listed if n]
    direct = [
        "." + n if indirect is True or (isinstance(indirect, (list, tuple)) and n in indirect) else n
        for n in listed
    ]
    axis = []
    for value in values:
        marks = value.marks if isinstance(value, Param) else []
        parts = value.values if isinstance(value, Param) else tuple(value) if several else (value,)
        if len(parts) != len(listed):
            not_understood("parameters of another number than their names")
        axis.append((dict(zip(direct, parts, strict=True)), marks))
    return axis, set(direct)


def _skip(marks: list[Any], names: dict[str, Any]) -> None:
    """Leave a test out as its marks say."""
    for mark in marks:
        if mark.name == "skip":
            raise Skipped(str(mark.kwargs.get("reason", mark.args[0] if mark.args else "")))
        if mark.name == "skipif":
            conditions = [*mark.args, *([mark.kwargs["condition"]] if "condition" in mark.kwargs else [])]
            if any(eval(c, dict(names)) if isinstance(c, str) else c for c in conditions):  # noqa: S307
                raise Skipped(str(mark.kwargs.get("reason", "")))
