"""The engine openai_batch against what servers were reported to do: no sample is lost or paid for twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.test_openai_batch import made, paid_once, quick, request, sample
from tests.outside import batch_cases, batch_line_cases
from tests.outside.batch_dialects import Dialect, Reported
from verirs.errors import VerirsError

__all__ = ["quick"]


@pytest.mark.parametrize("case", batch_cases.CASES + batch_line_cases.CASES, ids=lambda case: case.name)
def test_reported(case: Reported, tmp_path: Path) -> None:
    server = Dialect()
    server.fates.extend(case.fates)
    server.before, server.after = case.before, case.after
    wanted = [request(name, 0, 1) for name in "abc"]
    try:
        if not case.words:
            found = sample(made(server, tmp_path, deadline=20.0), *wanted)
        else:
            with pytest.raises(VerirsError, match=case.words):
                sample(made(server, tmp_path, deadline=20.0), *wanted)
            if not case.cured:
                return
            server.before = server.after = None
            found = sample(made(server, tmp_path), *wanted)
        assert len(found) == 6
        assert paid_once(server) or case.again
        plain = Dialect()
        try:
            assert found == sample(made(plain, tmp_path / "plain"), *wanted)
        finally:
            plain.close()
    finally:
        server.close()
