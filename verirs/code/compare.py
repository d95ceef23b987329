"""Whether a program's output is the expected one, as judges of contests compare them. On bytes, in the host.

Blanks are those of ASCII. Numbers are read as decimals, exactly, never as Python reads them (no
underscores, no other digits, no ``nan``). What is longer than a number may be is compared as text. The cost
is linear in the two texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

MODES = ("judge", "lines", "tokens", "numbers", "exact")
EPS = 1e-6
_NUMBER = re.compile(rb"([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?")
_INTEGER = re.compile(rb"[+-]?\d+")
_PADDED = re.compile(rb"[+-]?0\d")
_LONG = 400
_ANY_CASE = (b"yes", b"no")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How outputs are compared.

    Args:
        mode: ``lines``: the same lines, blanks at their ends and empty last lines aside. ``tokens``: the same
            words, however they are laid out. ``numbers``: the same, and two numbers are equal when they
            differ by at most ``absolute``, or ``relative`` times the expected one. ``exact``: the same
            bytes, but for one line end at the end. ``judge``: lines as words, empty first and last lines
            and the number of blanks aside; numbers as in ``numbers``, but whole numbers exactly and a
            fraction for a whole number within ``absolute``, and expected digits after a zero (``0101``)
            as text; ``yes`` and ``no`` in any case.
        absolute, relative: see ``numbers``.
        case: whether upper and lower case differ.
        stated: the tolerances come from the problem or the user: they hold for whole numbers too.
    """

    mode: str = "judge"
    absolute: float = EPS
    relative: float = EPS
    case: bool = True
    stated: bool = False

    def with_(self, given: object) -> Comparison:
        """This comparison with what a problem or a user asks for in its place: a mode's name, a tolerance
        (a number), or a table of ``mode``, ``eps`` (both tolerances), ``absolute``, ``relative``, ``case``.

        Raises:
            ValueError: it is none of these.
        """
        if given is None or given == "":
            return self
        if isinstance(given, str):
            if given not in MODES:
                raise ValueError(f"compare is {given!r}; it must be one of {', '.join(MODES)}")
            return replace(self, mode=given)
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            given = {"eps": given}
        if not isinstance(given, Mapping):
            raise ValueError(f"compare is {given!r}; it must be a mode, a tolerance, or a table")
        table = dict(given)
        made = self.with_(table.pop("mode", None))
        eps = table.pop("eps", None)
        wanted = {"absolute": eps, "relative": eps} if eps is not None else {}
        wanted |= {k: table.pop(k) for k in ("absolute", "relative") if table.get(k) is not None}
        for name, value in wanted.items():
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 1e9:
                raise ValueError(f"compare.{name} is {value!r}; it must be a number, zero or more")
        if wanted:
            mode = "numbers" if "mode" not in given else made.mode
            made = replace(made, mode=mode, stated=True, **{"absolute": 0.0, "relative": 0.0, **wanted})
        case = table.pop("case", None)
        if case is not None and not isinstance(case, bool):
            raise ValueError(f"compare.case is {case!r}; it must be true or false")
        if unknown := [k for k in table if table[k] is not None]:
            raise ValueError(f"unknown key compare.{unknown[0]} (known: mode, eps, absolute, relative, case)")
        return made if case is None else replace(made, case=case)

    def same(self, output: bytes, expected: bytes) -> tuple[bool, str]:
        """Whether the output is as expected; and the first difference in words."""
        if output == expected:
            return True, ""
        if not self.case:
            output, expected = output.lower(), expected.lower()
        if self.mode == "exact":
            got, due = output.removesuffix(b"\n"), expected.removesuffix(b"\n")
            return (True, "") if got == due else (False, _first_line(got, due))
        if self.mode == "lines":
            got_lines, due_lines = (
                [x.rstrip() for x in text.rstrip().split(b"\n")] for text in (output, expected)
            )
            return (True, "") if got_lines == due_lines else (False, _lines(got_lines, due_lines))
        if self.mode == "judge":
            return self._judged(output, expected)
        return self._tokens(output.split(), expected.split(), "")

    def _judged(self, output: bytes, expected: bytes) -> tuple[bool, str]:
        got, due = (_blank_free(text) for text in (output, expected))
        for number, (a, b) in enumerate(zip(got, due, strict=False), 1):
            same, why = (True, "") if a == b else self._tokens(a.split(), b.split(), f"line {number}: ")
            if not same:
                return False, why
        return (True, "") if len(got) == len(due) else (False, f"{len(got)} lines, not {len(due)}")

    def _tokens(self, got: list[bytes], due: list[bytes], where: str) -> tuple[bool, str]:
        for number, (a, b) in enumerate(zip(got, due, strict=False), 1):
            if a != b and not self._same_token(a, b):
                return False, f"{where}word {number}: {_shown(a)}, not {_shown(b)}"
        return (True, "") if len(got) == len(due) else (False, f"{where}{len(got)} words, not {len(due)}")

    def _same_token(self, a: bytes, b: bytes) -> bool:
        if self.mode == "tokens":
            return False
        if self.mode == "judge" and b.lower() in _ANY_CASE:
            return a.lower() == b.lower()
        if len(a) > _LONG or len(b) > _LONG or not (_NUMBER.fullmatch(a) and _NUMBER.fullmatch(b)):
            return False
        if self.mode == "judge" and _PADDED.match(b):  # digits, and no number
            return False
        whole = _INTEGER.fullmatch(b) is not None
        if whole and _INTEGER.fullmatch(a) and not self.stated:
            return _whole(a) == _whole(b)
        with localcontext() as context:
            context.prec = 2 * (_LONG + 1000)
            x, y = Decimal(a.decode()), Decimal(b.decode())
            relative = 0.0 if whole and self.mode == "judge" else self.relative
            return abs(x - y) <= max(Decimal(self.absolute), Decimal(relative) * abs(y))


JUDGE = Comparison()
"""What holds where nobody says."""


def _whole(token: bytes) -> tuple[bool, bytes]:
    digits = token.lstrip(b"+-").lstrip(b"0")
    return token.startswith(b"-") and bool(digits), digits


def _blank_free(text: bytes) -> list[bytes]:
    """The lines without blanks at their ends, and without empty ones at the start and the end."""
    lines = [x.strip() for x in text.split(b"\n")]
    first = next((n for n, x in enumerate(lines) if x), len(lines))
    while len(lines) > first and not lines[-1]:
        lines.pop()
    return lines[first:]


def _lines(got: list[bytes], due: list[bytes]) -> str:
    for number, (a, b) in enumerate(zip(got, due, strict=False), 1):
        if a != b:
            return f"line {number}: {_shown(a)}, not {_shown(b)}"
    return f"{len(got)} lines, not {len(due)}"


def _first_line(got: bytes, due: bytes) -> str:
    return _lines(got.split(b"\n"), due.split(b"\n"))


def _shown(text: bytes) -> str:
    return repr(text[:60].decode("utf-8", "backslashreplace"))
