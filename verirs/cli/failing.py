"""How a command fails: what happened, where and what to do, in a line or two, and the exit code.

Nothing that a person can cause ends in a traceback or in ``unexpected``: what the operating system refuses
has its file and its reason, whoever asked for it. A reader of a pipe that has gone is no error and gets no
words.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import sys
import traceback

from verirs.errors import ConfigError, VerirsError
from verirs.system import interrupts
from verirs.system.interrupts import EXIT_CODE
from verirs.system.terminal import one_line, shown

READER_GONE = 141
"""What a shell gives for a program that a closed pipe stopped."""
MEND, AGAIN = 2, 4
MOST, LONGEST = 40, 4_000
"""Lines and characters of a line that are shown of a message."""

_HINTS = {
    errno.ENOSPC: "Free some space and run the same command; what was stored is kept",
    errno.EDQUOT: "Your quota is used up: free some space and run the same command; what was stored is kept",
    errno.EFBIG: "A limit on file sizes is set (`ulimit -f`); raise it and run the same command",
    errno.EROFS: "Write somewhere else (--set runs=DIR for a run, --out DIR for an export)",
    errno.EACCES: "See who owns it (`ls -ld`), or use another place: --set runs=DIR, --out DIR",
    errno.EPERM: "See who owns it (`ls -ld`), or use another place: --set runs=DIR, --out DIR",
    errno.ENOENT: "See whether the folder is there and the name is right",
    errno.ENOTDIR: "Something in this path is a file and not a folder; give another path",
    errno.EISDIR: "It is a folder; give a file",
    errno.EEXIST: "A file stands where a folder should be; move it, or give another path",
    errno.ENAMETOOLONG: "Choose a shorter name",
    errno.ELOOP: "Its links lead in a circle; give another path",
    errno.EMFILE: "Raise the limit (`ulimit -n 4096`) and run the same command",
    errno.ENFILE: "Too many files are open on this machine; run the same command later",
    errno.ENOMEM: "Run the same command with more memory, or with fewer samples at once (engine.concurrency)",
}
_PASSING = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY, errno.ENFILE, errno.EINTR}
"""May be well again when the same command is run."""


def tell(error: BaseException, *, debug: bool = False) -> int:
    """Say what went wrong on standard error; returns the exit code."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, BrokenPipeError) and _reader_gone():
        _silence()
        return READER_GONE
    if isinstance(error, KeyboardInterrupt) and not debug:
        return interrupts.say()
    text, code = told(error)
    if debug:
        text = "".join(traceback.format_exception(error)).rstrip()
        lines = shown(text)
    else:
        told_lines = text.rstrip().split("\n")
        kept = [one_line(line, LONGEST) for line in told_lines[:MOST]]
        if len(told_lines) > MOST:
            kept.append(f"and {len(told_lines) - MOST:,} lines more")
        lines = "verirs: " + "\n  ".join(kept)  # no line of a stranger's looks like ours
    if sys.stderr.isatty():
        lines = f"\r\x1b[K{lines}"  # over the line of progress
    if code == EXIT_CODE:
        interrupts.said()
    with contextlib.suppress(OSError, ValueError):
        print(lines, file=sys.stderr, flush=True)
    if isinstance(error, OSError):
        _silence()  # standard output may be what failed: not once more when Python ends
    return code


def told(error: BaseException) -> tuple[str, int]:
    """What to say of an error, and the exit code."""
    if isinstance(error, ConfigError):
        return "\n".join(one_line(problem) for problem in error.problems), error.exit_code
    if isinstance(error, VerirsError):
        return str(error), error.exit_code
    if type(error).__module__.split(".")[0] == "cyclopts":  # not imported here, nor where Ctrl-C came early
        return f"{error}\nSee: verirs --help, verirs COMMAND --help", MEND
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", EXIT_CODE
    if isinstance(error, MemoryError):
        return f"the memory is used up. What was stored is kept. {_HINTS[errno.ENOMEM]}.", AGAIN
    if isinstance(error, OSError):
        return _of_the_system(error)
    return f"unexpected {type(error).__name__}: {error}\nRun again with --debug to see where.", 1


def _of_the_system(error: OSError) -> tuple[str, int]:
    code = AGAIN if error.errno in _PASSING or isinstance(error, (ConnectionError, TimeoutError)) else MEND
    why = error.strerror or str(error) or type(error).__name__
    files = [os.fsdecode(f) for f in (error.filename, error.filename2) if isinstance(f, (str, bytes))]
    if files:
        what = f"cannot use {' or '.join(files)}: {why}"
    elif error.errno == errno.ENOENT and _folder_gone():
        return "the folder in which this command was given is gone. Change to another (cd).", MEND
    else:
        what = why
    hint = _HINTS.get(error.errno or 0) or ("Run the same command again" if code == AGAIN else "")
    return f"{what}. {hint or 'Run again with --debug to see where'}.", code


def _folder_gone() -> bool:
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def make_streams_safe() -> None:
    """Standard streams that exist, and that take any text in their own encoding."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # closed by who started us: no file of ours may get its number
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - it stays open
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _reader_gone() -> bool:
    """Whether standard output or standard error is a pipe that nobody reads any more."""
    poll = select.poll()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            poll.register(stream.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _silence() -> None:
    """Let Python's own last flush go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                os.dup2(nowhere, stream.fileno())
