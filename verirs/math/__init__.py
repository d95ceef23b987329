"""The math answer checker: is this answer the gold one?

>>> from verirs.math import equivalent, extract
>>> equivalent(r"\\frac{1}{2}", "0.5").passed
True
>>> extract(r"... so the sum is \\boxed{12}.").answer
'12'

It never evaluates text as code and never raises on any text. See :mod:`verirs.math.conventions` for the
conventions and ``docs/math.md`` for what was measured.
"""

from verirs.math.classes import Classes, classes
from verirs.math.conventions import DEFAULT, Conventions
from verirs.math.extract import Extraction, extract
from verirs.math.judge import equivalent

__all__ = ["DEFAULT", "Classes", "Conventions", "Extraction", "classes", "equivalent", "extract"]
