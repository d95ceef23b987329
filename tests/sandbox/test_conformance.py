"""What every backend does with jobs: values, outputs, exceptions, limits, and the next job after each."""

from __future__ import annotations

import dataclasses
import math
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.conftest import LIMITS
from verirs.sandbox import Call, Drive, InProcess, Result, Sandbox, Serve, Status, Stdio
from verirs.sandbox.local import NOBODY, _interpreter, _own
from verirs.sandbox.pool import Pool

CHECK = "def check(candidate):\n    assert candidate(3) == 9\n    assert candidate(-4) == 16\n"
SQUARE = "def square(n):\n    return n * n\n"


def drive(
    sandbox: Pool, code: str, setup: str = CHECK, tests: tuple[str, ...] = ("check(candidate)",)
) -> Result:
    return sandbox.run(Drive(code=code, entry_points=("square",), setup=setup, tests=tests))


def test_is_a_sandbox(sandbox: Pool) -> None:
    assert isinstance(sandbox, Sandbox)
    probe = sandbox.probe()
    assert probe.available and probe.name == sandbox.name and probe.guarantees
    assert sandbox.isolated == (sandbox.name != "process")


def test_stdin_goes_in_and_stdout_comes_out(sandbox: Pool) -> None:
    result = sandbox.run(
        Stdio(code="import sys\nfor l in sys.stdin: print(l.strip()[::-1])", stdin=b"ab\ncd\n")
    )
    assert (result.status, result.stdout, result.exit_code) == (Status.OK, b"ba\ndc\n", 0)
    assert result.backend == sandbox.name and result.cpu_s > 0 and result.rss_kb > 1000


def test_large_input_and_output(sandbox: Pool) -> None:
    text = b"x" * 200_000 + b"\n"
    code = "import sys\nd = sys.stdin.read()\nsys.stderr.write(d)\nsys.stdout.write(d)"
    job = Stdio(code=code, stdin=text)
    result = sandbox.run(job)
    assert result.status is Status.OK and result.stdout == text and result.stderr == text


@pytest.mark.parametrize(
    ("code", "status", "exit_code"),
    [
        ("import sys; sys.exit(3)", Status.EXCEPTION, 3),
        ("import sys; sys.exit('no')", Status.EXCEPTION, 1),
        ("raise SystemExit", Status.OK, 0),
        ("1 / 0", Status.EXCEPTION, 1),
        ("def (", Status.EXCEPTION, 1),
        ("x = '\\0'\x00", Status.EXCEPTION, 1),
        ("import os; os._exit(0)", Status.OK, 0),
    ],
)
def test_how_a_program_ends(sandbox: Pool, code: str, status: Status, exit_code: int) -> None:
    result = sandbox.run(Stdio(code=code))
    assert (result.status, result.exit_code) == (status, exit_code)


def test_exit_handlers_and_threads_are_waited_for(sandbox: Pool) -> None:
    code = (
        "import atexit, threading, time\natexit.register(print, 'last')\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()\nprint('main')"
    )
    assert sandbox.run(Stdio(code=code)).stdout == b"main\nthread\nlast\n"


def test_main_guard_runs_in_a_program(sandbox: Pool) -> None:
    assert sandbox.run(Stdio(code="if __name__ == '__main__': print(1)")).stdout == b"1\n"


VALUES = [
    0, -1, 2**53, -(2**70), True, None, 1.5, -0.0, math.inf, "", "é\ud800\0", b"\xff\0", bytearray(b"x"),
    1 + 2j, [1, [2]], (1,), (), {"a": 1, 2: [3], (4, 5): None}, {1, 2},
    frozenset({"x"}), range(3, 9, 2), 10**5000,
]  # fmt: skip


def test_values_cross_unchanged(sandbox: Pool) -> None:
    calls = tuple(Call(args=(v,)) for v in VALUES)
    result = sandbox.run(Serve(code="def same(x): return x", entry_point="same", calls=calls))
    assert result.status is Status.OK, result
    for value, reply in zip(VALUES, result.replies, strict=True):
        assert reply.status is Status.OK
        assert type(reply.value) is type(value) and reply.value == value
        assert type(value) is int or repr(reply.value) == repr(value)  # tells -0.0 from 0.0


def test_subclasses_arrive_as_builtins(sandbox: Pool) -> None:
    code = (
        "import collections\n"
        "class I(int):\n    __eq__ = lambda s, o: True\n    __hash__ = int.__hash__\n"
        "class L(list):\n    def __iter__(self): return iter([9])\n"
        "P = collections.namedtuple('P', 'x y')\n"
        "def f(k): return [I(1), L([1]), P(1, 2), collections.Counter('aa'), collections.OrderedDict(a=1)][k]"
    )
    calls = tuple(Call(args=(k,)) for k in range(5))
    result = sandbox.run(Serve(code=code, entry_point="f", calls=calls))
    values = [r.value for r in result.replies]
    assert values == [1, [1], (1, 2), {"a": 2}, {"a": 1}]
    assert [type(v) for v in values] == [int, list, tuple, dict, dict]


def test_unsupported_values_are_told_apart(sandbox: Pool) -> None:
    result = sandbox.run(
        Serve(
            code="def f(k): return [object(), f][k]",
            entry_point="f",
            calls=(Call(args=(0,)), Call(args=(1,))),
        )
    )
    assert [r.status for r in result.replies] == [Status.UNSUPPORTED_VALUE] * 2


def test_exceptions_of_a_call_are_replies(sandbox: Pool) -> None:
    code = "def f(k):\n    if k == 0: raise KeyError('k')\n    if k == 1: raise SystemExit(0)\n    return k"
    result = sandbox.run(Serve(code=code, entry_point="f", calls=tuple(Call(args=(k,)) for k in range(3))))
    assert [(r.status, r.error) for r in result.replies] == [
        (Status.EXCEPTION, "KeyError"), (Status.EXCEPTION, "SystemExit"), (Status.OK, ""),
    ]  # fmt: skip


def test_keyword_arguments_and_other_functions(sandbox: Pool) -> None:
    code = "def f(a, *, b): return a - b\ndef g(): return 'g'"
    calls = (Call(args=(5,), kwargs={"b": 3}), Call(function="g"))
    result = sandbox.run(Serve(code=code, entry_point="f", calls=calls))
    assert [r.value for r in result.replies] == [2, "g"]


def test_output_of_calls_is_kept(sandbox: Pool) -> None:
    result = sandbox.run(Serve(code="def f(k): print('hey', k)", entry_point="f", calls=(Call(args=(1,)),)))
    assert result.stdout == b"hey 1\n"


@pytest.mark.parametrize(
    "code", ["def other(): pass", "1 / 0", "raise SystemExit(0)", "import os; os._exit(0)", "def ("]
)
def test_a_program_that_does_not_load(sandbox: Pool, code: str) -> None:
    assert sandbox.run(Serve(code=code, entry_point="f", calls=(Call(),))).status is Status.EXCEPTION
    assert drive(sandbox, code).status is Status.EXCEPTION


def test_a_driver_passes_right_and_fails_wrong(sandbox: Pool) -> None:
    right = drive(sandbox, SQUARE)
    assert right.status is Status.OK and [o.passed for o in right.outcomes] == [True]
    assert right.outcomes[0].calls == 2
    wrong = drive(sandbox, "def square(n): return 9")
    assert wrong.status is Status.OK and wrong.outcomes[0].error == "AssertionError"


def test_a_driver_reports_each_test(sandbox: Pool) -> None:
    tests = ("assert square(2) == 4", "assert square(2) == 5", "assert square(3) == 9")
    result = drive(sandbox, SQUARE, "", tests)
    assert [o.passed for o in result.outcomes] == [True, False, True]
    stopped = sandbox.run(Drive(code=SQUARE, entry_points=("square",), tests=tests, stop=True))
    assert [o.passed for o in stopped.outcomes] == [True, False]


def test_a_setup_that_defines_the_function_does_not_replace_it(sandbox: Pool) -> None:
    setup = "def helper(x): return x + 1\ndef square(n): raise NotImplementedError\n"
    assert drive(sandbox, SQUARE, setup, ("assert square(helper(1)) == 4",)).outcomes[0].passed


def test_a_broken_setup_is_no_fault_of_the_program(sandbox: Pool) -> None:
    result = drive(sandbox, SQUARE, "undefined_name")
    assert result.setup_error.startswith("NameError") and not result.outcomes


def test_exceptions_reach_the_test_code(sandbox: Pool) -> None:
    code = "def square(n):\n    if n < 0: raise ValueError('negative')\n    raise AssertionError('mine')"
    tests = (
        "try: square(-1)\nexcept ValueError as e: assert 'negative' in str(e)\nelse: assert False",
        "try: square(1)\nexcept AssertionError: raise\nexcept RemoteError: pass\nelse: assert False",
    )
    assert [o.passed for o in drive(sandbox, code, "", tests).outcomes] == [True, True]


def test_a_program_that_leaves_fails_even_a_test_that_expects_exceptions(sandbox: Pool) -> None:
    code = "import os\ndef square(n): os._exit(0)"
    tests = ("try: square(-1)\nexcept Exception: pass", "try: square(-1)\nexcept BaseException: pass", "pass")
    result = drive(sandbox, code, "", tests)
    assert result.status is Status.EXCEPTION and not any(o.passed for o in result.outcomes[1:])
    assert not result.outcomes[0].passed


def test_values_that_cannot_cross_are_marked(sandbox: Pool) -> None:
    result = drive(sandbox, "def square(n): return object()", "", ("square(1)", "square(object())"))
    assert [(o.passed, o.unsupported) for o in result.outcomes] == [(False, True), (False, True)]


def test_generators_can_be_run_out_but_equal_nothing(sandbox: Pool) -> None:
    code = "def square(n): return (i * i for i in range(n))"
    tests = ("assert list(square(3)) == [0, 1, 4]", "assert square(3) == [0, 1, 4]")
    assert [o.passed for o in drive(sandbox, code, "", tests).outcomes] == [True, False]


def test_in_process_runs_what_needs_identity(sandbox: Pool) -> None:
    code = "class Node:\n    def __init__(self, v): self.v = v\ndef make(v): return Node(v)"
    tests = ("assert isinstance(candidate(1), Node)", "assert candidate(2).v == 3")
    result = sandbox.run(InProcess(code=code, entry_points=("make",), tests=tests))
    assert result.status is Status.OK and [o.passed for o in result.outcomes] == [True, False]


def test_cpu_timeout(sandbox: Pool) -> None:
    limits = dataclasses.replace(LIMITS, cpu_s=1, wall_s=10)
    for code in (
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ):
        result = sandbox.run(Stdio(code=code, limits=limits))
        assert result.status is Status.CPU_TIMEOUT and 0.5 < result.cpu_s < 2.0
    assert drive(sandbox, SQUARE).outcomes[0].passed


def test_wall_timeout(sandbox: Pool) -> None:
    limits = dataclasses.replace(LIMITS, wall_s=0.5)
    result = sandbox.run(Stdio(code="import time; time.sleep(60)", limits=limits))
    assert result.status is Status.WALL_TIMEOUT and result.wall_s < 5
    job = Drive(
        code="import time\ndef square(n): time.sleep(60)",
        entry_points=("square",),
        tests=("square(1)",),
        limits=limits,
    )
    assert sandbox.run(job).status is Status.WALL_TIMEOUT


def test_memory_limit(sandbox: Pool) -> None:
    result = sandbox.run(Stdio(code="x = bytearray(1 << 30)"))
    assert result.status is Status.OOM
    result = sandbox.run(Serve(code="def f(): return len('x' * (1 << 30))", entry_point="f", calls=(Call(),)))
    assert result.replies[0].status is Status.OOM


def test_output_limit(sandbox: Pool) -> None:
    for stream in ("stdout", "stderr"):
        result = sandbox.run(Stdio(code=f"import sys\nwhile True: sys.{stream}.write('x' * 4096)"))
        assert result.status is Status.OUTPUT_LIMIT
        assert len(getattr(result, stream)) == LIMITS.output_kb << 10


def test_disk_limit(isolated: Pool) -> None:
    one = "with open('big', 'wb') as f:\n    for _ in range(64): f.write(bytes(1 << 20))"
    many = "import time\nfor i in range(64): open(str(i), 'wb').write(bytes(1 << 20)); time.sleep(0.01)"
    for code in (one, many):
        assert isolated.run(Stdio(code=code)).status is Status.DISK_LIMIT
    assert isolated.run(Stdio(code="import os; print(os.listdir('.'))")).stdout == b"[]\n"


def test_files_can_be_written_and_are_gone(isolated: Pool) -> None:
    code = (
        "import os, tempfile\nf = tempfile.NamedTemporaryFile(); f.write(b'x'); f.flush()\n"
        "open('mine', 'w').close(); print(os.path.getsize(f.name), len(os.listdir('.')) >= 1)"
    )
    for _ in range(3):
        result = isolated.run(Stdio(code="import os; print(os.path.exists('mine'))\n" + code))
        assert result.stdout == b"False\n1 True\n", result


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
    if sandbox.name in ("landlock", "process") and os.geteuid() == 0 and _interpreter(NOBODY) != _own():
        pytest.skip("the jobs' user may not read this Python, so the system's runs them, which has no numpy")
    code = "import numpy as np\ndef f(n): return [np.arange(n).sum(), np.float64(n), np.arange(n) > 1]"
    tests = ("assert f(3)[:2] == [3, 3.0] and type(f(3)[0]) is int", "assert f(3)[2].tolist()[2]")
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
        assert sandbox.run(Stdio(code="import os; os.fork()")).reason.startswith("PermissionError")
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
