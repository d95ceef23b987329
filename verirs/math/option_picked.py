"""At which option a completion arrives, and whether it picks it."""

from __future__ import annotations

import re
from typing import NamedTuple

from verirs.math.choices import WRAP, Choices, hangs_on_a_line, letter_named, same_text
from verirs.math.extracting.cues import statement
from verirs.math.extracting.function_words import DENIALS
from verirs.math.extracting.option_kept import IS_IT, MENTIONED, Kept, kept
from verirs.math.extracting.plain_words import plain_words
from verirs.math.extracting.records import denied_field, field
from verirs.math.extracting.sentences import begin_of_sentence, end_of_sentence
from verirs.math.extracting.turns import own
from verirs.system.end_tokens import without_end_tokens
from verirs.system.patterns import regex


class Pick(NamedTuple):
    """The letter (or letters) at which a completion arrives, and whether it picks it."""

    letter: str | None = None
    kept: Kept = Kept.PICKED


def picked(text: str, choices: Choices, *, known: bool = True) -> str | None:
    """The letter (or letters) that a completion picks; ``None`` where it picks none by a letter.

    ``known`` says that the problem is one of multiple choice for sure; then a small letter counts as well.
    """
    pick = arrives_at(text, choices, known=known)
    return pick.letter if pick.kept is Kept.PICKED else None


def arrives_at(text: str, choices: Choices, *, known: bool = True) -> Pick:
    """As :func:`picked`, also of a letter that a completion does not pick, or may not."""
    whole = without_end_tokens(text)
    opened = _OPENED.match(whole)
    text = opened[1] if opened is not None else own(whole) or ""
    if known:
        text = _SMALL.sub(lambda m: f"{m[1]} ({m[2].upper()})", text)
    letter = None if _OPEN_END.search(text) else letter_named(text, choices, known)
    later = _last_named(text, choices)
    if letter is None and later is None:
        return Pick()
    if letter is not None and later not in (None, letter) and _kept(text, later, choices) is Kept.PICKED:
        letter = None  # "It would be C. But ... Final choice: B."
    letter = letter or later or ""
    if _is_quoted(text, letter) or _only_in_code(text, letter) or _OF_LETTERS.search(text):
        return Pick(letter, Kept.UNREAD)
    if len({found[1] for found in _ANSWER_LINE.finditer(text)}) > 2:
        return Pick(letter, Kept.UNREAD)
    if "{" in text and field(text) is not None and _denied_record(text, letter, choices):
        return Pick(letter, Kept.UNREAD)
    if _is_of_another(whole, text) or _has_other_letters(text, letter, choices):
        return Pick(letter, Kept.UNREAD)
    return Pick(letter, _kept(text, letter, choices))


def _kept(text: str, letter: str, choices: Choices) -> Kept:
    option = choices.text(letter) if len(letter) == 1 else None
    plain, said = WRAP.sub(" ", text), WRAP.sub(" ", option or "")
    marked = letter in {found[1] or found[2] for found in _MARKED.finditer(text)}
    return kept(plain, letter, choices.letters, said, marked=marked)


_SMALL = regex(r"\b([Oo]ption|[Cc]hoice|[Aa]nswer|[Ss]tatement) \(([a-j])\)")
_OF_LETTERS = regex(
    r"\b(?:every|each|all|my|the) letters?\b[^.\n]*"
    r"\b(?:read as|shifted|reversed|swapped|one (?:before|after)|moved)\b",
    re.IGNORECASE,
)
"""What a text says of how its letters are to be read."""
_ANSWER_LINE = regex(
    r"^[^\w\n]{0,9}(?:final )?answer[^\w\n:]{0,9}:[^\w\n]{0,9}([A-Z])[^\w\n]{0,9}$",
    re.MULTILINE | re.IGNORECASE,
)
_CODE = regex(r"```(?!json)[a-z]*\n.*?```", re.DOTALL)
_MARKED = regex(r"\\boxed\{\W*(?:\\?text\w*\{)?\W*([A-Z])\b|\*\*\W*([A-Z])\b\W*\*\*")
_OPENED = regex(r"\s*([(\[]?[A-Z][)\].]?)[ \t]{0,9}\n\s{0,9}(?:Question|Q|Problem)\b")
"""A base model's answer, and the question that it goes on with."""
_OPEN_END = regex(r"(?:\n|[.?!]\s)[*_# ]*(?:A|Ans|Answer|Final answer|The answer is)[*_ ]*:[*_\s]*\Z")
_QUESTION_LINE = regex(r"^[*_# ]*(?:Q|Question|Problem)\s*\d*\s*[:.)]", re.MULTILINE)
_NUMBERED = regex(r"\b(?:Problem|Question|Exercise|Example|Q)\s*(\d+)\b\s*(?:\([^)]*\))?\s*[:.)]")
_EQUATED = regex(r"(?<![A-Za-z])([A-Z]) = ([^,;.\n]+)")
_LETTERED = regex(r"^[ \t*(]*([A-Z])[ \t*]*[=:.)\u2192][ \t]*(\S.*?)[ \t.*]*$", re.MULTILINE)


_MARKS = ("\\boxed", "####", "<answer>", '"answer"')


def _last_named(text: str, choices: Choices) -> str | None:
    """The letter that the last sentence with one names, where it is but one and none is denied there: "C it
    is", "Going with B", "The largest planet is (D) Jupiter"."""
    if not choices.texts or _OPEN_END.search(text) or any(map(text.__contains__, _MARKS)):
        return None
    cue = statement(text)
    if cue is not None and len({m[1] for m in MENTIONED.finditer(cue)} & set(choices.letters)) > 1:
        return None
    plain = WRAP.sub(" ", text)[-800:]
    found = [m for m in MENTIONED.finditer(plain) if m[1] in choices.letters]
    if not found:
        return None
    begin = begin_of_sentence(plain, found[-1].start(1))
    sentence = plain[begin : end_of_sentence(plain, found[-1].end())]
    named = {m[1] for m in found if m.start(1) >= begin}
    if len(named) != 1 or hangs_on_a_line(text):
        return None
    last = found[-1]
    if plain[: last.start(1)].rstrip(" (").lower().endswith((" or", " and", ",", "/", "&")):
        return None
    letter, behind = last[1], plain[last.end() :].lstrip(" ).:,(").lower()
    own_text = (choices.text(letter) or "").lower()
    if own_text and behind.startswith(own_text):
        after = behind[len(own_text) :].lstrip(" ).,:")
        goes_on = after[: end_of_sentence(after)] if after[:1].isalpha() else ""
        denied = not DENIALS.isdisjoint(plain_words(goes_on))
        return None if denied or (_SUBJECT.match(goes_on) and not IS_IT.match(goes_on)) else letter
    if not DENIALS.isdisjoint(plain_words(sentence)) or (_SUBJECT.match(behind) and not IS_IT.match(behind)):
        return None
    said = [text.lower() for text in choices.texts if text and behind.startswith(text.lower())]
    return None if said or behind[:1].isdigit() else letter


_SUBJECT = regex(r"(?:is|are|was|were|has|have|had|would|could|might|may|can|does|did|will|[a-z]+s)\b")


def _only_in_code(text: str, letter: str) -> bool:
    """Whether a letter stands in a block of code alone, while the text says more than that."""
    if "```" not in text:
        return False
    said = _CODE.sub(" ", text)
    return said.strip() != "" and said != text and not any(m[1] in letter for m in MENTIONED.finditer(said))


def _is_quoted(text: str, letter: str) -> bool:
    """Whether the last sentence with a letter is what somebody is quoted with: 'He wrote "It is D."'."""
    at = max(text.rfind(f" {letter}"), text.rfind(f"({letter}"))
    opened = text.rfind('"', text.rfind("\n", 0, at) + 1, at) if at >= 0 and "{" not in text else -1
    odd = text.count('"', text.rfind("\n", 0, at) + 1, at) % 2 == 1 if opened >= 0 else False
    return odd and len(plain_words(text[opened:at])) > 1


def _denied_record(text: str, letter: str, choices: Choices) -> str:
    """What takes back the letter of a record; a field that holds its option's text says the same again."""
    option = choices.text(letter) if len(letter) == 1 else None
    return denied_field(text if option is None else text.replace(f'"{option}"', f'"{letter}"'))


def _is_of_another(whole: str, mine: str) -> bool:
    """Whether the answered question stands in the text itself, and another one behind it: which of them was
    asked is not clear.
    """
    if len({m[1] for m in _NUMBERED.finditer(mine)}) > 1:
        return True
    first = _QUESTION_LINE.search(mine)
    return first is not None and _QUESTION_LINE.search(whole, first.end()) is not None


def _has_other_letters(text: str, letter: str, choices: Choices) -> bool:
    """Whether a text gives its options letters of its own, other than the problem's."""
    own_text = choices.text(letter) if len(letter) == 1 else None
    if own_text is None:
        return False
    said = [m[2] for m in (*_LETTERED.finditer(text), *_EQUATED.finditer(text)) if m[1] == letter]
    others = [other for other in choices.texts if not same_text(other, own_text)]
    return any(same_text(line, other) for line in said for other in others)
