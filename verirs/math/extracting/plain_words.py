"""The words of a text, without its LaTeX and markdown."""

from __future__ import annotations

from functools import lru_cache

from verirs.system.patterns import regex

WORD = regex(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_ASCII_WORD = regex(r"[a-z]+(?:['-][a-z]+)*")
_DIGIT = regex(r"\d")
_DIGIT_OR_EQUALS = regex(r"[\d=]")
_LETTER = regex(r"[A-Za-z]")
_SIGN = regex(r"[^\W_]")
MARKUP = regex(
    r"\\(?:text|textbf|mathrm|mathbf|textit|emph|left|right|quad|qquad|displaystyle|end|begin|"
    r"blacksquare|square|qed|Box|boxed|tag|hfill)\b(?:\{[a-z]+\*?\})?|"
    r"\\[()\[\],;:! ]|[{}$*`]|</?[a-z]+>"
)


@lru_cache(maxsize=512)
def plain_words(text: str) -> list[str]:
    """The words of a text in small letters, without LaTeX and markdown. The rules that ask for the same
    text share the list: it is not to be changed."""
    if "\\" in text or "$" in text or "*" in text or "`" in text or "<" in text or "{" in text:
        text = MARKUP.sub(" ", text)
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return [word.lower().replace("\u2019", "'") for word in WORD.findall(text)]


def has_digit(text: str) -> bool:
    """Whether a decimal digit stands in a text, of any script."""
    return _DIGIT.search(text) is not None


def has_working(text: str) -> bool:
    """Whether a digit or a sign of equality stands in a text."""
    return _DIGIT_OR_EQUALS.search(text) is not None


def has_letter(text: str) -> bool:
    """Whether a letter stands in a text."""
    return _LETTER.search(text) is not None or (not text.isascii() and any(c.isalpha() for c in text))


def says_something(text: str) -> bool:
    """Whether a letter or a number stands in a text."""
    return _SIGN.search(text) is not None
