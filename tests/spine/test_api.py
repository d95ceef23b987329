"""The public surface: names, typing marker, and what importing costs."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import verirs
import verirs.errors
from verirs import version
from verirs.types import Problem, to_json

HEAVY = ("torch", "transformers", "vllm", "sympy", "pyarrow", "numpy", "pydantic", "flint", "datasets", "trl")


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in verirs.__all__:
        assert getattr(verirs, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        verirs.nothing  # noqa: B018


def test_nothing_else_is_public() -> None:
    dunders = [name for name in dir(verirs) if name.startswith("__")]
    assert set(dir(verirs)) == {*verirs.__all__, *dunders}
    assert verirs.__all__ == sorted(set(verirs.__all__))
    loaded: dict[str, object] = {}
    exec("from verirs import *", loaded)  # noqa: S102
    assert loaded.keys() - {"__builtins__"} == set(verirs.__all__)
    assert (files("verirs") / "py.typed").is_file()


def test_all_errors_are_public_and_in_one_tree() -> None:
    kinds = {name: value for name, value in vars(verirs.errors).items() if isinstance(value, type)}
    own = {name for name, kind in kinds.items() if issubclass(kind, Exception)}
    assert own <= set(verirs.__all__)
    for name in own:
        assert issubclass(getattr(verirs, name), verirs.VerirsError)
        assert name in str(verirs.errors.__doc__)


def test_iterate_is_a_function_under_both_of_its_names() -> None:
    from verirs.iterate import iterate

    for call in (verirs.iterate, iterate):
        with pytest.raises(verirs.ConfigError, match="model is missing"):
            call({"sample": {}, "held_out": {}})
    again = pickle.loads(pickle.dumps(verirs.iterate))
    assert again is verirs.iterate
    assert list(inspect.signature(again).parameters) == list(inspect.signature(iterate).parameters)


def test_the_version_stands_in_one_place() -> None:
    assert verirs.__version__ == version.__version__
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"] and "version" not in project["project"]
    where = project["tool"]["hatch"]["version"]["path"]
    assert (Path(__file__).parents[2] / where).samefile(version.__file__)


@pytest.mark.parametrize("code", ["import verirs", "from verirs.cli import main; main(['--help'])"])
def test_importing_and_help_load_nothing_heavy(code: str) -> None:
    script = f"import sys\ntry:\n    exec({code!r})\nexcept SystemExit: pass\n"
    script += f"print('LOADED', [m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "LOADED []" in done.stdout, done.stdout[-300:]


def test_a_problem_is_named_by_its_prompt() -> None:
    a, b = Problem(prompt="What is 1+1?", answer="2"), Problem(prompt="What is 1+2?", answer="2")
    assert a.id == Problem(prompt=[{"role": "user", "content": "What is 1+1?"}], answer="3").id != b.id
    assert Problem.from_json(to_json(a)) == a


def test_what_a_shell_prints_of_an_object_is_two_short_lines() -> None:
    problem = Problem(prompt="What is 1+1? " * 500, answer="2")
    completion = verirs.Completion(text="word " * 5000, tokens=5000)
    passed = verirs.Verdict.PASS
    score = verirs.Score(scorer="math", version="1", verdict=passed, answer="2", reason="r" * 900)
    candidate = verirs.Candidate(completion=completion, scores=(score,))
    group = verirs.Group(problem=problem, candidates=(candidate,) * 100)
    loop = verirs.LoopResult(path=Path("l"), rounds=(), best=0, model="m", stopped="all 0 rounds are done")
    for thing in (problem, completion, score, candidate, group, verirs.Selection(group=group), loop):
        lines = repr(thing).splitlines()
        assert len(lines) == 2 and max(map(len, lines)) <= 160, repr(thing)
    assert "100 pass" in repr(group) and "answer='2'" in repr(candidate)
