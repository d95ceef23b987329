"""What a reward costs: the grader behind the hooks beside Math-Verify, the server, and the event loop.

    VERIRS_SHARED=... python -m benchmarks.hooks.throughput [--texts 8192] [--save]

CPU seconds of the processes that grade, for recorded GSM8K completions. Both sides have judged a few
texts before (a grader by ``warm``), so no first use is counted. Math-Verify judges in a pool of two
processes with its own time limits, as trainers run it, and once more in this process without them.
``around the verdict`` is a row whose verdict is known. The server is asked by 64 clients at once, with one
row a request (slime's form) and with sixteen, on connections that they keep; its CPU time is read from /proc.
The same requests go to ``bare``, which reads them and answers a number: what HTTP alone costs with the same
protocol. The loop's longest pause is measured while 64 calls of ``agrade`` are in flight, hostile texts among
them.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import httpx

from benchmarks.math.environment import about
from tests.shared_data import rows
from verirs import grade_many
from verirs.hooks import Grader
from verirs.hooks.rows import Row, read

T = TypeVar("T")
LEAST_CPU_S = 0.3
HOSTILE = ["\\boxed{" + "9^" * 3000 + "9}", "(" * 20_000, "\\boxed{" + "1" * 100_000 + "}"]


def recorded(count: int) -> list[tuple[str, str]]:
    """(text, gold) of GSM8K."""
    gold = {r["id"]: r["gold"] for r in rows("data/problems/gsm8k_test.jsonl.gz")}
    found = [(r["text"], gold[r["problem_id"]]) for r in rows("data/candidates/gsm8k_pool_40runs.jsonl.gz")]
    return random.Random(0).sample(found, count)


def own(pairs: list[tuple[str, str]]) -> dict[str, float]:
    grader = Grader("math").warm()
    rewards, hook = timed(lambda: grader.grade([read(t, {"answer": g}) for t, g in pairs]))
    _, around = timed(lambda: grader.grade([read(t, {"answer": g}) for t, g in pairs]))
    scores, bare = timed(lambda: grade_many("math", [{"text": t, "answer": g} for t, g in pairs]))
    assert [r.verdict for r in rewards] == [s.verdict for s in scores]
    found = {"hook": hook, "around the verdict": around, "grade_many, read before": bare}
    return {name: seconds / len(pairs) for name, seconds in found.items()}


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and its CPU seconds. What was left behind before is collected first: a full collection
    takes as long as a thousand rows, and would fall on this stretch or on another.
    """
    gc.collect()
    begun = time.process_time()
    return work(), time.process_time() - begun


def verified(pair: tuple[str, str]) -> bool:
    """Math-Verify as its own documentation calls it."""
    from math_verify import parse, verify

    return bool(verify(parse(pair[1]), parse(pair[0])))


def in_a_pool(pairs: list[tuple[str, str]]) -> float:
    """CPU seconds a text, of the workers and of this process."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(verified, pairs[:32], chunksize=8))
        begun, before = time.process_time(), cpu_of_all(pool)
        list(pool.map(verified, pairs, chunksize=8))
        return (time.process_time() - begun + cpu_of_all(pool) - before) / len(pairs)


def cpu_of_all(pool: ProcessPoolExecutor) -> float:
    return sum(cpu_of(pid) for pid in pool._processes)


def math_verify(pairs: list[tuple[str, str]]) -> float:
    from math_verify import parse, verify

    for text, gold in pairs[:16]:
        verify(parse(gold, parsing_timeout=None), parse(text, parsing_timeout=None), timeout_seconds=None)
    begun = time.process_time()
    for text, gold in pairs:
        verify(parse(gold, parsing_timeout=None), parse(text, parsing_timeout=None), timeout_seconds=None)
    return (time.process_time() - begun) / len(pairs)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(url: str, bodies: list[Any], pid: int) -> float:
    """Requests a CPU second of the process, by clients that keep their connections."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    gate = asyncio.Semaphore(64)
    async with httpx.AsyncClient(limits=limits, timeout=300) as client:

        async def one(body: Any) -> None:
            async with gate:
                (await client.post(url, json=body)).raise_for_status()

        await asyncio.gather(*(client.post(url, json=bodies[0]) for _ in range(64)))  # connected
        before, asked = cpu_of(pid), 0
        while (used := cpu_of(pid) - before) < LEAST_CPU_S:  # the clock ticks in hundredths
            await asyncio.gather(*map(one, bodies))
            asked += len(bodies)
    return asked / used


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application that reads a request and answers a number."""
    while (await receive()).get("more_body"):
        pass
    head = [(b"content-type", b"application/json"), (b"content-length", b"3")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"1.0"})


OURS = "from verirs.cli import main; main(['serve', 'math', '--port', '{port}'])"
BARE = (
    "import uvicorn; uvicorn.run('benchmarks.hooks.throughput:bare', port={port}, lifespan='off', ws='none', "
    "http='verirs.serve.heads:Protocol', log_level='warning', access_log=False)"
)


def served(pairs: list[tuple[str, str]], code: str) -> dict[str, float]:
    """Rows a CPU second of the server's process."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-c", code.format(port=port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"
        while True:
            try:
                if httpx.get(f"{base}/ready", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        out = {}
        half = len(pairs) // 2
        single = [{"response": t, "label": g} for t, g in pairs[:half]]
        batches = [
            {"rows": [{"text": t, "answer": g} for t, g in pairs[i : i + 16]]}
            for i in range(half, len(pairs), 16)
        ]
        for name, path, bodies, count in (
            ("single", "/rm", single, len(single)),
            ("batches of 16", "/grade_many", batches, len(pairs) - half),
        ):
            out[name] = asyncio.run(ask(base + path, bodies, process.pid)) * count / len(bodies)
        return out
    finally:
        process.kill()
        process.wait()


def longest_pause(pairs: list[tuple[str, str]]) -> float:
    """Seconds that the loop stood still, at most."""
    asked: list[Row] = [read(t, {"answer": g}) for t, g in pairs]
    asked += [read(t, {"answer": "4"}) for t in HOSTILE * 10]
    random.Random(1).shuffle(asked)

    async def go() -> float:
        grader = Grader("math").warm()
        gate = asyncio.Semaphore(64)

        async def one(row: Row) -> None:
            async with gate:
                await grader.agrade([row])

        work = asyncio.gather(*map(one, asked))
        worst, last = 0.0, time.perf_counter()
        while not work.done():
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            worst, last = max(worst, now - last), now
        await work
        return worst

    return asyncio.run(go())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=8192)
    parser.add_argument("--peer-texts", type=int, default=256)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    pairs = recorded(options.texts)
    few = pairs[: options.peer_texts]
    mine, pool, peer = own(pairs), in_a_pool(few), math_verify(few)
    result = about(
        texts=len(pairs),
        microseconds={
            k: round(v * 1e6, 1)
            for k, v in {**mine, "math-verify in a pool": pool, "math-verify without limits": peer}.items()
        },
        times_math_verify={
            "in a pool": round(pool / mine["hook"], 1),
            "without limits": round(peer / mine["hook"], 1),
        },
        rows_a_cpu_second={k: round(v) for k, v in served(pairs, OURS).items()},
        bare_rows_a_cpu_second={k: round(v) for k, v in served(pairs, BARE).items()},
        longest_pause_ms=round(1000 * longest_pause(pairs[:2000]), 1),
    )
    print(json.dumps(result, indent=1))
    if options.save:
        path = Path(__file__).parents[1] / "results" / "hooks_throughput.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
