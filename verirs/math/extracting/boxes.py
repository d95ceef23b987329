"""Answers in a marked place: a box or a tag."""

from __future__ import annotations

import re
from typing import NamedTuple

from verirs.math.extracting.plain_words import LETTERS_ONLY
from verirs.math.values import words
from verirs.system.patterns import regex

_BRACES = regex(r"\\.|[{}]", re.DOTALL)
_RARE = ("\\fbox", "\\framebox", "\x08oxed")
_COMMAND = regex(r"(?:\\boxed|\\fbox|\\framebox|\x08oxed)(?![A-Za-z])(?:\s*\[[^\]{}]{0,20}\])*")
_BARE = regex(r"\d+(?:\.\d+)?|[A-Za-z](?![A-Za-z])|\\[a-z]?frac\s*\d\s*\d|\\(?:pi|infty)\b")
_GAP = regex(
    r"(?:\}|\\[)\]]|[\s$])*(?:\\text\{\s*)?(?:[A-Za-z]+[\s}$]+){0,2}?"
    r"(?P<join>(?:,|;|&|\\quad|\\qquad|\band\b|\bor\b|[ ])(?:[\s,$;]|\\quad|\\qquad|\\text\{|\\[ ,;(\[]|\}|"
    r"\band\b|\bor\b|\bmaybe\b|\bperhaps\b|\beither\b|\balso\b|\bpossibly\b)*)(?:\\[(\[]|[$\s]|[A-Za-z]\s*=)*"
)
_HEDGE = regex(r"\bor\b|maybe|perhaps|either|possibly")
_TAG = regex(r"<(answer|final_answer|finalanswer)>|<\|begin_of_box\|>|\[ANSWER\]", re.IGNORECASE)
MAX_BOXES = 32
EMPTY_BOX = "the box is empty"
_APART = regex(
    r"[.!?](?=[\s$*)])|\n|=|\\(?:to|implies|R?r?ightarrow|approx)\b|"
    r"\b(?:so|thus|hence|therefore|then|giv\w+|wait|actually|no|simplif\w+|that is|which is|means|"
    r"equals?|becomes|"
    r"yields?|implies|get|obtain|have|now|final\w*|sum|total)\b",
    re.IGNORECASE,
)
"""Between two boxes: the second stands in another sentence or follows from the first."""
_NOTHING_BEHIND = ("$.", "$\n", "\\).", "\\]\n", "\\)\n", "\n")
_NAMES = regex(r"[^.\n?!]{0,80}?\banswer(?:\s+is|\s*[=:])\s*(?:\$|\\\(|\*\*)?\s*(?=-?[\d\\])(?!\\boxed)")
"""An answer that is named behind a box in its sentence."""
_BEFORE = regex(
    r"(?<!-)-$|(?:[$=(+*/^]|\\[(\[])[ \t]*\d[\d.,]*[ \t]*-[ \t]*$|"
    r"\\[dt]?frac[ \t]*\{?[ \t]*$|[\w)}\]][ \t]*[+/^<>\u2260\u2264\u2265][ \t$]*$|"
    r"[\w)}\]][ \t]*\*[ \t]+$|"
    r"\\(?:times|cdot|div|neq?|leq?|geq?|lt|gt|leqslant|geqslant|pm|sqrt(?:\[\w+\])?|frac\s*\{[^{}]*\})"
    r"[ \t]*\{?[ \t]*$|"
    r"\b(?:(?:is|are) at (?:most|least)|"
    r"than|not|isn't|wrong answer is)\s+"
    r"(?:\$|\\[(\[])?[ \t]*$",
    re.IGNORECASE,
)
_DENIED = regex(
    r"(?:\b(?:not|never|cannot)|n't)(?:\s+(?!(?:but|so|then|thus|therefore|hence|is|only|just|"
    r"and)\b)[a-z]+){0,2}"
    r"(?:[ \t$(*:]|\\[(\[])*$|"
    r"[\n.(][ \t]*(?:answer |output |required )?(?:format|example|e\.g|placeholder|"
    r"template)\b\.?[:,]?[ \t$]*$|\btemplate is:?[ \t$]*$|\b(?:pretend|instructions?)\b[^.\n]{0,40}$|"
    r"\be\.g\.[^\n]{0,40}$|"
    r"\b(?:wrong|incorrect|false|naive|tempting)\s+(?:\w+\s+)?(?:answer|value|result|solution|"
    r"guess)\b[^.\n]{0,20}$|"
    r"\b(?:someone|somebody|anyone|grader|checker|examiner)\b[^.\n]{0,40}$|\bspecial case\b[^.\n]{0,30}$|"
    r"\b(?:upper|lower) bound\b[^.\n]{0,20}$|\bwould (?:write|say|answer)\b[^.\n]{0,12}$|"
    r"\b(?:first|wrong|naive|careless|earlier|initial) (?:way|try|attempt|approach|student|guess|"
    r"idea)\b[^.\n]{0,30}$|"
    r"\b(?:doubt|whether|prove|if|suppose|assum\w+|imagine)\b[^.,;\n]{0,20}\b(?:answer|it|"
    r"result)\b[^.,;\n]{0,12}$",
    re.IGNORECASE,
)
"""A denial, a question, a supposition or an example before a box."""
_DENYING = words(
    "not never cannot t format example e placeholder template pretend instruction instructions wrong "
    "incorrect false naive tempting someone somebody anyone grader checker examiner special bound would "
    "first careless earlier initial doubt whether prove if suppose imagine"
)
"""A word of each match of it (the ``t`` of "isn't"), but for those with "assume"."""
_OF_IT = regex(
    r"\b(?:exceeds?|twice|thrice|double|half(?: of)?|(?:square|cube|root|multiple|reciprocal|"
    r"negative|opposite) of|except|"
    r"excluding|unlike|instead of|rather than|try|guess|for (?:example|instance),?|almost|nearly|from|when|"
    r"\d to|(?:less|"
    r"greater) than or equal to|between|one of|(?:any|anything|everything|all) but)"
    r"(?:[ \t$(*:]|\\[(\[])*$",
    re.IGNORECASE,
)
"""What makes another value of the box behind it."""
_OF_IT_LAST = (
    *("of", "to", "than", "try", "guess", "ample", "ample,", "half", "twice", "rice", "uble", "ceeds"),
    *("stance", "stance,", "almost", "nearly", "from", "when"),
    *("ceed", "cept", "cluding", "like", "tween", "thing but", "any but", "all but"),
)
_LAST = (
    *("times", "cdot", "div", "neq", "ne", "leq", "le", "geq", "ge", "lt", "gt", "pm", "slant", "sqrt"),
    *("than", "most", "least", "not", "n't", "wrong answer is"),
)
"""How what changes a box may end, where it ends with a letter."""
_AFTER = regex(
    r"(?-i:k|K|M|B|bn|mn)(?![\w&])|"
    r"[ \t]*(?:\^|[+/][ \t]*[\w\\(]|[-\u2212][ \t]*\d|\*[ \t]*[\d\\(]|\\(?:times|cdot|div)\b)|"
    r"(?:[ \t$]|\\[)\],;: ]|\\text\s*\{)*(?:hundred|thousand|million|billion|trillion|dozen)\b|"
    r"[ \t]*(?:[abceinopqrtuvwxyz](?=[ \t]*(?:\$|\\[)\]]))|\\(?:pi|sqrt|d?frac|left|sin|cos|ln|log)\b)|"
    r"(?:[ \t$*]|\\[)\]])*\?|"
    r"(?:[ \t$]|\\[)\]])*(?:\((?:wrong|incorrect|rejected|not)|"
    r"(?:,?\s*which )?(?:is|are|was) (?:wrong|incorrect|impossible|excluded|rejected)|would be|"
    r"might|may|could|cannot|can't|isn't|too \w+|unless|provided|assuming|were|"
    r"if (?=and only|[$\\]|[a-z]\s*[=<>])|"
    r"(?:is|are|was) (?:(?:also|only|clearly|just|an?|the|upper|lower|rough|wild) ){0,3}"
    r"(?:wrong|incorrect|false|not|possible|impossible|extraneous|excluded|rejected|invalid|guess|bound|"
    r"too|contradiction|half|twice|double|thrice|estimate|approximation|what)|"
    r"(?:still |first )?(?:needs?|must|has) (?:still )?(?:to )?be|(?:(?:is|are) )?(?:divided|multiplied|"
    r"squared|cubed|halved|doubled|modulo)|(?:times|minus|plus|"
    r"over) (?=[$\\\d])|"
    r"(?:more|less|fewer|greater|smaller|larger|higher|lower|short) (?:than|of) the (?:correct |"
    r"final )?answer)\b",
    re.IGNORECASE,
)


_QUIET = 80
_QUIET_MARKS = " }$.\\)],\n\t0123456789"
_WEIGHTY = words(
    "not no never none cannot fails failed fail wrong incorrect false mistaken invalid impossible is "
    "isn are was were be been being would could may might must should will if unless provided assuming "
    "when but or and either neither nor which that this it its these so wait hmm oops sorry actually "
    "correction kidding joke lie guess back scratch strike forget ignore disregard hundred thousand "
    "million billion trillion dozen times minus plus over divided multiplied squared cubed halved "
    "doubled modulo mod more less fewer greater smaller larger higher lower short too half twice double "
    "maybe perhaps possibly about almost nearly than of answer answers to except excluding factorial "
    "percent contradicts violates edit erratum i we he she they bn mn k m b pi e x y z a n"
)
"""Words that may change or deny the box before them; any other may only say what is counted."""


class Box(NamedTuple):
    """The content of a box (of a list of boxes: all of them), where it ends, and why there is no answer in
    it."""

    content: str | None
    end: int
    reason: str = ""
    start: int = 0
    quiet: bool = False  # only marks and plain words, such as a unit, follow to the end of the text


def last_box(text: str) -> Box | None:
    """The last box; ``None`` where the text has none. A box without any content (``put it in \\boxed``) is
    none."""
    stop, commands = len(text), _commands(text)
    for _ in range(MAX_BOXES):
        stop = _start(text, stop, commands)
        if stop < 0:
            return None
        box = _box(text, stop)
        if box is not None:
            content, end = box
            if end < 0:
                return Box(None, len(text), "the last box is not closed")
            quiet = _quiet(text[end:])
            if _outside(text, stop, len(text) if quiet else end):
                return Box(None, end, "the box is a part of what is written")
            named = _NAMES.match(text, end) if not quiet and "answer" in text[end : end + 100] else None
            if named and not text.startswith(content.strip(), named.end()):
                return Box(None, end, "its sentence names another answer")
            joined, reason = _joined(text, stop, box, commands)
            return Box(joined, end, reason, stop, quiet)
    return None


def _quiet(rest: str) -> bool:
    """Whether what follows a box to the end of the text is marks, a number again, or plain words, none of
    weight."""
    if len(rest) > _QUIET or rest[:1].isalnum():
        return False
    core = rest.strip(_QUIET_MARKS)
    return not core or (core.replace(" ", "").isalpha() and _WEIGHTY.isdisjoint(core.lower().split()))


def _outside(text: str, start: int, end: int) -> bool:
    """Whether a sign, a factor, a relation or a word outside a box changes what stands in it."""
    behind = text[end : end + 3]
    if behind[:1].isdecimal():
        return True
    if (
        behind
        and behind[0] not in ".\n"
        and not behind.startswith(_NOTHING_BEHIND)
        and _AFTER.match(text, end)
    ):
        return True
    before = text[max(0, start - 48) : start]
    written = before.rstrip(" \t$")
    if written.endswith(("\\(", "\\[")):
        written = written[:-2].rstrip(" \t$")
    if before[-1:].isdecimal():
        return True
    if not written or written[-1] == "\n" or (written[-1] == "." and not written.endswith("e.g.")):
        return False
    if _may_deny(before) and _DENIED.search(before if start > 48 else "\n" + before):
        return True
    if written.rstrip("\\([*:").rstrip().lower().endswith(_OF_IT_LAST) and _OF_IT.search(before):
        return True
    if written[-1] in ":=,;" or (written[-1].isalnum() and not written.lower().endswith(_LAST)):
        return False
    return _BEFORE.search(before) is not None


def _may_deny(before: str) -> bool:
    """Whether a word stands there that ``_DENIED`` needs; looking for those is much faster."""
    if not before.isascii() or "ssum" in before:
        return True
    return not _DENYING.isdisjoint(before.encode().translate(LETTERS_ONLY).decode().split())


def _commands(text: str) -> tuple[str, ...]:
    """The commands of boxes that may stand in the text; nearly always ``\\boxed`` alone."""
    last = max(0, text.rfind("\\boxed") - 600)  # a rare one before it could only be joined to it
    rare = "\x08" in text or text.find("\\fbox", last) >= 0 or text.find("\\framebox", last) >= 0
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
    if text.startswith("\\boxed{", at):
        end = closing(text, at + 7)
        return (text[at + 7 : end], end + 1) if end >= 0 else ("", -1)
    if (command := _COMMAND.match(text, at)) is not None:
        brace = command.end()
    else:
        return None
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
    if contents[0] and _start(text, at, commands) < 0:
        return contents[0], ""
    for _ in range(MAX_BOXES):
        earlier = _start(text, starts, commands)
        if earlier < 0 or starts - earlier > 2_000:
            break
        box = _box(text, earlier)
        if box is None or not 0 <= box[1] <= starts:
            break
        gap = text[box[1] : starts]
        joined = gap == "" or gap.isspace() or (len(gap) < 120 and _GAP.fullmatch(gap) is not None)
        if (
            not joined
            and len(contents) == 1
            and len(gap) < 120
            and box[0].strip() not in ("", contents[0])
            and not (box[0].isalpha() and len(box[0]) > 2)
            and _APART.search(gap) is None
        ):
            return None, "several boxes in one sentence"
        blank = gap.isspace() and len(contents) == 1  # two boxes and nothing between them
        if not joined or ("\n\n" in gap.strip(" ") and not blank and not re.search(r"and|or|,", gap)):
            break
        hedged = hedged or _HEDGE.search(gap) is not None
        contents.append(box[0].strip())
        starts = earlier
    kept = list(dict.fromkeys(reversed(contents)))
    if kept == [""]:
        return None, EMPTY_BOX
    return (" or " if hedged else " , ").join(kept), ""


def last_tag(text: str) -> tuple[str, str] | None:
    """What stands in the last answer tag (to the end where it is not closed), and what follows it."""
    angle = "<" in text and ("nswer>" in text or "NSWER" in text or "begin_of_box" in text)
    if not angle and not ("[" in text and ("[ANSWER]" in text or "nswer]" in text)):
        return None
    last = None
    for last in _TAG.finditer(text):  # noqa: B007
        pass
    if last is None:
        return None
    name = last[0]
    closed = "<|end_of_box|>" if name.startswith("<|") else f"{name[0]}/{name[1:]}"
    end = text.find(closed, last.end())
    if end < 0:
        return text[last.end() :].strip(), ""
    return text[last.end() : end].strip(), text[end + len(closed) :]
