"""Which problems of a run are kept, as its config asks: before sampling, and when files are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from verirs.curation.filters import META, conditions, value_of
from verirs.curation.known import load_shipped, shipped
from verirs.curation.twins import asked
from verirs.errors import ConfigError, VerirsError, nearest
from verirs.parts import SinkPart, build_source
from verirs.running.config import Config
from verirs.running.kept import KNOWN
from verirs.store import Store
from verirs.types import Problem, Rejection, Selection

if TYPE_CHECKING:
    from verirs.curation.curator import Curator, Wishes
    from verirs.curation.index import Benchmark


def benchmarks(against: Sequence[str]) -> list[Benchmark]:
    """The benchmarks that are looked for.

    Raises:
        ConfigError: a file that is none, or holds no problems.
    """
    from verirs.curation.index import Benchmark

    found: dict[str, Benchmark] = {}
    for name in against:
        for one in shipped() if name == KNOWN else (name,):
            if one in found:
                continue
            if one in shipped():
                found[one] = load_shipped(one)
                continue
            try:
                items = [asked(p) for p in build_source("file", {"path": one}).made.problems()]
            except VerirsError as e:
                raise ConfigError(f"decontaminate.against: {one}: {e}") from e
            if not items:
                raise ConfigError(f"decontaminate.against: {one}: no problems")
            found[one] = Benchmark.of(_shown(one, found.values()), items)
    return list(found.values())


def _shown(path: str, others: Iterable[Benchmark]) -> str:
    """The name of a file of problems in columns and cards, which are published: without its folder."""
    name, number, taken = Path(path).name, 2, {b.name for b in others}
    while name in taken:
        name, number = f"{Path(path).name} ({number})", number + 1
    return name


def wishes_of(config: Config) -> Wishes:
    """What the sections ask for."""
    from verirs.curation.curator import Wishes

    return Wishes(
        equal=config.duplicates.equal == "drop",
        near=config.duplicates.near == "drop",
        action=config.decontaminate.action,
        variants=config.decontaminate.variants == "drop",
        conditions=conditions(config.filter)[0],
    )


def curator(config: Config, problems: Callable[[], Iterable[Problem]], *, files: bool = True) -> Curator:
    """The curator that a config asks for, having looked at all problems.

    Args:
        files: any are written; where none are (a benchmark is measured), there is nothing to look for.
    """
    from verirs.curation.curator import Curator, Wishes
    from verirs.curation.index import Index

    if not files:
        return Curator(lambda: (), None, Wishes(equal=False))
    found = benchmarks(config.decontaminate.against)
    return Curator(problems, Index(found) if found else None, wishes_of(config))


def foreseen(config: Config, sinks: Sequence[SinkPart], problems: Sequence[Problem]) -> dict[str, str]:
    """Look at the problems before anything is sampled: those that the training files will lack anyway, by id,
    with the reason. No sample is paid for them.

    A run whose sinks write nothing to train on is not looked at: a benchmark is measured so.

    Raises:
        ConfigError: nothing would be kept, a filter names what no problem has, or contaminated problems are
            to be refused.
    """
    if all(sink.traits.of_all for sink in sinks):
        return {}
    # in the order of a store, so that the same ones of equal problems are kept as when files are written
    problems = sorted(problems, key=lambda p: p.id)
    made = curator(config, lambda: problems)
    refuse_contaminated(made)
    for condition in made.wishes.conditions:
        if condition.column.startswith(META) and all(
            value_of(condition.column, {}, p) is None for p in problems
        ):
            known = sorted({f"{META}{key}" for p in problems for key in p.meta})
            raise ConfigError(
                f"filter.{condition.column}: no problem has it{nearest(condition.column, known)} "
                f"(columns of this source: {', '.join(known) or 'none'})"
            )
    looked = made.looked
    reasons = {p.id: looked.dropped(looked.known(p), p, early=True) for p in problems}
    refuse_nothing_kept(made, Counter(reasons.values()), problems)
    return {name: why for name, why in reasons.items() if why}


def told_of(kept_out: Mapping[str, str]) -> list[str]:
    """How many problems are not sampled, by reason, in a line; nothing where there is none."""
    lost = [f"{number:,} {why}" for why, number in Counter(kept_out.values()).most_common()]
    return [f"kept out  not sampled: {', '.join(lost)}; see the columns of `problems`"] if lost else []


def refuse_contaminated(made: Curator) -> None:
    """
    Raises:
        ConfigError: the wish is ``refuse``, and there are some.
    """
    if made.wishes.action == "refuse" and made.contaminated:
        tables = [t for t in made.summary().contamination if t.problems]
        told = ", ".join(f"{t.problems:,} of {t.benchmark} (such as {t.worst[0].problem_id})" for t in tables)
        raise ConfigError(
            f"decontaminate.action = 'refuse': {made.contaminated:,} problems hold an item of a benchmark: "
            f"{told}. Take them out of the source, or keep them out of the training files: "
            "--set decontaminate.action=drop"
        )


def refuse_nothing_kept(made: Curator, reasons: Counter[str], problems: Iterable[Problem]) -> None:
    """
    Raises:
        ConfigError: no problem is kept.
    """
    from verirs.curation.curator import CONTAMINATED

    if reasons[""] or not reasons:
        return
    lost = ", ".join(f"{number:,} by {why!r}" for why, number in reasons.most_common())
    most = reasons.most_common(1)[0][0]
    condition = next((c for c in made.wishes.conditions if most == f"filter: {c.column}"), None)
    what = "correct the golds, or --set duplicates.equal=mark"
    if most == CONTAMINATED:
        names = ", ".join(t.benchmark for t in made.summary().contamination if t.problems)
        what = (
            f"they are of {names}: measure on them (verirs bench, or export.sinks = []), train on another "
            "split, or say that you want them: --set decontaminate.action=mark"
        )
    elif condition is not None:
        held = Counter(str(value_of(condition.column, made.looked.known(p), p)) for p in problems)
        shown = ", ".join(f"{value!r} ({number:,})" for value, number in held.most_common(5))
        what = f"filter.{condition.words}, and the problems have {shown}"
    raise ConfigError(f"no problem would be kept for the training files ({lost}): {what}")


def without(selection: Selection, why: str) -> Selection:
    """The selection of a dropped problem: nothing accepted, no pairs."""
    if not why:
        return selection
    lost = [Rejection(candidate=c, reason=f"problem: {why}") for c in selection.accepted]
    rejected = sorted([*selection.rejected, *lost], key=lambda r: r.candidate.completion.index)
    return replace(selection, accepted=(), rejected=tuple(rejected), pairs=(), dropped=why)


def all_of(stores: Iterable[Store]) -> Iterator[Problem]:
    """The problems of some stores."""
    for store in stores:
        yield from store.problems()
