"""Every family of reward models, random weights: `auto` finds its recipe, and the numbers are those of a
plain computation as its authors describe it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.reward.zoo import ZOO, make
from verirs.scorers.process_reward import ProcessRewardScorer
from verirs.scorers.reward_model import RewardModelScorer
from verirs.types import Completion, Problem

QUESTION = "Ava has 12 apples. Ben gives Ava 5 more. How many apples does Ava have now?"
ANSWER = "Ava starts with 12.\n\n12+5=17.\n\nThe answer is \\boxed{17}."
OTHER = "12*5=60. " * 8 + "\n\nno"
PROBLEM = Problem(prompt=QUESTION)
BOXED = "Please reason step by step, and put your final answer within \\boxed{}."
BY_STEPS = {"qwen_math_prm", "skywork_o1_prm", "math_shepherd", "rlhflow_prm", "trl_prm", "marker_prm"}


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    made: dict[str, str] = {}
    parent = tmp_path_factory.mktemp("zoo")

    def get(name: str) -> str:
        if name not in made:
            made[name] = make(name, parent)
        return made[name]

    return get


class Plain:
    """The model's parts as transformers gives them, and its head's weights as they lie in the file."""

    def __init__(self, folder: str) -> None:
        import torch
        from safetensors.torch import load_file
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        self.torch, self.tokenizer = torch, AutoTokenizer.from_pretrained(folder)
        self.weights = load_file(f"{folder}/model.safetensors")
        body = AutoModel.from_config(AutoConfig.from_pretrained(folder)).eval()
        body.load_state_dict(
            {k.removeprefix("model."): v for k, v in self.weights.items() if k.startswith("model.")}
        )
        self.body = body

    def hidden(self, ids: list[int]) -> Any:
        with self.torch.inference_mode():
            return self.body(input_ids=self.torch.tensor([ids])).last_hidden_state[0]

    def linear(self, hidden: Any, name: str) -> Any:
        out = hidden @ self.weights[f"{name}.weight"].T
        return out + self.weights[f"{name}.bias"] if f"{name}.bias" in self.weights else out

    def chat(self, answer: str, system: str = "", **options: Any) -> list[int]:
        messages = [{"role": "system", "content": system}] if system else []
        messages += [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": answer}]
        text = self.tokenizer.apply_chat_template(messages, tokenize=False, **options)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def encode(self, text: str, special: bool = False) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=special)["input_ids"])

    def word(self, text: str) -> int:
        return self.encode(text)[-1]


def last(model: Plain, ids: list[int]) -> list[int]:
    """Without the padding token at the end, as transformers' sequence heads read."""
    while ids[-1] == model.body.config.pad_token_id:
        ids = ids[:-1]
    return ids


def class_head(model: Plain, answer: str) -> list[float]:
    return [model.linear(model.hidden(last(model, model.chat(answer)))[-1], "score").item()]


def class_head_text(model: Plain, answer: str) -> list[float]:
    ids = model.encode(f"{QUESTION}\n\n{answer}{model.tokenizer.eos_token}", special=True)
    return [model.linear(model.hidden(ids)[-1], "score").item()]


def two_layers(model: Plain, hidden: Any) -> Any:
    name = "score" if "score.0.weight" in model.weights else "v_head.summary"
    return model.linear(model.torch.relu(model.linear(hidden, f"{name}.0")), f"{name}.2")


def two_layer_head(model: Plain, answer: str) -> list[float]:
    return [two_layers(model, model.hidden(last(model, model.chat(answer)))[-1]).item()]


def qwen_math_rm(model: Plain, answer: str) -> list[float]:
    return [two_layers(model, model.hidden(last(model, model.chat(answer, BOXED)))[-1]).item()]


def steps(answer: str) -> list[str]:
    return answer.split("\n\n")


def qwen_math_prm(model: Plain, answer: str) -> list[float]:
    ids = model.chat("<extra_0>".join(steps(answer)) + "<extra_0>", BOXED)
    shares = two_layers(model, model.hidden(ids)).softmax(-1)[:, 1]
    marker = model.tokenizer.convert_tokens_to_ids("<extra_0>")
    return [shares[i].item() for i, token in enumerate(ids) if token == marker]


def skywork_o1_prm(model: Plain, answer: str) -> list[float]:
    newline = model.encode("\n")[-1]
    ids, places = model.encode(model.tokenizer.bos_token + QUESTION + "\n"), []
    for step in answer.split("\n"):
        ids += (model.encode(step) if step else []) + [newline]
        places.append(len(ids) - 1)
    values = model.torch.sigmoid(model.linear(model.hidden(ids), "v_head.summary"))
    return [values[i, 0].item() for i in places]


def words(model: Plain, hidden: Any) -> Any:
    logits = hidden @ model.weights["lm_head.weight"].T
    return logits[..., [model.word("+"), model.word("-")]].softmax(-1)[..., 0]


def math_shepherd(model: Plain, answer: str) -> list[float]:
    text, tag = f"{QUESTION} ", "\u043a\u0438"
    places = []
    for number, step in enumerate(line for line in answer.split("\n") if line.strip()):
        text += ("\n" if number else "") + step + f" {tag}"
        places.append(len(model.encode(text, special=True)) - 1)
    shares = words(model, model.hidden(model.encode(text, special=True)))
    return [shares[i].item() for i in places]


def rlhflow_prm(model: Plain, answer: str) -> list[float]:
    """As its authors' script: one call a step, the logits at the third token from the end."""
    out, conversation = [], []
    for number, step in enumerate(steps(answer)):
        said = f"{QUESTION} {step}" if number == 0 else step
        conversation += [{"role": "user", "content": said}, {"role": "assistant", "content": "+"}]
        text = model.tokenizer.apply_chat_template(conversation, tokenize=False)
        out.append(words(model, model.hidden(model.encode(text))[-3]).item())
    return out


def trl_prm(model: Plain, answer: str) -> list[float]:
    ids, places = [model.tokenizer.bos_token_id, *model.encode(QUESTION)], []
    for step in steps(answer):
        ids += model.encode(step) + model.encode("\n")
        places.append(len(ids) - 1)
    shares = model.linear(model.hidden(ids), "score").softmax(-1)[:, 1]
    return [shares[i].item() for i in places]


def marker_prm(model: Plain, answer: str) -> list[float]:
    ids = model.chat("<extra_0>".join(steps(answer)) + "<extra_0>")
    shares = model.linear(model.hidden(ids), "score").softmax(-1)[:, 1]
    marker = model.tokenizer.convert_tokens_to_ids("<extra_0>")
    return [shares[i].item() for i, token in enumerate(ids) if token == marker]


def value_head(model: Plain, answer: str) -> list[float]:
    return [model.linear(model.hidden(last(model, model.chat(answer)))[-1], "v_head.summary").item()]


def openrlhf(model: Plain, answer: str) -> list[float]:
    return [model.linear(model.hidden(last(model, model.chat(answer)))[-1], "value_head").item()]


def eurus_rm(model: Plain, answer: str) -> list[float]:
    ids = model.encode(f"[INST] {QUESTION} [/INST] {answer}", special=True)
    return [model.linear(model.hidden(ids)[-1], "regression_head").item()]


def armorm(model: Plain, answer: str) -> list[float]:
    ids = model.chat(answer)
    pattern = model.encode("<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")
    at = max(i for i in range(len(ids)) if ids[i : i + len(pattern)] == pattern)
    hidden = model.hidden(ids)
    gate = hidden[at]
    for number in range(3):
        gate = model.linear(gate, f"gating.layers.{number}")
        gate = gate.relu() if number < 2 else gate
    gate = (gate / 10).softmax(-1) * model.weights["gating.logit_scale"]
    rewards = model.linear(hidden[-1], "regression_layer") @ model.weights["reward_transform_matrix"]
    return [(gate * rewards).sum().item()]


def nemotron_logit(model: Plain, answer: str) -> list[float]:
    """The logit of token 0 at the first generated position."""
    hidden = model.hidden(model.chat(answer, add_generation_prompt=True))[-1]
    return [(hidden @ model.weights["lm_head.weight"].T)[0].item()]


@pytest.mark.parametrize("name", ZOO)
def test_auto_finds_the_recipe_and_gives_the_plain_numbers(name: str, zoo: Callable[[str], str]) -> None:
    recipe, folder = ZOO[name][0], zoo(name)
    items = [(PROBLEM, Completion(index=i, text=text)) for i, text in enumerate((ANSWER, OTHER))]
    scorer: RewardModelScorer | ProcessRewardScorer
    if recipe in BY_STEPS:
        scorer = ProcessRewardScorer(model=folder, device="cpu")
        given = [s.details.get("steps", s.reason) for s in scorer.score(items)]
    else:
        scorer = RewardModelScorer(model=folder, device="cpu")
        given = [[s.value if s.value is not None else s.reason] for s in scorer.score(items)]
    assert scorer.reader.look().recipe.name == recipe
    plain = Plain(folder)
    for (_, completion), numbers in zip(items, given, strict=True):
        wanted = globals()[recipe](plain, completion.text)
        assert numbers == pytest.approx(wanted, abs=2e-6), "up to rounding in float32"
