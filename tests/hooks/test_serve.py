"""The reward server: each trainer's own form, limits, tokens, a real process that ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("uvicorn")

from tests.hooks.table import CASES, Case
from verirs.errors import UserError
from verirs.hooks import Grader, Rule
from verirs.serve.app import Server
from verirs.serve.gate import Limits, check_address, check_start

RIGHT = {"text": r"\boxed{4}", "answer": "4"}


def asked(
    calls: Callable[[httpx.AsyncClient], Awaitable[Any]], grader: Grader | None = None, **options: Any
) -> Any:
    """What ``calls`` gives with a client of a server in this process."""

    async def go() -> Any:
        with grader or Grader("math") as own:
            server = Server(own, **options)
            transport = httpx.ASGITransport(app=server.app())
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await calls(client)

    return asyncio.run(go())


def post(path: str, body: Any, **options: Any) -> httpx.Response:
    headers = options.pop("headers", {})

    async def with_headers(client: httpx.AsyncClient) -> httpx.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await client.post(path, content=data, headers=headers)

    found: httpx.Response = asked(with_headers, options.pop("grader", None), **options)
    return found


def sendable(case: Case) -> bool:
    try:
        json.dumps([case.completion, dict(case.columns)]).encode()
    except (TypeError, ValueError):
        return False
    return True


def test_the_server_gives_every_row_of_the_table_its_number() -> None:
    cases = [c for c in CASES if sendable(c)]
    rows = [{"completion": c.completion, **c.columns} for c in cases]

    async def calls(client: httpx.AsyncClient) -> Any:
        many = await client.post("/grade_many", content=json.dumps({"rows": rows}))
        each = await asyncio.gather(*(client.post("/grade", content=json.dumps(row)) for row in rows))
        return many.json(), [r.json() for r in each]

    many, each = asked(calls, Grader(rule=Rule(breaker=1.0)))
    for found in [*many["rewards"], *each]:
        for score in found["scores"]:
            del score["seconds"]
    assert many["rewards"] == each and len(cases) > 40
    for case, found in zip(cases, each, strict=True):
        assert (found["reward"], found["error"]) == (case.reward or 0.0, case.reward is None), case.id


def test_each_trainers_form() -> None:
    one = post("/get_reward", {"query": [r"2+2? \boxed{4}"], "prompts": ["2+2?"], "labels": ["4"]}).json()
    assert one == {"rewards": 1.0, "scores": 1.0, "extra_logs": {"verirs_error": 0.0, "verirs_math": 1.0}}
    none = post("/get_reward", {"query": [], "prompts": [], "labels": []})
    assert none.status_code == 200 and none.json()["rewards"] == []
    assert post("/rm", {"prompt": "2+2?", "response": r"\boxed{4}", "label": "4"}).json() == 1.0
    body = {
        "responses_create_params": {"input": "2+2?"},
        "response": {"output": [{"content": [{"type": "output_text", "text": r"\boxed{5}"}]}]},
        "answer": "4",
    }
    verified = post("/verify", body).json()
    assert verified == {**body, "reward": 0.0, "reward_components": {"math": 0.0}}
    lost = post("/verify", {k: v for k, v in body.items() if k != "answer"}).json()
    assert lost["reward"] == 0.0 and lost["_ng_failure_class"] == "judge_failed"


@pytest.mark.parametrize(
    "body", [{}, {"query": None}, {"query": [None, 5, {}], "labels": "4"}, [], 5, None, {"query": "x"}]
)
def test_odd_bodies_still_get_numbers(body: Any) -> None:
    found = post("/get_reward", body, grader=Grader("math", rule=Rule(breaker=1.0)))
    assert found.status_code == 200 and "null" not in found.text


def test_a_bad_row_never_fails_the_batch() -> None:
    rows = [RIGHT, 5, {"nothing": 1}, {"text": "x" * 50, "answer": "4"}, RIGHT]
    found = post("/grade_many", rows, limits=Limits(text=40)).json()["rewards"]
    assert [r["error"] for r in found] == [False, True, True, True, False]
    assert "the limit is 40" in found[3]["reason"] and "(but nothing)" in found[2]["reason"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [(b"{", 400, "no JSON"), (b"[" * 200_000, 400, "JSON"), (b"x" * 3000, 413, "larger than 2,000")],
    ids=["broken", "deep", "large"],
)
def test_what_is_no_request_is_refused(body: bytes, status: int, said: str) -> None:
    found = post("/grade", body, limits=Limits(body=2000 if status == 413 else 2**20))
    assert found.status_code == status and (said in found.text or "nested" in found.text)


def test_a_full_queue_asks_to_come_again_and_what_never_fits_is_refused() -> None:
    found = post("/grade_many", [RIGHT] * 3, limits=Limits(queue=2))
    assert found.status_code == 413 and "3 rows in one request; the limit is 2" in found.text

    async def calls(client: httpx.AsyncClient) -> list[int]:
        rows = [{"text": f"\\boxed{{{i}}}", "answer": "4"} for i in range(40)]
        many = [client.post("/grade_many", content=json.dumps(rows)) for _ in range(8)]
        return [r.status_code for r in await asyncio.gather(*many)]

    codes = asked(calls, limits=Limits(queue=60))
    assert set(codes) == {200, 429}


def test_too_many_rows_are_refused_before_one_of_them_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verirs.serve.app._row", pytest.fail)
    monkeypatch.setattr("verirs.serve.app.openrlhf.rows_of", pytest.fail)
    for path, body in (("/grade_many", [{}] * 9), ("/get_reward", {"query": [""] * 9})):
        assert post(path, body, limits=Limits(queue=8)).status_code == 413


def test_a_row_with_too_many_golds_is_an_error_of_its_own() -> None:
    rows = [{**RIGHT, "answer": ["5", "6", "7"]}, RIGHT, {**RIGHT, "answer": ["5", "4"]}]
    found = post("/grade_many", rows, limits=Limits(golds=2)).json()["rewards"]
    assert [r["error"] for r in found] == [True, False, False] and found[2]["reward"] == 1.0
    assert "3 gold answers, the limit is 2" in found[0]["reason"]


def test_what_is_told_of_a_row_is_short_however_many_names_it_has() -> None:
    body = {"x" * 1000 + str(i): 1 for i in range(2000)}
    assert len(post("/grade", body).content) < 2000


def test_rows_without_a_gold_stop_nobody_else() -> None:
    async def calls(client: httpx.AsyncClient) -> Any:
        bad = await client.post("/grade_many", content=json.dumps([{"text": "x"}] * 600))
        good = await client.post("/grade", content=json.dumps(RIGHT))
        return bad.status_code, good.json()["reward"]

    assert asked(calls) == (200, 1.0)


def test_lists_of_unequal_length_are_errors() -> None:
    body = {"query": [r"2+2? \boxed{4}"], "prompts": ["2+2?"], "labels": ["4", "5"]}
    assert post("/get_reward", body).json()["extra_logs"]["verirs_error"] == 1.0


def test_a_token_in_the_header_or_in_the_path() -> None:
    assert post("/grade", RIGHT, token="secret").status_code == 401
    assert post("/k/wrong/grade", RIGHT, token="secret").status_code == 401
    assert post("/k/secret/grade", RIGHT, token="secret").json()["reward"] == 1.0
    told = post("/grade", RIGHT, token="secret", headers={"Authorization": "Bearer secret"})
    assert told.json()["reward"] == 1.0


def test_other_machines_need_a_token() -> None:
    check_address("127.0.0.1", "")
    check_address("::1", "")
    check_address("0.0.0.0", "secret")
    for host in ("0.0.0.0", "::", "192.0.2.7", "box.example"):
        with pytest.raises(UserError, match="Set a token"):
            check_address(host, "")


def test_it_says_who_it_is_and_counts() -> None:
    async def calls(client: httpx.AsyncClient) -> Any:
        await client.post("/grade", json=RIGHT)
        return (await client.get("/version")).json(), (await client.get("/metrics")).text

    version, metrics = asked(calls)
    assert version["identity"] == Grader("math").identity and version["scorers"] == ["math"]
    assert 'verirs_requests_total{path="/grade",status="200"} 1' in metrics
    assert 'verirs_verdicts_total{verdict="pass"} 1' in metrics


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server process that is ready, and its address."""
    port = free_port()
    code = "from verirs.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", *options, "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE)
    try:
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                if httpx.get(f"{url}/ready", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process, url
    finally:
        process.kill()
        process.communicate()


def test_a_real_server_answers_many_at_once_and_ends_when_told_to() -> None:
    with serving("math") as (process, url):

        async def many() -> list[float]:
            limits = httpx.Limits(max_connections=64)
            async with httpx.AsyncClient(limits=limits, timeout=120) as client:
                bodies = [{"response": rf"\boxed{{{i}}}", "label": str(i % 50)} for i in range(600)]
                replies = await asyncio.gather(*(client.post(f"{url}/rm", json=b) for b in bodies))
            assert {r.status_code for r in replies} == {200}
            return [r.json() for r in replies]

        assert asyncio.run(many()) == [float(i == i % 50) for i in range(600)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM, 143)


def test_a_program_that_runs_on_is_ended_when_the_time_to_drain_is_over() -> None:
    row = {"text": "def f():\n    while True: pass", "tests": "assert f() == 1", "entry_point": "f"}
    with serving("code", "--drain", "1") as (process, url):

        async def interrupted() -> None:
            async with httpx.AsyncClient(timeout=120) as client:
                asked = asyncio.create_task(
                    client.post(f"{url}/grade", json={**row, "time_limit": 500}, timeout=120)
                )
                while "verirs_rows_waiting 1" not in (await client.get(f"{url}/metrics")).text:
                    await asyncio.sleep(0.05)
                process.send_signal(signal.SIGTERM)
                # far less than the program's own limit
                await asyncio.to_thread(process.wait, 100)
                await asyncio.gather(asked, return_exceptions=True)

        asyncio.run(interrupted())
        assert process.returncode in (0, -signal.SIGTERM, 143)


SLEEPER = """
import threading
from verirs.types import Score, Verdict

class Sleeper:
    name, version = "sleeper", "1"

    def score(self, items):
        threading.Event().wait(1000)
        return [Score(scorer="sleeper", version="1", verdict=Verdict.PASS) for _ in items]

    def close(self):
        pass
"""


def test_a_scorer_that_never_returns_keeps_no_server_alive(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    (tmp_path / "sleeper.toml").write_text('[scorer.sleeper]\nplugin = "sleeper.py:Sleeper"\n')
    with serving(str(tmp_path / "sleeper.toml"), "--drain", "1") as (process, url):

        async def interrupted() -> httpx.Response:
            async with httpx.AsyncClient(timeout=120) as client:
                asked = asyncio.create_task(client.post(f"{url}/grade", json=RIGHT))
                while "verirs_rows_waiting 1" not in (await client.get(f"{url}/metrics")).text:
                    await asyncio.sleep(0.05)
                process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(process.wait, 100)
                return await asked

        found = asyncio.run(interrupted())
        assert found.status_code == 503 and "the server ends" in found.json()["error"]
        assert process.returncode in (0, -signal.SIGTERM, 143)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"port": 99999}, "--port 99999: a port is a number from 1 to 65535"),
        ({"port": 0}, "--port 0"),
        ({"processes": 0}, "--processes 0: must be at least 1"),
        ({"drain": -1}, "--drain -1: must be from 0"),
        ({"token": " "}, "VERIRS_TOKEN has a blank"),
        ({"token": "a/b"}, "a slash"),
        ({"host": "0.0.0.0"}, "Set a token"),
        ({"host": "no such host", "token": "x"}, "cannot listen on no such host"),
    ],
    ids=str,
)
def test_what_a_server_cannot_start_with_is_said_at_once(options: dict[str, Any], said: str) -> None:
    usual = {"host": "127.0.0.1", "port": free_port(), "processes": 1, "drain": 30.0, "token": ""}
    check_start(**usual)  # type: ignore[arg-type]  # a table of several kinds
    with pytest.raises(UserError, match=said):
        check_start(**{**usual, **options})


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(UserError, match="another program listens there"):
            check_start("127.0.0.1", other.getsockname()[1], 1, 30.0, "")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://evil.example:8765", "null", "http://[", "file://"]
)
def test_a_page_of_another_site_cannot_ask_without_a_token(origin: str) -> None:
    """A browser sends a page's POST of text/plain to this machine without a question to the server."""
    program = {"code": "print(1)", "language": "python"}
    for path, body in (("/grade", RIGHT), ("/run_code", program), ("/v1/chat/completions", {})):
        found = post(path, body, headers={"Origin": origin, "Content-Type": "text/plain"})
        assert found.status_code == 403 and "set VERIRS_TOKEN" in found.text


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:8765", "http://[::1]:1"])
def test_a_page_of_this_machine_and_one_with_the_token_can(origin: str) -> None:
    assert post("/grade", RIGHT, headers={"Origin": origin}).json()["reward"] == 1.0
    headers = {"Origin": "https://evil.example", "Authorization": "Bearer secret"}
    assert post("/grade", RIGHT, headers=headers, token="secret").json()["reward"] == 1.0
