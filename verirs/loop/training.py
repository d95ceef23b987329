"""Makes a round's model directory from its data: our own TRL step or any command, in a child process."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path

from verirs.loop.children import own_environment, python, run_child
from verirs.loop.config import TrainConfig
from verirs.loop.models import check_model, drop_partials, put_in_place
from verirs.loop.rounds import Round, read_json, write_json
from verirs.loop.train_one import Job

DATASETS_CACHE = "datasets-cache"


def train(
    config: TrainConfig, where: Round, start: str, seed: int, tick: Callable[[str], None] = lambda line: None
) -> None:
    """Train, look at the result, and put it in place as ``where.model``.

    Args:
        start: the model to start from.
        tick: called now and then with the trainer's last line.

    Raises:
        StepFailed: the trainer failed.
        NotAModel: it ended well but left no whole model.
        StoreError: the disk is full.
    """
    drop_partials(where.path, "model")
    partial = where.path / f"model.partial-{os.getpid()}"  # an orphan of a killed attempt cannot touch it
    log = where.path / "training.log"
    what = f"training in round {where.number}"
    if config.trainer == "command":
        run_child(command(config, where, start, partial, seed), log, what, tick=tick)
    else:
        job = Job(
            model=start,
            out=str(partial),
            stages=config.stages,
            data={stage: str(where.data / f"{stage}.parquet") for stage in config.stages},
            options={stage: getattr(config, stage) for stage in config.stages},
            lora=config.lora,
            seed=seed + where.number,
        )
        file = where.path / "model.partial-job.json"
        write_json(file, dataclasses.asdict(job))
        run_child(
            python("verirs.loop.train_one", str(file)),
            log,
            what,
            environment={
                **own_environment(),
                "HF_DATASETS_CACHE": str(where.path / f"model.partial-{DATASETS_CACHE}"),
            },
            tick=tick,
        )
    check_model(partial)
    if not (partial / "training.json").exists():
        (partial / "training.json").write_text(json.dumps({"stages": []}) + "\n")
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
    path = model / "training.json"
    return list(read_json(path)["stages"]) if path.exists() else []
