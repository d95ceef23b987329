"""Blends: weighted log-odds, cross-fitted, recorded, and changed without any model."""

from __future__ import annotations

import builtins
import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest

from tests.reward.toys import ranked, ranking
from verirs.errors import ConfigError
from verirs.reward import BLEND
from verirs.reward.numbers.blend import Blend, fit_blend, folds_of
from verirs.reward.numbers.calibrate import fold_of
from verirs.reward.numbers.table import read
from verirs.stats.links import expit
from verirs.types import Candidate, Group, Score, Verdict, is_ranking, to_json

TWO = ("a", "b")


def blended(candidate: Candidate) -> Score:
    return next(s for s in candidate.scores if s.scorer == BLEND)


def test_the_recorded_parts_add_up() -> None:
    groups = ranked(40, 6, rankers=TWO)
    blend = fit_blend(groups, weights={"a": 0.7, "b": 0.2})
    for group in blend.apply(groups):
        for candidate in group.candidates:
            score = blended(candidate)
            parts = score.details["parts"]
            assert [parts[n]["weight"] for n in TWO] == [0.7, 0.2]
            odds = sum(p["weight"] * math.log(p["p"] / (1 - p["p"])) for p in parts.values())
            assert score.details["log_odds"] == pytest.approx(odds)
            assert score.value == pytest.approx(1 / (1 + math.exp(-odds))) and is_ranking(score)
            assert candidate.value == score.value, "the last number is the blend's"
            assert parts["a"]["value"] == next(s.value for s in candidate.scores if s.scorer == "a")


def test_fitted_weights_use_both_rankers_and_beat_each() -> None:
    from verirs.stats.ranking import auroc

    groups = ranked(300, 8, rankers=("good", "also", "noise"), skill=1.2)
    groups = [_with_noise(g, "noise") for g in groups]
    table = read(groups)
    blend = fit_blend(table)
    fold = folds_of(table, 5)
    values = np.stack([table.column(n) for n in blend.rankers], axis=1)
    odds = blend.log_odds(blend.chances(values, fold), fold)
    right = table.label.astype(int)
    whole = auroc(right, odds)
    assert whole > auroc(right, table.column("good")) + 0.02
    by_name = dict(zip(blend.rankers, np.mean(blend.weights, axis=0), strict=True))
    assert abs(by_name["noise"]) < 1 and by_name["good"] == pytest.approx(by_name["also"], rel=0.25)
    chances = expit(odds)
    assert abs(chances.mean() - right.mean()) < 0.02 and blend.fitted


def _with_noise(group: Group, name: str) -> Group:
    rng = np.random.default_rng(int(group.problem.id[1:]))
    return dataclasses.replace(
        group,
        candidates=tuple(
            dataclasses.replace(
                c,
                scores=(
                    *(s for s in c.scores if s.scorer != name),
                    ranking(name, float(rng.normal())),
                ),
            )
            for c in group.candidates
        ),
    )


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_nothing_a_problem_gets_depends_on_its_own_labels(method: str) -> None:
    groups = ranked(50, 6, rankers=TWO, seed=2)
    turned = [
        dataclasses.replace(g, candidates=tuple(_turned(c) for c in g.candidates))
        if fold_of(g.problem.id) == 3
        else g
        for g in groups
    ]
    values = []
    for training in (groups, turned):
        applied = fit_blend(training, method=method).apply(groups)
        values.append([[blended(c).value for c in g.candidates] for g in applied])
    same = [a == b for a, b in zip(*values, strict=True)]
    inside = [fold_of(g.problem.id) == 3 for g in groups]
    assert all(s for s, i in zip(same, inside, strict=True) if i)
    assert not any(s for s, i in zip(same, inside, strict=True) if not i)


def _turned(candidate: Candidate) -> Candidate:
    gate, *rest = candidate.scores
    other = Verdict.FAIL if gate.passed else Verdict.PASS
    return dataclasses.replace(candidate, scores=(dataclasses.replace(gate, verdict=other), *rest))


def test_changing_a_blend_replaces_the_old_one_and_touches_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = ranked(30, 4, rankers=TWO)
    first = fit_blend(groups, weights={"a": 1.0, "b": 0.0})
    second = fit_blend(groups, weights={"a": 0.0, "b": 1.0})
    real = builtins.__import__

    def guarded(name: str, *args: Any, **kwargs: Any) -> Any:
        assert name.split(".")[0] not in {"torch", "transformers", "vllm", "sklearn", "httpx"}, name
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", guarded)
    once = list(first.apply(groups))
    twice = list(second.apply(once))
    assert [to_json(g) for g in twice] == [to_json(g) for g in second.apply(groups)]
    assert all(sum(s.scorer == BLEND for s in c.scores) == 1 for g in twice for c in g.candidates)
    assert first.version != second.version


def test_a_blend_survives_json() -> None:
    groups = ranked(30, 4, rankers=TWO)
    for method in ("platt", "isotonic"):
        blend = fit_blend(groups, method=method)
        again = Blend.from_text(blend.to_text())
        assert again == blend and again.version == blend.version
        assert json.loads(blend.to_text())["method"] == method


def test_a_missing_number_leaves_no_blend_on_that_candidate() -> None:
    groups = ranked(30, 4, rankers=TWO)
    first = groups[0].candidates[0]
    broken = dataclasses.replace(first, scores=(*first.scores[:2], ranking("b", None)))
    holed = dataclasses.replace(groups[0], candidates=(broken, *groups[0].candidates[1:]))
    blend = fit_blend(groups)
    (out,) = blend.apply([holed])
    assert [any(s.scorer == BLEND for s in c.scores) for c in out.candidates] == [False, True, True, True]


def test_numbers_of_another_version_are_refused() -> None:
    groups = ranked(30, 4)
    blend = fit_blend(groups)
    other = [
        dataclasses.replace(
            g,
            candidates=tuple(
                dataclasses.replace(c, scores=(c.scores[0], ranking("rm", 0.0, version="2")))
                for c in g.candidates
            ),
        )
        for g in groups
    ]
    with pytest.raises(ConfigError, match="fit the blend again"):
        list(blend.apply(other))
    with pytest.raises(ConfigError, match="several versions"):
        fit_blend([*groups, *other])


def test_a_single_ranker_is_its_own_calibration() -> None:
    groups = ranked(40, 5)
    blend = fit_blend(groups)
    assert blend.weights == ((1.0,),) * 5 and not blend.fitted
    score = blended(next(blend.apply(groups)).candidates[0])
    assert score.value == pytest.approx(score.details["parts"]["rm"]["p"])


def test_groups_without_gold_get_a_chance_too() -> None:
    groups = ranked(40, 5)
    bare = dataclasses.replace(
        groups[0],
        candidates=tuple(dataclasses.replace(c, scores=c.scores[1:]) for c in groups[0].candidates),
    )
    (out,) = fit_blend(groups).apply([bare])
    assert all(0 < (blended(c).value or 0) < 1 for c in out.candidates)


def test_refusals() -> None:
    groups = ranked(30, 4, rankers=TWO)
    with pytest.raises(ConfigError, match="did you mean a"):
        fit_blend(groups, rankers=["aa"])
    with pytest.raises(ConfigError, match="differ in b"):
        fit_blend(groups, rankers=["a", "b"], weights={"a": 1.0})
    with pytest.raises(ConfigError, match="at least 2"):
        fit_blend(groups, folds=1)
    with pytest.raises(ConfigError, match="score the run with a reward model"):
        fit_blend([Group(problem=g.problem) for g in groups])
