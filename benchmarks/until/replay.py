"""Sampling until enough against a fixed number of samples: recorded pools, replayed live through a run.

    python -m benchmarks.until.replay [--pool gsm8k] [--idle] [--save]

Each pool's samples are put in one random order a problem (the pools list one model after another), and
sampled until k passes with the pool's size as the cap; the fixed number is the cap itself. Verdicts are the
recorded labels. A problem is covered when a trace of it is accepted: all that have a pass are, in both.

``--idle`` says which share of an engine's places would be empty, where samples take log-normal times.
"""

from __future__ import annotations

import argparse
import gzip
import heapq
import json
import math
import random
import tempfile
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

from benchmarks.math.environment import about
from tests.shared_data import shared
from verirs.running.drive import RunResult, run
from verirs.running.reading import load_run
from verirs.types import Problem
from verirs.until import Mark, Rule, replay

POOLS = {
    "gsm8k": "gsm8k_pool_40runs",
    "humaneval": "humaneval_codegen16b_n100",
    "math": "math100_qwen_rm8",
}
RESULTS = Path("benchmarks/results/until_replay.json")


def shuffled(name: str, folder: Path, seed: int = 0) -> tuple[Path, Path, int]:
    """The pool in a random order a problem, its problems, and samples a problem."""
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(shared(f"data/candidates/{POOLS[name]}.jsonl.gz"), "rt") as lines:
        for line in lines:
            row = json.loads(line)
            by[row["problem_id"]].append(row)
    rng = random.Random(seed)
    rows = folder / "rows.jsonl"
    with rows.open("w") as out:
        for key in sorted(by):
            rng.shuffle(by[key])
            for i, row in enumerate(by[key]):
                kept = {"problem_id": key, "sample_index": i, "text": row["text"], "label": row["label"]}
                out.write(json.dumps({**kept, "finish_reason": "stop", "pred": row.get("pred")}) + "\n")
    problems = folder / "problems.jsonl"
    problems.write_text(
        "".join(json.dumps({"id": key, "prompt": f"Problem {key}"}) + "\n" for key in sorted(by))
    )
    return rows, problems, min(map(len, by.values()))


def table(name: str, folder: Path, rows: Path, problems: Path, n: int, k: int) -> dict[str, Any]:
    return {
        "name": name,
        "runs": str(folder),
        "n": n,
        "source": {"name": "file", "path": str(problems)},
        "engine": {"name": "replay", "path": str(rows)},
        "scorer": {"recorded": {"path": str(rows), "label": "label"}},
        "select": {"k": k},
        "export": {"sinks": ["sft"]},
    }


def figures(result: RunResult, n: int) -> dict[str, Any]:
    summary, until = result.summary, result.summary.until
    taken = summary.selection
    assert taken is not None
    found = {
        "drawn": summary.completions,
        "share of fixed": round(summary.completions / (summary.problems * n), 3),
        "accepted": taken.accepted,
        "covered": taken.problems_accepted,
        "samples an accepted trace": round(summary.samples_per_accepted or math.nan, 2),
    }
    if until is not None:
        found |= {"rounds": round(until.rounds, 2), "most rounds": until.most_rounds}
        found["pass@1"] = summary.estimates["pass@k"].at[1].mean
    return found


def lengths(path: Path, every: Path) -> float:
    """Mean length of the accepted, by that of all different passing texts of their problems in the pool."""
    passing: dict[str, set[str]] = defaultdict(set)
    for line in every.open():
        row = json.loads(line)
        if row["label"]:
            passing[row["problem_id"]].add(row["text"])
    taken = [(p.id, len(c.completion.text)) for p, c in _accepted(path)]
    mean = {key: sum(map(len, found)) / len(found) for key, found in passing.items()}
    return sum(size for _, size in taken) / sum(mean[key] for key, _ in taken)


def _accepted(path: Path) -> list[Any]:
    run_ = load_run(path)
    rows = {(r["problem_id"], r["sample_index"]) for r in run_.to_arrow().to_pylist() if r["accepted"]}
    return [(p, c) for p, c in run_.candidates() if (p.id, c.completion.index) in rows]


def idle(name: str, until: bool, places: int, seed: int = 0) -> float:
    """The share of an engine's places that stand empty, in simulated time.

    A sample takes a log-normal time (its deviation 0.65 of the mean) and is judged at once. Rounds are given
    out as the run does it, first rounds first; without ``until`` each problem has one round of 8.
    """
    rng = random.Random(seed)
    right: dict[str, list[bool]] = defaultdict(list)
    with gzip.open(shared(f"data/candidates/{POOLS[name]}.jsonl.gz"), "rt") as lines:
        for line in lines:
            row = json.loads(line)
            right[row["problem_id"]].append(bool(row["label"]))
    pool = [rng.sample(found, len(found)) for found in right.values()]
    n = min(map(len, pool))
    rule = Rule(n=n, accept=4) if until else Rule(n=8, first=8, accept=1)
    problem = Problem(prompt="?")
    ready = [(1, i, 0, rule.start) for i in range(len(pool))]  # round, problem, samples from and to
    left, waiting, running = [0] * len(pool), deque[int](), list[tuple[float, int]]()
    rounds, at, clock, busy = [0] * len(pool), [0] * len(pool), 0.0, 0.0
    while ready or waiting or running:
        while len(running) < places and (waiting or ready):
            if not waiting:
                number, i, begin, to = heapq.heappop(ready)
                rounds[i], at[i], left[i] = number, to, to - begin
                waiting.extend([i] * (to - begin))
            took = rng.lognormvariate(-0.18, 0.6)
            busy += took
            heapq.heappush(running, (clock + took, waiting.popleft()))
        clock, i = heapq.heappop(running)
        left[i] -= 1
        if not left[i]:
            stop = replay(rule, [Mark("+" if ok else "-") for ok in pool[i][: at[i]]], problem)
            if stop.open:
                heapq.heappush(ready, (rounds[i] + 1, i, at[i], stop.at))
    return 1 - busy / (places * clock)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pool", choices=POOLS, action="append")
    parser.add_argument("--idle", action="store_true")
    parser.add_argument("--save", action="store_true")
    asked = parser.parse_args()
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for pool in asked.pool or POOLS:
            if asked.idle:
                for places in (64, 256):
                    shares = {
                        "until 4" if u else "fixed 8": round(idle(pool, u, places), 4) for u in (True, False)
                    }
                    found.setdefault("idle share", {})[f"{pool}, {places} places"] = shares
                    print(pool, places, shares, flush=True)
                continue
            rows, problems, n = shuffled(pool, folder)
            for k in (1, 2, 4):
                raw = table(f"{pool}-{k}", folder, rows, problems, n, k) | {"until": {"accept": k}}
                result = run(raw)
                told = figures(result, n) | {"length": round(lengths(result.path, rows), 3)}
                found.setdefault("pools", {})[f"{pool}, until {k}, at most {n}"] = told
                print(pool, k, told, flush=True)
            result = run(table(f"{pool}-4", folder, rows, problems, n, 4))
            found["pools"][f"{pool}, fixed {n}"] = figures(result, n)
            print(pool, "fixed", figures(result, n), flush=True)
    if asked.save:
        RESULTS.write_text(json.dumps({**found, "machine": about()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
