"""Samples from servers that speak OpenAI's chat completions: vLLM, SGLang, llama.cpp, hosted ones.

One request a sample, each with its own seed, so that a top-up draws what is missing and nothing else;
a server with prefix caching computes a shared prompt once. Every wait has a deadline, every answer a limit.

Whatever a server does to one sample, that sample alone suffers: it is tried again, later and later, and given
up after its attempts. Of several servers the others go on where one is away, and while none answers all are
waited for. Only servers that stay away, have moved, refuse the key or do not have the model end a run, once
none is left, and the same command goes on with it.

Whether a server honours the seed, and which defaults of its own it adds (vLLM's takes top-k and
penalties from the model's ``generation_config.json``), this side cannot know. The API key is read from
the environment, sent to the servers of ``base_url`` alone, and never stored or shown.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal

from verirs.engines.openai.asking import NO_SEEDS, chat_body, checked_options
from verirs.engines.openai.notices import Notices
from verirs.engines.openai.parts import is_stream, joined
from verirs.engines.openai.pool import Home, Pool
from verirs.engines.openai.reading import Reply, Withheld, read, refusal_in
from verirs.engines.openai.server import (
    GONE,
    PASSING,
    UNKNOWN,
    Answer,
    Away,
    Server,
    Silent,
    Trouble,
    is_busy,
    is_unpaid,
    listed_as,
)
from verirs.engines.openai.slots import Slots
from verirs.engines.requests import check, plain
from verirs.errors import EngineError, GivenUp, RequestError, UserError, VerirsError
from verirs.protocols import Request
from verirs.system.http import MOST_BYTES, Unreadable, is_web_page, parsed, retry_after
from verirs.types import Completion, Message

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_HOPELESS = 100
_PROMPTS = 4096
"""Prompts whose tokens are remembered."""
"""After so many samples given up with not one good answer between them, each gets one attempt only."""
MOST_FIRST = 20
"""So many first tokens a server may be asked for."""


class OpenAIEngine:
    """A model behind one or several OpenAI-compatible servers.

    Args:
        model: the name the servers know it by.
        base_url: up to and including ``/v1``; or a list of such addresses; or the path of a file that ends in
            ``.txt``, with one a line, which is read again while the run goes on: servers join and leave.
        api_key_env: environment variable that holds the key; unset is fine for a server without keys.
        concurrency: samples in flight at once, over all servers. ``"auto"`` begins with 64 for each server
            and doubles while tokens a second grow with it, up to 1,024 for each.
        timeout: seconds one attempt may take.
        deadline: seconds one sample may take, all attempts and waits included; and seconds for which is
            waited while no server answers.
        retries: attempts after the first, waits for an overloaded or absent server not counted.
        logprobs: ask for log-probabilities and sum them; not every server allows it.
        max_tokens_key: what the server calls the limit; some hosted models want ``max_completion_tokens``.
        seed_key: what the server calls the seed (Mistral: ``random_seed``); empty for one that takes none:
            then no text can be drawn again.
        stream: ask for the answer in pieces: for servers and proxies that close a connection on which nothing
            comes while a model thinks for minutes.
        options: further fields of the request body, for example ``top_k`` on vLLM. What the run itself sets
            (temperature, seed, n, ...) is refused here.
    """

    name = "openai"
    reproducible = (
        "Each sample's seed is sent to the server; whether the same seed gives the same text again depends "
        "on the server, its batching and its version."
    )

    def __init__(
        self,
        model: str,
        base_url: str | Sequence[str] = "https://api.openai.com/v1",
        api_key_env: str = "OPENAI_API_KEY",
        concurrency: int | Literal["auto"] = "auto",
        timeout: float = 600.0,
        deadline: float = 1800.0,
        retries: int = 8,
        logprobs: bool = False,
        max_tokens_key: str = "max_tokens",
        seed_key: str = "seed",
        stream: bool = False,
        options: Mapping[str, Any] | None = None,
    ):
        most = 1 if concurrency == "auto" else concurrency
        for key, number in (("concurrency", most), ("timeout", timeout), ("deadline", deadline)):
            if not number > 0:
                raise UserError(f"engine openai: {key} = {number} is not more than 0")
        if retries < 0:
            raise UserError(f"engine openai: retries = {retries} is negative")
        self.retried: Counter[str] = Counter()
        """Attempts that failed and were tried again, by kind."""
        self._model, self._options = model, checked_options(options or {})
        self._timeout, self._deadline, self._retries = timeout, deadline, retries
        self._logprobs, self._limit, self._stream = logprobs, max_tokens_key, stream
        self._seed_key = seed_key
        if not seed_key:
            self.reproducible = NO_SEEDS
        self._pool = Pool(base_url, api_key_env, timeout=timeout, patience=deadline, model=model)
        self._slots = Slots(0 if concurrency == "auto" else concurrency)
        self._notices = Notices(self._pool.named, logprobs, max_tokens_key)
        self._good, self._lost = False, 0
        self._read_of: dict[str, int | None] = {}

    @property
    def concurrency(self) -> int:
        """Samples in flight at once; with ``"auto"`` it moves."""
        return self._slots.limit

    def identity(self) -> Mapping[str, Any]:
        """The model's name and the body's further fields; not the address, so that a server may move."""
        return {"model": self._model, **({"options": self._options} if self._options else {})}

    def render(self, messages: Sequence[Message]) -> str:
        """The messages as text; the server applies its own template."""
        return plain(messages)

    async def start(self) -> None:
        """Reach the servers and see that they know the model (if they list their models).

        Raises:
            EngineError: nobody answers, or the server has moved.
            UserError: the key is refused, or the model is not there.
        """
        await self._pool.open()
        self._slots.servers(len(self._pool.up))

    async def close(self) -> None:
        await self._pool.close()

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        """
        Raises:
            RequestError: the server refuses samples of this request for good (the prompt is too long, say).
            GivenUp: samples failed as often as they may; the others of the request came.
            EngineError: the server stays away or has moved.
            UserError: the key is refused, or ``max_tokens`` alone is more than the server's context.
        """
        check(request)
        if not self._pool.is_open:
            raise EngineError("engine openai: it is not started or already closed; await start() first")
        self._refuse_too_long(request)
        home = Home()
        tasks = [
            asyncio.create_task(self._one(request, index, seed, home))
            for index, seed in zip(request.indices, request.seeds, strict=True)
        ]
        failed: list[RequestError] = []
        texts: list[str] = []
        try:
            for done in asyncio.as_completed(tasks):
                try:
                    completion = await done
                except RequestError as error:
                    failed.append(error)
                    continue
                texts.append(completion.text)
                yield completion
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._notices.group(request.sampling, texts)
        if failed:
            raise next((e for e in failed if isinstance(e, GivenUp)), failed[0])

    async def _one(self, request: Request, index: int, seed: int, home: Home) -> Completion:
        sampling = request.sampling
        body: dict[str, Any] = {
            **chat_body(self._model, request, seed, self._limit, self._seed_key),
            **({"logprobs": True} if self._logprobs else {}),
            **({"stream": True, "stream_options": {"include_usage": True}} if self._stream else {}),
            **self._options,
        }
        # tokens with their log-probabilities take the most, and nothing a server sends may fill the memory
        limit = min(MOST_BYTES, 4 * 2**20 + 4096 * sampling.max_tokens)
        async with self._slots:
            reply = await self._ask(request, json.dumps(body).encode(), limit, home)
            self._slots.done(reply.tokens or len(reply.text) // 4)
        self._notices.prompt(request, reply)
        if len(self._read_of) >= _PROMPTS:
            self._read_of.clear()
        self._read_of[request.problem.id] = reply.prompt_tokens or None  # a 0 is no count
        return self._notices.completion(reply, index, seed if self._seed_key else None, sampling)

    def prompt_tokens(self, request: Request) -> int | None:
        """As the server said with the last sample of this problem."""
        return self._read_of.get(request.problem.id)

    async def first_tokens(self, request: Request) -> Mapping[str, float]:
        """The 20 most probable first tokens of the answer, with their log-probabilities.

        Raises:
            RequestError: the server refuses the request, or sends none.
            EngineError: the server stays away or has moved.
        """
        check(request)
        if not self._pool.is_open:
            raise EngineError("engine openai: it is not started or already closed; await start() first")
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [dict(m) for m in request.messages],
            "temperature": 1.0,
            **({key: request.seeds[0] & (2**63 - 1)} if (key := self._seed_key) else {}),
            self._limit: 1,
            "n": 1,
            "logprobs": True,
            "top_logprobs": MOST_FIRST,
            **({"chat_template_kwargs": k} if (k := dict(request.sampling.chat_template_kwargs)) else {}),
            **self._options,
        }
        async with self._slots:
            reply = await self._ask(request, json.dumps(body).encode(), 4 * 2**20, Home())
        if reply.first is None:
            raise RequestError(
                f"problem {request.problem.id!r}: the server sends no log-probabilities of the first token "
                "(top_logprobs)"
            )
        return reply.first

    async def _ask(self, request: Request, content: bytes, limit: int, home: Home) -> Reply:
        """One reply, however many attempts it takes within the deadline."""
        end = time.monotonic() + self._deadline
        failures = tries = moves = 0
        failed: Server | None = None
        while True:
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries, 20)) * random.uniform(0.5, 1.5)
            server, waited = await self._pool.take(home, self.concurrency, failed)
            end += waited
            tries += 1
            left = end - time.monotonic()
            free = False  # another server is asked at once, at no cost of the sample's attempts
            try:
                answer = await server.ask(
                    "POST", "chat/completions", content, seconds=min(self._timeout, left), limit=limit
                )
                lost = answer.status in GONE or (answer.status in UNKNOWN and server.good)
                if lost and not await server.is_there():
                    raise Away(f"status {answer.status}: {server.said(answer)}")
                if 200 <= answer.status < 300:
                    answer, reply = self._read(server, answer)
                    if reply is not None:
                        self._good, self._lost, server.good = True, 0, True
                        self._pool.answered(server)
                        return reply
                fault, kind = f"status {answer.status}: {server.said(answer)}", f"status {answer.status}"
                await self._refuse(server, request, answer)
                asked = retry_after(answer.headers)
                wait = max(wait, asked if asked < left else 0.0)
                if is_busy(answer):
                    if self._good:  # else it loads: that says nothing of how many it takes
                        self._slots.overloaded()
                    free = self._pool.busy(server, wait)
                else:
                    free = self._pool.failed(server, request.problem.id, moves)
                    failures += not free
            except Withheld as error:
                raise RequestError(f"problem {request.problem.id!r}: {error}") from None
            except RequestError:
                raise
            except (Trouble, Unreadable) as error:
                fault, kind = str(error), "server away" if isinstance(error, Away) else "broken answer"
                if isinstance(error, Silent):
                    kind = "no answer in time"
                    fault = f"no answer within {self._timeout:g} s" if left > self._timeout else kind
                free = await self._is_lost(server, error) or self._pool.failed(
                    server, request.problem.id, moves
                )
                failures += not free
            except VerirsError as error:
                if not self._pool.dismiss(server, error):
                    raise
                fault, kind, free = str(error), "refused by a server", True
            finally:
                server.in_flight -= 1
            hopeless = self._lost >= max(_HOPELESS, self.concurrency)
            if failures > (0 if hopeless else self._retries) or (not free and time.monotonic() + wait >= end):
                raise self._given_up(request, tries, fault)
            self.retried[kind] += 1
            failed, moves = server, moves + free
            if not free:
                await asyncio.sleep(wait)

    async def _is_lost(self, server: Server, error: Exception) -> bool:
        """Whether the server is away: then it costs its samples nothing."""
        if isinstance(error, Unreadable):
            return False
        # that a connection broke, or nothing came, may be one sample's fault: where there are others, we look
        if not isinstance(error, Away) and server.up and not self._pool.others(server):
            return False
        lost = await self._pool.away(server, str(error))
        self._slots.servers(len(self._pool.up))
        return lost

    def _read(self, server: Server, answer: Answer) -> tuple[Answer, Reply | None]:
        """The reply in an answer with status 200; or the refusal that it really is, and ``None``.

        Raises:
            Unreadable, Withheld: as :func:`~verirs.engines.openai.reading.read`.
            UserError: a web page answers where nothing has ever answered well: the path is wrong.
        """
        if is_web_page(answer.body) and not server.good and not server.listed:
            raise UserError(
                f"engine openai: {server.url}/chat/completions answers with a web page "
                f"({server.said(answer)}); does base_url end in /v1?"
            )
        try:
            body = joined(answer.body) if is_stream(answer.body) else parsed(answer.body)
            if status := refusal_in(body):
                return Answer(status, answer.headers, answer.body), None
            return answer, read(body)
        except (Unreadable, Withheld):
            raise
        except Exception as error:
            raise Unreadable(f"its parts cannot be read ({type(error).__name__})") from error

    def _given_up(self, request: Request, tries: int, fault: str) -> GivenUp:
        self._lost += 1
        often = "once" if tries == 1 else f"{tries} times"
        return GivenUp(f"problem {request.problem.id!r}: the server failed {often}, last with {fault}")

    async def _refuse(self, server: Server, request: Request, answer: Answer) -> None:
        """Raise if trying again is of no use."""
        status, said, url = answer.status, server.said(answer), server.url
        if is_unpaid(answer):
            raise EngineError(
                f"engine openai: the account's quota is used up (status {status}: {said}). All samples so "
                "far are stored: pay or wait, then run the same command"
            )
        if status in {401, 404}:  # about everything, or about this sample alone? the list of models knows
            models = await server.models()
            if models is None or (status == 401 and not server.good):
                raise UserError(server.refused_key(answer))
            if wrong := server.unfit(self._model, models):
                raise UserError(wrong)
        if is_busy(answer):
            return
        if status == 403 and not server.good and not server.listed:
            raise UserError(server.refused_key(answer))
        if status in UNKNOWN and not server.good:
            raise UserError(
                f"engine openai: {url}/chat/completions is not there ({said}); "
                f"does base_url end in /v1, and does the server know model {self._model!r}?"
            )
        if 400 <= status < 500 and status not in PASSING | {401, 404}:
            hint = ""
            if "max_completion_tokens" in said and self._limit == "max_tokens":
                hint = '; set engine.max_tokens_key = "max_completion_tokens"'
            elif self._logprobs and "logprob" in said:
                hint = "; set engine.logprobs = false"
            elif self._seed_key and self._seed_key in said:
                hint = '; set engine.seed_key = "" (no seeds), or the server\'s name of it ("random_seed")'
            raise RequestError(
                f"problem {request.problem.id!r}: the server refuses it (status {status}: {said}){hint}"
            )

    def _refuse_too_long(self, request: Request) -> None:
        context = self._pool.models.get(listed_as(self._model, self._pool.models) or "")
        if context is not None and request.sampling.max_tokens >= context:
            raise UserError(
                f"engine openai: max_tokens = {request.sampling.max_tokens} leaves no room for a prompt in "
                f"the server's context of {context} tokens (as its list of models says). Lower "
                "sampling.max_tokens, or start the server with a longer context"
            )
