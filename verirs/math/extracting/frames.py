"""The frames in which an honest text states its answer: a small grammar, closed on both sides of the answer.

A stated answer stands behind ``=``, behind a word that says what is the case ("is", "has", "get", "total
of"), or behind a verb with what is counted ("sold 18 eggs", "costs $18"). What is counted is a plural or a
unit. A number that closes a text without any mark is its answer only where the text arrives at it: worked
out, printed, or concluded. Everything else (a mention, a label, an order, a stage on the way) is no frame.
"""

from __future__ import annotations

from itertools import pairwise

from verirs.math.extracting.function_words import (
    BE,
    CONDITIONS,
    DENIALS,
    FOREIGN_NOUNS,
    FUNCTION,
    LIMITS,
    NO_NOUNS,
    THINKS,
)
from verirs.math.extracting.labels import NUMBERED, names_the_answer
from verirs.math.extracting.leads import GOING_ON, OBLIGED, WORKING
from verirs.math.extracting.plain_words import (
    foreign_letters,
    has_digit,
    has_letter,
    has_working,
    plain_words,
)
from verirs.math.extracting.roundings import equal
from verirs.math.extracting.sentences import NUMBER, bare, reading
from verirs.math.extracting.worked import worked_out
from verirs.math.values import words
from verirs.system.patterns import regex

_STATING = words(
    "get gets got find finds found obtain obtains obtained give gives gave giving yield yields yielding "
    "equal equals leave leaves left leaving make makes made become becomes remain remains total totals "
    "totaling cost costs conclude concludes see know need needs needed want have compute computes "
    "calculate calculates value answer result solution sum length area number order name letter option "
    "choice indeed currently still also additional simply precisely finally approximately"
)
"""What says that the value behind it is the case, besides the function words."""
_LABELS = _STATING | words(
    "solution solutions answers results equation expression form format following value values follows "
    "correct confirmed verified verification conclusion total therefore thus so hence is are was be "
    "were final finally box boxed problem output ans ergo"
)
_ANNOUNCING = (
    GOING_ON
    | _STATING
    | _LABELS
    | words(
        "done finished putting presenting present put required requested format final together into let's"
    )
) - words("step steps part problem question case double work value")
"""The words of a clause that announces a value and says nothing else."""
_ORDERS = words("write put insert type enter report give fill place use output print submit copy paste say")
_END = " \t\n$*_{&"
_OPENERS = ("\\(", "\\[", "\\text", "\\mathbf", "\\displaystyle", "\\$", "\\,", "\\;", "\\ ", "\\left")
_UNIT_BEHIND = regex(r"(?:[\s$}*,]|\\[)\],;! ]|\\text\w*\s*\{)*(?:[A-Za-z%\u00b0\u20ac]|\\%|\\circ|\^)")
_COMMAND = regex(r"\\[A-Za-z]+\Z")
_MONEY = ("$", "\u20ac", "\u00a3", "\u00a5", "\u20b9")
_PARTS = regex(r"[,;]|\s[-\u2013\u2014]\s")
_IF = CONDITIONS | words("when whenever where given")
_IRREGULAR = words(
    "people men women children feet fish sheep teeth mice geese pence dozen percent deer water money "
    "milk degrees fewer less st nd rd th cm kg mph ml left old long tall high wide deep away back more "
    "each altogether total overall now"
)
_NOT_PLURAL = ("ss", "us", "is")
_ADJECTIVES = words("remaining missing")
_CONCLUDING = words("so thus hence therefore consequently accordingly altogether finally overall ultimately")
_SO = (["so"], ["thus"], ["hence"], ["therefore"])
_IN_TOTAL = (
    *(["in", "total"], ["in", "all"], ["in", "conclusion"], ["that", "means"], ["this", "means"]),
    *(["that", "leaves"], ["this", "leaves"]),
)
_WORKED = regex(
    r"(?:[=\u2248]\s*|\n\s*)[\\$\u20ac\u00a3(\[]*(?:<<[^<>]{0,80}>>)?\s*"
    r"([-\u2212]?[$\u20ac\u00a3]?\d[\d,]*(?:\.\d+| \d+/\d+|/\d+)?%?)"
)
"""A number behind ``=``, or that begins a line of a program's output."""
_STATES = words("we gives gave have has is are was were get find")
_PLACING = words("with on in at from like into onto as by for than")
"""Prepositions that only a thing counted makes part of a statement: "leaves with 16 quarters"."""
_DEFINITE = words("the a this these both each her his their its other total one")
_OPENINGS = words(
    "after before since because on at when if with by during along which including to as and based so "
    "now we it he she they there across throughout representing expressed inclusive above using given "
    "once while all"
)
_WRITTEN = words("written expressed rounded simplified measured")
_EXTREMES = words("least most best worst")
"""What opens a bound: "at the very least"."""
_US, _WOULD = words("we i one"), words("would could might should")
_THAT = regex(r"\b([A-Za-z]+) that (?:(?:there|he|she|it|they|the|an?|his|her|their|we|you|I)\b|[A-Z])")
_SHOWING = words(
    "means mean shows show implies find finds see conclude get know follows tells so note given says"
)
_SOURCES = words("question problem text statement exercise prompt task sentence page line letters words")
_TELLS = words("says said states stated tells told gives gave mentions mentioned")
_WISHED = words("goal target aim quota budget wish hope hoped limit capacity")  # set, not so
_LISTED = regex(r"\b(?:and|or) \$?\d")
_TALK, _PERSONS = words("we i let"), words("he she they")
_THINK = words("think believe assume suppose suspect reckon imagine insist")
_SAYS = words("says said say states stated argues argued")
_OTHERS = words("people everyone everybody someone somebody others") | _PERSONS
"""Whose thoughts a clause may tell, and the verbs that tell them; of a plural, and of what a person says."""
_ANSWERS = words("answer result solution")
DENYING = (
    _ORDERS | _IF | _PERSONS | _WOULD | _ANSWERS | DENIALS | THINKS | _THINK | _SAYS
    | words("that my our a an one another some any")
)  # fmt: skip
"""Without one of these a lead that is one clause is a statement."""
_IS_SAID = BE | {"equals"}
_ARTICLES = words("the our my final correct this that")
_RELATING = words("of in from to than before after behind like near")
_GUESSED = words("guess guessed error mistake wrong estimate claim attempt trap")
_ARRIVING = words("conclude find see deduce get obtain")
_RESULT = words(
    "the a an total sum result answer value product difference quotient is are equals equal we i it get "
    "gets got obtain obtains that this which gives us of to so ans therefore and then have find x "
    "altogether all in number add subtract multiply divide by from final grand would be should must "
    "comes out found possible values expression minimum maximum min max smallest largest least greatest "
    "required desired want that's approximately about remainder giving simplifies simplify for us "
    "output ergo so thus hence therefore ans correct exact exactly only simplified were looking seek"
)
"""The words of a sentence that says nothing but its result: "The total is", "That gives us a total of"."""
_GOVERNING = words("need needs needed has have had going able amounts comes equal up down order")
_BEFORE_DOING = words("of about from for on in at with to without into")
_COPULA = regex(r"\s(?:is|are)[\s$*]*\Z")
_IS = regex(r"\b(?:is|are|was|be)\W*\Z")
_MATHS = regex(r"[\d\\=$<>]")
_FORMULA = regex(r"\\[A-Za-z]+")
_NAMING = words(
    "the an that there are is to be equal equals of in total exactly approximately about roughly simply "
    "just only also option choice letter number value found given by as follows therefore thus hence "
    "indeed we get have therefore so then clearly definitely again rounded sum answer following still "
    "now found pair point set ordered integer fraction length area expressed form simplest function "
    "equation line interval matrix vector percentage probability ratio amount all any both our final "
    "correct"
)
_BEFORE_NUMBERS = words("for in of per after every each within over to by at with")


def unread_governor(lead: str, rest: str, answer: str, before: str = "") -> str:
    """What before an answer in its sentence does not state it; empty where the answer stands in a known
    frame.

    Args:
        lead: the sentence up to the answer.
        rest: what follows the answer.
        answer: the answer.
        before: the text before the sentence, whose words a label may have.
    """
    tail = lead.rstrip(_END)
    money = lead.rstrip(" \t").endswith("\\$") or answer.lstrip("\\")[:1] in _MONEY
    while tail.endswith(_OPENERS):
        tail = tail[: tail.rindex("\\")].rstrip(_END)
    if not tail or foreign_letters(lead):
        return ""
    last, said = tail[-1], plain_words(lead)
    if (last in "\"'`" and said) or (lead.count('"') % 2 and has_letter(rest)):
        return tail.strip()  # a quotation
    if (last not in ":," and not last.isalpha()) or not said or ("\\" in tail and _COMMAND.search(tail)):
        return ""
    parts = _parts(tail.rstrip(":,"))
    clause = plain_words(parts[-1]) if len(parts) > 1 else said
    if not FOREIGN_NOUNS.isdisjoint(said):
        return ""
    concluded = said[0] in _CONCLUDING
    worked = has_working(tail)
    if last == ",":
        known = (
            concluded
            or worked
            or (clause[:1] != [] and (clause[0] in WORKING or ("=" in answer and clause[0].endswith("ing"))))
            or GOING_ON.issuperset(clause)
            or not _STATES.isdisjoint(clause)
        )
        return "" if known else tail.strip()
    if (
        clause
        and ((clause[0] in _ORDERS and len(clause) > 1) or (clause[0] in _IF and "then" not in clause))
        and "to" not in clause
    ):
        return tail.strip()
    for part, follows in pairwise(parts):
        if not _opens(part) and plain_words(follows)[:1] not in _SO:
            return part.strip()
    if _reported(tail, said, clause) or _of_answer(clause) or _no_statement(clause):
        return tail.strip()
    if last == ":":
        phrase = parts[-1] if len(parts) > 1 else tail
        known = (
            concluded
            or "=" in tail
            or announces(clause)
            or (worked and clause[:1] != [] and (clause[0] in _OPENINGS or clause[0] in WORKING))
            or names_the_answer(phrase, before)
            or (NUMBERED.fullmatch(tail) is not None and not before.strip())
        )
        return "" if known else tail.strip()
    word = said[-1]
    if (word in FUNCTION and word not in _PLACING) or word in _STATING or word.endswith("ly") or concluded:
        return ""
    if (word in ("at", "with") and answer[:1] == "(") or (word == "by" and "exceeds" in said):  # a point
        return ""
    number = has_digit(answer)
    return "" if not number or money or _counted(answer, rest) else tail.strip()


def announces(clause: list[str]) -> bool:
    """Whether a clause before a colon is no label but a sentence that announces a value: "so we get"."""
    if not clause or clause[0] in ("like", "as"):
        return False
    return not _STATES.isdisjoint(clause) or clause[-1] in NO_NOUNS or _ANNOUNCING.issuperset(clause)


def _opens(part: str) -> bool:
    """Whether a part before the clause of an answer opens a statement: "after 3 hours", a name of a list."""
    said = plain_words(part)
    if OBLIGED.search(part):
        return False
    if _MATHS.search(part) or GOING_ON.issuperset(said):
        return True
    if said[0] == "for" or not _EXTREMES.isdisjoint(said) or (len(said) == 1 and said[0].endswith("ly")):
        return False
    if len(said) < 3:
        return True
    if said[0] == "in":
        return said[1] in _DEFINITE
    if said[0] in LIMITS and said[0] != "if":
        return False
    return (
        said[0] in _WRITTEN
        or said[0] in _OPENINGS
        or said[0] in _DEFINITE
        or said[0] in WORKING
        or said[0].endswith(("'s", "ing"))
    )


def _no_statement(clause: list[str]) -> bool:
    """Whether a clause denies, is about one of several, or of somebody's: "a valid output", "our tutor"."""
    if len(clause) > 1 and not DENIALS.isdisjoint(clause[:3]) and clause[-1] not in ("is", "but"):
        return True
    first, then = clause[0] if clause else "", clause[1] if len(clause) > 1 else ""
    if first in ("my", "our"):
        return then not in _LABELS and then not in GOING_ON
    indefinite = first in ("a", "an", "one", "another", "some", "any") and "of" not in clause[:4]
    return indefinite and clause[-1] in BE


def reported(lead: str) -> bool:
    """Whether a number is only what somebody says, thinks or would do: "Tom was told that there were", "Tom
    thinks he has", "we would get"."""
    return _reported(lead, plain_words(lead), plain_words(_parts(lead)[-1]))


def _reported(lead: str, said: list[str], clause: list[str]) -> bool:
    if any(one in _SOURCES and two in _TELLS for one, two in pairwise(clause)):
        return True
    that = _THAT.search(lead) if " that " in lead else None
    told = that is not None and that[1].lower() not in _SHOWING and that[1].lower() not in FUNCTION
    if told and (said[-1] not in BE or said[-2:-1] == ["there"]):
        return True
    if (
        not _PERSONS.isdisjoint(clause)
        and said[-1] not in BE
        and any(word in _PERSONS and _open(before) for before, word in pairwise(clause))
    ):
        return True
    if _told(clause):
        return True
    return not _WOULD.isdisjoint(clause) and any(
        (one in _US and two in _WOULD)
        or (one in _WOULD and two in _US)
        or (one == "it" and two in ("could", "might"))
        for one, two in pairwise(clause)
    )


def _told(clause: list[str]) -> bool:
    """Whether a clause is what somebody else thinks or says: "He thinks the probability is"."""
    if THINKS.isdisjoint(clause) and _THINK.isdisjoint(clause) and _SAYS.isdisjoint(clause):
        return False
    subject = ""
    for word in clause:
        other = subject in _OTHERS or (subject != "" and subject not in FUNCTION)
        if subject in _OTHERS and word in _SAYS:
            return True
        if other and (word in THINKS or (word in _THINK and (subject in _OTHERS or subject.endswith("s")))):
            return True
        if not word.endswith("ly") and word not in ("also", "still", "now", "first"):
            subject = word
    return False


def _parts(text: str) -> list[str]:
    """The parts of a sentence between its commas, semicolons and dashes."""
    if text.isascii() and "," not in text and ";" not in text and "-" not in text:
        return [text]
    return _PARTS.split(text)


def _open(word: str) -> bool:
    return word not in FUNCTION and word not in GOING_ON and not word.endswith("ly")


def _governed(said: list[str]) -> bool:
    """Whether another verb governs that of a number: "would like to have", "used to have", "plans on
    saving"."""
    if len(said) < 3:
        return False
    if len(said) > 3 and said[-2] == "have" and said[-3] in ("could", "should", "might", "may", "must"):
        return True  # could have bought
    verb = said[-1] in ("have", "be", "do") or (said[-1] not in FUNCTION and said[-1] not in _STATING)
    return (said[-2] == "to" and said[-3] not in _GOVERNING and verb) or (
        said[-1].endswith("ing") and said[-2] in _BEFORE_DOING
    )


def _of_answer(said: list[str]) -> bool:
    """Whether it is a part of the answer, or stands beside it: "the numerator of the answer is"."""
    if _ANSWERS.isdisjoint(said[-3:]) or said[-1] not in _IS_SAID:
        return False
    at = next(n for n in range(len(said) - 1, -1, -1) if said[n] in _ANSWERS)
    of = next((n for n in range(at - 1, -1, -1) if said[n] not in _ARTICLES), -1)
    if of < 0 or len(said[of]) == 1 or said[of] == "why":
        return False
    return said[of] in _RELATING or (said[of] not in GOING_ON and said[of] not in FUNCTION)


def unread_between(cue: str, lead: str) -> str:
    """What between "is" and an answer is no way to name it; empty where all of it is ("approximately",
    "equal to").

    Args:
        cue: the text that ends with the cue.
        lead: what stands between the cue and the answer.
    """
    if not lead.isascii() or _IS.search(cue, max(0, len(cue) - 24)) is None:
        return ""
    said = plain_words(_FORMULA.sub(" ", lead))
    if said[:1] == ["that"] and not reported(lead):
        return ""
    return "" if all(len(word) == 1 or word in _NAMING for word in said) else lead.strip()


def _counted(answer: str, rest: str) -> bool:
    """Whether an answer has a unit or sign of its own, or what is counted stands behind it."""
    if has_letter(answer) or "%" in answer or "\u00b0" in answer:
        return True
    clause = _parts(rest)[0]
    said = plain_words(clause)
    at = next((n for n, word in enumerate(said) if word in FUNCTION and word not in _IRREGULAR), len(said))
    if at == 0 and said and _unit(answer, said[0]):
        return True
    return any(_noun(word) or word.endswith("ly") for word in said[:at]) or (bare(answer) == "1" and at > 0)


def counts(clause: str, answer: str) -> bool:
    """Whether the words right behind an answer say what is counted: a plural or a unit, and of what it is
    one."""
    said = plain_words(clause)
    at = next((n for n, word in enumerate(said) if word in FUNCTION and word not in _IRREGULAR), len(said))
    head = said[:at]
    numbers = NUMBER.finditer(clause)
    if any(_alone(clause[: found.start()]) for found in numbers):
        return False
    if not head:
        return True
    if "percent" in said[:-1]:
        return False
    noun = next((word for word in head if _noun(word)), head[-1])
    behind = head[head.index(noun) + 1 :]  # questions answered, pieces left
    one = bare(answer) == "1"
    doing = any(word.endswith("ing") and word not in _ADJECTIVES for word in head)
    plain = not doing and all(_noun(word) or word.endswith(("ed", "en")) for word in behind)
    return len(head) <= 4 and plain and (_noun(noun) or one or _unit(answer, " ".join(head)))


def _noun(word: str) -> bool:
    """Whether a word may be what is counted: a plural, or one of the words that are theirs."""
    return (
        word in _IRREGULAR or word.endswith("fish") or (word.endswith("s") and not word.endswith(_NOT_PLURAL))
    )


def _alone(before: str) -> bool:
    """Whether a number behind an answer belongs to no description of it: "8 boys and 9 girls"."""
    said = plain_words(before)
    return not said or said[-1] not in _BEFORE_NUMBERS or said[-2:-1] == ["and"]


def _unit(answer: str, said: str) -> bool:
    node = reading(f"{bare(answer)} {said}")
    return node is not None and node.op == "qty" and any(power for _, power in node.unit)


def arrives(before: str, lead: str, answer: str, rest: str) -> bool:
    """Whether a text arrives at the number that closes it: worked out or printed before, concluded, or,
    where it is one sentence only, what somebody has, does or costs is counted.

    Args:
        before: the text before the number's sentence.
        lead: the sentence up to the number.
        answer: the number.
        rest: what follows it.
    """
    said = plain_words(lead)
    if not lead.isascii():
        return True
    if len(said) > 2 and (reported(lead) or _governed(said)):
        return False
    if len(said) > 1 and (said[0] in _CONCLUDING or said[:2] in _IN_TOTAL) and said[1] != "far":
        return True
    if said[-1:] == ["that"] or (not _WISHED.isdisjoint(said) and not worked_out(before, answer)):
        return False
    clause = plain_words(_parts(lead)[-1])
    if len(clause) > 1 and clause[0] in _CONCLUDING and clause[1] != "far":
        return True
    concludes = len(said) > 3 and said[0] in ("we", "i") and said[1] in _ARRIVING and said[2] == "that"
    if concludes and _GUESSED.isdisjoint(said):
        return True
    another = _LISTED.search(rest) is not None
    if (
        (_RESULT.issuperset(said) and not another)
        or (said and said[0] in WORKING)
        or (clause[:1] == ["so"] and _RESULT.issuperset(clause))
    ):
        return True
    only = not before and said[:1] == ["the"] and "," not in lead and _SOURCES.isdisjoint(said)
    alone = (before[-2:] == "\n\n" or only) and not has_letter(rest) and _COPULA.search(lead) is not None
    if alone and names_the_answer(_COPULA.sub("", lead), before):
        return True
    number = NUMBER.search(answer)
    ours = bare(number[0]) if number is not None else answer
    if worked_out(before, answer):
        return True
    worked = [found[1] for found in _WORKED.finditer(f"{before}{lead}{answer}")]
    if any(bare(value) == ours for value in worked) or any(equal(value, answer) for value in worked[-3:]):
        return True
    counted = lead.rstrip().endswith("$") or answer[:1] in _MONEY or _counted(answer, rest)
    told = another or "and" in plain_words(rest) or has_digit(before) or (said[:1] != [] and said[0] in _TALK)
    return counted and len(said) > 1 and not lead.rstrip(" $").endswith(":") and not told
