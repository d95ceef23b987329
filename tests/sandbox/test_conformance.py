"""The kit's sandbox suite on every backend, and what ours promise beside it."""

from __future__ import annotations

import dataclasses
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.conftest import LIMITS
from verirs.errors import SandboxError
from verirs.sandbox import Call, Drive, Sandbox, Serve, Status, Stdio, open_sandbox
from verirs.sandbox.pool import Pool
from verirs.testing import SandboxSuite


def new(name: str) -> Sandbox:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return open_sandbox(name, limits=LIMITS, workers=2)
        except SandboxError as e:
            pytest.skip(str(e))


class TestNamespaces(SandboxSuite):
    def make(self) -> Sandbox:
        return new("namespaces")


class TestLandlock(SandboxSuite):
    def make(self) -> Sandbox:
        return new("landlock")


@pytest.mark.usefixtures("docker_engine")
class TestDocker(SandboxSuite):
    def make(self) -> Sandbox:
        return new("docker")


class TestProcess(SandboxSuite):
    def make(self) -> Sandbox:
        return new("process")


def test_only_process_isolates_nothing(sandbox: Pool) -> None:
    assert sandbox.isolated == (sandbox.name != "process")


def test_honest_programs(sandbox: Pool) -> None:
    """Things that a clumsy sandbox breaks."""
    programs = {
        "from concurrent.futures import ThreadPoolExecutor as T\n"
        "with T(3) as t: print(list(t.map(abs, [-1, 2])))": b"[1, 2]\n",
        "import sqlite3; print(sqlite3.connect(':memory:').execute('select 6*7').fetchone()[0])": b"42\n",
        "import hashlib; print(hashlib.md5(b'x').hexdigest()[:4])": b"9dd4\n",
        "import sys; sys.setrecursionlimit(20000)\ndef f(n): return n and f(n - 1)\nprint(f(15000))": b"0\n",
        "import threading; threading.stack_size(32 << 20)\n"
        "t = threading.Thread(target=print, args=(1,)); t.start()": b"1\n",
        "import random, os, uuid; random.random(); uuid.uuid4(); print(len(os.urandom(4)))": b"4\n",
        "import asyncio\nasync def f(): await asyncio.sleep(0); return 1\nprint(asyncio.run(f()))": b"1\n",
        "import shutil, os\nopen('a', 'w').close(); shutil.copy2('a', 'b'); os.rename('b', 'c')\n"
        "print(os.path.exists('c'))": b"True\n",
        "print(input(), input())": b"1 2\n",
        "import time, datetime; time.sleep(0.01); print(datetime.datetime.now().year > 2000)": b"True\n",
    }
    for code, out in programs.items():
        result = sandbox.run(Stdio(code=code, stdin=b"1\n2\n"))
        assert (result.status, result.stdout) == (Status.OK, out), (code, result)


def test_numpy_is_there(sandbox: Pool) -> None:
    code = "import numpy as np\ndef f(n): return [np.arange(n).sum(), np.float64(n), np.arange(n) > 1]"
    tests = (
        "assert f(3)[:2] == [3, 3.0] and type(f(3)[0]).__name__ == 'int64'",
        "assert f(3)[2].tolist()[2]",
    )
    result = sandbox.run(Drive(code=code, entry_points=("f",), tests=tests))
    assert [o.passed for o in result.outcomes] == [True, True], result
    result = sandbox.run(Serve(code=code, entry_point="f", calls=(Call(args=(3,)),)))
    assert result.replies[0].status is Status.UNSUPPORTED_VALUE  # arrays are no plain data for the host


@pytest.mark.parametrize(
    ("test", "where"),
    [
        ("for _ in range(candidate(1)): pass", "program"),
        ("list(range(candidate(1)))", "program"),
        ("while True: pass", "tests"),
    ],
)
def test_answers_that_keep_the_tests_busy_are_the_programs_fault(
    sandbox: Pool, test: str, where: str
) -> None:
    limits = dataclasses.replace(LIMITS, cpu_s=1)
    code = "def f(x): return 10**12"
    result = sandbox.run(Drive(code=code, entry_points=("f",), tests=(test,), limits=limits))
    assert result.status in (Status.CPU_TIMEOUT, Status.WALL_TIMEOUT, Status.OOM, Status.OK)
    if result.status is Status.OK:  # a MemoryError that the test process lived through
        assert [o.error for o in result.outcomes] == ["MemoryError"]
    else:
        assert result.where == where


def test_processes_work_where_they_are_allowed(sandbox: Pool) -> None:
    if sandbox.name == "landlock":
        assert "[Errno 38]" in sandbox.run(Stdio(code="import os; os.fork()")).reason
        return
    code = (
        "import os\nr, w = os.pipe()\nif os.fork() == 0: os.write(w, b'child'); os._exit(0)\n"
        "os.wait(); print(os.read(r, 9).decode())"
    )
    assert sandbox.run(Stdio(code=code)).stdout == b"child\n"


def test_the_same_program_sees_the_same_randomness_and_order(sandbox: Pool) -> None:
    code = "import random; print(random.random(), list({'a', 'b', 'c', 'd'}))"
    with ThreadPoolExecutor(2) as both:  # on different workers, too
        assert len({r.stdout for r in both.map(sandbox.run, [Stdio(code=code)] * 16)}) == 1


def test_tests_draw_other_numbers_than_the_program_and_the_same_for_all(sandbox: Pool) -> None:
    code = "import random\ndef f(): return random.random()"
    tests = ("import random\nassert candidate() != random.random()", "assert False, random.random()")
    jobs = [Drive(code=f"# {i}\n{code}", entry_points=("f",), tests=tests, stop=False) for i in range(4)]
    results = [sandbox.run(job) for job in jobs]
    assert [o.passed for r in results for o in r.outcomes] == [True, False] * 4
    assert len({r.outcomes[1].message for r in results}) == 1
