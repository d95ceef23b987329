"""Every family of reward models on random weights: the scorer's numbers beside a plain computation, and its
completions a second beside the bare forward pass of the same batches.

The bare side gets ready-made padded tensors and runs the body alone. The scorer starts from problems and
completions: layout, tokenizer, sorting, padding, body, head, scores. Both run in turns; CPU seconds of one
thread, median ratio.

    python -m benchmarks.reward.recipes [--texts 12] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("ZOO_HIDDEN", "256")
os.environ.setdefault("ZOO_LAYERS", "4")

from tests.reward import test_recipes as plain
from tests.reward.zoo import ZOO, make
from verirs.reward.models.local import LocalModel
from verirs.scorers.process_reward import ProcessRewardScorer
from verirs.scorers.reward_model import RewardModelScorer
from verirs.system.machine import facts
from verirs.types import Completion

RESULT = Path(__file__).resolve().parents[1] / "results" / "reward_recipes.json"


def completions(count: int) -> list[Completion]:
    """Solutions of 3 to 20 steps, a blank line between them."""
    out = []
    for i in range(count):
        steps = [f"Step {k}: {i + k}+{k}={i + 2 * k}." for k in range(3 + (7 * i) % 18)]
        out.append(Completion(index=i, text="\n\n".join([*steps, f"The answer is \\boxed{{{i}}}."])))
    return out


def measured(name: str, folder: str, texts: int, rounds: int) -> dict[str, Any]:
    import torch

    recipe = ZOO[name][0]
    scorer: RewardModelScorer | ProcessRewardScorer
    kind = ProcessRewardScorer if recipe in plain.BY_STEPS else RewardModelScorer
    scorer = kind(model=folder, device="cpu")
    items = [(plain.PROBLEM, c) for c in completions(texts)]
    backend = scorer.reader.backend()
    assert isinstance(backend, LocalModel)
    fed: list[dict[str, Any]] = []
    hook = backend.model.register_forward_pre_hook(lambda _, __, kw: fed.append(kw), with_kwargs=True)
    scores = scorer.score(items)  # also warms up
    hook.remove()
    model, off = plain.Plain(folder), 0.0
    for (_, completion), score in list(zip(items, scores, strict=True))[:4]:
        wanted = getattr(plain, recipe)(model, completion.text)
        given = score.details.get("steps", [score.value])
        off = max(off, *(abs(a - b) for a, b in zip(given, wanted, strict=True)))

    def bare() -> float:
        begun = time.process_time()
        with torch.inference_mode():
            for batch in fed:
                backend.model(**batch)
        return time.process_time() - begun

    def ours() -> float:
        begun = time.process_time()
        scorer.score(items)
        return time.process_time() - begun

    turns = [(bare(), ours()) for _ in range(rounds)]
    return {
        "recipe": recipe,
        "difference": float(f"{off:.1e}"),
        "bare_per_s": round(texts / statistics.median(b for b, _ in turns), 1),
        "scorer_per_s": round(texts / statistics.median(o for _, o in turns), 1),
        "ratio": round(statistics.median(b / o for b, o in turns), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--texts", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    families = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ZOO:
            families[name] = measured(name, make(name, Path(folder)), args.texts, args.rounds)
            print(name, families[name], flush=True)
    machine = facts(("torch", "transformers"))
    result = {"machine": machine, "texts": args.texts, "rounds": args.rounds, "families": families}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
