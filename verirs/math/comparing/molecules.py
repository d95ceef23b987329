"""Formulas of molecules: ``\\mathrm{H}_2\\mathrm{O}``, ``\\ce{H2O}``, ``H_2O`` and ``H₂O`` are one."""

from __future__ import annotations

from functools import lru_cache

from verirs.math.reading.clean import clean
from verirs.math.values import words
from verirs.system.patterns import regex

MAX_CHARS = 120
_ELEMENTS = words(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb "
    "Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu "
    "Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr D T"
)
_TYPE = regex(
    r"\\(?:ce|mathrm|mathsf|mathbf|textrm|text|rm|operatorname|left|right|[,;:! ])|[\s$~]|\\\(|\\\)"
)
_BELOW = regex(r"_\{?(\d+)\}?")
_CHARGE = regex(r"\^\{?\{?(\d*[+-])\}?\}?")
_CHARGE_FIRST = regex(r"(\^\d*[+-])(\d+)")
_PART = regex(r"[A-Z][a-z]?|[()\[\]]|\d+|\^\d*[+-]|[+-]$")


@lru_cache(maxsize=1024)
def molecule(text: str) -> str | None:
    """The formula in one line (``H2O``, ``SO4^2-``), ``None`` where the text is none."""
    if len(text) > MAX_CHARS or not any(c.isupper() for c in text):
        return None
    line = _CHARGE.sub(r"^\1", _BELOW.sub(r"\1", _TYPE.sub("", clean(text))))
    line = _CHARGE_FIRST.sub(r"\2\1", line.replace("{", "").replace("}", "").rstrip("."))
    parts = _PART.findall(line)
    if "".join(parts) != line:
        return None
    elements = [p for p in parts if p[0].isalpha()]
    if not elements or not all(p in _ELEMENTS for p in elements):
        return None
    return line if len(parts) > 1 and not line[0].isdigit() else None
