"""OpenRLHF's own HTTP client asks ``verirs serve --processes 2`` while its processes are killed.

    .venv-contracts/bin/python -m benchmarks.hooks.openrlhf_client [--requests 10000] [--save]

In the environment of ``scripts/contracts.sh``. 64 requests at a time; after a third of them one server
process is killed, after two thirds another gets SIGTERM. Nothing may be lost (no reply after the client's
own five tries), and no reply may be another number than the row's.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.math.environment import about

AT_ONCE = 64


def client(url: str) -> Any:
    """OpenRLHF's; its package wants a GPU, the file alone does not."""
    found = importlib.util.find_spec("openrlhf")
    assert found is not None and found.origin is not None, "openrlhf is not installed: make contracts"
    spec = importlib.util.spec_from_file_location("agent", Path(found.origin).parent / "utils" / "agent.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SingleTurnAgentExecutor(url)


def workers(pid: int) -> list[int]:
    """The processes of a server that answer (the others are multiprocessing's own)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(c) for c in children if b"spawn_main" in Path(f"/proc/{c}/cmdline").read_bytes()]


async def asked(own: Any, count: int, server: int) -> dict[str, Any]:
    gate, done = asyncio.Semaphore(AT_ONCE), 0
    lost = wrong = 0
    seconds: list[float] = []
    killed: dict[str, int] = {}

    async def one(i: int) -> None:
        nonlocal done, lost, wrong
        async with gate:
            begun = time.perf_counter()
            text = f"What is it? So \\boxed{{{i % 50}}}"
            (found,) = await own._fetch_rewards_via_http([text], ["What is it?"], [str(i % 100)])
            seconds.append(time.perf_counter() - begun)
            done += 1
            if done in (count // 3, 2 * count // 3):
                sign = signal.SIGKILL if done == count // 3 else signal.SIGTERM
                pid = workers(server)[0]
                killed[sign.name] = pid
                os.kill(pid, sign)
            if found is None or found.get("rewards") is None:
                lost += 1
            elif found["rewards"] != float(i % 50 == i % 100):
                wrong += 1

    await asyncio.gather(*map(one, range(count)))
    seconds.sort()
    p50, p99 = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
    times = {"p50": round(p50, 3), "p99": round(p99, 3), "longest": round(seconds[-1], 2)}
    return {"requests": done, "lost": lost, "wrong": wrong, "ended": sorted(killed), "seconds": times}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    code = "from verirs.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "math", "--port", str(port), "--processes", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        while True:
            try:
                if httpx.get(f"{url}/ready", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        begun = time.perf_counter()
        found = asyncio.run(asked(client(f"{url}/get_reward"), options.requests, process.pid))
        result = about(**found, wall_seconds=round(time.perf_counter() - begun, 1))
    finally:
        process.terminate()
        process.wait(90)
    print(json.dumps(result, indent=1))
    if options.save:
        path = Path(__file__).parents[1] / "results" / "hooks_openrlhf.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
