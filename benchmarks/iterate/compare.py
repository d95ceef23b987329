"""What the papers' loops do, one choice at a time: the same problems, as many samples, three seeds.

    nice -n 10 python benchmarks/iterate/compare.py OUT.json --seeds 0 1 2

Each arm is a loop of two rounds on the embedded policy; :data:`PAIRS` says which two differ in one choice.
Arms that differ in their training alone share the base model's judgement and the first round's samples. The
change is of held-out pass@1 after the last round, paired by problem, with its 95 % interval, for each seed
and of each problem's mean over the seeds. Samples drawn are told for both arms. Goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from verirs.demo.loop import loop_table
from verirs.loop import LoopResult, iterate
from verirs.loop.loop import begin_beside
from verirs.loop.steps.step import Warm
from verirs.records import RoundMetrics, RunSummary
from verirs.running.config import merge
from verirs.stats.intervals import difference
from verirs.stats.words import compared
from verirs.types import to_json

POOL, PROMPTS, HELD_OUT, N = 180, 120, 150, 8
"""Fewer problems than two rounds ask for, so the second round meets some of the first's again."""
DPO = {"learning_rate": 1e-4, "num_train_epochs": 3, "beta": 0.5}
ARMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "control": {"control": "random"},
    "best of all": {"train": {"best_of": "all"}},
    "dpo": {"train": {"method": "dpo", "dpo": DPO}},
    "dpo without nll": {"train": {"method": "dpo", "dpo": {**DPO, "loss_type": ["sigmoid"]}}},
    "curriculum": {
        "retire_unsolved": 1,
        "sample": {
            "n": 4 * N,
            "until": {"accept": 4, "first": 7, "quota": "difficulty"},
            "select": {"k": 4},
            "limits": {"samples": PROMPTS * N},
        },
        "held_out": {"n": N},
    },
    # few first samples, so that some problems fail; the second tries are as many with and without the hint
    "hint": {"sample": {"n": 2}, "held_out": {"n": N}, "hint": {"n": 4}},
    "second try": {"sample": {"n": 2}, "held_out": {"n": N}, "hint": {"n": 4, "template": "{problem}"}},
    "no second try": {"sample": {"n": 2}, "held_out": {"n": N}},
    "no curriculum": {"retire": 0.0, "sample": {"select": {"k": 4}}},
}
PAIRS = {
    "verified against random": ("plain", "control"),
    "best over all rounds against the last round's data": ("best of all", "plain"),
    "DPO with the NLL term against without": ("dpo", "dpo without nll"),
    "second tries with the gold as a hint against without": ("hint", "second try"),
    "a hint pass against none (fewer samples)": ("hint", "no second try"),
    "curriculum (retiring, n by difficulty) against none": ("curriculum", "no curriculum"),
}


def arm(work: Path, name: str, seed: int, warm: Warm) -> LoopResult:
    path = work / f"{name.replace(' ', '-')}-{seed}"
    table = loop_table(path, 2, N, seed, "embedded")
    table["sample"]["source"]["count"] = POOL
    table = merge(table, {"prompts": PROMPTS, "held_out": {"source": {"count": HELD_OUT}}})
    table = merge(table, ARMS[name])
    if "sft" not in table["train"].get("method", "sft"):
        del table["train"]["sft"]
    first = work / f"plain-{seed}"
    if set(ARMS[name]) <= {"train", "control"} and name != "plain" and not path.exists():
        begin_beside(table, first)
    return iterate(table, console=Console(width=200), warm=warm)


def rates(metrics: RoundMetrics) -> dict[str, float]:
    return {id: c / n for id, (n, c) in metrics.held_out.counts.items() if n}


def row(name: str, seed: int, result: LoopResult) -> dict[str, Any]:
    return {
        "arm": name,
        "seed": seed,
        "samples": sum(r.samples.completions for r in result.rounds if r.samples) + tried(result.path),
        "hinted rows": [r.samples.hinted for r in result.rounds if r.samples],
        "rows": [[stage["rows"] for stage in r.training] for r in result.rounds],
        "pass@1": [to_json(r.held_out.pass_1) for r in result.rounds],
        "pass@n": [to_json(r.held_out.pass_n) for r in result.rounds],
        "distance": [to_json(r.kl.measured) for r in result.rounds],
        "length": [r.held_out.characters for r in result.rounds],
        "rates": rates(result.rounds[-1]),
    }


def tried(path: Path) -> int:
    """Samples of the hint passes."""
    return sum(RunSummary.load(p).completions for p in path.glob("round-*/hinted/summary.json"))


def pair(one: str, other: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """How two arms differ, over the seeds that both have."""
    a, b = ({r["seed"]: r for r in rows if r["arm"] == name} for name in (one, other))
    seeds = sorted(a.keys() & b.keys())
    if not seeds:
        return None
    ids = sorted(a[seeds[0]]["rates"])
    table = {
        s: (np.array([a[s]["rates"][i] for i in ids]), np.array([b[s]["rates"][i] for i in ids]))
        for s in seeds
    }
    changes = [difference(*table[s]) for s in seeds]
    mean = difference(*(np.mean([table[s][side] for s in seeds], axis=0) for side in (0, 1)))
    return {
        "arms": [one, other],
        "seeds": seeds,
        "samples": [[a[s]["samples"] for s in seeds], [b[s]["samples"] for s in seeds]],
        "each seed": [to_json(c) for c in changes],
        "mean over seeds": to_json(mean),
        "told": compared(mean),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs/benchmark-compare"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = os.environ.get("COMMIT") or subprocess.run(git, capture_output=True, text=True).stdout.strip()
    rows: list[dict[str, Any]] = []
    if args.out.exists():
        rows = json.loads(args.out.read_text())["rows"]
    warm = Warm()
    try:
        for seed in args.seeds:
            for name in args.arms:
                if any(r["arm"] == name and r["seed"] == seed for r in rows):
                    continue
                rows.append({**row(name, seed, arm(args.work, name, seed, warm)), "commit": commit})
                pairs = {what: found for what, two in PAIRS.items() if (found := pair(*two, rows))}
                note = {"commit": commit, "machine": f"{platform.machine()}, {os.cpu_count()} CPUs"}
                settings = {
                    "pool": POOL,
                    "prompts": PROMPTS,
                    "held_out": HELD_OUT,
                    "n": N,
                    "rounds": 2,
                    "arms": ARMS,
                }
                result = {**note, "settings": settings, "pairs": pairs, "rows": rows}
                args.out.write_text(json.dumps(result, indent=1) + "\n")
    finally:
        warm.end()
    for what, two in PAIRS.items():
        if found := pair(*two, rows):
            print(f"{what}: {found['told']}; samples {found['samples']}")


if __name__ == "__main__":
    main()
