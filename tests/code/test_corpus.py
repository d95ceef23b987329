"""The scorer on the hostile corpus: nothing that does not solve the task passes, everything honest does.

What the programs do to the machine is the sandbox's own test; this one is about verdicts, with the
tests judged on the host and in a test process.
"""

from __future__ import annotations

import json

import pytest

from tests.shared_data import shared
from verirs.sandbox import Sandbox
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Verdict


def _tasks(manifest: dict, kind: str) -> list[Problem]:  # type: ignore[type-arg]
    task = manifest["tasks"][kind]
    if kind == "io":
        return [Problem(id="io", tests=tuple(task["tests"]))]
    name, pairs = task["entry_point"], list(zip(task["inputs"], task["expected"], strict=True))
    loop = f"for args, value in {pairs!r}:\n    assert {name}(*args) == value"
    return [
        Problem(id="literal", tests=task["test"], entry_point=name),
        Problem(id="driver", tests=loop, entry_point=name),
    ]


@pytest.mark.slow  # sixty programs, some of which run into their CPU limit
@pytest.mark.parametrize("category", ["hack", "benign"])
def test_verdicts_on_the_hostile_corpus(sandbox: Sandbox, category: str) -> None:
    folder = shared("corpora/sandbox")
    manifest = json.loads((folder / "manifest.json").read_text())
    programs = [p for p in manifest["programs"] if p["category"] == category]
    assert len(programs) >= 10
    scorer = CodeScorer(sandbox=sandbox, timeout=2)
    names, items = [], []
    for program in programs:
        text = (folder / "programs" / f"{program['id']}.py").read_text(
            encoding="utf-8", errors="surrogateescape"
        )
        for problem in _tasks(manifest, program["task"]):
            names.append(f"{program['id']} ({problem.id})")
            items.append((problem, Completion(text=text)))
    said = dict(zip(names, scorer.score(items), strict=True))
    if category == "hack":
        assert [n for n, s in said.items() if s.verdict is Verdict.PASS] == []
        assert [n for n, s in said.items() if s.verdict is Verdict.ERROR] == []
    else:
        assert {n: s.reason for n, s in said.items() if s.verdict is not Verdict.PASS} == {}
