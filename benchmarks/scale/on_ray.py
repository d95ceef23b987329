"""What a Ray cluster costs the driver for each completion, beside one process; and whether workers add up.

    python -m benchmarks.scale.on_ray [--problems 4000] [--save]

Whole runs with the fake engine, 16 samples a problem and 1,024 in flight on a worker, in a local cluster; CPU
of the driver alone. With 64 in flight the driver waits six seconds of seven, and what Ray's own threads spend
meanwhile counts too. The second table: an engine that computes for 20 ms a sample, with one and two workers.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from benchmarks.math.environment import about
from verirs.engines.fake import FakeEngine
from verirs.protocols import Request
from verirs.types import Completion

N = 16
ROUNDS = 3
FAKE = {"name": "fake", "concurrency": 1024}


class Busy(FakeEngine):
    """Computes for each sample, as a model would."""

    name = "busy"

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            until = time.thread_time() + 0.02
            while time.thread_time() < until:
                pass
            yield completion


def measured(table: dict[str, Any], out: Any) -> None:
    """One run in this process: CPU seconds of the driver and of the clock, from its first sample on."""
    import verirs
    from verirs.store import Store

    begun: list[tuple[float, float]] = []
    append = Store.append_completions

    def appended(self: Store, rows: Any, **more: Any) -> None:
        begun.append((time.process_time(), time.monotonic()))
        append(self, rows, **more)

    Store.append_completions = appended  # type: ignore[method-assign]
    verirs.run(table)
    out.send((time.process_time() - begun[0][0], begun[-1][1] - begun[0][1]))


def one(table: dict[str, Any]) -> tuple[float, float]:
    context = multiprocessing.get_context("spawn")
    told, out = context.Pipe(duplex=False)
    process = context.Process(target=measured, args=(table, out))
    process.start()
    out.close()  # so that a run that fails is seen: nothing more can come
    found: tuple[float, float] = told.recv()
    process.join()
    return found


def table(folder: Path, name: str, problems: int, **over: Any) -> dict[str, Any]:
    rows = folder / f"{problems}.jsonl"
    lines = (
        json.dumps({"id": f"p{i:06}", "prompt": f"{i} + 2?", "answer": str(i + 2)}) for i in range(problems)
    )
    rows.write_text("\n".join(lines), encoding="utf-8")
    source = {"name": "file", "path": str(rows)}
    return {"name": name, "runs": str(folder), "n": N, "source": source, "engine": FAKE, **over}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", type=int, default=4000)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 4, "include_dashboard": False})
    result: dict[str, Any] = {**about(), "problems": args.problems, "samples": N}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ray = {"address": cluster.address, "workers": 2}
        costs: dict[str, list[float]] = {"here": [], "ray": []}
        for number in range(ROUNDS):
            for where, over in (("here", {}), ("ray", {"ray": ray})):
                cpu, _ = one(table(folder, f"{where}{number}", args.problems, **over))
                costs[where].append(1e6 * cpu / args.problems / N)
        result["driver_us"] = {where: round(statistics.median(each), 1) for where, each in costs.items()}
        result["ratio"] = round(result["driver_us"]["ray"] / result["driver_us"]["here"], 3)
        busy = {"name": "benchmarks.scale.on_ray:Busy", "concurrency": 16}
        seconds = {}
        for workers in (1, 2):
            _, seconds[workers] = one(
                table(folder, f"busy{workers}", 100, engine=busy, ray={**ray, "workers": workers})
            )
        result["two_workers_speedup"] = round(seconds[1] / seconds[2], 2)
    cluster.shutdown()
    print(json.dumps(result, indent=2))
    if args.save:
        path = Path(__file__).parents[1] / "results" / "scale_ray.json"
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
