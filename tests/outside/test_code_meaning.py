"""What verdicts on code mean, against kinds that others report: every case gets the verdict it deserves."""

from __future__ import annotations

import ast

import pytest

from tests.outside.code_meaning import CASES
from verirs import grade_many
from verirs.errors import SandboxError


def _entry_point(program: str) -> str:
    nodes = [n for n in ast.parse(program).body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    classes = [n for n in ast.parse(program).body if isinstance(n, ast.ClassDef)]
    return (nodes or classes)[0].name


def test_every_case_gets_the_verdict_it_deserves() -> None:
    rows = [
        {"text": program, "tests": tests, "entry_point": _entry_point(program)}
        for _, _, program, tests, _ in CASES
    ]
    try:
        scores = grade_many("code", rows)
    except SandboxError as error:
        pytest.skip(f"no sandbox here: {error}")
    wrong = [
        f"{what}: {score.verdict}, not {due}: {score.reason}"
        for (_, what, _, _, due), score in zip(CASES, scores, strict=True)
        if score.verdict != due
    ]
    assert not wrong, "\n".join(wrong)
    assert all("trust" not in s.details for (*_, due), s in zip(CASES, scores, strict=True) if due == "pass")
