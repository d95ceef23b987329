"""What every sandbox promises: what it does with jobs, and, where it isolates, what it keeps from them.

Where ``isolated`` is false the hostile programs are not run: they would succeed, on this machine.
"""

from __future__ import annotations

import dataclasses
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from verirs.errors import SandboxError
from verirs.sandbox import (
    Call,
    Drive,
    InProcess,
    Input,
    Job,
    Limits,
    Result,
    Run,
    Runs,
    Sandbox,
    Serve,
    Status,
    Stdio,
)
from verirs.sandbox.selftest import cheating, eating, lingering, reaching_out
from verirs.testing.suite import Suite, require, skip

LIMITS = Limits(cpu_s=2, wall_s=5, memory_mb=256, disk_mb=16, processes=16, output_kb=256)
CHECK = "def check(candidate):\n    assert candidate(3) == 9\n    assert candidate(-4) == 16\n"
SQUARE = "def square(n):\n    return n * n\n"
VALUES = [
    0, -1, 2**53, -(2**70), True, None, 1.5, -0.0, math.inf, "", "é\ud800\0", b"\xff\0", bytearray(b"x"),
    1 + 2j, [1, [2]], (1,), (), {"a": 1, 2: [3], (4, 5): None}, {1, 2},
    frozenset({"x"}), range(3, 9, 2), 10**5000,
]  # fmt: skip


class SandboxSuite(Suite):
    """The promises of :class:`verirs.sandbox.Sandbox` and of its jobs (:mod:`verirs.sandbox.jobs`)."""

    kind = "sandbox"
    part: Sandbox

    def make(self) -> Sandbox:
        raise NotImplementedError("write `def make(self)`, which returns the sandbox to test")

    @classmethod
    def teardown_class(cls) -> None:
        cls.part.close()

    def run(self, job: Job, **limits: Any) -> Result:
        """What becomes of a job under small limits."""
        return self.part.run(dataclasses.replace(job, limits=dataclasses.replace(LIMITS, **limits)))

    def drive(
        self,
        code: str,
        setup: str = CHECK,
        tests: tuple[str, ...] = ("check(candidate)",),
        stop: bool = False,
    ) -> Result:
        return self.run(Drive(code=code, entry_points=("square",), setup=setup, tests=tests, stop=stop))

    def serve(self, code: str, *calls: Call) -> Result:
        return self.run(Serve(code=code, entry_point="f", calls=calls))

    def isolates(self) -> None:
        if not self.part.isolated:
            raise skip(f"{self.part.name} isolates nothing, and says so")

    def test_it_is_complete(self) -> None:
        """It has a name, limits, at least one worker, and a probe that says what is promised here."""
        require(isinstance(self.part, Sandbox), "it lacks something that verirs.sandbox.Sandbox names")
        probe = self.part.probe()
        require(probe.available and probe.name == self.part.name, f"its probe says {probe}")
        require(bool(probe.guarantees) and self.part.workers >= 1, "it promises nothing, or has no workers")

    def test_input_and_output(self) -> None:
        """Standard input goes in, standard output comes out, and the result says what was used."""
        code = "import sys\nfor l in sys.stdin: print(l.strip()[::-1])"
        result = self.run(Stdio(code=code, stdin=b"ab\ncd\n"))
        same((result.status, result.stdout, result.exit_code), (Status.OK, b"ba\ndc\n", 0))
        same(result.backend, self.part.name)
        require(result.cpu_s > 0 and result.rss_kb > 1000, f"no measure of what was used: {result}")

    def test_large_input_and_output(self) -> None:
        """200 kB go in and out; of what is written to standard error at least the end is kept."""
        text = b"x" * 200_000 + b"\n"
        code = "import sys\nd = sys.stdin.read()\nsys.stderr.write(d)\nsys.stdout.write(d)"
        result = self.run(Stdio(code=code, stdin=text))
        require(result.stdout == text, f"{result.status}: the text came back torn")
        require(len(result.stderr) > 4096 and text.endswith(result.stderr), "standard error is torn")

    def test_one_program_for_many_inputs(self) -> None:
        """`Runs` runs a program once for each input, with arguments and files; nothing stays for the next;
        a run that fails ends no other; and the caller can end the job."""
        code = (
            "import os, sys\nn = int(input())\nprint(n * 2, *sys.argv[1:], sorted(os.listdir('.')))\n"
            "open(f'left-{n}', 'w').close()\nif n == 1: sys.exit(3)\nif n == 2:\n    while True: pass"
        )
        inputs = [Input(stdin=b"%d\n" % n, args=("a b",), files={"f.txt": b"x"}) for n in range(5)]
        job = Runs(code=code.replace("[1:]", "[1:] + [open('f.txt').read()]"), inputs=tuple(inputs))
        result = self.run(job, cpu_s=0.3)
        ends = [Status.OK, Status.EXCEPTION, Status.CPU_TIMEOUT, Status.OK, Status.OK]
        same([run.status for run in result.runs], ends)
        for n in (0, 3, 4):
            files = result.runs[n].stdout.decode().partition("[")[2]
            require(result.runs[n].stdout.startswith(b"%d a b x [" % (2 * n)), f"{result.runs[n]}")
            require("f.txt" in files and "left" not in files, f"a file of another run: {files}")
        seen: list[int] = []

        def second(number: int, _: Run) -> bool:
            seen.append(number)
            return number == 1

        same(len(self.run(Runs(code=code, inputs=tuple(inputs), enough=second)).runs), 2)
        same(seen, [0, 1])

    def test_how_a_program_ends(self) -> None:
        """Exit code 0 is `ok`; another exit code, an exception or a syntax error is `exception`."""
        ends = {
            "import sys; sys.exit(3)": (Status.EXCEPTION, 3),
            "import sys; sys.exit('no')": (Status.EXCEPTION, 1),
            "raise SystemExit": (Status.OK, 0),
            "1 / 0": (Status.EXCEPTION, 1),
            "def (": (Status.EXCEPTION, 1),
            "x = '\\0'\x00": (Status.EXCEPTION, 1),
            "import os; os._exit(0)": (Status.OK, 0),
        }
        for code, due in ends.items():
            result = self.run(Stdio(code=code))
            same((result.status, result.exit_code), due, code)

    def test_a_program_runs_to_its_end(self) -> None:
        """`__name__` is `__main__`; threads and exit handlers are waited for."""
        code = (
            "import atexit, threading, time\natexit.register(print, 'last')\n"
            "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()\n"
            "if __name__ == '__main__': print('main')"
        )
        same(self.run(Stdio(code=code)).stdout, b"main\nthread\nlast\n")

    def test_values_cross_unchanged(self) -> None:
        """Plain data goes to a function and comes back equal and of the same types."""
        result = self.serve("def f(x): return x", *(Call(args=(v,)) for v in VALUES))
        same((result.status, len(result.replies)), (Status.OK, len(VALUES)))
        for value, reply in zip(VALUES, result.replies, strict=True):
            same((reply.status, type(reply.value), reply.value), (Status.OK, type(value), value))
            if type(value) is float:  # tells -0.0 from 0.0
                same(repr(reply.value), repr(value))

    def test_subclasses_arrive_as_builtins(self) -> None:
        """A value's own `__eq__` never runs on this side: subclasses arrive as exact builtin types."""
        code = (
            "import collections\n"
            "class I(int):\n    __eq__ = lambda s, o: True\n    __hash__ = int.__hash__\n"
            "class L(list):\n    def __iter__(self): return iter([9])\n"
            "P = collections.namedtuple('P', 'x y')\n"
            "def f(k): return [I(1), L([1]), P(1, 2), collections.Counter('aa')][k]"
        )
        values = [reply.value for reply in self.serve(code, *(Call(args=(k,)) for k in range(4))).replies]
        same([(type(v), v) for v in values], [(int, 1), (list, [1]), (tuple, (1, 2)), (dict, {"a": 2})])

    def test_other_values_are_told_apart(self) -> None:
        """A value that is no plain data is `unsupported_value`, in a reply and in an outcome."""
        replies = self.serve("def f(): return object()", Call()).replies
        same([r.status for r in replies], [Status.UNSUPPORTED_VALUE])
        code, tests = "def square(n): return n", ("import sys\nsquare(sys._getframe())",)
        outcomes = self.drive(code, "", tests).outcomes
        same([(o.passed, o.unsupported) for o in outcomes], [(False, True)])

    def test_objects_reach_the_test_code_as_stand_ins(self) -> None:
        """Test code uses objects of the program where they are; unlike all data, whatever they say."""
        code = (
            "class Box:\n    def __init__(self, n): self.n = n\n    def twice(self): return 2 * self.n\n"
            "    def __eq__(self, other): return True\ndef square(n): return Box(n)"
        )
        tests = ("assert square(3).n == 3 and square(3).twice() == 6", "assert square(3) == 9")
        outcomes = self.drive(code, "", tests).outcomes
        same([(o.passed, o.own_word) for o in outcomes], [(True, 0), (False, 2)])

    def test_what_a_program_changes_in_an_argument_is_seen(self) -> None:
        """A list that the program changes is changed for the test code, too."""
        code = "def square(n): n[:] = [x * x for x in n]"
        tests = ("a = [2, 3]\nsquare(a)\nassert a == [4, 9]", "a = [2]\nsquare(a)\nassert a == [2]")
        same([o.passed for o in self.drive(code, "", tests).outcomes], [True, False])

    def test_exceptions_of_a_call_are_replies(self) -> None:
        """An exception in a call, SystemExit too, is that call's reply; the next call is made."""
        code = (
            "def f(k):\n    if k == 0: raise KeyError('k')\n    if k == 1: raise SystemExit(0)\n    return k"
        )
        replies = self.serve(code, *(Call(args=(k,)) for k in range(3))).replies
        due = [(Status.EXCEPTION, "KeyError"), (Status.EXCEPTION, "SystemExit"), (Status.OK, "")]
        same([(r.status, r.error) for r in replies], due)

    def test_calls_name_functions_and_arguments(self) -> None:
        """A call may have keyword arguments and name another function; what it prints is of no account."""
        code = "def f(a, *, b): return a - b\ndef g(): print('hey'); return 'g'"
        result = self.serve(code, Call(args=(5,), kwargs={"b": 3}), Call(function="g"))
        same([r.value for r in result.replies], [2, "g"])
        loud = self.serve("def f():\n    for _ in range(9999): print('x' * 999)\n    return 1", Call())
        same([r.value for r in loud.replies], [1])

    def test_a_program_that_does_not_load(self) -> None:
        """A program that ends or breaks while it loads is `exception`, whatever its exit code."""
        for code in ("def other(): pass", "1 / 0", "raise SystemExit(0)", "import os; os._exit(0)", "def ("):
            same(self.serve(code, Call()).status, Status.EXCEPTION, code)
            same(self.drive(code).status, Status.EXCEPTION, code)

    def test_right_passes_and_wrong_fails(self) -> None:
        """Test code passes a right program and fails a wrong one, and counts the calls."""
        right, wrong = self.drive(SQUARE), self.drive("def square(n): return 9")
        same([(o.passed, o.calls) for o in right.outcomes], [(True, 2)])
        same([(o.passed, o.error) for o in wrong.outcomes], [(False, "AssertionError")])
        same((right.status, wrong.status), (Status.OK, Status.OK))

    def test_each_test_has_its_outcome(self) -> None:
        """Each text of `tests` has its outcome, in order; with `stop` the first failure is the last."""
        tests = ("assert square(2) == 4", "assert square(2) == 5", "assert square(3) == 9")
        same([o.passed for o in self.drive(SQUARE, "", tests).outcomes], [True, False, True])
        same([o.passed for o in self.drive(SQUARE, "", tests, stop=True).outcomes], [True, False])

    def test_the_setup_is_not_the_programs(self) -> None:
        """`setup` does not replace the program's function, and its own fault is `setup_error`."""
        setup = "def helper(x): return x + 1\ndef square(n): raise NotImplementedError\n"
        same(
            [o.passed for o in self.drive(SQUARE, setup, ("assert square(helper(1)) == 4",)).outcomes], [True]
        )
        broken = self.drive(SQUARE, "undefined_name")
        same((broken.setup_error[:9], broken.outcomes), ("NameError", ()))

    def test_exceptions_reach_the_test_code(self) -> None:
        """The program's exceptions reach the test code by type; one that would end a loop does not."""
        code = "def square(n):\n    if n < 0: raise ValueError('negative')\n    raise StopIteration"
        tests = (
            "try: square(-1)\nexcept ValueError as e: assert 'negative' in str(e)\nelse: assert False",
            "assert all(map(lambda n: square(n) == n, [1]))",
        )
        outcomes = self.drive(code, "", tests).outcomes
        same([(o.passed, o.error) for o in outcomes], [(True, ""), (False, "RemoteError")])

    def test_a_program_that_leaves_passes_nothing(self) -> None:
        """A program that ends in a call fails every test, also one that expects an exception."""
        code = "import os\ndef square(n): os._exit(0)"
        tests = ("try: square(-1)\nexcept Exception: pass", "try: square(-1)\nexcept BaseException: pass")
        result = self.drive(code, "", tests)
        require(not any(o.passed for o in result.outcomes), f"a test was passed: {result}")
        same(result.status, Status.EXCEPTION)

    def test_generators_are_run_out_by_the_test_code(self) -> None:
        """A generator can be listed by test code, and equals nothing."""
        code = "def square(n): return (i * i for i in range(n))"
        tests = ("assert list(square(3)) == [0, 1, 4]", "assert square(3) == [0, 1, 4]")
        same([o.passed for o in self.drive(code, "", tests).outcomes], [True, False])

    def test_in_process_shares_objects(self) -> None:
        """`InProcess` runs program and tests in one set of globals."""
        code = "class Node:\n    def __init__(self, v): self.v = v\ndef make(v): return Node(v)"
        tests = ("assert isinstance(candidate(1), Node)", "assert candidate(2).v == 3")
        result = self.run(InProcess(code=code, entry_points=("make", "Node"), tests=tests))
        same((result.status, [o.passed for o in result.outcomes]), (Status.OK, [True, False]))

    def test_cpu_time_is_limited(self) -> None:
        """An endless loop is `cpu_timeout`, also one that catches everything; the next job runs."""
        for code in (
            "while True: pass",
            "while True:\n try:\n  while True: pass\n except BaseException: pass",
        ):
            result = self.run(Stdio(code=code), cpu_s=1, wall_s=10)
            same(result.status, Status.CPU_TIMEOUT, code)
            require(0.5 < result.cpu_s < 2.0, f"it used {result.cpu_s} CPU seconds of 1")
        same([o.passed for o in self.drive(SQUARE).outcomes], [True])

    def test_wall_time_is_limited(self) -> None:
        """A program that sleeps is `wall_timeout`, alone and in a call."""
        result = self.run(Stdio(code="import time; time.sleep(60)"), wall_s=0.5)
        same(result.status, Status.WALL_TIMEOUT)
        code = "import time\ndef square(n): time.sleep(60)"
        job = Drive(code=code, entry_points=("square",), tests=("square(1)",))
        same(self.run(job, wall_s=0.5).status, Status.WALL_TIMEOUT)

    def test_memory_is_limited(self) -> None:
        """A program that takes too much memory is `oom`, alone and in a call."""
        same(self.run(Stdio(code="x = bytearray(1 << 30)")).status, Status.OOM)
        replies = self.serve("def f(): return len('x' * (1 << 30))", Call()).replies
        same([r.status for r in replies], [Status.OOM])

    def test_output_is_limited(self) -> None:
        """A flood of output is `output_limit`, and `output_kb` of it is kept; one on standard error is
        none."""
        result = self.run(Stdio(code="import sys\nwhile True: sys.stdout.write('x' * 4096)"))
        same((result.status, len(result.stdout)), (Status.OUTPUT_LIMIT, LIMITS.output_kb << 10))
        result = self.run(
            Stdio(code="import sys\nfor _ in range(999): sys.stderr.write('x' * 4096)\nprint(1)")
        )
        same((result.status, result.stdout), (Status.OK, b"1\n"))

    def test_disk_is_limited(self) -> None:
        """Too many bytes in one file or in many are `disk_limit`, and the next job finds an empty folder."""
        self.isolates()
        one = "with open('big', 'wb') as f:\n    for _ in range(64): f.write(bytes(1 << 20))"
        many = "import time\nfor i in range(64): open(str(i), 'wb').write(bytes(1 << 20)); time.sleep(0.01)"
        for code in (one, many):
            same(self.run(Stdio(code=code)).status, Status.DISK_LIMIT, code)
        same(self.run(Stdio(code="import os; print(os.listdir('.'))")).stdout, b"[]\n")

    def test_files_are_gone_with_the_job(self) -> None:
        """A job may write files, in its folder and as temporary ones; the next job does not see them."""
        self.isolates()
        code = (
            "import os, tempfile\nprint(os.path.exists('mine'))\n"
            "f = tempfile.NamedTemporaryFile(); f.write(b'x'); f.flush()\n"
            "open('mine', 'w').close(); print(os.path.getsize(f.name))"
        )
        for _ in range(3):
            same(self.run(Stdio(code=code)).stdout, b"False\n1\n")

    def test_any_thread_any_number_at_a_time(self) -> None:
        """`run` may be called from any thread, more at a time than there are workers."""
        jobs = [Stdio(code=f"print({k})") for k in range(4 * self.part.workers + 4)]
        with ThreadPoolExecutor(len(jobs)) as threads:
            printed = [result.stdout for result in threads.map(self.run, jobs)]
        same(printed, [b"%d\n" % k for k in range(len(jobs))])

    def test_cheats_are_not_judged_right(self) -> None:
        """Programs that exit early, equal everything or look for the expected values are not judged right."""
        self.isolates()
        held(cheating(self.part))

    def test_what_eats_is_stopped(self) -> None:
        """A fork bomb, memory, files, a flood of output, and the end of other processes: none is had."""
        self.isolates()
        held(eating(self.part))

    def test_nothing_of_the_host_is_reached(self) -> None:
        """No file, port, environment variable or right of this machine is reached."""
        self.isolates()
        held(reaching_out(self.part))

    def test_nothing_is_left_for_the_next_job(self) -> None:
        """No file and no process of a job is there for the next."""
        self.isolates()
        held(lingering(self.part))

    def test_close_may_come_twice(self) -> None:
        """`close` may come twice and without a job; after it, `run` raises a SandboxError."""
        sandbox = self.make()
        sandbox.close()
        sandbox.close()
        try:
            sandbox.run(Stdio(code=""))
        except SandboxError:
            return
        raise AssertionError("a closed sandbox ran a job")


def same(got: object, due: object, what: str = "") -> None:
    __tracebackhide__ = True
    if got != due:  # only then: a huge integer cannot be shown
        require(False, f"{what!r}: {got!r}, not {due!r}" if what else f"{got!r}, not {due!r}")


def held(faults: list[str]) -> None:
    __tracebackhide__ = True
    require(not faults, "; ".join(faults))
