"""Parts that pickle by their configuration."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any


class ByArguments:
    """Mixin: a pickle or a copy is made anew with the arguments that the object was made with.

    What it holds beside them (locks, processes, a loaded model) stays where it is. An argument that does not
    pickle, an open sandbox for example, cannot be taken along, and pickling raises what it raises.
    """

    _arguments: tuple[tuple[Any, ...], Mapping[str, Any]] = ((), {})

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if (init := vars(cls).get("__init__")) is not None:
            type.__setattr__(cls, "__init__", _recording(init))

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), *self._arguments)


def _recording(init: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(init)
    def recorded(self: ByArguments, *args: Any, **kwargs: Any) -> None:
        if "_arguments" not in vars(self):  # the outermost class is the one that is made again
            self._arguments = args, kwargs
        init(self, *args, **kwargs)

    return recorded


def _made(kind: type, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    return kind(*args, **kwargs)
