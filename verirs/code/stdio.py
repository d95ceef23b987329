"""Judges programs that read standard input: all tests in one job, the outputs compared here or by a checker.

The expected outputs never reach the program's sandbox. A checker runs in the worker for test code, after the
program has ended, and has no say on a program that did not end well.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from verirs.code.checker import Checker
from verirs.code.outcome import Judgement, TestResult, judgement, lacking
from verirs.code.plan import IoCase, Plan
from verirs.errors import SandboxError
from verirs.sandbox.jobs import Input, Limits, Result, Run, Runs, Sandbox, Status
from verirs.sandbox.languages import BACKENDS, PROOF, find
from verirs.sandbox.runs import UNMADE
from verirs.types import Verdict

_CHECKING = Limits(cpu_s=10, memory_mb=1024)


def missing_tools(plan: Plan, backend: str) -> str:
    """Why a plan's programs or its checker cannot be run in a backend; empty: they can."""
    wanted = {plan.language, plan.checker.language if plan.checker else "python"} - {"python"}
    for language in sorted(wanted):
        if backend not in BACKENDS:
            return f"programs in {language} run in the sandbox {' or '.join(BACKENDS)}, not in {backend}"
        try:
            find(language)
        except SandboxError as error:
            return str(error)
    return ""


_proved: dict[tuple[int, str, str], str] = {}


def _broken(language: str, sandbox: Sandbox) -> str:
    """Why no program of a language can be compiled in a sandbox; empty: they can. Asked when one cannot."""
    key = os.getpid(), sandbox.name, language
    if key not in _proved:
        said = sandbox.run(Runs(code=PROOF[language], inputs=(Input(),), language=language))
        if said.status is Status.INFRA:
            return ""
        words = f"the tools of {language} do not work here: {said.reason}"
        _proved[key] = "" if said.status is Status.OK else words
    return _proved[key]


def judge_io(plan: Plan, code: str, sandbox: Sandbox, limits: Limits) -> Judgement:
    """One run a test. After a failure the others are run too, for the share of tests passed, but in all for
    no more CPU time than one test may take."""
    if why := missing_tools(plan, sandbox.name):
        return lacking(plan.mode, plan.labels, why)
    checker = plan.checker
    found: dict[int, TestResult] = {}
    spent = [0.0]

    def enough(number: int, run: Run) -> bool:
        if number == 0:  # a job that was begun again, too
            found.clear()
            spent[0] = 0.0
        case, label = plan.io[number], plan.labels[number]
        spent[0] += run.cpu_s
        found[number] = _ended(run, label)
        if run.status is Status.OK and checker is None:
            same, why = plan.comparison.same(run.stdout, case.output.encode("utf-8", "surrogatepass"))
            found[number] = TestResult(label, Status.PASS if same else Status.WRONG_ANSWER, why)
        failed = any(t.status is not Status.PASS for t in found.values())
        return failed and spent[0] >= limits.cpu_s

    result = sandbox.run(
        Runs(
            code=code, inputs=tuple(_input(case, limits) for case in plan.io), enough=enough, limits=limits,
            language=plan.language,
        )
    )  # fmt: skip
    if result.runs and result.runs[0].reason.startswith(UNMADE) and (why := _broken(plan.language, sandbox)):
        return lacking(plan.mode, plan.labels, why)
    results = [result]
    tests = [found.get(number, TestResult(label, Status.NOT_RUN)) for number, label in enumerate(plan.labels)]
    if len(found) < len(tests) and result.status is Status.INFRA:
        tests[len(found)] = TestResult(plan.labels[len(found)], Status.INFRA, result.reason)
    elif len(result.runs) > len(found):  # it ended what runs it
        tests[len(found)] = _ended(result.runs[-1], plan.labels[len(found)])
    if checker is not None:
        tests = _checked(plan, checker, tests, result.runs, sandbox, results)
    judged = judgement(plan.mode, tests, results)
    if checker is not None and checker.evaluates and judged.verdict is Verdict.PASS:
        return replace(judged, trust="evaluated")  # what it ran may have decided for it
    return judged


def _input(case: IoCase, limits: Limits) -> Input:
    own = limits
    if case.time_limit is not None:
        own = replace(own, cpu_s=case.time_limit, wall_s=None)
    if case.memory_limit_mb is not None:
        own = replace(own, memory_mb=case.memory_limit_mb)
    return Input(stdin=case.stdin.encode("utf-8", "surrogatepass"), limits=None if own is limits else own)


def _ended(run: Run, label: str) -> TestResult:
    if run.status is Status.OK:
        return TestResult(label, Status.PASS)
    return TestResult(label, run.status, run.reason[:200])


def _checked(
    plan: Plan, checker: Checker, tests: list[TestResult], runs: Sequence[Run], sandbox: Sandbox,
    results: list[Result],
) -> list[TestResult]:  # fmt: skip
    """The tests with the checker's word on each run that ended well."""
    numbers = [n for n, t in enumerate(tests) if t.status is Status.PASS]

    def ask(outputs: Sequence[tuple[int, bytes]]) -> Result:
        given = tuple(
            checker.given(_bytes(plan.io[n].stdin), output, _bytes(plan.io[n].output))
            for n, output in outputs
        )
        job = Runs(
            code=checker.code, inputs=given, tests=True, limits=_CHECKING, language=checker.language,
            beside=checker.beside,
        )  # fmt: skip
        results.append(sandbox.run(job))
        return results[-1]

    out = list(tests)
    if not numbers or results[0].status is Status.INFRA:
        return out
    said = ask([(n, runs[n].stdout) for n in numbers])
    if said.status is Status.INFRA:
        return [TestResult(out[numbers[0]].label, Status.INFRA, said.reason)]
    if said.runs and said.runs[0].reason.startswith(UNMADE):
        for n in numbers:
            out[n] = TestResult(out[n].label, Status.BROKEN_TESTS, f"the checker {said.runs[0].reason}")
        return out
    runs_of = dict(zip(numbers, said.runs, strict=False))
    refused = [n for n in numbers if n not in runs_of or not checker.accepts(runs_of[n], runs[n].stdout)]
    # A checker that does not accept the expected output itself cannot refuse another.
    known = [n for n in refused if plan.io[n].output.strip()]
    again = ask([(n, _bytes(plan.io[n].output)) for n in known]).runs if known else ()
    fits = {
        n: checker.accepts(run, _bytes(plan.io[n].output)) is True
        for n, run in zip(known, again, strict=False)
    }
    for n in refused:
        run = runs_of.get(n)
        status, why = Status.BROKEN_TESTS, "the checker ended its own sandbox"
        if run is not None:
            why = f"the checker failed: {_why(run)}"
            if n in known and not fits.get(n):
                why = "the checker refuses the expected output"
            elif checker.accepts(run, runs[n].stdout) is False or (n in known and not _gave_up(checker, run)):
                status, why = Status.WRONG_ANSWER, f"the checker: {_why(run)}"
        out[n] = TestResult(out[n].label, status, why)
    return out


def _gave_up(checker: Checker, run: Run) -> bool:
    """Whether the checker says that it, and not the output, is at fault."""
    return checker.says == "exit" and run.exit_code == 3


def _why(run: Run) -> str:
    said = (run.stderr.strip() or run.stdout.strip()).decode("utf-8", "replace").splitlines()
    return (run.reason or (said[-1] if said else f"exit code {run.exit_code}"))[:150]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
