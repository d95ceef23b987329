"""The fast part of the fault matrix: nothing silently wrong, nothing raw. All of it: benchmarks/faults.py."""

from __future__ import annotations

import random

import pytest

from tests.faults.matrix import KINDS
from tests.faults.world import REFUSED, SURVIVED, Undisturbed


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("faults"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", [kind for kind, (_, _, few) in KINDS.items() if few])
def test_every_fault_is_survived_or_refused_by_name(kind: str, undisturbed: Undisturbed) -> None:
    inject, _, few = KINDS[kind]
    outcomes = list(inject(undisturbed, random.Random(1), few))
    assert len(outcomes) >= few * 2 // 3  # of a power loss, fewer where a life had fewer steps
    assert [o for o in outcomes if o.how not in (SURVIVED, REFUSED)] == []
