"""Whether an option that a text picks is still picked at its end: what follows it affirms no other option.

Behind the letter its option's text and the reason may stand, which are of any words; a sentence with
another letter
must deny that one, and none may turn against what was picked.
"""

from __future__ import annotations

import enum
import re

from verirs.math.extracting.behind import adds_nothing, sentences_of, turns
from verirs.math.extracting.beside import unread_rest
from verirs.math.extracting.function_words import BE, CONDITIONS, DENIALS, MODALS, POINTERS
from verirs.math.extracting.option_foreign import unread_foreign_rest
from verirs.math.extracting.option_lead import FOR_EXAMPLE, Lead, option_lead, unread_option_rest
from verirs.math.extracting.plain_words import plain_words
from verirs.math.extracting.records import OF_THE_FORM
from verirs.math.extracting.sentences import begin_of_sentence, end_of_sentence
from verirs.math.values import words
from verirs.system.patterns import regex

MENTIONED = regex(
    r"(?<![A-Za-z0-9'\u2019\\^_=+*<>\u00b0-])(?!A\s+(?!is\b|was\b|and\b|"
    r"or\b)[a-z])[(\[]?([A-Z])[)\]]?(?![A-Za-z0-9'\u2019^_])(?!\s*[=+*/<>^]|\s+[a-z]+\s+[A-Z]\b)"
)
_DENIED = DENIALS | words(
    "wrong incorrect false eliminated eliminate eliminates excluded exclude excludes ruled rule rules "
    "too unlike fails fail "
    "invalid falsch faux incorrecta unlikely only"
)
_ONE_OF_MANY = regex(r"\b[A-Z]\b\)? (?:is|was) an? ")
"""What only describes an option: "B is a common trap"; the one that is right is "the" one."""
_CONCLUDING = words("so thus therefore hence")
_DESCRIBES = regex(
    r"\W*(?:(?:while|and|the|both|whereas) )?(?:(?:options?|choices?|answers?|letters?) )?\(?[A-Z]\)?"
    r"(?:(?:,| and| or|, and) \(?[A-Z]\)?)*\s+[a-z]+",
    re.IGNORECASE,
)
"""A sentence of which another option is the subject."""
_AFFIRMS = words(
    "correct right true answer answers best better valid works fits holds satisfies also too equally choose "
    "chosen pick select go instead actually should could may might maybe or either final mean meant rather"
)
_READ = 2_000
_PICKS = regex(
    r"(?:^|[,;:] )(?P<who>[^,;:]*?)\b(?:choose|pick|select|go with|opt for|mark) (?:the )?"
    r"(?:(?:option|choice|answer|letter) )?[(\[]?[A-Z][)\]]?$",
    re.IGNORECASE,
)
"""A clause that picks an option; before its verb stands who picks."""
_PICKERS = words(
    "i we you let's let us me d ll will would can must should shall may have has had need to going am are "
    "so thus hence therefore then now finally and that is it as a result based on this these the above for "
    "in conclude which means because since correct right best answer question option choice letter safe able "
    "decide decided do did please just only simply still here my our final"
)
_QUALIFIED = regex(
    r"\b(?:the|an?|my|our|your) (?P<how>(?:(?!(?:is|are|was|be) )[a-z'-]+ ){1,3}?)"
    r"(?:answer|option|choice)s?\b",
    re.IGNORECASE,
)
_QUALIFIES = words(
    "correct right best final only true most more likely probable appropriate accurate suitable closest "
    "nearest proper valid multiple multiple-choice logical reasonable plausible given available "
    "provided possible remaining last first second third fourth fifth matching corresponding single good "
    "better overall exact same and or that which one this above following listed answer option "
    "choice to from among of all"
)
_LURES = words("trap traps distractor distractors decoy lure bait temptation tempting tempted second-best")


def _only_tempts(lead: str) -> bool:
    """Whether the sentence before a letter tells of another's choice ("Many choose (B)") or of an option that
    is not called the answer ("The tempting answer is (B)")."""
    picks = _PICKS.search(lead.rstrip(" *:"))
    if picks is not None and not _PICKERS.issuperset(plain_words(picks["who"])):
        return True
    if not _LURES.isdisjoint(lead.lower().split()) or "second best" in lead.lower():
        return True
    said = None
    for said in _QUALIFIED.finditer(lead):  # noqa: B007
        pass
    how = said["how"].lower().split() if said is not None else ()
    return not all(word in _QUALIFIES or word.endswith("est") for word in how)  # "the greatest option"


IS_IT = regex(
    r"(?:it is|is (?:what (?:we|I|the question)\b|(?:the |my |our )?(?:final |correct |right |best |only )*"
    r"(?:(?:answer|choice|option|one|pick|correct|right|true|best)\b|"
    r"\w+ (?:required|needed|sought|in question)\b)(?=\W*\Z|[.,;]|\s(?:to|for|here|since|because)\b)))"
)
"""What a letter is said to be, where it is the subject: "is my answer", "is what we want"."""
_NAMES_IT = regex(r"answer|option|choice|letter|choose|pick|select|correct", re.IGNORECASE)


_NAMED_BY = regex(r"\b(?:appendix|section|figure|table|note|group|vitamin|type|grade|page|plan|part)\W*\Z")


def breaks_off(line: str) -> bool:
    """Whether a line is a sentence that the letter below it ends: "My grade will be"."""
    return line[-1:].islower() and (_NAMES_IT.search(line) is None or _NAMED_BY.search(line) is not None)


class Kept(enum.Enum):
    """What becomes of a letter at which a text arrived."""

    PICKED = enum.auto()
    UNREAD = enum.auto()
    """What leads to it, or stands behind it in its sentence, is not understood: it may be another's."""
    TAKEN_BACK = enum.auto()


def kept(text: str, letter: str, letters: str, option: str = "", *, marked: bool = False) -> Kept:
    """Whether a text picks a letter, and the last mention of it is not followed by what takes it back.

    Args:
        text: the text without marks of LaTeX and markdown.
        letter: the letter that is picked (of several, the last counts).
        letters: all letters of the problem.
        option: the text of the option; where it stands beside the letter, it says nothing of it.
        marked: the letter stands in a box or in bold.
    """
    at = -1
    for found in MENTIONED.finditer(text):
        if found[1] == letter[-1]:
            at = found.end()
    rest = _without(option, text[at:][:_READ]) if at >= 0 else ""
    lead = text[begin_of_sentence(text, at) : at] if at >= 0 else ""
    if not DENIALS.isdisjoint(plain_words(lead)) and len(MENTIONED.findall(lead)) == 1 and "nswer" in lead:
        return Kept.TAKEN_BACK
    before = plain_words(lead)
    if before[:1] and before[0] in CONDITIONS and _CONCLUDING.isdisjoint(before):
        return Kept.TAKEN_BACK  # If the sum is smaller, the answer is B.
    if _taken_back(rest, letter, letters):
        return Kept.TAKEN_BACK
    if FOR_EXAMPLE.search(text[:at].rstrip(f" (){letter[-1]}")[-20:]):
        return Kept.UNREAD
    if lead.strip(" ()") == letter[-1] and breaks_off(text[: at - len(lead)].rstrip().rpartition("\n")[2]):
        return Kept.UNREAD
    if _only_tempts(lead) or not _leads(lead, text[at:], letter[-1], option, marked):
        return Kept.UNREAD
    behind = rest[: end_of_sentence(rest)]
    if OF_THE_FORM.search(rest if at >= 0 else text) or unread_option_rest(behind):
        return Kept.UNREAD
    return Kept.UNREAD if unread_foreign_rest(lead, behind) else Kept.PICKED


def _taken_back(rest: str, letter: str, letters: str) -> bool:
    """Whether what follows a letter takes it back, or affirms another one."""
    if rest.lower() == rest.upper():
        return False
    first = plain_words(rest.split(".")[0])
    clause = rest.split(".")[0].split(",")[0]
    verb = bool(first) and rest[:1] not in ".:" and first[0] in BE | MODALS
    if verb and not IS_IT.match(clause.strip()) and unread_rest(clause, "", about=False, subject=True):
        return True
    if first[:1] and first[0] in CONDITIONS and rest.lstrip(" )]").startswith((",", first[0])):
        return True
    return not all(_leaves(sentence, letter, letters) for sentence in sentences_of(rest))


def _leads(lead: str, rest: str, letter: str, option: str, marked: bool) -> bool:
    """Whether a sentence leads to one of its mentions of a letter, as far as that is written as an option's:
    where the sentence only describes, in brackets or with the option's text.
    """
    option = option.strip()
    mentions = [found for found in MENTIONED.finditer(lead) if found[1] == letter]
    for found in mentions:
        before = lead[: found.start()].rstrip(" (")
        told = bool(option) and before.endswith(option)
        kind = option_lead(before.removesuffix(option) if told else before)
        behind = (lead[found.end() :] + rest).lstrip(" ).:,\n(")
        written = (
            marked or told or "(" in found[0] or (bool(option) and behind.lower().startswith(option.lower()))
        )
        if kind is Lead.PICKS or (kind is Lead.DESCRIBES and written):
            return True
    return not mentions


_REASON = words("because since as for")
_NO = words("non nein n\u00e3o \u043d\u0435\u0442 nee nej nie")
_PICKED_NEXT = regex(r"\b(?:answer|choice|option|pick|guess|attempt|try)\b[^:]*:\W*[A-Z]\W*\Z", re.IGNORECASE)
"""A second pick: "Second answer, in case the first one is not accepted: D"."""
_DENIED_ALL = words("wrong incorrect false eliminated excluded other others rejected invalid")
_BY_OTHERS = regex(
    r"\W*(?:students?|people|those|anyone|someone|many|some|pupils|whoever|if you|you)\b[^.,;]*?"
    r"\b(?:choose|chose|pick|picked|select|selected|answer|answered|got|get|"
    r"tempted|fooled|misled|drawn|confused)s?\b",
    re.IGNORECASE,
)
_OFFERS_MORE = regex(
    r"\W*(?:let me know|feel free|i hope|would you like|do you want|happy to)\b", re.IGNORECASE
)


def _without(option: str, rest: str) -> str:
    """What follows a letter, its option's text left out."""
    wanted = option.split()
    at = len(rest) - len(rest.lstrip(" )].:\n-"))
    if wanted and not rest.startswith(wanted[0], at) and rest[at : at + 1] == "(":
        at += 1
    for place, word in enumerate(wanted):  # a pattern of each option would be compiled for each
        start = at + len(rest[at:]) - len(rest[at:].lstrip())
        if not rest.startswith(word, start) or (place and start == at):
            return rest
        at = start + len(word)
    behind = rest[at:].removeprefix(")")
    return (
        rest if not wanted or behind.lstrip(" ")[:1].isalnum() else behind
    )  # "D. A heap is not ..." goes on


def _leaves(sentence: str, letter: str, letters: str) -> bool:
    """Whether a sentence leaves the option as it is."""
    said = plain_words(sentence)
    others = {m[1] for m in MENTIONED.finditer(sentence) if m[1] in letters and m[1] not in letter + "I"}
    if others and _PICKED_NEXT.search(sentence) and _DENIED_ALL.isdisjoint(said):
        return False
    if others and (_BY_OTHERS.match(sentence) or (said[0] in _REASON and _AFFIRMS.isdisjoint(said))):
        return True  # "Students who choose C have added", ", because a lack of A causes"
    if others and _AFFIRMS.isdisjoint(said) and all(f"({other})" in sentence for other in others):
        return True  # "Antibodies to the receptor (D) are the hallmark of another disease"
    if others and _DESCRIBES.match(sentence) and _AFFIRMS.isdisjoint(said) and not turns(sentence):
        return True  # what another option is: "Option B is the y-intercept"
    if others:
        return not _DENIED.isdisjoint(said[said[0] == "no" :]) or _ONE_OF_MANY.search(sentence) is not None
    if not _NO.isdisjoint(said[:2]) and "," in sentence:
        return False  # "Enfin non, ..."
    if adds_nothing(sentence) or _OFFERS_MORE.match(sentence):
        return True
    if "answer" in said and not DENIALS.isdisjoint(said):
        return False
    if turns(sentence) and not (said and said[0] in ("since", "because", "as")):
        return False
    return not (
        said and said[0] in POINTERS and not (DENIALS | {"wrong", "incorrect", "false"}).isdisjoint(said)
    )
