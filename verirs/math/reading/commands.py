"""LaTeX commands with arguments: fractions, roots, functions, sums and integrals, matrices."""

from __future__ import annotations

from verirs.math.reading.lexer import FUNCTIONS
from verirs.math.reading.stream import OPENERS, RELATIONS, Stream
from verirs.math.values import EMPTY, INFINITY, ONE, TWO, Node, Refused, Unreadable, neg, words

MAX_CELLS = 400
_SETS = {"R": "R", "Z": "Z", "N": "N", "Q": "Q", "C": "C"}
_SIGNED_SETS = {
    "+": ">0", ">0": ">0", "*": "!=0", "!=0": "!=0", "-": "<0", "<0": "<0", "0": ">=0", ">=0": ">=0",
    "<=0": "<=0",
}  # fmt: skip
_AROUND = {"vmatrix": "det", "Vmatrix": "abs"}
_ALIGNED = words("cases dcases rcases aligned align alignedat gathered split array")
_ENVIRONMENTS = words("pmatrix bmatrix matrix Bmatrix vmatrix Vmatrix array smallmatrix")
_DECORATIONS = words(
    "overline vec hat bar tilde dot ddot widehat widetilde overrightarrow overleftarrow mathbb check breve"
)
_ARROWS = words("vec overrightarrow")
_BIG = words("bigcup bigcap sum prod int iint iiint oint lim limsup liminf sup inf max min")
_SIMPLE_COMMANDS = words("imath jmath frac sqrt surd curt binom dbinom")
_OF_SEVERAL = words("max min gcd lcm")
_INVERSE = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
    "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh",
}  # fmt: skip
_ALIAS = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "lg": "log",
}  # fmt: skip
ATOM_COMMANDS = (
    _SIMPLE_COMMANDS | FUNCTIONS | _DECORATIONS | _BIG | words("begin emptyset varnothing circ degree")
)


_PROGRAM_BASES = (TWO, Node("int", (10,)))
_GLUED = ("op", "(", False)
_BOUND = (Node("const", ("i",)), Node("const", ("e",)))


def replaced(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return Node(node.op, tuple(replaced(x, old, new) if isinstance(x, Node) else x for x in node.args))


class Commands(Stream):
    """Reads what follows a command."""

    def braced(self) -> Node:
        """The argument of a command: a group, a bracketed value, or one token (TeX takes one digit)."""
        kind, value, _ = self.toks[self.i]
        if kind == "num" and value.op == "int":
            digits = str(value.number)
            if len(digits) > 1:
                self.toks[self.i] = ("num", Node("int", (int(digits[1:]),)), False)
                return Node("int", (int(digits[0]),))
        if kind == "op" and value not in OPENERS and value != "-":
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
        if name in ("nCr", "nPr", "comb", "perm"):
            self.nest()
            args = self.arguments()
            self.depth -= 1
            if len(args) != 2:
                raise Unreadable(f"{name} of two")
            return chosen("P" if name in ("nPr", "perm") else "C", *args)
        if name in ("imath", "jmath"):
            return self.symbol(name[0])
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
        inside = {"imath": "i", "jmath": "j"}.get(inside, inside)
        if name == "mathbb" and inside in _SETS:
            return self.signed_set(inside)
        if name in _ARROWS or (name == "hat" and inside in ("i", "j", "k")):
            return self.letters(inside)
        if name == "bar" or name == "overline":
            if len(inside) > 1 and inside.isupper():  # a segment
                return Node("mul", tuple(Node("sym", (c,)) for c in inside))
            return Node("sym", (f"bar {inside}",))
        return self.symbol(f"{name} {inside}")

    def letters(self, run: str) -> Node:
        """``\\vec{F}`` is F, ``\\vec{AB}`` the letters AB, as in bold."""
        if len(run) == 1 or not run.isalpha():
            return self.symbol(run)
        return Node("mul", tuple(Node("sym", (c,)) for c in run))

    def signed_set(self, name: str) -> Node:
        """``Z``, and ``Z^+``, ``R_{\\ge 0}``, ``N_0``: the numbers of one sign."""
        start = self.i
        if self.op() in ("^", "_"):
            self.i += 1
            try:
                sign = _SIGNED_SETS.get(self.flat_group())
            except Unreadable:
                sign = None
            if sign == ">=0" and name == "N":
                return Node("const", ("N0",))
            if sign:
                return Node("const", (name if name == "N" else name + sign,))
            self.i = start
        return Node("const", (name,))

    def function(self, name: str) -> Node:
        self.nest()
        power: Node | None = None
        base: Node | None = None
        if name == "log" and (written := self.program_base()) is not None:
            base = written
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
        if name in _OF_SEVERAL and len(args) == 1:
            (only,) = args
            if only.op in ("int", "dec"):
                raise Unreadable(f"{name} of one number")
            if only.op == "seq" and only.brackets == "{}" and only.items:
                args = only.items
        if name in ("log", "ln") and base is None and len(args) == 2:
            node = Node("log", args)
        elif name == "log" and base is not None:
            node = Node("log", (*args[:1], base))
        elif name in ("abs", "floor", "ceil") and len(args) == 1:
            node = Node(name, args)
        elif name == "factorial" and len(args) == 1:
            node = Node("fact", args)
        elif name == "pow" and len(args) == 2:
            node = Node("pow", args)
        elif name in ("binom", "choose") and len(args) == 2:
            node = Node("binom", args)
        else:
            node = Node("fn", (name, *args))
        return node if power is None else Node("pow", (node, power))

    def program_base(self) -> Node | None:
        """Takes the base of ``log2(x)`` and ``log10(x)``."""
        kind, value, spaced = self.toks[self.i]
        if kind != "num" or spaced or value not in _PROGRAM_BASES or self.toks[self.i + 1] != _GLUED:
            return None
        self.i += 1
        base: Node = value
        return base

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
                else:  # \int_0^3: what follows is the other limit, no exponent
                    sign = self.signs()
                    lower = neg(self.atom()) if sign == "-" else self.atom()
            else:
                upper = self.script()
        if name in ("bigcup", "bigcap"):
            body = self.setlevel()
        else:
            body = self.product() if name not in ("int", "iint", "iiint", "oint") else self.sum()
        self.depth -= 1
        if name in ("bigcup", "bigcap"):
            return self.indexed_union(name, lower, upper, body)
        if lower.op == "rel" and lower.left in _BOUND:  # a sum over i
            index = lower.left
            letter = Node("sym", index.args)
            lower, body = replaced(lower, index, letter), replaced(body, index, letter)
        return Node("big", (name, lower, upper, body))

    def indexed_union(self, name: str, lower: Node, upper: Node, body: Node) -> Node:
        """``\\bigcup_{k \\in Z} (2k, 2k+1)``: the interval for every k; a finite intersection is not read."""
        whole = Node("const", ("Z",))
        if name != "bigcup" or symbol_of(lower) is None:
            raise Unreadable(name)
        letter = symbol_of(lower)
        if lower.op == "sym":
            return Node("given", (body, Node("rel", (("∈",), lower, whole))))
        if lower.signs == ("∈",):
            return Node("given", (body, lower))
        conditions = [Node("rel", (("∈",), letter, whole))]
        if lower.right != neg(INFINITY):
            conditions.append(Node("rel", ((">=",), letter, lower.right)))
        if upper != INFINITY:
            conditions.append(Node("rel", (("<=",), letter, upper)))
        return Node("given", (body, *conditions))

    def environment(self) -> Node:
        name = self.flat_group().rstrip("*")
        if name in _ALIGNED and name != "array":
            return self.lines(name)
        if name not in _ENVIRONMENTS:
            raise Unreadable(f"the environment {name}")
        self.nest()
        if name == "array" and self.op() == "{":
            self.flat_group()
            if self.braced_lines:
                return self.lines(name)
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
        return Node(_AROUND[name], (node,)) if name in _AROUND else node

    def lines(self, name: str) -> Node:
        """The lines of ``cases`` or an aligned block: cases where all have conditions, else one list."""
        rows: list[Node] = []
        while True:
            kind, value, _ = self.toks[self.i]
            if kind == "end":
                raise Unreadable("an open environment")
            if kind == "cmd" and value == "end":
                self.i += 1
                if self.flat_group().rstrip("*") != name:
                    raise Unreadable("a wrong end of environment")
                break
            if kind == "op" and value in ("\\\\", "&", ",", ";", "."):
                self.i += 1
                continue
            if rows and self.op() in RELATIONS:
                rows[-1] = self.continued(rows[-1])
                continue
            rows.append(self.line())
            if len(rows) > MAX_CELLS:
                raise Refused(f"more than {MAX_CELLS} lines")
        if not rows:
            raise Unreadable("an empty block")
        self.lines_end = self.i
        return self.block(rows)


def chosen(kind: str, n: Node, k: Node) -> Node:
    """Combinations ``C`` or permutations ``P`` of k out of n."""
    if kind == "C":
        return Node("binom", (n, k))
    rest = Node("fact", (Node("add", (n, neg(k))),))
    return Node("mul", (Node("fact", (n,)), Node("inv", (rest,))))


def symbol_of(bound: Node) -> Node | None:
    """The letter of ``k``, ``k = 0``, ``k \\in Z``."""
    letter = bound.left if bound.op == "rel" and len(bound.args) == 3 else bound
    return letter if letter.op == "sym" else None
