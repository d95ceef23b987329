"""One sentence behind the answer: does it add nothing, say the answer again, or is it not understood.

What all of them say together: :mod:`verirs.math.extracting.afterwards`.
"""

from __future__ import annotations

import re

from verirs.math.extracting.arrived import BEFORE_THAT
from verirs.math.extracting.beside import COUNTS_OF, unread_lead, unread_rest
from verirs.math.extracting.closers import HARMLESS, IS_THE, NO_OFFER, OFFERS, OTHER_OUT, POLITE
from verirs.math.extracting.frames import announces
from verirs.math.extracting.function_words import (
    ALTERNATIVES,
    BE,
    COMPARISONS,
    CONDITIONS,
    CONTRASTS,
    DENIALS,
    DOUBTS,
    LIMITS,
    MODALS,
    POINTERS,
    SPEAKERS,
)
from verirs.math.extracting.hedges import BOUNDS
from verirs.math.extracting.labels import names_the_answer
from verirs.math.extracting.plain_words import has_digit, plain_words, says_something
from verirs.math.extracting.roundings import says_again
from verirs.math.extracting.sentences import EDGE, NUMBER, SMALL, bare, end_of_sentence, named, reading
from verirs.math.values import Refused, words
from verirs.system.patterns import regex

_REWRITES = words(
    "however actually you we i it this can may could also be as by checked check write written writing "
    "or equivalently equal equals to is in simplified which the same"
)
_EXPRESSION = regex(r"[-$\d(][-\d.,+*/()\u00d7\u00f7\u00b7\u2212$\s]*\d\)?")
_EARLIER = regex(
    r"(?:match\w*|agree\w*|confirm\w*|consistent|same)\b[^.]*\b(?:initial|earlier|original|previous|first)\b"
)
_EARLIER_WORD = regex(r"\b(?:initial|earlier|original|previous|first)\b")
_PLACE = regex(r" (?:for|in|of|to) (?:all |each |every )?(?:of )?(?:the|these|our) [a-z]+(?= and\b|$)")
_HEADING = regex(
    r"(?:explanation|solution|reasoning|proof|verification|check|step|steps|note|notes|summary|"
    r"conclusion|final|answer|"
    r"why|details|work|key|concept|method)\b",
)
_ARITHMETIC = regex(
    r"[-$\u20ac\u00a3(\d][-\d.,+*/()\u00d7\u00f7\u00b7\u2212x%$\s]*=[-\d.,+*/()\u00d7\u00f7\u00b7\u2212x%$\s=]*\d\)?%?"
)
_LATEX_SIGNS = (
    ("\\times", "*"),
    ("\\cdot", "*"),
    ("\\div", "/"),
    ("\\$", ""),
    ("\\%", "%"),
    ("\\,", ""),
    ("\\!", ""),
    ("{,}", ""),
    ("^\\circ", ""),
    ("^{\\circ}", ""),
)
_NAMED = regex(r"^\W*[A-Za-z]\w{0,2}\s*=\s*(?=[^=]*$)")
_TICK = regex("[\u2713\u2714\u2705]")
_DIGITS = regex(r"\d[\d,]*(?:\.\d+)?")
_NUMERIC = regex(r"-?[\d.]+")
_ANSWER_DOES = regex(
    r"\banswer (?!(?:is|are|was|to|we|can|for|of|in|will|would|should|must|choice|by|that|equals|comes|"
    r"and|as|here|so|using|"
    r"therefore|you|turns|has|being|option|with|from|correct|indeed|obtained|seems|appears|becomes)\b)[a-z]"
)
"""What "the answer" does, where it is not said to be: ends in, exceeds, used to be."""
_REASONS = regex(r"(?:this|that|it) (?:is because|follows (?:from|since|because))\b|we used (?:that|the)\b")
_AS_GIVEN = regex(r"(?:note )?(?:that )?we (?:assumed|used|took) (?:that )?(?:[a-z] )*as (?:given|stated)")
_AGREEING = words("agree agrees match matches confirms hold holds work works")
CHECKING = HARMLESS | words("let me double checking first")
FAULTS = words("wrong incorrect false mistaken mistake error only nearly common")
_OURS = words("our my your you us we")
_OTHER_SIGNS = frozenset("=<>^_|;+")
_NEEDS = words("would should must shall ought")
_BEFORE_OTHERS = words("of from and plus minus by")
_BOUND_OF = regex(
    r"\b(?:under|below|above|over|within|at most|at least|up to|(?:less|more|fewer) than)\s+"
    r"[$(]?\d[^=A-Za-z]*=\W*$|"
    r"\bexceed(?:s|ed)?\b[^;.]*\bby\s*$|"
    r"\bmis(?:count|calculat|tak|plac|interpret|understand|appl)[a-z]*\b|"
    r"\bby (?:forgetting|ignoring|neglecting)\b",
    re.IGNORECASE,
)
"""A bound by a calculation, what is left over, or what a fault comes to."""
_FRACTION_OF = regex(
    r"\b(?:(?:half|most|some|none|part|double|triple|"
    r"(?:a|one|two|three|four|five) (?:half|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?|"
    r"\d+/\d+|\d+ ?%) of|twice|thrice)(?: the| these| those| her| his| its| their)?\s*$",
    re.IGNORECASE,
)
"""What is made of the number that follows: "a third of 12 cookies"."""
_FLAWED = words("faulty flawed bogus fallacious erroneous mistaken invalid naive")
_PART_OF = regex(
    r"\b(?:half|third|quarter|fifth|tenth|twice|double|triple)(?: of)? (?:the|this|that|our) "
    r"(?:product|sum|total|difference|quotient|result|number|area|amount)\W*(?:[\d.,]+\W*|x\W*)*$",
    re.IGNORECASE,
)
"""What is still to be made of a calculation: "we need half of the product 4 x 9 ="."""
_CHECK_SIGNS = regex(
    r"[\s$.,;:()*\u2713\u2714\u2705\u3002\uff0c\uff1a\uff1b\uff08\uff09]*(?:验算|检验|验证|检查|代入)?[\s$:\uff1a,\uff0c]*"
    r"(?:符合(?:题意|条件|要求)|成立|正确|满足(?:题意|条件))?[\s$.,;()*\u2713\u2714\u2705\u3002\uff0c]*"
)
"""A check in Chinese, its calculation left out: "验算:, 符合题意"."""
_REASON = regex(r",? (?:because|since|as) (?=[-$(\d])")
_REFERS = words("the this that these those it its")
_SAYS = words(
    "is are was be equals means gives leaves makes shows confirms matches yields becomes has have costs "
    "takes would will totals amounts adds comes"
)
_RESULT_VERBS = words(
    "get got find found obtain obtained have see conclude calculate calculated know confirm"
)


_DEFINITE = words("it this that there he she they we total result answer so then")
_NO = words("not no nein non nee nej não нет ne hayır nope")
_NOT_COUNTED = SPEAKERS | LIMITS | DENIALS
_NOT_BEFORE = CONTRASTS | DOUBTS | ALTERNATIVES | DENIALS | (MODALS - _NEEDS)
_SPEAKER = SPEAKERS - _OURS
_SUPPOSES = DOUBTS | CONDITIONS
STATING = BE | _SAYS
_I = SPEAKERS - words("we our us we'll we've you")


def same_value(text: str, answer: str) -> bool:
    """Whether a text is the answer again, with or without its unit, by its letters or its one number."""
    one, two = _squeezed(_NAMED.sub("", text)), _squeezed(answer.rpartition("=")[2])
    if one == two:
        return True
    ours, theirs = numbers(one), numbers(answer.replace("\\$", " "))
    return (
        len(theirs) == 1 == len(ours) and ours == theirs and _bare_units(one) and _OTHER_SIGNS.isdisjoint(two)
    )


def _squeezed(text: str) -> str:
    text = text.strip(EDGE + "#.>:|\u3002")
    for sign, plain in _LATEX_SIGNS:
        if sign in text:
            text = text.replace(sign, plain)
    return (
        text.replace(" ", "")
        .replace("$", "")
        .replace("\\(", "")
        .replace("\\)", "")
        .replace("\\[", "")
        .replace("\\]", "")
    )


def number_in(text: str) -> str:
    """The one number that a text names, without its unit and name (``x = 160``); itself where it has none."""
    text = _squeezed(text.rpartition("=")[2] if text.count("=") == 1 else text)
    found = numbers(text)
    return found[0] if len(found) == 1 and _bare_units(text) else text


def numbers(text: str) -> list[str]:
    return [bare(m[0]) for m in NUMBER.finditer(text)]


def _bare_units(text: str) -> bool:
    """Whether a squeezed text is a number and at most a unit."""
    number = NUMBER.search(text)
    return number is not None and number.start() <= 1 and _OTHER_SIGNS.isdisjoint(text)


def calculations_hold(sentence: str) -> bool:
    """Whether no plain calculation in a sentence is false."""
    return all(_true(m[0]) for m in _ARITHMETIC.finditer(plain_signs(sentence)))


def plain_signs(sentence: str) -> str:
    """A sentence with LaTeX's signs of calculation as they are typed."""
    for sign, written in _LATEX_SIGNS:
        sentence = sentence.replace(sign, written)
    return sentence


def sentences_of(text: str) -> list[str]:
    """The sentences of a text that say something."""
    found, start = [], 0
    while start < len(text):
        stop = end_of_sentence(text, start)
        sentence = text[start : stop + 1].strip(EDGE + "$\\)]}").strip()
        if says_something(sentence):
            found.append(sentence)
        start = max(stop, start) + 1
    return found


def known(sentence: str, answer: str) -> bool:
    return (
        same_value(sentence, answer)
        or adds_nothing(sentence)
        or restated(sentence, answer)
        or _denies_another(sentence, answer)
        or _calculates(sentence, answer)
        or _rewrites(sentence, answer)
        or _explains(sentence)
        or says_again(sentence, answer)
        or _with_reason(sentence, answer)
    )


def _with_reason(sentence: str, answer: str) -> bool:
    """Whether a sentence says the answer again and calculates it as its reason: "The root of 81 is 9, because
    9 x 9 = 81"."""
    said, _, reason = _REASON.sub("\0", sentence, 1).partition("\0")
    if not reason or "=" not in reason or not plain_words_only(sentence) or turns(sentence):
        return False
    right = said.rpartition(" is ")[2]
    return same_value(right, answer) and has_digit(reason) and _calculates(reason, answer)


def _explains(sentence: str) -> bool:
    """Whether a sentence only gives a reason, says that a check agrees, or offers to explain."""
    if "?" in sentence:
        said = plain_words(sentence)
        return OFFERS.fullmatch(" ".join(said)) is not None and NO_OFFER.isdisjoint(said)
    said = plain_words(sentence)
    joined = " ".join(said)
    if numbers(sentence) in ([], ["0"]) and (OTHER_OUT.fullmatch(joined) or _AS_GIVEN.fullmatch(joined)):
        return True
    if not said or not plain_words_only(sentence) or not (_I | FAULTS).isdisjoint(said):
        return False
    if _REASONS.match(joined):
        return True
    checks = (said[0] in POINTERS and said[1:2] != [] and said[1] in _AGREEING) or (
        said[0] in ("check", "checking", "verification") and said[-1] in _AGREEING
    )
    return checks and len(said) > 2


def adds_nothing(sentence: str) -> bool:
    """Whether a sentence is one of the phrases that close a text."""
    if has_digit(sentence) or "?" in sentence:
        return False
    said = plain_words(sentence)
    if not said or ("\\boxed" in sentence and DENIALS.isdisjoint(said)):  # how to write an answer
        return True
    joined = _PLACE.sub("", " ".join(said)) if len(said) > 4 else " ".join(said)
    if len(said) <= 4 and _HEADING.match(joined) and sentence.rstrip("* ").endswith(":"):
        return True
    if _EARLIER.search(joined):
        joined = _EARLIER_WORD.sub("", joined)
    if said[0] == "only":
        return False
    if "," not in sentence and IS_THE.fullmatch(joined):
        return True
    if COUNTS_OF.match(joined) and _NOT_COUNTED.isdisjoint(said):
        return True
    return HARMLESS.issuperset(joined.split() or said) or POLITE.fullmatch(joined) is not None


def restated(sentence: str, answer: str) -> bool:
    """Whether a sentence says the answer again, of the problem's world or as the answer."""
    plain = sentence.strip(EDGE + "#>|")
    ours = number_in(answer)
    if not _NUMERIC.fullmatch(ours):
        return len(ours) > 2 and ours in _squeezed(plain) and plain_words_only(plain)
    number = next((m for m in NUMBER.finditer(plain) if bare(m[0]) == ours), None)
    if number is None and ours.partition(".")[0] in SMALL and not ours.partition(".")[2].strip("0"):
        number = re.search(rf"\b{SMALL[ours.partition('.')[0]]}\b", plain, re.IGNORECASE)
    if number is None:
        return False
    lead, rest = plain[: number.start()], plain[number.end() :]
    said = plain_words(lead)
    others = {bare(m[0]) for m in NUMBER.finditer(plain)} - {ours}
    if others and bare(named(plain) or "") != ours:
        later = {bare(m[0]) for m in NUMBER.finditer(rest)} - {ours}
        if later or said[-1:] == [] or said[-1] in COMPARISONS or said[-1] in _BEFORE_OTHERS:
            return False
    if not said:
        return unread_rest(rest, answer, about=False, subject=True) == ""
    if said[-1] in _REFERS or not _NOT_BEFORE.isdisjoint(said) or said[:2] in _SECOND_THOUGHTS:
        return False
    if not SPEAKERS.isdisjoint(said) and _RESULT_VERBS.isdisjoint(said) and said[0] not in ("our", "my"):
        return False
    if said[0] in POINTERS and (len(said) < 2 or said[1] not in _SAYS):
        return False
    if (
        len(said) == 1
        and not lead.rstrip().endswith((":", "="))
        and said[0] not in ("total", "only", "so", "thus", "hence", "therefore")
    ):
        return False
    if lead.rstrip(EDGE).endswith(":") and not (announces(said) or names_the_answer(lead, "")):
        return False
    subject = lead.rstrip(" $\\(").endswith(",") and BE.isdisjoint(plain_words(rest)[:1])
    return unread_lead(lead) == "" and unread_rest(rest, answer, about=False, subject=subject) == ""


def unread_before(lead: str) -> str:
    """What of a sentence before the number that it is about does not lead to it; empty where all does."""
    said = plain_words(lead)
    if not said:
        return ""
    if (
        lead.rstrip(" $").endswith(BOUNDS)
        or _ANSWER_DOES.search(lead)
        or said[-1] in CONTRASTS | DENIALS
        or not DENIALS.isdisjoint(said[:3])
        or not DOUBTS.isdisjoint(said)
    ):
        return lead.strip()
    if not _SPEAKER.isdisjoint(said) and _RESULT_VERBS.isdisjoint(said):
        return lead.strip()
    if said[-1] in ("those", "these") or _PART_OF.search(lead) or BEFORE_THAT.search(lead):
        return lead.strip()
    if _BOUND_OF.search(lead) or _FRACTION_OF.search(lead) or not _FLAWED.isdisjoint(said):
        return lead.strip()
    if said[1:3] == ["would", "be"] and said[0] not in _DEFINITE:
        return lead.strip()  # Neutral would be
    return (
        lead.strip()
        if "wish" in said or ("were" in said[-2:] and said[-2:-1] in (["it"], ["this"], ["that"]))
        else ""
    )


def plain_words_only(sentence: str) -> bool:
    said = plain_words(sentence)
    bad = CONDITIONS | CONTRASTS | DOUBTS | ALTERNATIVES | DENIALS | MODALS
    return bad.isdisjoint(said)


def _denies_another(sentence: str, answer: str) -> bool:
    """Whether a sentence only says of another value, or of all others, that it is none."""
    said = plain_words(sentence)
    if not CONTRASTS.isdisjoint(said) or not _SUPPOSES.isdisjoint(said):
        return False
    if "other" in said or "others" in said:
        return not DENIALS.isdisjoint(said) or "wrong" in said or "incorrect" in said
    others = numbers(sentence)
    if not others or number_in(answer) in others or DENIALS.isdisjoint(said):
        return False
    clauses = [clause for clause in sentence.split(",") if has_digit(clause)]
    if any(DENIALS.isdisjoint(plain_words(clause)) for clause in clauses):
        return False  # No, that is not right, it is 2
    return said[0] not in _NO and SPEAKERS.isdisjoint(said)


def _calculates(sentence: str, answer: str) -> bool:
    """Whether a sentence is a true calculation with the answer in it, and says nothing else of weight."""
    plain = sentence
    for sign, written in _LATEX_SIGNS:
        if sign in plain:
            plain = plain.replace(sign, written)
    found = list(_ARITHMETIC.finditer(plain))
    if not found or not all(_true(m[0]) for m in found):
        return False
    ours = number_in(answer)
    if ours not in [bare(n) for m in found for n in _DIGITS.findall(m[0])] and not _TICK.search(sentence):
        return False
    left = _ARITHMETIC.sub(" ", plain)
    if not left.isascii():
        return _CHECK_SIGNS.fullmatch(left) is not None
    said = plain_words(left)
    return CHECKING.issuperset(said)


def _rewrites(sentence: str, answer: str) -> bool:
    """Whether a sentence only says how else the answer may be written: "you may also write it as 10/2"."""
    found = _EXPRESSION.findall(sentence)
    if len(found) != 1 or not _REWRITES.issuperset(plain_words(_EXPRESSION.sub(" ", sentence))):
        return False
    return _true(f"{found[0]} = {number_in(answer)}")


def _true(equation: str) -> bool:
    """Whether all sides of a plain equation are one number."""
    from verirs.math.comparing.evaluate import exact  # loads python-flint

    sides = [side.replace("$", "").strip() for side in equation.split("=")]
    try:
        nodes = [reading(side) for side in sides if side]
        values = [exact(node) if node is not None else None for node in nodes]
    except Refused:
        return False
    return len(values) > 1 and None not in values and all(value == values[0] for value in values)


_SECOND_THOUGHTS = (["on", "reflection"], ["on", "second"], ["in", "hindsight"], ["thinking", "again"])


def turns(sentence: str) -> bool:
    """Whether a sentence may turn against what stands before it."""
    said = plain_words(sentence)
    if not said:
        return False
    start = said[0]
    return (
        start in CONTRASTS
        or start in ("wait", "actually", "hmm", "oops", "no", "sorry", "ignore", "correction")
        or said[:2] in _SECOND_THOUGHTS
        or (start in POINTERS and not DENIALS.isdisjoint(said))
        or not _I.isdisjoint(said)
    )


def concluded(sentence: str, answer: str) -> bool:
    """Whether a sentence ends with a calculation of the answer."""
    right = sentence.rpartition("=")[2] if "=" in sentence else ""
    return same_value(right, answer)
