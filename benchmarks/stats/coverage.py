"""How often 95 % intervals hold the truth: means over problems, and paired differences.

    python -m benchmarks.stats.coverage [--repetitions 1000] [--methods verirs,wilson] [--sizes 20] [--save]

Problems are drawn from a known population (a share of right samples of each, 16 samples a problem), and the
interval of the product is compared with the population's mean. Beside it Wilson's interval for clustered
proportions, BCa and the percentile bootstrap. Then the sentences: how often "above", "below", "no difference"
and "not shown" is said of two scorers that are equal (false alarms), and of two that differ by 2 to 10 points
(power), paired and by two separate intervals; and how often the interval of a paired difference holds
the truth.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from benchmarks.math.environment import about
from verirs.stats.intervals import bootstrap, difference
from verirs.stats.words import Finding, finding

Floats = NDArray[np.float64]
SAMPLES = 16
TRUTHS = (0.5, 0.9, 0.98, 0.995, 0.05)
SIZES = (20, 100, 500, 2000)


def certain(rng: np.random.Generator, p: float, n: int) -> tuple[Floats, float]:
    """Every problem is always or never solved."""
    return (rng.random(n) < p).astype(float), p


def spread(rng: np.random.Generator, p: float, n: int) -> tuple[Floats, float]:
    """Chances of problems from a beta distribution with most weight at both ends."""
    return rng.binomial(SAMPLES, rng.beta(0.7 * p, 0.7 * (1 - p), n)) / SAMPLES, p


def alike(rng: np.random.Generator, p: float, n: int) -> tuple[Floats, float]:
    """All problems have the same chance."""
    return rng.binomial(SAMPLES, p, n) / SAMPLES, p


def percentile(values: Floats, seed: int) -> tuple[float, float]:
    """What 0.1.0 did."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (500, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def ours(values: Floats, seed: int) -> tuple[float, float]:
    (band,) = bootstrap(values, seed=seed)
    return band.low, band.high


def wilson(values: Floats, seed: int) -> tuple[float, float]:
    """Wilson's interval for the number of trials that gives the variance of the mean (Kott and Carr 1997 for
    surveys; Korn and Graubard 1998), with Student's quantile for the number of problems."""
    n, mean = len(values), float(values.mean())
    spread = float(values.var(ddof=1)) / n
    trials = mean * (1 - mean) / spread if spread > 0 else float(n)
    z = float(t.ppf(0.975, n - 1))
    middle = (mean + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(mean * (1 - mean) / trials + z * z / (4 * trials**2))
    return middle - half, middle + half


def bca(values: Floats, seed: int) -> tuple[float, float]:
    """The percentile bootstrap, bias corrected and accelerated (Efron 1987)."""
    n, mean = len(values), float(values.mean())
    rng = np.random.default_rng(seed)
    draws = np.sort(rng.multinomial(n, np.full(n, 1 / n), 500) @ values / n)
    if draws[0] == draws[-1]:
        return mean, mean
    below = (np.searchsorted(draws, mean, "left") + np.searchsorted(draws, mean, "right")) / 2 / len(draws)
    bias = norm.ppf(min(max(below, 0.5 / len(draws)), 1 - 0.5 / len(draws)))
    off = mean - values  # what leaving each problem out does, but for a factor
    speed = float((off**3).sum() / (6 * (off**2).sum() ** 1.5))
    ends = bias + norm.ppf([0.025, 0.975])
    low, high = np.quantile(draws, norm.cdf(bias + ends / (1 - speed * ends)))
    return float(low), float(high)


METHODS: dict[str, Callable[[Floats, int], tuple[float, float]]] = {
    "verirs": ours,
    "wilson": wilson,
    "bca": bca,
    "percentile": percentile,
}


def coverage(repetitions: int, methods: list[str], sizes: list[int]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for population in (certain, spread, alike):
        for truth in TRUTHS:
            for size in sizes:
                hits, widths = dict.fromkeys(methods, 0), dict.fromkeys(methods, 0.0)
                rng = np.random.default_rng(0)
                for seed in range(repetitions):
                    values, mean = population(rng, truth, size)
                    for name in methods:
                        if name == "bca" and size > 100:  # seconds each, and no better than the others there
                            continue
                        low, high = METHODS[name](values, seed)
                        hits[name] += low - 1e-12 <= mean <= high + 1e-12
                        widths[name] += high - low
                made = [k for k in methods if k != "bca" or size <= 100]
                width = {f"width {k}": round(widths[k] / (seed + 1), 4) for k in made}
                share = {k: round(hits[k] / (seed + 1), 3) for k in made}
                rows.append(
                    {
                        "population": population.__name__,
                        "truth": truth,
                        "problems": size,
                        "repetitions": repetitions,
                        **share,
                        **width,
                    }
                )
                print(
                    f"{population.__name__:8} {truth:5} {size:5}", *(f"{k} {v:.3f}" for k, v in share.items())
                )
    return rows


def sentences(repetitions: int) -> list[dict[str, object]]:
    """What is said of two scorers on the same problems, whose chances differ by ``gain`` on average.

    Every problem has a chance; both scorers draw ``samples`` answers of it. ``above`` and ``below`` are what
    the product says of the paired difference, ``equal`` is "no difference of 2 points or more"; ``separate``
    is what two intervals that do not overlap would have said.
    """
    rows: list[dict[str, object]] = []
    for size, samples in ((100, 1), (100, 16), (500, 4), (2000, 16)):
        for gain in (0.0, 0.02, 0.05, 0.1):
            rng, said = np.random.default_rng(1), dict.fromkeys((*get_args(Finding), "separate"), 0)
            for seed in range(repetitions):
                chance = (1 - gain) * rng.beta(0.7, 0.7, size)
                before, after = (rng.binomial(samples, p) / samples for p in (chance, chance + gain))
                said[finding(difference(after, before, seed=seed))] += 1
                one, two = bootstrap(np.stack([before, after], axis=1), seed=seed)
                said["separate"] += one.high < two.low or two.high < one.low
            shares = {k: round(v / repetitions, 3) for k, v in said.items()}
            rows.append({"problems": size, "samples": samples, "gain": gain, **shares})
            print("said", *(f"{k} {v}" for k, v in rows[-1].items()))
    return rows


def differences(repetitions: int) -> list[dict[str, object]]:
    """How often the interval of a paired difference holds the truth: chances correlated, 1 or 4 samples."""
    rows: list[dict[str, object]] = []
    for size, samples in ((20, 1), (20, 4), (100, 1), (500, 1)):
        for gain in (0.0, 0.1):
            rng, hits = np.random.default_rng(0), 0
            for seed in range(repetitions):
                chance = 0.9 * rng.beta(0.7, 0.7, size)
                before, after = (rng.binomial(samples, p) / samples for p in (chance, chance + gain))
                change = difference(after, before, seed=seed)
                hits += change.low <= gain <= change.high
            share = round(hits / repetitions, 3)
            rows.append({"problems": size, "samples": samples, "gain": gain, "verirs": share})
            print("difference", *rows[-1].values())
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--save", action="store_true", help="in the place of the sizes that were run")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    options = parser.parse_args()
    methods = options.methods.split(",")
    rows = coverage(options.repetitions, methods, [int(s) for s in options.sizes.split(",")])
    for name in methods:
        own = [r for r in rows if name in r]
        shares = [float(str(r[name])) for r in own]
        inside = sum(0.93 <= s <= 0.97 for s in shares)
        short = sum(s < 0.93 for s in shares)
        wide = np.mean([float(str(r[f"width {name}"])) for r in own])
        print(
            f"{name}: {min(shares):.3f} to {max(shares):.3f}, {inside} of {len(own)} cells in .93 to .97, "
            f"{short} below, mean width {wide:.4f}"
        )
    told = sentences(options.repetitions // 2)
    paired = differences(options.repetitions)
    if options.save:
        path = Path(__file__).parents[1] / "results/stats_coverage.json"
        before = json.loads(path.read_text())["coverage"] if path.exists() else []
        rows = [r for r in before if r["problems"] not in {row["problems"] for row in rows}] + rows
        result = about(repetitions=options.repetitions, coverage=rows, sentences=told, differences=paired)
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
