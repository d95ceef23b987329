"""``verirs check``: every part rehearsed, scorers proved on every problem, exported files loaded back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from verirs.errors import PART_RAISED, PartError, VerirsError
from verirs.parts import ScorerPart
from verirs.running.config import Config
from verirs.running.curating import told_of
from verirs.running.doubts import doubts
from verirs.running.plan import Parts, build_parts
from verirs.running.rehearse import faults_of, probe_texts, rehearse
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
        _say(console, f"config    ok: {len(parts.problems):,} problems from {one_line(config.source.name)}")
        say_source(parts, console)
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


def left_out(skipped: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A line for each reason for which rows of a source were left out, with the place of the first."""
    for reason, count in Counter(why for _, why in skipped).most_common():
        first = next(where for where, why in skipped if why == reason)
        rows = "rows" if count > 1 else "row"
        yield f"left out  {count:,} {rows}: {one_line(reason)} (first: {one_line(first)})"


def say_source(parts: Parts, console: Console) -> None:
    """Print what was left out of the source's rows, and what looks wrong with the rest."""

    for line in left_out(parts.skipped):
        _say(console, line, "yellow")
    for line in told_of(parts.kept_out):
        _say(console, one_line(line, 400), "yellow")
    for line in doubts(parts.problems, parts.where):
        _say(console, f"doubt     {one_line(line)}", "yellow")


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
        for line in shown_by(scorer, problems[0]):
            _say(console, f"          {one_line(line, 2000)}")
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
        _say(console, f"fault     {_named(problem, parts.where)}: {one_line(fault, 300)}", "red")
    if len(faults) > SHOWN:
        _say(console, f"          and {len(faults) - SHOWN:,} more")
    return not faults and not holes


def shows(stack: Stack, problem: Problem) -> list[str]:
    """What each scorer that can say how it judges says, a line each, its key before it."""
    return [f"{scorer.key}: {line}" for scorer in stack.scorers for line in shown_by(scorer, problem)]


def shown_by(scorer: ScorerPart, problem: Problem) -> list[str]:
    """The lines in which a scorer says how it judges.

    Raises:
        PartError: it raised, or gave something else than texts.
    """
    if scorer.traits.shows is None:
        return []
    try:
        return [str(line) for line in scorer.traits.shows(problem)]
    except VerirsError:
        raise
    except PART_RAISED as e:
        raise PartError(f"scorer {scorer.key!r}: shows() raised {type(e).__name__}: {e}") from e


def _note(scorer: ScorerPart, problems: tuple[Problem, ...]) -> str:
    if scorer.traits.ranks:
        return "ranks; rehearsed"
    if scorer.traits.probes is None:
        return "rehearsed; cannot prove itself"
    provable = sum(probe_texts(scorer, p) is not None for p in problems)
    proved = f"proved on {provable:,} of {len(problems):,} problems"
    if scorer.traits.unfit is None:
        return proved
    return f"can judge {sum(not faults_of(scorer, p) for p in problems):,}, {proved}"


def _named(problem: Problem, where: Callable[[str], str]) -> str:
    """A problem as its owner can find it: place, id and gold."""
    place = one_line(where(problem.id))
    gold = "" if problem.answer is None else f", gold {problem.answer[:80]!r}"
    name = f"{one_line(problem.id, 100)}{gold}"
    return f"{place} (id {name})" if place else name


def failed_probes(stack: Stack, problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Problems on which a gate does not pass the gold or does not fail a corrupted one, and why."""
    for problem in problems:
        for gate in stack.gates:
            texts = probe_texts(gate, problem)
            if texts is None:
                continue
            good, bad = gate.made.score([(problem, Completion(text=t)) for t in texts])
            if good.verdict is not Verdict.PASS:
                yield problem, f"{gate.key} does not pass {texts[0][:80]!r}: {good.verdict}, {good.reason}"
            if bad.verdict is not Verdict.FAIL:
                yield problem, f"{gate.key} does not fail {texts[1][:80]!r}: {bad.verdict}, {bad.reason}"


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
