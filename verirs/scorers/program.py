"""The scorer ``program``: the completion is a program whose value is the answer (PAL, program of thoughts).

The program runs in a sandbox; what it returned or printed is compared with the gold answer as mathematics.
The gold answer never goes into the sandbox. Texts that hold code *and* say the answer are for ``math``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from verirs.code.extract import EXTRACTION, extract
from verirs.code.lacking import lacks
from verirs.math.conventions import Profile
from verirs.math.judgement import VERSION as MATH_VERSION
from verirs.parts import ByArguments
from verirs.sandbox import Limits, Sandbox
from verirs.sandbox.jobs import Result, Status, Stdio
from verirs.scorers.code import CodeScorer
from verirs.scorers.math import MathScorer, corrupted
from verirs.types import Completion, Problem, Score, Verdict

_MARK = "\x02verirs value\x03"
_LONGEST = 4_000
_RUN = """
import ast, math


def text(value):
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, complex):
        return f"{value.real!r} {'-' if value.imag < 0 else '+'} {abs(value.imag)!r}i"
    if isinstance(value, (list, tuple)):
        return ("[%s]" if isinstance(value, list) else "(%s)") % ", ".join(map(text, value))
    if isinstance(value, (set, frozenset)):
        return "{%s}" % ", ".join(map(text, value))
    return str(value)


def run(source, function, variable):
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    space = {"__name__": "__main__", "math": math}
    value = None
    try:
        exec(compile(tree, "program", "exec"), space)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "program", "eval"), space)
        if callable(space.get(function)):
            value = space[function]()
        elif variable in space:
            value = space[variable]
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise
    if value is not None:
        print("\\n" + MARK + text(value).replace("\\n", " ")[:LONGEST])
"""


class ProgramScorer(ByArguments):
    """Runs the completion's program and compares its value with the problem's gold answer.

    The value is, in this order: what the function ``solution()`` returns, the variable ``ans``, the value of
    the last line, the last line that was printed; ``math`` is imported. A program that fails, or has no
    value, is a ``fail``; one that the sandbox lacks something for is an ``abstain``.

    Args:
        function: called without arguments, where the program defines it.
        variable: looked at, where there is no such function.
        profile: how answers are compared: see the scorer ``math``.
        tolerance: how far a number may be off: see the scorer ``math``.
        sandbox, timeout, memory_mb, packages, workers: as for the scorer ``code``.
    """

    name = "program"
    version = f"1.{EXTRACTION}.{MATH_VERSION}"
    gives_value = False

    def __init__(
        self,
        *,
        function: str = "solution",
        variable: str = "ans",
        profile: Profile = "default",
        tolerance: float | str | None = None,
        sandbox: str | Sandbox = "auto",
        timeout: float = 8,
        memory_mb: int = 1024,
        packages: Sequence[str] | None = None,
        workers: int = 0,
    ) -> None:
        self._names = function, variable
        self._math = MathScorer(profile=profile, tolerance=tolerance, extract="bare", choices="off")
        self._code = CodeScorer(
            sandbox=sandbox, timeout=timeout, memory_mb=memory_mb, packages=packages, workers=workers
        )
        self.version += self._code.version.removeprefix(CodeScorer.version)  # what a sandbox elsewhere, or
        # packages of other versions, may judge otherwise

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One score an item. Equal programs are run once.

        Raises:
            SandboxError: no sandbox is available.
        """
        found = [extract(completion.text) if _gold(problem) else None for problem, completion in items]
        ran = self._run(list(dict.fromkeys(program.code for program in found if program is not None)))
        out: list[Score] = []
        for (problem, completion), program in zip(items, found, strict=True):
            if not _gold(problem):
                out.append(self._score(Verdict.ABSTAIN, "the problem has no gold answer"))
            elif program is None:
                out.append(self._score(Verdict.FAIL, "no code in the completion"))
            else:
                out.append(self._judged(problem, completion, program.code, ran[program.code]))
        return out

    def _run(self, programs: Sequence[str]) -> dict[str, Result]:
        if not programs:
            return {}
        sandbox = self._code.sandbox()
        limits = self._code.limits()

        def run(code: str) -> Result:
            names = f"MARK, LONGEST = {_MARK!r}, {_LONGEST}\n"
            call = f"run({json.dumps(code)}, {self._names[0]!r}, {self._names[1]!r})\n"
            return sandbox.run(Stdio(code=names + _RUN + call, limits=limits))

        with ThreadPoolExecutor(min(sandbox.workers, len(programs))) as threads:
            return dict(zip(programs, threads.map(run, programs), strict=True))

    def _judged(self, problem: Problem, completion: Completion, code: str, ran: Result) -> Score:
        details = {"status": ran.status.value}
        if ran.status is Status.INFRA:
            return self._score(Verdict.ERROR, ran.reason, details=details)
        if ran.status is not Status.OK:
            missing = lacks(code, ran.reason, self._code.shown.provides)
            verdict = Verdict.ABSTAIN if missing else Verdict.FAIL
            return self._score(verdict, missing or ran.reason, details=details)
        value = answer_of(ran.stdout.decode("utf-8", "replace"))
        if not value:
            return self._score(Verdict.FAIL, "the program returns and prints nothing", details=details)
        said = replace(completion, text=value, finish_reason="stop")
        (score,) = self._math.score([(problem, said)])
        return replace(
            score,
            scorer=self.name,
            version=self.version,
            details={**score.details, **details},
        )

    def _score(self, verdict: Verdict, reason: str, **more: Any) -> Score:
        return Score(scorer=self.name, version=self.version, verdict=verdict, reason=reason[:300], **more)

    def limits(self) -> Limits:
        """What one program may use."""
        return self._code.limits()

    def probes(self, problem: Problem) -> tuple[str, str] | None:
        """Programs that print the gold answer and a corrupted one; ``None`` without a gold answer."""
        gold = _gold(problem)
        return (f"print({gold!r})", f"print({corrupted(gold)!r})") if gold else None

    def self_test(self) -> list[str]:
        """What its sandbox let through, in a line each."""
        return self._code.self_test()

    def prove(self) -> None:
        """Refuse a sandbox that does not hold.

        Raises:
            SandboxError: what got out, or that no sandbox is available.
        """
        self._code.prove()

    def close(self) -> None:
        """End the workers. Safe to call twice."""
        self._math.close()
        self._code.close()


def answer_of(printed: str) -> str:
    """The program's value: what stands behind the mark, else the last line printed; empty for none."""
    _, mark, value = printed.rpartition("\n" + _MARK)
    lines = [line for line in printed.splitlines() if line.strip()]
    return (value if mark else lines[-1] if lines else "").strip()[:_LONGEST]


def _gold(problem: Problem) -> str:
    return (problem.answer or "").strip()
