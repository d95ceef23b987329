"""What more processes bring when a run is scored or exported again: ``--jobs``, mathematics and programs.

    python -m benchmarks.scale.jobs [--jobs 1 2] [--completions 20000] [--programs 320] [--save]

On a machine with 16 cores: ``--jobs 1 2 8 --completions 200000 --programs 3200``. Makes a run of each kind
(texts of 300 to 2,000 characters with a boxed answer; short programs with three tests), then scores it again
with each number of processes, as many cores as processes, and exports it once more. Tells by stage the
seconds of the clock, the CPU of the command's own process and that of its processes (without the sandboxes'
own).

How much faster that is: by the clock, which is worth something on a quiet machine only. Of scoring also by
the CPU, whose own part stays and whose processes' part divides (Amdahl's law), without what starting costs:
that is measured on a run of one problem. Of exporting the CPU of all processes beside that of one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
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

SAMPLES = 16


class Programs(Instant):
    """Programs that add two numbers; a third of them right."""

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        for index, seed in zip(request.indices, request.seeds, strict=True):
            sign = "+" if seed % 3 == 0 else random.Random(seed).choice("-*")
            text = f"```python\ndef add(a, b):\n    # {seed}\n    return a {sign} b\n```"
            yield Completion(index=index, text=text, finish_reason="stop", tokens=20, seed=seed)


def config_of(folder: Path, kind: str, completions: int) -> dict[str, Any]:
    config = table(folder, max(1, completions // SAMPLES), SAMPLES)
    if kind == "code":
        tests = "assert add(1, 2) == 3\nassert add(0, 5) == 5\nassert add(-4, 9) == 5"
        rows = folder / "rows.jsonl"
        made = (
            {"id": f"p{i:07}", "prompt": f"Write add, version {i}.", "tests": tests, "entry_point": "add"}
            for i in range(max(1, completions // SAMPLES))
        )
        rows.write_text("\n".join(map(json.dumps, made)))
        config |= {"scorer": {"code": {}}}
    return config


def made(folder: Path, kind: str, completions: int, out: Any) -> None:
    """The run that is scored."""
    import verirs

    engine = Programs(1, 2) if kind == "code" else Instant(300, 2_000)
    out.send(verirs.run(config_of(folder, kind, completions), engine=engine).summary.completions)


def scored(run: Path, jobs: int, out: Any) -> None:
    """Score it again, with as many cores as processes."""
    os.environ[CORES] = str(jobs)
    import verirs
    from verirs.running.progress import Progress
    from verirs.system import memory

    memory.keep_flat()
    memory.collect_seldom()
    laps: dict[str, tuple[float, float, float]] = {}
    enter = Progress.enter

    def now() -> tuple[float, float, float]:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.monotonic(), time.process_time(), used.ru_utime + used.ru_stime + _of_living(os.getpid())

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
        {
            name: dict(zip(("wall_s", "own_cpu_s", "jobs_cpu_s"), _between(*lap), strict=True))
            for name, lap in stages.items()
        }
    )


def _of_living(pid: int) -> float:
    """CPU seconds of a process's living descendants, and of those that these have waited for."""
    total = 0.0
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, file.read_text().split()):
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + _of_living(child)
    return total


def _between(before: tuple[float, ...], after: tuple[float, ...]) -> list[float]:
    return [round(b - a, 2) for a, b in zip(before, after, strict=True)]


def told(rows: dict[int, dict[str, Any]], starts: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """How much faster than the fewest processes."""
    one = rows[min(rows)]

    def spent(row: dict[str, Any]) -> float:
        return float(row["own_cpu_s"] + row["jobs_cpu_s"])

    def takes(jobs: int) -> float:
        row, start = rows[jobs]["scoring"], starts[jobs]["scoring"]
        return float(
            row["own_cpu_s"]
            - start["own_cpu_s"]
            + max(0.0, row["jobs_cpu_s"] - jobs * start["jobs_cpu_s"]) / jobs
        )

    return {
        str(jobs): {
            "scoring_by_clock": round(one["scoring"]["wall_s"] / row["scoring"]["wall_s"], 2),
            "scoring_by_cpu": round(takes(min(rows)) / takes(jobs), 2),
            "exporting_by_clock": round(one["exporting"]["wall_s"] / row["exporting"]["wall_s"], 2),
            "exporting_cpu_of_one": round(spent(row["exporting"]) / spent(one["exporting"]), 2),
        }
        for jobs, row in sorted(rows.items())
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--completions", type=int, default=20_000)
    parser.add_argument("--programs", type=int, default=320)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    result: dict[str, Any] = {**about(), "kinds": {}}
    for kind, count in (("math", args.completions), ("code", args.programs)):
        with tempfile.TemporaryDirectory() as name:
            completions = apart(made, Path(name), kind, count)
            rows = {jobs: apart(scored, Path(name) / "r", jobs) for jobs in args.jobs}
        with tempfile.TemporaryDirectory() as name:
            apart(made, Path(name), kind, SAMPLES)
            starts = {jobs: apart(scored, Path(name) / "r", jobs) for jobs in args.jobs}
        result["kinds"][kind] = {
            "completions": completions,
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
