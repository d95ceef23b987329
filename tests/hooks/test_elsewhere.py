"""A grader in other folders, processes and event loops, and one that is closed under its callers."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from verirs.errors import TooManyErrors, VerirsError
from verirs.hooks import Grader, Rule
from verirs.hooks.rows import Row, read

OWN = "def right(problem, completion):\n    return problem.answer in completion.text\n"
GOOD, BAD = read("#### 12", {"answer": "12"}), read(7, {"answer": "12"})


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scorer beside its config, where we stand."""
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "own.toml").write_text('[scorer.own]\nplugin = "./own.py:right"\n[hook]\nfailed = -1.0\n')
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "own.toml"


def test_a_scorer_in_a_file_is_found_from_any_folder(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graders = [Grader("own.toml"), Grader(config), Grader({"scorer": {"own": {"plugin": "./own.py:right"}}})]
    sent = [pickle.dumps(grader) for grader in graders]
    monkeypatch.chdir(config.parent / "other")  # as Hydra does before the first step
    for grader, pickled in zip(graders, sent, strict=True):
        again = pickle.loads(pickled)
        assert grader.grade([GOOD])[0].value == again.grade([GOOD])[0].value == 1.0
        assert (grader.identity, grader.reward_identity) == (again.identity, again.reward_identity)
        assert pickle.loads(pickle.dumps(again)).grade([GOOD])[0].value == 1.0
    assert len({grader.identity for grader in graders}) == 1


def test_it_is_found_by_a_process_that_stands_elsewhere(config: Path, tmp_path: Path) -> None:
    (tmp_path / "grader.pickle").write_bytes(pickle.dumps(Grader("own.toml")))
    program = (
        "import pickle, sys; from verirs.hooks.rows import read; "
        "made = pickle.load(open(sys.argv[1], 'rb')); "
        "print([r.value for r in made.grade([read(t, {'answer': '12'}) for t in ('12', '13')])])"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "grader.pickle")]
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(command, cwd="/", env=here, capture_output=True, text=True)
    assert done.stdout == "[1.0, -1.0]\n", done.stderr


def test_event_loops_that_have_ended_are_forgotten() -> None:
    with Grader("math") as made:
        for _ in range(3):
            assert asyncio.run(made.agrade([GOOD] * 100))[0].value == 1.0
        gc.collect()
        assert made._state is not None and not made._state._gathered


def test_who_waits_for_a_grader_that_is_closed_is_told_and_not_cancelled() -> None:
    started, hold = threading.Event(), threading.Event()

    def slow(problem: Any, completion: Any) -> bool:
        started.set()
        return hold.wait(30)

    import tests.hooks.test_elsewhere as here

    here.slow = slow  # type: ignore[attr-defined]

    async def run() -> list[Any]:
        made = Grader({"scorer": {"slow": {"plugin": "tests.hooks.test_elsewhere:slow"}}})
        first = asyncio.ensure_future(made.agrade([GOOD]))
        await asyncio.to_thread(started.wait, 30)
        made._here().threads._max_workers = 1
        rest = [asyncio.ensure_future(made.agrade([read(str(i), {"answer": "12"})])) for i in range(3)]
        gone = asyncio.ensure_future(made.agrade([read("gone", {"answer": "12"})]))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        made.close()
        hold.set()
        found = await asyncio.gather(first, *rest, gone, return_exceptions=True)
        with pytest.raises(TimeoutError):
            hold.clear()
            await made.agrade([read("late", {"answer": "12"})], seconds=0.05)
        hold.set()
        made.close()
        return found

    first, *rest, gone = asyncio.run(run())
    assert isinstance(gone, asyncio.CancelledError)
    assert all(isinstance(one, VerirsError) and "closed" in str(one) for one in rest), rest
    assert isinstance(first, VerirsError) or first[0].value == 1.0


@pytest.mark.parametrize("size", [1, 50, 8192])
def test_the_breaker_sees_a_large_batch_as_many_small_ones(size: int) -> None:
    rows: list[Row] = [BAD] * 1000 + [GOOD] * 7192
    with Grader("math", rule=Rule(breaker=0.5)) as made, pytest.raises(TooManyErrors):
        for at in range(0, len(rows), size):
            made.grade(rows[at : at + size])


def test_a_route_that_names_a_scorer_twice_asks_it_once() -> None:
    rule = {"route": {"x": ["math", "math", "exact"]}, "weights": {"math": 1.0, "exact": 1.0}}
    with Grader({"scorer": {"math": {}, "exact": {}}, "hook": rule}) as made:
        (found,) = made.grade([read(r"\boxed{12.0}", {"answer": "12", "data_source": "x"})])
        assert found.value == 0.5 and len(found.scores) == 2
