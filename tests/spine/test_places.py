"""Where the paths of a config start: at the config's folder; what is typed starts at the current folder."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import verirs
from verirs.cli import main
from verirs.errors import ConfigError
from verirs.loop.config import read as read_loop
from verirs.parts import names, part_options
from verirs.running.config import load
from verirs.running.places import located, moved

CONFIG = """
n = 2
[source]
name = "file"
path = "data/problems.jsonl"
[engine]
name = "replay"
path = "samples.jsonl"
[scorer.math]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """configs/mine.toml and its files beside it; the current folder is the one above."""
    (tmp_path / "configs" / "data").mkdir(parents=True)
    (tmp_path / "configs" / "mine.toml").write_text(CONFIG)
    problem = {"id": "a", "prompt": "1 + 1?", "answer": "2"}
    (tmp_path / "configs" / "data" / "problems.jsonl").write_text(json.dumps(problem) + "\n")
    samples = [{"problem_id": "a", "sample_index": i, "text": f"\\boxed{{{i + 1}}}"} for i in range(2)]
    (tmp_path / "configs" / "samples.jsonl").write_text("".join(json.dumps(s) + "\n" for s in samples))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_config_runs_from_any_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verirs.run("configs/mine.toml").summary.completions == 2  # runs/ is the current folder's
    saved = tomllib.loads((project / "runs" / "run" / "config.toml").read_text())
    assert saved["source"]["path"] == "../../configs/data/problems.jsonl"
    for folder in ("configs", "configs/data", "runs/run"):
        monkeypatch.chdir(project / folder)
        result = verirs.run(project / "runs" / "run" / "config.toml")
        assert (result.path.resolve(), result.progress.sampled) == ((project / "runs" / "run").resolve(), 0)
        verirs.score(project / "runs" / "run")
    assert tomllib.loads((project / "runs" / "run" / "config.toml").read_text()) | {"runs": ""} == {
        **saved,
        "runs": "",
    }


def test_a_project_may_be_moved(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    verirs.run("configs/mine.toml")
    other = tmp_path_factory.mktemp("other") / "project"
    project.rename(other)
    assert verirs.run(other / "runs" / "run" / "config.toml").summary.completions == 2
    other.rename(project)


def test_commands_follow(project: Path) -> None:
    for command in (["run", "configs/mine.toml", "--dry-run"], ["check", "configs/mine.toml"]):
        main(command)
    typed = "source.path=configs/data/problems.jsonl"  # what is typed starts at the current folder
    main(["run", "configs/mine.toml", "--set", typed])
    with pytest.raises(SystemExit):
        main(["run", "configs/mine.toml", "--set", "source.path=data/problems.jsonl"])


def test_what_lies_in_the_current_folder_alone_is_refused_with_the_path(project: Path) -> None:
    (project / "configs" / "samples.jsonl").rename(project / "samples.jsonl")
    with pytest.raises(ConfigError) as e:
        verirs.run("configs/mine.toml")
    assert "engine.path: samples.jsonl lies in the current folder" in str(e.value)
    assert "write ../samples.jsonl" in str(e.value)
    text = (project / "configs" / "mine.toml").read_text().replace('"samples.jsonl"', '"../samples.jsonl"')
    (project / "configs" / "mine.toml").write_text(text)
    assert verirs.run("configs/mine.toml").summary.completions == 2


def test_a_run_of_an_earlier_version_keeps_its_paths(project: Path) -> None:
    run = project / "runs" / "old"
    run.mkdir(parents=True)
    (run / "manifest.json").write_text("{}")
    (run / "config.toml").write_text('[source]\nname = "file"\npath = "configs/data/problems.jsonl"\n')
    assert load(run / "config.toml")["source"]["path"] == "configs/data/problems.jsonl"


def test_init_writes_paths_that_its_config_finds(project: Path) -> None:
    (project / "sub").mkdir()
    source = "configs/data/problems.jsonl"
    main(["init", "sub/new.toml", "--source", source, "--engine", "fake"])
    assert load("sub/new.toml")["source"]["path"] == source
    assert tomllib.loads((project / "sub" / "new.toml").read_text())["source"]["path"] == f"../{source}"


def test_a_loop_follows(project: Path) -> None:
    (project / "configs" / "weights").mkdir()
    (project / "configs" / "loop.toml").write_text(
        'model = "weights"\n'
        '[sample]\nn = 2\nsource = { name = "file", path = "data/problems.jsonl" }\n'
        'engine = { name = "transformers" }\nscorer = { math = {} }\n'
        '[held_out]\nsource = { name = "file", path = "data/problems.jsonl" }\n'
        '[train]\nmethod = "sft"\nextra = [{ path = "data/problems.jsonl", share = 0.1 }]\n'
    )
    made = read_loop("configs/loop.toml")
    assert made.model == "configs/weights"
    assert made.sample["source"]["path"] == made.train.extra[0].path == "configs/data/problems.jsonl"


def test_parts_in_files_follow(project: Path) -> None:
    code = "def fine(problem, completion):\n    return True\n"
    (project / "configs" / "mine.py").write_text(code)
    text = CONFIG.replace("[scorer.math]", '[scorer."./mine.py:fine"]')
    (project / "configs" / "mine.toml").write_text(text)
    result = verirs.run("configs/mine.toml")
    assert [s.scorer for s in result.summary.scorers] == ["./mine.py:fine"]
    saved = tomllib.loads((result.path / "config.toml").read_text())
    assert saved["scorer"]["./mine.py:fine"]["plugin"] == "../../configs/mine.py:fine"
    assert verirs.run(result.path / "config.toml", trust=True).summary.completions == 2


WHAT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"source": {"path": "a.jsonl"}}, {"source": {"path": "c/a.jsonl"}}),
    ({"source": {"path": "/a.jsonl"}}, {"source": {"path": "/a.jsonl"}}),
    ({"source": {"path": "~/a.jsonl"}}, {"source": {"path": "~/a.jsonl"}}),
    ({"source": {"path": "../a.jsonl"}}, {"source": {"path": "a.jsonl"}}),
    ({"source": {"path": "s3://b/a.jsonl"}}, {"source": {"path": "s3://b/a.jsonl"}}),
    ({"source": {"path": "part-*.jsonl"}}, {"source": {"path": "c/part-*.jsonl"}}),
    ({"source": {"name": "./m.py:S"}}, {"source": {"name": "./c/m.py:S"}}),
    ({"source": {"name": "m.py:S"}}, {"source": {"name": "./c/m.py:S"}}),
    ({"source": {"name": "package.module:S"}}, {"source": {"name": "package.module:S"}}),
    ({"source": {"own": "./x"}}, {"source": {"own": "c/x"}}),
    ({"engine": {"model": "org/name"}}, {"engine": {"model": "org/name"}}),
    ({"engine": {"base_url": "http://h/v1"}}, {"engine": {"base_url": "http://h/v1"}}),
    ({"engine": {"base_url": "servers.txt"}}, {"engine": {"base_url": "c/servers.txt"}}),
    (
        {"decontaminate": {"against": ["known", "h.jsonl"]}},
        {"decontaminate": {"against": ["known", "c/h.jsonl"]}},
    ),
    ({"decontaminate": {"against": ["gsm8kk"]}}, {"decontaminate": {"against": ["gsm8kk"]}}),
    ({"prompt": {"few_shot_file": "f.jsonl"}}, {"prompt": {"few_shot_file": "c/f.jsonl"}}),
    ({"prompt": {"template": "./{problem}"}}, {"prompt": {"template": "./{problem}"}}),
    ({"sampling": {"stop": ["../"]}}, {"sampling": {"stop": ["../"]}}),
    ({"runs": "out"}, {"runs": "c/out"}),
    ({"on_round": ["python", "./hook.py"]}, {"on_round": ["python", "c/hook.py"]}),
    ({"export": {"options": {"./s.py:S": {"k": 1}}}}, {"export": {"options": {"./c/s.py:S": {"k": 1}}}}),
]


@pytest.mark.parametrize("written, seen", WHAT, ids=lambda x: json.dumps(x))
def test_what_is_a_path(
    written: dict[str, Any], seen: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c").mkdir()
    monkeypatch.chdir(tmp_path)
    assert located(written, Path("c/x.toml")) == seen
    assert located(written, Path("x.toml")) == written
    back = located(moved(seen, Path("c")), Path("c/x.toml"))
    assert back == seen


def test_a_model_is_a_folder_where_one_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c" / "org" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert located({"engine": {"model": "org/name"}}, Path("c/x.toml")) == {"engine": {"model": "c/org/name"}}
    (tmp_path / "here").mkdir()
    with pytest.raises(ConfigError, match=r"write \.\./here"):
        located({"engine": {"model": "here"}}, Path("c/x.toml"))


def test_no_option_of_ours_is_a_path_under_another_name() -> None:
    """A new option whose sentence speaks of a file has a key by which its paths are found."""
    known = {"path", "prompt_file", "base_url", "model", "tokenizer"}
    for kind in ("source", "engine", "scorer", "selector", "sink"):
        for part in names(kind):
            for option in part_options(kind, part).values():
                said = option.about.partition(".")[0]
                if "str" in str(option.type) and {"path", "directory", "file"} & set(
                    said.replace(",", " ").split()
                ):
                    columns = "column" in said or option.name.endswith(("prompt", "answer", "_column"))
                    assert option.name in known or columns, (kind, part, option.name, said)
