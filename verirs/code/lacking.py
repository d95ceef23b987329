"""What a program asked for and this sandbox does not have: no fault of the program's.

A program may say anything about why it failed; so its own text, or that of its tests, must ask for the thing,
too. What comes of it is an abstention, never a pass.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace

from verirs.code.newer import newer_name, newer_syntax
from verirs.code.outcome import SAYS_NOTHING, Judgement
from verirs.sandbox.jobs import Status
from verirs.types import Verdict

_MISSING = re.compile(r"ModuleNotFoundError: No module named '([A-Za-z_]\w*)[\w.]*'")
_NO_PROCESSES = re.compile(r"OSError: \[Errno 38\]|PermissionError: \[Errno 13\] Permission denied$")
"""How Python says that a fork, or the semaphore for one, is refused."""
_NO_COMMAND = re.compile(r"FileNotFoundError: \[Errno 2\] No such file or directory: '(/bin/sh|[\w.-]+)'")
_PROCESSES = re.compile(
    r"\b(fork|subprocess|multiprocessing|ProcessPoolExecutor|system|popen|spawn\w*|exec[lv]p?e?)\b"
)
_PYTHON_2 = (
    "BaseHTTPServer", "ConfigParser", "Cookie", "HTMLParser", "Queue", "SocketServer", "StringIO", "Tkinter",
    "UserDict", "UserList", "UserString", "__builtin__", "cPickle", "cStringIO", "commands", "cookielib",
    "copy_reg", "dummy_thread", "exceptions", "httplib", "md5", "new", "popen2", "robotparser", "sets",
    "sha", "string_io", "thread", "urllib2", "urlparse", "xmlrpclib",
)  # fmt: skip
"""Modules of Python 2: a program that asks for one is wrong here."""


def lacks(code: str, said: str, provided: Callable[[str], bool], alone: bool = False) -> str:
    """Which thing that the sandbox does not have made a program fail, in words; empty: none.

    Args:
        code: the program, with the tests that ran beside it.
        said: why it failed.
        provided: whether a package's module is there.
        alone: the sandbox lets programs start no others.
    """
    if match := _MISSING.search(said):
        name = match[1]
        asked = re.search(rf"\b(?:import|from)\b[^\n]*\b{name}\b|import_module|__import__", code)
        known = name in sys.stdlib_module_names or name in _PYTHON_2 or provided(name)
        if asked and not known:
            return f"the package {name} is not in the sandbox (packages)"
    if newer := newer_syntax(code) if "SyntaxError" in said else newer_name(code, said):
        return f"{newer} needs a newer Python than the sandbox has"
    if _PROCESSES.search(code):
        if alone and _NO_PROCESSES.search(said):
            return "this sandbox lets programs start no others; the sandbox namespaces does"
        if match := _NO_COMMAND.search(said):
            return f"the sandbox has no {match[1]}"
    return ""


def excused(judgement: Judgement, code: str, provided: Callable[[str], bool]) -> Judgement:
    """The judgement; an abstention where all that it holds against the program is what the sandbox lacks."""
    if judgement.verdict is not Verdict.FAIL:
        return judgement
    against = [t for t in judgement.tests if t.status not in (Status.PASS, *SAYS_NOTHING)]
    alone = judgement.backend == "landlock"
    reasons = [
        lacks(code, t.reason, provided, alone) if t.status is Status.EXCEPTION else "" for t in against
    ]
    if not against or not all(reasons):
        return judgement
    return replace(judgement, verdict=Verdict.ABSTAIN, status=Status.LACKING, reason=reasons[0])
