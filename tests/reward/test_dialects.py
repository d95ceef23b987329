"""Reward servers that answer as their sources document it, real models behind them, and several at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.reward.servers import Answer, serving
from tests.reward.zoo import make
from verirs.errors import ConfigError
from verirs.reward.models import remote
from verirs.reward.models.local import LocalModel
from verirs.reward.models.reader import Reader, Settings
from verirs.scorers.process_reward import ProcessRewardScorer
from verirs.scorers.reward_model import RewardModelScorer
from verirs.types import Completion, Problem, Verdict

PROBLEM = Problem(prompt="Ava has 12 apples. Ben gives Ava 5 more. How many?")
ITEMS = [
    (PROBLEM, Completion(index=i, text=text))
    for i, text in enumerate(("12+5=17.\n\n#### 17", "18", "12-5=7.\n\nSo 7.\n\n#### 7"))
]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "WAIT_S", 0.001)
    monkeypatch.setattr(remote, "PATIENCE_S", 0.2)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make("skywork-reward-v2-llama", tmp_path_factory.mktemp("outcome"))


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make("qwen2.5-math-prm-7b", tmp_path_factory.mktemp("process"))


class Model:
    """Logits at every token of a text, by the body and head of a folder."""

    def __init__(self, folder: str, by_steps: bool) -> None:
        reader = Reader(Settings(scorer="s", model=folder, device="cpu"), by_steps=by_steps)
        backend = reader.backend()
        assert isinstance(backend, LocalModel)
        self.local, self.marker = backend, reader.look().vocabulary.ids(reader.look().recipe.tag or "x")[0]
        self.lock = threading.Lock()

    def vectors(self, ids: list[int]) -> list[list[float]]:
        import torch

        with self.lock, torch.inference_mode():
            hidden = self.local.model(input_ids=torch.tensor([ids])).last_hidden_state[0]
            assert self.local.head is not None
            return list(self.local.head(hidden.float()).tolist())


def vllm(model: Model, *, steps: bool = False) -> Answer:
    """/classify and /pooling with raw logits where `use_activation` is false; the task must be one the model
    has; a list of token ids, or a list of such lists."""

    def answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if "input" not in body:
            return 400, {"error": {"message": "1 validation error: input Field required"}}
        if body.get("use_activation", True):
            return 400, {"error": {"message": "the test wants raw logits"}}
        texts = body["input"]
        if path == "/classify":
            data = [{"index": i, "probs": model.vectors(ids)[-1]} for i, ids in enumerate(texts)]
        elif path == "/pooling" and body.get("task") in ("classify", "token_classify"):
            vectors = [model.vectors(ids) for ids in texts]
            if body["task"] == "classify":
                rows: list[Any] = [v[-1] for v in vectors]
            elif steps:
                keep = [[i for i, t in enumerate(ids) if t == model.marker] for ids in texts]
                rows = [[v[i] for i in at] for v, at in zip(vectors, keep, strict=True)]
            else:
                rows = vectors
            data = [{"index": i, "object": "pooling", "data": row} for i, row in enumerate(rows)]
        else:
            return 404, {"detail": "Not Found"}
        return 200, {"object": "list", "data": data[::-1]}

    return answer


def sglang(model: Model) -> Answer:
    """/classify takes `text` or `input_ids` and gives a list of embeddings; other keys are not read."""

    def answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path != "/classify":
            return 404, {"detail": "Not Found"}
        if "input_ids" not in body and "text" not in body:
            return 400, {"error": {"message": "At least one of text, input_ids, or image should be provided"}}
        return 200, [
            {"embedding": model.vectors(ids)[-1], "meta_info": {"prompt_tokens": len(ids)}}
            for ids in body["input_ids"]
        ]

    return answer


@pytest.mark.parametrize(
    ("kind", "endpoint", "server"),
    [
        ("vllm", "/classify", "auto"),
        ("vllm", "/classify", "vllm"),
        ("vllm", "/pooling", "auto"),
        ("sglang", "/classify", "sglang"),
        ("sglang", "/classify", "auto"),
    ],
)
def test_outcome_models_on_servers(outcome: str, kind: str, endpoint: str, server: Any) -> None:
    wanted = [s.value for s in RewardModelScorer(model=outcome, device="cpu").score(ITEMS)]
    model = Model(outcome, by_steps=False)
    with serving(vllm(model) if kind == "vllm" else sglang(model)) as url:
        scorer = RewardModelScorer(model=outcome, backend="http", url=url + endpoint, server=server)
        assert [s.value for s in scorer.score(ITEMS)] == pytest.approx(wanted, abs=2e-6)
        scorer.close()


@pytest.mark.parametrize("steps", [False, True])
def test_process_models_on_vllm_with_and_without_step_pooling(process: str, steps: bool) -> None:
    wanted = [s.details["steps"] for s in ProcessRewardScorer(model=process, device="cpu").score(ITEMS)]
    with serving(vllm(Model(process, by_steps=True), steps=steps)) as url:
        scorer = ProcessRewardScorer(model=process, backend="http", url=url + "/pooling")
        given = scorer.score(ITEMS)
        scorer.close()
    for score, numbers in zip(given, wanted, strict=True):
        assert score.details["steps"] == pytest.approx(numbers, abs=2e-6)


def test_a_wrong_dialect_is_told_before_anything_is_sampled(outcome: str, process: str) -> None:
    model = Model(outcome, by_steps=False)
    with serving(sglang(model)) as url, pytest.raises(ConfigError, match=r"one short text.*HTTP 400"):
        RewardModelScorer(model=outcome, backend="http", url=url + "/classify", server="vllm").prove()
    with pytest.raises(ConfigError, match=r"only vLLM's /pooling"):
        ProcessRewardScorer(model=process, backend="http", url="http://127.0.0.1:1/classify").prove()
    with pytest.raises(ConfigError, match="a sglang server has no endpoint 'pooling'"):
        RewardModelScorer(model=outcome, backend="http", url="http://h/pooling", server="sglang").prove()
    with pytest.raises(ConfigError, match="after a softmax"):
        RewardModelScorer(model=outcome, backend="http", url="http://127.0.0.1:1/v1/classify").prove()


def test_a_server_that_ignores_the_request_for_raw_logits_is_refused(outcome: str) -> None:
    """The softmax of a head of width one is 1.0 for every text."""

    def softmax(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"data": [{"index": i, "probs": [1.0]} for i, _ in enumerate(body["input"])]}

    with serving(softmax) as url, pytest.raises(ConfigError, match="softmax of one number"):
        RewardModelScorer(model=outcome, backend="http", url=url + "/classify", server="vllm").prove()


def test_a_server_that_pools_otherwise_gives_errors_never_numbers(process: str) -> None:
    def odd(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        few = 2 if len(body["input"]) == 1 else 7
        return 200, {"data": [{"index": i, "data": [[0.1, 0.2]] * few} for i, _ in enumerate(body["input"])]}

    with serving(odd) as url:
        scorer = ProcessRewardScorer(model=process, backend="http", url=url + "/pooling")
        scores = scorer.score([ITEMS[2], ITEMS[1]])
        scorer.close()
    assert [s.verdict for s in scores] == [Verdict.ERROR] * 2 and "pools otherwise" in scores[0].reason


def test_several_servers_share_the_work_and_one_that_is_away_is_passed_over(outcome: str) -> None:
    wanted = [s.value for s in RewardModelScorer(model=outcome, device="cpu").score(ITEMS * 8)]
    model, asked = Model(outcome, by_steps=False), {"a": 0, "b": 0}

    def counting(name: str) -> Answer:
        inner = vllm(model)

        def answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
            asked[name] += len(body["input"])
            return inner(path, body)

        return answer

    with serving(counting("a")) as one:
        with serving(counting("b")) as two:
            urls = [one + "/classify", two + "/classify"]
            scorer = RewardModelScorer(model=outcome, backend="http", url=urls, server="vllm", batch_size=1)
            assert [s.value for s in scorer.score(ITEMS * 8)] == pytest.approx(wanted, abs=2e-6)
            assert min(asked.values()) > 1, "both did some of it"
        # the second is gone now, and the first does all
        assert [s.value for s in scorer.score(ITEMS * 8)] == pytest.approx(wanted, abs=2e-6)
        scorer.close()


def test_the_dry_run_shows_the_recipe_and_where_it_reads(process: str, outcome: str, tmp_path: Path) -> None:
    lines = ProcessRewardScorer(model=process).shows(PROBLEM)
    assert lines[0].startswith("recipe qwen_math_prm (") and "Qwen2ForProcessRewardModel" in lines[0]
    assert lines[1].count("<extra_0>[READ]") == 2 and "put your final answer" in lines[1]
    lines = RewardModelScorer(model=outcome).shows(PROBLEM)
    assert lines[0].startswith("recipe class_head") and lines[1].endswith("<|eot_id|>[READ]")
