"""OpenAI's batch API: files up, a batch of them, results down. Calls that try again, and nothing else.

A batch is never made twice: after an answer that leaves it open whether one was made, it is looked for on the
server's list, by our name in its metadata or by the file that was sent.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from verirs.engines.openai.batch_reading import NAME, Batch, Refused, is_full, is_unready, read_batch
from verirs.engines.openai.pool import Pool
from verirs.engines.openai.reading import refusal_in
from verirs.engines.openai.server import GONE, OVERLOADED, PASSING, Answer, Away, Trouble, is_unpaid
from verirs.errors import EngineError, UserError
from verirs.system.http import Unreadable, parsed, retry_after

T = TypeVar("T")

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_PAGES = 50
_LISTINGS = 3
"""Looks for a batch that may have been made, each after a longer pause: a list may lag behind."""
_UNREADY_FOR = 600.0
"""Seconds for which a file just sent may be unknown to the server."""


class Unlisted(Exception):
    """A batch may have been made or not, and the server lists none."""


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
        self._named = True
        """Whether the server takes our name of a batch."""

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
        """Make a batch of a file.

        Raises:
            Refused: in the server's words.
            Unlisted: nobody knows whether it was made.
        """
        end, tries = time.monotonic() + min(self._deadline, _UNREADY_FOR), 0
        while True:
            body = {"input_file_id": file, "endpoint": endpoint, "completion_window": window}
            metadata = {"metadata": {NAME: name}} if self._named else {}
            try:
                return await self._call(
                    "POST",
                    "batches",
                    json.dumps(body | metadata).encode(),
                    reads=read_batch,
                    unsure=lambda: self._made(name, file),
                )
            except Refused as error:
                wait, tries = _wait(tries), tries + 1
                if metadata and "metadata" in str(error).lower():
                    self._named = False
                elif is_unready(str(error)) and time.monotonic() + wait < end:
                    await asyncio.sleep(wait)
                else:
                    raise

    async def batch(self, id: str) -> Batch:
        """How a batch stands.

        Raises:
            Refused: the server does not know it.
        """
        return await self._call("GET", f"batches/{id}", reads=read_batch)

    async def find(self, name: str, file: str) -> Batch | None:
        """The batch that bears our name, or was made of our file, among the latest on the server.

        Raises:
            Unlisted: it lists none.
        """
        after, of_file = "", None
        for _ in range(_PAGES):
            try:
                page: Any = await self._call("GET", f"batches?limit=100{after}", reads=_as_it_is)
            except Refused as error:
                raise Unlisted(str(error)) from None
            rows = page.get("data") if isinstance(page, dict) else page
            if not isinstance(rows, list) or not rows:
                break
            for row in rows:
                try:
                    batch = read_batch(row)
                except Unreadable:
                    continue
                if batch.name == name:
                    return batch
                if file and batch.file == file and not batch.name:
                    of_file = batch
            last = rows[-1].get("id") if isinstance(rows[-1], dict) else None
            if not isinstance(page, dict) or not page.get("has_more") or not isinstance(last, str):
                break
            after = f"&after={last}"
        return of_file

    async def _made(self, name: str, file: str) -> Batch | None:
        for number in range(_LISTINGS):
            if number:
                await asyncio.sleep(_wait(number))
            if (found := await self.find(name, file)) is not None:
                return found
        return None

    async def download(self, file: str, target: Path) -> None:
        """Write a file of the server to a file here.

        Raises:
            Refused: it is not there.
        """
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
            wait, tries = _wait(tries), tries + 1
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
                heard = answer.status < 500 and answer.status != 408  # else it may have been done
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
            except Away as error:  # without a connection it was not heard at all
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
        if path == "batches" and 400 <= status < 500 and is_unready(said):
            raise Refused(f"status {status}: {said}")
        if is_unpaid(answer):
            raise EngineError(
                f"engine openai_batch: the account's quota is used up (status {status}: {said}). What was "
                "sent is kept: pay or wait, then run the same command"
            )
        if status in {401, 403}:
            raise UserError(self._server.refused_key(answer))
        if status in {404, 405, 501} and path in ("files", "batches"):
            raise UserError(
                f"engine openai_batch: {url}/{path} is not there ({said}): the server has no batch API. Use "
                "engine.name = 'openai', or correct base_url"
            )
        if status == 501 or (400 <= status < 500 and status not in PASSING | OVERLOADED):
            raise Refused(f"status {status}: {said}")


def _wait(tries: int) -> float:
    return float(min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries, 20)) * random.uniform(0.5, 1.5))


def _file_name(body: Any) -> str:
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        raise Unreadable("it names no file")
    return str(body["id"])


def _as_it_is(body: Any) -> Any:
    return body
