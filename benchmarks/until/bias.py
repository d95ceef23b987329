"""Whether estimates under a rule are right: recorded pools, drawn again and again.

    python -m benchmarks.until.bias [--pool gsm8k] [--repetitions 200] [--save]

Each repetition draws problems of the pool with replacement, puts each one's samples in a random order,
applies the rule, and estimates pass@1 and pass@first. The truth is the whole pool's. Beside ours: the first
round alone, c/n, and the usual formula (Chen et al. 2021) on the unequally many samples. Then how often the
95 % interval held the truth, and how long accepted texts are beside all passing ones of their problems.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.math.environment import about
from benchmarks.until.replay import POOLS
from tests.shared_data import shared
from verirs.stats.estimators import pass_curve
from verirs.stats.intervals import bootstrap
from verirs.until import Paths, Rule
from verirs.until.rule import Stop

Bools = NDArray[np.bool_]
RESULTS = Path("benchmarks/results/until_bias.json")
PROBLEMS = 300


def rules(n: int) -> dict[str, Rule]:
    first = min(4, n // 2)
    return {
        "until 1": Rule(n=n, first=first, accept=1),
        "until 2": Rule(n=n, first=first, accept=2),
        "until 4": Rule(n=n, first=first, accept=4),
        "4 and 4 fails": Rule(n=n, first=first, accept=4, reject=4),
        "by difficulty": Rule(n=n, first=first, accept=4, quota="difficulty"),
        "give up at 16": Rule(n=n, first=first, accept=4, give_up_after=16 if n > 16 else n // 2),
        "decided 0.9": Rule(n=n, first=first, decided=0.9),
    }


def stop(rule: Rule, passes: NDArray[np.int64]) -> Stop:
    """As :func:`verirs.until.replay`, on counts: ``passes[m]`` of the first m samples passed."""
    m, points = rule.start, [rule.start]
    goal = rule.goal(m - int(passes[m]))
    while True:
        to, why = rule.step(m, int(passes[m]), m - int(passes[m]), goal)
        if why:
            return Stop(m, why, goal, tuple(points))
        m = to
        points.append(m)


def pool(name: str) -> tuple[list[Bools], list[NDArray[np.int64]]]:
    right, size = defaultdict(list), defaultdict(list)
    with gzip.open(shared(f"data/candidates/{POOLS[name]}.jsonl.gz"), "rt") as lines:
        for line in lines:
            row = json.loads(line)
            right[row["problem_id"]].append(bool(row["label"]))
            size[row["problem_id"]].append(len(row["text"]))
    return [np.array(v) for v in right.values()], [np.array(v) for v in size.values()]


def judge(
    rule: Rule, right: list[Bools], size: list[NDArray[np.int64]], repetitions: int, seed: int
) -> dict[str, Any]:
    rng, paths, first = np.random.default_rng(seed), Paths(rule), rule.start
    n, curves = rule.n, [pass_curve(rule.start, c) for c in range(rule.start + 1)]
    truth = np.mean([pass_curve(n, int(r.sum()))[:first] for r in right], axis=0)
    found: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    hits, taken, passing, drawn = np.zeros(first), 0.0, 0.0, 0
    for repetition in range(repetitions):
        rows, naive = np.empty((PROBLEMS, first)), np.empty((PROBLEMS, 2))
        alone, usual = np.empty((PROBLEMS, first)), np.full((PROBLEMS, first), np.nan)
        for i, problem in enumerate(rng.integers(0, len(right), PROBLEMS)):
            order = rng.permutation(len(right[problem]))[:n]
            verdicts = right[problem][order]
            passes = np.concatenate([[0], np.cumsum(verdicts)])
            at = stop(rule, passes).at
            c = int(passes[at])
            estimate = paths.estimate(at, c)
            assert estimate is not None
            rows[i], naive[i], alone[i] = estimate, (c, at), curves[int(passes[first])]
            usual[i] = pass_curve(at, c)[:first]
            drawn += at
            if rule.accept and c:
                kept = np.flatnonzero(verdicts[:at])[: rule.accept]
                taken += float(size[problem][order][kept].sum())
                passing += len(kept) * float(size[problem][right[problem]].mean())
        found["ours"].append(rows.mean(axis=0))
        found["first round"].append(alone.mean(axis=0))
        found["c/n"].append(np.array([(naive[:, 0] / naive[:, 1]).mean()]))
        found["sum c/sum n"].append(naive.sum(axis=0)[:1] / naive.sum(axis=0)[1:])
        found["usual formula"].append(usual.mean(axis=0))
        bands = bootstrap(rows, resamples=400, seed=repetition)
        hits += [band.low <= t <= band.high for band, t in zip(bands, truth, strict=True)]
    told: dict[str, Any] = {"samples a problem": round(drawn / repetitions / PROBLEMS, 2)}
    for name, values in found.items():
        made = np.array(values)
        error = made.std(axis=0, ddof=1) / np.sqrt(repetitions)
        told[name] = {
            f"pass@{k}": {
                "mean": round(float(made[:, k - 1].mean()), 4),
                "errors off": round(float((made[:, k - 1].mean() - truth[k - 1]) / error[k - 1]), 1),
                "sd": round(float(made[:, k - 1].std(ddof=1)), 4),
            }
            for k in (1, first)
            if k <= made.shape[1]
        }
    told["truth"] = {f"pass@{k}": round(float(truth[k - 1]), 4) for k in (1, first)}
    told["interval holds it"] = {f"pass@{k}": round(hits[k - 1] / repetitions, 3) for k in (1, first)}
    if passing:
        told["length, accepted by passing"] = round(taken / passing, 4)
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pool", choices=POOLS, action="append")
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--save", action="store_true")
    asked = parser.parse_args()
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in asked.pool or POOLS:
        right, size = pool(name)
        n = min(map(len, right))
        for seed, (told, rule) in enumerate(rules(n).items()):
            found[f"{name}, {told}"] = judged = judge(rule, right, size, asked.repetitions, seed)
            print(name, told, json.dumps(judged), flush=True)
    if asked.save:
        found["repetitions"] = asked.repetitions
        RESULTS.write_text(json.dumps({**found, "machine": about()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
