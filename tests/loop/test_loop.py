from __future__ import annotations

import io
import json
import multiprocessing
import random
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from tests.loop.judges import __file__ as judges
from tests.loop.loops import outcome, table
from tests.small_disk import SmallDisk
from verirs.errors import ConfigError, NotAModel, NothingDone, StepFailed, StoreError
from verirs.loop import LoopResult, iterate, show
from verirs.loop.rounds import Round
from verirs.loop.sections import StopConfig
from verirs.loop.stopping import decide
from verirs.store import Store


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> LoopResult:
    """An undisturbed loop of two rounds."""
    path = tmp_path_factory.mktemp("loop") / "whole"
    return iterate(table(path))


def test_a_loop_leaves_what_it_says(finished: LoopResult) -> None:
    assert finished.stopped == "all 2 rounds are done"
    assert [r.round for r in finished.rounds] == [0, 1, 2]
    for number in (1, 2):
        where = Round(finished.path, number)
        assert len(where.problems.read_text().splitlines()) == 8
        assert Store.open(where.samples).completions == 0  # readers do not count
        assert sum(len(g.candidates) for g in Store.open(where.samples).groups()) == 32
        rows = pq.read_table(where.data / "sft.parquet")
        metrics = finished.rounds[number]
        assert metrics.samples is not None and len(rows) == metrics.samples.accepted > 0
        assert (where.model / "model.safetensors").is_file()
        assert sorted(metrics.seconds) == ["evaluating", "measuring", "sampling", "training"]
    assert not list(finished.path.rglob("tmp"))
    # a copy of the model is at no distance, and judges as the base did
    distance, entropy = finished.rounds[1].kl.measured, finished.rounds[0].entropy
    assert distance is not None and distance.mean == 0
    assert finished.rounds[1].held_out == finished.rounds[0].held_out
    assert entropy is not None and entropy.mean > 0


def test_rounds_take_other_problems(finished: LoopResult) -> None:
    used = [
        {json.loads(line)["id"] for line in Round(finished.path, i).problems.read_text().splitlines()}
        for i in (1, 2)
    ]
    assert not used[0] & used[1]


def test_a_finished_loop_is_left_alone_and_can_be_lengthened(finished: LoopResult) -> None:
    before = {p: p.stat().st_mtime_ns for p in finished.path.rglob("round-*/*") if p.is_file()}
    again = iterate(table(finished.path))
    assert again.rounds == finished.rounds
    assert before == {p: p.stat().st_mtime_ns for p in finished.path.rglob("round-*/*") if p.is_file()}


def test_another_loop_is_refused_by_the_names_of_what_changed(finished: LoopResult) -> None:
    with pytest.raises(StoreError, match=r"train\.mix") as error:
        iterate(table(finished.path, train={"mix": 2}, seed=3))
    assert "seed: the run has 0, asked for 3" in str(error.value)


def test_what_people_see(finished: LoopResult) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(show.table(finished.rounds, finished.best))
    text = console.export_text()
    assert "pass@4" in text
    assert all(len(row) <= 80 for row in text.splitlines())
    narrow = Console(width=60, force_terminal=True, record=True, file=io.StringIO())
    show.ending(finished.rounds, decide(finished.rounds, StopConfig()), "done", Path("loop"), "m", narrow)
    narrow.print(show.plot(finished.rounds), markup=False, highlight=False)
    text = narrow.export_text()
    assert "…" not in text and all(len(row) <= 60 for row in text.splitlines())
    assert show.plot(finished.rounds).count("round") == 3
    assert (finished.path / "progress.svg").read_text().count("<circle") == 9
    assert "| 2 |" in (finished.path / "report.md").read_text()
    groups = list(Store.open(Round(finished.path, 0).held_out).groups())
    assert show.traces(groups, groups).count("before") == 3


def test_a_trainer_that_fails_is_tried_again_where_it_failed(tmp_path: Path) -> None:
    config = table(tmp_path / "loop", "fail", rounds=1)
    with pytest.raises(StepFailed, match="the learning rate is a banana"):
        iterate(config)
    where = Round(tmp_path / "loop", 1)
    assert not where.model.exists()
    stamp = where.data.stat().st_mtime_ns
    (tmp_path / "loop" / "mode").write_text("full")
    with pytest.raises(StoreError, match="no space left on the disk"):
        iterate(config)
    (tmp_path / "loop" / "mode").write_text("none")
    with pytest.raises(NotAModel, match="does not exist"):
        iterate(config)
    (tmp_path / "loop" / "mode").write_text("half")
    with pytest.raises(NotAModel, match=r"model\.safetensors has \d+ bytes of \d+"):
        iterate(config)
    assert not where.model.exists()
    (tmp_path / "loop" / "mode").write_text("copy")
    result = iterate(config)
    assert len(result.rounds) == 2
    assert where.data.stat().st_mtime_ns == stamp
    assert not list(where.path.glob("tmp"))


def test_a_disk_that_fills_anywhere_loses_nothing(small_disk: SmallDisk, finished: LoopResult) -> None:
    """At every step there is too little space once; each time the same message, in the end the same loop."""
    config = table(small_disk.path / "loop")
    refused = []
    for kilobytes in (32, 128, 512, 1000, 2000, 3500, 6500, 10_000, 40_000):
        small_disk.resize(kilobytes)
        try:
            iterate(config)
            break
        except StoreError as error:
            assert "no space left on the disk" in str(error)
            refused.append(kilobytes)
    assert len(refused) >= 5 and kilobytes > refused[-1]
    assert outcome(small_disk.path / "loop") == outcome(finished.path)
    assert not list(small_disk.path.rglob("tmp"))


def test_a_round_that_accepts_nothing_says_so_and_keeps_its_samples(tmp_path: Path) -> None:
    config = table(tmp_path / "loop", rounds=1)
    config["sample"]["scorer"] = {"never": {"plugin": f"{judges}:never"}}
    with pytest.raises(NothingDone, match=r"round 1 has no accepted trace.*32 samples 32 fail"):
        iterate(config)
    groups = list(Store.open(Round(tmp_path / "loop", 1).samples).groups())
    assert sum(len(g.candidates) for g in groups) == 32
    assert not Round(tmp_path / "loop", 1).data.exists()


def test_held_out_problems_are_never_trained_on(tmp_path: Path) -> None:
    config = table(tmp_path / "loop", rounds=1)
    config["held_out"]["source"] = {"name": "arithmetic", "count": 8}
    with pytest.raises(ConfigError, match="8 of 20 problems to train on are held-out problems too"):
        iterate(config)


def test_two_at_once_are_refused(tmp_path: Path, finished: LoopResult) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(finished.path / "lock")],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
    )
    assert holder.stdout is not None and holder.stdout.readline()
    with pytest.raises(StoreError, match=r"another process \(pid"):
        iterate(table(finished.path))
    holder.communicate(b"\n")


_HOLD = """
import fcntl, sys
f = open(sys.argv[1], "r+"); fcntl.flock(f, fcntl.LOCK_EX); print("held", flush=True); sys.stdin.readline()
"""

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["torch", "transformers.models.llama.modeling_llama", "verirs.loop"])


def test_killed_anywhere_it_ends_as_if_undisturbed(tmp_path: Path, finished: LoopResult) -> None:
    config = table(tmp_path / "killed")
    rng = random.Random(0)
    kills, seconds = 0, 0.3
    while kills < 4:
        process = context.Process(target=iterate, args=(config,))
        process.start()
        process.join(seconds * (0.5 + rng.random()))
        if process.exitcode is None:
            process.kill()
            kills += 1
            seconds *= 2.4  # whatever the machine's speed, some kills come early and some late
        process.join()
        if process.exitcode == 0:
            break
    assert kills
    iterate(config)
    assert outcome(tmp_path / "killed") == outcome(finished.path)
    assert not list((tmp_path / "killed").rglob("tmp"))
