"""The report: its numbers against plain counting, and sentences that follow from them."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from typing import Any

import numpy as np
import pytest

from tests.reward.toys import ranked, ranking, verdict
from tests.shared_data import rows
from verirs.errors import ConfigError
from verirs.records import RankerSummary
from verirs.reward.numbers.blend import fit_blend
from verirs.reward.numbers.report import report
from verirs.reward.numbers.table import by_problem, read
from verirs.reward.numbers.words import sentences
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict, to_json


def group(number: int, *samples: tuple[bool | None, float | None]) -> Group:
    candidates = []
    for index, (right, value) in enumerate(samples):
        gate = Score(scorer="gold", version="1", verdict=Verdict.ERROR) if right is None else verdict(right)
        gate = dataclasses.replace(gate, answer="yes" if right else f"no {index}")
        done = Completion(index=index, text=str(index))
        candidates.append(Candidate(completion=done, scores=(gate, ranking("rm", value))))
    return Group(problem=Problem(id=f"p{number}"), candidates=tuple(candidates))


def error(section: RankerSummary) -> float:
    """The expected calibration error, where there is one."""
    assert section.calibration is not None and section.calibration.ece is not None
    return section.calibration.ece


def test_the_numbers_are_what_counting_gives() -> None:
    groups = ranked(30, 5, seed=4)
    section = report(groups)["rm"]
    samples = [[(c.verdict is Verdict.PASS, c.value or 0.0) for c in g.candidates] for g in groups]
    flat = [s for g in samples for s in g]

    def wins(pairs: list[tuple[tuple[bool, float], tuple[bool, float]]]) -> float:
        told = [(a[1] > b[1]) + 0.5 * (a[1] == b[1]) for a, b in pairs if a[0] and not b[0]]
        return sum(told) / len(told)

    assert section.auroc == pytest.approx(wins(list(itertools.product(flat, flat))), abs=1e-6)
    inside = [p for g in samples for p in itertools.product(g, g)]
    assert section.auroc_within == pytest.approx(wins(inside), abs=1e-6)
    best = np.mean([max(g, key=lambda s: s[1])[0] for g in samples])
    assert section.estimates["best@k"].at[5].mean == pytest.approx(best, abs=1e-6)
    assert section.all_samples["best"].mean == pytest.approx(best, abs=1e-6)
    assert section.all_samples["pass@n"].mean == np.mean([any(r for r, _ in g) for g in samples])
    assert section.labelled == 150 and section.problems == 30
    assert sum(b.problems for b in section.by_difficulty) == 30
    assert section.calibration is not None
    assert sum(b.count for b in section.calibration.bins) == 150
    json.dumps(to_json(section), allow_nan=False)


def test_errors_and_unranked_candidates_are_no_failures() -> None:
    groups = [group(i, (True, 1.0), (False, -1.0), (None, 9.0), (True, None)) for i in range(20)]
    section = report(groups)["rm"]
    assert section.labelled == 40 and section.right == 20 and section.auroc == 1.0
    assert section.errors == 20 and section.estimates["pass@k"].at[2].mean == 1.0
    assert any("broke on 20 candidates" in s for s in section.words)


def test_a_broken_ranker_does_not_make_the_gates_forget() -> None:
    """A right candidate on which one ranker broke is still right for the others."""
    groups = []
    for g in ranked(30, 6, rankers=("a", "b")):
        broken = [
            dataclasses.replace(c, scores=(c.scores[0], c.scores[1], ranking("b", None)))
            for c in g.candidates[:3]
        ]
        groups.append(dataclasses.replace(g, candidates=(*broken, *g.candidates[3:])))
    found = report(groups)
    whole = report(ranked(30, 6, rankers=("a", "b")))
    assert found["a"].auroc == whole["a"].auroc and found["a"].labelled == 180
    assert found["b"].labelled == 90 and found["b"].errors == 90


def test_a_ranker_that_hurts_is_told_in_words() -> None:
    """Right ones mostly rank high, but the very highest is always wrong: AUROC is fine, best-of-n is not."""
    groups = [
        group(i, (False, 10.0), *[(True, 5.0 + k) for k in range(3)], *[(False, -1.0 - k) for k in range(4)])
        for i in range(60)
    ]
    section = report(groups)["rm"]
    assert section.auroc_within == pytest.approx(0.8)
    words = section.words
    (hurt,) = (s for s in words if "It hurts: use it only among verified candidates." in s)
    assert "is right in 0.0%; against one candidate alone, below: -37.5 points (" in hurt
    assert any("Best-of-8 is right in 0.0%, less often than one sample alone" in s for s in words)
    assert any("against a plain majority vote (100.0%): below: -100.0 points" in s for s in words)


def test_a_ranker_that_helps_one_that_does_nothing_and_one_worse_than_chance() -> None:
    def words(skill: float, seed: int = 0) -> str:
        return " ".join(report(ranked(150, 8, skill=skill, seed=seed))["rm"].words)

    assert "It helps." in words(3.0) and "over-optimised" not in words(3.0)
    assert "no difference shown" in words(0.0) and "better than chance is not shown" in words(0.0)
    assert "worse than chance: do not rank with it." in words(-2.0) and "It hurts" in words(-2.0)


def test_rankers_that_saw_only_the_accepted_cannot_be_judged_and_that_is_said() -> None:
    groups = [group(i, (True, 1.0), (True, 0.5), (False, None)) for i in range(10)]
    section = report(groups)["rm"]
    assert section.auroc is None and section.calibration is None
    (told,) = section.words
    assert "verified right, so nothing can be said" in told and "rank = 'all'" in told


def test_the_blend_gets_a_section_of_its_own() -> None:
    groups = ranked(120, 6, rankers=("a", "b"))
    blend = fit_blend(groups)
    found = report(groups, blend)
    assert set(found) == {"a", "b", "blend"}
    a, b, both = found["a"], found["b"], found["blend"]
    assert a.auroc is not None and b.auroc is not None and both.auroc is not None
    assert both.auroc > max(a.auroc, b.auroc)
    assert error(both) < 0.1 and both.weights.keys() == {"a", "b"}
    assert error(a) < 0.1
    isotonic = report(groups, method="isotonic")["a"]
    assert isotonic.method == "isotonic"
    assert error(isotonic) != error(a)


def test_ties_are_shared_and_told() -> None:
    groups = [group(i, (True, 1.0), (False, 1.0)) for i in range(30)]
    section = report(groups)["rm"]
    assert section.auroc == 0.5 and section.estimates["best@k"].at[2].mean == 0.5
    assert section.ties_within == 1.0 and any("100% of its comparisons" in s for s in section.words)


def test_a_difference_between_all_and_within_is_explained() -> None:
    """A ranker that only knows the problem: easy problems get high numbers."""
    groups = []
    for i, g in enumerate(ranked(200, 6, seed=1)):
        rate = sum(c.verdict is Verdict.PASS for c in g.candidates) / 6
        samples = [
            (c.verdict is Verdict.PASS, rate + 1e-4 * ((7 * i + 5 * k) % 6))
            for k, c in enumerate(g.candidates)
        ]
        groups.append(group(i, *samples))
    section = report(groups)["rm"]
    assert section.auroc is not None and section.auroc_within is not None
    assert section.auroc > 0.75 > 0.6 > section.auroc_within
    assert "chance" in section.words[0] or "easy problems" in section.words[0]


def test_no_ranker_at_all() -> None:
    with pytest.raises(ConfigError, match="score the run with a reward model"):
        report([Group(problem=Problem(id="p"))])
    assert list(by_problem(read(ranked(3, 2)), np.zeros(6, dtype=bool))) == []


def test_every_sentence_ends_and_none_says_nan() -> None:
    for seed, skill in itertools.product(range(3), (-1.0, 0.0, 1.0)):
        section = report(ranked(25, 3, seed=seed, skill=skill))["rm"]
        told = sentences("rm", section)
        assert told and all(s.endswith((".", ")")) and "nan" not in s.lower() for s in told)


def test_recorded_reward_model_scores() -> None:
    """Qwen2.5-Math-RM on 100 x 8 recorded candidates: best-of-8 94.0 with ties averaged, majority 92.5."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows("data/candidates/math100_qwen_rm8.jsonl.gz"):
        found.setdefault(row["problem_id"], []).append(row)
    groups = []
    for key, samples in found.items():
        candidates = []
        for row in samples:
            kind = Verdict.PASS if row["label"] else Verdict.FAIL
            gold = Score(scorer="gold", version="1", verdict=kind, answer=row.get("pred"))
            done = Completion(index=row["sample_index"], text=row["text"])
            candidates.append(Candidate(completion=done, scores=(gold, ranking("qwen", row["reward"]))))
        groups.append(Group(problem=Problem(id=key), candidates=tuple(candidates)))
    section = report(groups)["qwen"]
    assert section.estimates["best@k"].at[8].mean == pytest.approx(0.94, abs=1e-6)
    assert section.auroc_within is not None and math.isfinite(section.auroc_within)
    assert error(section) < 0.1
