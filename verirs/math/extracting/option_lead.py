"""What may lead to an option's letter: words that pick it, or say of the problem what it is.

A closed world. "So the best answer is", "I choose", "The largest planet is" lead to an option; whoever else
says it ("Sam's answer is", "Everyone thinks it is"), and when or if what it would be ("At first glance it
is", "Forgetting the 3, the answer is") is not understood, and then the letter is none that the text picks.
"""

from __future__ import annotations

import enum
import re
from itertools import pairwise

from verirs.math.extracting.function_words import (
    ALTERNATIVES,
    BE,
    CONDITIONS,
    CONTRASTS,
    DENIALS,
    DOUBTS,
    FOREIGN_NOUNS,
    MODALS,
    THINKS,
)
from verirs.math.extracting.leads import GOING_ON, WORKING
from verirs.math.extracting.option_foreign import unread_foreign_lead
from verirs.math.extracting.plain_words import foreign_letters, has_working, plain_words
from verirs.math.values import words
from verirs.system.patterns import regex

_PARTS = regex(
    r"[,;:\u2014\n]|\s[-\u2013]\s|(?=\b(?:so|thus|hence|therefore) (?:the|we|i|it|option|our|my)\b)|"
    r"(?=\b(?:which|and this|and that|and it) (?:is|means|makes|matches|corresponds|leaves)\b)|"
    r"(?=\b(?:and )?(?:[Tt]he|[Oo]ur|[Mm]y) (?:final |correct |right |best )?(?:answer|option|choice)\b)"
)
_COMMANDS = regex(r"\\(?:begin|end)\s+\w+|\\(?!approx)[a-z]+")
_LETTER = regex(r"\b[A-J]\b")
_JOINED = regex(r"(?:^|(?<=[,;] ))\W*(?:[Aa]nd|[Bb]ut) (?=then\b|the\b|I\b|we\b|it\b)")
_NOUNS = words("answer answers option options choice choices letter letters statement solution")
_PICKING = (
    words(
        "are circle tick bubble fill letter's ans label labelled labeled say said short going with "
        "under it's pick my this way choose chose chosen picked select selected go opt mark marked "
        "box leaves leaving left matches match corresponds correspond corresponding matching among "
        "between best closest nearest most likely probable appropriate suitable accurate reasonable "
        "logical plausible remaining that's i'd i'll we'll let's multiple multiple-choice exact "
        "following listed given available provided possible single good better overall same one would "
        "will should need needs decide decided do did please still safe out concluded determined "
        "determine identify identified infer inferred deduced question's each other than two "
        "definitely clearly obviously certainly surely simply evidently three four five first second "
        "third fourth fifth last greatest largest smallest least highest lowest true false selecting "
        "choosing picking falls makes making valid therefore none"
    )
    | _NOUNS
)
_LEADING = (GOING_ON | _PICKING) - words("your answer's")
_REASONS = words("since because given as")
_GROUNDS = words(
    "based considering looking using following among between out of from comparing eliminating "
    "ruling removing crossing correcting recalculating"
)
"""What opens a clause that names what the choice is based on."""
_SETTINGS = words("in for to with on by")
_OTHERS = words(
    "previous earlier another different similar old older original initial another's mistaken "
    "wrong incorrect false flawed naive"
)
_SAYING = (
    THINKS | DOUBTS | ALTERNATIVES | CONTRASTS
    | words(
        "says said say saying claims claimed claim told tells tell wrote writes write chose "
        "chooses suggests suggested suggest answered answers argues argued insists supposes think "
        "believe guess prefer prefers picks picked seemed seems seem appeared tempted forgot "
        "forgets forgetting ignore"
    )
) - words("likely but probably")  # fmt: skip
_NOT_OURS = words(
    "impression guess guesses mistake mistakes error misconception attempt try intuition instinct "
    "hunch key book books textbook textbooks teacher teachers student students friend friends "
    "classmate classmates neighbor colleague people everyone everybody someone somebody others "
    "many folks instructor tutor misprint typo temptation assumption draft reader readers"
)
"""Who may pick another option, and what comes to one that is not the text's own."""
_DETERMINERS = words("the this that these those its his her their an a each both all")
_WHERE = words("the this these those that all our its both general order")
_SUPPOSES = CONDITIONS - words("given provided providing whether until till")


class Lead(enum.Enum):
    """What a sentence up to an option's letter does."""

    PICKS = enum.auto()
    """It speaks of the choice: "So the best answer is"."""
    DESCRIBES = enum.auto()
    """It says of the problem's world what it is: "The largest planet is". What follows may be an option, or
    a name: "The donor's blood group is A"."""
    UNREAD = enum.auto()


def option_lead(lead: str) -> Lead:
    """What a sentence does up to an option's letter.

    Args:
        lead: the sentence from its begin up to the letter.
    """
    lead = _COMMANDS.sub(" ", lead)
    said = plain_words(lead)
    if FOR_EXAMPLE.search(lead) or _AT_FIRST.search(lead):
        return Lead.UNREAD
    if not said:
        return Lead.PICKS
    if foreign_letters(lead) or not FOREIGN_NOUNS.isdisjoint(said):
        return Lead.UNREAD if unread_foreign_lead(lead) else Lead.PICKS
    parts = [part for part in _PARTS.split(_JOINED.sub("", lead)) if plain_words(part)]
    for part, follows in pairwise(parts):
        if not _opens(part, follows):
            return Lead.UNREAD
    if _picks(parts[-1]):
        return Lead.PICKS
    if not _describes(parts[-1]):
        return Lead.UNREAD
    return Lead.PICKS if _THE_RIGHT_ONE.search(parts[-1]) else Lead.DESCRIBES


_THE_RIGHT_ONE = regex(r"\bthe (?:correct|right|best|most \w+) \w+ (?:is|are|would be)\W*\Z", re.IGNORECASE)


_AT_FIRST = regex(
    r"\b(?:first|initially|originally|almost|nearly) (?:picked|chose|thought|said|selected|had|went)\b",
    re.IGNORECASE,
)
FOR_EXAMPLE = regex(r"\b(?:e\.\s?g|for example|for instance|such as)\b\W*\Z", re.IGNORECASE)


def _is_against(said: list[str]) -> bool:
    """Whether a word speaks of others, of doubt or of what is only supposed."""
    named = [word.removesuffix("'s") for word in said]
    return not (_SAYING.isdisjoint(said) and _NOT_OURS.isdisjoint(named) and _SUPPOSES.isdisjoint(said))


def _without_letters(said: list[str]) -> list[str]:
    return [word for word in said if len(word) > 1]


def _opens(part: str, follows: str) -> bool:
    """Whether a clause may stand before the one that leads to the letter."""
    said = plain_words(part)
    if _LEADING.issuperset(_without_letters(said)) or (_LETTER.search(part) and not DENIALS.isdisjoint(said)):
        return True  # "First B,", "It is not A,"
    if plain_words(follows)[0] in _CONCLUDING and _SUPPOSES.isdisjoint(said):
        return True
    said = said[1:] if said[0] in _JOINING else said
    if not _OTHERS.isdisjoint(said) or _is_against(said):
        return False
    start = said[0].rpartition("-")[2]
    if (start in _WITHOUT and not _LETTER.search(part)) or (
        start.endswith("ing") and start not in WORKING | _GROUNDS and "=" not in part
    ):
        return False
    if start in _REASONS or start in WORKING or start in _GROUNDS or has_working(part):
        return True
    if start in _SETTINGS:
        here = _OURS if start == "for" else _WHERE
        return len(said) > 1 and said[1] in here and _ORDINALS.isdisjoint(said)
    return start in _DETERMINERS and not BE.isdisjoint(said)


_OURS = words("this that our these")
_WITHOUT = words("without had were should unless neglecting ignoring excluding except")
_JOINING = words("and so but then")
_CONCLUDING = words("so thus hence therefore which making leaving and consequently")


def _picks(part: str) -> bool:
    """Whether a clause picks: "the best answer to the question is", "I choose option"."""
    said = plain_words(part)
    noun = next((i for i, word in enumerate(said) if word in _NOUNS), len(said))
    about = next((i for i in range(noun, len(said)) if said[i] in _ABOUT), len(said))
    if not (_OTHERS | _ORDINALS | _WORST).isdisjoint(said[about:]) or said[-1] in _NAMING:
        return False
    if _LEADING.issuperset(_without_letters(said)):
        return True
    if not _LEADING.issuperset(said[:about]) or _is_against(said[about:]):
        return False
    return said[-1] in BE or said[-1] in _NOUNS or part.rstrip(" *").endswith((":", "="))


_WORST = words("least worst poorest weakest")
_NAMING = words("this that these those a an")
"""What makes the letter a name: "this B"."""
_ORDINALS = words("first second third fourth fifth last next part")
"""Which of several questions the answer is of, perhaps another one than that which was asked."""
_ABOUT = words("to for of that which with in")


def _describes(part: str) -> bool:
    """Whether a clause says of the problem's world what it is: "The largest planet is"."""
    said = plain_words(part)
    at = next((i for i, word in enumerate(said) if word not in _LEADING or word in _DETERMINERS), len(said))
    rest = said[at:]
    if not rest or _is_against(rest) or rest[0] in _WITHOUT:
        return False
    if rest[0] not in _DETERMINERS and "=" not in part and not part.strip()[:1].isdigit():
        return False
    if not _ANSWER.isdisjoint(rest[:4]) or not _MAYBE.isdisjoint(rest[-3:]):
        return False
    while len(rest) > 1 and rest[-1] in _ADVERBS:
        rest = rest[:-1]
    ends = part.rstrip(" *$\\([")
    return rest[-1] in BE | MODALS or rest[-1] in _ENDS or ends.endswith(("=", ":", "\u2248", "\\approx"))


_ADVERBS = words("therefore thus then hence clearly indeed also simply exactly")
_ANSWER, _MAYBE = words("answer answers guess"), words("could might may")
_ENDS = words("equals option choice answer letter as be called")


_TELLS = (
    THINKS
    | words(
        "says said say claims claimed claim told wrote suggests suggested answered argues insists according"
    )
    | words("allegedly supposedly reportedly apparently seemingly purportedly")
)
_SOURCES = words(
    "passage text figure table graph chart image diagram picture article story definition rule "
    "theorem law principle problem question question's data information context paragraph author "
    "map formula equation"
)
_ELSEWHERE = regex(
    r"\W*(?:in|for|of|on|under|at|by|with) (?:the |an? |another |some |my |his |her |their )*(?P<what>[a-z]+)"
)


def unread_option_rest(rest: str) -> str:
    """What of a sentence behind an option's letter makes it another's: "(B), says Sam", "(B) in the old key".

    Args:
        rest: the sentence from the letter on, without its option's text.
    """
    rest = rest.lstrip(" )]").partition("\n")[0]
    if rest[:1] in (".", "!", "?"):
        return ""
    if _NEXT_TO.match(rest) or _OPEN.search(rest):
        return rest.strip()
    if rest[:1] in ("+", "-") and (not rest[1:2].strip() or rest[1:2] in ".,;"):
        return rest[:1]  # a grade
    said = plain_words(rest)
    if not said or said[0] in _GIVING_REASONS:
        return ""
    if said[0] in _SEEMING:
        return rest.strip()
    if not _TELLS.isdisjoint(said):
        at = min(i for i, word in enumerate(said) if word in _TELLS)
        if _SOURCES.isdisjoint(said[max(0, at - 3) : at + 4]):
            return rest.strip()
    elsewhere = _ELSEWHERE.match(rest.lower())
    return rest.strip() if elsewhere is not None and elsewhere["what"] in _OTHERS else ""


_NEXT_TO = regex(
    r"(?:'s?|\u2019s?|s) [a-z-]+|(?:minus|plus|times|or|through|to)\b(?!\s+(?:be|the)\b)", re.IGNORECASE
)
"""What goes on from the letter to another: "B's neighbour", "C minus one", "A or"."""
_OPEN = regex(r"\b(?:yet|remains|still|left) to be (?:settled|decided|determined|seen|found|shown)\b")
_GIVING_REASONS = words("because since as which")
_SEEMING = words("seems seemed looks looked appears appeared sounds sounded feels felt")
