"""A round may stop its problems by their verdicts; held-out problems never do, and rates stay unbiased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from verirs.errors import ConfigError
from verirs.loop import problems
from verirs.loop.config import LoopConfig, read
from verirs.loop.data import draw
from verirs.running.drive import run
from verirs.store import Store
from verirs.until import Account, counted, groups, pass_rates, rule_in


def table(**over: Any) -> dict[str, Any]:
    return {
        "model": "model",
        "sample": {
            "n": 16,
            "source": {"name": "arithmetic", "count": 10},
            "engine": {"name": "transformers"},
            "until": {"accept": 2, "first": 4},
        },
        "held_out": {"source": {"name": "arithmetic", "count": 5, "split": "held-out"}},
        **over,
    }


def test_a_round_stops_its_problems_and_the_held_out_ones_get_n() -> None:
    loop = read(table())
    assert isinstance(loop, LoopConfig)
    sampled = loop.run_config("samples", Path("x"), "model")
    held_out = loop.run_config("held-out", Path("x"), "model", held_out=True)
    assert sampled.until is not None and sampled.until.accept == 2
    assert held_out.until is None and held_out.n == 16


def test_a_rule_for_held_out_problems_is_refused() -> None:
    raw = table()
    raw["held_out"]["until"] = {"accept": 1}
    with pytest.raises(ConfigError, match="compared at equal n"):
        read(raw)


def test_rates_and_the_control_know_only_what_counts(tmp_path: Path) -> None:
    raw: dict[str, Any] = {
        "name": "run",
        "runs": str(tmp_path),
        "n": 16,
        "source": {"name": "arithmetic", "count": 10},
        "engine": {"name": "fake", "pass_rate": 0.3},
    }
    run(raw)
    result = run(raw | {"until": {"accept": 2, "first": 4}})
    rates = problems.pass_rates(tmp_path / "run")
    with Store.open(tmp_path / "run") as store:
        assert rates == pass_rates(store) and len(rates) == 10
        rule = rule_in(store)
        assert rule is not None
        account = Account(rule)
        for group in store.groups():
            account.add(counted(rule, group))
        assert rates == {key: float(row[0]) for key, row in account.rates.items()}
        drawn = [c for s in draw(store, 10_000, 0) for c in s.accepted]
        assert len(drawn) == sum(len(g.candidates) for g in groups(store)) == result.summary.completions
    assert sum(rates.values()) / 10 == pytest.approx(result.summary.estimates["pass@k"].at[1].mean, abs=1e-6)
