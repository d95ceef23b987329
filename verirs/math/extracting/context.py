"""Whether all that stands around an answer is understood: its sentence before and behind it, and the rest.

``A text is understood entirely or not at all``: an answer with an unread part beside it is none.
"""

from __future__ import annotations

import re

from verirs.math.extracting.afterwards import unread_behind
from verirs.math.extracting.behind import same_value
from verirs.math.extracting.beside import unread_lead, unread_rest, unread_words
from verirs.math.extracting.frames import counts, unread_between, unread_governor
from verirs.math.extracting.function_words import BE
from verirs.math.extracting.plain import led_plainly
from verirs.math.extracting.plain_words import has_letter, plain_words
from verirs.math.extracting.sentences import begin_of_sentence, end_of_sentence
from verirs.system.patterns import regex

_CLOSERS = " \t$}*_\"'\u201d\u2019)]`"
_LATEX_CLOSERS = ("\\)", "\\]", "\\,", "\\;", "\\!", "\\ ", "\n\\]", "\n\\)", "\n$$")
_ENDS = ".!\n\u3002\uff01"
_VALUE_NOUNS = frozenset(("answer", "result", "solution", "answers", "value", "values"))
_BARE_SUBJECTS = frozenset(("the", "this", "that", "number", "figure"))
_LEADS = _BARE_SUBJECTS | frozenset(
    (
        "so",
        "thus",
        "hence",
        "therefore",
        "then",
        "and",
        "finally",
        "now",
        "get",
        "obtain",
        "find",
        "have",
        "we",
    )
)
_NAMED = regex(r"\(([A-Z]\w*(?: [A-Z]\w*)*)\)")
"""A name of the problem in brackets: "the day with higher revenue (Thursday)"."""
_ANNOUNCED_WRONG = regex(
    r"\b(?:following|below|what follows|everything|anything|next line)\b[^.\n]{0,60}?\b(?:is|are|was|"
    r"were) (?:all )?"
    r"(?:wrong|incorrect|false|invalid|untrue|nonsense|withdrawn|not (?:right|correct|true|valid))\b",
    re.IGNORECASE,
)
"""What takes an answer back before it stands there."""
_ANNOUNCING = ("following", "elow", "what follows", "verything", "nything", "ext line")
_LOOKED = 600
_SHOWN = 60


def _announced_wrong(before: str) -> str:
    if not any(map(before.__contains__, _ANNOUNCING)):
        return ""
    found = _ANNOUNCED_WRONG.search(before)
    return "" if found is None else found[0]


def not_understood(text: str, start: int, end: int, answer: str, *, said: int | None = None) -> str:
    """What around the answer that stands in ``text[start:end]`` is not understood; empty where all of it is.

    Args:
        said: where the answer's sentence begins behind its cue, where a cue announced it.
    """
    if withdrawn := _announced_wrong(text[max(0, start - _LOOKED) : start]):
        return _shown(withdrawn)
    at = _past_marks(text, end)
    if at >= len(text) or text[at:] == ".":
        lead = _lead(text, start, said)
        if said is None and led_plainly(lead):
            return _shown(unread_words(answer))
        return _shown(
            unread_lead(lead, cue=said is not None)
            or _governor(text, start, said, lead, text[end:], answer)
            or unread_words(answer)
        )
    last = text.rfind("\n") + 1
    if last > at and (text[last:] == answer or same_value(text[last:], answer)):
        return ""  # the answer has the last word
    if text[at] == "\n":
        on = _past_marks(text, len(text) - len(text[at:].lstrip()))
        at = on if text[on : on + 1].islower() else at  # a sentence goes on behind a formula set apart
    apart = (
        text[at].isupper() and ("$$" in text[end:at] or "\\]" in text[end:at]) and text[at : at + 2].isalpha()
    )
    stop = at if apart or text[at] in _ENDS else end_of_sentence(text, at)
    if (apart_from := text.find(";", at, stop)) >= 0 and "\\" not in text[at:stop]:
        stop = apart_from
    lead = _lead(text, start, said)
    plainly = said is None and led_plainly(lead)
    unread = ("" if plainly else unread_lead(lead, cue=said is not None)) or unread_words(answer)
    if unread := unread or ("" if plainly else _governor(text, start, said, lead, text[end:stop], answer)):
        return _shown(unread)
    if said is None and stop > at and (odd := _not_counted(text[:start], lead, text[end:stop], answer)):
        return _shown(odd)
    if stop > at:
        words = plain_words(lead)
        subject = said is None and _LEADS.issuperset(words)
        about = (said is not None and len(words) < 3) or not _VALUE_NOUNS.isdisjoint(words[-8:])
        if subject and words and words[-1] in _BARE_SUBJECTS and text[at:stop].split()[0] not in BE:
            return _shown(text[at:stop])
        rest = _NAMED.sub(lambda m: "" if m[1] in text[:start] else m[0], text[end:stop])
        if unread := unread_rest(rest, answer, about=about, subject=subject and not about):
            return _shown(unread)
    return _shown(unread_behind(answer, text[stop:].lstrip(";"))) if stop < len(text) else ""


def _governor(text: str, start: int, said: int | None, lead: str, rest: str, answer: str) -> str:
    """What right before an answer does not state it."""
    if said is not None:
        return unread_between(text[:said], lead)
    return unread_governor(lead, rest, answer, text[: start - len(lead)])


def _not_counted(before: str, lead: str, rest: str, answer: str) -> str:
    """The words behind the right side of a calculation that are not what is counted: "2*3 = 6 nonsense"."""
    behind = rest.lstrip()[:1]
    if (
        not lead.rstrip(" $").endswith("=")
        or has_letter(answer)
        or not rest.isascii()
        or not behind.isalpha()
    ):
        return ""
    said = plain_words(rest)
    known = counts(rest, answer) or said[0].endswith("ing") or said[0] in plain_words(before)
    return "" if known else rest


def _lead(text: str, start: int, said: int | None) -> str:
    return text[begin_of_sentence(text, start) : start] if said is None else text[said:start]


def behind_unread(answer: str, rest: str) -> str:
    """What behind a marked place is not understood."""
    return _shown(unread_behind(answer, rest)) if rest else ""


def _past_marks(text: str, at: int) -> int:
    """Where what closes a formula or bold text behind an answer ends."""
    while at < len(text):
        if text[at] in _CLOSERS:
            at += 1
        elif text.startswith(_LATEX_CLOSERS, at):
            at += 3 if text[at] == "\n" else 2
        else:
            break
    return at


def _shown(unread: str) -> str:
    if not unread:
        return ""
    unread = " ".join(unread.split())
    return unread if len(unread) <= _SHOWN else unread[:_SHOWN] + "..."
