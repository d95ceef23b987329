"""Are two bare answers the same? The entry point of the checker.

Exact paths first: the same text, the same number. Then both are read into values and compared. All
of it runs in the calling thread within milliseconds, behind a cost guard; what only algebra can
decide is handed to a worker process by :mod:`verirs.math.comparing.algebra`, where the caller gave one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from verirs.errors import UserError
from verirs.math.beside import say_different_things
from verirs.math.choices import LETTERS, Choices, lists_others
from verirs.math.comparing.molecules import molecule
from verirs.math.conventions import DEFAULT, Conventions
from verirs.math.extract import extract
from verirs.math.golds import BEST_FIRST, Answer, as_text, golds
from verirs.math.judgement import Judgement, score
from verirs.math.option_picked import picked
from verirs.math.reading.layout import undressed, unlaid
from verirs.math.reading.read import choice, option_text, read
from verirs.math.reasons import VERDICTS, contradict, gold_statement, statement
from verirs.math.values import NUMBERS, OPAQUE, Node, Refused, contains, words
from verirs.system.patterns import regex
from verirs.types import Score, Verdict

MAX_ANSWER = 65_536
ANY_LETTER = Choices(LETTERS[:10])
"""The options of a problem that says nothing of them, where its gold is one of these letters."""
_SHORT = 400
_DRESS = 24
"""Characters more on one side within which two texts may still be one in another dress."""
_PLAIN = regex(r"-?(?:0|[1-9]\d{0,17})(?:\.0{1,6})?")

_LETTER = regex(r"(?:\\text\{)?(?:(?:[Oo]ption|[Cc]hoice|[Aa]nswer) \(?([A-J])\)?|([A-J])\))\}?\.?")
"""A gold answer that is the letter of an option."""

_SENTENCE = 8
"""Words of a gold answer from which on it is a sentence, which may be said in other words."""
_LONG = 60
_STATES = regex(
    r"\s*(?:[A-Z][a-z]+|[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Ww]e|[Tt]here|[Tt]he [a-z]+)(?: (?:will|would|has|have|"
    r"had|can))?"
    r" (?:is|are|were|has|have|had|be|(?!lacks|misses|exceeds|differs|divides|equals)[a-z]{2,}s|"
    r"[a-z]{2,}ed|got|made|paid|"
    r"spent|sold|bought|took|ate|lost|won|left|need|get|make|earn|cost|pay|spend|sell|buy|take|eat|save)"
    r" \\?\$?\d[\d,.]*%?(?: (?!(?:fewer|less|more|than|if|or|not|times|short|off)\b)[a-z]+){0,8}\.?\s*"
)
"""A plain sentence in place of an answer: ``She has 18 apples left.``"""
_TELLS = regex(
    r"\s*[A-Z][a-z']*(?: [a-z']+){1,9} \\?\$?(\d[\d,]*(?:\.\d+)?)(?: [a-z]+){0,4}\.?\s*",
)
"""A gold sentence with one number, which it ends with: ``The tank holds 30 liters.``"""
_SAYS_MORE = words(
    "not no none never neither nor or either between at least most more less fewer than if unless every each "
    "per except only case step part chapter question day week year number team room page all any other "
    "another first lemma theorem figure table example problem section grade follows"
)
"""Words by which a sentence says more, or other, than its number."""
_NAMES = frozenset(("sym", "app"))
_VALUED = regex(r"[\d=]")
_SAME_TEXT = Judgement(Verdict.PASS, "the same text", "text")
_SAME_NUMBER = Judgement(Verdict.PASS, "the same number", "number")
_OTHER_NUMBER = Judgement(Verdict.FAIL, "another number", "number")
_OTHER_REASON = Judgement(Verdict.FAIL, "its reason contradicts the gold answer's", "words")
_OTHER_WORDS = Judgement(
    Verdict.ABSTAIN, "the same number, but each answer says something else of it", "words"
)
_DIFFERENT = Judgement(Verdict.FAIL, "different", "words")
_COUNTED = frozenset(("qty", "pct", "ambiguous", "seq"))
_NO_ANSWER = Judgement(Verdict.FAIL, "the answer is empty", "text")
_NO_GOLD = Judgement(Verdict.ABSTAIN, "there is no gold answer", "text")


def judge(gold: str, answer: str, conventions: Conventions = DEFAULT) -> Judgement:
    """Compare two bare answers in this process. Never raises on any text."""
    if gold == answer and gold and not gold.isspace():
        return _SAME_TEXT
    if _PLAIN.fullmatch(gold) and _PLAIN.fullmatch(answer) and conventions.tolerance is None:
        return (
            _SAME_NUMBER if float(gold) == float(answer) and _whole(gold) == _whole(answer) else _OTHER_NUMBER
        )
    return (_remembered if len(gold) + len(answer) <= _SHORT else _judged)(gold, answer, conventions)


def _whole(text: str) -> int:
    return int(text.partition(".")[0])


def _judged(gold: str, answer: str, conventions: Conventions) -> Judgement:
    if not gold.strip():
        return _NO_GOLD
    if len(answer) > MAX_ANSWER:
        return Judgement(Verdict.FAIL, f"the answer is too costly: {len(answer)} characters", "guard")
    if not answer.strip():
        return _NO_ANSWER
    if abs(len(gold) - len(answer)) < _DRESS and undressed(gold) == undressed(answer):
        return _SAME_TEXT
    try:
        g = read_gold(gold)
    except Refused as error:
        return Judgement(Verdict.ABSTAIN, f"the gold answer is too costly: {error}", "guard")
    try:
        a = read_answer(answer, g)
    except Refused as error:
        return Judgement(Verdict.FAIL, f"the answer is too costly: {error}", "guard")
    if a.op == "sym" and g.op != "sym" and len(a.name) == 1 and a.name.isupper():
        g = choice(gold) or g
    if conventions.tolerance is not None:
        from verirs.math.comparing.tolerance import own_error

        if own := own_error(g):
            g, conventions = own[0], replace(conventions, tolerance=own[1])
    if g.op == "text" and a.op in NUMBERS:
        g = _told(gold) or g
    if _other_molecule(gold, answer) or _lists_options(gold, answer, g):
        return _DIFFERENT
    judgement = compare_values(g, a, conventions)
    if judgement.verdict is Verdict.PASS and g.op in ("text", "seq") and contradict(gold, answer):
        return _OTHER_REASON
    if judgement.verdict is Verdict.PASS and g.op in _COUNTED and say_different_things(gold, answer):
        return _OTHER_WORDS
    if judgement.verdict is Verdict.PASS or (g.op in NUMBERS and a.op in NUMBERS):
        return judgement
    if a.op != "sym" and (option := option_text(gold)) is not None:
        return compare_values(read(option), a, conventions)
    letter = g.op == "sym" and g.name in ANY_LETTER.letters
    if not letter and (option := option_text(answer)) is not None:
        return compare_values(g, read(option), conventions)
    return _of_molecules(gold, answer) or judgement


def _told(gold: str) -> Node | None:
    """The number that a plain gold sentence tells, with its unit."""
    found = _TELLS.fullmatch(gold)
    if found is None or not _SAYS_MORE.isdisjoint(gold.lower().rstrip(". ").split()):
        return None
    value = read(gold[found.start(1) :])
    return value if value.op in NUMBERS else None


def _other_molecule(gold: str, answer: str) -> bool:
    """Whether two answers are formulas of different molecules, each of more than one element: ``C_3H_6`` and
    ``C_2H_6`` are no constants times a letter."""
    if "_" not in gold or "_" not in answer or len(gold) + len(answer) > _SHORT:
        return False
    one, two = molecule(gold), molecule(answer)
    several = all(f is not None and sum(c.isupper() for c in f) > 1 for f in (one, two))
    return several and one != two


def _lists_options(gold: str, answer: str, g: Node) -> bool:
    """Whether one of two different answers goes on behind its first letter with other options:
    "(A) Assets, (B) Income"."""
    first = g.items[0] if g.op == "seq" and len(g.args) > 2 else g
    name = first.value if first.op == "qty" else first
    if name.op != "sym" or name.name not in ANY_LETTER.letters:
        return False
    listed = any(lists_others(text, name.name, ANY_LETTER.letters) for text in (gold, answer))
    return listed and undressed(gold).lower().split() != undressed(answer).lower().split()


def _of_molecules(gold: str, answer: str) -> Judgement | None:
    formula = molecule(gold)
    if formula is None:
        return None
    if formula == molecule(answer):
        return Judgement(Verdict.PASS, "equal", "words")
    return Judgement(Verdict.FAIL, "different", "words") if "\\" in gold else None


_remembered = lru_cache(maxsize=8192)(_judged)  # the samples of one problem repeat each other's answers


def compare_values(g: Node, a: Node, conventions: Conventions) -> Judgement:
    """Compare two values that were read before."""
    from verirs.math.comparing.compare import Comparison  # loads python-flint

    comparison = Comparison(conventions)
    try:
        same = comparison.equal(g, a)
    except Refused as error:
        if _costly(g):
            return Judgement(Verdict.ABSTAIN, f"the gold answer is too costly: {error}", "guard")
        return Judgement(Verdict.FAIL, f"the answer is too costly: {error}", "guard")
    used = tuple(comparison.used)
    if same:
        return Judgement(Verdict.PASS, "equal", comparison.method, used)
    if comparison.undecided:
        reason = f"neither shown equal nor different: {comparison.undecided}"
        algebra = contains(g, OPAQUE) or contains(a, OPAQUE)
        return Judgement(Verdict.ABSTAIN, reason, comparison.method, used, algebra)
    if g.op == "raw":
        return Judgement(Verdict.ABSTAIN, f"the gold answer cannot be read{_unread(g)}", "raw", used)
    if g.op == "text" and a.op in ("text", "raw") and len(g.args) > _SENTENCE:
        return Judgement(
            Verdict.ABSTAIN, "the gold answer is a sentence, and the answer is another", "words", used
        )
    if a.op == "raw" and g.op != "raw":
        return Judgement(Verdict.FAIL, f"the answer cannot be read{_unread(a)}", comparison.method, used)
    return Judgement(Verdict.FAIL, "different", comparison.method, used)


def _unread(node: Node) -> str:
    """What of a text was not understood, where that is known."""
    return f": {node.unread}" if node.op == "raw" and node.unread else ""


def _costly(g: Node) -> bool:
    """Whether a value alone is beyond the guard."""
    from verirs.math.comparing.evaluate import exact

    try:
        if g.op not in ("seq", "matrix", "rel", "text", "raw"):
            exact(g)
    except Refused:
        return True
    return False


@lru_cache(maxsize=4096)
def read_gold(gold: str) -> Node:
    """The value of a gold answer, read once; a whole solution counts by its final answer."""
    if letter := _LETTER.fullmatch(gold):
        return Node("sym", (letter[1] or letter[2],))
    if (stated := gold_statement(gold)) is not None:
        return stated
    if "\\boxed" in gold or "####" in gold:
        found = extract(gold, trusted=True)
        if found.answer is not None:
            return read(found.answer)
        if "\\boxed{" in gold:  # a box cut off
            return read(gold[gold.rindex("\\boxed{") + 7 :])
    node = read(gold)
    if node.op == "seq" and "i.e." in gold:
        return _said_twice(node.items) or Node("raw", (gold, "'i.e.' before what is not the same"))
    if (node.op == "raw" and " " in gold.strip()) or (node.op == "text" and len(gold) > _LONG):
        found = extract(gold, trusted=True)
        told = found.answer is not None and found.method != "number"
        if told and found.sure == "guessed" and _named_twice(gold, found.answer or ""):
            told = read(found.answer or "").op not in _NAMES  # "u_1 for the first ball and ..."
        if told and found.answer and (len(gold) > _LONG or _VALUED.search(found.answer)):
            return read(found.answer)
    return node


def _named_twice(gold: str, answer: str) -> bool:
    """Whether a gold answer names what was found in it more than once."""
    return len(answer) > 2 and gold.count(answer) > 1


def _said_twice(values: Sequence[Node]) -> Node | None:
    """The first of values that are all the same."""
    first, *others = values
    same = all(compare_values(first, x, DEFAULT).verdict is Verdict.PASS for x in others)
    return first if same else None


def read_answer(answer: str, g: Node) -> Node:
    """The value of an answer; where it is a sentence, of what it says the answer is."""
    if g.op == "sym" and g.name in ANY_LETTER.letters:
        letter = picked(answer, ANY_LETTER, known=False)
        if letter is not None and len(letter) == 1:
            return Node("sym", (letter,))
        if letter is None and lists_others(answer, g.name, ANY_LETTER.letters):
            return Node("raw", (answer,))
    if g.op == "text" and g.args in VERDICTS and (stated := statement(answer)) is not None:
        return stated
    if "\\boxed" in answer or "<answer>" in answer or "####" in answer:
        found = extract(answer)
        if found.answer is not None:
            return read(found.answer)
        return Node("raw", (answer,))
    node = read(answer)
    if node.op in ("raw", "text") and " " in answer.strip() and g.op not in ("raw", "text"):
        found = extract(answer)
        told = found.method == "phrase" and node.op == "raw"
        if found.answer is not None and (told or _STATES.fullmatch(unlaid(answer))):
            return read(found.answer)
    return node


def equivalent(
    gold: Answer | Sequence[Answer] | None, answer: Answer | None, conventions: Conventions = DEFAULT
) -> Score:
    """Judge one bare answer against the gold one. Never raises on any text or number; of several golds
    one is enough.

    The verdict is ``pass``; ``fail``: they differ, or the answer costs too much to read; ``abstain``:
    there is no gold answer, it cannot be read, or nothing decides; ``error``: the worker that was
    needed for a sum, an integral or a limit died. ``details`` holds the method and the conventions used.
    Equal calls may return the same object.

    Raises:
        UserError: an answer that is neither a text nor a number.
    """
    if not (isinstance(gold, str) and isinstance(answer, str)):
        return _of_any(gold, answer, conventions)
    if conventions is DEFAULT and len(gold) + len(answer) <= _SHORT:
        known = _known(gold, answer)
        if known is not None:
            return known
    judgement = judge(gold, answer, conventions)
    if judgement.undecided:
        from verirs.math.comparing.algebra import settled, shared

        judgement = settled(judgement, shared().call(gold, answer))
    return score(judgement, answer)


def _of_any(gold: Any, answer: Any, conventions: Conventions) -> Score:
    """As :func:`equivalent`, of what may be a number or a list of golds."""
    try:
        texts, text = golds(gold), as_text(answer)
    except ValueError as error:
        raise UserError(f"equivalent: {error}") from error
    scores = [
        score(_NO_GOLD if one is None else _NO_ANSWER, text)
        if one is None or text is None
        else equivalent(one, text, conventions)
        for one in texts
    ]
    return next(s for verdict in BEST_FIRST for s in scores if s.verdict is verdict)


@lru_cache(maxsize=8192)
def _known(gold: str, answer: str) -> Score | None:
    """The score of a pair that needs no worker; building one takes longer than most comparisons."""
    judgement = judge(gold, answer)
    return None if judgement.undecided else score(judgement, answer)
