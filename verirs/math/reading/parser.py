"""Tokens to values: recursive descent over one grammar for LaTeX and plain text.

Loosest to tightest: lists (``,`` ``;`` and, or), relations, set operations, ratios, sums, products
(written or by juxtaposition), signs, postfix (``^ _ ! %``), atoms. Nothing is evaluated. Either all
tokens are understood or :class:`Unreadable` is raised: never a partial value. Nesting is limited to
``MAX_DEPTH``, so the recursion is bounded.
"""

from __future__ import annotations

from verirs.math.reading.quantities import Quantities
from verirs.math.reading.stream import CLOSERS, spelled
from verirs.math.values import Node, Unreadable, symbols

_RELATIONS = frozenset(("=", "<", ">", "<=", ">=", "!=", "≈", "≡", "≅", "→", "∈", "∉", "~", "⊥", "∥"))
_INEQUALITIES = frozenset(("!=", "<", ">", "<=", ">="))


class Parser(Quantities):
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


def _restriction(value: Node, node: Node) -> bool:
    """Whether the second of two items only restricts the letters of the first."""
    if node.op != "rel" or not set(node.args[0]) <= _INEQUALITIES:
        return False
    if value.op in ("rel", "seq", "interval", "union", "text", "sym") and not (
        value.op == "rel" and set(value.args[0]) == {"="} and len(symbols(value)) > 1
    ):
        return False
    return symbols(node) <= symbols(value) and bool(symbols(node))


def _membership(node: Node) -> bool:
    """Whether an item only says what a letter ranges over."""
    return bool(
        node.op == "rel"
        and node.args[0] == ("∈",)
        and node.args[-1].op == "const"
        and node.args[1].op == "sym"
    )
