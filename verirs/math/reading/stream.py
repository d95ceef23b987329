"""The parser's view of its tokens: look, take, expect, and the limit on nesting."""

from __future__ import annotations

from verirs.math.reading.lexer import Token
from verirs.math.reading.vocabulary import Table
from verirs.math.values import Node, Refused, Unreadable, words

MAX_DEPTH = 60
_ENORMOUS = 10_000
"""Bits of a number that no name has."""
CLOSERS = frozenset((")", "]", "\\}", "}", "⟩", "⌋", "⌉"))
OPENERS = frozenset(("(", "[", "{", "|", "⌊", "⌈", "⟨", "‖"))
RELATIONS = frozenset(("=", "<", ">", "<=", ">=", "!=", "≈", "≡", "≅", "→", "∈", "∉", "~", "⊥", "∥", "↦"))
ORDINALS = frozenset(("th", "st", "nd", "rd"))
CURRENCY_SIGNS = {
    "\\$": "dollar", "€": "euro", "£": "gbp", "¥": "yen", "₹": "rupee", "₩": "won", "₽": "ruble", "¢": "cent",
}  # fmt: skip
CONDITION_WORDS = words("for where with if when such given unless provided assuming whenever as rounded")
STOP_WORDS = CONDITION_WORDS | words(
    "is are equals exceeds because since otherwise else elsewhere maybe perhaps possibly probably presumably "
    "likely could might plus minus versus vs"
)
"""Words that are no unit: what stands before them is complete."""


_LOOK_AHEAD: list[Token] = [("end", "", True)] * 4


class Stream:
    """The tokens of one answer and a place among them."""

    def __init__(self, toks: list[Token]) -> None:
        self.toks = [*toks, *_LOOK_AHEAD]
        self.i = 0
        self.depth = 0
        self.bars = 0  # open |...|
        self.builder = False  # directly inside { | }
        self.plain = False  # letters are variables, no units
        self.braced_lines = False  # inside \\{ without its closing brace
        self.lines_end = 0  # where the last lines ended
        self.subject: Node | None = None  # the left side of the relation at hand

    def here(self) -> tuple[int, int, int, bool, bool]:
        """The place and the state there, to come back to after a reading that failed."""
        return self.i, self.depth, self.bars, self.builder, self.braced_lines

    def back(self, place: tuple[int, int, int, bool, bool]) -> None:
        self.i, self.depth, self.bars, self.builder, self.braced_lines = place

    def op(self) -> str:
        """The operator at hand, or ``""``."""
        kind, value, _ = self.toks[self.i]
        return value if kind == "op" else ""

    def take(self, op: str) -> bool:
        kind, value, _ = self.toks[self.i]
        if kind == "op" and value == op:
            self.i += 1
            return True
        return False

    def expect(self, op: str) -> None:
        if not self.take(op):
            raise Unreadable(f"expected {op!r}, found {self.toks[self.i][1]!r}")

    def nest(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Refused(f"nested deeper than {MAX_DEPTH}")

    def at_end(self) -> bool:
        return self.toks[self.i][0] == "end"

    def flat_group(self) -> str:
        """A group or a single token as flat text: subscripts are only names."""
        kind, value, _ = self.toks[self.i]
        if (kind, value) != ("op", "{"):
            if kind == "end" or (kind == "op" and value not in ("*", "+", "-", "'")):
                raise Unreadable("a missing subscript")
            self.i += 1
            return spelled(value)
        level = 0
        out: list[str] = []
        while True:
            kind, value, _ = self.toks[self.i]
            if kind == "end":
                raise Unreadable("an open brace")
            self.i += 1
            if kind == "op" and value == "{":
                level += 1
            elif kind == "op" and value == "}":
                level -= 1
                if level == 0:
                    return "".join(out)
            else:
                out.append(spelled(value))

    # what the parser's later parts define
    def item(self) -> Node:
        raise NotImplementedError

    def operand(self) -> Node:
        raise NotImplementedError

    def items(self) -> tuple[list[Node], str, bool]:
        raise NotImplementedError

    def line(self) -> Node:
        raise NotImplementedError

    def built(self, variable: Node, items: list[Node], joiner: str) -> Node:
        raise NotImplementedError

    def measured(self, value: Node) -> Node:
        raise NotImplementedError

    def block(self, rows: list[Node]) -> Node:
        raise NotImplementedError

    def continued(self, line: Node) -> Node:
        raise NotImplementedError

    def setlevel(self) -> Node:
        raise NotImplementedError

    def expression(self) -> Node:
        raise NotImplementedError

    def sum(self) -> Node:
        raise NotImplementedError

    def signs(self) -> str:
        raise NotImplementedError

    def product(self) -> Node:
        raise NotImplementedError

    def power(self) -> Node:
        raise NotImplementedError

    def script(self) -> Node:
        raise NotImplementedError

    def factors(self, factors: list[Node]) -> Node:
        raise NotImplementedError

    def unit_may_follow(self) -> bool:
        raise NotImplementedError

    def quantity(self, factors: list[Node], starred: bool = False) -> Node | None:
        raise NotImplementedError

    def money(self) -> Node:
        raise NotImplementedError

    def phrase(self, entries: Table) -> str | None:
        raise NotImplementedError

    def atom(self) -> Node:
        raise NotImplementedError

    def symbol(self, name: str) -> Node:
        raise NotImplementedError

    def unit(self, value: Node) -> Node:
        raise NotImplementedError


def spelled(value: object) -> str:
    """A token as part of a name.

    Raises:
        Refused: an enormous number; Python writes none of more than 4,300 digits.
    """
    if isinstance(value, Node):
        if value.op == "int":
            if value.number.bit_length() > _ENORMOUS:
                raise Refused("an enormous number")
            return str(value.number)
        return "".join(map(str, value.args))
    return str(value)
