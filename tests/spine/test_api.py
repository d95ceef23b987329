"""The public surface: names, typing marker, and what importing costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import pytest

import verirs
from verirs import grade, grade_many
from verirs.errors import ConfigError, UserError
from verirs.types import Problem, Score, Verdict, to_json

HEAVY = ("torch", "transformers", "vllm", "sympy", "pyarrow", "numpy", "pydantic", "flint", "datasets", "trl")


def test_every_public_name_is_there() -> None:
    for name in verirs.__all__:
        assert getattr(verirs, name) is not None
    assert set(verirs.__all__) == set(verirs._HOME)
    assert (files("verirs") / "py.typed").is_file()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        verirs.nothing  # noqa: B018


@pytest.mark.parametrize("code", ["import verirs", "from verirs.cli import main; main(['--help'])"])
def test_importing_and_help_load_nothing_heavy(code: str) -> None:
    script = f"import sys\ntry:\n    exec({code!r})\nexcept SystemExit: pass\n"
    script += f"print('LOADED', [m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "LOADED []" in done.stdout, done.stdout[-300:]


def test_grade_math() -> None:
    score = grade("math", answer="1/2", text=r"Half of it: \boxed{0.5}")
    assert (score.verdict, score.answer, score.scorer) == (Verdict.PASS, "0.5", "math")
    assert score.reason and score.seconds >= 0 and score.passed
    assert grade("math", answer="1/2", text=r"\boxed{0.6}").verdict is Verdict.FAIL
    assert grade("math", text=r"\boxed{0.6}").verdict is Verdict.ABSTAIN
    assert Score.from_json(to_json(score)) == score


def test_grade_many_keeps_the_order() -> None:
    rows = [{"text": rf"\boxed{{{i}}}", "answer": str(i % 3)} for i in range(30)]
    assert [s.passed for s in grade_many("math", rows)] == [i < 3 for i in range(30)]


def test_grade_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ConfigError, match="did you mean math"):
        grade("maths", text="", answer="1")
    with pytest.raises(ConfigError, match="did you mean timeout"):
        grade("math", text="", answer="1", timout=3)
    with pytest.raises(UserError, match=r"row 1: unknown key 'gold'"):
        grade_many("math", [{"text": ""}, {"text": "", "gold": "1"}])
    with pytest.raises(UserError, match="row 0: text is missing"):
        grade_many("math", [{"answer": "1"}])


def test_a_problem_is_named_by_its_prompt() -> None:
    a, b = Problem(prompt="What is 1+1?", answer="2"), Problem(prompt="What is 1+2?", answer="2")
    assert a.id == Problem(prompt=[{"role": "user", "content": "What is 1+1?"}], answer="3").id != b.id
    assert Problem.from_json(to_json(a)) == a
