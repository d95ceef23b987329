"""Every row says its run, model, source and licence; licences that forbid sale are said loudly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from verirs.curation.licences import forbids_sale, license_of
from verirs.publishing import prepare
from verirs.running.drive import run
from verirs.running.upkeep import merge_runs
from verirs.types import Problem


@pytest.mark.parametrize(
    ("name", "forbids"),
    [
        ("cc-by-nc-4.0", True),
        ("CC BY-NC-SA 3.0", True),
        ("Creative Commons Attribution-NonCommercial 4.0", True),
        ("non-commercial use only", True),
        ("research-only", True),
        ("cc-by-4.0", False),
        ("apache-2.0", False),
        ("NCSA", False),  # the University of Illinois licence, https://spdx.org/licenses/NCSA.html
        ("etalab-2.0", False),
        ("", False),
    ],
)
def test_a_licence_by_its_name(name: str, forbids: bool) -> None:
    assert forbids_sale(name) is forbids


def test_the_row_knows_better_than_its_source() -> None:
    assert license_of(Problem(prompt="x", source="openai/gsm8k")) == "mit"
    assert license_of(Problem(prompt="x", source="openai/gsm8k", meta={"license": "cc0-1.0"})) == "cc0-1.0"
    assert license_of(Problem(prompt="x", source="theirs"), "gpl-3.0") == "gpl-3.0"
    assert license_of(Problem(prompt="x", meta={"license": None})) == ""


def made(folder: Path, name: str, rows: list[dict[str, Any]], model: str = "fake") -> Path:
    (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    table = {
        "name": name,
        "runs": str(folder / "runs"),
        "n": 8,
        "source": {"name": "file", "path": str(folder / f"{name}.jsonl")},
        "engine": {"name": "fake"},
        "export": {"sinks": ["sft"]},
        "seed": len(name),
    }
    return run(table).path


def rows(*licenses: str | None, first: int = 0) -> list[dict[str, Any]]:
    return [
        {"problem": f"{i}+1?", "answer": str(i + 1), "license": license, "source": f"set {license}"}
        for i, license in enumerate(licenses, first)
    ]


def test_a_card_warns_before_all_else_and_counts_by_source(tmp_path: Path) -> None:
    path = made(tmp_path, "a", rows("mit", "cc-by-nc-4.0", None))
    sft = pq.read_table(path / "export/sft.parquet").to_pylist()
    found = {row["license"] for row in sft}
    assert found == {"mit", "cc-by-nc-4.0", ""} and len({row["run"] for row in sft}) == 1
    bound = sum(row["license"] == "cc-by-nc-4.0" for row in sft)
    card = (path / "export/README.md").read_text()
    assert '---\nlicense:\n- "mit"\n- "cc-by-nc-4.0"\n' in card or '- "cc-by-nc-4.0"\n- "mit"\n' in card
    loud = card.index(f"**NOT FOR COMMERCIAL USE: {bound} of {len(sft)} accepted samples")
    assert loud < card.index("## Files") and "is not stated" in card
    assert "## Models and sources" in card
    told = prepare(path, environment={}).told
    assert len(told) == 1 and told[0].startswith(f"NOT FOR COMMERCIAL USE: {bound} rows")


def test_rows_of_a_mix_have_the_licence_of_their_problem(tmp_path: Path) -> None:
    one = made(tmp_path, "one", rows("mit", "mit"))
    other = made(tmp_path, "other", rows("cc-by-nc-4.0", first=7))
    merge_runs(tmp_path / "runs/mix", [one, other], mixed=True)
    from verirs.running.again import export

    export(tmp_path / "runs/mix")
    sft = pq.read_table(tmp_path / "runs/mix/export/sft.parquet").to_pylist()
    assert {(row["run"], row["license"]) for row in sft} == {("one", "mit"), ("other", "cc-by-nc-4.0")}
    assert all(row["model"] == "fake" and row["source"] for row in sft)
    card = (tmp_path / "runs/mix/export/README.md").read_text()
    assert "NOT FOR COMMERCIAL USE" in card and "## Runs" in card and "## Models and sources" in card


def test_runs_of_one_experiment_have_one_digest(tmp_path: Path) -> None:
    def digest(path: Path) -> set[str]:
        return set(pq.read_table(path / "export/sft.parquet", columns=["run"])["run"].to_pylist())

    found = [digest(made(tmp_path / name, "x", rows("mit"))) for name in map(_folder(tmp_path), "ab")]
    assert found[0] == found[1] and len(found[0]) == 1


def _folder(tmp_path: Path) -> Any:
    def make(name: str) -> str:
        (tmp_path / name).mkdir()
        return name

    return make
