# ruff: noqa: E501 - rows as text
"""Every form of a file gives the same problems."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.writing import ENCODED, PACKED, TEXT, lines, write, write_parquet
from verirs.errors import SourceError
from verirs.sources import formats, parquet, text
from verirs.sources.files import FileSource, read_rows
from verirs.types import Problem

ROWS = [
    {"key": "a", "question": "Straße, “2 + 2”?\nSay.", "answer": "4", "level": "1"},
    {"key": "b", "question": 'He said: "6, 7"; then?\t\u2028', "answer": "$\\frac{1}{2}$", "level": "two"},
]


def read(path: object, **options: Any) -> list[Problem]:
    return list(FileSource(str(path), **options).problems())


def essence(problems: list[Problem]) -> list[tuple[Any, ...]]:
    return [(p.id, p.prompt[0]["content"], p.answer, dict(p.meta)) for p in problems]


WANTED = [(r["key"], r["question"], r["answer"], {"level": r["level"]}) for r in ROWS]


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("encoding", ENCODED)
def test_each_form_in_each_encoding(name: str, encoding: str, tmp_path: Path) -> None:
    assert essence(read(write(tmp_path, ROWS, name, encoding), id="key")) == WANTED


@pytest.mark.parametrize("packing", PACKED)
def test_each_packing_with_and_without_its_name(packing: str, tmp_path: Path) -> None:
    path = write(tmp_path, ROWS, "lines.jsonl", packing=packing)
    assert essence(read(path, id="key")) == WANTED
    plain = path.rename(tmp_path / "plain.jsonl")
    assert essence(read(plain, id="key")) == WANTED


def test_parquet(tmp_path: Path) -> None:
    assert essence(read(write_parquet(tmp_path / "t.parquet", ROWS), id="key")) == WANTED
    assert essence(read(write_parquet(tmp_path / "u.pq", ROWS, row_group_size=1), id="key")) == WANTED


# without the characters that a CSV file cannot hold: Python writes a lone \r without quotation marks
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=12)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6, unique_by=lambda pair: pair[0]),
    st.sampled_from([n for n in TEXT if "blank" not in n]),
)
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]], name: str
) -> None:
    # a number before it, so that no cell means "no value" and no line is blank
    rows = [{"question": f"{n}{q}", "answer": f"{n}{a}"} for n, (q, a) in enumerate(cells)]
    path = write(tmp_path_factory.mktemp("t"), rows, name)
    got = [(p.prompt[0]["content"], p.answer) for p in read(path)]
    assert got == [(r["question"], r["answer"]) for r in rows]


@pytest.mark.parametrize(
    ("value", "gold"),
    [
        ("42", "42"), (42, "42"), (-3, "-3"), (10**30, str(10**30)), (True, "True"), (False, "False"), (["7"], "7"), ([7.0], "7"),
        (["7", "7"], "7"), ([], None), ([None], None), (None, None), ("", None), ("  ", None), ("nan", None), ("NaN", None),
        ("<NA>", None), ("None", None), ('["7"]', "7"), ("[7]", "[7]"), ('["7", "8"]', '["7", "8"]'), ("[1, 2]", "[1, 2]"),
        ("nano", "nano"), ("none of these", "none of these"), (" 4 ", " 4 "),
    ],
)  # fmt: skip
def test_golds_as_data_sets_write_them(value: object, gold: str | None, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(lines([{"question": "q?", "answer": value}]))
    assert [p.answer for p in read(path)] == [gold]


@pytest.mark.parametrize(
    ("written", "gold"),
    [
        ("42.0", "42"), ("0.10", "0.10"), ("1.5", "1.5"), ("1e3", "1000"), ("1e-7", "1e-7"), ("1e400", "1e400"), ("-0.0", "0"),
        ("3.14159265358979323846", "3.14159265358979323846"), ("NaN", None), ("12345678901234567890", "12345678901234567890"),
    ],
)  # fmt: skip
def test_numbers_in_json_keep_how_they_are_written(written: str, gold: str | None, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"question": "q?", "answer": {written}}}\n')
    assert [p.answer for p in read(path)] == [gold]


def test_parquet_numbers(tmp_path: Path) -> None:
    golds: dict[str, Any] = {
        "half": pa.array([0.1, 7.0], pa.float32()),
        "double": pa.array([0.1, float("nan")]),
        "decimal": pa.array([1, 25], pa.decimal128(8, 2)),
        "byte": pa.array([1, 2], pa.int8()),
    }
    wanted = {"half": ["0.1", "7"], "double": ["0.1", None], "decimal": ["1", "25"], "byte": ["1", "2"]}
    for name, column in golds.items():
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"question": ["a?", "b?"], "answer": column}), path)
        assert [p.answer for p in read(path)] == wanted[name], name


def test_what_json_cannot_hold_stays_out_of_meta(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {
        "question": ["q?"],
        "image": [b"\x89PNG"],
        "when": pa.array([0], pa.timestamp("ms")),
        "rate": [float("nan")],
        "nested": [{"n": float("inf"), "list": [1.5]}],
        "__index_level_0__": [3],
    }
    pq.write_table(pa.table(columns), path)
    (p,) = read(path)
    assert p.meta == {"when": "1970-01-01 00:00:00", "nested": {"n": None, "list": [1.5]}}
    json.dumps(p.meta, allow_nan=False)


def test_no_id_is_a_hash_and_no_id_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        lines([{"id": 3, "question": "q?"}, {"id": None, "question": "r?"}, {"id": 4.0, "question": "s?"}])
    )
    first, second, third = (p.id for p in read(path))
    assert (first, third) == ("3", "4") and len(second) == 16
    assert all(len(p.id) == 16 for p in read(path, id=""))


def test_links_are_followed_and_pipes_refused(tmp_path: Path) -> None:
    path = write(tmp_path, ROWS, "lines.jsonl")
    (tmp_path / "link.jsonl").symlink_to(path)
    assert len(read(tmp_path / "link.jsonl")) == 2
    os.mkfifo(tmp_path / "pipe.jsonl")
    for pipe in (tmp_path / "pipe.jsonl", "/dev/null", "-"):
        with pytest.raises(SourceError, match="no regular file"):
            read(pipe)


def test_files_of_a_folder_or_a_pattern_come_in_order(tmp_path: Path) -> None:
    for n in (2, 0, 1):
        (tmp_path / f"p{n}.jsonl").write_text(lines([{"question": f"{n}?"}]))
    (tmp_path / "notes.md").write_text("x")
    for path in (tmp_path, tmp_path / "p*.jsonl"):
        assert [p.prompt[0]["content"] for p in read(path)] == ["0?", "1?", "2?"]
    with pytest.raises(SourceError, match=r"no file matches \(looked in /"):
        read(tmp_path / "q*.jsonl")
    (tmp_path / "more.csv").write_text("question\nx?\n")
    with pytest.raises(SourceError, match="several kinds"):
        read(tmp_path)


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "set[1].jsonl"
    path.write_text(lines(ROWS))
    assert len(read(path)) == 2


def test_a_line_without_an_end_is_refused_by_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (text, formats, parquet):
        monkeypatch.setattr(module, "LONGEST", 10_000)
    for packing in ("", ".gz", ".zst"):
        path = tmp_path / f"long.jsonl{packing}"
        path.write_bytes(PACKED[packing](lines(ROWS).encode() + b'{"question": "' + b"x" * 10**6))
        with pytest.raises(SourceError, match=r"long\.jsonl.*:3: the line is longer than 10,000"):
            list(read_rows(path))
    (tmp_path / "long.json").write_text('[{"question": "' + "x" * 3 * 2**20 + '"}]')
    with pytest.raises(SourceError, match=r"row 1: not JSON, or longer than 10,000"):
        list(read_rows(tmp_path / "long.json"))
    write_parquet(tmp_path / "long.parquet", [*ROWS, {"question": "x" * 20_000}])
    with pytest.raises(SourceError, match=r"row 3: a value is longer than 10,000"):
        list(read_rows(tmp_path / "long.parquet"))


def test_a_parquet_file_that_unpacks_to_anything_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_parquet(
        tmp_path / "big.parquet", [{"question": "x" * n} for n in range(1000)], use_dictionary=False
    )
    monkeypatch.setattr(parquet, "LARGEST_COLUMN", 100_000)
    with pytest.raises(SourceError, match="its column question unpacks to"):
        list(read_rows(path))


def test_memory_stays_at_a_row_for_lines_and_arrays(tmp_path: Path) -> None:
    """Reading is lazy: the first rows of a file that ends in a fault come before the fault."""
    body = ",\n".join(json.dumps({"question": f"{n} {'x' * 1000}"}) for n in range(5000))
    (tmp_path / "t.json").write_text(f"[{body}, broken")
    rows = read_rows(tmp_path / "t.json")
    assert len(list(itertools.islice(rows, 3000))) == 3000
    with pytest.raises(SourceError, match=r"row 5001: not JSON"):
        list(rows)


@pytest.mark.parametrize("name", [n for n in TEXT if n.endswith((".json", ".jsonl", ".csv"))])
def test_a_file_cut_anywhere_is_refused_or_gives_a_beginning(name: str, tmp_path: Path) -> None:
    whole = TEXT[name](ROWS).encode()
    for cut in range(0, len(whole), 7):
        path = tmp_path / name
        path.write_bytes(whole[:cut])
        try:
            got = [p.prompt[0]["content"] for p in read(path)]
        except SourceError:
            continue
        assert got == [r["question"] for r in ROWS][: len(got)] or name.endswith(".csv"), cut


def test_a_packed_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    for packing in (".gz", ".bz2", ".xz", ".zst"):
        whole = PACKED[packing](lines(ROWS).encode())
        path = tmp_path / f"t.jsonl{packing}"
        for cut in (len(whole) // 3, len(whole) // 2, len(whole) - 9):
            path.write_bytes(whole[:cut])
            with pytest.raises(SourceError):
                list(read_rows(path))
