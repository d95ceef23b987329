"""What is looked at, and that it is seen to grow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.view import runs as made
from verirs.errors import StoreError, UserError
from verirs.running.again import export
from verirs.store import Store
from verirs.types import Completion, Score, Verdict
from verirs.view.found import NotThere
from verirs.view.library import Library


def test_folders_runs_and_nothing(folder: Path, tmp_path: Path) -> None:
    assert Library([folder]).names == ["codes", "curated", "hostile", "maths"]
    assert Library([folder / "maths", folder / "codes"]).names == ["codes", "maths"]
    assert Library([folder.parent]).names == ["runs/codes", "runs/curated", "runs/hostile", "runs/maths"]
    for wrong in (tmp_path, tmp_path / "nothing", folder / "maths" / "config.toml"):
        with pytest.raises(UserError):
            Library([wrong])


def test_runs_are_named_before_anything_heavy_is_imported(folder: Path) -> None:
    """The address stands at once; the lists need neither the graders nor what makes a run."""
    script = f"""
import sys
from pathlib import Path
import verirs.cli.view, verirs.view.server
from verirs.view.library import Library
library = Library([Path({str(folder / "maths")!r})])
print(library.names, sorted({{"numpy", "pyarrow", "asyncio"}} & set(sys.modules)))
library.begin()
heavy = {{"verirs.math", "verirs.running.config"}} & set(sys.modules)
print(library.run("maths").lists("problems")["n"], sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines() == ["['maths'] []", "3 []"], done.stderr


def test_what_cannot_be_read_beforehand_is_said_by_its_own_question(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "maths", tmp_path / "maths")
    (tmp_path / "maths" / "manifest.json").write_text("{")
    library = Library([tmp_path])
    library.begin()
    with pytest.raises(StoreError):
        library.answer(["run", "maths", "problems"])


def test_two_runs_of_one_name_are_told_apart(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "maths", tmp_path / "maths")
    assert Library([folder / "maths", tmp_path / "maths"]).names == ["maths", "maths (2)"]


def test_a_new_run_is_found(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "maths", tmp_path / "maths")
    library = Library([tmp_path])
    assert [r["name"] for r in library.listed()["runs"]] == ["maths"]
    shutil.copytree(folder / "codes", tmp_path / "codes")
    assert [r["name"] for r in library.listed()["runs"]] == ["codes", "maths"]
    shutil.rmtree(tmp_path / "maths")
    assert [r["name"] for r in library.listed()["runs"]] == ["codes"]
    with pytest.raises(NotThere):
        library.answer(["run", "maths"])


def test_a_damaged_run_is_said_beside_the_others(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "maths", tmp_path / "maths")
    shutil.copytree(folder / "codes", tmp_path / "codes")
    (tmp_path / "codes" / "manifest.json").write_text("{")
    rows = {r["name"]: r for r in Library([tmp_path]).listed()["runs"]}
    assert "damaged" in rows["codes"]["fault"] and rows["maths"]["problems"] == 3


def test_a_growing_run_is_read_again(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "maths", tmp_path / "maths")
    view = Library([tmp_path]).run("maths")
    view._took = 0.0
    before = view.state()
    assert before["samples"] == 12
    with Store.open(tmp_path / "maths", write=True) as store:
        store.update(n=5)
        completion = Completion(index=4, text="\\boxed{7}")
        store.append_completions([("easy", completion)])
        told = Score(scorer="math", version="2", verdict=Verdict.PASS, answer="7")
        store.append_scores([("easy", completion, [told])])
        view._took = 0.0
        during = view.state()  # beside the writer, out of the journal
    assert during["samples"] == 13 and during["version"] != before["version"]
    assert view.problem(0)["samples"][4]["verdict"] == "pass"
    view.judge_beside()
    view.close()


def test_a_new_export_is_seen(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "maths", tmp_path / "maths")
    view = Library([tmp_path]).run("maths")
    before = view.index().problem_columns["accepted"]
    export(tmp_path / "maths", changes={"select": {"k": 1}})
    view._took = 0.0
    assert sum(view.index().problem_columns["accepted"]) < sum(before)


def test_judging_ends_when_it_is_closed(folder: Path) -> None:
    view = Library([folder]).run("maths")
    view._closed.set()
    assert not view.judge_all().judged


def test_a_comparison_says_where_each_flip_is(tmp_path: Path) -> None:
    made.maths(tmp_path)
    other = [{**s, "text": "\\boxed{7}"} if s["problem_id"] == "easy" else s for s in made.MATH_SAMPLES]
    made.replayed(tmp_path, made.MATHS, other, name="other")
    found = Library([tmp_path / "runs"]).answer(["compare", "maths", "other"])
    assert found["result"]["problems"] == 3 and found["result"]["changes"][0]["change"]["mean"] > 0
    assert all(len(flip["places"]) == 2 for flip in found["result"]["flips"])


def test_runs_without_a_common_problem_are_refused_in_words(folder: Path) -> None:
    found = Library([folder]).answer(["compare", "maths", "codes"])
    assert "no problem in common" in found["refused"]
