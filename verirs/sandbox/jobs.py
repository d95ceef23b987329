"""What a sandbox is asked to run and what it says back: frozen dataclasses and the Protocol.

Five kinds of job. Only in `Drive` and `Serve` do the expected values stay out of the reach of
the judged program; `Stdio` and `Runs` give output to be compared by the caller; `InProcess` runs program
and tests together, so what it reports can be forged by the program and must not be trusted alone.

A `Result` never says that a program is *right*: that is the caller's judgement on `Result.stdout`,
`Result.replies` or `Result.outcomes`. It does not guarantee that a program behaves the same twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may use. A driver's own process has the same limits, counted apart.

    Args:
        cpu_s: CPU seconds of the judged process with its children; what "too slow" means. Measured by its
            CPU clock, so the load of the machine does not decide.
        wall_s: wall seconds, a backstop against sleeping; ``None`` is twice ``cpu_s`` plus one. Time
            spent waiting for a free CPU is not counted where the kernel tells it.
        memory_mb: address space of one process, and resident memory of the job where a cgroup is
            writable (the probe says).
        disk_mb: files the job writes (all in memory, gone with the job).
        processes: processes and threads at one time.
        output_kb: standard output of a program that is judged by it. Standard error, and what functions
            print while they are called, is read or thrown away without a limit.
    """

    cpu_s: float = 8.0
    wall_s: float | None = None
    memory_mb: int = 1024
    disk_mb: int = 64
    processes: int = 128
    output_kb: int = 16 << 10

    @property
    def wall(self) -> float:
        return self.wall_s if self.wall_s is not None else 2.0 * self.cpu_s + 1.0


class Status(StrEnum):
    """How a job ended, or what became of a test. Of jobs (and of tests, but for ``ok``):

    - ``ok``: it ran to its end (for `Stdio`: exit code 0). Says nothing about right or wrong.
    - ``exception``: the program raised while loading, left with another exit code, died by a
      signal, or ended before it answered.
    - ``cpu_timeout``: its own CPU clock says so; the load of the machine has no part in it.
    - ``wall_timeout``: it slept, or waited for something; confirmed by a second run where the kernel does not
      tell how long it stood in the queue for a CPU.
    - ``oom``, ``output_limit``, ``disk_limit``: a limit was hit.
    - ``protocol``: it wrote something else than an answer where an answer was due.
    - ``unsupported_value``: a value that is no plain data, or cannot cross between tests and program.
    - ``infra``: the sandbox failed, twice, on fresh workers. Never the program's fault.

    Of tests only (`verirs.code.outcome`):

    - ``pass``, ``wrong_answer``.
    - ``broken_tests``: the test code itself failed or ran out of its limits: no verdict on the program.
    - ``skipped``: the tests leave it out. ``not_run``: the program had ended.
    - ``lacking``: the program asked for a package, a compiler or a right that this sandbox lacks (only of a
      whole judgement).
    """

    OK = "ok"
    EXCEPTION = "exception"
    CPU_TIMEOUT = "cpu_timeout"
    WALL_TIMEOUT = "wall_timeout"
    OOM = "oom"
    OUTPUT_LIMIT = "output_limit"
    DISK_LIMIT = "disk_limit"
    PROTOCOL = "protocol"
    UNSUPPORTED_VALUE = "unsupported_value"
    INFRA = "infra"
    PASS = "pass"
    WRONG_ANSWER = "wrong_answer"
    BROKEN_TESTS = "broken_tests"
    SKIPPED = "skipped"
    NOT_RUN = "not_run"
    LACKING = "lacking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a function of the judged program, with plain data (see `verirs.sandbox.plain`)."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    function: str | None = None
    """The global name to call; ``None`` is the job's entry point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one call gave: a value (``ok``), an ``exception``, or an ``unsupported_value``.

    ``value`` is made of exact builtin types only (subclasses are flattened, so an ``__eq__`` of the
    program never runs here); for ``unsupported_value`` it is a `plain.Unsupported`, equal to nothing.
    ``error`` is the exception's type name and ``message`` its text, both as the program tells them.
    ``elsewhere``: an unsupported value that is too large or too costly for the host; a test process may
      take it.
    ``flattened``: something in the value was of a subclass, as the program tells.
    """

    status: Status
    value: Any = None
    error: str = ""
    message: str = ""
    elsewhere: bool = False
    flattened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one piece of test code ended, as the test process tells it.

    ``unsupported``: a value that is no plain data crossed in either direction, so that the test
    could not be put to the program faithfully (`InProcess` may be able to).
    """

    passed: bool
    error: str = ""
    """Type name of the exception, for example ``AssertionError``; empty when passed."""
    message: str = ""
    calls: int = 0
    """Questions to the judged program in this test."""
    unsupported: bool = False
    label: str = ""
    skipped: bool = False
    fault: bool = False
    """The test code failed without the program's doing (of a skip: it came after an answer)."""
    at: str = ""
    """Where in the tests it failed (``test0.py:3``), in a job with ``withheld``."""
    changed: bool = False
    """The program changed something that belongs to the tests: a list it was given, a field of an object."""
    own_word: int = 0
    """1: the program compared objects of its own, 2: an object of its own with data of the tests, 3: it
    changed a file or a variable that the tests had written."""
    looked_up: bool = False
    """The tests looked up an attribute of something that is not the program's, by a name that is no
    constant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stdio:
    """A program that reads standard input and writes standard output; ``__name__ == "__main__"``."""

    code: str
    stdin: bytes = b""
    limits: Limits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What one run of a program is given: standard input, arguments, files in its folder, and limits other
    than the job's own (time, memory and output)."""

    stdin: bytes = b""
    args: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What became of one run; the fields mean the same as a `Result`'s. ``stderr`` is its last 64 KB."""

    status: Status
    reason: str = ""
    exit_code: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    rss_kb: int = 0


def _never(_number: int, _run: Run) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """A program that is run once for each input, from the same state each time: nothing of one run is there
    for the next.

    Args:
        code: the program.
        inputs: of each run.
        language: a name of `verirs.sandbox.languages`; another than Python is compiled first. A program that
            does not compile has one run, which says so.
        beside: files that its compiler finds beside it.
        enough: called with each run's number and what became of it, in order; true ends the job. Called again
            from the first run on when the job is run again.
        tests: it is no judged program but one that judges: run by the worker for test code.
    """

    code: str
    inputs: tuple[Input, ...]
    language: str = "python"
    beside: Mapping[str, str] = field(default_factory=dict)
    enough: Callable[[int, Run], bool] = _never
    tests: bool = False
    limits: Limits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """Load ``code``, then make ``calls`` one at a time, in one process.

    Call k + 1 is sent only after the reply to call k is here.
    ``code`` is run with ``__name__ == "__main__"`` unless ``main`` is false.
    """

    code: str
    entry_point: str
    calls: tuple[Call, ...]
    main: bool = True
    limits: Limits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """Run test code in a sandboxed process of its own; the judged program is reached by calls only.

    In the test process ``setup`` is run first, then each text of ``tests`` in the same globals (an
    exception ends that text only; with ``stop`` also the rest), then what pytest and unittest would find
    there. The names in ``entry_points``, those in ``optional`` that the program has, and ``candidate`` (the
    first) stand for the program's functions, classes and values. Exceptions of the program arrive as the
    builtin of the same name or a class of their own; those that steer loops as ``RemoteError``.
    HumanEval: ``setup=test_code, tests=("check(candidate)",)``.

    Args:
        labels: what to call each text.
        modules: names under which the tests import the program.
        watch: globals that the tests may put something in the place of, for the program to see it.
        shares: what both see the same besides objects, as far as the backend can (`ambient.Ambient` in
            ``sandboxes``).
        withheld: what the program changes of the tests' own stays as it was there.
        own_word: whether an object of the program may say what data of the tests it equals. If not, it
            equals none.
        looks_up: watch for attributes that are looked up by names that are no constants.
        dropped: methods whose answers the tests never look at: such an answer stands for nothing.
    """

    code: str
    entry_points: tuple[str, ...]
    tests: tuple[str, ...]
    setup: str = ""
    optional: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    withheld: bool = False
    own_word: bool = False
    looks_up: bool = False
    dropped: tuple[str, ...] = ()
    stop: bool = False
    main: bool = True
    limits: Limits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InProcess:
    """Run ``code``, ``setup`` and ``tests`` in one process and one set of globals. **Untrusted**: the
    program can forge the outcomes. ``candidate`` is ``entry_points[0]`` of the program."""

    code: str
    entry_points: tuple[str, ...]
    tests: tuple[str, ...]
    setup: str = ""
    optional: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    stop: bool = False
    main: bool = True
    limits: Limits | None = None


Job = Stdio | Runs | Serve | Drive | InProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a job.

    Args:
        status: see `Status`. For `Drive` the first trouble of either process.
        reason: a few words for people; may quote the program.
        where: ``program`` or ``tests`` (the test process of a `Drive`): whose status it is.
        exit_code: of the judged process; negative is the signal that ended it; ``None``: unknown.
        stdout: `Stdio`: at most ``output_kb``.
        stderr: `Stdio`: its last 64 KB.
        cpu_s: CPU seconds of the judged process and the children it waited for.
        wall_s: wall seconds of the (last) run, without waiting for a worker.
        rss_kb: peak resident memory of the judged process.
        runs: `Runs`: one per input that was run, in order.
        replies: `Serve`: one per call made, in order; fewer than the calls when the job ended early.
        outcomes: `Drive`, `InProcess`: one per test that was run, in order: the texts, then those found.
        entered: `Drive`, `InProcess`: the marks of the functions that ran (see ``sandboxes/suite.py``).
        setup_error: `Drive`, `InProcess`: why ``setup`` failed (``"NameError: ..."``), else empty.
        backend: the name of the backend that ran it.
        attempts: how often it was run (2 after an infrastructure failure, or a wall timeout that could have
            been the machine's fault).
    """

    status: Status
    reason: str = ""
    where: str = "program"
    exit_code: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    rss_kb: int = 0
    runs: tuple[Run, ...] = ()
    replies: tuple[Reply, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    setup_error: str = ""
    entered: frozenset[str] = frozenset()
    backend: str = ""
    attempts: int = 1
    sure: bool = True
    """False for a wall timeout that could have been the machine's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Whether a backend can run here, and what it promises.

    ``guarantees`` maps a word of the threat table (``network``, ``files``, ``processes``, ``memory``,
    ``disk``, ...) to how it is kept on this machine; ``why`` says what is missing and what to do
    when ``available`` is false.
    """

    name: str
    available: bool
    why: str = ""
    guarantees: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Sandbox(Protocol):
    """A pool of workers of one backend. ``run`` may be called from any thread, any number at a time,
    and after a fork (the child starts workers of its own)."""

    name: str
    isolated: bool
    """False only for ``process``: what it judged must be stamped as such."""
    limits: Limits
    workers: int

    def run(self, job: Job) -> Result:
        """Run one job and wait for it. Never raises for what the program does.

        Raises:
            SandboxError: the sandbox is closed, or no worker can be started any more.
        """
        ...

    def probe(self) -> Probe: ...

    def close(self) -> None:
        """End all workers. Safe to call twice."""
        ...
