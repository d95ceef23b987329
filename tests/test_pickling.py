"""Scorers pickle by their configuration: what arrives in another process works and has the same version."""

from __future__ import annotations

import copy
import functools
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.reward.conftest import classifier
from verirs.demo.policy import model_path
from verirs.parts.function import FunctionScorer
from verirs.parts.pickling import ByArguments
from verirs.protocols import Scorer
from verirs.scorers.agreement import AgreementScorer
from verirs.scorers.code import CodeScorer
from verirs.scorers.format import FormatScorer
from verirs.scorers.judge import JudgeScorer
from verirs.scorers.math import MathScorer
from verirs.scorers.process_reward import ProcessRewardScorer
from verirs.scorers.quality import QualityScorer
from verirs.scorers.reward_model import RewardModelScorer
from verirs.scorers.verifier import VerifierScorer
from verirs.types import Completion, Problem

PROBLEM = Problem(
    prompt="Write add.",
    answer="1/2",
    tests="assert add(1, 2) == 3",
    entry_point="add",
    meta={"time_limit": 5},
)
TEXTS = [r"\boxed{0.5}", r"\boxed{50\%}", "def add(a, b):\n    return a + b", "word " * 30]


def shorter(problem: Problem, completion: Completion, than: int = 10) -> bool:
    return len(completion.text) < than


MAKERS: dict[str, Callable[[Path], Scorer]] = {
    "math": lambda _: MathScorer(percent="strict", timeout=2.0),
    "code": lambda _: CodeScorer(timeout=3, workers=1),
    "agreement": lambda _: AgreementScorer(inputs=5, workers=1),
    "format": lambda _: FormatScorer(["word"], single=["def"]),
    "quality": lambda _: QualityScorer(),
    "function": lambda _: FunctionScorer(shorter),
    "function with options": lambda _: FunctionScorer(functools.partial(shorter, than=40), name="m:short"),
    "judge": lambda _: JudgeScorer(engine="fake", votes=3, engine_options={"latency": 0.0}),
    "verifier": lambda _: VerifierScorer(engine="fake", form="xverify", engine_options={"latency": 0.0}),
    "reward_model": lambda folder: RewardModelScorer(model=classifier(folder), device="cpu", batch_size=2),
    "process_reward": lambda _: ProcessRewardScorer(
        model=str(model_path()), override={"separator": ". "}, aggregate="mean"
    ),
}


def judged(scorer: Any) -> tuple[str, str, list[Any]]:
    """Name, version and scores: what must not depend on the process."""
    try:
        if scorer.name == "process_reward":  # its model here has no head: the configuration is what counts
            return scorer.name, scorer.version, [scorer.aggregate, repr(scorer.settings)]
        items = [(PROBLEM, Completion(index=i, text=text)) for i, text in enumerate(TEXTS)]
        scores = scorer.score(items)
        return scorer.name, scorer.version, [(s.verdict, s.value, s.answer) for s in scores]
    finally:
        scorer.close()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_scorer_works_in_a_process_that_was_started_anew(kind: str, tmp_path: Path) -> None:
    scorer = MAKERS[kind](tmp_path)
    here = judged(scorer)
    used = pickle.dumps(scorer)  # after use too: what it holds stays here
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(judged, pickle.loads(used)).result(timeout=240) == here


def test_a_copy_is_a_scorer_of_its_own() -> None:
    scorer = MathScorer(order="fixed")
    for other in (copy.copy(scorer), copy.deepcopy(scorer)):
        assert other.conventions == scorer.conventions and other._workers is not scorer._workers


def test_a_class_made_from_one_is_made_again_by_its_own_arguments() -> None:
    again = pickle.loads(pickle.dumps(Strict(7)))
    assert type(again) is Strict and again.digits == 7 and again.conventions.percent == "strict"


class Strict(MathScorer):
    def __init__(self, digits: int) -> None:
        super().__init__(percent="strict", digits=digits)
        self.digits = digits


def test_one_without_arguments_is_made_again_without_any() -> None:
    assert type(pickle.loads(pickle.dumps(Plain()))) is Plain


class Plain(ByArguments): ...


def test_what_cannot_be_taken_along_is_not_lost_in_silence() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(FunctionScorer(lambda problem, completion: True))
