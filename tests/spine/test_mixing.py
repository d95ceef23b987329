"""Runs of different models and sources in one: only where asked, and every row says whose it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import verirs
from tests.report.boot import overview
from verirs.errors import ConfigError, PartError, StoreError
from verirs.records import Manifest
from verirs.running.upkeep import merge_runs
from verirs.store import Store, look, mix, repair, verify
from verirs.types import Completion, Selection

SINKS = ["sft", "dpo", "kto", "steps", "rejects"]


def rows_file(folder: Path, name: str, rows: Sequence[tuple[str, int]], **more: Any) -> str:
    """Problems: an id and the number that is doubled."""
    path = folder / name
    told = ({"id": key, "prompt": f"{x}+{x}?", "answer": str(2 * x), **more} for key, x in rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in told))
    return str(path)


def run(folder: Path, name: str, path: str, n: int, rate: float = 0.5, **more: Any) -> Path:
    raw: dict[str, Any] = {
        "name": name,
        "runs": str(folder / "runs"),
        "n": n,
        "source": {"name": "file", "path": path},
        "engine": {"name": "fake", "pass_rate": rate},
        "scorer": {"math": {}},
        "export": {"sinks": SINKS, "formats": ["parquet", "jsonl"]},
    } | more
    return verirs.run(raw).path


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Problems 1 to 4 by one model; by another 4 (the same), 5, and 2, which is another problem there."""
    one = run(tmp_path, "a", rows_file(tmp_path, "q.jsonl", [(str(i), i) for i in range(1, 5)]), 4)
    other = rows_file(tmp_path, "r.jsonl", [("4", 4), ("5", 5), ("2", 20)])
    return one, run(tmp_path, "b", other, 3, 0.8)


def mixed(two: Sequence[Path], name: str = "w", **more: Any) -> Path:
    out = two[0].parent / name
    merge_runs(out, two, mixed=True, **more)
    return out


def texts(path: Path) -> dict[tuple[str, int], str]:
    return {(p.id, c.completion.index): c.completion.text for p, c in verirs.load_run(path).candidates()}


def test_runs_that_differ_become_one_only_where_asked(two: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="--mixed") as refusal:
        merge_runs(tmp_path / "w", two)
    said = str(refusal.value)
    assert "b: engine.pass_rate is 0.8" in said and "b: source.path is 'r.jsonl'" in said
    assert not (tmp_path / "w").exists()


def test_every_row_says_its_model_source_and_run(two: tuple[Path, Path]) -> None:
    whole = mixed(two)
    verirs.export(whole)
    drawn = {path.name: texts(path) for path in two}
    whose = {"a": ("fake", "file q.jsonl", 0), "b": ("fake", "file r.jsonl", 4)}
    seen = set()

    def check(row: dict[str, Any], stem: str, text: str | None) -> None:
        said = [row[name if stem == "sample" else f"{stem}_{name}"] for name in ("run", "model", "source")]
        model, source, first = whose[said[0]]
        assert said[1:] == [model, source]
        key = row["problem_id"].removeprefix(f"{said[0]}:")
        own = drawn[said[0]][key, row[f"{stem}_index"] - first]
        assert text is None or own == text
        seen.add(said[0])

    for sink in SINKS:
        rows = pq.read_table(whole / f"export/{sink}.parquet").to_pylist()
        assert [json.loads(line) for line in (whole / f"export/{sink}.jsonl").open()] == rows and rows
        for row in rows:
            if sink == "dpo":
                check(row, "chosen", row["chosen"][0]["content"])
                check(row, "rejected", row["rejected"][0]["content"])
            elif sink == "steps":
                check(row, "sample", None)
            else:
                check(row, "sample", row["text"] if sink == "rejects" else row["completion"][0]["content"])
        assert seen == {"a", "b"}
        seen.clear()
    table = verirs.load_run(whole).to_arrow().to_pylist()
    assert len(table) == 4 * 4 + 3 * 3
    for row in table:
        check(row, "sample", row["text"])


def test_the_card_has_a_table_of_the_runs(two: tuple[Path, Path]) -> None:
    whole = mixed(two)
    result = verirs.export(whole)
    card = (whole / "export/README.md").read_text()
    head, one, other = card.partition("## Runs")[2].split("| --- ")[0], "| a | fake | file q.jsonl |", "| b |"
    assert "| run | model | source |" in head and one in card and other in card
    told = {m.run: m for m in result.summary.origin.mixed}
    assert [(m.first, m.problems, m.completions) for m in told.values()] == [(0, 4, 16), (4, 3, 9)]
    accepted = pq.read_table(whole / "export/sft.parquet")["run"].to_pylist()
    assert {name: m.accepted for name, m in told.items()} == {n: accepted.count(n) for n in told}
    assert "file r.jsonl" in json.dumps(overview(whole / "report/index.html")["told"]["runs"])


def test_a_problem_of_both_is_one_and_an_id_of_two_is_told_apart(two: tuple[Path, Path]) -> None:
    groups = {g.problem.id: g for g in Store.open(mixed(two)).groups()}
    assert sorted(groups) == ["1", "3", "4", "5", "a:2", "b:2"]
    assert len(groups["4"].candidates) == 7
    assert [c.completion.index for c in groups["b:2"].candidates] == [4, 5, 6]
    assert groups["b:2"].problem.answer == "40" and groups["a:2"].problem.answer == "4"


def test_a_mix_is_verified_scored_and_repaired_as_any_run(two: tuple[Path, Path]) -> None:
    whole = mixed(two)
    verirs.export(whole)
    before = {p.name: p.read_bytes() for p in (whole / "export").glob("*.parquet")}
    assert verify(whole) == []
    verirs.score(whole, {"scorer": {"math": {"percent": "strict"}}})
    assert verify(whole) == [] and Store.open(whole).manifest.mixed
    verirs.score(whole, {"scorer": {"math": {"percent": "lenient"}}})
    after = {p.name: p.read_bytes() for p in (whole / "export").glob("*.parquet")}
    assert after.keys() == before.keys()

    shard = next((whole / "groups").rglob("completions-*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-40])
    assert [f.file for f in verify(whole)] == [f"groups/completions/{shard.name}"]
    done = repair(whole)
    assert done.mixed and done.lost == 25
    result = verirs.export(whole)
    assert "16 of the 16 samples of a are gone" in result.summary.origin.missing


def test_a_mix_without_its_manifest_is_not_guessed_at(two: tuple[Path, Path]) -> None:
    from verirs.running.upkeep import repair_run

    whole = mixed(two)
    (whole / "manifest.json").unlink()
    before = sorted(str(p) for p in whole.rglob("*") if p.name != "lock")
    with pytest.raises(StoreError, match="verirs merge --mixed"):
        repair_run(whole)
    assert sorted(str(p) for p in whole.rglob("*") if p.name != "lock") == before


def test_nothing_is_sampled_for_a_mix(two: tuple[Path, Path]) -> None:
    whole = mixed(two)
    with pytest.raises(StoreError, match=r"a mix of a, b"):
        verirs.run(whole / "config.toml")
    assert len(list(verirs.load_run(whole).candidates())) == 25


def test_samples_beyond_n_and_removed_rows_stay_out(tmp_path: Path) -> None:
    path = rows_file(tmp_path, "q.jsonl", [("1", 1), ("2", 2), ("3", 3)])
    one = run(tmp_path, "a", path, 4)
    rows_file(tmp_path, "q.jsonl", [("1", 1), ("2", 2)])
    run(tmp_path, "a", path, 2)
    two = run(tmp_path, "b", path, 2, 0.8)
    whole = mixed((one, two))
    assert sorted(texts(whole)) == [(key, i) for key in ("1", "2") for i in range(4)]
    assert verify(whole) == []


FAULTS = {
    "the same samples twice": "same model, sampling and seed",
    "another gold": "another answer, test or meta: '1' (answer '2', '3')",
    "another template": "prompt.template is 'Say: {problem}'",
    "another scorer": "scored by",
    "one name": "are called a",
    "a shard": "it is shard 0/2",
    "a mix": "it is a mix itself",
    "unfinished": "samples of 2 problems are not drawn yet",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_stand_in_one_set_is_refused_by_run(fault: str, tmp_path: Path) -> None:
    rows = [("1", 1), ("2", 2)]
    path = rows_file(tmp_path, "q.jsonl", rows)
    one, name, more, rate = run(tmp_path, "a", path, 2), "b", dict[str, Any](), 0.8
    if fault == "the same samples twice":
        path, rate = rows_file(tmp_path, "r.jsonl", rows), 0.5
    elif fault == "another gold":
        path = rows_file(tmp_path, "r.jsonl", rows, answer="3")
    elif fault == "another template":
        more = {"prompt": {"template": "Say: {problem}"}}
    elif fault == "another scorer":
        more = {"scorer": {"math": {"percent": "strict"}}}
    elif fault == "one name":
        shutil.copytree(one, tmp_path / "elsewhere/a")
    elif fault == "a shard":
        more = {"shard": "0/2"}
    other = run(tmp_path, name, path, 2, rate, **more)
    if fault == "one name":
        other = tmp_path / "elsewhere/a"
    elif fault == "a mix":
        other = mixed((one, other), "mix")
    elif fault == "unfinished":
        with Store.open(other, write=True) as store:
            store.update(n=3)
    with pytest.raises(StoreError) as refusal:
        mixed((one, other))
    assert FAULTS[fault] in str(refusal.value) and str(other) in str(refusal.value) + f" {other}"
    assert not (tmp_path / "runs/w").exists()
    if fault == "unfinished":
        result = verirs.export(mixed((one, other), allow_missing=True))
        assert any("not drawn yet" in line for line in result.summary.origin.missing)


def test_models_that_read_different_prompts_are_trained_on_the_problem_s(tmp_path: Path) -> None:
    path = rows_file(tmp_path, "q.jsonl", [("1", 1), ("2", 2)])
    sampled = {"sinks": ["sft"], "prompt": "sampled"}
    one = run(tmp_path, "a", path, 2, 1.0, export=sampled)
    two = run(tmp_path, "b", path, 2, 0.9, export=sampled, prompt={"system": "Be brief."})
    whole = mixed((one, two))
    verirs.export(whole)
    prompts = pq.read_table(whole / "export/sft.parquet")["prompt"].to_pylist()
    assert prompts and all([m["role"] for m in p] == ["user"] for p in prompts)
    with pytest.raises(ConfigError, match="different system prompts"):
        verirs.export(whole, changes={"export": {"prompt": "sampled"}})


class Counts:
    """A sink whose rows name no sample."""

    name = "counts"
    columns: ClassVar = pa.schema([("problem_id", pa.string()), ("accepted", pa.int64())])

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        yield {"problem_id": selection.group.problem.id, "accepted": len(selection.accepted)}


def test_a_sink_whose_rows_name_no_sample_is_refused(two: tuple[Path, Path]) -> None:
    whole = mixed(two)
    with pytest.raises(PartError, match="name no sample"):
        verirs.export(whole, changes={"export": {"sinks": ["sft", f"{__name__}:Counts"]}})
    assert not list((whole / "export").glob("*"))  # the folder alone, which held the lock


def test_a_merged_run_says_which_shards_were_missing(tmp_path: Path) -> None:
    path = rows_file(tmp_path, "q.jsonl", [("1", 1), ("2", 2)])
    shards = [run(tmp_path, f"s-shard-{i}-of-4", path, 2, shard=f"{i}/4") for i in range(3)]
    assert any(not list(verirs.load_run(shard).problems()) for shard in shards), "a shard may be empty"
    whole = tmp_path / "runs/s"
    assert merge_runs(whole, shards, allow_missing=True) == ["missing: shard 3/4 is missing"]
    assert Manifest.load(whole / "manifest.json").missing == ("shard 3/4 is missing",)
    verirs.export(whole)
    assert "shard 3/4 is missing" in (whole / "export/README.md").read_text()


def test_several_shards_are_exported_into_a_folder_of_their_own(tmp_path: Path) -> None:
    path = rows_file(tmp_path, "q.jsonl", [(str(i), i) for i in range(6)])
    shards = [run(tmp_path, f"s-shard-{i}-of-2", path, 2, shard=f"{i}/2") for i in range(2)]
    before = [(p / "export/sft.parquet").read_bytes() for p in shards]
    with pytest.raises(ConfigError, match=r"verirs merge \S+/s \S+/s-shard-0-of-2"):
        verirs.export(shards)
    verirs.export(shards, out=tmp_path / "out")
    assert "# s\n" in (tmp_path / "out/README.md").read_text()
    assert [(p / "export/sft.parquet").read_bytes() for p in shards] == before


def test_a_run_that_is_being_written_is_not_taken(two: tuple[Path, Path]) -> None:
    with Store.open(two[1], write=True), pytest.raises(StoreError, match=r"b: it is being written"):
        mixed(two)
    stores = [Store.open(path) for path in two]
    runs = look(stores)
    with Store.open(two[1], write=True) as writer:
        writer.append_completions([("5", Completion(index=3, text="one more"))])
        writer.flush()
    with pytest.raises(StoreError, match=r"b was written meanwhile"):
        mix(two[0].parent / "w", runs, {})
    assert [p.name for p in sorted(two[0].parent.iterdir())] == ["a", "b"]


def test_difficulty_is_told_by_model_and_trainers_files_say_whose_rows_are(two: tuple[Path, Path]) -> None:
    out = mixed(two)
    changes = {
        "export": {"sinks": ["sft", "rl"], "for": ["trl", "mlx"], "formats": ["jsonl"], "validation": 0.0}
    }
    folder = verirs.export(out, changes=changes).exported.path
    rows = [json.loads(line) for line in (folder / "trl" / "sft" / "train.jsonl").open()]
    told = [json.loads(line)["model_difficulty"] for line in (folder / "rl.jsonl").open()]
    assert {m["model"] for models in told for m in models} == {row["model"] for row in rows}
    assert max(sum(m["verified"] for m in models) for models in told) == 7  # problem 4, drawn by both
    assert rows and all(row["run"] and row["model"] for row in rows)
    card = (folder / "README.md").read_text()
    assert "## Loading" in card and "mlx_lm.lora --train --data mlx/sft" in card
    listed = set(json.loads((folder / ".verirs.json").read_text())["files"])
    assert {"mlx/sft/train.jsonl", "rl.jsonl", "README.md"} <= listed and "mlx/sft/valid.jsonl" not in listed
    verirs.export(out, changes={"export": {"sinks": ["sft"]}})
    assert not (folder / "mlx" / "sft" / "train.jsonl").exists()


@pytest.mark.parametrize("other", [("3", 3), ("2", 1)], ids=["another-problem", "the-same-problem"])
def test_a_new_id_is_never_one_that_a_problem_has(tmp_path: Path, other: tuple[str, int]) -> None:
    """Run ``a`` and ``b`` mean different problems by 2, and another problem of ``b`` is called ``a:2``."""
    one = run(tmp_path, "a", rows_file(tmp_path, "q.jsonl", [("1", 1), ("2", 2)]), 2)
    two = run(tmp_path, "b", rows_file(tmp_path, "r.jsonl", [("2", 20), ("a:2", other[1])]), 3, 0.8)
    whole = mixed((one, two))
    groups = {g.problem.id: g for g in Store.open(whole).groups()}
    assert {k: len(g.candidates) for k, g in groups.items()} == {"1": 2, "a::2": 2, "b::2": 3, "a:2": 3}
    for group in groups.values():
        x = int(group.problem.prompt[-1]["content"].partition("+")[0])
        assert group.problem.answer == str(2 * x) and all(c.scores for c in group.candidates)
    assert verify(whole) == []


def test_two_runs_whose_names_make_one_id_of_two(tmp_path: Path) -> None:
    one = run(tmp_path, "a", rows_file(tmp_path, "q.jsonl", [("b:1", 1), ("1", 5)]), 2)
    two = run(tmp_path, "a:b", rows_file(tmp_path, "r.jsonl", [("1", 2), ("b:1", 3)]), 2, 0.8)
    whole = mixed((one, two))
    assert sorted({key for key, _ in texts(whole)}) == ["a::1", "a::b:1", "a:b::1", "a:b::b:1"]


def test_what_lies_where_a_mix_is_built_and_is_not_ours_stays(two: tuple[Path, Path]) -> None:
    other = two[0].parent / ".w.merging"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="no merge made it; move it away"):
        mixed(two)
    assert (other / "mine.txt").read_text() == "mine"
    (other / "mine.txt").unlink()
    whole = mixed(two)
    assert verify(whole) == [] and not other.exists()
    assert not [p.name for p in whole.iterdir() if p.name.startswith(".")]


def test_no_run_is_nothing_to_merge(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to merge"):
        merge_runs(tmp_path / "w", [], mixed=True)


@pytest.mark.parametrize("edit", ["gold", "removed", "new", "none"])
def test_shards_from_before_and_after_an_edit_of_their_source_are_not_one_run(
    tmp_path: Path, edit: str
) -> None:
    rows = [(str(i), i) for i in range(8)]
    path = rows_file(tmp_path, "q.jsonl", rows)
    one = run(tmp_path, "w-shard-0-of-2", path, 2, shard="0/2")
    changed = {
        "gold": [*rows[1:], ("0", 9)],
        "removed": rows[:-1],
        "new": [*rows, ("8", 8)],
        "none": rows[::-1],
    }
    rows_file(tmp_path, "q.jsonl", changed[edit])
    if edit == "gold":
        text = Path(path).read_text().replace('"prompt": "9+9?"', '"prompt": "0+0?"')
        Path(path).write_text(text)
    two = run(tmp_path, "w-shard-1-of-2", path, 2, shard="1/2")
    if edit != "none":
        with pytest.raises(StoreError, match="its source had other rows than that of"):
            merge_runs(tmp_path / "w", [one, two])
        one = run(tmp_path, "w-shard-0-of-2", path, 2, shard="0/2")
    merge_runs(tmp_path / "w", [one, two])
    assert {p.id for p in Store.open(tmp_path / "w").problems()} == {key for key, _ in changed[edit]}
