"""Tokens to values: recursive descent over one grammar for LaTeX and plain text.

Loosest to tightest, one file each: answers and lists (``,`` ``;`` and, or) and relations here; phrases in
words, conditions, units behind a value, sums, atoms, commands, and the stream of tokens below them all.
Nothing is evaluated. Either all tokens are understood or :class:`Unreadable` is raised: never a partial
value. Nesting is limited to ``MAX_DEPTH``, so the recursion is bounded.
"""

from __future__ import annotations

from verirs.math.reading.commands import replaced
from verirs.math.reading.conditions import given, related
from verirs.math.reading.folding import cases, excepted, folded, function_of, membership
from verirs.math.reading.phrases import Phrases
from verirs.math.reading.stream import CLOSERS, CONDITION_WORDS, RELATIONS, spelled
from verirs.math.reading.vocabulary import APPROXIMATELY, BASES, ELSE, RANGE_ENDS, SIGNS
from verirs.math.values import Node, Unreadable

_MAX_IMAGE = 32
_KINDS = frozenset(BASES) | frozenset(SIGNS)


class Parser(Phrases):
    """One pass over the tokens of one answer."""

    def answer(self) -> Node:
        """The whole text as one value.

        Raises:
            Unreadable: some of it is no mathematics.
            Refused: it is nested too deeply.
        """
        items, joiner, separated = self.items()
        if not self.at_end():
            raise Unreadable(f"stopped at {spelled(self.toks[self.i][1])!r}")
        if separated and self.i and self.toks[self.i - 1][0] == "word":
            raise Unreadable("it breaks off")
        if not items:
            raise Unreadable("nothing there")
        return items[0] if len(items) == 1 else folded(items, joiner)

    def items(self) -> tuple[list[Node], str, bool]:
        """Items between separators: the items, the joiner (``or`` wins over ``and`` over ``,``),
        and whether a separator came last."""
        items: list[Node] = []
        joiner, separated, led = ",", False, False  # led: the last item began with its condition
        while True:
            kind, value, _ = self.toks[self.i]
            if len(items) == 1 and not separated and value in (",", "or") and self.rounding(items):
                continue
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
                if low in CONDITION_WORDS and items and separated and not led and self.trailing(items):
                    separated = False
                    continue
            if kind == "op" and value == "." and self.toks[self.i + 1][1] in CLOSERS:
                self.i += 1
                continue
            if kind == "op" and value == "." and items and self.sentence_begins():
                self.i += 1
                separated = True
                continue
            closes = kind == "op" and (value in CLOSERS or (value == "|" and bool(self.bars)))
            reversed_bracket = value == "]" and (separated or not items) and self.opens_interval()
            if kind == "end" or (closes and not reversed_bracket):
                break
            if items and not separated:
                break
            led = self.word() in CONDITION_WORDS
            items.append(self.item())
            separated = False
        return items, joiner, separated

    def rounding(self, items: list[Node]) -> bool:
        """Reads ``, or about 16.67`` behind a value as its rounding: ``\\approx 16.67``."""
        place = self.here()
        self.take(",")
        if self.word() == "or":
            self.i += 1
        if self.phrase(APPROXIMATELY) is None:
            self.back(place)
            return False
        value, rounded = items[0], self.operand()
        signs, sides = (value.signs, value.sides) if value.op == "rel" else ((), (value,))
        items[0] = Node("rel", ((*signs, "≈"), *sides, rounded))
        return True

    def sentence_begins(self) -> bool:
        """Whether another sentence follows the point at hand: a space, a capital letter."""
        kind, value, spaced = self.toks[self.i + 1]
        return spaced and kind in ("word", "sym", "let") and str(value)[0].isupper()

    def opens_interval(self) -> bool:
        """Whether the ``]`` at hand opens an interval ``]a, b[``."""
        comma = False
        for kind, value, _ in self.toks[self.i + 1 :]:
            if kind == "op" and value in ("[", "]"):
                return comma
            comma = comma or (kind == "op" and value in (",", ";"))
        return False

    def trailing(self, items: list[Node]) -> bool:
        """Reads ``..., where k is an integer`` as a condition on the item before the comma, if it is one."""
        place = self.here()
        word = self.word()
        try:
            self.i += 1
            conditions = self.conditions(word, items[-1])
        except Unreadable:
            self.back(place)
            return False
        if not self.closed():
            self.back(place)
            return False
        items[-1] = given(items[-1], conditions)
        return True

    def item(self) -> Node:
        kind, value, _ = self.toks[self.i]
        if value == "a" and kind in ("sym", "let") and self.article() and self.only_words():
            self.i += 1
            return self.text()
        label = kind == "cmd" and value in ("max", "min") and self.toks[self.i + 1][0] == "word"
        if label or (kind == "word" and value != "not"):
            return self.words()
        if kind == "word":
            raise Unreadable("a negation")
        if kind == "op" and value in ("≈", "~"):  # only a mark
            self.i += 1
        if kind == "op" and value == "<":  # <1, 2, 3>
            return self.angled()
        left = self.operand()
        if not self.relation_sign():
            if self.toks[self.i][0] in ("word", "let"):
                if left.op == "sym" and self.word() == "is" and self.stated_in_words():
                    return Node("text", (left.name.lower(), *self.text().args))
                verbal = self.verbal(left)
                if verbal is not None:
                    return self.tail(verbal)
            return left
        ops: list[str] = []
        sides = [left]
        outer, self.subject = self.subject, left
        while op := self.relation_sign():
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

    def only_words(self) -> bool:
        """Whether all that follows the token at hand are words."""
        return all(
            kind == "word" for kind, value, _ in self.toks[self.i + 1 :] if kind != "end" and value != "."
        )

    def stated_in_words(self) -> bool:
        """Whether only words that are no condition follow: ``C is not invertible``."""
        said = [
            value.lower() if kind == "word" else value
            for kind, value, _ in self.toks[self.i :]
            if kind != "end"
        ]
        return all(isinstance(w, str) and (w.isalpha() or w == ".") for w in said) and not (
            _KINDS & set(said) or CONDITION_WORDS & set(said)
        )

    def angled(self) -> Node:
        """A vector in ``<`` and ``>``."""
        self.i += 1
        entries: list[Node] = []
        while not entries or self.take(","):
            entries.append(self.setlevel())
        self.expect(">")
        return Node("seq", ("<>", ",", *entries))

    def line(self) -> Node:
        """One line of ``cases``: a value, and the condition in its second cell."""
        builder, self.builder = self.builder, True  # & separates cells
        items, joiner, _ = self.items()
        if not items:
            raise Unreadable("an empty line")
        value = items[0] if len(items) == 1 else folded(items, joiner)
        while self.op() in (",", "&"):
            self.i += 1
        word = self.word()
        if self.op() in RELATIONS:
            value = self.continued(value)
        elif self.op() != "\\\\" and self.toks[self.i][:2] != ("cmd", "end"):
            if word in CONDITION_WORDS:
                self.i += 1
                while self.op() == "&":
                    self.i += 1
            value = given(value, [Node("if", (c,)) for c in self.conditions("for", value)])
        while self.op() in (",", ".", ";"):
            self.i += 1
        self.builder = builder
        return value

    def built(self, variable: Node, items: list[Node], joiner: str) -> Node:
        """``{x : x > 3}``; ``{2k : k \\in Z}`` is 2k for every k."""
        conditions = excepted(items)
        if variable.op == "rel" and variable.signs == ("∈",):
            conditions.insert(0, variable)
            variable = variable.left
        named = [
            c for c in conditions if c.op == "rel" and c.args[:2] == (("=",), variable) and len(c.args) == 3
        ]
        if (
            named
            and all(len(c.args) == 3 for c in named)
            and len(named) + sum(membership(c) for c in conditions) == len(conditions)
        ):
            values = Node("seq", ("{}", ",", *(c.right for c in named)))
            value = named[0].right if len(named) == 1 else values
            return given(value, [c for c in conditions if c not in named])
        if joiner == "or" and len(conditions) > 1:
            conditions = [Node("any", tuple(conditions))]
        if variable.op != "sym":
            image = _image(variable, conditions)
            return image if image is not None else given(variable, conditions)
        joined = conditions[0] if len(conditions) == 1 else Node("seq", ("", "and", *conditions))
        return Node("where", (variable, joined))

    def block(self, rows: list[Node]) -> Node:
        if len(rows) > 1 and all(row.op == "given" for row in rows):
            return cases(rows)
        return rows[0] if len(rows) == 1 else Node("seq", ("", ",", *rows))

    def operand(self) -> Node:
        """One side of a relation: a value with its unit."""
        left = self.setlevel()
        if self.at_end() or (left.op == "sym" and self.relation_sign()):
            return left
        left = self.dimensions(self.measured(left))
        if self.op() == ":" and not self.builder:
            terms = [left]
            while self.take(":"):
                terms.append(self.setlevel())
            left = Node("ratio", tuple(terms))
            if len(terms) == 2 and (ends := self.phrase(RANGE_ENDS)) is not None:  # 1 to 4 inclusive
                low, high = terms
                left = Node("interval", (low, ends == "closed", high, ends == "closed"))
        return self.tail(left)


def _image(value: Node, conditions: list[Node]) -> Node | None:
    """``{2n : n \\in \\{1, 2, 3\\}}`` element by element."""
    if len(conditions) != 1 or conditions[0].op != "rel" or conditions[0].signs != ("∈",):
        return None
    letter, elements = conditions[0].args[1:]
    if (
        letter.op != "sym"
        or elements.op != "seq"
        or elements.brackets != "{}"
        or len(elements.args) > _MAX_IMAGE
    ):
        return None
    return Node("seq", ("{}", ",", *(replaced(value, letter, x) for x in elements.args[2:])))
