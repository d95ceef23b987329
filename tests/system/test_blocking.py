"""The HTTP client for threads: asked by many at a time, interrupted, closed, forgotten."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.reward.servers import serving
from verirs.errors import Interrupted, UserError
from verirs.system.blocking import BlockingClient
from verirs.system.client import Away

LONG = 120.0


def client(url: str, key: str = "") -> BlockingClient:
    return BlockingClient(url, key, "the test", connect=LONG)


def threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name == "verirs-http"}


def test_many_threads_ask_one_client() -> None:
    with serving(lambda path, body: (200, body)) as url:
        made = client(url)

        def asked(number: int) -> bytes:
            return made.ask("POST", f"{url}/x", b'{"n": %d}' % number, seconds=LONG).body

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(asked, range(64))) == [b'{"n": %d}' % n for n in range(64)]
        made.close()
    with pytest.raises(Interrupted):
        made.ask("GET", url, seconds=LONG)


def test_who_waits_is_interrupted() -> None:
    asked, ended = threading.Event(), threading.Event()

    def never(path: str, body: Any) -> tuple[int, Any]:
        asked.set()
        ended.wait(LONG)
        return 200, {}

    with serving(never) as url, ThreadPoolExecutor(1) as pool:
        made = client(url)
        waiting = pool.submit(made.ask, "POST", url, b"{}", seconds=10 * LONG)
        assert asked.wait(LONG)
        made.interrupt()
        with pytest.raises(Interrupted, match="the test: interrupted"):
            waiting.result(LONG)
        ended.set()
        made.close()


def test_a_client_that_nobody_holds_ends_its_thread() -> None:
    before = threads()
    made = client("http://127.0.0.1:1")
    with pytest.raises(Away):
        made.ask("GET", "http://127.0.0.1:1/", seconds=LONG)
    (own,) = threads() - before
    del made
    gc.collect()
    own.join(LONG)
    assert not own.is_alive()


def test_what_the_environment_spoils_is_told_and_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    before = threads()
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:1")
    with pytest.raises(UserError, match="would see the key"):
        client("http://there", "secret")
    for left in threads() - before:
        left.join(LONG)
        assert not left.is_alive()
