"""Programs judged by ``verirs serve`` on another machine: ``sandbox = "http://..."`` of the scorer ``code``.

Whole items go there and whole scores come back, so the other side's sandbox, packages and version judge: its
digest is part of each score's version, and an answer under another digest counts as broken. What the
network or the server does to an item is an ``error``, never a ``fail``. The token is read from the
environment variable ``VERIRS_TOKEN`` and sent to that address alone.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from verirs.errors import Interrupted, SandboxError, UserError
from verirs.system import http
from verirs.system.blocking import BlockingClient
from verirs.system.client import Silent, Trouble
from verirs.types import Completion, Problem, Score, Verdict, to_json

TOKEN = "VERIRS_TOKEN"
JUDGE = "judge"
"""The server's path."""
OPTIONS = ("timeout", "memory_mb", "output_mb", "compare", "eps", "untrusted")
"""Options of the scorer ``code`` that a client may choose; the sandbox and the packages are the server's."""
_TOGETHER = 4
_SECONDS, _CONNECT_SECONDS, _TRIES, _LONGEST_WAIT = 660.0, 10.0, 5, 8.0
_SILENT_TRIES = 2
"""So often a server may let all of its time go by: a try of that kind takes eleven minutes."""

Item = tuple[Problem, Completion]


class RemoteJudge:
    """A server that judges programs.

    Args:
        url: of ``verirs serve``.
        options: of the scorer, for every program.
        workers: requests in flight at a time; 0 is 8.

    Raises:
        UserError: the address cannot be used, or the token is refused.
        SandboxError: nobody answers there, or it is no such server.
    """

    def __init__(self, url: str, options: Mapping[str, Any], workers: int = 0):
        self.url = http.address(url, "scorer code: sandbox")
        self._options, self._workers = dict(options), workers or 8
        self._ended = threading.Event()
        self._token = http.secret(TOKEN)
        self._client = BlockingClient(self.url, self._token, "scorer code: sandbox", connect=_CONNECT_SECONDS)
        try:
            self.version = self._known()
        except BaseException:
            self._client.close()
            raise

    def _known(self) -> str:
        """The other side's digest.

        Raises:
            SandboxError, UserError: as the class.
        """
        try:
            reply = self._post({"options": self._options, "items": []})
            version = reply["version"]
            if not isinstance(version, str):
                raise ValueError("its version is no text")
        except UserError:  # which is a ValueError
            raise
        except _Failed as error:
            raise SandboxError(
                f"the remote sandbox {self.url}: {error}. Start `verirs serve` there, or correct the address"
            ) from error
        except (http.Unreadable, KeyError, TypeError, ValueError) as error:
            raise SandboxError(f"the remote sandbox {self.url} is no verirs server: {error}") from error
        return version

    def score(self, items: Sequence[Item], name: str, version: str) -> list[Score]:
        """One score an item, in order, under this name and version."""

        def part(start: int) -> list[Score]:
            some = items[start : start + _TOGETHER]
            try:
                return [_stamped(s, name, version) for s in self._judged(some)]
            except UserError:
                raise
            except (_Failed, http.Unreadable, TypeError, ValueError, KeyError, RecursionError) as error:
                reason = http.shown(f"the remote sandbox {self.url}: {error}", 300)
                broken = Score(scorer=name, version=version, verdict=Verdict.ERROR, reason=reason)
                return [broken] * len(some)

        with ThreadPoolExecutor(self._workers, "verirs-remote") as threads:
            return [s for scores in threads.map(part, range(0, len(items), _TOGETHER)) for s in scores]

    def _judged(self, items: Sequence[Item]) -> list[Score]:
        sent = [[to_json(problem), to_json(completion)] for problem, completion in items]
        reply = self._post({"options": self._options, "items": sent})
        if reply["version"] != self.version:
            told = http.shown(str(reply["version"]), 60)
            raise ValueError(f"it was {self.version} and is {told} now; start again to judge by that")
        scores = [Score.from_json(row) for row in reply["scores"]]
        if len(scores) != len(items):
            raise ValueError(f"{len(scores)} scores for {len(items)} programs")
        return scores

    def _post(self, body: Mapping[str, Any]) -> Any:
        """The reply's JSON, however many tries it takes.

        Raises:
            _Failed: it did not come.
            UserError: the token is refused.
        """
        content = json.dumps(body).encode()
        why, silent = "", 0
        for attempt in range(_TRIES):
            if attempt and self._ended.wait(min(_LONGEST_WAIT, 0.5 * 2**attempt) * random.uniform(0.5, 1)):
                break
            begun = time.monotonic()
            try:
                url = http.below(self.url, JUDGE)
                reply = self._client.ask("POST", url, content, seconds=_SECONDS)
            except Trouble as error:
                why = f"{error} (after {time.monotonic() - begun:.0f} s)"
                if isinstance(error, Silent) and (silent := silent + 1) == _SILENT_TRIES:
                    break
                continue
            if reply.status == 200:
                return http.parsed(reply.body)
            said = http.said(reply.body, self._token)
            if reply.status in (401, 403):
                raise UserError(
                    f"the remote sandbox {self.url} refuses the token (environment variable {TOKEN}): {said}"
                )
            why = f"status {reply.status}: {said}"
            if reply.status < 500 and reply.status not in (408, 429):
                break
        if self._ended.is_set():
            raise Interrupted("interrupted while the remote sandbox was asked")
        raise _Failed(http.shown(why, 300))

    def interrupt(self) -> None:
        """Try no more, and wait for no answer."""
        self._ended.set()
        self._client.interrupt()

    def close(self) -> None:
        self._client.close()


class _Failed(Exception):
    """No answer that can be used."""


def _stamped(score: Score, name: str, version: str) -> Score:
    return replace(score, scorer=name, version=version)
