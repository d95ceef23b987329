"""What the papers' loops do, one choice at a time: the same problems, as many samples, three seeds.

    nice -n 10 python benchmarks/iterate/compare.py OUT.json --seeds 0 1 2

Each arm is a loop of two rounds on the embedded policy; :data:`PAIRS` says which two differ in one choice.
Arms that differ in their training alone share the base model's judgement and the first round's samples. The
change is of held-out pass@1 after the last round, paired by problem, with its 95 % interval, for each seed
and of each problem's mean over the seeds; beside it the interval over the seeds' changes (Student's t), which
also holds what another training would have done. Samples drawn are told for both arms. Goes on where it was
stopped.

``--jobs 15`` does so many arms at once, each held to one core with one thread, on the CPU; then no arm
takes over another's samples, which are drawn by the same seeds anyway.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
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


SMALL: dict[str, Any] = {"prompts": 30, "held_out": {"source": {"count": 30}}}
"""Laid over every arm by ``--small``, which only shows that all arms run."""


def arm(work: Path, name: str, seed: int, warm: Warm, small: bool, lend: bool) -> LoopResult:
    path = work / f"{name.replace(' ', '-')}-{seed}"
    table = loop_table(path, 2, N, seed, "embedded")
    table["sample"]["source"]["count"] = POOL
    table = merge(table, {"prompts": PROMPTS, "held_out": {"source": {"count": HELD_OUT}}})
    table = merge(table, ARMS[name])
    if "sft" not in table["train"].get("method", "sft"):
        del table["train"]["sft"]
    if small:
        table = merge(table, SMALL)
    first = work / f"plain-{seed}"
    alike = set(ARMS[name]) <= {"train", "control"} and name != "plain"
    if lend and alike and first.exists() and not path.exists():
        begin_beside(table, first)
    return iterate(table, console=Console(width=200, quiet=not lend), warm=warm)


def rates(metrics: RoundMetrics) -> dict[str, float]:
    return {id: c / n for id, (n, c) in metrics.held_out.counts.items() if n}


def row(name: str, seed: int, result: LoopResult, seconds: float) -> dict[str, Any]:
    return {
        "arm": name,
        "seed": seed,
        "seconds": round(seconds),
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
        "interval over seeds": over_seeds([c.mean for c in changes]),
        "told": compared(mean),
    }


# of Student's t, two-sided 95 %, by the number of seeds
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}


def over_seeds(changes: Sequence[float]) -> list[float] | None:
    """The 95 % interval of the mean of all seeds' changes; ``None`` for one seed or more than ten."""
    if (t := STUDENT.get(len(changes))) is None:
        return None
    mean, half = np.mean(changes), t * np.std(changes, ddof=1) / np.sqrt(len(changes))
    return [round(float(mean - half), 6), round(float(mean + half), 6)]


def done_alone(cores: Any, work: Path, small: bool, task: tuple[int, str]) -> dict[str, Any]:
    """An arm in a process of its own, held to a core that nobody else has now."""
    core = cores.get()
    try:
        os.sched_setaffinity(0, {core})
        seed, name = task
        begun, warm = time.monotonic(), Warm()
        try:
            return row(name, seed, arm(work, name, seed, warm, small, False), time.monotonic() - begun)
        finally:
            warm.end()
    finally:
        cores.put(core)


def rows_of(tasks: Sequence[tuple[int, str]], work: Path, small: bool, jobs: int) -> Iterator[dict[str, Any]]:
    """The arms' rows as they are finished; one that fails is told at the end, when the others are done."""
    failed = []
    if jobs > 1:
        one = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        os.environ.update(one, ARROW_IO_THREADS="2")
        context = multiprocessing.get_context("spawn")
        with context.Manager() as manager:
            cores = manager.Queue()
            here = sorted(os.sched_getaffinity(0))
            for i in range(jobs):
                cores.put(here[i % len(here)])
            with ProcessPoolExecutor(jobs, context, max_tasks_per_child=1) as pool:
                waiting = {pool.submit(partial(done_alone, cores, work, small), t): t for t in tasks}
                for done in as_completed(waiting):
                    if error := done.exception():
                        failed.append(f"{waiting[done]}: {type(error).__name__}: {error}")
                        print(failed[-1], flush=True)
                    else:
                        yield done.result()
    else:
        warm = Warm()
        try:
            for seed, name in tasks:
                begun = time.monotonic()
                yield row(name, seed, arm(work, name, seed, warm, small, True), time.monotonic() - begun)
        finally:
            warm.end()
    if failed:
        raise SystemExit("\n".join(["failed:", *failed]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs/benchmark-compare"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="show in little that all arms run")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = os.environ.get("COMMIT") or subprocess.run(git, capture_output=True, text=True).stdout.strip()
    rows: list[dict[str, Any]] = []
    if args.out.exists():
        rows = json.loads(args.out.read_text())["rows"]
    known = {(r["seed"], r["arm"]) for r in rows}
    tasks = [(s, name) for s in args.seeds for name in args.arms if (s, name) not in known]
    settings = {
        "pool": POOL,
        "prompts": PROMPTS,
        "held_out": HELD_OUT,
        "n": N,
        "rounds": 2,
        "arms": ARMS,
        **({"small": SMALL} if args.small else {}),
    }
    for made in rows_of(tasks, args.work, args.small, args.jobs):
        rows.append({**made, "commit": commit})
        rows.sort(key=lambda r: (r["seed"], list(ARMS).index(r["arm"])))
        print(f"{made['arm']}, seed {made['seed']}: {made['seconds']} s", flush=True)
        pairs = {what: found for what, two in PAIRS.items() if (found := pair(*two, rows))}
        note = {"commit": commit, "machine": f"{platform.machine()}, {os.cpu_count()} CPUs"}
        result = {**note, "settings": settings, "pairs": pairs, "rows": rows}
        args.out.write_text(json.dumps(result, indent=1) + "\n")
    for what, two in PAIRS.items():
        if found := pair(*two, rows):
            print(f"{what}: {found['told']}; over seeds {found['interval over seeds']}; {found['samples']}")


if __name__ == "__main__":
    main()
