"""A chat completions server of one model, for the loop's tests: ``chat_server.py PORT MODEL GOLDS [SEEN]``.

GOLDS is a JSON file of questions and answers; every other seed gets a right one. It serves MODEL alone;
``POST /reload`` gives it another. SEEN is a file that the names it was started or loaded with are written to.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def main(port: int, model: str, golds: str, seen: str = "") -> None:
    answers = json.loads(Path(golds).read_text())
    served = [model]

    def note() -> None:
        if seen:
            with open(seen, "a") as file:
                file.write(f"{served[0]}\n")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def reply(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self.reply(200, {"data": [{"id": served[0]}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/reload":
                served[0] = body["model"]
                note()
                return self.reply(200, {})
            if body["model"] != served[0]:
                return self.reply(404, {"error": {"message": "no such model"}})
            gold = int(answers[body["messages"][-1]["content"]])
            text = f"It is {gold + body['seed'] % 2}.\n#### {gold + body['seed'] % 2}"
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            return self.reply(200, {"choices": [choice], "usage": {"completion_tokens": 9}})

    note()
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
