"""The shipped weights: a real model that is competent, unreliable, and read the same way everywhere."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from verirs import grade
from verirs.demo.policy import model_path
from verirs.demo.policy.problems import ArithmeticProblems, draw
from verirs.demo.policy.sampling import pass_rates, sample
from verirs.demo.policy.steps import Faults, solution
from verirs.demo.policy.tokenizer import END, build_tokenizer, chat_prompt
from verirs.demo.policy.train import IGNORED, Recipe, examples, train

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return transformers.AutoTokenizer.from_pretrained(model_path())


@pytest.fixture(scope="module")
def model() -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(model_path())


def test_it_is_small_and_loads_as_float32(model: Any) -> None:
    assert sum(p.numel() for p in model.parameters()) < 1_000_000
    assert sum(f.stat().st_size for f in model_path().iterdir()) < 2_500_000
    assert model.dtype == torch.float32
    assert model.config.head_dim == 32


def test_any_text_round_trips_and_digits_stand_alone(tokenizer: Any) -> None:
    rng = random.Random(2)
    texts = [draw(rng, "held-out").question for _ in range(200)]
    texts += ["  two  spaces\n\ttabs ", "naïve 数学 🙂 \x00", "1234567890", "x<y && y>z", ""]
    for text in texts:
        ids = tokenizer(text)["input_ids"]
        assert tokenizer.decode(ids) == text
        assert all(
            len(tokenizer.decode([i])) == 1 for i in ids if any(c.isdigit() for c in tokenizer.decode([i]))
        )


def test_the_tokenizer_is_the_one_the_script_builds(tokenizer: Any) -> None:
    built = build_tokenizer(seed=json.loads((model_path() / "recipe.json").read_text())["seed"])
    assert built.get_vocab() == tokenizer.get_vocab()
    assert built.chat_template == tokenizer.chat_template


def test_training_text_is_what_the_chat_template_renders(tokenizer: Any) -> None:
    rng = random.Random(3)
    for _ in range(100):
        problem = draw(rng, "train")
        written = solution(problem, Faults(), rng)
        user = {"role": "user", "content": problem.question}
        chat = [user, {"role": "assistant", "content": written}]
        prompt = tokenizer.apply_chat_template([user], tokenize=False, add_generation_prompt=True)
        whole = tokenizer.apply_chat_template(chat, tokenize=False)
        assert prompt == chat_prompt(problem.question)
        assert whole == prompt + written + END
        # as tokens, too: the prompt is a prefix of the whole, as completion-only losses assume
        given = tokenizer(prompt)["input_ids"]
        assert tokenizer(whole)["input_ids"] == given + tokenizer(written + END)["input_ids"]
        assert (
            tokenizer.apply_chat_template(chat, return_dict=True)["input_ids"]
            == tokenizer(whole)["input_ids"]
        )
    assert (
        tokenizer.apply_chat_template([user], tokenize=False)
        == chat_prompt(problem.question)[: -len("<|assistant|>")]
    )


def test_examples_tokenise_in_pieces_as_in_one(tokenizer: Any) -> None:
    rows = examples(tokenizer, Recipe(steps=8, batch=32))
    assert len(rows) == 256
    for ids, labels in rows:
        assert tokenizer(tokenizer.decode(ids))["input_ids"] == ids
        learnt = [label for label in labels if label != IGNORED]
        assert learnt and all(label in (IGNORED, i) for i, label in zip(ids, labels, strict=True))
        if ids[0] == tokenizer.convert_tokens_to_ids("<|user|>"):  # solutions are learnt with their end
            assert learnt[-1] == tokenizer.eos_token_id
            assert "?" not in tokenizer.decode(learnt)


def test_it_is_competent_but_unreliable(model: Any, tokenizer: Any) -> None:
    problems = list(ArithmeticProblems(count=60, seed=7, split="held-out").problems())
    texts = sample(model, tokenizer, problems, 8)
    rates = pass_rates(problems, texts)
    assert 0.40 < rates.one < 0.62  # 0.48 to 0.52 on larger sets when it was made
    assert rates.any_of_n > rates.one + 0.25
    assert rates.any_of_n >= 0.90
    # one text, two judges: the math scorer reads the same answers
    for problem, samples in list(zip(problems, texts, strict=True))[:20]:
        for text in samples:
            if text.rstrip().endswith(f"#### {problem.answer}"):
                assert grade("math", answer=problem.answer or "", text=text).passed


def test_a_short_training_learns_and_leaves_a_loadable_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model"
    train(out, Recipe(steps=30, batch=8, hidden=32, layers=1), checkpoint_every=30)
    loaded = transformers.AutoModelForCausalLM.from_pretrained(out)
    assert loaded.dtype == torch.float32
    assert json.loads((out / "recipe.json").read_text())["steps"] == 30
    assert not [p.name for p in tmp_path.iterdir() if p != out]  # nothing half-written beside it
    rows = examples(transformers.AutoTokenizer.from_pretrained(out), Recipe(seed=5, steps=4, batch=8))
    fresh = transformers.LlamaForCausalLM(loaded.config)
    losses = []
    for net in (fresh, loaded):
        with torch.inference_mode():
            losses.append(
                sum(
                    net(input_ids=torch.tensor([ids]), labels=torch.tensor([labels])).loss.item()
                    for ids, labels in rows
                )
            )
    assert losses[1] < losses[0] * 0.95
