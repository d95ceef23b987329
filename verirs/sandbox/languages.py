"""The languages of programs that read standard input."""

from __future__ import annotations

_NAMES = {
    "python": ("python3", "py", "py3", "pypy", "pypy3", "python 3"),
    "cpp": ("c++", "cpp17", "c++17", "cxx", "cpp14", "cpp20", "gnu c++17", "g++"),
    "c": ("c11", "c99", "gcc"),
    "java": ("java17", "java21", "java8", "java11"),
    "javascript": ("js", "node", "nodejs", "node.js"),
    "rust": ("rs",),
    "go": ("golang",),
}
"""The name of each language here, and others that are used for it."""


def language_name(given: object) -> str:
    """The name of a language, whatever it is called.

    Raises:
        ValueError: it is none that is known here.
    """
    word = str(given).strip().lower()
    for name, others in _NAMES.items():
        if word == name or word in others:
            return name
    raise ValueError(f"programs in {given!r} cannot be run here (known: {', '.join(_NAMES)})")
