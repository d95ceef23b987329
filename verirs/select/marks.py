"""What is true of a candidate whoever selects: reasons of rejection, duplicates, trust, stable ties."""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable

from verirs.types import Candidate, Rejection, Score, Verdict

TRUNCATED = "truncated"
UNFINISHED = "fail, unknown end"
HOLDS_GOLD = "fail, the gold in words"
UNTRUSTED = "not sandboxed"
TEXTLESS = "no text"
DUPLICATE = "duplicate"
NEAR_DUPLICATE = "near-duplicate"
SAME_METHOD = "same method"
UNUSUAL_LENGTH = "unusual length"
TOO_FEW_VOTES = "too few votes"
OVER_CAP = "over the cap"
NO_VALUE = "no value"
TOO_LOW = "below the threshold"
OUTVOTED = "outvoted"
NO_VOTE = "no vote"


def is_untrusted(candidate: Candidate) -> bool:
    """Whether any verdict was computed in the same process as the candidate's own code."""
    return any(s.details.get("trust") for s in candidate.scores)


def unwanted(candidate: Candidate) -> str:
    """Why a candidate is unwanted: ``unwanted: boxes`` names the first rule that it breaks."""
    rules = (s.details.get("rules") for s in candidate.scores if s.verdict is Verdict.UNWANTED)
    first = next((str(found[0]) for found in rules if isinstance(found, list) and found), "")
    return f"{Verdict.UNWANTED}: {first}" if first else Verdict.UNWANTED.value


_SHORT, _LONG = 8_000, 64_000
"""Characters: of texts below, a thousand and 256 keys are remembered (selector, pairs and sinks ask of
the same texts of one problem); longer ones would fill the memory."""
_BLANK_END = re.compile(r"\n(?<=[^\S\n]\n)")
"""A line that ends in a blank; looked for by its last character, which is several times as fast."""
_LINE_ENDS = ("\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
"""What ``str.splitlines`` takes for the end of a line too."""


def normalise(text: str) -> str:
    """The key of exact duplicates: NFC, ``\\n`` line ends, no trailing blanks, no outer blank lines.

    Indentation and inner spacing stay, because they carry meaning in code.
    """
    if len(text) < _SHORT:
        return _of_short(text)
    return _of_long(text) if len(text) < _LONG else _normalised(text)


def _normalised(text: str) -> str:
    given, text = text, text.rstrip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if _BLANK_END.search(text) is None and not any(end in text for end in _LINE_ENDS):
        return text.strip("\n")  # what most are; the text itself where nothing is stripped
    key = "\n".join([line.rstrip() for line in text.splitlines()]).strip("\n")
    return given if key == given else key  # one text is kept for both


_of_short = functools.lru_cache(maxsize=1024)(_normalised)
_of_long = functools.lru_cache(maxsize=256)(_normalised)


def tie_key(seed: int, problem_id: str, *parts: object) -> bytes:
    """Breaks ties without favouring early samples: a hash, the same on every machine and in any order."""
    key = "\x1f".join([str(seed), problem_id, *map(str, parts)])
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def is_unfinished(candidate: Candidate) -> bool:
    """Whether a text whose end is unknown may have been cut off before its answer.

    No verifier read an answer in it, a thought or a code fence is still open, or the answer is no marked one
    (a box, a tag, ``####``) and the text stops within a sentence: what would have come next might have been
    right.
    """
    if candidate.completion.finish_reason != "unknown":
        return False
    text = candidate.completion.text
    answers = [score for score in candidate.scores if score.answer is not None]
    return (
        not answers
        or text.rfind("<think>") > text.rfind("</think>")
        or sum(line.lstrip().startswith("```") for line in text.splitlines()) % 2 == 1
        or any(_within_a_sentence(text, s) for s in answers if s.details.get("sure") in ("said", "guessed"))
    )


_ENDS = tuple(".!?\u2026\u3002\uff01\uff1f)]}>\"'\u201d\u2019`*_$|")
_LIST_NUMBER = re.compile(r"[(*\s]*[A-Za-z]{0,8} ?\d{1,2}[.):*]*")


def _within_a_sentence(text: str, score: Score) -> bool:
    """Whether a text stops before a sentence does; a last line that is a number, the answer, is whole."""
    last = text.rstrip().rpartition("\n")[2].strip()
    alone = last == (score.answer or "").strip() and any(c.isdigit() for c in last)
    if _LIST_NUMBER.fullmatch(last):  # "3." of a list, "Q3."
        return not alone
    digits = score.details.get("sure") == "said" and last[-1:].isdigit()
    return not (alone or digits or last.endswith(_ENDS))


_COMMAND = re.compile(r"\\[A-Za-z]+")
_WORD = re.compile(r"[A-Za-z]{2,}")


def holds_gold(candidate: Candidate, gold: str | None) -> bool:
    """Whether the answer that a verifier failed says the gold one among words: "at least 68 degrees".

    The verdict may be due (nobody asked for "68 or 70 degrees"), but it rests on the reading of a sentence.
    """
    gold = (gold or "").strip().replace(",", "")
    if not gold:
        return False
    said = [s.answer.replace(",", "") for s in candidate.scores if s.answer and s.verdict is Verdict.FAIL]
    answers = [answer for answer in said if gold in answer]
    if not answers:
        return False
    whole = re.compile(rf"(?<![\w.\-]){re.escape(gold)}(?!\w|\.\d|/\d)")
    return any(_WORD.search(_COMMAND.sub(" ", a)) and whole.search(a) for a in answers)


def negatives(rejected: Iterable[Rejection]) -> list[Candidate]:
    """The rejected candidates that are evidence of something wrong: verified fails.

    An ``error`` or ``abstain`` is none; nor is a fail that rests on a text that was, or may have been, cut
    off, or was not recorded, on an answer that says the gold among words, or on a verdict computed beside
    untrusted code (the selector has marked them by their reason).
    """
    return [
        r.candidate
        for r in rejected
        if r.candidate.verdict is Verdict.FAIL
        and r.reason not in (TRUNCATED, UNFINISHED, UNTRUSTED, TEXTLESS, HOLDS_GOLD)
    ]
