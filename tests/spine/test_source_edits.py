"""Commands that do not read the source say when its files are others than the run's last command read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.outside.resuming import Place


@pytest.mark.parametrize("command", ["score", "export"])
def test_an_edited_source_is_told_until_a_run_has_read_it(tmp_path: Path, command: str) -> None:
    place = Place(tmp_path)
    place.rows()
    place.run()
    before = place.bytes()
    assert "changed since" not in place.do(command, "runs/r").said
    place.write("q.jsonl", [{"id": "0", "prompt": "0+0?", "answer": "7"}])
    said = place.do(command, "runs/r").said
    assert "q.jsonl changed since runs/r read it" in said and "`verirs run runs/r/config.toml`" in said
    assert place.bytes() == before
    place.do("run", "runs/r/config.toml")
    assert "changed since" not in place.do(command, "runs/r").said
    assert {r["problem_id"] for r in place.export("r", "rejects")} == {"0"}
    (tmp_path / "q.jsonl").unlink()
    ran = place.do(command, "runs/r")
    assert ran.code == 0 and "changed since" not in ran.said
