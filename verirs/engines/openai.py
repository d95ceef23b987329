"""Samples from any server that speaks OpenAI's chat completions: vLLM, SGLang, llama.cpp, hosted ones.

One request a sample, each with its own seed, so that a top-up draws what is missing and nothing else;
a server with prefix caching computes a shared prompt once. Every wait has a deadline. Overload, time-outs
and broken answers are tried again, later and later; what the caller can mend is an error at once.

Whether a server honours the seed, and which defaults of its own it adds (vLLM's takes top-k and
penalties from the model's ``generation_config.json``), this side cannot know. The API key is read from
the environment, sent to ``base_url`` alone, and never stored or shown.
"""

from __future__ import annotations

import asyncio
import email.utils
import os
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verirs.engines.requests import check, plain
from verirs.errors import EngineError, RequestError, UserError, nearest
from verirs.protocols import Request
from verirs.types import Completion, Message

if TYPE_CHECKING:
    import httpx

_AGAIN = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0


class OpenAIEngine:
    """A model behind an OpenAI-compatible server.

    Args:
        model: the name the server knows it by.
        base_url: up to and including ``/v1``.
        api_key_env: environment variable that holds the key; unset is fine for a server without keys.
        concurrency: samples in flight at once; as many as the server batches.
        timeout: seconds one attempt may take.
        deadline: seconds one sample may take, all attempts and waits included.
        retries: attempts after the first.
        logprobs: ask for log-probabilities and sum them; not every server allows it.
        max_tokens_key: what the server calls the limit; some hosted models want ``max_completion_tokens``.
        options: further fields of the request body, for example ``top_k`` on vLLM.
    """

    name = "openai"
    reproducible = (
        "Each sample's seed is sent to the server; whether the same seed gives the same text again depends "
        "on the server, its batching and its version."
    )

    def __init__(
        self,
        model: str,
        base_url: str = "https://api.openai.com/v1",
        api_key_env: str = "OPENAI_API_KEY",
        concurrency: int = 64,
        timeout: float = 600.0,
        deadline: float = 1800.0,
        retries: int = 8,
        logprobs: bool = False,
        max_tokens_key: str = "max_tokens",
        options: Mapping[str, Any] | None = None,
    ):
        if not base_url.startswith(("http://", "https://")):
            raise UserError(f"engine openai: base_url {base_url!r} does not start with http:// or https://")
        for key, number in (("concurrency", concurrency), ("timeout", timeout), ("deadline", deadline)):
            if number <= 0:
                raise UserError(f"engine openai: {key} = {number} is not more than 0")
        self.concurrency = concurrency
        self._model, self._url, self._key_env = model, base_url.rstrip("/"), api_key_env
        self._timeout, self._deadline, self._retries = timeout, deadline, retries
        self._logprobs, self._limit, self._options = logprobs, max_tokens_key, dict(options or {})
        self._slots = asyncio.Semaphore(concurrency)
        self._client: httpx.AsyncClient | None = None

    def identity(self) -> Mapping[str, Any]:
        """The model's name and the body's further fields; not the address, so that a server may move."""
        return {"model": self._model, **({"options": self._options} if self._options else {})}

    def render(self, messages: Sequence[Message]) -> str:
        """The messages as text; the server applies its own template."""
        return plain(messages)

    async def start(self) -> None:
        """Reach the server and see that it knows the model (if it lists its models).

        Raises:
            EngineError: nobody answers, the key is refused, or the model is not there.
        """
        import httpx

        if self._client is None:
            key = os.environ.get(self._key_env, "")
            self._client = httpx.AsyncClient(
                headers={"Authorization": f"Bearer {key}"} if key else {},
                timeout=httpx.Timeout(self._timeout, connect=min(30.0, self._timeout)),
                limits=httpx.Limits(max_connections=self.concurrency + 1),
            )
        try:
            async with asyncio.timeout(min(30.0, self._timeout)):
                answer = await self._client.get(f"{self._url}/models")
        except TimeoutError as error:
            raise EngineError(
                f"engine openai: {self._url} took the connection but does not answer; is the server still "
                "loading its model, or stuck?"
            ) from error
        except httpx.TransportError as error:
            raise EngineError(
                f"engine openai: no server at {self._url} ({type(error).__name__}: {error}). "
                "Start it, or correct base_url."
            ) from error
        if answer.status_code in {401, 403}:
            raise UserError(self._refused_key(answer))
        models = _model_names(answer) if answer.status_code == 200 else []
        if models and self._model not in models:
            raise UserError(self._unknown_model(models))

    async def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        """
        Raises:
            RequestError: the server refuses this request for good (a prompt that is too long, say).
            EngineError: the server or the key is no good, or stays overloaded beyond the deadline.
        """
        check(request)
        if self._client is None:
            raise EngineError("engine openai: it is not started or already closed; await start() first")
        tasks = [
            asyncio.create_task(self._one(request, index, seed))
            for index, seed in zip(request.indices, request.seeds, strict=True)
        ]
        try:
            for done in asyncio.as_completed(tasks):
                yield await done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, request: Request, index: int, seed: int) -> Completion:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [dict(m) for m in request.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            self._limit: sampling.max_tokens,
            "seed": seed & (2**63 - 1),
            "n": 1,
            **({"stop": list(sampling.stop)} if sampling.stop else {}),
            **({"logprobs": True} if self._logprobs else {}),
            **self._options,
        }
        async with self._slots:
            choice, tokens = await self._ask(request.problem.id, body)
        message = choice["message"]
        return Completion(
            index=index,
            text=message.get("content") or "",
            finish_reason=choice["finish_reason"],
            tokens=tokens,
            logprob=_summed(choice),
            seed=seed,
        )

    async def _ask(self, problem: str, body: Mapping[str, Any]) -> tuple[Mapping[str, Any], int | None]:
        """One completion, however many attempts it takes within the deadline."""
        import httpx

        assert self._client is not None
        end = time.monotonic() + self._deadline
        fault = ""
        for attempt in range(self._retries + 1):
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt) * random.uniform(0.5, 1.5)
            try:
                async with asyncio.timeout(min(self._timeout, end - time.monotonic())):
                    answer = await self._client.post(f"{self._url}/chat/completions", json=body)
            except TimeoutError:
                fault = f"no answer within {self._timeout:g} s"
            except httpx.TransportError as error:
                fault = f"{type(error).__name__}: {error}".rstrip(": ")
            else:
                if answer.status_code == 200:
                    read = _read(answer)
                    if read is not None:
                        return read
                    fault = f"an answer that is no chat completion: {answer.text[:80]!r}"
                else:
                    fault = f"status {answer.status_code}: {self._said(answer)}"
                    await self._give_up(problem, answer)
                    wait = max(wait, _retry_after(answer))
            if attempt == self._retries or time.monotonic() + wait >= end:
                break
            await asyncio.sleep(wait)
        raise EngineError(
            f"engine openai: {self._url} failed {attempt + 1} times on one sample, last with {fault}. "
            "Lower concurrency or look at the server's log; the run can be resumed."
        )

    async def _give_up(self, problem: str, answer: httpx.Response) -> None:
        """Raise if trying again is of no use."""
        status = answer.status_code
        if status in {401, 403}:
            raise UserError(self._refused_key(answer))
        if status == 404:
            models = await self._models()
            if models and self._model not in models:
                raise UserError(self._unknown_model(models))
            raise UserError(
                f"engine openai: {self._url}/chat/completions is not there ({self._said(answer)}); "
                f"does base_url end in /v1, and does the server know model {self._model!r}?"
            )
        if "insufficient_quota" in answer.text:
            raise EngineError(f"engine openai: the account's quota is used up ({self._said(answer)})")
        if status not in _AGAIN:
            raise RequestError(f"problem {problem!r}: the server refuses it ({status}: {self._said(answer)})")

    async def _models(self) -> list[str]:
        """What the server lists, or nothing if it does not."""
        import httpx

        assert self._client is not None
        try:
            async with asyncio.timeout(10):
                return _model_names(await self._client.get(f"{self._url}/models"))
        except (TimeoutError, httpx.TransportError):
            return []

    def _refused_key(self, answer: httpx.Response) -> str:
        state = "is set but refused" if os.environ.get(self._key_env) else "is not set"
        return (
            f"engine openai: {self._url} wants an API key; environment variable {self._key_env} {state} "
            f"({self._said(answer)})"
        )

    def _unknown_model(self, models: Sequence[str]) -> str:
        hint = nearest(self._model, models) or f"; it has: {', '.join(models[:8])}"
        return f"engine openai: {self._url} has no model {self._model!r}{hint}"

    def _said(self, answer: httpx.Response) -> str:
        """The server's own message, shortened, without the key."""
        try:
            said: Any = answer.json()
        except ValueError:
            said = answer.text
        while isinstance(said, dict) and (
            inner := said.get("error") or said.get("message") or said.get("detail")
        ):
            said = inner
        text = " ".join(str(said).split()) or "no message"
        secret = os.environ.get(self._key_env)
        return (text.replace(secret, "***") if secret else text)[:200]


def _read(answer: httpx.Response) -> tuple[Mapping[str, Any], int | None] | None:
    """(the choice, its token count) of a chat completion; ``None`` if the answer is none."""
    try:
        body = answer.json()
        choice = body["choices"][0]
        content, reason = choice["message"].get("content"), choice["finish_reason"]
        tokens = (body.get("usage") or {}).get("completion_tokens")
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    if not isinstance(reason, str) or not isinstance(content, str | None):
        return None
    return choice, tokens if isinstance(tokens, int) else None


def _summed(choice: Mapping[str, Any]) -> float | None:
    """The sum of the sampled tokens' log-probabilities, if the server sent one for each."""
    listed = choice.get("logprobs")
    content = listed.get("content") if isinstance(listed, dict) else None
    if not isinstance(content, list) or not content:
        return None
    numbers: list[Any] = [entry.get("logprob") for entry in content if isinstance(entry, dict)]
    if len(numbers) != len(content) or not all(isinstance(number, int | float) for number in numbers):
        return None
    return float(sum(numbers))


def _model_names(answer: httpx.Response) -> list[str]:
    try:
        return [str(entry["id"]) for entry in answer.json()["data"]]
    except (ValueError, LookupError, TypeError):
        return []


def _retry_after(answer: httpx.Response) -> float:
    """Seconds the server asks to wait (a number or a date), else 0."""
    value = answer.headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0
