"""The fault matrix: faults of twelve kinds, each injected into a small run, and what came of it.

    PYTHONPATH=. python benchmarks/faults.py [--kinds "power loss" ...] [--share 1.0] [--seed 1] [--jobs 1]
        [--out FILE]

*Survived*: what is exported in the end is the undisturbed run's, byte for byte. *Refused*: a command named
the file, left everything as it was, and what it told to do led to the same bytes. Prints the table; anything
that was silently wrong or raw is told in full, and the exit code is 1. The test suite injects a part of them
(``tests/faults``).
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.code.common import write
from tests.faults.matrix import KINDS, table
from tests.faults.world import RAW, REFUSED, SURVIVED, WRONG, Outcome, Undisturbed


def injected(kind: str, share: float, seed: int) -> list[Outcome]:
    """What came of the faults of a kind."""
    inject, count, _ = KINDS[kind]
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        undisturbed = Undisturbed(Path(folder) / "undisturbed")
        return list(inject(undisturbed, random.Random(seed), max(1, round(count * share))))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--share", type=float, default=1.0, help="of the faults of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="kinds at a time")
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    begun, outcomes = time.monotonic(), list[Outcome]()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.jobs, context, max_tasks_per_child=1) as pool:
        for found in pool.map(functools.partial(injected, share=args.share, seed=args.seed), args.kinds):
            outcomes += found
            for outcome in found:
                if outcome.how in (WRONG, RAW):
                    print(f"{outcome.kind}: {outcome.id}: {outcome.how}: {outcome.why}", file=sys.stderr)
            row = table(found)[-1] if found else {}
            print(round(time.monotonic() - begun), *row.values(), file=sys.stderr, flush=True)
    rows = table(outcomes)
    for row in [dict.fromkeys(rows[0]) | {k: k for k in rows[0]}, *rows]:
        print(" | ".join(str(value) for value in row.values()), file=sys.stderr)
    bad = [o for o in outcomes if o.how not in (SURVIVED, REFUSED)]
    seconds = round(time.monotonic() - begun, 1)
    write(
        {"faults": len(outcomes), "seed": args.seed, "bad": len(bad), "table": rows, "seconds": seconds},
        args.out,
    )
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
