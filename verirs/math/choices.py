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
from verirs.math.extracting.option_kept import MENTIONED, kept
from verirs.math.extracting.plain_words import plain_words
from verirs.math.extracting.records import field
from verirs.math.extracting.sentences import EDGE
from verirs.math.extracting.turns import own
from verirs.system.end_tokens import without_end_tokens
from verirs.system.patterns import regex

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WRAP = regex(
    r"\\(?:text|textbf|textit|textrm|textsf|mathrm|mathbf|mathsf|mathit|boldsymbol|bf|rm|operatorname|"
    r"boxed|fbox|underline)\b"
    r"\s*|\\[()\[\]]|\\[,;:! ]|[{}$*_`\"'\u201c\u201d]"
)
_NAME = (
    r"(?:(?:the\s+)?(?:correct\s+|right\s+|best\s+)?(?:option|choice|answer|letter|statement|item)|"
    r"alternative|variante?|opción|opção|"
    r"opzione|opsi|pilihan|seçenek|вариант|选项|選項|選択肢|선택지|보기)"
)
_OPEN, _CLOSE = r"[(\[\uff08\u3010\u300c]?", r"[)\]\uff09\u3011\u300d]?"
_CONNECTIVE = (
    r"(?:because|since|as it|as the|due to|for the|which|is (?:the )?(?:correct|right|best)|weil|da|parce|"
    r"car|"
    r"porque|因为|です)"
)
_JUDGED = (
    r"(?:(?:is|are|was|would be|must be|seems|should be)\s+(?:clearly\s+|therefore\s+|thus\s+|indeed\s+)?"
    r"(?:the\s+)?(?:only\s+)?(?:correct|right|true|best|answer|appropriate|accurate))"
)
_DENIES = regex(
    r"(?:\bmight|\bcould|\bmay|\bmaybe|\bperhaps|\bpossibly|\beither|"
    r"\bnot|n't|\bnever|\bneither|\bnor|\bexcept|\bexclud\w*|\beliminat\w*|\brul\w+ out|\binstead of|"
    r"\brather than|\bthan|\bincorrect|"
    r"\bwrong|\bfalse|\breject\w*|\bdiscard\w*|\bnicht|\bpas|\bno es|"
    r"\bbehind|\bafter|\bbefore|\bnext to|\bno puede|\bnon può|\bnão pode|\bnon è|\bnão é|"
    r"\bне|不是|不选|排除|错误)"
    r"(?:\s+(?:option|choice|answer|the|be|is|ser|essere|être|sein|la|el|le|die|der|das|choose|pick|select|"
    r"go with)\b)*[\s:(]*(?:[A-Z]\b[\s,/]*(?:(?:and|or|&)\s+)?)*$",
    re.IGNORECASE,
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


def picked(text: str, choices: Choices, *, known: bool = True) -> str | None:
    """The letter (or letters) that a completion picks; ``None`` where it picks none by a letter.

    ``known`` says that the problem is one of multiple choice for sure; then a small letter counts as well.
    """
    text = own(without_end_tokens(text)) or ""
    letter = _picked(text, choices, known)
    if letter is None:
        return None
    option = choices.text(letter) if len(letter) == 1 else None
    return (
        letter if kept(_WRAP.sub(" ", text), letter, choices.letters, _WRAP.sub(" ", option or "")) else None
    )


def _picked(text: str, choices: Choices, known: bool) -> str | None:
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
    yield from _verdicts(text)


_LABEL = regex(r"[(\[]?[a-j][.)]\s+\S|[(\[]?[a-j][.)\]]+$")
_WITH_OTHERS = regex(r"[A-Z]\s*(?:,|and|or|&)\s*[(\[]?$")
_LETTER_ONLY = regex(rf"\s*{_OPEN}[A-Z]{_CLOSE}[.\s]*")
_SO = regex(
    rf"\b(?i:so|thus|hence|therefore|i\.e\.|which is|that is|namely|leaving|leaves|it's|that's)[,:]?\s+"
    rf"(?:{_NAME}\s+)?"
    rf"{_OPEN}([A-Z]){_CLOSE}[.\s]*$"
)
_VERDICT = regex(
    rf"{_NAME}\s*[:\uff1a]?\s*{_OPEN}(?P<a>[A-Z]){_CLOSE}\s*(?:{_JUDGED}|是?正确|是?对的|が正しい|对|"
    rf"ist richtig|"
    rf"est correcte?|es correcta?|è corretta|é a? ?correta)"
    rf"|{_OPEN}\b(?P<b>[A-Z]){_CLOSE}\s+{_JUDGED}"
    rf"|{_OPEN}(?P<c>[A-Z]){_CLOSE}\s*(?:选项|項|项)?\s*(?:是)?(?:正确|对的)(?!吗)"
    rf"|(?:故|应|应该|应当|因此|所以|可|本题|我|于是|[\uff0c,\u3002\s]|^)选择?[:\uff1a]?\s*"
    rf"{_OPEN}(?P<d>[A-Z]){_CLOSE}"
    rf"|\b(?:choose|pick|select|go with|went with|opt for|going with|mark|matches|match|leaves|leaving|is|be)"
    rf"[ \t]+(?:option|"
    rf"choice|answer|letter)?\s*{_OPEN}(?P<e>[A-Z]){_CLOSE}(?=\s*(?:[.,;:!\u2014-]|$|\n|{_CONNECTIVE}))"
    rf"|\b[Oo]nly (?:option )?{_OPEN}(?P<g>[A-Z]){_CLOSE} "
    rf"(?:satisfies|works|fits|holds|matches|meets|is|can)\b"
    rf"|\b(?:matches|corresponds to|is|choose|pick|select)\s+(?:option|choice|"
    rf"answer)\s+{_OPEN}(?P<f>[A-Z]){_CLOSE}"
)


def _verdicts(text: str) -> Iterator[str]:
    """The last option of the closing text that a sentence calls correct or picks."""
    tail = text[-800:]
    last = None
    for found in _VERDICT.finditer(tail):
        name = next(k for k, v in found.groupdict().items() if v)
        if not _DENIES.search(tail, max(0, found.start(name) - 60), found.start(name)) and not re.match(
            r"\s*(?:is|are|was)?\s*(?:n't|not)\b", tail[found.end(name) :]
        ):
            last = None if _WITH_OTHERS.search(tail, 0, found.start(name)) else found[name]
    if last is not None:
        yield last


_NAMES_IT = regex(r"answer|option|choice|letter|choose|pick|select|correct", re.IGNORECASE)


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
    so = _SO.search(_bare(lines[-1]))
    if so and so[1] in choices.letters:
        return so[1]
    if len(lines) > 1 and lines[-2][-1].islower() and not _NAMES_IT.search(lines[-2]):
        return None  # "My grade will be" above the letter
    end = _LETTER_ONLY.fullmatch(_bare(lines[-1]))
    found = _bare(lines[-1]).strip(" ()[]\uff08\uff09.") if end else ""
    return found if found in choices.letters and found else None


def _bare(said: str) -> str:
    return _WRAP.sub(" ", said).strip(EDGE + ".\u3002")


_STARTS = regex(
    rf"(?:{_NAME}\s*(?:is|:|\uff1a|是|"
    rf"为)?\s*)?(?P<open>{_OPEN})\s*(?P<letter>[A-Za-z])\s*(?P<close>{_CLOSE})(?P<rest>.*)",
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
    if label is None and not named and letter in "AI" and not re.match(rf"\s+{_CONNECTIVE}", behind):
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
            and not re.match(rf"\s+(?:{_CONNECTIVE}|and\b|or\b)", behind)
        ):
            continue
        if _DENIES.search(bare[: found.start()]) or re.match(
            r"\s*(?:is|are|was)\s*(?:n't|not|incorrect|wrong|false)\b", behind
        ):
            continue
        kept.append(letter)
    kept = list(dict.fromkeys(kept))
    return kept[0] if len(kept) == 1 else None


def same_text(text: str, other: str) -> bool:
    return _plain(text) == _plain(other)


def _plain(text: str) -> str:
    return re.sub(r"[\s.]+", " ", _WRAP.sub(" ", text)).strip().lower()
