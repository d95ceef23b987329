"""What curation, export and card cost a row, and what memory they take, at a size and at a quarter of it.

    python -m benchmarks.scale.curating [--problems 40000] [--samples 5] [--save]

The run directory is made as a run leaves it (sealed shards, every sample scored once, all pass), with prompts
of some thirty words, all different, and texts of about 300 characters. Its files are then written by
``verirs export``: duplicates, the shipped benchmarks, facts of problems, selection, three files, the card.
Each size in a process of its own; CPU seconds, and the memory beyond what the process held at its begin.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.math.environment import about
from benchmarks.scale.opening import AT_ONCE
from benchmarks.scale.pipeline import apart
from verirs.running.again import export
from verirs.store import Store, entry, shards
from verirs.types import Problem

SAID = """apple river seven market green train window garden twenty letters paper wheel shop carry buys many
sells before after every week hour coins boxes row path stone field water table chairs friend mother class
point line circle speed total left right first second third half price tickets pages books cards"""
WORDS = SAID.split()
SINKS = ["sft", "problems", "rejects"]


def problem(number: int) -> Problem:
    rng = random.Random(number)
    said = " ".join(rng.choice(WORDS) for _ in range(30))
    return Problem(id=f"p{number:07}", prompt=f"{said} number {number}?", answer="5", source="made")


def text(number: int, index: int) -> str:
    rng = random.Random(number * 1_000 + index)
    said = " ".join(rng.choice(WORDS) for _ in range(48))
    return f"{said}. So the answer is \\boxed{{5}}."


def made(folder: Path, problems: int, samples: int) -> Path:
    """A run directory of so many problems and samples."""
    path = folder / "runs/r"
    table = {"name": "r", "source": {"name": "file", "path": "none.jsonl"}, "engine": {"name": "fake"}}
    listed = [problem(i) for i in range(problems)]
    with Store.create(path, {}) as store:
        store.put_problems(listed)
        written = [f for f in store.manifest.files if f.name.startswith("problems-")]
        run = store.manifest.run
        digests = [entry.problem_digest(p) for p in listed]
        for number, part in enumerate(np.array_split(np.arange(problems), 8)):
            for kind, named in (("completions", "completions"), ("scores", "scores-1")):
                name = f"{named}/{shards.shard_name(kind, number, number)}"
                tables = (
                    _table(kind, part[at : at + AT_ONCE], samples, digests)
                    for at in range(0, len(part), AT_ONCE)
                )
                written.append(shards.write_shard(store.groups_path, name, shards.SCHEMAS[kind], tables, run))
        store.update(files=written, n=samples)
    config = [f"name = {json.dumps(table['name'])}", f"n = {samples}"]
    config += ['[source]\nname = "file"\npath = "none.jsonl"', '[engine]\nname = "fake"', "[scorer.math]"]
    (path / "config.toml").write_text("\n".join(config) + "\n")
    return path


def _table(kind: str, part: Any, samples: int, digests: list[int]) -> pa.Table:
    rows = [(int(i), index) for i in part for index in range(samples)]
    texts = [text(i, k) for i, k in rows]
    digest = [entry.text_digest(one) for one in texts]
    given: dict[str, list[Any]] = {
        "problem_id": [f"p{i:07}" for i, _ in rows],
        "index": [k for _, k in rows],
        "text": texts,
        "text_digest": digest,
        "judged": [entry.judged(d, digests[i]) for d, (i, _) in zip(digest, rows, strict=True)],
        "position": [0] * len(rows),
        "seed": [i for i, _ in rows],
        "tokens": [60] * len(rows),
        "seconds": [0.0] * len(rows),
    }
    words = {"reasoning": "", "finish_reason": "stop", "scorer": "math", "version": "1", "verdict": "pass",
             "reason": "", "answer": "5"}  # fmt: skip
    schema = shards.SCHEMAS[kind]
    columns = [
        pa.array(given[field.name], type=field.type)
        if field.name in given
        else pa.array([words[field.name]] * len(rows), type=field.type)
        if field.name in words
        else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def exported(path: Path, out: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu = time.process_time()
    done = export(path, changes={"export": {"sinks": SINKS}})
    out.send(
        {
            "accepted": done.summary.selection.accepted if done.summary.selection else 0,
            "cpu_s": round(time.process_time() - cpu, 2),
            "mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024,
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--problems", type=int, default=40_000)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    found: dict[str, Any] = {"samples a problem": args.samples, "sizes": []}
    for problems, samples in (
        (args.problems // 4, args.samples),
        (args.problems // 4, args.samples * 4),
        (args.problems, args.samples),
    ):
        with tempfile.TemporaryDirectory() as name:
            told = apart(exported, made(Path(name), problems, samples))
        rows = problems * samples
        row = {"problems": problems, "rows": rows, **told, "us a row": round(told["cpu_s"] / rows * 1e6, 1)}
        found["sizes"].append(row)
        print(json.dumps(row), flush=True)
    if args.save:
        file = Path(__file__).parents[1] / "results" / "scale_curating.json"
        file.write_text(json.dumps({**about(), **found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
