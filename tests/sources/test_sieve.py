# ruff: noqa: E501 - rows as text
"""Bad rows are named all at once or left out and counted; twins are found; nothing is silently wrong."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.sources.writing import BAD, lines
from verirs.errors import SourceError
from verirs.sources.files import FileSource
from verirs.sources.hub import HubSource


def good(n: int) -> str:
    return lines([{"question": f"{n} + {n}?", "answer": str(2 * n)}])


def file(path: Path, *parts: str) -> FileSource:
    path.write_text("".join(part if part.endswith("\n") else part + "\n" for part in parts))
    return FileSource(str(path))


def refusal(source: FileSource) -> str:
    with pytest.raises(SourceError) as error:
        list(source.problems())
    return str(error.value)


@pytest.mark.parametrize("kind", BAD)
def test_each_kind_of_bad_row_is_named_and_left_out(kind: str, tmp_path: Path) -> None:
    line, said = BAD[kind]
    source = file(tmp_path / "t.jsonl", good(1), good(2), line, good(3))
    told = refusal(source)
    assert "1 of 4 rows cannot be used" in told
    (named,) = (part for part in told.splitlines() if "t.jsonl:3: " in part)
    assert said in named
    skipping = FileSource(source.path, on_error="skip")
    assert [p.answer for p in skipping.problems()] == ["2", "4", "6"]
    ((where, why),) = skipping.skipped()
    assert where.endswith("t.jsonl:3") and said in why
    assert len(list(skipping.problems())) == 3 and len(skipping.skipped()) == 1  # and again


@pytest.mark.parametrize("seed", range(8))
def test_all_bad_rows_are_named_wherever_they_stand(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    kinds = [None] * 60 + chance.choices(list(BAD), k=chance.randrange(1, 15))
    chance.shuffle(kinds)
    parts = [good(n) if kind is None else BAD[kind][0] for n, kind in enumerate(kinds)]
    parts.insert(0, good(1000))  # the first line says what the file is
    expected = {f"t.jsonl:{n}": kind for n, kind in enumerate([None, *kinds], 1) if kind is not None}
    source = file(tmp_path / "t.jsonl", *parts)
    told = refusal(source)
    assert f"{len(expected)} of {len(parts)} rows cannot be used" in told
    skipping = FileSource(source.path, on_error="skip")
    assert len(list(skipping.problems())) == 61
    left = {where.rpartition("/")[2]: why for where, why in skipping.skipped()}
    assert left.keys() == expected.keys()
    assert all(BAD[expected[where]][1] in why for where, why in left.items())


def test_at_most_twenty_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    told = refusal(file(tmp_path / "t.jsonl", good(0), *[BAD["number"][0]] * 30, *map(good, range(1, 60))))
    assert "30 of 90 rows" in told and told.count("t.jsonl:") == 20
    assert "and 10 more: 10 x the prompt is neither a text nor a list of chat messages" in told


def test_a_column_that_no_row_has_is_said_once(tmp_path: Path) -> None:
    rows = lines([{"query": f"{n}?", "response": "1"} for n in range(50)])
    told = refusal(file(tmp_path / "t.jsonl", rows))
    assert told.count("no prompt column") == 1 and "(and so in 49 more rows)" in told
    assert "The row has query, response; did you mean query? For example --set source.prompt=query" in told


def test_too_much_is_never_left_out_in_silence(tmp_path: Path) -> None:
    file(tmp_path / "t.jsonl", good(1), BAD["number"][0], BAD["torn"][0])
    told = refusal(FileSource(str(tmp_path / "t.jsonl"), on_error="skip"))
    assert "2 of 3 rows" in told and "more than half" in told


def test_what_is_shown_of_a_row_cannot_move_a_terminal(tmp_path: Path) -> None:
    row = {"question": {"\x1b]0;owned\x07": "\x1b[2J\u202e"}, "answer": "1"}
    told = refusal(file(tmp_path / "t.jsonl", good(1), lines([row])))
    assert not set(told) & {"\x1b", "\x07", "\u202e"} and "x1b" in told.replace("u00", "x")
    told = refusal(file(tmp_path / "t.jsonl", lines([{"\x1b[31mquestion": "x"}])))
    assert "\x1b" not in told


TWINS: dict[str, tuple[list[dict[str, Any]], list[str | None], str, list[str | None]]] = {
    # rows, the golds when refusing (or none), what the refusal says, the golds when skipping
    "equal": ([{"q": 1, "a": "1"}, {"q": 2, "a": "2"}, {"q": 1, "a": "1"}], ["1", "2"], "", ["1", "2"]),
    "equal but for meta": ([{"q": 1, "a": "1", "x": 1}, {"q": 1, "a": "1", "x": 2}], ["1"], "", ["1"]),
    "equal with one id": ([{"id": "i", "q": 1, "a": "1"}] * 2, ["1"], "", ["1"]),
    "equal with two ids": (
        [{"id": "i", "q": 1, "a": "1"}, {"id": "j", "q": 1, "a": "1"}], ["1", "1"], "", ["1", "1"],
    ),
    "two golds": (
        [{"q": 0, "a": "0"}, {"q": 1, "a": "1"}, {"q": 2, "a": "2"}, {"q": 3, "a": "3"}, {"q": 1, "a": "5"}],
        ["0", "1", "2", "3", "5"], "", ["0", "1", "2", "3", "5"],
    ),
    "three golds and again the first": (
        [{"q": n, "a": str(n)} for n in range(6)] + [{"q": 1, "a": "5"}, {"q": 1, "a": "6"}, {"q": 1, "a": "1"}],
        ["0", "1", "2", "3", "4", "5", "5", "6"], "", ["0", "1", "2", "3", "4", "5", "5", "6"],
    ),
    "a gold and none": (
        [{"q": 1, "a": "1"}, {"q": 2, "a": "2"}, {"q": 3, "a": "3"}, {"q": 1, "a": None}],
        [], "'1' and no answer", ["2", "3"],
    ),
    "one id for two": (
        [{"id": "i", "q": 1, "a": "1"}, {"id": "i", "q": 2, "a": "2"}, {"id": "j", "q": 3, "a": "3"}, {"id": "k", "q": 4, "a": "4"}],
        [], "t.jsonl:2: two rows of one id 'i' (as t.jsonl:1)", ["3", "4"],
    ),
    "two tests": (
        [{"q": 1, "a": None, "t": "assert f(1)"}, {"q": 2, "a": "2"}, {"q": 3, "a": "3"}, {"q": 1, "a": None, "t": "assert f(2)"}],
        [], "the same question with different tests (as t.jsonl:4)", ["2", "3"],
    ),
    "two ids, two golds": (
        [{"id": "i", "q": 1, "a": "1"}, {"id": "j", "q": 1, "a": "2"}], ["1", "2"], "", ["1", "2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TWINS)
def test_twins(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows, refusing, said, skipping = TWINS[kind]
    rows = [
        {"id": r.get("id"), "question": f"{r['q']}?", "answer": r["a"], "x": r.get("x"), "tests": r.get("t")}
        for r in rows
    ]
    Path("t.jsonl").write_text(lines(rows))
    source = FileSource("t.jsonl")
    if said:
        assert said in refusal(source)
    else:
        assert [p.answer for p in source.problems()] == refusing
        assert len(source.skipped()) == len(rows) - len(refusing)
    source = FileSource("t.jsonl", on_error="skip")
    assert [p.answer for p in source.problems()] == skipping
    assert len(source.skipped()) == len(rows) - len(skipping)


def test_a_source_says_where_its_problems_stand(tmp_path: Path) -> None:
    source = file(tmp_path / "t.jsonl", good(1), "", good(2))
    first, second = source.problems()
    assert source.where(first.id).endswith("t.jsonl:1") and source.where(second.id).endswith("t.jsonl:3")
    assert source.where("no such id") == ""


def test_a_limit_reads_no_further_than_it_must(tmp_path: Path) -> None:
    source = file(tmp_path / "t.jsonl", good(1), good(2), BAD["torn"][0])
    problems = source.problems()
    assert [next(problems).answer, next(problems).answer] == ["2", "4"]
    with pytest.raises(SourceError, match="1 of 3 rows"):
        next(problems)


def test_a_file_that_breaks_off_names_the_bad_rows_before_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('question,answer\na?,1,2\nb?,1\n"open,3\n')
    told = refusal(FileSource(str(tmp_path / "t.csv")))
    assert "t.csv:2: not as many cells" in told and "and then:" in told and "t.csv:4" in told


def test_rows_of_the_hub_go_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [{"problem": "1 + 1?", "answer": 2.0, "image": object()}] * 2 + [{"problem": None, "answer": 1}]
    rows += [{"problem": f"{n}?", "answer": n} for n in range(3)]
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: iter(rows))
    told = refusal(HubSource("some/set"))  # type: ignore[arg-type]
    assert "source hub: 1 of 6 rows" in told and "some/set/train, row 3: the prompt is empty" in told
    source = HubSource("some/set", on_error="skip")
    assert [p.answer for p in source.problems()] == ["2", "0", "1", "2"] and len(source.skipped()) == 2
    (first, *_) = source.problems()
    assert first.meta == {} and source.where(first.id) == "some/set/train, row 1"


def test_a_column_that_some_rows_lack_is_said_once(tmp_path: Path) -> None:
    bare = lines([{"q": f"{n}?"} for n in range(30)])
    told = refusal(file(tmp_path / "t.jsonl", good(1), bare, BAD["torn"][0]))
    assert told.count("no prompt column") == 1 and "t.jsonl:2: no prompt column" in told
    assert "31 of 32 rows" in told and "(and so in 29 more rows)" in told and "t.jsonl:32: not JSON" in told
