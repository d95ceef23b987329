"""Steps and commands in processes of their own: what comes back when they fail; that they end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from verirs import errors
from verirs.errors import MissingExtra, NotAModel, StepFailed, StoreError, VerirsError
from verirs.loop.steps.process import run_command
from verirs.loop.steps.step import Warm, main, run_step


@dataclass(frozen=True, kw_only=True)
class Note:
    """Writes what it was given."""

    out: str
    runs: Sequence[str] = ()
    options: Mapping[str, float] | None = None

    def work(self) -> None:
        print("noting", flush=True)
        Path(self.out).write_text(json.dumps([list(self.runs), self.options]))


class Refined(NotAModel):
    """A class of somebody else's below one of the tree."""


@dataclass(frozen=True, kw_only=True)
class Fail:
    """Fails in a way that is named."""

    way: str
    folder: str = ""

    def work(self) -> None:
        if self.way == "killed":
            import os

            os.kill(os.getpid(), signal.SIGKILL)
        if self.way == "disk":
            with open("/dev/full", "w") as disk:
                disk.write("weights")
        if self.way == "rust":
            raise RuntimeError('IoError(Os { code: 28, message: "No space left on device" })')
        if self.way == "chained":
            try:
                raise OSError(122, "Disk quota exceeded")
            except OSError as e:
                raise ValueError("cannot save") from e
        if self.way == "wordy":
            print("No space left on device", flush=True)  # words in a log are no full disk
            raise ValueError("the learning rate is a banana")
        if self.way == "refined":
            raise Refined("the weights are missing")
        kind: type[VerirsError] = getattr(errors, self.way)
        raise kind("said in the child")


def abort_at_the_end() -> None:
    import ctypes

    libc = ctypes.CDLL(None)
    libc.__cxa_atexit(libc.abort, None, None)


@dataclass(frozen=True, kw_only=True)
class Aborts:
    """Is done, and leaves a C library whose end aborts its process, as threads that still run do."""

    out: str

    def work(self) -> None:
        import atexit

        abort_at_the_end()
        atexit.register(lambda: Path(self.out).write_text("told at the end"))
        print("x" * 50_000, end="")  # not flushed


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's name of atexit")
def test_a_launched_process_ends_well_whatever_its_libraries_do_at_the_end(tmp_path: Path) -> None:
    step = Aborts(out=str(tmp_path / "out"))
    with pytest.raises(StepFailed, match="SIGABRT"):  # as any process does
        run_step(step, tmp_path / "alone", "training")
    launched = {"RANK": "0", "WORLD_SIZE": "1"}
    run_step(step, tmp_path / "train", "training", launcher=[sys.executable], environment=launched)
    assert (tmp_path / "train.log").read_text() == "x" * 50_000
    assert (tmp_path / "out").read_text() == "told at the end"


def test_a_step_is_done_elsewhere_with_all_its_fields(tmp_path: Path) -> None:
    lines: list[str] = []
    step = Note(out=str(tmp_path / "out"), runs=("a", "b"), options={"epochs": 0.5})
    run_step(step, tmp_path / "note", "noting", tick=lines.append)
    assert json.loads((tmp_path / "out").read_text()) == [["a", "b"], {"epochs": 0.5}]
    assert (tmp_path / "note.log").read_text() == "noting\n"
    # the file beside the log does it again by hand
    (tmp_path / "out").unlink()
    assert main(str(tmp_path / "note.step.json")) == 0
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["UserError", "ConfigError", "MissingExtra", "PartError", "EngineError"])
def test_an_error_of_ours_comes_back_as_what_it_is(tmp_path: Path, kind: str) -> None:
    with pytest.raises(VerirsError, match=r"^training: said in the child$") as caught:
        run_step(Fail(way=kind), tmp_path / "train", "training")
    assert type(caught.value) is getattr(errors, kind)


def test_a_class_from_elsewhere_comes_back_as_the_one_it_refines(tmp_path: Path) -> None:
    with pytest.raises(NotAModel, match="the weights are missing") as caught:
        run_step(Fail(way="refined"), tmp_path / "train", "training")
    assert type(caught.value) is NotAModel


@pytest.mark.parametrize("way", ["disk", "rust", "chained"])
def test_a_full_disk_in_a_step_is_said(tmp_path: Path, way: str) -> None:
    with pytest.raises(StoreError, match="no space left on the disk that holds"):
        run_step(Fail(way=way), tmp_path / "train", "training")
    assert not (tmp_path / "train.error.json").exists()


def test_a_bug_in_a_step_is_one_sentence_and_its_traceback_stays_in_the_log(tmp_path: Path) -> None:
    with pytest.raises(
        StepFailed, match="training failed: ValueError: the learning rate is a banana"
    ) as caught:
        run_step(Fail(way="wordy"), tmp_path / "train", "training")
    assert "Traceback" not in str(caught.value) and str(tmp_path / "train.log") in str(caught.value)
    assert "Traceback" in (tmp_path / "train.log").read_text()


def test_a_killed_step_is_a_failure_and_an_old_error_is_not_taken_for_its_own(tmp_path: Path) -> None:
    with pytest.raises(MissingExtra):
        run_step(Fail(way="MissingExtra"), tmp_path / "train", "training")
    with pytest.raises(StepFailed, match=r"exit status 137: it was killed \(SIGKILL\)"):
        run_step(Fail(way="killed"), tmp_path / "train", "training")


def test_a_failing_command_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = "import sys; print('the cause'); sys.exit(3)"
    with pytest.raises(StepFailed, match=r"exit status 3(.|\n)*the cause"):
        run_command([sys.executable, "-c", program], tmp_path / "log", "training")
    with pytest.raises(StepFailed, match="cannot start"):
        run_command(["no-such-program"], tmp_path / "log", "training")


def test_a_full_disk_in_a_command_is_said(tmp_path: Path) -> None:
    program = "raise OSError(28, 'No space left on device')"
    with pytest.raises(StoreError, match="no space left"):
        run_command([sys.executable, "-c", program], tmp_path / "log", "training")


def test_a_command_ended_by_a_signal_is_a_failure(tmp_path: Path) -> None:
    program = "import os; os.kill(os.getpid(), 11)"
    with pytest.raises(StepFailed, match="exit status 139: signal SIGSEGV"):
        run_command([sys.executable, "-c", program], tmp_path / "log", "training")


def test_children_end_with_a_killed_parent(tmp_path: Path) -> None:
    heart = tmp_path / "heart"
    beat = f"import time, pathlib\nwhile True:\n  pathlib.Path({str(heart)!r}).write_text(str(time.time()))"
    # a child that starts one of its own: both have to go
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {beat!r}])"
    parent = (
        "import sys; from pathlib import Path; from verirs.loop.steps.process import run_command; "
        f"run_command([sys.executable, '-c', {outer!r}], Path({str(tmp_path / 'log')!r}), 'x')"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    until = time.monotonic() + 60
    while not heart.exists() and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(1.0)
    last = heart.read_text()
    time.sleep(1.0)
    assert heart.read_text() == last


def test_a_warm_process_does_one_step_after_the_other_and_none_leaves_anything(tmp_path: Path) -> None:
    warm = Warm()
    warm.start(tmp_path, {})
    try:
        run_step(Note(out=str(tmp_path / "a"), runs=["x"]), tmp_path / "one", "noting", warm=warm)
        with pytest.raises(StepFailed, match="killed"):
            run_step(Fail(way="killed"), tmp_path / "two", "failing", warm=warm)
        run_step(Note(out=str(tmp_path / "b")), tmp_path / "three", "noting", warm=warm)
    finally:
        warm.end()
    assert json.loads((tmp_path / "a").read_text()) == [["x"], None]
    assert (tmp_path / "b").exists() and "noting" in (tmp_path / "three.log").read_text()
    assert not list(tmp_path.glob(".warm*")) and not list(tmp_path.glob("*.done"))
    run_step(
        Note(out=str(tmp_path / "c")), tmp_path / "four", "noting", warm=warm
    )  # there is none: a fresh one
    assert (tmp_path / "c").exists()
