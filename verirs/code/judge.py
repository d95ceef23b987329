"""Puts a program and a plan of tests to a sandbox and says what became of each test.

Order of trust: texts and values are compared here, or in a test process the program cannot reach.
An exit code or an exception only ever lowers a verdict. What ran in the program's own process
(mode ``inproc``) can be forged; it is judged only with a canary and always marked ``trusted=False``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from verirs.code.canary import VARIANTS, changed
from verirs.code.folding import NotPlain, PlainError
from verirs.code.given import compares_given
from verirs.code.literal import Case, compares, holds
from verirs.code.outcome import Judgement, TestResult, judgement
from verirs.code.plan import Mode, Plan
from verirs.code.shared import AMBIENT
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
    labels = [case.text for case in plan.cases]
    names = plan.entry_points
    result = sandbox.run(Serve(code=code, entry_point=names[0], calls=calls, main=False, limits=limits))
    if any(reply.elsewhere for reply in result.replies):
        return _driver(plan, code, sandbox, limits)
    tests: list[TestResult] = []
    try:
        for case, reply in zip(plan.cases, result.replies, strict=False):
            tests.append(_answered(case, reply, bool(plan.tests or plan.checks)))
    except NotPlain:  # an answer that only a test process can judge
        return _driver(plan, code, sandbox, limits)
    return judgement(plan.mode, _with_end(tests, labels, result), [result])


_OBJECT = re.compile(r"(?!numpy\.)\w+\.[\w.<>]+$")
"""The name of a class whose instances no data equal."""


def _answered(case: Case, reply: Reply, again: bool) -> TestResult:
    if reply.status is Status.UNSUPPORTED_VALUE:
        if again or not _OBJECT.match(reply.message):
            raise NotPlain(reply.message)
        return TestResult(case.text, Status.WRONG_ANSWER, f"got no data: {reply.message}"[:200])
    if reply.status is not Status.OK:
        said = f"{reply.error}: {reply.message}" if reply.error else reply.message
        return TestResult(case.text, reply.status, said[:200])
    if again and reply.flattened and not compares(case):  # what the class adds to its base may matter
        raise NotPlain("a subclass of a builtin type")
    try:
        if holds(case, reply.value):
            return TestResult(case.text, Status.PASS)
    except PlainError as error:
        if again:  # the answer may know more than its data
            raise NotPlain(str(error)) from error
        return TestResult(case.text, Status.WRONG_ANSWER, str(error))
    return TestResult(case.text, Status.WRONG_ANSWER, f"got {_short(reply.value)}")


def _driver(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """The tests in a sandboxed process of their own."""
    if not plan.tests and not plan.checks:  # pairs, which have no test code
        broken = [TestResult(label, Status.BROKEN_TESTS, "cannot be compared here") for label in plan.labels]
        return judgement(plan.mode, broken, [])
    job = Drive(
        code=code,
        entry_points=plan.required,
        optional=tuple(n for n in plan.entry_points if n not in plan.required),
        tests=plan.tests,
        labels=plan.labels,
        modules=plan.modules,
        watch=plan.watch,
        shares=tuple(word for word in plan.shares if word in AMBIENT),
        looks_up=plan.looks_up,
        dropped=plan.dropped,
        setup=plan.setup,
        main=False,
        limits=limits,
    )
    result = sandbox.run(job)
    judged = judgement(Mode.DRIVER, _outcomes(plan, result), [result])
    own_word = max((o.own_word for o in result.outcomes), default=0)
    if judged.verdict is Verdict.FAIL and own_word == 2:  # perhaps by an honest __eq__
        job = replace(job, own_word=True)
        again = sandbox.run(job)
        second = judgement(Mode.DRIVER, _outcomes(plan, again), [result, again])
        if second.verdict is Verdict.PASS:
            return _with_canary(plan, job, replace(second, trust="own_comparison"), again, sandbox)
    evaluated = plan.evaluates or any(o.looked_up for o in result.outcomes)
    if judged.verdict is Verdict.PASS and (own_word or evaluated):
        trust = "evaluated" if evaluated else ("", "", "own_comparison", "rewritten")[own_word]
        return _with_canary(plan, job, replace(judged, trust=trust), result, sandbox)
    if judged.verdict is Verdict.PASS and plan.compares_given and any(o.changed for o in result.outcomes):
        again = sandbox.run(replace(job, withheld=True))
        second = judgement(Mode.DRIVER, _outcomes(plan, again), [result, again])
        kept = second.verdict is Verdict.PASS or _fails_elsewhere(plan, again)
        return replace(judged, cpu_s=second.cpu_s, trust="" if kept else "rewritten")
    if judged.verdict is Verdict.FAIL and plan.shares:
        # two processes are not one; only the program's own process could say
        second = _in_process(plan, code, sandbox, limits)
        return judged if second.verdict is Verdict.FAIL else second
    return judged


def _fails_elsewhere(plan: Plan, result: Result) -> bool:
    """Whether tests fail without the program's changes only where they look at the changes themselves."""
    places = [o.at.partition(":") for o in result.outcomes if not o.passed and not o.skipped]
    texts = {"setup.py": plan.setup} | {f"test{i}.py": text for i, text in enumerate(plan.tests)}
    return bool(places) and all(
        name in texts and not compares_given(ast.parse(texts[name]), int(line)) for name, _, line in places
    )


def _in_process(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """Program and tests together, then the canary. Never trusted."""
    plan = replace(plan, mode=Mode.INPROC)
    job = InProcess(
        code=code,
        entry_points=plan.required,
        optional=tuple(n for n in plan.entry_points if n not in plan.required),
        tests=plan.tests,
        labels=plan.labels,
        modules=plan.modules,
        setup=plan.setup,
        main=False,
        limits=limits,
    )
    result = sandbox.run(job)
    judged = replace(judgement(Mode.INPROC, _outcomes(plan, result), [result]), trust="in_process")
    if judged.verdict is not Verdict.PASS:
        return judged
    return _with_canary(plan, job, judged, result, sandbox)


def _with_canary(
    plan: Plan, job: Drive | InProcess, judged: Judgement, result: Result, sandbox: Sandbox
) -> Judgement:
    """A pass that the program had a say in, unless it passes changed tests, too."""
    lying: set[int] | None = None
    results = [result]
    for variant in range(VARIANTS):  # one that is equal by chance (2/2 and 1/1) is not equal to both
        canary = changed(plan, variant)
        if canary is None:
            why = "passed by its own word, and the tests cannot be changed to see whether it lies"
            return replace(judged, verdict=Verdict.ABSTAIN, reason=why)
        again = sandbox.run(replace(job, setup=canary.setup, tests=canary.tests))
        results.append(again)
        if again.status is Status.INFRA:
            return replace(judgement(judged.mode, _outcomes(plan, again), results), trust=judged.trust)
        passed = {i for i, o in enumerate(again.outcomes) if o.passed and o.label and not o.skipped}
        lying = passed if lying is None else lying & passed
        if not lying:
            return replace(judged, cpu_s=sum(r.cpu_s for r in results))
    reason = "also passes with other expected values"
    tests = [replace(t, status=Status.WRONG_ANSWER, reason=reason) for t in judged.tests]
    return replace(judgement(judged.mode, tests, results), trust=judged.trust)


def _outcomes(plan: Plan, result: Result) -> list[TestResult]:
    labels = [label for label in plan.labels if label] or ["the tests"]
    if result.setup_error:
        return [TestResult(label, Status.BROKEN_TESTS, result.setup_error[:200]) for label in labels]
    if not any(plan.labels) and not result.outcomes and result.status is Status.OK:
        return [TestResult("the tests", Status.BROKEN_TESTS, "a check that nothing runs")]
    tests = []
    for outcome in result.outcomes:
        if outcome.error == "CandidateGone":
            break
        status, reason = _outcome(plan, outcome)
        if outcome.label or status is not Status.PASS:
            tests.append(TestResult(outcome.label or "the tests", status, reason))
    tests = _with_end(tests, labels, result)
    if all(t.status in (Status.PASS, Status.SKIPPED) for t in tests):
        lost = [name for mark, name in plan.checks if mark not in result.entered]
        asked = any(o.calls for o in result.outcomes) or plan.mode is Mode.INPROC
        if lost:
            tests.append(TestResult(lost[0], Status.BROKEN_TESTS, "a check that nothing runs"))
        elif not asked and any(t.status is Status.PASS for t in tests):
            tests.append(TestResult("the tests", Status.BROKEN_TESTS, "none asked the program anything"))
    return tests


def _outcome(plan: Plan, outcome: Outcome) -> tuple[Status, str]:
    """What became of one piece of test code."""
    said = f"{outcome.error}: {outcome.message}"[:200]
    if outcome.skipped:
        asked = outcome.fault  # it was left out after the program had answered
        return (
            (Status.BROKEN_TESTS, "left out after an answer") if asked else (Status.SKIPPED, outcome.message)
        )
    if outcome.passed:
        return Status.PASS, ""
    if outcome.unsupported:
        return Status.UNSUPPORTED_VALUE, said
    if outcome.fault:
        return Status.BROKEN_TESTS, said
    if outcome.error == "AssertionError":
        return Status.WRONG_ANSWER, outcome.message[:200]
    loops = outcome.error == "RemoteError" and outcome.message.partition(":")[0]
    if loops in ("StopIteration", "StopAsyncIteration", "GeneratorExit") and any(
        loops in t for t in (plan.setup, *plan.tests)
    ):
        return Status.UNSUPPORTED_VALUE, f"the tests expect {loops}, which cannot cross"
    return Status.EXCEPTION, said


def _with_end(tests: list[TestResult], labels: Sequence[str], result: Result) -> list[TestResult]:
    """Adds how the job ended to the first test without a result; those after it were not run. A job that
    ended badly after its last test has not passed."""
    out = list(tests)
    status, reason = _ended(result)
    if len(out) < len(labels):
        out.append(TestResult(labels[len(out)], status, reason))
        out += [TestResult(label, Status.NOT_RUN) for label in labels[len(out) :]]
    elif result.status is not Status.OK:
        out.append(TestResult("the tests", status, reason))
    return out


def _ended(result: Result) -> tuple[Status, str]:
    """The status of a job that did not answer a test."""
    if result.status is Status.INFRA:
        return Status.INFRA, result.reason[:200]
    if result.where == "tests":
        return Status.BROKEN_TESTS, f"in the test process: {result.status}: {result.reason}"[:200]
    if result.status is Status.OK:
        return Status.EXCEPTION, "ended before it answered"
    return result.status, result.reason[:200]


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
