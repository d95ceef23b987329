"""Runs programs on calls and writes down what they do: which cases hold, and what each call gives."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verirs.code.folding import NotPlain, PlainError
from verirs.code.literal import Case, holds
from verirs.sandbox.jobs import Call, Limits, Reply, Sandbox, Serve, Status

RESTARTS = 3
"""How often a program that ended in the middle of its calls is started again, at the call after."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one call gave: a canonical text, equal where the behaviour is, and whether it is a value."""

    text: str
    is_value: bool


def passes(
    code: str, entry_point: str, cases: Sequence[Case], sandbox: Sandbox, limits: Limits
) -> list[bool]:
    """Which cases hold for a program; one that ends a process, raises or cannot be judged does not."""
    replies = _replies(code, entry_point, [c.call for c in cases], sandbox, limits)
    return [_holds(case, reply) for case, reply in zip(cases, replies, strict=True)]


def _holds(case: Case, reply: Reply) -> bool:
    if reply.status is not Status.OK:
        return False
    try:
        return holds(case, reply.value)
    except (NotPlain, PlainError):
        return False


def behaviour(
    code: str, entry_point: str, calls: Sequence[Call], sandbox: Sandbox, limits: Limits
) -> list[Seen]:
    """What a program does on each call."""
    return [_seen(reply) for reply in _replies(code, entry_point, calls, sandbox, limits)]


def _seen(reply: Reply) -> Seen:
    if reply.status is Status.OK:
        return Seen(canonical(reply.value), True)
    return Seen(f"!{reply.error or reply.status.value}", False)


def _replies(
    code: str, entry_point: str, calls: Sequence[Call], sandbox: Sandbox, limits: Limits
) -> list[Reply]:
    """One reply a call; what ended the process stands for the call it was at."""
    out: list[Reply] = []
    for _ in range(RESTARTS + 1):
        left = tuple(calls[len(out) :])
        if not left:
            break
        job = Serve(code=code, entry_point=entry_point, calls=left, main=False, limits=limits)
        result = sandbox.run(job)
        out += result.replies[: len(left)]
        if len(result.replies) >= len(left):
            break
        out.append(Reply(status=result.status if result.status is not Status.OK else Status.EXCEPTION))
        if not result.replies and result.status is Status.EXCEPTION:
            break  # it does not even load
    end = out[-1] if out else Reply(status=Status.EXCEPTION)
    return out + [Reply(status=end.status)] * (len(calls) - len(out))


def canonical(value: Any) -> str:
    """A text that equal values share: 1, 1.0 and True are equal, floats to 9 digits, sets and dicts in any
    order. Long texts are replaced by a digest."""
    try:
        text = _text(value)
    except ValueError:  # an integer inside a Fraction or a range is too long to print
        return f"a huge {type(value).__name__}"
    return text if len(text) <= 200 else f"#{hashlib.sha256(text.encode()).hexdigest()}"


def _text(value: Any) -> str:
    if isinstance(value, (bool, int)):
        return hex(value) if abs(value) >= 10**9 else str(int(value))
    if isinstance(value, float):
        if math.isfinite(value) and value.is_integer() and abs(value) < 10**9:
            return str(int(value))
        return f"{value:.9g}"
    if isinstance(value, (list, tuple)):
        ends = "[]" if isinstance(value, list) else "()"
        return ends[0] + ",".join(map(_text, value)) + ends[1]
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(map(_text, value))) + "}"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_text(k)}:{_text(v)}" for k, v in value.items())) + "}"
    if isinstance(value, str):
        return repr(value)
    if hasattr(value, "tolist"):  # an array
        return "array" + _text(value.tolist())
    if hasattr(value, "__next__"):  # an iterator, run out by the sandbox
        return "iter" + _text(list(value))
    return repr(value)
