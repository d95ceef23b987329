"""Samples through a batch API: all requests in a file, answers within a day, for half the price.

The requests of all problems are gathered, sent as batches, and waited for. What was sent and what came
back lies in the run directory (:mod:`verirs.engines.openai.sent`), so a run that was killed at any moment
fetches what it has paid for. Requests without an answer are sent again in a further batch.

Nothing on the server is cancelled or deleted: a stopped run leaves its batches to finish.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from verirs.engines.openai.asking import NO_SEEDS, chat_body, checked_options
from verirs.engines.openai.batch_api import BatchApi, Unlisted
from verirs.engines.openai.batch_reading import ENDED, Batch, Refused, is_full, is_large, is_unready
from verirs.engines.openai.batch_waiting import Waiting, Wanted
from verirs.engines.openai.notices import Notices
from verirs.engines.openai.pool import Pool
from verirs.engines.openai.reading import Reply
from verirs.engines.openai.sent import Kept, SentBatch
from verirs.engines.requests import check, plain
from verirs.errors import EngineError, GivenUp, RequestError, UserError
from verirs.protocols import Request
from verirs.system.http import address, shown
from verirs.types import Completion, Message

log = logging.getLogger("verirs.engines.openai")

_PATIENCE = 10
"""Looks at a batch that the server does not know yet, or whose answers cannot be fetched yet."""
_SHORT = 3
"""Looks at one that has fewer answers than the server counts: what is asked for again is paid for again."""


class OpenAIBatchEngine:
    """A model behind a server with OpenAI's batch API.

    Args:
        model: the name the server knows it by (on Azure that of the batch deployment).
        base_url: up to and including ``/v1``.
        api_key_env: environment variable that holds the key.
        endpoint: what each line of a batch asks.
        window: within which time the server promises to answer.
        largest: requests in one batch at most.
        largest_mb: megabytes of one batch's file at most.
        concurrency: samples waited for at once, in all batches together.
        poll: seconds between two looks at the batches.
        gather: seconds without a further request after which what has gathered is sent.
        retries: further batches for a request that got no answer.
        timeout: seconds one call of the API may take.
        deadline: seconds one call may take with all its attempts; and for which a server that is away is
            waited for.
        max_tokens_key: what the server calls the limit; some hosted models want ``max_completion_tokens``.
        seed_key: what the server calls the seed (Mistral: ``random_seed``); empty for one that takes none.
        options: further fields of each request's body, for example ``reasoning_effort``.
    """

    name = "openai_batch"
    reproducible = (
        "Each sample's seed is sent to the server; whether the same seed gives the same text again depends "
        "on the server. An answer that came is kept, so a run that goes on never draws it again."
    )

    def __init__(
        self,
        model: str,
        base_url: str = "https://api.openai.com/v1",
        api_key_env: str = "OPENAI_API_KEY",
        endpoint: str = "/v1/chat/completions",
        window: str = "24h",
        largest: int = 50_000,
        largest_mb: float = 100.0,
        concurrency: int = 100_000,
        poll: float = 30.0,
        gather: float = 2.0,
        retries: int = 2,
        timeout: float = 600.0,
        deadline: float = 1800.0,
        max_tokens_key: str = "max_tokens",
        seed_key: str = "seed",
        options: Mapping[str, Any] | None = None,
    ):
        url = address(base_url, "engine openai_batch: base_url")
        for key, number in (
            *(("largest", largest), ("largest_mb", largest_mb), ("concurrency", concurrency)),
            *(("poll", poll), ("gather", gather), ("timeout", timeout), ("deadline", deadline)),
        ):
            if not number > 0:
                raise UserError(f"engine openai_batch: {key} = {number} is not more than 0")
        if retries < 0:
            raise UserError(f"engine openai_batch: retries = {retries} is negative")
        self.concurrency = concurrency
        self._model, self._options = model, checked_options(options or {})
        self._endpoint, self._window = endpoint, window
        self._limit, self._seed_key = max_tokens_key, seed_key
        if not seed_key:
            self.reproducible = NO_SEEDS
        self._largest, self._bytes = largest, int(largest_mb * 1e6)
        self._poll, self._gather, self._retries = poll, gather, retries
        self._waiting = Waiting(retries)
        self._pool = Pool(url, api_key_env, timeout=timeout, patience=deadline, model=model)
        self._server = self._pool.only
        self._api = BatchApi(self._pool, timeout=timeout, deadline=deadline)
        self._notices = Notices(url, False, max_tokens_key)
        self._kept: Kept | None = None
        self._open: list[SentBatch] = []
        self._out: set[str] = set()  # the requests of the open batches
        self._told: dict[str, str] = {}
        self._made: set[str] = set()  # by this command, and the server has told nothing of them yet
        self._unsure: Counter[str] = Counter()  # looks at a batch that gave nothing to go by
        self._news = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self._held = 0.0  # nothing is sent before this time: too much waits on the server
        self._failed: Exception | None = None
        self._waits = 0

    @property
    def retried(self) -> Counter[str]:
        """Requests that got no answer and were sent again, by kind."""
        return self._waiting.retried

    def keep_in(self, folder: Path) -> None:
        """Said before ``start``: where to keep what is sent and what comes back."""
        self._kept = Kept(folder)

    def identity(self) -> Mapping[str, Any]:
        """The model's name and the body's further fields; not the address, so that a server may move."""
        return {"model": self._model, **({"options": self._options} if self._options else {})}

    def render(self, messages: Sequence[Message]) -> str:
        """The messages as text; the server applies its own template."""
        return plain(messages)

    async def start(self) -> None:
        """Reach the server, and find the batches of an earlier command.

        Raises:
            EngineError: nobody answers, or the server has moved.
            UserError: the key is refused, the model is not there, or nobody said where to keep what is sent.
        """
        if self._work is not None:
            return
        if self._kept is None:
            raise UserError(
                "engine openai_batch keeps what it sends in a run directory: use it in `verirs run`, and "
                "engine openai elsewhere"
            )
        await self._pool.open()
        for batch in self._kept.read():
            if batch.state == "sending":
                found = await self._found(batch)
                if found is None:
                    self._kept.drop(batch)
                    continue
                batch = self._kept.put(batch, id=found.id, state="open")
            self._open.append(batch)
            self._out.update(batch.requests)
        if self._open:
            waiting = sum(len(batch.requests) for batch in self._open)
            log.info("engine openai_batch: %d requests of an earlier command are with the server", waiting)
        self._work = asyncio.create_task(self._run())

    async def _found(self, batch: SentBatch) -> Batch | None:
        try:
            return await self._api.find(batch.name, batch.file)
        except Unlisted as error:
            raise self._unlisted(batch, error) from None

    def _unlisted(self, batch: SentBatch, error: Unlisted) -> EngineError:
        file = f" of the file {batch.file}" if batch.file else ""
        return EngineError(
            f"engine openai_batch: the making of batch {batch.name}{file} was cut off, and the server does "
            f"not list its batches ({error}). Look there: if it has no such batch, delete "
            f"{self._folder / batch.name}.json and run the same command"
        )

    @property
    def _folder(self) -> Path:
        assert self._kept is not None
        return self._kept.folder

    async def close(self) -> None:
        """End here; what is with the server goes on there."""
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._work
            self._work = None
            if self._waiting.wanted and self._open:
                log.warning(
                    "engine openai_batch: %d requests are still with the server; the same command fetches "
                    "their answers",
                    sum(len(batch.requests) for batch in self._open),
                )
            self._waiting.fail(EngineError("engine openai_batch: it was closed meanwhile"))
            self._waiting.pending.clear()
        await self._pool.close()

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        """
        Raises:
            RequestError: the server refuses samples of this request for good.
            GivenUp: samples got no answer in all their batches; the others of the request came.
            EngineError: a batch was refused or cancelled, or the server stays away.
            UserError: the key is refused.
        """
        check(request)
        if self._work is None:
            raise EngineError("engine openai_batch: it is not started or already closed; await start() first")
        if self._failed is not None:
            raise self._failed
        asked = [
            (index, seed if self._seed_key else None, self._want(request, index, seed))
            for index, seed in zip(request.indices, request.seeds, strict=True)
        ]
        failed: list[RequestError] = []
        texts: list[str] = []
        self._news.set()

        async def answered(index: int, seed: int | None, wanted: Wanted) -> tuple[int, int | None, Reply]:
            return index, seed, await asyncio.shield(wanted.answer)

        tasks = [asyncio.create_task(answered(*one)) for one in asked]
        try:
            for done in asyncio.as_completed(tasks):
                try:
                    index, seed, reply = await done
                except RequestError as error:
                    failed.append(error)
                    continue
                self._notices.prompt(request, reply)
                completion = self._notices.completion(reply, index, seed, request.sampling)
                texts.append(completion.text)
                yield completion
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for _, _, wanted in asked:
                wanted.waiting -= 1
                if not wanted.waiting and self._waiting.pending.pop(wanted.key, None) is not None:
                    self._waiting.wanted.pop(wanted.key, None)  # nobody waits for it, and it is not sent yet
        self._notices.group(request.sampling, texts)
        if failed:
            raise next((e for e in failed if isinstance(e, GivenUp)), failed[0])

    def _want(self, request: Request, index: int, seed: int) -> Wanted:
        body = {**chat_body(self._model, request, seed, self._limit, self._seed_key), **self._options}
        asked = json.dumps([request.problem.id, index, body], sort_keys=True)
        key = hashlib.blake2b(asked.encode(), digest_size=16).hexdigest()
        if (known := self._waiting.wanted.get(key)) is not None:  # asked twice at once: one answer is enough
            known.waiting += 1
            return known
        line = {"custom_id": key, "method": "POST", "url": self._endpoint, "body": body}
        wanted = Wanted(key, json.dumps(line).encode() + b"\n", request.problem.id)
        self._waiting.wanted[key] = wanted
        assert self._kept is not None
        if (came := self._kept.line(key)) is not None and self._waiting.kept(wanted, came):
            return wanted
        if key not in self._out:
            self._waiting.pending[key] = wanted
        return wanted

    # ---- in the background ----------------------------------------------------------------------------

    async def _run(self) -> None:
        """Send what has gathered, look at what is open; an error reaches all who wait."""
        try:
            looked = 0.0
            while True:
                quiet = False
                timeout = self._gather if self._waiting.pending else self._poll if self._open else None
                try:
                    async with asyncio.timeout(timeout):
                        await self._news.wait()
                except TimeoutError:
                    quiet = True
                self._news.clear()
                if quiet or len(self._waiting.pending) >= self._largest:
                    await self._send()
                if self._open and time.monotonic() - looked >= self._poll:
                    looked = time.monotonic()
                    for batch in list(self._open):
                        await self._look(batch)
        except Exception as error:  # noqa: BLE001 - all who wait get it, and nobody waits for ever
            self._failed = error
            self._waiting.fail(error)

    async def _send(self) -> None:
        while self._waiting.pending and time.monotonic() >= self._held:
            lines: list[Wanted] = []
            size = 0
            for wanted in self._waiting.pending.values():
                if lines and (len(lines) >= self._largest or size + len(wanted.line) > self._bytes):
                    break
                lines.append(wanted)
                size += len(wanted.line)
            if not await self._send_batch(lines):
                return

    async def _send_batch(self, lines: Sequence[Wanted]) -> bool:
        """Send one batch; false if the server has no room for it now, or for one of this size ever."""
        assert self._kept is not None
        name, batch = secrets.token_hex(8), None
        try:
            file = await self._api.upload(name, b"".join(wanted.line for wanted in lines))
            requests = tuple(wanted.key for wanted in lines)
            batch = self._kept.put(SentBatch(name=name, requests=requests, file=file))
            made = await self._api.create(name, file, self._endpoint, self._window)
        except Unlisted as error:
            assert batch is not None
            raise self._unlisted(batch, error) from None
        except Refused as error:
            if batch is not None:
                self._kept.drop(batch)
            what = "file" if batch is None else "batch"
            self._no_place(str(error), len(lines), f"the server refuses the {what} ({error})")
            return False
        for wanted in lines:
            self._waiting.pending.pop(wanted.key, None)
        self._open.append(self._kept.put(batch, id=made.id, state="open"))
        self._out.update(batch.requests)
        self._made.add(name)
        log.info("engine openai_batch: sent %d requests as %s", len(lines), made.id)
        return True

    def _no_place(self, why: str, size: int, told: str) -> None:
        """Send less at once, or later, if that is what a refusal is for.

        Raises:
            EngineError: it is not.
        """
        if is_full(why):
            self._no_room(why, size)
        elif is_large(why) and size > 1:
            self._largest = max(1, size // 2)
            self._notices.say("large", f"takes no file of this size ({shown(why)}); less is sent at once")
            self._news.set()
        else:
            raise EngineError(f"engine openai_batch: {told}. What was answered is kept: see its words, then "
                              "run the same command")  # fmt: skip

    def _no_room(self, why: str, size: int) -> None:
        """Wait until a batch of ours has ended; if none is open, send less at once, and later."""
        if not self._open:
            self._waits += 1
            self._largest = max(1, size // 2)
            if size == 1 and self._waits > self._retries + 20:
                raise EngineError(f"engine openai_batch: the server has no room for one request ({why})")
        pause = min(self._poll * 2 ** min(self._waits, 6), 3600.0)
        self._held = time.monotonic() + pause
        self._notices.say("room", f"has no room for another batch ({shown(why)}); it is sent later")

    async def _look(self, batch: SentBatch) -> None:
        assert self._kept is not None
        try:
            found = await self._api.batch(batch.id)
        except Refused as error:
            if batch.name in self._made and self._again(batch, _PATIENCE):
                return  # a server of several copies may not have heard of it everywhere
            raise EngineError(
                f"engine openai_batch: the server does not know batch {batch.id} any more ({error}). "
                f"Another key or project? Use the one that it was sent with; or delete "
                f"{self._folder / batch.name}.json to send its {len(batch.requests)} requests again"
            ) from None
        self._made.discard(batch.name)
        told = f"{found.state} {found.done} of {found.total or len(batch.requests)}"
        if self._told.get(batch.name) != told:
            self._told[batch.name] = told
            log.info("engine openai_batch: %s: %s", batch.id, told)
        if found.state not in ENDED or not await self._fetched(batch, found):
            return
        self._kept.done(batch)
        self._open.remove(batch)
        self._out.difference_update(batch.requests)
        full = is_full(found.told)
        self._held, self._waits = (self._held, self._waits) if full else (0.0, 0)
        self._settle(batch, found)

    def _again(self, batch: SentBatch, times: int) -> bool:
        """Whether to look at a batch once more before anything is made of what it says."""
        self._unsure[batch.name] += 1
        return self._unsure[batch.name] < times

    async def _fetched(self, batch: SentBatch, found: Batch) -> bool:
        """Fetch what came for a batch that has ended; false if it has to be looked at again.

        Raises:
            EngineError: answers that are paid for cannot be had. Nothing of the batch is sent again.
        """
        assert self._kept is not None
        fault = f"the server counts {found.answered} answers and names no file of them"
        if found.output or not found.answered:
            try:
                if found.output:
                    await self._api.download(found.output, self._kept.part(batch.name))
                fault = ""
            except Refused as error:
                fault = f"the file {found.output} of its answers cannot be fetched ({error})"
        lines, own = self._kept.came(batch) if not fault and found.output else (0, 0)
        if not fault and own < found.answered and self._again(batch, _SHORT):
            return False
        if not fault and lines and not own:
            fault = f"its {lines} lines of answers belong to none of its requests, or cannot be read"
        if fault:
            if self._again(batch, _PATIENCE):
                return False
            raise EngineError(
                f"engine openai_batch: batch {batch.id} {found.state}: {fault}. They are paid for, so "
                f"nothing is sent again. Run the same command to look once more; or delete "
                f"{self._folder / batch.name}.json to send its {len(batch.requests)} requests again"
            )
        if found.errors:
            try:
                await self._api.download(found.errors, self._kept.part(batch.name, ".errors"))
            except Refused as error:
                if self._again(batch, _PATIENCE):
                    return False
                self._notices.say(
                    "errors", f"has the file of failures no more ({error}); they are sent again"
                )
        return True

    def _settle(self, batch: SentBatch, found: Batch) -> None:
        """Hand out the answers of a batch that has ended, and send again what has none."""
        assert self._kept is not None
        size = len(batch.requests)
        without = self._waiting.settle(batch, found, self._kept)
        if found.state == "failed" and without == size and not is_unready(found.told):
            told = f"batch {found.id} failed: {found.told or 'it says not why'}"
            self._no_place(found.told, size, told)
        elif found.state == "cancelled" and without:
            raise EngineError(
                f"engine openai_batch: somebody cancelled batch {found.id}; {without} of its {size} requests "
                "have no answer. The same command sends them again"
            )
        elif without:
            self._notices.say("without", f"left {without} of {size} requests unanswered; they are sent again")
        self._waiting.give_up(batch)
