"""TRL's GRPO on the embedded policy with our reward, and beside it with a random one: the held-out pass rate.

    python -m benchmarks.hooks.grpo [--steps 200] [--save]

Every 50 steps 300 held-out problems are answered 4 times each at temperature 1 and judged by the scorer
``math``. Both trainings have the same prompts, seeds and settings; only the reward differs. Needs the
extra ``train``.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, TrainerCallback

from benchmarks.math.environment import about
from verirs.demo.policy import model_path
from verirs.demo.policy.problems import ArithmeticProblems
from verirs.hooks import Grader
from verirs.hooks import trl as hook
from verirs.hooks.rows import read
from verirs.stats.intervals import ratio

EVERY = 50
SAMPLES = 4

Reward = Callable[..., Sequence[float | None]]


def chats(split: str, count: int) -> list[dict[str, Any]]:
    problems = ArithmeticProblems(count=count, seed=0, split=split).problems()
    return [{"prompt": [dict(m) for m in p.prompt], "answer": p.answer} for p in problems]


@torch.no_grad()
def rights(model: Any, tokenizer: Any, grader: Grader, held_out: Sequence[dict[str, Any]]) -> list[int]:
    """How many of each problem's answers are right."""
    was = model.training
    model.eval()
    torch.manual_seed(1)
    right: list[int] = []
    for start in range(0, len(held_out), 100):
        part = [row for row in held_out[start : start + 100] for _ in range(SAMPLES)]
        texts = [
            tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
            for row in part
        ]
        asked = tokenizer(
            texts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False
        )
        asked.pop("token_type_ids", None)
        out = model.generate(**asked, do_sample=True, temperature=1.0, top_k=0, max_new_tokens=64)
        said = tokenizer.batch_decode(out[:, asked["input_ids"].shape[1] :], skip_special_tokens=True)
        rewards = grader.grade(
            [read(t, {"answer": row["answer"]}) for t, row in zip(said, part, strict=True)]
        )
        passed = [r.verdict == "pass" for r in rewards]
        right += [sum(passed[i : i + SAMPLES]) for i in range(0, len(passed), SAMPLES)]
    model.train(was)
    return right


def trained(
    name: str, reward: Reward, steps: int, held_out: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The curve of one training."""
    import datasets
    import trl

    tokenizer = AutoTokenizer.from_pretrained(model_path())
    grader, curve = Grader("math"), []

    class Measure(TrainerCallback):  # type: ignore[misc]
        def _take(self, model: Any, step: int) -> None:
            right = rights(model, tokenizer, grader, held_out)
            found = ratio(right, [SAMPLES] * len(right))
            bounds = [round(found.low, 4), round(found.high, 4)]
            curve.append({"step": step, "pass": round(found.mean, 4), "95%": bounds})
            print(name, curve[-1], flush=True)

        def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            self._take(model, 0)

        def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            if state.global_step % EVERY == 0:
                self._take(model, state.global_step)

    with tempfile.TemporaryDirectory() as folder:
        config = trl.GRPOConfig(
            output_dir=folder,
            max_steps=steps,
            per_device_train_batch_size=128,
            num_generations=8,
            max_completion_length=64,
            learning_rate=1e-4,
            lr_scheduler_type="constant_with_warmup",
            warmup_steps=10,
            beta=0.0,
            temperature=1.0,
            use_cpu=True,
            bf16=False,
            report_to=[],
            save_strategy="no",
            logging_steps=10**6,
            disable_tqdm=True,
            dataloader_pin_memory=False,
            gradient_checkpointing=False,
            seed=0,
        )
        trl.GRPOTrainer(
            model=str(model_path()),
            reward_funcs=reward,
            args=config,
            train_dataset=datasets.Dataset.from_list(chats("train", 4000)),
            processing_class=tokenizer,
            callbacks=[Measure()],
        ).train()
    return curve


def by_chance() -> Reward:
    """A reward of 0 or 1, whatever was said."""
    draw = random.Random(0)

    def chance(completions: Sequence[Any], **_: Any) -> list[float | None]:
        return [float(draw.random() < 0.6) for _ in completions]

    return chance


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    held_out = chats("held-out", 300)
    result = about(steps=options.steps, held_out=len(held_out), samples=SAMPLES, batch=128)
    for name, reward in (("verirs", hook.reward), ("random", by_chance())):
        begun = time.perf_counter()
        curve = trained(name, reward, options.steps, held_out)
        result[name] = {"curve": curve, "seconds": round(time.perf_counter() - begun)}
    print(json.dumps(result, indent=1))
    if options.save:
        path = Path(__file__).parents[1] / "results" / "hooks_grpo.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
