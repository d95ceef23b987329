"""The fault matrix: faults of twelve kinds, each injected into a small run, and what came of it.

    PYTHONPATH=. python benchmarks/faults.py [--kinds "power loss" ...] [--share 1.0] [--seed 1] [--jobs 1]
        [--out FILE]

*Survived*: what is exported in the end is the undisturbed run's, byte for byte. *Refused*: a command named
the file, left everything as it was, and what it told to do led to the same bytes. Prints the table; anything
that was silently wrong or raw is told in full, and the exit code is 1. ``--out`` is written after each kind,
and the same command goes on with the kinds that it lacks, if it is of the same commit. The test suite injects
a part of them (``tests/faults``).
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.code.common import machine, write
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
    asked = {"seed": args.seed, "share": args.share}
    found = before(args.out, asked)
    begun, kinds = time.monotonic() - found["seconds"], [k for k in args.kinds if k not in found["table"]]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.jobs, context, max_tasks_per_child=1) as pool:
        made = pool.map(functools.partial(injected, share=args.share, seed=args.seed), kinds)
        for kind, outcomes in zip(kinds, made, strict=True):
            for outcome in outcomes:
                if outcome.how in (WRONG, RAW):
                    print(f"{outcome.kind}: {outcome.id}: {outcome.how}: {outcome.why}", file=sys.stderr)
            found["table"][kind] = table(outcomes)
            found["seconds"] = round(time.monotonic() - begun, 1)
            found["faults"] += len(outcomes)
            found["bad"] += sum(o.how not in (SURVIVED, REFUSED) for o in outcomes)
            for row in found["table"][kind]:
                print(round(found["seconds"]), *row.values(), file=sys.stderr, flush=True)
            write(asked | found, args.out)
    sys.exit(bool(found["bad"]))


def before(out: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What a run of the same commit that was stopped has found; nothing where there is none."""
    if out and Path(out).exists():
        told: dict[str, Any] = json.loads(Path(out).read_text())
        if asked.items() <= told.items() and told.get("commit") == machine()["commit"]:
            return {key: told[key] for key in ("faults", "bad", "table", "seconds")}
    return {"faults": 0, "bad": 0, "table": {}, "seconds": 0.0}


if __name__ == "__main__":
    main()
