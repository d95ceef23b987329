"""The HTTP backend against a real server, and against one that misbehaves."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.reward.conftest import encoder_of
from tests.reward.servers import openrlhf, serving
from verirs.errors import ConfigError, EngineError
from verirs.reward.models import remote
from verirs.scorers.reward_model import RewardModelScorer
from verirs.types import Completion, Problem, Verdict, is_ranking

Items = list[tuple[Problem, Completion]]


def scorer(model: str, url: str, **options: Any) -> RewardModelScorer:
    return RewardModelScorer(model=model, backend="http", url=url, timeout=20, **options)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "WAIT_S", 0.001)
    monkeypatch.setattr(remote, "PATIENCE_S", 0.2)


def test_openrlhf_server_gives_the_numbers_of_the_model(
    reward_dir: str, items: Items, reference: list[float]
) -> None:
    with serving(openrlhf(reward_dir)) as url:
        one = scorer(reward_dir, url + "/get_reward", batch_size=4)
        scores = one.score(items)
        one.close()
    assert all(is_ranking(s) for s in scores)
    assert [s.value for s in scores] == pytest.approx(reference, abs=1e-4)


def test_the_three_vllm_shapes(reward_dir: str, items: Items) -> None:
    """What is asked of each endpoint: token ids and raw logits where the endpoint takes them."""
    seen: dict[str, dict[str, Any]] = {}

    def answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        seen[path] = body
        assert body["use_activation"] is False and body["model"] == "rm"
        count = len(body.get("input") or body["text_2"])
        shapes: dict[str, Callable[[int], dict[str, Any]]] = {
            "/classify": lambda i: {"index": i, "probs": [-1.5 - i]},
            "/pooling": lambda i: {"index": i, "data": [-1.5 - i]},
            "/v1/score": lambda i: {"index": i, "score": -1.5 - i},
        }
        made = shapes[path]
        return 200, {"data": [made(i) for i in reversed(range(count))]}  # order is by index, not by place

    with serving(answer) as url:
        for endpoint in ("/classify", "/pooling", "/v1/score"):
            one = scorer(reward_dir, url + endpoint, served="rm", batch_size=len(items))
            values = [s.value for s in one.score(items[:3])]
            assert sorted(v for v in values if v is not None) == [-3.5, -2.5, -1.5]
    assert all(isinstance(i, int) for ids in seen["/classify"]["input"] for i in ids)
    assert seen["/pooling"]["task"] == "classify"
    encoder = encoder_of(reward_dir)
    openings = {encoder.opening(problem) for problem, _ in items[:3]}
    assert set(seen["/v1/score"]["text_1"]) == openings
    assert all(encoder.vocabulary.tokenizer.eos_token in text for text in seen["/v1/score"]["text_2"])


def test_a_server_that_recovers_is_asked_again(reward_dir: str, items: Items, reference: list[float]) -> None:
    real, calls, lock = openrlhf(reward_dir), [0], threading.Lock()

    def flaky(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        with lock:
            calls[0] += 1
            broken = calls[0] <= 2
        return (503, "overloaded") if broken else real(path, body)

    with serving(flaky) as url:
        values = [s.value for s in scorer(reward_dir, url + "/get_reward").score(items)]
    assert values == pytest.approx(reference, abs=1e-4)


def test_a_connection_that_the_server_closed_costs_no_try(
    reward_dir: str, items: Items, reference: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "TRIES", 1)
    with serving(openrlhf(reward_dir), kept=1) as url:
        one = scorer(reward_dir, url + "/get_reward", batch_size=1)
        values = [s.value for s in [*one.score(items), *one.score(items)]]
    assert values == pytest.approx([*reference, *reference], abs=1e-4)


def test_one_refused_text_spoils_only_itself(reward_dir: str, items: Items) -> None:
    real, end = openrlhf(reward_dir), encoder_of(reward_dir).vocabulary.tokenizer.eos_token

    def picky(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        return (400, "too long") if any(q.endswith(f"x{end}") for q in body["query"]) else real(path, body)

    with serving(picky) as url:
        scores = scorer(reward_dir, url + "/get_reward").score(items)
    refused = [s for s, (_, c) in zip(scores, items, strict=True) if c.text == "x"]
    others = [s for s, (_, c) in zip(scores, items, strict=True) if c.text != "x"]
    assert all(s.verdict is Verdict.ERROR and "HTTP 400" in s.reason and s.value is None for s in refused)
    assert len(refused) == 3 and all(is_ranking(s) for s in others)


BROKEN = [
    (500, "boom", "failed 4 times: HTTP 500"),
    (200, "<html>", "a web page"),
    (200, "[" * 100_000, "nested too deep"),
    (200, {"scores": [1.0]}, "cannot be read"),
    (200, {"rewards": [1.0]}, "1 numbers for 3 texts"),
    (200, {"rewards": [1.0, None, 2.0]}, "cannot be read"),
    (200, {"rewards": "abc"}, "cannot be read"),
    (200, '{"rewards": [NaN, Infinity, 1e999]}', "the model's number is"),
]


@pytest.mark.parametrize(("status", "value", "words"), BROKEN)
def test_a_broken_answer_is_an_error_never_a_number(
    reward_dir: str, items: Items, status: int, value: Any, words: str
) -> None:
    def answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        probe = len(body["query"]) == 1
        return (200, {"rewards": [0.5]}) if probe else (status, value)

    with serving(answer) as url:
        scores = scorer(reward_dir, url + "/get_reward").score(items[:3])
    assert [s.verdict for s in scores] == [Verdict.ERROR] * 3
    assert all(words in s.reason and s.value is None for s in scores)


@pytest.mark.parametrize(
    ("status", "value"),
    [(400, "no"), (422, {"detail": "field required"}), (401, "key"), (200, {"scores": [1.0]})],
)
def test_what_a_server_refuses_of_the_probe_ends_the_run(
    reward_dir: str, items: Items, status: int, value: Any
) -> None:
    with (
        serving(lambda path, body: (status, value)) as url,
        pytest.raises(ConfigError, match="one short text"),
    ):
        scorer(reward_dir, url + "/get_reward").prove()


def test_a_server_that_fails_on_the_probe_stops_the_run(reward_dir: str) -> None:
    with serving(lambda path, body: (500, "boom")) as url, pytest.raises(EngineError, match="HTTP 500"):
        scorer(reward_dir, url + "/get_reward").prove()


def test_nobody_listening_ends_the_run_with_the_reason(reward_dir: str, items: Items) -> None:
    with serving(lambda path, body: (200, {})) as url:
        pass  # closed again: the port is free
    with pytest.raises(EngineError, match=r"away .*refused.* run the same command"):
        scorer(reward_dir, url + "/get_reward").score(items[:1])


def test_a_wrong_address_is_told_at_once(reward_dir: str, items: Items) -> None:
    with pytest.raises(ConfigError, match="did you mean classify"):
        scorer(reward_dir, "http://localhost:1/clasify").score(items[:1])
    with serving(lambda path, body: (404, "no")) as url, pytest.raises(ConfigError, match="HTTP 404"):
        scorer(reward_dir, url + "/get_reward").score(items[:1])


def test_cut_texts_are_sent_cut(reward_dir: str, items: Items) -> None:
    sent: list[str] = []

    def answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        sent.extend(body["query"])
        return 200, {"rewards": [-math.pi] * len(body["query"])}

    with serving(answer) as url:
        (score,) = scorer(reward_dir, url + "/get_reward", max_length=40).score(
            [(items[0][0], Completion(text="1+1=2. " * 300 + "#### 2"))]
        )
    assert score.value == -math.pi and score.details["truncated"] > 0
    encoder = encoder_of(reward_dir)
    assert len(sent[-1]) < 300 and sent[-1].endswith(f"#### 2{encoder.vocabulary.tokenizer.eos_token}")
    assert sent[-1].startswith(encoder.opening(items[0][0])[:20])
