"""What a completion costs the driver of an HTTP server, by how many are in flight; and a server that dies.

    python -m benchmarks.scale.driver [--in-flight 64 1024 4096] [--faults] [--save]

Whole runs (engine, journal, math scorer, export) against servers of ``benchmarks.scale.dummy`` with answers
of 1,000 characters after 0.5 to 1.5 s. CPU of the run's process alone, sampling and all of it. With
``--faults``: one of three servers is killed and one joins, and the exported files are compared with those of
an undisturbed run.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import multiprocessing
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.math.environment import about

N = 16


@contextmanager
def server(*options: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.scale.dummy", str(port), *options])
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def config(folder: Path, problems: int, name: str, **engine: Any) -> dict[str, Any]:
    rows = folder / "rows.jsonl"
    lines = (json.dumps({"id": f"p{i:06}", "prompt": f"{i} + 2?", "answer": "1"}) for i in range(problems))
    rows.write_text("\n".join(lines))
    return {
        "name": name,
        "runs": str(folder),
        "n": N,
        "source": {"name": "file", "path": str(rows)},
        "engine": {"name": "openai", "model": "m", **engine},
        "scorer": {"math": {}},
    }


def measured(table: dict[str, Any], out: Any, seen: Path | None = None) -> None:
    """One run in this process; its CPU seconds by stage. ``seen`` gets when each sample came."""
    import verirs
    from verirs.running.progress import Progress

    spent: dict[str, float] = {}
    at = [("starting", time.process_time())]
    enter = Progress.enter

    def entered(self: Progress, stage: str) -> None:
        now = time.process_time()
        spent[at[0][0]] = spent.get(at[0][0], 0.0) + now - at[0][1]
        at[0] = (stage, now)
        enter(self, stage)

    Progress.enter = entered  # type: ignore[method-assign]
    marks: list[float] = []
    if seen is not None:
        from verirs.store import Store

        append = Store.append_completions

        def appended(self: Store, rows: Any, **more: Any) -> None:
            marks.append(time.monotonic())
            append(self, rows, **more)

        Store.append_completions = appended  # type: ignore[method-assign]
    begun, cpu = time.monotonic(), time.process_time()
    found = verirs.run(table)
    total = time.process_time() - cpu
    pause = max((b - a for a, b in itertools.pairwise(marks)), default=0.0)
    count = found.summary.completions
    out.send(
        {
            "completions": count,
            "sampling_us": round(1e6 * (spent.get("sampling", 0) + spent.get("scoring", 0)) / count),
            "whole_us": round(1e6 * total / count),
            "wall_s": round(time.monotonic() - begun, 1),
            "longest_pause_s": round(pause, 2),
        }
    )


def alone(table: dict[str, Any], seen: Path | None = None) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    told, out = context.Pipe(duplex=False)
    process = context.Process(target=measured, args=(table, out, seen))
    process.start()
    out.close()  # so that a run that fails is seen: nothing more can come
    found: dict[str, Any] = told.recv()
    process.join()
    return found


def digests(run: Path) -> dict[str, str]:
    return {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest()[:16]
        for p in sorted((run / "export").iterdir())
        if p.suffix in (".jsonl", ".parquet") and p.is_file()
    }


def faults(folder: Path) -> dict[str, Any]:
    problems, in_flight = 300, 192
    with server() as url:
        alone(config(folder, problems, "undisturbed", base_url=url, concurrency=in_flight))
    file = folder / "servers.txt"
    with server("--die-after", "400") as first, server() as second, server() as third, server() as fourth:
        file.write_text(f"{first}\n{second}\n{third}\n")
        timer = threading.Timer(8.0, file.write_text, [f"{second}\n{third}\n{fourth}\n"])
        timer.start()
        table = config(folder, problems, "disturbed", base_url=str(file), concurrency=in_flight)
        found = alone(table, folder / "seen")
        timer.join()
    same = digests(folder / "undisturbed") == digests(folder / "disturbed")
    return {**found, "asked": problems * N, "same_bytes": same}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--in-flight", type=int, nargs="*", default=[64, 1024, 4096])
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    result: dict[str, Any] = {**about(), "rows": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with server() as url:
            for count in args.in_flight:
                problems = max(64, count * (3 if count > 1000 else 6) // N)
                table = config(folder, problems, f"c{count}", base_url=url, concurrency=count)
                result["rows"][str(count)] = row = alone(table)
                print(count, row, flush=True)
        if args.faults:
            result["faults"] = faults(folder)
            print("faults", result["faults"])
    if args.save:
        path = Path(__file__).parents[1] / "results" / "scale_driver.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
