"""Plain batched sampling from the policy and its pass rates, for training it and testing it.

Runs sample through an engine; this is what remains when everything but torch is taken away. One
seed fixes a whole call, not each sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verirs.demo.policy.steps import final_answer, step_faults
from verirs.demo.policy.tokenizer import chat_prompt
from verirs.types import Problem

MAX_NEW_TOKENS = 64
"""The longest right solution has about 40 tokens."""


def question(problem: Problem) -> str:
    return problem.prompt[-1]["content"]


def sample(
    model: Any,
    tokenizer: Any,
    problems: Sequence[Problem],
    n: int,
    *,
    temperature: float = 1.0,
    seed: int = 0,
    batch: int = 512,
) -> list[list[str]]:
    """``n`` completions of each problem, in the problems' order.

    Problems are batched by prompt length, so that little is padded.
    """
    import torch

    prompts = tokenizer([chat_prompt(question(p)) for p in problems])["input_ids"]
    order = sorted(range(len(problems)), key=lambda i: len(prompts[i]))
    todo = [i for i in order for _ in range(n)]
    texts: list[list[str]] = [[] for _ in problems]
    model.eval()
    with torch.inference_mode(), torch.random.fork_rng():
        torch.manual_seed(seed)
        for start in range(0, len(todo), batch):
            rows = todo[start : start + batch]
            inputs = tokenizer.pad({"input_ids": [prompts[i] for i in rows]}, return_tensors="pt")
            output = model.generate(
                **inputs,
                do_sample=True,
                temperature=temperature,
                top_k=0,
                top_p=1.0,
                max_new_tokens=MAX_NEW_TOKENS,
            )
            written = output[:, inputs["input_ids"].shape[1] :]
            for i, text in zip(rows, tokenizer.batch_decode(written, skip_special_tokens=True), strict=True):
                texts[i].append(text)
    return texts


@dataclass(frozen=True, slots=True)
class PassRates:
    """Shares over problems: ``one`` is the mean share of right samples, ``any_of_n`` of problems
    with at least one right sample, ``majority`` of problems whose commonest final answer is right
    (the first seen of equals). ``right_by_wrong_steps`` counts samples."""

    one: float
    any_of_n: float
    majority: float
    right_by_wrong_steps: int
    per_problem: tuple[float, ...]

    def __str__(self) -> str:
        return (
            f"pass@1 {self.one:.3f}  any of n {self.any_of_n:.3f}  majority {self.majority:.3f}  "
            f"right by wrong steps {self.right_by_wrong_steps}"
        )


def pass_rates(problems: Sequence[Problem], texts: Sequence[Sequence[str]]) -> PassRates:
    """Judge samples by their closing ``#### N`` alone (the ``math`` scorer is more lenient)."""
    shares, majority, odd = [], 0, 0
    for problem, samples in zip(problems, texts, strict=True):
        answers = [final_answer(text) for text in samples]
        right = [answer == problem.answer for answer in answers]
        shares.append(sum(right) / len(right))
        stated = Counter(a for a in answers if a is not None).most_common(1)
        majority += bool(stated) and stated[0][0] == problem.answer
        odd += sum(ok and bool(step_faults(text)) for ok, text in zip(right, samples, strict=True))
    count = len(problems)
    return PassRates(
        one=sum(shares) / count,
        any_of_n=sum(share > 0 for share in shares) / count,
        majority=majority / count,
        right_by_wrong_steps=odd,
        per_problem=tuple(shares),
    )
