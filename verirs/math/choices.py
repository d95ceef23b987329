"""Multiple choice: the options of a problem, and which of their letters a completion picks.

A letter counts where it stands as an answer: in a box or a tag, behind "the answer is", in "option D
is correct",
alone on the last line. One that stands in prose ("A train ...") never does, nor one that is denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verirs.math.extracting.boxes import last_box, last_tag
from verirs.math.extracting.cues import statement
from verirs.math.extracting.function_words import DENIALS
from verirs.math.extracting.option_kept import MENTIONED, breaks_off
from verirs.math.extracting.option_verdicts import CLOSE, CONNECTIVE, DENIES, NAME, OPEN, verdicts
from verirs.math.extracting.plain_words import plain_words
from verirs.math.extracting.records import field
from verirs.math.extracting.sentences import EDGE
from verirs.system.patterns import regex

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WRAP = regex(
    r"\\(?:text|textbf|textit|textrm|textsf|mathrm|mathbf|mathsf|mathit|boldsymbol|bf|rm|operatorname|"
    r"boxed|fbox|underline)\b"
    r"\s*|\\[()\[\]]|\\[,;:! ]|[{}$*_`\"'\u201c\u201d]"
)
_LEAVES = regex(r"\b(?:leaving|leaves|so|thus|hence|therefore|remains?|only|then)\b", re.IGNORECASE)
_OPTION_LINE = regex(
    r"^[ \t]*(?:[-*]\s*)?[(\[]?([A-Z])[)\].:\uff0e\u3001\uff1a][ \t]+(\S.*?)[ \t]*$", re.MULTILINE
)
_OPTION_INLINE = regex(
    r"(?:\\(?:textbf|text|mathrm|mathbf)\s*\{\s*)?\(([A-Z])\)(?:\s*\})?\s*(?:\\[ ,;:]|~)*\s*(.+?)\s*"
    r"(?=(?:\\q?quad|[\s,;$])*(?:\\(?:textbf|text|mathrm|mathbf)\s*\{\s*)?\([A-Z]\)|\n|$)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of one problem.

    Args:
        letters: their letters, in order.
        texts: their texts, in the same order; empty where only the letters are known.
    """

    letters: str
    texts: tuple[str, ...] = ()

    def text(self, letter: str) -> str | None:
        """The text of an option; ``None`` where texts are not known."""
        return self.texts[self.letters.index(letter)] if self.texts and letter in self.letters else None


def choices_of(given: Any) -> Choices | None:
    """Options as people write them: ``"ABCD"``, a list of texts, a table of texts by letter, or lists
    ``label`` and
    ``text``; ``None`` where there are none.

    Raises:
        ValueError: anything else.
    """
    if (
        given is None
        or isinstance(given, Choices)
        or (isinstance(given, (str, Sequence, Mapping)) and not given)
    ):
        return given if isinstance(given, Choices) else None
    if isinstance(given, str):
        letters = re.sub(r"[\s,;/|]+", "", given).upper()
        if letters.isalpha() and letters.isascii() and len(set(letters)) == len(letters) > 1:
            return Choices(letters)
        raise ValueError(
            f"choices = {given!r}: letters, each once, as in 'ABCD', or a list of the options' texts"
        )
    if isinstance(given, Mapping):
        if isinstance(given.get("label"), Sequence) and isinstance(given.get("text"), Sequence):
            given = dict(zip(given["label"], given["text"], strict=True))
        letters = "".join(map(str, given)).upper()
        if len(letters) != len(given) or len(set(letters)) != len(letters) or not letters.isalpha():
            raise ValueError(f"choices has the keys {list(given)!r}; each must be one letter")
        return Choices(letters, tuple(str(text).strip() for text in given.values()))
    if (
        isinstance(given, Sequence)
        and not isinstance(given, bytes)
        and all(isinstance(t, (str, int, float)) for t in given)
    ):
        if len(given) > len(LETTERS):
            raise ValueError(f"choices has {len(given)} options; there may be {len(LETTERS)} at most")
        texts = tuple(str(text).strip() for text in given)
        marked = [re.match(r"[(\[]?([A-Z])[)\].:]\s*", text) for text in texts]
        if all(marked) and "".join(m[1] for m in marked if m) == LETTERS[: len(texts)]:
            texts = tuple(text[m.end() :] for text, m in zip(texts, marked, strict=True) if m)
        return Choices(LETTERS[: len(texts)], texts)
    raise ValueError(f"choices is {type(given).__name__}; it must be letters, a list of texts or a table")


def choices_in(question: str) -> Choices | None:
    """The options that a problem's text lists: lines ``A) ...`` or ``(A) ... (B) ...``, from A on
    without a gap."""
    for pattern in (_OPTION_LINE, _OPTION_INLINE):
        found = [(m[1], m[2].strip(" $\\")) for m in pattern.finditer(question)]
        starts = [i for i, (letter, _) in enumerate(found) if letter == "A"]
        for start in reversed(starts):
            run = found[start : start + len(LETTERS)]
            length = 0
            while length < len(run) and run[length][0] == LETTERS[length]:
                length += 1
            if length >= 2:
                return Choices(LETTERS[:length], tuple(text for _, text in run[:length]))
    return None


def letters_of(gold: str, choices: Choices) -> str | None:
    """The letter of a gold answer (several, sorted, where it has several): ``C``, ``(C)``, ``C.
    text``, ``A, C``,
    or the text of one option; ``None`` where it is none."""
    bare = _bare(gold)
    letter = _one(bare, choices, lower=True)
    if letter is not None:
        return letter
    several = _several(bare, choices)
    if several is not None:
        return several
    same = [c for c, text in zip(choices.letters, choices.texts, strict=False) if same_text(text, gold)]
    return same[0] if len(same) == 1 else None


def letter_named(text: str, choices: Choices, known: bool) -> str | None:
    """The letter (or letters) that a text names as its answer, as far as its own place tells."""
    for said in _places(text, choices.letters):
        bare = _bare(said)
        letter = _one(bare, choices, lower=known)
        if letter == _NEITHER:
            return None
        letter = letter or _several(bare, choices) or _in_sentence(bare, choices)
        if letter is not None:
            return letter
        if said and _is_marked(text):
            return None
    return _alone(text, choices, lower=known)


def _is_marked(text: str) -> bool:
    return "\\boxed" in text


def _places(text: str, letters: str) -> Iterator[str]:
    """What may name the letter: marked places first, then the last cue, then verdicts on an option; behind
    a cue with several letters only those that follow it."""
    within = last_tag(text)
    if within is not None and within[0]:
        yield within[0]
    box = last_box(text)
    cue = statement(text)
    if box is not None and box.content:
        if cue is not None and _LETTER_ONLY.fullmatch(_bare(cue)) and text.rfind(cue) > box.end:
            yield cue
        yield box.content
    if "####" in text:
        yield text.rpartition("####")[2].strip("# ").partition("\n")[0]
    if "{" in text and (value := field(text)):
        yield value
    if cue is not None:
        yield cue
        if len({m[1] for m in MENTIONED.finditer(cue)} & set(letters)) > 1:
            text = text[text.rfind(cue) + len(cue) :]
    yield from verdicts(text)


_LABEL = regex(r"[(\[]?[a-j][.)]\s+\S|[(\[]?[a-j][.)\]]+$")
_LETTER_ONLY = regex(rf"\s*{OPEN}[A-Z]{CLOSE}[.\s]*")
_SO = regex(
    rf"\b(?i:so|thus|hence|therefore|i\.e\.|which is|that is|namely|leaving|leaves|it's|that's)[,:]?\s+"
    rf"(?:{NAME}\s+)?"
    rf"{OPEN}([A-Z]){CLOSE}[.\s]*$"
)


def _alone(text: str, choices: Choices, *, lower: bool) -> str | None:
    """A text that is an option, or one whose last line is an option's letter or bold letter alone."""
    stripped = text.strip()
    lines = [line.strip() for line in stripped[-400:].split("\n") if line.strip()]
    if not lines:
        return None
    lower = lower or _LABEL.match(stripped) is not None
    letter = (
        _one(_bare(stripped), choices, lower=lower) if len(stripped) <= 400 and "\n" not in stripped else None
    )
    if letter is not None:
        return letter if letter != _NEITHER else None
    last = re.search(r"\*\*\s*[(\[]?([A-Z])[)\].]?\s*\*\*[\s.]*$", lines[-1])
    if last and last[1] in choices.letters:
        return last[1]
    if (letter := _with_its_text(_bare(lines[-1]), choices)) and len(_OPTION_LINE.findall(stripped)) < 2:
        return letter
    if (letter := _with_its_text(_bare(lines[0]), choices)) and len(_OPTION_LINE.findall(stripped)) < 2:
        return letter
    right = {found[1] for found in _TICKED.finditer(stripped)}
    if len(right) == 1 and len(_OPTION_VERDICT.findall(stripped)) > 1 and right <= set(choices.letters):
        return right.pop()
    if _LETTER_ONLY.fullmatch(_bare(lines[0])) and "\n" in stripped:
        letter = _bare(stripped.partition("\n")[0]).strip(" ()[]\uff08\uff09.")
        return letter if letter in choices.letters and letter else None
    so = _SO.search(_bare(lines[-1]))
    if so and so[1] in choices.letters:
        return so[1]
    if hangs_on_a_line(stripped):
        return None
    end = _LETTER_ONLY.fullmatch(_bare(lines[-1]))
    found = _bare(lines[-1]).strip(" ()[]\uff08\uff09.") if end else ""
    return found if found in choices.letters and found else None


_LINE_OF_ONE = r"^[-*\t ]{0,9}\(?([A-Z])[)\].:]?[^\w\n]{0,9}?[\t :]{1,4}"
_YES = r"Correct|Right|True|Yes|\u2705|\u2713|\u2714"
_TICKED = regex(rf"{_LINE_OF_ONE}(?:{_YES})(?=\W)", re.MULTILINE)
_OPTION_VERDICT = regex(
    rf"{_LINE_OF_ONE}(?:{_YES}|Wrong|Incorrect|False|No|Irrelevant|\u274c|\u2717|\u2718)(?=\W)", re.MULTILINE
)
"""Lines that judge one option each; of which one is right: "(B) Correct: it undermines ..."."""


def hangs_on_a_line(text: str) -> bool:
    """Whether the line before the last one is a sentence that the letter below ends: "The unit of it is"."""
    lines = [line.strip() for line in text[-400:].split("\n") if line.strip()]
    return len(lines) > 1 and breaks_off(lines[-2])


def _with_its_text(line: str, choices: Choices) -> str | None:
    """The letter of a line that is an option as the problem lists it: "B. No"."""
    found = _OPTION_LINE.fullmatch(line)
    option = choices.text(found[1]) if found is not None else None
    return found[1] if found is not None and option is not None and same_text(option, found[2]) else None


def _bare(said: str) -> str:
    return WRAP.sub(" ", said).strip(EDGE + ".\u3002")


_STARTS = regex(
    rf"(?:{NAME}\s*(?:is|:|\uff1a|是|"
    rf"为)?\s*)?(?P<open>{OPEN})\s*(?P<letter>[A-Za-z])\s*(?P<close>{CLOSE})(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
)


_NUMERALS = regex(r"[\s,;]*(?:(?:and|or|&)\s+)?(?:I{1,3}|IV|VI{0,3})\b(?!\s+[a-z])")
_LISTED = regex(r"(?<![A-Za-z0-9(])\(?([A-Z])[).\uff0e\u3001][ \t]*(?=[^\s.])")
_NEITHER = ""
"""The letter of one option with the text of another."""


def _one(bare: str, choices: Choices, *, lower: bool) -> str | None:
    """The letter of a text that is a letter, with its option's text or a reason behind it."""
    found = _STARTS.fullmatch(bare)
    if found is None:
        return None
    letter, rest = found["letter"], found["rest"].strip(" .\u3002")
    named = found.start("letter") > 2 or bool(found["open"] or found["close"])
    if letter.islower() and not (
        lower and (not rest or found["close"] or re.match(r"\s*[.:)]\s", found["rest"]))
    ):
        return None
    letter = letter.upper()
    if letter not in choices.letters:
        return None
    if not rest:
        return letter
    behind = found["rest"]
    if behind.lstrip().startswith("?"):
        return None
    if re.match(r"[A-Za-z0-9'\u2019^_]|\s*[=+*/<>^_\\]|-\w", behind):
        return None
    if lists_others(behind, letter, choices.letters):
        return None  # all options again: A. 1 B. 2 C. 3
    label = re.match(r"\s*[.:)\uff0e\uff1a\u3001,;\u2014\u2013-]\s*(.*)", behind, re.DOTALL)
    option = choices.text(letter)
    if label is None and not named and letter in "AI" and not re.match(rf"\s+{CONNECTIVE}", behind):
        return None  # an article, a pronoun
    if re.match(r"[\s,;]*(?:or|oder|ou|o|of|and|und|et|y|或|和|[&/,;])\s*[(\[]?[A-Z]\b", behind):
        return None
    if behind.lstrip().startswith("の"):
        return None  # the one before D
    if letter in "IV" and _NUMERALS.match(behind):
        return None  # I, II and III: statements, no options
    if re.match(r"\s*(?:is|are|was)\s+(?:n't|not|incorrect|wrong|false)", behind) or re.match(
        r"\s*是?(?:不|错)", behind
    ):
        return None
    rest = (label[1] if label else rest).strip(EDGE + ".")
    if (
        option is not None
        and rest
        and any(
            same_text(text, rest)
            for other, text in zip(choices.letters, choices.texts, strict=True)
            if other != letter
        )
        and not same_text(option, rest)
    ):
        return _NEITHER
    return letter


def lists_others(behind: str, letter: str, letters: str) -> bool:
    """Whether other options with their texts stand behind a letter, and nothing is denied."""
    others = (other[1] for other in _LISTED.finditer(behind))
    listed = any(other != letter and other in letters for other in others)
    return listed and DENIALS.isdisjoint(plain_words(behind))


def _several(bare: str, choices: Choices) -> str | None:
    """Several letters, sorted: ``A, C``, ``A and C``, ``AC``."""
    found = re.fullmatch(
        r"[(\[]?([A-Z])[)\]]?"
        r"(?:\s*(?:[,;\u3001\uff0c]\s*)?(?:(?:&|and|und|et|y|和)\s*)?[(\[]?([A-Z])[)\]]?)+[)\]]?",
        bare,
    )
    if found is None:
        return None
    letters = re.findall(r"[A-Z]", re.sub(r"[a-z]+", "", bare))
    if len(set(letters)) != len(letters) or not set(letters) <= set(choices.letters):
        return None
    return "".join(sorted(letters))


_OF_A_FIGURE = regex(
    r"\b(?:vertex|vertices|point|points|angle|side|line|segment|triangle|circle|set|event|matrix|node|"
    r"team|town|city|vitamin)\s*[(\[]?$",
    re.IGNORECASE,
)
"""What a letter names that picks nothing: "vertex C"."""


def _in_sentence(bare: str, choices: Choices) -> str | None:
    """The one letter that a sentence behind a cue affirms: "C, not A", "rules out C, leaving D", "I
    think it is B"."""
    kept: list[str] = []
    for found in re.finditer(
        r"(?<![A-Za-z0-9'\u2019\\^_=-])(?<![=+*/<>]\s)[(\[]?([A-Z])[)\]]?(?![A-Za-z0-9'\u2019^_])(?!\s*[=+*/<>^])",
        bare,
    ):
        letter = found[1]
        behind = bare[found.end() :]
        if letter not in choices.letters or behind[:1] == "の":
            continue
        if _OF_A_FIGURE.search(bare, 0, found.start()):
            continue
        if (
            letter in "AI"
            and "(" not in found[0]
            and re.match(r"\s+[a-z]", behind)
            and not re.match(rf"\s+(?:{CONNECTIVE}|and\b|or\b)", behind)
        ):
            continue
        if DENIES.search(bare[: found.start()]) or re.match(
            r"\s*(?:is|are|was)\s*(?:n't|not|incorrect|wrong|false)\b", behind
        ):
            continue
        kept.append(letter)
    kept = list(dict.fromkeys(kept))
    return kept[0] if len(kept) == 1 else None


def same_text(text: str, other: str) -> bool:
    return _plain(text) == _plain(other)


def _plain(text: str) -> str:
    return re.sub(r"[\s.]+", " ", WRAP.sub(" ", text)).strip().lower()
