"""What became of a program's tests, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verirs.code.plan import Mode
from verirs.sandbox.jobs import Result, Status
from verirs.types import Verdict

SAYS_NOTHING = (
    Status.INFRA, Status.BROKEN_TESTS, Status.NOT_RUN, Status.UNSUPPORTED_VALUE,
    Status.SKIPPED,
)  # fmt: skip
"""What says nothing about whether the program is right."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test: its label, its status, and a few words (may quote the program)."""

    __test__ = False

    label: str
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a program's tests say.

    Args:
        verdict: ``pass`` when every test passed, ``fail`` when one did not, ``error`` when the sandbox
            failed, ``abstain`` when the tests could not be put to the program.
        mode: how they were judged in the end.
        trust: empty, or why the program could have forged the results: ``in_process``, ``own_comparison``
            (its own objects say what they equal), ``evaluated`` (the tests run a text that it answers),
            ``rewritten`` (it changed a file or a variable that the tests wrote).
        status: ``pass``, or that of the first test that decided otherwise.
        cpu_s: CPU seconds of the program over all runs.
        attempts: the most runs any job took.
    """

    verdict: Verdict
    mode: Mode
    trust: str
    status: Status
    reason: str
    tests: tuple[TestResult, ...]
    cpu_s: float
    attempts: int
    backend: str

    @property
    def trusted(self) -> bool:
        """Whether the verdict was computed out of the program's reach."""
        return not self.trust


def judgement(mode: Mode, tests: Sequence[TestResult], results: Sequence[Result]) -> Judgement:
    """The verdict on a program from what became of its tests."""
    passed = [t for t in tests if t.status is Status.PASS]
    trouble = [t for t in tests if t.status not in (Status.PASS, Status.SKIPPED)]
    if not passed and not trouble:
        trouble = list(tests) or [TestResult("the tests", Status.NOT_RUN, "nothing was judged")]
    wrong = [t for t in trouble if t.status not in SAYS_NOTHING]
    if not trouble:
        verdict, status = Verdict.PASS, Status.PASS
        reason = f"{len(passed)} of {len(tests)} tests passed"
    else:
        deciding = (wrong or trouble)[0]
        status = deciding.status
        verdict = Verdict.FAIL if wrong else Verdict.ERROR if status is Status.INFRA else Verdict.ABSTAIN
        reason = f"{status.value.replace('_', ' ')} in {deciding.label}"[:120]
        reason += f": {deciding.reason}" if deciding.reason else ""
    return Judgement(
        verdict=verdict,
        mode=mode,
        trust="in_process" if mode is Mode.INPROC else "",
        status=status,
        reason=reason,
        tests=tuple(tests),
        cpu_s=sum(r.cpu_s for r in results),
        attempts=max((r.attempts for r in results), default=0),
        backend=next((r.backend for r in results if r.backend), ""),
    )


def lacking(mode: Mode, labels: Sequence[str], why: str) -> Judgement:
    """No verdict, for want of something that the sandbox does not have."""
    return Judgement(
        verdict=Verdict.ABSTAIN,
        mode=mode,
        trust="",
        status=Status.LACKING,
        reason=why,
        tests=tuple(TestResult(label, Status.NOT_RUN) for label in labels),
        cpu_s=0.0,
        attempts=0,
        backend="",
    )
