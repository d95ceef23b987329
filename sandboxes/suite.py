"""Runs test code: the module statement by statement, then what pytest and unittest would collect from it.

Everything is told line by line on the report pipe. Test classes are run by unittest itself; pytest's own
features are those of `fixtures`, and what it does not know is told as not understood, never left out.
Marked functions (``__ran__``) tell that they were entered: a check that never ran is no passed check.
"""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable
from typing import Any

import blame
import callables
import fixtures
import session

MARK = "__ran__"


class Alone:
    """Stands for the link where program and tests share a process."""

    def __init__(self) -> None:
        self.calls, self.unsupported, self.own_word, self.gone, self.hidden = 0, "", 0, "", ""
        self.changed = self.withholds = self.looked = False
        self.raised: list[BaseException] = []

    def say(self) -> int:
        """As `link.Link.say`; here the program has a say in everything."""
        return self.own_word


class Suite:
    """A run of test code.

    Args:
        payload: ``setup``, ``tests`` (texts), ``labels``, ``names`` of the program, ``stop``.
        module: where the tests live; the program's names are in it.
        link: what leads to the program.
        report: tells one line.
        describe: type name and text of an exception.
    """

    def __init__(
        self,
        payload: dict[str, Any],
        module: types.ModuleType,
        link: Any,
        report: Callable[..., None],
        describe: Callable[[BaseException], list[str]],
    ) -> None:
        self.payload, self.names, self.link = payload, module.__dict__, link
        self.report, self.describe = report, describe
        self.sources: dict[str, str] = {}
        link.sources = self.sources
        self.entered: set[str] = set()
        self.failed = False
        self.bound = {n: self.names[n] for n in (*payload["names"], "candidate") if n in self.names}
        self.names[MARK] = self.entered.add

    def run(self) -> None:
        """Report one line for the setup, one for each test, one at the end."""
        error = self.execute("setup.py", self.payload["setup"])
        if error is not None and not self.link.gone:
            return self.report(setup=": ".join(self.describe(error)[:2]))
        self.names |= self.bound  # a setup that defines one again (a prompt) must not hide the program's
        self.report(setup="")
        for number, (text, label) in enumerate(
            zip(self.payload["tests"], self.payload["labels"], strict=True)
        ):
            self.one(label, lambda n=number, t=text: self.raising(f"test{n}.py", t))
            if self.over():
                break
        else:
            self.collect()
        self.report(end=self.link.gone, entered=sorted(self.entered))

    def over(self) -> bool:
        return bool(self.link.gone) or (self.failed and self.payload["stop"])

    def execute(self, name: str, text: str) -> BaseException | None:
        try:
            self.raising(name, text)
        except BaseException as e:  # noqa: BLE001 - told to the host
            return e
        return None

    def raising(self, name: str, text: str) -> None:
        self.sources[name] = text
        exec(compile(text, name, "exec", dont_inherit=True), self.names)  # noqa: S102 - the job

    def one(self, label: str, test: Callable[[], Any]) -> None:
        """Run and report one test."""
        link = self.link
        before = link.calls
        link.unsupported, link.own_word, link.hidden = "", 0, ""
        error: BaseException | None = None
        try:
            test()
        except BaseException as e:  # noqa: BLE001 - told to the host
            error = e
        self.tell(label, before, error)

    def tell(self, label: str, before: int, error: BaseException | None) -> None:
        """Report how a test ended."""
        link = self.link
        line: dict[str, Any] = {"passed": error is None, "error": "", "message": ""}
        if isinstance(error, SystemExit) and error not in link.raised and _well(error.code):
            if blame.at_end(error, self.sources):  # as the end of a file with tests
                line["passed"] = True
            else:
                line |= {"fault": True, "error": "SystemExit", "message": "checks come after it"}
        elif error is not None and fixtures.is_skip(error):
            # a skip that an answer may have brought about says nothing good
            line |= {"skipped": True, "message": str(error)[:200], "fault": link.calls > before}
        elif isinstance(error, fixtures.NotUnderstood):
            line |= {"fault": True, "error": "NotUnderstood", "message": str(error)[:300]}
        elif error is not None:
            kind, message, _ = self.describe(error)
            if isinstance(error, fixtures.Failed):
                kind = "AssertionError"
            line |= {"error": kind, "message": message, "fault": self.broken(error)}
        if line["passed"] and link.hidden:
            line |= {"passed": False, "error": "Unfaithful", "message": link.hidden}
            link.unsupported = link.hidden
        if link.gone:
            line |= {"passed": False, "error": "CandidateGone", "message": link.gone}
        if error is not None and link.withholds:
            line["at"] = blame.place(error, self.sources)
        self.failed = self.failed or not line["passed"]
        self.report(
            label=label, calls=link.calls - before, unsupported=link.unsupported, own=link.say(),
            changed=link.changed, looked=link.looked, **line,
        )  # fmt: skip

    def broken(self, error: BaseException) -> bool:
        link = self.link
        if any(error is e for e in link.raised) or link.unsupported or link.gone:
            return False
        if not isinstance(link, Alone) and not link.calls:  # the program was asked nothing
            return blame.unasked(error, self.sources, self.bound)
        if isinstance(error, fixtures.Failed):
            return False
        if isinstance(link, Alone) and any(
            f.f_code.co_filename not in self.sources and f.f_globals.get("__name__") == "solution"
            for f in _frames(error)
        ):
            return False
        own = isinstance(link, Alone) and isinstance(error, AssertionError)  # nobody counts what it asked
        return (blame.unasked if own else blame.of_tests)(error, self.sources, self.bound)

    def collect(self) -> None:
        """Run what pytest and unittest would find, except functions that the module has run itself."""
        ran = set(self.entered)
        found = list(self.names.items())
        cases = _test_cases(found, self.names["__name__"])
        for kind in cases:
            self.run_case(kind)
            if self.over():
                return
        if "load_tests" in self.names:
            self.one("load_tests", lambda: fixtures.not_understood("load_tests"))
        if not any(n[:4].lower() == "test" or isinstance(t, fixtures.Fixture) for n, t in found):
            return
        found_by = session.Session(self.names)
        for name, thing in found:
            for label, test, function in found_by.tests(name, thing, cases):
                mark = mark_of(function)
                if mark in ran and not callables.is_coroutine_function(function):
                    continue
                self.one(label, test)
                if found_by.skipped:
                    self.entered.add(mark)
                if self.over():
                    return
        self.one_if(found_by.leave_all, "fixtures")

    def one_if(self, action: Callable[[], Any], label: str) -> None:
        """Run something that only counts when it fails."""
        try:
            action()
        except BaseException as e:  # noqa: BLE001 - told to the host
            self.tell(label, self.link.calls, e)

    def run_case(self, kind: Any) -> None:
        import unittest

        suite = unittest.defaultTestLoader.loadTestsFromTestCase(kind)
        suite.run(_result(self))


def _well(code: Any) -> bool:
    """Whether a process that leaves with this has ended well."""
    return code is None or (type(code) in (int, bool) and not code)


def _frames(error: BaseException) -> list[types.FrameType]:
    found, trace = [], error.__traceback__
    while trace is not None:
        found.append(trace.tb_frame)
        trace = trace.tb_next
    return found


def mark_of(function: Any) -> str:
    """The mark that a function tells when it is entered."""
    function = callables.unwrap(getattr(function, "__func__", function))
    code = getattr(function, "__code__", None)
    constants = code.co_consts if code is not None else ()
    return next((c for c in constants if isinstance(c, str) and c.startswith("check ")), "")


def _test_cases(found: list[tuple[str, Any]], module: str) -> list[Any]:
    if "unittest" not in sys.modules:
        return []
    import unittest

    kinds: list[Any] = []
    for _, thing in found:
        ours = isinstance(thing, type) and type(thing).__name__ != "Meta"
        if (
            ours
            and issubclass(thing, unittest.TestCase)
            and thing.__module__ == module
            and thing not in kinds
        ):
            kinds.append(thing)
    return kinds


def _result(suite: Suite) -> Any:
    """Where unittest puts what happens, told as it comes."""
    import unittest

    class Told(unittest.TestResult):
        def startTest(self, test: Any) -> None:
            super().startTest(test)
            self.errors_here: list[BaseException] = []
            self.skip: str | None = None
            self.before = suite.link.calls
            suite.link.unsupported, suite.link.own_word, suite.link.hidden = "", 0, ""

        def stopTest(self, test: Any) -> None:
            super().stopTest(test)
            error: BaseException | None = next(iter(self.errors_here), None)
            if error is None and self.skip is not None:
                error = unittest.SkipTest(self.skip)
                if suite.link.calls == self.before:
                    suite.entered.add(mark_of(getattr(test, test._testMethodName)))
            suite.tell(_label(test), self.before, error)
            if suite.over():
                self.stop()

        def addSkip(self, test: Any, reason: str) -> None:
            super().addSkip(test, reason)
            if hasattr(test, "_testMethodName") and hasattr(self, "before"):
                self.skip = reason
            else:
                suite.tell(str(test), suite.link.calls, unittest.SkipTest(reason))

        def addFailure(self, test: Any, err: Any) -> None:
            self.add(test, err)

        def addError(self, test: Any, err: Any) -> None:
            self.add(test, err)

        def add(self, test: Any, err: Any) -> None:
            if hasattr(test, "_testMethodName"):
                self.errors_here.append(err[1])
            else:  # of a whole class or module
                suite.tell(str(test), suite.link.calls, err[1])

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
            if err is not None:
                self.errors_here.append(err[1])

        def addExpectedFailure(self, test: Any, err: Any) -> None:
            self.skip = "failed as expected"
            self.before = suite.link.calls

        def addUnexpectedSuccess(self, test: Any) -> None:
            self.errors_here.append(AssertionError("unexpected success"))

    return Told()


def _label(test: Any) -> str:
    return f"{type(test).__name__}.{test._testMethodName}"


def quiet_runners() -> None:
    """Calls of a runner in the tests (``unittest.main()``) do nothing: what it would find is run anyway."""
    import unittest

    class Ended(int):
        """What a runner says after all went well."""

        result = property(lambda self: self)
        testsRun = 1
        failures: tuple[Any, ...] = ()
        errors: tuple[Any, ...] = ()

        def wasSuccessful(self) -> bool:
            return True

    unittest.main = lambda *args, **kwargs: Ended()  # type: ignore[misc, assignment]
    sys.modules["unittest.main"].main = unittest.main  # type: ignore[attr-defined]


class Program(types.ModuleType):
    """The judged program as a module that tests import."""

    def __init__(self, name: str, link: Any, names: dict[str, Any]) -> None:
        super().__init__(name)
        self.__dict__.update(names, _link=link, __all__=[n for n in names if n != "candidate"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = dict(self._link.ask("names", name))
        if name not in found:
            raise AttributeError(f"the program defines no {name}")
        return found[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.ask("define", name, value)
        super().__setattr__(name, value)


def prepare(module: types.ModuleType, modules: tuple[str, ...], program: types.ModuleType | None) -> None:
    """Make the module of the tests the main one, with ``pytest`` and the program to be imported."""
    sys.modules["__main__"] = sys.modules["__tests__"] = module
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    if program is not None:
        for name in ("solution", *modules):
            sys.modules[name] = program
