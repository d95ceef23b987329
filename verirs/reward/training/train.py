"""Trains an outcome reward model on the verified candidates of finished runs, judges it, and writes it down.

The numbers on the card come from problems that were kept back, scored by the same scorer that will use the
model. They hold for candidates like these: against another policy, or after training on it, measure again.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from verirs.errors import UserError
from verirs.parts import build
from verirs.records import RankerSummary
from verirs.reward.training import card
from verirs.reward.training.examples import Examples, Labelled, collect, prompt_key
from verirs.reward.training.fit import Loss, Recipe, fit, need_libraries
from verirs.types import Candidate, Group, to_json
from verirs.version import __version__

CARD = "README.md"
NUMBERS = "reward_model.json"
JUDGED_PER_PROBLEM = 32


def train_reward_model(
    groups: Iterable[Group],
    backbone: str,
    out: str | Path,
    *,
    loss: Loss = "pairwise",
    epochs: float = 1.0,
    batch_size: int = 32,
    learning_rate: float = 5e-5,
    max_length: int = 1024,
    per_problem: int = 8,
    held_out: float = 0.2,
    layers: int = 0,
    lora: int = 0,
    device: str = "auto",
    seed: int = 0,
) -> dict[str, Any]:
    """Train a reward model and write a directory that the scorer ``reward_model`` loads.

    Args:
        groups: candidates with verifiers' verdicts, of one run or several.
        backbone: directory or hub id of a language model or encoder.
        out: the directory to make; it appears whole or not at all.
        loss: ``pairwise`` learns which of two solutions of a problem is right; ``classification`` learns
            P(correct) of one.
        epochs: passes over the examples.
        batch_size: texts in one step; a pair is two.
        learning_rate: 5e-5 suits small backbones; take 1e-5 or less for billions of parameters.
        max_length: tokens a text may have; longer ones lose their middle.
        per_problem: most pairs (or texts) taken of one problem.
        held_out: share of the problems the model never sees, for the card.
        layers: keep only the backbone's first so many layers; 0 keeps all.
        lora: rank of low-rank adapters in place of full training; for large models on one GPU.
        device: ``auto`` is the GPU where there is one.
        seed: of the split, the sampling and the new head.

    Returns:
        What the card says, as JSON values.

    Raises:
        UserError: ``out`` exists, or there is nothing to learn from or to judge on.
        MissingExtra: a training library is not installed.
    """
    need_libraries()
    out = Path(out)
    if out.exists():
        raise UserError(f"{out} exists already; name another directory, or remove it first")
    if not 0 < held_out < 1:
        raise UserError(f"held_out is {held_out}; it is a share of the problems, between 0 and 1")
    recipe = Recipe(
        backbone=backbone,
        loss=loss,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        max_length=max_length,
        per_problem=per_problem,
        layers=layers,
        lora=lora,
        device=device,
        seed=seed,
    )
    examples = collect(groups, held_out=held_out, seed=seed)
    if not any(item.right and item.wrong for item in examples.held_out):
        raise UserError(
            f"none of the {len(examples.held_out)} held-out problems has both a right and a wrong candidate, "
            "so the model could not be judged; give more problems, or raise held_out"
        )
    building = out.parent / f".{out.name}.{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        numbers = _build(recipe, examples, building)
        _sync(building)
        os.rename(building, out)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return numbers


def _build(recipe: Recipe, examples: Examples, folder: Path) -> dict[str, Any]:
    started = (time.perf_counter(), time.process_time())
    fitted = fit(recipe, examples.train, folder)
    fitted["wall_s"], fitted["cpu_s"] = _since(started)
    started = (time.perf_counter(), time.process_time())
    judged = judge(folder, examples.held_out, recipe.max_length, recipe.device)
    wall, cpu = _since(started)
    numbers = {
        "recipe": dataclasses.asdict(recipe),
        "data": {
            "train_problems": len(examples.train),
            "held_out_problems": len(examples.held_out),
            "sources": examples.sources,
            "unlabelled": examples.unlabelled,
            "repeated": examples.repeated,
            "conflicting": examples.conflicting,
        },
        "fit": fitted,
        "held_out": {**to_json(judged), "wall_s": wall, "cpu_s": cpu},
        "peak_memory_gb": round(_peak_bytes() / 1e9, 2),
        "versions": _versions(),
    }
    (folder / NUMBERS).write_text(json.dumps(numbers, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (folder / CARD).write_text(card.text(numbers), encoding="utf-8")
    return numbers


def judge(
    model: str | Path, labelled: Sequence[Labelled], max_length: int = 0, device: str = "auto"
) -> RankerSummary:
    """A reward model judged on labelled problems, at most 32 candidates of each."""
    from verirs.reward.numbers.report import report
    from verirs.reward.numbers.table import read

    options = {"model": str(model), "max_length": max_length, "device": device}
    scorer = build("scorer", "reward_model", options)
    asked = {
        (prompt_key(item.problem), c.completion.text): (item.problem, c.completion)
        for item in labelled
        for c in item.candidates[:JUDGED_PER_PROBLEM]
    }
    scores = dict(zip(asked, scorer.score(list(asked.values())), strict=True))
    scorer.close()

    def scored(item: Labelled, candidate: Candidate) -> Candidate:
        score = scores[prompt_key(item.problem), candidate.completion.text]
        older = (s for s in candidate.scores if s.scorer != scorer.name)
        return dataclasses.replace(candidate, scores=(*older, score))

    groups = [
        Group(
            problem=item.problem,
            candidates=tuple(scored(item, c) for c in item.candidates[:JUDGED_PER_PROBLEM]),
        )
        for item in labelled
    ]
    return report(read(groups, [scorer.name]))[scorer.name]


def _since(started: tuple[float, float]) -> tuple[float, float]:
    return round(time.perf_counter() - started[0], 1), round(time.process_time() - started[1], 1)


def _peak_bytes() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _versions() -> dict[str, str]:
    import torch
    import transformers
    import trl

    modules = {"torch": torch, "transformers": transformers, "trl": trl}
    return {"verirs": __version__, **{name: module.__version__ for name, module in modules.items()}}


def _sync(folder: Path) -> None:
    """Everything on disk before the directory gets its name."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
