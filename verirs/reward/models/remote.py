"""Asks a reward-model server: OpenRLHF's ``get_reward``, or vLLM's ``classify``, ``pooling`` and ``score``.

The last part of the URL says which. ``/classify`` and ``/pooling`` get token ids and are asked for raw
logits, so they equal the other backends; ``/score`` and ``/get_reward`` get text, which the server
tokenizes (and, for OpenRLHF, normalises) in its own way.

A batch the server refuses is split until the culprit stands alone; a server that fails is asked again a few
times. What still fails is an error on its own row, never a number.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from verirs.errors import ConfigError, nearest
from verirs.reward.models.encode import Row
from verirs.reward.models.local import Logits

TRIES = 4
WAIT_S = 0.5
IN_FLIGHT = 4
CALLER_FAULTS = {401, 403, 404, 405}


class RemoteModel:
    """A reward model behind a URL.

    Args:
        url: the whole address, endpoint included, for example ``http://gpu7:8000/classify``.
        served: the model's name on the server, where it serves several.
        batch_size: texts in one request.
        timeout: seconds until a request counts as failed.
        decode: turns token ids into text, for a text that was cut.
        headers: sent with each request, for example an ``Authorization``.

    Raises:
        ConfigError: the URL does not end in a known endpoint.
    """

    def __init__(
        self,
        url: str,
        *,
        served: str = "",
        batch_size: int = 32,
        timeout: float = 120.0,
        decode: Callable[[Sequence[int]], str],
        headers: Mapping[str, str] | None = None,
    ) -> None:
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
        self._client = httpx.Client(timeout=timeout, headers=dict(headers or {}))

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
        answer = self._post(self._ask(rows) | self._extra)
        if isinstance(answer, int) and len(rows) > 1:
            half = len(rows) // 2
            return self._batch(rows[:half]) + self._batch(rows[half:])
        if isinstance(answer, int):
            return [f"the reward server refuses this text (HTTP {answer})"]
        if isinstance(answer, str):
            return [answer] * len(rows)
        try:
            vectors = self._read(answer)
        except (KeyError, TypeError, ValueError) as error:
            return [f"the reward server's answer cannot be read: {type(error).__name__} {error}"] * len(rows)
        if len(vectors) != len(rows):
            return [f"the reward server gave {len(vectors)} numbers for {len(rows)} texts"] * len(rows)
        return [[vector] for vector in vectors]

    def _post(self, body: Mapping[str, Any]) -> Any:
        """The parsed answer; a status code where the server refuses; a text where it fails."""
        problem = ""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(WAIT_S * 2 ** (attempt - 1))
            try:
                response = self._client.post(self.url, json=body)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__} {error}".strip()
                continue
            if response.status_code in CALLER_FAULTS:
                raise ConfigError(
                    f"reward server {self.url}: HTTP {response.status_code}; check the URL, the model's name "
                    "and the key"
                )
            if 400 <= response.status_code < 500 and response.status_code not in {408, 429}:
                return response.status_code
            if response.is_success:
                try:
                    return response.json()
                except ValueError:
                    problem = "its answer is not JSON"
                    continue
            problem = f"HTTP {response.status_code}"
        return f"the reward server failed {TRIES} times: {problem}"

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
