"""Values in words: bounds, ranges, choices, hedges, sets, remarks in brackets, and running text."""

from __future__ import annotations

from verirs.math.reading.atoms import PRINTED
from verirs.math.reading.conditions import Conditions, given, related
from verirs.math.reading.stream import CLOSERS, CONDITION_WORDS, RELATIONS, spelled
from verirs.math.reading.vocabulary import (
    AFTER_BOUND,
    APPROXIMATELY,
    CHOICES,
    COMPARATIVES,
    DOUBTFUL,
    ELSE,
    EXACTLY,
    EXCLUSIONS,
    HEDGES,
    RANGE_ENDS,
    VERBS,
)
from verirs.math.values import INFINITY, ZERO, Node, Unreadable, neg, words

_SETS = frozenset(("Z", "N", "N0", "Q", "R", "C", "prime", "even", "odd", "irrational"))
_WHOLE = frozenset(Node("const", (name,)) for name in ("Z", "Z>0", "Z>=0", "N", "N0", "even", "odd", "prime"))
_NOUNS = frozenset(("point", "interval", "pair", "vector", "set", "tuple", "triple", "matrix", "coordinates"))
_PLACES = frozenset(("seq", "interval", "union"))
_SETS_OF = frozenset(("interval", "union", "where", "minus"))
_OF_SETS = words(
    "open closed half included inclusive exclusive inclusively exclusively end ends endpoint endpoints left "
    "right upper lower both strict strictly integers integer whole reals real positive negative even odd only"
)
"""What a remark may say of a set, but for its conditions."""
_NEGATIVE = {"negative": "-", "minus": "-", "positive": "+", "plus": "+"}


class Phrases(Conditions):
    """Reads an item that begins with a word, and the words after a value."""

    def words(self) -> Node:
        """An item that begins with a word: a phrase that is a value, else running text."""
        place = self.here()
        self.nest()
        try:
            found = self.phrased()
        except Unreadable:
            found = None
        if found is not None:
            self.depth -= 1
            return found
        self.back(place)
        return self.text()

    def phrased(self) -> Node | None:
        """The value of a phrase at hand, ``None`` where the text is no phrase that has one."""
        word = self.word()
        if word in CONDITION_WORDS:
            return self.led(word)
        if word in ELSE:
            self.i += 1
            self.take(",")
            return given(self.item(), [Node("otherwise", ())])
        bound = self.phrase(COMPARATIVES)
        if bound:
            return Node("bound", (bound, self.operand()))
        if word in ("between", "from"):
            return self.range()
        if self.phrase(HEDGES):
            return Node("hedge", (self.item(),))
        choice = self.phrase(CHOICES)
        if choice:
            items, _, _ = self.items()
            if not items:
                raise Unreadable("a choice of nothing")
            if len(items) == 1 and items[0].op == "text":
                return Node("text", (word, *items[0].words))  # "both of these" is not "all of these"
            return items[0] if len(items) == 1 else Node("seq", ("", choice, *items))
        if self.phrase(APPROXIMATELY) or self.phrase(EXACTLY) is not None:
            return self.item()
        if word in ("all", "any", "every") and self.toks[self.i + 1][0] in ("sym", "let"):
            self.i += 1
            return self.item()
        if self.noun():
            return self.item()
        if word in PRINTED and self.toks[self.i + 1][:2] == ("op", "("):
            return self.operand()
        if word in _NEGATIVE and self.toks[self.i + 1][0] != "end":
            return self.signed_word(word)
        if word in ("infinity", "infinite") and word == "infinity":
            self.i += 1
            return INFINITY
        return self.named_set()

    def noun(self) -> bool:
        """Takes ``the point``, ``the interval``: what a value without a name is."""
        start = self.i
        while self.word() in _NOUNS or self.word() in ("the", "ordered", "open", "closed", "half-open"):
            self.i += 1
        if self.i > start and self.word(-1) in _NOUNS and self.op() in ("(", "[", "\\{", "]", "⟨", "{"):
            return True
        self.i = start
        return False

    def signed_word(self, word: str) -> Node | None:
        """``negative 5``, ``minus infinity``."""
        start = self.i
        self.i += 1
        kind, value, _ = self.toks[self.i]
        if kind == "word" and value.lower() != "infinity":
            self.i = start
            return self.named_set()
        inner = self.item()
        return neg(inner) if _NEGATIVE[word] == "-" else inner

    def led(self, word: str) -> Node:
        """``if x < 2 then 3x``, ``for x > 0: 3``: the condition comes first."""
        self.i += 1
        conditions = self.conditions(word)
        while self.op() in (",", ":") or self.word() in ("then", "it", "we", "is", "have"):
            self.i += 1
        return given(self.item(), conditions)

    def range(self) -> Node:
        """``between 3 and 4``, ``from 3 to 4``."""
        low, low_in, high, high_in = self.between_ends()
        if low_in != high_in or self.ends_said:
            return Node("interval", (low, low_in, high, high_in))
        return Node("range", (low, high))

    ends_said = False

    def between_ends(self) -> tuple[Node, bool, Node, bool]:
        """The two ends after ``between`` or ``from``, and whether they belong to it."""
        joiner = "and" if self.word() == "between" else "to"
        self.i += 1
        low = self.setlevel()
        if self.word() != joiner and not (joiner == "to" and self.op() == ":"):
            raise Unreadable("a range with one end")
        self.i += 1
        high = self.setlevel()
        start = self.i
        self.take(",")
        bracket = self.take("(")
        ends = self.phrase(RANGE_ENDS)
        if ends is None:
            self.i = start
            high = self.measured(high)
            ends = self.phrase(RANGE_ENDS)
        elif bracket:
            self.expect(")")
        self.ends_said = ends is not None
        return low, ends == "closed", high, ends == "closed"

    def named_set(self) -> Node | None:
        """``all real numbers except 2``, ``the positive integers``: a set in words."""
        start = self.i
        if self.word() == "the":
            self.i += 1
        if self.word() == "set" and self.word(1) == "of":
            self.i += 2
        begun = self.i
        kinds = self.domain()
        if self.i == begun or not (begun > start or self.plural(begun)):
            self.i = start
            return None
        base = [kind for kind in kinds if kind in _SETS]
        if len(base) != 1 or len(kinds) > 2:
            self.i = start
            return None
        sign = [kind for kind in kinds if kind not in _SETS]
        if sign and sign[0] == "constant":
            return None
        found = Node("const", (base[0] + (sign[0] + "0" if sign else ""),))
        letter: Node | None = None
        if self.toks[self.i][0] in ("sym", "let") and self.word(1) not in (":",):
            letter = self.setlevel()
            if letter.op != "sym":
                raise Unreadable("a set of more than a letter")
        return self.restricted(found, letter or Node("sym", ("x",)))

    def plural(self, start: int) -> bool:
        """Whether the words since ``start`` speak of many numbers: ``all reals``, ``positive integers``."""
        said = [str(self.toks[n][1]).lower() for n in range(start, self.i)]
        return said[0] in ("all", "any", "every") or said[-1].endswith("s")

    def restricted(self, found: Node, letter: Node) -> Node:
        """The restriction behind a set in words, if there is one."""
        conditions: list[Node] = []
        if self.op() in RELATIONS:
            conditions = [self.chain(letter)]
        elif self.word() in ("between", "from"):
            closed = self.word() == "from" and found in _WHOLE  # integers from 4 to 6
            low, low_in, high, high_in = self.between_ends()
            if not self.ends_said and not closed:
                raise Unreadable("a range whose ends are not said")
            if closed and not self.ends_said:
                low_in = high_in = True
            signs = ("<=" if low_in else "<", "<=" if high_in else "<")
            conditions = [Node("rel", (signs, low, letter, high))]
        else:
            while (op := self.phrase(COMPARATIVES)) is not None:
                conditions.append(Node("rel", ((op,), letter, self.setlevel())))
                if self.word() == "and":
                    self.i += 1
        if self.word() in CONDITION_WORDS:
            conditions += self.conditions("for" if self.word() != "unless" else self.skip())
        if conditions:
            joined = [Node("rel", (("∈",), letter, found)), *conditions]
            found = Node("where", (letter, Node("seq", ("", "and", *joined))))
        found = self.excluding(found)
        return self.remark(found) if self.op() == "(" else found

    def excluding(self, found: Node) -> Node:
        """A set in words without the points that are named behind it: ``all reals but 1 and -1``."""
        start = self.i
        self.take(",")
        if self.phrase(EXCLUSIONS) is None:
            self.i = start
            return found
        points = []
        while not (self.at_end() or self.op() in CLOSERS):
            point = self.item()
            points.append(point.right if point.op == "rel" and point.signs == ("=",) else point)
            while self.word() in ("and", "or") or self.op() == ",":
                self.i += 1
        if not points:
            raise Unreadable("a set without nothing")
        return Node("minus", (found, Node("seq", ("{}", ",", *points))))

    def skip(self) -> str:
        """Takes the word at hand."""
        word = self.word()
        self.i += 1
        return word

    def text(self) -> Node:
        """Running text up to the next separator; ``area = 5`` and ``Paolo: 18`` are relations."""
        found: list[str] = []
        while True:
            kind, value, _ = self.toks[self.i]
            if kind == "end" or (kind == "word" and value in ("and", "or")):
                break
            if kind == "op":
                if value in ("=", ":", "≈"):
                    if DOUBTFUL & set(found):
                        raise Unreadable("a name that names nothing")
                    self.i += 1
                    return related(("=",), [Node("text", tuple(found)), self.item()])
                if value in (",", ";", "\\\\", "&") or value in CLOSERS or value in RELATIONS:
                    break
                if value in ("(", "[") and found and (placed := self.labelled(found)) is not None:
                    return placed
                if value in (".", "'", '"', "*", "^", "_", "`", "#", "$"):
                    self.i += 1
                    continue
            if kind == "word" and value in ("is", "are", "equals") and found and not DOUBTFUL & set(found):
                rest = self.toks[self.i + 1]
                if rest[0] not in ("word", "let", "end") and rest[:2] != ("op", ":"):
                    self.i += 1
                    return related(("=",), [Node("text", tuple(found)), self.item()])
            if found and found[-1] == "at" and (where := self.labelled(found)) is not None:
                return where
            if kind == "word" and found and value.lower() in CONDITION_WORDS:
                place = self.here()
                try:
                    return self.conditioned(Node("text", tuple(found)))
                except Unreadable:
                    self.back(place)
            found.append(spelled(value).lower())
            self.i += 1
        if not found:
            raise Unreadable("no word")
        return Node("text", tuple(found))

    def labelled(self, label: list[str]) -> Node | None:
        """``concave up on (0, 3)``, ``minimum at 2``: a point, an interval, a place behind its label."""
        place = self.here()
        try:
            value = self.setlevel()
        except Unreadable:
            self.back(place)
            return None
        if (
            (value.op not in _PLACES and label[-1] != "at")
            or value.op == "text"
            or not self.closed()
            or DOUBTFUL & set(label)
        ):
            self.back(place)
            return None
        if label[-1] in ("at", "on"):
            label = label[:-1]
        return related(("=",), [Node("text", (*label, "at")), value])

    def tail(self, value: Node) -> Node:
        """The words after a value: unit, condition, bound, hedge, remark."""
        while True:
            kind, token, _ = self.toks[self.i]
            if kind in ("word", "let"):
                word = self.word()
                start = self.i
                bound = self.phrase(AFTER_BOUND)
                if bound:
                    value = Node("bound", (bound, value))
                    continue
                if word in ("and", "or") or word in VERBS or (value.op == "sym" and self.leaves()):
                    break
                if word in ("because", "since"):
                    self.reason()
                    break
                if word in CONDITION_WORDS:
                    value = self.conditioned(value)
                elif word in ELSE:
                    self.i += 1
                    if not self.closed():
                        self.i = start
                        break
                    value = given(value, [Node("otherwise", ())])
                elif self.phrase(HEDGES):
                    value = Node("hedge", (value,))
                elif value.op == "sym" and self.domain():
                    self.i = start
                    break
                else:
                    value = self.unit(value)
                if self.i == start:
                    break
            elif kind == "op" and token == "(":
                value = self.remark(value)
            else:
                break
        return value

    def reason(self) -> None:
        """``because ...`` to the end of the text, in plain words: it says nothing of the value."""
        while not self.at_end():
            kind, value, _ = self.toks[self.i]
            word = str(value).lower()
            plain = kind == "word" or word in ("i", "a") or (kind == "op" and value in (",", ".", "'", ";"))
            if not plain or word in DOUBTFUL or word in ELSE or word in ("or", "if", "when"):
                raise Unreadable("a reason that is not in plain words")
            self.i += 1

    def remark(self, value: Node) -> Node:
        """What is said in brackets after a value: a condition, the same in other writing, another value."""
        self.nest()
        self.i += 1
        word = self.word()
        if word in CONDITION_WORDS:
            self.i += 1
            value = given(value, self.conditions(word, value))
        elif word in ("mod", "modulo"):
            value = self.modulo(value)
        elif word == "or" or self.op() == "=":
            self.i += 1
            value = Node("seq", ("", "or", value, self.item()))
        elif self.take("≈") or self.phrase(APPROXIMATELY):
            value = Node("rel", (("≈",), value, self.item()))
        else:
            place = self.here()
            try:
                value = given(value, [self.condition()])
            except Unreadable:
                self.back(place)
                described = self.unit(ZERO if value.op in _SETS_OF else value)
                if value.op not in _SETS_OF:
                    value = described
                elif not _OF_SETS.isdisjoint(str(token[1]).lower() for token in self.toks[place[0] : self.i]):
                    raise Unreadable("a remark on a set") from None
                if self.i == place[0]:
                    raise Unreadable("a remark") from None
        self.expect(")")
        self.depth -= 1
        return value
