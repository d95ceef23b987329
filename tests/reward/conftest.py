"""Small real models made from the embedded policy's backbone, and toy problems to score with them."""

from __future__ import annotations

from pathlib import Path

import pytest

import verirs.demo.policy
from verirs.reward.models.encode import Encoder
from verirs.reward.models.reader import Reader, Settings
from verirs.types import Completion, Problem

POLICY = verirs.demo.policy.model_path()

QUESTIONS = (
    "Ava has 12 apples. Ben gives Ava 5 more. How many apples does Ava have now?",
    "Cara buys 3 boxes with 7 pens in each box. How many pens is that?",
    "Dan had 30 coins and sold 11 of them. How many coins are left?",
)
TEXTS = (
    "12+5=17. #### 17",
    "12+5=18. #### 18",
    "3*7=21. 21-1=20. 20+1=21. #### 21",
    "30-11=19.",
    "x",
    "30-11=19. " * 6 + "#### 19",
)


@pytest.fixture(scope="session")
def items() -> list[tuple[Problem, Completion]]:
    return [
        (Problem(prompt=question), Completion(index=i, text=text))
        for question in QUESTIONS
        for i, text in enumerate(TEXTS)
    ]


def classifier(folder: Path, width: int = 1, seed: int = 3, **config: object) -> str:
    """A sequence classifier with the policy's body and a random head, saved with its tokenizer."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(seed)
    model = AutoModelForSequenceClassification.from_pretrained(POLICY, num_labels=width)
    torch.nn.init.normal_(model.score.weight, std=0.5)
    if width == 1:  # across what all texts have in common, so that numbers of both signs come out
        tokenizer = AutoTokenizer.from_pretrained(POLICY)
        with torch.no_grad():
            states = []
            for text in TEXTS:
                chat = [{"role": "user", "content": QUESTIONS[0]}, {"role": "assistant", "content": text}]
                ids = tokenizer.apply_chat_template(
                    chat, tokenize=True, return_tensors="pt", return_dict=True
                )
                states.append(model.model(**ids).last_hidden_state)
            common = torch.stack([state[0, -1] for state in states]).mean(0)
            model.score.weight -= (model.score.weight @ common)[:, None] * common / common.dot(common)
    for key, value in config.items():
        setattr(model.config, key, value)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(POLICY).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def reward_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    return classifier(tmp_path_factory.mktemp("reward"))


@pytest.fixture(scope="session")
def reference(reward_dir: str, items: list[tuple[Problem, Completion]]) -> list[float]:
    """Each item on its own through transformers' plain calls: no padding, no batching of ours."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(reward_dir)
    model = AutoModelForSequenceClassification.from_pretrained(reward_dir).eval()
    out = []
    for problem, completion in items:
        chat = [*map(dict, problem.prompt), {"role": "assistant", "content": completion.text}]
        ids = tokenizer.apply_chat_template(chat, tokenize=True, return_tensors="pt", return_dict=True)
        with torch.inference_mode():
            out.append(model(**ids).logits.item())
    return out


def encoder_of(folder: str, max_length: int = 0) -> Encoder:
    """How the scorer lays out the texts of a model."""
    return (
        Reader(Settings(scorer="reward_model", model=folder, max_length=max_length), by_steps=False)
        .look()
        .encoder
    )
