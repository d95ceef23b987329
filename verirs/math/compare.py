"""Are two values equal? One method per kind of value; what cannot match is unequal at once.

The gold side comes first: it decides what may be left out (a unit, a name, a base), never the
answer. Every convention used is noted in ``used``. Equality of what is not a scalar comes down to
:func:`verirs.math.scalars.same_scalar` on its parts.
"""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

from verirs.math.policy import Policy
from verirs.math.scalars import Undecided, constant_factor, rounds_to, same_scalar
from verirs.math.sets import pieces
from verirs.math.units import factor
from verirs.math.values import INFINITY, Node, Refused, contains, neg, symbols

MAX_MATCHES = 4_000
MAX_SIGNS = 4
_SIGNS = frozenset(("pm", "mp"))
_SETS = frozenset(("interval", "union", "inter", "minus", "where"))
_INEQUALITIES = frozenset(("<", "<=", ">", ">=", "!="))
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_METRE_LETTERS = frozenset("msghLNJWVKA")
_WORDED = frozenset(("text", "raw"))


class Comparison:
    """Compares values under one policy; a fresh one for every pair."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.used: list[str] = []
        self.method = "form"
        self.undecided = ""
        self.work = 0

    def note(self, convention: str) -> bool:
        if convention not in self.used:
            self.used.append(convention)
        return True

    def equal(self, g: Node, a: Node) -> bool:
        """Whether the answer ``a`` is the gold ``g``.

        Raises:
            Refused: the comparison would cost too much.
        """
        if g == a:
            self.method = "identical"
            return True
        if contains(g, _SIGNS):
            g = expand(g)
        if contains(a, _SIGNS):
            a = expand(a)
        return self.same(g, a)

    def same(self, g: Node, a: Node) -> bool:
        self.work += 1
        if self.work > MAX_MATCHES:
            raise Refused("very many parts to compare")
        if g == a:
            return True
        g, a = _unwrapped(g), _unwrapped(a)
        if g.op == "rel" or a.op == "rel":
            return self.relations(g, a)
        if g.op in _WORDED or a.op in _WORDED:
            return self.words(g, a)
        if g.op == "ratio" or a.op == "ratio":
            return self.ratios(g, a)
        if g.op in _SETS or a.op in _SETS or _is_reals(g) or _is_reals(a):
            return self.sets(g, a)
        if g.op == "seq" or a.op == "seq" or g.op == "matrix" or a.op == "matrix":
            return self.collections(g, a)
        return self.quantities(g, a)

    # -- words --------------------------------------------------------------------------------
    def words(self, g: Node, a: Node) -> bool:
        self.method = "words"
        if g.op == a.op == "raw":
            return bool(g.args == a.args)
        one, two = _letters(g), _letters(a)
        return one is not None and one == two

    # -- relations ----------------------------------------------------------------------------
    def relations(self, g: Node, a: Node) -> bool:
        g, a = _tidied(g), _tidied(a)
        if g.op != "rel" or a.op != "rel":
            if g.op == "rel":
                return self.relation_and_value(g, a, gold=True)
            if a.op == "rel":
                return self.relation_and_value(a, g, gold=False)
            return self.same(g, a)
        gops, aops = g.args[0], a.args[0]
        if set(gops) == {"="} == set(aops):
            return self.equations(g, a)
        if set(gops) | set(aops) <= _INEQUALITIES | {"="}:
            if self.inequalities(g, a):
                return True
            return len(symbols(g) | symbols(a)) == 1 and self.real_sets(g, a)
        if gops == aops and len(g.args) == len(a.args):
            return all(self.same(x, y) for x, y in zip(g.args[1:], a.args[1:], strict=True))
        return False

    def equations(self, g: Node, a: Node) -> bool:
        (gname, gvalue), (aname, avalue) = _named(g), _named(a)
        if gname is not None and aname is not None:
            avalue = _renamed(gname, aname, avalue)
            if _same_name(gname, aname) and self.same(gvalue, avalue):
                return True
            if gname.op == "text" or aname.op == "text":
                return gname == aname and self.same(gvalue, avalue)
        if len(g.args) == 3 == len(a.args):
            return self.proportional(_difference(g), _difference(a))
        if len(g.args) == len(a.args):
            return all(self.same(x, y) for x, y in zip(g.args[1:], a.args[1:], strict=True))
        return False

    def inequalities(self, g: Node, a: Node) -> bool:
        if len(g.args) != len(a.args):
            return False
        for ops, sides in (
            (a.args[0], a.args[1:]),
            (tuple(_FLIP[o] for o in reversed(a.args[0])), tuple(reversed(a.args[1:]))),
        ):
            if ops == g.args[0] and all(self.same(x, y) for x, y in zip(g.args[1:], sides, strict=True)):
                return True
        if len(g.args) == 3:
            gop, aop = g.args[0][0], a.args[0][0]
            sign = self.factor_sign(_difference(g), _difference(a))
            if sign and symbols(g):
                return bool(gop == (aop if sign > 0 else _FLIP[aop]))
        return False

    def relation_and_value(self, rel: Node, value: Node, gold: bool) -> bool:
        """A relation on one side only: ``x = 5`` and 5, ``x < 2`` and an interval."""
        ops = rel.args[0]
        if ops == ("∈",):
            return self.same(rel.args[2], value) if gold else self.same(value, rel.args[2])
        if set(ops) & _INEQUALITIES:
            if value.op in _SETS or value.op == "seq" or _is_reals(value):
                return self.real_sets(rel, value)
            return False
        if set(ops) != {"="} or not self.policy.names:
            return False
        name, bare = _named(rel)
        if name is not None:
            if self.same(bare, value) if gold else self.same(value, bare):
                return self.note("names")
            if name.op in ("seq", "text", "ratio"):
                return False
        if len(rel.args) != 3 or value.op in _WORDED or value.op in ("seq", "matrix", "ratio", "qty"):
            return False
        if value.op in _SETS or _is_reals(value):
            return self.real_sets(rel, value)
        missing = symbols(rel) - symbols(value)
        difference = _difference(rel)
        for letter in sorted(missing)[:4]:
            if letter.endswith("()"):
                continue
            solved = Node("add", (Node("sym", (letter,)), Node("neg", (value,))))
            if self.proportional(difference, solved):
                return self.note("names")
        return False

    def proportional(self, f: Node, h: Node) -> bool:
        """Whether ``f = c h`` for a constant c other than 0: the equations ``f = 0`` and ``h = 0`` agree."""
        return self.factor_sign(f, h) != 0

    def factor_sign(self, f: Node, h: Node) -> int:
        if not symbols(f) or not symbols(h):
            return 0
        try:
            return constant_factor(f, h)
        except Undecided as error:
            self.undecided = str(error)
            return 0

    # -- sets of reals ------------------------------------------------------------------------
    def sets(self, g: Node, a: Node) -> bool:
        if g.op == a.op == "interval":
            return (
                g.args[1::2] == a.args[1::2]
                and self.same(g.args[0], a.args[0])
                and self.same(g.args[2], a.args[2])
            )
        if g.op == a.op == "where":
            return self.same(g.args[1], a.args[1])
        return self.real_sets(g, a)

    def real_sets(self, g: Node, a: Node) -> bool:
        self.method = "intervals"
        one, two = pieces(g), pieces(a)
        if one is None or two is None:
            return self.symbolic_sets(g, a)
        if len(one) != len(two):
            return False
        return all(
            p.lo_in == q.lo_in and p.hi_in == q.hi_in and self.scalar(p.lo, q.lo) and self.scalar(p.hi, q.hi)
            for p, q in zip(one, two, strict=True)
        )

    def symbolic_sets(self, g: Node, a: Node) -> bool:
        """Intervals whose ends hold letters: piece by piece as written."""
        one, two = _spans(g), _spans(a)
        if one is None or two is None or len(one) != len(two):
            return False
        return all(
            x[1] == y[1] and x[3] == y[3] and self.same(x[0], y[0]) and self.same(x[2], y[2])
            for x, y in zip(one, two, strict=True)
        )

    # -- tuples, lists, matrices --------------------------------------------------------------
    def collections(self, g: Node, a: Node) -> bool:
        gkind, akind = _kind(g), _kind(a)
        if gkind == akind == "matrix":
            return self.matrices(g, a)
        if "matrix" in (gkind, akind):
            return self.vectors(g, a)
        if gkind == "scalar" or akind == "scalar":
            outer = g if akind == "scalar" else a
            if outer.args[0] == "{}" and len(outer.args) == 3:
                return self.same(outer.args[2], a) if outer is g else self.same(g, outer.args[2])
            return False
        gs, xs = g.args[2:], a.args[2:]
        if gkind == "list" and akind == "list":
            if len(gs) == len(xs) and gs and all(x.op == "rel" for x in gs + xs) and self.real_sets_of(g, a):
                return True
            if "{}" in (g.args[0], a.args[0]) and _inequality_list(g if a.args[0] == "{}" else a):
                return self.real_sets(g, a)
            fixed = self.policy.order == "fixed" and g.args[0] == "" == a.args[0]
            return self.ordered(gs, xs) if fixed else self.matched(_spread(g), _spread(a))
        if gkind == akind:
            return self.ordered(gs, xs)
        if "list" in (gkind, akind):
            bare, other = (g, a) if gkind == "list" else (a, g)
            if _inequality_list(bare) and len(other.args) == 4:
                return self.real_sets(g, a)
            values = _all_named(bare)
            if values is not None and other.args[0] == "()":
                return self.note("names") and (
                    self.ordered(gs, values) if bare is a else self.ordered(values, xs)
                )
        return False

    def real_sets_of(self, g: Node, a: Node) -> bool:
        return _inequality_list(g) and _inequality_list(a) and self.real_sets(g, a)

    def ordered(self, gs: tuple[Node, ...], xs: tuple[Node, ...]) -> bool:
        return len(gs) == len(xs) and all(self.same(x, y) for x, y in zip(gs, xs, strict=True))

    def matched(self, gs: list[Node], xs: list[Node]) -> bool:
        """Equal as multisets: each gold item takes one equal answer item."""
        if len(gs) != len(xs):
            return False
        if all(x.op == "int" for x in gs) and all(x.op == "int" for x in xs):
            return Counter(x.args for x in gs) == Counter(x.args for x in xs)
        left = list(xs)
        for x in gs:
            for i, y in enumerate(left):
                if self.same(x, y):
                    del left[i]
                    break
            else:
                return False
        return True

    def matrices(self, g: Node, a: Node) -> bool:
        if len(g.args) != len(a.args) or len(g.args[0]) != len(a.args[0]):
            return False
        return all(self.ordered(r, s) for r, s in zip(g.args, a.args, strict=True))

    def vectors(self, g: Node, a: Node) -> bool:
        if not self.policy.vectors:
            return False
        matrix, other = (g, a) if g.op == "matrix" else (a, g)
        if other.op != "seq" or other.args[0] not in ("()", "<>", "[]"):
            return False
        if len(matrix.args[0]) == 1:
            entries = tuple(row[0] for row in matrix.args)
        elif len(matrix.args) == 1:
            entries = matrix.args[0]
        else:
            return False
        same = self.ordered(entries, other.args[2:]) if matrix is g else self.ordered(other.args[2:], entries)
        return same and self.note("vectors")

    # -- numbers ------------------------------------------------------------------------------
    def ratios(self, g: Node, a: Node) -> bool:
        if g.op == a.op == "ratio":
            if len(g.args) != len(a.args):
                return False
            if all(self.same(x, y) for x, y in zip(g.args, a.args, strict=True)):
                return True
            if _clock(g) or _clock(a):
                return False
            cross = [
                (Node("mul", (g.args[0], y)), Node("mul", (x, a.args[0])))
                for x, y in zip(g.args, a.args, strict=True)
            ]
            return not any(_is_zero(x) for x in g.args + a.args) and all(
                self.scalar(x, y) for x, y in cross[1:]
            )
        ratio, other = (g, a) if g.op == "ratio" else (a, g)
        if len(ratio.args) != 2 or other.op in ("seq", "matrix"):
            return False
        quotient = Node("mul", (ratio.args[0], Node("inv", (ratio.args[1],))))
        return self.scalar(quotient, other) if ratio is g else self.scalar(other, quotient)

    def quantities(self, g: Node, a: Node) -> bool:
        g, a = _plain_letters(g, a)
        gv, gu = _measure(g)
        av, au = _measure(a)
        if not gu and not au:
            return self.based(g, a)
        if gu == au:
            return self.scalar(gv, av)
        if gu and au:
            if {gu, au} == {_DEGREE, _RADIAN}:
                one, two = (g, av) if gu == _DEGREE else (gv, a)
                return self.scalar(one, two)
            ratio = factor(gu, au)
            if ratio is None:
                return False
            return self.scalar(gv, av if ratio == (1, 1) else _scaled(av, *ratio))
        unit = gu or au
        if unit == _PERCENT:
            return self.percent(gv, av, bool(gu))
        if unit == _DEGREE and (contains(av if gu else gv, _PI) or self.policy.units == "required"):
            return self.scalar(g, a)
        if self.policy.units == "required":
            return False
        return self.scalar(gv, av) and self.note("units")

    def percent(self, gv: Node, av: Node, gold: bool) -> bool:
        hundredth = _scaled(gv if gold else av, 1, 100)
        if self.scalar(hundredth, av) if gold else self.scalar(gv, hundredth):
            return True
        if self.policy.percent == "lenient" and self.scalar(gv, av):
            return self.note("percent")
        return False

    def based(self, g: Node, a: Node) -> bool:
        if g.op != "based" and a.op != "based":
            return self.scalar(g, a)
        if g.op == a.op:
            return bool(g.args == a.args)
        if self.scalar(g, a):
            return True
        digits = Node("int", ((g if g.op == "based" else a).args[0],))
        other = a if g.op == "based" else g
        if self.policy.base == "optional" and g.op == "based" and other == digits:
            return self.note("base")
        return False

    def scalar(self, g: Node, a: Node) -> bool:
        if g == a:
            return True
        if g.op in ("seq", "matrix", "text", "raw", "rel") or a.op in ("seq", "matrix", "text", "raw", "rel"):
            return self.same(g, a) if (g.op, a.op) != ("seq", "seq") else False
        try:
            same, self.method = same_scalar(g, a)
        except Undecided as error:
            self.undecided = str(error)
            return False
        if same:
            return True
        return self.rounded(g, a)

    def rounded(self, g: Node, a: Node) -> bool:
        """A long decimal for the number it rounds."""
        decimal, exact = (g, a) if g.op == "dec" else (a, g)
        if decimal.op != "dec" or exact.op == "dec":
            return False
        digits = len(str(abs(decimal.args[0])))
        if self.policy.digits and digits >= self.policy.digits and rounds_to(exact, decimal):
            return self.note("digits")
        if self.policy.gold_rounding and decimal is g and rounds_to(exact, decimal):
            return self.note("gold_rounding")
        return False


# -- forms ------------------------------------------------------------------------------------
_PERCENT: Any = (("%", 1),)
_DEGREE: Any = (("degree", 1),)
_RADIAN: Any = (("radian", 1),)
_PI = frozenset(("const",))


def expand(node: Node) -> Node:
    """Both signs written out: a list of the values, components of a tuple independently."""
    values = _variants(node)
    if len(values) == 1:
        return values[0]
    return Node("seq", ("", ",", *values))


def _variants(node: Node) -> list[Node]:
    if not contains(node, _SIGNS):
        return [node]
    if node.op == "seq":
        kind, joiner, *items = node.args
        if kind in ("", "{}"):
            flat = [v for item in items for v in _variants(item)]
            return [Node("seq", (kind, joiner, *flat))]
        combos = list(product(*(_variants(item) for item in items)))
        if len(combos) > 64:
            raise Refused("very many signs")
        return [Node("seq", (kind, joiner, *combo)) for combo in combos]
    if node.op == "rel" and len(node.args) == 3:
        return [Node("rel", (node.args[0], node.args[1], v)) for v in _variants(node.args[2])]
    count = _count(node)
    if count > MAX_SIGNS:
        raise Refused("very many signs")
    if contains(node, frozenset(("mp",))):
        return [_signed(node, iter([s] * count)) for s in (1, -1)]
    out: list[Node] = []
    for combo in product((1, -1), repeat=count):
        value = _signed(node, iter(combo))
        if value not in out:
            out.append(value)
    return out


def _count(node: Node) -> int:
    own = node.op in _SIGNS
    return own + sum(_count(x) for x in node.args if isinstance(x, Node))


def _signed(node: Node, signs: Any) -> Node:
    if node.op in _SIGNS:
        sign = next(signs) * (1 if node.op == "pm" else -1)
        inner = _signed(node.args[0], signs)
        return inner if sign > 0 else neg(inner)
    if not contains(node, _SIGNS):
        return node
    return Node(node.op, tuple(_signed(x, signs) if isinstance(x, Node) else x for x in node.args))


def _unwrapped(node: Node) -> Node:
    """A one-word number (``five``) as the number."""
    if node.op == "text" and len(node.args) == 1 and node.args[0] in _NUMBER_WORDS:
        return Node("int", (_NUMBER_WORDS[node.args[0]],))
    return node


_NUMBER_WORDS = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {w: 10 * n for n, w in enumerate("thirty forty fifty sixty seventy eighty ninety hundred".split(), 3)}
_SAME_WORDS = {
    "none": "no solution", "nosolution": "no solution", "nosolutions": "no solution", "dne": "does not exist",
    "doesnotexist": "does not exist", "norealsolutions": "no solution", "norealsolution": "no solution",
    "nosuchnumber": "no solution",
}  # fmt: skip


def _letters(node: Node) -> str | None:
    """A text answer as bare letters and digits; also single letters and their products."""
    if node.op == "text":
        words = node.args[1:] if len(node.args) > 1 and node.args[0] in ("the", "a", "an") else node.args
        joined = "".join(words)
        return _SAME_WORDS.get(joined, joined)
    if node.op == "raw":
        return str(node.args[0])
    if node.op == "sym":
        return str(node.args[0]).lower()
    if node.op == "mul" and all(x.op in ("sym", "const") for x in node.args):
        return "".join(str(x.args[0]) for x in node.args).lower()
    if node.op == "seq" and len(node.args) == 2:
        return "no solution"
    return None


def _is_reals(node: Node) -> bool:
    return node.op == "const" and node.args[0] in ("R", "Z", "N", "Q", "C")


def _is_zero(node: Node) -> bool:
    return bool(node.op == "int" and node.args[0] == 0)


def _clock(node: Node) -> bool:
    """Whether a ratio may be a time of day."""
    if len(node.args) not in (2, 3) or any(x.op != "int" for x in node.args):
        return False
    h, m = node.args[0].args[0], node.args[1].args[0]
    return 0 <= h <= 24 and (m == 0 or 10 <= m < 60)


def _kind(node: Node) -> str:
    if node.op == "matrix":
        return "matrix"
    if node.op != "seq":
        return "scalar"
    kind = node.args[0]
    if kind in ("", "{}"):
        return "list"
    if kind == "[]" and len(node.args) == 4:
        return "closed"
    return "tuple"


def _inequality_list(node: Node) -> bool:
    items = node.args[2:]
    return (
        bool(items)
        and all(x.op == "rel" and set(x.args[0]) & (_INEQUALITIES | {"∈"}) for x in items)
        or (bool(items) and all(x.op in _SETS for x in items))
    )


def _spread(node: Node) -> list[Node]:
    """The items of a bare list or a set (each element of a set once)."""
    items = list(node.args[2:])
    return list(dict.fromkeys(items)) if node.args[0] == "{}" else items


def _all_named(node: Node) -> tuple[Node, ...] | None:
    """The values of ``x = 3, y = 2``, where all names differ."""
    names, values = [], []
    for item in node.args[2:]:
        if item.op != "rel":
            return None
        name, value = _named(item)
        if name is None or name in names:
            return None
        names.append(name)
        values.append(value)
    return tuple(values)


def _spans(node: Node) -> list[tuple[Node, bool, Node, bool]] | None:
    if node.op == "interval":
        return [node.args]  # type: ignore[list-item]
    if node.op == "seq" and node.args[0] in ("()", "[]") and len(node.args) == 4:
        closed = node.args[0] == "[]"
        return [(node.args[2], closed, node.args[3], closed)]
    if node.op == "union":
        one, two = _spans(node.args[0]), _spans(node.args[1])
        return None if one is None or two is None else one + two
    if node.op == "rel" and len(node.args) == 4 and node.args[2].op == "sym":
        ops, lo, _, hi = node.args
        if set(ops) <= {"<", "<="}:
            return [(lo, ops[0] == "<=", hi, ops[1] == "<=")]
        if set(ops) <= {">", ">="}:
            return [(hi, ops[1] == ">=", lo, ops[0] == ">=")]
    if node.op == "rel" and node.args[0] == ("∈",):
        return _spans(node.args[2])
    if node.op == "rel" and len(node.args) == 3 and node.args[1].op == "sym":
        op, end = node.args[0][0], node.args[2]
        if op in ("<", "<="):
            return [(neg(INFINITY), False, end, op == "<=")]
        if op in (">", ">="):
            return [(end, op == ">=", INFINITY, False)]
    return None


def _measure(node: Node) -> tuple[Node, Any]:
    """A number and its unit; percent and degrees are units too."""
    if node.op == "qty":
        return node.args[0], node.args[1]
    if node.op == "pct":
        return node.args[0], _PERCENT
    if node.op == "deg":
        return node.args[0], _DEGREE
    if node.op == "neg":
        value, unit = _measure(node.args[0])
        return (neg(value), unit) if unit else (node, ())
    return node, ()


def _scaled(node: Node, top: int, bottom: int) -> Node:
    return Node("mul", (node, Node("int", (top,)), Node("inv", (Node("int", (bottom,)),))))


def _plain_letters(g: Node, a: Node) -> tuple[Node, Node]:
    """``12 m/s`` typed without ``\\text``: letters of units after a number, where the gold has none."""
    if a.op == "mul" and not symbols(g):
        letters = symbols(a)
        if letters and letters <= _METRE_LETTERS and not symbols(a.args[0]):
            rest = a.args[1:]
            squared = any(x.op in ("pow", "inv") for x in rest)
            if squared and all(symbols(x) and x.op in ("sym", "pow", "inv") for x in rest):
                return g, Node("qty", (a.args[0], (("unit", 1),))) if not _measure(g)[1] else a.args[0]
    return g, a


def _tidied(node: Node) -> Node:
    """A relation without its ``≈`` tail; ``224 = 224`` as its value."""
    if node.op != "rel":
        return node
    ops, sides = node.args[0], node.args[1:]
    if "≈" in ops:
        at = ops.index("≈")
        if at == 0 and len(ops) == 1 and _is_name(sides[0]):
            ops = ("=",)
        else:
            ops, sides = ops[:at], sides[: at + 1]
        if not ops:
            kept: Node = sides[0]
            return kept
    if set(ops) == {"="} and not any(symbols(s) or s.op in ("text", "raw", "ratio") for s in sides):
        scalars = [s for s in sides if s.op not in ("seq", "matrix") and s.op not in _SETS]
        if len(scalars) == len(sides):
            try:
                if all(same_scalar(sides[-1], s)[0] for s in sides[:-1]):
                    last: Node = sides[-1]
                    return last
            except (Undecided, Refused):
                pass
    return Node("rel", (ops, *sides))


def _is_name(node: Node) -> bool:
    """Whether the left side of ``=`` only names the right one: ``x``, ``f(x)``, ``|AB|``, ``(x, y)``."""
    op = node.op
    if op == "sym":
        return bool(node.args[0] != "…")
    if op in ("app", "text"):
        return True
    if op == "seq":
        return bool(node.args[2:]) and all(_is_name(x) for x in node.args[2:])
    if op == "abs":
        return _is_name(node.args[0])
    if op == "ratio":
        return all(_is_name(x) for x in node.args)
    if op == "inv":
        return _is_name(node.args[0]) and node.args[0].op == "mul"
    if op == "mul":
        return all(
            (x.op == "sym" and x.args[0][:1].isupper()) or (x.op in ("mul", "inv") and _is_name(x))
            for x in node.args
        )
    return False


def _named(node: Node) -> tuple[Node | None, Node]:
    """The name and the value of ``x = y = 5``; ``(None, ...)`` where the left side is no name."""
    sides = node.args[1:]
    if _is_name(sides[0]):
        value: Node = sides[-1]
        for side in sides[1:-1]:
            if not _is_name(side) and not _agrees(side, value):
                return None, node
        return sides[0], value
    if len(sides) == 2 and _is_name(sides[1]) and symbols(sides[0]):
        name: Node = sides[1]
        return name, sides[0]
    return None, node


def _agrees(one: Node, two: Node) -> bool:
    try:
        return same_scalar(one, two)[0]
    except (Undecided, Refused):
        return False


def _same_name(one: Node, two: Node) -> bool:
    if one.op == two.op == "app":
        return bool(one.args[0] == two.args[0] and len(one.args) == len(two.args))
    if one.op == two.op == "seq":
        return one.args[2:] == two.args[2:]
    return one == two or {one.op, two.op} == {"sym", "app"} and one.args[0] == two.args[0]


def _renamed(gname: Node, aname: Node, value: Node) -> Node:
    """``f(t) = t**2`` with the gold's letter: ``f(x) = x**2``."""
    if gname.op != "app" or aname.op != "app" or len(gname.args) != len(aname.args):
        return value
    pairs = {
        y.args[0]: x
        for x, y in zip(gname.args[1:], aname.args[1:], strict=True)
        if x.op == y.op == "sym" and x != y
    }
    return substitute(value, pairs) if pairs else value


def substitute(node: Node, values: dict[str, Node]) -> Node:
    """A value with letters replaced."""
    if node.op == "sym":
        return values.get(node.args[0], node)
    return Node(node.op, tuple(substitute(x, values) if isinstance(x, Node) else x for x in node.args))


def _difference(rel: Node) -> Node:
    return Node("add", (rel.args[1], Node("neg", (rel.args[2],))))
