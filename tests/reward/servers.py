"""A small real HTTP server that answers as OpenRLHF's reward server does, with a real model behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.http_server import LocalServer

Answer = Callable[[str, dict[str, Any]], tuple[int, Any]]


@contextmanager
def serving(answer: Answer, kept: int = 0) -> Iterator[str]:
    """Serve ``answer(path, body) -> (status, JSON value or raw text)`` and give the address.

    Args:
        kept: requests of one connection that are answered; it hangs up on the next. 0: all.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        answered = 0

        def parse_request(self) -> bool:
            self.answered += 1
            if kept and self.answered > kept:
                self.close_connection = True
                return False
            return super().parse_request()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, value = answer(self.path, body)
            raw = (value if isinstance(value, str) else json.dumps(value)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = LocalServer(Handler)
    try:
        yield server.url
    finally:
        server.close()


def openrlhf(folder: str) -> Answer:
    """What OpenRLHF's server does with a query: strip padding and end token, add the end token, run."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    lock = threading.Lock()

    def answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path != "/get_reward":
            return 404, {"detail": "Not Found"}
        queries = [
            q.removesuffix(tokenizer.pad_token).removesuffix(tokenizer.eos_token) + tokenizer.eos_token
            for q in body["query"]
        ]
        with lock, torch.inference_mode():
            feed = tokenizer(queries, return_tensors="pt", padding=True)
            feed["position_ids"] = (feed["attention_mask"].cumsum(-1) - 1).clamp(min=0)
            feed.pop("token_type_ids", None)
            return 200, {"rewards": model(**feed).logits[:, 0].tolist()}

    return answer
