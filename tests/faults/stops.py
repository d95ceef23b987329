"""Commands that are killed, two in a row, and commands to which the system refuses a change of a file."""

from __future__ import annotations

import errno
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.faults import layer
from tests.faults.world import (
    RAW,
    STEPS,
    SURVIVED,
    WRONG,
    Outcome,
    Undisturbed,
    command,
    copy,
    drop,
    ends,
    exported,
    forget_export,
    raw,
)

BEFORE = {"sample": "", "top-up": "sampled"}
"""What a world holds before an operation; the others need a finished run."""


def ready(undisturbed: Undisturbed, steps: tuple[str, ...]) -> Path:
    """A world in which the first of these operations can be done."""
    milestone = BEFORE.get(steps[0], "topped-up")
    if "merge" not in steps:
        return undisturbed.world(milestone)
    world = undisturbed.world("with-shards")
    shutil.rmtree(world / "runs/r")
    if milestone:
        copy(undisturbed.folder / milestone / "runs/r", world / "runs/r")
    return world


def give_work(world: Path, step: str, rng: random.Random) -> None:
    """An export that is there already is made again, and a repair finds half of a sealed file gone."""
    if step == "export":
        forget_export(world)
    if step != "repair":
        return
    found = sorted((world / "runs/r/groups").rglob("*-*-*.parquet"))
    if found:
        path = rng.choice(found)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def kills(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """SIGKILL in each pair of operations, at ``count`` moments in all."""
    pairs = [(a, b) for a in STEPS for b in STEPS]
    rng.shuffle(pairs)
    for number in range(count):
        steps = pairs[number % len(pairs)]
        world = ready(undisturbed, steps)
        how, why, moments = SURVIVED, "", []
        for step in steps:
            give_work(world, step, rng)
            at = rng.randrange(20 if step == "repair" else undisturbed.changes[step])
            moments.append(f"{step}@{at}")
            ran = command(world, *STEPS[step], spoil=layer.killing(at))
            if fault := raw(ran) if ran.code != -9 else "":
                how, why = RAW, f"{step}: {fault}"
        if how == SURVIVED:
            how, why = ends(undisturbed, world)
        if "merge" in steps and how != RAW:
            bad, told = merged(undisturbed, world)
            how, why = (bad, told) if bad != SURVIVED else (how, why)
        yield Outcome("kills in two operations", " ".join(moments), how, why)
        drop(world)


def merged(undisturbed: Undisturbed, world: Path) -> tuple[str, str]:
    """Whether the merged run is there in the end, whole."""
    ran = command(world, *STEPS["merge"])
    if raw(ran):
        return RAW, raw(ran)
    if ran.code and "exists" not in ran.said:
        return WRONG, f"the merge: {ran.said[-300:]}"
    ran = command(world, "export", "runs/w")
    if ran.code or exported(world / "runs/w") != undisturbed.want_merged:
        return WRONG, f"the merged run's export differs: {ran.said[-300:]}"
    return SURVIVED, ""


def file_errors(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """The system refuses one change, or all from one on; then it is well again."""
    steps = list(STEPS)
    for number in range(count):
        step, code = steps[number % len(steps)], layer.ERRORS[number // 2 % len(layer.ERRORS)]
        world = ready(undisturbed, (step,))
        give_work(world, step, rng)
        at, for_ever = rng.randrange(20 if step == "repair" else undisturbed.changes[step]), bool(number % 2)
        ran = command(world, *STEPS[step], spoil=layer.failing(at, code, for_ever=for_ever))
        name = f"{step}@{at} {errno.errorcode[code]}{' for ever' if for_ever else ''}"
        how, why = (RAW, raw(ran)) if raw(ran) else ends(undisturbed, world)
        if step == "merge" and how == SURVIVED:
            how, why = merged(undisturbed, world)
        yield Outcome("file errors", name, how, why)
        drop(world)
