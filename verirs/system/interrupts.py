"""Ctrl-C, SIGTERM and SIGHUP: the first one stops in order, the second one at once; both say so in one line.
A process that has not stopped in order after a minute (a scorer that never ends, say) is stopped
at once too.

What is promised by the second: nothing that was stored is lost, and children end with their parent, as after
``kill -9``. A process that was forked keeps nothing of this.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
EXIT_CODE = 130
LONGEST_STOP = 60.0
"""Seconds that stopping in order may take."""


class _State:
    """Of this process."""

    asked = False
    """Somebody asked it to stop."""
    said = False
    """And was told that it does."""
    ours = 0
    """The process whose command line this is; 0: a library in somebody's program."""
    before_bound: Any = None
    """What SIGALRM did before a stop was given its time; ``None``: none was."""


def ours() -> None:
    """Take over the signals for good: this process is a command line."""
    _State.asked, _State.said, _State.ours = False, False, os.getpid()
    _install(_handle)
    sys.unraisablehook = _unraisable
    atexit.register(_last)  # registered first, so it comes last


def _unraisable(lost: Any) -> None:
    """A KeyboardInterrupt that came where nothing can be raised (a finalizer, a callback of the import lock)
    would be printed and forgotten: it comes again in a moment."""
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)
        return

    def again() -> None:
        _State.asked = False
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(0.02, again).start()


def said() -> None:
    """It was said that the process stops: no second line."""
    _State.said = True


def say(how: str = "interrupted") -> int:
    """Say that the process stops, unless that was said; returns the exit code."""
    if not _State.said:
        _State.said = True
        over = "\r\x1b[K" if os.isatty(2) else ""  # over the line of progress
        with contextlib.suppress(OSError):
            line = f"{over}verirs: {how}; what was stored is kept. Run the same command to go on.\n"
            os.write(2, line.encode())
    return EXIT_CODE


def _last() -> None:
    """Python ends: a signal would kill it now, with another exit code. So would a KeyboardInterrupt that came
    while a text was executed (most modules of the library do so): Python remembers it, and dies of SIGINT."""
    if os.getpid() != _State.ours:
        return
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if _State.said:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(EXIT_CODE)


def renew() -> None:
    """Set the handlers anew that there are: a library has put its own before them (Ray's prints a trace)."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if callable(handler := signal.getsignal(number)):
                signal.signal(number, handler)


@contextlib.contextmanager
def ours_for_now() -> Iterator[None]:
    """The same, and give them back at the end."""
    before, hook = (_State.asked, _State.said, _State.ours), sys.unraisablehook
    with _restored():
        ours()
        try:
            yield
        finally:
            _unbound()
            _State.asked, _State.said, _State.ours = before
            atexit.unregister(_last)
            sys.unraisablehook = hook


@contextlib.contextmanager
def cancelling(cancel: Callable[[], Any]) -> Iterator[None]:
    """While it lasts, the first signal calls ``cancel`` instead of raising KeyboardInterrupt.

    Does nothing outside the main thread, which alone gets signals.
    """
    begun = os.getpid()

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() != begun or _State.asked:
            return _handle(number, frame)
        _State.asked = True
        _bound()
        cancel()

    with _restored():
        if not _State.ours:
            _State.asked = False
        _install(handle)
        yield


def _handle(number: int, frame: FrameType | None) -> None:
    if _State.ours and os.getpid() != _State.ours:  # a fork: it dies of the signal as others do
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    if _State.asked and _State.ours:
        os._exit(say("stopped at once"))
    _State.asked = True
    _bound()
    raise KeyboardInterrupt


def _bound() -> None:
    """Stop at once where stopping in order takes too long. (No thread can be begun in a signal handler.)"""
    if _State.ours == os.getpid() and hasattr(signal, "setitimer"):
        _State.before_bound = signal.signal(signal.SIGALRM, _late)
        signal.setitimer(signal.ITIMER_REAL, LONGEST_STOP)


def _unbound() -> None:
    """The command has ended, and its process goes on."""
    if _State.before_bound is not None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, _State.before_bound)
        _State.before_bound = None


def _late(number: int, frame: FrameType | None) -> None:
    if _State.ours == os.getpid():
        os._exit(say(f"did not stop in order within {LONGEST_STOP:.0f} s, so stopped at once"))


def _install(handle: Callable[[int, FrameType | None], None]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    for number in SIGNALS:
        # under nohup it is ignored, and shall be
        if not (number == getattr(signal, "SIGHUP", None) and signal.getsignal(number) == signal.SIG_IGN):
            signal.signal(number, handle)


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    here = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in SIGNALS} if here else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # None: not set from Python, and so not ours to touch
                signal.signal(number, handler)
