"""What is known of a finished round, read from its files: the held-out estimates first."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from verirs.loop import problems
from verirs.loop.config import LoopConfig
from verirs.loop.folder import WATCH, Folder
from verirs.loop.rounds import Round, read_json
from verirs.loop.steps.reward import NUMBERS
from verirs.records import (
    KL,
    Band,
    HeldOut,
    Interval,
    RewardChange,
    RoundMetrics,
    RunSummary,
    Sampled,
    decode,
)
from verirs.stats import Tally
from verirs.stats.answers import answer_classes
from verirs.stats.kl import binary_kl, pass_only_kl
from verirs.store import Store
from verirs.types import Group


def of_round(config: LoopConfig, folder: Folder, where: Round) -> RoundMetrics:
    """Everything about a round whose parts are there; all but ``seconds`` and ``gpus`` depends on them alone.

    Raises:
        StoreError: a file of the round is damaged, or of another version.
    """
    judged = held_out(Store.open(where.held_out).groups())
    watched = {w: held_out(Store.open(where.path / f"{WATCH}{w}").groups()) for w in config.watch}
    measured = entropy = None
    if folder.has(where.part("distance.json")):
        file = where.path / "distance.json"
        distance = read_json(file)
        measured, entropy = (decode(Band, distance[name], file) for name in ("kl", "entropy"))
    tokens = judged.tokens + sum(w.tokens for w in watched.values())
    common = {
        "round": where.number,
        "model": os.path.relpath(where.model, folder.path) if where.number else config.model,
        "control": config.control,
        "held_out": judged,
        "entropy": entropy,
        "seconds": seconds(folder, where),
        "gpus": gpus(),
        "watched": watched,
    }
    if not where.number:
        return RoundMetrics(**common, kl=KL(at_least=0.0), tokens=tokens)  # type: ignore[arg-type]
    drawn = sampled(where, int(folder.parts[where.part("problems.jsonl")].note.get("retired", 0)))
    drawn = replace(drawn, hinted=int(folder.parts[where.part("data")].note.get("hinted", 0)))
    if folder.has(where.part("hinted")):
        tokens += RunSummary.load(where.hinted / "summary.json").tokens
    told = read_json(where.path / "training.json")
    reward_model = None
    if folder.has(where.part("reward-model")):
        numbers = where.reward_model / NUMBERS
        reward_model = decode(RewardChange, read_json(numbers), numbers)
    first = Round(folder.path, 0).read_metrics()
    return RoundMetrics(
        **common,  # type: ignore[arg-type]
        samples=drawn,
        training=tuple({k: v for k, v in stage.items() if k != "seconds"} for stage in told["stages"]),
        reward_model=reward_model,
        kl=KL(
            measured=measured,
            at_least=at_least(first.held_out.pass_1 if first else None, judged.pass_1),
            data=of_accepted(where),
        ),
        tokens=tokens + drawn.tokens,
        notes=tuple(notes(told, measured)),
    )


FEW_STEPS = 10
"""Fewer steps of an optimiser than this move little, whatever the learning rate."""


def notes(told: Mapping[str, Any], measured: Band | None) -> list[str]:
    """What should be said loudly of a training: that it trained little or nothing."""
    out = []
    if told.get("unchanged"):
        out.append("the training changed no weight: this model is the one that it started from")
    elif measured is not None and measured.mean == 0:
        out.append("the model's distance to the base policy is 0: it writes as the base model does")
    if beside := told.get("beside"):
        out.append(
            f"the trainer changed {', '.join(beside)}: the model is asked otherwise than the one that it "
            f"began with. If that was not meant, let the trainer copy those files from there"
        )
    if numbers := told.get("numbers"):
        out.append(
            f"engines load this model in other numbers than the one that it began with ({numbers}): they "
            f"take other memory, and round otherwise. If that was not meant, let the trainer save them so"
        )
    if any(stage.get("asked_to_shard") and not stage.get("sharded") for stage in told["stages"]):
        out.append(
            "the launcher asked for sharding (FSDP or ZeRO), but every process held the whole model: the "
            "training is right, its memory is not what was meant. Both need GPUs"
        )
    if told.get("launcher") and all(stage.get("processes", 1) == 1 for stage in told["stages"]):
        out.append(
            f"train.launcher ({' '.join(told['launcher'])}) started one process: the training ran on one "
            f"device"
        )
    for stage in told["stages"]:
        steps = stage.get("steps", FEW_STEPS)
        if steps < FEW_STEPS:
            out.append(
                f"{stage['stage']} took {steps} step{'s' if steps != 1 else ''} on {stage['rows']} rows: too "
                f"few to learn much. Sample more problems, or set train.{stage['stage']}.num_train_epochs "
                f"higher or per_device_train_batch_size lower"
            )
        if cut := stage.get("cut"):
            out.append(
                f"{cut} of the {stage['rows']} rows of {stage['stage']} are longer than max_length = "
                f"{stage['max_length']} tokens: their ends were cut off, so they teach not to end"
            )
        if unlike := stage.get("unlike"):
            out.append(
                f"{unlike} rows of {stage['stage']} are trained on behind other tokens than the model was "
                f"asked with: its chat template writes a whole conversation otherwise than the prompt alone"
            )
        last = stage.get("last_loss")
        if last is not None and not math.isfinite(last):
            out.append(
                f"the loss of {stage['stage']} ended at {last}: lower train.{stage['stage']}.learning_rate"
            )
    return out


STEP_WORDS = {
    "samples": "sampling",
    "hinted": "hint pass",
    "reward-model": "reward model",
    "model": "training",
    "held-out": "evaluating",
    "distance.json": "measuring",
}


def seconds(folder: Folder, where: Round) -> dict[str, float]:
    """Wall time of a round's steps, by what they are called."""
    out: dict[str, float] = {}
    for name, part in folder.parts.items():
        head, _, last = name.partition("/")
        if head == where.path.name and part.seconds:
            word = "watching" if last.startswith(WATCH) else STEP_WORDS.get(last, "")
            if word:
                out[word] = round(out.get(word, 0.0) + part.seconds, 2)
    return dict(sorted(out.items()))


def gpus() -> int:
    """How many NVIDIA GPUs this process may use, without loading a library for it."""
    there = len(list(Path("/proc/driver/nvidia/gpus").glob("*")))
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return there if visible is None else min(there, len([v for v in visible.split(",") if v.strip()]))


def sampled(where: Round, retired: int) -> Sampled:
    """What the round's own run drew and selected."""
    summary = RunSummary.load(where.samples / "summary.json")
    taken = summary.selection
    return Sampled(
        problems=summary.problems,
        completions=summary.completions,
        pass_rate=summary.pass_rate,
        accepted=taken.accepted if taken else 0,
        problems_accepted=taken.problems_accepted if taken else 0,
        pairs=taken.pairs if taken else 0,
        tokens=summary.tokens,
        retired=retired,
    )


def at_least(before: Interval | None, now: Interval | None) -> float | None:
    """What two pass rates alone say about the distance, in nats: exact for a binary verifier."""
    bound = binary_kl(now.mean, before.mean) if now and before else math.inf
    return round(bound, 6) if math.isfinite(bound) else None


def of_accepted(where: Round) -> float | None:
    """How far the accepted traces are from the policy that sampled them, in nats."""
    return mean([pass_only_kl(rate) for rate in problems.pass_rates(where.samples).values() if rate > 0])


def held_out(groups: Iterable[Group]) -> HeldOut:
    """Estimates over problems with 95 % intervals, diversity, length, each problem's counts."""
    tally = Tally()
    answers, texts, entropy, lengths = [], [], [], []
    for group in groups:
        tally.add(group)
        if not group.candidates:
            continue
        said = [c for c in answer_classes(group.problem, group.candidates) if c is not None]
        answers.append(len(set(said)))
        texts.append(len({c.completion.text for c in group.candidates}))
        entropy.append(shannon(Counter(said)))
        lengths += [len(c.completion.text) for c in group.candidates]
    n = max((p.n for p in tally.problems), default=0)
    summary = tally.summary(ks=sorted({1, n}) if n else None)
    passes, majority = summary.estimates["pass@k"], summary.estimates.get("maj@k")
    return HeldOut(
        n=n,
        problems=summary.problems,
        pass_1=passes.at.get(1),
        pass_n=passes.at.get(n),
        maj_n=majority.at.get(n) if majority else None,
        distinct_answers=mean(answers),
        distinct_texts=mean(texts),
        answer_entropy=mean(entropy),
        characters=mean(lengths),
        truncated=summary.truncated,
        left_out=summary.left_out,
        tokens=summary.tokens,
        counts={p.problem_id: (p.n, p.c) for p in sorted(tally.problems, key=lambda p: p.problem_id)},
    )


def shannon(counts: Counter[int]) -> float:
    """The entropy of the relative frequencies, in nats."""
    total = counts.total()
    return -math.fsum(c / total * math.log(c / total) for c in counts.values()) if total else 0.0


def mean(values: list[float] | list[int]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
