"""A text without the LaTeX that only lays it out: for notations that are read as a whole, such as dates."""

from __future__ import annotations

from verirs.system.patterns import regex

_LAYOUT = regex(
    r"\\(?:text(?:bf|rm|sf|tt|it|normal)?|math(?:rm|bf|tt|sf|it)|mbox|operatorname)(?![a-z])\s*"
    r"|[{}]|(?<!\\)\$|\\[,;:!]|\\quad|\\[()\[\]]"
)
_SPACES = regex(r"(?:\s|~|\\ )+")


def unlaid(text: str) -> str:
    """The text without fonts, braces, dollar signs and spacing commands."""
    return _SPACES.sub(" ", _LAYOUT.sub("", text)).strip()
