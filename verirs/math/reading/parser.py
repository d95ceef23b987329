"""Tokens to values: recursive descent over one grammar for LaTeX and plain text.

Loosest to tightest: lists (``,`` ``;`` and, or), relations, set operations, ratios, sums, products
(written or by juxtaposition), signs, postfix (``^ _ ! %``), atoms. Nothing is evaluated. Either all
tokens are understood or :class:`Unreadable` is raised: never a partial value. Nesting is limited to
``MAX_DEPTH``, so the recursion is bounded.
"""

from __future__ import annotations

from verirs.math import units
from verirs.math.reading.atoms import Atoms
from verirs.math.reading.commands import ATOM_COMMANDS
from verirs.math.reading.stream import CLOSERS, OPENERS, ORDINALS, spelled
from verirs.math.values import Node, Unreadable, neg, symbols, words

_RELATIONS = frozenset(("=", "<", ">", "<=", ">=", "!=", "≈", "≡", "≅", "→", "∈", "∉", "~", "⊥", "∥"))
_INEQUALITIES = frozenset(("!=", "<", ">", "<=", ">="))
_STOP_WORDS = words(
    "for where with if when as since because such given unless provided assuming whenever rounded per"
)


class Parser(Atoms):
    """One pass over the tokens of one answer."""

    def answer(self) -> Node:
        """The whole text as one value.

        Raises:
            Unreadable: some of it is no mathematics.
            Refused: it is nested too deeply.
        """
        items, joiner, _ = self.items()
        if not self.at_end():
            raise Unreadable(f"stopped at {self.toks[self.i][1]!r}")
        if not items:
            raise Unreadable("nothing there")
        conditions = []
        while len(items) > 1 and _membership(items[-1]):  # ..., k \\in \\mathbb{Z}
            conditions.append(repr(items.pop()))
        if len(items) == 2 and _restriction(*items):  # ..., x \\neq 1
            conditions.append(repr(items.pop()))
        value = items[0] if len(items) == 1 else Node("seq", ("", joiner, *items))
        return Node("given", (value, ";".join(conditions))) if conditions else value

    def items(self) -> tuple[list[Node], str, bool]:
        """Items between separators: the items, the joiner (``or`` wins over ``and`` over ``,``),
        and whether a separator came last."""
        items: list[Node] = []
        joiner, separated = ",", False
        while True:
            kind, value, _ = self.toks[self.i]
            if kind == "op" and value in (",", ";", "&", "\\\\"):
                if value == "&" and self.builder:
                    break
                self.i += 1
                separated = True
                continue
            if kind == "word" and value in ("and", "or"):
                self.i += 1
                separated = True
                if joiner != "or":
                    joiner = value
                continue
            if kind == "op" and value == "." and self.toks[self.i + 1][1] in CLOSERS:
                self.i += 1
                continue
            if kind == "end" or (kind == "op" and (value in CLOSERS or (value == "|" and self.bars))):
                break
            if items and not separated:
                break
            items.append(self.item())
            separated = False
        return items, joiner, separated

    def item(self) -> Node:
        kind, value, _ = self.toks[self.i]
        if kind == "word" and value != "not":
            return self.words()
        if kind == "word":
            raise Unreadable("a negation")
        left = self.operand()
        op = self.op()
        if op not in _RELATIONS:
            return left
        ops: list[str] = []
        sides = [left]
        while (op := self.op()) in _RELATIONS:
            self.i += 1
            if self.at_end() or self.op() in CLOSERS:
                if op == "≈":
                    break
                raise Unreadable("a relation without its right side")
            ops.append(op)
            kind, value, _ = self.toks[self.i]
            sides.append(self.words() if kind == "word" else self.operand())
        if sides[-1].op == "given":  # the condition is the relation's
            value, condition = sides[-1].args
            return Node("given", (Node("rel", (tuple(ops), *sides[:-1], value)), condition))
        return Node("rel", (tuple(ops), *sides))

    def words(self) -> Node:
        """Running text up to the next separator; ``area = 5`` and ``Paolo: 18`` are relations."""
        found: list[str] = []
        while True:
            kind, value, _ = self.toks[self.i]
            if kind == "end" or (kind == "word" and value in ("and", "or")):
                break
            if kind == "op":
                if value in ("=", ":", "≈"):
                    self.i += 1
                    return Node("rel", (("=",), Node("text", tuple(found)), self.item()))
                if value in (",", ";", "\\\\", "&") or value in CLOSERS or value in _RELATIONS:
                    break
                if value in (".", "'", '"', "*", "^", "_", "`", "#", "$"):
                    self.i += 1
                    continue
            if kind == "word" and value in ("is", "are", "equals") and found:
                rest = self.toks[self.i + 1]
                if rest[0] not in ("word", "let", "end"):
                    self.i += 1
                    return Node("rel", (("=",), Node("text", tuple(found)), self.item()))
            found.append(spelled(value).lower())
            self.i += 1
        if not found:
            raise Unreadable("no word")
        return Node("text", tuple(found))

    def operand(self) -> Node:
        """One side of a relation: a value with its unit."""
        left = self.setlevel()
        if self.op() == ":" and not self.builder:
            terms = [left]
            while self.take(":"):
                terms.append(self.setlevel())
            left = Node("ratio", tuple(terms))
        kind, value, _ = self.toks[self.i]
        if kind in ("word", "let") and value not in ("and", "or"):
            return self.unit(left)
        if kind == "op" and value == "(" and self.toks[self.i + 1][0] == "word":
            self.skip_parenthesis()
        return left

    def unit(self, value: Node) -> Node:
        """The words after a value: its unit, or a condition, which is dropped."""
        parts: list[tuple[str, int]] = []
        sign = 1
        while True:
            kind, word, _ = self.toks[self.i]
            if kind in ("word", "let"):
                low = word.lower()
                if low in ("and", "or"):
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
                if low in _STOP_WORDS:
                    value = Node("given", (_with_unit(value, parts), low + self.rest()))
                    parts = []
                    break
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
            if kind == "op" and word == "(":
                self.skip_parenthesis()
                continue
            break
        return _with_unit(value, parts)

    def setlevel(self) -> Node:
        left = self.expression()
        while (op := self.op()) in ("∪", "∩", "∖"):
            self.i += 1
            name = {"∪": "union", "∩": "inter", "∖": "minus"}[op]
            left = Node(name, (left, self.expression()))
        return left

    def expression(self) -> Node:
        left = self.sum()
        kind, value, _ = self.toks[self.i]
        if kind == "op" and value == "over":
            self.i += 1
            return Node("mul", (left, Node("inv", (self.sum(),))))
        if kind == "cmd" and value == "choose":
            self.i += 1
            return Node("binom", (left, self.sum()))
        return left

    def sum(self) -> Node:
        terms: list[Node] = []
        sign = self.signs() or "+"
        while True:
            term = self.product()
            if (
                sign == "-"
                and terms
                and terms[-1].op in ("seq", "where", "interval", "union")
                and _setlike(term)
            ):
                terms[-1] = Node("minus", (terms[-1], term))
            elif sign == "-":
                terms.append(neg(term))
            elif sign == "+":
                terms.append(term)
            else:
                terms.append(Node("pm" if sign == "±" else "mp", (term,)))
            sign = self.signs()
            if not sign:
                break
        return terms[0] if len(terms) == 1 else Node("add", tuple(terms))

    def signs(self) -> str:
        """The sign before a term: any run of ``+`` and ``-`` made one; ``±`` and ``∓`` stand alone."""
        sign = ""
        while (op := self.op()) in ("+", "-", "±", "∓"):
            self.i += 1
            if op in ("±", "∓"):
                sign = op
            elif sign not in ("±", "∓"):
                sign = op if sign in ("", "+") else ("+" if op == "-" else "-")
        return sign

    def product(self) -> Node:
        self.nest()
        factors = [self.power()]
        toks = self.toks
        while True:
            kind, value, spaced = toks[self.i]
            if kind == "op":
                if value == "*":
                    self.i += 1
                    factors.append(self.signed())
                    continue
                if value == "/":
                    self.i += 1
                    factors.append(Node("inv", (self.signed(),)))
                    continue
                if value not in OPENERS or (value == "|" and (self.bars or self.builder)):
                    break
                if value == "(" and toks[self.i + 1][0] == "word":
                    break
                if value == "[" and factors[-1].op in ("seq", "interval"):
                    break
            elif kind == "num":
                last = factors[-1]
                if last.op in ("int", "dec", "based", "pct", "deg") and toks[self.i - 1][0] != "op":
                    if last.op == "int" and spaced and self.mixed(factors):
                        continue
                    raise Unreadable("two numbers side by side")
                if last.op == "sym" and not spaced and toks[self.i - 1][0] == "sym":
                    raise Unreadable("a number after a letter")
            elif kind == "cmd":
                if value in ("bmod", "mod", "pmod"):
                    self.i += 1
                    left = factors[0] if len(factors) == 1 else Node("mul", tuple(factors))
                    factors = [Node("mod", (left, self.power()))]
                    continue
                if value == "frac" and factors[-1].op == "int" and toks[self.i - 1][0] == "num":
                    fraction = self.power()
                    proper = _proper(fraction)
                    if proper:
                        factors[-1] = Node("add", (factors[-1], fraction))
                    elif proper is None:
                        factors.append(fraction)
                    else:
                        raise Unreadable("a whole number before an improper fraction")
                    continue
                if value not in ATOM_COMMANDS:
                    break
            elif kind != "sym":
                break
            factors.append(self.power())
        self.depth -= 1
        if len(factors) == 1:
            return factors[0]
        for n, factor in enumerate(factors):
            if factor.op == "seq" and factor.args[0] == "[]" and len(factor.args) == 3:
                factors[n] = factor.args[2]
        return Node("mul", tuple(factors))

    def mixed(self, factors: list[Node]) -> bool:
        """``33 1/3``: joins the fraction to the whole number before it."""
        t = self.toks
        i = self.i
        if not (t[i][1].op == "int" and t[i + 1][:2] == ("op", "/") and t[i + 2][0] == "num"):
            return False
        top, bottom = t[i][1], t[i + 2][1]
        if bottom.op != "int" or top.args[0] >= bottom.args[0] or t[i + 3][:2] in (("op", "/"), ("op", "^")):
            return False
        self.i += 3
        factors[-1] = Node("add", (factors[-1], Node("mul", (top, Node("inv", (bottom,))))))
        return True

    def signed(self) -> Node:
        sign = self.signs()
        factor = self.power()
        if sign in ("", "+"):
            return factor
        return neg(factor) if sign == "-" else Node("pm" if sign == "±" else "mp", (factor,))


def _restriction(value: Node, node: Node) -> bool:
    """Whether the second of two items only restricts the letters of the first."""
    if node.op != "rel" or not set(node.args[0]) <= _INEQUALITIES:
        return False
    if value.op in ("rel", "seq", "interval", "union", "text", "sym") and not (
        value.op == "rel" and set(value.args[0]) == {"="} and len(symbols(value)) > 1
    ):
        return False
    return symbols(node) <= symbols(value) and bool(symbols(node))


def _setlike(node: Node) -> bool:
    return node.op in ("where", "interval", "union", "minus") or (node.op == "seq" and node.args[0] == "{}")


def _proper(node: Node) -> bool | None:
    """Whether a fraction of two positive integers is below one, as in a mixed number; ``None`` for others."""
    if node.op != "mul" or len(node.args) != 2 or node.args[1].op != "inv":
        return None
    top, bottom = node.args[0], node.args[1].args[0]
    if top.op != "int" or bottom.op != "int" or top.args[0] <= 0:
        return None
    return bool(top.args[0] < bottom.args[0])


def _with_unit(value: Node, parts: list[tuple[str, int]]) -> Node:
    unit = units.build(parts)
    return Node("qty", (value, unit)) if unit else value


def _membership(node: Node) -> bool:
    """Whether an item only says what a letter ranges over."""
    return bool(
        node.op == "rel"
        and node.args[0] == ("∈",)
        and node.args[-1].op == "const"
        and node.args[1].op == "sym"
    )
