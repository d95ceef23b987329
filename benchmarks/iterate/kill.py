"""Kill -9 a loop at random moments, start it again each time, compare with an undisturbed one.

    python benchmarks/iterate/kill.py OUT.json --kills 30 --rounds 3

Prints in which step each kill fell and whether metrics (but times), training data and weights of every
round are equal in the end. After each kill no directory named ``model`` may be less than whole.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from verirs.config import merge
from verirs.iterate.demo import loop_table
from verirs.iterate.models import check_model

RUN = """
import json, sys
from rich.console import Console
from verirs.iterate import iterate
iterate(json.loads(sys.argv[1]), console=Console(width=300))
"""


def outcome(path: Path) -> dict[str, Any]:
    """What has to be equal: metrics without times, data row by row, weights by digest."""
    out: dict[str, Any] = {}
    for folder in sorted(path.glob("round-*")):
        metrics = json.loads((folder / "metrics.json").read_text())
        del metrics["seconds"]
        out[f"{folder.name} metrics"] = metrics
        for file in sorted(folder.glob("data/*.parquet")):
            out[f"{folder.name} {file.name}"] = pq.read_table(file).to_pylist()
        for file in sorted(folder.glob("model/*.safetensors")):
            out[f"{folder.name} weights"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return out


class Attempt:
    """One start of the loop, its output followed."""

    def __init__(self, table: dict[str, Any]):
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, json.dumps(table)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.step = ""
        self.begun = threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("round"):
                self.step = line.split(":", 1)[-1].strip().split(" with ")[0].split(" from ")[0]
                self.begun.set()
        self.begun.set()


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
    parser.add_argument(
        "--longest", type=float, default=30.0, help="most seconds from the first step to the kill"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    def table(name: str) -> dict[str, Any]:
        return merge(
            loop_table(args.work / name, args.rounds, args.n, 0, "embedded"),
            {
                "prompts": args.prompts,
                "held_out": {"source": {"count": 20}},
                "train": {"sft": {"max_steps": 6}},
            },
        )

    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", RUN, json.dumps(table("whole"))], check=True)
    undisturbed = time.monotonic() - begun
    rng = random.Random(args.seed)
    where: Counter[str] = Counter()
    finished = 0
    while where.total() < args.kills:
        name = f"killed-{finished}"
        attempt = Attempt(table(name))
        attempt.begun.wait(600)
        try:
            attempt.process.wait(rng.uniform(0, args.longest))
            if attempt.process.returncode:
                raise SystemExit(f"the loop failed by itself with {attempt.process.returncode}")
            finished += 1  # nothing left to disturb: another loop from the start
        except subprocess.TimeoutExpired:
            attempt.process.kill()
            attempt.process.wait()
            where[attempt.step] += 1
            for model in (args.work / name).glob("round-*/model"):
                check_model(model)
            print(f"kill {where.total()} while {attempt.step}", flush=True)
    subprocess.run([sys.executable, "-c", RUN, json.dumps(table(f"killed-{finished}"))], check=True)
    whole = outcome(args.work / "whole")
    differing = []
    for number in range(finished + 1):
        killed = outcome(args.work / f"killed-{number}")
        differing += [f"killed-{number}: {k}" for k in whole if whole[k] != killed.get(k)]
    result = {
        "kills": where.total(),
        "loops": finished + 1,
        "steps": dict(where.most_common()),
        "differing": differing,
        "undisturbed_seconds": round(undisturbed),
        "settings": {k: v for k, v in vars(args).items() if k not in ("out", "work")},
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    print("equal" if not differing else "DIFFERENT")


if __name__ == "__main__":
    main()
