"""What a loop hands on to others is checked before the first sample: options by type, parts by use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w
from rich.console import Console

from tests.loop.loops import table
from verirs.cli import main
from verirs.errors import ConfigError, PartError, SourceError
from verirs.loop import check, iterate
from verirs.loop.config import read
from verirs.loop.folder import HELD_OUT
from verirs.loop.loop import Loop
from verirs.running.config import merge


def trl_table(path: Path, **over: Any) -> dict[str, Any]:
    """A loop that trains with TRL."""
    config = table(path)
    config["train"] = {}
    return merge(config, over)


def write(path: Path, config: dict[str, Any]) -> Path:
    path.write_text(tomli_w.dumps(config))
    return path


FIVE = {
    "train": {"method": "sft+dpo", "sft": {"learning_rat": 1e-4, "bf16": "perhaps"}, "dpo": {"beta": "x"}},
    "reward": {"options": {"epoch": 1.0, "loss": "pairs"}},
}


def test_five_mistakes_in_nested_tables_are_told_at_once_and_nothing_is_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    config = write(tmp_path / "loop.toml", trl_table(tmp_path / "loop", **FIVE))
    with pytest.raises(SystemExit) as stop:
        main(["iterate", str(config)])
    assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    for place, hint in (
        ("train.sft.learning_rat", "did you mean learning_rate?"),
        ("train.sft.bf16", "true or false"),
        ("train.dpo.beta", "number"),
        ("reward.options.epoch", "did you mean epochs?"),
        ("reward.options.loss", '"pairwise" or "classification"'),
    ):
        assert any(place in line and hint in line and "loop.toml" in line for line in lines), place
    assert not (tmp_path / "loop").exists()


def test_nested_mistakes_are_told_beside_those_of_the_sections(tmp_path: Path) -> None:
    config = trl_table(tmp_path / "x", **FIVE, rounds=-1, stop={"patiance": 1})
    config["sample"]["engine"]["batchsize"] = 3
    with pytest.raises(ConfigError) as error:
        read(config)
    text = str(error.value)
    for place in ("rounds", "stop.patiance", "train.sft.learning_rat", "reward.options.epoch"):
        assert place in text
    assert text.count("engine.batchsize") == 1, "what [held_out] has from [sample] is told once"


@pytest.mark.parametrize("key", ["output_dir", "seed", "data_seed"])
def test_what_the_loop_gives_itself_is_refused(tmp_path: Path, key: str) -> None:
    value: Any = "x" if key == "output_dir" else 3
    with pytest.raises(ConfigError, match=rf"train\.sft\.{key}: belongs to the loop itself"):
        read(trl_table(tmp_path / "x", train={"sft": {key: value}}))


def test_right_options_of_all_kinds_pass(tmp_path: Path) -> None:
    sft = {
        "learning_rate": 1e-4,
        "num_train_epochs": 1,
        "lr_scheduler_type": "cosine",
        "report_to": [],
        "lr_scheduler_kwargs": {"num_cycles": 1},
        "gradient_checkpointing": True,
    }
    read(trl_table(tmp_path / "x", train={"sft": sft}, reward={"options": {"epochs": 1, "seed": 3}}))


# ---- configs of the other command -------------------------------------------------------------------


def test_each_command_knows_the_others_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    loop = write(tmp_path / "loop.toml", table(tmp_path / "loop"))
    run = write(tmp_path / "run.toml", {"source": {"name": "easy"}, "engine": {"name": "fake"}})
    for command, file, other in (("iterate", run, "run"), ("run", loop, "loop")):
        with pytest.raises(SystemExit) as stop:
            main([command, str(file)])
        said = capsys.readouterr().err
        assert stop.value.code == 2
        assert f"is the config of a {other}" in said and len(said.splitlines()) == 1


# ---- parts ------------------------------------------------------------------------------------------


class Mute:
    """An engine that loads a model directory, and whose render gives no text."""

    name, concurrency, reproducible = "mute", 1, "never"

    def __init__(self, model: str) -> None:
        self.model = model

    def identity(self) -> dict[str, str]:
        return {}

    def render(self, messages: Any) -> Any:
        return None

    async def start(self) -> None:
        raise AssertionError("nothing is started")

    async def sample(self, request: Any) -> Any:
        raise AssertionError("nothing is sampled")
        yield

    async def close(self) -> None:
        pass


class NoColumns:
    """A sink that lacks its columns."""

    name = "bare"

    def rows(self, selection: Any) -> list[Any]:
        return []


def crashes(problem: Any, completion: Any) -> bool:
    raise RuntimeError("no such key")


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"sample": {"export": {"sinks": [f"{__name__}:NoColumns"]}}}, "has no attribute 'columns'"),
        ({"sample": {"scorer": {"mine": {"plugin": f"{__name__}:crashes"}}}}, "breaks on every completion"),
        ({"held_out": {"scorer": {"mine": {"plugin": f"{__name__}:crashes"}}}}, "breaks on every completion"),
        ({"sample": {"engine": {"name": f"{__name__}:Mute"}}}, "gave NoneType, not a text"),
    ],
)
def test_a_broken_part_is_refused_before_the_base_model_samples(
    tmp_path: Path, over: dict[str, Any], message: str
) -> None:
    config = table(tmp_path / "loop")
    if "engine" in over.get("sample", {}):
        del config["sample"]["engine"]
    with pytest.raises(PartError, match=message):
        iterate(merge(config, over))
    assert not (tmp_path / "loop").exists()


def test_the_selection_that_a_reward_model_will_feed_is_tried_too(tmp_path: Path) -> None:
    config = table(tmp_path / "loop", reward={"rank": True}, sample={"select": {"by": "reward"}})
    with pytest.raises(ConfigError, match=r"select\.by = 'reward': no scorer has this key"):
        iterate(config)
    assert not (tmp_path / "loop").exists()


def test_problems_to_train_on_and_to_evaluate_on_are_compared_at_once(tmp_path: Path) -> None:
    config = table(tmp_path / "loop")
    config["held_out"]["source"] = {"name": "arithmetic", "count": 8}
    with pytest.raises(ConfigError, match="8 of 20 problems to train on are held-out problems too"):
        iterate(config)
    assert not (tmp_path / "loop").exists()


def test_frozen_held_out_problems_stand_for_a_source_that_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    file.write_text('{"prompt": "1 + 1?", "answer": "2"}\n')
    config = table(tmp_path / "loop")
    config["held_out"]["source"] = {"name": "file", "path": str(file)}
    loop = Loop(read(config), Console(quiet=True))
    loop.path.mkdir()
    loop.folder.begin(loop.settings())
    loop.freeze()
    file.unlink()
    check.check_loop(loop.config, loop.path / HELD_OUT)
    with pytest.raises(SourceError, match="does not exist"):
        check.check_loop(loop.config, tmp_path / "not frozen")
