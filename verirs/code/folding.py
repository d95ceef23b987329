"""Evaluates plain Python expressions on their syntax tree: constants, containers, arithmetic, pure builtins.

It is how the host judges ``assert abs(f(2) - 4.0) < 1e-6`` once the answer is here: no ``eval``, no
attribute access, no call of anything but the functions listed in `PURE`, and a bound on the size of
every number and sequence it makes. What lies outside raises `NotPlain`; the caller then has the
tests run in a sandbox instead. Ordinary Python errors (``TypeError``, ``ZeroDivisionError``, ...)
come out as they would in Python.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

_BITS = 100_000
_ITEMS = 1_000_000
_DEPTH = 100
_HASHED = 2_000
_NUMBERS = (int, float, complex, bool)
_SIZED = (str, bytes, list, tuple)
_PLAIN = (*_NUMBERS, *_SIZED, set, frozenset, dict, bytearray, type(None))


class NotPlain(Exception):
    """The expression is more than this module evaluates."""


class PlainError(Exception):
    """Evaluating the expression raised what it would raise in Python; the cause is that error."""


def _range(*args: Any) -> range:
    if any(type(a) is not int or abs(a) > _ITEMS for a in args):
        raise NotPlain("range")
    return range(*args)


def _set(*args: Any) -> set[Any]:
    if args and len(args[0]) > _HASHED:  # a list of a program may hold keys made to collide
        raise NotPlain("large set")
    return set(*args)


def _frozenset(*args: Any) -> frozenset[Any]:
    return frozenset(_set(*args))


def _same(a: Any, b: Any) -> bool:
    """``a is b``, where that can be said of a copy."""
    if not any(x is None or x is ... or type(x) is bool for x in (a, b)):
        raise NotPlain("identity")
    return a is b


def _round(value: Any, digits: Any = None) -> Any:
    if digits is not None and (type(digits) is not int or abs(digits) > 400):
        raise NotPlain("round")
    return round(value, digits)


PURE: Mapping[str, Callable[..., Any]] = {
    "abs": abs, "all": all, "any": any, "bool": bool, "float": float, "frozenset": _frozenset, "int": int,
    "len": len, "list": list, "max": max, "min": min, "range": _range, "round": _round, "set": _set,
    "sorted": sorted, "str": str, "tuple": tuple,
}  # fmt: skip
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in _plain(b),
    ast.NotIn: lambda a, b: a not in _plain(b),
    ast.Is: lambda a, b: _same(a, b),
    ast.IsNot: lambda a, b: not _same(a, b),
}
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_ERRORS = (ArithmeticError, LookupError, TypeError, ValueError, RecursionError)


def fold(node: ast.expr, names: Mapping[str, Any], depth: int = 0) -> Any:
    """The value of an expression.

    Raises:
        NotPlain: it uses something else than this module knows, or grows too large.
        PlainError: Python would raise an error here (its ``__cause__``).
    """
    if depth > _DEPTH:
        raise NotPlain("nested too deeply")

    def sub(n: ast.expr) -> Any:
        return fold(n, names, depth + 1)

    try:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.List(elts=items):
                return _items(items, sub)
            case ast.Tuple(elts=items):
                return tuple(_items(items, sub))
            case ast.Set(elts=items):
                return set(_items(items, sub))
            case ast.Dict(keys=keys, values=values) if None not in keys:
                return {sub(k): sub(v) for k, v in zip(keys, values, strict=True) if k is not None}
            case ast.UnaryOp(op=op, operand=operand):
                return _UNARY[type(op)](_plain(sub(operand)))
            case ast.BinOp(op=op, left=left, right=right):
                return _binary(op, _plain(sub(left)), _plain(sub(right)))
            case ast.BoolOp(op=op, values=values):
                value = sub(values[0])
                for other in values[1:]:
                    if bool(value) is isinstance(op, ast.Or):
                        return value
                    value = sub(other)
                return value
            case ast.Compare(left=left, ops=ops, comparators=others):
                a = sub(left)
                for compare, other in zip(ops, others, strict=True):
                    b = sub(other)
                    result = _COMPARE[type(compare)](a, b)
                    if len(ops) == 1 or not result:
                        return result
                    a = b
                return True
            case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Slice):
                return _plain(sub(value))[sub(index)]
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if (
                name in PURE and name not in names
            ):
                return PURE[name](*(_plain(a) if name != "str" else _short(a) for a in _items(args, sub)))
    except _ERRORS as error:
        raise PlainError(f"{type(error).__name__}: {error}"[:200]) from error
    raise NotPlain(type(node).__name__)


def _items(nodes: list[ast.expr], sub: Callable[[ast.expr], Any]) -> list[Any]:
    out: list[Any] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            out.extend(_plain(sub(node.value)))
        else:
            out.append(sub(node))
        if len(out) > _ITEMS:
            raise NotPlain("too many items")
    return out


def _plain(value: Any) -> Any:
    """Only exact builtin values take part in operations: their cost is known."""
    if type(value) is range:
        if max(abs(value.start), abs(value.stop)) > _ITEMS:
            raise NotPlain("range")
    elif type(value) not in _PLAIN:
        raise NotPlain(type(value).__name__)
    return value


def _short(value: Any) -> Any:
    if type(value) is int and value.bit_length() > 10_000:
        raise NotPlain("long integer")
    return _plain(value)


def _binary(op: ast.operator, a: Any, b: Any) -> Any:
    if type(op) not in _BINARY:
        raise NotPlain(type(op).__name__)
    numbers = isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS)
    if isinstance(op, ast.Pow):
        if not numbers or (isinstance(a, int) and isinstance(b, int) and a.bit_length() * abs(b) > _BITS):
            raise NotPlain("power")
    elif isinstance(op, ast.Mult) and not numbers:
        size, times = (a, b) if isinstance(a, _SIZED) else (b, a)
        if not isinstance(size, _SIZED) or not isinstance(times, int) or len(size) * abs(times) > _ITEMS:
            raise NotPlain("repetition")
    elif isinstance(op, ast.Mod) and not numbers:
        raise NotPlain("formatting")
    elif numbers and any(isinstance(x, int) and x.bit_length() > _BITS for x in (a, b)):
        raise NotPlain("long integer")
    return _BINARY[type(op)](a, b)
