"""The viewer's server: this machine only, behind an address that nobody can guess, read only but for marks.

Against other pages in the same browser: a request must name this very host (so no name that was made to point
here gets in), come from no other site, and know the random part of the address. A browser that has it sends
it nowhere else: the page loads nothing from elsewhere, and gives no referrer.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from verirs.errors import UserError, VerirsError
from verirs.report.shell import as_json, page, policy
from verirs.view.found import NotThere
from verirs.view.library import Library

HOST = "127.0.0.1"
LARGEST = 64 << 10
"""Bytes of a request's body."""
IDLE = 60
"""Seconds that a connection may say nothing."""
log = logging.getLogger("verirs")
POLICY = "frame-ancestors 'none'; "


class Server:
    """Serves a library until it is closed.

    Args:
        library: what is looked at.
        port: 0 takes a free one.

    Raises:
        UserError: the port is taken.
    """

    def __init__(self, library: Library, port: int = 0):
        self.token = secrets.token_urlsafe(18)
        try:
            self._http = _Http((HOST, port), _handler(library, self.token))
        except (OSError, OverflowError) as e:
            raise UserError(f"port {port} of this machine cannot be had: {e}; choose another --port") from e
        self.library, self.port = library, self._http.server_port
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/{self.token}/"

    def serve(self) -> None:
        """Serve in this thread, until :meth:`close` or Ctrl-C."""
        self._http.serve_forever()

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()
        self.library.close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("viewer: a connection broke", exc_info=True)  # a browser that went away


def _handler(library: Library, token: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "verirs", ""
        timeout = IDLE

        def do_GET(self) -> None:
            self._answer(self._get)

        def do_POST(self) -> None:
            self._answer(self._post)

        def _answer(self, how: Any) -> None:
            try:
                refused = self._refusal()
                status, kind, body = refused if refused else how(self._question())
            except NotThere as e:
                status, kind, body = _error(HTTPStatus.NOT_FOUND, str(e))
            except UserError as e:
                status, kind, body = _error(HTTPStatus.BAD_REQUEST, str(e))
            except (VerirsError, OSError) as e:
                status, kind, body = _error(HTTPStatus.INTERNAL_SERVER_ERROR, str(e))
            except Exception as e:  # a fault of the viewer's own: this question fails, and says so
                log.exception("verirs view: %s failed", self.command)
                told = f"verirs view failed: {type(e).__name__}: {e}; please report it"
                status, kind, body = _error(HTTPStatus.INTERNAL_SERVER_ERROR, told)
            if status != HTTPStatus.OK:  # what was refused may have a body that nobody read
                self.close_connection = True
            self._send(status, kind, body)

        def _refusal(self) -> Answer | None:
            hosts = {f"{name}:{self.server.server_port}" for name in (HOST, "localhost")}  # type: ignore[attr-defined]
            said = self.headers.get_all("Host", [])
            if len(said) != 1 or said[0] not in hosts:
                return _error(HTTPStatus.FORBIDDEN, "another host")
            origin = self.headers.get("Origin")
            if origin is not None and origin not in {f"http://{host}" for host in hosts}:
                return _error(HTTPStatus.FORBIDDEN, "another origin")
            if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
                return _error(HTTPStatus.FORBIDDEN, "another site")
            if self.command == "POST" and origin is None:
                return _error(HTTPStatus.FORBIDDEN, "no origin")
            return None

        def _question(self) -> list[str]:
            """The parts of the path behind the token.

            Raises:
                NotThere: without it there is nothing.
            """
            try:
                path = urlsplit(self.path).path
            except ValueError:  # no address, so not this one
                path = ""
            first, _, rest = path.removeprefix("/").partition("/")
            if not hmac.compare_digest(first.encode(), token.encode()):
                raise NotThere("nothing here; open the whole address that `verirs view` printed")
            return [unquote(part) for part in rest.split("/")]

        def _get(self, question: list[str]) -> Answer:
            if question == [""]:
                text = page("verirs", {"mode": "served"}, policy(connect="'self'"))
                return HTTPStatus.OK, "text/html", text.encode()
            if question[0] != "data":
                raise NotThere("nothing here")
            return _json(library.answer(question[1:]))

        def _post(self, question: list[str]) -> Answer:
            size = self.headers.get("Content-Length", "")
            counts = size.isascii() and size.isdigit() and len(size) <= len(str(LARGEST))
            if self.headers.get("Content-Type") != "application/json" or not counts or int(size) > LARGEST:
                raise UserError("a mark is JSON of a few kB")
            try:
                said = json.loads(self.rfile.read(int(size)))
            except (ValueError, RecursionError) as e:
                raise UserError(f"no JSON: {e}") from e
            if not isinstance(said, dict) or len(question) != 3 or question[::2] != ["run", "mark"]:
                raise NotThere("nothing here")
            problem, sample, seen = said.get("problem"), said.get("sample"), said.get("about")
            note = said.get("note", "")
            if type(sample) is not int or not all(isinstance(text, str) for text in (problem, seen, note)):
                raise UserError("a mark has problem, about, note (texts), sample (a number) and verdict")
            run = library.run(question[1])
            return _json(run.mark(str(problem), sample, said.get("verdict"), note, str(seen)))

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY + policy(connect="'self'"))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Cross-Origin-Resource-Policy", "same-origin")
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the address holds the token."""

    return Handler


Answer = tuple[int, str, bytes]


def _json(value: Any) -> Answer:
    return HTTPStatus.OK, "application/json", as_json(value).encode("utf-8", "replace")


def _error(status: int, words: str) -> Answer:
    return status, "application/json", json.dumps({"error": words}).encode()
