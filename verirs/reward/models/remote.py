"""Asks reward-model servers, one or several, in the dialect that they speak (``dialects``).

A probe text is sent first: what a server refuses then ends the run. Later a batch that it refuses is split
until the culprit stands alone; a server that fails is asked again a few times. What still fails is an error
on its own row, never a number. A server that is away is waited for, or another is asked meanwhile; when all
stay away, or one has moved, the run ends, and the same command goes on with it.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from verirs.errors import ConfigError, EngineError, Interrupted
from verirs.reward.models.dialects import Dialect, dialects
from verirs.reward.models.encode import Row
from verirs.reward.models.local import Logits
from verirs.reward.recipes.recipe import Recipe
from verirs.system.blocking import BlockingClient
from verirs.system.client import Answer, Away, Trouble
from verirs.system.http import MOVED, Unreadable, address, parsed, said, secret, shown

log = logging.getLogger("verirs.reward")

TRIES = 4
WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
PATIENCE_S = 900.0
"""So long all servers may be away."""
AWAY_S = 30.0
"""So long a server that was away is not asked while another answers."""
IN_FLIGHT = 4
_CONNECT_S = 30.0
GONE = {502, 503, 504}


class _Refused(Exception):
    """The server says that it will not score this; the message says why."""


class _Failed(Exception):
    """The server failed as often as it may."""


class _Elsewhere(Exception):
    """The server is away, and another is not."""


class RemoteModel:
    """A reward model behind one or several URLs.

    Args:
        urls: whole addresses, endpoint included, for example ``http://gpu7:8000/classify``.
        recipe: how the model is read.
        server: which kind of server they are (``dialects.SERVERS``).
        served: the model's name on a server that serves several.
        batch_size: texts in one request.
        timeout: seconds until a request counts as failed.
        decode: turns token ids into text, for a text that was cut.
        api_key_env: environment variable of the servers' key; an empty name is no key.

    Raises:
        ConfigError: a URL does not end in a known endpoint.
        UserError: a URL, the key or the environment's proxy settings cannot be used.
    """

    def __init__(
        self,
        urls: Sequence[str],
        recipe: Recipe,
        *,
        server: str = "auto",
        served: str = "",
        batch_size: int = 32,
        timeout: float = 120.0,
        decode: Callable[[Sequence[int]], str],
        api_key_env: str = "",
    ) -> None:
        key = secret(api_key_env) if api_key_env else ""
        self._ended = threading.Event()
        self.servers = [
            _Server(
                address(url, "reward server: url"),
                lambda url: dialects(url, server, recipe),
                served=served,
                timeout=timeout,
                key=key,
                ended=self._ended,
                text=lambda row: decode(row.ids) if row.truncated else row.before + row.after,
            )
            for url in urls
        ]
        self.batch_size = batch_size
        self._lock = threading.Lock()

    def probe(self, row: Row) -> None:
        """Ask every server once, and find out what it speaks.

        Raises:
            ConfigError: one refuses the text, or its answer cannot be read.
            EngineError: one stays away or fails.
        """
        for server in self.servers:
            server.probe(row)

    def logits(self, rows: Sequence[Row]) -> list[Logits | str]:
        """Raw numbers of each row at its places, in order; a text in its place says why there are none."""
        # Like lengths together: the server pads what it gets in one request.
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i].ids))
        batches = [order[k : k + self.batch_size] for k in range(0, len(order), self.batch_size)]
        out: list[Logits | str] = [""] * len(rows)
        with ThreadPoolExecutor(IN_FLIGHT * len(self.servers)) as pool:
            answers = pool.map(self._batch, [[rows[i] for i in batch] for batch in batches])
            for batch, values in zip(batches, answers, strict=True):
                for i, value in zip(batch, values, strict=True):
                    out[i] = value
        return out

    def _batch(self, rows: list[Row]) -> list[Logits | str]:
        while True:
            with self._lock:
                up = [s for s in self.servers if not s.away]
                server = min(up or self.servers, key=lambda s: s.in_flight)
                server.in_flight += 1
            try:
                return server.answer(rows, alone=len(up) <= 1)
            except _Elsewhere:
                continue
            finally:
                with self._lock:
                    server.in_flight -= 1

    def interrupt(self) -> None:
        """Wait no longer: the run ends early."""
        self._ended.set()
        for server in self.servers:
            server.client.interrupt()

    def close(self) -> None:
        """Close the connections."""
        for server in self.servers:
            server.client.close()


class _Server:
    """One server of several."""

    def __init__(
        self,
        url: str,
        spoken: Callable[[str], list[Dialect]],
        *,
        served: str,
        timeout: float,
        key: str,
        ended: threading.Event,
        text: Callable[[Row], str],
    ) -> None:
        self.url, self._spoken, self._text = url, spoken(url), text
        self._extra = {"model": served} if served else {}
        self._key, self._timeout, self._ended = key, timeout, ended
        self._failed_at, self.in_flight = -AWAY_S, 0
        self.client = BlockingClient(url, key, f"reward server {url}", connect=min(_CONNECT_S, timeout))

    @property
    def away(self) -> bool:
        return time.monotonic() - self._failed_at < AWAY_S

    @property
    def dialect(self) -> Dialect:
        return self._spoken[0]

    def probe(self, row: Row) -> None:
        problems = []
        for dialect in self._spoken:
            try:
                answer = self._post(self._body(dialect, [row]), alone=True)
                vectors = dialect.read(answer, [row])
                if len(vectors) != 1 or len(vectors[0]) != len(row.read):
                    raise ValueError(f"it gives numbers for {len(vectors)} texts, asked for one")
                if vectors == [[[1.0]]] and not dialect.by_place and "vLLM" in dialect.name:
                    raise ValueError("it gives 1.0, the softmax of one number: it does not give raw logits")
            except _Refused as error:
                problems.append(f"as {dialect.name}: {error}")
            except _Failed as error:
                raise EngineError(
                    f"reward server {self.url}: {error}. Run the same command to go on"
                ) from error
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                why = f"its answer cannot be read ({type(error).__name__} {error})"
                problems.append(f"as {dialect.name}: {shown(why)}")
            else:
                self._spoken = [dialect]
                return
        raise ConfigError(
            f"reward server {self.url} does not score one short text, asked {'; '.join(problems)}. Check the "
            "URL, the model that it serves, the key (api_key_env) and `server`"
        )

    def _body(self, dialect: Dialect, rows: Sequence[Row]) -> bytes:
        return json.dumps(dialect.ask(rows, self._text) | self._extra).encode()

    def answer(self, rows: list[Row], *, alone: bool) -> list[Logits | str]:
        """The numbers of some rows.

        Raises:
            _Elsewhere: it is away, and not ``alone``.
        """
        try:
            answer = self._post(self._body(self.dialect, rows), alone=alone)
        except _Refused as error:
            if len(rows) > 1:
                half = len(rows) // 2
                return [
                    *self.answer(rows[:half], alone=alone),
                    *self.answer(rows[half:], alone=alone),
                ]
            return [f"the reward server refuses this text ({error})"]
        except _Failed as error:
            return [str(error)] * len(rows)
        try:
            vectors = self.dialect.read(answer, rows)
        except Exception as error:  # noqa: BLE001 - whatever is odd in an answer is these rows' error
            if len(rows) > 1 and self.dialect.by_place:
                return [v for row in rows for v in self.answer([row], alone=alone)]
            why = shown(f"{type(error).__name__} {error}")
            return [f"the reward server's answer cannot be read: {why}"] * len(rows)
        if len(vectors) != len(rows):
            return [f"the reward server gave {len(vectors)} numbers for {len(rows)} texts"] * len(rows)
        return list(vectors)

    def _post(self, content: bytes, *, alone: bool) -> Any:
        """The parsed answer.

        Raises:
            _Refused: of no use to try again.
            _Failed: it failed as often as it may.
            _Elsewhere: it is away, and not ``alone``.
            EngineError: it stays away, or has moved.
        """
        problem, failures, away = "", 0, 0.0
        while failures < TRIES:
            if problem:
                self._sleep(min(LONGEST_WAIT_S, WAIT_S * 2 ** max(0, failures - 1)))
            try:
                answer = self._once(content)
            except Away as error:
                problem = str(error)
                away = self._wait(problem, away, alone)
                continue
            except (Trouble, Unreadable) as error:
                problem, failures = str(error), failures + 1
                continue
            status = answer.status
            away = 0.0 if status not in GONE else away
            if 200 <= status < 300:
                try:
                    return parsed(answer.body)
                except Unreadable as error:
                    problem, failures = f"its answer cannot be read: {error}", failures + 1
                    continue
            problem = f"HTTP {status}: {said(answer.body, self._key)}"
            if 400 <= status < 500 and status not in {408, 429}:
                raise _Refused(problem)
            if status == 503:
                away = self._wait(problem, away, alone)
            else:
                failures += 1
        raise _Failed(f"the reward server failed {TRIES} times: {problem}")

    def _once(self, content: bytes) -> Answer:
        answer = self.client.ask("POST", self.url, content, seconds=self._timeout)
        if answer.status in MOVED and (target := answer.headers.get("location")):
            raise EngineError(
                f"reward server {self.url} has moved to {shown(target).partition('?')[0]}. Set the url to "
                "the new address and run the same command"
            )
        return answer

    def _wait(self, why: str, since: float, alone: bool) -> float:
        """Wait once for a server that is away; returns since when it is.

        Raises:
            _Elsewhere: not ``alone``: another may be asked.
            EngineError: it has been away for too long.
        """
        now = time.monotonic()
        if not alone:
            log.warning("reward server %s does not answer (%s); the others go on", self.url, why)
            self._failed_at = now
            raise _Elsewhere
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
