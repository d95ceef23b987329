"""The words of a text, without its LaTeX and markdown."""

from __future__ import annotations

from functools import lru_cache

from verirs.system.patterns import regex

WORD = regex(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_ASCII_WORD = regex(r"[a-z]+(?:['-][a-z]+)*")
_LETTERS = bytes(
    ord(c.lower()) if c.isalpha() or c in "'-" else ord(" ") for c in map(chr, range(128))
).ljust(256)
"""Every other sign than a letter, an apostrophe or a hyphen is a space."""
LETTERS_ONLY = _LETTERS.replace(b"'", b" ").replace(b"-", b" ")
"""These two as well."""
_LOOSE = regex(r"['-](?:(?![a-z])|(?<![a-z].))")
"""An apostrophe or a hyphen that is not between two letters."""
_COMMAND = regex(r"\\[A-Za-z]")
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
    if "<" in text or ("\\" in text and _COMMAND.search(text)):
        text = MARKUP.sub(" ", text)
    if not text.isascii():
        return [word.lower().replace("\u2019", "'") for word in WORD.findall(text)]
    plain = text.encode().translate(_LETTERS).decode()
    if ("'" in plain or "-" in plain) and _LOOSE.search(plain):
        return _ASCII_WORD.findall(plain)
    return plain.split()


def has_digit(text: str) -> bool:
    """Whether a decimal digit stands in a text, of any script."""
    return _DIGIT.search(text) is not None


def has_working(text: str) -> bool:
    """Whether a digit or a sign of equality stands in a text."""
    return _DIGIT_OR_EQUALS.search(text) is not None


def foreign_letters(text: str) -> bool:
    """Whether a letter that is not of English stands in a text; marks and signs do not count."""
    return not text.isascii() and any(c.isalpha() and not c.isascii() for c in text)


def has_letter(text: str) -> bool:
    """Whether a letter stands in a text."""
    return _LETTER.search(text) is not None or (not text.isascii() and any(c.isalpha() for c in text))


def says_something(text: str) -> bool:
    """Whether a letter or a number stands in a text."""
    return _SIGN.search(text) is not None
