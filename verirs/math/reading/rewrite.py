"""Notations of packages and programs rewritten as common LaTeX: siunitx, numpy, math, currency commands.

Each is a rule of text, applied before the lexer; nothing is evaluated. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from verirs.math.quantities.table import BINARY_WORDS, PREFIX_WORDS
from verirs.math.reading.lexer import argument
from verirs.system.patterns import regex

_TEX = regex(
    r"\\(?:SI|si|qty|num|unit|ang|complexnum|(?:SI|num|qty)(?:list|range|product)|pounds|euro|yen|AA)(?![a-z])"
)
_SIUNITX = regex(
    r"\\((?:SI|qty|num)(?:list|range|product)|complexnum|SI|si|qty|unit|num|ang)(?![a-zA-Z])"
    r"\s*(?:\[[^\]]*\])?\s*(?=\{)"
)
_MACRO = regex(r"\\([a-zA-Z]+)\s*(?:\{(-?\d+)\})?")
_PREFIXES = frozenset((*PREFIX_WORDS, *BINARY_WORDS))
_SHORT_UNITS = {
    "degreeCelsius": "degrees Celsius", "celsius": "degrees Celsius", "litre": "liter", "degree": "degrees",
    "arcminute": "arcminutes", "arcsecond": "arcseconds", "electronvolt": "eV",
}  # fmt: skip
_PROGRAM = regex(
    r"(?<![\w.])(?:np|numpy|math|sympy|sp|cmath)\.(?=[a-zA-Z])(log10|log2|log1p|log|pi|inf|e\b|power)?"
)
_PROGRAM_NAMES = {
    "log10": "\\log_{10}", "log2": "\\log_{2}", "log": "\\ln", "pi": "\\pi ", "inf": "\\infty ", "e": "e",
    "power": "pow",
}  # fmt: skip
_CURRENCIES = regex(r"(?<![A-Za-z])(?:US|U\.S\.)\s?\\?\$\s?(?=[\d.])|\\(pounds|euro|yen)(?![a-zA-Z])\s*")
_NAMES = regex(r"(?<![A-Za-z\\])(?:Rs\.?\s?(?=\d)|fl\.?\s?oz(?![a-z])\.?)|\\AA(?![a-zA-Z])")
_NAMED = {"Rs": "₹", "fl": "floz", "\\A": r"\text{ angstrom}"}
_MULTISET = regex(r"\((?:\\!\s*)+(?=\\[dt]?binom|\{)")
"""Two pairs of brackets around ``n`` over ``k``: combinations with repetition, which nothing here counts."""
_CAPITALS = regex(
    r"(?<![A-Za-z\\])(Sqrt|Sin|Cos|Tan|Cot|Sec|Csc|ArcSin|ArcCos|ArcTan|Sinh|Cosh|Tanh|Exp|Abs|Floor|Binomial)"
    r"\[([^\[\]]*)\]|(?<![A-Za-z\\])Log\[([^\[\],]*)\]"
)
"""Functions with their argument in square brackets, as Mathematica writes them."""
_LAMBDA = regex(r"\s*lambda\s+([a-z](?:\s*,\s*[a-z])*)\s*:(?!=)")
_ROWS = regex(r"\[([^\[\];()\\]+(?:;[^\[\];()\\]+)+)\]")
_APART = regex(r",\s+|\s+")
_SIGNS = {"pounds": "£", "euro": "€", "yen": "¥"}


_CALLS = regex(
    r"(?<![\w.])(?:(?:np|numpy)\.)?(Fraction|Rational|Decimal|Integer|[Ff]loat(?:16|32|64)?)"
    r"\(\s*['\"]?(-?\d[\d.]*(?:/\d+)?)['\"]?\s*(?:,\s*(-?\d+)\s*)?\)"
)
"""A number as Python, numpy and sympy print it: ``Fraction(1, 2)``, ``Decimal('1.5')``."""
_GENFRAC = regex(r"\\genfrac\s*(?:\{[^{}]*\}\s*){4}(?=\{)")
_DIVIDED = regex(r"(-?\d[\d.]*) divided by (-?\d[\d.]*)")
_LETTER_NAME = regex(
    r"(?:\$\s*([A-Za-z])\s*\$|\$?\s*\\(?:mathrm|mathit|text|textit)\s*\{([A-Za-z])\}\s*\$?)-\s?(?=[a-z]{4})"
)
"""``$p$-value``: a name that begins with a letter of a formula."""
_EQUATION_NUMBER = regex(r"\s*\\q?quad\s*\(\d{1,2}\)\s*(?=\$*\s*$)")
_QUOTED_PERIOD = regex(r"(\d*\.\d*)'(\d+)'(?![\d'])")
"""``0.1'6'``: the period of a decimal as nerdamer prints it."""
_THAT_IS = regex(r"\bi\.\s?e\.,?\s")
_ROMAN_E = regex(r"(?<=\d)\s*\\(?:mathrm|text)\s*\{[eE]\}\s*\{?([+-]?\d+)\}?")


def rewritten(plain: str) -> str:
    """The text with the notations of packages and programs as common LaTeX."""
    if "(" in plain:
        plain = _CALLS.sub(_called, plain)
    if "divided by" in plain and (found := _DIVIDED.fullmatch(plain)):
        plain = f"{found[1]} / {found[2]}"
    if "\\" in plain and ("{E}" in plain or "{e}" in plain or "genfrac" in plain):
        plain = _GENFRAC.sub(r"\\frac", _ROMAN_E.sub(r"e\1", plain))
    if "-" in plain and ("$" in plain or "{" in plain):
        plain = _LETTER_NAME.sub(lambda m: f"{m[1] or m[2]}-", plain)
    if "quad" in plain and "=" in plain:
        plain = _EQUATION_NUMBER.sub("", plain)
    if "'" in plain and "." in plain:
        plain = _QUOTED_PERIOD.sub(r"\1(\2)", plain)
    if "i." in plain:  # what follows is the same again
        plain = _THAT_IS.sub("or ", plain)
    if "+/-" in plain:
        plain = plain.replace("+/-", r"\pm ")
    if "\\!" in plain:
        plain = _MULTISET.sub(r"\\multiset", plain)
    if "[" in plain:
        plain = _CAPITALS.sub(_function, plain)
        if ";" in plain:
            plain = _ROWS.sub(_matrix, plain)
    if "lambda" in plain and (head := _LAMBDA.match(plain)) is not None:
        plain = f"f({head[1]}) = {plain[head.end() :]}"
    tex = "\\" in plain and _TEX.search(plain) is not None
    if tex:
        plain = _siunitx(plain)
    if "." in plain:
        plain = _PROGRAM.sub(lambda m: _PROGRAM_NAMES.get(m[1], m[1]) if m[1] else "", plain)
    if tex or "Rs" in plain or "fl" in plain:
        plain = _NAMES.sub(lambda m: _NAMED[m[0][:2]], plain)
    if tex or "$" in plain:
        plain = _CURRENCIES.sub(lambda m: _SIGNS[m[1]] if m[1] else r"\$", plain)
    return plain


def _called(call: re.Match[str]) -> str:
    return f"({call[2]})/({call[3]})" if call[3] else f"({call[2]})"


def _function(call: re.Match[str]) -> str:
    return f"\\ln({call[3]})" if call[1] is None else f"{call[1].lower()}({call[2]})"


def _matrix(found: re.Match[str]) -> str:
    """``[1 2; 3 4]``: two rows. One entry a row, or a comma without a space, is an interval or a list."""
    rows = [_APART.split(row.strip()) for row in found[1].split(";")]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2 or any("," in x for row in rows for x in row):
        return found[0]
    lines = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"


def _siunitx(text: str) -> str:
    out: list[str] = []
    pos = 0
    for match in _SIUNITX.finditer(text):
        if match.start() < pos:
            continue
        write, number = _FORMS[match[1]]
        given: list[str] = []
        end = match.end()
        for _ in range(number):
            part, end = argument(text, end)
            given.append(part)
        out += [text[pos : match.start()], write(*given)]
        pos = end
    return "".join([*out, text[pos:]])


def _unit(text: str) -> str:
    """Unit macros as words: ``\\kilo\\meter\\per\\second\\squared``."""

    def word(match: re.Match[str]) -> str:
        name = match[1]
        if name == "tothe" or name == "raiseto":
            return f"^{{{match[2]}}} "
        if name in _PREFIXES:
            return name
        if name in ("text", "mathrm", "cdot", "times", "mu", "Omega", "circ", "degree", "frac"):
            return match[0] if name != "degree" else "degrees "
        return _SHORT_UNITS.get(name, name) + " "

    if "\\" not in text:
        return text.replace(".", r" \cdot ")
    return _MACRO.sub(word, text)


def _number(text: str) -> str:
    return text.replace("+-", r"\pm ").strip() if "x" not in text else re.sub(r"\s*x\s*", r" \\times ", text)


def _angle(text: str) -> str:
    marks = (r"^\circ ", "'", '"')
    return "".join(
        part.strip() + mark for part, mark in zip(text.split(";"), marks, strict=False) if part.strip()
    )


def _unit_alone(unit: str) -> str:
    return f"\\text{{ {_unit(unit)}}}"


def _quantity(number: str, unit: str) -> str:
    return f"{_number(number)}\\text{{ {_unit(unit)}}}"


def _list(numbers: str, unit: str = "") -> str:
    return ", ".join(_quantity(x, unit) if unit else _number(x) for x in numbers.split(";"))


def _range(low: str, high: str, unit: str = "") -> str:
    return rf"\text{{from }} {_list(low, unit)} \text{{ to }} {_list(high, unit)}"


def _sides(numbers: str, unit: str) -> str:
    return r" \times ".join(_quantity(x, unit) for x in numbers.split("x"))


_FORMS: dict[str, tuple[Callable[..., str], int]] = {
    "SI": (_quantity, 2), "qty": (_quantity, 2), "num": (_number, 1), "complexnum": (_number, 1),
    "si": (_unit_alone, 1), "unit": (_unit_alone, 1),
    "ang": (_angle, 1), "numlist": (_list, 1), "SIlist": (_list, 2), "qtylist": (_list, 2),
    "numrange": (_range, 2), "SIrange": (_range, 3), "qtyrange": (_range, 3), "numproduct": (_number, 1),
    "SIproduct": (_sides, 2), "qtyproduct": (_sides, 2),
}  # fmt: skip
"""How a macro is written without the package, and how many arguments it takes."""
