"""SIGKILL at random moments of small runs, then resume: sampling, scoring, sealing, topping up, exporting.

    PYTHONPATH=. python benchmarks/kill.py [--kills 1000] [--seed 7] [--out FILE]

Every export must be the undisturbed run's, byte for byte; the first that is not ends it with an error. The
test suite does the same with 200 (``tests/spine/killing.py``). Prints how many kills hit in which stage.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.code.common import write
from tests.spine.killing import kill_many


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        compared, stages = kill_many(Path(folder), args.kills, args.seed)
    seconds = round(time.monotonic() - begun, 1)
    print(f"{args.kills} kills, {compared} exports compared, all equal, {seconds} s", file=sys.stderr)
    write(
        {"kills": args.kills, "seed": args.seed, "compared": compared, "hit": stages, "seconds": seconds},
        args.out,
    )


if __name__ == "__main__":
    main()
