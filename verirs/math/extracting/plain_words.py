"""The words of a text, without its LaTeX and markdown."""

from __future__ import annotations

from functools import lru_cache

from verirs.system.patterns import regex

WORD = regex(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
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
    return [word.lower().replace("\u2019", "'") for word in WORD.findall(text)]
