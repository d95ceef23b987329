"""The local HTTP server behind every test double that speaks HTTP: where it listens, and how it ends."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LocalServer(ThreadingHTTPServer):
    """Answers from the moment it is made, each request in a thread of its own.

    Args:
        handler: what answers.
        port: 0: any that is free.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0):
        super().__init__(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def handle_error(self, *_: Any) -> None:
        """A client that went away."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()
