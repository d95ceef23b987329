"""Reports of other resumable pipelines that lost or falsified data: ours must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.outside.resuming import CASES, Case, Place


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_others_lost_is_kept(case: Case, tmp_path: Path) -> None:
    case.holds(Place(tmp_path))
