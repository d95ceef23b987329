"""What stands beside an answer in its own sentence: understood as a description of it, or not understood.

A closed world. Nouns, verbs and numbers of the problem's world may describe a value ("18 eggs a day to
sell at the
market"); a function word there must be one that describes. A sentence about the answer itself ("the answer
is 18 ...") may only say what is counted; one about the problem's world ("Janet sells 18 ...") may say what
the
problem says, but nothing of the speaker, no contrast and no doubt. What is left is returned as the part that
was not understood.
"""

from __future__ import annotations

import re

from verirs.math.extracting.closers import HARMLESS, POLITE
from verirs.math.extracting.frames import counts
from verirs.math.extracting.function_words import (
    ALTERNATIVES,
    BE,
    COMPARISONS,
    CONDITIONS,
    CONTRASTS,
    DENIALS,
    DESCRIBING,
    DOUBTS,
    FACTORS,
    FUNCTION,
    LIMITS,
    MAX_UNSPACED,
    MODALS,
    POINTERS,
    SPEAKERS,
    TELLING,
    UNSPACED,
    UNSPACED_SPEECH,
)
from verirs.math.extracting.plain_words import MARKUP, has_digit, has_letter, plain_words
from verirs.math.extracting.roundings import is_rounding, says_again
from verirs.math.extracting.sentences import NUMBER, bare, prose, reading
from verirs.math.values import words
from verirs.system.patterns import regex

_MODULUS = regex(r"\\pmod\s*(?:\{[^{}]*\}|\w)")
_BRACKET = regex(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_CLAUSES = regex(
    r"(?<!\d):|[,;\u2014\uff0c\u3001\uff1b]|\s[-\u2013]+\s|"
    r"\s(?=(?:since|because)\b|and (?:we|this|that|it)\b)|"
    r"(?<=\bis )(?=because\b)"
)
_SPLITTING = (":", ",", ";", "-", "since", "because", "and ")
_OPERATOR = regex(
    r"[\s$}]*(?:(?:[+*/^\u00d7\u00f7]|-\s)[\s$]*[A-Za-z]|[_^]|(?:#|//)\s|\\(?:[A-Za-z]*arrow|neq?|to|"
    r"implies|iff|leq?|geq?|lt|gt|"
    r"sim|bmod|footnote|times|cdot|div|pm)\b)"
)
_OTHER_NUMBER = regex(r"which (?:is|does|was)(?:n't| not)\b")
_KINDS = words(
    "even odd prime composite positive negative whole integer real rational irrational nonnegative nonzero"
)
_TAKEN_AT = words("attained achieved reached obtained realized occurring")
_COMPUTES = regex(r"\d\s*[-+*/x\u00d7\u00f7=%]|\d\s+\w+\s*\+")
_REASON = words("since because as for rounded to in per i.e ie e.g namely from equivalently given using or")
_CONCLUDES = words("so thus hence therefore making giving then now next")
_FOLLOWS = words("so thus hence therefore making leaving giving meaning which namely i.e")
_WORKED = words("added subtracted multiplied divided counted used combined summed")
_NEXT = words("all now next then first")
"""What begins a clause that goes on working with the value."""
_AGREES = words(
    "matches match matching confirms confirm confirming confirmed agrees agree equals equal correct right "
    "satisfies satisfy satisfied consistent means gives verifies verified ensures ensuring indeed"
)
_VALUE_NOUNS = words("answer answers solution result value")
_DEFINITE = words("the its his her their our my this") | frozenset(("all", "exactly", "indeed"))
_COUNTER = words("weren't hadn't wasn't didn't hubiera fuera wäre hätte avait était fosse")
_OTHER_TASK = regex(
    r"\b(?:previous|earlier|other|another|different|similar|simpler|easier|harder|related) (?:problem|"
    r"exercise|variant|version|"
    r"question|task|puzzle)\b",
    re.IGNORECASE,
)
_NEAR = regex(
    r"(?:\b(?:close|near|next|compare[ds]?(?: this| it)?|similar|south|north|east|west|short|shy|"
    r"ballpark|neighbou?rhood|"
    r"vicinity|region|instead|outside|ahead|beyond) (?:to|of|with|from)|\be\.g\.,?|\breplace)[\s$\\(\[]*$",
    re.IGNORECASE,
)
"""What a number is only near: "close to", "somewhere in the ballpark of"."""
COUNTS_OF = regex(
    r"(?:which|this|that|it) (?:is|was|represents|equals|gives) the (?:total |exact |"
    r"required )*(?:number|amount|total|sum|area|"
    r"volume|length|cost|price|value|distance|probability)(?: \w+)* (?:of|for|that|left)\b"
)
_NO_STATEMENT = words(
    "were had should neither nobody suppose supposing imagine assume pretend don't never unlike without"
)
_IF_UNSPACED, _NOT_UNSPACED = ("\u5982\u679c", "\u5047\u5982"), ("\u6ca1", "\u4e0d")
_SUPPOSED = words("pourrait könnte podría poderia potrebbe")
_MANY = words("we our us my your you")
_LEADS_TO = words(
    "get got find found obtain obtained have has see conclude calculate calculated know confirm answer "
    "is are think believe "
    "will can say choose need needs want am compute box"
)
_UNSURE = words("might may could pourrait könnte podría poderia potrebbe мог могло")
_WE = words("we we're we've us our")
_NOT_OF_WORLD = (LIMITS | SPEAKERS | ALTERNATIVES) - words("if instead rather till until or your")
_HERE = words("he she they it there")
_FIRST = words("in for per each every from of all left more altogether total only exactly")
"""Function words that may follow a value at once: "12 in total", "12 for each child"."""
_NEAREST = regex(r"to (?:the nearest|(?:\w+|\d+) (?:decimal|significant)|scale)\b")
_PREDICATE = regex(
    r"(?:is|are|was)\s+(?:indeed |also |verified and |confirmed to be |in fact |exactly )*"
    r"(?:(?:the |our |my )?(?:only |final |correct |right |required |desired |simplified |exact )*"
    r"(?:answer|solution|result|value|option|choice|one)(?: (?:to|of|for|we|that we|you)\b[^,;]*)?|"
    r"correct|right|verified)\W*$"
)
_SECOND_VERB = regex(
    r"^\W*[^\W\d_]+s?\s+(?:the|this|that|our|my|its|any|another|an?(?! (?:second|minute|hour|day|night|week|"
    r"month|year|"
    r"piece|mile|box|bag|person)\b))\b(?! time)"
)
"""A word and an article right behind it: the word was a verb ("5 contradicts the condition"), no noun."""
_LED = regex(r"[\s$]*(?:\\\$)?-?\d[\d,]*(?:\.\d+)?")
_ALL_WORDS = regex(r"[\sA-Za-z'.-]+")


_SPEAKER = SPEAKERS - _MANY
_NOT_SAID = DENIALS | _UNSURE | CONDITIONS
WEIGHTY = (
    _SPEAKER | _NOT_SAID | _SUPPOSED | _NO_STATEMENT | DOUBTS
    | words("do if si wenn se a an one another some any previous earlier other different similar")
    | words("simpler easier harder related let often usually sometimes typically frequently commonly")
    | words("answer answers result it")
    | words("to of with from e.g g replace")
)  # fmt: skip
"""Without one of these nothing in a lead speaks against it."""
_NO_REMARK = LIMITS | ALTERNATIVES | MODALS | DENIALS | (SPEAKERS - _WE)
_NO_CLAUSE = DOUBTS | ALTERNATIVES | MODALS
_NO_ADDITION = CONDITIONS | CONTRASTS | DENIALS
_NO_SUBJECT_VERB = MODALS | COMPARISONS
_NO_CLAUSE_START = COMPARISONS - {"compared"}


def unread_rest(rest: str, answer: str, *, about: bool, subject: bool = False) -> str:
    """What of the rest of an answer's sentence is not understood; empty where all of it is.

    Args:
        rest: the sentence from the end of the answer on.
        answer: the answer.
        about: the sentence speaks of the answer itself, and not of the problem's world.
        subject: the sentence begins with the answer.
    """
    if not has_letter(rest) or says_again(rest.strip(" ,;$.*)\\"), answer):
        return ""
    if _OPERATOR.match(rest) or (subject and _run_of_nouns(rest) > 3):
        return rest.strip()
    if " hope " in rest and POLITE.fullmatch(" ".join(plain_words(rest))):
        return ""
    if "(" in rest:
        rest = _BRACKET.sub(lambda m: "" if m[1] and says_again(m[1], answer) else m[0], rest)
    if "\\" in rest or "$" in rest:
        if "\\pmod" in rest:
            rest = _MODULUS.sub(" ", rest)
        rest = MARKUP.sub(" ", rest)
    if "(" in rest or "[" in rest:
        left = _BRACKET.sub(lambda m: "" if _known_remark(m[1] or m[2] or "", answer) else m[0], rest)
        bracket = _BRACKET.search(left)
        if bracket is not None and plain_words(bracket[0]):
            return bracket[0]
        rest = left
    first, *others = _CLAUSES.split(rest) if _may_split(rest) else (rest,)
    if not _first_clause(first, answer, about, subject) and not is_rounding(first, answer):
        return first.strip()
    measured = f"{answer} {first.strip()}" if first.strip(" *$)\\") else answer
    unread = (
        c
        for c in others
        if not _known_clause(c, answer, about)
        and not is_rounding(c, answer)
        and not says_again(c.strip(" .*$)\\"), answer)
        and not says_again(c.strip(" .*$)\\"), measured)
    )
    return next((c.strip() for c in unread), "")


def _may_split(text: str) -> bool:
    """Whether a sign or word stands in a text at which ``_CLAUSES`` parts it."""
    return not text.isascii() or any(map(text.__contains__, _SPLITTING))


def unread_lead(lead: str, *, cue: bool = False) -> str:
    """What before an answer in its sentence is not understood; empty where nothing speaks against it.

    ``cue``: it stands between "the answer is" and the answer.
    """
    if "i" in lead and ("$" in lead or "\\" in lead):
        lead = prose(lead)  # 3i is no "I"
    said = plain_words(lead)
    if not said or (lead.isascii() and WEIGHTY.isdisjoint(said)):
        return ""
    start = said[0]
    against = (
        (cue and (not _NOT_SAID.isdisjoint(said) or _foreign(lead)))
        or not _SUPPOSED.isdisjoint(said)
        or (not _SPEAKER.isdisjoint(said) and _LEADS_TO.isdisjoint(said))
        or (len(said) < 4 and start in CONDITIONS)
        or start in _NO_STATEMENT
        or said[:2] == ["do", "not"]
        or (start in ("if", "si", "wenn", "se") and not _COUNTER.isdisjoint(said))
        or (_may_be_other(said, lead) and _OTHER_TASK.search(lead) is not None)
        or (_may_be_near(lead) and _NEAR.search(lead) is not None)
        or _indefinite(said, lead)
        or not _WRONGLY.isdisjoint(said)
        or (start == "let" and lead.rstrip(" $\\([*")[-1:] not in ":=" and said[-1] not in BE)
        or (said[-1] in _CLAIMS and _TO_VERB.search(" ".join(said)) is not None)
        or ((said[-1] in _PAST or "nswers" in lead.lower()) and _TRAP.search(" ".join(said)) is not None)
        or not DOUBTS.isdisjoint(said[-6:])
        or (
            not lead.isascii()
            and any(c in lead for c in _IF_UNSPACED)
            and any(c in lead for c in _NOT_UNSPACED)
        )
    )
    return lead.strip() if against else ""


def _may_be_other(said: list[str], lead: str) -> bool:
    """Whether a word stands there that ``_OTHER_TASK`` needs, alone or joined to another by a hyphen."""
    return not _OTHERS.isdisjoint(said) or "-" in lead or not lead.isascii()


def _may_be_near(lead: str) -> bool:
    """Whether a text ends as ``_NEAR`` does."""
    return not lead.isascii() or lead.rstrip(_BEFORE_VALUE).lower().endswith(_NEAR_ENDS)


_OTHERS = words("previous earlier other another different similar simpler easier harder related")
_BEFORE_VALUE = " \t\n\r\f\v\x1c\x1d\x1e\x1f$\\(["
_NEAR_ENDS = ("to", "of", "with", "from", "e.g.", "e.g.,", "replace")
_CLAIMS, _PAST = words("write say answer put claim think conclude guess"), words("is was")
_WRONGLY = words("often usually sometimes typically frequently commonly")
_EVALUATIVE = words(
    "wrong incorrect false invalid flawed mistaken naive draft tentative unsure unverified pending"
)
_VERB_AND_NAME = regex(r"\W*[a-z]+s [A-Z][a-z]+\W*$")
_TO_VERB = regex(r"\bit(?:'s| is| was| would be) \w+ to (?:write|say|answer|put|claim|think|conclude|guess)$")
_TRAP = regex(
    r"\b(?:the|an?) (?!(?:final|correct|right|exact|simplified|required|desired|numerical|complete|"
    r"only|best|whole|above|same)\b)"
    r"[a-z]+ (?:answer|result) (?:is|was)$|\bof (?:the |all |both |two |these )*answers\b"
)


def _indefinite(said: list[str], lead: str) -> bool:
    """Whether what is said to be the value is one of several: "a common mistake is", "one candidate is"."""
    named = lead.rstrip(" $\\([*").endswith(":") and said[0] in ("a", "an") and 1 < len(said) < 5
    if said[-1] not in BE and said[-2:-1] != ["be"] and not named:
        return False
    begin = 1 if said[0] in ("so", "thus", "hence", "therefore", "then", "and", "now", "here") else 0
    return said[begin] in ("a", "an", "one", "another", "some", "any") and "of" not in said[begin : begin +
    3] \
        and len(said) - begin <= 6  # fmt: skip


_SCALES = words("thousand thousands million millions billion billions hundreds dozens tens percent")
"""What counts the value by more than one: "350 (in thousands)"."""


def _known_remark(inner: str, answer: str) -> bool:
    """Whether a remark in brackets only explains: a calculation, a reason, a unit, a number again."""
    said = plain_words(inner)
    if not said:
        return True
    if says_again(inner, answer):
        return True
    if said[0] == "no" and len(said) == 2 and said[1].endswith("s") and not said[1].endswith("ss"):
        return True  # (no ties)
    if not _NO_REMARK.isdisjoint(said) or not _SCALES.isdisjoint(said) or _foreign(inner):
        return False
    if said[0] in _TAKEN_AT or said[0] in ("including", "counting"):
        return True
    if said[0] == "see" or (said[0] == "we" and said[1:2] != [] and said[1] in _WORKED):
        return True  # (see the first step), (we added the 12 cases)
    if len(said) < 5 and (word := reading(inner)) is not None and word.op == "int":
        return word == reading(answer)
    return _COMPUTES.search(inner) is not None or said[0] in _REASON or inner.strip()[:1].isdecimal()


def _first_clause(clause: str, answer: str, about: bool, subject: bool) -> bool:
    said = plain_words(clause)
    if not said:
        return True
    if _foreign(clause):
        return False
    if said == ["is"]:  # because of ...
        return True
    if about and said[0] == "of" and has_digit(clause):
        return False
    if subject or said[0] in BE:
        if _PREDICATE.match(" ".join(said)):
            return True
        if said[0] in BE:
            return said[1:2] != [] and _definite(said[1:]) and _of_world(said[2:])
        if said[0] in _NO_SUBJECT_VERB or said[0] in ("can", "will", "cannot"):
            return False
        if (said[0] == "in" and len(said) > 2) or said[0] in _NEXT or said[0] in ("so", "as", "whenever"):
            return False
        if _VERB_AND_NAME.match(clause):
            return False  # "ignores Tom"
        if said[0] == "if" or (said[0] not in FUNCTION and _SECOND_VERB.match(" ".join(said))):
            return False
        if "be" not in said and "are" not in said:
            return _describes(said) or _of_world(said)
        return _of_world(said)
    if about:
        if clause.isascii() and not counts(clause, answer):
            return False
        found = _PREDICATE.search(" ".join(said))
        return _describes(said[: len(" ".join(said)[: found.start()].split())] if found else said)
    return _of_world(said) and said[0] not in MODALS


def _definite(said: list[str]) -> bool:
    """Whether a predicate names one thing: "the number of eggs", "Trent's age", not "tempting", "a bound"."""
    return said[0] in _DEFINITE or said[0].endswith(("'s", "s'"))


def _describes(said: list[str]) -> bool:
    """Whether words behind a value say only what is counted."""
    first = said[0] if said else ""
    if not said:
        return True
    if first == "as":
        return len(said) == 2 and said[1].endswith("ed")
    if first == "to":
        return _NEAREST.match(" ".join(said)) is not None
    if first in FUNCTION and first not in _FIRST:
        return False
    if said == ["more"] or not FACTORS.isdisjoint(said[:-1]):
        return False
    allowed = DESCRIBING if first in FUNCTION else TELLING
    for before, word, then in zip(("", *said), said, (*said[1:], ""), strict=False):
        pointing = word in ("this", "these", "those") and then not in FUNCTION and then
        liking = word == "like" and allowed is TELLING and before == "who"
        if word in FUNCTION and word not in allowed and not pointing and not liking:
            return False
    return _VALUE_NOUNS.isdisjoint(said)


def _of_world(said: list[str]) -> bool:
    """Whether words go on telling of the problem's world."""
    if _PREDICATE.search(" ".join(said)):
        said = said[: max(i for i, w in enumerate(said) if w in ("is", "are", "was"))]
    if not _NOT_OF_WORLD.isdisjoint(said) or not _VALUE_NOUNS.isdisjoint(said) or "which" in said:
        return False
    if said[:1] == ["or"] or "according" in said:
        return False
    if "if" in said:
        subject = said[said.index("if") + 1 : said.index("if") + 2]
        return bool(subject) and (subject[0] in _HERE or subject[0] not in FUNCTION)
    return True


def _known_clause(clause: str, answer: str, about: bool) -> bool:
    """Whether a clause behind a comma is a reason, a conclusion that agrees, or goes on describing."""
    said = plain_words(clause)
    if not said:
        return True
    if _foreign(clause) or not _NO_CLAUSE.isdisjoint(said):
        return False
    if said[0] == "rounded" and ("up" in said or "down" in said):
        return False
    if said[0] in ("since", "because", "as"):
        return CONTRASTS.isdisjoint(said)
    if said[0] == "not" or said[:3] == ["which", "is", "not"]:
        return (
            len(said) <= 4
            and len(NUMBER.findall(clause)) == 1
            and bare(NUMBER.findall(clause)[0]) != bare(answer)
        )
    if HARMLESS.issuperset(said) or (said[0] == "which" and not _KINDS.isdisjoint(said) and len(said) < 5):
        return not clause[:1].isdecimal()
    if said[0] in _TAKEN_AT:
        return LIMITS.isdisjoint(said)
    if said[0] in _CONCLUDES and has_digit(clause):
        return bare(answer) in [bare(m[0]) for m in NUMBER.finditer(clause)]
    if not _NO_ADDITION.isdisjoint(said):
        return False
    if said[0] in FACTORS or said[0] in _NO_CLAUSE_START:
        return False
    if COUNTS_OF.match(" ".join(said)):
        return SPEAKERS.isdisjoint(said)
    if said[0] in _FOLLOWS or said[0].endswith("ing"):
        agrees = not _AGREES.isdisjoint(said[:4])
        return (agrees or said[0] != "which") and (agrees or SPEAKERS.isdisjoint(said))
    if not SPEAKERS.isdisjoint(said) or not _VALUE_NOUNS.isdisjoint(said):
        return False
    if said[0] == "and" or said[0] in POINTERS:
        return not about and said[0] == "and" and not has_digit(clause)
    if "which" in said[1:] or said[0] in _NEXT or clause.lstrip(" $\\(")[:1].isdecimal():
        return False
    return said[0] in _REASON or (not about and said[0] not in ("a", "an"))


def _foreign(text: str) -> bool:
    """Whether a text without spaces between its words has a word of limits, a speaker, or is a long one."""
    if text.isascii() or not any(c > "\u3000" and c.isalpha() for c in text):
        return False
    return (
        any(word in text for word in (*UNSPACED, *UNSPACED_SPEECH))
        or sum(c > "\u3000" for c in text) > MAX_UNSPACED
    )


def _run_of_nouns(text: str) -> int:
    """The longest run of words without a function word: a sentence in an unknown language is one."""
    longest = run = 0
    for word in plain_words(text):
        run = 0 if word in FUNCTION else run + 1
        longest = max(longest, run)
    return longest


def unread_words(answer: str) -> str:
    """What of the words of an answer itself is not understood: "12 at the moment", "12 more"."""
    if answer.isdecimal():
        return ""
    number = _LED.match(answer)
    if number is None or number.end() == len(answer):
        return ""
    rest = answer[number.end() :]
    said = plain_words(rest)
    if not said or not _ALL_WORDS.fullmatch(MARKUP.sub(" ", rest)):
        return ""
    if said[0] == "percent" and len(said) > 1:
        return rest.strip()
    node = reading(answer)
    known = (
        node is None
        or node.op not in ("int", "dec", "qty")
        or (node.op == "qty" and any(p for _, p in node.unit))
        or (node.op == "int" and node != reading(number[0]))  # 8 million
    )
    if known and (said[0] != "in" or len(said) == 1):
        return ""
    return unread_rest(rest, number[0], about=True)
