"""Several servers behind the openai engine: one is enough, whatever happens to the others."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.server import ChatServer
from verirs.engines.openai import OpenAIEngine, engine, pool
from verirs.engines.openai.pool import Pool
from verirs.engines.openai.slots import Slots
from verirs.errors import EngineError, UserError
from verirs.protocols import Request, Sampling
from verirs.types import Completion, Problem


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(pool, "_FIRST_PROBE", 0.02)
    monkeypatch.setattr(pool, "_READ_AGAIN", 0.02)


@pytest.fixture
def servers() -> Iterator[list[ChatServer]]:
    made = [ChatServer(delay=0.02) for _ in range(3)]
    yield made
    for server in made:
        server.close()


def request(problem: int, samples: int) -> Request:
    return Request(
        problem=Problem(id=f"p{problem}", prompt="1+1?"),
        messages=({"role": "user", "content": f"{problem}+1?"},),
        indices=tuple(range(samples)),
        seeds=tuple(range(samples)),
        sampling=Sampling(),
    )


def sample(
    made: OpenAIEngine, problems: int, samples: int, meanwhile: Callable[[int], Any] = lambda done: None
) -> dict[tuple[str, int], str]:
    """All samples; ``meanwhile`` is told after each how many there are."""
    found: dict[tuple[str, int], str] = {}

    async def one(wanted: Request) -> None:
        async for c in made.sample(wanted):
            found[wanted.problem.id, c.index] = c.text
            meanwhile(len(found))

    async def go() -> None:
        await made.start()
        try:
            await asyncio.gather(*(one(request(p, samples)) for p in range(problems)))
        finally:
            await made.close()

    asyncio.run(asyncio.wait_for(go(), 120))
    return found


def asked(server: ChatServer) -> Counter[str]:
    return Counter(body["messages"][-1]["content"] for body in server.bodies)


def test_all_get_their_share_and_a_problem_stays_on_one(servers: list[ChatServer]) -> None:
    made = OpenAIEngine("tiny", [s.url for s in servers], concurrency=12)
    assert len(sample(made, 24, 4)) == 96
    shares = [asked(s) for s in servers]
    assert min(s.total() for s in shares) >= 12, shares
    whole = sum(n == 4 for share in shares for n in share.values())
    # by chance it would be one; on a busy machine a slow server hands on the samples of some
    assert whole >= 12, "most problems have all their samples from one server"


def test_one_problem_alone_uses_all_servers(servers: list[ChatServer]) -> None:
    sample(OpenAIEngine("tiny", [s.url for s in servers], concurrency=30), 1, 30)
    assert all(asked(s).total() >= 5 for s in servers)


@pytest.mark.parametrize("trouble", ["drop", 500, 503, 429, "garbage"])
def test_samples_of_a_server_that_fails_move_and_cost_no_attempt(
    servers: list[ChatServer], trouble: Any
) -> None:
    servers[0].script.extend([trouble] * 10_000)
    undisturbed = sample(OpenAIEngine("tiny", servers[1].url), 12, 4)
    made = OpenAIEngine("tiny", [s.url for s in servers], concurrency=12, retries=0)
    assert sample(made, 12, 4) == undisturbed


def test_a_server_is_killed_and_another_joins(servers: list[ChatServer], tmp_path: Path) -> None:
    first, second, third = servers
    file = tmp_path / "servers.txt"
    file.write_text(f"{first.url}\n# soon: {third.url}\n\n{second.url}  # of node 2\n")
    undisturbed = sample(OpenAIEngine("tiny", third.url), 30, 4)
    third.bodies.clear()

    def meanwhile(done: int) -> None:
        if done == 30:
            first.kill()
        if done == 50:
            file.write_text(f"{first.url}\n{second.url}\n{third.url}\n")

    made = OpenAIEngine("tiny", str(file), concurrency=8, retries=0)
    assert sample(made, 30, 4, meanwhile) == undisturbed
    assert third.bodies and second.bodies


def test_a_server_that_leaves_the_file_is_asked_no_more(servers: list[ChatServer], tmp_path: Path) -> None:
    first, second, _ = servers
    file = tmp_path / "servers.txt"
    file.write_text(f"{first.url}\n{second.url}\n")
    at: list[int] = []

    def meanwhile(done: int) -> None:
        if done == 20:
            file.write_text(f"{second.url}\n")

    made = OpenAIEngine("tiny", str(file), concurrency=2)
    watched = made._pool._reread

    def reread() -> str:
        told = watched()
        if first.url not in made._pool._servers:
            at.append(len(first.bodies))
        return told

    made._pool._reread = reread  # type: ignore[method-assign]
    assert len(sample(made, 60, 2, meanwhile)) == 120
    assert at and len(first.bodies) <= at[0] + 2, "beyond what was on its way then"


def test_a_server_that_left_a_moment_before_the_end_is_closed(
    servers: list[ChatServer], tmp_path: Path
) -> None:
    first, second, _ = servers
    file = tmp_path / "servers.txt"
    file.write_text(f"{first.url}\n{second.url}\n")

    async def go() -> tuple[bool, bool]:
        made = Pool(str(file), "KEY", timeout=10, patience=10, model="tiny")
        await made.open()
        gone = made._servers[first.url]
        gone.in_flight = 1
        file.write_text(f"{second.url}\n")
        made._reread()
        before = gone._client is None
        await made.close()
        return before, gone._client is None

    assert asyncio.run(go()) == (False, True)


def test_a_pool_that_is_closed_looks_after_nobody(servers: list[ChatServer]) -> None:
    """A sample that breaks off at the end finds its server away: a new client would stay open."""

    async def go() -> None:
        made = Pool([servers[0].url], "KEY", timeout=10, patience=10, model="tiny")
        await made.open()
        server = made.up[0]
        await made.close()
        server.up = True
        assert await made.away(server, "it broke off")
        assert not made._tasks and server._client is None

    asyncio.run(go())


def test_an_empty_file_is_waited_for(servers: list[ChatServer], tmp_path: Path) -> None:
    file = tmp_path / "servers.txt"
    file.write_text("")

    async def go() -> list[Completion]:
        made = OpenAIEngine("tiny", str(file))
        starting = asyncio.ensure_future(made.start())
        await asyncio.sleep(0.1)
        assert not starting.done()
        file.write_text(servers[0].url)
        await starting
        try:
            return [c async for c in made.sample(request(0, 3))]
        finally:
            await made.close()

    assert len(asyncio.run(asyncio.wait_for(go(), 60))) == 3


def test_a_file_that_nobody_fills_ends_in_words(tmp_path: Path) -> None:
    (tmp_path / "servers.txt").write_text("# none\n")
    with pytest.raises(EngineError, match=r"servers\.txt has named no server for 0:00"):
        sample(OpenAIEngine("tiny", str(tmp_path / "servers.txt"), deadline=0.1), 1, 1)


@pytest.mark.parametrize(
    ("lines", "said"),
    [(None, "cannot be read"), ("localhost:8000/v1\n", "does not start with http"), (b"\xff\xfe", "cannot")],
)
def test_a_file_that_cannot_be_used_is_refused(lines: str | bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "servers.txt"
    if lines is not None:
        file.write_bytes(lines if isinstance(lines, bytes) else lines.encode())
    with pytest.raises(UserError, match=said):
        sample(OpenAIEngine("tiny", str(file)), 1, 1)


def test_a_wrong_line_later_changes_nothing(
    servers: list[ChatServer], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "servers.txt"
    file.write_text(f"{servers[0].url}\n")

    def meanwhile(done: int) -> None:
        if done == 5:
            file.write_text("nonsense\n")

    assert len(sample(OpenAIEngine("tiny", str(file), concurrency=1), 40, 1, meanwhile)) == 40
    assert caplog.text.count("the servers stay as they were") == 1


def test_half_an_address_is_not_asked(tmp_path: Path) -> None:
    """A writer is seen in the middle of a line: ``http://node-1`` of ``http://node-12:8000/v1``.
    https://github.com/nfs-ganesha/nfs-ganesha/issues/1005"""
    file = tmp_path / "servers.txt"
    file.write_text("http://a/v1\n")
    made = Pool(str(file), "KEY", timeout=1, patience=1, model="m")

    async def go() -> list[list[str]]:
        found = []
        for text in ("http://a/v1\n", "http://a/v1\nhttp://node-1", "", "http://a/v1\nhttp://node-12:8000/v1\n",
                     "http://a/v1", "http://a/v1", "", ""):  # fmt: skip
            file.write_text(text)
            assert made._reread() == ""
            found.append(sorted(made._servers))
        return found

    before, after = ["http://a/v1"], ["http://a/v1", "http://node-12:8000/v1"]
    assert asyncio.run(go()) == [before, before, before, after, after, before, before, []]


def test_a_server_that_loads_is_not_taken_for_a_full_one(servers: list[ChatServer]) -> None:
    """llama.cpp lists its model while it loads, and says 503: https://github.com/docker/model-runner/pull/170"""
    servers[0].script.extend([503] * 20)
    made = OpenAIEngine("tiny", servers[0].url, retries=0)
    assert len(sample(made, 4, 5)) == 20 and made.concurrency == 64
    servers[0].script.append(503)
    assert len(sample(made, 4, 5)) == 20 and made.concurrency < 64


def nobody() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def test_one_of_several_may_be_down_at_the_start(
    servers: list[ChatServer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    urls = [nobody(), servers[0].url]
    assert len(sample(OpenAIEngine("tiny", urls), 3, 3)) == 9
    assert f"no server at {urls[0]}" in caplog.text and "the others go on" in caplog.text
    with pytest.raises(EngineError, match="no server at"):
        sample(OpenAIEngine("tiny", [nobody(), nobody()]), 1, 1)


def test_a_run_ends_when_none_is_left(servers: list[ChatServer]) -> None:
    def meanwhile(done: int) -> None:
        if done == 10:
            for server in servers:
                server.kill()

    made = OpenAIEngine("tiny", [s.url for s in servers], concurrency=4, deadline=0.3)
    with pytest.raises(EngineError, match="none of 3 servers has answered for 0:00"):
        sample(made, 20, 4, meanwhile)


def test_a_server_that_moves_is_left_and_the_others_go_on(
    servers: list[ChatServer], caplog: pytest.LogCaptureFixture
) -> None:
    servers[0].script.extend([(307, {"Location": "https://elsewhere.example/v2"})] * 100)
    made = OpenAIEngine("tiny", [s.url for s in servers], concurrency=6, retries=0)
    assert len(sample(made, 12, 2)) == 24
    assert caplog.text.count("has moved") == 1


def test_a_poison_problem_lets_no_server_rest(
    servers: list[ChatServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = OpenAIEngine("tiny", [s.url for s in servers[:2]], concurrency=4, retries=1)
    told: list[str] = []

    async def go() -> None:
        await made.start()
        try:
            for server in made._pool._servers.values():
                for _ in range(50):
                    assert made._pool.failed(server, "poison", 0), "another may do better, once"
                    assert not made._pool.failed(server, "poison", 1), "then it costs its own attempts"
                    told.append(str(server.rests_until))
        finally:
            await made.close()

    asyncio.run(go())
    assert set(told) == {"0.0"}


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        ([], "empty list"),
        (["http://a/v1", "http://a/v1/"], "names a server twice"),
        (["http://a/v1", "b:8000/v1"], "does not start with http"),
        (["http://a/v1/chat/completions"], "write http://a/v1"),
    ],
)
def test_lists_that_cannot_be_used(urls: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Pool(urls, "KEY", timeout=1, patience=1, model="m")


# ---- how many at once -------------------------------------------------------------------------------


def settled(most: int, monkeypatch: pytest.MonkeyPatch, servers: int = 1) -> int:
    """Where the number ends with servers that compute so many samples at once without getting slower."""
    clock = [0.0]
    monkeypatch.setattr("verirs.engines.openai.slots.time.monotonic", lambda: clock[0])
    slots = Slots()
    slots.servers(servers)

    async def go() -> int:
        for _ in range(slots.limit):
            await slots.__aenter__()
        for _ in range(60_000):
            clock[0] += 1.0 / min(slots.limit, most)
            slots.done(10)
            await slots.__aexit__()
            while slots._used < slots.limit:
                await slots.__aenter__()
        return slots.limit

    return asyncio.run(go())


@pytest.mark.parametrize(("most", "least", "top"), [(10, 32, 128), (100, 64, 256), (700, 512, 1024)])
def test_the_number_grows_while_tokens_a_second_do(
    most: int, least: int, top: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert least <= settled(most, monkeypatch) <= top
    assert settled(100_000, monkeypatch) <= 1024 and settled(100_000, monkeypatch, servers=4) > 1024


def test_no_place_is_lost_when_those_who_wait_are_cancelled() -> None:
    async def go() -> None:
        slots = Slots(2)

        async def hold(seconds: float) -> None:
            async with slots:
                await asyncio.sleep(seconds)

        tasks = [asyncio.ensure_future(hold(0.01)) for _ in range(20)]
        await asyncio.sleep(0)
        for task in tasks[3::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert slots._used == 0 and not slots._waiting
        async with slots, slots:
            assert slots._used == 2

    asyncio.run(asyncio.wait_for(go(), 60))


def test_an_overloaded_server_gets_fewer() -> None:
    slots = Slots()
    slots.overloaded()
    assert slots.limit < 64
    given = Slots(7)
    given.overloaded()
    given.servers(4)
    assert given.limit == 7


def test_a_list_of_servers_in_a_config(servers: list[ChatServer], tmp_path: Path) -> None:
    import verirs

    rows = [{"prompt": f"What is {i} + {i}?", "answer": str(2 * i)} for i in range(4)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = verirs.run(
        {
            "name": "r",
            "runs": str(tmp_path / "runs"),
            "n": 2,
            "source": {"name": "file", "path": str(tmp_path / "rows.jsonl")},
            "engine": {"name": "openai", "model": "tiny", "base_url": [s.url for s in servers]},
            "scorer": {"math": {}},
        }
    )
    assert found.summary.completions == 8
