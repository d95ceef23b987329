"""Pairs judged per CPU-second, beside Math-Verify in the same run, one core.

    python benchmarks/math/speed.py --data DIR [--corpus FILE] [--peer-pairs 300] [--out results.json]

``--data`` holds ``problems/`` and ``candidates/`` as JSON lines (gzip); ``--corpus`` is a file of labelled
pairs. Both sides judge the same pairs with the gold answer parsed once per problem; caches are cleared
before every set. Ours judges all pairs, the peer a seeded sample of ``--peer-pairs``, in alternating
slices, so that a busy machine slows both. Figures are CPU time, medians over the slices. The objects of the
peer and the data are kept out of garbage collection, which would count as the longest verdict. The last
row is the gain of a second process.
"""

from __future__ import annotations

import argparse
import functools
import gc
import gzip
import json
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from environment import about

from verirs.math import equivalent, extract, judge
from verirs.math.reading import read

Pair = tuple[str, str]
SLICES = 5


def rows(path: Path) -> list[dict[str, Any]]:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def sets(data: Path, corpus: Path | None) -> dict[str, tuple[list[Pair], bool]]:
    """Every set: its pairs, and whether the answers are whole completions."""
    golds = {r["id"]: str(r["gold"]) for r in rows(data / "problems/gsm8k_test.jsonl.gz")}
    pool = rows(data / "candidates/gsm8k_pool_40runs.jsonl.gz")
    random.Random(0).shuffle(pool)
    out = {
        "GSM8K answers": (
            [(golds[r["problem_id"]], str(r["pred"])) for r in pool if r["pred"]][:20_000],
            False,
        )
    }
    math = {r["id"]: str(r["gold"]) for r in rows(data / "problems/qwen_math100.jsonl.gz")}
    recorded = [
        (math[r["problem_id"]], extract(r["text"]).answer)
        for r in rows(data / "candidates/math100_qwen_rm8.jsonl.gz")
    ]
    out["recorded MATH answers"] = ([(g, a) for g, a in recorded if a], False)
    gold500 = [str(r["gold"]) for r in rows(data / "problems/math500.jsonl.gz")]
    out["MATH-500 gold, another problem's gold"] = (
        list(zip(gold500, gold500[1:] + gold500[:1], strict=True)),
        False,
    )
    if corpus is not None:
        out["equivalence corpus, bare answers"] = (
            [(r["gold"], r["answer"]) for r in rows(corpus) if r["form"] == "final" and r["gold"]],
            False,
        )
    out["GSM8K whole completions"] = ([(golds[r["problem_id"]], r["text"]) for r in pool], True)
    return out


def ours(pairs: list[Pair], whole: bool) -> float:
    begun = time.process_time()
    if whole:
        for gold, text in pairs:
            answer = extract(text).answer
            if answer is not None:
                equivalent(gold, answer)
    else:
        for gold, answer in pairs:
            equivalent(gold, answer)
    return (time.process_time() - begun) / len(pairs)


def share(pairs: list[Pair]) -> float:
    """Wall seconds of one process for its share."""
    ours(pairs[:50], True)
    begun = time.perf_counter()
    ours(pairs, True)
    return time.perf_counter() - begun


def two_cores(pairs: list[Pair]) -> dict[str, Any]:
    """Completions a second of two scorer processes over one, as a run's shards or a trainer's ranks use them.

    Each process works for itself, so the limit is 2; what is missing is the machine's (shared caches,
    other programs), seen in ``spin``: the same with an empty loop.
    """
    context = multiprocessing.get_context("spawn")
    half = len(pairs) // 2
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(share, [pairs[:100], pairs[:100]]))
        gain, spin = [], []
        for _ in range(SLICES):
            alone = pool.submit(share, pairs[:half]).result()
            together = max(pool.map(share, [pairs[:half], pairs[half:]]))
            gain.append(2 * alone / together)
            alone = pool.submit(idle, 10_000_000).result()
            spin.append(2 * alone / max(pool.map(idle, [10_000_000, 10_000_000])))
    return {
        "set": "two processes over one",
        "gain": round(statistics.median(gain), 2),
        "spin": round(statistics.median(spin), 2),
    }


def idle(n: int) -> float:
    begun = time.perf_counter()
    for _ in range(n):
        pass
    return time.perf_counter() - begun


def clear() -> None:
    read._cached.cache_clear()
    judge.read_gold.cache_clear()
    judge._remembered.cache_clear()
    judge._known.cache_clear()


def peer() -> Callable[[list[Pair], bool], float]:
    from math_verify import parse, verify

    @functools.cache
    def gold_value(gold: str) -> Any:
        return parse(f"${gold}$", parsing_timeout=None)

    def run(pairs: list[Pair], whole: bool) -> float:
        begun = time.process_time()
        for gold, answer in pairs:
            text = answer if whole else f"${answer}$"
            verify(gold_value(gold), parse(text, parsing_timeout=None), timeout_seconds=None)
        return (time.process_time() - begun) / len(pairs)

    run([("1/2", "0.5"), ("x", "y")], False)
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--peer-pairs", type=int, default=300)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    theirs = peer()
    equivalent("x+1", "y+1")
    results = []
    for name, (pairs, whole) in sets(args.data, args.corpus).items():
        sample = random.Random(1).sample(pairs, min(args.peer_pairs, len(pairs)))
        clear()
        one, two = [], []
        for i in range(SLICES):
            one.append(ours(pairs[i::SLICES], whole))
            two.append(theirs(sample[i::SLICES], whole))
        us, them = statistics.median(one) * 1e6, statistics.median(two) * 1e6
        times = []
        clear()
        gc.collect()
        gc.freeze()
        for gold, answer in pairs[:4000]:
            begun = time.thread_time()
            ours([(gold, answer)], whole)
            times.append((time.thread_time() - begun) * 1e3)
        times.sort()
        row = {
            "set": name,
            "pairs": len(pairs),
            "us_per_pair": round(us, 2),
            "math_verify_us_per_pair": round(them, 1),
            "ratio": round(them / us, 1),
            "p99_cpu_ms": round(times[int(len(times) * 0.99)], 3),
            "max_cpu_ms": round(times[-1], 2),
        }
        results.append(row)
        print(json.dumps(row), flush=True)
    rate = two_cores(sets(args.data, None)["GSM8K whole completions"][0][:10_000])
    results.append(rate)
    print(json.dumps(rate), flush=True)
    if args.out:
        args.out.write_text(
            json.dumps({"about": about(peer_pairs=args.peer_pairs), "results": results}, indent=1) + "\n"
        )


if __name__ == "__main__":
    main()
