"""The server's own ASGI application: paths, methods, bodies in pieces, what JSON cannot say."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.hooks.test_serve import RIGHT, asked, free_port, post
from verirs.serve.asgi import Asked, as_json
from verirs.serve.gate import Refused


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/health", 200, "ok"),
        ("HEAD", "/health", 200, ""),
        ("GET", "/health/", 200, "ok"),
        ("GET", "/k/any/health", 200, "ok"),
        ("POST", "/health", 405, "takes GET, HEAD"),
        ("GET", "/grade", 405, "takes POST"),
        ("DELETE", "/grade", 405, "takes POST"),
        ("GET", "/", 404, "no such path"),
        ("GET", "/k/", 404, "no such path"),
        ("GET", "/k/secret", 404, "no such path"),
        ("GET", "/nothing/here", 404, "no such path"),
        ("GET", "/v1/models/a/b", 404, "no [engine]"),
    ],
)
def test_paths_and_methods(method: str, path: str, status: int, said: str) -> None:
    async def calls(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, path)

    found = asked(calls)
    assert found.status_code == status and said in found.text
    assert ("allow" in found.headers) == (status == 405)


def test_a_slash_at_the_end_makes_no_difference() -> None:
    assert post("/grade/", RIGHT).json()["reward"] == 1.0


def request(*messages: dict[str, Any], waits: bool = False) -> Asked:
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if not left and waits:
            await asyncio.Event().wait()
        return left.pop(0)

    return Asked({"type": "http", "method": "POST", "headers": []}, receive, "/grade")


def piece(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


def test_a_body_in_pieces_is_one() -> None:
    pieces = [piece(b'{"a"'), piece(b""), piece(b": 1}"), piece(b"", more=False)]
    assert asyncio.run(request(*pieces).json(100, 60)).content == {"a": 1}
    number = asyncio.run(request(piece(b"123456789012345678901234567890", more=False)).json(100, 60)).content
    assert number == 123456789012345678901234567890


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request(GONE), 400),
        (request(piece(b"{"), GONE), 400),
        (request(piece(b"x" * 11, more=False)), 413),
        (request(piece(b"x" * 6), piece(b"x" * 6)), 413),
        (request(piece(b"{"), waits=True), 408),
        (request(waits=True), 408),  # not a byte of it
        (request(piece(b"\xff", more=False)), 400),
        (request(piece(b"", more=False)), 400),
    ],
    ids=["gone", "gone-within", "large", "large-in-pieces", "slow", "silent", "no-text", "empty"],
)
def test_what_is_no_body_is_refused(asked: Asked, status: int) -> None:
    with pytest.raises(Refused) as refused:
        asyncio.run(asked.json(10, 0.05))
    assert refused.value.status == status


@pytest.mark.parametrize("value", ["\ud800", "\u00e9\u4e2d", 2**80, 0.1, [], {}, None])
def test_what_is_told_is_json_that_says_the_same(value: Any) -> None:
    assert json.loads(as_json({"a": value}).body) == {"a": value}


def test_numbers_that_json_has_not_break_no_request() -> None:
    body = b'{"response": "\\\\boxed{4}", "answer": NaN, "seen": [Infinity, NaN]}'
    found = post("/verify", body)
    assert found.status_code == 200 and found.json()["reward"] == 0.0
    json.loads(found.text, parse_constant=pytest.fail)


def test_what_is_told_beside_a_lone_surrogate_has_no_nan() -> None:
    assert (
        json.loads(as_json({"a": "\ud800", "b": float("nan")}).body, parse_constant=pytest.fail)["b"] is None
    )


@pytest.mark.parametrize("depth", [200, 400, 900, 990, 5000])
def test_nesting_breaks_nothing(depth: int) -> None:
    row = json.dumps({"response": r"\boxed{4}", "answer": "4"})
    body = f'{row[:-1]}, "deep": {"[" * depth}{"]" * depth}}}'.encode()
    for path in ("/verify", "/grade", "/rm", "/get_reward", "/judge", "/run_code"):
        assert post(path, body).status_code in (200, 400, 422), path


def test_an_endpoint_that_breaks_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    from verirs.serve.app import Server

    async def broken(self: Any, body: Any) -> Any:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(Server, "grade", broken)

    async def calls(client: httpx.AsyncClient) -> str:
        with pytest.raises(KeyError):
            await client.post("/grade", json=RIGHT)
        return (await client.get("/metrics")).text

    assert 'verirs_requests_total{path="/grade",status="500"} 1' in asked(calls)


def test_a_head_has_a_bound_in_size_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("httptools")
    import uvicorn

    from verirs.serve import heads

    monkeypatch.setattr(heads, "LONGEST", 0.2)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await as_json({"seen": len(scope["headers"])})(scope, receive, send)

    async def said(port: int, sent: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        try:
            return await asyncio.wait_for(reader.read(), 60)  # until the server closes
        except ConnectionError:  # it closed while more was on its way
            return b"closed"
        finally:
            writer.close()

    async def go() -> list[bytes]:
        port = free_port()
        config = uvicorn.Config(app, port=port, http=heads.Protocol, lifespan="off", log_level="critical")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        heads_sent = [
            b"X: " + b"a" * 40_000 + b"\r\n",
            b"X: " + b"a" * 4_000_000,
            b"X: b\r\n" * 50_000,
            b"X: half",
        ]
        begun = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        ends = [b"\r\n", b"", b"", b""]
        found = [await said(port, begun + head + end) for head, end in zip(heads_sent, ends, strict=True)]
        server.should_exit = True
        await running
        return found

    usual, large, many, half = asyncio.run(go())
    assert b"200 OK" in usual and b'{"seen":3}' in usual
    assert b"200 OK" not in large + many and large and many and half == b""
