"""How a unit is written: its name, powers, products and quotients of units, in words or symbols.

Looks only at tokens; nothing is consumed, so a reading that does not fit costs nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from verirs.math.quantities.units import MAX_POWER, STARTS, conversions, known
from verirs.math.reading.sums import Sums
from verirs.math.values import Node, words

_PAIRS = {
    "fl oz": "floz", "fluid ounce": "floz", "fluid ounces": "floz", "nautical mile": "nmi",
    "nautical miles": "nmi", "sea miles": "nmi", "light year": "ly", "light years": "ly", "metric ton": "t",
    "metric tons": "t", "electron volt": "eV", "electron volts": "eV", "arc minute": "arcmin",
    "arc minutes": "arcmin", "arc second": "arcsec", "arc seconds": "arcsec", "us dollar": "dollar",
    "us dollars": "dollar", "pounds sterling": "gbp", "pound sterling": "gbp", "pounds force": "lbf",
    "pound force": "lbf", "horse power": "hp",
}  # fmt: skip
_PER_SECOND = ("ms", "cms", "kms", "mms")
_HYPHENED = ("Nm", "Wh", "Ah", "VA", "Ns", "Js")
"""Products of units that are written with a hyphen."""
_DEGREES = {"c": "celsius", "f": "fahrenheit", "k": "K", "celsius": "celsius", "centigrade": "celsius",
            "fahrenheit": "fahrenheit", "kelvin": "K"}  # fmt: skip
_POWER_WORDS = words("square sq cubic cu")
_RAISED = {"squared": 2, "cubed": 3}
_FUNCTIONS_TOO = words("min sec deg degree")
_LITTLE_WORDS = words("in as at am us pm a an no")
"""Words that are units only where nothing else stands between them and the number."""


class Run(NamedTuple):
    """A unit as written: its names and powers, where it ends, and whether it can be nothing else."""

    parts: list[tuple[str, int]]
    end: int
    certain: bool


class Units(Sums):
    """Recognises units among the tokens."""

    def name_at(self, i: int, first: bool) -> tuple[str, int, bool] | None:
        """The longest name of a unit at a token, the token after it, and whether it is certain."""
        kind, value, _ = self.toks[i]
        if kind == "word" or (kind == "cmd" and value in _FUNCTIONS_TOO):
            return self._word_at(i, value, first)
        if kind not in ("sym", "let"):
            if self._circle(i):
                end = i + 2 + (self.toks[i + 1][1] == "{") * 2
                letter = self.toks[end][1] if self.toks[end][0] in ("sym", "let") else ""
                return (_DEGREES[letter.lower()], end + 1, True) if letter in ("C", "F") else None
            return None
        joined, best = "", None
        certain = kind == "let"
        for j in range(i, min(i + 5, len(self.toks))):
            kind, value, spaced = self.toks[j]
            if kind not in ("sym", "let") or (spaced and j > i and joined not in ("\\mu", "k", "M")):
                break
            joined += value
            certain = certain or kind == "let"
            found = known(joined)
            if found is not None:
                best = found, j + 1, certain or len(joined.replace("\\mu", "u")) > 2
        return best

    def _word_at(self, i: int, value: str, first: bool) -> tuple[str, int, bool] | None:
        low = value.lower()
        kind, following, _ = self.toks[i + 1]
        if kind in ("word", "let", "sym"):
            pair = _PAIRS.get(f"{low} {following.lower()}")
            if pair is None and low in ("degree", "degrees", "deg"):
                pair = _DEGREES.get(following.lower())
            if pair is not None:
                return pair, i + 2, True
        if low in _LITTLE_WORDS and not first:
            return None
        if low in ("a", "an", "no", "as", "at", "am"):
            return None
        found = known(value)
        return (found, i + 1, True) if found is not None else None

    def _circle(self, i: int) -> bool:
        """Whether ``^\\circ`` stands at a token."""
        if self.toks[i][:2] != ("op", "^"):
            return False
        braced = self.toks[i + 1][:2] == ("op", "{")
        return self.toks[i + 1 + braced][:2] in (("cmd", "circ"), ("cmd", "degree"))

    def _each(self, i: int, first: bool) -> bool:
        """Whether ``a`` or ``an`` stands at a token between two units: ``30 miles an hour``."""
        kind, value, _ = self.toks[i]
        if first or kind == "op" or value not in ("a", "an") or self.toks[i - 1][0] != "word":
            return False
        kind, value, _ = self.toks[i + 1]
        return kind == "word" and known(value) is not None

    def run_at(self, i: int) -> Run | None:
        """The unit that begins at a token: names, their powers, signs between them."""
        parts: list[tuple[str, int]] = []
        certain = False
        below, sign = False, 1
        first = True
        while True:
            kind, value, spaced = self.toks[i]
            at = i
            if (
                (kind == "word" and value.lower() == "per")
                or (kind, value) == ("op", "/")
                or self._each(i, first)
            ):
                if first and kind == "op" and not self._denominator(i + 1):
                    return None
                certain = certain or kind != "op"
                below = True
                at += 1
            elif kind == "op" and value in ("*", ".", "-") and not first:
                if value == "-" and not certain:
                    pair = parts[-1][0][-1] + str(self.toks[i + 1][1])
                    if spaced or self.toks[i + 1][2] or pair not in _HYPHENED:
                        break
                    certain = True
                at += 1
            power = 1
            while self.toks[at][0] == "word" and self.toks[at][1].lower() in _POWER_WORDS:
                power = 2 if self.toks[at][1].lower() in ("square", "sq") else 3
                certain = True
                at += 1
                if self.toks[at][:2] == ("op", "."):
                    at += 1
            sign = -1 if below else 1
            if self.toks[at][:2] == ("op", "(") and below:
                inner = self.run_at(at + 1)
                if inner is None or self.toks[inner.end][:2] != ("op", ")"):
                    break
                parts += [(name, -p) for name, p in inner.parts]
                certain, i, first = certain or inner.certain, inner.end + 1, False
                continue
            if self.toks[at][:2] == ("cmd", "frac") and power == 1:
                fraction = self._fraction_at(at)
                if fraction is None:
                    break
                parts += [(name, sign * p) for name, p in fraction.parts]
                certain, i, first = certain or fraction.certain, fraction.end, False
                continue
            named = self.name_at(at, first or at > i)
            if named is None:
                break
            typed = "".join(str(value) for _, value, _ in self.toks[at : named[1]])
            name, i, sure = named
            certain = certain or sure
            exponent, i = (
                (1, i) if self._smaller_follows(name, i) else self._exponent_at(i, bool(parts) or certain)
            )
            if exponent is not None and exponent < 0 and typed in _PER_SECOND:
                parts.append((typed[:-1], sign * power))  # ms^{-1}: metres per second
                name = "s"
            if exponent is None or abs(exponent * power) > MAX_POWER:
                return None
            parts.append((name, sign * power * exponent))
            first = False
        if not parts:
            return None
        if self.toks[i][:2] == ("op", ".") and self.toks[i + 1][0] == "end":
            i += 1
        return Run(parts, i, certain)

    def _denominator(self, i: int) -> bool:
        return self.toks[i][0] in ("sym", "let", "word") or self.toks[i][:2] == ("op", "(")

    def _fraction_at(self, i: int) -> Run | None:
        """``\\frac{m}{s}``"""
        parts: list[tuple[str, int]] = []
        certain, sign = False, 1
        i += 1
        for sign in (1, -1):
            if self.toks[i][:2] != ("op", "{"):
                return None
            if (
                sign == 1
                and self.toks[i + 1][:2] == ("num", Node("int", (1,)))
                and self.toks[i + 2][1] == "}"
            ):
                i += 3
                continue
            inner = self.run_at(i + 1)
            if inner is None or self.toks[inner.end][:2] != ("op", "}"):
                return None
            parts += [(name, sign * p) for name, p in inner.parts]
            certain, i = certain or inner.certain, inner.end + 1
        return Run(parts, i, certain)

    def _exponent_at(self, i: int, glued: bool) -> tuple[int | None, int]:
        """The power of a unit and the token after it; ``None`` where it is no small whole number."""
        kind, value, spaced = self.toks[i]
        if kind == "word" and value.lower() in _RAISED:
            return _RAISED[value.lower()], i + 1
        if kind == "num" and not spaced and glued and value.op == "int" and 2 <= value.number <= 4:
            return value.number, i + 1
        minus = self.toks[i + 1][:1] == ("num",) and not spaced and not self.toks[i + 1][2]
        if (kind, value) == ("op", "-") and glued and minus and self.toks[i + 1][1].op == "int":
            power = self.toks[i + 1][1].number
            return (-power, i + 2) if 1 <= power <= 4 else (1, i)
        if (kind, value) != ("op", "^") or self._circle(i):
            return 1, i
        i += 1
        closer = {"{": "}", "(": ")"}.get(self.toks[i][1]) if self.toks[i][0] == "op" else None
        i += closer is not None
        sign = 1
        if self.toks[i][:2] in (("op", "-"), ("op", "+")):
            sign = -1 if self.toks[i][1] == "-" else 1
            i += 1
        kind, value, _ = self.toks[i]
        if kind != "num" or value.op != "int" or value.number > MAX_POWER:
            return None, i
        i += 1
        if closer is not None:
            if self.toks[i][:2] != ("op", closer):
                return None, i
            i += 1
        return sign * value.number, i

    def _smaller_follows(self, name: str, i: int) -> bool:
        """Whether a number with another unit of the kind ends the text: the 3 of ``5 ft 3 in``."""
        if self.toks[i][0] != "num" or self.toks[i + 1][0] not in ("word", "let", "sym"):
            return False
        run = self.run_at(i + 1)
        if run is None or len(run.parts) != 1 or self.toks[run.end][0] != "end" or run.parts[0][1] != 1:
            return False
        return run.parts[0][0] != name and bool(conversions(((name, 1),), ((run.parts[0][0], 1),)))

    def unit_may_follow(self) -> bool:
        """Whether the token at hand can begin a unit: a quick look."""
        kind, value, _ = self.toks[self.i]
        if kind == "sym":
            return (value[0] in STARTS and value[0] != "\\") or value in ("\\mu", "\\Omega", "\\ell", "\\psi")
        if kind == "cmd":
            return value in _FUNCTIONS_TOO or value == "frac"
        return (
            kind != "op"
            or self.toks[self.i + 1][0] in ("sym", "let", "word")
            or self.toks[self.i + 1][1] == "("
        )
