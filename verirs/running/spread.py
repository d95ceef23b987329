"""Scoring again, in one process or in several: each of these reads parts of the store and writes scores.

Only places in the store go to a process and only counts come back. What a process writes counts when its
parent has given it its name, so neither a process that dies nor one that outlives its parent can lose or
double anything. Where a process dies, its parts are tried again one by one, then in halves, down to the one
candidate that kills it; that one gets an ``error``, and all others are judged.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from verirs.errors import ConfigError, PartError
from verirs.records import ShardFile
from verirs.running.config import Config
from verirs.running.pipeline import stop_on_errors
from verirs.running.plan import make_stack
from verirs.running.progress import Progress
from verirs.running.scoring import Row, Stack
from verirs.store import Store, entry, rescore
from verirs.store.rescoring import Piece, following, groups_of, write_piece
from verirs.store.shards import imported_late
from verirs.system.jobs import Jobs, sizes
from verirs.types import Candidate, Completion, Group, Score, Verdict

log = logging.getLogger("verirs")

TRIES = 3
"""So often one candidate may kill the process that judges it."""
SHARES = 4
"""So many tasks of a process at least, where its candidates suffice: the last to end is waited for."""
LEAST = 16
"""No part is cut into pieces of fewer candidates, but to find one that kills."""

Task = tuple[Piece, ...]
"""Parts that follow each other, or a piece of one."""
Method = Callable[[Stack, Sequence[Group]], list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a scoring process is told at its start.

    Args:
        path: the run directory.
        config: with the scorers.
        only_errors: leave every other verdict as it is.
        afresh: out of nothing that was recorded before.
        folder: where the new scores go.
        versions: of the scorers, as the parent made them.
    """

    path: Path
    config: Config
    only_errors: bool
    afresh: bool
    folder: str
    versions: Mapping[str, str]

    def looks_back(self, stack: Stack) -> bool:
        """Whether anything is made of the scores there are."""
        return self.only_errors or (not self.afresh and stack.looks_back)

    def rows(self, stack: Stack, groups: Sequence[Group]) -> list[Row]:
        """The groups' scores."""
        return (
            stack.errors_rescored(groups) if self.only_errors else stack.rescored(groups, afresh=self.afresh)
        )


def score_again(
    store: Store,
    stack: Stack,
    progress: Progress,
    config: Config,
    only_errors: bool = False,
    *,
    keep: bool = False,
    jobs: Jobs | None = None,
) -> None:
    """Replace the store's scores, counted on ``progress``.

    Args:
        config: whose scorers the stack has.
        only_errors: leave every other verdict as it is.
        keep: the old scores stay, and do not count.
        jobs: processes that do it; else this one.
    """
    stack.prove()
    # the same scorers again is a wish for new scores; others may go by what was recorded
    given = Given(
        path=store.path,
        config=config,
        only_errors=only_errors,
        afresh=store.manifest.stack == stack.key,
        folder="",
        versions=stack.versions,
    )

    def check() -> None:
        stop_on_errors(progress, config.limits.max_errors)

    def counted(groups: list[Group]) -> list[Row]:
        rows = given.rows(stack, groups)
        count(progress, groups, rows)
        check()
        return rows

    rescore(
        store,
        f"{stack.key}{' errors' if only_errors else ''}",
        counted,
        keep=keep,
        scored=given.looks_back(stack),
        elsewhere=None if jobs is None else functools.partial(scored_by, jobs, given, stack, progress, check),
        stack=stack.key,
        scorers=stack.versions,
        grouped="",
    )


def jobs_for(count: int) -> contextlib.AbstractContextManager[Jobs | None]:
    """Processes that can score, and export after it; none where one does, which is this. They import what
    every stack needs while the caller finds out which it has; scorers' own modules come with the stack."""
    if count == 1:
        return contextlib.nullcontext()
    return Jobs(count, [__name__, "verirs.running.exporting", *imported_late()])


def count(progress: Progress, groups: Sequence[Group], rows: Sequence[Row]) -> None:
    """Count what was scored."""
    completions = (c.completion for g in groups for c in g.candidates)
    for (key, _, scores), completion in zip(rows, completions, strict=True):
        progress.add_scores(key, scores, Candidate(completion=completion, scores=scores).verdict)


def scored_by(
    jobs: Jobs,
    given: Given,
    stack: Stack,
    progress: Progress,
    check: Callable[[], None],
    folder: str,
    parts: Sequence[Piece],
) -> Iterator[tuple[Piece, ShardFile]]:
    """Let processes score parts; each piece with its file, as they end.

    Args:
        check: called after each task; may raise.

    Raises:
        PartError: processes die of candidates that cannot be told apart.
    """
    given = replace(given, folder=folder)
    of_groups = bool(stack.group_rankers)
    tasks: list[Task] = []
    for run in following(parts):
        left = iter(run)
        tasks += [tuple(itertools.islice(left, size)) for size in sizes(len(run), jobs.count)]
    if len(tasks) < jobs.count * SHARES and not of_groups:  # a few parts are work for all, and end together
        count = -(-jobs.count * SHARES // max(1, len(tasks)))
        tasks = [(piece,) for task in tasks for part in task for piece in _cut(part, count)]
    died = functools.partial(_split, of_groups)
    for _, (files, counted) in jobs.work(f"{__name__}:scorer", given, tasks, died):
        progress.add(counted)
        check()
        yield from files


def _cut(piece: Piece, count: int) -> list[Piece]:
    """So many pieces of a piece, none of them tiny."""
    step = max(LEAST, -(-(piece.stop - piece.start) // count))
    starts = range(piece.start, piece.stop, step)
    return [replace(piece, start=at, stop=min(at + step, piece.stop)) for at in starts]


def _split(of_groups: bool, task: Task, deaths: int, cause: str) -> Sequence[Task]:
    """What to try in the place of a task that killed its process.

    Raises:
        PartError: nothing smaller can be tried.
    """
    first = task[0]
    log.info("a scoring process died (%s) on problems %r to %r", cause, first.first, task[-1].last)
    if len(task) > 1:
        return [(piece,) for piece in task]
    if first.stop - first.start > 1 and not of_groups:
        middle = (first.start + first.stop) // 2
        return [(replace(first, stop=middle),), (replace(first, start=middle),)]
    if deaths < TRIES:
        return [task]
    if of_groups:
        raise PartError(
            f"scoring problems {first.first!r} to {first.last!r} killed its process {deaths} times ({cause})."
            " What is scored is kept; the same command goes on. A ranker compares whole groups here, so the "
            "candidate at fault was not looked for."
        )
    return [(replace(first, deadly=cause),)]


# ---- in the process -----------------------------------------------------------------------------------


def scorer(given: Given) -> Callable[[Task], tuple[list[tuple[Piece, ShardFile]], Progress]]:
    """What scores pieces here. Files that were proved once are not proved again."""
    store, stack = Store.open(given.path), make_stack(given.config)
    refuse_changed(stack, given.versions)
    store.directory.proved = {}
    return functools.partial(_score, given, store, stack)


def refuse_changed(stack: Stack, versions: Mapping[str, str]) -> None:
    """Refuse scorers that are not those of the parent: the scores of one run are all of one kind.

    Raises:
        ConfigError: what a scorer is made of (its file, its model) changed since the parent read it.
    """
    now = stack.versions
    if changed := [key for key in now if now[key] != versions.get(key)]:
        raise ConfigError(
            f"scorer {changed[0]!r} changed while it was at work: what it is made of, its file or its model, "
            "is another one than when the command began. Run the same command again"
        )


def _score(
    given: Given, store: Store, stack: Stack, task: Task
) -> tuple[list[tuple[Piece, ShardFile]], Progress]:
    between = task[0].first, task[-1].last
    golds = store.directory.golds(between)

    def judged(key: str, completion: Completion) -> int:
        return entry.judged(entry.text_digest(completion.text), golds[key])

    files, progress = [], Progress()
    held = store.groups(everything=True, between=between, scored=given.looks_back(stack))
    for piece, groups in groups_of(task, held):
        rows = _deadly(stack, groups, piece.deadly) if piece.deadly else given.rows(stack, groups)
        count(progress, groups, rows)
        name = f"{given.folder}/.{os.getpid()}-{piece.number}-{piece.start}.partial"
        files.append((piece, write_piece(store.groups_path, name, rows, judged, store.manifest.run)))
    return files, progress


def _deadly(stack: Stack, groups: Sequence[Group], cause: str) -> list[Row]:
    """The row of the one candidate that kills whoever judges it."""
    first = stack.scorers[0]
    said = Score(
        scorer=first.key,
        version=first.version,
        verdict=Verdict.ERROR,
        reason=f"judging it killed its process {TRIES} times ({cause})",
    )
    return [(g.problem.id, c.completion, (said,)) for g in groups for c in g.candidates]
