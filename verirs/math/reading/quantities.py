"""A number and what stands behind it: its unit, a second smaller quantity, what is counted.

A unit in running text (``\\text{m}``) or in a word (``meters``) is certain. In plain letters ``5 m/s`` may as
well be a product of variables; then both readings are kept as ``ambiguous(formula, quantity, scaled, how)``
and what the other side wrote decides (:mod:`verirs.math.comparing.quantities`).
"""

from __future__ import annotations

from verirs.math.quantities.table import LONE_LETTERS, PREFIX_WORDS, SIGN_SHARED, SPACED_LETTERS
from verirs.math.quantities.units import (
    CURRENCIES,
    Unit,
    build,
    common,
    conversions,
    counted,
    describing,
    rate_of,
)
from verirs.math.reading.stream import CURRENCY_SIGNS, ORDINALS, STOP_WORDS
from verirs.math.reading.units import Run, Units
from verirs.math.reading.vocabulary import AFTER_BOUND, HEDGES
from verirs.math.values import Node, Unreadable, neg, symbols, words

SCALES = {
    "k": 3,
    "K": 3,
    "M": 6,
    "MM": 6,
    "mn": 6,
    "B": 9,
    "bn": 9,
    "T": 12,
    "tn": 12,
}
"""Letters after a number that may stand for a power of ten."""
NEVER = words(
    "squared cubed factorial halves thirds doubled halved tripled quadrupled minus plus negative less fewer "
    "than mod modulo divided multiplied raised zero nor neither but except excluding without maybe perhaps "
    "possibly probably root hundred thousand million billion trillion dozen lakh crore infinity either "
    "otherwise else hundreds thousands millions billions trillions tens score gross zillion myriad inverse "
    "reciprocal permille wrong incorrect false mistaken invalid untrue case cases "
    "dozens grand googol kilo mega giga ppm ppb basis pi tau upward upwards downward downwards "
    "onward onwards "
    "short too backwards backward reversed guess unverified unchecked unsure "
    "inverted negated flipped removed excluded omitted undefined never none infinite rejected "
    "falsch faux fausse falso falsa incorrecto incorrecta errado errada sbagliato sbagliata fout "
    "dutzend hundert quadrat mille mil cuadrado carré quadrado quadrato"
) | frozenset(PREFIX_WORDS)
"""Words that change a number or doubt it: none of them describes what is counted."""
_COUNTED = words("case cases")
_VARIABLES = frozenset("xyzei")
_NOT_FIRST = words("to by over above below under beneath past till until through between among of")
_MEASURED = frozenset(("qty", "pct", "deg", "ambiguous"))
_PRODUCTS = frozenset(frozenset(pair) for pair in ("Nm", "AV", "Ah", "Wh", "Ns", "Js"))
_HOURS = (("h", 1),)
_NO_DESCRIPTION = STOP_WORDS | {"and", "or"}
_MARKS = {"'": 1, '"': 2}
_MAX_WORDS = 40
_ENDS = frozenset(
    (",", ";", ")", "]", "}", "\\}", "=", "<", ">", "<=", ">=", "!=", "≈", "&", "\\\\", "|", ".", ":")
)
_CERTAIN_ENDS = _ENDS | {"+", "-", "±", "(", "*", "→"}


class Quantities(Units):
    """Reads units and what is counted."""

    # -- a quantity ---------------------------------------------------------------------------
    def quantity(self, factors: list[Node], starred: bool = False) -> Node | None:
        """The factors read so far with the unit that follows them; ``None`` where none does. Behind a written
        sign of multiplication a letter is a variable, or a unit beside a quantity: ``9.81*m*s^-2``."""
        i = self.i
        scale = None if starred else self._scale_at(i)
        run = self.run_at(i)
        end = max(run.end if run else 0, scale[1] if scale else 0)
        if not end or not self._may_end(end, bool(run and run.certain) or self.toks[i][0] == "let"):
            return None
        if scale and scale[1] < end:
            scale = None
        if run and run.end < end:
            run = None
        if run and self._plural(run):
            run = Run(run.parts, end, False)
        value = factors[0] if len(factors) == 1 else Node("mul", tuple(factors))
        if symbols(value) and not (run and run.certain and scale is None):
            return None
        unit = build(run.parts) if run else ()
        described = self.toks[end][0] == "word" and self.toks[end][1].lower() not in _NO_DESCRIPTION
        if scale is None and run and (run.certain or described or self._mixed_follows(end, unit)):
            self.i = end
            return Node("qty", (value, unit))
        scaled = Node("mul", (value, Node("int", (10 ** scale[0],)))) if scale else None
        if scaled is not None and described:
            self.i = end
            return scaled
        self.plain = True
        try:
            formula = self.factors(list(factors))
        except Unreadable:
            self.i = end
            formula = Node("mul", (value, Node("sym", ("unit",))))
        finally:
            self.plain = False
        if self.i != end:
            return formula
        measured = Node("qty", (value, unit)) if unit else None
        return Node(
            "ambiguous", (formula, measured, scaled, "rare" if starred else self._typed(i, end, unit))
        )

    def _typed(self, i: int, end: int, unit: Unit) -> str:
        """How sure plain letters are a unit: ``glued`` one letter, ``rare`` as a unit, else ``usual``."""
        kind, letter, spaced = self.toks[i]
        if end == i + 1 and kind in ("sym", "let"):
            if letter not in (SPACED_LETTERS if spaced else LONE_LETTERS):
                return "rare"
            return "usual" if spaced else "glued"
        written = {token[1] for token in self.toks[i:end] if token[0] == "op"}
        if not written and len(unit) > 1 and frozenset(name for name, _ in unit) not in _PRODUCTS:
            return "rare"
        return "usual" if common(unit) else "rare"

    def _scale_at(self, i: int) -> tuple[int, int] | None:
        """A letter that may be a power of ten: the power, and the token after it."""
        joined = ""
        for j in range(i, i + 3):
            kind, value, spaced = self.toks[j]
            if kind == "word" and j == i:
                joined, j = value, j
            elif kind not in ("sym", "let") or (spaced and j > i):
                break
            else:
                joined += value
            if joined in SCALES and self.toks[j + 1][0] not in ("sym", "let"):
                return SCALES[joined], j + 1
        return None

    def _may_end(self, i: int, certain: bool) -> bool:
        """Whether a quantity may end before this token."""
        kind, value, _ = self.toks[i]
        if kind == "op":
            return value in (_CERTAIN_ENDS if certain else _ENDS)
        return kind in ("end", "word", "num") or (kind == "let" and certain)

    def _mixed_follows(self, i: int, unit: Unit) -> bool:
        """Whether a number and a smaller unit of the same kind follow: ``1 h 20 min``."""
        if self.toks[i][:2] == ("op", ":"):
            i += 1
        if self.toks[i][0] != "num":
            return False
        if unit == _HOURS and self.toks[i + 1][0] == "end":
            return True
        run = self.run_at(i + 1)
        return run is not None and _smaller(unit, build(run.parts)) is not None

    def money(self) -> Node:
        """An amount behind its currency sign: ``\\$5 million``, ``€2.5bn``."""
        currency = CURRENCY_SIGNS[self.toks[self.i][1]]
        self.i += 1
        sign = self.signs()
        amount = self.power()
        scale = self._scale_at(self.i)
        if scale is None and self.toks[self.i][:2] in (("sym", "m"), ("let", "m")):
            scale = 6, self.i + 1
        if scale is not None:
            self.i = scale[1]
            amount = Node("mul", (amount, Node("int", (10 ** scale[0],))))
        return Node("qty", (neg(amount) if sign == "-" else amount, self.priced(currency)))

    def priced(self, currency: str) -> Unit:
        """The unit of an amount behind its sign: ``\\$5 USD``, ``\\$5 per hour``, ``\\$5/kg``."""
        kind, value, _ = self.toks[self.i]
        each = value in ("a", "an") and self.toks[self.i + 1][0] == "word"
        rated = each or (value == "/" and self._denominator(self.i + 1))
        if kind not in ("word", "let") and not rated:
            return ((currency, 1),)
        run = self.run_at(self.i + each)
        if run is None or (each and run.parts[0][1] < 0):
            return ((currency, 1),)
        self.i = run.end
        if each:
            return build([(currency, 1), (run.parts[0][0], -run.parts[0][1]), *run.parts[1:]])
        named = [name for name, power in run.parts if power > 0]
        if named and named[0] in CURRENCIES:
            if named[0] != currency and named[0] not in SIGN_SHARED.get(currency, ()):
                raise Unreadable("two currencies")
            currency = named[0]
        return build([(currency, 1), *((name, power) for name, power in run.parts if power < 0)])

    # -- behind a whole operand ---------------------------------------------------------------
    def measured(self, value: Node) -> Node:
        """What stands behind an operand: marks, currency signs, smaller quantities, what is counted."""
        kind, sign, _ = self.toks[self.i]
        if kind == "op":
            if sign in CURRENCY_SIGNS and value.op != "qty":
                self.i += 1
                return Node("qty", (value, ((CURRENCY_SIGNS[sign], 1),)))
            if sign in _MARKS and value.op in ("int", "dec", "add") and not symbols(value):
                value = self._marked(value)
        while (larger := _larger(value)) is not None:
            joined = self._joined(value, *larger)
            if joined is None:
                break
            value = joined
        return self.per_several(value)

    def per_several(self, value: Node) -> Node:
        """``30 cents per 100 g``, ``\\$6 / 2 kg``: a rate for several units."""
        if value.op != "qty" or counted(value.unit) or self.toks[self.i][:2] != ("word", "per"):
            return value
        run = self.run_at(self.i + 2) if self.toks[self.i + 1][0] == "num" else None
        if run is None or not self._may_end(run.end, run.certain):
            return value
        number = self.toks[self.i + 1][1]
        self.i = run.end
        unit = build([*value.unit, *((name, -power) for name, power in run.parts)])
        return Node("qty", (Node("mul", (value.value, Node("inv", (number,)))), unit))

    def dimensions(self, value: Node) -> Node:
        """``4 ft by 12 ft``: a list of lengths; ``25 @ \\$18``: an amount and its rate."""
        items, rated = [value], self.op() == "@"
        while True:
            by = self.toks[self.i][:2] in (("word", "by"), ("op", "@"))
            if not by and not (self.op() == "*" and value.op == "qty"):
                break
            self.i += 1
            items.append(self.measured(self.setlevel()))
        if len(items) == 1:
            return value
        if rated:
            return Node("seq", ("()", ",", *items))
        if items[0].op == "qty" and any(x.op != "qty" for x in items):
            raise Unreadable("sides with and without a unit")
        return Node("seq", ("", ",", *items))

    def _marked(self, value: Node) -> Node:
        """``6'``, ``4"``, ``4''``"""
        primes = 0
        while (mark := self.op()) in _MARKS:
            primes += _MARKS[mark]
            self.i += 1
        if primes > 2:
            raise Unreadable("many primes")
        return Node("qty", (value, (("'" if primes == 1 else '"', 1),)))

    def _joined(self, value: Node, number: Node, unit: Unit) -> Node | None:
        """A larger quantity and the smaller one behind it: ``5 ft 3 in``, ``2 hours and 30 minutes``."""
        start = i = self.i
        if self.toks[i][:2] in (("word", "and"), ("op", ","), ("op", ":")):
            i += 1
        separated = i > start
        if self.toks[i][0] != "num":
            return None
        self.i = i
        second = self.power()
        if second.op in ("int", "dec") and self.op() in _MARKS:
            second = self._marked(second)
        elif second.op in ("int", "dec", "add", "mul"):
            run = self.run_at(self.i)
            if run is None and unit == _HOURS and second.op == "int" and not separated and self.at_end():
                second = Node("qty", (second, (("min", 1),)))  # 1h30
            elif run is not None:
                self.i = run.end
                second = Node("qty", (second, build(run.parts)))
        smaller = _smaller(unit, second.unit) if second.op == "qty" else None
        if smaller is None or not _below(second.value, smaller[1]):
            self.i = start
            return None
        name, ratio = smaller
        total = Node("add", (Node("mul", (_absolute(number), Node("int", (ratio,)))), second.value))
        return Node("qty", (neg(total) if _negative(number) else total, ((name, 1),)))

    def unit(self, value: Node) -> Node:
        """The words after a value: its unit, or what is counted."""
        described: list[str] = []
        start = self.i
        run = self.run_at(start)
        if run is not None and run.certain and value.op not in _MEASURED and not self._plural(run):
            self.i = run.end
            value = Node("qty", (value, build(run.parts)))
        while True:
            kind, word, spaced = self.toks[self.i]
            if kind in ("word", "let"):
                low = word.lower()
                if low in ("and", "or") or low in STOP_WORDS or (described and self.phrased_behind()):
                    break
                if word == "s" and not described and not spaced:
                    raise Unreadable("a plural of a value")
                if kind == "let" and not described and low in _VARIABLES and value.op not in _MEASURED:
                    raise Unreadable(f"the letter {word} after a value")
                if low == "not":
                    raise Unreadable("a negation after a value")
                pointed = low == "of" and self.toks[self.i + 1][1] in ("them", "these", "those")
                if (low in NEVER and (described or not self._counted(low))) or (
                    low in _NOT_FIRST and not pointed and self.i == start and value.op not in _MEASURED
                ):
                    raise Unreadable(f"{low!r} after a value")
                self.i += 1
                if low not in ORDINALS or described:
                    described.append(low)
                continue
            if kind == "op" and word == "/" and self.toks[self.i + 1][0] in ("word", "let", "sym"):
                self.i += 2
                continue
            if kind == "op" and word in ("*", ".") and self.toks[self.i + 1][0] in ("word", "let", "end"):
                self.i += 1
                continue
            if (
                kind == "op"
                and word == "-"
                and described
                and self.toks[self.i + 1][0] in ("word", "sym", "let")
            ):
                self.i += 1
                while self.toks[self.i][0] == "sym":  # push-ups
                    self.i += 1
                continue
            if kind == "op" and word in (".", "'", "{") and described:
                self.i += 1
                continue
            break
        if described and described[-1] == "more":
            raise Unreadable("'more' of something that is not said")
        return _with_unit(value, described)

    def _counted(self, word: str) -> bool:
        """Whether a word that may change a number is what is counted: ``4 cases``, ``3 short pieces``."""
        kind, after, _ = self.toks[self.i + 1]
        if word in _COUNTED:
            return True
        return word == "short" and kind == "word" and after.lower() not in _NOT_FIRST

    def _plural(self, run: Run) -> bool:
        """Whether a unit may be the sign of a plural: ``the 13s``."""
        _, letter, spaced = self.toks[run.end - 1]
        return run.parts == [("s", 1)] and letter == "s" and not spaced

    def phrased_behind(self) -> bool:
        """Whether a bound or a hedge stands at hand: ``5 apples at most``."""
        start = self.i
        found = self.phrase(AFTER_BOUND) or self.phrase(HEDGES)
        self.i = start
        return found is not None


def _with_unit(value: Node, described: list[str]) -> Node:
    if described and value.op == "qty" and value.unit[0][0] in CURRENCIES and len(value.unit) == 1:
        return _priced(value, described)
    if value.op in ("qty", "pct", "deg") or not described:
        return value
    if value.op == "ambiguous":
        measured, scaled = value.args[1:3]
        known: Node = scaled or measured
        return known
    unit = describing(described)
    return Node("qty", (value, unit)) if unit else value


def _priced(money: Node, described: list[str]) -> Node:
    """An amount of money and the words behind it: what the price is for, ``$5 per group``."""
    if described[0] == "off":
        raise Unreadable("'off' after an amount of money")
    if described[0] != "per" or len(described) < 2:
        return money
    return Node("qty", (money.value, rate_of(money.unit, described[1])))


def _larger(value: Node) -> tuple[Node, Unit] | None:
    """The number and the unit of a value that a smaller quantity may follow."""
    if value.op == "qty" and not counted(value.unit):
        return value.value, value.unit
    if value.op == "deg":
        return value.inner, (("degree", 1),)
    if value.op == "neg" and (inner := _larger(value.inner)) is not None:
        return neg(inner[0]), inner[1]
    return None


def _smaller(large: Unit, small: Unit) -> tuple[str, int] | None:
    """The name of a smaller unit of one kind, and how many of it the larger one is."""
    if len(large) != 1 or len(small) != 1 or large[0][1] != 1 or small[0][1] != 1:
        return None
    one, two = large[0][0], small[0][0]
    if one in ("h", "day") and two == "m":
        two = "min"
    if one == "m" and two == "s":
        one = "min"
    if one in ("degree", "arcmin", "arcsec"):
        two = {"'": "arcmin", '"': "arcsec", "min": "arcmin", "s": "arcsec"}.get(two, two)
    if one == "'" and two == '"':
        one, two = "ft", "in"
    for conversion in conversions(((two, 1),), ((one, 1),)):
        if conversion.pi == 0 == conversion.offset and conversion.factor > 1:
            return (two, int(conversion.factor)) if conversion.factor.denominator == 1 else None
    return None


def _below(number: Node, ratio: int) -> bool:
    """Whether a number is not negative and below the size of the larger unit."""
    if number.op == "int":
        return 0 <= number.number < ratio
    if number.op == "dec":
        return bool(0 <= number.mantissa < ratio * 10 ** max(number.places, 0))
    return not symbols(number)


def _negative(number: Node) -> bool:
    return number.op == "neg" or (number.op in ("int", "dec") and number.mantissa < 0)


def _absolute(number: Node) -> Node:
    return neg(number) if _negative(number) else number
