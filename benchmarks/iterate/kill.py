"""Kill -9 a loop at random moments, start it again each time, compare with an undisturbed one.

    python -m benchmarks.iterate.kill OUT.json --kills 30 --rounds 3

Prints in which step each kill fell and whether metrics (but times), training data and weights of every
round are equal in the end. After each kill no directory named ``model`` may be less than whole.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console

from benchmarks.math.environment import about
from verirs.demo.loop import loop_table
from verirs.loop import iterate
from verirs.loop.models import check_model
from verirs.running.config import merge

# a server that has imported everything and forks for each attempt: kills fall into the loop, not into imports
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["torch", "transformers.models.llama.modeling_llama", "verirs.loop"])


def outcome(path: Path) -> dict[str, Any]:
    """What has to be equal: metrics without times, data row by row, weights by digest."""
    out: dict[str, Any] = {}
    for folder in sorted(path.glob("round-*")):
        metrics = json.loads((folder / "metrics.json").read_text())
        del metrics["seconds"], metrics["check"]  # the digest of the file, its times among it
        out[f"{folder.name} metrics"] = metrics
        for file in sorted(folder.glob("data/*.parquet")):
            out[f"{folder.name} {file.name}"] = pq.read_table(file).to_pylist()
        for file in sorted(folder.glob("model/*.safetensors")):
            out[f"{folder.name} weights"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return out


def attempt(table: dict[str, Any], log: str) -> None:
    with open(log, "w", buffering=1) as file:
        iterate(table, console=Console(file=file, width=300))


def step(log: Path) -> str:
    """What a loop was doing last, by its own words."""
    lines = (
        [line for line in log.read_text().splitlines() if line.startswith("round")] if log.exists() else []
    )
    if not lines:
        return "starting"
    if " done: " in lines[-1]:
        return "between two rounds"
    return lines[-1].split(":", 1)[-1].strip().split(" with ")[0].split(" from ")[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs/benchmark-kill"))
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--n", type=int, default=8)
    parser.add_argument("--share", type=float, default=0.3, help="longest life, in lives of a whole loop")
    parser.add_argument("--trainer", choices=["trl", "copy"], default="trl", help="copy: files only")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    train: dict[str, Any] = {"sft": {"learning_rate": 5e-4, "max_steps": 6}}
    if args.trainer == "copy":
        copy = "import shutil, sys, time; shutil.copytree(*sys.argv[1:]); time.sleep(1)"
        train = {"trainer": "command", "command": [sys.executable, "-S", "-c", copy, "{model}", "{out}"]}

    def table(name: str) -> dict[str, Any]:
        demo = loop_table(args.work / name, args.rounds, args.n, 0, "embedded")
        held_out = {"source": {"count": 20}}
        return merge(demo | {"train": train}, {"prompts": args.prompts, "held_out": held_out})

    def undisturbed(name: str) -> float:
        begun = time.monotonic()
        process = context.Process(target=attempt, args=(table(name), str(args.work / f"{name}.log")))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(f"the loop failed by itself with {process.exitcode}")
        return time.monotonic() - begun

    args.work.mkdir(parents=True, exist_ok=True)
    seconds = undisturbed("whole")
    rng = random.Random(args.seed)
    where: Counter[str] = Counter()
    finished = 0
    while where.total() < args.kills:
        name = f"killed-{finished}"
        log = args.work / f"{name}.log"
        process = context.Process(target=attempt, args=(table(name), str(log)))
        process.start()
        process.join(rng.uniform(0, args.share * seconds))
        if process.exitcode is None:
            process.kill()
            process.join()
            doing = step(log)
            where[doing] += 1
            for model in (args.work / name).glob("round-*/model"):
                check_model(model)
            print(f"kill {where.total()} while {doing}", flush=True)
        elif process.exitcode:
            raise SystemExit(f"the loop failed by itself with {process.exitcode}, see {log}")
        else:
            finished += 1  # nothing left to disturb: another loop from the start
    undisturbed(f"killed-{finished}")
    whole = outcome(args.work / "whole")
    differing = []
    for number in range(finished + 1):
        killed = outcome(args.work / f"killed-{number}")
        differing += [f"killed-{number}: {k}" for k in whole if whole[k] != killed.get(k)]
    result = {
        **about(),
        "kills": where.total(),
        "loops": finished + 1,
        "steps": dict(where.most_common()),
        "differing": differing,
        "undisturbed_seconds": round(seconds),
        "settings": {k: v for k, v in vars(args).items() if k not in ("out", "work")},
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    print("equal" if not differing else "DIFFERENT")


if __name__ == "__main__":
    main()
