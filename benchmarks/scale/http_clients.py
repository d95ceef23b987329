"""HTTP clients beside each other: CPU of one request, by how many are in flight.

    python -m benchmarks.scale.http_clients [--in-flight 64 256 1024] [--clients aiohttp httpx] [--save]

Against ``benchmarks.scale.dummy``. What is not installed is left out (httpx, httpx2, niquests, pycurl).
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.math.environment import about
from benchmarks.scale.driver import server

CLIENTS = ("aiohttp", "httpx", "httpx2", "niquests", "pycurl")
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "2+2? " * 40}], "seed": 1}).encode()
JSON = {"content-type": "application/json"}


async def drive(one: Callable[[], Awaitable[bytes]], in_flight: int, total: int) -> None:
    left = iter(range(total))

    async def work() -> None:
        for _ in left:
            assert json.loads(await one())["choices"]

    await asyncio.gather(*(work() for _ in range(in_flight)))


async def asynchronous(name: str, url: str, in_flight: int, total: int) -> None:
    if name == "aiohttp":
        import aiohttp

        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout()) as session:

            async def read() -> bytes:
                async with session.post(url, data=BODY, headers=JSON) as answer:
                    return await answer.read()

            await drive(read, in_flight, total)
        return
    module: Any = __import__(name)
    if name == "niquests":
        made = module.AsyncSession(pool_connections=10, pool_maxsize=in_flight)
        asked: dict[str, Any] = {"data": BODY}
    else:
        limits = module.Limits(max_connections=in_flight + 2, max_keepalive_connections=None)
        made = module.AsyncClient(timeout=None, limits=limits)
        asked = {"content": BODY}
    async with made as client:

        async def post() -> bytes:
            data: bytes = (await client.post(url, headers=JSON, **asked)).content
            return data

        await drive(post, in_flight, total)


def curl(url: str, in_flight: int, total: int) -> None:
    import pycurl

    multi = pycurl.CurlMulti()
    free: list[tuple[Any, BytesIO]] = []
    for _ in range(in_flight):
        handle = pycurl.Curl()
        handle.setopt(handle.URL, url)
        handle.setopt(handle.POSTFIELDS, BODY)
        handle.setopt(handle.HTTPHEADER, ["content-type: application/json"])
        free.append((handle, BytesIO()))
    buffers = {id(handle): buffer for handle, buffer in free}
    done = sent = 0
    while done < total:
        while free and sent < total:
            handle, buffer = free.pop()
            buffer.seek(0)
            buffer.truncate()
            handle.setopt(handle.WRITEDATA, buffer)
            multi.add_handle(handle)
            sent += 1
        while multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass
        _, good, bad = multi.info_read()
        assert not bad, bad
        for handle in good:
            assert json.loads(buffers[id(handle)].getvalue())["choices"]
            multi.remove_handle(handle)
            free.append((handle, buffers[id(handle)]))
            done += 1
        multi.select(0.1)


def measure(name: str, url: str, in_flight: int, total: int, out: Any) -> None:
    begun = time.process_time()
    if name == "pycurl":
        curl(url, in_flight, total)
    else:
        asyncio.run(asynchronous(name, url, in_flight, total))
    out.put(round(1e6 * (time.process_time() - begun) / total))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--in-flight", type=int, nargs="*", default=[64, 256, 1024])
    parser.add_argument("--clients", nargs="*", default=[c for c in CLIENTS if importlib.util.find_spec(c)])
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    rows: dict[str, dict[str, int | None]] = {}
    with server() as url:
        for name in args.clients:
            for in_flight in args.in_flight:
                out = context.Queue()
                given = (name, f"{url}/chat/completions", in_flight, 4 * in_flight, out)
                process = context.Process(target=measure, args=given)
                process.start()
                process.join(60)
                if process.is_alive():
                    process.kill()
                rows.setdefault(name, {})[str(in_flight)] = out.get() if process.exitcode == 0 else None
            print(name, rows[name], flush=True)
    if args.save:
        path = Path(__file__).parents[1] / "results" / "scale_http_clients.json"
        path.write_text(json.dumps({**about(), "cpu_us_a_request": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
