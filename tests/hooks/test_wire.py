"""What clients, proxies and attackers of public servers sent over the wire: our bytes, one real server.

Beside each stands the address where that was told, asked or mended.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import Iterator

import pytest

pytest.importorskip("httptools")

import uvicorn

from tests.answering.engines import Written
from tests.hooks.test_serve import free_port
from verirs.answering import Answerer
from verirs.hooks import Grader
from verirs.serve.app import Server
from verirs.serve.gate import Limits
from verirs.serve.heads import Protocol

RIGHT = b'{"text": "It is \\\\boxed{4}", "answer": "4"}'
CHAT = json.dumps(
    {"model": "verirs", "messages": [{"role": "user", "content": "?"}], "stream": True}
).encode()
HUB = "https://github.com/"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server with an engine and a token, which takes bodies of 50,000 bytes."""
    answerer = Answerer({"n": 1}, engine=Written(["It is \\boxed{2}."]))
    app = Server(Grader("math"), "secret", Limits(body=50_000), answerer).app()
    number = free_port()
    config = uvicorn.Config(app, port=number, http=Protocol, log_level="critical", timeout_keep_alive=75)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=asyncio.run, args=(server.serve(),))
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.01)
    yield number
    server.should_exit = True
    thread.join(60)


def said(port: int, sent: bytes) -> bytes:
    """All that the server answers until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        out = b""
        try:
            one.sendall(sent)
            while piece := one.recv(65536):
                out += piece
        except ConnectionError:  # it closed while more was on its way
            pass
        return out


def post(
    body: bytes = RIGHT,
    *heads: bytes,
    path: bytes = b"/grade",
    version: bytes = b"1.1",
    length: bytes | None = None,
    token: bytes = b"Authorization: Bearer secret",
    close: bool = True,
) -> bytes:
    lines = [b"POST " + path + b" HTTP/" + version, b"Host: x", *heads]
    lines += [token] if token else []
    if length != b"":
        lines.append(b"Content-Length: " + (length or b"%d" % len(body)))
    lines += [b"Connection: close"] if close else []
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(*pieces: bytes, end: bytes = b"\r\n") -> bytes:
    return b"".join(b"%x" % len(p) + end + p + end for p in pieces) + b"0" + end + end


TWICE = chunked(RIGHT)
SMUGGLED = post(path=b"/grade_many", close=True)
TE = b"Transfer-Encoding: chunked"
ONE, REFUSED, NONE = [200], [400], list[int]()
CASES: list[tuple[str, str, bytes, list[int] | None]] = [
    # ---- framing
    (
        "a body in chunks",
        "Kludex/uvicorn/issues/31",
        post(chunked(RIGHT[:9], RIGHT[9:]), TE, length=b""),
        ONE,
    ),
    (
        "both a length and chunks",
        "pgjones/hypercorn/issues/279",
        post(b"0\r\n\r\n" + SMUGGLED, TE, length=b"5", close=False),
        REFUSED,
    ),
    (
        "two lengths",
        "mopemope/meinheld/issues/111",
        post(RIGHT, b"Content-Length: 0", close=False) + SMUGGLED,
        REFUSED,
    ),
    (
        "chunks are not the last coding",
        "oven-sh/bun/pull/35864",
        post(TWICE, TE + b", gzip", length=b""),
        REFUSED,
    ),
    ("chunks twice", "oven-sh/bun/pull/35864", post(TWICE, TE + b", chunked", length=b""), REFUSED),
    ("chunks of HTTP/1.0", "oven-sh/bun/pull/35864", post(TWICE, TE, version=b"1.0", length=b""), None),
    (
        "chunks ended by a bare line feed",
        "python-hyper/h11/security/advisories/GHSA-vqfr-h8mv-ghfj",
        post(chunked(RIGHT, end=b"\n"), TE, length=b""),
        REFUSED,
    ),
    (
        "a chunk longer than it says",
        "python-hyper/h11/security/advisories/GHSA-vqfr-h8mv-ghfj",
        post(b"2\r\n" + RIGHT + b"\r\n0\r\n\r\n", TE, length=b""),
        REFUSED,
    ),
    ("a length with a sign", "kazuho/Starlet/pull/34", post(RIGHT, length=b"+%d" % len(RIGHT)), REFUSED),
    ("a length below nothing", "kazuho/Starlet/pull/34", post(RIGHT, length=b"-1"), REFUSED),
    (
        "a blank before the colon",
        "cherrypy/cheroot/issues/275",
        post(RIGHT, b"Content-Length : 5", length=b""),
        REFUSED,
    ),
    ("a header in two lines", "cherrypy/cheroot/issues/275", post(RIGHT, b"X: a\r\n b"), None),
    (
        "the body is longer than it says",
        "cherrypy/cheroot/issues/275",
        post(RIGHT + b"abc", length=b"%d" % len(RIGHT)),
        [200],
    ),
    # ---- connections
    ("two at once, in order", "Kludex/uvicorn/issues/101", post(close=False) + post(b"{"), [200, 400]),
    ("three on one connection", "Kludex/uvicorn/issues/101", post(close=False) * 2 + post(), [200] * 3),
    (
        "closed by one word of several",
        "Kludex/uvicorn/pull/3103",
        post(RIGHT, b"Connection: close, TE", close=False),
        ONE,
    ),
    ("HTTP/1.0", "Kludex/uvicorn/pull/1360", post(version=b"1.0", close=False), ONE),
    ("waits for a go", "Kludex/uvicorn/issues/101", post(RIGHT, b"Expect: 100-continue"), [100, 200]),
    # ---- bodies
    ("no kind of content", "fastapi/fastapi/issues/3373", post(), ONE),
    ("plain text", "fastapi/fastapi/issues/3373", post(RIGHT, b"Content-Type: text/plain"), ONE),
    (
        "a character set",
        "pallets-eco/flask-pydantic/pull/33",
        post(RIGHT, b"Content-Type: application/json;charset=utf-8"),
        ONE,
    ),
    ("a byte order mark", "marshmallow-code/webargs/pull/428", post(b"\xef\xbb\xbf" + RIGHT), ONE),
    ("no UTF-8", "marshmallow-code/webargs/pull/428", post(b'{"text": "\xff"}'), REFUSED),
    (
        "compressed",
        "HarperFast/harper/issues/1438",
        post(gzip.compress(RIGHT), b"Content-Encoding: gzip"),
        [415],
    ),
    (
        "compressed by a codec that is not here",
        "QuantumNous/new-api/issues/4913",
        post(b"\x28\xb5\x2f\xfd", b"Content-Encoding: zstd"),
        [415],
    ),
    (
        "said to be compressed by nothing",
        "HarperFast/harper/issues/1438",
        post(RIGHT, b"Content-Encoding: identity"),
        ONE,
    ),
    (
        "half of an emoji",
        "JustVugg/colibri/pull/1589",
        post(b'{"text": "\\ud83d \\\\boxed{4}", "answer": "4"}'),
        ONE,
    ),
    (
        "half of an emoji in a chat",
        "JustVugg/colibri/pull/1589",
        post(CHAT.replace(b'"?"', b'"\\ud83d"'), path=b"/v1/chat/completions"),
        ONE,
    ),
    ("too large, said at once", "OpenRLHF/OpenRLHF/issues/1317", post(b"x", length=b"60000"), [413]),
    ("too large, sent whole", "OpenRLHF/OpenRLHF/issues/1317", post(b"x" * 60_000), [413]),
    (
        "too large, in chunks",
        "OpenRLHF/OpenRLHF/issues/1317",
        post(chunked(*[b"x" * 1000] * 60), TE, length=b""),
        [413],
    ),
    # ---- paths and tokens
    ("a whole address, as to a proxy", "Kludex/uvicorn/issues/101", post(path=b"http://x/grade"), ONE),
    ("a query behind the path", "THUDM/slime/pull/721", post(path=b"/grade?a=1"), ONE),
    ("letters by their codes", "Kludex/uvicorn/issues/101", post(path=b"/%67rade"), ONE),
    ("dots lead nowhere", "OpenRLHF/OpenRLHF/issues/1317", post(path=b"/health/../grade"), [404]),
    ("slashes lead nowhere", "OpenRLHF/OpenRLHF/issues/1317", post(path=b"//grade"), [404]),
    ("the token in the path", "OpenRLHF/OpenRLHF/issues/1317", post(path=b"/k/secret/grade", token=b""), ONE),
    ("no token", "OpenRLHF/OpenRLHF/issues/1317", post(token=b""), [401]),
    ("half a token", "OpenRLHF/OpenRLHF/issues/1317", post(token=b"Authorization: Bearer secre"), [401]),
    (
        "two tokens, the first is wrong",
        "OpenRLHF/OpenRLHF/issues/1317",
        post(RIGHT, b"Authorization: Bearer x"),
        [401],
    ),
    (
        "the word bearer in small letters",
        "fastapi/fastapi/issues/2429",
        post(token=b"authorization: bearer secret"),
        ONE,
    ),
    (
        "a token that is no ASCII",
        "OpenRLHF/OpenRLHF/issues/1317",
        post(token=b"Authorization: Bearer secret\xe9"),
        [401],
    ),
]


def statuses(answer: bytes) -> list[int]:
    return [int(part[2:5]) for part in answer.split(b"HTTP/1.")[1:]]


@pytest.mark.parametrize(
    ("about", "address", "sent", "wanted"), CASES, ids=[c[0].replace(" ", "-") for c in CASES]
)
def test_what_comes_over_the_wire(
    port: int, about: str, address: str, sent: bytes, wanted: list[int] | None
) -> None:
    answer = said(port, sent)
    found = statuses(answer)
    if wanted is None:  # either refused or understood, and once
        assert found in (ONE, REFUSED), f"{about}: {HUB}{address}"
    elif len(sent.split(b"HTTP/1.")) == 2 and wanted == [200]:
        assert found[:1] == [200] and set(found[1:]) <= {400}, f"{about}: {HUB}{address}"
    else:
        assert found == wanted, f"{about}: {HUB}{address}"


def test_a_client_of_http_1_0_gets_a_stream_without_marks_of_chunks(port: int) -> None:
    """As Kludex/uvicorn/pull/1360 tells of them: such a client reads to the end, and knows no chunks."""
    head, _, body = said(port, post(CHAT, path=b"/v1/chat/completions", version=b"1.0")).partition(
        b"\r\n\r\n"
    )
    assert b"200 OK" in head and b"chunked" not in head.lower()
    assert body.startswith(b"data: ") and body.endswith(b"data: [DONE]\n\n")
    whole = said(port, post(CHAT, path=b"/v1/chat/completions"))
    assert b"chunked" in whole.lower() and b"[DONE]" in whole


def test_a_head_after_the_first_has_a_bound_in_time_too(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verirs.serve.heads.LONGEST", 0.5)
    assert statuses(said(port, post(close=False) + b"POST /grade HTTP/1.1\r\nX: half")) == [200]


def test_a_body_that_was_refused_and_does_not_end_is_cut_off(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verirs.serve.heads.LATEST", 100_000)
    endless = b"".join(b"8000\r\n" + b"a" * 0x8000 + b"\r\n" for _ in range(64))  # without the last chunk
    answer = said(port, post(endless, TE, length=b"", close=False))
    assert statuses(answer) in ([413], NONE)  # nothing: the end came before it was read
    assert statuses(said(port, post())) == ONE
