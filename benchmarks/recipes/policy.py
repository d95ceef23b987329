"""What the recipes' selections are worth to a policy: trained on each beside `first 4`, on several seeds.

    python benchmarks/recipes/policy.py OUT.json --seeds 3

One round of the loop on the embedded policy: 200 problems x 8 samples, fine-tuning on what is selected,
100 held-out problems. Every selection sees the same samples of a seed. Prints pass@1 of the held-out
problems with its interval, and the difference to `first 4` on the same problems, over all seeds.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from verirs.demo.loop import loop_table
from verirs.loop import iterate
from verirs.running.config import merge

SELECTIONS: dict[str, dict[str, Any]] = {
    "first 4": {"select": {"name": "first", "k": 4}},
    "methods (RFT)": {"select": {"name": "methods", "k": 0}},
}


def trained(folder: Path, name: str, seed: int) -> dict[str, Any]:
    """The held-out figures of a policy that was trained on one selection."""
    table = loop_table(folder / f"{name.split()[0]}-{seed}", 1, 8, seed, "embedded") | {"prompts": 200}
    table = merge(table, {"held_out": {"n": 8, "source": {"count": 100}}})
    table = merge(table, {"sample": SELECTIONS[name]})
    result = iterate(table)
    before, after = (r.held_out for r in result.rounds[:2])
    rows = pq.read_metadata(result.path / "round-01/data/sft.parquet").num_rows
    assert before.pass_1 is not None and after.pass_1 is not None
    return {
        "selection": name,
        "seed": seed,
        "rows": rows,
        "before": before.pass_1.mean,
        "after": after.pass_1.mean,
        "low": after.pass_1.low,
        "high": after.pass_1.high,
        "counts": dict(after.counts),
    }


def differences(found: list[dict[str, Any]], name: str) -> list[float]:
    """Of each seed: pass@1 minus that of ``first 4``."""
    by = {(f["selection"], f["seed"]): f["after"] for f in found}
    return [by[name, seed] - by["first 4", seed] for n, seed in by if n == name and ("first 4", seed) in by]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("runs/recipes"))
    args = parser.parse_args()
    found: list[dict[str, Any]] = []
    for seed in range(args.seeds):
        for name in SELECTIONS:
            one = trained(args.work, name, seed)
            found.append(one)
            print(f"{name}, seed {seed}: {one['rows']} rows, {one['before']:.3f} -> {one['after']:.3f} "
                  f"({one['low']:.3f} .. {one['high']:.3f})", flush=True)  # fmt: skip
            args.out.write_text(json.dumps({"runs": found}, indent=1) + "\n")
    told = {}
    for name in list(SELECTIONS)[1:]:
        deltas = differences(found, name)
        mean = statistics.fmean(deltas)
        # Student's t over the seeds, two degrees of freedom for three of them
        t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}.get(len(deltas), 1.96)
        half = t * statistics.stdev(deltas) / len(deltas) ** 0.5 if len(deltas) > 1 else float("inf")
        told[name] = {"difference": mean, "low": mean - half, "high": mean + half}
        interval = f"{mean - half:+.3f} .. {mean + half:+.3f} over {len(deltas)} seeds"
        print(f"{name}: {mean:+.3f} against first 4 ({interval})")
    args.out.write_text(json.dumps({"differences": told, "runs": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
