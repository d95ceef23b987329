"""The shared HTTP client: what is a broken connection, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from verirs.system.client import Answer, Client, Dropped
from verirs.system.http import Body

GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def asked(answer: bytes) -> Answer:
    """What the client makes of a server's bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def go() -> Answer:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        made = Client(f"http://127.0.0.1:{port}/v1", "", "test", connect=60)
        try:
            return await made.ask("GET", f"http://127.0.0.1:{port}/v1/models", seconds=60)
        finally:
            await made.close()
            server.close()

    return asyncio.run(go())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: minus\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000 + b"\r\n\r\n{}",
        b"HTTP/9.9 2000 OK\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_a_dropped_connection(answer: bytes) -> None:
    with pytest.raises(Dropped):
        asked(answer)


def broken_body(*_: object) -> None:
    raise AttributeError("a mistake of ours")


@pytest.mark.parametrize("place", ["feed", "end"])
def test_a_mistake_of_ours_is_no_dropped_connection(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(GOOD).body == b"{}"
    broken: Callable[..., None] = broken_body
    monkeypatch.setattr(Body, place, broken)
    with pytest.raises(AttributeError, match="a mistake of ours"):
        asked(GOOD)
