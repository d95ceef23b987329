"""Attacks on a real server, byte by byte: its token, memory and patience; and usual clients, which are none.

Of 94 attacks and odd clients, 71 were met rightly at first. What went wrong is kept here, with what lies
beside it: what no one waits for kept a connection for ever (an empty line behind an answer, a body behind a
refusal, an answer that is not read); trailers filled the memory and counted as headers; extensions of chunks
had no bound; a request that would rather be HTTP/2 lost its body; and what is no request filled the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("httptools")

import uvicorn

from tests.hooks.test_serve import free_port
from tests.hooks.test_wire import NONE, ONE, REFUSED, RIGHT, TE, chunked, post, said, statuses
from verirs.hooks import Grader
from verirs.serve import heads
from verirs.serve.app import Server
from verirs.serve.asgi import App, Asked, Reply, as_json
from verirs.serve.gate import Limits

TOKEN = b"s3cr3t-T0ken"
GOOD, WRONG = b"Authorization: Bearer " + TOKEN, b"Authorization: Bearer wrong"
SOON = 0.4
"""Seconds of all bounds in time, here."""
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
H2C = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMA")


@contextmanager
def serving(app: Any, longest: float = SOON) -> Iterator[int]:
    """The port of a server whose bounds in time are short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heads, "LONGEST", longest)
        number = free_port()
        config = uvicorn.Config(
            app, port=number, http=heads.Protocol, log_level="warning", timeout_keep_alive=3, ws="none"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=asyncio.run, args=(server.serve(),))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield number
        server.should_exit = True
        thread.join(60)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(Server(Grader("math"), TOKEN.decode(), Limits(seconds=SOON)).app()) as number:
        yield number


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield one


def until_closed(one: socket.socket, drip: bytes = b"", within: float = 20.0) -> bytes | None:
    """What is answered until the server closes, while ``drip`` is sent again and again; ``None``: it never
    does.
    """
    out, end = b"", time.monotonic() + within
    one.settimeout(0.05)
    while time.monotonic() < end:
        try:
            if drip:
                one.sendall(drip)
            if not (piece := one.recv(65536)):
                return out
            out += piece
        except TimeoutError:
            pass
        except ConnectionError:
            return out
    return None


def long(token: bytes = GOOD) -> bytes:
    return post(b"", length=b"5000", token=token, close=False)


def in_chunks(token: bytes = GOOD) -> bytes:
    return post(b"", TE, length=b"", token=token, close=False)


# ---- the token ------------------------------------------------------------------------------------------

PATH = b"/k/" + TOKEN
NO_TOKEN = {
    "empty": (b"Authorization: Bearer ", b"/grade"),
    "no-scheme": (b"Authorization: " + TOKEN, b"/grade"),
    "basic": (b"Authorization: Basic " + TOKEN, b"/grade"),
    "empty-in-the-path": (b"", b"/k//grade"),
    "shorter": (b"", PATH[:-1] + b"/grade"),
    "longer": (b"", PATH + b"x/grade"),
    "nul": (b"", PATH + b"%00/grade"),
    "other-letters": (b"", b"/k/s%EF%BC%93cr3t-T0ken/grade"),
    "no-utf8": (b"", b"/k/%ff%fe/grade"),
    "surrogate": (b"", b"/k/%ed%a0%80/grade"),
    "query": (b"", b"/grade?token=" + TOKEN),
    "cookie": (b"Cookie: token=" + TOKEN, b"/grade"),
    "not-ascii": ("Authorization: Bearer s3cr3t\u00e9".encode(), b"/grade"),
    "long": (b"Authorization: Bearer " + b"a" * 60_000, b"/grade"),
}


@pytest.mark.parametrize("name", NO_TOKEN)
def test_what_is_not_the_token_is_refused(port: int, name: str) -> None:
    header, path = NO_TOKEN[name]
    assert statuses(said(port, post(token=header, path=path))) == [401]


def test_the_token_behind_the_body_is_no_header(port: int) -> None:
    body = chunked(RIGHT)[:-2] + GOOD + b"\r\n\r\n"
    assert statuses(said(port, post(body, TE, length=b"", token=b""))) == [401]
    usual = chunked(RIGHT)[:-2] + b"X-Sum: 5\r\nContent-Encoding: gzip\r\n\r\n"
    assert statuses(said(port, post(usual, TE, length=b"", token=GOOD))) == ONE


def test_the_token_is_told_nowhere(port: int, caplog: pytest.LogCaptureFixture) -> None:
    asked = [
        post(token=b"", path=PATH + end) for end in (b"", b"/", b"/grad", b"/grade/x", b"%0d%0aX:%20y/grade")
    ]
    asked += [post(token=b"", path=path) for path in (PATH.upper(), b"/" + TOKEN, PATH + b"\xff/grade")]
    asked += [HEALTH.replace(b"/health", PATH + path) for path in (b"/grade", b"/metrics", b"/v1/models/x")]
    asked += [post(b"{", token=GOOD), post(b"[5]", token=GOOD), post(b"\x00", *H2C, token=GOOD)]
    with caplog.at_level(logging.DEBUG):
        answers = [said(port, one.replace(b"Host: x", b"Host: x\r\nConnection: close", 1)) for one in asked]
        answers.append(
            said(
                port, HEALTH.replace(b"/health", b"/metrics").replace(b"x\r\n", b"x\r\nConnection: close\r\n")
            )
        )
    told = b"".join(answers).lower() + caplog.text.encode().lower()
    assert all(answers) and TOKEN.lower() not in told and b"location:" not in told


def test_a_wrong_token_is_refused_before_the_body_comes(port: int) -> None:
    for extra in ((), (b"Expect: 100-continue",)):
        with connected(port) as one:
            one.sendall(post(b"", *extra, length=b"16000000", token=WRONG, close=False))
            assert statuses(one.recv(4096)) == [401]


# ---- patience -------------------------------------------------------------------------------------------

SLOW: dict[str, tuple[bytes, bytes, list[int]]] = {
    "nothing": (b"", b"", NONE),
    "a-head": (b"GET /health HTTP/1.1\r\nX: ", b"a", NONE),
    "headers": (b"GET /health HTTP/1.1\r\n", b"X: a\r\n", NONE),
    "a-body": (long(), b"a", [408]),
    "chunks": (in_chunks(), b"1\r\na\r\n", [408]),
    "a-refused-body": (long(WRONG), b"a", [401]),
    "refused-chunks": (in_chunks(WRONG), b"1\r\na\r\n", [401]),
    "empty-lines-behind-an-answer": (HEALTH, b"\r\n", [200]),
    "a-body-that-nobody-asked-for": (HEALTH.replace(b"x\r\n", b"x\r\nContent-Length: 500\r\n"), b"a", [200]),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_client_is_cut_off(port: int, name: str) -> None:
    begin, drip, wanted = SLOW[name]
    with connected(port) as one:
        one.sendall(begin)
        answer = until_closed(one, drip)
        assert answer is not None and statuses(answer) == wanted


@pytest.mark.parametrize(("begin", "more"), [(HEALTH, b"\r\n"), (long(WRONG), b"a")], ids=["line", "body"])
def test_one_byte_behind_an_answer_keeps_no_connection(port: int, begin: bytes, more: bytes) -> None:
    with connected(port) as one:
        one.sendall(begin)
        assert one.recv(4096)
        one.sendall(more)
        assert until_closed(one) is not None


MANY = post(
    json.dumps([{"text": "\\boxed{4}", "answer": "4"}] * 4000).encode(), path=b"/grade_many", token=GOOD
)
STAYS = MANY.replace(b"Connection: close\r\n", b"")


def test_an_answer_that_is_not_read_keeps_no_connection(port: int) -> None:
    with connected(port) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.settimeout(20)
        with pytest.raises(ConnectionError):  # not TimeoutError: the server has gone
            while True:
                one.sendall(STAYS)


def test_an_answer_that_is_read_slowly_is_read_whole() -> None:
    """More than the system holds for a connection: the server waits for its reader, in all longer than for
    one piece."""
    longest = 2.0  # a reader on a busy machine stands still for half a second
    app = Server(Grader("math"), TOKEN.decode(), Limits(seconds=SOON)).app()
    with serving(app, longest) as port, connected(port) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sending = threading.Thread(target=one.sendall, args=(STAYS * 7 + MANY,))
        sending.start()
        out, begun = bytearray(), time.monotonic()
        while piece := one.recv(65536):
            out += piece
            time.sleep(0.04)
        sending.join()
        took = time.monotonic() - begun
    assert took > longest and len(out) > 6_000_000
    assert out.count(b'"verdict":"pass"') == 8 * 2 * 4000  # of each row, and of its only score


def test_usual_clients_are_not_cut_off(port: int) -> None:
    with connected(port) as one:
        for pause in (0.0, 0.3, SOON * 1.5, 0.3, SOON * 3):
            time.sleep(pause)
            one.sendall(post(token=GOOD, close=False))
            assert statuses(one.recv(65536)) == ONE
        sent = post(token=GOOD)
        for i in range(0, len(sent), 40):
            one.sendall(sent[i : i + 40])
            time.sleep(0.02)
        assert statuses(until_closed(one) or b"") == ONE


def test_a_request_that_is_worked_on_is_not_cut_off() -> None:
    @contextlib.asynccontextmanager
    async def life() -> AsyncIterator[None]:
        yield

    async def slow(asked: Asked) -> Reply:
        assert await asked.body(100, 60) == b"body"
        await asyncio.sleep(SOON * 4)
        return as_json("done")

    with serving(App({}, {"/slow": slow}, life)) as number:
        assert b"done" in said(number, post(b"body", path=b"/slow"))


# ---- memory ---------------------------------------------------------------------------------------------


def held() -> int:
    """Bytes that this process has in memory, the server in it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


TWO = b"2\r\n{}\r\n"
ENDLESS = {
    "extension": (in_chunks() + b"5;", b"a" * 65536),
    "trailers": (in_chunks() + TWO + b"0\r\n", b"X: aaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 2000),
    "refused-trailers": (in_chunks(WRONG) + TWO + b"0\r\n", b"X: aaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 2000),
    "one-trailer": (in_chunks() + TWO + b"0\r\nX: ", b"a" * 65536),
    "empty-lines": (b"", b"\r\n" * 30_000),
    "requests": (b"", b"GET / HTTP/1.1\r\n\r\n" * 4000),
    "head": (b"GET / HTTP/1.1\r\nX: ", b"a" * 65536),
}


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("name", ENDLESS)
def test_what_does_not_end_is_cut_off_soon(port: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "LONGEST", 60.0)  # of new connections: by its size, not by its time
    begin, piece = ENDLESS[name]
    sent, before = 0, held()
    with connected(port) as one:
        one.settimeout(5)
        with pytest.raises(ConnectionError):
            one.sendall(begin)
            while sent < 30_000_000:
                one.sendall(piece)
                sent += len(piece)
    assert held() - before < 30_000_000
    assert statuses(said(port, post(token=GOOD))) == ONE


def test_many_requests_at_once_are_answered_or_told_why(port: int) -> None:
    last = post(token=GOOD)
    assert statuses(said(port, HEALTH * 200 + last)) == ONE * 201
    answer = said(port, HEALTH * 400 + last)
    assert statuses(answer) == REFUSED and b"wait for their answers" in answer


# ---- another protocol -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 50, 10**6])
def test_a_request_that_would_rather_be_another_protocol_is_answered(port: int, size: int) -> None:
    """As curl's with ``--http2``, and those of Java's client: the body belongs to it."""
    asked = post(RIGHT, *H2C, token=GOOD, close=False) + post(
        chunked(RIGHT), *H2C, TE, length=b"", token=GOOD, close=False
    )
    asked += post(RIGHT, *H2C, token=WRONG, close=False) + HEALTH.replace(
        b"x\r\n", b"x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    )
    asked += post(token=GOOD)
    with connected(port) as one:
        for i in range(0, len(asked), size):
            one.sendall(asked[i : i + size])
        assert statuses(until_closed(one) or b"") == [200, 200, 401, 200, 200]


def test_it_is_no_proxy(port: int) -> None:
    for path in (b"example.org:443", b"/grade"):
        assert statuses(said(port, b"CONNECT " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")) == REFUSED


def test_what_is_no_request_fills_no_log(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            assert statuses(said(port, b"\x16\x03\x01\x00\xa5" + os.urandom(150) + b"\r\n\r\n")) == REFUSED
            said(port, post(b"", *H2C, token=WRONG))
            with connected(port) as one:
                one.sendall(post(token=GOOD, close=False) * 3)  # and goes
    time.sleep(0.2)
    assert not caplog.records
