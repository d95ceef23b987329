"""What used to be said too late, in somebody else's words, or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import verirs
from verirs import Completion, Problem, Verdict
from verirs.cli import main
from verirs.errors import ConfigError, PartError, StoreError, UserError
from verirs.records import LISTING, Manifest
from verirs.store import repair, verify
from verirs.testing import ScorerSuite, check

MINE = """
def right(problem, completion):
    return True

def one(problem, completion):
    return 1

def number(problem, completion):
    return 0.5
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


def config(**more: Any) -> dict[str, Any]:
    table = {"name": "r", "n": 2, "source": {"name": "arithmetic", "count": 4}, "engine": {"name": "fake"}}
    return {**table, "scorer": {"math": {}}, **more}


def test_an_export_writes_over_nothing_that_no_export_wrote(here: Path) -> None:
    verirs.run(config())
    project = here / "project"
    for name in ("README.md", "sft.parquet", "summary.json", "report/index.html"):
        (project / name).parent.mkdir(parents=True)
        (project / name).write_text("mine")
        with pytest.raises(ConfigError, match=rf"{name} is there already.*--out"):
            verirs.export("runs/r", out=project)
        assert [p.name for p in project.rglob("*") if p.is_file()] == [Path(name).name]
        shutil.rmtree(project)
    for _ in range(2):  # its own files it may write again
        verirs.export("runs/r", out=project)
    os.symlink("/dev/null", here / "runs/r/export/kto.jsonl")
    with pytest.raises(ConfigError, match=r"kto\.jsonl is there already"):
        verirs.export("runs/r", changes={"export": {"formats": ["jsonl"]}})


def test_files_of_an_earlier_export_go_with_it(here: Path) -> None:
    verirs.run(config())
    export = here / "runs/r/export"
    (export / "notes.txt").write_text("mine")
    edited = (export / "kto.parquet").read_bytes() + b"x"
    (export / "kto.parquet").write_bytes(edited)
    verirs.export("runs/r", changes={"export": {"sinks": ["sft"], "formats": ["jsonl"]}})
    there = {p.name for p in export.iterdir()}
    assert there == {"sft.jsonl", "README.md", "notes.txt", "kto.parquet", LISTING}, "what was changed stays"


def test_verify_reads_the_config_and_the_exports(here: Path) -> None:
    verirs.run(config())
    run = here / "runs/r"
    assert verify(run) == []
    exports = [f"export/{name}" for name in ("sft.parquet", "README.md", LISTING)]
    for name in ("config.toml", "manifest.json", *exports):
        good = (run / name).read_bytes()
        (run / name).write_bytes(good.replace(b"1", b"2", 1) if b"1" in good else good + b" ")
        try:
            assert [f.file for f in verify(run)] == [name]
        except StoreError as e:
            assert name in str(e)
        (run / name).write_bytes(good)


def test_a_config_that_was_changed_behind_a_run_is_refused(here: Path) -> None:
    verirs.run(config())
    file = here / "runs/r/config.toml"
    file.write_text(file.read_text().replace("[scorer.math]", "# changed\n[scorer.math]"))
    for again in (verirs.score, verirs.export):
        with pytest.raises(ConfigError, match=r"config\.toml is not what the last command wrote"):
            again("runs/r")
    verirs.run(file)
    verirs.export("runs/r")


def test_a_pipe_in_a_run_directory_is_not_waited_for(here: Path) -> None:
    verirs.run(config())
    for name in ("config.toml", "manifest.json"):
        shutil.copytree("runs/r", "runs/copy")
        (here / "runs/copy" / name).unlink()
        os.mkfifo(here / "runs/copy" / name)
        for again in (verirs.score, verirs.export, verirs.run):
            path = "runs/copy/config.toml" if again is verirs.run else "runs/copy"
            with pytest.raises((UserError, OSError), match=rf"{name}|ordinary file"):
                again(path)
        shutil.rmtree("runs/copy")


def test_a_lost_manifest_chooses_between_no_two_generations(here: Path) -> None:
    verirs.run(config(scorer={"math": {}, "right": {"plugin": "./mine.py:right"}}))
    verirs.run(config())  # the other scores are kept beside these
    run = here / "runs/r"
    assert Manifest.load(run / "manifest.json").kept and len(list((run / "groups").glob("scores-*"))) == 2
    identity = dict(Manifest.load(run / "manifest.json").identity)
    (run / "manifest.json").unlink()
    repair(run, identity)
    assert verify(run) == [] and not list((run / "groups").glob("scores-*"))
    summary = verirs.run(config()).summary
    assert summary.completions == 8 and summary.verdicts[Verdict.PASS] + summary.verdicts[Verdict.FAIL] == 8


def test_a_config_made_in_python_is_refused_in_our_words() -> None:
    with pytest.raises(UserError, match=r"(?s)source\.limit.*unknown key nn"):
        verirs.Config(nn=4, source={"name": "gsm8k", "limit": -1}, engine={"name": "fake"})


def test_a_selector_by_numbers_over_gates_without_any_is_refused_before_sampling() -> None:
    with pytest.raises(ConfigError, match=r"right gave none to a text that passes"):
        verirs.run(config(scorer={"right": {"plugin": "./mine.py:right"}}, select={"name": "best"}))
    assert not list(Path("runs").rglob("journal-*"))
    scorers = {"right": {"plugin": "./mine.py:right"}, "number": {"plugin": "./mine.py:number"}}
    verirs.run(config(scorer=scorers, select={"name": "best", "by": "number"}))


def test_zero_and_one_rank_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    result = verirs.run(config(scorer={"one": {"plugin": "./mine.py:one"}}))
    assert result.summary.verdicts[Verdict.ABSTAIN] == 8
    group = next(verirs.load_run("runs/r").groups())
    assert group.candidates[0].value == 1.0
    assert group.candidates[0].scores[0].reason == "a number ranks; return True or False to pass or fail"


def test_a_parts_table_is_quoted_where_toml_wants_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("sink.py").write_text(
        "import pyarrow as pa\nclass Lines:\n    name = 'lines'\n    columns = pa.schema([])\n"
        "    def rows(self, selection):\n        return []\n"
    )
    main(["list", "sink", "./sink.py:Lines"])
    assert '[export.options."./sink.py:Lines"]' in capsys.readouterr().out
    main(["list", "scorer", "math"])
    assert "[scorer.math]" in capsys.readouterr().out


def test_a_function_is_checked_as_it_is() -> None:
    def good(problem: Problem, completion: Completion) -> bool:
        return "7" in completion.text

    def bad(problem: Problem, completion: Completion) -> str:
        return "great"

    check(ScorerSuite, good)
    with pytest.raises(PartError, match="it must return a bool"):
        check(ScorerSuite, bad)


def test_a_limit_of_any_size_is_all() -> None:
    assert (
        verirs.run(config(source={"name": "arithmetic", "count": 4, "limit": 10**25})).summary.problems == 4
    )


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_samples_that_would_be_one_text_are_said(dry: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["run", "--source", "arithmetic", "--engine", "fake", "--scorer", "math", "--limit", "2", *dry]
    for more, warned in ((["-n", "3"], True), (["-n", "1"], False)):
        main([*flags, "--temperature", "0", *more, "--name", f"r{warned}"])
        captured = capsys.readouterr()
        said = " ".join((captured.out + captured.err).split())
        assert ("the 3 samples of a problem are one text" in said) == warned


def test_texts_that_were_all_cut_off_are_said_to_be(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = '{"problem_id": "a", "text": "", "reasoning": "First, let", "finish_reason": "length"}'
    (here / "cut.jsonl").write_text(row)
    (here / "rows.jsonl").write_text('{"id": "a", "prompt": "1+1?", "answer": "2"}')
    flags = ["--source", "rows.jsonl", "--engine", "replay", "--scorer", "math", "-n", "1"]
    main(["run", *flags, "--set", "engine.path=cut.jsonl", "--name", "cut"])
    said = " ".join(capsys.readouterr().out.split())
    assert "every completion was cut off by max_tokens" in said and "says pass or fail" not in said
