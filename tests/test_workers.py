"""Verdict workers: limits enforced from outside, failures that cost one call, any kind of caller."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from verirs.system.workers import Outcome, Workers

HERE = "tests.test_workers"


def double(x: int) -> int:
    return 2 * x


def who() -> int:
    return os.getpid()


def parent() -> int:
    return os.getppid()


def meet(folder: str, name: str) -> bool:
    """Whether the other call of the two came while this one was there."""
    Path(folder, name).touch()
    until = time.monotonic() + 100
    while time.monotonic() < until and len(os.listdir(folder)) < 2:
        time.sleep(0.01)
    return len(os.listdir(folder)) == 2


def spin() -> None:
    while True:
        pass


def spin_in_c() -> int:
    return len(str(7 ** (10**9)))


def sleep() -> None:
    time.sleep(60)


def grow() -> int:
    kept = []
    while True:
        kept.append(bytearray(50_000_000))


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(0)


def shout() -> str:
    print("noise on standard output", flush=True)
    os.write(1, b"more noise")
    return "quiet"


def fail() -> None:
    raise ValueError("told to the caller")


def deep(n: int) -> int:
    return deep(n + 1)


def unjson() -> object:
    return object()


def any_of(name: str, *given: str) -> object:
    return globals()[name](*given)


@pytest.fixture(scope="module")
def doubling():  # type: ignore[no-untyped-def]
    workers = Workers(f"{HERE}:double", count=2)
    yield workers
    workers.close()


def test_values_cross_and_the_order_holds(doubling: Workers) -> None:
    assert (
        doubling.call(21) == Outcome(True, 42, "", doubling.call(21).seconds) or doubling.call(21).value == 42
    )
    assert [o.value for o in doubling.map([(n,) for n in range(40)])] == [2 * n for n in range(40)]
    assert doubling.map([]) == []


def test_the_process_stays_warm() -> None:
    workers = Workers(f"{HERE}:who")
    first = workers.call()
    assert first.ok
    assert first.value != os.getpid()
    assert workers.call().value == first.value
    workers.close()
    assert workers.call().value != first.value
    workers.close()
    workers.close()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("spin", "out of time"),
        ("spin_in_c", "out of time"),
        ("sleep", "out of time"),
        ("grow", "out of memory"),
        ("crash", "died"),
        ("leave", "died"),
        ("fail", "ValueError: told to the caller"),
        ("unjson", "TypeError"),
    ],
)
def test_a_broken_call_costs_itself_only(name: str, reason: str) -> None:
    workers = Workers(f"{HERE}:any_of", timeout=0.3, memory_mb=100)
    try:
        assert workers.call("shout").value == "quiet"
        begun = time.monotonic()
        outcome = workers.call(name)
        assert not outcome.ok
        assert reason in outcome.reason
        assert time.monotonic() - begun < 60
        assert workers.call("shout").value == "quiet"
    finally:
        workers.close()


def test_a_killed_process_is_replaced_without_a_new_interpreter() -> None:
    workers = Workers(f"{HERE}:any_of", timeout=0.2)
    try:
        before = workers.call("parent")
        workers.call("crash")
        after = workers.call("parent")
        assert before.ok and after.ok and before.value == after.value, "the same interpreter forks both"
    finally:
        workers.close()


def test_runaway_recursion_is_told() -> None:
    workers = Workers(f"{HERE}:deep", timeout=2)
    try:
        assert "RecursionError" in workers.call(0).reason
    finally:
        workers.close()


def test_what_cannot_start_says_so() -> None:
    workers = Workers("tests.no_such_module:f")
    outcome = workers.call(1)
    assert not outcome.ok
    assert "no_such_module" in outcome.reason
    workers.close()
    assert "JSON" in Workers(f"{HERE}:double").call(object()).reason
    for bad in ({"count": 0}, {"timeout": 0}, {"memory_mb": 0}):
        with pytest.raises(ValueError, match="workers need"):
            Workers(f"{HERE}:double", **bad)


def test_from_many_threads_and_asyncio(doubling: Workers) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda n=n: found.append(doubling.call(n).value)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [2 * n for n in range(12)]

    async def several() -> list[Outcome]:
        return list(await asyncio.gather(*(asyncio.to_thread(doubling.call, n) for n in range(6))))

    assert [o.value for o in asyncio.run(several())] == [0, 2, 4, 6, 8, 10]


_SHARED = Workers(f"{HERE}:double")


def in_child(n: int) -> int:
    value: int = _SHARED.call(n).value
    _SHARED.close()
    return value


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_in_forked_and_spawned_processes(method: str) -> None:
    assert _SHARED.call(1).value == 2  # the parent's own process is running while it forks
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(in_child, range(4))) == [0, 2, 4, 6]
    assert _SHARED.call(5).value == 10
    _SHARED.close()


def test_parallel_calls_really_run_side_by_side(tmp_path: Path) -> None:
    workers = Workers(f"{HERE}:any_of", count=2, timeout=120)
    outcomes = workers.map([("meet", str(tmp_path), "a"), ("meet", str(tmp_path), "b")])
    assert [o.value for o in outcomes] == [True, True]
    workers.close()


def test_nothing_outlives_its_owner(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import os, sys
        from verirs.system.workers import Workers
        w = Workers("{HERE}:any_of", timeout=30)
        print(w.call("who").value, w._pool().slots[0].process.pid, flush=True)
        import threading
        threading.Thread(target=w.call, args=("spin",), daemon=True).start()
        import time; time.sleep(0.3)
        os.kill(os.getpid(), 9)
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    runner, keeper = map(int, done.stdout.split())
    os.kill(keeper, signal.SIGKILL)
    for _ in range(100):
        if not any(Path(f"/proc/{pid}").exists() and " Z " not in _state(pid) for pid in (runner, keeper)):
            return
        time.sleep(0.05)
    raise AssertionError("a worker process outlived its owner")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "
