"""Conditions in words and signs, as values: ``for all integers k``, ``x \\ge 0``, ``n even``, ``otherwise``.

A condition is a relation (``k \\in Z``, ``x > 0``), ``any`` of several, ``not`` one, ``otherwise``, or ``if``
one: what only holds in that case. What is no condition that this file knows makes the text unreadable.
"""

from __future__ import annotations

from verirs.math.reading.quantities import Quantities
from verirs.math.reading.stream import CLOSERS, CONDITION_WORDS, RELATIONS
from verirs.math.reading.vocabulary import (
    BASES,
    COMPARATIVES,
    COUNTED,
    ELSE,
    EQUALITIES,
    FILLERS,
    QUANTIFIERS,
    SIGNS,
    VERBS,
    Table,
)
from verirs.math.values import ZERO, Node, Unreadable, words

CASE_WORDS = words("if when unless provided assuming whenever given as")
_ROUNDING = words(
    "to the nearest tenth tenths hundredth hundredths thousandth thousandths integer whole number cent cents "
    "dollar percent percentage decimal place places point significant figure figures digit digits up down "
    "off one two three four five six unit ten hundred thousand degree"
)
_SET_LETTERS = ("Z", "R", "N", "Q", "C")
_OTHERWISE = Node("otherwise", ())


class Conditions(Quantities):
    """Reads conditions, and relations in words."""

    def phrase(self, entries: Table) -> str | None:
        """The value of the longest phrase at hand, which is taken; ``None`` where there is none."""
        kind, value, _ = self.toks[self.i]
        if kind not in ("word", "let", "sym"):
            return None
        for parts, meaning in entries.get(value.lower(), ()):
            if all(self.word(n) == part for n, part in enumerate(parts)):
                self.i += len(parts)
                return meaning
        return None

    def word(self, ahead: int = 0) -> str:
        """The word (or letter) at hand in lower case, or ``""``."""
        at = self.i + ahead
        if at >= len(self.toks):
            return ""
        kind, value, _ = self.toks[at]
        if kind in ("word", "let", "sym"):
            return str(value.lower())
        return value if kind == "op" and value in (".", "-") else ""

    def conditioned(self, value: Node) -> Node:
        """A value and the conditions that the word at hand begins."""
        word = self.word()
        self.i += 1
        if word == "rounded":
            while self.word() in _ROUNDING or self.toks[self.i][0] == "num":
                self.i += 1
            return value
        return given(value, self.conditions(word, value))

    def conditions(self, word: str, value: Node | None = None) -> list[Node]:
        """All conditions after ``word``, up to the first thing that is none."""
        found = [self.condition()]
        while True:
            start, either = self.i, False
            while self.op() in (",", ";") or self.word() in ("and", "or"):
                either = either or self.word() == "or"
                self.i += 1
            if self.i == start and self.word() not in CONDITION_WORDS:
                break
            if self.word() in CONDITION_WORDS:
                if self.word() in CASE_WORDS and self.word() != "given":
                    self.i = start
                    break
                self.i += 1
            place = (start, *self.here()[1:])
            try:
                more = self.condition()
            except Unreadable:
                self.back(place)
                break
            if not self.closed() or self.restates(more, value):
                self.i = start
                break
            if either:
                found[-1] = Node("any", (*(found[-1].args if found[-1].op == "any" else found[-1:]), more))
            else:
                found.append(more)
        if word == "unless":
            found = [Node("not", (Node("all", tuple(found)) if len(found) > 1 else found[0],))]
        return [Node("if", (c,)) for c in found] if word in CASE_WORDS else found

    def restates(self, condition: Node, value: Node | None) -> bool:
        """Whether a would-be condition says what another value is: ``f(x) = -x`` beside ``f(x) = x``."""
        if condition.op != "rel" or condition.signs != ("=",):
            return False
        named = value.left if value is not None and value.op == "rel" else self.subject
        return condition.left == named

    def closed(self) -> bool:
        """Whether a condition may end here."""
        kind, value, _ = self.toks[self.i]
        if kind == "end" or (kind == "op" and (value in CLOSERS or value in (",", ";", "\\\\", "&"))):
            return True
        return (kind == "word" and value.lower() in ("and", "or")) or (
            self.word() in CONDITION_WORDS and self.word() not in CASE_WORDS
        )

    def condition(self) -> Node:
        """One condition.

        Raises:
            Unreadable: it is none that this grammar knows.
        """
        if self.word() in ELSE:
            self.i += 1
            return _OTHERWISE
        start, quantified = self.i, False
        while self.word() in QUANTIFIERS or self.word() in FILLERS or self.word() == "a":
            if self.word() == "a" and not self.article():
                break
            quantified = quantified or self.word() in ("all", "any", "every", "each")
            self.i += 1
        kinds = self.domain()
        if kinds:
            return self.of_letters(kinds)
        left = self.setlevel()
        if self.relation_sign():
            return self.with_kind(self.chain(left))
        verbal = self.verbal(left)
        if verbal is not None:
            return verbal
        if quantified and left.op == "sym":
            return member(left, "all")
        raise Unreadable(f"the condition {self.between(start)!r}")

    def with_kind(self, relation: Node) -> Node:
        """``n \\ge 1 is an integer`` says both."""
        letters = [x for x in relation.args[1:] if x.op == "sym"]
        if len(letters) != 1 or self.word() not in VERBS:
            return relation
        verbal = self.verbal(letters[0])
        if verbal is None:
            return relation
        return Node("all", (relation, *(verbal.args if verbal.op == "all" else (verbal,))))

    def between(self, start: int) -> str:
        return " ".join(str(value)[:20] for _, value, _ in self.toks[start : self.i + 3] if value)

    def relation_sign(self) -> str:
        """The relation at hand; ``in`` before a set in plain letters too."""
        op = self.op()
        if op in RELATIONS:
            return op
        after = self.toks[self.i + 1] if self.word() == "in" else ("end", "", True)
        sets = after[0] in ("sym", "let") and after[1] in _SET_LETTERS
        return "∈" if sets or after[1] == "mathbb" else ""

    def chain(self, left: Node) -> Node:
        """``left`` and the relations behind it: ``0 < x \\le 3``."""
        ops: list[str] = []
        sides = [left]
        while op := self.relation_sign():
            self.i += 1
            ops.append(op)
            sides.append(self.setlevel())
        return related(tuple(ops), sides)

    def continued(self, line: Node) -> Node:
        """A line and the relations that the next one begins with: ``x &= 2 + 3 \\\\ &= 5``."""
        sides = line.args[1:] if line.op == "rel" else (line,)
        more = self.chain(sides[-1])
        if more.op != "rel":
            raise Unreadable("a condition within a calculation")
        return Node(
            "rel", ((*(line.signs if line.op == "rel" else ()), *more.signs), *sides, *more.sides[1:])
        )

    def of_letters(self, kinds: list[str]) -> Node:
        """``integers m and n``: each letter is of these kinds; ``integers k \\ge 2`` says more of it."""
        found: list[Node] = []
        while self.toks[self.i][0] in ("sym", "let"):
            start = self.i
            letter = self.setlevel()
            if letter.op != "sym":
                self.i = start
                break
            found += [of_kind(letter, kind) for kind in kinds]
            if self.op() in RELATIONS:
                found.append(self.chain(letter))
            start = self.i
            if self.word() == "and" or self.op() == ",":
                self.i += 1
            ends = self.word(1) in ELSE or self.word(1) in CASE_WORDS  # "for negative x and x otherwise"
            if self.toks[self.i][0] not in ("sym", "let") or self.toks[self.i + 1][:2] == ("op", "=") or ends:
                self.i = start
                break
        if not found:
            raise Unreadable("a condition on nothing")
        return found[0] if len(found) == 1 else Node("all", tuple(found))

    def article(self) -> bool:
        """Whether the ``a`` at hand is the word, not the letter."""
        return self.toks[self.i + 1][0] == "word" and self.word(1) not in VERBS

    def domain(self) -> list[str]:
        """``positive integers``, ``a real number``: the kinds it names; none leaves the place as it is."""
        start, found = self.i, []
        while True:
            word = self.word()
            if word == "non" and self.word(1) == "-":
                word = "non" + self.word(2)
                if word not in SIGNS:
                    break
                self.i += 2
            if word in BASES:
                found.append(BASES[word])
            elif word in SIGNS:
                found.append(SIGNS[word])
            elif not (word in QUANTIFIERS or (word == "a" and self.article()) or (word in COUNTED and found)):
                break
            self.i += 1
        if not found:
            self.i = start
        return found

    def verbal(self, left: Node) -> Node | None:
        """``x is greater than 3``, ``k an integer``: a relation in words, ``None`` where none is."""
        start = self.i
        word = self.word()
        kind = self.toks[self.i][0]
        if kind not in ("word", "let"):
            return None
        if self.leaves() and (rest := self.remainder()) is not None:
            return Node("rel", (("≡",), left, rest))
        verb = word in VERBS
        exceeds = word == "exceeds"
        while self.word() in VERBS or self.word() == "be":
            self.i += 1
        if left.op == "sym":
            kinds = self.domain()
            if kinds:
                found = [of_kind(left, k) for k in kinds]
                return found[0] if len(found) == 1 else Node("all", tuple(found))
        op = ">" if exceeds else self.phrase(COMPARATIVES)
        if op is None and verb:
            op = self.phrase(EQUALITIES)
            if op is None and self.word() == "between":
                low, low_in, high, high_in = self.between_ends()
                signs = ("<=" if low_in else "<", "<=" if high_in else "<")
                return Node("rel", (signs, low, left, high))
            if op is None and self.word() == "in":
                self.i += 1
                op = "∈"
            article = self.word() == "a" and self.article()
            if op is None and article and self.word(1) == "multiple":
                self.i += 1
            if op is None and self.word() in ("divisible", "multiple", "multiples", "congruent"):
                return self.divisible(left)
            article = self.word() == "a" and self.article()
            if op is None and self.toks[self.i][0] in ("num", "sym", "cmd", "op") and not article:
                op = "="
        if op is None:
            self.i = start
            return None
        return Node("rel", ((op,), left, self.setlevel()))

    def leaves(self) -> bool:
        """Whether ``leaves a remainder`` stands at hand."""
        return self.word() in ("leaves", "has", "gives") and "remainder" in (self.word(1), self.word(2))

    def remainder(self) -> Node | None:
        """``leaves a remainder of 2 when divided by 3`` as 2 modulo 3."""
        start = self.i
        self.i += 1
        if self.word() == "a":
            self.i += 1
        if self.word() == "remainder":
            self.i += 1 + (self.word(1) == "of")
            value = self.setlevel()
            if [self.word(n) for n in range(3)] in (["when", "divided", "by"], ["on", "division", "by"]):
                self.i += 3
                return Node("mod", (value, self.setlevel()))
        self.i = start
        return None

    def divisible(self, left: Node) -> Node:
        """``n is divisible by 3``, ``n is congruent to 1 modulo 3``."""
        congruent = self.word() == "congruent"
        self.i += 2
        right = self.setlevel()
        if not congruent:
            return Node("rel", (("≡",), left, Node("mod", (ZERO, right))))
        return Node("rel", (("≡",), left, self.modulo(right)))

    def modulo(self, value: Node) -> Node:
        """``1 modulo 3`` after its 1."""
        if self.word() in ("mod", "modulo"):
            self.i += 1
            return Node("mod", (value, self.setlevel()))
        if value.op != "mod":
            raise Unreadable("a congruence without its modulus")
        return value

    def between_ends(self) -> tuple[Node, bool, Node, bool]:
        raise NotImplementedError


def given(value: Node, conditions: list[Node]) -> Node:
    """A value under conditions; all of them in one list."""
    flat: list[Node] = []
    for c in conditions:
        flat += c.args if c.op == "all" else [c]
    if not flat:
        return value
    if value.op == "given":
        return Node("given", (*value.args, *flat))
    return Node("given", (value, *flat))


def related(ops: tuple[str, ...], sides: list[Node]) -> Node:
    """A relation; a condition behind its last side is a condition on all of it."""
    last = sides[-1]
    if ops[-1] in ("∈", "∉") and last.op == "sym" and last.name in _SET_LETTERS:
        last = sides[-1] = Node("const", last.args)
    if last.op == "given":
        return Node("given", (Node("rel", (ops, *sides[:-1], last.value)), *last.conditions))
    return Node("rel", (ops, *sides))


def member(letter: Node, kind: str) -> Node:
    return Node("rel", (("∈",), letter, Node("const", (kind,))))


def of_kind(letter: Node, kind: str) -> Node:
    """``k > 0`` for a sign, ``k \\in Z`` for a set."""
    return Node("rel", ((kind,), letter, ZERO)) if kind in SIGNS.values() else member(letter, kind)
