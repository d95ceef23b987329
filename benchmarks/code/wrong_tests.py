"""Add one failing check to the tests of recorded problems, in each of many places: no wrong program may pass.

    python -m benchmarks.code.wrong_tests --mbpp FILE [--problems N] [--real K] [--out FILE.json]

The reference solution is the program; the added check asks for another value than it gives. With ``--real K``
pytest and python run the files of the first K problems, so that the places' notes are themselves checked. The
same tests with a check that holds show how many right programs are passed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.code.common import write
from benchmarks.code.places import PLACES, Place
from verirs.code.folding import NotPlain, PlainError, fold
from verirs.code.literal import ANSWER
from verirs.code.plan import Mode, plan_tests
from verirs.scorers.code import CodeScorer
from verirs.sources.mbpp import MbppSource
from verirs.types import Completion, Problem, Verdict


def cases(problem: Problem) -> Iterator[tuple[str, str, str]]:
    """Expressions about a problem's program: one that holds, the same again, and one that does not."""
    plan = plan_tests(problem)
    if plan.mode is not Mode.LITERAL or len(plan.entry_points) != 1:
        return
    for case in plan.cases[:1]:
        holds = case.text.removeprefix("assert ")
        if len(case.text) < 200 and _tells(case.condition):
            yield holds, holds, f"not ({holds})"


def _tells(condition: Any) -> bool:
    """Whether a condition is a comparison that can fail."""
    try:
        return not fold(condition, {ANSWER: "an answer that nobody expects"})
    except (NotPlain, PlainError):
        return False


def tests_of(place: Place, problem: Problem, good: str, claim: str) -> str:
    return place.tests(good, claim).replace("ENTRY", problem.entry_point or "")


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
        options = ("-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", "--rootdir=.")

        def run(*command: str) -> str:
            return subprocess.run(
                [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                cwd=folder, timeout=600, check=False,
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


def judged(problems: Sequence[tuple[Problem, str, str, str]], scorer: CodeScorer) -> dict[str, Any]:
    """What the scorer says of each place, with a claim that holds and with one that does not."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    passed: list[str] = []
    for place in PLACES:
        for claims, count in ((2, right), (3, wrong)):
            rows = [
                (
                    Problem(
                        prompt="", tests=tests_of(place, row[0], row[1], str(row[claims])),
                        entry_point=row[0].entry_point,
                    ),
                    Completion(text=str(row[0].meta["solution"])),
                )
                for row in problems
            ]  # fmt: skip
            for (problem, _), score in zip(rows, scorer.score(rows), strict=True):
                count[score.verdict.value] += 1
                if claims == 3 and score.verdict is Verdict.PASS:
                    passed.append(f"{place.name}: {problem.tests}")
    return {"right": dict(right), "wrong": dict(wrong), "wrong passed": passed[:20]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mbpp", default="")
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--real", type=int, default=0)
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    chosen: list[tuple[Problem, str, str, str]] = []
    for problem in MbppSource(path=args.mbpp, split="all").problems():
        chosen += [(problem, *case) for case in cases(problem)]
        if len(chosen) >= args.problems:
            break
    differs = []
    for problem, good, _, bad in chosen[: args.real]:
        program = problem.meta["solution"]
        sources = [f"{program}\n\n{tests_of(place, problem, good, bad)}" for place in PLACES]
        for place, seen in zip(PLACES, seen_by(sources), strict=True):
            if seen != place.sees:
                differs.append(f"{problem.id}, {place.name}: {seen}, not {place.sees}")
    scorer = CodeScorer()
    result = {
        "problems": len(chosen),
        "run by pytest and python": min(args.real, len(chosen)),
        "places": len(PLACES),
        **judged(chosen, scorer),
    }
    scorer.close()
    write(result | {"places seen otherwise by pytest or python": differs}, args.out)


if __name__ == "__main__":
    main()
