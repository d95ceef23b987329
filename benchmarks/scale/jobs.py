"""What more processes bring when a run is scored or exported again: ``--jobs``, mathematics and programs.

    python -m benchmarks.scale.jobs [--jobs 1 2] [--samples 70] [--completions 20000] [--programs 320]
        [--save]

On a machine with 16 cores: ``--jobs 1 2 8 --completions 400000 --programs 12800``. Makes a run of each kind
(texts of 300 to 2,000 characters with a boxed answer; short programs with three tests), then scores it again
with each number of processes, which may use as many cores as they are, and exports it once more.

How much faster that is, by the clock: worth something on a quiet machine only. Beside it what starting costs,
measured on a run of one problem, and the CPU that the whole machine spent, sandboxes and all.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from benchmarks.math.environment import about
from benchmarks.scale.pipeline import Instant, apart, table
from verirs.protocols import Request
from verirs.system.machine import CORES
from verirs.types import Completion

SAMPLES = 70


class Programs(Instant):
    """Programs that add two numbers; a third of them right."""

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        for index, seed in zip(request.indices, request.seeds, strict=True):
            sign = "+" if seed % 3 == 0 else random.Random(seed).choice("-*")
            text = f"```python\ndef add(a, b):\n    # {seed}\n    return a {sign} b\n```"
            yield Completion(index=index, text=text, finish_reason="stop", tokens=20, seed=seed)


def config_of(folder: Path, kind: str, completions: int, samples: int) -> dict[str, Any]:
    problems = max(1, completions // samples)
    config = table(folder, problems, samples)
    if kind == "code":
        tests = "assert add(1, 2) == 3\nassert add(0, 5) == 5\nassert add(-4, 9) == 5"
        rows = folder / "rows.jsonl"
        made = (
            {"id": f"p{i:07}", "prompt": f"Write add, version {i}.", "tests": tests, "entry_point": "add"}
            for i in range(problems)
        )
        rows.write_text("\n".join(map(json.dumps, made)))
        config |= {"scorer": {"code": {}}}
    return config


def made(folder: Path, kind: str, completions: int, samples: int, out: Any) -> None:
    """The run that is scored."""
    import verirs

    engine = Programs(1, 2) if kind == "code" else Instant(300, 2_000)
    out.send(verirs.run(config_of(folder, kind, completions, samples), engine=engine).summary.completions)


def scored(run: Path, jobs: int, out: Any) -> None:
    """Score it again, with as many cores as processes."""
    os.environ[CORES] = str(jobs)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:jobs])
    import verirs
    from verirs.running.progress import Progress
    from verirs.system import memory

    memory.keep_flat()
    memory.collect_seldom()
    laps: dict[str, tuple[float, float]] = {}
    enter = Progress.enter

    def entered(self: Progress, stage: str) -> None:
        laps[stage] = now()
        enter(self, stage)

    Progress.enter = entered  # type: ignore[method-assign]
    begun = now()
    verirs.score(run, jobs=jobs)
    scored = laps["exporting"]
    again = now()
    verirs.export(run, jobs=jobs, out=run.parent / "out")
    stages = {"scoring": (begun, scored), "exporting": (again, now())}
    out.send(
        {name: dict(zip(("wall_s", "cpu_s"), _between(*lap), strict=True)) for name, lap in stages.items()}
    )


def now() -> tuple[float, float]:
    """Seconds of the clock, and of CPU that this machine has spent."""
    user, nice, system, _, _, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return time.monotonic(), (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _between(before: tuple[float, ...], after: tuple[float, ...]) -> list[float]:
    return [round(b - a, 2) for a, b in zip(before, after, strict=True)]


def told(rows: dict[int, dict[str, Any]], starts: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """How much faster than the fewest processes, and how much more CPU that takes."""
    one, begun = rows[min(rows)], starts[min(rows)]
    return {
        str(jobs): {
            stage: {
                "by_clock": round(one[stage]["wall_s"] / row[stage]["wall_s"], 2),
                "without_starting": round(
                    (one[stage]["wall_s"] - begun[stage]["wall_s"])
                    / (row[stage]["wall_s"] - starts[jobs][stage]["wall_s"]),
                    2,
                ),
                "cpu": round(row[stage]["cpu_s"] / one[stage]["cpu_s"], 2),
            }
            for stage in row
        }
        for jobs, row in sorted(rows.items())
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--samples", type=int, default=SAMPLES, help="of a problem")
    parser.add_argument("--completions", type=int, default=20_000)
    parser.add_argument("--programs", type=int, default=320)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    result: dict[str, Any] = {**about(), "kinds": {}}
    for kind, count in (("math", args.completions), ("code", args.programs)):
        with tempfile.TemporaryDirectory() as name:
            completions = apart(made, Path(name), kind, count, args.samples)
            rows = {jobs: apart(scored, Path(name) / "r", jobs) for jobs in args.jobs}
        with tempfile.TemporaryDirectory() as name:
            apart(made, Path(name), kind, 1, 16)
            starts = {jobs: apart(scored, Path(name) / "r", jobs) for jobs in args.jobs}
        result["kinds"][kind] = {
            "completions": completions,
            "samples": args.samples,
            "jobs": {str(jobs): row for jobs, row in rows.items()},
            "starting": {str(jobs): row for jobs, row in starts.items()},
            "faster": told(rows, starts),
        }
        print(json.dumps({kind: result["kinds"][kind]}, indent=1), flush=True)
    if args.save:
        path = Path(__file__).parents[1] / "results" / "scale_jobs.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
