"""Are two values equal? One method per kind of value; what cannot match is unequal at once.

The gold side comes first: it decides what may be left out (a unit, a name, a base), never the
answer. Every convention used is noted in ``used``. Equality of what is not a scalar comes down to
:func:`verirs.math.comparing.scalars.same_scalar` on its parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from verirs.math.comparing.conditions import domain_of, same_cases, same_domain, same_given
from verirs.math.comparing.congruences import congruence, congruent, same_congruence
from verirs.math.comparing.constants import same_vectors_up_to_constants, share_constants
from verirs.math.comparing.forms import (
    INEQUALITIES,
    SETS,
    agreeing_joiners,
    agreeing_units,
    bare_letters,
    chain_of,
    collection_kind,
    inequality_list,
    is_number_set,
    spans,
    spread,
    whole_numbers,
    without_subject,
    written_number,
)
from verirs.math.comparing.matrices import written_out
from verirs.math.comparing.measures import settled
from verirs.math.comparing.moments import MOMENTS, same_moment
from verirs.math.comparing.names import (
    all_named,
    difference,
    naming,
    one_parameter,
    same_name,
    substitute,
    tidied,
    with_names_of,
)
from verirs.math.comparing.notations import other_reading
from verirs.math.comparing.quantities import Quantities
from verirs.math.comparing.scalars import Undecided, constant_factor
from verirs.math.comparing.sets import Pieces, pieces, solutions, states_solutions
from verirs.math.comparing.signs import SIGNS, expand
from verirs.math.comparing.solved import unsolved
from verirs.math.values import OPAQUE, Node, Refused, contains, symbols, words

MAX_MATCHES = 4_000
MATRICES = frozenset(("matrix",))
_LISTS = frozenset(("seq",))
_TRUTHS = frozenset(("true", "false"))
_COMBINED = words("add mul neg rel")
FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_SPOKEN = words("given cases bound range hedge")
_WRAPPED = _SPOKEN | {"rel"}
_WORDED = frozenset(("text", "raw"))


class Comparison(Quantities):
    """Compares values under one conventions; a fresh one for every pair."""

    def equal(self, g: Node, a: Node) -> bool:
        """Whether the answer ``a`` is the gold ``g``.

        Raises:
            Refused: the comparison would cost too much.
        """
        if g == a:
            self.method = "identical"
            return True
        if written_number(g) and written_number(a):
            return self.quantities(g, a)
        if whole_numbers(g) and whole_numbers(a) and "[]" not in (g.brackets, a.brackets):
            return self.collections(g, a)
        if any(contains(x, MATRICES) or (x.op in _COMBINED and contains(x, _LISTS)) for x in (g, a)):
            g, a = written_out(g), written_out(a)
        if contains(g, SIGNS):
            g = expand(g)
        if contains(a, SIGNS):
            a = expand(a)
        if self.same(g, one_parameter(g, a)) or congruent(g, a):
            return True
        undecided = self.undecided
        other = other_reading(g, a)
        if other is not None and other != (g, a) and self.same(*other):
            return True
        self.undecided = undecided
        return False

    def same(self, g: Node, a: Node) -> bool:
        self.work += 1
        if self.work > MAX_MATCHES:
            raise Refused("very many parts to compare")
        if g == a:
            return True
        if (g.op == "ambiguous" or a.op == "ambiguous") and not {g.op, a.op} & _WRAPPED:
            return self.same(*settled(g, a))
        if g.op in MOMENTS or a.op in MOMENTS:
            return same_moment(g, a)
        if g.op in _SPOKEN or a.op in _SPOKEN:
            return self.spoken(g, a)
        if g.op == "rel" or a.op == "rel":
            return self.relations(g, a)
        if g.op in _WORDED or a.op in _WORDED:
            return self.words(g, a)
        if g.op == "ratio" or a.op == "ratio":
            return self.ratios(g, a)
        if g.op in SETS or a.op in SETS or is_number_set(g) or is_number_set(a):
            return self.sets(g, a)
        if g.op == "seq" or a.op == "seq" or g.op == "matrix" or a.op == "matrix":
            return self.collections(g, a)
        return self.quantities(g, a)

    # -- values under conditions, bounds, ranges, hedges ------------------------------------------
    def spoken(self, g: Node, a: Node) -> bool:
        """A value of which a word says more: the other side must say the same."""
        if g.op == "given" or a.op == "given":
            return same_given(self, g, a)
        if g.op == a.op == "cases":
            return same_cases(self, g, a)
        if "bound" in (g.op, a.op):
            return self.bounds(g, a)
        if g.op == a.op and len(g.args) == len(a.args):
            return all(self.same(x, y) for x, y in zip(g.args, a.args, strict=True))
        return self.relations(g, a) if "rel" in (g.op, a.op) and "cases" in (g.op, a.op) else False

    def bounds(self, g: Node, a: Node) -> bool:
        """``at least 4`` is ``x \\ge 4`` and ``[4, \\infty)``, not 4."""
        letter = Node("sym", ("x",))
        one, two = (Node("rel", ((x.sign,), letter, x.limit)) if x.op == "bound" else x for x in (g, a))
        if any(x.op not in ("rel", "interval", "where", "seq") for x in (one, two)):
            return False
        if g.op == a.op and g.sign == a.sign:
            return self.same(g.limit, a.limit)
        return self.real_sets(one, two)

    # -- words --------------------------------------------------------------------------------
    def words(self, g: Node, a: Node) -> bool:
        self.method = "words"
        if g.op == a.op == "raw":
            return g.letters == a.letters
        one, two = bare_letters(g), bare_letters(a)
        if one is not None and one == two:
            return True
        one, two = bare_letters(without_subject(g)), bare_letters(without_subject(a))
        return (without_subject(g) == g) != (without_subject(a) == a) and one is not None and one == two

    # -- relations ----------------------------------------------------------------------------
    def relations(self, g: Node, a: Node) -> bool:
        g, a = tidied(g, trusted=True), tidied(a)
        if unsolved(a, g):
            return False
        one, two = congruence(g), congruence(a)
        if one is not None or two is not None:
            return one is not None and two is not None and same_congruence(one, two)
        if g.op != "rel" or a.op != "rel":
            if g.op == "rel":
                return self.relation_and_value(g, a, gold=True)
            if a.op == "rel":
                return self.relation_and_value(a, g, gold=False)
            return self.same(g, a)
        gops, aops = g.signs, a.signs
        if aops == ("=",) and set(gops) & INEQUALITIES and a.left.op == "text" and a.left.words[-1] != "at":
            return self.same(g, a.right) and self.note("names")
        if gops == ("∈",) or aops == ("∈",):
            if any(x.signs == ("∈",) and not _is_name(x.left) for x in (g, a)):
                return gops == aops and self.same(g.left, a.left) and self.same(g.right, a.right)
            return self.same(g.right if gops == ("∈",) else g, a.right if aops == ("∈",) else a)
        if set(gops) == {"="} == set(aops):
            if self.equations(g, a):
                return True
            return self.same_solutions(g, a)
        if set(gops) | set(aops) <= INEQUALITIES | {"="}:
            if self.inequalities(g, a):
                return True
            return len(symbols(g) | symbols(a)) == 1 and self.real_sets(g, a)
        if gops == aops and len(g.args) == len(a.args):
            return all(self.same(x, y) for x, y in zip(g.sides, a.sides, strict=True))
        return False

    def equations(self, g: Node, a: Node) -> bool:
        (gname, gvalue), (aname, avalue) = naming(g), naming(a)
        if gname is not None and aname is not None:
            avalue = with_names_of(gname, aname, avalue)
            chained = len(g.args) > 3 or len(a.args) > 3
            if chained and g.sides[:-1] != a.sides[:-1]:
                return False
            if same_name(gname, aname) and self.same(gvalue, avalue):
                return True
            if gname.op == "text" or aname.op == "text":
                return gname == aname and self.same(gvalue, avalue)
        short = len(g.args) == 3 == len(a.args) and agreeing_units(g, a)
        if short and self.proportional(difference(g), difference(a)):
            return True
        if len(g.args) == len(a.args):
            return all(self.same(x, y) for x, y in zip(g.sides, a.sides, strict=True))
        return False

    def same_solutions(self, g: Node, a: Node) -> bool:
        """``|x| = 3`` beside ``x = 3 or x = -3``. Two equations that are both still to be solved may have the
        same solutions, or none, and be different ones."""
        if symbols(g) != symbols(a) or not (states_solutions(g) or states_solutions(a)):
            return False
        one, two = solutions(g), solutions(a)
        return one is not None and two is not None and self.same_pieces(one, two)

    def inequalities(self, g: Node, a: Node) -> bool:
        if len(g.args) != len(a.args):
            return False
        for ops, sides in (
            (a.signs, a.sides),
            (tuple(FLIP[o] for o in reversed(a.signs)), tuple(reversed(a.sides))),
        ):
            if ops == g.signs and all(self.same(x, y) for x, y in zip(g.sides, sides, strict=True)):
                return True
        if len(g.args) == 3:
            gop, aop = g.signs[0], a.signs[0]
            sign = self.factor_sign(difference(g), difference(a))
            if sign and symbols(g):
                return bool(gop == (aop if sign > 0 else FLIP[aop]))
        return False

    def relation_and_value(self, rel: Node, value: Node, gold: bool) -> bool:
        """A relation on one side only: ``x = 5`` and 5, ``x < 2`` and an interval."""
        ops = rel.signs
        if value.op == "seq" and self.same_solutions(rel, value):
            return True
        if ops == ("∈",):
            return self.same(rel.right, value) if gold else self.same(value, rel.right)
        if set(ops) & INEQUALITIES or ops == ("∉",):
            if value.op in SETS or value.op == "seq" or is_number_set(value):
                return self.real_sets(rel, value)
            return False
        if set(ops) != {"="} or not self.conventions.names:
            return False
        name, bare = naming(rel)
        if name is not None and name.op == bare.op == "sym" and _choice(bare):
            return False
        if name is not None and name.op == "text" and name.words[-1] == "at" and not gold:
            return False  # where something is, beside a bare value
        if name is not None and not _turned(name):
            if self.same(bare, value) if gold else self.same(value, bare):
                return self.note("names")
            if name.op in ("seq", "text", "ratio"):
                return False
        if len(rel.args) != 3 or value.op in _WORDED or value.op in ("seq", "matrix", "ratio", "qty"):
            return False
        if value.op in SETS or is_number_set(value):
            return self.real_sets(rel, value)
        missing = symbols(rel) - symbols(value)
        zero = difference(rel)
        for letter in sorted(missing)[:4]:
            if letter.endswith("()"):
                continue
            solved = Node("add", (Node("sym", (letter,)), Node("neg", (value,))))
            if self.proportional(zero, solved):
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
            if contains(f, OPAQUE) or contains(h, OPAQUE):
                self.undecided = str(error)
            return 0

    # -- sets of reals ------------------------------------------------------------------------
    def sets(self, g: Node, a: Node) -> bool:
        if g.op == a.op == "interval":
            (low, low_in, high, high_in), (lo, lo_in, hi, hi_in) = g.args, a.args
            return low_in == lo_in and high_in == hi_in and self.same(low, lo) and self.same(high, hi)
        if {g.op, a.op} == {"const", "sym"} and g.args == a.args:  # \\mathbf{R}
            return True
        one, two = domain_of(g), domain_of(a)
        if one is not None and two is not None:
            return same_domain(self, one, two)
        if g.op == a.op and g.op in ("union", "inter") and pieces(g) is None:
            return self.matched(chain_of(g), chain_of(a)) or self.symbolic_sets(g, a)
        if g.op == a.op == "where":
            return self.same(g.condition, substitute(a.condition, {a.letter.name: g.letter}))
        return self.real_sets(g, a)

    def real_sets(self, g: Node, a: Node) -> bool:
        self.method = "intervals"
        one, two = pieces(g), pieces(a)
        if one is None or two is None:
            return self.symbolic_sets(g, a)
        return self.same_pieces(one, two)

    def same_pieces(self, one: Pieces, two: Pieces) -> bool:
        return len(one) == len(two) and all(
            p.lo_in == q.lo_in and p.hi_in == q.hi_in and self.scalar(p.lo, q.lo) and self.scalar(p.hi, q.hi)
            for p, q in zip(one, two, strict=True)
        )

    def symbolic_sets(self, g: Node, a: Node) -> bool:
        """Intervals whose ends hold letters: piece by piece as written."""
        one, two = spans(g), spans(a)
        if one is None or two is None or len(one) != len(two):
            return False
        return all(
            x[1] == y[1] and x[3] == y[3] and self.same(x[0], y[0]) and self.same(x[2], y[2])
            for x, y in zip(one, two, strict=True)
        )

    # -- tuples, lists, matrices --------------------------------------------------------------
    def collections(self, g: Node, a: Node) -> bool:
        gkind, akind = collection_kind(g), collection_kind(a)
        if gkind == akind == "matrix":
            return self.matrices(g, a)
        if "matrix" in (gkind, akind):
            return self.vectors(g, a)
        if gkind == "scalar" or akind == "scalar":
            outer = g if akind == "scalar" else a
            if outer is a and a.args[:2] == ("", "or"):  # one value written in two ways
                return all(self.same(g, x) for x in a.items)
            if outer.brackets in ("{}", "[]") and len(outer.args) == 3 and outer.items[0].op != "seq":
                return self.same(outer.items[0], a) if outer is g else self.same(g, outer.items[0])
            return False
        gs, xs = g.items, a.items
        if gkind == "list" and akind == "list":
            if inequality_list(g) and inequality_list(a) and pieces(g) is not None and pieces(a) is not None:
                return self.real_sets(g, a)
            if not agreeing_joiners(g, a):
                return False
            if "{}" in (g.brackets, a.brackets) and inequality_list(g if a.brackets == "{}" else a):
                return self.real_sets(g, a)
            fixed = self.conventions.order == "fixed" and g.brackets == "" == a.brackets
            fixed = fixed or _in_order(gs) or _in_order(xs)
            return self.ordered(gs, xs) if fixed else self.matched(spread(g), spread(a))
        if gkind == akind:
            return self.ordered(gs, xs)
        if "list" in (gkind, akind):
            bare, other = (g, a) if gkind == "list" else (a, g)
            if inequality_list(bare) and len(other.args) == 4:
                return self.real_sets(g, a)
            values = all_named(bare)
            if values is not None and other.brackets in ("()", "<>") and bare.joiner != "or":
                return self.note("names") and (
                    self.ordered(gs, values) if bare is a else self.ordered(values, xs)
                )
        return False

    def ordered(self, gs: tuple[Node, ...], xs: tuple[Node, ...]) -> bool:
        if len(gs) != len(xs):
            return False
        plain = all(collection_kind(x) == "scalar" and x.op != "rel" for x in (*gs, *xs))
        if plain and share_constants(gs):
            return same_vectors_up_to_constants(gs, xs)
        return all(self.same(x, y) for x, y in zip(gs, xs, strict=True))

    def matched(self, gs: list[Node], xs: list[Node]) -> bool:
        """Equal as multisets: each gold item takes one equal answer item."""
        if len(gs) != len(xs):
            return False
        if self.conventions.tolerance is None and all(x.op == "int" for x in (*gs, *xs)):
            return Counter(x.args for x in gs) == Counter(x.args for x in xs)
        left = list(xs)
        for x in gs:
            for i, y in enumerate(left):
                if _nested(x) == _nested(y) and self.same(x, y):
                    del left[i]
                    break
            else:
                return False
        return True

    def matrices(self, g: Node, a: Node) -> bool:
        if len(g.rows) != len(a.rows) or len(g.rows[0]) != len(a.rows[0]):
            return False
        gs, xs = (tuple(entry for row in m.args for entry in row) for m in (g, a))
        return self.ordered(gs, xs)

    def vectors(self, g: Node, a: Node) -> bool:
        if not self.conventions.vectors:
            return False
        matrix, other = (g, a) if g.op == "matrix" else (a, g)
        if other.op == "seq" and other.brackets == "" and (values := all_named(other)) is not None:
            other = Node("seq", ("()", ",", *values))
        if other.op != "seq" or other.brackets not in ("()", "<>", "[]"):
            return False
        if len(matrix.rows[0]) == 1:
            entries = tuple(row[0] for row in matrix.args)
        elif len(matrix.args) == 1:
            entries = matrix.rows[0]
        else:
            return False
        same = self.ordered(entries, other.items) if matrix is g else self.ordered(other.items, entries)
        return same and self.note("vectors")


def _nested(node: Node) -> bool:
    """Whether an item is itself a set: ``{2}`` beside ``{7}`` is not 2."""
    return node.op == "seq" and node.brackets == "{}"


def _turned(name: Node) -> bool:
    """``(y, x)``: a point in another order than a bare one."""
    letters = [x.name for x in name.items if x.op == "sym"] if name.op == "seq" else []
    return set(letters) <= set("xyz") and letters != sorted(letters)


def _in_order(items: Sequence[Node]) -> bool:
    """Whether a list of words can only be in its order: what is true of each statement, or one word twice."""
    if not all(x.op == "text" for x in items):
        return False
    return len(set(items)) < len(items) or any(x.words[0] in _TRUTHS for x in items)


def _is_name(node: Node) -> bool:
    """Whether what is an element of a set is only named: x, (x, y), "the answer"; 2 in M says something."""
    return node.op in ("sym", "text", "app") or (node.op == "seq" and all(x.op == "sym" for x in node.items))


def _choice(node: Node) -> bool:
    return len(node.name) == 1 and "A" <= node.name <= "H"
