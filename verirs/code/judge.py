"""Puts a program and a plan of tests to a sandbox and says what became of each test.

Order of trust: texts and values are compared here, or in a test process the program cannot reach.
An exit code or an exception only ever lowers a verdict. What ran in the program's own process
(mode ``inproc``) can be forged; it is judged only with a canary and always marked ``trusted=False``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verirs.code.canary import flipped
from verirs.code.folding import NotPlain, PlainError
from verirs.code.literal import Case, holds
from verirs.code.outcome import Judgement, TestResult, TestStatus, judgement
from verirs.code.plan import Mode, Plan
from verirs.code.stdio import judge_io
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
)
from verirs.types import Verdict


def judge(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """Judge one program.

    Raises:
        SandboxError: no worker can be started any more.
    """
    match plan.mode:
        case Mode.IO:
            return judge_io(plan, code, sandbox, limits)
        case Mode.LITERAL:
            return _literal(plan, code, sandbox, limits)
        case Mode.DRIVER:
            return _driver(plan, code, sandbox, limits)
        case Mode.INPROC:
            return _in_process(plan, code, sandbox, limits)


def _literal(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """One process answers all calls, one at a time; the conditions are judged here."""
    calls = tuple(case.call for case in plan.cases)
    names = plan.entry_points
    result = sandbox.run(Serve(code=code, entry_point=names[0], calls=calls, main=False, limits=limits))
    if any(reply.elsewhere for reply in result.replies):
        return _driver(plan, code, sandbox, limits)
    tests: list[TestResult] = []
    try:
        for case, reply in zip(plan.cases, result.replies, strict=False):
            tests.append(_answered(case, reply))
    except NotPlain:  # an answer that only a test process can judge
        return _driver(plan, code, sandbox, limits)
    return judgement(plan.mode, _with_end(tests, plan.labels, result), [result])


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
            TestResult(label, TestStatus.BROKEN_TESTS, "cannot be compared here") for label in plan.labels
        ]
        return judgement(plan.mode, broken, [])
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
    return judgement(Mode.DRIVER, tests, [result])


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
    judged = judgement(Mode.INPROC, _outcomes(plan, result), [result])
    if judged.verdict is not Verdict.PASS:
        return judged
    if canary is None:
        return replace(
            judged, verdict=Verdict.ABSTAIN, reason="passed in its own process, and no canary can be made"
        )
    second = sandbox.run(replace(job, setup=canary.setup, tests=canary.tests))
    if second.status is Status.INFRA:
        return judgement(Mode.INPROC, _outcomes(plan, second), [result, second])
    if any(outcome.passed for outcome in second.outcomes):
        tests = tuple(
            replace(t, status=TestStatus.WRONG_ANSWER, reason="also passes its opposite")
            for t in judged.tests
        )
        return judgement(Mode.INPROC, tests, [result, second])
    return judged


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
