"""Numbers in words, and words that change the number before them, as tokens of mathematics.

Works between the lexer and the parser: ``two and a half million`` becomes one number, ``5 squared`` gets its
exponent, ``negative 5`` its sign. A phrase that is no well-formed number (``eleven three``) is left alone.
"""

from __future__ import annotations

from fractions import Fraction

from verirs.math.quantities.units import known
from verirs.math.reading.lexer import Token
from verirs.math.reading.number_words import (
    ANY,
    BETWEEN,
    CODES,
    MADE,
    MANY,
    NUMBER_WORDS,
    ONES,
    ORDINALS,
    PARTS,
    PERCENT,
    PLURAL_PARTS,
    RAISED,
    SCALES,
    SIGNS,
    STARTS,
    TEENS,
    TENS,
    TRIGGERS,
)
from verirs.math.reading.numbers import repeating, repeats
from verirs.math.values import Node, neg

_MAX_DIGITS = 60


def numerals(tokens: list[Token]) -> list[Token]:
    """The tokens with every number in words as a number."""
    spoken = [t[1] for t in tokens if t[0] == "word" or t[1] == "factorial"]
    if not spoken or not any(word.lower() in TRIGGERS for word in spoken):
        return tokens
    return _ordinal(tokens) or _Rewriter(tokens).run()


def _ordinal(tokens: list[Token]) -> list[Token] | None:
    """``the twenty-first`` alone, as its number."""
    said = [str(t[1]).lower() for t in tokens[:-1] if t[:2] != ("op", "-")]
    if said[:1] == ["the"]:
        said = said[1:]
    if not 1 <= len(said) <= 2:
        return None
    last = ORDINALS.get(said[-1], 0)
    if len(said) == 2:
        last = TENS[said[0]] + last if said[0] in TENS and 0 < last < 10 else 0
    return [("num", Node("int", (last,)), True), tokens[-1]] if last else None


_BEFORE_KINDS = frozenset(("for", "if", "when", "where", "all", "any", "every"))


class _Rewriter:
    def __init__(self, tokens: list[Token]) -> None:
        self.toks = [*tokens, *[("end", "", True)] * 4]
        self.size = len(tokens)
        self.out: list[Token] = []
        self.counts = False  # a part in words came last: half, 20 percent

    def word(self, i: int) -> str:
        kind, value, _ = self.toks[i] if i < len(self.toks) else ("end", "", True)
        return str(value).lower() if kind in ("word", "let") or value == "a" else ""

    def run(self) -> list[Token]:
        i = 0
        while i < self.size:
            i = self.step(i)
        return self.out

    def step(self, i: int) -> int:
        kind, value, spaced = self.toks[i]
        if kind == "num":
            found = self.number(i)
            if found is not None:
                self.out.append(("num", found[0], spaced))
                return found[1]
        elif kind in ("word", "let") or value == "a":
            low = value.lower()
            if low in STARTS and (kind == "word" or self.word(i + 1) in STARTS) and self.begins(i):
                found = self.number(i)
                if found is not None:
                    self.out.append(("num", found[0], True))
                    self.counts = found[0].op == "mul"
                    return found[1]
            after = self.modifier(i, low) if kind == "word" else None
            if after is not None:
                return after
        elif (kind, value) == ("cmd", "factorial") and self.toks[i + 1][:2] != ("op", "(") and self.out:
            self.out.append(("op", "!", False))
            return i + 1
        self.out.append(self.toks[i])
        return i + 1

    def begins(self, i: int) -> bool:
        """Whether a number in words may begin here: not inside a longer word."""
        return not (
            i
            and self.toks[i - 1][:2] == ("op", "-")
            and not self.toks[i][2]
            and self.word(i - 2) not in SIGNS
            and i > 1
        )

    # -- words that change a number -----------------------------------------------------------
    def modifier(self, i: int, low: str) -> int | None:
        kind, last, _ = self.out[-1] if self.out else ("", None, True)
        valued = kind in ("num", "sym", "let") or (kind == "op" and last in (")", "}", "]"))
        after = self.toks[i + 1]
        made = self.made(i, low) if not valued else None
        if made is not None:
            return made
        if low == "of" and self.valued(i + 1) and (self.counts or last in ("%", "\\%")):
            self.counts = False
            self.out.append(("op", "*", True))
            return i + 1
        kept = last in _BEFORE_KINDS and after[0] in ("sym", "let")  # for negative x
        if low in SIGNS and not valued and not kept and self.valued(i + 1):
            self.out.append(("op", SIGNS[low], True))
            return i + 1
        if low == "infinity" and (not self.out or last in ("-", "+")):
            self.out.append(("sym", "\\infty", True))
            return i + 1
        if low in ("square", "cube") and self.word(i + 1) == "root":
            end = i + 2 + (self.word(i + 2) == "of")
            if self.valued(end):
                if kind == "word" and last == "the":
                    self.out.pop()
                self.out.append(("cmd", "sqrt" if low == "square" else "cbrt", True))
                return end
        if low in CODES and after[0] == "num" and not valued:
            found = self.number(i + 1) or (after[1], i + 2)
            self.out += [("num", found[0], True), ("word", "rupees" if low == "rs" else low.upper(), True)]
            return found[1]
        if low in ("below", "above") and self.word(i + 1) == "zero":
            return self.zero(i, low)
        if not valued:
            return None
        if low in RAISED and kind != "let":
            self.out += [("op", "^", False), ("num", Node("int", (RAISED[low],)), False)]
            return i + 1
        if low == "factorial" and kind != "let":
            self.out.append(("op", "!", False))
            return i + 1
        if low in PERCENT or (low == "per" and self.word(i + 1) == "cent"):
            self.out.append(("op", "\\%", False))
            return i + 1 + (low == "per")
        if low == "to" or low == "raised":
            raised = self.exponent(i)
            if raised is not None:
                return raised
        if low == "basis" and self.word(i + 1) in ("point", "points"):
            self.out.append(("op", "\u2031", False))
            return i + 2
        if low in ("repeating", "recurring") and kind == "num":
            return self.repeating(i)
        if kind != "num":
            return None
        if low in PLURAL_PARTS:
            if low == "quarters" and last is not None and last.op == "int" and last.number > 4:  # coins
                return None
            self.out[-1] = ("num", _fraction(self.out[-1][1], PLURAL_PARTS[low]), True)
            return i + 1
        if (
            low in BETWEEN
            and self.valued(i + 1)
            and (low != "to" or self.toks[i + 1][0] == "num" or self.word(i + 1) in ANY)
        ):
            self.out.append(("op", BETWEEN[low], True))
            return i + 1
        if low == "in" and kind == "num" and self.toks[i + 1][0] == "num" and self.toks[i + 2][0] == "end":
            self.out.append(("op", "/", True))
            return i + 1
        if low == "out" and self.word(i + 1) == "of" and self.valued(i + 2):
            self.out.append(("op", "/", True))
            return i + 2
        return None

    def exponent(self, i: int) -> int | None:
        """``to the power of 5``, ``to the seventh power``"""
        i += self.word(i) == "raised"
        if self.word(i) != "to" or self.word(i + 1) != "the":
            return None
        i += 2
        if self.word(i) == "power":
            self.out.append(("op", "^", False))
            return i + 1 + (self.word(i + 1) == "of")
        number, end = ORDINALS.get(self.word(i)), i + 1
        kind, value, _ = self.toks[i]
        if kind == "num" and value.op == "int" and self.word(i + 1) in ("th", "st", "nd", "rd"):
            number, end = value.number, i + 2
        if number is None:
            return None
        self.out += [("op", "^", False), ("num", Node("int", (number,)), False)]
        return end + (self.word(end) == "power")

    def repeating(self, i: int) -> int | None:
        """``0.3 repeating``: the digits that repeat must be visible."""
        _, value, spaced = self.out[-1]
        if value.op != "dec" or not 0 < value.places < _MAX_DIGITS:
            return None
        mantissa, places = value.args
        part = str(mantissa).rjust(places, "0")[-places:]
        found = ("", part) if places == 1 else repeats(part)
        if found is None:
            return None
        self.out[-1] = ("num", repeating(f"{mantissa // 10**places}.{found[0]}", found[1]), spaced)
        return i + 1

    def made(self, i: int, low: str) -> int | None:
        """``twice 5``, ``the negative of 5``, ``the square of 5``: made of the number that follows."""
        the = bool(self.out) and self.out[-1][:2] == ("word", "the")
        value = i + 2 if self.word(i + 1) == "of" else i + 1
        if not self.valued(value) or (self.out and not the):
            return None
        if low in MANY:
            tokens: list[Token] = [("num", Node("int", (MANY[low],)), True), ("op", "*", True)]
        elif value == i + 1:
            return None
        elif low in ("negative", "opposite"):
            tokens = [("op", "-", True)]
        elif low == "reciprocal":
            tokens = [("num", Node("int", (1,)), True), ("op", "/", True)]
        elif low in MADE and self.toks[value][0] == "num" and value + 2 >= self.size:
            self.out = [self.toks[value], ("op", "^", False), ("num", Node("int", (MADE[low],)), False)]
            return value + 1
        else:
            return None
        if the:
            self.out.pop()
        self.out += tokens
        return value

    def zero(self, i: int, low: str) -> int | None:
        """``5 degrees below zero``"""
        numbers = [n for n, token in enumerate(self.out) if token[0] == "num"]
        if len(numbers) != 1:
            return None
        if low == "below":
            kind, value, spaced = self.out[numbers[0]]
            self.out[numbers[0]] = (kind, neg(value), spaced)
        return i + 2

    def valued(self, i: int) -> bool:
        """Whether a value begins at a token."""
        kind, value, _ = self.toks[i]
        if kind == "word":
            rooted = value.lower() in ("the", "square", "cube") and "root" in (
                self.word(i + 1),
                self.word(i + 2),
            )
            return rooted or value.lower() in STARTS or value.lower() == "infinity"
        return kind in ("num", "sym", "cmd") or (kind == "op" and value in ("(", "\\$", "-"))

    # -- numbers in words ---------------------------------------------------------------------
    def number(self, i: int) -> tuple[Node, int] | None:
        """The number that begins at a token, in words at least in part, and the token after it."""
        start = i
        value: Fraction | None
        if self.toks[i][0] == "num":
            node = self.toks[i][1]
            value, i = _written(node), i + 1
            if value is None:
                return None
        else:
            cardinal = self.cardinal(i)
            if cardinal is None:
                return self.part(i)
            value, i = Fraction(cardinal[0]), cardinal[1]
            if self.word(i) == "point":
                value, i = self.decimals(value, i)
        digits = self.toks[start][0] == "num"
        if self.word(i) == "and":
            half = self.part(i + 1)
            if (
                half is not None
                and (not digits or self.word(i + 1) in ("a", "one", "half"))
                and value.denominator == 1
            ):
                value, i = value + _value(half[0]), half[1]
        elif not digits and self.toks[i][:2] == ("op", "-") and not self.toks[i][2]:
            if self.word(i + 1) in PLURAL_PARTS or (value == 1 and self.word(i + 1) in PARTS):
                return _node(value / (PLURAL_PARTS | PARTS)[self.word(i + 1)]), i + 2
        elif not digits and (self.word(i) in PLURAL_PARTS or (value == 1 and self.word(i) in PARTS)):
            value, i = value / (PLURAL_PARTS | PARTS)[self.word(i)], i + 1
        scaled = self.scaled(value, i)
        value, i = scaled
        if (i == start + 1 and digits) or i - start > _MAX_DIGITS or self.word(i) in ANY:
            return None
        return _node(value), i

    def scaled(self, value: Fraction, i: int) -> tuple[Fraction, int]:
        """A number with the scale words behind it: ``2.5 million``, ``3 hundred thousand``."""
        while True:
            low = self.word(i)
            if low == "-" or (
                self.toks[i][:2] == ("op", "-") and not self.toks[i][2] and self.word(i + 1) in SCALES
            ):
                i, low = i + 1, self.word(i + 1)
            if low in ("hundred", "hundreds"):
                value, i = value * 100, i + 1
            elif low == "dozen":
                value, i = value * 12, i + 1
            elif low in SCALES:
                value, i = value * 10 ** SCALES[low], i + 1
            else:
                return value, i

    def part(self, i: int) -> tuple[Node, int] | None:
        """``half``, ``a third``, ``three quarters``, ``half a million``, ``a dozen``."""
        top = Fraction(1)
        low = self.word(i)
        if low in ("a", "an"):
            i += 1
        elif low in NUMBER_WORDS:
            cardinal = self.cardinal(i)
            if cardinal is None:
                return None
            top, i = Fraction(cardinal[0]), cardinal[1]
            if self.toks[i][:2] == ("op", "-"):
                i += 1
        elif low not in ("half", "quarter"):
            return None
        name = self.word(i)
        bottom = PARTS.get(name) if top == 1 else PLURAL_PARTS.get(name)
        if bottom is None:
            return None
        value, i = top / bottom, i + 1
        of = i + (self.word(i) == "of")
        if self.word(of) in ("a", "an"):
            if self.word(of + 1) in (*SCALES, "dozen", "hundred"):
                value, i = self.scaled(value, of + 1)
            elif self.toks[of + 1][0] == "word" and known(str(self.toks[of + 1][1])):  # half an hour
                return _node(value), of + 1
        return _node(value), i

    def decimals(self, value: Fraction, i: int) -> tuple[Fraction, int]:
        """``two point five``"""
        j, digits = i + 1, ""
        while self.word(j) in ONES or self.word(j) == "oh":
            digits += str(ONES.get(self.word(j), 0))
            j += 1
        if not digits or len(digits) > _MAX_DIGITS:
            return value, i
        return value + Fraction(int(digits), 10 ** len(digits)), j

    def cardinal(self, i: int) -> tuple[int, int] | None:
        """A whole number in words: ``two thousand, one hundred and three``; the groups grow smaller."""
        total, i, last = 0, i, 10**30
        if self.word(i) in ("a", "an"):
            if self.word(i + 1) not in (*SCALES, "hundred", "dozen"):
                return None
            group: tuple[int, int] | None = (1, i + 1)
        else:
            group = self.group(i)
        while group is not None:
            value, i = group
            scale = 1
            while (low := self.word(i)) in SCALES or low in ("dozen", "hundred"):
                scale *= {"dozen": 12, "hundred": 100}.get(low) or 10 ** SCALES[low]
                i += 1
                if scale > 10**27:
                    return None
            if value * scale >= last:
                return None
            total += value * scale
            if scale == 1 or scale == 12:
                return total, i
            last = scale
            j = i
            hyphen = self.toks[j][:2] == ("op", "-") and not self.toks[j][2]
            comma = self.toks[j][:2] == ("op", ",") and scale >= 1000
            j += self.word(j) == "and" or hyphen or comma
            group = self.group(j)
            if group is not None and (
                self.word(j - 1) == "and" and self.word(group[1]) in (*PARTS, *PLURAL_PARTS)
            ):
                group = None  # and three quarters
            if group is not None and self.toks[j - 1][:2] == ("op", ",") and group[0] < 100:
                group = None if self.word(group[1]) not in SCALES else group
            if group is not None and self.word(j - 1) == "and" and self.word(j - 2) == "dozen":
                group = None
        return (total, i) if total else None

    def group(self, i: int) -> tuple[int, int] | None:
        """A whole number below a thousand (or ``forty-five hundred``) in words."""
        small = self.below_hundred(i)
        if small is None:
            return None
        value, i = small
        if self.word(i) in ("hundred", "hundreds") and value:
            value, i = value * 100, i + 1
            if self.word(i) in SCALES:
                return value, i
            j = i + (self.word(i) == "and")
            rest = self.below_hundred(j)
            if rest is not None and self.word(rest[1]) not in ("hundred", *PARTS, *PLURAL_PARTS):
                value, i = value + rest[0], rest[1]
        return value, i

    def below_hundred(self, i: int) -> tuple[int, int] | None:
        low = self.word(i)
        if low in ONES or low in TEENS:
            return NUMBER_WORDS[low], i + 1
        if low not in TENS:
            return None
        value, i = TENS[low], i + 1
        j = i + (self.toks[i][:2] == ("op", "-"))
        one = ONES.get(self.word(j), 0)
        return (value + one, j + 1) if one else (value, i)


def _written(node: Node) -> Fraction | None:
    if node.op not in ("int", "dec"):
        return None
    places = node.places if node.op == "dec" else 0
    if abs(places) > _MAX_DIGITS or (node.op == "int" and abs(node.number) > 10**_MAX_DIGITS):
        return None
    return Fraction(node.mantissa) / Fraction(10) ** places


def _value(node: Node) -> Fraction:
    if node.op == "mul":
        top, below = node.args
        return Fraction(top.number, below.inner.number)
    return _written(node) or Fraction(0)


def _node(value: Fraction) -> Node:
    if value.denominator == 1:
        return Node("int", (value.numerator,))
    bottom = Node("inv", (Node("int", (value.denominator,)),))
    return Node("mul", (Node("int", (value.numerator,)), bottom))


def _fraction(top: Node, bottom: int) -> Node:
    value = _written(top)
    return (
        Node("mul", (top, Node("inv", (Node("int", (bottom,)),)))) if value is None else _node(value / bottom)
    )
