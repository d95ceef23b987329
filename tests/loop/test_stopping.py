from __future__ import annotations

import pytest

from tests.loop.toys import metrics
from verirs.loop.sections import StopConfig
from verirs.loop.stopping import decide, pass_k_change


def flat(c: int, problems: int = 40) -> dict[str, tuple[int, int]]:
    return {f"p{i}": (16, c) for i in range(problems)}


def test_a_gain_goes_on_and_the_newest_is_best() -> None:
    decision = decide([metrics(0, flat(4)), metrics(1, flat(8)), metrics(2, flat(9))], StopConfig())
    assert (decision.best, decision.stop) == (2, "")


def test_no_gain_for_patience_rounds_stops_and_keeps_the_best() -> None:
    rounds = [metrics(0, flat(4)), metrics(1, flat(8)), metrics(2, flat(8)), metrics(3, flat(7))]
    assert decide(rounds[:3], StopConfig(patience=2)).stop == ""
    decision = decide(rounds, StopConfig(patience=2))
    assert decision.best == 1
    assert "no gain in pass@1 for 2 rounds" in decision.stop
    assert decide(rounds, StopConfig(patience=0)).stop == ""


def test_a_rise_smaller_than_gain_is_none() -> None:
    rounds = [metrics(0, flat(4)), metrics(1, flat(5))]
    assert decide(rounds, StopConfig(patience=1, gain=0.1)).best == 0
    assert decide(rounds, StopConfig(patience=1, gain=0.05)).best == 1


def test_falling_pass_k_stops_though_pass_1_rises() -> None:
    narrow = {f"p{i}": (16, 16 if i >= 6 else 0) for i in range(40)}  # 6 of 40 problems were lost
    decision = decide([metrics(0, flat(8)), metrics(1, narrow)], StopConfig())
    assert decision.best == 0
    assert "pass@16 fell by 0.150" in decision.stop


def test_a_fall_that_is_shown_but_small_only_warns_and_one_within_noise_says_nothing() -> None:
    one_lost = {f"p{i}": (16, 16 if i else 0) for i in range(40)}
    decision = decide([metrics(0, flat(8)), metrics(1, one_lost)], StopConfig())
    assert (decision.best, decision.stop) == (1, "")
    assert len(decision.warnings) == 1 and "a fall of pass@16 below 10% stops nothing" in decision.warnings[0]
    some_lost = {f"p{i}": (16, 16 if i >= 12 else 0) for i in range(400)}
    decision = decide([metrics(0, flat(8, 400)), metrics(1, some_lost)], StopConfig(pass_k_drop=0.05))
    assert (decision.best, decision.stop) == (1, "")
    assert "pass@16 fell by 0.030" in decision.warnings[0]


def test_a_small_significant_fall_is_tolerated_up_to_the_limit() -> None:
    lost = {f"p{i}": (16, 16 if i >= 6 else 0) for i in range(400)}
    assert decide([metrics(0, flat(8, 400)), metrics(1, lost)], StopConfig(pass_k_drop=0.02)).stop == ""
    assert decide([metrics(0, flat(8, 400)), metrics(1, lost)], StopConfig(pass_k_drop=0.01)).stop


def test_budgets() -> None:
    rounds = [metrics(0, flat(4)), metrics(1, flat(8), kl=3.0), metrics(2, flat(9), kl=9.0)]
    decision = decide(rounds, StopConfig(kl=5.0))
    assert decision.best == 1
    assert "9.00 nats" in decision.stop
    assert "300 tokens" in decide(rounds, StopConfig(tokens=300)).stop
    assert decide(rounds, StopConfig(tokens=301)).stop == ""


def test_pass_k_is_compared_at_the_smaller_n() -> None:
    before, now = metrics(0, {"a": (16, 8)}), metrics(1, {"a": (4, 2), "only now": (4, 0)})
    # pass@4 of 8 of 16 is 1 - C(8,4)/C(16,4), of 2 of 4 it is 1
    change = pass_k_change(before, now)
    assert change is not None and change.mean == pytest.approx(70 / 1820)


def test_nothing_to_decide_on() -> None:
    with pytest.raises(ValueError):
        decide([], StopConfig())
