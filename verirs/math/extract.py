"""Which part of a completion is its final answer: which text, by which rule, how sure.

One order, version :data:`POLICY`; the first rule that finds something decides:

1. special end tokens are cut; only what follows the last ``</think>`` counts, an unfinished ``<think>`` holds
   no answer; text after an end-of-turn token is not the model's;
2. ``tag``: the last ``<answer>...</answer>`` (or ``<|begin_of_box|>``);
3. ``boxed``: the last ``\\boxed{...}``; boxes joined by a comma, "and" or "or" are one list (so a hedge
   ``\\boxed{1} or \\boxed{2}`` is two values, never the right one of them); a box left open is no answer;
4. ``hashes``: ``#### x``;
5. ``phrase``: "the answer is x", "Final Answer: x", "A: x" and the like, the last one; ``json``: a field
   ``"answer"`` (before a box, where its object ends the text: a box within it is its working);
6. ``whole``: the whole text, where all of it is one mathematical value;
7. ``closing``: the last formula, bold text, printed output, right side of ``=`` or number, where it closes
   the text. A text that breaks off has none.

Scanning is linear and looks only at the end of a long text. Nothing here judges.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from verirs.math.extracting.arrived import reaches
from verirs.math.extracting.behind import unread_before
from verirs.math.extracting.beside import unread_lead, unread_words
from verirs.math.extracting.boxes import EMPTY_BOX, last_box, last_tag
from verirs.math.extracting.closings import closing, right_side, unfinished
from verirs.math.extracting.context import behind_unread, not_understood
from verirs.math.extracting.cues import said
from verirs.math.extracting.following import replaced, revised, with_named, withdrawn
from verirs.math.extracting.frames import arrives
from verirs.math.extracting.labels import names_the_answer
from verirs.math.extracting.leads import unread_opening
from verirs.math.extracting.plain import said_plainly
from verirs.math.extracting.plain_words import has_digit
from verirs.math.extracting.programs import ends_with_program
from verirs.math.extracting.qualifiers import denied
from verirs.math.extracting.records import closing_field, denied_field, field, may_have_field
from verirs.math.extracting.remarks import without_check, without_remark
from verirs.math.extracting.roundings import without_aside, without_rounding
from verirs.math.extracting.sentences import begin_of_sentence, end_of_sentence, is_value, stated
from verirs.math.extracting.turns import own
from verirs.system.end_tokens import without_end_tokens
from verirs.system.patterns import regex

POLICY = 2
MAX_TEXT = 1_000_000
_TAIL = 6_000
_CLOSE = 600

Rule = Literal["tag", "boxed", "hashes", "phrase", "json", "whole", "closing", "bare"]
RULES: tuple[Rule, ...] = ("tag", "boxed", "hashes", "phrase", "json", "whole", "closing")
"""In the order in which they are tried; ``bare``, alone, takes the whole text as the answer."""
Sure = Literal["marked", "said", "guessed", "none"]
_SURE: dict[str, Sure] = {
    "tag": "marked",
    "boxed": "marked",
    "hashes": "marked",
    "bare": "marked",
    "json": "marked",
    "phrase": "said",
    "whole": "said",
    "choice": "said",
    "none": "none",
}
_ASKED = regex(
    r"\b(?:put|write|enclose|mark|place|give|present|report|express|wrap)\b[^.\n]*\banswer\b[^.\n]*\\boxed\{\s*\}$",
    re.IGNORECASE,
)
"""What a prompt asks for, repeated by its completion."""
_ASKED_LETTER = regex(
    r"\b(?:asked (?:for|to find|unknown is)|asks for|(?:want|need|have) to find|"
    r"solve for)\s+[$(\\]*([b-zB-Z])\b"
    r"(?=[\\$)]*(?:[\s]*[.,;:]|\s+(?:and|from|when|where|given|in)\b|\s*\Z))"
)
_LETTER = regex(r"[$(\\]*([A-Za-z])\s*=(?!=)")
_LETTER_BEFORE = regex(r"(?<![A-Za-z\\])([A-Za-z])\s*=\s*[$(\\]*\Z")
"""A letter that a text says to be asked for, and one whose value is given."""
_SOLVED = regex(r"[A-Za-z] ?= ?[-\u2212]?[\d./]+")
_LIST_NUMBER = regex(r"\(?\d{1,2}[).:]?")
_TAG_LABEL = regex(r"([A-Za-z][A-Za-z ]{2,30}):\s+(?=[^\s:])")
"""A label within a tag: "given: speed = 60"."""
_QUESTION = regex(r"\bthe question (?:is|was|asks|wants|says)\b")
_RECORD = regex(r"""\{\s*["'][\w -]+["']\s*:""")
_ALONE = regex(r"\s*\n\s*\n")
_HEADING = regex(r"(?:step|part|case|question)\b", re.IGNORECASE)
_CONCLUDED = regex(
    r"(?:^|[\n.]\s*)[-*\s]*(?:so|therefore|thus|hence|in total|in conclusion|consequently)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The final answer of a completion, or why there is none.

    Args:
        answer: the answer's text, ``None`` where there is none.
        method: the rule that found it: ``tag``, ``boxed``, ``hashes``, ``phrase``, ``json``,
            ``whole``, ``bare``,
            ``choice`` (an option by its letter), ``output``, ``bold``, ``formula``, ``equation``,
            ``sentence``,
            ``number`` or ``none``.
        reason: why there is none.
        span: where the answer stands in the text, first and last but one; ``None`` where it is not there
            letter by letter (several boxes, an option's letter for its text).
        unsure: where there is none because something beside it is not understood: what it would be.
    """

    answer: str | None
    method: str
    reason: str = ""
    span: tuple[int, int] | None = None
    unsure: str | None = None

    @property
    def sure(self) -> Sure:
        """``marked``: it stands in a marked place; ``said``: a sentence or the whole text says it;
        ``guessed``: it closes the text."""
        return "none" if self.answer is None else _SURE.get(self.method, "guessed")


def extract(
    text: str, rules: Sequence[Rule] = RULES, *, cut: bool = False, trusted: bool = False
) -> Extraction:
    """The final answer of a completion. Never raises; at most the last ``MAX_TEXT`` characters count.

    Args:
        text: the completion.
        rules: which rules may find it; ``("boxed",)`` for boxes alone.
        cut: the text was cut off at a limit of tokens, so nothing that ends with it is an answer.
        trusted: what stands beside the answer need not be understood: a solution that comes with the problem.
    """
    if len(text) > MAX_TEXT:
        text = text.rstrip()[-MAX_TEXT:]
    answer, method, reason = _found(without_end_tokens(text), rules, cut)
    unsure = reason.answer if isinstance(reason, Unread) else None
    if trusted and answer is None:
        answer = unsure
    if answer is None:
        return Extraction(None, method, reason, unsure=unsure)
    at = text.rfind(answer)
    return Extraction(answer, method, "", None if at < 0 else (at, at + len(answer)))


Found = tuple[str | None, str, str]
"""An answer, its rule, and a reason where there is none."""


def _found(text: str, rules: Sequence[Rule], cut: bool) -> Found:
    mine = own(text)
    if mine is None:
        return None, "none", "the reasoning was not finished"
    if not mine or mine.isspace():
        return None, "none", "the completion is empty"
    if "bare" in rules:
        return mine.strip(), "bare", ""
    if "tag" in rules and (found := _tagged(mine)) is not None:
        return found
    if "json" in rules and not cut and may_have_field(mine) and (found := _recorded(mine)) is not None:
        return found
    if "boxed" in rules and (found := _boxed(mine)) is not None:
        return found
    tail = mine.rstrip()[-_TAIL:] if len(mine) > _TAIL else mine
    if "hashes" in rules and (found := _hashes(tail)) is not None and not _cut_there(tail, found[0], cut):
        return found
    if "phrase" in rules and not cut and (plain := said_plainly(tail)) is not None and "{" not in tail:
        return plain, "phrase", ""
    return _unmarked(tail if cut else without_rounding(tail), rules, cut)


def _cut_there(tail: str, answer: str | None, cut: bool) -> bool:
    return cut and answer is not None and tail.rstrip().endswith(answer)


def _tagged(text: str) -> Found | None:
    tag = last_tag(text)
    if tag is None:
        return None
    within, rest = tag
    box = last_box(within)
    if box is not None:
        found = _boxed(within)
        answer, method, reason = found if found is not None else (None, "boxed", box.reason)
    elif within.endswith(("?", "\uff1f")):
        return None, "tag", "it asks"
    else:
        answer, method, reason = (within, "tag", "") if within else (None, "tag", "the answer tag is empty")
    if answer is not None and (other := replaced("\n" + rest)) is not None:
        return other, "phrase", ""
    label = _TAG_LABEL.match(answer or "")
    if label is not None and not names_the_answer(label[1], text[: text.rfind(within)]):
        return _checked(answer, method, reason, label[0].strip())
    return _checked(answer, method, reason, behind_unread(answer, rest) if answer is not None else "")


class Unread(str):
    """A reason why an answer that was found is none, with the answer."""

    answer: str


def _checked(answer: str | None, method: str, reason: str, unread: str) -> Found:
    if not unread or answer is None:
        return answer, method, reason
    why = Unread(f"not understood beside the answer: {unread}")
    why.answer = answer
    return None, method, why


def _recorded(text: str) -> Found | None:
    """The answer of the last JSON object of a text."""
    tail = text[-_TAIL:]
    found = closing_field(tail)
    if found is None:
        return None
    value, rest = found
    if not value or value.endswith("?"):
        return None, "json", "it asks" if value else "the field of the answer is empty"
    if (other := replaced("\n" + rest)) is not None:
        return other, "phrase", ""
    return _checked(value, "json", "", denied_field(tail) or behind_unread(value, rest))


def _boxed(text: str) -> Found | None:
    if "\\" not in text and "\x08" not in text:
        return None
    box = last_box(text)
    if box is None:
        return None
    content, end, reason, start, quiet = box
    if content is None:
        asked = reason == EMPTY_BOX and _ASKED.search(text, max(0, end - 100), end) is not None
        if asked or (reason == EMPTY_BOX and "nswer" in text[end:]):  # put it in \boxed{}. The answer is 5.
            return None
        other = replaced(text[end:])
        return (None, "boxed", reason) if other is None else (other, "phrase", "")
    if content.rstrip().endswith(("?", "\uff1f")):
        return None, "boxed", "the box asks"
    rest = text[end:]
    if len(rest) > 3 and not quiet:
        after, reason = revised(content, rest)
        if after is None:
            return None, "boxed", reason
        if reason:
            return after, "phrase", ""
        content = with_named(content, rest)
    if " or " in content or " , " in content:  # several boxes, of which all have to be right
        return _checked(content, "boxed", "", behind_unread(content, text[end_of_sentence(text, end) :]))
    return _checked(content, "boxed", "", not_understood(text, start, end, content))


def _hashes(tail: str) -> Found | None:
    at = tail.rfind("####")
    if at < 0:
        return None
    line, _, rest = tail[at + 4 :].lstrip("# ").partition("\n")
    line = line.strip(" *`\t")
    if not line or (not any(c.isdigit() or c == "\\" for c in line) and len(line) > 3):
        return None  # a heading
    if line.endswith(("?", "\uff1f")):
        return None, "hashes", "it asks"
    if is_value(line):
        if (other := replaced("\n" + rest)) is not None:
            return other, "phrase", ""
        return _checked(line, "hashes", "", behind_unread(line, rest))
    if rest.strip() and (line.endswith(":") or _HEADING.match(line)):
        return None
    value = stated(line)
    at = line.find(value)
    end = at + len(value)
    if at < 0 or not behind_unread(value, line[end:]):
        return value, "hashes", ""
    return _checked(value, "hashes", "", not_understood(line, at, end, value))


def _unmarked(tail: str, rules: Sequence[Rule], cut: bool) -> Found:
    if not cut:
        tail = without_check(tail)
    if "json" in rules and "{" in tail and (value := field(tail)):
        if value.endswith("?"):
            return None, "json", "it asks"
        rest = tail[tail.rfind("}") + 1 :]
        return _checked(value, "json", "", denied_field(tail) or behind_unread(value, rest.strip("`\n ")))
    phrase = None
    if "phrase" in rules:
        phrase = _phrase(tail, cut)
        if phrase is not None and (phrase[1] == "phrase" or "closing" not in rules):
            return phrase
    stripped = tail.strip()
    if stripped[:1] == "{" and stripped[-1] == "}" and _RECORD.match(stripped):
        return None, "none", "no field of an answer"
    if (
        "whole" in rules
        and phrase is None
        and (len(stripped) < 80 or "\n\n" not in stripped)
        and len(stripped) <= 400
        and not stripped.endswith(("?", "\uff1f"))
        and is_value(stripped)
        and not denied(stripped)
    ):
        if cut:
            return None, "none", "the text was cut off"
        stripped = _last_of_chain(stripped)
        side = stripped.rpartition("=")[2].strip(" .") if "=" in stripped else ""
        return _checked(stripped, "whole", "", unread_words(side))
    if "closing" not in rules:
        return None, "none", "no answer where one was looked for"
    if cut:
        return None, "none", "the text was cut off"
    if ends_with_program(stripped):
        return None, "none", "a program without its output closes the text"
    opening = _opening(stripped) if "whole" in rules and phrase is None else None
    if opening is not None:
        return _checked(opening, "whole", "", not_understood(stripped, 0, len(opening), opening))
    stripped = without_remark(stripped).rstrip()
    core = without_aside(stripped)
    found = _closed(stripped, core)
    if found[0] is None and core != stripped:
        whole = _closed(stripped, stripped)
        return found if whole[0] is None and found[2] and isinstance(found[2], Unread) else whole
    return found


def _last_of_chain(text: str) -> str:
    """The last of equations that solve the first for its letter: "2x - 4 = 30, 2x = 34, x = 17"."""
    steps = text.rstrip(" .").split(", ")
    solved = [_SOLVED.fullmatch(step.strip()) is not None for step in steps]
    chain = (
        len(steps) > 1
        and all("=" in step for step in steps)
        and solved == [False] * (len(steps) - 1) + [True]
    )
    return steps[-1].strip() if chain else text


def _closed(stripped: str, core: str) -> Found:
    """What closes a text, of which ``core`` is the part before a remark that ends it."""
    answer, method, reason = closing(core)
    at = -1 if answer is None or method == "output" else core.rfind(answer)
    if answer is None or at < 0 or stripped[at + len(answer) : at + len(answer) + 2] == ".0":
        return answer, method, reason
    end = at + len(answer)
    other = _another_name(stripped, at)
    unread = not_understood(stripped, at, end, answer) or other
    by_number = method in ("number", "equation")
    said_on = stripped[end : end_of_sentence(stripped, end)]
    if (
        by_number and "question" in said_on and _QUESTION.search(said_on)
    ):  # "out of one bag, and the question is about three"
        return _checked(answer, method, reason, " ".join(said_on.split())[:60])
    if by_number and not other and (unread or method == "number") and _reached(stripped, at, answer):
        behind = stripped[end_of_sentence(stripped, end) + 1 :]
        return _checked(answer, method, "", behind_unread(answer, behind))
    if not unread and by_number:
        begin = begin_of_sentence(stripped, at)
        unread = unread_before(stripped[begin:at])
        if (
            not unread
            and method == "number"
            and not arrives(stripped[:begin], stripped[begin:at], answer, stripped[at + len(answer) :])
        ):
            unread = "nothing in the text leads to it"
    return _checked(answer, method, reason, unread)


def _reached(text: str, at: int, answer: str) -> bool:
    """Whether the sentence of the number that stands at ``at`` states what the text came to."""
    end = at + len(answer)
    begin = begin_of_sentence(text, at)
    return reaches(text[:begin], text[begin:at], answer, text[end : end_of_sentence(text, end)])


def _another_name(text: str, at: int) -> str:
    """The asked letter where the value at ``at`` is that of another: "We are asked to find x. ... y = 5"."""
    if "ask" not in text and "find" not in text and "for" not in text:
        return ""
    asked, given = None, _LETTER.match(text, at) or _LETTER_BEFORE.search(text, max(0, at - 12), at)
    if given is None:
        return ""
    for asked in _ASKED_LETTER.finditer(text, 0, at):  # noqa: B007
        pass
    return f"{asked[1]} is asked for" if asked is not None and asked[1] != given[1] else ""


def _opening(text: str) -> str | None:
    """A value that opens the text as a sentence of its own, after which nothing is concluded."""
    if not (text[0].isdigit() or text[0] in "-$\\({"):
        return None
    first = text[: end_of_sentence(text)].strip()
    if len(first) == len(text) or len(first) > 80 or first.count("=") > 1 or not is_value(first):
        return None
    rest = text[len(first) :].lstrip()
    if (
        "**" in rest
        or "$" in rest
        or rest.startswith(("?", "\uff1f"))
        or withdrawn(rest)
        or replaced("\n" + rest) is not None
    ):
        return None
    if _LIST_NUMBER.fullmatch(first) and not (first.isdecimal() and _ALONE.match(text, len(first))):
        return None
    return None if _CONCLUDED.search(text, len(first)) or "=" in text[len(first) :] else first


def _phrase(tail: str, cut: bool) -> Found | None:
    """What a cue names; without an answer where the text goes on after the cue and something else
    closes it."""
    window = tail[-_CLOSE:]
    cue = said(window)
    if cue is None and len(tail) > _CLOSE:
        window = tail
        cue = said(tail)
    if cue is None:
        return None
    rest = window[cue.after :]
    if cue.answer is None:
        return None, "none", "no answer behind the cue"
    if _cut_there(tail, cue.answer, cut):
        return None, "none", "the text was cut off"
    after, reason = revised(cue.answer, rest)
    if after is None or reason:
        return after, "phrase", reason
    after = right_side(after)
    if len(rest) > 20 and withdrawn(rest) and (cut or unfinished(tail)):
        return None, "none", "the answer was taken back"
    if len(rest) > 80 and "=" in rest and _concludes(rest):
        return None, "none", "a conclusion follows"
    at = window.find(cue.answer, cue.start, cue.after + len(cue.answer))
    if at < 0:
        return _checked(after, "phrase", "", behind_unread(cue.answer, rest))
    unread = not_understood(window, at, at + len(cue.answer), cue.answer, said=cue.start)
    if unread and is_value(cue.answer) and _reached(window, at, cue.answer):
        unread = behind_unread(cue.answer, window[end_of_sentence(window, at + len(cue.answer)) + 1 :])
    lead = window[begin_of_sentence(window, cue.start) : cue.start]
    return _checked(after, "phrase", "", unread or unread_lead(lead) or unread_opening(lead))


def _concludes(rest: str) -> bool:
    """Whether a calculation and a conclusion of its own follow an early answer."""
    last = None
    for last in _CONCLUDED.finditer(rest):  # noqa: B007
        pass
    return last is not None and has_digit(rest[last.end() :]) and not unfinished(rest)
