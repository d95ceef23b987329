"""Makes a round's model directory from its data: our own step with TRL or any command of the user's."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verirs.errors import NotAModel
from verirs.loop.models import (
    changed_beside,
    changed_numbers,
    check_fits,
    check_model,
    check_weights,
    same_weights,
    without_links,
)
from verirs.loop.rounds import Round, read_json, write_json
from verirs.loop.sections import TrainConfig
from verirs.loop.steps.average import AverageStep
from verirs.loop.steps.process import Tick, run_command, silent
from verirs.loop.steps.step import Warm, run_step
from verirs.loop.steps.train import FIGURES, TrainStep

PLACES = ("{data}", "{model}", "{out}", "{round}", "{seed}")
"""What is filled in in a command."""


def make_model(
    config: TrainConfig,
    where: Round,
    place: Path,
    start: str,
    base: str,
    seed: int,
    tick: Tick = silent,
    warm: Warm | None = None,
    others: Sequence[str] = (),
) -> None:
    """Train, and leave ``model``, ``training.json`` and, with adapters, ``adapter`` in ``place``.

    Args:
        place: an empty folder.
        start: the model to start from.
        base: the loop's base model.
        tick: called now and then with the trainer's last line.
        warm: a process that has the libraries already.
        others: models of earlier rounds; what is left is the mean of their weights and those trained here.

    Raises:
        UserError: what our own step refuses; the data have no rows, say.
        StepFailed: the trainer failed, or took longer than ``train.timeout``.
        NotAModel: it ended well but left no whole model.
        StoreError: the disk is full.
    """
    out, what = place / "model", f"training in round {where.number}"
    seconds, foreign = config.timeout * 3600, config.trainer == "command"
    if foreign:
        run_command(
            command(config, where, start, out, seed),
            where.path / "training.log",
            what,
            tick=tick,
            timeout=seconds,
        )
    else:
        train = TrainStep(
            model=start,
            base=base,
            out=str(place),
            stages=config.stages,
            data={stage: str(where.data / f"{stage}.parquet") for stage in config.stages},
            options={stage: getattr(config, stage) for stage in config.stages},
            lora=config.lora,
            reference=config.reference,
            quantize=config.quantize,
            seed=seed + where.number,
        )
        run_step(
            train,
            where.path / "training",
            what,
            environment=environment(launched=bool(config.launcher)),
            launcher=config.launcher,
            tick=tick,
            timeout=seconds,
            warm=warm,
        )
    if out.is_symlink() or out.is_dir():
        without_links(out)
    check_model(out)
    if others:
        trained = place / "trained"
        out.rename(trained)
        average = AverageStep(models=[str(trained), *others], out=str(out))
        run_step(average, where.path / "average", f"averaging in round {where.number}", tick=tick)
        check_model(out)
    check_weights(out)
    if Path(start).is_dir():
        check_fits(Path(start), out)
    told = read_json(place / FIGURES) if (place / FIGURES).exists() else {"stages": []}
    more = {
        "launcher": config.launcher,
        "unchanged": _unchanged(out, start),
        # our own trainer keeps the type that engines load, which is the config's
        "numbers": changed_numbers(Path(start), out) if foreign and Path(start).is_dir() else "",
        "beside": changed_beside(Path(start), out) if Path(start).is_dir() else [],
    }
    write_json(place / FIGURES, {**told, **more})


def environment(launched: bool = False) -> dict[str, str]:
    """Variables of our own training step: one GPU, unless a launcher hands them out."""
    if launched:
        return {}
    # one process that sees several would wrap the model in DataParallel: another batch, one GPU's memory
    return {"CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]}


def _unchanged(model: Path, start: str) -> bool:
    """Whether a training left the weights that it began with; ``False`` where that cannot be seen."""
    try:
        return Path(start).is_dir() and same_weights(Path(start), model)
    except (ValueError, KeyError, TypeError, EOFError) as e:
        raise NotAModel(f"{start}: its weights cannot be read: {e}") from e


def command(config: TrainConfig, where: Round, start: str, out: Path, seed: int) -> list[str]:
    """The user's command with the places filled in; other braces stay as they are."""
    places = {
        "{data}": str(where.data.resolve()),
        "{model}": str(Path(start).resolve()) if Path(start).is_dir() else start,
        "{out}": str(out.resolve()),
        "{round}": str(where.number),
        "{seed}": str(seed + where.number),
    }
    return [filled(word, places) for word in words(config.command)]


def words(command: list[str]) -> list[str]:
    """A command's words: a list as it is; one text alone as a shell would part it."""
    return command if len(command) > 1 else shlex.split(command[0])


def filled(word: str, places: Mapping[str, Any]) -> str:
    """A word of a command with the places in braces filled in; other braces stay as they are."""
    for place, value in places.items():
        word = word.replace(place, value)
    return word
