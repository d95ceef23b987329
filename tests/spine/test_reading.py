"""Reading a run directory from Python, and scoring or exporting it again."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import verirs
from verirs.engines.fake import FakeEngine
from verirs.errors import ConfigError, StoreError
from verirs.running.again import REEXPORTED
from verirs.store import Store
from verirs.types import Verdict


def table(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "name": "run",
        "runs": str(folder),
        "n": 4,
        "source": {"name": "arithmetic", "count": 12},
        "engine": {"name": "fake"},
        **more,
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return verirs.run(table(tmp_path_factory.mktemp("done"))).path


def test_problems_groups_and_candidates_are_what_the_run_stored(done: Path) -> None:
    run = verirs.load_run(done)
    with Store.open(done) as store:
        stored = list(store.groups())
    assert list(run.groups()) == stored
    assert list(run.problems()) == [g.problem for g in stored]
    assert list(run.candidates()) == [(g.problem, c) for g in stored for c in g.candidates]
    assert list(run.groups()) == stored, "it can be read again"


def test_what_a_run_is_stands_beside_its_samples(done: Path) -> None:
    run = verirs.load_run(str(done))
    assert run.path == done and run.table["n"] == 4
    assert run.config is not None and run.config.source.options == {"count": 12}
    assert run.manifest.identity["engine.name"] == "fake"
    assert run.summary is not None and run.summary.completions == 48


def test_the_table_has_a_row_a_candidate(done: Path) -> None:
    run = verirs.load_run(done)
    rows = run.to_arrow().to_pylist()
    assert len(rows) == 48
    for row, (problem, candidate) in zip(rows, run.candidates(), strict=True):
        assert (row["problem_id"], row["sample_index"]) == (problem.id, candidate.completion.index)
        assert row["prompt"] == [dict(m) for m in problem.prompt]
        assert (row["gold"], row["answer"]) == (problem.answer, candidate.answer)
        assert (row["text"], row["verdict"]) == (candidate.completion.text, candidate.verdict.value)
        assert [s["verdict"] for s in row["scores"]] == [s.verdict.value for s in candidate.scores]
        assert row["accepted"] is (row["reason"] is None)
        assert row["verdict"] == "pass" or not row["accepted"]
    assert 0 < sum(row["accepted"] for row in rows) < 48


@pytest.mark.parametrize("rows", [1, 7, 48, 1000])
def test_batches_are_the_table_in_pieces(done: Path, rows: int) -> None:
    run = verirs.load_run(done)
    batches = list(run.batches(rows))
    assert [b.num_rows for b in batches[:-1]] == [rows] * (len(batches) - 1)
    assert pa.Table.from_batches(batches) == run.to_arrow()


def test_frames_and_datasets_hold_the_same(done: Path) -> None:
    pytest.importorskip("datasets")
    run = verirs.load_run(done)
    rows = run.to_arrow().to_pylist()
    assert [dict(row) for row in run.to_dataset()] == rows
    frame = run.to_pandas()
    assert list(frame["text"]) == [row["text"] for row in rows]
    assert frame.groupby("verdict").size().sum() == 48


@pytest.mark.parametrize(("module", "method"), [("pandas", "to_pandas"), ("datasets", "to_dataset")])
def test_a_missing_package_is_named(
    done: Path, module: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(verirs.MissingExtra, match=rf"{method}\(\) needs the Python package '{module}'.*pip"):
        getattr(verirs.load_run(done), method)()


def test_a_run_without_an_export_says_nothing_of_acceptance(tmp_path: Path) -> None:
    path = verirs.run(table(tmp_path, export={"sinks": []})).path
    rows = verirs.load_run(path).to_arrow().to_pylist()
    assert {(row["accepted"], row["reason"]) for row in rows} == {(None, None)}


def test_reading_needs_no_lock_no_parts_and_changes_nothing(done: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(done), str(copy)], check=True)
    text = (
        (copy / "config.toml").read_text().replace("[scorer.math]", '[scorer.math]\nplugin = "./gone.py:G"')
    )
    (copy / "config.toml").write_text(text)
    (copy / "lock").unlink()
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in copy.rglob("*")}
    run = verirs.load_run(copy)
    assert run.config is not None
    file, _, name = run.config.scorer["math"]["plugin"].rpartition(":")
    assert (Path(file).resolve(), name) == ((copy / "gone.py").resolve(), "G")
    assert run.to_arrow().num_rows == 48 and "48 completions" in repr(run)
    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in copy.rglob("*")} == before


def test_a_run_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    class Watched(FakeEngine):
        seen: list[int] = []  # noqa: RUF012

        async def sample(self, request: Any) -> Any:
            self.seen.append(verirs.load_run(tmp_path / "run").to_arrow().num_rows)
            async for completion in super().sample(request):
                yield completion

    engine = Watched()
    verirs.run(table(tmp_path), engine=engine)
    assert engine.seen[0] == 0 and len(engine.seen) == 12
    assert verirs.load_run(tmp_path / "run").to_arrow().num_rows == 48


def test_what_is_no_run_or_damaged_is_refused_by_name(done: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a run directory"):
        verirs.load_run(tmp_path)
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(done), str(copy)], check=True)
    shard = next((copy / "groups" / "completions").glob("*.parquet"))
    shard.write_bytes(b"PAR1 no shard PAR1")
    with pytest.raises(StoreError, match="is damaged: it has 18 bytes"):
        list(verirs.load_run(copy).groups())
    (copy / "config.toml").write_text("n = ")
    (copy / "summary.json").unlink()
    run = verirs.load_run(copy)
    assert (run.table, run.config, run.summary) == ({}, None, None) and "not exported yet" in repr(run)


def test_a_run_is_shown_in_two_lines_and_escaped(tmp_path: Path) -> None:
    path = verirs.run(table(tmp_path, name="a <b> c")).path
    run = verirs.load_run(path)
    assert len(repr(run).splitlines()) == 2
    assert "12 problems, 48 completions" in repr(run) and "engine fake" in repr(run)
    assert "a &lt;b&gt; c" in run._repr_html_() and "<b> c" not in run._repr_html_()


def test_a_result_is_shown_in_two_lines(tmp_path: Path) -> None:
    lines = repr(verirs.run(table(tmp_path))).splitlines()
    assert len(lines) == 2 and "48 completions" in lines[0] and "sft" in lines[1]


def test_scoring_again_keeps_the_changes(tmp_path: Path) -> None:
    path = verirs.run(table(tmp_path)).path
    result = verirs.score(path, {"scorer": {"format": {"forbids": ["e"]}}, "select": {"k": 1}})
    assert result.summary.verdicts[Verdict.UNWANTED] == 48
    run = verirs.load_run(path)
    assert run.config is not None and list(run.config.scorer) == ["math", "format"]
    assert run.config.select.options == {"k": 1}
    assert verirs.score(path, only_errors=True).summary.verdicts == result.summary.verdicts


def test_exporting_again_changes_the_files_for_this_once(tmp_path: Path) -> None:
    path = verirs.run(table(tmp_path)).path
    config = (path / "config.toml").read_text()
    one = verirs.export(path, changes={"select": {"k": 1}}, out=tmp_path / "one")
    many = verirs.export([path], out=str(tmp_path / "many"))
    assert one.exported.files["sft"].rows == one.summary.problems_solved < many.exported.files["sft"].rows
    assert (path / "config.toml").read_text() == config


@pytest.mark.parametrize("key", ["n", "seed", "source", "engine", "sampling", "prompt", "shard", "nonsense"])
def test_what_needs_other_samples_is_refused(done: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: the samples stay; only scorer, rank, select"):
        verirs.score(done, {key: 1})
    kept = f"only {', '.join(REEXPORTED)} may"
    with pytest.raises(ConfigError, match=f"{key}: the samples and scores stay; {kept}"):
        verirs.export(done, changes={key: 1})


def test_other_mistakes_of_again_are_refused(done: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="scorer: the samples and scores stay"):
        verirs.export(done, changes={"scorer": {}})
    with pytest.raises(ConfigError, match=r"as tables: \{'select': "):
        verirs.export(done, changes={"select.k": 1})
    with pytest.raises(ConfigError, match="the scorers must stay"):
        verirs.score(done, {"select": {"k": 1}}, only_errors=True)
    with pytest.raises(ConfigError, match="name a run directory"):
        verirs.export([])
    for again in (verirs.score, verirs.export):
        with pytest.raises(StoreError, match="not a run directory"):
            again(tmp_path)


def test_a_run_of_an_engine_that_no_config_names_says_so(tmp_path: Path) -> None:
    class Other:
        """The fake engine behind a class of its own."""

        def __init__(self) -> None:
            self.inner = FakeEngine()
            self.name, self.concurrency, self.reproducible = "other", 8, "fully"
            self.identity, self.render = self.inner.identity, self.inner.render
            self.start, self.sample, self.close = self.inner.start, self.inner.sample, self.inner.close

    path = verirs.run(table(tmp_path), engine=Other()).path
    text = (path / "config.toml").read_text()
    assert text.startswith("# Sampled by an engine handed to verirs.run, tests.spine.test_reading:")
    with pytest.raises(StoreError, match=r"Other; no config names it. Go on from Python"):
        verirs.run(path / "config.toml")
    verirs.score(path, {"select": {"k": 1}})
    assert (path / "config.toml").read_text().startswith("# Sampled by")
    assert verirs.export(path).summary.completions == 48
    assert verirs.run({**table(tmp_path), "n": 5}, engine=Other()).summary.completions == 60
