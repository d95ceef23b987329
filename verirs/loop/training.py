"""Makes a round's model directory from its data: our own step with TRL or any command of the user's."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

from verirs.loop.config import TrainConfig
from verirs.loop.models import check_model, drop_partials, put_in_place
from verirs.loop.rounds import Round, read_json
from verirs.loop.steps.process import Tick, run_command, silent
from verirs.loop.steps.step import run_step
from verirs.loop.steps.train import FIGURES, TrainStep


def make_model(config: TrainConfig, where: Round, start: str, seed: int, tick: Tick = silent) -> None:
    """Train, look at the result, and put it in place as ``where.model``.

    Args:
        start: the model to start from.
        tick: called now and then with the trainer's last line.

    Raises:
        UserError: what our own step refuses; the data have no rows, say.
        StepFailed: the trainer failed.
        NotAModel: it ended well but left no whole model.
        StoreError: the disk is full.
    """
    drop_partials(where.path, "model")
    partial = where.path / f"model.partial-{os.getpid()}"  # an orphan of a killed attempt cannot touch it
    what = f"training in round {where.number}"
    if config.trainer == "command":
        log = where.path / "training.log"
        run_command(command(config, where, start, partial, seed), log, what, tick=tick)
    else:
        train = TrainStep(
            model=start,
            out=str(partial),
            stages=config.stages,
            data={stage: str(where.data / f"{stage}.parquet") for stage in config.stages},
            options={stage: getattr(config, stage) for stage in config.stages},
            lora=config.lora,
            seed=seed + where.number,
        )
        cache = {"HF_DATASETS_CACHE": str(where.path / "model.partial-datasets-cache")}
        run_step(train, where.path / "training", what, environment=cache, tick=tick)
    check_model(partial)
    if not (partial / FIGURES).exists():
        (partial / FIGURES).write_text(json.dumps({"stages": []}) + "\n")
    put_in_place(partial, where.model)
    drop_partials(where.path, "model")


def command(config: TrainConfig, where: Round, start: str, out: Path, seed: int) -> list[str]:
    """The user's command with the places filled in; other braces stay as they are."""
    places = {
        "{data}": str(where.data.resolve()),
        "{model}": str(Path(start).resolve()) if Path(start).is_dir() else start,
        "{out}": str(out.resolve()),
        "{round}": str(where.number),
        "{seed}": str(seed + where.number),
    }

    def fill(word: str) -> str:
        for place, value in places.items():
            word = word.replace(place, value)
        return word

    words = config.command if len(config.command) > 1 else shlex.split(config.command[0])
    return [fill(word) for word in words]


def remembered(model: Path) -> list[dict[str, object]]:
    """The training's figures, one entry a stage; empty where a command trained."""
    path = model / FIGURES
    return list(read_json(path)["stages"]) if path.exists() else []
