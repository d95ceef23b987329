"""What two answers say in words beside their equal numbers: ``2% profit`` and ``2% loss``.

The reader of quantities takes a few words behind a unit for a remark. Where both answers have such words and
each says some that the other does not, nothing shows that they mean the same.
"""

from __future__ import annotations

from functools import lru_cache

from verirs.math.reading.read import read
from verirs.math.values import NUMBERS, Node, words
from verirs.system.patterns import regex

_COMMAND = regex(r"\\(?:begin|end)\{[a-z]+\}|\\[a-zA-Z]+")
_WORD = regex(r"[A-Za-z]{2,}")
_SILENT = words(
    "the an of is are was were be in at to for from by on as each per every total and or with about "
    "approximately approx around roughly exactly only just answer final there it so he she they "
    "sq square squared cu cubic cubed power unit matrix array vector np numpy sympy list tuple set"
)
_DEGREES = frozenset(("deg",))
_SHORT = 1_000


def say_different_things(one: str, two: str) -> bool:
    """Whether each of two answers has a word beside its number that the other has not."""
    if len(one) > _SHORT or len(two) > _SHORT:
        return False
    ours, theirs = _said(one), _said(two)
    if not ours or not theirs:
        return False
    only_one = (written for word, written in ours.items() if word not in theirs)
    only_two = (written for word, written in theirs.items() if word not in ours)
    return any(map(_tells, only_one)) and any(map(_tells, only_two))


def _said(text: str) -> dict[str, str]:
    """The words of a text that may say something of its number: as they compare, and as they are written."""
    found = _WORD.findall(_COMMAND.sub(" ", text))
    return {w.lower().removesuffix("s"): w for w in found if w.lower() not in _SILENT}


@lru_cache(maxsize=1024)
def _tells(word: str) -> bool:
    """Whether a word is no unit and no number."""
    if read(word).op in ("int", "dec", "const"):
        return False
    for written in (word, word.lower(), word.lower() + "s"):
        value = read(f"2 {written}")
        if value.op == "ambiguous":
            value = value.measured or value.scaled or value
        if value.op in NUMBERS | _DEGREES and not (value.op == "qty" and _counts(value)):
            return False
    return True


def _counts(quantity: Node) -> bool:
    """Whether what is counted is no unit: boys, profit."""
    return not any(power for _, power in quantity.unit)
