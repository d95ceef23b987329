"""The tightest parts of the grammar: letters, brackets, and what is written behind a value."""

from __future__ import annotations

from verirs.math.reading.bases import BASES
from verirs.math.reading.commands import Commands, chosen
from verirs.math.reading.stream import CLOSERS, CURRENCY_SIGNS, OPENERS, ORDINALS
from verirs.math.values import EMPTY, INFINITY, Node, Refused, Unreadable, neg

_APPLIED = frozenset("fghFGHPQWST")
PER = {"\u2030": 1_000, "\u2031": 10_000}
"""Signs that divide the number before them."""
PRINTED = frozenset(("array", "matrix", "immutablematrix", "tuple", "list", "finiteset", "point"))
"""Words before brackets as programs print them."""
_INVERTED = frozenset("fghFGHT")
_SIDE_BEGINS = (("op", ","), ("op", ";"), ("op", "="), ("word", "and"))
_SCRIPTS = (("op", "_"), ("op", "^"))


class Atoms(Commands):
    """Reads atoms and their exponents, subscripts and marks."""

    def power(self) -> Node:
        base = self.atom()
        posts = 0
        while True:
            kind, value, _ = self.toks[self.i]
            if kind != "op":
                return base
            if value == "^":
                self.i += 1
                base = self.exponent(base)
            elif value == "!":
                self.i += 1
                base = Node("fact", (base,))
            elif value in ("%", "\\%"):
                self.i += 1
                base = Node("pct", (base,))
            elif value in PER:
                self.i += 1
                base = Node("mul", (base, Node("inv", (Node("int", (PER[value],)),))))
            elif value == "_" and base.op in ("sym", "const") and self.toks[self.i - 1][:2] == ("op", "}"):
                self.i += 1  # \\mathbf{u}_1
                base = Node("sym", (f"{base.name}_{self.flat_group()}",))
            elif value == "_" and _coordinates(base):
                self.i += 1  # [x]_B
                base = Node("sym", (f"[{base.items[0].name}]_{self.flat_group()}",))
            elif value == "_" and base.op in ("int", "dec"):
                self.i += 1
                base = self.based(base)
            elif value == "'" and base.op in ("sym", "app"):
                self.i += 1
                base = Node("sym", (_name(base) + "'",))
            else:
                return base
            posts += 1
            if posts > 8:
                raise Refused("a long run of postfix operators")

    def exponent(self, base: Node) -> Node:
        toks = self.toks
        braced = toks[self.i][:2] == ("op", "{")
        at = self.i + braced
        kind, value, _ = toks[at]
        if kind == "cmd" and value in ("circ", "degree"):
            self.i = at + 1
            if braced:
                self.expect("}")
            kind, value, _ = toks[self.i]
            if kind in ("sym", "let") and value in ("C", "F"):  # a temperature
                self.i += 1
                return Node("qty", (base, (("celsius" if value == "C" else "fahrenheit", 1),)))
            return Node("deg", (base,))
        if kind in ("word", "let") and value.lower() in ORDINALS:
            self.i = at + 1
            if braced:
                self.expect("}")
            return base
        if braced and toks[at][:2] == ("op", "}"):
            self.i = at + 1
            return base
        if kind == "op" and value == "'":
            self.i = at
            primes = 0
            while self.take("'"):
                primes += 1
            if braced:
                self.expect("}")
            if base.op in ("int", "dec"):  # minutes or feet, seconds or inches
                if primes == 1 and self.toks[self.i][:2] == ("op", "^"):
                    return base
                return Node("qty", (base, (("'" if primes == 1 else '"', 1),)))
            return Node("sym", (_name(base) + "'" * primes,))
        return Node("pow", (base, self.script()))

    def script(self) -> Node:
        """What stands after ``^``: a group, or one signed atom with its own exponent."""
        self.nest()
        sign = self.signs()
        value = self.atom()
        if self.take("^"):
            value = self.exponent(value)
        self.depth -= 1
        return neg(value) if sign == "-" else value

    def based(self, digits: Node) -> Node:
        """``1011_2``, ``52_{\\text{eight}}``"""
        subscript = self.flat_group().lower()
        base = int(subscript) if subscript.isdecimal() and len(subscript) <= 2 else BASES.get(subscript, 0)
        if not 2 <= base <= 36 or digits.op not in ("int", "dec"):
            raise Unreadable("a subscript on a number")
        if digits.op == "int":
            return Node("based", (str(digits.number), base))
        mantissa, places = digits.args
        text = str(mantissa).rjust(places + 1, "0")
        return Node("based", (f"{text[:-places]}.{text[-places:]}" if places else text, base))

    def atom(self) -> Node:
        kind, value, _ = self.toks[self.i]
        if kind == "num":
            self.i += 1
            literal: Node = value
            return literal
        if kind == "sym" or kind == "let":
            self.i += 1
            return self.symbol(value)
        if kind == "word" and value.lower() in ("const", "constant"):  # x^2 + constant
            self.i += 1
            return Node("sym", ("C",))
        if kind == "word" and value.lower() in PRINTED and self.toks[self.i + 1][:2] == ("op", "("):
            self.i += 1
            return self.atom()
        if kind == "cmd":
            self.i += 1
            return self.command(value)
        if kind == "op":
            if value in OPENERS or value in ("\\{", "]"):
                return self.bracket(value)
            if value in ("_", "^"):
                return self.prescript()
            if value in CURRENCY_SIGNS:
                return self.money()
        raise Unreadable(f"found {str(value)[:20]!r}")

    def symbol(self, name: str) -> Node:
        if name == "\\pi":
            return Node("const", ("pi",))
        if name == "\\infty":
            return INFINITY
        subscripted, begin = False, self.i - 1
        while self.op() == "_":
            self.i += 1
            name += "_" + self.flat_group()
            subscripted = True
        primes = self.primes()
        if primes:
            name, subscripted = name + "'" * primes, True
        elif name in _INVERTED and self.inverse():
            name += "^-1"
            return self.applied(name)
        if not subscripted and name in ("e", "i"):
            return Node("const", (name,))
        if self.op() == "(" and name[0] != "…":
            capital = name[0].isupper() and (self.several() or (len(name) > 2 and name.isalpha()))
            if name[0] in _APPLIED or primes or capital or self.lone_argument(name, begin):
                return self.applied(name)
        return Node("sym", (name,))

    def primes(self) -> int:
        """How many primes stand here, bare or as an exponent."""
        toks, at = self.toks, self.i
        raised = toks[at][:2] == ("op", "^")
        braced = raised and toks[at + 1][:2] == ("op", "{")
        at += raised + braced
        count = 0
        while toks[at][0] == "op" and toks[at][1] in ("'", '"'):
            count += 1 if toks[at][1] == "'" else 2
            at += 1
        if not count or (braced and toks[at][:2] != ("op", "}")):
            return 0
        self.i = at + braced
        return count

    def inverse(self) -> bool:
        """Takes ``^{-1}`` before an argument: the inverse function."""
        toks, at = self.toks, self.i
        if [t[1] for t in toks[at : at + 3]] != ["^", "{", "-"] or toks[at + 3][1] != Node("int", (1,)):
            return False
        if [t[1] for t in toks[at + 4 : at + 6]] != ["}", "("]:
            return False
        self.i = at + 5
        return True

    def several(self) -> bool:
        """Whether a comma stands between the brackets at hand."""
        level = 0
        for kind, value, _ in self.toks[self.i :]:
            if kind == "op" and value in ("(", "[", "\\{", "{"):
                level += 1
            elif kind == "op" and value in CLOSERS:
                level -= 1
                if level == 0:
                    return False
            elif level == 1 and kind == "op" and value in (",", "|"):
                return True
        return False

    def prescript(self) -> Node:
        """``{}_5C_2``, ``{}^5C_2``, ``_5P_2``: combinations and permutations."""
        self.i += 1
        n = self.script()
        kind, value, _ = self.toks[self.i]
        if kind not in ("sym", "let") or value not in ("C", "P") or self.toks[self.i + 1][:2] not in _SCRIPTS:
            raise Unreadable("an index before a letter")
        self.i += 2
        return chosen(value, n, self.script())

    def lone_argument(self, name: str, begin: int) -> bool:
        """``x(t)``, ``I(0)``, ``y(0) = 1``: another letter in brackets after a letter; a number after a
        capital or where nothing else is on this side of the equation."""
        toks, i = self.toks, self.i
        if toks[i][2] or i + 2 >= len(toks) or toks[i + 2][:2] != ("op", ")"):
            return False
        kind, value, _ = toks[i + 1]
        if kind == "num":
            alone = begin == 0 or toks[begin - 1][:2] in _SIDE_BEGINS
            return name[0].isupper() or (alone and toks[i + 3][:2] == ("op", "="))
        return kind == "sym" and value != name and not value.startswith("\\pi")

    def applied(self, name: str) -> Node:
        self.nest()
        self.i += 1
        if (bar := self.one_bar()) >= 0:
            name += " given"
            self.toks[bar] = ("op", ",", True)
        bars, self.bars = self.bars, 0
        items, _, _ = self.items()
        self.bars = bars
        self.expect(")")
        self.depth -= 1
        if not items:
            raise Unreadable("a function of nothing")
        return Node("app", (name, *items))

    def one_bar(self) -> int:
        """Where the only bar in the brackets at hand stands, as in ``P(A | B)``, else -1."""
        level, found = 0, -1
        for at in range(self.i, len(self.toks)):
            kind, value, _ = self.toks[at]
            if kind != "op":
                continue
            if value in ("(", "[", "\\{", "{", "⟨"):
                level += 1
            elif value in CLOSERS:
                level -= 1
                if level < 0:
                    return found
            elif value == "|":
                if found >= 0:
                    return -1
                found = at if level == 0 else -1
        return -1

    def bracket(self, opener: str) -> Node:
        self.nest()
        self.i += 1
        if opener in ("|", "‖"):
            self.bars += 1
            inner = self.setlevel()
            self.bars -= 1
            self.expect(opener)
            self.depth -= 1
            return Node("det" if inner.op == "matrix" and opener == "|" else "abs", (inner,))
        if opener == "(" and (bar := self.one_bar()) > 0 and self.toks[bar - 1][0] == "num":
            after = self.toks[bar + 1]
            if after[0] == "num" or after[:2] == ("op", "-"):  # (2 | -1)
                self.toks[bar] = ("op", ",", True)
        bars, builder = self.bars, self.builder
        self.bars, self.builder = 0, opener == "\\{"
        lines, self.braced_lines = self.braced_lines, opener == "\\{"
        items, joiner, trailing = self.items()
        self.braced_lines = lines
        if self.lines_end == self.i and opener == "\\{" and len(items) == 1 and self.op() != "\\}":
            found: Node | None = items[0]  # \\left\\{ ... \\right.
        elif self.builder and self.op() in ("|", ":") and items:
            found = self.set_builder(items[0] if len(items) == 1 else Node("seq", ("", joiner, *items)))
        else:
            kind, closer, _ = self.toks[self.i]
            if kind != "op" or (closer not in CLOSERS and not (closer == "[" and opener in ("[", "]"))):
                raise Unreadable(f"an open {opener!r}")
            self.i += 1
            found = _bracketed(opener, closer, items, joiner, trailing)
        self.bars, self.builder = bars, builder
        self.depth -= 1
        if found is None:  # {} is nothing at all
            if self.at_end() and self.toks[self.i - 3][:2] == ("op", "="):  # L = {}
                return EMPTY
            if self.toks[self.i][0] in ("num", "sym", "cmd") or self.op() in ("_", "^"):
                return self.atom()
            raise Unreadable("an empty group")
        return found

    def set_builder(self, variable: Node) -> Node:
        self.i += 1
        self.builder = False
        items, joiner, _ = self.items()
        self.expect("\\}")
        if not items:
            raise Unreadable("a set without a condition")
        return self.built(variable, items, joiner)


def _bracketed(opener: str, closer: str, items: list[Node], joiner: str, trailing: bool) -> Node | None:
    if opener == "{":
        if closer != "}":
            raise Unreadable("crossed brackets")
        if not items:
            return None
        return items[0] if len(items) == 1 and not trailing else Node("seq", ("{}", joiner, *items))
    if opener == "\\{":
        if closer != "\\}":
            raise Unreadable("crossed brackets")
        return Node("seq", ("{}", joiner, *items))
    if opener == "⟨":
        if closer != "⟩":
            raise Unreadable("crossed brackets")
        return Node("seq", ("<>", joiner, *items))
    if opener in ("⌊", "⌈"):
        if closer != {"⌊": "⌋", "⌈": "⌉"}[opener] or len(items) != 1:
            raise Unreadable("crossed brackets")
        return Node("floor" if opener == "⌊" else "ceil", (items[0],))
    if closer == "[" or opener == "]":  # ]a, b[
        if len(items) != 2 or closer not in ("]", "[", ")"):
            raise Unreadable("crossed brackets")
        return Node("interval", (items[0], opener == "[", items[1], closer == "]"))
    if closer not in (")", "]"):
        raise Unreadable("crossed brackets")
    if opener + closer in ("()", "[]"):
        if len(items) == 1 and not trailing and (opener == "(" or items[0].op == "matrix"):
            return items[0]
        return Node("seq", (opener + closer, joiner, *items))
    if len(items) != 2:
        raise Unreadable("crossed brackets")
    return Node("interval", (items[0], opener == "[", items[1], closer == "]"))


def _coordinates(node: Node) -> bool:
    """A letter alone in square brackets: with a basis below it a vector's coordinates."""
    return node.op == "seq" and node.brackets == "[]" and len(node.args) == 3 and node.items[0].op == "sym"


def _name(node: Node) -> str:
    return node.name if node.op in ("sym", "app") else repr(node)
