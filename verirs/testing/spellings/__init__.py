"""The spelling machine: mathematical values, written in every notation that we know, to hold a checker to.

A value is drawn (a fraction, an interval, a quantity) and written in two notations of a catalogue, alone or
in the sentences of a solution: a checker must accept that. Or it is changed a little (another bound, unit,
sign, digit), or put into a text that does not answer it: a checker must not accept that. See docs/testing.md.

>>> from verirs.testing.spellings import measure, pairs
>>> result = measure(pairs(seed=1, number=50))
>>> result.equal + result.different
50

What it does not show: that a checker is right on a notation that the catalogue lacks.
"""

from verirs.testing.spellings.catalogue import KINDS
from verirs.testing.spellings.lies import LIES
from verirs.testing.spellings.machine import Pair, every, pairs
from verirs.testing.spellings.measure import Result, accepting, measure, verirs_accepts
from verirs.testing.spellings.texts import FRAMES
from verirs.testing.spellings.way import Kind, Twist, Way

__all__ = [
    "FRAMES",
    "KINDS",
    "LIES",
    "Kind",
    "Pair",
    "Result",
    "Twist",
    "Way",
    "accepting",
    "every",
    "measure",
    "pairs",
    "verirs_accepts",
]
