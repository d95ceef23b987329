"""Writes the hashes of benchmarks that verirs ships: ``python -m scripts.benchmark_index FOLDER``.

FOLDER holds the benchmarks' own rows as ``NAME.jsonl.gz`` with a ``prompt``. Nothing of their text is
written. Left out are sets whose terms forbid commercial use (AsDiv) or do not say what they allow
(CollegeMath's rows carry their own).
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from verirs.curation.index import Benchmark
from verirs.curation.known import FOLDER, file_of

FILES = {
    "gsm8k:test": "gsm8k_test",
    "math500": "math500",
    "aime24": "aime24",
    "amc23": "amc23",
    "minerva_math": "minerva_math",
    "gaokao2023en": "gaokao2023en",
    "svamp": "svamp",
    "humaneval": "humaneval",
    "mbpp:test": "mbpp",
    "cruxeval": "cruxeval",
}
SPLITS = {"mbpp:test": "test"}
"""Of a file with several splits, the one that is the benchmark."""


def texts(file: Path, split: str) -> Iterator[str]:
    """The prompts of a file, each once (a task may ask two questions of one program)."""
    seen: dict[str, None] = {}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if not split or row["split"] == split:
                prompt = row["prompt"]
                seen[prompt if isinstance(prompt, str) else prompt[-1]["content"]] = None
    yield from seen


def main(folder: Path) -> None:
    """Write all of them."""
    for old in FOLDER.glob("*.npz"):
        old.unlink()
    for name, stem in FILES.items():
        made = Benchmark.of(name, texts(folder / f"{stem}.jsonl.gz", SPLITS.get(name, "")))
        path = file_of(name)
        made.save(path)
        print(f"{name}: {made.items} items, {len(made.runs)} runs, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
