"""The step that measures how far a policy has moved from the base policy.

KL(policy || base) of a whole completion is the expected sum, over the completion's tokens, of the
KL between the two next-token distributions, the prefixes being drawn from the policy. Each term is
computed exactly from both models' logits, only the prefixes are sampled: the Rao-Blackwellised
estimator of Amini et al. 2025 (arXiv:2504.10637), unbiased and never below zero. The prefixes are the
round's own held-out completions, so at a temperature other than 1 (or top_p below 1) they come from
another distribution than the policy's, and the figure is that of the policy on those texts.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.loop.rounds import write_json
from verirs.thoughts import whole
from verirs.types import Completion

TOKENS = 4096
"""Tokens that are read at once, padding included: a long text alone, many short ones together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceStep:
    """What to measure.

    Args:
        policy, base: model directories or hub names with the same tokenizer.
        run: the run directory with the policy's completions.
        out: the JSON file to write.
        completions: so many are measured, the first of each problem before any second.
        device_map: ``auto`` spreads the models over all GPUs; empty is the first GPU, or the CPU.
        dtype: of the models on a GPU; on a CPU it is float32, for bfloat16 is slow on most.
        revision: of a base model on the hub.
    """

    policy: str
    base: str
    run: str
    out: str
    completions: int = 256
    device_map: str = ""
    dtype: str = "auto"
    revision: str = ""

    def work(self) -> None:
        """Measure in this process, and write the figures."""
        write_json(Path(self.out), measure(self))


def rows(run: str, count: int) -> Iterator[tuple[tuple[Any, ...], Completion, bool]]:
    """(messages, completion, whether it ended by itself) of ``count`` completions."""
    from verirs.running.config import load, parse
    from verirs.running.plan import prompter
    from verirs.store import Store

    prompts = prompter(parse(load(Path(run) / "config.toml")))

    def all_of() -> Iterable[tuple[int, str, Any, Any]]:
        for group in Store.open(run).groups():
            for c in group.candidates:
                yield c.completion.index, group.problem.id, group.problem, c.completion

    for _, _, problem, completion in heapq.nsmallest(count, all_of(), key=lambda r: r[:2]):
        yield prompts.messages(problem), completion, completion.finish_reason != "length"


def batches(sequences: list[tuple[list[int], list[int]]]) -> Iterator[list[tuple[list[int], list[int]]]]:
    """Sequences of like lengths, the shortest first, that are read at once."""
    part: list[tuple[list[int], list[int]]] = []
    for sequence in sequences:
        width = len(sequence[0]) + len(sequence[1])
        if part and width * (len(part) + 1) > TOKENS:
            yield part
            part = []
        part.append(sequence)
    if part:
        yield part


@contextlib.contextmanager
def threads_for(model: Any) -> Iterator[None]:
    """One thread while a small model runs on a CPU."""
    import torch

    from verirs.engines.models import is_small

    if torch.cuda.is_available() or not is_small(model):
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def measure(step: DistanceStep) -> dict[str, Any]:
    """Means over completions with bootstrap intervals: KL and entropy in nats, lengths in tokens."""
    import numpy as np
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    from verirs.engines.models import ChatTokenizer, locate
    from verirs.stats import bootstrap

    device = "cuda" if torch.cuda.is_available() else "cpu"
    chat = ChatTokenizer(locate(step.policy))
    tokenizer = chat.tokenizer
    sequences = []
    for messages, completion, ended in rows(step.run, step.completions):
        asked = chat.prompt(messages)
        prompt = list(asked.ids)
        text = whole(completion).removeprefix(asked.opened)
        written = tokenizer(text, add_special_tokens=False)["input_ids"]
        if ended and tokenizer.eos_token_id is not None:
            written = [*written, tokenizer.eos_token_id]
        if written:
            sequences.append((prompt, written))
    sequences.sort(key=lambda s: len(s[0]) + len(s[1]))
    logging.disable_progress_bar()
    dtype = step.dtype if device == "cuda" else torch.float32

    def load(name: str) -> Any:
        revision = step.revision if name == step.base and step.revision else None
        more = {"device_map": step.device_map} if step.device_map else {}
        model = AutoModelForCausalLM.from_pretrained(name, revision=revision, dtype=dtype, **more)
        return (model if step.device_map else model.to(device)).eval()

    names = [step.policy] if step.policy == step.base else [step.policy, step.base]
    models = [load(name) for name in names]
    table = []
    with torch.inference_mode(), threads_for(models[0]):
        for part in batches(sequences):
            width = max(len(p) + len(w) for p, w in part)
            ids = torch.zeros(len(part), width, dtype=torch.long, device=device)
            mask = torch.zeros_like(ids)
            for i, (prompt, written) in enumerate(part):
                ids[i, : len(prompt) + len(written)] = torch.tensor(prompt + written)
                mask[i, : len(prompt) + len(written)] = 1
            # the prompts' logits are as large as the vocabulary and of no use
            first = min(len(p) for p, _ in part) - 1
            keep = torch.arange(first, width, device=device)
            logits = [m(input_ids=ids, attention_mask=mask, logits_to_keep=keep).logits for m in models]
            for i, (prompt, written) in enumerate(part):
                # the logits at a position are those of the next token
                start_at = len(prompt) - 1 - first
                span = slice(start_at, start_at + len(written))
                own, other = (x[i, span].float().log_softmax(-1) for x in (logits[0], logits[-1]))
                chances = own.exp()
                kl = float((chances * (own - other)).sum())
                entropy = float(-(chances * own).sum())
                table.append([max(0.0, kl), entropy, float(len(written))])
    del models
    if device == "cuda":
        torch.cuda.empty_cache()
    intervals = bootstrap(np.array(table).reshape(-1, 3), bounds=None)
    columns = ("kl", "entropy", "length")
    return {
        "completions": len(table),
        **{
            name: {"mean": round(i.mean, 5), "low": round(i.low, 5), "high": round(i.high, 5)}
            for name, i in zip(columns, intervals, strict=True)
        },
    }
