"""Every sentence about a ranker, on 50 simulated runs, against the definition of what it says."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from tests.reward.toys import ranked, ranking
from verirs.records import Interval, RankerSummary
from verirs.report.told import told as told_of
from verirs.reward.numbers.report import report
from verirs.stats import Tally
from verirs.types import UNRANKED, Group

POINTS = re.compile(r"([+-]\d+\.\d) points \(([+-]\d+\.\d) to ([+-]\d+\.\d)\)")


def told(sentence: str) -> tuple[float, float, float]:
    found = POINTS.search(sentence)
    assert found, f"a comparison without its figure: {sentence}"
    mean, low, high = map(float, found.groups())
    return mean, low, high


def agrees(sentence: str, change: Interval) -> None:
    figures = tuple(round(100 * v, 1) + 0.0 for v in (change.mean, change.low, change.high))
    assert told(sentence) == pytest.approx(figures, abs=0.051)
    assert ("above" in sentence or "It helps" in sentence) == (change.low > 0)
    assert ("below" in sentence or "It hurts" in sentence) == (change.high < 0)
    if "no difference of 2 points or more" in sentence:
        assert change.low > -0.02 and change.high < 0.02 and change.low <= 0 <= change.high
    elif "no difference shown" in sentence:
        assert change.low <= 0 <= change.high


def check(found: RankerSummary) -> None:
    words = found.words
    first, within = words[0], found.auroc_within_interval
    if within is not None:
        assert ("worse than chance" in first) == (within.high < 0.5)
        assert ("better than chance is not shown" in first) == (within.low <= 0.5 <= within.high)
    for sentence in words:
        if "against one candidate alone" in sentence:
            agrees(sentence, found.differences["best - pass@1"])
        elif "against a plain majority vote" in sentence:
            agrees(sentence, found.differences["best - majority"])
        elif sentence.startswith("Votes weighed by its numbers"):
            agrees(sentence, found.differences["weighted_majority - majority"])
        elif "Do not select by this score" in sentence:
            assert found.turn is not None and found.turn.over_one.high < 0
            assert told(sentence)[2] < 0
        elif "ver-optimised beyond" in sentence:
            assert found.turn is not None and found.turn.change.high < 0 and found.turn.k < found.turn.last
            assert told(sentence)[2] < 0
        elif sentence.startswith("Calibrated"):
            calibration = found.calibration
            assert calibration is not None and calibration.brier is not None and calibration.pass_rate
            same = calibration.pass_rate * (1 - calibration.pass_rate)
            assert f"Brier score {calibration.brier:.3f}" in sentence and f"has {same:.3f}" in sentence
            assert ("tells no more" in sentence) == (round(calibration.brier, 3) >= round(same, 3))
    page = " ".join(words)
    assert not ("It helps" in page and "Do not select by" in page)
    assert not ("It helps" in page and "It hurts" in page)


def without_some(groups: list[Group], seed: int) -> list[Group]:
    """A few candidates that the ranker broke on, as a run marks them."""
    rng = random.Random(seed)
    out = []
    for g in groups:
        candidates = [
            replace(c, scores=(c.scores[0], replace(ranking("rm", None), details={UNRANKED: True})))
            if rng.random() < 0.005
            else c
            for c in g.candidates
        ]
        out.append(replace(g, candidates=tuple(candidates)))
    return out


@pytest.mark.parametrize("seed", range(12))
def test_no_two_sentences_of_a_page_contradict_each_other(seed: int) -> None:
    """The run's own part and the ranker's, over the same candidates, some without a number."""
    samples, skill = (2, 5, 12)[seed % 3], (-2.0, 0.0, 0.6, 3.0)[seed % 4]
    groups = without_some(ranked(60, samples, skill=skill, seed=seed), seed)
    found = report(groups)
    check(found["rm"])
    summary = replace(Tally().extend(groups).summary(resamples=200), rankers=found)
    said = told_of(summary)
    text = " ".join([*said["warnings"], said["turn"], *found["rm"].words, *summary.estimates])
    helps, hurts = "It helps." in text, "less often than one sample alone" in text
    assert not (helps and (hurts or "It hurts" in text))
    over = summary.curves.overoptimization
    if over is not None and over.turn is not None and "best@k" in summary.estimates:
        assert over.turn == found["rm"].turn
    votes = "maj@k" in summary.estimates
    assert ("by votes" in text or ", votes" in text) <= votes
    missing = found["rm"].without_number
    assert ("rank last and do not vote" in text) == bool(missing and found["rm"].problems_equal)


@pytest.mark.parametrize("seed", range(50))
def test_each_sentence_follows_from_its_figures(seed: int) -> None:
    problems, samples = (10, 30, 80, 200)[seed % 4], (1, 2, 5, 12)[seed // 4 % 4]
    skill = (-2.0, -0.3, 0.0, 0.2, 0.6, 3.0)[seed % 6]
    check(report(ranked(problems, samples, skill=skill, seed=seed))["rm"])
