"""What a newcomer types first: list, init, and the pages that are written from the same source."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from verirs.cli import bench, loops, main, parts, runs, start
from verirs.cli.reference import PAGES, with_tables
from verirs.cli.template import commented
from verirs.errors import ConfigError
from verirs.parts import BUILTIN, options_of, resolve
from verirs.parts.finding import NEEDS
from verirs.parts.options import described
from verirs.reward.training.train import train_reward_model
from verirs.running.config import Config, parse

ROOT = Path(__file__).parents[2]
Said = Callable[..., tuple[str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """Runs the command line in an empty folder; what it printed, and what it complained of."""
    monkeypatch.chdir(tmp_path)

    def call(*argv: str, code: int = 0) -> tuple[str, str]:
        if code:
            with pytest.raises(SystemExit) as stop:
                main(list(argv))
            assert stop.value.code == code
        else:
            main(list(argv))
        done = capsys.readouterr()
        return done.out, done.err

    return call


def rows(path: str, *rows: dict[str, Any]) -> str:
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def uncommented(text: str) -> str:
    """A template with every key and section that stands in a comment."""
    return re.sub(r"^# (?=\w+ = |\[\w+\])", "", text, flags=re.M)


@pytest.mark.parametrize("engine", BUILTIN["engine"])
@pytest.mark.parametrize("scorer", BUILTIN["scorer"])
def test_a_template_is_a_config_with_every_key(engine: str, scorer: str) -> None:
    raw = {
        "n": 3,
        "source": {"name": "hub", "dataset": "d"},
        "prompt": {"template": 'a "b"\n\\c {problem}'},
        "engine": {"name": engine},
        "scorer": {"own name": {"plugin": scorer}},
        "select": {"name": "diverse"},
    }
    text = commented(raw)
    empty = ("sampling", "duplicates", "decontaminate", "balance", "export", "limits")
    assert tomllib.loads(text) == {**raw, **{section: {} for section in empty}}
    full = tomllib.loads(uncommented(text))
    known = options_of(resolve("engine", engine)).keys() | {"name"}
    assert full["engine"].keys() == known
    assert full["scorer"]["own name"].keys() == options_of(resolve("scorer", scorer)).keys() | {"plugin"}
    assert full.keys() == Config.model_fields.keys()
    full["until"]["accept"] = 4  # without a goal it is refused
    try:
        parse(full)
    except ConfigError as e:  # a placeholder may name no engine
        assert all("'...'" in line for line in e.problems), e.problems


def test_the_first_config_is_right(said: Said) -> None:
    out, _ = said("init")
    raw = tomllib.loads(Path("verirs.toml").read_text())
    assert parse(raw).n == 16 and raw["source"] == {"name": "gsm8k", "split": "train", "limit": 1000}
    assert "\\boxed{}" in raw["prompt"]["template"] and "next: verirs run verirs.toml --dry-run" in out


def test_an_engine_that_is_installed_is_chosen(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    for there, chosen in (
        ({"vllm", "transformers"}, "vllm"), ({"transformers"}, "transformers"), (set(), "openai"),
    ):  # fmt: skip
        monkeypatch.setattr(importlib.util, "find_spec", lambda name, there=there: name in there or None)
        out, _ = said("init", f"{chosen}.toml")
        assert tomllib.loads(Path(f"{chosen}.toml").read_text())["engine"]["name"] == chosen
        assert ("because vllm is not installed here (pip install 'verirs[vllm]')" in out) == (
            chosen != "vllm"
        )


@pytest.mark.parametrize(
    ("row", "columns", "scorer"),
    [
        ({"id": "a", "question": "1+1?", "answer": "2"}, ("question", "answer"), "math"),
        ({"Problem text": "1+1?", "level": "x", "final_answer": 2}, ("Problem text", "final_answer"), "math"),
        ({"prompt": [{"role": "user", "content": "1+1?"}], "gold": "2"}, ("prompt", "gold"), "math"),
        ({"prompt": "Square n.", "tests": "assert square(3) == 9", "entry_point": "square"},
         ("prompt", None), "code"),
    ],
)  # fmt: skip
def test_the_columns_of_an_own_file_are_read_and_the_next_command_works(
    said: Said, row: dict[str, Any], columns: tuple[str, str | None], scorer: str
) -> None:
    out, _ = said(
        "init", "mine.toml", "--source", rows("p.jsonl", row, row | {"id": "b"}), "--engine", "fake"
    )
    raw = tomllib.loads(Path("mine.toml").read_text())
    assert (raw["source"]["prompt"], raw["source"].get("answer")) == columns
    assert list(raw["scorer"]) == [scorer] and f"prompt = {columns[0]!r}" in out
    if scorer == "math":
        command = next(line for line in out.splitlines() if line.startswith("next: verirs "))
        _, err = said(*command.removeprefix("next: verirs ").split())
        assert "1+1?" in err and "(rehearsed)" in err


def test_init_shows_the_first_problem_and_what_cannot_be_judged(said: Said) -> None:
    rows = [
        {"question": "1+1?\x1b[31m", "answer": "2"},
        {"question": "2+2?", "answer": "either 3 or maybe {4"},
        {"question": "2+3?", "answer": ""},
    ]
    Path("m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = said("init", "m.toml", "--source", "m.jsonl", "--engine", "fake")[0]
    asked = out[out.index("problem   m.jsonl:1") : out.index("gold      '2'")]
    assert "1+1?" in asked and "\\boxed{}" in asked and "\x1b" not in out
    assert "math can judge 1 of 3 problems" in out and "m.jsonl:2 (gold 'either 3 or maybe {4')" in out
    Path("n.jsonl").write_text('{"question": "1+1?", "answer": "2"}\n{"question": "", "answer": "4"}\n')
    out = said("init", "n.toml", "--source", "n.jsonl", "--engine", "fake")[0]
    assert "refused   source file: 1 of 2 rows" in out and "n.jsonl:2: the prompt is empty" in out
    assert Path("n.toml").exists() and "next: verirs run n.toml --dry-run" in out


def test_a_scorer_that_is_named_has_the_tests_too(said: Said) -> None:
    Path("p.jsonl").write_text('{"prompt": "f?", "tests": "assert f(1) == 2", "entry_point": "f"}\n')
    out = said("init", "p.toml", "--source", "p.jsonl", "--engine", "fake", "--scorer", "code")[0]
    assert "code can judge 1 of 1 problems" in out and "tests     code" in out


def test_columns_that_nobody_could_guess_can_be_named(said: Said) -> None:
    path = rows("p.jsonl", *({"Aufgabe": f"What is {i} + 1?", "Loesung": str(i + 1)} for i in range(5)))
    named = ("--set", "source.prompt=Aufgabe", "--set", "source.answer=Loesung")
    out, _ = said("init", "mine.toml", "--source", path, "--engine", "fake", *named)
    assert "prompt = 'Aufgabe', answer = 'Loesung'" in out and "can judge 5 of 5 problems" in out
    assert "--set source.prompt=COLUMN" in said("init", "other.toml", "--source", path, code=2)[1]


def test_init_says_what_is_still_to_be_filled_in(said: Said) -> None:
    out, _ = said("init", "--source", "hub", "--engine", "replay", "--set", "n=3")
    assert "fill in source.dataset: its name on the hub" in out and "fill in engine.path: " in out
    assert tomllib.loads(Path("verirs.toml").read_text())["n"] == 3
    Path("mine.py").write_text("def f(problem, completion):\n    return True\n")
    said("init", "own.toml", "--scorer", "./mine.py:f", "--source", "easy", "--engine", "fake")
    assert tomllib.loads(Path("own.toml").read_text())["scorer"] == {"f": {"plugin": "./mine.py:f"}}


def test_init_refuses_clearly_and_writes_nothing(said: Said) -> None:
    for argv, sentence in (
        (["nodir/x.toml"], "no folder nodir for x.toml; make it first: mkdir -p nodir"),
        (["x.toml", "--engine", "vlm"], "unknown engine 'vlm'; did you mean vllm?"),
        (["x.toml", "--source", rows("p.jsonl", {"a": 1})], "no column looks like a prompt (the row has: a)"),
        (["x.toml", "--source", rows("e.jsonl")], "e.jsonl holds no rows"),
        (["x.toml", "--source", "none.jsonl"], "none.jsonl does not exist"),
        (["x.toml", "--set", "n=0"], "n: write a whole number from 1 to 1000000"),
    ):
        assert sentence in said("init", *argv, code=2)[1]
        assert not Path(argv[0]).exists()


def test_list_tells_of_every_part_and_its_options(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    out, _ = said("list")
    for kind, table in BUILTIN.items():
        for name in table:
            assert re.search(rf"^  {name} +\S.+\.", out, re.M), (kind, name)
    assert said("list", "scorers")[0].startswith("scorers\n  agreement")
    out, _ = said("list", "scorer", "math")
    assert 'profile: "default", "strict" or "lenient" (default "default")\n    strict' in out
    assert 'percent: "lenient" or "strict"' in out
    assert said("list", "math")[0] == out
    assert "path: a text (needed)" in said("list", "source", "file")[0]
    monkeypatch.setattr("verirs.parts.finding.importlib.util.find_spec", lambda name: None)
    assert "needs pip install 'verirs[vllm]'" in said("list", "engines")[0]


def test_list_tells_of_installed_and_own_parts(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    info = Path("other-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[verirs.scorer]\nother = other_parts:judge\nghost = other_parts:gone\n"
    )
    Path("other_parts.py").write_text(
        'def judge(problem, completion, least: int = 3):\n    """Is it long? Yes.\n\n'
        '    Args:\n        least: characters.\n    """\n'
    )
    monkeypatch.syspath_prepend(str(Path.cwd()))
    out, _ = said("list", "scorers")
    assert (
        re.search(r"other +Is it long\? \(other 1\.0\)", out) and "ghost              cannot be used" in out
    )
    for name in ("other", "./other_parts.py:judge"):
        assert "least: a whole number (default 3)\n    characters." in said("list", "scorer", name)[0]


def test_list_refuses_what_it_does_not_know(said: Said) -> None:
    assert "unknown kind 'scorerz'; did you mean scorers?" in said("list", "scorerz", code=2)[1]
    assert "unknown selector 'frst'; did you mean first?" in said("list", "selector", "frst", code=2)[1]


def test_what_parts_need_is_what_their_modules_ask_for() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    source = "".join(path.read_text() for path in ROOT.glob("verirs/**/*.py"))
    asked = set(re.findall(r'need\("(\w+)", "(\w+)"', source))
    for kind, table in NEEDS.items():
        for name, need in table.items():
            assert name in BUILTIN[kind] and need in asked and need[1] in extras


def test_the_pages_are_up_to_date() -> None:
    for name, page_of in PAGES.items():
        assert (ROOT / "docs" / name).read_text() == page_of(), "make docs"
    pages = [p for p in ROOT.glob("docs/*.md") if "<!-- options of" in p.read_text()]
    assert len(pages) >= 3
    for page in pages:
        assert page.read_text() == with_tables(page.read_text()), f"make docs ({page.name})"


MIRRORED = {
    "name": "name", "n": "n", "seed": "seed", "shard": "shard", "limit": "source.limit",
    "temperature": "sampling.temperature", "max_tokens": "sampling.max_tokens", "few_shot": "prompt.few_shot",
}  # fmt: skip


def test_flags_say_what_the_config_says() -> None:
    told = described(runs.run)
    for flag, key in MIRRORED.items():
        section: Any = Config
        *sections, last = key.split(".")
        for name in sections:
            section = section.model_fields[name].annotation
        assert told[flag] == options_of(section)[last].about, flag
    assert described(bench.bench)["limit"] == told["limit"]


def test_rm_train_takes_what_the_training_takes() -> None:
    flags, options = options_of(loops.train), options_of(train_reward_model)
    assert flags.keys() - {"runs", "debug"} <= options.keys()
    for name in flags.keys() - {"runs", "debug", "out", "backbone"}:
        assert flags[name].default == options[name].default, name


@pytest.mark.parametrize("module", [bench, loops, parts, runs, start])
def test_every_flag_has_a_sentence(module: Any) -> None:
    commands = [f for _, f in inspect.getmembers(module, inspect.isfunction) if "debug" in options_of(f)]
    assert commands
    for command in commands:
        for option in options_of(command).values():
            assert option.about.endswith("."), (command, option.name)
