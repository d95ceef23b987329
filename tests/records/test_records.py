"""Records go out as JSON and come back the same; another version, or a damaged one, is refused by name."""

from __future__ import annotations

import dataclasses
import json
import typing
from pathlib import Path
from typing import Any

import pytest

from scripts.records_page import PAGE, nested, page
from tests.records.toys import MANIFEST, METRICS, examples, summary
from verirs.errors import StoreError
from verirs.parts.options import options_of
from verirs.records import LoopManifest, Manifest, Origin, Record, RoundMetrics, RunSummary
from verirs.records.record import _NUMBERS

RECORDS = (RunSummary, Manifest, Origin, RoundMetrics, LoopManifest)
ALL = [kind for record in RECORDS for kind in (record, *nested(record))]
by_name = pytest.mark.parametrize("record", examples(), ids=lambda r: type(r).__name__)


@by_name
def test_a_record_comes_back_from_json_as_it_was(record: Record, tmp_path: Path) -> None:
    assert type(record).from_json(json.loads(json.dumps(record.to_json(), allow_nan=False))) == record
    record.save(tmp_path / "record.json")
    assert type(record).load(tmp_path / "record.json") == record


@by_name
def test_the_example_leaves_no_field_at_its_default(record: Record) -> None:
    """Otherwise the test above could not see a field that is lost."""
    for found in _dataclasses_in(record):
        for field in dataclasses.fields(found):
            if field.name != type(record).version_key:
                assert getattr(found, field.name) != field.default, f"{type(found).__name__}.{field.name}"


def _dataclasses_in(value: Any) -> list[Any]:
    if dataclasses.is_dataclass(value):
        inner = [getattr(value, f.name) for f in dataclasses.fields(value)]
        return [value, *(d for v in inner for d in _dataclasses_in(v))]
    if isinstance(value, dict):
        return [d for v in value.values() for d in _dataclasses_in(v)]
    return [d for v in value for d in _dataclasses_in(v)] if isinstance(value, tuple) else []


@by_name
def test_the_keys_of_the_json_are_the_fields(record: Record) -> None:
    assert list(record.to_json()) == [f.name for f in dataclasses.fields(record)]  # type: ignore[arg-type]


@by_name
def test_a_newer_version_is_refused(record: Record) -> None:
    kind = type(record)
    with pytest.raises(
        StoreError, match=r"a\.json has \w+ 99, this verirs reads \d: a newer verirs wrote it"
    ):
        kind.from_json({**record.to_json(), kind.version_key: 99}, "a.json")


@by_name
def test_a_record_without_a_version_is_refused_and_told_how_to_mend(record: Record) -> None:
    raw = record.to_json()
    del raw[type(record).version_key]
    with pytest.raises(StoreError, match="an older verirs wrote it") as refused:
        type(record).from_json(raw, "a.json")
    assert type(record).mend in str(refused.value)


def test_a_key_of_a_later_release_is_passed_over() -> None:
    assert RoundMetrics.from_json({**METRICS.to_json(), "added_later": 1}) == METRICS


def test_a_field_without_a_default_has_to_be_there() -> None:
    raw = METRICS.to_json()
    del raw["held_out"]["pass_1"]
    with pytest.raises(
        StoreError, match=r"metrics\.json is damaged: held_out\.pass_1 is missing\. Delete it"
    ):
        RoundMetrics.from_json(raw, "metrics.json")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("completions",), "many", "completions should be a whole number, and is 'many'"),
        (("completions",), True, "completions should be a whole number"),
        (("completions",), 1.5, "completions should be a whole number"),
        (("pass_rate",), "1", "pass_rate should be a number"),
        (("errors",), [], "errors should be a table"),
        (("scorers",), {}, "scorers should be a list"),
        (
            ("scorers", 0, "verdicts"),
            {"maybe": 1},
            "a key of scorers[0].verdicts should be one of pass, fail",
        ),
        (("estimates", "pass@k", "at"), {"x": {}}, "a key of estimates.pass@k.at should be a whole number"),
        (("estimates", "pass@k", "at", "1", "mean"), None, "estimates.pass@k.at.1.mean should be a number"),
        (("rankers", "rm", "by_difficulty", 0, "pass_rate"), [0.1], "pass_rate should be a list of 2"),
        (("origin",), 3, "the whole should be a table"),
        (("origin", "problems"), 3, "problems should be a text"),
    ],
)
def test_a_value_of_another_type_is_named(path: tuple[Any, ...], value: Any, said: str) -> None:
    raw = json.loads(json.dumps(summary().to_json()))
    place = raw
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(StoreError) as refused:
        RunSummary.from_json(raw, "summary.json")
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["{", "[1]", '"format"', ""])
def test_a_file_that_is_no_record_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match=r"manifest\.json is damaged.*verirs repair RUN.*from a backup"):
        Manifest.load(tmp_path / "manifest.json")


@pytest.mark.parametrize("kind", ALL, ids=lambda k: k.__name__)
def test_every_field_has_a_sentence(kind: type) -> None:
    bare = [name for name, option in options_of(kind).items() if len(option.about) < 8]
    assert not bare, f"{kind.__name__}: no docstring says what {bare} are"


@pytest.mark.parametrize("kind", ALL, ids=lambda k: k.__name__)
def test_records_are_frozen_and_have_types_that_can_be_read_back(kind: type) -> None:
    assert kind.__dataclass_params__.frozen and "__dict__" not in dir(kind)  # type: ignore[attr-defined]
    assert all(hint is not dict and hint is not list for hint in typing.get_type_hints(kind).values())


def test_lists_of_numbers_stand_on_one_line(tmp_path: Path) -> None:
    summary().save(tmp_path / "summary.json")
    assert '"k": [1, 2, 3]' in (tmp_path / "summary.json").read_text()
    nasty = '{\n "a": "[\\n1, 2]"\n}'
    assert _NUMBERS.sub("!", nasty) == nasty


def test_the_page_of_fields_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m scripts.records_page"


def test_the_manifest_is_replaced_not_changed(tmp_path: Path) -> None:
    from verirs.store import Store

    with Store.create(tmp_path / "run", MANIFEST.identity) as store:
        before = store.manifest
        store.update(stack="s", reproducible="yes")
        assert before.stack == "" and store.manifest == dataclasses.replace(
            before, stack="s", reproducible="yes"
        )
        assert Manifest.load(tmp_path / "run" / "manifest.json") == store.manifest
        with pytest.raises(TypeError, match="stak"):
            store.update(stak="s")
    assert Store.open(tmp_path / "run").manifest.stack == "s"
