"""The estimators on recorded samples of real models give the figures recorded beside them."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from tests.shared_data import rows, shared
from verirs.stats import best_curve, majority_curve, pass_curve, weighted_majority_curve
from verirs.stats.ranking import reciprocal_rank, top

Rows = list[dict[str, Any]]


def reference(name: str) -> Any:
    return json.loads(shared("data/reference.json").read_text())[name]


def groups(name: str, key: Callable[[dict[str, Any]], Any] = lambda r: r["problem_id"]) -> dict[Any, Rows]:
    out: dict[Any, Rows] = defaultdict(list)
    for row in rows(f"data/candidates/{name}.jsonl.gz"):
        out[key(row)].append(row)
    for group in out.values():
        group.sort(key=lambda r: r["sample_index"])
    return out


def labels(group: Rows) -> list[bool]:
    return [bool(r["label"]) for r in group]


def classes(answers: Iterable[Any]) -> list[int | None]:
    numbers: dict[Any, int] = {}
    return [None if a in (None, "") else numbers.setdefault(a, len(numbers)) for a in answers]


def percent(curves: Iterable[Any]) -> Any:
    return np.round(100 * np.mean(list(curves), axis=0), 2)


@pytest.mark.parametrize(
    ("name", "key"),
    [("humaneval_codegen16b_n100", "humaneval_codegen16b"), ("game24_gpt4_io_n100", "game24_io")],
)
def test_pass_at_k_of_one_hundred_samples(name: str, key: str) -> None:
    want = {int(k[5:]): v for k, v in reference(key).items() if k.startswith("pass@")}
    curve = percent(pass_curve(len(g), sum(labels(g))) for g in groups(name).values())
    assert {k: curve[k - 1] for k in want} == pytest.approx(want, abs=0.005)


def test_majority_by_expression_of_one_hundred_samples() -> None:
    curve = percent(
        majority_curve(labels(g), classes(r["text"] for r in g))
        for g in groups("game24_gpt4_io_n100").values()
    )
    assert curve[-1] == reference("game24_io")["maj100_by_expression"]


def test_pass_at_k_of_every_model_by_counts() -> None:
    table = reference("evalperf")["table"]
    by_model = groups_of_counts()
    assert by_model.keys() == table.keys() and len(table) == 34
    for model, counts in by_model.items():
        curve = 100 * np.mean([pass_curve(n, c) for n, c in counts], axis=0)
        # three models have 50 samples a task: their last column is pass@50
        got = {"tasks": len(counts), "pass1": curve[0], "pass10": curve[9], "pass100": curve[-1]}
        assert got == pytest.approx(table[model], abs=0.006), model


def groups_of_counts() -> dict[str, list[tuple[int, int]]]:
    out: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows("data/candidates/evalperf_counts_n100.jsonl.gz"):
        out[row["model"]].append((row["n"], row["c"]))
    return out


def test_best_of_eight_and_majorities_beside_pass_at_k() -> None:
    want = reference("math100_qwen_rm8")
    data = list(groups("math100_qwen_rm8").values())
    passes = percent(pass_curve(8, sum(labels(g))) for g in data)
    best = percent(best_curve(labels(g), [r["reward"] for r in g]) for g in data)
    for k in (1, 2, 4, 8):
        assert (passes[k - 1], best[k - 1]) == (want[f"pass@{k}"], want[f"bon@{k}"])
    assert best[7] == 94.0
    for k in (1, 2, 4, 8):  # the released figures take the first k samples, not all subsets
        first = percent(majority_curve(labels(g)[:k], classes(r["pred"] for r in g[:k])) for g in data)
        assert first[-1] == want[f"maj@{k}(first)"]
    weighted = percent(
        weighted_majority_curve(
            labels(g), classes(r["pred"] for r in g), [1 / (1 + math.exp(-r["reward"])) for r in g], draws=1
        )
        for g in data
    )
    assert weighted[7] == want["wmaj8"] == 94.0


def test_forty_runs_of_fourteen_models_pooled() -> None:
    want = reference("gsm8k_pool_40runs")
    data = list(groups("gsm8k_pool_40runs").values())
    assert len(data) == want["problems"]
    curve = percent(pass_curve(40, sum(labels(g))) for g in data)
    for k in (1, 2, 4, 8, 16, 22):
        assert curve[k - 1] == want["pooled"][f"pass@{k}"]
    votes = percent(majority_curve(labels(g), classes(number(r["pred"]) for r in g)) for g in data)
    assert votes[-1] == want["maj_all"] == 93.1


def number(answer: str | None) -> float | str | None:
    try:
        return float(answer.replace(",", "")) if answer else None
    except ValueError:
        return answer


def test_four_models_pooled() -> None:
    want = reference("gsm8k_openai")["pooled"]
    curve = percent(pass_curve(4, sum(labels(g))) for g in groups("gsm8k_openai_4models").values())
    assert {f"pass@{k}": curve[k - 1] for k in (1, 2, 3, 4)} == want


AGGREGATE: dict[str, Callable[[list[float]], float]] = {
    "min": min,
    "max": max,
    "last": lambda s: s[-1],
    "mean": lambda s: sum(s) / len(s),
    "prod": lambda s: float(np.prod(s)),
    "geo_mean": lambda s: float(np.prod(s)) ** (1 / len(s)),
}


def test_accuracy_of_seventeen_reward_models_and_judges_by_tie_rule() -> None:
    """Among them internlm2-7b 37.27, internlm2-20b 33.95, ArmoRM 20.50."""
    by_scorer: dict[str, list[Rows]] = defaultdict(list)
    for (scorer, _), group in groups("rewardmath_scores", lambda r: (r["scorer"], r["problem_id"])).items():
        by_scorer[scorer].append(group)
    for name, want in reference("rewardmath_shared").items():
        scorer, _, how = name.partition("/")
        tops, inverse = [], []
        for group in by_scorer[scorer]:
            values = [AGGREGATE[how](r["step_scores"]) if how else r["reward"] for r in group]
            tops.append(top(labels(group), values))
            inverse.append(reciprocal_rank(labels(group), values))
        assert len(tops) == 483
        got = {
            "acc": 100 * np.mean([t.strict for t in tops]),
            "acc_tie": 100 * np.mean([t.lenient for t in tops]),
            "mrr": 100 * np.mean(inverse),
            "bon10": 100 * np.mean([t.shared for t in tops]),
        }
        assert got == pytest.approx(want, abs=0.006), name
