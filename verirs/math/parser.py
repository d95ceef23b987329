"""Tokens to values: recursive descent over one grammar for LaTeX and plain text.

Loosest to tightest: lists (``,`` ``;`` and, or), relations, set operations, ratios, sums, products
(written or by juxtaposition), signs, postfix (``^ _ ! %``), atoms. Nothing is evaluated. Either all
tokens are understood or :class:`Unreadable` is raised: never a partial value. Nesting is limited to
``MAX_DEPTH``, so the recursion is bounded.
"""

from __future__ import annotations

from verirs.math import units
from verirs.math.lexer import FUNCTIONS, Token
from verirs.math.values import EMPTY, INFINITY, ONE, TWO, Node, Refused, Unreadable, neg, words

MAX_DEPTH = 60
MAX_CELLS = 400
_RELATIONS = frozenset(("=", "<", ">", "<=", ">=", "!=", "≈", "≡", "≅", "→", "∈", "∉", "~", "⊥", "∥"))
_CLOSERS = frozenset((")", "]", "\\}", "}", "⟩", "⌋", "⌉"))
_CURRENCIES = {"\\$": "dollar", "€": "euro", "£": "gbp", "¥": "yen", "₹": "rupee"}
_SETS = {"R": "R", "Z": "Z", "N": "N", "Q": "Q", "C": "C"}
_ENVIRONMENTS = words("pmatrix bmatrix matrix Bmatrix vmatrix Vmatrix array smallmatrix")
_DECORATIONS = words(
    "overline vec hat bar tilde dot ddot widehat widetilde overrightarrow overleftarrow mathbb check breve"
)
_BIG = words("sum prod int iint iiint oint lim limsup liminf sup inf max min")
_SIMPLE_COMMANDS = words("frac sqrt surd curt binom dbinom")
_ATOM_COMMANDS = (
    _SIMPLE_COMMANDS | FUNCTIONS | _DECORATIONS | _BIG | words("begin emptyset varnothing circ degree")
)
_OPENERS = frozenset(("(", "[", "{", "|", "⌊", "⌈", "⟨", "‖"))
_APPLIED = frozenset("fghFGHPQWST")
_STOP_WORDS = words(
    "for where with if when as since because such given unless provided assuming whenever rounded per"
)
_ORDINALS = frozenset(("th", "st", "nd", "rd"))
_INVERSE = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
    "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh",
}  # fmt: skip
_ALIAS = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "lg": "log",
}  # fmt: skip


class Parser:
    """One pass over the tokens of one answer."""

    def __init__(self, toks: list[Token]) -> None:
        self.toks = toks
        self.i = 0
        self.depth = 0
        self.bars = 0  # open |...|
        self.builder = False  # directly inside { | }

    # -- small helpers ------------------------------------------------------------------------
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

    # -- lists and items ----------------------------------------------------------------------
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
            if kind == "op" and value == "." and self.toks[self.i + 1][1] in _CLOSERS:
                self.i += 1
                continue
            if kind == "end" or (kind == "op" and (value in _CLOSERS or (value == "|" and self.bars))):
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
            if self.at_end() or self.op() in _CLOSERS:
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
                if value in (",", ";", "\\\\", "&") or value in _CLOSERS or value in _RELATIONS:
                    break
                if value in (".", "'", '"', "*", "^", "_", "`", "#", "$"):
                    self.i += 1
                    continue
            if kind == "word" and value in ("is", "are", "equals") and found:
                rest = self.toks[self.i + 1]
                if rest[0] not in ("word", "let", "end"):
                    self.i += 1
                    return Node("rel", (("=",), Node("text", tuple(found)), self.item()))
            found.append(_spelled(value).lower())
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

    def skip_parenthesis(self) -> None:
        level = 0
        while not self.at_end():
            op = self.op()
            level += (op == "(") - (op == ")")
            self.i += 1
            if level == 0:
                return

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
                if low in _ORDINALS and not parts:
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

    def rest(self) -> str:
        """A condition up to the end of the text or the enclosing bracket, as it is written."""
        level, start = 0, self.i
        while not self.at_end():
            op = self.op()
            if op in ("(", "[", "\\{", "{"):
                level += 1
            elif op in _CLOSERS:
                if level == 0:
                    break
                level -= 1
            self.i += 1
        return "".join(_spelled(value) for _, value, _ in self.toks[start : self.i])

    def small_exponent(self) -> int:
        braced = self.take("{")
        sign = -1 if self.take("-") else 1
        kind, value, _ = self.toks[self.i]
        if kind != "num" or value.op != "int" or value.args[0] > 9:
            raise Unreadable("the exponent of a unit")
        self.i += 1
        if braced:
            self.expect("}")
        power: int = value.args[0]
        return sign * power

    # -- sets, sums, products -----------------------------------------------------------------
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
                if value not in _OPENERS or (value == "|" and (self.bars or self.builder)):
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
                if value not in _ATOM_COMMANDS:
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

    # -- postfix ------------------------------------------------------------------------------
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
        if kind in ("word", "let") and value.lower() in _ORDINALS:
            self.i = at + 1
            if braced:
                self.expect("}")
            return base
        if braced and toks[at][:2] == ("op", "}"):
            self.i = at + 1
            return base
        if kind == "op" and value == "'":
            while self.take("'"):
                pass
            return Node("sym", (_name(base) + "'",))
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
        subscript = self.flat_group()
        if (
            digits.op != "int"
            or not subscript.isdecimal()
            or len(subscript) > 2
            or not 2 <= int(subscript) <= 36
        ):
            raise Unreadable("a subscript on a number")
        return Node("based", (digits.args[0], int(subscript)))

    def flat_group(self) -> str:
        """A group or a single token as flat text: subscripts are only names."""
        kind, value, _ = self.toks[self.i]
        if (kind, value) != ("op", "{"):
            if kind == "end" or (kind == "op" and value not in ("*", "+", "-", "'")):
                raise Unreadable("a missing subscript")
            self.i += 1
            return _spelled(value)
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
                out.append(_spelled(value))

    # -- atoms --------------------------------------------------------------------------------
    def atom(self) -> Node:
        kind, value, _ = self.toks[self.i]
        if kind == "num":
            self.i += 1
            literal: Node = value
            return literal
        if kind == "sym" or kind == "let":
            self.i += 1
            return self.symbol(value)
        if kind == "cmd":
            self.i += 1
            return self.command(value)
        if kind == "op":
            if value in _OPENERS or value == "\\{":
                return self.bracket(value)
            if value in _CURRENCIES:
                self.i += 1
                amount = self.power()
                if self.toks[self.i][0] in ("word", "let"):
                    amount = self.unit(amount)
                    amount = amount.args[0] if amount.op == "qty" else amount
                return Node("qty", (amount, ((_CURRENCIES[value], 1),)))
        raise Unreadable(f"found {str(value)[:20]!r}")

    def symbol(self, name: str) -> Node:
        if name == "\\pi":
            return Node("const", ("pi",))
        if name == "\\infty":
            return INFINITY
        subscripted = False
        while self.op() == "_":
            self.i += 1
            name += "_" + self.flat_group()
            subscripted = True
        if not subscripted and name in ("e", "i"):
            return Node("const", (name,))
        if self.op() == "(" and name[0] != "…" and (name[0] in _APPLIED or self.lone_argument(name)):
            return self.applied(name)
        return Node("sym", (name,))

    def lone_argument(self, name: str) -> bool:
        """``x(t)``, ``I(0)``: another letter in brackets after a letter, a number after a capital."""
        toks, i = self.toks, self.i
        if toks[i][2] or i + 2 >= len(toks) or toks[i + 2][:2] != ("op", ")"):
            return False
        kind, value, _ = toks[i + 1]
        if kind == "num":
            return name[0].isupper()
        return kind == "sym" and value != name and not value.startswith("\\pi")

    def applied(self, name: str) -> Node:
        self.nest()
        self.i += 1
        bars, self.bars = self.bars, 0
        items, _, _ = self.items()
        self.bars = bars
        self.expect(")")
        self.depth -= 1
        if not items:
            raise Unreadable("a function of nothing")
        return Node("app", (name, *items))

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
        bars, builder = self.bars, self.builder
        self.bars, self.builder = 0, opener == "\\{"
        items, joiner, trailing = self.items()
        if self.builder and self.op() in ("|", ":") and len(items) == 1:
            found: Node | None = self.set_builder(items[0])
        else:
            kind, closer, _ = self.toks[self.i]
            if kind != "op" or closer not in _CLOSERS:
                raise Unreadable(f"an open {opener!r}")
            self.i += 1
            found = _bracketed(opener, closer, items, joiner, trailing)
        self.bars, self.builder = bars, builder
        self.depth -= 1
        if found is None:  # {} is nothing at all
            if self.toks[self.i][0] in ("num", "sym", "cmd"):
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
        condition = items[0] if len(items) == 1 else Node("seq", ("", joiner, *items))
        return Node("where", (variable, condition))

    def braced(self) -> Node:
        """The argument of a command: a group, a bracketed value, or one token (TeX takes one digit)."""
        kind, value, _ = self.toks[self.i]
        if kind == "num" and value.op == "int":
            digits = str(value.args[0])
            if len(digits) > 1:
                self.toks[self.i] = ("num", Node("int", (int(digits[1:]),)), False)
                return Node("int", (int(digits[0]),))
        if kind == "op" and value not in _OPENERS and value != "-":
            raise Unreadable("a missing argument")
        if kind == "op" and value == "-":
            self.i += 1
            return neg(self.braced())
        self.nest()
        node = self.atom()
        self.depth -= 1
        return node

    def command(self, name: str) -> Node:
        if name == "frac":
            if self.op() == "(":
                raise Unreadable("frac with round brackets")
            top = self.braced()
            return Node("mul", (top, Node("inv", (self.braced(),))))
        if name in ("sqrt", "surd", "curt", "cbrt"):
            degree = Node("int", (3,)) if name in ("curt", "cbrt") else TWO
            if name == "sqrt" and self.take("["):
                degree = self.expression()
                self.expect("]")
            self.nest()
            inside = self.atom()
            self.depth -= 1
            return Node("root", (inside, degree))
        if name in ("binom", "dbinom", "tbinom"):
            if self.op() == "(":
                args = self.arguments()
                if len(args) != 2:
                    raise Unreadable("binom of two")
                return Node("binom", args)
            top = self.braced()
            return Node("binom", (top, self.braced()))
        if name in ("emptyset", "varnothing"):
            return EMPTY
        if name == "begin":
            return self.environment()
        if name in _BIG and self.op() in ("_", "^"):
            return self.big(name)
        if name in FUNCTIONS:
            return self.function(_ALIAS.get(name, name))
        if name in _DECORATIONS:
            return self.decorated(name)
        if name in ("sum", "prod", "int", "lim"):
            return self.big(name)
        raise Unreadable(f"the command \\{name}")

    def decorated(self, name: str) -> Node:
        inside = self.flat_group()
        if name == "mathbb" and inside in _SETS:
            return Node("const", (inside,))
        if name == "bar" or name == "overline":
            return Node("sym", (inside,)) if len(inside) > 1 else Node("sym", (f"bar {inside}",))
        return self.symbol(f"{name} {inside}")

    def function(self, name: str) -> Node:
        self.nest()
        power: Node | None = None
        base: Node | None = None
        while (op := self.op()) in ("^", "_"):
            self.i += 1
            if op == "^":
                power = self.script()
            else:
                base = self.script()
        if power == Node("int", (-1,)) and name in _INVERSE:
            name, power = _INVERSE[name], None
        args = self.arguments()
        self.depth -= 1
        if name == "log" and base is not None:
            node = Node("log", (args[0], base))
        elif name in ("abs", "floor", "ceil") and len(args) == 1:
            node = Node(name, args)
        elif name == "factorial" and len(args) == 1:
            node = Node("fact", args)
        elif name in ("binom", "choose") and len(args) == 2:
            node = Node("binom", args)
        else:
            node = Node("fn", (name, *args))
        return node if power is None else Node("pow", (node, power))

    def arguments(self) -> tuple[Node, ...]:
        """Arguments in brackets, or the run of simple factors after a function name."""
        if self.op() == "(" or self.op() == "[":
            opener = self.op()
            self.i += 1
            bars, builder = self.bars, self.builder
            self.bars, self.builder = 0, False
            items, _, _ = self.items()
            self.bars, self.builder = bars, builder
            self.expect(")" if opener == "(" else "]")
            if not items:
                raise Unreadable("a function of nothing")
            return tuple(items)
        sign = self.signs()
        factors = [self.power()]
        while True:
            kind, value, _ = self.toks[self.i]
            simple = kind in ("num", "sym") or (kind == "cmd" and value in _SIMPLE_COMMANDS)
            if not simple or (kind == "num" and factors[-1].op in ("int", "dec")):
                if (
                    kind == "op"
                    and value == "/"
                    and len(factors) == 1
                    and factors[0].op in ("const", "int", "sym")
                ):
                    nxt = self.toks[self.i + 1]
                    if nxt[0] in ("num", "sym"):  # sin pi/3
                        self.i += 1
                        factors.append(Node("inv", (self.power(),)))
                        continue
                break
            factors.append(self.power())
        inside = factors[0] if len(factors) == 1 else Node("mul", tuple(factors))
        return (neg(inside) if sign == "-" else inside,)

    def big(self, name: str) -> Node:
        self.nest()
        lower, upper = ONE, ONE
        while (op := self.op()) in ("_", "^"):
            self.i += 1
            if op == "_":
                if self.take("{"):
                    lower = self.item()
                    self.expect("}")
                else:
                    lower = self.script()
            else:
                upper = self.script()
        body = self.product() if name not in ("int", "iint", "iiint", "oint") else self.sum()
        self.depth -= 1
        return Node("big", (name, lower, upper, body))

    def environment(self) -> Node:
        name = self.flat_group().rstrip("*")
        if name not in _ENVIRONMENTS:
            raise Unreadable(f"the environment {name}")
        self.nest()
        if name == "array" and self.op() == "{":
            self.flat_group()
        builder, self.builder = self.builder, True  # & separates cells
        rows: list[tuple[Node, ...]] = []
        row: list[Node] = []
        cells = 0
        while True:
            kind, value, _ = self.toks[self.i]
            if kind == "cmd" and value == "end":
                self.i += 1
                if self.flat_group().rstrip("*") != name:
                    raise Unreadable("a wrong end of environment")
                break
            if kind == "op" and value == "&":
                self.i += 1
            elif kind == "op" and value == "\\\\":
                self.i += 1
                if row:
                    rows.append(tuple(row))
                row = []
            elif kind == "op" and value == "|":
                self.i += 1
            elif kind == "end":
                raise Unreadable("an open environment")
            else:
                row.append(self.item())
                cells += 1
                if cells > MAX_CELLS:
                    raise Refused(f"a matrix of more than {MAX_CELLS} entries")
        if row:
            rows.append(tuple(row))
        self.builder = builder
        self.depth -= 1
        if not rows or len({len(r) for r in rows}) != 1:
            raise Unreadable("a ragged matrix")
        node = Node("matrix", tuple(rows))
        return Node("det", (node,)) if name == "vmatrix" else node


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
    if closer not in (")", "]"):
        raise Unreadable("crossed brackets")
    if opener + closer in ("()", "[]"):
        if len(items) == 1 and not trailing and (opener == "(" or items[0].op == "matrix"):
            return items[0]
        return Node("seq", (opener + closer, joiner, *items))
    if len(items) != 2:
        raise Unreadable("crossed brackets")
    return Node("interval", (items[0], opener == "[", items[1], closer == "]"))


def _membership(node: Node) -> bool:
    """Whether an item only says what a letter ranges over."""
    return bool(
        node.op == "rel"
        and node.args[0] == ("∈",)
        and node.args[-1].op == "const"
        and node.args[1].op == "sym"
    )


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


def _spelled(value: object) -> str:
    """A token as part of a name."""
    if isinstance(value, Node):
        return str(value.args[0]) if value.op == "int" else "".join(map(str, value.args))
    return str(value)


def _name(node: Node) -> str:
    return str(node.args[0]) if node.op in ("sym", "app") else repr(node)
