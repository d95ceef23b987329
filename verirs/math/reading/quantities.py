"""A number and what stands behind it: its unit, what is counted."""

from __future__ import annotations

from verirs.math import units
from verirs.math.reading.stream import ORDINALS, STOP_WORDS
from verirs.math.reading.sums import Sums
from verirs.math.values import Node, Unreadable


class Quantities(Sums):
    """Reads the words after a value as its unit."""

    def unit(self, value: Node) -> Node:
        """The words after a value: its unit."""
        parts: list[tuple[str, int]] = []
        sign = 1
        while True:
            kind, word, _ = self.toks[self.i]
            if kind in ("word", "let"):
                low = word.lower()
                if low in ("and", "or") or low in STOP_WORDS:
                    break
                if word == "s" and not parts and not self.toks[self.i][2]:
                    raise Unreadable("a plural of a value")
                if low == "not":
                    raise Unreadable("a negation after a value")
                self.i += 1
                if low == "per":
                    sign = -1
                    continue
                if low in ("percent", "pct", "percentage"):
                    value = Node("pct", (value,))
                    continue
                if low in ORDINALS and not parts:
                    continue
                power = 1
                if self.take("^"):
                    power = self.small_exponent()
                parts.append((word, sign * power))
                sign = 1
                continue
            if kind == "op" and word == "/" and self.toks[self.i + 1][0] in ("word", "let", "sym"):
                self.i += 1
                sign = -1
                if self.toks[self.i][0] == "sym":
                    self.toks[self.i] = ("let", self.toks[self.i][1], False)
                continue
            if kind == "op" and word in ("*", ".") and self.toks[self.i + 1][0] in ("word", "let", "end"):
                self.i += 1
                continue
            if kind == "op" and word in (".", "'", "{", "}") and word != "}":
                self.i += 1
                continue
            break
        return _with_unit(value, parts)


def _with_unit(value: Node, parts: list[tuple[str, int]]) -> Node:
    unit = units.build(parts)
    return Node("qty", (value, unit)) if unit else value
