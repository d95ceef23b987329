"""Gold answers of a data set, each written again in other notations of the same value.

A gold of a plain form (an integer, a fraction, a point) is recognised by that form and goes through the
notations of its kind. Any gold gets other dresses: what LaTeX and Markdown leave the same, such as ``\\dfrac``
for ``\\frac`` or a sign for its command. Nothing here reads mathematics as the checker does.
"""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from verirs.testing.spellings import constants, everyday, lists, rationals, sets, whole
from verirs.testing.spellings.machine import Pair, label
from verirs.testing.spellings.way import AMS, MATH, MV, OWN, QWEN, Kind

Found = tuple[Kind[Any], Any]
NUMBER = r"-?\d{1,9}"
FRACTION = rf"{NUMBER}|-?\\[dt]?frac\{{\d{{1,6}}\}}\{{\d{{1,6}}\}}|{NUMBER}/\d{{1,6}}"


def _fraction(text: str) -> Fraction:
    top, bottom = [*re.findall(r"\d+", text), "1"][:2]
    return Fraction(int(top), int(bottom)) * (-1 if text.startswith("-") else 1)


def _bound(text: str) -> Fraction | None:
    return None if "infty" in text else _fraction(text)


def _rational(m: re.Match[str]) -> Found | None:
    if not re.findall(r"\d+", m[0])[-1].strip("0"):
        return None
    value = _fraction(m[0])
    return (rationals.RATIONAL, value) if value.denominator > 1 else None


def _decimal(m: re.Match[str]) -> Found | None:
    value = Fraction(m[0])
    if value.denominator == 1:
        return (whole.INTEGER, int(value)) if abs(value) > 1 else None
    return rationals.DECIMAL, value


def _integer(m: re.Match[str]) -> Found | None:
    value = int(m[0].replace(",", ""))
    return (whole.INTEGER, value) if abs(value) > 1 else None


def _interval(m: re.Match[str]) -> Found | None:
    low, high = _bound(m[2]), _bound(m[3])
    if (low is None) is (high is None) and m[1] + m[4] in ("()", "[]"):
        return None  # a point, or all numbers
    return sets.INTERVAL, sets.Interval(low, high, m[1] == "[", m[4] == "]")


def _numbers(of: Kind[Any], count: int | None = None) -> Callable[[re.Match[str]], Found | None]:
    def found(m: re.Match[str]) -> Found | None:
        values = tuple(_fraction(x) for x in re.findall(FRACTION, m[1]))
        if count not in (None, len(values)) or len(set(values)) < len(values):
            return None
        if of is lists.POINT and values[0] < values[1]:
            return None  # it may be an interval
        return of, values

    return found


def _root(m: re.Match[str]) -> Found | None:
    times, under = int((m[1] or "").replace("-", "") or 1), int(m[2])
    if under < 2 or any(under % (p * p) == 0 for p in range(2, int(under**0.5) + 1)):
        return None
    return constants.ROOT, constants.Root(-times if m[0].startswith("-") else times, under)


def _pi(m: re.Match[str]) -> Found:
    sign, top, bottom = -1 if m[1] else 1, int(m[2] or m[4] or 1), int(m[3] or 1)
    return constants.PI, Fraction(sign * top, bottom)


def _count(m: re.Match[str]) -> Found | None:
    if m[2] in SHARES:
        return None  # six quarters in words are one and a half
    return everyday.COUNT, everyday.Count(int(m[1]), m[2])


SHARES = ("halves", "thirds", "quarters", "fifths", "sixths", "eighths", "tenths")
FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Found | None]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"{NUMBER}|-?[1-9]\d{{0,2}}(?:,\d{{3}})+", _integer),
        (r"-?\d{1,9}\.\d{1,6}", _decimal),
        (rf"-?\\[dt]?frac\{{\d{{1,6}}\}}\{{\d{{1,6}}\}}|{NUMBER}/\d{{1,6}}", _rational),
        (r"(\d{1,4}(?:\.\d{1,3})?)\\?%", lambda m: (rationals.PERCENT, Fraction(m[1]))),
        (
            rf"(?:\\left)?([(\[])\s*({FRACTION}|-\\infty)\s*,\s*({FRACTION}|\+?\\infty)\s*(?:\\right)?([)\]])",
            _interval,
        ),
        (rf"(?:\\left)?\(((?:{FRACTION}), ?(?:{FRACTION}))(?:\\right)?\)", _numbers(lists.POINT, 2)),
        (rf"(?:\\left)?\\\{{((?:{FRACTION})(?:, ?(?:{FRACTION}))+)(?:\\right)?\\\}}", _numbers(lists.SET)),
        (r"(?:-)?(\d{1,4})?\\sqrt\{(\d{1,5})\}", _root),
        (r"(-)?(?:\\[dt]?frac\{(\d{0,5})\\pi\}\{(\d{1,4})\}|(\d{0,5})\\pi)", _pi),
        (r"(\d{1,3})\^\{?\\circ\}?", lambda m: (everyday.ANGLE, Fraction(m[1]))),
        (r"(\d{1,6}) \(([a-z]{3,12})\)", _count),
    )
)


def recognised(gold: str) -> Found | None:
    """The kind and the value of a gold of a plain form."""
    bare = gold.strip().removeprefix("$").removesuffix("$").strip()
    for form, make in FORMS:
        if (match := form.fullmatch(bare)) is not None and (found := make(match)) is not None:
            return found
    return None


@dataclass(frozen=True)
class Dress:
    """A rewriting that leaves every value the same; none, or the text itself, where it does not apply."""

    name: str
    put: Callable[[str], str | None]
    source: str = OWN
    words: bool = False
    """Whether a gold that is words may wear it."""


SIGNS: Mapping[str, str] = {
    "pi": "π", "infty": "∞", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "neq": "≠", "cup": "∪", "cdot": "·",
    "times": "×", "in": "∈", "pm": "±", "theta": "θ", "alpha": "α", "lambda": "λ", "mu": "μ", "sigma": "σ",
}  # fmt: skip
_SIGNED = re.compile(rf"\\({'|'.join(SIGNS)})(?![a-zA-Z])\s?")
_FENCE = re.compile(r"\\(?:left|right)\s*(?=[()\[\]|]|\\[{}|])")
_WORD = re.compile(r"[A-Za-z]{3,}|[ap]\.m\.")
_COMMAND = re.compile(r"\\(?:begin|end)\{[a-z]+\}|\\[A-Za-z]+")
_BROKEN = re.compile(r"(?<!\\)\$")


def command(old: str, new: str) -> Callable[[str], str]:
    """One command in place of another."""
    return lambda t: re.sub(rf"\\{old}(?![a-zA-Z])", lambda _: "\\" + new, t)


def unfenced(text: str) -> str | None:
    return None if re.search(r"\\(?:left|right)\s*\.", text) else _FENCE.sub("", text)


def fenced(text: str) -> str | None:
    if "\\left" in text or "\\big" in text.lower() or re.search(r"[(\[][^()\[\]]*[()\[\]]", text) is None:
        return None
    level = [text.count(a) - text.count(b) for a, b in ("()", "[]")]
    return None if any(level) else re.sub(r"([)\]])", r"\\right\1", re.sub(r"([(\[])", r"\\left\1", text))


def closed(text: str) -> str | None:
    return None if "\\text" in text or "\\mathrm" in text else re.sub(r" *([+=<>-]) *", r"\1", text)


def opened(text: str) -> str | None:
    return None if "\\begin" in text else re.sub(r"(?<=[\w)}]) *([+=]) *(?=[\w(\\])", r" \1 ", text)


DRESSES = (
    Dress("inline dollars", lambda t: f"${t}$", QWEN),
    Dress("display", lambda t: f"\\[ {t} \\]", QWEN),
    Dress("display on lines", lambda t: f"$$\n{t}\n$$", QWEN),
    Dress("round brackets of mathematics", lambda t: f"\\({t}\\)", QWEN),
    Dress("box", lambda t: f"\\boxed{{{t}}}", MATH),
    Dress("displaystyle", lambda t: f"\\displaystyle {t}", AMS),
    Dress("group", lambda t: None if "," in t else f"{{{t}}}", AMS),
    Dress("blanks around", lambda t: f"  {t} \n", OWN, True),
    Dress("point behind", lambda t: None if t.endswith(".") else f"{t}.", MV, True),
    Dress("bold", lambda t: f"**{t}**", MV, True),
    Dress("dfrac", command("frac", "dfrac"), MATH),
    Dress("tfrac", command("frac", "tfrac"), MATH),
    Dress("cfrac", command("frac", "cfrac"), AMS),
    Dress("left and right away", unfenced, MATH),
    Dress("left and right", fenced, MATH),
    Dress("no blanks", closed, MATH),
    Dress("blanks", opened, MATH),
    Dress("thin space behind commas", lambda t: re.sub(r", +", r",\\, ", t), MATH),
    Dress("tie behind commas", lambda t: re.sub(r", +", ",~", t), MATH),
    Dress("braces", lambda t: re.sub(r"([\^_])(\w)", r"\1{\2}", t), MATH),
    Dress("no braces", lambda t: re.sub(r"([\^_])\{(\w)\}(?!\w)", r"\1\2", t), MATH),
    Dress("signs", lambda t: _SIGNED.sub(lambda m: SIGNS[m[1]], t), MV),
    Dress("minus sign", lambda t: t.replace("-", "−"), MV),
    Dress("leqslant", command("leq?", "leqslant"), QWEN),
    Dress("geqslant", command("geq?", "geqslant"), QWEN),
    Dress("ne", command("neq", "ne"), MATH),
    Dress("lbrace", lambda t: t.replace("\\{", "\\lbrace ").replace("\\}", "\\rbrace "), MATH),
    Dress("times", command("cdot", "times"), MATH),
    Dress("textrm", lambda t: t.replace("\\text{", "\\textrm{"), MATH),
    Dress("mbox", lambda t: t.replace("\\text{", "\\mbox{"), MATH),
    Dress("operatorname", lambda t: re.sub(r"\\(sin|cos|tan|ln|log)(?![a-zA-Z])", r"\\operatorname{\1}", t), AMS),
    Dress("bold formula", lambda t: None if t.endswith(".") else f"$\\boldsymbol{{{t}}}$", MATH),
)  # fmt: skip


def dressed(gold: str, dress: Dress) -> str | None:
    """The gold in that dress, ``None`` where it changes nothing or the gold is of another kind."""
    bare = gold.strip()
    inner = bare[1:-1] if re.fullmatch(r"\$[^$]+\$", bare) and not bare.endswith("\\$") else bare
    words = _WORD.search(_COMMAND.sub(" ", inner)) is not None
    if (words or _BROKEN.search(inner)) and not dress.words:
        return None
    text = dress.put(bare if dress.words else inner)
    return None if text in (None, bare, inner) else text


def respelled(gold: str, number: int = 4) -> Iterator[Pair]:
    """A gold against itself: up to so many notations of its kind, and as many dresses; always the same ones."""
    rng = Random(gold)
    found = recognised(gold)
    if found is not None:
        of, value = found
        ways = [way for way in of.ways if not way.names]
        for way in rng.sample(ways, min(number, len(ways))):
            if text := way.write(value):
                yield Pair(gold, text, True, (label(of, way),))
    fitting = [(dress, text) for dress in DRESSES if (text := dressed(gold, dress)) is not None]
    for dress, text in rng.sample(fitting, min(number, len(fitting))):
        yield Pair(gold, text, True, (f"dress: {dress.name}",))
