"""Exporting in several processes: the files are those of one process, whatever dies on the way."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rich.console import Console

import verirs
from verirs.errors import ConfigError, PartError, StoreError
from verirs.parts import names
from verirs.running import again, exporting
from verirs.running.choosing import Chooser
from verirs.running.marks import Mark, about, add_mark, marks_path
from verirs.running.progress import Progress
from verirs.sinks import rows as rows_module
from verirs.store import Store
from verirs.store.lock import only_export
from verirs.types import Verdict

PROBLEMS, N = 32, 5
SELECTORS = sorted(set(names("selector")))
OPTIONS: dict[str, dict[str, Any]] = {"threshold": {"threshold": 0.5}}
SINKS = ["sft", "messages", "dpo", "kto", "steps", "rl", "rejects", "problems", "unfiltered"]


def write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def table(folder: Path, name: str = "r", **changes: Any) -> dict[str, Any]:
    rng = random.Random(5)
    problems, samples = [], []
    for i in range(PROBLEMS):
        asked = i - 1 if i % 12 == 7 else i  # some stand there twice
        problems.append(
            {"id": f"p{i:03}", "problem": f"How much is {asked} and one more?", "answer": str(i + 1)}
        )
        for j in range(0 if i % 13 == 5 else N):
            right = rng.random() < i % 4 / 3
            text = f"A thought about case {rng.randint(0, 3)}.\nSo it is {i + (1 if right else 3)}."
            odd = "half \ud800 a sign, " if i % 17 == 2 else ""
            said = f"{odd}{text * rng.randint(1, 4)}\nAnswer: {i + (1 if right else rng.randint(2, 4))}"
            samples.append({"problem_id": f"p{i:03}", "sample_index": j, "text": said})
    return {
        "name": name,
        "runs": str(folder),
        "n": N,
        "source": {"name": "file", "path": write_lines(folder / "p.jsonl", problems)},
        "engine": {"name": "replay", "path": write_lines(folder / "s.jsonl", samples)},
        "scorer": {"math": {}, "sure": {"plugin": "tests.select.ranking:sure"}},
        "export": {"sinks": SINKS, "formats": ["parquet", "jsonl"]},
    } | changes


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return verirs.run(table(tmp_path_factory.mktemp("run"))).path


class Here:
    """Does the work of several processes in this one: what goes there and comes back is pickled, and the last
    task ends first."""

    count = 2

    def work(self, make: str, given: Any, tasks: Sequence[Any], died: Any) -> Iterator[tuple[Any, Any]]:
        assert make == exporting.EXPORTER and len(tasks) > 2
        work = exporting.exporter(pickle.loads(pickle.dumps(given)))
        for task in reversed(tasks):
            yield task, pickle.loads(pickle.dumps(work(task)))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    plain: Callable[..., Any] = exporting.jobs_for

    def jobs(*args: Any) -> Any:
        made = plain(*args)
        return made if isinstance(made, contextlib.nullcontext) else contextlib.nullcontext(Here())

    monkeypatch.setattr(again, "jobs_to_export", jobs)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def both(run: Path | list[Path], folder: Path, changes: dict[str, Any], **more: Any) -> dict[str, bytes]:
    """The files of an export, which are the same by one process and by several."""
    verirs.export(run, out=folder / "1", changes=changes, **more)
    verirs.export(run, out=folder / "2", changes=changes, jobs=2, **more)
    one, two = files(folder / "1"), files(folder / "2")
    assert one.keys() == two.keys()
    for name, data in one.items():
        assert two[name] == data, name
    return one


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("selector", SELECTORS)
def test_each_selector_takes_the_same(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, selector: str
) -> None:
    monkeypatch.setattr(rows_module, "BATCH_ROWS", 17)
    select = {"name": selector, "k": 2, **OPTIONS.get(selector, {})}
    found = both(run, tmp_path, {"select": select})
    assert {f"{sink}.{kind}" for sink in SINKS for kind in ("parquet", "jsonl")} < found.keys()
    assert pq.ParquetFile(tmp_path / "2" / "rejects.parquet").num_row_groups > 3


@pytest.mark.usefixtures("here")
def test_row_groups_end_where_those_of_one_process_do(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_module, "BATCH_CHARS", 1_900)
    both(run, tmp_path, {"select": {"k": 3}})


CHANGES: dict[str, dict[str, Any]] = {
    "trainers": {"export": {"for": ["trl", "openai", "llama-factory"]}},
    "no files": {"export": {"sinks": []}},
    "filters": {"filter": {"pass_rate": [0.2, 0.9]}, "duplicates": {"near": "drop"}},
    "bands": {"balance": {"quota": "difficulty", "difficulty": {"easy": 0.5, "hard": 0.3}}},
    "contaminated": {"decontaminate": {"against": ["known"], "action": "mark"}},
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", CHANGES)
def test_each_wish_gives_the_same(run: Path, tmp_path: Path, name: str) -> None:
    both(run, tmp_path, CHANGES[name])


@pytest.mark.usefixtures("here")
def test_verdicts_by_hand_are_laid_over(run: Path, tmp_path: Path) -> None:
    path = marks_path(run)
    with Store.open(run) as store:
        for group in store.groups():
            for c in group.candidates[:1]:
                said = Verdict.FAIL if c.verdict is Verdict.PASS else Verdict.PASS
                add_mark(
                    path,
                    Mark(
                        problem_id=group.problem.id,
                        sample_index=c.completion.index,
                        about=about(group.problem, c.completion),
                        was=c.verdict,
                        verdict=said,
                    ),
                )
    try:
        found = both(run, tmp_path, {}, marks=True)
    finally:
        path.unlink()
    assert json.loads(found["summary.json"])["origin"]["by_hand"] > 20


@pytest.mark.usefixtures("here")
def test_shards_and_mixed_runs(tmp_path: Path) -> None:
    shards = [verirs.run(table(tmp_path, f"s{i}", shard=f"{i}/2")).path for i in range(2)]
    both(shards, tmp_path / "shards", {}, allow_missing=True)
    other = table(tmp_path, "other", seed=4)
    whole, mixed = verirs.run(table(tmp_path, "whole")).path, verirs.run(other).path
    from verirs.running.upkeep import merge_runs

    merge_runs(tmp_path / "mixed", [whole, mixed], mixed=True, allow_missing=True)
    found = both(tmp_path / "mixed", tmp_path / "mix", {"export": {"sinks": ["sft", "dpo", "problems"]}})
    assert json.loads(found["summary.json"])["origin"]["mixed"]


ALONE: dict[str, tuple[dict[str, Any], str]] = {
    "a total": ({"balance": {"total": 9}}, "[balance] goes by numbers of the whole set"),
    "a sink": ({"export": {"sinks": ["tests.spine.test_export_jobs:Counting"]}}, "the sink 'counting'"),
}


class Counting:
    """Numbers its rows: what it writes of a problem goes by those before."""

    name = "counting"

    def __init__(self) -> None:
        import pyarrow as pa

        self.columns, self._count = pa.schema([("number", pa.int64())]), 0

    def rows(self, selection: Any) -> Iterator[dict[str, Any]]:
        self._count += 1
        yield {"number": self._count}


@pytest.mark.parametrize("name", ALONE)
def test_what_goes_by_other_problems_is_done_by_one_process_and_told(
    run: Path, tmp_path: Path, name: str
) -> None:
    changes, why = ALONE[name]
    said = Console(record=True, width=200, file=io.StringIO())
    verirs.export(run, out=tmp_path / "1", changes=changes, trust=True)
    verirs.export(run, out=tmp_path / "2", changes=changes, trust=True, jobs=2, console=said)
    assert files(tmp_path / "1") == files(tmp_path / "2")
    assert f"--jobs: one process exports: {why}" in said.export_text()


def test_a_rule_is_followed_by_one_process(tmp_path: Path) -> None:
    made = table(tmp_path, until={"accept": 2, "first": 2})
    config = verirs.run(made)
    with Store.open(config.path) as store:
        assert store.manifest.until
    both(config.path, tmp_path / "out", {})


# ---- with processes -----------------------------------------------------------------------------------


def dying(given: exporting.Given) -> Callable[[exporting.Part], exporting.Found]:
    """An exporter that dies in the third part, once, or always, as a file says."""
    work, folder = exporting.exporter(given), given.folder.parent.parent

    def export(part: exporting.Part) -> exporting.Found:
        once, always = folder / "once", folder / "always"
        if part.number == 2 and (once.exists() or always.exists()):
            once.unlink(missing_ok=True)
            (given.folder / "2-0.parquet").write_bytes(b"half a piece")
            os.kill(os.getpid(), signal.SIGKILL)
        return work(part)

    return export


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "EXPORTER", f"{__name__}:dying")


@pytest.mark.usefixtures("mortal")
def test_a_killed_process_changes_no_byte(run: Path, tmp_path: Path) -> None:
    (tmp_path / "once").touch()
    both(run, tmp_path, {})
    assert not (tmp_path / "once").exists()


@pytest.mark.usefixtures("mortal")
def test_a_part_that_kills_every_process_is_told_and_old_files_stay(run: Path, tmp_path: Path) -> None:
    verirs.export(run, out=tmp_path / "out")
    before = files(tmp_path / "out")
    (tmp_path / "always").touch()
    with pytest.raises(PartError, match=r"'p004' to 'p005' ended its process 3 times \(signal 9"):
        verirs.export(run, out=tmp_path / "out", changes={"select": {"k": 3}}, jobs=2)
    assert files(tmp_path / "out") == before


def test_scores_and_files_of_several_processes(run: Path) -> None:
    """``score --jobs`` exports with the processes that scored."""
    before = files(run / "export")
    verirs.score(run, jobs=2, trust=True)
    assert files(run / "export") == before
    with pytest.raises(ConfigError, match="jobs"):
        verirs.export(run, jobs=-1)


def waited(folder: Path, run: Path, ended: threading.Event) -> bool:
    """What a command does that writes the run; true if the other export had ended then."""
    with only_export(folder, run, wait=True):
        return ended.is_set()


def test_two_exports_at_once_into_one_folder_never_mix(run: Path, tmp_path: Path) -> None:
    """One would read, rename and remove the other's files that are not finished."""
    begun, ended = threading.Event(), threading.Event()

    class Slow(Progress):
        def add_exported(self) -> None:
            begun.set()
            ended.wait(120)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as other:
        patch.setattr(again, "Progress", Slow)
        first = pool.submit(verirs.export, run, out=tmp_path / "1")
        assert begun.wait(120)
        patch.undo()
        with pytest.raises(StoreError, match=r"written by another export.*then run `verirs export .*--out"):
            verirs.export(run, out=tmp_path / "1", changes={"select": {"k": 1}})
        verirs.export(run, out=tmp_path / "2")
        waiting = tmp_path / "1", run
        with only_export(tmp_path / "3", run), pytest.raises(StoreError), only_export(*waiting):
            raise AssertionError("two at once")
        third = other.submit(waited, *waiting, ended)
        ended.set()
        assert third.result(120)
        first.result(120)
    assert files(tmp_path / "1") == files(tmp_path / "2")
    verirs.export(run, out=tmp_path / "1", changes={"select": {"k": 1}})


@pytest.mark.usefixtures("here")
def test_a_run_that_is_judged_anew_meanwhile_is_not_exported_in_two_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = verirs.run(table(tmp_path)).path
    before = files(run / "export")
    plain, asked = exporting._export, list[int]()

    def judged_anew(*args: Any) -> Any:
        asked.append(1)
        if len(asked) == 3:
            with Store.open(run, write=True) as store:
                store.update(n=2)
        return plain(*args)

    monkeypatch.setattr(exporting, "_export", judged_anew)
    with pytest.raises(StoreError, match="another command changed it while it was exported"):
        verirs.export(run, changes={"select": {"k": 1}}, jobs=2)
    assert files(run / "export") == before


def test_a_balance_over_a_run_that_is_judged_anew_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = verirs.run(table(tmp_path)).path
    before, plain = files(run / "export"), Chooser.look

    def look(self: Chooser, groups: Any) -> None:
        plain(self, groups)
        with Store.open(run, write=True) as store:
            store.update(n=2)

    monkeypatch.setattr(Chooser, "look", look)
    with pytest.raises(StoreError, match="another command changed it while it was exported"):
        verirs.export(run, changes={"balance": {"total": 5}})
    assert files(run / "export") == before
