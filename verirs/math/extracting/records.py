"""Answers in a field of JSON, as prompts for a structured output ask: ``{"reason": "...", "answer": "5"}``.

Read by its marks, not by a parser: models write LaTeX in such strings without the escapes that JSON wants.
"""

from __future__ import annotations

import re

from verirs.math.extracting.function_words import CONTRASTS, DOUBTS
from verirs.math.extracting.labels import FAULTS
from verirs.math.extracting.plain_words import plain_words
from verirs.math.extracting.roundings import equal
from verirs.math.extracting.sentences import is_value
from verirs.math.values import words
from verirs.system.patterns import regex

_STRING = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_VALUE = rf"""(?:{_STRING}|-?\d[\d.eE+-]*|\[[^\[\]\n]{{0,400}}\]|true|false|null)"""
_FIELD = regex(
    r"""(?:["']|(?<![\w"' ])[ \t]*)(?:the_)?(?:final|correct)?[_ -]?"""
    rf"""(?:answer|result|solution|choice|option)["']\s*:\s*"""
    rf"""(?:(?P<value>{_VALUE})|"""
    rf"""\{{\s*["'](?:value|number|result|amount)["']\s*:\s*(?P<inner>{_VALUE})[^{{}}]*\}})""",
    re.IGNORECASE,
)
"""The quote before the name may be missing at the begin of a line."""
_CLOSES = regex(rf"""\s*(?:,\s*{_STRING}\s*:\s*{_VALUE}\s*){{0,20}},?\s*\}}\s*`*\s*""")
"""What stands behind the field of the answer up to the end of its record."""
_PAIR = regex(rf"""["'](\w[\w -]*)["']\s*:\s*({_VALUE})""")
_WITHIN = regex(r"""["'](\w[\w -]*)["']\s*:\s*\{[^{}]*\Z""")
"""The name of the record in which a field stands."""
_BESIDE = words(
    "text confidence certainty score unit units explanation explanations reasoning reason rationale steps "
    "step solution work working method thought thoughts analysis justification summary final answer result "
    "check verification verified correct difficulty topic subject category question problem id type format "
    "language calculation calculations formula latex value simplified numeric label option letter source tags"
)
"""What the fields behind the answer may be called: they say no other answer, nor anything of this one."""
_VALUED = words("final answer result value simplified numeric latex formula")
"""A field with one of these names holds the answer again, or another one."""
_SAYS_YES = words("correct verified")
_TAKES_BACK = words(
    "wrong incorrect false mistaken mistake error invalid nope wait oops sorry todo placeholder guess "
    "guessed hundred thousand million billion dozen dozens"
)
"""What a field behind the answer must not say: a fault, or a unit that scales the number."""
_LATER_MARKS = ("\\box", "####", "nswer>", "nswer:", "nswer is")
_FALSE_FIELD = regex(r"""["'](\w+)["']\s*:\s*(?:false|"(?:no|false|wrong)")""", re.IGNORECASE)
_QUOTES = "\"'`"
_UNESCAPED = regex(
    r"(?<!\\)\\(?:b(?:ar|egin|eta|inom|mod|oldsymbol|oxed|ullet|igl?|igr?)|f(?:rac|box|orall)|"
    r"n(?:abla|eq?|ot|otin|u)|r(?:angle|ceil|floor|ho|ight)|"
    r"t(?:an|au|ext(?:bf|it|rm)?|frac|heta|imes|o|riangle))(?![a-z])"
)
"""A command of LaTeX whose backslash JSON would take for an escape: a form feed and "rac"."""


def _same(one: str, two: str) -> bool:
    """Whether two values of fields are one, or a value in words."""
    one, two = (
        text.replace("$", "").replace("\\(", "").replace("\\)", "").strip(" .") for text in (one, two)
    )
    return one == two or not one or (is_value(two) and equal(one, two))


OF_THE_FORM = regex(
    r"\boff by\b|\b(?:answer|this|the|above) field\b|\bplaceholder\b|\bdummy\b|"
    r"\b(?:sample|dummy) (?:of|value|answer)\b|"
    r"\bexample of the format\b|\bnot (?:the|my) (?:real|actual|true|own)\b",
    re.IGNORECASE,
)
"""What a record says of its answer as a thing written there, not as the result."""


def may_have_field(text: str) -> bool:
    """Whether a quoted name may stand before a colon in a text; looking for that is much faster."""
    return ('":' in text or "':" in text) and "}" in text


def field(text: str) -> str | None:
    """The value of the last ``"answer": ...`` of a JSON object, as text."""
    last = _last(text)
    return None if last is None else _written(last["value"] or last["inner"])


def closing_field(text: str) -> tuple[str, str] | None:
    """The answer of the last record of a text, and what follows it: what stands before it, in its own strings
    too, is its working. ``None`` where its answer is a marked one itself, or another is marked behind it."""
    last = _last(text)
    closes = _CLOSES.match(text, last.end()) if last is not None else None
    if last is None or closes is None:
        return None
    value, rest = _written(last["value"] or last["inner"]), text[closes.end() :]
    if value is None or "\\box" in value or "<" in value or any(map(rest.__contains__, _LATER_MARKS)):
        return None
    return value, rest


def _last(text: str) -> re.Match[str] | None:
    last = None
    for last in _FIELD.finditer(text):  # noqa: B007
        pass
    return last


def _written(value: str) -> str | None:
    """The text of a value; quotes within its quotes left out."""
    if value[0] == '"':
        import json  # slow to load, and rare

        try:
            plain = _UNESCAPED.search(value) is not None
            value = value[1:-1].strip() if plain else str(json.loads(value, strict=False)).strip(" \n\t")
        except ValueError:  # an escape of LaTeX that JSON does not know
            value = value[1:-1].strip()
        return value[1:-1].strip() if len(value) > 2 and value[0] == value[-1] in _QUOTES else value
    if value[0] == "'":
        return value[1:-1].strip()
    if value[0] == "[":
        return re.sub(r"[\"']", "", value[1:-1]).strip()
    return None if value.lower() == "null" else value


def denied_field(text: str) -> str:
    """A field beside the answer that says no, ``"correct": false``, or of which nobody knows what it says,
    ``"correction": "..."``; empty where there is none."""
    last = _last(text)
    if last is not None:
        within = _WITHIN.search(text, max(0, last.start() - 400), last.start())
        if within is not None and not FAULTS.isdisjoint(within[1].lower().replace("_", " ").split()):
            return within[1]
        behind = _CLOSES.match(text, last.end())
        answer = _written(last["value"] or last["inner"]) or ""
        for name, value in _PAIR.findall(behind[0]) if behind is not None else ():
            named = set(name.lower().replace("_", " ").split())
            written = _written(value) or ""
            if named - _BESIDE or (named & _VALUED and not _same(written, answer)):
                return str(name)
            if named & _SAYS_YES and written.lower() not in ("true", "yes", "correct", "verified"):
                return str(name)
            if not _TAKES_BACK.isdisjoint(plain_words(written)) or OF_THE_FORM.search(written):
                return " ".join(written.split())[:60]
    found = _FALSE_FIELD.search(text, max(0, text.rfind("{")))
    if found is not None and "answer" not in found[1].lower():
        return found[0]
    said = plain_words(text[last.end() :]) if last is not None else []
    return next((word for word in said if word in DOUBTS | CONTRASTS or word.startswith("guess")), "")
