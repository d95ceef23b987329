"""Users' mistakes: each gets one clear message before anything is sampled, and exit code 2."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from verirs.cli import main

Fails = Callable[..., str]


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fails:
    """Runs the command line, which must exit with ``code``; returns what it said."""
    monkeypatch.chdir(tmp_path)

    def call(*argv: str, code: int = 2) -> str:
        with pytest.raises(SystemExit) as stop:
            main(list(argv))
        said = capsys.readouterr().err
        assert stop.value.code == code, said
        assert "Traceback" not in said
        return said

    return call


def write(path: str, *lines: object) -> str:
    Path(path).write_text("".join(x if isinstance(x, str) else json.dumps(x) + "\n" for x in lines))
    return path


ROW = {"id": "a", "prompt": "1+1?", "answer": "2"}
FAKE = ("--engine", "fake", "--name", "r")


@pytest.mark.parametrize(
    ("argv", "option"),
    [
        (("run", "x.toml", "-n", "1.5"), "-n"),
        (("run", "x.toml", "--limit=.5"), "--limit"),
        (("score", "r", "--jobs", "1.5"), "--jobs"),
        (("view", "--port", "80.5"), "--port"),
        (("rm", "train", "r", "--backbone", "b", "--out", "o", "--batch-size", "1.5"), "--batch-size"),
    ],
)
def test_a_count_is_a_whole_number(fails: Fails, argv: tuple[str, ...], option: str) -> None:
    value = argv[-1].rpartition("=")[2]
    assert f"Invalid value for {option}: {value} is not a whole number" in fails(*argv)


def test_a_count_may_be_written_with_a_point(fails: Fails) -> None:
    assert "no config file x.toml" in fails("run", "x.toml", "-n", "2.0")


def test_missing_files(fails: Fails) -> None:
    write("train.toml", 'name = "x"\n')
    assert "no config file trian.toml; did you mean train.toml?" in fails("run", "trian.toml")
    write("problems.jsonl", ROW)
    said = fails("run", "--source", "problem.jsonl", *FAKE)
    assert "problem.jsonl does not exist; did you mean problems.jsonl?" in said
    assert "nothing to run" in fails("run")


def test_broken_rows_are_named_by_file_and_line(fails: Fails) -> None:
    write("p.jsonl", ROW, "{broken\n")
    assert "p.jsonl:2: not JSON (" in fails("run", "--source", "p.jsonl", *FAKE)
    write("p.jsonl", ROW, [ROW])
    assert "p.jsonl:2: not a JSON object but a list" in fails("run", "--source", "p.jsonl", *FAKE)
    write("p.jsonl", ROW, {**ROW, "id": "b", "prompt": "  "})
    assert "p.jsonl:2: the prompt is empty" in fails("run", "--source", "p.jsonl", *FAKE)
    write("p.jsonl", {"id": "a", "promt": "1+1?"})
    said = fails("run", "--source", "p.jsonl", *FAKE)
    assert "p.jsonl:1: no prompt column (prompt or question or problem)" in said
    assert "did you mean promt? For example --set source.prompt=promt" in said
    write("p.jsonl", ROW, {**ROW, "answer": "3"})
    said = fails("run", "--source", "p.jsonl", *FAKE)
    assert "2 of 2 rows" in said and "p.jsonl:1: two rows of one id 'a' (as p.jsonl:2)" in said
    Path("p.jsonl").write_bytes(b'{"prompt": "\xff"}\n')
    assert "p.jsonl:1: not UTF-8 (byte 0xff as character 13)" in fails("run", "--source", "p.jsonl", *FAKE)
    Path("p.jsonl.gz").write_bytes(gzip.compress(json.dumps(ROW).encode() * 500)[:-20])
    assert "p.jsonl.gz:" in fails("run", "--source", "p.jsonl.gz", *FAKE)
    Path("p.parquet").write_bytes(b"PAR1 no")
    assert "p.parquet: not a Parquet file" in fails("run", "--source", "p.parquet", *FAKE)
    write("p.jsonl", "")
    assert "no problems" in fails("run", "--source", "p.jsonl", *FAKE)


def test_every_config_error_is_said_at_once(fails: Fails) -> None:
    write(
        "c.toml",
        'n = "many"\nsamples = 3\n[source]\nname = "gsm8kk"\n[engine]\nname = "fake"\npas_rate = 1\n'
        "[sampling]\ntemprature = 1\n[scorer.math]\ntimout = 3\n[select]\nname = 'first'\nk = 'x'\n"
        '[export]\nsinks = ["sftt", "kto"]\n[export.options.kto]\nmax_fial = 1\n'
        "[export.options.dpo]\nx = 1\n",
    )
    said = fails("run", "c.toml")
    for part in (
        "c.toml: n: write a whole number from 1 to 1000000, got 'many'",
        "unknown key samples",
        "unknown source 'gsm8kk'; did you mean gsm8k?",
        "unknown key engine.pas_rate; did you mean pass_rate?",
        "unknown key sampling.temprature; did you mean temperature?",
        "unknown key scorer.math.timout; did you mean timeout?",
        "select.k: write a whole number, got 'x'",
        "unknown sink 'sftt'; did you mean sft?",
        "unknown key export.options.kto.max_fial; did you mean max_fails?",
        "export.options.dpo: export.sinks has no dpo",
    ):
        assert part in said, part
    assert not Path("runs").exists()


def test_broken_toml_and_settings(fails: Fails) -> None:
    write("c.toml", "n = = 3")
    assert "c.toml is not valid TOML" in fails("run", "c.toml")
    assert "write it as section.key=value" in fails("run", "--source", "easy", "--set", "n", *FAKE)
    assert "did you mean n?" in fails("run", "--source", "easy", "--set", "nn=3", *FAKE)


def test_unknown_plugins(fails: Fails) -> None:
    assert "unknown scorer 'mathh'; did you mean math?" in fails(
        "run", "--source", "easy", "--scorer", "mathh", *FAKE
    )
    assert "no file nowhere.py" in fails("run", "--source", "easy", "--scorer", "./nowhere.py:f", *FAKE)
    write("mine.py", "def good(problem, completion): return True\n")
    said = fails("run", "--source", "easy", "--scorer", "./mine.py:goood", *FAKE)
    assert "has no 'goood'; did you mean good?" in said
    write("bad.py", "import nothing_like_this\n")
    assert "bad.py failed to import: ModuleNotFoundError" in fails(
        "run", "--source", "easy", "--scorer", "./bad.py:f", *FAKE
    )
    assert "unknown engine 'vlm'; did you mean vllm?" in fails("run", "--source", "easy", "--engine", "vlm")
    assert "no module 'no_such_package.x'" in fails("run", "--source", "no_such_package.x:Y", *FAKE)


def test_an_address_is_no_part(fails: Fails) -> None:
    for address in ("https://host/x", "s3://bucket/rows", "hf://datasets/me/x"):
        assert "rows are read from a disk" in fails("run", "--source", address, *FAKE)
        said = fails("run", "--source", "easy", "--set", f"source.name={address}", *FAKE)
        assert "is an address" in said and "source hub" in said
    said = fails("run", "--source", "easy", "--engine", "http://localhost:8000/v1")
    assert "is an address" in said and "engine.base_url" in said
    said = fails("run", "--source", "easy", "--scorer", "http://host:1/score", *FAKE)
    assert "is an address, and a part has a name" in said


def test_problems_without_answers_are_refused_before_sampling(fails: Fails) -> None:
    write("p.jsonl", {"prompt": "1+1?"}, {"prompt": "1+2?"})
    assert "math can judge none of the first 2 problems" in fails("run", "--source", "p.jsonl", *FAKE)
    assert not list(Path().glob("runs/*/groups/*/*.parquet"))


def test_a_selection_without_numbers_is_refused(fails: Fails) -> None:
    said = fails("run", "--source", "easy", "--set", "select.name=best", *FAKE)
    assert "select.name = 'best' ranks by a number, and no scorer gives one" in said
    said = fails("run", "--source", "easy", "--set", "select.pairs=hard", *FAKE)
    assert "select.pairs = 'hard' needs a number for the wrong candidates too" in said


def test_a_model_that_does_not_exist(fails: Fails) -> None:
    Path("models/tiny").mkdir(parents=True)
    said = fails(
        "run", "--source", "easy", "--engine", "transformers", "--model", "models/tinny", "--name", "r"
    )
    assert "models/tinny" in said and "tiny" in said


def test_a_server_that_is_down(fails: Fails) -> None:
    said = fails(
        "run", "--source", "easy", "--engine", "openai", "--model", "m", "--name", "r", "--limit", "1",
        "--set", "engine.base_url=http://127.0.0.1:9/v1", "--set", "engine.retries=0", code=4,
    )  # fmt: skip
    assert "127.0.0.1:9" in said


def test_few_shot_and_template(fails: Fails) -> None:
    assert "asked for 99 examples" in fails("run", "--source", "easy", "--few-shot", "99", *FAKE)
    said = fails("run", "--source", "easy", "--set", "prompt.template=hello", *FAKE)
    assert "prompt.template must contain {problem}" in said


def test_shards_and_other_runs(fails: Fails) -> None:
    assert "write it as i/N" in fails("run", "--source", "easy", "--shard", "3/3", *FAKE)
    assert "not a run directory" in fails("export", "runs/none")
    assert "not a run directory" in fails("score", "runs/none")
    main(["run", "--source", "easy", "-n", "2", *FAKE])
    said = fails("run", "--source", "easy", "-n", "2", "--seed", "5", *FAKE)
    assert "holds samples of another experiment" in said and "seed: the run has 0, asked for 5" in said


def test_init_keeps_what_is_there(fails: Fails) -> None:
    main(["init", "mine.toml"])
    assert "mine.toml exists" in fails("init", "mine.toml")


def test_tracebacks_only_on_demand(fails: Fails, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["run", "none.toml", "--debug"])
    said = capsys.readouterr().err
    assert stop.value.code == 2 and "Traceback" in said and "no config file" in said
