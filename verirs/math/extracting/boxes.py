"""Answers in a marked place: a box, a tag, behind ``####``, a field of JSON."""

from __future__ import annotations

import json
import re

_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_RARE = ("\\fbox", "\\framebox", "\x08oxed")
_COMMAND = re.compile(r"(?:\\boxed|\\fbox|\\framebox|\x08oxed)(?![A-Za-z])(?:\s*\[[^\]{}]{0,20}\])*")
_BARE = re.compile(r"\d+(?:\.\d+)?|[A-Za-z](?![A-Za-z])|\\[a-z]?frac\s*\d\s*\d|\\(?:pi|infty)\b")
_GAP = re.compile(
    r"(?:\}|\\[)\]]|[\s$])*(?:\\text\{\s*)?(?:[A-Za-z]+[\s}$]+){0,2}?"
    r"(?P<join>(?:,|;|&|\\quad|\\qquad|\band\b|\bor\b|[ ])(?:[\s,$;]|\\quad|\\qquad|\\text\{|\\[ ,;(\[]|\}|"
    r"\band\b|\bor\b|\bmaybe\b|\bperhaps\b|\beither\b|\balso\b|\bpossibly\b)*)(?:\\[(\[]|[$\s]|[A-Za-z]\s*=)*"
)
_HEDGE = re.compile(r"\bor\b|maybe|perhaps|either|possibly")
_TAG = re.compile(r"<(answer|final_answer|finalanswer)>|<\|begin_of_box\|>|\[ANSWER\]", re.IGNORECASE)
_FIELD = re.compile(
    r"""["'](?:the_)?(?:final|correct)?[_ -]?(?:answer|result|solution|choice|option)["']\s*:\s*"""
    r"""(?P<value>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|-?\d[\d.eE+-]*|\[[^\[\]\n]{0,400}\]|true|false|"
    r"null)""",
    re.IGNORECASE,
)
MAX_BOXES = 32
_BEFORE = re.compile(
    r"(?<!-)-$|[\w)}\]][ \t]*[+/^<>\u2260\u2264\u2265][ \t$]*$|[\w)}\]][ \t]*\*[ \t]+$|"
    r"\\(?:times|cdot|div|neq?|leq?|geq?|lt|gt|leqslant|geqslant|pm|sqrt(?:\[\w+\])?|frac\s*\{[^{}]*\})"
    r"[ \t]*\{?[ \t]*$|"
    r"\b(?:(?:is|are) at (?:most|least)|"
    r"(?:less|more|greater|smaller|other) than|not|isn't|wrong answer is)\s+"
    r"(?:\$|\\[(\[])?[ \t]*$",
    re.IGNORECASE,
)
_LAST = (
    *("times", "cdot", "div", "neq", "ne", "leq", "le", "geq", "ge", "lt", "gt", "pm", "slant", "sqrt"),
    *("than", "most", "least", "not", "n't", "wrong answer is"),
)
"""How what changes a box may end, where it ends with a letter."""
_AFTER = re.compile(
    r"[ \t]*(?:\^|[+/][ \t]*[\w\\(]|\*[ \t]*[\d\\(]|\\(?:times|cdot|div)\b)|"
    r"(?:[ \t$]|\\[)\],;: ]|\\text\s*\{)*(?:hundred|thousand|million|billion|trillion|dozen)\b|"
    r"(?:[ \t$]|\\[)\]])*(?:is|are|was) (?:wrong|incorrect|false|not)\b",
    re.IGNORECASE,
)


def last_box(text: str) -> tuple[str | None, str] | None:
    """The content of the last box (of a list of boxes: all of them) and a reason where that is no answer;
    ``None`` where the text has no box. A box without any content (``put it in \\boxed``) is none."""
    stop, commands = len(text), _commands(text)
    for _ in range(MAX_BOXES):
        stop = _start(text, stop, commands)
        if stop < 0:
            return None
        box = _box(text, stop)
        if box is not None:
            if box[1] < 0:
                return None, "the last box is not closed"
            if _outside(text, stop, box[1]):
                return None, "the box is a part of what is written"
            return _joined(text, stop, box, commands)
    return None


def _outside(text: str, start: int, end: int) -> bool:
    """Whether a sign, a factor, a relation or a word outside a box changes what stands in it."""
    if _AFTER.match(text, end):
        return True
    before = text[max(0, start - 48) : start]
    written = before.rstrip(" \t$")
    if (
        not written
        or written[-1] in ":.=,;\n"
        or (written[-1].isalnum() and not written.lower().endswith(_LAST))
    ):
        return False
    return _BEFORE.search(before) is not None


def _commands(text: str) -> tuple[str, ...]:
    """The commands of boxes that may stand in the text; nearly always ``\\boxed`` alone."""
    rare = "box{" in text or "box[" in text or "\x08" in text
    return (*_RARE, "\\boxed") if rare else ("\\boxed",)


def _start(text: str, stop: int, commands: tuple[str, ...]) -> int:
    """Where the last box before ``stop`` begins, or -1."""
    if len(commands) == 1:
        return text.rfind("\\boxed", 0, stop)
    return max(text.rfind(command, 0, stop) for command in commands)


def closing(text: str, start: int) -> int:
    """Where the group opened before ``start`` closes, or -1."""
    end = text.find("}", start)
    if end < 0:
        return -1
    inside = text[start:end]
    if "{" not in inside and "\\" not in inside:  # a number in a box
        return end
    depth = 1
    for match in _BRACES.finditer(text, start):
        char = match[0]
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return match.start()
    return -1


def _box(text: str, at: int) -> tuple[str, int] | None:
    """The content of the box at ``at`` and where it ends, -1 where it is not closed; ``None`` without
    content."""
    command = _COMMAND.match(text, at)
    if command is None:
        return None
    brace = command.end()
    while brace < len(text) and text[brace].isspace():
        brace += 1
    if brace < len(text) and text[brace] == "{":
        end = closing(text, brace + 1)
        return (text[brace + 1 : end], end + 1) if end >= 0 else ("", -1)
    token = _BARE.match(text, brace)
    return (token[0], token.end()) if token else None


def _joined(text: str, at: int, last: tuple[str, int], commands: tuple[str, ...]) -> tuple[str | None, str]:
    """The box and those before it that are joined to it by a comma, "and" or "or"."""
    contents, starts, hedged = [last[0].strip()], at, False
    if contents[0] and text.rfind("box", 0, at) < 0 and text.rfind("oxed", 0, at) < 0:
        return contents[0], ""
    for _ in range(MAX_BOXES):
        earlier = _start(text, starts, commands)
        if earlier < 0 or starts - earlier > 2_000:
            break
        box = _box(text, earlier)
        if box is None or not 0 <= box[1] <= starts:
            break
        gap = text[box[1] : starts]
        joined = _GAP.fullmatch(gap) if len(gap) < 120 else None
        if joined is None or ("\n\n" in gap.strip(" ") and not re.search(r"and|or|,", gap)):
            break
        hedged = hedged or _HEDGE.search(gap) is not None
        contents.append(box[0].strip())
        starts = earlier
    kept = list(dict.fromkeys(reversed(contents)))
    if kept == [""]:
        return None, "the box is empty"
    return (" or " if hedged else " , ").join(kept), ""


def last_tag(text: str) -> str | None:
    """What stands in the last answer tag; to the end of the text where the tag is not closed."""
    if "<" not in text and "[" not in text:
        return None
    if "nswer>" not in text and "NSWER" not in text and "begin_of_box" not in text:
        return None
    last = None
    for last in _TAG.finditer(text):  # noqa: B007
        pass
    if last is None:
        return None
    name = last[0]
    closed = "<|end_of_box|>" if name.startswith("<|") else f"{name[0]}/{name[1:]}"
    end = text.find(closed, last.end())
    return text[last.end() : end if end >= 0 else len(text)].strip()


def field(text: str) -> str | None:
    """The value of the last ``"answer": ...`` of a JSON object, as text."""
    last = None
    for last in _FIELD.finditer(text):  # noqa: B007
        pass
    if last is None:
        return None
    value = last["value"]
    if value[0] == '"':
        try:
            return str(json.loads(value, strict=False)).strip(" \n\t")
        except ValueError:  # an escape of LaTeX that JSON does not know
            return value[1:-1].strip()
    if value[0] == "'":
        return value[1:-1].strip()
    if value[0] == "[":
        return re.sub(r"[\"']", "", value[1:-1]).strip()
    return None if value.lower() == "null" else value
