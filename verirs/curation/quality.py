"""What is wrong with the form of a text, whatever it answers: rules by name.

A rule looks at one completion and gives the fault in words, or nothing. None of them says that an answer is
wrong; ``docs/quality.md`` has how often each strikes a right one.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from verirs.curation import arithmetic
from verirs.thoughts import TAGS, whole
from verirs.types import Completion, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on something is a fault.

    Args:
        repeats: a sentence or line so many times in a row.
        dense: a text that is so many times smaller when compressed.
        foreign: the share of letters in scripts that the problem does not use.
        after: characters after the marked answer.
        least: characters of a text.
        most: characters of a text; 0 is any number.
    """

    repeats: int = 4
    dense: float = 8.0
    foreign: float = 0.01
    after: int = 400
    least: int = 0
    most: int = 0


Rule = Callable[[Problem, Completion, Limits], str]

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_OPENERS = tuple(opener for opener, _ in TAGS)
_CLOSERS = tuple(closer for _, closer in TAGS)


def thought(problem: Problem, completion: Completion, limits: Limits) -> str:
    """Tags of a thought that are doubled, left open, or stand within the answer."""
    for name, text in (("the thought", completion.reasoning), ("the answer", completion.text)):
        if "<" not in text and "[" not in text and "\u25c1" not in text:
            continue
        text = _prose(problem, text)
        for tag in (*_OPENERS, *_CLOSERS):
            if tag in text:
                return f"{tag} within {name}"
    return ""


_EMPTY = re.compile(
    r"\{*(?:\\(?:phantom|text|quad|qquad|,)\{?\w*\}?|answer|\?|_*|\.\.\.|\\l?dots)*\}*", re.IGNORECASE
)
"""What stands in a box that is only spoken of."""
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


def boxes(problem: Problem, completion: Completion, limits: Limits) -> str:
    """Several boxes that hold different things."""
    if problem.tests is not None or any(_BOX.search(m["content"]) for m in problem.prompt):
        return ""
    said = ("".join(box.split()) for box in _boxed(completion.text))
    held = dict.fromkeys(box for box in said if not _EMPTY.fullmatch(box))
    return f"{len(held)} different boxes: {', '.join(list(held)[:3])}"[:120] if len(held) > 1 else ""


def _boxed(text: str) -> Iterator[str]:
    for found in _BOX.finditer(text):
        depth, at = 1, found.end()
        while at < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        yield text[found.end() : at - 1]


_SCRIPTS = (
    "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "CYRILLIC", "ARABIC", "HEBREW", "DEVANAGARI", "THAI", "BENGALI",
    "TAMIL", "TELUGU", "GEORGIAN", "ARMENIAN", "ETHIOPIC", "KHMER", "MYANMAR", "TIBETAN", "LAO", "SINHALA",
)  # fmt: skip
"""Latin and Greek are everywhere: names of variables, of people, of functions."""
_ONE = {"CJK": "EAST ASIAN", "HIRAGANA": "EAST ASIAN", "KATAKANA": "EAST ASIAN"}
_FEW, _MANY = 2, 10


def scripts(problem: Problem, completion: Completion, limits: Limits) -> str:
    """Letters of a script that the problem does not use: a model that changes its language."""
    text = _prose(problem, whole(completion))
    if text.isascii():
        return ""
    asked = {_script(c) for m in problem.prompt for c in m["content"] if not c.isascii()}
    letters = sum(c.isalpha() for c in text)
    found = Counter(s for c in text if not c.isascii() and (s := _script(c)) and s not in asked)
    count = found.total()
    if count >= _MANY or (count >= _FEW and count >= limits.foreign * letters):
        return f"{count} letters of {found.most_common(1)[0][0].lower()}"
    return ""


def _script(sign: str) -> str:
    if not sign.isalpha():
        return ""
    name = unicodedata.name(sign, "").partition(" ")[0]
    return _ONE.get(name, name) if name in _SCRIPTS else ""


_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_WORTH = 12
"""Characters from which on a sentence is one: ``Yes.`` and list numbers may come again."""
_SAID = re.compile(r"(?<![\\A-Za-z])[^\W\d_]{2,}")
"""A word, and no command of LaTeX: rows of a matrix or a table of numbers are no sentences."""
_DENSE_FROM = 1_000


def repetition(problem: Problem, completion: Completion, limits: Limits) -> str:
    """The same sentence or line again and again, or a text that says little in many words."""
    text = whole(completion)
    if problem.tests is None:
        before, times = "", 0
        for said in _SENTENCE.split(text):
            said = " ".join(said.split())
            if len(said) < _WORTH or not _SAID.search(said):
                continue
            times = times + 1 if said == before else 1
            before = said
            if times >= limits.repeats:
                return f"{times} times in a row: {said[:60]!r}"
    if len(text) >= _DENSE_FROM:
        raw = text.encode("utf-8", "surrogatepass")
        if (ratio := len(raw) / len(zlib.compress(raw, 6))) >= limits.dense:
            return f"{ratio:.1f} times smaller when compressed"
    return ""


_TOKEN = re.compile(
    r"<\|[A-Za-z_][\w .-]{0,40}\|>|<\uff5c[^<>\uff5c]{1,40}\uff5c>|</?s>|\[/?INST\]|<</?SYS>>"
    r"|<(?:pad|unk|bos|eos|mask)>|<(?:start|end)_of_turn>|<extra_id_\d+>|\[(?:PAD|UNK|CLS|SEP|MASK)\]"
)


def tokens(problem: Problem, completion: Completion, limits: Limits) -> str:
    """Special tokens of a chat template or a tokenizer, as text."""
    text = whole(completion)
    if "<" not in text and "[" not in text:
        return ""
    known = {tag for tag in (*_OPENERS, *_CLOSERS) if tag in text}
    found = next((m[0] for m in _TOKEN.finditer(_prose(problem, text)) if m[0] not in known), "")
    return f"{found} in the text" if found else ""


def calculation(problem: Problem, completion: Completion, limits: Limits) -> str:
    """A calculation written out that is wrong."""
    if problem.tests is not None:
        return ""
    text = _prose(problem, completion.text)
    return arithmetic.wrong(text, "\n".join(m["content"] for m in problem.prompt))


_MARK = re.compile(r"\\(?:boxed|fbox)\s*\{|^####|</answer>", re.MULTILINE)
_TURN = re.compile(
    r"^\s*(?:#{1,4} *)?(?:\*\*)?(?:Q|Question|Problem|Human|User|Instruction|Exercise|Example|Student|Query)"
    r"(?:\*\*)?(?: *\d+)?\s*:(?:\*\*)?",
    re.MULTILINE | re.IGNORECASE,
)


def after(problem: Problem, completion: Completion, limits: Limits) -> str:
    """Text that goes on after the marked answer: much of it, or a turn of somebody else."""
    if problem.tests is not None:
        return ""
    text = completion.text
    marks = list(_MARK.finditer(text))
    if not marks:
        return ""
    end = text.find("\n", marks[0].end())
    first = text[end:] if end >= 0 else ""
    if turn := _TURN.search(first):
        return f"a new turn after the answer: {turn[0].strip()!r}"
    end = text.find("\n", marks[-1].end())
    rest = text[end:].strip() if end >= 0 else ""
    return f"{len(rest)} characters after the answer" if len(rest) > limits.after else ""


def length(problem: Problem, completion: Completion, limits: Limits) -> str:
    """Too short, or too long."""
    size = len(whole(completion).strip())
    if size < limits.least:
        return f"{size} characters, fewer than {limits.least}"
    return f"{size} characters, more than {limits.most}" if limits.most and size > limits.most else ""


RULES: Mapping[str, Rule] = {
    "thought": thought,
    "boxes": boxes,
    "scripts": scripts,
    "repetition": repetition,
    "tokens": tokens,
    "calculation": calculation,
    "after": after,
    "length": length,
}


def faults(problem: Problem, completion: Completion, limits: Limits, names: Iterable[str]) -> dict[str, str]:
    """What is wrong by these rules: each fault under its rule's name."""
    return {name: fault for name in names if (fault := RULES[name](problem, completion, limits))}


def _prose(problem: Problem, text: str) -> str:
    """The text without its blocks of code; a program as it is."""
    return _FENCE.sub(" ", text) if problem.tests is None and ("```" in text or "~~~" in text) else text
