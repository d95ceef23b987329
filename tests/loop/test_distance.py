"""The measured distance between two policies, against one completion at a time, unbatched and unpadded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from verirs.demo.policy import model_path
from verirs.loop.rounds import read_json
from verirs.loop.steps.distance import DistanceStep, measure
from verirs.loop.steps.step import run_step
from verirs.running import drive as running
from verirs.store import Store


def test_kl_and_entropy_are_those_of_each_completion_alone(tmp_path: Path) -> None:
    engine = {"name": "transformers", "model": str(model_path()), "device": "cpu"}
    source = {"name": "arithmetic", "count": 7, "seed": 3}
    sampling = {"temperature": 1.0, "max_tokens": 40}
    run = running.run(
        {"name": "r", "runs": str(tmp_path), "n": 3, "source": source, "engine": engine, "sampling": sampling}
    )
    tokenizer = AutoTokenizer.from_pretrained(model_path())
    base = AutoModelForCausalLM.from_pretrained(model_path(), dtype=torch.float32).eval()
    moved = AutoModelForCausalLM.from_pretrained(model_path(), dtype=torch.float32).eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in moved.parameters():
            weight.add_(torch.randn_like(weight) * 0.01)
    moved.save_pretrained(tmp_path / "moved")
    tokenizer.save_pretrained(tmp_path / "moved")

    kls, entropies = [], []
    for group in Store.open(run.path).groups():
        for candidate in group.candidates:
            chat = [dict(m) for m in group.problem.prompt]
            prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)
            text = candidate.completion.text
            written = tokenizer(text, add_special_tokens=False)["input_ids"]
            if candidate.completion.finish_reason == "stop":
                written = [*written, tokenizer.eos_token_id]
            ids = torch.tensor([prompt["input_ids"] + written])
            with torch.inference_mode():
                own, other = (m(input_ids=ids).logits[0].log_softmax(-1) for m in (moved, base))
            places = range(len(prompt["input_ids"]) - 1, ids.shape[1] - 1)
            kls.append(sum(float((own[i].exp() * (own[i] - other[i])).sum()) for i in places))
            entropies.append(sum(float(-(own[i].exp() * own[i]).sum()) for i in places))

    step = DistanceStep(policy=str(tmp_path / "moved"), base=str(model_path()), run=str(run.path), out="")
    found = measure(step)
    elsewhere = replace(step, out=str(tmp_path / "distance.json"))
    run_step(elsewhere, tmp_path / "distance", "measuring")
    assert read_json(tmp_path / "distance.json") == found
    assert found["completions"] == 21
    assert sum(kls) / 21 > 0.1, "the two policies differ, or this shows nothing"
    assert found["kl"]["mean"] == pytest.approx(sum(kls) / 21, rel=1e-3)
    assert found["entropy"]["mean"] == pytest.approx(sum(entropies) / 21, rel=1e-3)
