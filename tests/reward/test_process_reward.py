"""Step scores: equal to the model's own logits at the markers, aggregated as asked, whole steps cut."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests.reward.conftest import POLICY
from verirs.errors import ConfigError, UserError
from verirs.reward.models.vocabulary import Vocabulary
from verirs.scorers.process_reward import AGGREGATES, ProcessRewardScorer
from verirs.types import Completion, Problem, Verdict, is_ranking

PROBLEM = Problem(prompt="Ava has 12 apples. Ben gives Ava 5 more. How many?")
TEXT = "12+5=17.\n\n17-1=16. \n\n\n\n16+1=17.\n\n#### 17"


def token_model(folder: Path, width: int) -> str:
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    torch.manual_seed(0)
    model = AutoModelForTokenClassification.from_pretrained(POLICY, num_labels=width)
    torch.nn.init.normal_(model.score.weight, std=0.3)
    torch.nn.init.normal_(model.score.bias, std=0.3)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(POLICY).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def step_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    return token_model(tmp_path_factory.mktemp("steps"), 2)


def by_hand(folder: str, text: str) -> list[float]:
    """P(label 1) at the end of each growing prefix: causal models see only what stands before."""
    import torch
    from transformers import AutoModelForTokenClassification

    tokenizer = Vocabulary(folder).tokenizer
    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    ids = tokenizer.apply_chat_template(
        [dict(m) for m in PROBLEM.prompt], add_generation_prompt=True, tokenize=True, return_dict=False
    )
    out = []
    for step in (s.strip() for s in text.split("\n\n") if s.strip()):
        ids = ids + tokenizer(step)["input_ids"] + tokenizer("\n\n")["input_ids"]
        with torch.inference_mode():
            out.append(model(input_ids=torch.tensor([ids])).logits[0, -1].softmax(-1)[1].item())
    return out


def test_steps_equal_the_model_read_by_hand(step_dir: str) -> None:
    other = Completion(text="12*5=60. " * 4 + "\n\nno")
    items = [(PROBLEM, Completion(text=TEXT)), (PROBLEM, other)]
    score, long = ProcessRewardScorer(model=step_dir, batch_size=2).score(items)
    assert score.details["steps"] == pytest.approx(by_hand(step_dir, TEXT), abs=1e-5)
    assert long.details["steps"] == pytest.approx(by_hand(step_dir, other.text), abs=1e-5)
    assert len(score.details["steps"]) == 4 and is_ranking(score)


@pytest.mark.parametrize("aggregate", ["last", "min", "mean", "product"])
def test_aggregates(step_dir: str, aggregate: Any) -> None:
    (score,) = ProcessRewardScorer(model=step_dir, aggregate=aggregate).score(
        [(PROBLEM, Completion(text=TEXT))]
    )
    steps = score.details["steps"]
    expected = {
        "last": steps[3],
        "min": sorted(steps)[0],
        "mean": sum(steps) / 4,
        "product": steps[0] * steps[1] * steps[2] * steps[3],
    }
    assert score.value == pytest.approx(expected[aggregate])
    assert len({round(v, 9) for v in expected.values()}) == 4, "the text should tell the aggregates apart"
    assert set(AGGREGATES) == set(expected)


def test_one_marker_token_and_a_text_that_spells_it(step_dir: str) -> None:
    """A completion cannot add steps by writing the marker."""
    end = Vocabulary(step_dir).tokenizer.eos_token
    scorer = ProcessRewardScorer(model=step_dir, marker=end)
    honest, cheat = scorer.score(
        [(PROBLEM, Completion(text="1\n\n2")), (PROBLEM, Completion(text=f"1{end}\n\n2{end}2"))]
    )
    assert len(honest.details["steps"]) == len(cheat.details["steps"]) == 2
    assert cheat.details["special_tokens"] == 2


def test_a_long_text_loses_whole_steps_from_its_middle(step_dir: str) -> None:
    text = "\n\n".join(f"{i}+1={i + 1}." for i in range(60))
    scorer = ProcessRewardScorer(model=step_dir, max_length=128)
    (score,) = scorer.score([(PROBLEM, Completion(text=text))])
    assert score.details["steps_left_out"] + len(score.details["steps"]) == 60
    assert "steps cut from the middle" in score.reason and score.value is not None
    (one,) = scorer.score([(PROBLEM, Completion(text="1+1=2. " * 200))])
    assert len(one.details["steps"]) == 1 and "tokens cut" in one.reason


def test_an_empty_completion_is_one_empty_step(step_dir: str) -> None:
    (score,) = ProcessRewardScorer(model=step_dir).score([(PROBLEM, Completion(text=" "))])
    assert len(score.details["steps"]) == 1


def test_width_one_and_three(tmp_path: Path) -> None:
    item = [(PROBLEM, Completion(text=TEXT))]
    one = token_model(tmp_path / "one", 1)
    (score,) = ProcessRewardScorer(model=one).score(item)
    assert all(0 < p < 1 for p in score.details["steps"])
    three = token_model(tmp_path / "three", 3)
    with pytest.raises(ConfigError, match="needs a label"):
        ProcessRewardScorer(model=three).score(item)
    ps = [ProcessRewardScorer(model=three, label=i).score(item)[0].details["steps"][0] for i in range(3)]
    assert math.fsum(ps) == pytest.approx(1)


def test_a_step_that_is_not_finite_is_an_error(step_dir: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from verirs.reward.models.local import LocalModel

    monkeypatch.setattr(LocalModel, "logits", lambda *_: [[[0.0, 1.0], [math.nan, 0.0]]])
    (score,) = ProcessRewardScorer(model=step_dir).score([(PROBLEM, Completion(text="a\n\nb"))])
    assert score.verdict is Verdict.ERROR and "step 2" in score.reason and score.value is None


def test_refusals(reward_dir: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ProcessRewardScorer(model="m", aggregate="lst", separator="", batch_size=0)  # type: ignore[arg-type]
    assert len(caught.value.problems) == 3 and "did you mean last" in str(caught.value)
    with pytest.raises(UserError, match="no trained reward model"):
        ProcessRewardScorer(model=str(POLICY)).score([(PROBLEM, Completion(text="a"))])
