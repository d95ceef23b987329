"""The dataset card: true counts, loadable front matter, the same bytes, nothing that can break out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts import SINKS, all_sinks
from tests.select.toys import candidate, group
from verirs.records import Origin
from verirs.select import First, Threshold
from verirs.sinks.card import card
from verirs.sinks.writer import export
from verirs.stats import Tally


def make(tmp_path: Path, **changes: Any) -> str:
    toys = [
        group(
            candidate(0, "right", answer="4"),
            candidate(1, "wrong!", "fail", answer="5"),
            candidate(2, "broken", "error"),
            problem_id=p,
        )
        for p in ("p", "q")
    ]
    chosen = [First(pairs="random").select(toy) for toy in toys]
    files = export(chosen, all_sinks(), tmp_path, changes.pop("formats", ("parquet",)))
    files = changes.pop("files", files)
    summary = changes.pop("summary", Tally().extend(chosen).summary())
    origin = {
        "problems": "toy problems",
        "license": "mit",
        "engine": "fake",
        "model": {"model": "tiny", "dtype": "float32"},
        "sampling": {"n": 3, "temperature": 0.8},
        "selector": "first",
        "selection": {"k": 4},
        "reproducible": "The same seed gives the same text.",
        **changes,
    }
    text = card("toy", replace(summary, origin=Origin(**origin)), files)
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    return text


def test_it_states_origin_scorers_counts_and_estimates(tmp_path: Path) -> None:
    text = make(tmp_path)
    for line in (
        "2 of 6 sampled solutions of 2 problems from toy problems, each judged by verifiers",
        "| problems | toy problems |",
        "| licence of the problems | mit |",
        "| engine | fake |",
        "| model | tiny |",
        "| engine: dtype | float32 |",
        "| sampling: temperature | 0.8 |",
        "| selector | first |",
        "| selection: k | 4 |",
        "| gate | 1 | 2 | 2 | 0 | 2 |",
        "| verdict error | 2 |",
        "| accepted | 2 (33.33 % of the completions) |",
        "| pass rate of the verified | 50.00 % |",
        "| pass@1 | 50.00 % | 16.36 % .. 84.37 % | 2 | exact |",
        "2 true, 2 false",
        "chosen minus rejected: -1.0 characters on average",
        "The same seed gives the same text.",
        "Neither is in a training file",
    ):
        assert line in text, line


def test_unverified_rows_are_admitted(tmp_path: Path) -> None:
    text = make(tmp_path, selection={"unverified": True})
    assert "were accepted as asked" in text and "Neither is in a training file" not in text


def test_the_error_to_expect_of_unverified_rows_is_stated(tmp_path: Path) -> None:
    toy = group(candidate(0, verdict="abstain", value=0.9))
    chosen = [Threshold(threshold=0.5, unverified=True).select(toy)]
    summary = Tally().extend(chosen).summary()
    text = make(tmp_path, summary=summary)
    assert "| accepted without a verdict | 1 |" in text
    assert "| expected to be wrong among these, if the values are calibrated | 10.00 % |" in text


def test_the_same_run_writes_the_same_card(tmp_path: Path) -> None:
    assert make(tmp_path / "a") == make(tmp_path / "b")


def test_an_unstated_licence_is_said_to_be_so(tmp_path: Path) -> None:
    text = make(tmp_path, license="", problems="")
    assert "| licence of the problems | not stated |" in text and "license:" not in text


def test_values_cannot_break_out_of_front_matter_or_table(tmp_path: Path) -> None:
    text = make(tmp_path, license="x\n---\nevil: true", model={"model": "a | b\n\n# c"})
    assert text.splitlines()[1] == 'license: "x\\n---\\nevil: true"' and "\nevil" not in text
    assert "| model | a \\| b # c |" in text


@pytest.mark.parametrize("formats", [("parquet",), ("jsonl",), ("parquet", "jsonl")])
def test_datasets_reads_each_file_by_its_name(tmp_path: Path, formats: tuple[str, ...]) -> None:
    datasets = pytest.importorskip("datasets")
    make(tmp_path / "export", formats=formats)
    for name, rows in (("sft", 2), ("dpo", 2), ("kto", 4), ("steps", 4), ("rejects", 4)):
        loaded = datasets.load_dataset(str(tmp_path / "export"), name, cache_dir=str(tmp_path / "cache"))
        assert loaded["train"].num_rows == rows
        assert set(loaded["train"].column_names) == set(SINKS[name]().columns.names)


def test_a_file_without_rows_does_not_keep_the_others_from_loading(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    chosen = [First().select(group(candidate(0)))]  # no pairs, nothing rejected
    files = export(chosen, all_sinks(), tmp_path / "export", ("jsonl",))
    make(tmp_path / "other", files=files)
    (tmp_path / "other" / "README.md").rename(tmp_path / "export" / "README.md")
    names = datasets.get_dataset_config_names(str(tmp_path / "export"))
    assert sorted(names) == ["kto", "messages", "problems", "rl", "sft", "steps", "unfiltered"]
    loaded = datasets.load_dataset(str(tmp_path / "export"), "sft", cache_dir=str(tmp_path / "cache"))
    assert loaded["train"].num_rows == 1


def test_an_export_of_nothing_has_a_card(tmp_path: Path) -> None:
    text = make(tmp_path, summary=Tally().summary(), files=export([], all_sinks()[:1], tmp_path / "none"))
    assert "configs" not in text and "0 sampled solutions of 0 problems" in text
