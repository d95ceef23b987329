"""What the catalogue is made of: kinds of values, the ways of writing them, and what is nearly the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Generic, Literal, TypeVar

V = TypeVar("V")
Mode = Literal["tex", "plain", "words"]
"""How a spelling goes into a text: ``tex`` needs dollars in a sentence, ``plain`` stands anywhere as it is,
``words`` goes into ``\\text`` where mathematics is expected."""
OWN = "own"


def hub(thread: str) -> str:
    """The address of a public thread or repository."""
    return f"https://github.com/{thread}"


MATH = hub("hendrycks/math")
GSM8K = hub("openai/grade-school-math")
OLYMPIAD = hub("OpenBMB/OlympiadBench")
MV = hub("huggingface/Math-Verify/issues/14")
QWEN = hub("QwenLM/Qwen2.5-Math/issues/29")
PYTHON = "https://docs.python.org/3/library/functions.html#repr"
SYMPY = "https://docs.sympy.org/latest/tutorials/intro-tutorial/printing.html"
AMS = "https://ctan.org/pkg/amsmath"
SIUNITX = "https://ctan.org/pkg/siunitx"


@dataclass(frozen=True)
class Way(Generic[V]):
    """A way of writing a value.

    Args:
        name: a name of its own among its kind's.
        write: the spelling, or none where a value cannot be written so.
        source: where somebody writes so, or ``own``.
        mode: how it goes into a text.
        names: it gives the value a name, so it is not held against another one that may give another name.
    """

    name: str
    write: Callable[[V], str | None]
    source: str = OWN
    mode: Mode = "tex"
    names: bool = False


@dataclass(frozen=True)
class Twist(Generic[V]):
    """A change that makes another value of nearly the same look; none where it makes no sense."""

    name: str
    change: Callable[[V, Random], V | None]


@dataclass(frozen=True)
class Kind(Generic[V]):
    """A kind of value.

    Args:
        name: a name of its own.
        draw: a value at random. Values that mean the same are equal.
        ways: how it is written; the first is the plain one, with which the others are compared.
        twists: what makes a near miss of it.
    """

    name: str
    draw: Callable[[Random], V]
    ways: Sequence[Way[V]]
    twists: Sequence[Twist[V]]

    def way(self, name: str) -> Way[V]:
        return next(w for w in self.ways if w.name == name)

    def values(self, rng: Random, number: int, fits: Callable[[V], bool]) -> Iterator[V]:
        """Up to so many different values that fit, of at most 60 drawn for each."""
        found: list[V] = []
        for _ in range(60 * number):
            value = self.draw(rng)
            if value not in found and fits(value):
                found.append(value)
                yield value
                if len(found) == number:
                    return


def decimal(value: Fraction) -> str | None:
    """The exact decimal of a number, where it has one of at most twelve places."""
    for places in range(13):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = f"{abs(scaled.numerator):0{places + 1}d}"
            sign = "-" if value < 0 else ""
            return sign + (digits if not places else f"{digits[:-places]}.{digits[-places:]}")
    return None


def exact(value: Fraction) -> str:
    """A number in LaTeX: an integer or a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def signed(value: Fraction | int) -> str:
    """A number as a later term of a sum: ``+ 3``, ``- \\frac{1}{2}``."""
    return f"{'-' if value < 0 else '+'} {exact(abs(Fraction(value)))}"


def superscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def subscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉"))


def other(rng: Random, value: int, low: int, high: int) -> int:
    """Another integer of that range."""
    return rng.choice([n for n in range(low, high + 1) if n != value])


def digit(rng: Random, value: int) -> int:
    """The integer with one digit changed, the first one never to 0."""
    digits = list(str(abs(value)))
    at = rng.randrange(len(digits))
    digits[at] = rng.choice([d for d in "123456789" if d != digits[at]])
    return int("".join(digits)) * (-1 if value < 0 else 1)
