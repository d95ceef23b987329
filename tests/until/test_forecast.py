"""What is said of the rest of a run, against simulation."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.until.toys import ASKED, RULES, marks
from verirs.until import Rule, forecast, replay
from verirs.until.forecast import RATES, mixture


def test_the_mixture_finds_what_the_counts_came_from() -> None:
    share = mixture(8, {0: 500, 8: 500})
    assert share[0] + share[1] > 0.4 and share[-1] + share[-2] > 0.4
    assert float(share @ RATES) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("name", RULES)
def test_a_forecast_is_what_comes_on_average(name: str) -> None:
    rule, rng = RULES[name], random.Random(1)
    going: Counter[tuple[int, int, int]] = Counter()
    first: Counter[int] = Counter()
    drawn = brought = 0
    for problem in range(4000):
        p = [0.1, 0.4, 0.8][problem % 3]
        kinds = "".join("+" if rng.random() < p else "-" for _ in range(rule.n))
        c = kinds[: rule.start].count("+")
        first[c] += 1
        now, end = replay(rule, marks(kinds[: rule.start]), ASKED), replay(rule, marks(kinds), ASKED)
        if now.open:
            going[rule.start, c, now.goal] += 1
            drawn += end.at - rule.start
            most = min(4, end.goal) if rule.quota == "difficulty" else 4
            brought += min(most, kinds[: end.at].count("+")) - min(most, c)
    said = forecast(rule, going, first, 4)
    assert said is not None and said.problems == sum(going.values())
    assert said.samples == pytest.approx(drawn, rel=0.06, abs=20)
    assert said.accepted == pytest.approx(brought, rel=0.12, abs=25)
    assert said.per_thousand == pytest.approx(1000 * said.accepted / said.samples if said.samples else 0)


def test_nothing_is_said_where_nothing_can_be_known() -> None:
    assert forecast(Rule(n=8, accept=1, distinct="texts"), {}, {1: 1}, 4) is None
    assert forecast(Rule(n=1 << 20, accept=1), {}, {1: 1}, 4) is None
    assert forecast(Rule(n=8, accept=1), {}, {}, 4) is None
