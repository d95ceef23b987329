"""What enters a store: every value of the type that its column holds, and the digests that tie scores to
texts.

One place, used before a record is journaled and before a scorer sees a completion, so that a scorer judges
the very text that is stored, and nothing is journaled that a shard cannot hold.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from verirs.system import quick_json
from verirs.system.files import clean
from verirs.thoughts import parted
from verirs.types import Completion, Problem, Score, Verdict, to_json

_INT64 = 1 << 63


def completion(given: Completion) -> Completion:
    """The completion as it will be stored: its thought apart from its answer (:mod:`verirs.thoughts`), lone
    surrogates replaced, numbers that no column holds left out.

    A token count that is negative or no whole number, a log-probability that is not finite, and a seed beyond
    63 bits are ``None``: they are facts about the sample that nobody can know any more, never the sample
    itself.

    Raises:
        TypeError: the text is no text, or the index no whole number from 0 to 2^31 - 1.
    """
    if not isinstance(given.text, str):
        raise TypeError(f"a completion's text is a text, not {type(given.text).__name__}")
    if type(given.index) is not int or not 0 <= given.index < 1 << 31:
        raise TypeError(f"a completion's index is a whole number from 0, not {given.index!r}")
    given = parted(given)
    if _plain(given):
        return given  # what most are
    text, reasoning = clean(given.text), clean(str(given.reasoning))
    finish_reason = clean(str(given.finish_reason))
    tokens, seed, logprob = given.tokens, given.seed, given.logprob
    if tokens is not None and not (type(tokens) is int and 0 <= tokens < _INT64):
        tokens = None
    if seed is not None and not (type(seed) is int and -_INT64 <= seed < _INT64):
        seed = None
    if logprob is not None and (type(logprob) is not float or not math.isfinite(logprob)):
        logprob = _finite(logprob)
    return replace(
        given,
        text=text,
        reasoning=reasoning,
        finish_reason=finish_reason,
        tokens=tokens,
        seed=seed,
        logprob=logprob,
    )


def _plain(c: Completion) -> bool:
    """Whether all of it can be stored as it is; looks at what is cheap to look at."""
    tokens, seed, logprob = c.tokens, c.seed, c.logprob
    return (
        c.text.isascii()
        and not c.reasoning
        and c.finish_reason in ("stop", "length", "unknown")
        and (tokens is None or (type(tokens) is int and 0 <= tokens < _INT64))
        and (seed is None or (type(seed) is int and -_INT64 <= seed < _INT64))
        and (logprob is None or (type(logprob) is float and math.isfinite(logprob)))
    )


def _finite(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def score(given: Score) -> Score:
    """The score as it will be stored.

    A number of numpy or torch becomes a plain one, a verdict given as a text the :class:`Verdict`, lone
    surrogates are replaced. A NaN or an infinity ranks nothing: it makes the score an ``error``.

    Raises:
        TypeError, ValueError: what no column can hold: a text that is none, details that are no JSON.
    """
    if _plain_score(given):
        return given  # what most are
    verdict = given.verdict if type(given.verdict) is Verdict else Verdict(given.verdict)
    value, reason = given.value, _text("reason", given.reason)
    if value is not None and type(value) is not float:
        if isinstance(value, (str, bytes)):
            raise TypeError(f"a score's value is a number, not {value!r:.60}")
        value = float(value)
    if value is not None and not math.isfinite(value):
        verdict, reason, value = Verdict.ERROR, f"value is {value}; {reason}", None
    answer = None if given.answer is None else _text("answer", given.answer)
    seconds = min(_finite(given.seconds) or 0.0, 1e9)
    details = given.details
    if details:
        details = _details(details)
    scorer, version = _text("scorer", given.scorer), _text("version", given.version)
    return replace(
        given,
        scorer=scorer,
        version=version,
        verdict=verdict,
        value=value,
        answer=answer,
        reason=reason,
        seconds=seconds,
        details=details,
    )


def _plain_score(s: Score) -> bool:
    """Whether all of it can be stored as it is; looks at what is cheap to look at."""
    value, answer, reason, seconds = s.value, s.answer, s.reason, s.seconds
    return (
        type(s.verdict) is Verdict
        and (value is None or (type(value) is float and math.isfinite(value)))
        and (answer is None or (type(answer) is str and answer.isascii()))
        and (type(reason) is str and reason.isascii())
        and (type(s.scorer) is str and s.scorer.isascii())
        and (type(s.version) is str and s.version.isascii())
        and (type(seconds) is float and 0.0 <= seconds <= 1e9)
        and (not s.details or _flat(s.details))
    )


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a score's {name} is a text, not {value!r} ({type(value).__name__})")
    return clean(value)


def _details(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """The details themselves where they are plain JSON already; else a copy that is."""
    if not isinstance(details, Mapping):
        raise TypeError(f"a score's details are a table, not {type(details).__name__}")
    if _flat(details):
        return details  # what most are
    text = details_text(details)
    plain: Mapping[str, Any] = json.loads(text)
    return details if plain == details else plain


def _flat(details: Mapping[str, Any]) -> bool:
    """Whether JSON and its reader surely give back the very same; looks at what is cheap to look at."""
    if type(details) is not dict:
        return False
    for key, value in details.items():
        kind = type(value)
        if kind is str:
            if not value.isascii():
                return False
        elif kind is list:
            if not all(type(one) is str and one.isascii() for one in value):
                return False
        elif kind is int:
            if not -_INT64 <= value < _INT64:
                return False
        elif value is not None and kind is not bool:
            return False
        if type(key) is not str or not key.isascii():
            return False
    return True


def details_text(details: Mapping[str, Any]) -> str:
    """Details as they stand in their column.

    Raises:
        TypeError, ValueError: no JSON values.
        RecursionError: nested too deep.
    """
    return quick_json.dumps(details).decode() if _flat(details) else clean(_dumps(to_json(details)))


def _scalar(value: Any) -> Any:
    """A scalar of numpy or torch as a plain number."""
    if callable(item := getattr(value, "item", None)) and getattr(value, "ndim", None) == 0:
        return item()
    raise TypeError(f"details hold {type(value).__name__}, which is no JSON value")


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_scalar).encode


def text_digest(text: str) -> int:
    """A signed number of 64 bits that stands for a text, the same on every machine."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def problem_digest(problem: Problem) -> int:
    """The same for what a problem's verifiers read: prompt, gold answer, tests, entry point and ``meta``."""
    meta = json.dumps(to_json(problem.meta), sort_keys=True) if problem.meta else ""
    return text_digest(problem.digest() + meta)


def rows_digest(problems: Iterable[Problem]) -> str:
    """The same for the same problems in any order: ids, and what their verifiers read."""
    total = sum(problem_digest(p) ^ text_digest(p.id) for p in problems)
    return f"{total % 2**64:016x}"


def judged(text: int, problem: int) -> int:
    """What a score is about, of the digests of both: another text or another gold, and it does not count."""
    return text ^ problem
