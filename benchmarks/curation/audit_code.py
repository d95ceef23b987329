"""What `verirs audit` says of weak tests on recorded programs, and how often more tests agree.

    python -m benchmarks.curation.audit_code PROBLEMS SAMPLES [--plus HUMANEVAL_PLUS] [--show] [--out FILE]

A run is made of the programs labelled right (distinct ones, at most ``--each`` a problem, problems with three
or more), scored by ``code`` and ``agreement``, and audited. Every program that agreement flags is shown with
``--show``, for a person to read: its input, what it gives there, what most others give. With ``--plus`` the
programs of the problems that were found are held against HumanEval+ (about 80 times as many tests): such a
problem has weak tests if any of them fails there. (``benchmarks/code/weak_tests.py`` has the recall.)
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from benchmarks.code.common import cpu_seconds, write
from verirs.running.auditing import audit
from verirs.running.drive import run
from verirs.running.reading import load_run
from verirs.scorers.code import CodeScorer
from verirs.sources.files import read_rows
from verirs.sources.humaneval import HumanEvalSource
from verirs.types import Verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("problems")
    parser.add_argument("samples")
    parser.add_argument("--plus", default="")
    parser.add_argument("--each", type=int, default=20, help="most distinct programs a problem")
    parser.add_argument("--every", type=int, default=1, help="only every N-th problem")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    asked = {row["id"]: row for _, row in read_rows(args.problems)}
    texts: dict[str, dict[str, None]] = defaultdict(dict)
    for _, row in read_rows(args.samples):
        if row["label"] and row["problem_id"] in asked:
            texts[row["problem_id"]][row["text"]] = None
    chosen = {name: list(of)[: args.each] for name, of in texts.items() if len(of) >= 3}
    chosen = dict(sorted(chosen.items())[:: args.every])
    begun = cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _lines(root / "p.jsonl", ({**asked[name], "tests": asked[name]["tests"]} for name in chosen))
        rows = (
            {"problem_id": name, "sample_index": i, "text": text, "finish_reason": "stop"}
            for name, of in chosen.items()
            for i, text in enumerate(of)
        )
        _lines(root / "s.jsonl", rows)
        table: dict[str, Any] = {
            "name": "weak",
            "runs": str(root / "runs"),
            "n": args.each,
            "source": {"name": "file", "path": str(root / "p.jsonl")},
            "engine": {"name": "replay", "path": str(root / "s.jsonl")},
            "scorer": {"code": {"timeout": 20}, "agreement": {}},
            "decontaminate": {"action": "mark"},
            "export": {"sinks": ["problems"]},
        }
        run(table)
        target = root / "runs/weak"
        total, found = audit(str(target), kinds=("weak tests",))
        groups = {g.problem.id: g for g in load_run(target).groups()}
        spent = cpu_seconds() - begun
        flagged = {
            name: [c for c in group.candidates if _flag(c) is not None and c.verdict is Verdict.PASS]
            for name, group in groups.items()
        }
        passed = {n: [c for c in g.candidates if c.verdict is Verdict.PASS] for n, g in groups.items()}
        if args.show:
            for finding in found:
                print(f"\n### {finding.problem_id}: {finding.evidence}\n{finding.prompt}")
                for candidate in flagged[finding.problem_id]:
                    print(f"--- {_flag(candidate)}\n{candidate.completion.text}", flush=True)
        cells: Counter[str] = Counter()
        weak: Counter[str] = Counter()
        if args.plus:
            plus = {p.id: p for p in HumanEvalSource(path=args.plus, plus=True).problems()}
            judge = CodeScorer(timeout=20)
            for name, of in ((f.problem_id, passed[f.problem_id]) for f in found):
                scores = judge.score([(plus[name], c.completion) for c in of])
                marks = {id(c) for c in flagged[name]}
                for candidate, score in zip(of, scores, strict=True):
                    cells[f"{'flagged' if id(candidate) in marks else 'kept'} {score.verdict}"] += 1
                wrong = any(s.verdict is Verdict.FAIL for s in scores)
                weak["weak" if wrong else "no fault seen"] += 1
            judge.close()
    write(
        {
            "problems": total,
            "programs": sum(map(len, passed.values())),
            "findings": len(found),
            "programs flagged": sum(map(len, flagged.values())),
            "cpu_seconds": round(spent, 1),
            "found problems by HumanEval+": dict(weak),
            "their programs by HumanEval+": dict(cells),
            "found": [{"problem": f.problem_id, "evidence": f.evidence} for f in found],
        },
        args.out,
    )


def _flag(candidate: Any) -> Any:
    return next((s.details["differs"] for s in candidate.scores if "differs" in s.details), None)


def _lines(path: Path, rows: Any) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
