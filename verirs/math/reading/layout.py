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


_DRESSES = (("**", "**"), ("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))


def undressed(text: str) -> str:
    """A text without what encloses all of it, a full stop behind it and blanks around it."""
    while True:
        text = text.strip()
        inner = text[:-1] if text.endswith(".") and not text.endswith("..") else text
        for left, right in _DRESSES:
            if len(text) > len(left + right) and text.startswith(left) and text.endswith(right):
                within = text[len(left) : -len(right)]
                if left not in within:
                    inner = within
                    break
        if inner == text:
            return text
        text = inner
