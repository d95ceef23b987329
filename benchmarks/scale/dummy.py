"""A server that costs nearly nothing: each chat completion is answered after a while with a text by its seed.

    python -m benchmarks.scale.dummy PORT [--characters 1000] [--latency 1.0] [--die-after N]

Latency is uniform between a half and one and a half of what is asked. The text depends on the seed alone, so
that runs can be compared byte for byte; ``--die-after`` ends the process after so many answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_SEED = re.compile(rb'"seed": *(\d+)')
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


def answer(seed: int, characters: int) -> bytes:
    text = (f"Step {seed}: add 2 and 3, that is 5, and go on. " * (characters // 30 + 1))[:characters]
    text += f"\nThe answer is \\boxed{{{seed % 3}}}."
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 20, "completion_tokens": characters // 4}
    body = json.dumps({"model": "m", "choices": [choice], "usage": usage}).encode()
    return HEAD % len(body) + body


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--die-after", type=int, default=0)
    args = parser.parse_args()
    listed = json.dumps({"data": [{"id": "m"}]}).encode()
    left = [args.die_after]

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport, self.data = transport, b""

        def data_received(self, data: bytes) -> None:
            self.data += data
            while (end := self.data.find(b"\r\n\r\n")) >= 0:
                length = _LENGTH.search(self.data[:end])
                whole = end + 4 + (int(length[1]) if length else 0)
                if len(self.data) < whole:
                    return
                asked, self.data = self.data[:whole], self.data[whole:]
                if asked.startswith(b"GET"):
                    self.transport.write(HEAD % len(listed) + listed)
                    continue
                seed = _SEED.search(asked)
                made = answer(int(seed[1]) if seed else 0, args.characters)
                wait = args.latency * random.uniform(0.5, 1.5)
                asyncio.get_running_loop().call_later(wait, self.send, made)

        def send(self, made: bytes) -> None:
            if args.die_after:
                left[0] -= 1
                if left[0] < 0:
                    os._exit(1)
            if not self.transport.is_closing():
                self.transport.write(made)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Connection, "127.0.0.1", args.port, backlog=8192)
        async with server:
            await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
