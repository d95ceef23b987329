"""Sums and products, set operations: everything between an atom and a whole operand."""

from __future__ import annotations

from verirs.math.reading.atoms import Atoms
from verirs.math.reading.commands import ATOM_COMMANDS, chosen
from verirs.math.reading.stream import CLOSERS, OPENERS, RELATIONS
from verirs.math.values import Node, Unreadable, neg

_UNIT_KINDS = frozenset(("sym", "let", "word", "cmd"))
_MEASURED = frozenset(("qty", "ambiguous"))
_SIGNED = frozenset(("neg", "pm", "mp"))
_AFTER_INTERVAL = frozenset((",", ";", "∪", "∩", "∖", ")", "]", "}", "\\}", "."))


_SET_OPERATIONS = {"∪": "union", "∩": "inter", "∖": "minus"}
_SET_WORDS = {"U": "∪", "union": "∪", "intersect": "∩", "intersection": "∩"}
_NUMBER_SETS = frozenset(Node("const", (name,)) for name in "RZNQC")


class Sums(Atoms):
    """Reads terms, factors (written or by juxtaposition) and signs."""

    def setlevel(self) -> Node:
        left = self.expression()
        while (op := self.op() or self.joining(left)) in _SET_OPERATIONS:
            self.i += 1
            name = _SET_OPERATIONS[op]
            left = Node(name, (left, self.expression()))
        return left

    def joining(self, left: Node) -> str:
        """``U`` or ``union`` between two sets."""
        kind, value, _ = self.toks[self.i]
        if kind not in ("sym", "let", "word") or value not in _SET_WORDS or not _setlike(left, tuples=True):
            return ""
        return _SET_WORDS[value]

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
                and (terms[-1].op in ("seq", "where", "interval", "union") or terms[-1] in _NUMBER_SETS)
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
        for term in terms:
            if term.op in _MEASURED or (term.op in _SIGNED and term.inner.op in _MEASURED):
                return _measured_sum(terms)
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
        node = self.factors([self.power()])
        self.depth -= 1
        return node

    def factors(self, factors: list[Node]) -> Node:
        """The product that begins with these factors."""
        toks = self.toks
        while True:
            kind, value, spaced = toks[self.i]
            if not self.plain and (kind in _UNIT_KINDS or value == "/") and self.unit_may_follow():
                found = self.quantity(factors)
                if found is not None:
                    return found
            if kind == "op":
                if value == "*":
                    self.i += 1
                    if not self.plain and toks[self.i][0] in _UNIT_KINDS and self.unit_may_follow():
                        measured = self.quantity(factors, starred=True)
                        if measured is not None:
                            return measured
                    factors.append(self.signed())
                    continue
                if value == "∠":  # 2 \\angle 60°
                    self.i += 1
                    factors.append(Node("fn", ("cis", self.signed())))
                    continue
                if value == "/":
                    self.i += 1
                    factors.append(Node("inv", (self.signed(),)))
                    continue
                if value not in OPENERS or (value in ("|", "‖") and (self.bars or self.builder)):
                    break
                if value == "(" and (toks[self.i + 1][0] == "word" or self.remarked()):
                    break
                if value == "[" and (factors[-1].op in ("seq", "interval") or self.closes_interval()):
                    break
            elif kind == "num":
                last = factors[-1]
                if last.op == "deg" or (last.op == "qty" and toks[self.i - 1][0] == "op"):
                    break  # a smaller quantity may follow
                if last.op in ("int", "dec", "based", "pct") and toks[self.i - 1][0] != "op":
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
                    elif proper is None and fraction.op == "pct" and _proper(fraction.inner):
                        factors[-1] = Node("pct", (Node("add", (factors[-1], fraction.inner)),))
                    elif proper is None:
                        factors.append(fraction)
                    else:
                        raise Unreadable("a whole number before an improper fraction")
                    continue
                if value in ("nCr", "nPr") and len(factors) == 1 and toks[self.i + 1][1] != "(":
                    self.i += 1
                    factors = [chosen(value[1], factors[0], self.power())]
                    continue
                if value not in ATOM_COMMANDS or value == "choose":
                    break
            elif kind == "word" and value.lower() in ("mod", "modulo"):
                self.i += 1
                left = factors[0] if len(factors) == 1 else Node("mul", tuple(factors))
                factors = [Node("mod", (left, self.power()))]
                continue
            elif kind != "sym" or (value == "U" and _setlike(factors[-1], tuples=True)):
                break
            elif value in ("C", "P") and not spaced and self.between_numbers():
                self.i += 1
                factors[-1] = chosen(value, factors[-1], self.power())
                continue
            factors.append(self.power())
        if len(factors) == 1:
            return factors[0]
        for n, factor in enumerate(factors):
            if factor.op == "seq" and factor.brackets == "[]" and len(factor.args) == 3:
                factors[n] = factor.items[0]
        return Node("mul", tuple(factors))

    def remarked(self) -> bool:
        """Whether the brackets at hand hold a relation: a condition on the value before them."""
        level = 0
        for kind, value, _ in self.toks[self.i :]:
            if kind != "op":
                continue
            if value in OPENERS or value == "\\{":
                level += value not in ("|", "‖")
            elif value in CLOSERS:
                level -= 1
                if level == 0:
                    return False
            elif level == 1 and value in RELATIONS:
                return True
        return False

    def between_numbers(self) -> bool:
        """``8C3``: a letter right between two whole numbers."""
        before, after = self.toks[self.i - 1], self.toks[self.i + 1]
        return before[0] == "num" and after[0] == "num" and not after[2]

    def closes_interval(self) -> bool:
        """Whether the ``[`` at hand closes an interval ``]a, b[``."""
        kind, value, _ = self.toks[self.i + 1]
        return (
            kind == "end"
            or (kind == "op" and value in _AFTER_INTERVAL)
            or (kind == "word" and value in ("and", "or"))
        )

    def mixed(self, factors: list[Node]) -> bool:
        """``33 1/3``: joins the fraction to the whole number before it."""
        t = self.toks
        i = self.i
        if not (t[i][1].op == "int" and t[i + 1][:2] == ("op", "/") and t[i + 2][0] == "num"):
            return False
        top, bottom = t[i][1], t[i + 2][1]
        if bottom.op != "int" or top.number >= bottom.number or t[i + 3][:2] in (("op", "/"), ("op", "^")):
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


def _measured_sum(terms: list[Node]) -> Node:
    """A sum whose last term has a unit, or all with the same one: the unit belongs to the sum."""
    last = _outside(terms[-1])
    if len(terms) == 1:
        return last
    values: list[Node] = []
    for term in terms:
        term = _outside(term)
        if term.op == "ambiguous":
            term = term.formula
        if term.op == "qty":
            if last.op != "qty" or term.unit != last.unit:
                raise Unreadable("a sum of different units")
            term = term.value
        values.append(term)
    total = Node("add", tuple(values))
    return Node("qty", (total, last.unit)) if last.op == "qty" else total


def _outside(term: Node) -> Node:
    """``-(5 cm)`` as ``(-5) cm``."""
    if term.op not in _SIGNED or term.inner.op not in _MEASURED:
        return term
    inner = term.inner

    def signed(x: Node) -> Node:
        return neg(x) if term.op == "neg" else Node(term.op, (x,))

    if inner.op == "qty":
        return Node("qty", (signed(inner.value), inner.unit))
    formula, measured, scaled, how = inner.args
    if measured is not None:
        measured = Node("qty", (signed(measured.value), measured.unit))
    return Node("ambiguous", (signed(formula), measured, None if scaled is None else signed(scaled), how))


def _setlike(node: Node, tuples: bool = False) -> bool:
    if node.op == "seq":
        return node.brackets == "{}" or (tuples and node.brackets in ("()", "[]") and len(node.args) == 4)
    return node.op in ("where", "interval", "union", "minus")


def _proper(node: Node) -> bool | None:
    """Whether a fraction of two positive integers is below one, as in a mixed number; ``None`` for others."""
    if node.op != "mul" or len(node.args) != 2:
        return None
    top, below = node.args
    if below.op != "inv" or top.op != "int" or below.inner.op != "int" or top.number <= 0:
        return None
    return bool(top.number < below.inner.number)
