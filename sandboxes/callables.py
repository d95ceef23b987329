"""What a function takes, for those who call it with what it asks for.

The library's `inspect` says it of everything that can be called, and comes with the compiler's tables: 250
pages of memory, which each fork of the runner would have to map. Here it is asked about rare kinds only.
"""

from __future__ import annotations

import types
from typing import Any, NamedTuple


class Parameter(NamedTuple):
    """One parameter: whether it may be given by its name, and whether it may be left out."""

    name: str
    named: bool
    default: bool


def unwrap(function: Any) -> Any:
    """The function below those that wrap it (``functools.wraps``)."""
    seen = {id(function)}
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
        if id(function) in seen:
            raise ValueError("a function that wraps itself")
        seen.add(id(function))
    return function


def parameters(function: Any) -> list[Parameter]:
    """The parameters of a function, as `inspect.signature` finds them."""
    if type(function) is types.MethodType and type(function.__func__) is types.FunctionType:
        return parameters(function.__func__)[1:]
    below = unwrap(function)
    if type(below) is not types.FunctionType or hasattr(function, "__signature__"):
        import inspect

        return [
            Parameter(p.name, p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY), p.default is not p.empty)
            for p in inspect.signature(function).parameters.values()
        ]
    code = below.__code__
    names, count = code.co_varnames, code.co_argcount
    needed = count - len(below.__defaults__ or ())
    found = [Parameter(n, i >= code.co_posonlyargcount, i >= needed) for i, n in enumerate(names[:count])]
    last = count + code.co_kwonlyargcount
    some, rest = code.co_flags & 4, code.co_flags & 8  # *args, **kwargs
    if some:
        found.append(Parameter(names[last], False, False))
    found += [Parameter(n, True, n in (below.__kwdefaults__ or {})) for n in names[count:last]]
    if rest:
        found.append(Parameter(names[last + bool(some)], False, False))
    return found


def is_coroutine_function(function: Any) -> bool:
    """Whether a function, or the one below a method, was written with ``async def``."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return bool(getattr(code, "co_flags", 0) & 0x80)
