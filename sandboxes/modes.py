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
import json
import linecache
import os
import random
import resource
import sys
import threading
import traceback
import types
from collections.abc import Callable
from typing import Any

import plain

RPC, REPORT = 3, 4
EXIT_MEMORY, EXIT_DISK = 98, 99
"""Exit codes that say why a program failed. A program may forge them: it has failed all the same."""
_TEXT = 500
_NAME = "solution.py"
_READY = plain.dumps({"ready": True})


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
    linecache.cache[_NAME] = (lambda: code,)  # type: ignore[assignment]  # for inspect.getsource
    if "__file__" in code or "argv" in code:
        with open(_NAME, "w", encoding="utf-8", errors="surrogatepass") as f:
            f.write(code)
    exec(program or compiled(code), module.__dict__)  # noqa: S102 - the job
    return module.__dict__


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
        for name in payload["names"]:
            names[name]
    except BaseException as e:  # noqa: BLE001 - told to the host
        code = _failed(e)
        _flush()
        plain.send(RPC, {"error": describe(e)})
        return code
    _flush()
    plain.write(RPC, _READY)
    encode, decode = plain.encode, plain.decode
    while True:
        try:
            request = plain.receive(RPC, plain.MAX_REQUEST)
        except EOFError:
            _flush()
            return 0
        number = request["n"]  # told back, so that no answer can be written before its question
        try:
            value = names[request["f"]](*decode(request["a"]), **decode(request["k"]))
            frame = plain.dumps({"value": encode(value), "n": number})
        except plain.Unsupported as e:
            frame = plain.dumps({"unsupported": str(e)[:_TEXT], "n": number})
        except BaseException as e:  # noqa: BLE001 - told to the caller
            frame = plain.dumps({"error": describe(e), "n": number})
        _flush()
        plain.write(RPC, frame)


class RemoteError(Exception):
    """The judged program raised something that is no builtin exception."""


class Unfaithful(Exception):
    """A value cannot cross to or from the judged program."""


class CandidateGone(BaseException):
    """The judged program ended or broke the protocol; no ``except Exception`` of a test hides it."""


class _Remote:
    """The functions of the judged program, seen from the test process."""

    def __init__(self) -> None:
        self.calls = 0
        self.answered = False
        self.unsupported = False
        self.gone = ""

    def function(self, name: str) -> Callable[..., Any]:
        def candidate(*args: Any, **kwargs: Any) -> Any:
            return self.call(name, args, kwargs)

        candidate.__name__ = candidate.__qualname__ = name
        return candidate

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.gone:
            raise CandidateGone(self.gone)
        self.calls += 1
        try:
            number = os.urandom(8).hex()
            frame = {"f": name, "a": plain.encode(args), "k": plain.encode(kwargs), "n": number}
            plain.send(RPC, frame)
        except plain.Unsupported as e:
            self.unsupported = True
            raise Unfaithful(f"argument: {e}") from None
        except OSError as e:
            self.gone = "the program ended"
            raise CandidateGone(self.gone) from e
        try:
            reply = plain.receive(RPC)
            if reply.get("n") != number:
                raise plain.ProtocolError("answered before it was asked")
            if "value" in reply:
                value = plain.decode(reply["value"])
                if not self.answered:
                    self.answered = True
                    _report(answered=True)
                return value
            if "unsupported" in reply:
                self.unsupported = True
                raise Unfaithful(f"result: {reply['unsupported']}")
            kind, text = str(reply["error"][0]), str(reply["error"][1])
        except (EOFError, OSError) as e:
            self.gone = "the program ended before it answered"
            raise CandidateGone(self.gone) from e
        except (plain.ProtocolError, KeyError, IndexError, TypeError) as e:
            self.gone = f"protocol: {e}"
            raise CandidateGone(self.gone) from e
        raise _local(kind, text)


def _local(kind: str, text: str) -> Exception:
    """The builtin exception of that name; an assertion of the program is not one of the test's."""
    known = getattr(builtins, kind, None)
    if isinstance(known, type) and issubclass(known, Exception) and not issubclass(known, AssertionError):
        try:
            return known(text)
        except TypeError:
            pass
    return RemoteError(f"{kind}: {text}")


def _report(**line: Any) -> None:
    plain.write(REPORT, json.dumps(line).encode() + b"\n")


def _run_tests(
    payload: dict[str, Any], names: dict[str, Any], functions: dict[str, Any], remote: _Remote
) -> None:
    """Report one line for the setup, one for each test, one at the end."""
    names |= functions
    try:
        exec(compile(payload["setup"], "setup.py", "exec", dont_inherit=True), names)  # noqa: S102
    except BaseException as e:  # noqa: BLE001 - told to the host
        return _report(setup=": ".join(describe(e)[:2]))
    names |= functions  # a setup that defines one again (a prompt) must not hide the program's
    _report(setup="")
    for text in payload["tests"]:
        kind = message = ""
        remote.unsupported = False
        try:
            exec(compile(text, "test.py", "exec", dont_inherit=True), names)  # noqa: S102
        except BaseException as e:  # noqa: BLE001 - told to the host
            kind, message, _ = describe(e)
        if remote.gone:
            kind, message = "CandidateGone", remote.gone
        _report(
            passed=not kind, error=kind, message=message, calls=remote.calls, unsupported=remote.unsupported
        )
        if remote.gone or (kind and payload["stop"]):
            break
    _report(end=remote.gone)


def _drive(payload: dict[str, Any]) -> int:
    try:
        hello = plain.receive(RPC)
    except (EOFError, plain.ProtocolError):
        hello = {}
    if hello.get("ready") is not True:
        error = hello.get("error")
        _report(load=error if isinstance(error, list) and len(error) == 3 else None)
        return 0
    remote = _Remote()
    # not what the program draws, and the same for every program: it could foresee the tests, or be lucky
    random.seed("\n".join((payload["setup"], *payload["tests"])))
    names: dict[str, Any] = {"__name__": "__tests__", "RemoteError": RemoteError}
    functions = {name: remote.function(name) for name in payload["names"]}
    functions["candidate"] = functions[payload["names"][0]]
    _run_tests(payload, names, functions, remote)
    return 0


def _inproc(payload: dict[str, Any]) -> int:
    try:
        names = load(payload["code"], payload["main"])
        functions = {name: names[name] for name in payload["names"]}
    except BaseException as e:  # noqa: BLE001 - told to the host
        _report(load=describe(e))
        return _failed(e)
    functions["candidate"] = functions[payload["names"][0]]
    _run_tests(payload, names, functions, _Remote())
    _flush()
    return 0
