"""A real HTTP server for tests that speaks OpenAI's batch API, and misbehaves when told to.

Files and batches live in memory, so a client that was killed finds them again. Its texts are those of the
chat server beside it. ``fates`` says what becomes of the next batches, by name; see :meth:`BatchServer._end`.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.engines.server import completion
from tests.http_server import LocalServer


class BatchServer:
    """
    Args:
        looks: how often a batch is looked at before it ends.
        key: that is asked for.
        wraps: speaks the other dialect: a batch inside ``job``, states in capitals.
    """

    def __init__(self, looks: int = 1, key: str = "", wraps: bool = False):
        self.fates: deque[str] = deque()
        self.script: deque[Any] = deque()
        """What the next calls get instead of an answer: a status, ``drop`` (nothing is done), or
        ``lost`` (it is done, and the connection breaks)."""
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.answered: list[str] = []
        """The ids of all requests that were answered, and so paid for."""
        self.calls: list[str] = []
        self.looks, self.key, self.wraps = looks, key, wraps
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def send(self, status: int, body: Any) -> None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self.serve(b"")

            def do_POST(self) -> None:
                self.serve(self.rfile.read(int(self.headers["Content-Length"])))

            def serve(self, content: bytes) -> None:
                with outer.lock:
                    path = self.path.removeprefix("/v1/")
                    outer.calls.append(f"{self.command} {path}")
                    if key and self.headers.get("Authorization") != f"Bearer {key}":
                        return self.send(401, {"error": {"message": "bad key"}})
                    trouble = outer.script.popleft() if outer.script and path != "models" else None
                    if trouble == "drop":
                        self.close_connection = True
                        return None
                    if isinstance(trouble, int):
                        return self.send(trouble, {"error": {"message": f"told to say {trouble}"}})
                    answer = outer.answer(self.command, path, content)
                    if trouble == "lost":
                        self.close_connection = True
                        return None
                    return self.send(*answer)

        self._server = LocalServer(Handler)
        self.url = f"{self._server.url}/v1"

    def close(self) -> None:
        self._server.close()

    def finish(self) -> None:
        """Run all batches that were made to their end, also those that nobody looks at: they are paid for."""
        for batch in self.batches.values():
            batch["looks"] = 1
            self._looked_at(batch)

    def answer(self, method: str, path: str, content: bytes) -> tuple[int, Any]:
        path, _, query = path.partition("?")
        match (method, path.split("/")):
            case "GET", ["models"]:
                return 200, {"data": [{"id": "tiny"}]}
            case "POST", ["files"]:
                found = re.search(rb'filename="[^"]*"\r\n[^\r]*\r\n\r\n(.*)\r\n--', content, re.DOTALL)
                assert found is not None and b'name="purpose"\r\n\r\nbatch' in content
                name = f"file-{len(self.files)}"
                self.files[name] = found[1]
                return 200, {"id": name, "object": "file", "purpose": "batch"}
            case "POST", ["batches"]:
                return self._make(json.loads(content))
            case "GET", ["batches"]:
                rows = list(reversed(self.batches.values()))
                after = re.search("after=([^&]*)", query)
                at = [row["id"] for row in rows].index(after[1]) + 1 if after else 0
                return 200, {"data": rows[at : at + 2], "has_more": at + 2 < len(rows)}
            case "GET", ["batches", name]:
                if name not in self.batches:
                    return 404, {"error": {"message": f"no batch {name}"}}
                return 200, self._looked_at(self.batches[name])
            case "GET", ["files", name, "content"]:
                return 200, self.files[name]
        return 404, {"error": {"message": "no such path"}}

    def _make(self, body: dict[str, Any]) -> tuple[int, Any]:
        fate = self.fates.popleft() if self.fates else "completed"
        if fate == "too much at once":
            return 400, {"error": {"message": "Enqueued token limit reached for tiny"}}
        if fate == "refused":
            return 400, {"error": {"message": "no batches of this model"}}
        name = f"batch_{len(self.batches)}"
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "status": "validating",
            "input_file_id": body["input_file_id"],
            "endpoint": body["endpoint"],
            "completion_window": body["completion_window"],
            "metadata": body.get("metadata", {}),
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "looks": self.looks,
            "fate": fate,
        }
        return 200, self._said(self.batches[name])

    def _said(self, batch: dict[str, Any]) -> Any:
        told = {key: value for key, value in batch.items() if key not in ("looks", "fate")}
        return {"job": {**told, "status": told["status"].upper()}} if self.wraps else told

    def _looked_at(self, batch: dict[str, Any]) -> Any:
        if batch["status"] in ("validating", "in_progress"):
            batch["looks"] -= 1
            batch["status"] = "in_progress"
            if batch["looks"] <= 0:
                self._end(batch)
        return self._said(batch)

    def _end(self, batch: dict[str, Any]) -> None:
        """By its fate: ``completed``; ``expired``, ``cancelled``: only the first half is answered;
        ``dropped``: the last is in no file; ``shuffled``: out of order; ``busy``: the last failed with 500;
        ``bad``: the last is refused with 400, ``error`` is null; ``broken``: a line is no JSON;
        ``full``, ``invalid``: failed as a whole."""
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        fate, good, bad = batch["fate"], lines, []
        batch["status"] = fate if fate in ("expired", "cancelled") else "completed"
        if fate in ("full", "invalid"):
            batch["status"] = "failed"
            code, said = ("token_limit_exceeded", "too many enqueued tokens")
            if fate == "invalid":
                code, said = ("invalid_request", "this line is wrong")
            batch["errors"] = {"object": "list", "data": [{"code": code, "message": said, "line": 1}]}
            return
        if fate in ("expired", "cancelled"):
            good, rest = lines[: len(lines) // 2], lines[len(lines) // 2 :]
            why = {"code": f"batch_{fate}", "message": "it was not executed"}
            bad = [{"custom_id": line["custom_id"], "response": None, "error": why} for line in rest]
        elif fate in ("dropped", "busy", "bad"):
            good, last = lines[:-1], lines[-1]
            status = {"busy": 500, "bad": 400}.get(fate, 0)
            body = {"error": {"message": f"told to say {status}", "type": "x", "param": None}}
            if status:
                response = {"status_code": status, "body": body}
                bad = [{"custom_id": last["custom_id"], "response": response, "error": None}]
        rows = [
            {
                "id": f"batch_req_{number}",
                "custom_id": line["custom_id"],
                "response": {
                    "status_code": 200,
                    "body": completion({"seed": line["body"].get("random_seed", 0), **line["body"]}),
                },
                "error": None,
            }
            for number, line in enumerate(good)
        ]
        self.answered += [row["custom_id"] for row in rows]
        texts = [json.dumps(row) for row in (reversed(rows) if fate == "shuffled" else rows)]
        if fate == "broken":
            texts[-1] = texts[-1][: len(texts[-1]) // 2]
        batch["request_counts"] = {"total": len(lines), "completed": len(rows), "failed": len(bad)}
        if texts:
            batch["output_file_id"] = self._file("\n".join(texts))
        if bad:
            batch["error_file_id"] = self._file("\n".join(map(json.dumps, bad)) + "\n")

    def _file(self, text: str) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = text.encode()
        return name
