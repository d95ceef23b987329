"""Whether the backends agree: the same programs, tests and packages, judged by each.

    python -m benchmarks.code.backends [--each 4] [--backends namespaces,landlock,docker] [--out FILE]

Takes every ``--each``-th row of the reported cases (`tests/code/reported`): programs that read input, calls
judged in the host, test processes, tests in the program's own process. Verdicts that differ are listed; what
``landlock`` and ``docker`` say they cannot do (status ``lacking``) is counted for itself. ``docker`` needs an
engine with the image: ``scripts/docker_engine.sh start DIR``.
"""

from __future__ import annotations

import argparse
import collections
import json
import warnings
from pathlib import Path
from typing import Any

from benchmarks.code.common import write
from verirs.code.plan import plan_tests
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Score

REPORTED = Path(__file__).parents[2] / "tests" / "code" / "reported"


def pairs(each: int) -> list[dict[str, Any]]:
    rows = []
    for path in sorted(REPORTED.glob("*.jsonl")):
        rows += [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return rows[::each]


def problem(row: dict[str, Any]) -> Problem:
    return Problem(prompt=row.get("prompt", ""), tests=row["tests"], entry_point=row.get("entry_point"))


def mode(row: dict[str, Any]) -> str:
    try:
        return str(plan_tests(problem(row)).mode)
    except ValueError:
        return "unusable"


def judged(rows: list[dict[str, Any]], backend: str) -> list[Score]:
    scorer = CodeScorer(sandbox=backend)
    try:
        return scorer.score([(problem(row), Completion(text=row["text"])) for row in rows])
    finally:
        scorer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--backends", default="namespaces,landlock,docker")
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)
    rows = pairs(args.each)
    said = {name: judged(rows, name) for name in args.backends.split(",")}
    first = next(iter(said))
    differ, lacking = [], collections.Counter[str]()
    for i, row in enumerate(rows):
        verdicts = {name: scores[i] for name, scores in said.items()}
        for name, score in verdicts.items():
            if score.verdict != verdicts[first].verdict and score.details.get("status") == "lacking":
                lacking[name] += 1
            elif score.verdict != verdicts[first].verdict:
                both = {first: str(verdicts[first].verdict), name: str(score.verdict)}
                differ.append({"kind": row["kind"], **both, "reason": score.reason[:200]})
    as_expected = {
        name: sum(str(s.verdict) == row["expect"] for s, row in zip(scores, rows, strict=True))
        for name, scores in said.items()
    }
    wrong_passes = {
        name: sum(str(s.verdict) == "pass" != row["expect"] for s, row in zip(scores, rows, strict=True))
        for name, scores in said.items()
    }
    modes = dict(collections.Counter(map(mode, rows)))
    result = {
        "what": (__doc__ or "").splitlines()[0], "pairs": len(rows), "modes": modes,
        "as_expected": as_expected, "wrong_passes": wrong_passes, "said_to_lack": dict(lacking),
        "differ": differ,
    }  # fmt: skip
    write(result, args.out)


if __name__ == "__main__":
    main()
