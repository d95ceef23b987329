"""Path counting: exactly unbiased, checked over all verdict sequences, and never worse than the first
round."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.until.toys import ASKED, RULES, group, marks, rules, sequences
from verirs.stats.estimators import pass_curve
from verirs.until import Paths, Rule, counted, replay
from verirs.until.counting import Account

SHARES = (Fraction(1, 50), Fraction(3, 10), Fraction(7, 10))


@functools.cache
def stops(rule: Rule) -> Counter[tuple[int, int, int]]:
    """How many verdict sequences of the cap's length stop at (n, passes), by the passes of the first
    round."""
    found: Counter[tuple[int, int, int]] = Counter()
    for kinds in sequences(rule.n):
        at = replay(rule, marks(kinds), ASKED).at
        if "+" not in kinds[at:]:  # one for each beginning
            found[at, kinds[:at].count("+"), kinds[: rule.start].count("+")] += 1
    return found


def expected(rule: Rule, p: Fraction) -> tuple[list[float], list[float], list[float]]:
    """Mean and variance of the estimates, and the variance of the first round alone, over all sequences."""
    paths, first = Paths(rule), rule.start
    means, squares, alone = np.zeros(first), np.zeros(first), np.zeros(first)
    for (n, c, c0), times in stops(rule).items():
        found = paths.estimate(n, c)
        assert found is not None
        weight = float(times * p**c * (1 - p) ** (n - c))
        means += weight * found
        squares += weight * found**2
        alone += weight * pass_curve(first, c0) ** 2
    return list(means), list(squares - means**2), list(alone - means**2)


@pytest.mark.parametrize("name", RULES)
def test_estimates_are_unbiased_over_all_sequences(name: str) -> None:
    rule = RULES[name]
    for p in SHARES:
        means, spread, alone = expected(rule, p)
        truth = [1 - float(1 - p) ** j for j in range(1, rule.start + 1)]
        assert means == pytest.approx(truth, abs=1e-9)
        assert all(a <= b + 1e-12 for a, b in zip(spread, alone, strict=True))


@settings(max_examples=25)
@given(rules(), st.sampled_from(SHARES))
def test_every_rule_of_counts_is_estimated_without_bias(rule: Rule, p: Fraction) -> None:
    means, _, _ = expected(rule, p)
    assert means == pytest.approx([1 - float(1 - p) ** j for j in range(1, rule.start + 1)], abs=1e-9)


@pytest.mark.parametrize("name", RULES)
def test_the_table_counts_what_can_be_listed(name: str) -> None:
    """Against listing all sequences."""
    rule = RULES[name]
    listed: dict[tuple[int, int], list[int]] = {}
    for (n, c, c0), times in stops(rule).items():
        listed.setdefault((n, c), [0] * (rule.start + 1))[c0] += times
    paths = Paths(rule)
    assert {at: paths.ways(*at) for at in listed} == listed
    everywhere = itertools.product(range(rule.n + 1), repeat=2)
    assert all(not any(paths.ways(n, c)) for n, c in everywhere if (n, c) not in listed)


def test_a_case_by_hand() -> None:
    """Of 2 first, 4 at most, until 2 pass. (4, 2) is reached by +- and -+ with one pass of the last two (4
    ways), and by -- with two (1 way): (4 * 1/2 + 1 * 0) / 5."""
    found = Paths(Rule(n=4, first=2, accept=2)).estimate(4, 2)
    assert found is not None and list(found) == pytest.approx([0.4, 0.8])
    fixed = Paths(Rule(n=8, first=8, accept=1)).estimate(8, 3)
    assert fixed is not None and fixed == pytest.approx(pass_curve(8, 3))


def test_naive_estimates_are_biased_and_that_is_why() -> None:
    rule, p = RULES["until 1"], Fraction(1, 5)
    naive = Fraction(0)
    for kinds in sequences(rule.n):
        at = replay(rule, marks(kinds), ASKED).at
        c = kinds.count("+")
        naive += p**c * (1 - p) ** (rule.n - c) * Fraction(kinds[:at].count("+"), at)
    assert float(naive) > 0.22


def test_a_large_cap_is_counted_in_whole_numbers() -> None:
    paths = Paths(Rule(n=1024, first=8, accept=4))
    found = paths.estimate(1024, 0)
    assert found is not None and found[0] == 0.0
    at = paths.estimate(1024, 2)
    assert at is not None and 0 < at[0] < 0.01 and all(a < b for a, b in itertools.pairwise(at))


def account(rule: Rule, *kinds: str) -> Account:
    made = Account(rule)
    for i, one in enumerate(kinds):
        problem = type(ASKED)(id=str(i), prompt="?", answer="4")
        made.add(counted(rule, group(one, problem)))
    return made


def test_path_counting_leaves_out_what_it_cannot_count() -> None:
    rule = Rule(n=8, first=4, accept=2)
    made = account(rule, "++--", "+!-+", "+..+", "!!!!")
    # a fail that was cut off is a fail to a rule that asks for passes alone
    assert set(made.rates) == {"0", "2"} and made.by_paths
    strict = account(Rule(n=8, first=4, accept=2, reject=1), "++--", "+-.+")
    assert set(strict.rates) == {"0"}


def test_halted_problems_take_path_counting_from_all() -> None:
    rule = Rule(n=16, first=4, accept=4)
    assert account(rule, "++++", "--").by_paths  # never asked
    halted = account(rule, "++++", "----++")
    assert not halted.by_paths and halted.method == "first round" and "halted" in halted.summary().estimator
    assert halted.summary().missing == 2 and halted.summary().stops == {"enough": 1, "open": 1}


def test_errors_that_strike_at_random_bias_nothing() -> None:
    """Some problems by path counting and some by the first round: their mixture is unbiased too."""
    rule, p, broken = Rule(n=6, first=2, accept=2), 0.3, 0.2
    total = weight = 0.0
    for drawn in map("".join, itertools.product("+-!", repeat=6)):
        chances = {"+": p * (1 - broken), "-": (1 - p) * (1 - broken), "!": broken}
        w = float(np.prod([chances[k] for k in drawn]))
        made = account(rule, drawn)
        first = drawn[:2]
        judged = len(first) - first.count("!")
        if not judged:
            continue
        rate = made.rates.get("0")
        total += w * (float(rate[0]) if rate is not None else first.count("+") / judged)
        weight += w
    assert total / weight == pytest.approx(p, abs=1e-12)
