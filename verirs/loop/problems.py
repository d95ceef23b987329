"""Which problems a loop samples and which it is evaluated on; both are frozen as files when first needed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from verirs import until
from verirs.errors import ConfigError
from verirs.sources.files import FileSource
from verirs.store import Store
from verirs.system.files import write_text
from verirs.types import Problem, to_json


def freeze(path: Path, problems: Iterable[Problem]) -> None:
    """Write problems as JSON lines that the ``file`` source reads back, all or nothing."""
    lines = []
    for problem in problems:
        row = to_json(problem)
        lines.append(json.dumps({**row.pop("meta"), **row}, ensure_ascii=False, sort_keys=True))
    write_text(path, "\n".join(lines) + "\n")


def thaw(path: Path) -> list[Problem]:
    return list(FileSource(str(path)).problems())


def file_source(path: Path) -> dict[str, str]:
    """The ``[source]`` table of a frozen list."""
    return {"name": "file", "path": str(path)}


def refuse_overlap(pool: Sequence[Problem], held_out: Sequence[Problem]) -> None:
    """
    Raises:
        ConfigError: some problems to train on are held-out problems too.
    """
    known = {question(p) for p in held_out}
    both = [p for p in pool if question(p) in known]
    if both:
        raise ConfigError(
            f"{len(both)} of {len(pool)} problems to train on are held-out problems too (the first: "
            f"{both[0].id}). What a policy was trained on says nothing of it: give [held_out] a source, a "
            f"split or a seed of its own."
        )


def question(problem: Problem) -> str:
    """What makes two problems the same to a model: the words of the prompt."""
    return " ".join(" ".join(m["content"].split()) for m in problem.prompt).casefold()


def pass_rates(path: Path) -> dict[str, float]:
    """Each problem's pass rate, by id, unbiased however many samples it got; without those nobody could
    judge."""
    with Store.open(path) as store:
        return until.pass_rates(store)


def choose(
    pool: Sequence[Problem],
    used: Sequence[Iterable[str]],
    rates: Mapping[str, float],
    count: int,
    retire: float,
) -> tuple[list[Problem], int]:
    """The problems of the next round, and how many are retired.

    Args:
        pool: all problems.
        used: the ids that each earlier round sampled.
        rates: pass rates when last sampled.
        count: at most so many, the least used first, then in the pool's order; 0 is all.
        retire: leave out those whose rate reached this; 0 leaves out none.
    """
    times = Counter(id for ids in used for id in ids)
    active = [p for p in pool if not retire or rates.get(p.id, -1.0) < retire]
    chosen = sorted(active, key=lambda p: times[p.id])
    return chosen[: count or None], len(pool) - len(active)
