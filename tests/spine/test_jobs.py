"""Scoring in several processes: what comes out is what one process gives, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import verirs
from verirs.errors import ConfigError, SandboxError
from verirs.store import Store, rescoring, verify
from verirs.store.shards import imported_late
from verirs.system import jobs as jobs_module
from verirs.system.jobs import TASKS, Jobs, sizes
from verirs.system.machine import CORES
from verirs.types import Verdict

N, PROBLEMS = 4, 30
INIT = 1


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that every test copies; its scorer does as a test's files say."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "asked").mkdir()
    verirs.run(
        {
            "name": "r",
            "runs": str(folder),
            "n": N,
            "source": {"name": "arithmetic", "count": PROBLEMS},
            "engine": {"name": "fake"},
            "scorer": {"deadly": {"plugin": "tests.spine.deadly:Deadly", "folder": str(folder / "asked")}},
        }
    )
    return folder


@pytest.fixture
def run(sampled: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(rescoring, "PART", 16)
    for file in (sampled / "asked").iterdir():
        file.unlink()
    yield sampled / "r"


def score(run: Path, jobs: int = 2) -> Any:
    return verirs.score(run, jobs=jobs, trust=True)


def verdicts(run: Path) -> dict[tuple[str, int], tuple[Verdict, str]]:
    with Store.open(run) as store:
        return {
            (g.problem.id, c.completion.index): (c.verdict, c.scores[0].reason)
            for g in store.groups()
            for c in g.candidates
        }


def judged(run: Path) -> Counter[str]:
    files = (run.parent / "asked").glob("judged-*")
    return Counter(line for file in files for line in file.read_text().splitlines())


def exported(run: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((run / "export").glob("*.parquet"))}


def test_several_processes_give_what_one_gives(run: Path) -> None:
    one = score(run, jobs=1)
    want, files, summary = verdicts(run), exported(run), one.summary
    assert len(judged(run)) == N * PROBLEMS
    two = score(run, jobs=2)
    assert verdicts(run) == want and exported(run) == files
    assert two.summary.verdicts == summary.verdicts and two.summary.estimates == summary.estimates
    assert two.progress.judged == one.progress.judged == N * PROBLEMS
    assert two.progress.solved == one.progress.solved
    assert len(list((run.parent / "asked").glob("judged-*"))) >= 2 and set(judged(run).values()) == {2}
    assert not verify(run)


def test_one_part_is_work_for_several_processes(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    score(run, jobs=1)
    want, files = verdicts(run), exported(run)
    monkeypatch.setattr(rescoring, "PART", 2048)
    alone = {p.name for p in (run.parent / "asked").iterdir()}
    score(run, jobs=3)
    assert verdicts(run) == want and exported(run) == files and not verify(run)
    assert len({p.name for p in (run.parent / "asked").iterdir()} - alone) == 3
    assert set(judged(run).values()) == {2}


def test_few_and_unequal_parts_are_cut_so_that_all_processes_end_together(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 120 candidates in parts of 100 and 20 one process would have 100 to judge."""
    monkeypatch.setattr(rescoring, "PART", 100)
    tasks: list[Any] = []
    work = Jobs.work

    def watched(self: Jobs, make: str, given: Any, asked: Any, died: Any) -> Iterator[Any]:
        tasks.extend(task for task in asked if make.endswith(":scorer"))
        return work(self, make, given, asked, died)

    monkeypatch.setattr(Jobs, "work", watched)
    score(run)
    held = [sum(piece.stop - piece.start for piece in task) for task in tasks]
    assert sum(held) == N * PROBLEMS and max(held) <= 30, held
    assert not verify(run)


def test_each_job_keeps_to_cores_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CORES, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {2, 3, 5, 8, 9})
    assert jobs_module.shares(2) == [[2, 3], [5, 8, 9]]
    assert [len(own) for own in jobs_module.shares(5)] == [1] * 5
    assert jobs_module.shares(6) == [] == jobs_module.shares(1)
    monkeypatch.setenv(CORES, "2")  # which two of the five are ours, nobody said
    assert jobs_module.shares(2) == []


def test_a_job_in_the_place_of_a_dead_one_has_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CORES, raising=False)
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        pytest.skip("one core: there is nothing to divide")
    with Jobs(2, [__name__]) as jobs:
        tasks = ["a", "b", "die", "c", "d", "e"]
        found = dict(jobs.work(f"{__name__}:placed", None, tasks, lambda task, deaths, cause: []))
    assert found.keys() == {"a", "b", "c", "d", "e"}
    own = {tuple(sorted(each)) for each in found.values()}
    assert own <= {tuple(each) for each in jobs_module.shares(2)} and own


def placed(given: Any) -> Any:
    def work(task: str) -> set[int]:
        if task == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.1)
        return os.sched_getaffinity(0)

    return work


def test_a_job_takes_no_core_that_was_taken_from_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by ``taskset -p`` while it is at work: the cores of a place may not be ours any more."""
    monkeypatch.delenv(CORES, raising=False)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("one core: there is nothing to take")
    with Jobs(2, [__name__]) as jobs:
        assert jobs._forker is not None
        os.sched_setaffinity(jobs._forker._process.pid, cores[:1])
        found = dict(jobs.work(f"{__name__}:placed", None, ["a", "b", "c"], lambda task, deaths, cause: []))
    assert list(found.values()) == [{cores[0]}] * 3


@pytest.mark.parametrize(("told", "threads"), [("", "2"), ("5", "5")])
def test_a_library_within_a_job_takes_no_more_threads_than_its_share(
    told: str, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CORES, "4")  # which four is not said, so that no job keeps to some of them
    if told:
        monkeypatch.setenv("OMP_NUM_THREADS", told)
    else:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with Jobs(2, [__name__]) as jobs:
        found = dict(jobs.work(f"{__name__}:threads", None, ["a"], lambda task, deaths, cause: []))
    assert found == {"a": (threads, "2")}


def threads(given: Any) -> Any:
    return lambda task: (os.environ["OMP_NUM_THREADS"], os.environ[CORES])


def test_jobs_are_forked_from_one_interpreter_that_may_die_too() -> None:
    with Jobs(2, [__name__]) as jobs:
        tasks = ["a", "b", "c", "parent", "d"]
        found = dict(jobs.work(f"{__name__}:kinsman", None, tasks, _or_again))
    assert found.keys() == {"a", "b", "c", "d", "e"}
    parents = {parent for _, parent in found.values()} - {INIT}  # whose a job is that is made after it died
    assert os.getpid() not in parents and 1 <= len(parents) <= 2
    for pid, _ in found.values():
        until = time.monotonic() + 120
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < until
            time.sleep(0.05)


def _or_again(task: str, deaths: int, cause: str) -> list[str]:
    """A task that its parent took with it is done again."""
    return ["e"] if task == "parent" else [task]


def kinsman(given: Any) -> Any:
    parent = os.getppid()

    def work(task: str) -> tuple[int, int]:
        if task == "parent":
            assert parent != INIT
            os.kill(parent, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid(), parent

    return work


def test_a_parent_that_goes_while_it_is_answered_leaves_no_word(capfd: pytest.CaptureFixture[str]) -> None:
    """As where a second Ctrl-C ends the command while the first one ends its processes."""
    made = jobs_module._Forker([__name__], 1)
    asked, answered = os.pipe()
    number = made.fork(asked, answered)
    made._control.sendall(jobs_module._ASKED.pack(number, 0))
    made._control.close()
    assert made._process.wait(120) == 0
    for pipe in (asked, answered):
        os.close(pipe)
    assert capfd.readouterr().err == ""


def test_what_is_forked_has_one_thread() -> None:
    """From Python 3.12 on a fork of several is warned of: a lock that another thread held stays locked."""
    modules = ["verirs.running.spread", "verirs.running.exporting", "verirs.scorers.math", *imported_late()]
    with Jobs(1, modules) as jobs:
        found = dict(jobs.work(f"{__name__}:counter", None, ["a"], lambda task, deaths, cause: []))
    assert found == {"a": 1}


def counter(given: Any) -> Any:
    return lambda task: len(list(Path(f"/proc/{os.getppid()}/task").iterdir()))


def test_a_module_that_does_not_import_is_told() -> None:
    with Jobs(1, ["tests.spine.no_such_module"]) as jobs, pytest.raises(ImportError, match="no_such"):
        list(jobs.work("tests.spine.no_such_module:work", None, ["a"], lambda task, deaths, cause: []))


def test_a_killed_process_loses_and_doubles_nothing(run: Path) -> None:
    want = verdicts(run)
    (run.parent / "asked" / "once").write_text(" ".join(map(str, sorted(want)[50])))
    score(run)
    assert verdicts(run) == want and not verify(run)
    assert judged(run).keys() == {" ".join(map(str, key)) for key in want}


def test_a_sample_that_kills_whoever_judges_it_costs_itself_alone(run: Path) -> None:
    want = verdicts(run)
    poison = sorted(want)[61]
    (run.parent / "asked" / "always").write_text(" ".join(map(str, poison)))
    done = score(run)
    found = verdicts(run)
    verdict, reason = found.pop(poison)
    assert verdict is Verdict.ERROR and "killed its process 3 times (signal 9" in reason
    assert found == {key: value for key, value in want.items() if key != poison}
    assert done.progress.verdicts[Verdict.ERROR] == 1 and done.progress.judged == N * PROBLEMS
    assert not verify(run)
    (run.parent / "asked" / "always").unlink()
    verirs.score(run, only_errors=True, jobs=2, trust=True)
    assert verdicts(run) == want


def test_what_was_scored_before_a_stop_is_not_scored_again(run: Path) -> None:
    want = verdicts(run)
    (run.parent / "asked" / "stop").write_text(" ".join(map(str, sorted(want)[-1])))
    with pytest.raises(SandboxError, match="no sandbox today"):
        score(run)
    before = judged(run)
    assert verdicts(run) == want  # the old scores stay
    (run.parent / "asked" / "stop").unlink()
    score(run)
    after = judged(run)
    assert verdicts(run) == want and after.keys() == {" ".join(map(str, key)) for key in want}
    assert before and sum(after[name] == 1 for name in before) > 0


def test_a_number_of_processes_is_none_below_zero(run: Path) -> None:
    with pytest.raises(ConfigError, match="jobs"):
        score(run, jobs=-1)


@given(total=st.integers(0, 5_000), count=st.integers(1, 40))
def test_tasks_are_all_of_the_work_and_the_last_are_small(total: int, count: int) -> None:
    found = list(sizes(total, count))
    assert sum(found) == total and found == sorted(found, reverse=True)
    if total:
        share = max(1, total // (count * TASKS))
        assert 1 <= found[-1] <= max(1, share // TASKS) and found[0] <= share
        assert len(found) >= min(total, count)


def sleeper(given: Any) -> Any:
    def work(task: str) -> None:
        Path(task).write_text(str(os.getpid()))
        time.sleep(600)

    return work


def work_for_ever(path: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background command ignores it
    with Jobs(1, [__name__]) as jobs:
        list(jobs.work(f"{__name__}:sleeper", None, [path], lambda task, deaths, cause: []))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_processes_end_with_their_parent(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "pid"
    code = f"from tests.spine.test_jobs import work_for_ever; work_for_ever({str(file)!r})"
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < until and parent.poll() is None
        time.sleep(0.05)
    parent.send_signal(number)
    parent.wait(60)
    while Path(f"/proc/{file.read_text()}").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
