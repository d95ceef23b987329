"""Add one failing check to the tests of recorded problems, in each of many places: no wrong program may pass.

    python -m benchmarks.code.wrong_tests --mbpp FILE --humaneval FILE [--places 8] [--out FILE.json]

The reference solution is the program; the added check asks for another value than it gives, in one of several
spellings. Each problem has its share of the places, so that all come equally often; ``--places 0`` takes all
of them for every problem. Real pytest and python run each file, too, and say what is wrong (``--real K``:
only those of the first K problems; what each place shows them is noted there). The same tests with a check
that holds show how many right programs are passed.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.code.common import cpu_seconds, write
from benchmarks.code.places import PLACES, Place
from verirs.code.folding import NotPlain, PlainError, fold
from verirs.code.literal import ANSWER
from verirs.code.plan import Mode, plan_tests
from verirs.scorers.code import CodeScorer
from verirs.sources.humaneval import HumanEvalSource
from verirs.sources.mbpp import MbppSource
from verirs.types import Completion, Problem, Verdict

_BATCH = 20
"""Problems judged at a time; the result so far is written after each batch."""


@dataclass(frozen=True)
class File:
    """A reference program, and its tests with one more check in a place."""

    problem: Problem
    place: Place
    tests: str
    holds: bool
    """Whether the added check does."""

    @property
    def text(self) -> str:
        return f"{self.problem.meta['solution']}\n\n{self.tests}"


def holding(problem: Problem) -> str:
    """An expression about a problem's program that its tests say holds; empty where none could fail."""
    plan = plan_tests(problem)
    if plan.mode is not Mode.LITERAL or len(plan.entry_points) != 1:
        return ""
    for case in plan.cases[:1]:
        holds = re.sub(r"\bcandidate\(", f"{plan.entry_points[0]}(", case.text.removeprefix("assert "))
        if len(case.text) < 200 and _tells(case.condition):
            return ast.unparse(_condition(holds))
    return ""


def _condition(text: str) -> ast.expr:
    """A check without the message behind it."""
    (node,) = ast.parse(f"assert {text}").body
    assert isinstance(node, ast.Assert)
    return node.test


def _tells(condition: Any) -> bool:
    """Whether a condition is a comparison that can fail."""
    try:
        return not fold(condition, {ANSWER: "an answer that nobody expects"})
    except (NotPlain, PlainError):
        return False


def spellings(holds: str) -> tuple[tuple[str, str], ...]:
    """Ways to ask for what holds, each with its opposite."""
    ways = [
        (holds, f"not ({holds})"),
        (f"[{holds}] == [True]", f"[{holds}] == [False]"),
        (f"all(({holds}, 1))", f"all((1, not ({holds})))"),
        (f"not not ({holds})", f"({holds}) is False"),
    ]
    match _condition(holds):
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            a, b = ast.unparse(left), ast.unparse(right)
            ways.append((f"({b}) == ({a})", f"({a}) != ({b})"))
            ways.append((f"({a}) in [{b}]", f"[({a})] == [({b}), None]"))
    return tuple(ways)


def files_of(number: int, problem: Problem, places: int) -> Iterator[File]:
    """The files made of one problem; ``number`` says which share of the places is its own."""
    ways = spellings(holding(problem))
    count = places or len(PLACES)
    for at in range(count):
        place = PLACES[(number * count + at) % len(PLACES)]
        right, wrong = ways[(number + at) % len(ways)]
        for claim in (right, wrong):
            yield File(problem, place, tests_of(place, problem, holding(problem), claim), claim is right)


def entry_of(problem: Problem) -> str:
    """The function that a problem's tests call."""
    return problem.entry_point or plan_tests(problem).entry_points[0]


def tests_of(place: Place, problem: Problem, good: str, claim: str) -> str:
    """The test code of a place, as the problem's own checks would stand in it."""
    return place.tests(good, claim).replace("ENTRY", entry_of(problem))


_CONFTEST = """
failed = set()
def pytest_runtest_logreport(report):
    if report.failed:
        failed.add(report.nodeid.partition("::")[0].rpartition("/")[2])
def pytest_collectreport(report):
    if report.failed:
        failed.add(report.nodeid.rpartition("/")[2])
def pytest_sessionfinish():
    with open("failed.txt", "w") as f:
        f.write("\\n".join(sorted(failed)))
"""


_EACH = """
import os, runpy, sys
import pytest
how, options, names = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
for name in names:
    pid = os.fork()
    if pid == 0:
        sys.argv = [name]
        if how == "pytest":
            sys.exit(pytest.main([*options, name]))
        runpy.run_path(name, run_name="__main__")
        break
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=sys.__stderr__)
"""
"""Runs each file in a process of its own, forked from one Python: ten times cheaper than a start of each."""


def seen_by(sources: Sequence[str]) -> list[str]:
    """Which real runner notices a failure in each file of a program with its tests: one pytest for all files,
    but for those that may end it, and a python each."""
    with tempfile.TemporaryDirectory() as folder:
        files = [f"test_{n}.py" for n in range(len(sources))]
        (Path(folder) / "conftest.py").write_text(_CONFTEST)
        for file, text in zip(files, sources, strict=True):
            (Path(folder) / file).write_text(text)
        options = (
            "-q",
            "-p",
            "no:cacheprovider",
            "--continue-on-collection-errors",
            "--rootdir=.",
            "--assert=plain",
        )

        def run(*command: str) -> str:
            return subprocess.run(
                [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                cwd=folder, timeout=3600, check=False,
            ).stderr  # fmt: skip

        def each(how: str, names: Sequence[str]) -> dict[str, int]:
            said = [line for line in run("-c", _EACH, how, " ".join(options), *names).splitlines()]
            codes = [int(line) for line in said if re.fullmatch(r"-?\d+", line)]
            return dict(zip(names, codes, strict=True))

        alone = re.compile(r"[Ee]xit|quit|main\(")
        together = [f for f, text in zip(files, sources, strict=True) if not alone.search(text)]
        run("-m", "pytest", *options, *together)
        failed = set((Path(folder) / "failed.txt").read_text().split("\n"))
        by_itself = each("pytest", [f for f in files if f not in together])
        python = each("python", files)
        found = []
        for file in files:
            # 5: pytest found no tests
            pytest = file in failed if file in together else by_itself[file] not in (0, 5)
            found.append(_who(pytest, python[file] != 0))
        return found


def _who(pytest: bool, python: bool) -> str:
    return "both" if pytest and python else "pytest" if pytest else "python" if python else "none"


def judged(files: Sequence[File], scorer: CodeScorer) -> list[Any]:
    """What the scorer says of each file."""
    rows = [
        (
            Problem(prompt="", tests=file.tests, entry_point=entry_of(file.problem)),
            Completion(text=str(file.problem.meta["solution"])),
        )
        for file in files
    ]
    return scorer.score(rows)


def problems(mbpp: str, humaneval: str, count: int) -> list[Problem]:
    """Problems of both sets, as many of each as there are, HumanEval's first."""
    both = [*HumanEvalSource(path=humaneval).problems(), *MbppSource(path=mbpp, split="all").problems()]
    return [p for p in both if holding(p)][:count]


def summed(
    done: int, places: int, said: dict[str, Counter[str]], faults: list[str], differs: list[str]
) -> dict[str, Any]:
    """The result of the problems done so far."""
    return {
        "problems": done,
        "places": len(PLACES),
        "places of each problem": places or len(PLACES),
        **{kind: dict(count) for kind, count in sorted(said.items())},
        "wrong passed or right failed": len(faults),
        "the first of them": faults[:20],
        "seen otherwise by pytest or python": len(differs),
        "the first of these": differs[:20],
        "cpu_s": round(cpu_seconds()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mbpp", default="")
    parser.add_argument("--humaneval", default="")
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--places", type=int, default=8, help="of each problem; 0: all")
    parser.add_argument("--real", type=int, default=-1, help="problems that pytest and python run (all)")
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    chosen = problems(args.mbpp, args.humaneval, args.problems)
    said: dict[str, Counter[str]] = defaultdict(Counter)
    faults: list[str] = []
    differs: list[str] = []
    ran = 0
    scorer = CodeScorer()
    for begin in range(0, len(chosen), _BATCH):
        batch = enumerate(chosen[begin : begin + _BATCH], begin)
        files = [file for n, problem in batch for file in files_of(n, problem, args.places)]
        run = args.real < 0 or begin < args.real
        wrong = [file for file in files if not file.holds]
        real = iter(seen_by([f.text for f in wrong]) if run else [f.place.sees for f in wrong])
        ran += len(wrong) * run
        for file, score in zip(files, judged(files, scorer), strict=True):
            seen = "none" if file.holds else next(real)
            where = f"{file.problem.id}, {file.place.name}"
            if not file.holds and seen != file.place.sees:
                differs.append(f"{where}: {seen}, not {file.place.sees}")
            kind = "right" if file.holds else "wrong" if seen != "none" else "wrong, seen by no runner"
            said[kind][score.verdict.value] += 1
            if score.verdict is (Verdict.FAIL if file.holds else Verdict.PASS):
                faults.append(f"{where}: {score.verdict.value}: {score.reason[:100]}: {file.tests[-300:]}")
        done = summed(min(begin + _BATCH, len(chosen)), args.places, said, faults, differs)
        write(done | {"wrong ones run by pytest and python": ran}, args.out)
    scorer.close()


if __name__ == "__main__":
    main()
