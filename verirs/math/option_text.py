"""The option that a completion states by its text, where no letter is picked."""

from __future__ import annotations

import re
from collections.abc import Callable

from verirs.math.choices import Choices, same_text
from verirs.math.extracting.cues import statement
from verirs.math.extracting.function_words import ALTERNATIVES, CONTRASTS, DENIALS, DOUBTS, MODALS, THINKS
from verirs.math.extracting.labels import FAULTS
from verirs.math.extracting.plain_words import plain_words
from verirs.math.extracting.programs import ends_with_program
from verirs.math.extracting.sentences import EDGE, begin_of_sentence
from verirs.math.extracting.turns import own
from verirs.system.end_tokens import without_end_tokens
from verirs.system.patterns import regex

_IS_OPTION = regex(r"\b(?:is|are|was|were|equals)[\s\"'*:(]+", re.IGNORECASE)
_CLAUSE = regex(r"[:;]|\*\*[:,]|,? (?:because|since)\b")
_ARTICLE = regex(r"(?:the|an?)\s+", re.IGNORECASE)
_UNSURE = DENIALS | ALTERNATIVES | DOUBTS | CONTRASTS | MODALS | THINKS | FAULTS

_SAID_BY_OTHERS = DOUBTS | MODALS | THINKS | {"say", "says", "said"}


def stated(text: str, choices: Choices) -> str | None:
    """The letter of the one option whose text a completion states: behind a cue, as the word that opens a
    text ("No, the buses are fewer."), or at the end of its last sentence ("The largest city is Tokyo.");
    ``None`` where there is none.
    """
    text = own(without_end_tokens(text)) or ""
    if ends_with_program(text):
        return None
    cue = statement(text)
    if cue is not None:
        return _only(choices, lambda option: same_text(option, cue.strip(EDGE + ".")))
    last = text.rstrip()[-400:]
    last = last[begin_of_sentence(last, len(last) - 1) :]
    opened = re.match(r"\W*(\w+)[,.!]", text) or re.match(r"\W*(\w+)[,.!]", last)
    first = re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]
    alone = _SAID_BY_OTHERS.isdisjoint(plain_words(first))
    if opened is not None and choices.letters == "AB" and alone:
        letter = _only(choices, lambda option: same_text(option, opened[1]))
        other = choices.texts["AB".index(letter) - 1] if letter is not None else ""
        if letter is not None and re.search(rf"\b{re.escape(other)}\b", text, re.IGNORECASE) is None:
            return letter
    if (whole := _only(choices, lambda option: len(option) > 8 and same_text(option, last))) is not None:
        return whole
    if not _UNSURE.isdisjoint(plain_words(last)):
        return None
    closing = last.lower().rstrip(" .!*\n")
    held = [option for option in choices.texts if len(option) > 3 and option.lower() in closing]
    if len(held) == 1 and closing.endswith(" " + held[0].lower()):
        return _only(choices, lambda option: same_text(option, held[0]))
    said = [last[found.end() :] for found in _IS_OPTION.finditer(last)]
    ends = [
        _ARTICLE.sub("", end.strip(EDGE + "."), 1) for end in (*said, *(_CLAUSE.split(x)[0] for x in said))
    ]
    return _only(choices, lambda option: any(same_text(end, _ARTICLE.sub("", option, 1)) for end in ends))


def _only(choices: Choices, says: Callable[[str], bool]) -> str | None:
    """The letter of the one option of which something holds."""
    found = [c for c, option in zip(choices.letters, choices.texts, strict=True) if says(option)]
    return found[0] if len(found) == 1 else None
