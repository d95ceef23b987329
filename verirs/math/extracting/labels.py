"""Labels before an answer: "Total cost: $18", "Number of real solutions: 3".

A closed world. A label is a noun phrase: its head (all up to the first preposition) consists of words that
name a quantity or an answer, words that say how it is written, or words of the text before it, which are the
problem's own; behind a preposition it says of what ("of squares on a board of all sizes"), in any words. What
takes a value back, doubts it, or makes it that of somebody else, of another stage or another task is in no
label of an answer.
"""

from __future__ import annotations

import re

from verirs.math.extracting.function_words import CONTRASTS, DENIALS, DOUBTS, MODALS, SPEAKERS
from verirs.math.extracting.plain_words import plain_words
from verirs.math.values import words
from verirs.system.patterns import regex

ANSWERS = words("answer answers result results solution solutions ans conclusion output final summary")
QUANTITIES = words(
    "total sum difference product quotient remainder ratio probability chance odds percentage percent "
    "rate speed "
    "velocity "
    "acceleration area perimeter circumference volume surface width length height depth distance time "
    "duration age "
    "weight mass density force energy temperature cost price profit loss revenue earnings income "
    "savings change "
    "payment tax tip interest balance slope angle radius diameter domain range equation line intercept "
    "vertex center "
    "centre midpoint coordinates coordinate point points point(s) roots root zeros zero degree value "
    "values number "
    "numbers amount count quantity average mean median mode variance deviation maximum minimum max min "
    "expression "
    "integral derivative limit determinant rank inverse magnitude norm factorization factorisation form "
    "polynomial "
    "interval set fraction decimal integer hypotenuse side sides leg base diagonal capacity "
    "share ways arrangements permutations combinations outcomes years days hours minutes seconds weeks "
    "months miles "
    "dollars cents euros pounds kilometers meters grams liters degrees units items people"
)
"""What a label may say an answer to be."""
HOW = words(
    "the a our my its final overall combined exact simplified simplest rounded nearest tenth hundredth "
    "thousandth "
    "whole "
    "standard expanded factored notation numeric numerical required desired correct complete full grand "
    "net gross "
    "smallest largest least greatest lowest highest shortest longest fewest most closest first last "
    "real positive "
    "negative "
    "unique possible common divisor multiple factor prime even odd and new expected square cube monthly "
    "weekly "
    "daily annual yearly hourly remaining so thus hence therefore altogether in as to "
    "one two three four five six seven eight nine ten eleven twelve "
    "decimal decimals "
    "larger smaller bigger greater longer shorter higher lower rationalized rationalised scientific polar "
    "parametric cartesian ascending descending order "
    "place places significant figures"
)
"""How an answer is written, or which of its kind it is."""
LINKS = words(
    "of in for on per at to by from with as that which left needed remaining spent made earned used paid"
)
"""Behind them a label says of what, where or when it is a quantity."""
FAULTS = words(
    "wrong incorrect false mistaken mistake mistakes error errors fault faulty flawed invalid guess "
    "guesses guessed "
    "estimate estimated trap distractor rejected reject extraneous spurious excluded discarded "
    "eliminated naive "
    "careless tempting tentative draft attempt attempts try claim claimed claims student students "
    "student's wrongly "
    "previous earlier other another others different similar example sample placeholder template format hint "
    "bound bounds intermediate partial old initial starting before without unless if when assuming instead "
    "bonus fake bogus dummy counterexample discredited refuted disproved unverified unchecked forbidden "
    "impossible "
    "avoid beat misread misleading irrelevant unrelated unused wasted reader task next"
)
"""What a value has that is not the answer."""
NUMBERED = regex(
    r"\s*(?:try|attempt|sample|candidate|trial|completion|response|generation|run|rollout) #?\d+:\s*",
    re.IGNORECASE,
)
"""What opens one text of several: "Sample 3:"."""
_NEVER = FAULTS | DENIALS | DOUBTS | CONTRASTS | MODALS | (SPEAKERS - words("my our us you your we"))
_KNOWN = ANSWERS | QUANTITIES | HOW
_LONGEST = 16


def names_the_answer(label: str, before: str) -> bool:
    """Whether a label only says which quantity the value behind it is.

    Args:
        label: the text between the last clause's begin and its colon.
        before: the text before it, whose words may stand in a label too.
    """
    said = plain_words(label)
    if not said or len(said) > _LONGEST or not _NEVER.isdisjoint(said):
        return False
    at = next((n for n, word in enumerate(said) if word in LINKS and n), len(said))
    head = said[:at]
    known = [_bare(word) in _KNOWN for word in head]
    if all(known):
        return not QUANTITIES.isdisjoint(head) or not ANSWERS.isdisjoint(head) or HOW.issuperset(head)
    own = set(plain_words(before))
    return all(k or word in own or _bare(word) in own for k, word in zip(known, head, strict=True))


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("'")
