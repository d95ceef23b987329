"""What the process of one job does with the code it was given, after it has been confined.

`stdio` runs a program for one input. `serve` loads a program and answers calls over fd 3; it holds no test
and no expected value. `drive` runs test code whose functions are calls over fd 3, and tells on fd 4 how it
went. `inproc` runs both in one process: what it tells on fd 4 can be forged by the program.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import errno
import linecache
import random
import resource
import socket
import sys
import threading
import traceback
import types
from typing import Any

import fixtures
import kinds
import link
import mirror
import operations
import plain
import suite

RPC, REPORT = 3, 4
EXIT_MEMORY, EXIT_DISK = 98, 99
"""Exit codes that say why a program failed. A program may forge them: it has failed all the same."""
_TEXT = 500
_NAME = "solution.py"
_DEEP = 5000
"""Recursion of test code: it may go round a deep answer."""
_READY = plain.dumps({"ready": True})
_SOURCE = [""]
"""The program's text."""
_ends = {guarded: link.Link(-1, {}, guarded) for guarded in (True, False)}
"""The tests' end of a link and the program's: made here, so that no job copies the pages to make one."""


def run(mode: str, payload: dict[str, Any]) -> int:
    """Do the job; the return value is the exit code."""
    match mode:
        case "serve":
            return _serve(payload)
        case "drive":
            return _drive(payload)
        case "inproc":
            return _inproc(payload)
    raise ValueError(mode)


def at_home() -> None:
    """What programs find in an ordinary Python and not in one started without ``site``, or on the judges'
    machines: ``exit`` and ``quit``, numbers of any length as text, a stack limit that may be set."""
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    linecache.cache[_NAME] = (lambda: _SOURCE[0],)  # type: ignore[assignment]  # for inspect.getsource
    sys.set_int_max_str_digits(0)
    setrlimit = resource.setrlimit

    def lenient(what: int, limits: tuple[int, int]) -> None:
        with contextlib.suppress(ValueError, OSError):  # more than is allowed: it stays as it is
            setrlimit(what, limits)

    resource.setrlimit = lenient


def compiled(code: str) -> types.CodeType:
    """The compiled form of a program, which may begin with a byte order mark as a file may."""
    return compile(code.removeprefix("\ufeff"), _NAME, "exec", dont_inherit=True)


def load(code: str, main: bool = True, program: types.CodeType | None = None) -> dict[str, Any]:
    """Run a program (given in its compiled form, too) in a fresh module, which becomes ``__main__`` of this
    process. Where it mentions its own file, there is one."""
    module = types.ModuleType("__main__" if main else "solution")
    module.__dict__["__builtins__"] = builtins
    module.__dict__["__file__"] = _NAME
    sys.modules["__main__"] = sys.modules[module.__name__] = module
    _SOURCE[0] = code
    if "__file__" in code or "argv" in code:
        with open(_NAME, "w", encoding="utf-8", errors="surrogatepass") as f:
            f.write(code)
    exec(program or compiled(code), module.__dict__)  # noqa: S102 - the job
    return module.__dict__


def resolve(names: dict[str, Any], name: str) -> Any:
    """What a name of the program stands for.

    Raises:
        NameError: the program defines it not.
    """
    if name not in names:
        raise NameError(f"the program defines no {name}")
    return names[name]


def _flush() -> None:
    """In each call's path: no context managers, which would touch more pages."""
    try:  # noqa: SIM105
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - the program may have put anything there
        pass
    try:  # noqa: SIM105
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001
        pass


def describe(error: BaseException) -> list[str]:
    """Type name, text, and kind (``memory``, ``disk`` or empty) of an exception of the program."""
    kind = ""
    if isinstance(error, MemoryError):
        kind = "memory"
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        kind = "disk"
    try:
        text = str(str(error)[:_TEXT])
    except BaseException:  # noqa: BLE001 - its __str__ is the program's
        text = ""
    return [str(type.__getattribute__(type(error), "__name__"))[:100], text, kind]


def _failed(error: BaseException) -> int:
    traceback.print_exception(error, limit=-8)
    return {"memory": EXIT_MEMORY, "disk": EXIT_DISK}.get(describe(error)[2], 1)


def stdio(text: str, program: types.CodeType | None = None) -> int:
    """Run a program that reads standard input; the return value is its exit code."""
    code = 0
    try:
        load(text, True, program)
    except SystemExit as e:
        if isinstance(e.code, int):
            code = e.code & 255
        elif e.code is not None:
            print(e.code, file=sys.stderr)
            code = 1
    except BaseException as e:  # noqa: BLE001 - whatever ends a program ends it
        code = _failed(e)
    # As the interpreter would: wait for threads, run exit handlers, flush.
    if len(threading._active) > 1:
        threading._shutdown()
    atexit._run_exitfuncs()
    _flush()
    return code


def _serve(payload: dict[str, Any]) -> int:
    try:
        names = load(payload["code"], payload["main"])
        functions = {name: resolve(names, name) for name in payload["names"]}
    except BaseException as e:  # noqa: BLE001 - told to the host
        code = _failed(e)
        _flush()
        plain.send(RPC, {"error": describe(e)})
        return code
    _flush()
    plain.write(RPC, _READY)
    encode, decode = plain.encode, plain.decode
    remote: link.Link | None = None
    while True:
        try:
            request = plain.receive(RPC, plain.MAX_REQUEST)
        except EOFError:
            _flush()
            return 0
        if "q" in request:  # test code that holds objects of the program
            if remote is None:
                remote = _ends[False].opened(RPC, names)
                remote.resolve = resolve
                mirror.links[:] = [remote]
            try:
                remote.answer(request)
            except EOFError:
                return 0
            continue
        number = request["n"]  # told back, so that no answer can be written before its question
        try:
            value = functions[request["f"]](*decode(request["a"]), **decode(request["k"]))
            plain.flattened.clear()
            form = encode(value)
            frame = plain.dumps({"value": form, "n": number, "flat": bool(plain.flattened)})
        except plain.Unsupported as e:
            frame = plain.dumps({"unsupported": str(e)[:_TEXT], "n": number})
        except BaseException as e:  # noqa: BLE001 - told to the caller
            frame = plain.dumps({"error": describe(e), "n": number})
        _flush()
        plain.write(RPC, frame)


def _report(**line: Any) -> None:
    plain.write(REPORT, plain.to_json(line).encode() + b"\n")


def _run_tests(payload: dict[str, Any], module: types.ModuleType, remote: Any, program: Any) -> None:
    suite.prepare(module, payload["modules"], program)
    texts = (payload["setup"], *payload["tests"])
    if any("pytest" in t for t in texts):
        sys.modules["pytest"] = fixtures.module()
    if any("unittest" in t for t in texts):
        suite.quiet_runners()
    suite.Suite(payload, module, remote, _report, describe).run()


def _drive(payload: dict[str, Any]) -> int:
    try:
        hello = plain.receive(RPC)
    except (EOFError, plain.ProtocolError):
        hello = {}
    if hello.get("ready") is not True:
        error = hello.get("error")
        _report(load=error if isinstance(error, list) and len(error) == 3 else None)
        return 0
    sys.setrecursionlimit(_DEEP)
    remote = _ends[True].opened(RPC, {})
    mirror.links[:] = [remote]
    if payload["draws"]:
        # not what the program draws, and the same for every program: it could foresee the tests, or be lucky
        random.seed("\n".join((payload["setup"], *payload["tests"])))
    try:
        functions = dict(remote.ask("names", *payload["names"], *payload["optional"]))
    except link.Gone:
        _report(load=None)
        return 0
    missing = [n for n in payload["names"] if n not in functions]
    if missing or not functions:
        _report(load=["NameError", f"the program defines no {(missing or payload['optional'])[0]}", ""])
        return 0
    if payload["shares"]:
        remote.share(payload["shares"])
    remote.calls, remote.answered = 0, False
    remote.takes_word, remote.withholds = payload["own_word"], payload["withheld"]
    remote.word.dropped = payload["dropped"]
    remote.on_answer = lambda: _report(answered=True)
    remote.watched = operations.watched(payload["watch"])
    module = types.ModuleType("__main__")
    module.__dict__.update(functions, RemoteError=kinds.RemoteError, __remade__=remote.word.remade)
    if payload["looks_up"]:
        module.__dict__["getattr"] = remote.word.by_name
    module.__dict__["candidate"] = next(iter(functions.values()))
    _run_tests(payload, module, remote, suite.Program("solution", remote, functions))
    return 0


class _Beside(link.Link):
    """The tests' end of a link whose other end is in this process, too."""

    other: link.Link

    def _wait(self, number: str) -> dict[str, Any]:
        self.other.answer(plain.receive(self.other.fd))
        return super()._wait(number)


_REHEARSED = """
def all_of_it():
    for n in range(20):
        assert f(n, "a", [n, (1.5, None)], {"k": {n}}) == [n, (1.5, None)]
    assert sorted(f(1, "b", [3, 2], {})) == [2, 3] and f(2, "", [True]) is not None
all_of_it()
"""


def rehearse() -> None:
    """Do once, in the runner, what every test process and every program that it asks do. What the interpreter
    makes on the way (specialised instructions, caches) is there when a job begins, which else would make it
    anew and copy the pages that it lies in."""
    main, streams = sys.modules["__main__"], socket.socketpair()
    tests = _Beside(streams[0].fileno(), {}, guarded=True)
    program = link.Link(streams[1].fileno(), {"f": lambda a, b, c, d=None: c}, guarded=False)
    program.resolve, tests.other = resolve, program
    mirror.links[:] = [tests]
    module = types.ModuleType("__main__")
    times = 12  # an instruction is specialised when it has run eight times
    payload = {
        "setup": "", "tests": [_REHEARSED] * times, "labels": ["f"] * times, "names": ["f"], "modules": (),
        "stop": True,
    }  # fmt: skip
    with streams[0], streams[1]:
        module.__dict__.update(functions := dict(tests.ask("names", "f")))
        _run_tests(payload, module, tests, suite.Program("solution", tests, functions))
    mirror.links.clear()
    sys.modules["__main__"] = main
    del sys.modules["__tests__"], sys.modules["solution"]


def _inproc(payload: dict[str, Any]) -> int:
    try:
        names = load(payload["code"], payload["main"])
        program = sys.modules["__main__"]
        functions = {name: resolve(names, name) for name in payload["names"]}
        functions |= {name: names[name] for name in payload["optional"] if name in names}
        if not functions:
            resolve(names, payload["optional"][0])
    except BaseException as e:  # noqa: BLE001 - told to the host
        _report(load=describe(e))
        return _failed(e)
    module = types.ModuleType("__main__")
    module.__dict__.update(functions)
    module.__dict__["candidate"] = next(iter(functions.values()))
    _run_tests(payload, module, suite.Alone(), program)
    _flush()
    return 0
