"""The row writer: nothing lost, the same bytes, old files safe, columns kept."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.parts import all_sinks
from tests.select.toys import candidate, group
from verirs.errors import ConfigError, PartError
from verirs.parts import sink_part
from verirs.select import First
from verirs.sinks import KtoSink, SftSink, rows
from verirs.sinks.columns import schema
from verirs.sinks.writer import RowWriter, export
from verirs.types import Selection

COLUMNS = {"text": "text", "n": "int", "x": "float"}


def selections(problems: int, samples: int = 4) -> list[Selection]:
    return [
        First(pairs="random").select(
            group(
                *(candidate(i, verdict="fail" if i % 2 else "pass") for i in range(samples)),
                problem_id=f"p{p}",
            )
        )
        for p in range(problems)
    ]


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("limit", ["BATCH_ROWS", "BATCH_CHARS"])
def test_batches_of_three_over_seven_rows_lose_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(rows, limit, 3)
    with RowWriter(tmp_path, "seven", schema(COLUMNS)) as out:
        for i in range(7):
            out.write({"text": str(i), "n": i, "x": None})
    assert pq.ParquetFile(tmp_path / "seven.parquet").num_row_groups == 3
    for path in (tmp_path / "seven.parquet", tmp_path / "seven.jsonl"):
        assert [r["n"] for r in read(path)] == list(range(7))


def test_both_formats_hold_the_same_rows(tmp_path: Path) -> None:
    done = export(selections(5), all_sinks(), tmp_path, ("parquet", "jsonl"))
    for name, written in done.items():
        parquet, jsonl = map(read, written.paths)
        assert parquet == jsonl and len(parquet) == written.rows > 0, name
    assert done["kto"].totals == {"label": 10} and done["kto"].rows == 20
    assert done["sft"].totals == {}


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        export(selections(5), all_sinks(), tmp_path / folder, ("parquet", "jsonl"))
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_an_empty_file_keeps_its_columns(tmp_path: Path) -> None:
    export([], [sink_part(SftSink())], tmp_path)
    assert pq.read_schema(tmp_path / "sft.parquet").equals(SftSink().columns)


def test_only_the_asked_formats_are_written_and_unknown_ones_refused(tmp_path: Path) -> None:
    export(selections(1), [sink_part(SftSink())], tmp_path, ("jsonl",))
    assert sorted(os.listdir(tmp_path)) == ["sft.jsonl"]
    with pytest.raises(ConfigError, match="unknown format 'parket'; did you mean parquet"):
        export([], [sink_part(SftSink())], tmp_path, ("parket",))


def test_a_crash_leaves_the_old_files_and_no_temporary_ones(tmp_path: Path) -> None:
    export(selections(2), [sink_part(SftSink()), sink_part(KtoSink())], tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def dies() -> Any:
        yield selections(1)[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(dies(), [sink_part(SftSink()), sink_part(KtoSink())], tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("fmt", ["jsonl", "parquet"])
def test_a_full_disk_is_an_error_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fmt: str
) -> None:
    export(selections(2), [sink_part(SftSink())], tmp_path, (fmt,))
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    real = Path.open

    def full(self: Path, mode: str = "r") -> object:
        return real(Path("/dev/full"), "wb") if self.suffix == ".tmp" else real(self, mode)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match="No space left"):
        export(selections(2), [sink_part(SftSink())], tmp_path, (fmt,))
    monkeypatch.undo()
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_row_with_other_columns_is_refused_by_name(tmp_path: Path) -> None:
    with (
        pytest.raises(PartError, match="'bad': row and columns differ in m, n"),
        RowWriter(tmp_path, "bad", schema(COLUMNS)) as out,
    ):
        out.write({"text": "", "m": 1, "x": None})
    assert not list(tmp_path.iterdir())


def test_what_json_and_utf8_cannot_hold_is_replaced_in_both(tmp_path: Path) -> None:
    with RowWriter(tmp_path, "odd", schema(COLUMNS)) as out:
        out.write({"text": "a\ud800é\U0001f600\x00", "n": 1, "x": math.nan})
        out.write({"text": "plain", "n": 2, "x": math.inf})
    for path in (tmp_path / "odd.parquet", tmp_path / "odd.jsonl"):
        assert [(r["text"], r["x"]) for r in read(path)] == [
            ("a\ufffdé\U0001f600\x00", None),
            ("plain", None),
        ]


def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path) -> None:
    import tracemalloc

    def peak(rows: int) -> int:
        with RowWriter(tmp_path, "big", schema(COLUMNS)) as out:
            tracemalloc.start()
            for i in range(rows):
                out.write({"text": "x" * 1000, "n": i, "x": 0.5})
            size = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return size

    assert peak(12_000) < 1.3 * peak(4_000)
