"""One bare answer, as text, to its value. Total: what is no mathematics becomes words.

Readings are cached, so that a gold answer is parsed once however many completions it judges.
"""

from __future__ import annotations

import re
from functools import lru_cache

from verirs.math.reading.bases import based
from verirs.math.reading.calendar import moment, numeric_date
from verirs.math.reading.clean import clean
from verirs.math.reading.division import division
from verirs.math.reading.lexer import MAX_CHARS, tokens
from verirs.math.reading.numerals import numerals
from verirs.math.reading.parser import Parser
from verirs.math.reading.rewrite import rewritten
from verirs.math.values import EMPTY, Node, Refused, Unreadable
from verirs.system.patterns import regex

_CACHED_CHARS = 400
_UNREAD_CHARS = 80
_LONG_LIST = 2_000
_NUMBER_LIST = regex(
    r"\s*(?:\\\{(?:\s*-?\d{1,9}\s*,)*\s*-?\d{1,9}\s*\\\}|(?:\s*-?\d{1,9}\s*, )*\s*-?\d{1,9})\s*"
)
_INTEGER = regex(r"-?\d+")
_NUMBER = regex(r"(\\?\$)?(-?(?:[1-9]\d{0,2}(?:,\d{3}){1,4}|0|[1-9]\d{0,14}))(?:\.(\d{1,9}))?(\\?%)?")
_DOLLAR = (("dollar", 1),)
_EDGE = " \t\r\n.,;:!?*`"
_LEFT_EDGE = " \t\r\n.,;:*`"
_BOLD_SET = regex(r"\$?\\(?:mathbf|boldsymbol|bm)\s*\{?\s*([RZQ])\s*\}?\$?")
_BULLET = regex(r"^[\s$]*\\bullet(?![a-z])(?=[^$]*=)")
_INTRODUCED = regex(r":\s*\n\s*\n\s*")
_BLANK_LINES = regex(r"\n\s*\n\s*")
_COMMAND = regex(r"\\[a-zA-Z]+|[{}$\\]")
_DRESSING = regex(
    r"\\(?:(?:text|math)[a-zA-Z]*|left|right|middle|[bB]igg?[lrm]?|bf|it|rm|sf|tt|em|bm|boldsymbol|pmb|mbox|hbox|"
    r"displaystyle|textstyle|limits|nolimits|operatorname|boxed|fbox|underline|q?quad|enspace|hfill|[,;:! >])"
    r"(?![a-zA-Z])\*?|[{}$]"
)
_SAME_SIGNS = (
    *(("\\geqslant", "\\ge"), ("\\geq", "\\ge"), ("\\leqslant", "\\le"), ("\\leq", "\\le")),
    *(("\\neq", "\\ne"), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\rightarrow", "\\to")),
    *(("\\lnot", "\\neg"), ("\\land", "\\wedge"), ("\\lor", "\\vee"), ("\\Rightarrow", "\\implies")),
)
"""Two commands of one sign."""
_OLD_DEGREES = regex(r"\$?\s*(\d{1,3}(?:\.\d+)?)\s*\^\s*(?:\{\s*[0oO]\s*\}|[0oO])\s*\$?")
"""``30^0``, ``30^o``: degrees, as typed where there is no sign of them."""
_SCIENTIFIC = regex(
    r"(?<![\d.,\w])(\d(?:\.\d+)?)(?:\s+|\s*\$\s*\$\s*|\s+\$\s*|\s*\$\s+)(10\s*\^\s*\{?\s*[-\u2212]?\d)"
)
"""``2.2 10^{-6}`` and ``$2.2$ $10^{-6}$``: the sign of the product left out."""
_FEW_DEGREES = 10  # 5^0 may be the power
_WORD = regex(r"[a-z0-9]+|[^\sa-z0-9]")
_LONE_DOLLAR = regex(r"(?<!\\)\$(?=\s*[\d.])")
_CHOICE = regex(r"\(?([A-J])[).:]\)?\s+\S")
_OPTION = regex(
    r"\s*\$?(?:\\(?:text|math)[a-z]*\s*\{)?\s*\(?[A-J][).:]\)?(?:[\s~}]|\\[ ,;:]|\\q?quad(?![a-z]))+"
    r"(?!(?:and|or|und|oder|y|et|nor)\b|[,&])(\S.*?)\$?\s*",
    re.DOTALL,
)
_DECIMAL_COMMA = regex(r"(\$?\s*-?\s*\d{1,15}),(\d{1,2}|\d{4,15})(?!\d)([^\d,;]*)")
_CONTINUED = regex(r"(?<=\d)\.\.\.+|(?<=[+,])[ ]*\.\.\.+(?=[ ]*[+,])")
_SPACED_WORDS = regex(r"(?<=[A-Za-z])\\ (?=[A-Za-z\\])|(?<=[a-z]{2})\\ ")
_STRAY = regex(r"^(?:\\right[)\].]?|\\left[(\[.]?|\\[)\]])+|(?:\\left\.?|\\\[|\\\()+$")


def read(text: str) -> Node:
    """The value of a bare answer; ``raw`` where it is no mathematics.

    Raises:
        Refused: the text is too long, too deep, or holds an enormous number.
    """
    return _cached(text) if len(text) <= _CACHED_CHARS else _read(text)


def _read(text: str) -> Node:
    return _number(text) or _parsed(text)


def _number(text: str) -> Node | None:
    """A plain number, an amount of dollars or a percentage, as the parser would read it: most answers."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    dollar, whole, places, percent = found.groups()
    if ((dollar or percent) and (whole[0] == "-" or (dollar and percent))) or whole == "-0":
        return None
    whole = whole.replace(",", "")
    node = Node("dec", (int(whole + places), len(places))) if places else Node("int", (int(whole),))
    if dollar:
        return Node("qty", (node, _DOLLAR))
    return Node("pct", (node,)) if percent else node


def _parsed(text: str) -> Node:
    if len(text) > _LONG_LIST and _NUMBER_LIST.fullmatch(text):
        return _number_list(text)
    if len(text) > 4 * MAX_CHARS:
        raise Refused(f"an answer of {len(text)} characters")
    plain = _BULLET.sub("", clean(text))
    if len(plain) > MAX_CHARS:
        raise Refused(f"an answer of {len(plain)} characters")
    if (plain.count("$") - plain.count("\\$")) % 2:
        plain = _LONE_DOLLAR.sub(r"\\$", plain)
    if "10" in plain and "^" in plain:
        plain = _SCIENTIFIC.sub(r"\1 \\times \2", plain)
    if "..." in plain:
        plain = _CONTINUED.sub(r"\\ldots ", plain)
    plain = rewritten(plain)
    if plain in ("{}", "{ }"):
        return EMPTY
    if (system := _BOLD_SET.fullmatch(plain)) is not None:
        return Node("const", (system[1],))
    if plain[:1] == "," and plain[1:2].isdecimal():
        return raw(plain, "a comma before a number")
    if "^" in plain and (old := _OLD_DEGREES.fullmatch(plain)) is not None and float(old[1]) >= _FEW_DEGREES:
        return Node("deg", (parse(old[1]),))
    whole = based(plain) or moment(plain) or division(plain)
    if whole is not None:
        return whole
    try:
        return _or_number(parse(plain), plain)
    except Unreadable as error:
        unread = str(error)[:_UNREAD_CHARS]
    trimmed = _STRAY.sub("", _SPACED_WORDS.sub(" ", plain)).lstrip(_LEFT_EDGE).rstrip(_EDGE)
    if trimmed != plain:
        try:
            return parse(trimmed)
        except Unreadable:
            pass
    return choice(plain) or raw(plain, unread)


def _or_number(node: Node, plain: str) -> Node:
    """The value with the second reading of what may be a date or a decimal with a comma."""
    if len(plain) > 40 or node.op not in ("seq", "add", "mul"):
        return node
    other = numeric_date(plain)
    if other is None and (comma := _DECIMAL_COMMA.fullmatch(plain)):
        try:
            other = parse(f"{comma[1]}.{comma[2]}{comma[3]}")
        except Unreadable:
            return node
    if other is not None and plain.startswith("-0,"):
        return other
    return node if other is None else Node("ambiguous", (node, None, other, "usual"))


def _number_list(text: str) -> Node:
    """A long set or list of integers, without the parser."""
    if len(text) > 2 * MAX_CHARS:
        raise Refused(f"an answer of {len(text)} characters")
    items = tuple(Node("int", (int(n),)) for n in _INTEGER.findall(text))
    return Node("seq", ("{}" if "{" in text else "", ",", *items))


def choice(text: str) -> Node | None:
    """The letter of a multiple-choice answer with its text: ``(B) 12``, ``C. none of these``."""
    found = _CHOICE.match(_COMMAND.sub(" ", text).strip())
    return Node("sym", (found[1],)) if found else None


def option_text(text: str) -> str | None:
    """The text behind the letter of a multiple-choice answer."""
    found = _OPTION.fullmatch(text)
    if found is None:
        return None
    rest = found[1]
    return rest[:-1] if rest.count("}") > rest.count("{") else rest


_cached = lru_cache(maxsize=8192)(_read)


def parse(plain: str) -> Node:
    """The value of a cleaned text.

    Raises:
        Unreadable: it is no mathematics.
        Refused: it is too long, too deep, or holds an enormous number.
    """
    stripped = plain.lstrip(_LEFT_EDGE).rstrip(_EDGE)
    while stripped.endswith("$") and not stripped.endswith("\\$"):
        stripped = stripped[:-1].rstrip(_EDGE)
    if plain.endswith("!"):  # a factorial, not an exclamation
        stripped += "!" * (len(plain) - len(plain.rstrip("!")))
    if stripped.endswith("\\"):
        stripped += " "
    if plain.startswith(".") and stripped[:1].isdecimal():
        stripped = "." + stripped
    if "\n" in stripped:
        stripped = _BLANK_LINES.sub(" ; ", _INTRODUCED.sub(": ", stripped))
    return Parser(numerals(tokens(stripped))).answer()


def raw(plain: str, unread: str = "") -> Node:
    """What is no mathematics: its letters, digits, signs and commands, in lower case, without those of LaTeX
    that only dress a text; and what was not understood."""
    bare = _DRESSING.sub(" ", plain)
    for written, short in _SAME_SIGNS:
        if written in bare:
            bare = bare.replace(written, short)
    bare = bare.lower().strip(_EDGE)
    return Node("raw", ("".join(_WORD.findall(bare)) or plain, unread))
