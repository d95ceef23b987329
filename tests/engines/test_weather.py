"""Whole runs against servers that misbehave in every way of :mod:`tests.engines.faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.faults import CASES
from tests.engines.weather import Case, fault_of
from verirs.engines.openai import engine
from verirs.engines.openai import pool as reaching
from verirs.engines.openai.notices import Notices
from verirs.protocols import Sampling


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(reaching, "_FIRST_PROBE", 0.01)
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_one_sample_suffers_and_the_run_goes_on(case: Case, tmp_path: Path) -> None:
    assert not fault_of(case, tmp_path)


def test_short_answers_too_tell_of_a_server_that_does_not_sample(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hot, said = Sampling(temperature=1.0), "same text under different seeds"
    for short, pairs in (("5+5=10", 60), ("a text of thirty characters or so", 6)):
        notices = Notices("http://here", False, "max_tokens")
        for _ in range(pairs - 1):
            notices.group(hot, [short, short])
        assert said not in caplog.text, "so few may be chance"
        notices.group(hot, [short, short])
        assert said in caplog.text
        caplog.clear()
    sampling = Notices("http://here", False, "max_tokens")
    sampling.group(hot, ["4", "5"])
    for _ in range(100):
        sampling.group(hot, ["4", "4", "4"])
    assert said not in caplog.text
