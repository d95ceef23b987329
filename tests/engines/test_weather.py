"""Whole runs against servers that misbehave in every way of :mod:`tests.engines.faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.faults import CASES
from tests.engines.weather import Case, fault_of
from verirs.engines.openai import engine
from verirs.engines.openai import server as reaching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(reaching, "_FIRST_PROBE", 0.01)
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_one_sample_suffers_and_the_run_goes_on(case: Case, tmp_path: Path) -> None:
    assert not fault_of(case, tmp_path)
