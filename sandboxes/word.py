"""What an object of the program says of itself where the tests expect data, and when it is not believed.

Plain data is compared where the program cannot reach. An object of the program is asked, so it may answer
what the tests want to hear: its ``__sub__`` that nothing is left of ``f(x) - 9``, its ``find`` that all is
found in it. Such answers raise `link.Link.own_word`, and a pass is no longer the program's alone to give.

At home, and believed, is an object that the tests made themselves: by calling a class that they name, or by
an operation between such objects. It is what they test. Any other stands where data could stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_BINARY = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift",
    "matmul", "divmod",
)  # fmt: skip
BINARY = frozenset(f"__{p}{n}__" for n in _BINARY for p in ("", "r", "i"))
EQUALS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"})
"""A stand-in compared with data of the tests: unless `Link.takes_word`, it is unlike all data."""
_SIZES = frozenset({"__contains__", "__len__", "__length_hint__", "__bool__"})
_NUMBERS = _SIZES | {
    f"__{n}__"
    for n in (
        "int",
        "float",
        "complex",
        "index",
        "round",
        "trunc",
        "floor",
        "ceil",
        "abs",
        "neg",
        "pos",
        "invert",
    )
}
_TEXTS = frozenset({"__str__", "__repr__", "__format__", "__iter__", "__reversed__"})
_DATA = (str, bytes, list, tuple, dict, set, frozenset, int, float, complex)
_METHODS = frozenset(
    {n for kind in _DATA for n in dir(kind) if not n.startswith("_")}
    | {"equals", "all", "any", "item", "tolist"}
)
"""What tests ask plain data, and arrays and tables, by a method."""


class Word:
    """What is known of the objects that came from the program.

    Args:
        link: the guarded end, whose ``own_word`` is raised.
    """

    def __init__(self, link: Any) -> None:
        self.link = link
        self.named: set[int] = set()
        """Classes that the tests name, by their ids; nothing that stands in for something is ever freed."""
        self.made: dict[int, Any] = {}
        """Objects at home, and with which arguments each was made, where it was by a call of its class."""
        self.swayed: set[int] = set()
        """Objects that an operation with data of the tests has made: they may know what is expected."""
        self.dropped: list[str] = []
        """Methods whose answers the tests never look at."""

    def answered(self, op: str, values: tuple[Any, ...], known: int, answer: Any) -> None:
        """Note what an answer is: ``known`` is how many objects had been met before the question."""
        if op == "names":
            self.named.update([id(v) for _, v in answer if self._class(v)])
        elif op in ("call", "meth", "get", "copy") and id(type(answer)) in self.named:
            owner, args = values[0], values[2] if op == "meth" else ()
            if self._new(answer, known):
                if self._class(owner) or op == "copy" or any(id(type(a)) in self.named for a in args):
                    self.made[id(answer)] = values[1:3] if op == "call" else None
            elif not (op == "meth" and (values[1].startswith("__") or values[1] in self.dropped)):
                # now it stands for an answer
                self.made.pop(id(answer), None)

    def by_name(self, owner: Any, name: str, *default: Any) -> Any:
        """``getattr`` for tests that look up by names which an answer may have brought: of an object of the
        program they get what it likes to give anyway, of anything else perhaps what runs an answer."""
        self.link.looked = self.link.looked or id(owner) not in self.link.theirs
        return getattr(owner, name, *default)

    def remade(self, thing: Any, other: Callable[[Any], Any]) -> Any:
        """For a canary: an object like one that the tests made, of other arguments; ``None`` where it cannot
        be made so. What is equal to both may be equal to anything."""
        if not (made := self.made.get(id(thing))) or not any(made):
            return None
        args, kwargs = made
        try:
            return type(thing)(*map(other, args), **{name: other(value) for name, value in kwargs})
        except Exception:  # noqa: BLE001 - arguments that the class refuses
            return None

    def used(self, owner: Any, name: str, args: tuple[Any, ...], answer: Any) -> None:
        """Note the answer of a special or named method of an object."""
        if name in BINARY and args:
            self._operated(owner, args[0], answer)
        elif id(owner) in self.swayed and name in self._telling(owner):
            self._swayed(answer)
        elif (name in _SIZES or name in _METHODS) and not self._at_home(owner):
            self.link.own_word = 2

    def looked_up(self, owner: Any, name: str, answer: Any) -> None:
        """Note a method that an object has in another way than its class's functions."""
        if name in _METHODS and callable(answer) and not self._at_home(owner):
            self.link.own_word = 2

    def _operated(self, owner: Any, other: Any, answer: Any) -> None:
        if answer is NotImplemented:
            return
        if id(other) not in self.link.theirs:
            self._swayed(answer)
        elif id(answer) in self.link.theirs and not self.swayed.isdisjoint((id(owner), id(other))):
            self.swayed.add(id(answer))

    def _swayed(self, answer: Any) -> None:
        if id(answer) in self.link.theirs:
            self.swayed.add(id(answer))
        else:
            self.link.own_word = 2

    def _telling(self, owner: Any) -> frozenset[str]:
        """Operations that turn an object into data which the tests may look at."""
        return _NUMBERS if id(type(owner)) in self.named else _NUMBERS | _TEXTS

    def _at_home(self, owner: Any) -> bool:
        return id(owner) in (self.named if self._class(owner) else self.made)

    def _class(self, thing: Any) -> bool:
        return id(thing) in self.link.theirs and issubclass(type(thing), type)

    def _new(self, answer: Any, known: int) -> bool:
        """Whether an object was never met before this answer."""
        met = self.link.seen
        return any(met[n] is answer for n, _ in zip(reversed(met), range(len(met) - known), strict=False))
