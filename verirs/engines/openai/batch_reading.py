"""What a server of the batch API says: a batch, a refusal, a line of answers. Functions over parsed JSON.

Servers differ in small things, and all of these are read: states in capitals or in words of their own, a
batch inside ``job``, files and counts under other names, errors of the whole batch as a list or a text, a
completion without a body around it, a failure beside an answer or in place of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verirs.engines.openai.reading import Reply, read, refusal_in
from verirs.engines.openai.server import OVERLOADED, PASSING, says_unpaid
from verirs.system.http import Unreadable, said, shown

NAME = "verirs"
"""The key of a batch's metadata that holds our name of it."""
ENDED = frozenset({"failed", "completed", "expired", "cancelled"})
_STATES = {
    "failed": ("failure", "error", "errored"),
    "completed": ("complete", "success", "succeeded", "finished", "done", "ended"),
    "expired": ("timeout", "timed_out", "timeout_exceeded"),
    "cancelled": ("canceled",),
}
_WORDS = {word: state for state, words in _STATES.items() for word in words}
"""Words of other servers for how a batch ended."""


class Refused(Exception):
    """The server refuses a call or a request for good; the message is its own.

    Args:
        status: of the answer, where it was one line's.
    """

    def __init__(self, told: str, status: int = 0):
        super().__init__(told)
        self.status = status


class Unpaid(Unreadable):
    """A request was not run because nobody pays."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the server tells of it.

    Args:
        state: ``validating``, ``in_progress``, ``finalizing``, ``completed``, ``failed``, ``expired``,
            ``cancelling``, ``cancelled``, or a word of the server's own.
        answered: requests that the server counts as answered, and so as paid for.
        done: those and the failed ones.
        file: the server's name of the file that was sent.
        told: why it failed as a whole.
    """

    id: str
    state: str
    output: str = ""
    errors: str = ""
    answered: int = 0
    done: int = 0
    total: int = 0
    name: str = ""
    file: str = ""
    told: str = ""


def read_batch(body: Any) -> Batch:
    """
    Raises:
        Unreadable: it is no batch.
    """
    if isinstance(body, dict) and isinstance(body.get("job"), dict):
        body = body["job"]
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        raise Unreadable("it is no batch")
    if "status" not in body and body.get("object") != "batch":
        raise Unreadable("it is no batch")
    told, code = _failure(body.get("errors"))
    answered = _count(body, "completed", "succeeded_requests")
    return Batch(
        id=body["id"],
        state=_state(body),
        output=_text(body, "output_file_id", "output_file"),
        errors=_text(body, "error_file_id", "error_file"),
        answered=answered,
        done=answered + _count(body, "failed", "failed_requests"),
        total=_count(body, "total", "total_requests"),
        name=_text(_table(body.get("metadata")), NAME),
        file=_text(body, "input_file_id"),
        told=shown(f"{code}: {told}" if code else told, 400),
    )


def _state(body: Mapping[str, Any]) -> str:
    """Its state; of a word that nobody knows, what the times tell. (``expired_at`` may lie ahead.)"""
    state = str(body.get("status") or "validating").lower()
    state = _WORDS.get(state, state)
    if state in ENDED or state in ("validating", "in_progress", "finalizing", "cancelling"):
        return state
    return next((end for end in ("completed", "failed", "cancelled") if body.get(f"{end}_at")), state)


def is_full(said: str) -> bool:
    """Whether a refusal is for want of room: too many tokens or batches wait already."""
    said = said.lower()
    if "enqueued" in said or "token_limit_exceeded" in said:
        return True
    return "batches" in said and any(word in said for word in ("maximum", "too many", "limit", "exceed"))


_LARGE = (
    "status 413", "too large", "too_large", "too_many_tasks", "file_size", "file size", "number of requests",
    "too many requests in", "too many lines",
)  # fmt: skip


def is_large(said: str) -> bool:
    """Whether a refusal is for the size of the file or the number of its lines."""
    said = said.lower()
    return any(words in said for words in _LARGE)


_UNREADY = re.compile(
    r"not found|cannot find|can't find|no such|not exist|not (?:yet )?(?:ready|processed|available)"
    r"|not in a processed|still|pending|being processed|does not have access"
)


def is_unready(said: str) -> bool:
    """Whether a refusal says that the file just sent is not there, or not yet."""
    said = said.lower()
    return re.search(r"\bfiles?\b", said) is not None and _UNREADY.search(said) is not None


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(body: Mapping[str, Any], *keys: str) -> str:
    return next((found for key in keys if isinstance(found := body.get(key), str) and found), "")


def _count(body: Mapping[str, Any], *keys: str) -> int:
    tables = (_table(body.get("request_counts")), body)
    found = (table.get(key) for table in tables for key in keys)
    return next((n for n in found if isinstance(n, int) and not isinstance(n, bool) and n >= 0), 0)


def _failure(errors: Any) -> tuple[str, str]:
    """The first error of a whole batch: its words and its code."""
    listed = errors.get("data") if isinstance(errors, dict) else errors
    first = listed[0] if isinstance(listed, list) and listed else listed
    if isinstance(first, dict):
        line = f" (line {first['line']})" if first.get("line") else ""
        return f"{first.get('message') or ''}{line}", str(first.get("code") or "")
    return (str(first) if first else ""), ""


def read_line(line: Mapping[str, Any]) -> Reply:
    """The reply in a line of a batch's output or error file.

    Raises:
        Unpaid: nobody pays.
        Unreadable: there is none, and another batch may have one.
        Refused: the server refuses the request for good.
        Withheld: a filter took the text, or the model called a tool.
    """
    response = _table(line.get("response"))
    body = response if "choices" in response else response.get("body")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            raise Unreadable("its body is no JSON") from None
    status = _number(response.get("status_code"))
    refusal = refusal_in(body) if body is not None else None
    if status is not None and not 200 <= status < 300:
        refusal = status
    if refusal is None and body is not None:
        return read(body)
    words = said(json.dumps(body).encode()) if body is not None else _error(line.get("error"))
    if refusal is None:
        raise Unreadable(f"failed in the batch: {words or 'it does not say why'}")
    told = f"status {refusal}: {words}"
    if says_unpaid(refusal, json.dumps(line)):
        raise Unpaid(told)
    if 400 <= refusal < 500 and refusal not in PASSING | OVERLOADED:
        raise Refused(told, refusal)
    raise Unreadable(told)


def _error(error: Any) -> str:
    if isinstance(error, dict):
        error = ": ".join(str(error[key]) for key in ("code", "message") if error.get(key))
    return shown(str(error or ""), 200)


def _number(status: Any) -> int | None:
    if isinstance(status, str) and status.isascii() and status.isdecimal():
        return int(status[:4])
    return status if isinstance(status, int) and not isinstance(status, bool) else None
