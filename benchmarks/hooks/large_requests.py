"""How long the server's event loop stands still for one large request, in CPU seconds: a holder of the token
may send 16 MB of nothing but structure, or 8,000 rows at once, and others wait meanwhile.

    python -m benchmarks.hooks.large_requests [NAME...]

The application runs in this process, without sockets; a task that does nothing but come again notes the CPU
time between its turns. The first figure is the longest of these, the second all that the request takes when
nothing else runs. The grader is warm, garbage is collected as in the server's own process.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from verirs.hooks import Grader, Rule
from verirs.serve.app import Server
from verirs.system import memory

SIZE = 15 * 10**6


def many(piece: bytes, begin: bytes = b"[", end: bytes = b"0]") -> bytes:
    return begin + piece * (SIZE // len(piece)) + end


def keys() -> bytes:
    return b"{" + b",".join(b'"%x":0' % i for i in range(SIZE // 10)) + b"}"


def row(text: str = "It is 4", **columns: Any) -> bytes:
    return json.dumps({"text": text, **columns}).encode()


def asserts() -> str:
    return "\n".join(f"assert f({i}) == {i}" for i in range(10**4))


def rows(count: int) -> list[dict[str, str]]:
    text = "She has 3 + 4 = 7 apples, and so on. " * 8
    return [{"text": f"{text}\n#### {i}", "answer": str(i)} for i in range(count)]


def queries(count: int) -> dict[str, list[str]]:
    given = rows(count)
    return {
        "query": [f"How many?\n{one['text']}" for one in given],
        "prompts": ["How many?\n"] * count,
        "labels": [one["answer"] for one in given],
    }


REQUESTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "lists": ("/grade", lambda: many(b"[],")),
    "numbers": ("/grade", lambda: many(b"1,")),
    "keys": ("/grade", keys),
    "nested": ("/grade", lambda: many(b"[" * 300 + b"]" * 300 + b",")),
    "rows of nothing": ("/grade_many", lambda: many(b"{},")),
    "a row of golds": ("/grade", lambda: row(answer=[str(i) for i in range(SIZE // 11)])),
    "golds in a text": ("/grade", lambda: row(answer=json.dumps([str(i) for i in range(SIZE // 15)]))),
    "lists in a text": ("/grade", lambda: row(answer='["",' + "[]," * (SIZE // 4) + "0]")),
    "a table in a text": ("/grade", lambda: row(reward_model=keys().decode())),
    "tests of nothing": ("/grade", lambda: row(tests="[" + "[]," * (SIZE // 4) + "0]")),
    "10,000 asserts": ("/grade", lambda: row(text="def f(x): return x", tests=asserts(), entry_point="f")),
    "options": ("/grade", lambda: row(answer="A", choices=["x"] * (SIZE // 6))),
    "one long text": ("/grade", lambda: row(text="x" * SIZE, answer="4")),
    "8,000 rows": ("/grade_many", lambda: json.dumps({"rows": rows(8000)}).encode()),
    "8,000 rows of 1.8 KB": (
        "/grade_many",
        lambda: json.dumps({"rows": [{**r, "text": r["text"] * 6} for r in rows(8000)]}).encode(),
    ),
    "8,000 queries": ("/get_reward", lambda: json.dumps(queries(8000)).encode()),
    "8,000 rows nobody reads": ("/grade_many", lambda: json.dumps([{"text": 7}] * 8000).encode()),
    "5,900 rows nobody reads": ("/grade_many", lambda: json.dumps([{"x": 7}] * 5900).encode()),
    "256 rows": ("/grade_many", lambda: json.dumps({"rows": rows(256)}).encode()),
}


async def ask(app: Any, path: str, body: bytes) -> tuple[int, bytes]:
    """One request, its body in pieces of 64 KB as a socket gives them."""
    pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)]
    messages = [
        {"type": "http.request", "body": p, "more_body": i + 1 < len(pieces)} for i, p in enumerate(pieces)
    ]
    sent: list[Any] = []
    given = iter(messages)

    async def receive() -> Any:
        await asyncio.sleep(0)
        return next(given)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": []}
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:])


async def measured(app: Any, path: str, body: bytes) -> tuple[float, float, int, bytes]:
    longest, over = 0.0, False

    async def tick() -> None:
        nonlocal longest
        last = time.process_time()
        while not over:
            await asyncio.sleep(0)
            now = time.process_time()
            longest, last = max(longest, now - last), now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    longest = 0.0
    await ask(app, path, body)
    await asyncio.sleep(0)
    over = True
    await ticking
    begun = time.process_time()
    status, answer = await ask(app, path, body)
    return longest, time.process_time() - begun, status, answer


async def main(names: list[str]) -> None:
    grader = Grader({"scorer": {"math": {}, "code": {}}}, rule=Rule(breaker=1.0, cache=0))
    app = Server(grader).app()
    await ask(app, "/grade", row(answer="4"))
    grader.warm()
    memory.collect_seldom()
    gc.collect()
    gc.freeze()
    for name, (path, made) in REQUESTS.items():
        if names and name not in names:
            continue
        body = made()
        longest, took, status, answer = await measured(app, path, body)
        figures = f"{longest * 1e3:7.0f} ms of {took * 1e3:7.0f}"
        print(f"{name:26} {len(body) / 1e6:5.1f} MB  {figures}  {status}  {answer[:80]!r}")
        gc.collect()
    grader.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
