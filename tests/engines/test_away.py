"""A server that goes away during a run, for a while and for good; and a judge that does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import verirs
from tests.engines.weather import PROBLEMS, SAMPLES, Case, Out, says, serving, write
from tests.outside.case import Ran, command
from verirs.engines.openai import engine
from verirs.engines.openai import pool as reaching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(reaching, "_FIRST_PROBE", 0.05)


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    yield number


def slow(out: Out) -> None:
    time.sleep(0.2)
    out.send(200, out.good())


def run_while_it_restarts(folder: Path, port: int, deadline: float, away: float) -> Ran:
    """The server answers half of the samples, goes, and comes back after ``away`` seconds (0: never)."""
    options = {"deadline": deadline, "concurrency": 1, "retries": 8}
    case = Case(id="restart", kind="works", fault=slow, options=options)
    ended = threading.Event()

    def serve() -> None:
        with serving(case, port) as (_, bodies):
            up.set()
            while len(bodies) < PROBLEMS * SAMPLES // 2:
                time.sleep(0.005)
        if away and not ended.wait(away):
            with serving(case, port):
                ended.wait(120)

    up = threading.Event()
    server = threading.Thread(target=serve)
    server.start()
    up.wait(30)
    write(folder, f"http://127.0.0.1:{port}/v1", case)
    try:
        return command(folder, "run", "conf.toml")
    finally:
        ended.set()
        server.join()


def test_a_restart_is_waited_for_and_said(tmp_path: Path, port: int) -> None:
    ran = run_while_it_restarts(tmp_path, port, deadline=120, away=2)
    assert ran.code == 0 and sum(ran.verdicts.values()) == PROBLEMS * SAMPLES
    assert (
        f"http://127.0.0.1:{port}/v1 does not answer" in ran.said
        and "waiting for it, at most 2:00" in ran.said
    )
    assert "is back after 0:0" in ran.said


def test_a_server_that_stays_away_ends_the_run_which_goes_on_later(tmp_path: Path, port: int) -> None:
    ran = run_while_it_restarts(tmp_path, port, deadline=1, away=0)
    assert ran.code == 4 and "has been away for 0:01" in ran.said
    assert "start it and run the same command" in ran.said
    with serving(Case(id="again"), port) as (_, bodies):
        ran = command(tmp_path, "run", "conf.toml")
    assert ran.code == 0 and sum(ran.verdicts.values()) == PROBLEMS * SAMPLES
    assert len(bodies) < PROBLEMS * SAMPLES, "what was there is not drawn again"


FAKE = """name = "r"
n = 2
[source]
name = "file"
path = "rows.jsonl"
[engine]
name = "fake"
pass_rate = 1.0
"""
JUDGE = """[scorer.judge]
engine = "openai"
answer = "yes_no"
engine_options = {{model = "tiny", base_url = "{url}", retries = 1, deadline = 1}}
"""


def judged(folder: Path, url: str) -> Ran:
    """A run of the fake engine, whose every completion passes, with a judge behind ``url``."""
    write(folder, url, Case(id="judge"))
    (folder / "conf.toml").write_text(FAKE + "[scorer.math]\n" + JUDGE.format(url=url))
    return command(folder, "run", "conf.toml")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            says(400, {"error": {"message": "the context is 512 tokens"}}),
            "12 x judge: the judge gave no vote",
        ),
        (says(500, b"dead"), "12 x judge: the judge gave no vote"),
        (
            says(200, {"choices": [{"message": {"content": "hm"}, "finish_reason": "stop"}]}),
            "12 x judge: none of # votes",
        ),
    ],
)
def test_a_judge_that_fails_leaves_what_is_verified(fault, words: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with serving(Case(id="judge", fault=fault, strikes="all")) as (url, _):
        ran = judged(tmp_path, url)
    assert ran.code == 0 and ran.verdicts == {"pass": 12, "fail": 0, "abstain": 0, "error": 0}
    assert words in ran.said and len(ran.rows("sft")) > 0


def test_ctrl_c_is_obeyed_while_a_judge_is_waited_for(tmp_path: Path, port: int) -> None:
    with serving(Case(id="judge", fault=slow, strikes="all"), port) as (url, bodies):
        write(tmp_path, url, Case(id="judge"))
        text = JUDGE.format(url=url).replace("deadline = 1", "deadline = 600, concurrency = 1")
        (tmp_path / "conf.toml").write_text(FAKE + "[scorer.math]\n" + text)
        run = subprocess.Popen(
            [sys.executable, "-m", "verirs.cli", "run", "conf.toml"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(verirs.__file__).parents[1])},
            stderr=subprocess.PIPE,
            text=True,
        )
        while len(bodies) < 2:
            time.sleep(0.01)
    assert run.stderr is not None
    for line in run.stderr:
        if "waiting for it" in line:
            break
    run.send_signal(signal.SIGINT)
    assert run.wait(120) == 130
    assert "12 completions are stored. Run the same command to go on" in run.stderr.read()


def test_a_judge_that_is_not_there_is_found_before_the_first_sample(tmp_path: Path, port: int) -> None:
    ran = judged(tmp_path, f"http://127.0.0.1:{port}/v1")
    assert ran.code == 4 and "no server at" in ran.said and not ran.sampled
    with serving(Case(id="other", models=says(200, {"data": [{"id": "tinny"}]}))) as (url, _):
        ran = judged(tmp_path, url)
        assert ran.code == 2 and "did you mean tinny?" in ran.said and not ran.sampled
        assert "Unclosed" not in command(tmp_path, "run", "conf.toml", alone=True).said
