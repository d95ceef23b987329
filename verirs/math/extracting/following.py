"""What follows an answer: nothing of weight, or words that take it back, another answer in its place or
beside it.

An answer that is taken back is none. One with another beside it is "one or the other", so that both must be
right.
"""

from __future__ import annotations

import re

from verirs.math.extracting.closings import closing
from verirs.math.extracting.cues import said
from verirs.math.extracting.plain_words import has_digit
from verirs.math.extracting.sentences import bare, end_of_sentence, is_value, stated
from verirs.math.values import words
from verirs.system.patterns import regex

_REPLACED = regex(
    r"(?:^\s*|[.!?\n\u2014\u2013][\"')*$]*\s*)\**(?:Actually|Correction|(?:Scratch|Strike) that|Oops|Sorry|"
    r"I mean|"
    r"Erratum|Edit|No(?=,)|On second thought|(?:I'm |I am )?(?:Just )?kidding|I(?:'d| would|'ll|"
    r" will)(?: now)? (?:go with|"
    r"say|pick|choose|settle on)|(?:I made a|My) mistake)\b[*,:!. ]*"
    r"(?:(?:no|wait)\b[,: ]*)?(?:(?:it|that|this|the (?:final |correct )?answer)(?:'s| is| was|"
    r" should be| must be| equals)"
    r"\s+|(?=[-$\\\d]))",
    re.IGNORECASE,
)
_ALSO = regex(
    r"(?<!no )\b(?:other|another|alternative|second)(?: possible| valid| correct)* answers?\b(?::|"
    r" (?:is|are|would be|could be|may be|might be)\b)"
    r"\W{0,4}[-\d\\$]|\bor (?:else )?the answer (?:is|may be|might be|could be)\b",
    re.IGNORECASE,
)
_WITHDRAWN = regex(
    r"\b(?:wait|hmm+|hold on|actually,? no|no,? (?:that|this|wait)|scratch that|let me (?:re|double|check|"
    r"verify|think)\w*|"
    r"(?:that|this|which) (?:is|was|seems|can't be) (?:wrong|incorrect|not right|right\?))",
    re.IGNORECASE,
)
_WRONG = (
    r"(?:wrong|incorrect|false|mistaken|invalid|nonsense|untrue|"
    r"a (?:joke|mistake|lie|(?:wild )?guess|contradiction))\b"
)
_NOT_IT = (
    r"(?:(?:the |my )(?:right |correct |true |final |actual )*(?:answer|result|value|solution|one)|correct|"
    r"right|valid|"
    r"true)\b"
)
_TAKEN_BACK = regex(
    r"(?:^|[.!?;:,\n\u2014\u2013(-])[\s*_\"'>]*(?:(?:but|and|so|oh|hmm+|well|wait|no|sorry|actually|"
    r"however|yet|then)\b[,.! ]*)*"
    r"(?:that|this|it|which|the (?:above|former)|(?:that|this|the|my)(?: (?!other|first|second|naive|usual|"
    r"common|wrong)\w+){0,2}"
    r" (?:answer|result|value|box|quote|solution|claim|statement|conclusion|guess))"
    rf"(?:(?:'s| is| was| seems| looks| must be| appears)(?: to be)?(?: \w+ly| just| also| still|"
    rf" of course)* "
    rf"(?:{_WRONG}|not {_NOT_IT}|(?:impossible|absurd)\s*(?:[.!,;]|$))"
    rf"|(?: isn't| wasn't| can't be| cannot be| can not be| couldn't be| doesn't seem) {_NOT_IT}"
    rf"| contradicts?\b| [^.?!\n]{{0,24}}\bas {_WRONG})"
    r"|\b(?:scratch|strike|forget|ignore|disregard) (?:that|this|it|the (?:above|previous|box\w*|answer))\b"
    r"|\btake (?:that|it|this) back\b|\bkidding\b|\bI(?:'m| am| was) (?:joking|lying|guessing)\b"
    r"|^[\s.!*_]*not\s*!",
    re.IGNORECASE,
)
_NEGATIVE = (
    r"(?:not|no|never|cannot|fails?|failed|wrong|incorrect|bad|mistaken|misread|misunderst\w+|retract|contradicts?|"
    r"err|oops|wait|careless|off by|violates?|impossible)\b|n't\b"
)
_RIGHT_BEHIND = regex(
    r"(?:[\s$)\]},;:\u2014\u2013-]|\\[)\]])*+(?:(?:which|that|it|this|and|is|was|has|would)\s+){0,3}"
    r"(?:(?:does|did|can|could|is|was|will|would|has)(?:n't| not\b)|cannot\b|never\b|no\b(?! (?:more|less|"
    r"matter))|"
    r"was (?:my|our)\b|"
    r"is (?:our|my|the|an?) (?:first|initial|earlier|previous|rough|lower|upper)\b(?! (?:such|term|number|"
    r"value|integer))|"
    r"fails?\b|failed\b|contradicts?\b|violates?\b|but\b|is the first (?:solution|answer|root|"
    r"value)\b)(?![^.\n]{0,12}\d)",
    re.IGNORECASE,
)
"""A denial right behind an answer; one of another number ("but not 13") is none."""
_OTHER_BEHIND = regex(
    r"(?:[^\w\d]*+[A-Za-z']++){0,4}?[^\w\d]*+\b(?:no|or|correct(?: answer)? is|should be|may be|might be|"
    r"typo|make that|rather|accept|it is really)\b[^\w\d]{0,6}(\d[\d,]*(?:\.\d+)?)",
    re.IGNORECASE,
)
"""Another number in place of an answer or beside it, within a few words: "or 22", "no: 22", "should be
22"."""
_TURNS = regex(
    r"(?:\W*p\.?\s?s\.)?(?:\W*(?:but|however|oh|hmm+|wait|well|no|so)\b)*\W*(?:this|that|it|i|my|err|oops|sorry|nope|"
    r"the (?:above|answer|result|value|box))\b"
    rf"[^.!?\n]*?(?:\b{_NEGATIVE})|(?:\W*(?:oh|hmm+|well|but)\b)*\W*(?:err|oops|wait|my bad|nope)\b",
    re.IGNORECASE,
)
_CONCLUDES = regex(r"(?:\b(?:is|be|are|equals|gives|get|got)|[:=])\s*(?:\$|\\\()?\s*-?\$?\d")
_EXPLAINS = regex(
    r"\W*(?:explanation|note|check|verification|proof|reason|because|since|(?:this|that|it) is because|"
    r"we used|(?:here|where|to (?:see|check|verify|get)|recall))\b",
    re.IGNORECASE,
)
_ASKED_FOR = regex(
    r"\b(?:requested|required|desired|wanted|sought|asked for)\b[^.\n]{0,60}?(?:\b(?:is|equals)\b|=)"
    r"[\s$]*(-?\d[\d,]*(?:\.\d+)?)(?![\d.,]*\s*[-+*/=^a-zA-Z])",
    re.IGNORECASE,
)
"""Another value, said to be what the problem wants."""
_ENDS = regex(r"[.!?\n]")
_READ = 2_000
_REPLACING = words(
    "actually correction scratch strike oops sorry erratum edit no, thought kidding mistake"
) | {"i mean", "i'd ", "i would ", "i'll ", "i will "}
_RETRACTING = words(
    "not n't wrong incorrect false mistake invalid nonsense untrue joke joking lie lying guess contradict "
    "impossible absurd scratch strike forget ignore disregard back kidding"
)
"""What every match of ``_REPLACED`` and of ``_TAKEN_BACK`` has in it."""


def revised(answer: str, rest: str) -> tuple[str | None, str]:
    """An answer after what follows it: itself, what replaces it, both, or ``None`` and why."""
    if len(rest) < 4 or not _lettered(rest):
        return answer, ""
    if _RIGHT_BEHIND.match(rest) is not None:
        return None, "the answer is denied"
    beside = _OTHER_BEHIND.match(rest) if has_digit(rest) else None
    beside = beside if beside is not None and bare(beside[1]) != bare(answer) else None
    later = _ENDS.search(rest)
    goes_on = later is not None and _lettered(rest[later.end() :])
    low = rest.lower()
    if (other := _replaced(rest, low)) is not None:
        return other, "replaced"
    asked = _ASKED_FOR.search(rest) if has_digit(rest) else None
    if asked is not None and bare(asked[1]) != bare(answer):
        return None, "another value is what was asked for"
    if beside is not None:
        return None, "another number stands behind the answer"
    if "answer" in low and _ALSO.search(rest) is not None:
        return None, "another answer is offered"
    if any(map(low.__contains__, _RETRACTING)) and _TAKEN_BACK.search(rest[:_READ]) is not None:
        return None, "the answer is taken back"
    if goes_on:
        marks = len(rest) - len(rest.lstrip(" }$)\\]*"))
        stop = marks if rest[marks] in ".!?\n" else end_of_sentence(rest)
        return _after_more(answer, rest[stop + 1 :].lstrip(" }$.\n)\\]*"))
    return answer, ""


def _after_more(answer: str, more: str) -> tuple[str | None, str]:
    """An answer with sentences behind it: their first may take it back, their last may conclude something
    else."""
    if _TURNS.match(more):
        return None, "the answer is taken back"
    concludes = more[:1].isupper() and not _EXPLAINS.match(more) and _CONCLUDES.search(more) is not None
    other = closing(more)[0] if concludes else None
    if other is None or bare(other) == bare(answer) or not (is_value(other) and is_value(answer)):
        return answer, ""
    return f"{answer} or {other}", ""


def _lettered(text: str) -> bool:
    return text.lower() != text.upper()


def with_named(answer: str, rest: str) -> str:
    """The answer of a box and the other one that a sentence behind it says is the answer."""
    if "nswer" not in rest:
        return answer
    cue = said(rest[-_READ:])
    if cue is None or cue.answer is None or cue.answer.strip(" .$*") == answer.strip(" .$"):
        return answer
    other = cue.answer
    letter = len(other) == 1 and other.isalpha()
    return f"{answer} or {other}" if not letter and is_value(other) and is_value(answer) else answer


def withdrawn(rest: str) -> bool:
    """Whether what follows an answer may take it back: the text thinks on."""
    return _WITHDRAWN.search(rest[:_READ]) is not None


def replaced(rest: str) -> str | None:
    """The value that what follows an answer puts in its place: "Actually, it is 5." """
    return None if len(rest) < 6 else _replaced(rest, rest.lower())


def _replaced(rest: str, low: str) -> str | None:
    if not any(map(low.__contains__, _REPLACING)):
        return None
    last = None
    for last in _REPLACED.finditer(rest):  # noqa: B007
        pass
    return None if last is None else stated(rest[last.end() : end_of_sentence(rest, last.end())])
