"""Puts a program and a plan of tests to a sandbox and says what became of each test.

Order of trust: texts and values are compared here, or in a test process the program cannot reach.
An exit code or an exception only ever lowers a verdict. What ran in the program's own process
(mode ``inproc``) can be forged; it is judged only with a canary and always marked ``trusted=False``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from verirs.code.canary import flipped
from verirs.code.folding import NotPlain, PlainError
from verirs.code.literal import Case, holds
from verirs.code.plan import Mode, Plan
from verirs.sandbox.jobs import (
    Drive,
    InProcess,
    Limits,
    Outcome,
    Reply,
    Result,
    Sandbox,
    Serve,
    Status,
    Stdio,
)
from verirs.types import Verdict


class TestStatus(StrEnum):
    """What became of one test; the names of `verirs.sandbox.jobs.Status` mean the same here."""

    __test__ = False  # not a class for pytest to collect

    PASS = "pass"
    WRONG_ANSWER = "wrong_answer"
    EXCEPTION = "exception"
    CPU_TIMEOUT = "cpu_timeout"
    WALL_TIMEOUT = "wall_timeout"
    OOM = "oom"
    OUTPUT_LIMIT = "output_limit"
    DISK_LIMIT = "disk_limit"
    PROTOCOL = "protocol"
    UNSUPPORTED_VALUE = "unsupported_value"
    INFRA = "infra"
    BROKEN_TESTS = "broken_tests"
    """The test code itself failed or ran out of its limits: no verdict on the program."""
    NOT_RUN = "not_run"


_NO_SAY = (TestStatus.INFRA, TestStatus.BROKEN_TESTS, TestStatus.NOT_RUN)


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test: its label, its status, and a few words (may quote the program)."""

    __test__ = False

    label: str
    status: TestStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a program's tests say.

    Args:
        verdict: ``pass`` when every test passed, ``fail`` when one did not, ``error`` when the sandbox
            failed, ``abstain`` when the tests could not be put to the program.
        mode: how they were judged in the end.
        trusted: false when the program could have forged the results.
        status: ``pass``, or that of the first test that decided otherwise.
        cpu_s: CPU seconds of the program over all runs.
        attempts: the most runs any job took.
    """

    verdict: Verdict
    mode: Mode
    trusted: bool
    status: TestStatus
    reason: str
    tests: tuple[TestResult, ...]
    cpu_s: float
    attempts: int
    backend: str


def judge(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """Judge one program.

    Raises:
        SandboxError: no worker can be started any more.
    """
    match plan.mode:
        case Mode.IO:
            return _io(plan, code, sandbox, limits)
        case Mode.LITERAL:
            return _literal(plan, code, sandbox, limits)
        case Mode.DRIVER:
            return _driver(plan, code, sandbox, limits)
        case Mode.INPROC:
            return _in_process(plan, code, sandbox, limits)


def _io(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """One run a test. After a failure the others are run too, for the share of tests passed, but in all
    for no more CPU time than one test may take."""
    tests: list[TestResult] = []
    results: list[Result] = []
    for case, label in zip(plan.io, plan.labels, strict=True):
        failed = any(t.status is not TestStatus.PASS for t in tests)
        if failed and sum(r.cpu_s for r in results) >= limits.cpu_s:
            tests.append(TestResult(label, TestStatus.NOT_RUN))
            continue
        result = sandbox.run(Stdio(code=code, stdin=case.stdin.encode(), limits=limits))
        results.append(result)
        status, reason = _ended(result)
        if result.status is Status.OK:
            same, reason = same_output(result.stdout.decode("utf-8", "replace"), case.output)
            status = TestStatus.PASS if same else TestStatus.WRONG_ANSWER
        tests.append(TestResult(label, status, reason))
    return _judgement(plan.mode, tests, results)


def same_output(output: str, expected: str) -> tuple[bool, str]:
    """Whether two texts have the same lines, blanks at line ends and blank last lines aside; and the
    first difference in words."""
    got, due = ([line.rstrip() for line in text.rstrip().split("\n")] for text in (output, expected))
    if got == due:
        return True, ""
    for number, (a, b) in enumerate(zip(got, due, strict=False), 1):
        if a != b:
            return False, f"line {number}: {a[:60]!r}, not {b[:60]!r}"
    return False, f"{len(got)} lines, not {len(due)}"


def _literal(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """One process answers all calls, one at a time; the conditions are judged here."""
    calls = tuple(case.call for case in plan.cases)
    names = plan.entry_points
    result = sandbox.run(Serve(code=code, entry_point=names[0], calls=calls, main=False, limits=limits))
    tests: list[TestResult] = []
    try:
        for case, reply in zip(plan.cases, result.replies, strict=False):
            tests.append(_answered(case, reply))
    except NotPlain:  # an answer that only a test process can judge
        return _driver(plan, code, sandbox, limits)
    return _judgement(plan.mode, _with_end(tests, plan.labels, result), [result])


def _answered(case: Case, reply: Reply) -> TestResult:
    if reply.status is not Status.OK:
        said = f"{reply.error}: {reply.message}" if reply.error else reply.message
        return TestResult(case.text, TestStatus(reply.status.value), said[:200])
    try:
        if holds(case, reply.value):
            return TestResult(case.text, TestStatus.PASS)
    except PlainError as error:
        return TestResult(case.text, TestStatus.WRONG_ANSWER, str(error))
    return TestResult(case.text, TestStatus.WRONG_ANSWER, f"got {_short(reply.value)}")


def _driver(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """The tests in a sandboxed process of their own."""
    if not plan.tests:
        broken = [
            TestResult(label, TestStatus.UNSUPPORTED_VALUE, "cannot be compared") for label in plan.labels
        ]
        return _judgement(plan.mode, broken, [])
    job = Drive(
        code=code,
        entry_points=plan.entry_points,
        tests=plan.tests,
        setup=plan.setup,
        main=False,
        limits=limits,
    )
    result = sandbox.run(job)
    if any(_needs_process(outcome) for outcome in result.outcomes):
        return _in_process(
            replace(plan, why="a test passes something that is no plain data"), code, sandbox, limits
        )
    tests = _outcomes(plan, result)
    return _judgement(Mode.DRIVER, tests, [result])


def _needs_process(outcome: Outcome) -> bool:
    """Whether a *test* passes an argument that cannot cross. An answer that cannot cross is the program's
    doing and must not lead to a weaker mode."""
    return outcome.unsupported and outcome.error == "Unfaithful" and outcome.message.startswith("argument")


def _in_process(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """Program and tests together, then the canary. Never trusted."""
    canary = flipped(plan)
    job = InProcess(
        code=code,
        entry_points=plan.entry_points,
        tests=plan.tests,
        setup=plan.setup,
        main=False,
        limits=limits,
    )
    result = sandbox.run(job)
    judgement = _judgement(Mode.INPROC, _outcomes(plan, result), [result])
    if judgement.verdict is not Verdict.PASS:
        return judgement
    if canary is None:
        return replace(
            judgement, verdict=Verdict.ABSTAIN, reason="passed in its own process, and no canary can be made"
        )
    second = sandbox.run(replace(job, setup=canary.setup, tests=canary.tests))
    if second.status is Status.INFRA:
        return _judgement(Mode.INPROC, _outcomes(plan, second), [result, second])
    if any(outcome.passed for outcome in second.outcomes):
        tests = tuple(
            replace(t, status=TestStatus.WRONG_ANSWER, reason="also passes its opposite")
            for t in judgement.tests
        )
        return _judgement(Mode.INPROC, tests, [result, second])
    return judgement


def _outcomes(plan: Plan, result: Result) -> list[TestResult]:
    if result.setup_error:
        return [TestResult(label, TestStatus.BROKEN_TESTS, result.setup_error[:200]) for label in plan.labels]
    tests = []
    for label, outcome in zip(plan.labels, result.outcomes, strict=False):
        said = f"{outcome.error}: {outcome.message}"[:200]
        if outcome.passed:
            tests.append(TestResult(label, TestStatus.PASS))
        elif outcome.error == "CandidateGone":
            break
        elif outcome.unsupported:
            tests.append(TestResult(label, TestStatus.UNSUPPORTED_VALUE, said))
        elif outcome.error == "AssertionError":
            tests.append(TestResult(label, TestStatus.WRONG_ANSWER, outcome.message[:200]))
        else:
            tests.append(TestResult(label, TestStatus.EXCEPTION, said))
    return _with_end(tests, plan.labels, result)


def _with_end(tests: list[TestResult], labels: Sequence[str], result: Result) -> list[TestResult]:
    """Adds how the job ended to the first test without a result; those after it were not run. A job that
    ended badly after its last test has not passed."""
    out = list(tests)
    status, reason = _ended(result)
    if len(out) < len(labels):
        out.append(TestResult(labels[len(out)], status, reason))
        out += [TestResult(label, TestStatus.NOT_RUN) for label in labels[len(out) :]]
    elif result.status is not Status.OK and all(t.status is TestStatus.PASS for t in out):
        out[-1] = TestResult(out[-1].label, status, reason)
    return out


def _ended(result: Result) -> tuple[TestStatus, str]:
    """The status of a job that did not answer a test."""
    if result.status is Status.INFRA:
        return TestStatus.INFRA, result.reason[:200]
    if result.where == "tests":
        return TestStatus.BROKEN_TESTS, f"in the test process: {result.status}: {result.reason}"[:200]
    if result.status is Status.OK:
        return TestStatus.EXCEPTION, "ended before it answered"
    return TestStatus(result.status.value), result.reason[:200]


def _judgement(mode: Mode, tests: Sequence[TestResult], results: Sequence[Result]) -> Judgement:
    trouble = [t for t in tests if t.status is not TestStatus.PASS]
    wrong = [t for t in trouble if t.status not in _NO_SAY]
    if not trouble:
        verdict, status, reason = Verdict.PASS, TestStatus.PASS, f"{len(tests)} of {len(tests)} tests passed"
    else:
        deciding = (wrong or trouble)[0]
        status = deciding.status
        verdict = Verdict.FAIL if wrong else Verdict.ERROR if status is TestStatus.INFRA else Verdict.ABSTAIN
        reason = f"{status.value.replace('_', ' ')} in {deciding.label}"[:120]
        reason += f": {deciding.reason}" if deciding.reason else ""
    return Judgement(
        verdict=verdict,
        mode=mode,
        trusted=mode is not Mode.INPROC,
        status=status,
        reason=reason,
        tests=tuple(tests),
        cpu_s=sum(r.cpu_s for r in results),
        attempts=max((r.attempts for r in results), default=0),
        backend=next((r.backend for r in results if r.backend), ""),
    )


def _short(value: object) -> str:
    """A value for people; prints only what is short, and never fails."""
    if isinstance(value, int) and value.bit_length() > 1000:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, (int, float, complex)) or value is None:
        return repr(value)
    if isinstance(value, (str, bytes)):
        return repr(value[:80])
    if not isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"a {type(value).__name__}"
    small = isinstance(value, (list, tuple)) and len(value) <= 10 and all(map(_is_short, value))
    return repr(value) if small else f"a {type(value).__name__} of {len(value)}"


def _is_short(item: object) -> bool:
    if isinstance(item, int):
        return item.bit_length() < 64
    return item is None or isinstance(item, float) or (isinstance(item, str) and len(item) < 20)
