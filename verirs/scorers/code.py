"""The scorer ``code``: find the program in a completion, run it in a sandbox, judge it out of its reach."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from verirs.code.compare import JUDGE
from verirs.code.entry import entry_name
from verirs.code.extract import EXTRACTION, Program, extract
from verirs.code.formats.faults import UnusableTests
from verirs.code.judge import judge
from verirs.code.lacking import excused
from verirs.code.outcome import Judgement
from verirs.code.plan import Mode, Plan, asked, code_prompt, plan_tests, program_for
from verirs.errors import SandboxError, UserError
from verirs.parts import ByArguments
from verirs.sandbox import Limits, Sandbox
from verirs.sandbox.choose import lend_sandbox, return_sandbox
from verirs.sandbox.packages import packages as find_packages
from verirs.scorers.remote import OPTIONS, RemoteJudge
from verirs.types import Completion, Problem, Score, Verdict

NAME = "code"
VERSION = "9"
"""Changes whenever any completion is judged differently (the extraction has a version of its own)."""
_SHOWN_TESTS = 50
_LEAST_MB = 64
"""What Python itself takes, and a little; limits below it are meant for other languages."""
SOLUTIONS = ("solution", "reference")
"""Where a problem's ``meta`` may hold a program that is right."""


class CodeScorer(ByArguments):
    """Judges programs by their tests.

    ``pass`` only when every test passed, judged where the program cannot reach. ``value`` is the share of
    tests passed. ``details``: ``mode``, ``status``, the first 50 ``tests``, the extraction's ``rule``,
    the ``backend``; ``trust`` where the program could have brought the verdict about: ``in_process`` (the
    tests had to run inside its process), ``own_comparison`` (its own objects say which data they equal),
    ``evaluated`` (the tests run a text that it answers), ``rewritten`` (it changed a file or a variable that
    the tests wrote); ``isolation = "none"`` where nothing kept it in.
    A pass with such a mark is an ``abstain`` unless ``untrusted`` is set; exports leave it out even then.

    Args:
        sandbox: a backend's name, ``auto`` (the strongest that works here), the address of `verirs serve` on
            another machine (``http://...``; its token in ``VERIRS_TOKEN``), or an open sandbox.
        timeout: CPU seconds a program may take for all its tests (programs that read standard input:
            for each test). A problem's own limit (``Problem.time_limit``) stands in its place.
        memory_mb: memory a program may take; a problem's own limit (``meta["memory_limit_mb"]``) stands in
            its place.
        output_mb: how much a program may print that is judged by its output.
        compare: how outputs are compared where the problem does not say: ``judge``, ``lines``, ``tokens``,
            ``numbers`` or ``exact`` (see docs/code.md).
        eps: how far numbers may be off, absolutely or in proportion to the expected one, where the problem
            does not say; with it, numbers are compared.
        packages: packages that programs may import, by name or ``name==version``; not given: numpy, where it
            is installed. What is not installed is fetched with pip, once.
        untrusted: count a pass that the program itself could have brought about. Only for measuring.
        workers: programs judged at a time; 0 is one for each usable core.
    """

    name = NAME
    version = f"{VERSION}.{EXTRACTION}"

    def __init__(
        self,
        *,
        sandbox: str | Sandbox = "auto",
        timeout: float = 8,
        memory_mb: int = 1024,
        output_mb: int = 16,
        compare: str = "judge",
        eps: float | None = None,
        packages: Sequence[str] | None = None,
        untrusted: bool = False,
        workers: int = 0,
    ) -> None:
        for key, number in (("timeout", timeout), ("memory_mb", memory_mb), ("output_mb", output_mb)):
            if not number > 0:  # every program would fail for it
                raise UserError(f"scorer code: {key} = {number} is not more than 0")
        self.backend, self.timeout, self.memory_mb, self.workers = sandbox, timeout, memory_mb, workers
        self.output_mb, self.untrusted = output_mb, untrusted
        self._remote: RemoteJudge | None = None
        if isinstance(sandbox, str) and sandbox.startswith(("http://", "https://")):
            if packages is not None:
                raise UserError("scorer code: a remote sandbox has its own packages; take `packages` out")
            chosen = (timeout, memory_mb, output_mb, compare, eps, untrusted)
            self._remote = RemoteJudge(sandbox, dict(zip(OPTIONS, chosen, strict=True)), workers)
            self.version = f"{self.version}.{self._remote.version}"
        self.shown = find_packages(None if packages is None else tuple(packages))
        if packages is not None:
            self.version = f"{self.version}.{self.shown.digest}"
        self.comparison = JUDGE.with_({"mode": compare, "eps": eps})
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None if isinstance(sandbox, str) else sandbox

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One score an item. Equal programs with the same tests are run once.

        Raises:
            SandboxError: no sandbox is available, or its workers cannot be started any more.
        """
        if self._remote is not None:
            return self._remote.score(items, self.name, self.version)
        plans: dict[int, Plan | Score] = {}
        jobs: dict[tuple[int, str], _Job] = {}
        said: list[Score | _Job] = []
        for problem, completion in items:
            # by identity, for ids may repeat (graded rows); equal test code has one plan
            if id(problem) not in plans:
                plans[id(problem)] = self._plan(problem)
            plan = plans[id(problem)]
            made = plan if isinstance(plan, Score) else self._prepare(plan, problem, completion)
            if isinstance(made, _Job):
                made = jobs.setdefault((id(made.plan), made.code), made)
            said.append(made)
        self._run(list(jobs.values()))
        return [s if isinstance(s, Score) else s.score(self) for s in said]

    def _plan(self, problem: Problem) -> Plan | Score:
        try:
            return plan_tests(problem, self.comparison)
        except UnusableTests as error:
            return self._score(Verdict.ABSTAIN, str(error))

    def _prepare(self, plan: Plan, problem: Problem, completion: Completion) -> Score | _Job:
        entry_point = plan.entry_points[0] if plan.mode is not Mode.IO and not plan.as_text else None
        prompt = code_prompt(problem) if entry_point else ""
        program = extract(completion.text, entry_point=entry_point, prompt=prompt, language=plan.language)
        if program is None:
            return self._score(
                Verdict.FAIL, "no code in the completion", value=0.0, details={"status": "no_code"}
            )
        return _Job(plan, program, program_for(plan, program.code, asked(problem)), self.limits(problem))

    def _run(self, jobs: Sequence[_Job]) -> None:
        if not jobs:
            return
        sandbox = self.sandbox()

        def run(job: _Job) -> None:
            begun = time.perf_counter()
            judged = judge(job.plan, job.code, sandbox, job.limits)
            asked = "\n".join((job.code, job.plan.setup, *job.plan.tests))
            job.judgement = excused(judged, asked, self.shown.provides)
            job.seconds = time.perf_counter() - begun
            job.isolated = sandbox.isolated

        if len(jobs) == 1 or sandbox.workers == 1:
            for job in jobs:
                run(job)
            return
        with ThreadPoolExecutor(min(sandbox.workers, len(jobs))) as threads:
            for _ in threads.map(run, jobs):
                pass

    def sandbox(self) -> Sandbox:
        """The sandbox, opened on first use.

        Raises:
            SandboxError: none is available; lists what was tried and why it does not work here.
        """
        if self._remote is not None:
            raise SandboxError("a remote sandbox judges whole programs; this needs one on this machine")
        with self._lock:
            if self._sandbox is None:
                assert isinstance(self.backend, str)
                self._sandbox = lend_sandbox(self.backend, self.workers or None, self.shown)
            return self._sandbox

    def limits(self, problem: Problem | None = None) -> Limits:
        """What one program may use, of this problem or of any."""
        own = problem.time_limit if problem is not None else None
        memory = problem.meta.get("memory_limit_mb") if problem is not None else None
        fits = isinstance(memory, (int, float)) and not isinstance(memory, bool) and memory > 0
        return Limits(
            cpu_s=own or self.timeout,
            memory_mb=max(math.ceil(memory), _LEAST_MB) if fits and memory else self.memory_mb,
            output_kb=self.output_mb << 10,
        )

    def _score(self, verdict: Verdict, reason: str, **more: Any) -> Score:
        return Score(scorer=self.name, version=self.version, verdict=verdict, reason=reason, **more)

    def probes(self, problem: Problem) -> tuple[str, str] | None:
        """The problem's reference program, and one that refuses every call."""
        right = next((problem.meta[k] for k in SOLUTIONS if isinstance(problem.meta.get(k), str)), None)
        if right is None or not problem.tests:
            return None
        name, _ = entry_name(problem.entry_point)
        wrong = (
            f"def {name}(*args, **kwargs):\n    raise NotImplementedError\n"
            if name
            else "raise SystemExit(1)\n"
        )
        return right, wrong

    def unfit(self, problem: Problem) -> str:
        """Why the problem's tests cannot be judged; empty where they can."""
        plan = self._plan(problem)
        return plan.reason if isinstance(plan, Score) else ""

    def self_test(self) -> list[str]:
        """What its sandbox let through, in a line each (see :func:`verirs.sandbox.selftest.self_test`).

        Raises:
            SandboxError: no sandbox is available.
        """
        if self._remote is not None:
            return []  # the server proves its own when it starts
        from verirs.sandbox.selftest import self_test

        return self_test(self.sandbox())

    def prove(self) -> None:
        """Refuse a sandbox that does not hold (half a second). ``process``, which isolates nothing, was
        asked for by name.

        Raises:
            SandboxError: what got out, or that no sandbox is available.
        """
        if self._remote is not None:
            return
        if self.sandbox().isolated and (faults := self.self_test()):
            raise SandboxError(
                f"the sandbox {self.sandbox().name} fails its self-test, so no verdict of it can be trusted: "
                f"{'; '.join(faults)}. Choose another one (scorer.{self.name}.sandbox), or try again if the "
                f"machine was very busy."
            )

    def interrupt(self) -> None:
        """Wait no longer for another machine: the run ends early."""
        if self._remote is not None:
            self._remote.interrupt()

    def close(self) -> None:
        """Gives back a sandbox that this scorer was lent; its workers end with their last user."""
        if self._remote is not None:
            self._remote.close()
        with self._lock:
            if self._sandbox is not None and isinstance(self.backend, str):
                return_sandbox(self._sandbox)
                self._sandbox = None


class _Job:
    """A program to judge and, later, what came of it."""

    def __init__(self, plan: Plan, program: Program, code: str, limits: Limits) -> None:
        self.plan, self.program, self.code, self.limits = plan, program, code, limits
        self.judgement: Judgement | None = None
        self.seconds, self.isolated = 0.0, True

    def score(self, scorer: CodeScorer) -> Score:
        j = self.judgement
        assert j is not None
        passed = sum(t.status == "pass" for t in j.tests)
        verdict, reason = j.verdict, j.reason
        if verdict is Verdict.PASS and j.trust and not scorer.untrusted:
            verdict, reason = Verdict.ABSTAIN, f"untrusted ({j.trust}), else a pass: {reason}"
        decided = verdict in (Verdict.PASS, Verdict.FAIL)
        details: dict[str, Any] = {
            "mode": j.mode.value,
            "status": j.status.value,
            "rule": self.program.rule,
            "backend": j.backend,
            "tests": [
                {"test": t.label, "status": t.status.value, **({"reason": t.reason} if t.reason else {})}
                for t in j.tests[:_SHOWN_TESTS]
            ],
            "passed": passed,
            "of": len(j.tests),
        }
        if j.trust:
            details["trust"] = j.trust
        if not self.isolated:
            details["isolation"] = "none"
        return Score(
            scorer=scorer.name,
            version=scorer.version,
            verdict=verdict,
            value=passed / len(j.tests) if decided else None,
            answer=self.program.code,
            reason=reason,
            seconds=self.seconds,
            details=details,
        )
