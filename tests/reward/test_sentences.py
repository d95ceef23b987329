"""Every sentence about a ranker, on 50 simulated runs, against the definition of what it says."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.reward.toys import ranked, ranking
from verirs.records import Interval, RankerSummary
from verirs.report.told import told as told_of
from verirs.reward.numbers.report import report
from verirs.stats import Tally
from verirs.types import UNRANKED, Candidate, Group, Verdict

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


def changed(groups: list[Group], change: Callable[[int, int, Candidate], Candidate | None]) -> list[Group]:
    """The groups with each candidate changed, or gone."""
    out = []
    for i, g in enumerate(groups):
        made = [change(i, j, c) for j, c in enumerate(g.candidates)]
        out.append(replace(g, candidates=tuple(c for c in made if c is not None)))
    return out


def value(candidate: Candidate, number: float | None) -> Candidate:
    return replace(candidate, scores=(candidate.scores[0], ranking("rm", number)))


def judged(candidate: Candidate, verdict: Verdict) -> Candidate:
    return replace(candidate, scores=(replace(candidate.scores[0], verdict=verdict), *candidate.scores[1:]))


def right(candidate: Candidate) -> bool:
    return candidate.scores[0].verdict is Verdict.PASS


def number(candidate: Candidate) -> float:
    assert candidate.scores[1].value is not None
    return candidate.scores[1].value


ODD: dict[str, Callable[[int, int, Candidate], Candidate | None]] = {
    "ties": lambda i, j, c: value(c, float(round(number(c)))),
    "all equal": lambda i, j, c: value(c, 1.0),
    "all pass": lambda i, j, c: judged(c, Verdict.PASS),
    "none pass": lambda i, j, c: judged(c, Verdict.FAIL),
    "one passes": lambda i, j, c: judged(c, Verdict.PASS if (i, j) == (3, 0) else Verdict.FAIL),
    "nobody is sure": lambda i, j, c: judged(c, Verdict.ABSTAIN),
    "some break": lambda i, j, c: judged(c, Verdict.ERROR) if (i + j) % 3 == 0 else c,
    "one sample": lambda i, j, c: None if j else c,
    "one problem": lambda i, j, c: None if i else c,
    "two problems": lambda i, j, c: None if i > 1 else c,
    "unequal numbers": lambda i, j, c: None if j > i % 5 else c,
    "some missing": lambda i, j, c: value(c, None) if (i + j) % 3 == 0 else c,
    "one number": lambda i, j, c: c if (i, j) == (0, 0) else value(c, None),
    "no number": lambda i, j, c: value(c, math.nan) if (i + 2 * j) % 3 == 0 else c,
    "infinite": lambda i, j, c: value(c, math.inf) if (i + j) % 3 == 0 else c,
    "minus infinite": lambda i, j, c: value(c, -math.inf) if (i + j) % 3 == 0 else c,
    "tiny": lambda i, j, c: value(c, number(c) * 1e-300),
    "perfect": lambda i, j, c: value(c, float(right(c))),
    "inverse": lambda i, j, c: value(c, -float(right(c))),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ODD)
def test_odd_runs_have_no_odd_sentence(kind: str, seed: int) -> None:
    """No sentence speaks of what is no number, and one difference is told in one way on the whole page."""
    groups = [g for g in changed(ranked(12, 4, seed=seed, skill=(-1, 2)[seed]), ODD[kind]) if g.candidates]
    found = report(groups)
    for one in found.values():
        check(one)
    said = told_of(replace(Tally().extend(groups).summary(resamples=200), rankers=found))
    sentences = [*said["warnings"], said["turn"], *(w for one in found.values() for w in one.words)]
    text = " ".join(sentences)
    assert "nan" not in text.lower() and not re.search(r"\binf\b", text)
    assert "beyond k = 1:" not in text  # that is a comparison with one sample, and has a sentence of its own
    if "no difference shown" in text and "one candidate alone" in text:
        assert "less often than one sample alone" not in text
    for sentence in sentences:
        for mean, low, high in (map(float, p) for p in POINTS.findall(sentence)):
            assert low <= mean <= high, sentence
            if "is not shown" in sentence and "best-of" in sentence:
                assert low <= 0 <= high or mean > 0, sentence
