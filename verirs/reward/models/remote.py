"""Asks a reward-model server: OpenRLHF's ``get_reward``, or vLLM's ``classify``, ``pooling`` and ``score``.

The last part of the URL says which. ``/classify`` and ``/pooling`` get token ids and are asked for raw
logits, so they equal the other backends; ``/score`` and ``/get_reward`` get text, which the server
tokenizes (and, for OpenRLHF, normalises) in its own way.

A batch the server refuses is split until the culprit stands alone; a server that fails is asked again a few
times. What still fails is an error on its own row, never a number. A server that is away is waited for; one
that stays away, or has moved, ends the run, and the same command goes on with it.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from verirs.errors import ConfigError, EngineError, Interrupted, nearest
from verirs.reward.models.encode import Row
from verirs.reward.models.local import Logits
from verirs.system.http import (
    MOST_BYTES,
    MOVED,
    Body,
    Unreadable,
    Watch,
    address,
    connect,
    parsed,
    said,
    secret,
    shown,
)

log = logging.getLogger("verirs.reward")

TRIES = 4
WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
PATIENCE_S = 900.0
"""So long a server may be away."""
IN_FLIGHT = 4
CALLER_FAULTS = {401, 403, 404, 405}
GONE = {502, 503, 504}


class _Refused(Exception):
    """The server says that it will not score this; the message says why."""


class _Failed(Exception):
    """The server failed as often as it may."""


class RemoteModel:
    """A reward model behind a URL.

    Args:
        url: the whole address, endpoint included, for example ``http://gpu7:8000/classify``.
        served: the model's name on the server, where it serves several.
        batch_size: texts in one request.
        timeout: seconds until a request counts as failed.
        decode: turns token ids into text, for a text that was cut.
        api_key_env: environment variable of the server's key; an empty name is no key.

    Raises:
        ConfigError: the URL does not end in a known endpoint.
        UserError: the URL, the key or the environment's proxy settings cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        served: str = "",
        batch_size: int = 32,
        timeout: float = 120.0,
        decode: Callable[[Sequence[int]], str],
        api_key_env: str = "",
    ) -> None:
        url = address(url, "reward server: url")
        endpoint = httpx.URL(url).path.rstrip("/").rsplit("/", 1)[-1]
        shapes = {
            "get_reward": (self._openrlhf, _rewards),
            "classify": (self._classify, _probs),
            "pooling": (self._pooling, _pooled),
            "score": (self._score, _scored),
        }
        if endpoint not in shapes:
            raise ConfigError(
                f"reward server {url!r}: unknown endpoint {endpoint!r}{nearest(endpoint, shapes)}; "
                f"end the URL in one of {', '.join(shapes)}"
            )
        self.url, self.endpoint, self.batch_size = url, endpoint, batch_size
        self._extra = {"model": served} if served else {}
        self._ask, self._read = shapes[endpoint]
        self._decode = decode
        self._key, self._timeout = secret(api_key_env) if api_key_env else "", timeout
        self._answered, self._ended = False, threading.Event()
        self._client = connect(httpx.Client, url, self._key, "reward server", timeout=timeout)

    def logits(self, rows: Sequence[Row]) -> list[Logits | str]:
        """Raw numbers of each row, in order; a text in its place says why there are none."""
        # Like lengths together: the server pads what it gets in one request.
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i].ids))
        batches = [order[k : k + self.batch_size] for k in range(0, len(order), self.batch_size)]
        out: list[Logits | str] = [""] * len(rows)
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            answers = pool.map(self._batch, [[rows[i] for i in batch] for batch in batches])
            for batch, values in zip(batches, answers, strict=True):
                for i, value in zip(batch, values, strict=True):
                    out[i] = value
        return out

    def _batch(self, rows: list[Row]) -> list[Logits | str]:
        try:
            answer = self._post(json.dumps(self._ask(rows) | self._extra).encode())
        except _Refused as error:
            if len(rows) > 1:
                half = len(rows) // 2
                return self._batch(rows[:half]) + self._batch(rows[half:])
            return [f"the reward server refuses this text ({error})"]
        except _Failed as error:
            return [str(error)] * len(rows)
        try:
            vectors = self._read(answer)
        except Exception as error:  # noqa: BLE001 - whatever is odd in an answer is these rows' error
            why = shown(f"{type(error).__name__} {error}")
            return [f"the reward server's answer cannot be read: {why}"] * len(rows)
        if len(vectors) != len(rows):
            return [f"the reward server gave {len(vectors)} numbers for {len(rows)} texts"] * len(rows)
        return [[vector] for vector in vectors]

    def _post(self, content: bytes) -> Any:
        """The parsed answer.

        Raises:
            _Refused: of no use to try again.
            _Failed: it failed as often as it may.
            EngineError: the server stays away, or has moved.
            ConfigError: the server does not take this address or this key.
        """
        problem, failures, away = "", 0, 0.0
        while failures < TRIES:
            if problem:
                self._sleep(min(LONGEST_WAIT_S, WAIT_S * 2 ** max(0, failures - 1)))
            watch = Watch()
            try:
                status, body = self._once(content, watch)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
                problem = shown(f"{type(error).__name__} {error}")
                away = self._wait(problem, away)
                continue
            except Unreadable as error:
                problem, failures = f"its answer cannot be read: {error}", failures + 1
                continue
            except httpx.HTTPError as error:
                problem = shown(f"{type(error).__name__} {error}")
                failures += not watch.stale(error)
                continue
            away = 0.0 if status not in GONE else away
            if 200 <= status < 300:
                try:
                    answer = parsed(body)
                except Unreadable as error:
                    problem, failures = f"its answer cannot be read: {error}", failures + 1
                    continue
                self._answered = True
                return answer
            problem = f"HTTP {status}: {said(body, self._key)}"
            if status in CALLER_FAULTS and not self._answered:
                raise ConfigError(
                    f"reward server {self.url}: {problem}; check the URL, the model's name and the key "
                    "(scorer.reward_model.api_key_env)"
                )
            if 400 <= status < 500 and status not in {408, 429}:
                raise _Refused(problem)
            if status == 503:
                away = self._wait(problem, away)
            else:
                failures += 1
        raise _Failed(f"the reward server failed {TRIES} times: {problem}")

    def _once(self, content: bytes, watch: Watch) -> tuple[int, bytes]:
        """Status and body of one answer, which must be there in time."""
        end = time.monotonic() + self._timeout
        headers, extensions = {"Content-Type": "application/json"}, {"trace": watch.trace}
        with self._client.stream(
            "POST", self.url, content=content, headers=headers, extensions=extensions
        ) as response:
            if response.status_code in MOVED and (target := response.headers.get("location")):
                raise EngineError(
                    f"reward server {self.url} has moved to {shown(target).partition('?')[0]}. Set the url "
                    "to the new address and run the same command"
                )
            body = Body(response.headers, MOST_BYTES)
            for piece in response.iter_raw():
                body.feed(piece)
                if time.monotonic() > end:
                    raise httpx.ReadTimeout(f"no whole answer within {self._timeout:g} s")
            if response.status_code != 200:
                response.extensions[
                    "network_stream"
                ].close()  # what else comes is no answer to the next request
            return response.status_code, body.end()

    def _wait(self, why: str, since: float) -> float:
        """Wait once for a server that is away; returns since when it is.

        Raises:
            EngineError: it has been away for too long.
        """
        now = time.monotonic()
        if not since:
            log.warning("reward server %s does not answer (%s); waiting for it", self.url, why)
        elif now - since > PATIENCE_S:
            raise EngineError(
                f"reward server {self.url} has been away for {PATIENCE_S / 60:.0f} minutes ({why}). All "
                "scores so far are stored: start it and run the same command"
            )
        self._sleep(min(LONGEST_WAIT_S, PATIENCE_S / 10))
        return since or now

    def _sleep(self, seconds: float) -> None:
        if self._ended.wait(seconds):
            raise Interrupted(f"reward server {self.url}: interrupted; run the same command to go on")

    def interrupt(self) -> None:
        """Wait no longer: the run ends early."""
        self._ended.set()

    def _text(self, row: Row) -> str:
        return self._decode(row.ids) if row.truncated else row.before + row.after

    def _openrlhf(self, rows: Sequence[Row]) -> dict[str, Any]:
        # Servers of different ages read `query` alone or also `prompts`.
        return {"query": [self._text(r) for r in rows], "prompts": [r.before for r in rows]}

    def _classify(self, rows: Sequence[Row]) -> dict[str, Any]:
        if any(any(row.types or ()) for row in rows):
            raise ConfigError(
                f"reward server {self.url}: this encoder reads segment ids, which /{self.endpoint} cannot "
                "carry; end the URL in /score"
            )
        return {"input": [list(r.ids) for r in rows], "use_activation": False}

    def _pooling(self, rows: Sequence[Row]) -> dict[str, Any]:
        return {**self._classify(rows), "task": "classify"}

    def _score(self, rows: Sequence[Row]) -> dict[str, Any]:
        return {
            "text_1": [r.before for r in rows],
            "text_2": [r.after for r in rows],
            "use_activation": False,
        }

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _rewards(answer: Any) -> list[list[float]]:
    return [[float(x) for x in r] if isinstance(r, list) else [float(r)] for r in answer["rewards"]]


def _by_index(answer: Any) -> list[Any]:
    return sorted(answer["data"], key=lambda item: item["index"])


def _probs(answer: Any) -> list[list[float]]:
    return [[float(x) for x in item["probs"]] for item in _by_index(answer)]


def _pooled(answer: Any) -> list[list[float]]:
    return [[float(x) for x in item["data"]] for item in _by_index(answer)]


def _scored(answer: Any) -> list[list[float]]:
    return [[float(item["score"])] for item in _by_index(answer)]
