"""The engine openai_batch against a real server that speaks the batch API, and misbehaves.

The troubles are of public reports; each test names its address.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.batch_server import BatchServer
from verirs.engines.openai import OpenAIBatchEngine, batch_api
from verirs.engines.openai.batch_reading import read_batch
from verirs.engines.openai.sent import Kept, SentBatch
from verirs.errors import EngineError, GivenUp, RequestError, UserError
from verirs.protocols import Request, Sampling
from verirs.running.drive import run
from verirs.types import Completion, Problem


@pytest.fixture
def server() -> Iterator[BatchServer]:
    server = BatchServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_api, "_FIRST_WAIT", 0.01)


def request(name: str, *indices: int, **sampling: Any) -> Request:
    return Request(
        problem=Problem(id=name, prompt=f"{name}?"),
        messages=({"role": "user", "content": f"{name}?"},),
        indices=indices,
        seeds=tuple(ord(name) * 100 + i for i in indices),
        sampling=Sampling(**sampling),
    )


def made(server: BatchServer, folder: Path, **options: Any) -> OpenAIBatchEngine:
    engine = OpenAIBatchEngine(
        "tiny", server.url, **{"poll": 0.01, "gather": 0.05, "deadline": 60.0} | options
    )
    engine.keep_in(folder)
    return engine


def sample(engine: OpenAIBatchEngine, *wanted: Request) -> dict[tuple[str, int], Completion]:
    """All requests at once; what one raises is raised when the others are done."""

    async def one(asked: Request, found: dict[tuple[str, int], Completion]) -> None:
        async for completion in engine.sample(asked):
            found[asked.problem.id, completion.index] = completion

    async def go() -> dict[tuple[str, int], Completion]:
        found: dict[tuple[str, int], Completion] = {}
        await engine.start()
        try:
            ends = await asyncio.gather(*(one(w, found) for w in wanted), return_exceptions=True)
            for end in ends:
                if isinstance(end, BaseException):
                    raise end
        finally:
            await engine.close()
        return found

    return asyncio.run(asyncio.wait_for(go(), 120))


def paid_once(server: BatchServer) -> bool:
    server.finish()
    return len(set(server.answered)) == len(server.answered)


def test_all_problems_go_in_one_batch(server: BatchServer, tmp_path: Path) -> None:
    found = sample(made(server, tmp_path), *(request(name, 0, 1, 2) for name in "abc"))
    assert len(found) == 9 and len(server.batches) == 1
    (batch,) = server.batches.values()
    lines = [json.loads(line) for line in server.files[batch["input_file_id"]].splitlines()]
    assert {line["url"] for line in lines} == {"/v1/chat/completions"}
    assert len({line["custom_id"] for line in lines}) == 9
    assert lines[0]["body"]["messages"] == [{"role": "user", "content": "a?"}]
    assert lines[0]["body"]["n"] == 1 and "stream" not in lines[0]["body"]


@pytest.mark.parametrize("key", ["seed", "random_seed", ""])
def test_the_seed_is_called_as_the_server_calls_it(server: BatchServer, tmp_path: Path, key: str) -> None:
    """Mistral's batches want ``random_seed``, and refuse a body with ``seed``; some servers take none."""
    engine = made(server, tmp_path, seed_key=key)
    found = sample(engine, request("a", 0, 1, 2))
    (batch,) = server.batches.values()
    bodies = [json.loads(line)["body"] for line in server.files[batch["input_file_id"]].splitlines()]
    sent = [{name: value for name, value in body.items() if "seed" in name} for body in bodies]
    seeds = request("a", 0, 1, 2).seeds
    assert sent == ([{key: seed} for seed in seeds] if key else [{}] * 3)
    assert [found["a", i].seed for i in range(3)] == (list(seeds) if key else [None] * 3)
    assert ("no seeds" in engine.reproducible) == (key == "")


def test_answers_belong_to_their_request_whatever_their_order(server: BatchServer, tmp_path: Path) -> None:
    """https://platform.openai.com/docs/guides/batch: the order of lines is not that of the input."""
    plain = sample(made(server, tmp_path / "a"), request("a", 0, 1), request("b", 0, 1))
    server.fates.append("shuffled")
    assert sample(made(server, tmp_path / "b"), request("a", 0, 1), request("b", 0, 1)) == plain


@pytest.mark.parametrize(
    "fate",
    [
        "expired",  # github.com/bespokelabsai/curator/issues/226, github.com/warmbly/warmbly/pull/333
        "dropped",  # github.com/TU-Wien-dataLAB/aqueduct/issues/55: in no file
        "busy",
        "broken",
    ],
)
def test_what_got_no_answer_is_sent_again_and_nothing_else(
    server: BatchServer, tmp_path: Path, fate: str
) -> None:
    server.fates.append(fate)
    found = sample(made(server, tmp_path), *(request(name, 0, 1) for name in "abc"))
    assert len(found) == 6 and len(server.batches) == 2
    assert paid_once(server) or fate == "broken"  # that answer was paid for and cannot be read
    assert len(server.answered) == (7 if fate == "broken" else 6)


def test_a_request_is_given_up_after_its_batches(server: BatchServer, tmp_path: Path) -> None:
    server.fates.extend(["expired"] * 9)
    with pytest.raises(GivenUp, match=r"no answer in 3 batches, last: .*batch_expired"):
        sample(made(server, tmp_path, retries=2), request("a", 0))
    assert len(server.batches) == 3


def test_what_all_failed_has_no_output_file(server: BatchServer, tmp_path: Path) -> None:
    """https://github.com/ProjectTech4DevAI/kaapi-backend/issues/723"""
    server.fates.append("bad")
    with pytest.raises(RequestError, match=r"refuses it .*told to say 400"):
        sample(made(server, tmp_path), request("a", 0))
    (batch,) = server.batches.values()
    assert batch["status"] == "completed" and batch["output_file_id"] is None


def test_a_refusal_whose_error_is_null(server: BatchServer, tmp_path: Path) -> None:
    """https://github.com/openai/openai-openapi/issues/302: the refusal stands in the response's body."""
    server.fates.append("bad")
    with pytest.raises(RequestError, match="status 400: told to say 400"):
        sample(made(server, tmp_path), request("a", 0, 1, 2))
    assert len(server.answered) == 2 and len(server.batches) == 1


@pytest.mark.parametrize("fate", ["full", "too much at once"])
def test_no_room_is_waited_for(
    server: BatchServer, tmp_path: Path, fate: str, caplog: pytest.LogCaptureFixture
) -> None:
    """https://learn.microsoft.com/en-us/answers/questions/2285577: less at once, and later."""
    server.fates.extend([fate, fate])
    with caplog.at_level(logging.WARNING):
        found = sample(made(server, tmp_path), *(request(name, 0) for name in "abcdefgh"))
    assert len(found) == 8 and paid_once(server)
    sizes = [len(server.files[b["input_file_id"]].splitlines()) for b in server.batches.values()]
    assert max(sizes[1:] if fate == "full" else sizes) <= 4
    assert "has no room" in caplog.text


@pytest.mark.parametrize(
    ("fate", "words"),
    [("invalid", "invalid_request: this line is wrong .line 1"), ("refused", "no batches of this model")],
)
def test_a_batch_that_is_refused_ends_the_run(
    server: BatchServer, tmp_path: Path, fate: str, words: str
) -> None:
    server.fates.append(fate)
    with pytest.raises(EngineError, match=words):
        sample(made(server, tmp_path), request("a", 0), request("b", 0))
    assert not server.answered


def test_a_cancelled_batch_stops_and_the_same_command_sends_the_rest(
    server: BatchServer, tmp_path: Path
) -> None:
    server.fates.append("cancelled")
    with pytest.raises(EngineError, match="somebody cancelled batch batch_0; 1 of its 2"):
        sample(made(server, tmp_path), request("a", 0), request("b", 0))
    assert len(sample(made(server, tmp_path), request("a", 0), request("b", 0))) == 2
    assert paid_once(server) and len(server.answered) == 2


def test_a_batch_that_is_gone_is_named(server: BatchServer, tmp_path: Path) -> None:
    """https://github.com/tensorzero/tensorzero/issues/1198: batches disappear."""
    lost = SentBatch(name="n", requests=("x", "y"), id="batch_of_long_ago", state="open")
    Kept(tmp_path).put(lost)
    with pytest.raises(EngineError, match=r"does not know batch batch_of_long_ago.*n\.json to send its 2"):
        sample(made(server, tmp_path), request("a", 0))


@pytest.mark.parametrize("trouble", ["drop", "lost", 500, 429, 503])
@pytest.mark.parametrize("call", [0, 1, 2, 3])
def test_passing_trouble_of_any_call_costs_nothing(
    server: BatchServer, tmp_path: Path, call: int, trouble: Any
) -> None:
    """Upload, making, looking, fetching: a batch whose making was lost on the way back is found, not made
    again."""
    server.script.extend([None] * call + [trouble])
    assert len(sample(made(server, tmp_path), request("a", 0, 1))) == 2
    assert paid_once(server) and len(server.batches) == 1


def test_the_other_dialect() -> None:
    """https://docs.together.ai/docs/inference/batch/manage: states in capitals, a batch in ``job``."""
    found = read_batch({"job": {"id": "b", "status": "IN_PROGRESS"}, "warning": ""})
    assert (found.id, found.state) == ("b", "in_progress")
    failed = read_batch({"id": "b", "status": "FAILED", "errors": "no such model"})
    assert failed.told == "no such model"


def test_large_files_are_several_batches(server: BatchServer, tmp_path: Path) -> None:
    found = sample(made(server, tmp_path, largest=4), *(request(name, 0, 1, 2) for name in "abc"))
    assert len(found) == 9 and len(server.batches) == 3 and paid_once(server)


def test_nothing_that_came_is_paid_for_again(server: BatchServer, tmp_path: Path) -> None:
    first = sample(made(server, tmp_path), request("a", 0, 1))
    assert sample(made(server, tmp_path), request("a", 0, 1)) == first
    assert len(server.batches) == 1
    more = sample(made(server, tmp_path), request("a", 0, 1, 2))
    assert len(more) == 3 and len(server.batches) == 2 and paid_once(server)


def test_a_making_that_was_cut_off_is_found_on_the_server(server: BatchServer, tmp_path: Path) -> None:
    """The record is written before the call; a kill between the two must neither lose nor double it."""
    assert sample(made(server, tmp_path), request("a", 0))
    (file,) = tmp_path.glob("*.json")
    whole = SentBatch.load(file)
    file.unlink()
    for answers in tmp_path.glob("*.jsonl"):
        answers.unlink()
    Kept(tmp_path).put(whole, id="", state="sending")
    for number in range(3):  # more than a page of others came since
        server.answer("POST", "batches", json.dumps({**_BODY, "metadata": {"n": str(number)}}).encode())
    assert sample(made(server, tmp_path), request("a", 0))
    assert len(server.answered) == 1
    Kept(tmp_path).put(SentBatch(name="never", requests=("x",)))
    assert sample(made(server, tmp_path), request("a", 0))
    assert not (tmp_path / "never.json").exists()


_BODY = {"input_file_id": "file-0", "endpoint": "/v1/chat/completions", "completion_window": "24h"}


def test_refusals_before_anything_is_sent(server: BatchServer, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model 'tinny'; did you mean tiny"):
        engine = OpenAIBatchEngine("tinny", server.url)
        engine.keep_in(tmp_path)
        sample(engine, request("a", 0))
    with pytest.raises(UserError, match="keeps what it sends in a run directory"):
        sample(OpenAIBatchEngine("tiny", server.url), request("a", 0))
    with pytest.raises(UserError, match="largest = 0"):
        OpenAIBatchEngine("tiny", server.url, largest=0)
    with pytest.raises(UserError, match=r"options\.seed would override"):
        OpenAIBatchEngine("tiny", server.url, options={"seed": 1})
    assert not server.files


def test_a_server_without_batches_is_said(server: BatchServer, tmp_path: Path) -> None:
    server.script.append(404)
    with pytest.raises(UserError, match=r"/files is not there .*no batch API"):
        sample(made(server, tmp_path), request("a", 0))


def test_the_key_is_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "sk-very-secret-0123456789"
    server = BatchServer(key=secret)
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    try:
        with caplog.at_level(logging.DEBUG):
            assert sample(made(server, tmp_path), request("a", 0))
    finally:
        server.close()
    held = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert held and not any(secret.encode() in data for data in (*held, *server.files.values()))
    assert secret not in caplog.text


def config(server: BatchServer, folder: Path) -> dict[str, Any]:
    rows = [{"problem": f"{i}+1?", "answer": str(i + 1)} for i in range(6)]
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return {
        "name": "b",
        "runs": str(folder / "runs"),
        "n": 4,
        "source": {"name": "file", "path": str(folder / "p.jsonl")},
        "engine": {"name": "openai_batch", "model": "tiny", "base_url": server.url}
        | {"poll": 0.01, "gather": 0.05},
    }


_PROGRAM = """
import json, sys
from verirs.running.drive import run
if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
"""


def test_a_killed_run_fetches_what_it_paid_for(tmp_path: Path) -> None:
    server = BatchServer(looks=1_000_000)  # it does not end while the first process lives
    table = config(server, tmp_path)
    try:
        child = subprocess.Popen([sys.executable, "-c", _PROGRAM, json.dumps(table)])
        try:
            end = time.monotonic() + 120
            while not list((tmp_path / "runs/b/engine").glob("*.json")) or not server.batches:
                assert time.monotonic() < end and child.poll() is None
                time.sleep(0.02)
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
        for batch in server.batches.values():
            batch["looks"] = 1
        server.looks = 1
        done = run(table)
        assert done.summary.completions == 24
        assert len(server.answered) == 24 and paid_once(server)
    finally:
        server.close()


def test_a_run_until_enough_draws_rounds_of_batches(server: BatchServer, tmp_path: Path) -> None:
    table = config(server, tmp_path) | {"until": {"accept": 1, "first": 1}}
    done = run(table)
    assert done.summary.problems == 6
    assert 2 <= len(server.batches) <= 24 and paid_once(server)
