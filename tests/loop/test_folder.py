"""Each part of a loop is valid only for what it was made from; nothing is written into what we were given."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.loop.loops import outcome, table
from verirs.demo.policy import model_path
from verirs.engines.models import digest
from verirs.errors import NotAModel, StoreError, UserError
from verirs.loop import LoopResult, iterate
from verirs.loop.folder import Folder
from verirs.loop.rounds import Round


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LoopResult:
    """A finished loop of two rounds whose models differ."""
    return iterate(table(tmp_path_factory.mktemp("loop") / "whole", "other"))


@pytest.fixture
def copy(made: LoopResult, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(made.path, tmp_path / "whole", symlinks=True))


def config(path: Path, **over: Any) -> dict[str, Any]:
    return table(path, "other", **over)


def changed(path: Path) -> None:
    """Change a file's last letter."""
    path.write_bytes(path.read_bytes()[:-2] + b"!\n")


def test_the_list_says_what_everything_was_made_from(made: LoopResult) -> None:
    parts = Folder(made.path).parts
    assert set(parts["round-02/samples"].made_from) == {"round-01/model", "round-02/problems.jsonl"}
    assert set(parts["round-02/held-out"].made_from) == {"round-02/model", "held-out.jsonl"}
    assert set(parts["round-01/model"].made_from) == {"base", "round-01/data"}
    for part in parts.values():
        assert all(parts[name].digest == was for name, was in part.made_from.items() if name in parts)
    assert digest(made.path / "round-02/model") == parts["round-02/model"].digest


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("held-out.jsonl", "is not what was made there"),
        ("round-00/held-out/summary.json", "is not what was made there"),
        ("round-01/metrics.json", "damaged|is not what was made there"),
        ("round-01/training.json", "is not what was made there"),
        ("round-01/model/config.json", "is not what was made there"),
        ("round-02/distance.json", "is not what was made there"),
        ("loop.json", "is damaged"),
    ],
)
def test_what_was_changed_is_refused_by_name(copy: Path, name: str, says: str) -> None:
    changed(copy / name)
    with pytest.raises(StoreError, match=says):
        iterate(config(copy))


def test_figures_of_one_model_never_stand_beside_another(copy: Path) -> None:
    """A model and its metrics were deleted, the distance and the judged run were not."""
    where = Round(copy, 2)
    shutil.rmtree(where.model)
    where.metrics.unlink()
    with pytest.raises(StoreError, match=r"round-02/model is gone.*--redo round-02/model"):
        iterate(config(copy))
    before = json.loads((where.path / "distance.json").read_text())
    (copy / "mode").write_text("copy")  # another model will come of it: the one that it starts from
    result = iterate(config(copy), redo="round-02/train")
    assert json.loads((where.path / "distance.json").read_text()) != before
    assert result.rounds[2].held_out == result.rounds[1].held_out
    assert "changed no weight" in result.rounds[2].notes[0]


def test_what_was_made_from_a_redone_step_is_redone_and_nothing_else(copy: Path, made: LoopResult) -> None:
    kept = (copy / "round-01/samples/manifest.json").stat().st_mtime_ns
    gone = Folder(copy).redo("round-01/train")
    assert {"round-01/model", "round-01/held-out", "round-01/metrics.json", "round-02/samples"} < set(gone)
    assert "round-01/data" not in gone and "round-00/metrics.json" not in gone
    assert not (copy / "round-02/model").exists()
    assert iterate(config(copy)).rounds[1:] != ()
    assert outcome(copy) == outcome(made.path)
    assert (copy / "round-01/samples/manifest.json").stat().st_mtime_ns == kept


def test_a_redone_judgement_keeps_the_samples(copy: Path) -> None:
    manifest = json.loads((copy / "round-01/held-out/manifest.json").read_text())
    assert Folder(copy).redo("round-01/evaluate") == [
        "round-01/held-out",
        "round-01/distance.json",
        "round-01/metrics.json",
    ]
    iterate(config(copy))
    assert json.loads((copy / "round-01/held-out/manifest.json").read_text())["run"] == manifest["run"]


def test_a_step_that_is_not_there_is_named(copy: Path) -> None:
    with pytest.raises(UserError, match=r"--redo round-07/train: there is no such finished part"):
        iterate(config(copy), redo="round-07/train")


def test_the_last_parts_may_be_deleted_by_hand_and_are_made_again(copy: Path, made: LoopResult) -> None:
    (copy / "round-02/metrics.json").unlink()
    (copy / "round-02/distance.json").unlink()
    iterate(config(copy))
    assert outcome(copy) == outcome(made.path)


@pytest.mark.parametrize("keys", [{"seed": 1}, {}])
def test_without_its_list_nothing_is_believed(copy: Path, keys: dict[str, Any]) -> None:
    (copy / "loop.json").unlink()
    with pytest.raises(StoreError, match=r"loop\.json is missing"):
        iterate(config(copy, **keys))


def test_settings_that_are_spelled_out_are_the_same(copy: Path) -> None:
    iterate(config(copy, sample={"select": {"name": "first"}, "scorer": {"math": {}}}))
    with pytest.raises(StoreError, match="holds parts of another loop") as error:
        iterate(config(copy, sample={"select": {"k": 3}}))
    assert "select" in str(error.value) and "--name" not in str(error.value)


# ---- links ------------------------------------------------------------------------------------------


def test_a_trainer_that_leaves_a_link_to_the_base_model_changes_nothing_in_it(tmp_path: Path) -> None:
    base = Path(shutil.copytree(model_path(), tmp_path / "given"))
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in base.iterdir()}
    link = "import os, sys; os.symlink(sys.argv[1], sys.argv[2])"
    command = [sys.executable, "-S", "-c", link, "{model}", "{out}"]
    wanted = table(tmp_path / "loop", model=str(base), train={"command": command}, keep="best+last")
    result = iterate(wanted)
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in base.iterdir()} == before
    model = Round(result.path, 2).model
    assert not model.is_symlink() and not any(p.is_symlink() for p in model.rglob("*"))
    assert "changed no weight" in result.rounds[1].notes[0]
    iterate(wanted)  # and it goes on


def test_links_of_files_are_copied_and_dangling_ones_refused(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "model, out, data = sys.argv[1:]\n"
        "os.mkdir(out)\n"
        "for name in os.listdir(model): os.symlink(f'{model}/{name}', f'{out}/{name}')\n"
        "if os.path.exists(f'{data}/../../dangle'): os.symlink('nowhere', f'{out}/extra.json')\n"
    )
    command = [sys.executable, "-S", "-c", script, "{model}", "{out}", "{data}"]
    wanted = table(tmp_path / "loop", train={"command": command}, rounds=1)
    tmp_path.joinpath("loop").mkdir()
    (tmp_path / "loop" / "dangle").touch()
    with pytest.raises(NotAModel, match=r"extra\.json is a link"):
        iterate(wanted)
    (tmp_path / "loop" / "dangle").unlink()
    result = iterate(wanted)
    assert not any(p.is_symlink() for p in Round(result.path, 1).model.iterdir())


@pytest.mark.parametrize("name", ["round-01/model", "round-01/held-out", "round-02", "round-01/metrics.json"])
def test_a_part_that_became_a_link_is_refused(copy: Path, tmp_path: Path, name: str) -> None:
    (copy / name).rename(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", copy / name)
    with pytest.raises(StoreError, match="is a link"):
        iterate(config(copy))


def test_what_the_loop_has_not_made_is_not_taken_for_its_own(copy: Path) -> None:
    Folder(copy).redo("round-02/train")
    shutil.copytree(model_path(), copy / "round-02/model")
    with pytest.raises(StoreError, match=r"round-02/model is there, and this loop has not made it"):
        iterate(config(copy))
    shutil.rmtree(copy / "round-02/model")
    (copy / "best").unlink(missing_ok=True)
    (copy / "best").mkdir()
    with pytest.raises(StoreError, match="best is there, and no link of ours"):
        iterate(config(copy))


# ---- space ------------------------------------------------------------------------------------------


def test_models_are_deleted_but_the_best_and_the_last(copy: Path) -> None:
    wanted = config(copy, keep="best+last")
    result = iterate(wanted)
    there = {r.number for r in (Round(copy, i) for i in (1, 2)) if r.model.exists()}
    assert there == {2} | ({result.best} - {0})
    assert iterate(wanted).rounds == result.rounds
    # what was made from a deleted model cannot be made again without it, so it is made again too
    folder = Folder(copy)
    if result.best != 1:
        assert "round-01/model" in folder.redo("round-01/evaluate")


def test_a_best_model_that_was_deleted_is_not_shown_as_if_it_were_there(copy: Path) -> None:
    shutil.rmtree(copy / "round-01/model")
    with pytest.raises(StoreError, match=r"round-01/model is gone"):
        iterate(config(copy))
