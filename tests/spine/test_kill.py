"""SIGKILL at 16 random moments of a run: nothing lost, nothing doubled, the same bytes exported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spine.killing import kill_many


@pytest.mark.timeout(600)
@pytest.mark.slow  # 16 kills and about 4 complete runs; benchmarks/kill.py has more
@pytest.mark.parametrize("until", [False, True], ids=["fixed", "until"])
def test_killed_runs_export_the_same_bytes(tmp_path: Path, until: bool) -> None:
    compared, stages = kill_many(tmp_path, kills=16, seed=1, until=until)
    print(compared, stages)
    assert compared >= 3
    assert len(stages) >= 2  # which ones are hit is the clock's choice; tests/faults hits every operation
