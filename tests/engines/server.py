"""A real HTTP server for tests that speaks chat completions, and misbehaves when told to.

Its texts are the fake engine's: a function of the messages and the seed. ``script`` holds what the next
posts get instead of an answer: a status number, ``(status, headers[, message])``, or ``hang``, ``garbage``,
``drop``, ``null``.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.http_server import LocalServer
from verirs.engines.fake import _rng, _text
from verirs.engines.requests import cut


class ChatServer:
    def __init__(self, models: tuple[str, ...] = ("tiny",), key: str = "", delay: float = 0.0, kept: int = 0):
        """``kept``: answers so many requests of a connection, and hangs up on the next."""
        self.script: deque[Any] = deque()
        self.bodies: list[dict[str, Any]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            answered = 0

            def setup(self) -> None:
                outer._connections.append(self.request)
                super().setup()

            def log_message(self, *_: Any) -> None:
                pass

            def parse_request(self) -> bool:
                self.answered += 1
                if kept and self.answered > kept:
                    self.close_connection = True
                    return False
                return super().parse_request()

            def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def refused(self) -> bool:
                said = self.headers.get("Authorization", "")
                if not key or said == f"Bearer {key}":
                    return False
                self.send(401, {"error": {"message": f"bad key {said}"}})
                return True

            def do_GET(self) -> None:
                if outer.script and outer.script[0] == "hang":
                    outer.release.wait(30)
                if not self.refused():
                    self.send(200, {"data": [{"id": model} for model in models]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.refused():
                    return
                with outer._lock:
                    outer.bodies.append(body)
                    trouble = outer.script.popleft() if outer.script else None
                    outer._at_once += 1
                    outer.most_at_once = max(outer.most_at_once, outer._at_once)
                try:
                    outer.release.wait(delay)
                    self.answer(body, trouble)
                finally:
                    with outer._lock:
                        outer._at_once -= 1

            def answer(self, body: dict[str, Any], trouble: Any) -> None:
                if trouble == "hang":
                    outer.release.wait(30)
                    self.close_connection = True
                elif trouble == "drop":
                    self.close_connection = True
                elif trouble == "garbage":
                    self.send(200, b"<html>busy</html>")
                elif isinstance(trouble, dict):
                    self.send(200, trouble)
                elif isinstance(trouble, int):
                    self.send(trouble, {"error": {"message": f"told to say {trouble}"}})
                elif isinstance(trouble, tuple):
                    status, headers, *said = trouble
                    self.send(status, {"error": {"message": said[0] if said else "slow down"}}, headers)
                elif body["model"] not in models:
                    self.send(404, {"error": {"message": "no such model"}})
                elif len(body["messages"][-1]["content"]) > 10_000:
                    self.send(
                        400, {"error": {"message": "this model's maximum context length is 1000 tokens"}}
                    )
                else:
                    self.send(200, completion(body, null=trouble == "null"))

        self._server = LocalServer(Handler)
        self.url = f"{self._server.url}/v1"

    def close(self) -> None:
        self.release.set()
        self._server.close()

    def kill(self) -> None:
        """As when its process dies: what is on its way breaks off too."""
        self._server.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def completion(body: dict[str, Any], null: bool = False) -> dict[str, Any]:
    seed = body["seed"] if body["temperature"] else 0
    rng = _rng(json.dumps(body["messages"]), seed)
    words = _text(rng, None, False).split(" ")
    text, stopped = cut(" ".join(words[: body["max_tokens"]]), body.get("stop", []))
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", "content": None if null else text},
        "finish_reason": "stop" if stopped or len(words) <= body["max_tokens"] else "length",
    }
    if body.get("logprobs"):
        choice["logprobs"] = {"content": [{"token": word, "logprob": -0.5} for word in words]}
    if body.get("top_logprobs") == 20 and body["messages"][-1]["content"] != "keep them":
        likely = {" Yes": -1.551, "No": -0.693, "Maybe": -1.6}
        listed = [{"token": token, "logprob": n, "bytes": None} for token, n in likely.items()]
        choice["logprobs"]["content"][0]["top_logprobs"] = listed
    return {"choices": [choice], "usage": {"completion_tokens": min(len(words), body["max_tokens"])}}
