"""The server answers its own page on this machine, and nobody else."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from verirs.errors import UserError
from verirs.running.marks import marks_path
from verirs.view.library import Library
from verirs.view.server import HOST, LARGEST, Server


def ask(
    server: Server, path: str, method: str = "GET", body: str | None = None, **headers: str
) -> tuple[int, Any, Any]:
    """Status, headers and body; ``path`` is as it stands in the request's first line."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None and "Content_Length" not in headers:
            connection.putheader("Content-Length", str(len(body.encode())))
        connection.endheaders(None if body is None else body.encode())
        answer = connection.getresponse()
        text = answer.read().decode()
        kind = answer.headers["Content-Type"]
        return (
            answer.status,
            answer.headers,
            json.loads(text) if kind.startswith("application/json") else text,
        )
    finally:
        connection.close()


def test_the_page_and_its_data(server: Server) -> None:
    status, headers, text = ask(server, f"/{server.token}/")
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8" and "<script>" in text
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    status, headers, found = ask(server, f"/{server.token}/data/runs")
    assert status == 200 and [r["name"] for r in found["runs"]] == ["codes", "curated", "hostile", "maths"]
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
    status, _, found = ask(server, f"/{server.token}/data/run/maths/problem/1")
    assert status == 200 and found["id"] == "gold/wrong?" and found["gold"] == "5"


def test_without_the_token_there_is_nothing(server: Server) -> None:
    for path in (
        "/",
        "/data/runs",
        "/x/data/runs",
        f"/{server.token[:-1]}/",
        f"/{server.token.swapcase()}/",
        "/%00/",
        "//",
    ):
        assert ask(server, path)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", ""])
def test_another_host_name_is_refused(server: Server, host: str) -> None:
    assert ask(server, f"/{server.token}/data/runs", Host=host)[0] == 403


def test_its_own_names_are_not(server: Server) -> None:
    for name in (HOST, "localhost"):
        assert ask(server, f"/{server.token}/data/runs", Host=f"{name}:{server.port}")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_site_is_refused(server: Server, headers: dict[str, str]) -> None:
    assert ask(server, f"/{server.token}/data/runs", **headers)[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        *("../manifest.json", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "data/../../etc/passwd"),
        *("data/run/..", "data/run/%2e%2e/problems", "data/run/..%2fmaths", "data/run/%2fetc%2fpasswd"),
        *("data/run/maths/problem/-1", "data/run/maths/problem/99", "data/run/maths/problem/1e3"),
        *(
            "data/run/maths/problem/\u0661",
            "data/run/maths/problem/99999999999999999999",
            "data/run/maths/manifest.json",
        ),
        *(
            "data/run/maths/../codes",
            "data/compare/maths/nothing",
            "data/loop/maths",
            "data",
            "data/",
            "static/app.js",
        ),
    ],
)
def test_a_path_never_becomes_a_file(server: Server, path: str) -> None:
    quoted = "".join(c if c.isascii() else "".join(f"%{b:02x}" for b in c.encode()) for c in path)
    status, _, said = ask(server, f"/{server.token}/{quoted}")
    assert status == 404 and set(said) == {"error"}


@pytest.fixture
def marking(folder: Path, tmp_path: Path) -> Iterator[Server]:
    shutil.copytree(folder / "maths", tmp_path / "runs" / "maths")
    server = Server(Library([tmp_path / "runs"]))
    server.start()
    yield server
    server.close()


def post(server: Server, body: str, path: str = "run/maths/mark", **headers: str) -> tuple[int, Any]:
    standard = {"Content_Type": "application/json", "Origin": f"http://{HOST}:{server.port}"}
    status, _, said = ask(server, f"/{server.token}/{path}", "POST", body, **{**standard, **headers})
    return status, said


def about(server: Server, problem: int = 0, sample: int = 1) -> str:
    """What the page sends back of the sample that it shows."""
    said: str = ask(server, f"/{server.token}/data/run/maths/problem/{problem}")[2]["samples"][sample][
        "about"
    ]
    return said


def marked(server: Server, **other: Any) -> str:
    """The body of a good mark, with something of it otherwise."""
    said = {"problem": "easy", "about": about(server), "sample": 1, "verdict": "fail", "note": "x"}
    return json.dumps(said | other)


def test_a_mark_is_taken(marking: Server) -> None:
    status, said = post(marking, marked(marking))
    assert status == 200 and said["verdict"] == "fail" and said["counts"]
    assert marks_path(marking.library.run("maths").path).read_text().count("\n") == 1


@pytest.mark.parametrize("body, status", [("", 400), ("{", 400), ("[]", 404), ("[" * 50_000, 400)])
def test_what_is_no_table_is_no_mark(marking: Server, body: str, status: int) -> None:
    assert post(marking, body)[0] == status
    assert not marks_path(marking.library.run("maths").path).exists()


@pytest.mark.parametrize(
    "other, status",
    [
        ({"problem": 0}, 400),
        ({"problem": None}, 400),
        ({"about": None}, 400),
        ({"about": "1"}, 400),
        ({"sample": True}, 400),
        ({"verdict": "error"}, 400),
        ({"verdict": ["fail"]}, 400),
        ({"note": 1}, 400),
        ({"problem": "another"}, 404),
        ({"sample": 9}, 404),
    ],
)
def test_what_is_no_mark_is_refused_and_writes_nothing(
    marking: Server, other: dict[str, Any], status: int
) -> None:
    assert post(marking, marked(marking, **other))[0] == status
    assert not marks_path(marking.library.run("maths").path).exists()


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content_Type": "text/plain"}, 400),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 400),
        ({"Content_Length": str(LARGEST + 1)}, 400),
        ({"Content_Length": "-1"}, 400),
        ({"Content_Length": "9" * 5000}, 400),
        ({"Host": "evil.example"}, 403),
    ],
)
def test_a_mark_of_another_page_is_refused(marking: Server, headers: dict[str, str], status: int) -> None:
    assert post(marking, marked(marking), **headers)[0] == status
    assert not marks_path(marking.library.run("maths").path).exists()


def test_nothing_else_can_be_posted_or_deleted(marking: Server) -> None:
    for path in ("run/maths", "run/maths/problems", "run/nothing/mark", "mark", "run/..%2f/mark"):
        assert post(marking, marked(marking), path)[0] == 404
    assert ask(marking, f"/{marking.token}/", "DELETE")[0] == 501


def test_a_request_without_an_origin_cannot_mark(marking: Server) -> None:
    path = f"/{marking.token}/run/maths/mark"
    assert ask(marking, path, "POST", marked(marking), Content_Type="application/json")[0] == 403


def test_what_was_refused_is_not_read_as_the_next_request(server: Server) -> None:
    inner = f"GET /{server.token}/data/runs HTTP/1.1\r\nHost: {HOST}:{server.port}\r\n\r\n"
    for head in ("POST /x HTTP/1.1\r\nHost: evil.example\r\n", "GET /x HTTP/1.1\r\n"):
        with socket.create_connection((HOST, server.port), timeout=60) as connection:
            connection.sendall(f"{head}Content-Length: {len(inner)}\r\n\r\n{inner}".encode())
            said = b""
            while more := connection.recv(65536):
                said += more
        assert said.count(b"HTTP/1.1 ") == 1 and b" 403 " in said.splitlines()[0]


def test_two_host_names_are_none(server: Server) -> None:
    with socket.create_connection((HOST, server.port), timeout=60) as connection:
        hosts = f"Host: {HOST}:{server.port}\r\nHost: evil.example\r\n"
        connection.sendall(f"GET /{server.token}/ HTTP/1.1\r\n{hosts}\r\n".encode())
        assert b" 403 " in connection.recv(65536).splitlines()[0]


def test_what_is_no_address_is_not_there(server: Server) -> None:
    with socket.create_connection((HOST, server.port), timeout=60) as connection:
        connection.sendall(f"GET http://[/ HTTP/1.1\r\nHost: {HOST}:{server.port}\r\n\r\n".encode())
        assert b" 404 " in connection.recv(65536).splitlines()[0]


def test_it_listens_on_this_machine_alone(server: Server) -> None:
    assert server._http.server_address[0] == "127.0.0.1"


def test_a_taken_port_is_said(server: Server, folder: Path) -> None:
    for port in (server.port, 99_999):
        with pytest.raises(UserError, match="choose another --port"):
            Server(Library([folder]), port)


def test_two_servers_have_two_tokens(server: Server, folder: Path) -> None:
    other = Server(Library([folder]))
    other.start()
    assert other.token != server.token and len(other.token) >= 20
    assert ask(other, f"/{server.token}/")[0] == 404
    other.close()
