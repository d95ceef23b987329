"""What the recipes' selections are worth to a policy: trained on each, with controls of equal size.

    python benchmarks/recipes/policy.py OUT.json --seeds 3

One round of the loop on the embedded policy: 200 problems x 8 samples, fine-tuning on what is selected,
100 held-out problems. Every selection sees the same samples of a seed. Prints pass@1 of the held-out
problems with its interval; and for each pair of PAIRS the difference on the same problems, over all seeds.

The ranker of `best` is the policy's own mean log-probability of a token: it costs nothing, and a policy that
trusts it may learn less.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console

from verirs.demo.loop import loop_table
from verirs.loop import iterate
from verirs.loop.config import read
from verirs.loop.folder import Folder
from verirs.loop.loop import Loop
from verirs.running.config import merge
from verirs.system.machine import facts
from verirs.types import Completion, Problem, Score, Verdict

METHODS, TOP = "methods (RFT)", "top K of the set"
RANKED = {"scorer": {"math": {}, "sure": {"plugin": f"{__file__}:Sure"}}}
SELECTIONS: dict[str, dict[str, Any]] = {
    "first 4": {"select": {"name": "first", "k": 4}},
    METHODS: {"select": {"name": "methods", "k": 0}},
    "any right, as many": {"select": {"name": "random", "k": 0}, "balance": {"order": "random"}},
    "best of a problem": {"select": {"name": "best", "k": 1}, **RANKED},
    "any of a problem": {"select": {"name": "random", "k": 1}},
    TOP: {"select": {"name": "best", "k": 0}, "balance": {"order": "value"}, **RANKED},
    "any K of the set": {"select": {"name": "random", "k": 0}, "balance": {"order": "random"}},
}
AS_MANY = {"any right, as many": METHODS, TOP: METHODS, "any K of the set": METHODS}
"""Whose rows a selection has as many of."""
PAIRS = (
    (METHODS, "first 4"),
    (METHODS, "any right, as many"),
    ("best of a problem", "any of a problem"),
    (TOP, "any K of the set"),
)


class Sure:
    """Ranks by the mean log-probability of a token under the policy that wrote it."""

    name, version, ranks = "sure", "1", True

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [
            Score(
                scorer=self.name,
                version=self.version,
                verdict=Verdict.ABSTAIN,
                value=None if c.logprob is None or not c.tokens else c.logprob / c.tokens,
            )
            for _, c in items
        ]

    def close(self) -> None:
        """Nothing to give back."""


def trained(folder: Path, name: str, seed: int, rows: int) -> dict[str, Any]:
    """The held-out figures of a policy that was trained on one selection.

    Args:
        rows: that a selection of the whole set has.
    """
    wanted = SELECTIONS[name]
    if name in AS_MANY:
        wanted = merge(wanted, {"balance": {"total": rows}})
    table = loop_table(folder / f"{list(SELECTIONS).index(name)}-{seed}", 1, 8, seed, "embedded")
    table = merge(table | {"prompts": 200}, {"held_out": {"n": 8, "source": {"count": 100}}})
    table = merge(table, {"sample": wanted})
    first = folder / f"0-{seed}"
    if first.name != table["name"]:
        begin_with(table, first)
    result = iterate(table)
    before, after = (r.held_out for r in result.rounds[:2])
    written = pq.read_table(result.path / "round-01/data/sft.parquet")
    assert before.pass_1 is not None and after.pass_1 is not None
    return {
        "selection": name,
        "seed": seed,
        "rows": len(written),
        "problems": len(set(written["problem_id"].to_pylist())),
        "before": before.pass_1.mean,
        "after": after.pass_1.mean,
        "low": after.pass_1.low,
        "high": after.pass_1.high,
    }


def begin_with(table: dict[str, Any], other: Path) -> None:
    """Begin with another selection's base model as it was judged, and with its samples, not judged anew."""
    loop, given = Loop(read(table), Console(quiet=True)), Folder(other)
    if loop.path.exists():
        return
    loop.path.mkdir(parents=True)
    loop.folder.begin(loop.settings())
    shared = ("held-out.jsonl", "round-00/", "round-01/problems.jsonl")
    loop.folder.adopt(given, [name for name in given.parts if name.startswith(shared)])
    samples = Path("round-01/samples")
    shutil.copytree(other / samples, loop.path / samples, ignore=shutil.ignore_patterns("export", "report"))


def differences(found: list[dict[str, Any]], one: str, other: str) -> list[float]:
    """Of each seed that has both: pass@1 of the one minus that of the other."""
    by = {(f["selection"], f["seed"]): f["after"] for f in found}
    return [by[one, seed] - by[other, seed] for name, seed in by if name == one and (other, seed) in by]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("runs/recipes"))
    args = parser.parse_args()
    found: list[dict[str, Any]] = []
    about = {"machine": facts(("torch", "transformers")), "problems": 200, "samples": 8, "held out": 100}
    rows: dict[int, int] = {}
    names = list(SELECTIONS)
    # the recipe and its controls on all seeds first, then the ranked ones
    for seed, name in [(s, n) for part in (names[:3], names[3:]) for s in range(args.seeds) for n in part]:
        one = trained(args.work, name, seed, rows.get(seed, 0))
        if name == METHODS:
            rows[seed] = one["rows"]
        found.append(one)
        print(f"{name}, seed {seed}: {one['rows']} rows of {one['problems']} problems, "
              f"{one['before']:.3f} -> {one['after']:.3f} ({one['low']:.3f} .. {one['high']:.3f})",
              flush=True)  # fmt: skip
        args.out.write_text(json.dumps({**about, "runs": found}, indent=1) + "\n")
    told = []
    for one, other in PAIRS:
        deltas = differences(found, one, other)
        mean = statistics.fmean(deltas)
        # Student's t over the seeds, two degrees of freedom for three of them
        t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}.get(len(deltas), 1.96)
        half = t * statistics.stdev(deltas) / len(deltas) ** 0.5 if len(deltas) > 1 else float("inf")
        told.append({"of": one, "against": other, "seeds": deltas, "difference": mean, "half": half})
        print(f"{one} against {other}: {mean:+.3f} ({mean - half:+.3f} .. {mean + half:+.3f})")
    args.out.write_text(json.dumps({**about, "differences": told, "runs": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
