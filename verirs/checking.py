"""``verirs check``: scorers proved on every problem, exported files loaded back."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from verirs.config import Config
from verirs.protocols import SelfChecking
from verirs.running import failed_probes, load_problems, make_stack
from verirs.types import Problem

SHOWN = 10


def check(config: Config, path: Path | None, console: Console) -> bool:
    """Print what was checked and every fault; whether all is well.

    Args:
        path: a run directory whose exported files are loaded back too.
    """
    problems = list(load_problems(config))
    console.print(f"config    ok: {len(problems):,} problems from {config.source.name}")
    well = _scorers(config, problems, console)
    if path is not None:
        well = _files(path / "export", console) and well
    return well


def _scorers(config: Config, problems: list[Problem], console: Console) -> bool:
    stack = make_stack(config)
    holes: list[str] = []
    try:
        faults = list(failed_probes(stack, problems))
        for gate in stack.gates:
            note = "cannot prove itself"
            if isinstance(gate, SelfChecking):
                provable = sum(gate.probes(p) is not None for p in problems)
                note = f"proved on {provable:,} of {len(problems):,} problems"
            console.print(f"scorer    {gate.name} {gate.version}: {note}", highlight=False)
            if callable(self_test := getattr(gate, "self_test", None)):
                escapes = self_test()
                console.print(
                    f"sandbox   {len(escapes)} faults in its self-test" if escapes else "sandbox   held"
                )
                holes += [f"{gate.name}: {line}" for line in escapes]
    finally:
        stack.close()
    for hole in holes:
        console.print(f"[red]fault[/]     {hole}", highlight=False)
    for problem, fault in faults[:SHOWN]:
        console.print(f"[red]fault[/]     {problem.id}: {fault}", highlight=False)
    if len(faults) > SHOWN:
        console.print(f"          and {len(faults) - SHOWN:,} more")
    return not faults and not holes


def _files(folder: Path, console: Console) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    well = True
    for file in sorted(folder.glob("*.parquet")) + sorted(folder.glob("*.jsonl")):
        try:
            if file.suffix == ".parquet":
                rows = sum(batch.num_rows for batch in pq.ParquetFile(file).iter_batches())
            else:
                with file.open(encoding="utf-8") as lines:
                    rows = sum(1 for line in lines if json.loads(line) is not None)
        except (pa.ArrowException, ValueError, OSError) as e:
            console.print(f"[red]fault[/]     {file}: {e}", highlight=False)
            well = False
            continue
        console.print(f"file      {file}: {rows:,} rows", highlight=False)
    return well
