"""How long a large run directory takes to open for writing, and what it holds in memory then.

    python -m benchmarks.scale.opening [--problems 100000] [--samples 70] [--save]

The directory is made as a run leaves it (sealed shards, every sample scored once), with short texts: opening
reads no text. CPU seconds of opening alone, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.math.environment import about
from benchmarks.scale.pipeline import apart
from verirs.store import Store, entry, shards
from verirs.types import Problem

AT_ONCE = 2_000
"""Problems of one table."""


def made(folder: Path, problems: int, samples: int, files: int) -> Path:
    """A run directory of so many problems, its samples in so many shards."""
    path = folder / "r"
    listed = [Problem(id=f"p{i:07}", prompt=f"{i}?", answer="1") for i in range(problems)]
    digests = np.array([entry.problem_digest(p) for p in listed])
    with Store.create(path, {}) as store:
        store.put_problems(listed)
        written = [f for f in store.manifest.files if f.name.startswith("problems-")]
        run = store.manifest.run
        for number, part in enumerate(np.array_split(np.arange(problems), files)):
            for kind, folder_ in (("completions", "completions"), ("scores", "scores-1")):
                name = f"{folder_}/{shards.shard_name(kind, number, number)}"
                tables = _tables(kind, part, samples, digests)
                written.append(shards.write_shard(store.groups_path, name, shards.SCHEMAS[kind], tables, run))
        store.update(files=written, n=samples)
    return path


def _tables(kind: str, part: Any, samples: int, digests: Any) -> Iterator[pa.Table]:
    schema = shards.SCHEMAS[kind]
    for start in range(0, len(part), AT_ONCE):
        own = part[start : start + AT_ONCE]
        rows = len(own) * samples
        index = np.tile(np.arange(samples, dtype=np.int32), len(own))
        text = (np.repeat(own, samples) * 1_000_003 + index).astype(np.int64)
        given = {
            "problem_id": pa.array(np.repeat([f"p{i:07}" for i in own], samples)),
            "index": pa.array(index),
            "text_digest": pa.array(text),
            "judged": pa.array(text ^ np.repeat(digests[own], samples)),
            "position": pa.array(np.zeros(rows, dtype=np.int16)),
            "seed": pa.array(text),
        }
        words = {"text": "5", "reasoning": "", "finish_reason": "stop", "scorer": "math", "version": "1",
                 "verdict": "pass", "reason": ""}  # fmt: skip
        columns = [
            given[field.name].cast(field.type)
            if field.name in given
            else pa.array([words[field.name]] * rows, type=field.type)
            if field.name in words
            else pa.nulls(rows, field.type)
            for field in schema
        ]
        yield pa.table(columns, schema=schema)


def opened(path: Path, out: Any) -> None:
    """CPU and wall seconds of opening, completions found, and the memory that it took."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu, wall = time.process_time(), time.monotonic()
    with Store.open(path, write=True) as store:
        found = {
            "completions": store.completions,
            "unscored": store.unscored,
            "cpu_s": round(time.process_time() - cpu, 2),
            "wall_s": round(time.monotonic() - wall, 2),
            "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "rss_mb_before": before // 1024,
        }
    out.send(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=70)
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = made(Path(name), args.problems, args.samples, args.files)
        found = apart(opened, path)
    print(json.dumps(found))
    if args.save:
        result = {**about(), "problems": args.problems, "samples": args.samples, **found}
        file = Path(__file__).parents[1] / "results" / "scale_opening.json"
        file.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
