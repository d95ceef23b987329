"""The reward scorer against the bare model: texts a CPU second, same weights, same batch shapes, one process.

The bare side gets ready-made padded tensors and does nothing but the forward pass. The scorer starts from
problems and completions: chat template, tokenizer, sorting, padding, forward, scores. Both run in turns,
several times; the figure is the median ratio. On a GPU wall time is used.

    python benchmarks/reward/throughput.py MODEL [--texts 256] [--batch-size 16] [--rounds 5]

MODEL is a reward model's directory, for example one made by training.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

from verirs.reward.models.local import LocalModel
from verirs.scorers.reward_model import RewardModelScorer
from verirs.system.machine import facts
from verirs.types import Completion, Problem

RESULT = Path(__file__).resolve().parents[1] / "results" / "reward_throughput.json"


def items(count: int) -> list[tuple[Problem, Completion]]:
    """Step-by-step texts of 3 to 20 steps."""
    out = []
    for i in range(count):
        question = (
            f"Ava has {i + 20} apples and buys {i % 7 + 2} boxes with {i % 11 + 3} in each. How many now?"
        )
        steps = " ".join(f"Step {k}: {i + k}+{k}={i + 2 * k}." for k in range(3 + (7 * i) % 18))
        out.append((Problem(prompt=question), Completion(index=i, text=f"{steps} #### {i}")))  # type: ignore[arg-type]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    import torch

    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    scorer = RewardModelScorer(model=args.model, batch_size=args.batch_size)
    work = items(args.texts)
    fed: list[dict[str, Any]] = []
    backend = scorer.reader.backend()
    assert isinstance(backend, LocalModel)
    inner = backend.model
    hook = inner.register_forward_pre_hook(lambda _, __, kwargs: fed.append(kwargs), with_kwargs=True)
    scorer.score(work)  # also warms up
    hook.remove()

    def bare() -> float:
        begun = clock()
        with torch.inference_mode():
            for batch in fed:
                inner(**batch)
        return clock() - begun

    def ours() -> float:
        begun = clock()
        scorer.score(work)
        return clock() - begun

    turns = [(bare(), ours()) for _ in range(args.rounds)]
    ratios = [b / o for b, o in turns]
    result = {
        "machine": facts(("torch", "transformers")),
        "model_parameters": sum(p.numel() for p in inner.parameters()),
        "texts": args.texts,
        "batches": [list(b["input_ids"].shape) for b in fed],
        "bare_per_s": round(args.texts / statistics.median(b for b, _ in turns), 1),
        "scorer_per_s": round(args.texts / statistics.median(o for _, o in turns), 1),
        "ratio_median": round(statistics.median(ratios), 3),
        "ratios": [round(r, 3) for r in ratios],
        "clock": "wall" if torch.cuda.is_available() else "cpu",
    }
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    known[Path(args.model).name] = result
    RESULT.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    print(json.dumps({k: v for k, v in result.items() if k != "batches"}, indent=1))


if __name__ == "__main__":
    main()
