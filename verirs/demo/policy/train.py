"""The script that made the shipped weights: ``python -m verirs.demo.policy.train OUT``.

A Llama of about 0.9 million parameters learns from *faulty* demonstrations: it becomes competent
but, like a real language model, unreliable, so that pass@16 stands far above pass@1 and verified
sampling has something to gain. Two in five examples are bare sums (drills), which teach the
arithmetic itself; without them, or without Muon for the matrices, as many steps end far lower.

Takes about 12 CPU-minutes on one core. OUT holds a usable model from the first few hundred steps on.
Another machine or torch version gives weights of the same quality, not the same bits.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from verirs.demo.policy.problems import LARGEST, ArithmeticProblems, draw
from verirs.demo.policy.sampling import pass_rates, sample
from verirs.demo.policy.steps import Faults, solution
from verirs.demo.policy.tokenizer import ASSISTANT, END, build_tokenizer, chat_prompt

IGNORED = -100
"""The label torch's cross entropy leaves out."""

Example = tuple[list[int], list[int]]
"""Token ids and their labels, equally long."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything the weights depend on besides the code. Heads are 32 wide, the least that vLLM's
    CPU attention takes. ``steps`` lays out data and schedule; training ends early, at ``stop``, to keep it
    short: the shipped weights are that checkpoint, and what the rest would add was not measured."""

    seed: int = 0
    steps: int = 3000
    stop: int = 2000
    batch: int = 32
    learning_rate: float = 2e-3
    warmup_steps: int = 50
    constant_share: float = 0.6
    drill_share: float = 0.4
    faults: Faults = field(default_factory=Faults)
    hidden: int = 128
    layers: int = 4


def drill(rng: random.Random) -> list[tuple[str, str]]:
    """Eight sums like ``("12+30=", "42")``, with operands as in the problems."""
    sums = []
    for op in rng.choices("+-*/", weights=(3, 3, 2, 2), k=8):
        if op == "+":
            x, y = rng.sample((rng.randint(2, 60), rng.randint(2, 120)), 2)
            sums.append((f"{x}+{y}=", str(x + y)))
        elif op == "-":
            x = rng.randint(2, LARGEST // 2)
            y = rng.randint(1, x)
            sums.append((f"{x}-{y}=", str(x - y)))
        elif op == "*":
            x, y = rng.randint(2, 6), rng.randint(2, 20)
            sums.append((f"{x}*{y}=", str(x * y)))
        else:
            x = rng.randint(2, 6)
            y = rng.randint(1, 90 // x)
            sums.append((f"{x * y}/{x}=", str(y)))
    return sums


def examples(tokenizer: Any, recipe: Recipe) -> list[Example]:
    """All training examples. Only what the policy has to find bears loss: solutions and their end,
    and in drills the results (the operands are noise)."""
    rng = random.Random(recipe.seed + 1)
    total = recipe.steps * recipe.batch
    drills = int(total * recipe.drill_share)
    rows: list[list[tuple[str, bool]]] = []  # pieces of text, and whether they bear loss
    for _ in range(total - drills):
        problem = draw(rng, "train")
        written = solution(problem, recipe.faults, rng)
        rows.append([(chat_prompt(problem.question), False), (written + END, True)])
    for _ in range(drills):
        row = [(ASSISTANT, False)]
        for given, result in drill(rng):
            row += [(given, False), (result + ".", True), (" ", False)]
        rows.append(row)
    # pieces begin and end beside a digit or a special token, so they tokenise as the whole would
    ids = iter(tokenizer([text for row in rows for text, _ in row])["input_ids"])
    made: list[Example] = []
    for row in rows:
        pieces = [(next(ids), learnt) for _, learnt in row]
        made.append(
            (
                [t for piece, _ in pieces for t in piece],
                [t if learnt else IGNORED for piece, learnt in pieces for t in piece],
            )
        )
    return made


def batches(rows: list[Example], size: int, pad: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Shuffled batches as model inputs of shape (size, longest), of rows of similar length."""
    import torch

    rows = rows[:]
    rng.shuffle(rows)
    for start in range(0, len(rows), size * 8):
        near = sorted(rows[start : start + size * 8], key=lambda row: len(row[0]))
        groups = [near[i : i + size] for i in range(0, len(near), size)]
        rng.shuffle(groups)
        for group in groups:
            longest = max(len(ids) for ids, _ in group)

            def fill(values: list[int], filler: int, longest: int = longest) -> list[int]:
                return values + [filler] * (longest - len(values))

            yield {
                "input_ids": torch.tensor([fill(ids, pad) for ids, _ in group]),
                "labels": torch.tensor([fill(labels, IGNORED) for _, labels in group]),
                "attention_mask": torch.tensor([fill([1] * len(ids), 0) for ids, _ in group]),
            }


def new_model(tokenizer: Any, recipe: Recipe) -> Any:
    """Freshly initialised weights (float32), embeddings tied."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(recipe.seed)
    heads = recipe.hidden // 32
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=recipe.hidden,
            intermediate_size=recipe.hidden * 3,
            num_hidden_layers=recipe.layers,
            num_attention_heads=heads,
            num_key_value_heads=heads,
            head_dim=32,
            max_position_embeddings=512,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )


def optimizers(model: Any, recipe: Recipe) -> list[Any]:
    """Muon for the hidden matrices, AdamW for embeddings and norms."""
    import torch

    from verirs.demo.policy.muon import Muon

    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    return [
        Muon(matrices, lr=recipe.learning_rate, weight_decay=0.01),
        torch.optim.AdamW(others, lr=recipe.learning_rate, weight_decay=0.0, betas=(0.9, 0.98)),
    ]


def rate_at(step: int, recipe: Recipe) -> float:
    """Warm-up, constant, then linear decay to 2 % of the learning rate."""
    warm = min(1.0, (step + 1) / recipe.warmup_steps)
    left = (recipe.steps - step) / (recipe.steps * (1 - recipe.constant_share))
    return recipe.learning_rate * warm * min(1.0, max(0.02, left))


def save(model: Any, tokenizer: Any, out: Path, recipe: Recipe) -> None:
    """Write the model directory by rename. Weights are stored as bfloat16 (half the size) while the
    config asks for float32, so that loading gives a float32 model everywhere."""
    import torch
    from safetensors.torch import save_file

    new = out.with_name(out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    model.save_pretrained(new)
    tokenizer.save_pretrained(new)
    weights = {
        name: value.to(torch.bfloat16).contiguous()
        for name, value in model.state_dict().items()
        if name != "lm_head.weight"  # tied to the embeddings
    }
    save_file(weights, new / "model.safetensors", metadata={"format": "pt"})
    (new / "model.safetensors").chmod(0o644)  # save_file leaves it to its owner alone
    (new / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n")
    old = out.with_name(out.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def train(out: Path, recipe: Recipe, checkpoint_every: int = 500) -> None:
    """Train as the recipe says and leave the model directory at ``out``."""
    import torch

    tokenizer = build_tokenizer(recipe.seed)
    model = new_model(tokenizer, recipe)
    rows = examples(tokenizer, recipe)
    held_out = list(ArithmeticProblems(count=60, seed=1, split="held-out").problems())
    steppers = optimizers(model, recipe)
    print(
        f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(tokenizer)} tokens, "
        f"{sum(len(ids) for ids, _ in rows) / len(rows):.1f} tokens an example",
        flush=True,
    )
    began = time.process_time()
    for step, batch in enumerate(
        batches(rows, recipe.batch, tokenizer.pad_token_id, random.Random(recipe.seed))
    ):
        model.train()
        for stepper in steppers:
            for group in stepper.param_groups:
                group["lr"] = rate_at(step, recipe)
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for stepper in steppers:
            stepper.step()
            stepper.zero_grad()
        done = step + 1
        if done % 100 == 0:
            print(f"step {done}  loss {loss.item():.4f}  cpu {time.process_time() - began:.0f} s", flush=True)
        last = done == min(recipe.stop, recipe.steps)
        if done % checkpoint_every == 0 or last:
            print(f"  {pass_rates(held_out, sample(model, tokenizer, held_out, 8))} (n 8)", flush=True)
            save(model, tokenizer, out, recipe)
        if last:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the embedded policy from scratch.")
    parser.add_argument("out", type=Path, help="model directory to write")
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    parser.add_argument("--stop", type=int, default=Recipe().stop, help="end at this step")
    args = parser.parse_args()
    train(args.out, Recipe(seed=args.seed, stop=args.stop))


if __name__ == "__main__":
    main()
