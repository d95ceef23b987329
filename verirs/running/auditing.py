"""``verirs audit``: the doubts about a source's problems, or about those of a run with its samples."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from verirs.curation.audit import KINDS, of_problem, of_samples
from verirs.curation.curator import same_gold
from verirs.curation.facts import majority
from verirs.curation.twins import asked, twins
from verirs.errors import ConfigError, PartError, SourceError, nearest
from verirs.parts import SourcePart, build_scorer, build_source, names
from verirs.running.check import failed_probes, left_out
from verirs.running.rehearse import faults_of
from verirs.running.scoring import Stack
from verirs.store import Store
from verirs.store.shards import imported_late
from verirs.system.jobs import Jobs, sizes
from verirs.types import Group, Problem
from verirs.until import groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One doubt.

    Args:
        problem_id: whose.
        kind: one of :data:`verirs.curation.audit.KINDS`.
        evidence: for it, in a few words.
        gold: of the problem.
        prompt: what the problem asks.
    """

    problem_id: str
    kind: str
    evidence: str
    gold: str
    prompt: str


TRIES = 3
"""So often one task may end its process."""


@dataclass(frozen=True, slots=True)
class Part:
    """Problems that follow each other: their places, from 0, and the ids of the first and the last."""

    start: int
    stop: int
    first: str
    last: str


def audit(
    target: str,
    split: str = "",
    kinds: tuple[str, ...] = (),
    *,
    jobs: int = 1,
    tick: Callable[[str], None] = lambda line: None,
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[int, list[Finding]]:
    """Look at all problems; how many there are, and what was found, in order of problem and kind.

    Args:
        target: a run directory, a file of problems, or the name of a source.
        split: of a named source.
        kinds: only these.
        jobs: processes that look, each at a part of the problems.
        tick: told how many problems were looked at.
        tell: told which rows of a source could not be used, a line a reason.

    Raises:
        ConfigError: an unknown kind, or a target that is none of the three.
        PartError: a part of the problems ends every process that looks at it.
        StoreError: a run that cannot be read.
        SourceError: problems that cannot be read, or none.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ConfigError(
            f"audit: no kind {unknown[0]!r}{nearest(unknown[0], list(KINDS))} (known: {', '.join(KINDS)})"
        )
    path = Path(target)
    if (path / "manifest.json").exists():
        with Store.open(path) as store:
            problems = list(store.problems())
        look: Path | list[Problem] = path
    else:
        source = _source(target, path, split)
        look = problems = list(source.made.problems())
        if not problems:
            raise SourceError(f"audit: {target}: no problems")
        for line in left_out(source.traits.skipped() if source.traits.skipped else []):
            tell(line)
    wanted = kinds or tuple(KINDS)
    found: list[Finding] = []
    if "contradicting" in wanted:
        known = {p.id: p for p in problems}
        found = [_finding(known[name], "contradicting", why) for name, why in contradicting(problems)]
    looked = 0
    tick(f"problems 0/{len(problems)}")
    for part, own in _looked_at(look, _parts(problems, jobs), jobs):
        found += own
        looked += part.stop - part.start
        tick(f"problems {looked}/{len(problems)}")
    chosen = [f for f in found if f.kind in wanted]
    order = list(KINDS)
    return len(problems), sorted(chosen, key=lambda f: (order.index(f.kind), f.problem_id))


def _looked_at(
    look: Path | list[Problem], parts: Sequence[Part], jobs: int
) -> Iterator[tuple[Part, list[Finding]]]:
    """Each part with what was found in it, in any order."""
    if jobs == 1 or len(parts) < 2:
        here = looking(look)
        yield from ((part, here(part)) for part in parts)
    else:
        with Jobs(jobs, [__name__, *imported_late()]) as several:
            yield from several.work(f"{__name__}:looking", look, parts, _died)


def _parts(problems: Sequence[Problem], jobs: int) -> list[Part]:
    stops = list(itertools.accumulate(sizes(len(problems), jobs)))
    starts = [0, *stops[:-1]]
    return [
        Part(start, stop, problems[start].id, problems[stop - 1].id)
        for start, stop in zip(starts, stops, strict=False)
    ]


def _source(target: str, path: Path, split: str) -> SourcePart:
    if path.suffix == ".toml" and path.is_file():
        raise ConfigError(f"audit: {target} is a config; give its run directory, or the file of its problems")
    if path.is_file() or path.is_dir() or path.suffix in (".jsonl", ".json", ".csv", ".tsv", ".parquet"):
        return build_source("file", {"path": target, "on_error": "skip"})
    if target not in names("source"):
        known = names("source")
        raise ConfigError(
            f"audit: {target!r} is no run directory, no file, and no source{nearest(target, known)} "
            f"(sources: {', '.join(known)})"
        )
    return build_source(target, {"split": split} if split else {})


def looking(given: Path | list[Problem]) -> Callable[[Part], list[Finding]]:
    """What looks at a part of the problems.

    Args:
        given: a run directory, whose samples are looked at too, or the problems of a source.
    """
    if isinstance(given, Path):
        store = Store.open(given)
        store.directory.proved = {}
        return lambda part: [
            finding for group in groups(store, (part.first, part.last)) for finding in _of_group(group)
        ]
    reader = Stack([build_scorer("math", {}, "math")])
    return lambda part: [
        _finding(problem, kind, why)
        for problem in given[part.start : part.stop]
        for kind, why in _read(problem, reader).items()
    ]


def _died(part: Part, deaths: int, cause: str) -> Sequence[Part]:
    """What to try in the place of a part that ended its process.

    Raises:
        PartError: it did so too often.
    """
    if deaths >= TRIES:
        raise PartError(
            f"looking at problems {part.first!r} to {part.last!r} ended its process {deaths} times ({cause})"
        )
    return [part]


def _of_group(group: Group) -> Iterator[Finding]:
    for kind, why in findings_of(group).items():
        yield _finding(group.problem, kind, why)


def findings_of(group: Group) -> dict[str, str]:
    """What a problem and its samples show: kind and evidence."""
    return {**of_problem(group.problem), **of_samples(group, majority(group))}


def _read(problem: Problem, reader: Stack) -> dict[str, str]:
    """What the gold alone shows, and whether the ``math`` scorer can read it."""
    found = of_problem(problem)
    if problem.tests is None and problem.answer is not None:
        why = faults_of(reader.gates[0], problem)
        why = why or next((fault for _, fault in failed_probes(reader, [problem])), "")
        if why:
            found["unreadable"] = why
    return found


def contradicting(problems: Sequence[Problem]) -> Iterator[tuple[str, str]]:
    """The ids of equal problems whose golds are not the same answer, and the evidence."""
    known = {p.id: p for p in problems}
    groups_of: dict[str, list[str]] = {}
    for name, twin in twins(problems, same_gold).items():
        if twin.conflict:
            groups_of.setdefault(twin.duplicate_of or name, []).append(name)
    for members in groups_of.values():
        for name in members:
            gold = known[name].answer or ""
            other = next(
                (m for m in members if m != name and not same_gold(gold, known[m].answer or "")), members[0]
            )
            why = f"equal to {other}, whose gold is {known[other].answer!r}"
            yield name, why


def _finding(problem: Problem, kind: str, why: str) -> Finding:
    return Finding(
        problem_id=problem.id, kind=kind, evidence=why, gold=problem.answer or "", prompt=asked(problem)
    )
