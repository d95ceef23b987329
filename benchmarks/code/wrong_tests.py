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


def seen_by(program: str, tests: Sequence[str]) -> list[str]:
    """Which real runner notices a failure in each file of the program and tests: one pytest for all files,
    but for those that may end it, and a python each."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"test_{n}.py" for n in range(len(tests))]
        (Path(folder) / "conftest.py").write_text(_CONFTEST)
        for file, text in zip(files, tests, strict=True):
            file.write_text(f"{program}\n\n{text}")

        def run(*command: str) -> int:
            return subprocess.run(
                [sys.executable, *command], capture_output=True, cwd=folder, timeout=300, check=False
            ).returncode

        alone = re.compile(r"[Ee]xit|quit|main\(")
        together = [f for f, text in zip(files, tests, strict=True) if not alone.search(text)]
        options = (
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--continue-on-collection-errors",
            "--rootdir=.",
        )
        run(*options, *(f.name for f in together))
        failed = set((Path(folder) / "failed.txt").read_text().split("\n"))
        found = []
        for file in files:
            # 5: pytest found no tests
            pytest = file.name in failed if file in together else run(*options, file.name) not in (0, 5)
            python = run(file.name) != 0
            found.append(
                "both" if pytest and python else "pytest" if pytest else "python" if python else "none"
            )
        return found


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
        texts = [tests_of(place, problem, good, bad) for place in PLACES]
        for place, seen in zip(PLACES, seen_by(str(problem.meta["solution"]), texts), strict=True):
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
