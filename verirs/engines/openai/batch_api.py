"""OpenAI's batch API: files up, a batch of them, results down. Calls that try again, and nothing else.

Servers differ in small things, and all of these are read: states in capitals, a batch inside ``job``, an
error in an answer with status 200, errors of the whole batch as a list or a text.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from verirs.engines.openai.pool import Pool
from verirs.engines.openai.reading import Reply, read, refusal_in
from verirs.engines.openai.server import GONE, OVERLOADED, PASSING, Answer, Away, Trouble, is_unpaid
from verirs.errors import EngineError, UserError
from verirs.system.http import Unreadable, parsed, retry_after, said, shown

T = TypeVar("T")

NAME = "verirs"
"""The key of a batch's metadata that holds our name of it."""
ENDED = frozenset({"failed", "completed", "expired", "cancelled"})
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_PAGES = 50


class Refused(Exception):
    """The server refuses a call for good; the message is its own."""


@dataclass(slots=True)
class Wanted:
    """A request whose answer is waited for.

    Args:
        tries: batches that held it and gave no answer.
        fault: what became of it in the last of them.
    """

    key: str
    line: bytes
    problem: str
    answer: asyncio.Future[Reply] = field(default_factory=asyncio.Future)
    tries: int = 0
    fault: str = ""
    waiting: int = 1
    """Callers that do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the server tells of it.

    Args:
        state: ``validating``, ``in_progress``, ``finalizing``, ``completed``, ``failed``, ``expired``,
            ``cancelling``, ``cancelled``, or a word of the server's own.
        told: why it failed as a whole.
        full: whether that is because too much waits already.
    """

    id: str
    state: str
    output: str = ""
    errors: str = ""
    done: int = 0
    total: int = 0
    name: str = ""
    told: str = ""
    full: bool = False


def read_batch(body: Any) -> Batch:
    """
    Raises:
        Unreadable: it is no batch.
    """
    if isinstance(body, dict) and isinstance(body.get("job"), dict):
        body = body["job"]
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or "status" not in body:
        raise Unreadable("it is no batch")
    counts, metadata = _table(body.get("request_counts")), _table(body.get("metadata"))
    told, code = _failure(body.get("errors"))
    said = f"{code} {told}".lower()
    return Batch(
        id=body["id"],
        state=str(body["status"]).lower(),
        output=_text(body.get("output_file_id")),
        errors=_text(body.get("error_file_id")),
        done=sum(n for key in ("completed", "failed") if isinstance(n := counts.get(key), int)),
        total=n if isinstance(n := counts.get("total"), int) else 0,
        name=_text(metadata.get(NAME)),
        told=shown(f"{code}: {told}" if code else told, 400),
        full=is_full(said),
    )


def _file_name(body: Any) -> str:
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        raise Unreadable("it names no file")
    return str(body["id"])


def _as_it_is(body: Any) -> Any:
    return body


def is_full(said: str) -> bool:
    """Whether a refusal is for want of room: too many tokens or batches wait already."""
    said = said.lower()
    return "enqueued" in said or "token_limit_exceeded" in said or "too many batches" in said


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _failure(errors: Any) -> tuple[str, str]:
    """The first error of a whole batch: its words and its code."""
    listed = errors.get("data") if isinstance(errors, dict) else errors
    first = listed[0] if isinstance(listed, list) and listed else listed
    if isinstance(first, dict):
        line = f" (line {first['line']})" if first.get("line") else ""
        return f"{first.get('message') or ''}{line}", str(first.get("code") or "")
    return (str(first) if first else ""), ""


class BatchApi:
    """The calls.

    Args:
        pool: of one server, opened by the caller.
        timeout: seconds of one attempt.
        deadline: seconds of one call with all its attempts.
    """

    def __init__(self, pool: Pool, *, timeout: float, deadline: float):
        self._pool, self._server = pool, pool.only
        self._timeout, self._deadline = timeout, deadline

    async def upload(self, name: str, lines: bytes) -> str:
        """Send a file; returns the server's name of it."""
        edge = f"verirs-{name}"
        fields = b"".join(
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"{more}\r\n\r\n'.encode()
            + value
            + b"\r\n"
            for key, more, value in (
                ("purpose", "", b"batch"),
                ("file", f'; filename="{name}.jsonl"\r\nContent-Type: application/jsonl', lines),
            )
        )
        body = fields + f"--{edge}--\r\n".encode()
        return await self._call(
            "POST", "files", body, kind=f"multipart/form-data; boundary={edge}", reads=_file_name
        )

    async def create(self, name: str, file: str, endpoint: str, window: str) -> Batch:
        """Make a batch of a file; one whose making was cut off is looked for before it is made again.

        Raises:
            Refused: in the server's words.
        """
        body = {
            "input_file_id": file,
            "endpoint": endpoint,
            "completion_window": window,
            "metadata": {NAME: name},
        }
        return await self._call(
            "POST",
            "batches",
            json.dumps(body).encode(),
            reads=read_batch,
            unsure=lambda: self._listed(name),
        )

    async def batch(self, id: str) -> Batch:
        """How a batch stands.

        Raises:
            Refused: the server does not know it.
        """
        return await self._call("GET", f"batches/{id}", reads=read_batch)

    async def find(self, name: str) -> Batch | None:
        """The batch that bears our name, among the latest on the server."""
        after = ""
        for _ in range(_PAGES):
            page: Any = await self._call("GET", f"batches?limit=100{after}", reads=_as_it_is)
            rows = page.get("data") if isinstance(page, dict) else page
            if not isinstance(rows, list) or not rows:
                return None
            for row in rows:
                try:
                    batch = read_batch(row)
                except Unreadable:
                    continue
                if batch.name == name:
                    return batch
            last = rows[-1].get("id") if isinstance(rows[-1], dict) else None
            if not isinstance(page, dict) or not page.get("has_more") or not isinstance(last, str):
                return None
            after = f"&after={last}"
        return None

    async def _listed(self, name: str) -> Batch | None:
        try:
            return await self.find(name)
        except Refused:  # it lists no batches: then nobody can know
            return None

    async def download(self, file: str, target: Path) -> None:
        """Write a file of the server to a file here."""
        with target.open("wb") as stream:
            await self._call("GET", f"files/{file}/content", reads=_as_it_is, into=stream)

    async def _call(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        reads: Callable[[Any], T],
        kind: str = "application/json",
        into: BinaryIO | None = None,
        unsure: Callable[[], Awaitable[T | None]] | None = None,
    ) -> T:
        """What one answer's JSON says, however many attempts it takes within the deadline.

        Args:
            unsure: asked after an attempt of which nobody knows whether it was heard; what it gives, if
                anything, is the answer.

        Raises:
            Refused: for good.
            UserError: the key is refused.
            EngineError: the server stays away, has moved, wants to be paid, or fails to the end.
        """
        end, tries = time.monotonic() + self._deadline, 0
        while True:
            heard = True
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries, 20)) * random.uniform(0.5, 1.5)
            tries += 1
            try:
                answer = await self._server.ask(
                    method,
                    path,
                    content,
                    seconds=self._timeout,
                    kind=kind,
                    into=into,
                    once=unsure is not None,
                )
                if answer.status in GONE and not await self._server.is_there():
                    raise Away(f"status {answer.status}: {self._server.said(answer)}")
                if 200 <= answer.status < 300:
                    if into is not None:
                        return reads(None)
                    body = parsed(answer.body)
                    if (status := refusal_in(body)) is None:
                        return reads(body)
                    answer = Answer(status, answer.headers, answer.body)
                fault = f"status {answer.status}: {self._server.said(answer)}"
                self._refuse(path, answer)
                wait = max(wait, min(retry_after(answer.headers), max(0.0, end - time.monotonic())))
            except Away as error:
                end += await self._pool.wait(self._server, str(error))
                fault = str(error)
            except (Trouble, Unreadable) as error:
                fault, heard = str(error), False
            if unsure is not None and not heard and (found := await unsure()) is not None:
                return found
            if time.monotonic() + wait >= end:
                raise EngineError(
                    f"engine openai_batch: {self._server.url}/{path} failed {tries} times, last with "
                    f"{fault}. What was sent is kept: run the same command to go on"
                )
            await asyncio.sleep(wait)

    def _refuse(self, path: str, answer: Answer) -> None:
        """Raise if trying again is of no use."""
        status, said, url = answer.status, self._server.said(answer), self._server.url
        if is_full(said):
            raise Refused(f"status {status}: {said}")
        if is_unpaid(answer):
            raise EngineError(
                f"engine openai_batch: the account's quota is used up (status {status}: {said}). What was "
                "sent is kept: pay or wait, then run the same command"
            )
        if status in {401, 403}:
            raise UserError(self._server.refused_key(answer))
        if status in {404, 405} and path in ("files", "batches"):
            raise UserError(
                f"engine openai_batch: {url}/{path} is not there ({said}): the server has no batch API. Use "
                "engine.name = 'openai', or correct base_url"
            )
        if 400 <= status < 500 and status not in PASSING | OVERLOADED:
            raise Refused(f"status {status}: {said}")


def read_line(line: Mapping[str, Any]) -> Reply:
    """The reply in a line of a batch's output or error file.

    Raises:
        Unreadable: there is none, and another batch may have one.
        Refused: the server refuses the request for good.
        Withheld: a filter took the text, or the model called a tool.
    """
    response, error = line.get("response"), line.get("error")
    body = response.get("body") if isinstance(response, dict) else None
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            raise Unreadable("its body is no JSON") from None
    if body is None:
        code = error.get("code") if isinstance(error, dict) else error
        raise Unreadable(f"failed in the batch: {shown(str(code or 'it does not say why'), 80)}")
    status = response.get("status_code") if isinstance(response, dict) else None
    refusal = refusal_in(body)
    if isinstance(status, int) and not 200 <= status < 300:
        refusal = status
    if refusal is None:
        return read(body)
    told = f"status {refusal}: {said(json.dumps(body).encode())}"
    if 400 <= refusal < 500 and refusal not in PASSING | OVERLOADED:
        raise Refused(told)
    raise Unreadable(told)
