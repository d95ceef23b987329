"""``verirs check``: every part rehearsed, scorers proved on every problem, exported files loaded back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from verirs.errors import SourceError
from verirs.parts import ScorerPart
from verirs.running.config import Config
from verirs.running.plan import Parts, build_parts
from verirs.running.rehearse import probe_texts, rehearse
from verirs.running.scoring import Stack
from verirs.system.terminal import one_line
from verirs.types import Completion, Problem, Verdict

SHOWN = 10


def check(config: Config, path: Path | None, console: Console) -> bool:
    """Print what was checked and every fault; whether all is well.

    Args:
        path: a run directory whose exported files are loaded back too.

    Raises:
        UserError, PartError: what a run would refuse.
    """
    parts = build_parts(config)
    try:
        refuse_twins(parts.problems)
        _say(console, f"config    ok: {len(parts.problems):,} problems from {one_line(config.source.name)}")
        rehearse(parts, max_errors=config.limits.max_errors)
        _say_parts(parts, console)
        well = _scorers(parts, console)
    finally:
        parts.stack.close()
    if path is not None:
        well = _files(path / "export", console) and well
    return well


def _say(console: Console, line: str, style: str = "") -> None:
    console.print(Text(line, style=style), soft_wrap=True)


def refuse_twins(problems: Iterable[Problem]) -> None:
    """Refuse problems that share an id, as a run's store would.

    Raises:
        SourceError: naming one.
    """
    twice = [key for key, count in Counter(p.id for p in problems).items() if count > 1]
    if twice:
        raise SourceError(
            f"{len(twice)} problem ids occur more than once, for example {twice[0]!r}. Give each row "
            f"an id of "
            f"its own; rows without an id column have a hash of their content, so equal rows are twins."
        )


def _say_parts(parts: Parts, console: Console) -> None:
    engine = f"{parts.engine.name} (not started)"
    sinks = ", ".join(s.key for s in parts.sinks) or "none"
    for kind, name in (("engine", engine), ("selector", parts.selector.key), ("sinks", sinks)):
        _say(console, f"{kind:9} {one_line(name)}: rehearsed")


def _scorers(parts: Parts, console: Console) -> bool:
    stack, problems = parts.stack, parts.problems
    holes: list[str] = []
    faults = list(failed_probes(stack, problems))
    for scorer in stack.scorers:
        _say(
            console, f"scorer    {one_line(scorer.key)} {one_line(scorer.version)}: {_note(scorer, problems)}"
        )
        if scorer.traits.self_test is not None:
            escapes = scorer.traits.self_test()
            _say(
                console,
                f"sandbox   {len(escapes)} faults in its self-test" if escapes else "sandbox   held",
            )
            holes += [f"{scorer.key}: {line}" for line in escapes]
    for hole in holes:
        _say(console, f"fault     {one_line(hole)}", "red")
    for problem, fault in faults[:SHOWN]:
        _say(console, f"fault     {one_line(problem.id, 100)}: {one_line(fault, 300)}", "red")
    if len(faults) > SHOWN:
        _say(console, f"          and {len(faults) - SHOWN:,} more")
    return not faults and not holes


def _note(scorer: ScorerPart, problems: tuple[Problem, ...]) -> str:
    if scorer.traits.ranks:
        return "ranks; rehearsed"
    if scorer.traits.probes is None:
        return "rehearsed; cannot prove itself"
    provable = sum(probe_texts(scorer, p) is not None for p in problems)
    return f"proved on {provable:,} of {len(problems):,} problems"


def failed_probes(stack: Stack, problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Problems on which a gate does not pass the gold or does not fail a corrupted one, and why."""
    for problem in problems:
        for gate in stack.gates:
            texts = probe_texts(gate, problem)
            if texts is None:
                continue
            good, bad = gate.made.score([(problem, Completion(text=t)) for t in texts])
            if good.verdict is not Verdict.PASS:
                yield problem, f"{gate.key} does not pass the gold answer: {good.verdict}, {good.reason}"
            if bad.verdict is not Verdict.FAIL:
                yield problem, f"{gate.key} does not fail a corrupted one: {bad.verdict}, {bad.reason}"


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
            _say(console, f"fault     {one_line(file)}: {one_line(e)}", "red")
            well = False
            continue
        _say(console, f"file      {one_line(file)}: {rows:,} rows")
    return well
