"""Text before tokens: Unicode to LaTeX, invisible characters out, broken escapes mended.

Nothing here knows mathematics; it only makes the same notation the same text. Runs in time linear
in the text.
"""

from __future__ import annotations

import re
import unicodedata

from verirs.math.reading import east_asian
from verirs.system.patterns import regex

_WORDS = {
    "−–—‒﹣－⁻": "-",
    "×·⋅∙•✕⨯": r"\cdot ",
    "÷∕⁄": "/",
    "√": r"\surd ",
    "∛": r"\curt ",
    "∞": r"\infty ",
    "≤⩽≦": r"\le ",
    "≥⩾≧": r"\ge ",
    "≠": r"\ne ",
    "≈≃≅": r"\approx ",
    "±": r"\pm ",
    "∓": r"\mp ",
    "°∘º˚": r"^\circ ",
    "∪": r"\cup ",
    "∩": r"\cap ",
    "∖": r"\setminus ",
    "∈": r"\in ",
    "∉": r"\notin ",
    "∅⌀": r"\emptyset ",
    "ℝ": r"\mathbb{R}",
    "ℤ": r"\mathbb{Z}",
    "ℕ": r"\mathbb{N}",
    "ℚ": r"\mathbb{Q}",
    "ℂ": r"\mathbb{C}",
    "…⋯": r"\ldots ",
    "∣｜": "|",
    "٪": "%",
    "٫": ".",
    "٬": ",",
    "∶": ":",
    "⟨〈": r"\langle ",
    "⟩〉": r"\rangle ",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    "⌈": r"\lceil ",
    "⌉": r"\rceil ",
    "′’‘": "'",
    "″": '"',
    "\u2126": r"\Omega ",
    "\u212b\u00c5": r"\AA ",
    "℃": r"^\circ C",
    "℉": r"^\circ F",
    "ℓ": r"\ell ",
    "“”": '"',
    "½": r"\frac{1}{2}",
    "⅓": r"\frac{1}{3}",
    "⅔": r"\frac{2}{3}",
    "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}",
    "⅕": r"\frac{1}{5}",
    "⅖": r"\frac{2}{5}",
    "⅗": r"\frac{3}{5}",
    "⅘": r"\frac{4}{5}",
    "⅙": r"\frac{1}{6}",
    "⅚": r"\frac{5}{6}",
    "⅛": r"\frac{1}{8}",
    "⅜": r"\frac{3}{8}",
    "⅝": r"\frac{5}{8}",
    "⅞": r"\frac{7}{8}",
    "∑": r"\sum ",
    "∏": r"\prod ",
    "∫": r"\int ",
    "∧": " and ",
    "∨": " or ",
    "，、": ",",
    "。": ".",
    "𝑖": "i",
}
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "varsigma sigma tau upsilon phi chi psi omega"
)
_CAPITALS = ("ΓΔΘΛΞΠΣΦΨΩ", "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega")
_TABLE: dict[int, str] = {ord(c): new for chars, new in _WORDS.items() for c in chars}
_TABLE |= {0x3B1 + i: f"\\{name} " for i, name in enumerate(_GREEK.split(" "))}
_TABLE |= {ord(c): f"\\{n} " for c, n in zip(_CAPITALS[0], _CAPITALS[1].split(), strict=True)}
_TABLE |= {ord("ϕ"): r"\phi ", ord("ϵ"): r"\epsilon ", ord("µ"): r"\mu "}

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ", "0123456789+-ni")
_SUB = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₙₖ", "0123456789+-nk")
_STACKED = regex("([⁰¹²³⁴⁵⁶⁷⁸⁹]+)[⁄/∕]([₀₁₂₃₄₅₆₇₈₉]+)")
_ALPHABETS = regex("[\U0001d400-\U0001d7ff]+")
_CIRCLED = regex("[\u2460-\u2473]")
_SUPERS = regex("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ]+")
_SUBS = regex("[₀₁₂₃₄₅₆₇₈₉₊₋ₙₖ]+")
_INVISIBLE = regex(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe0f\x00\ud800-\udfff]"
)
_ESCAPES = regex(
    r"[\t\x0c\x08\r](?=(?:ext|imes|heta|an|au|o|frac|rac|oxed|egin|ight|angle|ho|ceil|floor)(?![a-z]))"
)
_RESTORE = {"\t": r"\t", "\x0c": r"\f", "\x08": r"\b", "\r": r"\r"}
_CLOCK_HALF = regex(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)
_DOTTED = regex(r"(\.\d*)\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?")
_COMBINING = regex("[\u0304\u0305\u0307\u0332]")
_BARRED = regex("((?:\\d[\u0304\u0305\u0332])+)")
_POINTED = regex("(\\d)\u0307(?:(\\d*)(\\d)\u0307)?")
_DOUBLED = regex(r"\\\\(?=[A-Za-z({\[)}\]!,;$%])")


def _plain(text: str) -> str:
    """Letters and digits of other alphabets and widths to ASCII where they stand for the same."""
    out = unicodedata.normalize("NFKC", text)
    if not out.isascii():
        out = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in out)
    return out


def clean(text: str) -> str:
    """The same notation in plain ASCII LaTeX, as far as it has one."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        if _COMBINING.search(text):  # a repeating decimal
            text = _BARRED.sub(lambda m: f"\\overline{{{m[1][::2]}}}", text)
            text = _POINTED.sub(lambda m: f"\\overline{{{m[1]}{m[2] or ''}{m[3] or ''}}}", text)
        text = _ALPHABETS.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
        text = _STACKED.sub(lambda m: f"\\frac{{{m[1].translate(_SUPER)}}}{{{m[2].translate(_SUB)}}}", text)
        text = _CIRCLED.sub(lambda m: f"\\textcircled{{{unicodedata.numeric(m[0]):.0f}}}", text)
        text = _SUPERS.sub(lambda m: "^{" + m[0].translate(_SUPER) + "}", text)
        text = _SUBS.sub(lambda m: "_{" + m[0].translate(_SUB) + "}", text)
        text = _plain(text.translate(_TABLE))
        if east_asian.FOUND.search(text):
            text = east_asian.rewritten(text)
        elif not text.isascii():
            text = east_asian.joined(text)
    elif "\x00" in text:
        text = text.replace("\x00", "")
    if "\t" in text or "\x0c" in text or "\x08" in text or "\r" in text:
        text = _ESCAPES.sub(lambda m: _RESTORE[m[0]], text)
    if "\\\\" in text and "&" not in text and "\\begin" not in text.replace("\\\\begin", ""):
        text = _DOUBLED.sub(lambda m: "\\", text)
    if ":" in text:
        text = _CLOCK_HALF.sub(r"\1m", text)
    if "\\dot" in text:  # a repeating decimal
        text = _DOTTED.sub(lambda m: f"{m[1]}\\overline{{{m[2]}{m[3] or ''}{m[4] or ''}}}", text)
    return text.strip()
