"""How most texts end: "The answer is 18.", "So the number of eggs is \\boxed{18}." The general rules say the
same of both, and take longer.
"""

from __future__ import annotations

from verirs.math.extracting.beside import WEIGHTY
from verirs.math.extracting.frames import DENYING
from verirs.math.extracting.plain_words import plain_words
from verirs.math.values import words
from verirs.system.patterns import regex

_TAIL = 80
_SAID = regex(
    r"(?:\A|[\n.!?])\s*(?:(?:[Ss]o|[Tt]hus|[Tt]herefore|[Hh]ence),? )?[Tt]he (?:final |correct )?answer is:? "
    r"(\$?\d[\d,]*(?:\.\d+)?%?)\.?\s*\Z"
)


def said_plainly(text: str) -> str | None:
    """The number of a plain sentence that ends a text, ``None`` where the general rules have to look."""
    begin = max(0, len(text) - _TAIL)
    found = _SAID.search(text, begin) if text.find("answer is", begin) >= 0 else None
    return None if found is None or found[1].endswith(",") else found[1]


_SO = r"\s*(?:(?:[Ss]o|[Tt]hus|[Hh]ence|[Tt]herefore),? )?"
_MARK = r"\s*(?:\\[(\[]|\$|\*\*)?\s*"
_STATES = regex(
    rf"{_SO}[A-Za-z0-9' ]+ (?:(is|are|was|be)|ha(?:s|ve)|needs?|makes?|made|costs?|gets?|gives?|left){_MARK}"
)
_ANSWERS = regex(rf"{_SO}(?:[Tt]he )?(?:(?:[Ff]inal|[Cc]orrect) )?[Aa]nswer(?: is)?:?{_MARK}")
_WEIGHTY = (WEIGHTY | DENYING) - words("to of with from a an it that he she they")
"""Without the words that count at the end of a lead only, at its begin, or before other verbs."""
_INDEFINITE = frozenset(("a", "an"))
_PERSONS = frozenset(("he", "she", "they"))


def led_plainly(lead: str) -> bool:
    """Whether a sentence up to its answer is a plain statement, which ``unread_lead`` and
    ``unread_governor`` understand: its words alone show that nothing speaks against it."""
    states = _STATES.fullmatch(lead)
    if states is None:
        return _ANSWERS.fullmatch(lead) is not None
    said = plain_words(lead)
    if not (_WEIGHTY.isdisjoint(said) and _INDEFINITE.isdisjoint(said[:2])):
        return False
    if states[1] is None:
        return "that" not in said and _PERSONS.isdisjoint(said[1:])
    return said[-2:-1] != ["there"] or "that" not in said
