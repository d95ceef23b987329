"""What is true of a candidate whoever selects: reasons of rejection, duplicates, trust, stable ties."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

from verirs.types import Candidate, Rejection, Verdict

TRUNCATED = "truncated"
UNFINISHED = "fail, unknown end"
UNTRUSTED = "not sandboxed"
TEXTLESS = "no text"
DUPLICATE = "duplicate"
NEAR_DUPLICATE = "near-duplicate"
OVER_CAP = "over the cap"
NO_VALUE = "no value"
TOO_LOW = "below the threshold"
OUTVOTED = "outvoted"
NO_VOTE = "no vote"


def is_untrusted(candidate: Candidate) -> bool:
    """Whether any verdict was computed in the same process as the candidate's own code."""
    return any(s.details.get("trust") for s in candidate.scores)


_UNTIDY = (" \n", "\t\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f\n")


def normalise(text: str) -> str:
    """The key of exact duplicates: NFC, ``\\n`` line ends, no trailing blanks, no outer blank lines.

    Indentation and inner spacing stay, because they carry meaning in code.
    """
    text = text.rstrip()
    if text.isascii() and not any(u in text for u in _UNTIDY):  # the common case, ten times faster
        return text.strip("\n")
    lines = unicodedata.normalize("NFC", text).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def tie_key(seed: int, problem_id: str, *parts: object) -> bytes:
    """Breaks ties without favouring early samples: a hash, the same on every machine and in any order."""
    key = "\x1f".join([str(seed), problem_id, *map(str, parts)])
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def is_unfinished(candidate: Candidate) -> bool:
    """Whether a text whose end is unknown may have been cut off before its answer.

    No verifier read an answer in it, or a thought or a code fence is still open: what would have come
    next might have been right.
    """
    if candidate.completion.finish_reason != "unknown":
        return False
    text = candidate.completion.text
    return (
        all(score.answer is None for score in candidate.scores)
        or text.rfind("<think>") > text.rfind("</think>")
        or sum(line.lstrip().startswith("```") for line in text.splitlines()) % 2 == 1
    )


def negatives(rejected: Iterable[Rejection]) -> list[Candidate]:
    """The rejected candidates that are evidence of something wrong: verified fails.

    An ``error`` or ``abstain`` is none; nor is a fail that rests on a text that was, or may have been, cut
    off, or was not recorded, or on a verdict computed beside untrusted code (the selector has marked them by
    their reason).
    """
    return [
        r.candidate
        for r in rejected
        if r.candidate.verdict is Verdict.FAIL
        and r.reason not in (TRUNCATED, UNFINISHED, UNTRUSTED, TEXTLESS)
    ]
