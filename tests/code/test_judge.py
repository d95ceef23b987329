"""What each way of ending means, without a sandbox: results are written by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from verirs.code.judge import judge
from verirs.code.outcome import Judgement
from verirs.code.outcome import judgement as judgement_of
from verirs.code.plan import plan_tests
from verirs.sandbox.jobs import (
    Drive,
    InProcess,
    Job,
    Limits,
    Outcome,
    Probe,
    Reply,
    Result,
    Run,
    Runs,
    Serve,
    Status,
)
from verirs.types import Problem, Verdict

LITERAL = Problem(tests="assert f(1) == 2\nassert f(2) == 4\nassert f(3) == 6", entry_point="f")
DRIVER = Problem(tests="assert f(f(1)) == 4\nassert f(f(2)) == 8", entry_point="f")
INPROC = Problem(tests="class D(C):\n    pass\nassert f(D()) == 1", entry_point="f")
IO = Problem(tests=({"input": "1\n", "output": "2\n"}, {"input": "2\n", "output": "4\n"}))


class Scripted:
    """A sandbox that answers from a script, in order, and keeps the jobs it was given."""

    name, isolated, workers, limits = "scripted", True, 1, Limits()

    def __init__(self, *answers: Result | Callable[[Job], Result]) -> None:
        self.answers, self.jobs = list(answers), list[Job]()

    def run(self, job: Job) -> Result:
        self.jobs.append(job)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, Result) else answer(job)

    def probe(self) -> Probe:
        return Probe(name="scripted", available=True)

    def close(self) -> None: ...


def values(*said: object) -> Result:
    return Result(status=Status.OK, replies=tuple(Reply(status=Status.OK, value=v) for v in said))


def ran(*runs: Run, status: Status = Status.OK) -> Callable[[Job], Result]:
    """What a sandbox does with a program for many inputs: it tells of each run, and ends when told to."""

    def answer(job: Job) -> Result:
        assert isinstance(job, Runs)
        done: list[Run] = []
        for number, one in enumerate(runs):
            done.append(one)
            if job.enough(number, one):
                break
        return Result(status=status, runs=() if status is Status.INFRA else tuple(done))

    return answer


def printed(text: bytes) -> Run:
    return Run(status=Status.OK, stdout=text)


def told(*outcomes: Outcome, status: Status = Status.OK, where: str = "program") -> Result:
    return Result(status=status, outcomes=outcomes, where=where)


RIGHT = Outcome(passed=True, label="a test", calls=1)
WRONG = Outcome(passed=False, error="AssertionError", label="a test", calls=1)


def run(
    problem: Problem, *answers: Result | Callable[[Job], Result], limits: Limits | None = None
) -> tuple[Judgement, Scripted]:
    sandbox = Scripted(*answers)
    judgement = judge(plan_tests(problem), "code", sandbox, limits or Limits())
    assert not sandbox.answers, "a job was not asked for"
    return judgement, sandbox


def test_all_right() -> None:
    judgement, sandbox = run(LITERAL, values(2, 4, 6))
    assert (judgement.verdict, judgement.status, judgement.trusted) == (Verdict.PASS, Status.PASS, True)
    (job,) = sandbox.jobs
    assert isinstance(job, Serve)
    assert "4" not in repr(job.calls) and "6" not in repr(job.calls)  # no expected value is sent


def test_one_wrong_and_the_share_of_tests() -> None:
    judgement, _ = run(LITERAL, values(2, 5, 6))
    assert judgement.verdict is Verdict.FAIL
    assert [t.status for t in judgement.tests] == ["pass", "wrong_answer", "pass"]
    assert "f(2)" in judgement.reason and "got 5" in judgement.reason


@pytest.mark.parametrize(
    "status",
    [
        *(Status.EXCEPTION, Status.CPU_TIMEOUT, Status.WALL_TIMEOUT, Status.OOM, Status.OUTPUT_LIMIT),
        *(Status.DISK_LIMIT, Status.PROTOCOL),
    ],
)
def test_a_program_that_ends_early_has_failed(status: Status) -> None:
    result = Result(status=status, reason="because", replies=(Reply(status=Status.OK, value=2),))
    judgement, _ = run(LITERAL, result)
    assert judgement.verdict is Verdict.FAIL
    assert [t.status for t in judgement.tests] == ["pass", status.value, "not_run"]


def test_an_end_that_looks_fine_without_all_answers_has_failed() -> None:
    judgement, _ = run(LITERAL, values(2))
    assert judgement.verdict is Verdict.FAIL and judgement.status is Status.EXCEPTION


def test_a_job_that_ends_badly_after_right_answers_has_not_passed() -> None:
    result = Result(status=Status.OUTPUT_LIMIT, replies=values(2, 4, 6).replies)
    judgement, _ = run(LITERAL, result)
    assert judgement.verdict is Verdict.FAIL and judgement.status is Status.OUTPUT_LIMIT


def test_infrastructure_is_never_a_failure() -> None:
    for problem in (LITERAL, DRIVER, INPROC):
        judgement, _ = run(problem, Result(status=Status.INFRA, reason="worker died"))
        assert judgement.verdict is Verdict.ERROR, problem
    judgement, _ = run(IO, ran(printed(b"2\n"), status=Status.INFRA))
    assert judgement.verdict is Verdict.ERROR


def test_a_failure_seen_before_the_infrastructure_broke_stands() -> None:
    judgement, _ = run(IO, ran(printed(b"3\n"), status=Status.INFRA))
    assert judgement.verdict is Verdict.FAIL


def test_an_exception_is_one_of_the_tests() -> None:
    raised = Reply(status=Status.EXCEPTION, error="KeyError", message="'x'")
    judgement, _ = run(LITERAL, Result(status=Status.OK, replies=(*values(2, 4).replies, raised)))
    assert [t.status for t in judgement.tests] == ["pass", "pass", "exception"]


def test_an_answer_that_is_no_plain_data_goes_to_a_test_process() -> None:
    strange = Reply(status=Status.UNSUPPORTED_VALUE, message="module.Thing")
    judgement, sandbox = run(LITERAL, Result(status=Status.OK, replies=(strange,)), told(RIGHT, RIGHT, RIGHT))
    assert judgement.verdict is Verdict.PASS and isinstance(sandbox.jobs[1], Drive)


def test_an_answer_that_cannot_be_judged_here_goes_to_a_test_process() -> None:
    problem = Problem(tests="assert list(f(1)) == [1]", entry_point="f")
    judgement, sandbox = run(problem, values(iter([1])), told(RIGHT))
    assert judgement.verdict is Verdict.PASS and judgement.mode == "driver"
    assert isinstance(sandbox.jobs[1], Drive)


def test_the_test_process() -> None:
    judgement, _ = run(DRIVER, told(RIGHT, WRONG))
    assert [t.status for t in judgement.tests] == ["pass", "wrong_answer"]
    gone = Outcome(passed=False, error="CandidateGone")
    judgement, _ = run(DRIVER, told(RIGHT, gone, status=Status.CPU_TIMEOUT))
    assert [t.status for t in judgement.tests] == ["pass", "cpu_timeout"]


def test_broken_test_code_says_nothing_about_the_program() -> None:
    judgement, _ = run(DRIVER, Result(status=Status.OK, setup_error="ModuleNotFoundError: numpy"))
    assert judgement.verdict is Verdict.ABSTAIN and "numpy" in judgement.reason
    judgement, _ = run(DRIVER, told(status=Status.CPU_TIMEOUT, where="tests"))
    assert judgement.verdict is Verdict.ABSTAIN and judgement.status is Status.BROKEN_TESTS


def test_what_cannot_cross_is_no_verdict_and_no_way_to_another_mode() -> None:
    strange = Outcome(passed=False, error="Unfaithful", message="result: module.Thing", unsupported=True)
    judgement, _ = run(DRIVER, told(strange, RIGHT))
    assert judgement.verdict is Verdict.ABSTAIN and judgement.status is Status.UNSUPPORTED_VALUE
    judgement, _ = run(DRIVER, told(strange, WRONG))
    assert judgement.verdict is Verdict.FAIL


def test_an_object_that_says_what_it_equals_is_not_believed() -> None:
    said = replace(RIGHT, own_word=2)
    refused = replace(WRONG, own_word=2)
    judgement, sandbox = run(DRIVER, told(refused, RIGHT), told(said, RIGHT), told(WRONG, WRONG))
    assert judgement.verdict is Verdict.PASS and judgement.trust == "own_comparison"
    first, again, canary = sandbox.jobs
    assert isinstance(first, Drive) and isinstance(again, Drive) and isinstance(canary, Drive)
    assert (first.own_word, again.own_word, canary.own_word) == (False, True, True)
    assert "__other__(4)" in canary.tests[0]
    judgement, _ = run(DRIVER, told(refused, RIGHT), told(said, RIGHT), told(said, WRONG), told(said, WRONG))
    assert judgement.verdict is Verdict.FAIL and "other expected values" in judgement.reason
    judgement, _ = run(DRIVER, told(refused, RIGHT), told(refused, RIGHT))
    assert judgement.verdict is Verdict.FAIL


def test_comparing_two_of_its_own_objects_is_trusted_once_the_canary_failed() -> None:
    said = replace(RIGHT, own_word=1)
    judgement, _ = run(DRIVER, told(said, RIGHT), told(WRONG, WRONG))
    assert judgement.verdict is Verdict.PASS and judgement.trusted
    judgement, _ = run(DRIVER, told(said, RIGHT), told(said, WRONG), told(said, WRONG))
    assert judgement.verdict is Verdict.FAIL
    chance, sandbox = run(DRIVER, told(said, RIGHT), told(said, WRONG), told(WRONG, said))
    assert chance.verdict is Verdict.PASS and chance.trusted, "no test passed both kinds of changes"
    first, second = (job.setup for job in sandbox.jobs[1:] if isinstance(job, Drive))
    assert first != second


def test_tests_that_evaluate_an_answer_are_marked() -> None:
    problem = Problem(tests="assert eval(f(1)) == 24", entry_point="f")
    judgement, _ = run(problem, told(RIGHT), told(WRONG))
    assert judgement.verdict is Verdict.PASS and judgement.trust == "evaluated"
    judgement, _ = run(problem, told(RIGHT), told(RIGHT), told(RIGHT))
    assert judgement.verdict is Verdict.FAIL


def test_the_canary_of_in_process_tests() -> None:
    judgement, _ = run(INPROC, told(RIGHT), told(RIGHT), told(RIGHT))
    assert judgement.verdict is Verdict.FAIL and "other expected values" in judgement.reason
    judgement, _ = run(INPROC, told(RIGHT), told(WRONG))
    assert judgement.verdict is Verdict.PASS and judgement.trust == "in_process"


def test_no_canary_no_pass() -> None:
    tests = "class D(C):\n    pass\nif f(D) != 1:\n    raise ValueError"
    judgement, _ = run(Problem(tests=tests, entry_point="f"), told(RIGHT))
    assert judgement.verdict is Verdict.ABSTAIN


def test_a_check_that_never_ran_is_no_pass() -> None:
    problem = Problem(tests="assert f(0) == 0\ndef more():\n    assert f(1) == 1", entry_point="f")
    judgement, _ = run(problem, told(RIGHT))
    assert judgement.verdict is Verdict.ABSTAIN and "nothing runs" in judgement.reason
    entered = replace(told(RIGHT), entered=frozenset({"check 0"}))
    assert run(problem, entered)[0].verdict is Verdict.PASS


def test_the_tests_own_faults_and_skips_say_nothing() -> None:
    fault = Outcome(passed=False, error="NameError", message="name 'x'", fault=True, label="a test", calls=1)
    judgement, _ = run(DRIVER, told(RIGHT, fault))
    assert judgement.verdict is Verdict.ABSTAIN and judgement.status is Status.BROKEN_TESTS
    skipped = Outcome(passed=False, skipped=True, label="a test")
    assert run(DRIVER, told(RIGHT, skipped))[0].verdict is Verdict.PASS
    assert run(DRIVER, told(skipped, skipped))[0].verdict is Verdict.ABSTAIN
    assert run(DRIVER, told(RIGHT, replace(skipped, fault=True)))[0].verdict is Verdict.ABSTAIN


def test_identity_is_asked_again_where_the_objects_are() -> None:
    problem = Problem(tests="x = 'a'\nassert f(x) is x", entry_point="f")
    judgement, sandbox = run(problem, told(WRONG), told(RIGHT), told(WRONG))
    assert judgement.trust == "in_process" and isinstance(sandbox.jobs[1], InProcess)
    judgement, _ = run(problem, told(WRONG), told(WRONG))
    assert judgement.verdict is Verdict.FAIL and judgement.trusted
    assert run(problem, told(RIGHT))[0].trusted


def test_exit_code_only_lowers() -> None:
    left = Run(status=Status.EXCEPTION, reason="exit code 1", stdout=b"2\n")
    judgement, _ = run(IO, ran(left, printed(b"4\n")))
    assert [t.status for t in judgement.tests] == ["exception", "pass"]


def test_after_a_failure_the_rest_may_not_cost_more_than_one_test() -> None:
    slow = Run(status=Status.CPU_TIMEOUT, cpu_s=3.0)
    judgement, _ = run(IO, ran(slow, printed(b"4\n")), limits=Limits(cpu_s=3))
    assert [t.status for t in judgement.tests] == ["cpu_timeout", "not_run"]


def test_stdin_reaches_the_program_as_given() -> None:
    _, sandbox = run(IO, ran(printed(b"2\n"), printed(b"4\n")))
    (job,) = sandbox.jobs
    assert isinstance(job, Runs) and [given.stdin for given in job.inputs] == [b"1\n", b"2\n"]


def test_nothing_judged_is_no_pass() -> None:
    problem = Problem(tests="def test_f():\n    assert f(1) == 1", entry_point="f")
    judgement, _ = run(problem, told())
    assert judgement.verdict is not Verdict.PASS
    judgement, _ = run(problem, replace(told(RIGHT), entered=frozenset({"check 0"})))
    assert judgement.verdict is Verdict.PASS
    assert judgement_of(judgement.mode, [], []).verdict is Verdict.ABSTAIN
