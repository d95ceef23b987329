"""A server that does to one problem, or to all, whatever a fault says; and a whole run against it.

A fault is a function that answers one request in its own way. It strikes one problem ``for ever``, every
problem ``once``, or ``all`` requests. Six problems, two samples each, in two of which lies all of what is to
be seen: the others must come whatever happens to one, and nothing raw may be said.
"""

from __future__ import annotations

import contextlib
import functools
import json
import resource
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.engines.server import completion
from tests.http_server import LocalServer
from tests.outside.case import RAW, Ran, command

PROBLEMS, SAMPLES = 6, 2
CONTROL = {chr(c) for c in range(32)} - {"\n", "\t", "\r"} | {"\x9b", "\u202e"}


class Out:
    """Where a fault writes its answer."""

    def __init__(self, handler: BaseHTTPRequestHandler, stop: threading.Event, body: Mapping[str, Any]):
        self._handler, self.stop, self.body = handler, stop, dict(body)
        self.path = handler.path

    def raw(self, data: bytes) -> None:
        """Bytes as they are, and then the connection is closed."""
        self._handler.close_connection = True
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def send(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        lines = [f"HTTP/1.1 {status} Said", *(f"{k}: {v}" for k, v in (headers or {}).items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode()
        self._handler.wfile.write(head + data)
        self._handler.wfile.flush()

    def good(self) -> dict[str, Any]:
        return completion(self.body)


Fault = Callable[[Out], None]


def says(status: int, data: Any, headers: Mapping[str, str] | None = None) -> Fault:
    return lambda out: out.send(status, data, headers)


def raw(data: bytes) -> Fault:
    return lambda out: out.raw(data)


def edited(change: Callable[[dict[str, Any]], Any]) -> Fault:
    """A good answer after ``change``, which may return another value in its place."""

    def fault(out: Out) -> None:
        answer = out.good()
        changed = change(answer)
        out.send(200, answer if changed is None else changed)

    return fault


def choice(**fields: Any) -> Fault:
    return edited(lambda a: a["choices"][0].update(fields))


def message(**fields: Any) -> Fault:
    return edited(lambda a: a["choices"][0]["message"].update(fields))


def usage(**fields: Any) -> Fault:
    return edited(lambda a: a["usage"].update(fields))


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Fault:
    """A head, and pieces until the other side goes away."""

    def fault(out: Out) -> None:
        out.raw(head)
        while not out.stop.wait(pause):
            out.raw(piece)

    return fault


def hang(out: Out) -> None:
    out.stop.wait(30)
    out.raw(b"")


def bomb(coding: str) -> Fault:
    """1 GB in 1 MB."""
    return lambda out: out.send(200, _packed(coding), {"Content-Encoding": coding})


@functools.cache
def _packed(coding: str) -> bytes:
    packing = zlib.compressobj(6, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    piece = b" " * 2**20
    return b"".join([*(packing.compress(piece) for _ in range(1000)), packing.flush()])


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault, and what a reasonable user expects of a run against it.

    Args:
        seen: where it was met, or ``own``.
        kind: ``broken``: that attempt failed, the next may not. ``refused``: that sample will never come.
            ``works``: it is a completion. ``ends``: the run ends with ``code``, nothing sampled after it.
        strikes: ``one`` problem for ever, each problem ``once``, or ``all`` requests. Empty: by the kind.
        words: what the run says of it.
        models: answers GET /models in place of a list with the model.
        options: of the engine.
        toml: more of the config.
        environment: variables of the run.
        check: more that holds of the run and of the requests that the server got.
    """

    id: str
    fault: Fault | None = None
    seen: str = "own"
    kind: str = "broken"
    strikes: str = ""
    words: str = ""
    code: int = 0
    models: Fault | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    toml: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Ran, list[dict[str, Any]]], Any] | None = None


def both(*cases: Case) -> list[Case]:
    """Each broken answer for one problem for ever, and for each problem once."""
    found = []
    for case in cases:
        for strikes in ("one", "once") if case.kind == "broken" and not case.strikes else (case.strikes,):
            found.append(
                Case(
                    **{
                        **case.__dict__,
                        "id": f"{case.id}{'-' + strikes if strikes else ''}",
                        "strikes": strikes,
                    }
                )
            )
    return found


@contextlib.contextmanager
def serving(case: Case, port: int = 0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The server; its address, and the bodies of the requests it gets."""
    stop, lock, bodies = threading.Event(), threading.Lock(), []
    tried: Counter[str] = Counter()
    strikes = case.strikes or {"refused": "one", "broken": "one"}.get(case.kind, "all")

    connections: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            connections.append(self.request)
            super().setup()

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            out = Out(self, stop, {})
            (case.models or says(200, {"data": [{"id": "tiny"}]}))(out)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            out = Out(self, stop, body)
            asked = json.dumps([body["messages"], body.get("seed")])
            with lock:
                bodies.append(body)
                tried[asked] += 1
            struck = {"one": "poison" in asked, "once": tried[asked] == 1, "all": True}[strikes]
            if case.fault is not None and struck:
                case.fault(out)
            else:
                out.send(200, out.good())

    server = LocalServer(Handler, port)
    try:
        yield f"{server.url}/v1", bodies
    finally:
        stop.set()
        server.close()
        for connection in connections:  # those kept alive too, as when the process ends
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def write(folder: Path, url: str, case: Case) -> None:
    rows = [
        {"id": f"p{i}", "prompt": f"What is {i} + {i}?{' (poison)' if i == 2 else ''}", "answer": str(2 * i)}
        for i in range(PROBLEMS)
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    more = dict(case.options)
    if more.get("base_url") == "https":  # where plain HTTP is spoken
        more["base_url"] = url.replace("http:", "https:")
    options = {"model": "tiny", "base_url": url, "retries": 1, "timeout": 60, "deadline": 90, **more}
    lines = [f"{key} = {_toml(value)}" for key, value in options.items()]
    count = "" if case.toml.startswith("n =") else f"n = {SAMPLES}"
    text = f'name = "r"\n{count}\n{case.toml}\n[source]\nname = "file"\npath = "rows.jsonl"\n[engine]\n'
    (folder / "conf.toml").write_text(text + 'name = "openai"\n' + "\n".join(lines) + "\n[scorer.math]\n")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def fault_of(case: Case, folder: Path) -> str:
    """Run the case; what is not as expected, else an empty text."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with serving(case) as (url, bodies):
        write(folder, url, case)
        ran = command(folder, "run", "conf.toml")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    wrong = [f"a raw {raw_word}" for raw_word in (*RAW, "Error:") if raw_word in ran.said]
    wrong += [f"a control character {c!r}" for c in CONTROL & set(ran.said)]
    if grown > 400:
        wrong.append(f"memory grew by {grown:.0f} MB")
    if time.monotonic() - began > 240:
        wrong.append(f"it took {time.monotonic() - began:.0f} s")
    lost = SAMPLES if case.kind == "refused" or (case.kind == "broken" and case.strikes != "once") else 0
    code = {"broken": 4 if lost else 0, "refused": 0, "works": 0, "ends": case.code}[case.kind]
    if ran.code != code:
        wrong.append(f"exit {ran.code}, not {code}")
    if case.kind != "ends":
        stored = _stored(folder)
        if stored < PROBLEMS * SAMPLES - lost:
            wrong.append(f"{stored} of {PROBLEMS * SAMPLES - lost} samples stored")
        log = (folder / "runs/r/log.txt").read_text() if (folder / "runs/r/log.txt").exists() else ""
        if lost and "'p2'" not in log:
            wrong.append("the log does not list what is missing")
    if case.strikes != "once" and case.words.lower() not in ran.said.lower():
        wrong.append(f"it does not say {case.words!r}")
    if case.check is not None and not wrong and not case.check(ran, bodies):
        wrong.append("the check fails")
    return f"{'; '.join(wrong)}: {ran.said[-600:]}" if wrong else ""


def _stored(folder: Path) -> int:
    try:
        return int(json.loads((folder / "runs/r/summary.json").read_text())["completions"])
    except (OSError, ValueError, KeyError):
        return 0
