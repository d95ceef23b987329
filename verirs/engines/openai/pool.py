"""The servers behind the engine: which one is asked next, which are left alone, which have come and gone.

Least in flight first, but the samples of one problem go to one server, whose prefix cache holds their prompt.
A server that is away is looked after until it is back, one that fails on problem after problem rests for a
while, one that refuses us or has moved is asked no more; what was in flight there goes to the others and
costs no attempt. While none answers all samples wait together; a run ends when that takes too long.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.engines.openai.server import Server
from verirs.errors import EngineError, UserError, VerirsError
from verirs.system.http import address

log = logging.getLogger("verirs.engines.openai")

_FIRST_PROBE, _LONGEST_PROBE, _SAY_AGAIN = 0.5, 10.0, 60.0
_READ_AGAIN = 2.0
"""Seconds after which a file of addresses is looked at again."""
_FAILING = 3
"""Problems in a row, none of them answered: the server is broken, not the problems."""
_LONGEST_REST = 60.0

Models = Mapping[str, int | None]


@dataclass(slots=True)
class Home:
    """Where the samples of one request go."""

    server: Server | None = None


class Pool:
    """
    Args:
        urls: addresses up to and including ``/v1``, or the path of a file with one a line, which is read
            again whenever it changes.
        key_env: environment variable of the key.
        timeout: seconds one answer may take.
        patience: seconds for which no server may answer.
        model: a server that lists its models and lacks this one is not asked.

    Raises:
        UserError: an address cannot be used, or two are equal.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        key_env: str,
        *,
        timeout: float,
        patience: float,
        model: str,
    ):
        self._file = Path(urls) if isinstance(urls, str) and is_file(urls) else None
        self._key_env, self._timeout, self._patience, self._model = key_env, timeout, patience, model
        self._servers: dict[str, Server] = {}
        self._former: set[Server] = set()
        """They have left the file, and may still owe an answer."""
        self._known: str | None = None
        self._half: str | None = None
        """What the file held when it was looked at last, if it did not end with a line's end."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._back: asyncio.Event | None = None
        self._none_since = 0.0
        self.models: dict[str, int | None] = {}
        """What they list, with context lengths."""
        if self._file is None:
            given = [urls] if isinstance(urls, str) else list(urls)
            checked = [base_address(url) for url in given]
            if not checked:
                raise UserError("engine openai: base_url is an empty list; name at least one server")
            if len(set(checked)) < len(checked):
                raise UserError("engine openai: base_url names a server twice")
            self._servers = {url: self._server(url) for url in checked}

    def _server(self, url: str) -> Server:
        return Server(url, self._key_env, timeout=self._timeout)

    @property
    def is_open(self) -> bool:
        return self._back is not None

    @property
    def up(self) -> list[Server]:
        """The servers that may be asked."""
        return [s for s in self._servers.values() if s.up]

    @property
    def only(self) -> Server:
        """The one server, where an address was given."""
        (server,) = self._servers.values()
        return server

    async def wait(self, server: Server, why: str) -> float:
        """Wait until a server is back. Returns the seconds that it took, 0 if it is there already.

        Raises:
            EngineError: it stays away beyond the patience.
        """
        return await self._until_one_is_up() if await self.away(server, why) else 0.0

    @property
    def named(self) -> str:
        """All of them, for a message."""
        if self._file is not None:
            return f"(servers of {self._file})"
        first, *others = self._servers
        return f"{first} and {len(others)} more" if others else first

    # ---- opening and closing ------------------------------------------------------------------------

    async def open(self) -> None:
        """Reach them; one that is there and fits is enough.

        Raises:
            UserError: the key is refused, none has the model, or the file cannot be used.
            EngineError: nobody is there.
        """
        if self._back is None:
            self._back = asyncio.Event()
        if self._file is not None:
            wrong = self._reread()
            if wrong:
                raise UserError(f"engine openai: {wrong}")
            self._task(self._watch(self._file))
            if not self._servers:
                log.warning("engine openai: %s names no server yet; waiting for the first", self._file)
        servers = list(self._servers.values())
        found = await asyncio.gather(*(self._reach(s) for s in servers), return_exceptions=True)
        faults = [e for e in found if isinstance(e, BaseException)]
        for fault in faults:
            if not isinstance(fault, VerirsError) or (isinstance(fault, UserError) and self._file is None):
                raise fault
        if len(faults) == len(servers) and servers and self._file is None:
            raise faults[0]
        for server, result in zip(servers, found, strict=True):
            if result is not None:
                log.warning("%s; %s", result, "the others go on" if self.up else "waiting for it")
                self._leave(server, str(result))
            elif not server.up:
                self._say_away(server)
                self._leave(server, server.why)
        if not self.up:
            self._none_since = time.monotonic()
            await self._until_one_is_up()

    async def _reach(self, server: Server) -> None:
        server.connect()
        models = await server.first_listing()
        if models is not None:
            if wrong := server.unfit(self._model, models):
                raise UserError(wrong)
            self._take_in(server, models)

    def _take_in(self, server: Server, models: Models) -> None:
        self.models.update(models)
        server.up, server.why = True, ""
        if self._back is not None:
            self._back.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._back = None
        for server in (*self._servers.values(), *self._former):
            server.up = False
            await server.close()
        self._former.clear()

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ---- choosing -----------------------------------------------------------------------------------

    async def take(self, home: Home, in_flight: int, avoid: Server | None = None) -> tuple[Server, float]:
        """The server for one sample, counted as in flight there, and the seconds that it was waited for.

        Args:
            in_flight: samples at most, over all servers: a home takes its share of them.
            avoid: it has just failed on this sample; another is asked if there is one.

        Raises:
            EngineError: none has answered for too long.
        """
        waited = 0.0
        while (server := self._pick(home, in_flight, avoid)) is None:
            waited += await self._until_one_is_up()
        server.in_flight += 1
        return server, waited

    def _pick(self, home: Home, in_flight: int, avoid: Server | None) -> Server | None:
        up = self.up
        if not up:
            return None
        now = time.monotonic()
        well = [s for s in up if s.rests_until <= now] or up
        well = [s for s in well if s is not avoid] or well
        least = min(well, key=lambda s: s.in_flight)
        share = math.ceil(in_flight / len(well))
        if home.server not in well or home.server.in_flight >= (
            share if least.in_flight < share / 2 else 2 * share
        ):
            home.server = least
        return home.server

    async def _until_one_is_up(self) -> float:
        """Seconds that it took.

        Raises:
            EngineError: it takes too long.
        """
        assert self._back is not None
        begun = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._none_since + self._patience - begun)):
                await self._back.wait()
        except TimeoutError:
            raise EngineError(self._gone()) from None
        return time.monotonic() - begun

    def _gone(self) -> str:
        long, servers = _clock(self._patience), list(self._servers.values())
        rest = (
            "All samples so far are stored: start it and run the same command. Longer patience: "
            "engine.deadline"
        )
        if len(servers) == 1:
            return f"engine openai: {servers[0].url} has been away for {long} ({servers[0].why}). {rest}"
        if not servers:
            return f"engine openai: {self._file} has named no server for {long}. {rest}"
        last = "; ".join(f"{s.url}: {s.why}" for s in servers[:3])
        return f"engine openai: none of {len(servers)} servers has answered for {long} ({last}). {rest}"

    # ---- what becomes of a server -------------------------------------------------------------------

    def answered(self, server: Server) -> None:
        """It gave a good answer."""
        server.failing.clear()
        server.spells, server.rests_until = 0, 0.0

    def others(self, server: Server) -> bool:
        """Whether another may be asked now, which does not rest."""
        now = time.monotonic()
        return any(s is not server and s.up and s.rests_until <= now for s in self._servers.values())

    async def away(self, server: Server, why: str) -> bool:
        """Whether it is away; then it is looked after until it is back."""
        if server.up and not await server.is_there() and server.up:
            self._none_since = time.monotonic()
            server.why = why
            self._leave(server, why)
            self._say_away(server)
        return not server.up

    def busy(self, server: Server, seconds: float) -> bool:
        """It has no room for so long. Returns whether another may be asked meanwhile."""
        server.rests_until = max(server.rests_until, time.monotonic() + seconds)
        return self.others(server)

    def failed(self, server: Server, problem: str, moves: int) -> bool:
        """It is there and failed on a sample. Returns whether another is asked at no cost of the sample.

        Args:
            moves: so often it went elsewhere without cost.
        """
        server.failing.add(problem)
        if not self.others(server):
            return False
        now = time.monotonic()
        if len(server.failing) >= _FAILING and server.rests_until <= now:
            server.spells += 1
            rest = min(_LONGEST_REST, 2.0**server.spells)
            server.rests_until = now + rest
            log.warning(
                "engine openai: %s fails on one problem after the other; it is left alone for %s",
                server.url,
                _clock(rest),
            )
        return moves == 0 or (server.rests_until > now and moves < 2 * len(self._servers))

    def dismiss(self, server: Server, error: VerirsError) -> bool:
        """It refuses us as a whole. Returns whether others are there; then it is asked no more."""
        if not any(s is not server and s.up for s in self._servers.values()):
            return False
        if server.up:
            log.warning("%s; the others go on", str(error).rstrip("."))
            server.up, server.dismissed, server.why = False, True, str(error)
        return True

    def _leave(self, server: Server, why: str) -> None:
        server.up, server.why = False, why
        if self._back is None:
            return  # closed: a sample's last word comes too late to look after anybody
        if not self.up:
            self._back.clear()
        self._task(self._look_after(server))

    def _say_away(self, server: Server) -> None:
        if self.up:
            log.warning("engine openai: %s does not answer (%s); the others go on", server.url, server.why)
        else:
            log.warning(
                "engine openai: %s does not answer (%s); waiting for it, at most %s",
                server.url,
                server.why,
                _clock(self._patience),
            )

    async def _look_after(self, server: Server, pause: float | None = None) -> None:
        begun = told = time.monotonic()
        pause = _FIRST_PROBE if pause is None else pause
        while self._servers.get(server.url) is server:
            await asyncio.sleep(pause)
            pause = min(max(2 * pause, _FIRST_PROBE), _LONGEST_PROBE)
            try:
                server.connect()
                if await server.is_there() and (models := await server.first_listing()) is not None:
                    if wrong := server.unfit(self._model, models):
                        raise UserError(wrong)
                    self._take_in(server, models)
                    took = _clock(time.monotonic() - begun)
                    log.warning("engine openai: %s is back after %s", server.url, took)
                    return
            except VerirsError as error:
                if isinstance(error, UserError) and server.why != str(error):
                    log.warning("%s; it is not asked until that changes", str(error).rstrip("."))
                server.why = str(error)
            if time.monotonic() - told >= _SAY_AGAIN and not self.up:
                told = time.monotonic()
                log.warning(
                    "engine openai: %s is away since %s, of at most %s",
                    server.url,
                    _clock(told - begun),
                    _clock(self._patience),
                )

    # ---- the file -----------------------------------------------------------------------------------

    async def _watch(self, file: Path) -> None:
        told = ""
        while True:
            await asyncio.sleep(_READ_AGAIN)
            before = set(self._servers)
            wrong = self._reread()
            if wrong and wrong != told:
                log.warning("engine openai: %s; the servers stay as they were", wrong)
            told = wrong
            for url in set(self._servers) - before:
                log.warning("engine openai: %s has joined", url)
                self._task(self._look_after(self._servers[url], 0.0))

    async def _close_when_idle(self, server: Server) -> None:
        while server.in_flight:
            await asyncio.sleep(_READ_AGAIN)
        self._former.discard(server)
        await server.close()

    def _reread(self) -> str:
        """Take in what the file names now; what is wrong with it in words, and then nothing is changed."""
        assert self._file is not None
        try:
            # opened each time: over a network, and behind a link, its size and time may be old ones
            text = self._file.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            return (
                f"base_url: {self._file} cannot be read ({error}); it is a file with one server's address "
                "a line, which may be empty at first"
            )
        before, self._half = self._half, None if text.endswith("\n") else text
        if text == self._known or (self._known is not None and self._half not in (None, before)):
            return ""  # nothing new; or its writer may be in the middle: half an address may be another one
        told = (line.partition("#")[0].strip() for line in text.splitlines())
        try:
            urls = [base_address(line) for line in told if line]
        except UserError as error:
            return f"{self._file}: {error}"
        self._known = text
        kept = {url: self._servers.get(url) or self._server(url) for url in dict.fromkeys(urls)}
        for url in set(self._servers) - set(kept):
            gone = self._servers[url]
            log.warning("engine openai: %s has left", url)
            gone.up, gone.dismissed = False, True
            self._former.add(gone)
            self._task(self._close_when_idle(gone))
        self._servers = kept
        if not self.up and self._back is not None and self._back.is_set():
            self._back.clear()
            self._none_since = time.monotonic()
        return ""


def is_file(text: str) -> bool:
    """Whether a ``base_url`` is a file of addresses."""
    return text.endswith(".txt") and not text.startswith(("http://", "https://"))


def base_address(url: str) -> str:
    """The address, checked.

    Raises:
        UserError: it cannot be used.
    """
    url = address(url, "engine openai: base_url")
    if (end := url.partition("?")[0]).endswith("/completions"):
        short = end.removesuffix("/completions").removesuffix("/chat")
        raise UserError(f"engine openai: base_url ends before /chat/completions: write {short}")
    return url


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
