"""``verirs audit``: the doubts about a source's problems, or about those of a run with its samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from verirs.curation.audit import KINDS, of_problem, of_samples
from verirs.curation.curator import same_gold
from verirs.curation.facts import majority
from verirs.curation.twins import asked, twins
from verirs.errors import ConfigError, nearest
from verirs.parts import build_scorer, build_source, names
from verirs.running.check import failed_probes
from verirs.running.rehearse import faults_of
from verirs.running.scoring import Stack
from verirs.store import Store
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


def audit(target: str, split: str = "", kinds: tuple[str, ...] = ()) -> tuple[int, list[Finding]]:
    """Look at all problems; how many there are, and what was found, in order of problem and kind.

    Args:
        target: a run directory, a file of problems, or the name of a source.
        split: of a named source.
        kinds: only these.

    Raises:
        ConfigError: an unknown kind, or a target that is none of the three.
        StoreError: a run that cannot be read.
        SourceError: problems that cannot be read.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ConfigError(
            f"audit: no kind {unknown[0]!r}{nearest(unknown[0], list(KINDS))} (known: {', '.join(KINDS)})"
        )
    path, store = Path(target), None
    if (path / "manifest.json").exists():
        store = Store.open(path)
        problems = list(store.problems())
    else:
        problems = _of_source(target, path, split)
    wanted = kinds or tuple(KINDS)
    found: list[Finding] = []
    if "contradicting" in wanted:
        known = {p.id: p for p in problems}
        found = [_finding(known[name], "contradicting", why) for name, why in contradicting(problems)]
    if store is None:
        reader = Stack([build_scorer("math", {}, "math")])
        for problem in problems:
            found += [_finding(problem, kind, why) for kind, why in _read(problem, reader).items()]
    if store is not None:
        with store:
            for group in groups(store):
                found += _of_group(group)
    chosen = [f for f in found if f.kind in wanted]
    order = list(KINDS)
    return len(problems), sorted(chosen, key=lambda f: (order.index(f.kind), f.problem_id))


def _of_source(target: str, path: Path, split: str) -> list[Problem]:
    if path.suffix == ".toml" and path.is_file():
        raise ConfigError(f"audit: {target} is a config; give its run directory, or the file of its problems")
    if path.is_file() or path.is_dir() or path.suffix in (".jsonl", ".json", ".csv", ".tsv", ".parquet"):
        return list(build_source("file", {"path": target, "on_error": "skip"}).made.problems())
    if target not in names("source"):
        known = names("source")
        raise ConfigError(
            f"audit: {target!r} is no run directory, no file, and no source{nearest(target, known)} "
            f"(sources: {', '.join(known)})"
        )
    return list(build_source(target, {"split": split} if split else {}).made.problems())


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
