"""Tokens to values: recursive descent over one grammar for LaTeX and plain text.

Loosest to tightest, one file each: answers and lists (``,`` ``;`` and, or) and relations here; phrases in
words, conditions, units behind a value, sums, atoms, commands, and the stream of tokens below them all.
Nothing is evaluated. Either all tokens are understood or :class:`Unreadable` is raised: never a partial
value. Nesting is limited to ``MAX_DEPTH``, so the recursion is bounded.
"""

from __future__ import annotations

from verirs.math.reading.conditions import RELATIONS, given, related
from verirs.math.reading.folding import folded, function_of
from verirs.math.reading.phrases import Phrases
from verirs.math.reading.stream import CLOSERS, CONDITION_WORDS
from verirs.math.reading.vocabulary import ELSE
from verirs.math.values import Node, Unreadable


class Parser(Phrases):
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
        return items[0] if len(items) == 1 else folded(items, joiner)

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
            if kind == "word":
                low = value.lower()
                if low in ("and", "or"):
                    self.i += 1
                    separated = True
                    if joiner != "or":
                        joiner = low
                    continue
                if low in ELSE and items:
                    separated = True
                if low in CONDITION_WORDS and items and separated and self.trailing(items):
                    separated = False
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

    def trailing(self, items: list[Node]) -> bool:
        """Reads ``..., where k is an integer`` as a condition on the item before the comma, if it is one."""
        start = self.i
        word = self.word()
        try:
            self.i += 1
            conditions = self.conditions(word, items[-1])
        except Unreadable:
            self.i = start
            return False
        if not self.closed():
            self.i = start
            return False
        items[-1] = given(items[-1], conditions)
        return True

    def item(self) -> Node:
        kind, value, _ = self.toks[self.i]
        if kind == "word" and value != "not":
            return self.words()
        if kind == "word":
            raise Unreadable("a negation")
        if kind == "op" and value in ("≈", "~"):  # only a mark
            self.i += 1
        left = self.operand()
        op = self.op()
        if op not in RELATIONS:
            if self.toks[self.i][0] in ("word", "let"):
                verbal = self.verbal(left)
                if verbal is not None:
                    return self.tail(verbal)
            return left
        ops: list[str] = []
        sides = [left]
        outer, self.subject = self.subject, left
        while (op := self.op()) in RELATIONS:
            self.i += 1
            if self.at_end() or self.op() in CLOSERS:
                if op == "≈":
                    break
                raise Unreadable("a relation without its right side")
            ops.append(op)
            kind, value, _ = self.toks[self.i]
            sides.append(self.words() if kind == "word" else self.operand())
        self.subject = outer
        if ops == ["↦"]:
            return function_of(*sides)
        return related(tuple(ops), sides)

    def operand(self) -> Node:
        """One side of a relation: a value with its unit."""
        left = self.setlevel()
        if self.at_end():
            return left
        left = self.dimensions(self.measured(left))
        if self.op() == ":" and not self.builder:
            terms = [left]
            while self.take(":"):
                terms.append(self.setlevel())
            left = Node("ratio", tuple(terms))
        return self.tail(left)
