"""Step scores as a view of all steps, windows over long texts, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.reward.conftest import POLICY
from tests.reward.zoo import make
from verirs.errors import ConfigError, UserError
from verirs.reward.models.local import LocalModel
from verirs.scorers.process_reward import AGGREGATES, ProcessRewardScorer
from verirs.types import Completion, Problem, Score, Verdict, is_ranking

PROBLEM = Problem(prompt="Ava has 12 apples. Ben gives Ava 5 more. How many?")
TEXT = "12+5=17.\n\n17-1=16. \n\n\n\n16+1=17.\n\n#### 17"


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make("qwen2.5-math-prm-7b", tmp_path_factory.mktemp("prm"))


def steps_of(score: Score) -> list[float]:
    return list(score.details["steps"])


@pytest.mark.parametrize("aggregate", ["last", "min", "mean", "product"])
def test_aggregates(marked: str, aggregate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ProcessRewardScorer(model=marked, aggregate="min")
    (score,) = first.score([(PROBLEM, Completion(text=TEXT))])
    assert is_ranking(score) and score.value == min(steps_of(score))
    steps = [0.9, 0.2, 0.7, 0.8]
    score = replace(score, details={**score.details, "steps": steps})
    expected = {
        "last": steps[3],
        "min": sorted(steps)[0],
        "mean": sum(steps) / 4,
        "product": steps[0] * steps[1] * steps[2] * steps[3],
    }
    monkeypatch.setattr(LocalModel, "logits", lambda *_: pytest.fail("another aggregate costs no model"))
    other = ProcessRewardScorer(model=marked, aggregate=aggregate)
    anew = other.again(score)
    assert (
        anew is not None
        and anew.value == pytest.approx(expected[aggregate])
        and anew.version == other.version
    )
    assert len({round(v, 9) for v in expected.values()}) == 4, "the text should tell the aggregates apart"
    assert set(AGGREGATES) == set(expected)


def test_an_earlier_score_counts_only_if_it_was_read_in_the_same_way(marked: str) -> None:
    scorer = ProcessRewardScorer(model=marked)
    (score,) = scorer.score([(PROBLEM, Completion(text=TEXT))])
    others: tuple[dict[str, Any], ...] = (
        {"max_length": 99},
        {"thought": "keep"},
        {"override": {"separator": "\n"}},
    )
    for other in others:
        assert ProcessRewardScorer(model=marked, **other).again(score) is None
    assert ProcessRewardScorer(model=marked, batch_tokens=99, device="cpu").again(score) is not None
    assert scorer.again(replace(score, value=None, verdict=Verdict.ERROR)) is None


def test_a_text_that_spells_the_marker_adds_no_step(marked: str) -> None:
    honest, cheat = ProcessRewardScorer(model=marked).score(
        [(PROBLEM, Completion(text="1\n\n2")), (PROBLEM, Completion(text="1<extra_0>\n\n2<extra_0>2"))]
    )
    assert len(steps_of(honest)) == len(steps_of(cheat)) == 2
    assert cheat.details["special_tokens"] == 2


@pytest.mark.parametrize("name", ["qwen2.5-math-prm-7b", "Llama3.1-8B-PRM-Deepseek-Data", "trl-prm"])
def test_a_long_text_is_read_in_windows_and_no_step_is_left_out(name: str, tmp_path: Path) -> None:
    folder = make(name, tmp_path)
    text = "\n\n".join(f"{i}+1={i + 1}. " + "So it is. " * (i % 4) for i in range(60))
    short = ProcessRewardScorer(model=folder, max_length=512)
    (score,) = short.score([(PROBLEM, Completion(text=text))])
    (whole,) = ProcessRewardScorer(model=folder).score([(PROBLEM, Completion(text=text))])
    assert len(steps_of(score)) == len(steps_of(whole)) == 60
    assert score.details["windows"] > 1 and "windows" in score.reason and "windows" not in whole.details
    rows = short.reader.look().encoder.windows(PROBLEM, text)
    assert not isinstance(rows, str) and max(len(r.ids) for r in rows) <= 512
    first = len(rows[0].places)
    assert steps_of(score)[:first] == pytest.approx(steps_of(whole)[:first], abs=1e-6)


def test_a_step_or_a_question_longer_than_the_model_reads_is_an_error(marked: str) -> None:
    long = "1+1=2. " * 200
    scorer = ProcessRewardScorer(model=marked, max_length=256)
    step, question = scorer.score(
        [(PROBLEM, Completion(text=f"a\n\n{long}\n\nb")), (Problem(prompt=long), Completion(text="a\n\nb"))]
    )
    assert step.verdict is Verdict.ERROR and "step 2 is longer" in step.reason
    assert question.verdict is Verdict.ERROR and "the question alone" in question.reason


def test_only_what_follows_the_thought_is_read_unless_asked_for(marked: str) -> None:
    scorer = ProcessRewardScorer(model=marked)
    thought, plain, endless = scorer.score(
        [
            (PROBLEM, Completion(text="<think>a\n\nb\n\nc</think>\n\n1\n\n2")),
            (PROBLEM, Completion(text="1\n\n2")),
            (PROBLEM, Completion(text="<think>a\n\nb")),
        ]
    )
    assert steps_of(thought) == pytest.approx(steps_of(plain), abs=1e-6)
    assert endless.verdict is Verdict.ERROR and "cut off" in endless.reason
    (kept,) = ProcessRewardScorer(model=marked, thought="keep").score(
        [(PROBLEM, Completion(text="1\n\n2", reasoning="a\n\nb"))]
    )
    assert len(steps_of(kept)) == 3


def test_an_empty_completion_is_one_empty_step(marked: str) -> None:
    (score,) = ProcessRewardScorer(model=marked).score([(PROBLEM, Completion(text=" "))])
    assert len(steps_of(score)) == 1


def test_a_step_that_is_not_finite_is_an_error(marked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalModel, "logits", lambda *_: [[[0.0, 1.0], [math.nan, 0.0]]])
    (score,) = ProcessRewardScorer(model=marked).score([(PROBLEM, Completion(text="a\n\nb"))])
    assert score.verdict is Verdict.ERROR and "step 2" in score.reason and score.value is None


REFUSED: list[tuple[Callable[[], ProcessRewardScorer], str]] = [
    (lambda: ProcessRewardScorer(model=str(POLICY)), "without a reward head"),
    (
        lambda: ProcessRewardScorer(model=str(POLICY), recipe="qwen_math_prm"),
        "no token '<extra_0>'|lack score.0",
    ),
    (lambda: ProcessRewardScorer(model="m", recipe="qwen_prm"), "did you mean qwen_math_prm"),
    (
        lambda: ProcessRewardScorer(model="m", recipe="trl_prm", override={"seperator": "x"}),
        "did you mean separator",
    ),
    (
        lambda: ProcessRewardScorer(model="m", recipe="trl_prm", override={"separator": ""}),
        "needs a separator",
    ),
    (lambda: ProcessRewardScorer(model="m", recipe="trl_prm", override={"read": "max"}), "is one of logit"),
]


@pytest.mark.parametrize(("ask", "words"), REFUSED)
def test_refusals_name_what_is_wrong(ask: Callable[[], ProcessRewardScorer], words: str) -> None:
    with pytest.raises(UserError, match=words):
        ask().prove()


def test_mistakes_are_listed_together() -> None:
    with pytest.raises(ConfigError) as caught:
        ProcessRewardScorer(model="m", aggregate="lst", server="vlm", batch_size=0)  # type: ignore[arg-type]
    assert len(caught.value.problems) == 3 and "did you mean last" in str(caught.value)
