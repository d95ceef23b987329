"""Curves from a pool: shares that add up, the same figures as the summary, warnings where due."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.select.toys import candidate, group
from tests.stats import brute
from verirs.records import Curves, Interval
from verirs.stats import Tally, curves
from verirs.stats.counts import ProblemCounts
from verirs.types import Group, to_json


def problem(
    problem_id: str, right: str, values: Sequence[float | None] | None = None, answers: str | None = None
) -> Group:
    verdict = {"p": "pass", "f": "fail", "e": "error"}
    return group(
        *(
            candidate(
                i,
                "x" * (10 * (i + 1)),
                verdict[v],
                value=values[i] if values else None,
                answer=answers[i] if answers else None,
            )
            for i, v in enumerate(right)
        ),
        problem_id=problem_id,
    )


def of(*groups: Group, **options: Any) -> Curves:
    return curves(Tally().extend(groups).problems, **options)


def test_the_gap_splits_into_shares_that_add_up_to_one() -> None:
    out = of(
        problem("found and taken", "pf", [2.0, 1.0]),
        problem("found, another taken", "pf", [1.0, 2.0]),
        problem("not found", "ff", [1.0, 2.0]),
        problem("judging broke", "pe", [1.0, 2.0]),
    )
    gap = to_json(out.gap["best@k"])
    assert {name: shares[1] for name, shares in gap.items()} == {
        "selected": 0.25,
        "not_selected": 0.25,
        "not_found": 0.25,
        "unknown": 0.25,
    }
    np.testing.assert_allclose(np.sum(list(gap.values()), axis=0), 1.0)


def test_all_k_are_given_and_agree_with_the_summary() -> None:
    groups = [problem("a", "pffp", [3, 1, 2, 0], "1231"), problem("b", "ffpf", [1, 1, 0, 1], "2213")]
    tally = Tally().extend(groups)
    out, summary = curves(tally.problems), tally.summary()
    assert out.k == (1, 2, 3, 4)
    assert set(out.estimates) == {"pass@k", "maj@k", "best@k", "weighted_maj@k"}
    for name, curve in out.estimates.items():
        for k, at in summary.estimates[name].at.items():
            i = k - 1
            assert Interval(curve.mean[i], curve.low[i], curve.high[i], curve.problems[i]) == at
    json.dumps(to_json(out), allow_nan=False)


def test_a_weighted_vote_can_overrule_the_majority() -> None:
    out = of(problem("a", "pff", [9.0, -9.0, -9.0], "122"))
    assert out.estimates["maj@k"].mean[-1] == 0.0
    assert out.estimates["weighted_maj@k"].mean[-1] == 1.0
    assert "draws" in out.estimates["weighted_maj@k"].method
    assert out.estimates["maj@k"].method == "exact"


def test_the_noise_of_the_draws_averages_out_over_problems() -> None:
    values, answers = [0.3, 0.2, 0.1, 0.0, 0.4, -0.1], "122334"
    many = of(*(problem(str(i), "pfffff", values, answers) for i in range(60)))
    truth = brute.majority([1, 0, 0, 0, 0, 0], [1, 2, 2, 3, 3, 4], [1 / (1 + math.exp(-v)) for v in values])
    # 60 x 200 draws: a standard error of 0.004; were the draws the same in each problem, 0.03
    np.testing.assert_allclose(many.estimates["weighted_maj@k"].mean, truth, atol=0.015)


def test_divergence_of_the_verifier_is_the_mean_over_problems() -> None:
    kl = of(problem("half", "pf"), problem("never", "ff")).kl
    assert kl is not None
    assert kl.verifier[0] == 0.0
    # from a half to three quarters, and no move where nothing passes
    exact = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert kl.verifier[1] == pytest.approx(exact / 2, abs=1e-6)
    assert kl.pass_only == pytest.approx(math.log(2), abs=1e-6) and kl.pass_only_problems == 1
    assert kl.bound[1] == pytest.approx(math.log(2) - 0.5, abs=1e-6)


def test_proxy_gold_and_length_along_the_same_selection() -> None:
    out = of(problem("a", "fp", [1.0, 2.0])).overoptimization
    assert out is not None
    assert out.proxy == (1.5, 2.0) and out.gold == (0.5, 1.0) and out.length == (15.0, 20.0)
    assert out.kl[0] == 0.0 and out.kl[1] == pytest.approx(math.log(2) - 0.5, abs=1e-6)
    assert out.problems == 1


def test_the_proxy_goes_as_far_as_nine_problems_in_ten_do() -> None:
    long = [problem(f"long {i}", "fpf", [1.0, 2.0, 3.0]) for i in range(9)]
    out = of(*long, problem("short", "fp", [1.0, 2.0])).overoptimization
    assert out is not None and (out.k, out.problems) == ((1, 2, 3), 9)
    out = of(*long[:8], problem("short", "fp", [1.0, 2.0])).overoptimization
    assert out is not None and (out.k, out.problems) == ((1, 2), 9)


def test_a_sample_with_a_missing_value_ranks_last_and_counts_with_the_lowest() -> None:
    out = of(problem("a", "pf", [None, 1.0]), problem("b", "fp", [1.0, 2.0])).overoptimization
    assert out is not None and out.problems == 2
    assert out.gold == (0.5, 0.5) and out.proxy == (1.25, 1.5)
    found = of(problem("a", "pf", [None, None]), problem("b", "fp", [1.0, 2.0])).overoptimization
    assert found is None, "one of two fails has no number"
    found = of(problem("a", "pp", [None, None]), problem("b", "fp", [1.0, 2.0])).overoptimization
    assert found is not None and found.problems == 1


def test_problems_without_answers_have_no_votes_and_do_not_lower_a_majority() -> None:
    """Programs beside sums: a vote over all of them would count every program as lost."""
    out = of(problem("sum", "ppf", None, "112"), problem("program", "ppp", None, "   "))
    assert out.estimates["maj@k"].mean[-1] == 1.0 and out.estimates["maj@k"].problems[-1] == 1
    assert out.estimates["pass@k"].problems[-1] == 2
    ends = out.gap["maj@k"]
    assert (ends.selected[-1], ends.not_selected[-1], ends.unknown[-1]) == (0.5, 0.0, 0.5)


def test_numbers_that_are_all_probabilities_weigh_as_they_are() -> None:
    """0.9 against 0.2 and 0.3: logistic weights 0.71 against 0.55 and 0.57 would give the other answer."""
    out = of(problem("a", "pff", [0.9, 0.2, 0.3], "122"))
    assert out.estimates["weighted_maj@k"].mean[-1] == 1.0
    out = of(problem("a", "pff", [0.9, 0.2, 0.3], "122"), problem("b", "pp", [1.5, 0.0], "11"))
    assert out.estimates["weighted_maj@k"].mean[1] < 1.0


def test_a_ranker_that_saw_the_accepted_only_gets_no_curve() -> None:
    out = of(problem("a", "pff", [1.0, None, None], "122"), problem("b", "pp", [1.0, 2.0], "11"))
    assert set(out.estimates) == {"pass@k", "maj@k"} and out.overoptimization is None
    assert "best@k" in of(problem("b", "pp", [1.0, 2.0])).estimates


def test_a_scorer_worse_than_chance_is_exposed_in_words() -> None:
    rng = np.random.default_rng(0)
    groups = []
    for i in range(60):
        right = rng.random(16) < 0.6
        values = rng.normal(size=16) - 1.0 * right
        groups.append(problem(str(i), "".join("p" if r else "f" for r in right), values.tolist()))
    said = of(*groups).warnings
    assert any("less often than one sample alone" in line for line in said)
    assert of(*(problem(str(i), "pf", [1.0, 0.0]) for i in range(9))).warnings == ()


def test_unequal_n_and_an_empty_run() -> None:
    out = of(problem("a", "pf"), problem("b", "fffp"))
    assert out.estimates["pass@k"].problems == (2, 2, 1, 1)
    assert curves([]).k == () and of(problem("a", "ee")).k == ()


def test_seed_and_resamples_are_used() -> None:
    groups = [
        problem(str(i), "p" * (i % 3) + "fff", list(range(i % 3 + 3)), "123456"[: i % 3 + 3])
        for i in range(9)
    ]
    assert of(*groups, seed=1) == of(*groups, seed=1) != of(*groups, seed=2)
    assert of(*groups, resamples=10) != of(*groups, resamples=900)


def test_counts_tell_no_class_and_no_value_apart_from_zero() -> None:
    counts = ProblemCounts.of("p", [candidate(0, value=0.0), candidate(1)], [0, None])
    assert counts.answers == [0, None]
    assert counts.values[0] == 0.0 and math.isnan(counts.values[1])
