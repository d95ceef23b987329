"""Promises that 0.1.0 wrote down and broke, one test each, by public names and the command line alone.

The others have their tests elsewhere: signs on every room (tests/test_rooms.py), typed problems
(tests/test_docs_python.py), nested options of the loop, its messages and its children (tests/loop), a base
install and other systems (tests/spine/test_base_install.py), warnings of libraries (pyproject), notebooks
(tests/test_hosts.py), the public face (tests/spine/test_api.py), reading runs (tests/spine/test_reading.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import verirs
from verirs import Verdict, grade
from verirs.cli import main

PARTS = """
import pyarrow as pa
from verirs import Completion, Problem, Score, Selection, Verdict
from verirs.types import Rejection

class Mine:
    name = "mine"
    def select(self, group):
        right = [c for c in group.candidates if c.verdict is Verdict.PASS]
        rest = [Rejection(candidate=c, reason="no") for c in group.candidates if c not in right]
        return Selection(group=group, accepted=tuple(right), rejected=tuple(rest))

class Ranking(Mine):
    needs_value = True

class Lines:
    name = "lines"
    columns = pa.schema([("text", pa.string())])
    def rows(self, selection):
        return [{"text": c.completion.text} for c in selection.accepted]

class Bare:
    name = "bare"
    def rows(self, selection):
        return []

class Dicts:
    def problems(self):
        yield {"prompt": "1+1?", "answer": "2"}

class Mute:
    name, concurrency, reproducible = "mute", 4, "never"
    def render(self, messages):
        return ""
    async def start(self): ...
    async def close(self): ...
    async def sample(self, request):
        for i in request.indices:
            yield Completion(index=i, text="2")

class Refusing(Mute):
    def identity(self):
        return {}
    async def sample(self, request):
        from verirs.errors import RequestError
        raise RequestError("no such prompt")
        yield

class Noisy:
    name, version, ranks = "noisy", "1", True
    def score(self, items):
        print("noisy was asked")
        return [Score(scorer="noisy", version="1", verdict=Verdict.ABSTAIN, value=1.0) for _ in items]
    def close(self): ...

def crash(problem, completion):
    return 1 / 0

def short(problem, completion, limit=100):
    return len(completion.text) < limit
"""

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command line in a folder with ``parts.py`` and ``rows.jsonl``; gives exit code and all
    that was said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts.py").write_text(PARTS)
    rows = [{"question": f"{i}+1?", "answer": str(i + 1)} for i in range(4)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))

    def run(*argv: str) -> tuple[int, str]:
        code = 0
        try:
            main(list(argv))
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        said = "".join(capsys.readouterr())
        assert "Traceback" not in said and "unexpected" not in said, said
        return code, " ".join(said.split())

    return run


RUN = ("run", "--source", "rows.jsonl", "--engine", "fake", "-n", "2", "--name", "r")


def settings(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--set", pair)]


def sampled() -> bool:
    return any(p.stat().st_size for p in Path("runs").rglob("journal-*")) or any(
        Path("runs").rglob("completions-*.parquet")
    )


def test_a_selector_with_name_and_select_works_with_the_default_sinks(call: Call) -> None:
    assert call(*RUN, *settings("select.name=./parts.py:Mine"))[0] == 0
    assert pq.read_table("runs/r/export/sft.parquet").num_rows > 0


def test_a_sink_as_its_protocol_says_is_written(call: Call) -> None:
    assert call(*RUN, *settings('export.sinks=["./parts.py:Lines"]'))[0] == 0
    assert pq.read_table("runs/r/export/lines.parquet").num_rows > 0


@pytest.mark.parametrize("command", ["run", "dry run", "check"])
def test_a_sink_that_lacks_its_columns_is_refused_by_name_before_sampling(call: Call, command: str) -> None:
    Path("c.toml").write_text(
        'name = "r"\nn = 2\n[source]\nname = "file"\npath = "rows.jsonl"\n[engine]\nname = "fake"\n'
        '[export]\nsinks = ["./parts.py:Bare"]\n'
    )
    argv = {"run": ["run", "c.toml"], "dry run": ["run", "c.toml", "--dry-run"], "check": ["check", "c.toml"]}
    code, said = call(*argv[command])
    assert code == 3 and "Bare" in said and "no attribute 'columns'" in said and not sampled()


def test_a_selector_of_ones_own_may_rank_by_a_number(call: Call) -> None:
    code, said = call(*RUN, *settings("select.name=./parts.py:Ranking"))
    assert code == 2 and "ranks by a number, and no scorer gives one" in said and not sampled()
    ranker = "scorer={math={}, noisy={plugin='./parts.py:Noisy'}}"
    assert call(*RUN, *settings("select.name=./parts.py:Ranking", ranker))[0] == 0


def test_two_scorers_on_one_plugin_keep_their_names(call: Call) -> None:
    two = "scorer={strict={plugin='math', percent='strict'}, loose={plugin='math'}}"
    assert call(*RUN, *settings(two))[0] == 0
    rows = pq.read_table("runs/r/export/sft.parquet").to_pylist()
    assert {tuple(s["scorer"] for s in row["scores"]) for row in rows} == {("strict", "loose")}
    strict, loose = rows[0]["scores"]
    assert strict["version"] != loose["version"]


def test_select_by_must_name_a_scorer(call: Call) -> None:
    code, said = call(
        *RUN, *settings("select.name=best", "select.by=b", "scorer={a={plugin='./parts.py:Noisy'}}")
    )
    assert code == 2 and "no scorer has this key" in said and not sampled()


def test_the_options_of_a_judges_engine_are_checked_first(call: Call) -> None:
    judge = "scorer={math={}, judge={engine='openai', engine_options={model='m', url='http://x/v1'}}}"
    code, said = call(*RUN, *settings(judge))
    assert code == 2 and "engine_options.url" in said and "base_url" in said and not sampled()


def test_check_lets_rankers_and_functions_work(call: Call) -> None:
    Path("c.toml").write_text(
        'name = "r"\n[source]\nname = "file"\npath = "rows.jsonl"\n[engine]\nname = "fake"\n[scorer.math]\n'
        '[scorer.noisy]\nplugin = "./parts.py:Noisy"\n'
    )
    code, said = call("check", "c.toml")
    assert code == 0 and "noisy was asked" in said
    Path("c.toml").write_text(Path("c.toml").read_text().replace(":Noisy", ":crash"))
    code, said = call("check", "c.toml")
    assert code == 3 and "'noisy'" in said and "ZeroDivisionError" in said


def test_a_convention_is_checked_with_the_config(call: Call) -> None:
    code, said = call(*RUN, *settings("scorer.math.percent=sometimes"))
    assert code == 2 and "scorer.math.percent" in said and "strict" in said and not sampled()


def test_the_version_of_a_scorer_holds_its_options() -> None:
    choices: list[dict[str, Any]] = [{}, {"percent": "strict"}]
    plain, strict = (grade("math", answer="1", text="1", **options) for options in choices)
    assert plain.version != strict.version and strict.version.startswith(plain.version)


def test_options_of_grade_may_be_lists_and_tables() -> None:
    assert grade("format", text="xa", contains=["a"]).verdict is Verdict.ABSTAIN
    assert grade("format", text="xa", contains=["b"]).verdict is Verdict.UNWANTED
    with pytest.raises(verirs.UserError, match=r"engine_options\.url"):
        grade("judge", text="x", engine="openai", engine_options={"model": "m", "url": "u"})


def test_a_scorer_that_is_dropped_is_closed(call: Call) -> None:
    Path("closing.py").write_text(
        "from verirs import Score, Verdict\nclosed = []\nclass One:\n    name, version = 'one', '1'\n"
        "    def __init__(self, k: int = 0):\n        self.k = k\n"
        "    def score(self, items):\n"
        "        return [Score(scorer='one', version='1', verdict=Verdict.PASS) for _ in items]\n"
        "    def close(self):\n        closed.append(self.k)\n"
        "def seen(problem, completion):\n    return str(closed)\n"
    )
    for k in range(40):
        assert grade("./closing.py:One", text="x", k=k).passed
    (seen,) = [m for name, m in __import__("sys").modules.items() if name.startswith("verirs_plugin_closing")]
    assert len(seen.closed) >= 20 and len(set(seen.closed)) == len(seen.closed)


def test_a_fail_is_not_true() -> None:
    assert not grade("math", answer="1", text="2") and grade("math", answer="1", text="1")


def test_a_function_that_breaks_is_refused_before_sampling(call: Call) -> None:
    code, said = call(*RUN, *settings("scorer={mine={plugin='./parts.py:crash'}}"))
    assert code == 3 and "'mine'" in said and "ZeroDivisionError" in said and not sampled()


def test_a_source_that_yields_dicts_is_refused_by_name(call: Call) -> None:
    code, said = call("run", "--source", "./parts.py:Dicts", "--engine", "fake", "-n", "2", "--name", "r")
    assert code == 3 and "yields dict" in said and "verirs.Problem" in said and not sampled()


def test_an_engine_that_lacks_a_method_is_refused_by_name(call: Call) -> None:
    code, said = call(
        "run", "--source", "rows.jsonl", "--engine", "./parts.py:Mute", "-n", "2", "--name", "r"
    )
    assert code == 3 and "no method identity()" in said and not sampled()


def test_a_run_that_sampled_nothing_is_no_success(call: Call) -> None:
    code, said = call("run", "--source", "rows.jsonl", "--engine", "./parts.py:Refusing", "--name", "r")
    assert code == 5 and "nothing was sampled" in said and "no such prompt" in said
    assert not Path("runs/r/export").exists()


def test_exit_codes_tell_what_a_job_script_must_do(call: Call) -> None:
    server = settings("engine.base_url=http://127.0.0.1:9/v1", "engine.model=m", "engine.deadline=1")
    run = ("run", "--source", "rows.jsonl", "--name", "r", "-n", "1")
    assert call(*run, "--engine", "openai", *server)[0] == 4
    assert call(*run, "--engine", "fakee")[0] == 2
    assert call(*run, "--engine", "fake", "--bogus")[0] == 2


def edit(old: str, new: str) -> None:
    path = Path("rows.jsonl")
    path.write_text(path.read_text().replace(old, new))


def trained_on(run: str = "r") -> dict[str, set[Any]]:
    rows = pq.read_table(f"runs/{run}/export/sft.parquet").to_pylist()
    found: dict[str, set[Any]] = {}
    for row in rows:
        found.setdefault(row["prompt"][-1]["content"], set()).add(row["scores"][0]["answer"])
    return found


def test_a_corrected_gold_leaves_the_training_data(call: Call) -> None:
    edit('"answer": "2"', '"answer": "3"')
    run = ("run", "--source", "rows.jsonl", "--engine", "fake", "-n", "4", "--name", "r")
    assert call(*run)[0] == 0
    wrong = trained_on()["1+1?"]
    assert wrong == {"3"}
    edit('"question": "1+1?", "answer": "3"', '"question": "1+1?", "answer": "2"')
    code, said = call(*run)
    assert code == 0 and "changed" in said and "'3' -> '2'" in said
    assert "3" not in trained_on().get("1+1?", set())
    lines = Path("rows.jsonl").read_text().splitlines(keepends=True)
    Path("rows.jsonl").write_text("".join(lines[:1] + lines[2:]))
    code, said = call(*run)
    assert code == 0 and "removed" in said and "1+1?" not in trained_on()


def test_a_smaller_limit_and_n_give_the_figures_of_what_was_asked(call: Call) -> None:
    assert call(*RUN)[0] == 0
    less = ["-n", "1", "--limit", "2", "--name", "r"]
    assert call("run", "--source", "rows.jsonl", "--engine", "fake", *less)[0] == 0
    summary = json.loads(Path("runs/r/summary.json").read_text())
    assert (summary["problems"], summary["completions"]) == (2, 2)
    assert call(*RUN)[0] == 0
    summary = json.loads(Path("runs/r/summary.json").read_text())
    assert (summary["problems"], summary["completions"]) == (4, 8)


def test_the_readme_has_no_link_that_a_package_page_cannot_follow() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert not [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
