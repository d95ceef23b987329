"""Benchmarks by name: found, replayed, reported, kept."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from verirs.bench import benchmark as bench_module
from verirs.bench.benchmark import bench, config_file, name_of_run, names, save
from verirs.cli import main
from verirs.errors import ConfigError, SourceError
from verirs.running.config import load, parse
from verirs.system.machine import facts
from verirs.types import Verdict

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Three problems, with 3, 3 and 4 recorded samples, of which 2, 0 and 4 are right."""
    monkeypatch.chdir(tmp_path)
    problems = [{"id": f"g{i}", "question": f"What is {i}+{i}?", "gold": str(2 * i)} for i in (1, 2, 3)]
    said = {"g1": "2 3 2", "g2": "5 5 6", "g3": "6 6 6 6"}
    rows = [
        {"problem_id": i, "sample_index": k, "text": f"So it is \\boxed{{{answer}}}.", "model": "m"}
        for i, answers in said.items()
        for k, answer in enumerate(answers.split())
    ]
    for name, lines in (("problems", problems), ("samples", rows)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return {"source_path": tmp_path / "problems.jsonl", "replay": tmp_path / "samples.jsonl"}


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_files_of_other_columns_are_named_and_mapped(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a refusal says is what has to be typed."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, *rows: dict[str, str]) -> Path:
        if kind == "parquet":
            pq.write_table(pa.Table.from_pylist(list(rows)), f"{name}.parquet")
        else:
            Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return Path(f"{name}.{kind}")

    problems = write("problems", {"task": "t1", "asked": "1+1?", "wanted": "2"})
    samples = write("samples", {"task": "t1", "said": "\\boxed{2}"})
    with pytest.raises(SourceError, match=r"The row has task, asked, wanted\.") as refused:
        bench("gsm8k", source_path=problems, engine="fake")
    options = ("source.name=file", "source.prompt=", "source.answer=")
    assert all(f"--set {option}" in str(refused.value) for option in options)
    mapped = ["source.name=file", "source.prompt=asked", "source.answer=wanted", "source.id=task"]
    with pytest.raises(SourceError, match=r"The row has task, said\.") as refused:
        bench("gsm8k", source_path=problems, replay=samples, settings=mapped)
    assert "--set engine.id_column=COLUMN --set engine.text_column=COLUMN" in str(refused.value)
    mapped += ["engine.id_column=task", "engine.text_column=said"]
    result = bench("gsm8k", source_path=problems, replay=samples, settings=mapped)
    assert result.summary.verdicts[Verdict.PASS] == 1


def test_golds_without_gsm8ks_mark_are_told_how_to_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.jsonl").write_text('{"question": "1+1?", "answer": "2"}\n')
    with pytest.raises(SourceError, match=r"(?s)no '####' line.*--set source\.name=file"):
        bench("gsm8k", source_path=Path("p.jsonl"), engine="fake")
    assert bench("gsm8k", source_path=Path("p.jsonl"), engine="fake", settings=["source.name=file"])


def test_a_replayed_benchmark_gives_the_figures_by_hand(files: dict[str, Path]) -> None:
    result = bench("gsm8k", **files)  # type: ignore[arg-type]
    summary = json.loads((result.path / "summary.json").read_text())
    assert summary["completions"] == 9  # three of each: what every problem has
    assert summary["estimates"]["pass@k"]["at"]["1"]["mean"] == pytest.approx((2 / 3 + 0 + 1) / 3, abs=1e-6)
    assert summary["estimates"]["pass@k"]["at"]["3"]["mean"] == pytest.approx(2 / 3, abs=1e-6)
    assert summary["estimates"]["maj@k"]["at"]["3"]["mean"] == pytest.approx(2 / 3, abs=1e-6)
    assert (result.path / "report" / "index.html").exists()
    assert not list((result.path / "export").glob("*.parquet"))  # a test set is no training data
    assert result.path == Path("runs/bench-gsm8k-samples")


def test_n_limit_and_settings_go_on_top(files: dict[str, Path]) -> None:
    result = bench("gsm8k", n=2, limit=2, settings=["name=mine", "export.sinks=['sft']"], **files)  # type: ignore[arg-type]
    assert result.summary.completions == 4 and result.path == Path("runs/mine")
    assert (result.path / "export" / "sft.parquet").exists()


def test_a_run_of_a_benchmark_can_be_named(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bench", "gsm8k", "--name", "mine", "--by", "model"]
    words += ["--replay", str(files["replay"]), "--source-path", str(files["source_path"])]
    main(words)
    assert [p.name for p in Path("runs").iterdir()] == ["mine-m"]
    said = capsys.readouterr().out
    assert "pass@1" in said and "accepted" not in said and "preference" not in said


def test_an_engine_replaces_the_configs_with_its_options(files: dict[str, Path]) -> None:
    result = bench("math500", engine="fake", n=2, source_path=files["source_path"])
    assert result.summary.origin.engine == "fake" and result.summary.completions == 6


def test_a_result_is_kept_with_machine_versions_and_origin(files: dict[str, Path]) -> None:
    path = save(bench("gsm8k", **files))  # type: ignore[arg-type]
    kept = json.loads(path.read_text())
    assert path == Path("benchmarks/results/gsm8k-samples.json")
    assert kept["estimates"]["pass@k"]["at"]["3"]["problems"] == 3 and kept["verdicts"]["pass"] == 5
    assert {"cpu", "cores", "python", "verirs", "numpy"} <= kept["machine"].keys()
    assert kept["origin"]["model"]["file"] == "samples.jsonl"
    assert kept["origin"]["sampling"] == {"n": 3}  # nobody knows how these were drawn
    assert str(Path.cwd()) not in path.read_text()


def test_facts_name_the_commit_of_a_checkout_only() -> None:
    found = facts(["numpy", "no-such-package"])
    assert "no-such-package" not in found and found["numpy"]
    assert ("commit" in found) == (ROOT / ".git").exists()


def test_an_unknown_benchmark_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="did you mean humaneval"):
        bench("humanevall")
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "gsm8"])
    assert stopped.value.code == 2 and "did you mean gsm8k" in capsys.readouterr().err


def test_pooled_models_are_said(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in files["replay"].read_text().splitlines()]
    command = ["bench", "gsm8k", "--replay", str(files["replay"]), "--source-path", str(files["source_path"])]
    main(command)
    assert "of the pool" not in capsys.readouterr().err
    rows = [{**row, "model": f"m{row['sample_index'] % 2}"} for row in rows]
    files["replay"].write_text("".join(json.dumps(row) + "\n" for row in rows))
    main([*command, "--set", "name=pooled"])
    said = " ".join(capsys.readouterr().err.split())
    assert "samples.jsonl holds samples of 2 models: the figures are of the pool" in said
    main([*command, "--model", "m0", "--set", "name=one"])
    assert "of the pool" not in capsys.readouterr().err


def test_a_missing_replay_file_is_named(files: dict[str, Path]) -> None:
    with pytest.raises(SourceError, match=r"samples\.jsonl"):
        bench("gsm8k", replay=files["replay"].with_name("sample.jsonl"), source_path=files["source_path"])


def test_every_bundled_config_is_sound_and_ships() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {"gsm8k", "math500", "humaneval", "mbpp"} <= set(names())
    for name in names():
        config = parse(load(config_file(name)), name)
        assert config.source.name == name and "{problem}" in config.prompt.template
        assert wheel["force-include"][f"benchmarks/{name}.toml"] == f"verirs/_benchmarks/{name}.toml"


def test_an_installed_package_has_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from verirs.system import bundled

    package = tmp_path / "site" / "verirs"
    (package / "_benchmarks").mkdir(parents=True)
    (package / "_benchmarks" / "gsm8k.toml").write_text("")
    monkeypatch.setattr(bundled, "__file__", str(package / "system" / "bundled.py"))
    assert bundled.bundled("benchmarks", "gsm8k.toml") == package / "_benchmarks"
    with pytest.raises(FileNotFoundError, match="reinstall"):
        bundled.bundled("sandboxes", "runner.py")
    assert bench_module.names() == ["gsm8k"]


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ({"name": "vllm", "model": "Qwen/Qwen2.5-1.5B"}, "bench-b-qwen2.5-1.5b"),
        ({"name": "replay", "path": "/a/x y.jsonl.gz", "model": "m/n"}, "bench-b-x-y-n"),
        ({"name": "fake"}, "bench-b-fake"),
        ({"name": "vllm", "model": "../.."}, "bench-b-vllm"),
    ],
)
def test_each_model_has_a_run_directory(engine: dict[str, Any], name: str) -> None:
    assert name_of_run("b", engine) == name


def test_help_stays_light() -> None:
    code = (
        "import sys; from verirs.cli import app; app(['bench', '--help'], result_action='return_value');"
        "heavy = {'numpy', 'pyarrow', 'torch', 'sympy', 'rich.table', 'pydantic'} & sys.modules.keys();"
        "sys.exit(f'loaded {heavy}' if heavy - {'rich.table'} else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "--replay" in done.stdout
