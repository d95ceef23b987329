"""A problem's text without its layout: as words for overlap, as signs for equality.

Two readings, because they answer different questions. Overlap asks whether one text stands in another,
re-typeset or in a template: there words and numbers count, and nothing else. Equality asks whether two
problems are one: there every sign counts, for ``x - 1`` and ``x + 1`` are two problems.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[^\W\d_{_CJK}]+|\d+(?:\.\d+)?")
"""Scripts without spaces: each sign is a word."""
_SCRIPTS = str.maketrans(
    {sign: f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
    | {sign: f"_{digit}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")}
    | dict.fromkeys("−﹣－–‐‑", "-")
    | dict.fromkeys("‘’‛′", "'")
    | dict.fromkeys("“”„‟", '"')
    | {"⁻": "^-", "\u200b": "", "\ufeff": "", "\u00ad": ""}
)
"""Powers must not become digits beside their base, as NFKC would have it, and minus signs and quotes
have one form each."""
_FRACTION = re.compile(r"\\[dtc]frac(?![a-zA-Z])")
_LAYOUT = re.compile(
    r"\\(?:left|right|middle|big[lrm]?|Big[lrm]?|bigg[lrm]?|Bigg[lrm]?|displaystyle|textstyle|limits|nolimits"
    r"|quad|qquad|hspace\*?\{[^{}]*\}|vspace\*?\{[^{}]*\}|smallskip|medskip|noindent|par"
    r"|text(?:rm|bf|it|sf|tt|normal)?|math(?:rm|bf|it|sf|bb|cal|frak|scr)|operatorname\*?|mbox|hbox|boldsymbol)"
    r"(?![a-zA-Z])|\\[,;:! \\]|\\[()\[\]]|(?<=[\w.,;}$])~(?=[\w\\$(])"
)
_DIGITS = re.compile(r"\\frac\s*(\d)\s*(\d)")
"""``\\frac13`` is one third, and not thirteen."""
_THOUSANDS = re.compile(r"(?<=\d)(?:,|\{,\})(?=\d{3}(?!\d))")
_SIGNS = re.compile(r"\\[a-zA-Z]+|\d+(?:\.\d+)?|[^\s\w.,;:?'\"`’“”${}]")
_GROUPED = re.compile(r"\{(\w|\\[a-zA-Z]+)\}")
_APART = re.compile(r"(?<=\d)\s+(?=\d)")
_END = ".?" + "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace())


def plain(text: str) -> str:
    """The text in one form of each sign, in lower case, without layout commands of LaTeX."""
    text = text.translate(_SCRIPTS) if not text.isascii() else text
    if "\\" in text:
        text = _LAYOUT.sub(" ", _FRACTION.sub(r"\\frac", text))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.casefold()


def words(text: str) -> list[str]:
    """Words and numbers, in order. Signs and layout are no words."""
    return _WORD.findall(_THOUSANDS.sub("", _DIGITS.sub(r"\\frac \1 \2", plain(text))))


def numbers(found: list[str]) -> Counter[str]:
    """The numbers among words, with how often each stands there."""
    return Counter(word for word in found if word[0].isdecimal())


def key(text: str) -> bytes:
    """A digest that texts share which differ in case, layout, spaces and dollar signs alone."""
    return digest(bare(text))


def digest(text: str) -> bytes:
    """Eight bytes of a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def bare(text: str) -> str:
    """The text without case, layout, spaces, dollar signs and its last stop; every other sign is there."""
    return "".join(lines(text.rstrip(_END)).split("\n"))


def lines(text: str) -> str:
    """The same with its lines and its stops."""
    told = _APART.sub("\0", plain(text).replace("$", ""))
    return _GROUPED.sub(r"\1", "\n".join("".join(line.split()) for line in told.splitlines()))


def masked(text: str) -> bytes:
    """As :func:`key`, but texts that differ in their numbers share it too."""
    return digest(re.sub(r"\d+(?:\.\d+)?", "0", bare(_THOUSANDS.sub("", text))))


def signs(text: str) -> Counter[str]:
    """Numbers, operators and commands, with how often each stands there: in what problems of the same words
    may differ."""
    return Counter(_SIGNS.findall(_THOUSANDS.sub("", plain(text))))
