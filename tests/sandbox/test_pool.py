"""The pool: every front door, failing workers, timeouts under load, and nothing left behind."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sandbox.conftest import LIMITS
from verirs.errors import SandboxError
from verirs.sandbox import Call, Drive, Limits, Probe, Serve, Status, Stdio, open_sandbox
from verirs.sandbox.jobs import Job
from verirs.sandbox.pool import Pool
from verirs.sandbox.worker import Worker

DOUBLE = Serve(code="def f(n): return 2 * n", entry_point="f", calls=(Call(args=(21,)),))


def doubles(sandbox: Pool) -> bool:
    result = sandbox.run(DOUBLE)
    return [r.value for r in result.replies] == [42]


def runner_pid(sandbox: Pool) -> int:
    return int(sandbox._slots[-1].program().process._process.pid)  # type: ignore[attr-defined]


def test_what_the_runner_has_open_is_not_where_a_job_wants_its_own() -> None:
    """A report in the runner's rehearsal, on a job's number 4, must not reach its control socket."""
    with open_sandbox("process", workers=1) as sandbox:
        assert doubles(sandbox)
        opened = Path(f"/proc/{runner_pid(sandbox)}/fd")
        assert {os.readlink(opened / str(number)) for number in range(3, 10)} == {"/dev/null"}


def spawned(name: str) -> bool:
    with open_sandbox(name, workers=1) as sandbox:
        return doubles(sandbox)


def test_threads_more_than_workers(local: Pool) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda _: doubles(local), range(40)))


def test_asyncio(local: Pool) -> None:
    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*(asyncio.to_thread(doubles, local) for _ in range(10)))

    assert all(asyncio.run(all_of_them()))


def test_a_thread_that_ends_takes_no_worker_with_it(local: Pool) -> None:
    with open_sandbox(local.name, workers=1) as sandbox:
        thread = threading.Thread(target=doubles, args=(sandbox,))
        thread.start()
        thread.join()
        pid = runner_pid(sandbox)
        assert doubles(sandbox) and runner_pid(sandbox) == pid


def test_a_forked_process_starts_workers_of_its_own(local: Pool) -> None:
    assert doubles(local)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if doubles(local) and doubles(local) else 1)
    _, status = os.waitpid(pid, 0)
    assert status == 0 and doubles(local)


def test_a_spawned_process(local: Pool) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as processes:
        assert processes.apply(spawned, (local.name,))


def test_a_killed_runner_is_replaced(local: Pool) -> None:
    with open_sandbox(local.name, workers=1) as sandbox:
        assert doubles(sandbox)
        os.kill(runner_pid(sandbox), signal.SIGKILL)
        time.sleep(0.05)
        result = sandbox.run(DOUBLE)
        assert result.status is Status.OK and result.attempts == 2


def test_a_runner_killed_in_the_middle_of_a_job(local: Pool) -> None:
    with open_sandbox(local.name, workers=1, limits=LIMITS) as sandbox:
        assert doubles(sandbox)
        first = runner_pid(sandbox)
        threading.Timer(0.3, os.kill, (first, signal.SIGKILL)).start()
        result = sandbox.run(Stdio(code="import time; time.sleep(0.6); print(1)"))
        assert (result.status, result.stdout, result.attempts) == (Status.OK, b"1\n", 2)
        assert runner_pid(sandbox) != first


class _Broken:
    """Starts of workers that fail, or workers that die at once."""

    def __init__(self, pool: Pool, good: int) -> None:
        self.start, self.left = pool._start, good

    def __call__(self) -> Worker:
        self.left -= 1
        worker = self.start()
        if self.left < 0:
            worker.process._process.kill()  # type: ignore[attr-defined]
            worker.process.control.recv(1)  # returns once nobody holds the other end
        return worker


def test_infrastructure_failures_are_told_as_such(local: Pool) -> None:
    start = _Broken(local, 0)
    with Pool("broken", start, lambda: Probe(name="broken", available=True), Limits(), 1) as sandbox:
        result = sandbox.run(DOUBLE)
        assert result.status is Status.INFRA and result.attempts == 2 and not result.replies
    driver_dies = _Broken(local, 1)
    with Pool("broken", driver_dies, lambda: Probe(name="broken", available=True), Limits(), 1) as sandbox:
        job = Drive(code="def f(): return 1", entry_points=("f",), tests=("assert f() == 1",))
        assert sandbox.run(job).status is Status.INFRA


class _Unstartable:
    """After a first worker so many starts fail, as where the system kills what starts for want of memory."""

    def __init__(self, pool: Pool, failing: int) -> None:
        self.start, self.failing, self.asked = pool._start, failing, 0

    def __call__(self) -> Worker:
        self.asked += 1
        if 1 < self.asked <= 1 + self.failing:
            raise SandboxError("the sandbox runner did not start: killed by SIGKILL")
        return self.start()


@pytest.mark.parametrize(
    ("failing", "attempts", "status"), [(2, 2, Status.OK), (5, 2, Status.OK), (6, 2, Status.INFRA)]
)
def test_starts_that_fail_cost_one_job_at_most(
    local: Pool, failing: int, attempts: int, status: Status
) -> None:
    starts = _Unstartable(local, failing)
    with Pool("flaky", starts, lambda: Probe(name="flaky", available=True), Limits(), 1) as sandbox:
        assert doubles(sandbox)
        sandbox._slots[-1].close()
        result = sandbox.run(DOUBLE)
        assert result.status is status and result.attempts <= attempts
        assert "did not start" in result.reason or status is Status.OK
        assert doubles(sandbox)


def test_starts_that_never_succeed_end_the_use_of_a_sandbox(local: Pool) -> None:
    starts = _Unstartable(local, 10**6)
    with Pool("dead", starts, lambda: Probe(name="dead", available=True), Limits(), 1) as sandbox:
        assert doubles(sandbox)
        sandbox._slots[-1].close()
        results = [sandbox.run(DOUBLE).status for _ in range(15)]
        assert set(results) == {Status.INFRA}
        with pytest.raises(SandboxError, match="did not start"):
            sandbox.run(DOUBLE)


@pytest.mark.parametrize("code", ["import time; time.sleep(30)", "while True: pass"])
def test_a_timeout_that_is_the_programs_own_is_final(local: Pool, code: str) -> None:
    slow = Stdio(code=code, limits=Limits(cpu_s=0.5, wall_s=1.0))
    with open_sandbox(local.name, workers=2) as sandbox, ThreadPoolExecutor(2) as threads:
        both = list(threads.map(sandbox.run, [slow, Stdio(code="import time; time.sleep(.5); print(1)")]))
        assert both[0].status in (Status.WALL_TIMEOUT, Status.CPU_TIMEOUT) and both[0].attempts == 1
        assert both[1].stdout == b"1\n"


def test_many_timeouts_at_once_do_not_block_each_other(local: Pool) -> None:
    slow = Stdio(code="import time; time.sleep(30)", limits=Limits(cpu_s=1, wall_s=0.2))
    with open_sandbox(local.name, workers=3) as sandbox, ThreadPoolExecutor(6) as threads:
        results = list(threads.map(sandbox.run, [slow] * 6))
        assert {r.status for r in results} == {Status.WALL_TIMEOUT}
        assert doubles(sandbox)


def test_a_closed_sandbox_says_so(local: Pool) -> None:
    sandbox = open_sandbox(local.name, workers=1)
    assert doubles(sandbox)
    pid = runner_pid(sandbox)
    sandbox.close()
    sandbox.close()
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run(DOUBLE)
    assert not os.path.exists(f"/proc/{pid}")


def test_runners_end_with_their_host() -> None:
    """Even when the host is killed, and a fork of it lives on with its descriptors."""
    code = (
        "import os, time\nfrom verirs.sandbox import open_sandbox, Stdio\n"
        "s = open_sandbox(workers=1)\ns.run(Stdio(code='1'))\n"
        "print(s._slots[0].program().process._process.pid, flush=True)\n"
        "if os.fork() == 0: time.sleep(5); os._exit(0)\nos.kill(os.getpid(), 9)"
    )
    host = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE, timeout=60, check=False
    )
    pid = int(host.stdout.split()[0])
    limit = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and time.monotonic() < limit:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_nothing_piles_up(local: Pool) -> None:
    """A short soak: descriptors, child processes and mounts after 180 jobs, a third of them hostile.

    Only mounts of ours count: a container engine beside this test mounts and unmounts when it likes.
    """
    jobs: list[Job] = [
        DOUBLE,
        Drive(code="def f(): return 1", entry_points=("f",), tests=("assert f() == 1",)),
        Stdio(code="import os\ntry:\n    while os.fork() == 0: pass\nexcept OSError: pass\nos._exit(1)"),
    ]

    def state() -> tuple[int, int, int]:
        children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        return len(os.listdir("/proc/self/fd")), len(children), sum("verirs" in line for line in mounts)

    with open_sandbox(local.name, workers=1, limits=LIMITS) as sandbox:
        for job in jobs * 3:
            sandbox.run(job)
        before = state()
        for job in jobs * 60:
            assert sandbox.run(job).status is not Status.INFRA
        assert state() == before


def test_folders_go_with_their_process(tmp_path: Path, local: Pool) -> None:
    """At its end, and, when it was killed, at the next one's start."""
    code = "from verirs.sandbox import open_sandbox, Stdio\ns = open_sandbox({name!r}, workers=1)\n"
    code += "s.run(Stdio(code='1'))\n"
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    for end, left in (("", 0), ("import os; os.kill(os.getpid(), 9)", 1), ("", 0)):
        run = [sys.executable, "-W", "ignore", "-c", code.format(name=local.name) + end]
        subprocess.run(run, env=env, timeout=60, check=False)
        assert len(list(tmp_path.glob(".verirs-sandbox-*"))) == left
