from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.loop.loops import table
from verirs.cli import main
from verirs.demo.loop import demo, loop_table
from verirs.errors import ConfigError, UserError
from verirs.loop.config import read
from verirs.loop.rounds import Round
from verirs.loop.sections import TrainConfig
from verirs.loop.training import command
from verirs.parts.shapes import toml
from verirs.running.config import merge


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    wrong = merge(
        table(tmp_path / "x"),
        {
            "stop": {"patiance": 1},
            "train": {"method": "ppo"},
            "reward": {"rnak": True},
            "rounds": -1,
        },
    )
    with pytest.raises(ConfigError) as error:
        read(wrong)
    text = str(error.value)
    assert "unknown key stop.patiance; did you mean patience?" in text
    assert "unknown key reward.rnak; did you mean rank?" in text
    assert "train.method" in text
    assert "rounds" in text


def test_mistakes_in_the_runs_are_found_too(tmp_path: Path) -> None:
    wrong = merge(
        table(tmp_path / "x"),
        {"sample": {"engine": {"batchsize": 3}, "seed": 1}, "held_out": {"source": {"cuont": 3}}},
    )
    with pytest.raises(ConfigError) as error:
        read(wrong)
    text = str(error.value)
    assert "engine.batchsize; did you mean batch_size?" in text
    assert "source.cuont; did you mean count?" in text
    assert "sample.seed: belongs to the loop itself" in text


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"train": {"trainer": "trl"}}, r"train\.command: give it with"),
        ({"train": {"command": ["train", "{data}"]}}, r"must contain \{out\}"),
        ({"train": {"dpo": {"beta": 0.1}}}, r"train\.dpo: not used by"),
        ({"sample": {"engine": {"name": "fake"}}}, "the fake engine loads no model"),
    ],
)
def test_settings_that_do_not_go_together(tmp_path: Path, over: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(merge(table(tmp_path / "x"), over))


def test_a_loop_needs_held_out_problems(tmp_path: Path) -> None:
    config = table(tmp_path / "x")
    config["held_out"] = {}
    with pytest.raises(ConfigError, match=r"held_out\.source is missing"):
        read(config)


def test_held_out_runs_take_the_sampling_of_the_rounds(tmp_path: Path) -> None:
    config = read(merge(table(tmp_path / "x"), {"held_out": {"n": 7}}))
    run = config.run_config("held-out", tmp_path, "m", held_out=True)
    assert (run.n, run.sampling.max_tokens, run.export.sinks) == (7, 48, [])
    assert run.source.options == {"count": 8, "split": "held-out"}
    assert run.engine.options["model"] == "m"


def test_held_out_problems_get_n_each_whatever_ends_a_rounds_sampling(tmp_path: Path) -> None:
    over = {
        "sample": {
            "limits": {"samples": 10, "max_errors": 0.5},
            "until": {"accept": 2},
            "filter": {"pass_rate": [0.25, 0.75]},
            "decontaminate": {"action": "refuse"},
        },
        "watch": {"other": {"source": {"name": "arithmetic", "count": 3}}},
    }
    config = read(merge(table(tmp_path / "x"), over))
    for held_out, watch in ((True, ""), (False, "other")):
        run = config.run_config("held-out", tmp_path, "m", held_out, watch)
        assert run.limits.samples == 0
        assert run.limits.max_errors == 0.5
        assert run.until is None
        assert run.filter == {}
        assert run.decontaminate.action == "drop"
    own = config.run_config("samples", tmp_path, "m")
    assert own.limits.samples == 10
    assert own.until is not None
    budget = {"held_out": {"limits": {"tokens": 5}}}
    with pytest.raises(ConfigError, match=r"held_out\.limits\.tokens: every held-out problem gets n"):
        read(merge(table(tmp_path / "x"), budget))


def test_a_commands_places_are_filled_in(tmp_path: Path) -> None:
    where = Round(tmp_path, 3)
    config = TrainConfig(
        trainer="command", command=["sh", "-c", "train {data} {model} {out} --x '{a}' {round} {seed}"]
    )
    words = command(config, where, "hub/model", tmp_path / "out", 40)
    assert words[2] == f"train {where.data} hub/model {tmp_path / 'out'} --x '{{a}}' 3 43"
    one = TrainConfig(trainer="command", command=["train --in {data} --out '{out}'"])
    assert command(one, where, "m", tmp_path, 0) == ["train", "--in", str(where.data), "--out", str(tmp_path)]


def test_the_demos_table_is_a_valid_loop(tmp_path: Path) -> None:
    config = read(loop_table(tmp_path / "demo", 3, 8, 5, "embedded"))
    assert (config.rounds, config.sample["n"], config.seed) == (3, 8, 5)
    assert config.prompts <= config.sample["source"]["count"]
    with pytest.raises(UserError, match="did you mean embedded"):
        demo(model="embeded")  # type: ignore[arg-type]


def test_a_dry_run_shows_the_plan_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file, loop = tmp_path / "loop.toml", tmp_path / "runs" / "x"
    given = table(loop, prompts=8)
    file.write_text("".join(f"{key} = {toml(value)}\n" for key, value in given.items()))
    main(["iterate", str(file), "--dry-run"])
    told = capsys.readouterr().err
    # two rounds of 8 problems and three looks at 8 held-out ones, 4 samples each
    assert "8 of 20 problems, at most 4 samples each" in told and "at most 160 in all rounds" in told
    assert not loop.parent.exists()
    file.write_text(file.read_text().replace("rounds = 2", "rounds = -2"))
    with pytest.raises(SystemExit):
        main(["iterate", str(file), "--dry-run"])
    assert "rounds: write a whole number of at least 0, got -2" in capsys.readouterr().err
