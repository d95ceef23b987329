"""CodeT's dual agreement on HumanEval from recorded tests: pass@1, 2, 10 beside random picks.

    python -m benchmarks.code.codet SAMPLES TESTS MATRIX [--problems FILE --rerun N] [--out FILE.json]

SAMPLES: ``problem_id``, ``sample_index``, ``text``, ``label``. TESTS: ``problem_id``, ``tests``, ``count``.
MATRIX: ``problem_id``, ``sample_index``, ``passed`` (a text of 0 and 1). With ``--rerun`` the tests are run
again for every N-th problem and compared with the matrix cell by cell.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.code.common import write
from verirs.code.agreement import dual_agreement, pick_at_k
from verirs.code.extract import extract
from verirs.code.inputs import model_tests
from verirs.code.observe import passes
from verirs.sandbox import Limits, open_sandbox
from verirs.sources.files import read_rows
from verirs.sources.humaneval import HumanEvalSource
from verirs.stats.estimators import pass_at_k

KS = (1, 2, 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("samples")
    parser.add_argument("tests")
    parser.add_argument("matrix")
    parser.add_argument("--problems", default="")
    parser.add_argument("--rerun", type=int, default=0)
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    tests = {row["problem_id"]: row for _, row in read_rows(args.tests)}
    samples: dict[str, dict[int, Any]] = defaultdict(dict)
    for _, row in read_rows(args.samples):
        samples[row["problem_id"]][row["sample_index"]] = row
    passed: dict[str, dict[int, list[bool]]] = defaultdict(dict)
    for _, row in read_rows(args.matrix):
        bits = row["passed"] or "0" * len(tests.get(row["problem_id"], {"tests": []})["tests"])
        passed[row["problem_id"]][row["sample_index"]] = [bit == "1" for bit in bits]
    result: dict[str, Any] = {"problems": len(passed), "dual agreement": {}, "random": {}}
    for k in KS:
        picks, plain = [], []
        for name, rows in passed.items():
            right = [samples[name][i]["label"] for i in rows]
            weights = tests[name]["count"] if name in tests else None
            picks.append(pick_at_k(dual_agreement(list(rows.values()), weights), right, k))
            plain.append(pass_at_k(len(right), sum(right), k))
        result["dual agreement"][k] = round(100 * sum(picks) / len(picks), 2)
        result["random"][k] = round(100 * sum(plain) / len(plain), 2)
    if args.rerun:
        result["rerun"] = rerun(args, tests, samples, passed)
    write(result, args.out)


def rerun(args: argparse.Namespace, tests: Any, samples: Any, passed: Any) -> dict[str, Any]:
    """Run the recorded tests again and count the cells that differ from the matrix."""
    problems = [p for p in HumanEvalSource(path=args.problems).problems() if p.id in tests][:: args.rerun]
    sandbox, limits = open_sandbox("auto"), Limits(cpu_s=1)
    cells = other = unread = programs = 0
    begun = time.monotonic()
    with sandbox, ThreadPoolExecutor(sandbox.workers) as threads:
        for problem in problems:
            name = problem.entry_point or ""
            cases = model_tests(tests[problem.id]["tests"], name)
            columns = [i for i, case in enumerate(cases) if case is not None]
            unread += len(cases) - len(columns)
            found = {
                i: extract(row["text"], entry_point=name, prompt=problem.meta["code_prompt"])
                for i, row in samples[problem.id].items()
            }
            codes = {i: program.code for i, program in found.items() if program is not None}
            distinct = list(dict.fromkeys(codes.values()))
            wanted = [case for case in cases if case is not None]
            rows = threads.map(lambda c, n=name, w=wanted: passes(c, n, w, sandbox, limits), distinct)
            seen = dict(zip(distinct, rows, strict=True))
            programs += len(distinct)
            for i, code in codes.items():
                recorded = [passed[problem.id][i][c] for c in columns]
                cells += len(recorded)
                other += sum(a is not b for a, b in zip(recorded, seen[code], strict=True))
    return {
        "problems": len(problems), "programs": programs, "cells": cells, "cells that differ": other,
        "tests not read": unread, "seconds": round(time.monotonic() - begun, 1),
    }  # fmt: skip


if __name__ == "__main__":
    main()
