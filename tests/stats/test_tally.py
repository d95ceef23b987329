"""The tally: what counts, what is left out, and that it stays small."""

from __future__ import annotations

import json
import math
import tracemalloc

import pytest

from tests.select.toys import candidate, group
from verirs.records import ScorerCounts
from verirs.select import First, Threshold
from verirs.stats import Tally
from verirs.stats.curves import doubling
from verirs.stats.tally import error_type
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict


def toy(problem_id: str, verdicts: str, **common: object) -> Group:
    names = {"p": "pass", "f": "fail", "e": "error", "a": "abstain"}
    return group(
        *(candidate(i, verdict=names[v], answer=v, **common) for i, v in enumerate(verdicts)),  # type: ignore[arg-type]
        problem_id=problem_id,
    )


def test_errors_and_abstentions_are_left_out_of_n_and_shown() -> None:
    summary = Tally().extend([toy("a", "pfee"), toy("b", "ffaf"), toy("c", "ee")]).summary()
    assert summary.verdicts == {"pass": 1, "fail": 4, "abstain": 1, "error": 4}
    assert (summary.problems, summary.problems_verified, summary.problems_solved) == (3, 2, 1)
    assert (summary.completions, summary.left_out) == (10, 5)
    assert summary.pass_rate == 0.2
    # 1 of 2 and 0 of 3 verified; "c" has nothing verified and no say
    found = summary.estimates["pass@k"].at[1]
    assert (found.mean, found.problems) == (0.25, 2) and 0.0 < found.low < 0.25 < found.high < 0.9


def test_unequal_n_says_how_many_problems_each_k_rests_on() -> None:
    at = Tally().extend([toy("a", "pf"), toy("b", "fffp")]).summary().estimates["pass@k"].at
    assert {k: (v.mean, v.problems) for k, v in at.items()} == {
        1: (0.375, 2),
        2: (0.75, 2),
        4: (1.0, 1),
    }


def test_selections_give_acceptance_yield_reasons_and_pairs() -> None:
    groups = [toy("a", "ppf"), toy("b", "fff"), toy("c", "pef")]
    summary = Tally().extend(First(k=1, pairs="random").select(g) for g in groups).summary()
    taken = summary.selection
    assert taken is not None
    assert taken.accepted == 2 and taken.acceptance == pytest.approx(2 / 9, abs=1e-6)
    assert taken.accepted_per_problem == pytest.approx(2 / 3, abs=1e-6) and taken.problems_accepted == 2
    assert taken.rejected == {"fail": 5, "over the cap": 1, "error": 1}
    assert taken.pairs == 2
    assert Tally().extend(groups).summary().selection is None


def test_accepting_without_a_verdict_states_the_error_to_expect() -> None:
    toys = group(*(candidate(i, verdict="abstain", value=v) for i, v in enumerate([0.95, 0.85, 0.2])))
    pick = Threshold(threshold=0.8, unverified=True)

    def taken(pool: Group) -> tuple[int, float | None]:
        counts = Tally().extend([pick.select(pool)]).summary().selection
        assert counts is not None
        return counts.unverified, counts.expected_error

    assert taken(toys) == (2, 0.1)
    assert taken(group(candidate(0, verdict="abstain", value=7.0))) == (1, None)
    assert taken(group(candidate(0, value=0.9))) == (0, None)


def test_errors_are_counted_by_scorer_and_type_without_what_varies() -> None:
    reasons = ["killed after 3.0 s: loop", "killed after 5.5 s", "worker died", ""]
    candidates = tuple(
        Candidate(
            completion=Completion(index=i, text="t"),
            scores=(Score(scorer="code", version="1", verdict=Verdict.ERROR, reason=r, seconds=0.5),),
        )
        for i, r in enumerate(reasons)
    )
    summary = Tally().extend([group(*candidates)]).summary()
    assert summary.errors == {"code: killed after # s": 2, "code: worker died": 1, "code: unknown": 1}
    assert summary.scorers == (
        ScorerCounts(
            scorer="code",
            version="1",
            verdicts={v: 4 * (v is Verdict.ERROR) for v in Verdict if v is not Verdict.UNWANTED},
            seconds=2.0,
        ),
    )
    assert error_type("x" * 200) == "x" * 60


def test_best_at_k_needs_a_ranker_for_a_gates_number_knows_the_verdict() -> None:
    gate = Score(scorer="code", version="1", verdict=Verdict.PASS, value=1.0)
    alone = group(Candidate(completion=Completion(text="t"), scores=(gate,)))
    assert "best@k" not in Tally().extend([alone]).summary().estimates
    ranked = group(candidate(0, value=-1.0), candidate(1, verdict="fail", value=-2.0))
    assert Tally().extend([ranked]).summary().estimates["best@k"].at[2].mean == 1.0


def test_the_last_ranker_is_one_for_the_whole_run() -> None:
    """Where it has no number there is none; another ranker's never stands in for it."""

    def scored(index: int, *rankings: tuple[str, float | None]) -> Candidate:
        gate = Score(scorer="gold", version="1", verdict=Verdict.FAIL if index else Verdict.PASS)
        said = [Score(scorer=n, version="1", verdict=Verdict.ABSTAIN, value=v) for n, v in rankings]
        return Candidate(completion=Completion(index=index, text="t"), scores=(gate, *said))

    pool = [scored(0, ("b", 9.0), ("a", None)), scored(1, ("b", 1.0), ("a", 2.0))]
    tally = Tally().extend([Group(problem=Problem(id="p"), candidates=tuple(pool))])
    (counts,) = tally.problems
    assert tally.ranker == "a" and math.isnan(counts.values[0]) and counts.values[1] == 2.0


def test_a_gate_that_abstains_beside_a_number_is_no_ranker() -> None:
    def said(index: int, verdict: Verdict) -> Candidate:
        gate = Score(scorer="gate", version="1", verdict=verdict, value=0.5)
        return Candidate(completion=Completion(index=index, text="t"), scores=(gate,))

    pool = (said(0, Verdict.PASS), said(1, Verdict.ABSTAIN), said(2, Verdict.FAIL))
    assert not Tally().extend([Group(problem=Problem(id="p"), candidates=pool)]).ranker


def test_programs_have_no_votes() -> None:
    pool = tuple(candidate(i, "p", answer="def f(): pass") for i in range(3))
    problem = Problem(id="p", tests="assert f() is None")
    assert "maj@k" not in Tally().extend([Group(problem=problem, candidates=pool)]).summary().estimates


def test_majority_can_be_turned_off_or_given_other_classes() -> None:
    groups = [toy("a", "ffp")]
    assert Tally().extend(groups).summary().estimates["maj@k"].at[3].mean == 0.0
    assert "maj@k" not in Tally(classes=None).extend(groups).summary().estimates
    only_right = Tally(classes=lambda p, cs: [0 if c.verdict is Verdict.PASS else None for c in cs])
    assert only_right.extend(groups).summary().estimates["maj@k"].at[3].mean == 1.0


def test_ks_seed_and_resamples_are_used() -> None:
    tally = Tally().extend(toy(str(i), "p" * (i % 4 + 1) + "f" * 3) for i in range(9))
    assert list(tally.summary([1, 3, 99]).estimates["pass@k"].at) == [1, 3]
    assert tally.summary() == tally.summary()
    assert tally.summary(seed=1) != tally.summary(seed=2)
    assert tally.summary(resamples=5) != tally.summary(resamples=500)


def test_an_empty_run_has_a_summary() -> None:
    summary = Tally().summary()
    assert summary.problems == 0 and summary.pass_rate is None and summary.estimates["pass@k"].at == {}
    json.dumps(summary.to_json(), allow_nan=False)


def test_truncated_and_tokens_are_counted() -> None:
    cut = Completion(index=0, text="t", finish_reason="length", tokens=7)
    summary = Tally().extend([group(Candidate(completion=cut))]).summary()
    assert (summary.truncated, summary.tokens) == (1, 7)


def test_doubling_ends_with_the_largest() -> None:
    assert doubling(8) == [1, 2, 4, 8] and doubling(10) == [1, 2, 4, 8, 10] and doubling(0) == []


def test_texts_are_not_kept() -> None:
    tally = Tally()
    tracemalloc.start()
    for p in range(200):
        tally.add(group(*(candidate(i, "x" * 5_000) for i in range(10)), problem_id=str(p)))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 2_000 * 200  # 2,000 candidates of 5,000 characters each
