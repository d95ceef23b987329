"""Faults that loops had, here or elsewhere: each once, beside those in the tests of its own place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.loop.loops import table
from tests.loop.test_parts import make_problems, run_folder, toy_model
from tests.loop.toys import group, metrics
from verirs.demo.policy import model_path
from verirs.errors import ConfigError, NotAModel, StepFailed
from verirs.loop import data, iterate, models, problems
from verirs.loop.config import read
from verirs.loop.loop import Loop
from verirs.loop.measure import notes
from verirs.loop.reward import may_rank
from verirs.loop.sections import StopConfig
from verirs.loop.steps.process import program, run_command
from verirs.loop.steps.train import TrainStep, check_trl_options, defaults, trl_class
from verirs.loop.stopping import decide, smallest_fall
from verirs.types import Problem, Verdict

P, F = Verdict.PASS, Verdict.FAIL
PYTHON = [sys.executable, "-S", "-c"]


# ---- training that trains ---------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["sft", "dpo"])
@pytest.mark.parametrize(("rows", "least"), [(14, 10), (20, 10), (100, 10), (1000, 30)])
def test_few_rows_take_ten_steps_and_no_step_has_rate_zero(stage: str, rows: int, least: int) -> None:
    given = defaults(stage, False, rows)
    batch = given["per_device_train_batch_size"] * given["gradient_accumulation_steps"]
    steps = -(-rows // batch) * given["num_train_epochs"]
    assert steps >= least
    assert given["warmup_steps"] == (int(0.05 * steps) if steps >= 20 else 0)
    assert batch <= 32


def test_fourteen_pairs_move_the_weights(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run", [group(p, [P, F]) for p in make_problems(14)])
    data.mix([(1, run / "export")], ["dpo"], tmp_path / "data")
    (tmp_path / "m").mkdir()
    TrainStep(
        model=str(model_path()),
        out=str(tmp_path / "m"),
        stages=["dpo"],
        data={"dpo": str(tmp_path / "data" / "dpo.parquet")},
        options={"dpo": {"learning_rate": 1e-4}},
        lora=0,
        seed=0,
    ).work()
    assert not models.same_weights(model_path(), tmp_path / "m" / "model")
    told = json.loads((tmp_path / "m" / "training.json").read_text())["stages"][0]
    assert told["steps"] >= 10 and told["curve"][0][2] > 0
    assert told["first_loss"] == told["curve"][0][1] and told["last_loss"] == told["curve"][-1][1]


def test_trainings_that_trained_nothing_are_said() -> None:
    from verirs.records import Band

    stage: dict[str, Any] = {"stage": "sft", "rows": 9, "steps": 3}
    assert "sft took 3 steps on 9 rows" in notes({"stages": [stage]}, Band(1, 1, 1))[0]
    assert "distance to the base policy is 0" in notes({"stages": []}, Band(0, 0, 0))[0]
    assert "changed no weight" in notes({"stages": [], "unchanged": True}, Band(0, 0, 0))[0]
    assert not notes({"stages": [{**stage, "steps": 10}]}, Band(1, 1, 1))
    assert "ended at nan" in notes({"stages": [{**stage, "steps": 10, "last_loss": float("nan")}]}, None)[0]


def test_the_pairs_loss_has_the_text_loss_beside_it_unless_one_is_given() -> None:
    assert defaults("dpo", False)["loss_type"] == ["sigmoid", "sft"]
    assert "loss_type" not in defaults("dpo", False, given={"loss_type": ["ipo"]})
    assert "loss_weights" not in defaults("dpo", False, given={"loss_type": ["ipo"]})


def test_one_text_is_a_list_of_one_where_trl_wants_a_list(tmp_path: Path) -> None:
    """As the documentation of TRL, and ours, writes it."""
    over: dict[str, Any] = {"method": "dpo", "dpo": {"loss_type": "sigmoid"}}
    config = {**table(tmp_path / "x"), "train": over}
    assert read(config).train.dpo == {"loss_type": "sigmoid"}
    assert check_trl_options(trl_class("dpo", "Config"), over["dpo"], "x") == ({"loss_type": ["sigmoid"]}, [])


# ---- options ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"train": {"sft": {"num_train_epochs": -1}}}, "num_train_epochs: write a number above 0"),
        ({"train": {"sft": {"learning_rate": 0.0}}}, "learning_rate: write a number above 0"),
        ({"train": {"sft": {"eval_strategy": "steps"}}}, "eval_strategy: the loop itself judges"),
        (
            {"train": {"method": "dpo", "dpo": {"loss_type": ["sigmoid"], "loss_weights": [1, 2]}}},
            "loss_weights",
        ),
        ({"train": {"method": "dpo", "dpo": {"loss_type": "sigmod"}}}, "knows no 'sigmod'; did you mean"),
        ({"train": {"method": "dpo"}, "sample": {"n": 1}}, "needs right and wrong samples"),
        ({"sample": {"sampling": {"temperature": 0}}}, "would be one text"),
        ({"sample": {"engine": {"model": "other"}}}, "sample.engine.model: each round has its own"),
        ({"held_out": {"engine": {"model": "other"}}}, "held_out.engine.model: each round has its own"),
        ({"sample": {"export": {"sinks": ["dpo"]}}}, "sft is missing"),
        ({"sample": {"export": {"formats": ["jsonl"]}}}, "parquet is missing"),
        ({"model": " "}, "model: it is empty"),
        ({"on_round": ["true", "{metrisc}"]}, r"\{metrisc\} is filled in by nobody; did you mean"),
        ({"watch": {"other": {"n": 2}}}, r"watch.other.source is missing"),
        ({"stop": {"kl": 3.0}, "measure": {"kl": False}}, "stop.kl needs the distance"),
        ({"train": {"reference": "base"}}, "holds the policy to nothing"),
    ],
)
def test_mistakes_are_found_when_the_loop_is_read(tmp_path: Path, over: dict[str, Any], says: str) -> None:
    from verirs.running.config import merge

    config = table(tmp_path / "x")
    config["train"] = {}
    with pytest.raises(ConfigError, match=says):
        read(merge(config, over))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["no-such-program", "{data}", "{out}"], "there is no program 'no-such-program'"),
        ([sys.executable, "{modle}", "{data}", "{out}"], r"\{modle\} is filled in by nobody; did you mean"),
    ],
)
def test_commands_are_looked_at_before_anything_is_sampled(
    tmp_path: Path, command: list[str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        iterate(table(tmp_path / "x", train={"command": command}))
    assert not (tmp_path / "x").exists()


def test_a_tokenizer_without_any_end_is_refused_before_sampling(tmp_path: Path) -> None:
    base = Path(shutil.copytree(model_path(), tmp_path / "base"))
    file = base / "tokenizer_config.json"
    said = {k: v for k, v in json.loads(file.read_text()).items() if k not in ("eos_token", "pad_token")}
    file.write_text(json.dumps(said))
    (base / "special_tokens_map.json").unlink(missing_ok=True)
    config = table(tmp_path / "x", model=str(base))
    config["train"] = {}
    with pytest.raises(ConfigError, match="neither an end-of-text nor a padding token"):
        iterate(config)


def test_options_of_the_reward_model_can_be_mended_when_a_loop_goes_on(tmp_path: Path) -> None:
    def settings(**options: Any) -> dict[str, Any]:
        config = table(tmp_path / "x", reward={"options": options})
        return Loop(read(config), Console(quiet=True)).settings()

    assert settings(epochs=1.0) == settings(epochs=2.0)


# ---- processes --------------------------------------------------------------------------------------


def running(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet taken away does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("own_session", [False, True])
@pytest.mark.parametrize("status", [0, 5])
def test_what_a_trainer_leaves_running_is_ended(tmp_path: Path, own_session: bool, status: int) -> None:
    script = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen(['sleep', '300'], start_new_session={own_session})\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid)); sys.exit({status})"
    )
    try:
        run_command([*PYTHON, script], tmp_path / "log", "training")
        assert status == 0
    except StepFailed:
        assert status == 5
    assert not running(int((tmp_path / "pid").read_text()))


def test_a_training_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    script = (
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(3000)"
    )
    with pytest.raises(StepFailed, match=r"took longer than .* hours \(train.timeout\)"):
        run_command([*PYTHON, script], tmp_path / "log", "training", timeout=2.0)
    pid = tmp_path / "pid"  # it may have been ended before it wrote that
    assert not pid.exists() or not running(int(pid.read_text() or 0))


def test_the_end_of_a_log_is_short_and_clean(tmp_path: Path) -> None:
    script = "import sys; sys.stdout.write('x' * 5_000_000 + '\\x1b[31m\\x07'); sys.exit(3)"
    with pytest.raises(StepFailed) as error:
        run_command([*PYTHON, script], tmp_path / "log", "training")
    assert len(str(error.value)) < 1000 and "\x1b" not in str(error.value)


def test_a_hook_is_run_after_each_round_and_its_failure_stops_nothing(tmp_path: Path) -> None:
    script = (
        "import json, sys; metrics, number, model, loop = sys.argv[1:];"
        "open(loop + '/seen', 'a').write(f\"{json.load(open(metrics))['round']} {number} {model}\\n\");"
        "sys.exit(int(number))"
    )
    hook = [*PYTHON, script, "{metrics}", "{round}", "{model}", "{loop}"]
    console = Console(record=True, width=200, file=open(os.devnull, "w"))  # noqa: SIM115
    result = iterate(table(tmp_path / "loop", on_round=hook, rounds=1), console=console)
    seen = (tmp_path / "loop" / "seen").read_text().splitlines()
    assert [line.split()[:2] for line in seen] == [["0", "0"], ["1", "1"]]
    assert len(result.rounds) == 2 and "on_round after round 1 failed" in console.export_text()


def test_a_launcher_beside_this_python_is_found() -> None:
    assert program("torchrun") and program(sys.executable) and not program("no-such-program")


# ---- models -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model.safetensors.index.json": "{broken"}, "does not say which weights are where"),
        ({"model.safetensors.index.json": "{}"}, "does not say which weights are where"),
        ({"config.json": "[]"}, "config.json is not JSON"),
    ],
)
def test_a_model_with_a_broken_file_is_refused_in_words(
    tmp_path: Path, change: dict[str, str], says: str
) -> None:
    path = toy_model(tmp_path / "m")
    for name, text in change.items():
        (path / name).write_text(text)
    with pytest.raises(NotAModel, match=says):
        models.check_model(path)


def test_adapters_beside_a_config_are_no_whole_model(tmp_path: Path) -> None:
    path = toy_model(tmp_path / "m")
    (path / "model.safetensors").rename(path / "adapter_model.safetensors")
    with pytest.raises(NotAModel, match="the adapters that are there are not merged"):
        models.check_model(path)


def test_the_same_weights_in_other_files_are_the_same(tmp_path: Path) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    one, two = toy_model(tmp_path / "1"), toy_model(tmp_path / "2")
    arrays = {"a": np.arange(4.0), "b": np.ones(3)}
    save_file(arrays, one / "model.safetensors")
    save_file({"a": arrays["a"]}, two / "model.safetensors")
    assert not models.same_weights(one, two)
    save_file({"b": arrays["b"]}, two / "model-2.safetensors")
    assert models.same_weights(one, two)
    save_file({"b": arrays["b"] + 1e-7}, two / "model-2.safetensors")
    assert not models.same_weights(one, two)


# ---- judgement --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "twin",
    [
        "Ann has 3 apples - how many has she after 1,000 more",
        "ann  has 3 apples \u2013 how many has she after $1000$ more?",
        "Ann has 3 apples - how many has she after **1000** more!",
    ],
)
def test_a_question_mark_makes_no_other_problem(twin: str) -> None:
    pool = [Problem(prompt="Ann has 3 apples - how many has she after 1000 more?")]
    with pytest.raises(ConfigError, match="1 of 1 problems to train on are held-out problems too"):
        problems.refuse_overlap(pool, [Problem(prompt=twin)])


@pytest.mark.parametrize("other", ["3 - 4 = ?", "3 + 40 = ?", "34 = ?", "3.4 = ?", "3 + -4 = ?", "3 * 4 = ?"])
def test_another_number_or_operator_is_another_problem(other: str) -> None:
    problems.refuse_overlap([Problem(prompt="3 + 4 = ?")], [Problem(prompt=other)])


def test_near_twins_are_counted_and_told() -> None:
    long = "A train leaves the town at noon and drives to the sea at 60 km an hour for three hours."
    pool = [Problem(prompt=long, id="a"), Problem(prompt="1 + 1?", id="b")]
    told = problems.near(
        pool,
        [
            Problem(prompt=f"Solve. {long} How far is it? Put the answer in a box.", id="c"),
            Problem(prompt=long.replace("60", "75"), id="d"),
            Problem(prompt="What is the capital of France?", id="b"),
        ],
    )
    assert [line.split(" held-out")[0] for line in told] == [
        "leakage: 2 of 3",
        "leakage: 1 of 3",
        "leakage: 1 of 3",
    ]
    assert not problems.near(pool, [Problem(prompt="2 + 2?", id="e")])


def test_of_equal_policies_no_gain_is_shown() -> None:
    import random

    rng = random.Random(0)
    shown = looked = 0
    for _ in range(60):
        chances = [rng.random() for _ in range(60)]
        rounds = [
            metrics(i, {f"p{j}": (8, sum(rng.random() < c for _ in range(8))) for j, c in enumerate(chances)})
            for i in range(4)
        ]
        decision = decide(rounds, StopConfig(patience=0, pass_k_drop=1.0))
        looked += decision.best > 0
        shown += decision.best > 0 and not decision.gain_told.startswith("No gain shown")
    assert looked > 40  # the best of equal ones is another one than the base, most of the time
    assert shown <= 12  # chosen among three by this figure, 1 in 40 each is doubled and more


def test_a_gain_is_told_with_its_interval() -> None:
    rounds = [
        metrics(0, {f"p{i}": (8, 2) for i in range(40)}),
        metrics(1, {f"p{i}": (8, 6) for i in range(40)}),
    ]
    decision = decide(rounds, StopConfig())
    assert decision.gain is not None and decision.gain.low > 0.4
    assert decision.gain_told.startswith("Round 1 minus the base model: +50.0 points (")


def test_the_smallest_fall_that_can_be_seen_is_known() -> None:
    assert smallest_fall(40, 0.02) == pytest.approx(0.10)
    assert smallest_fall(100, 0.02) == pytest.approx(0.04)


def test_a_missing_distance_is_said_where_a_budget_needs_it() -> None:
    import dataclasses

    from verirs.records import KL

    rounds = [metrics(0, {"a": (4, 2)}), metrics(1, {"a": (4, 2)})]
    rounds[1] = dataclasses.replace(rounds[1], kl=KL())
    assert "stop.kl cannot work: round 1" in decide(rounds, StopConfig(kl=1.0)).warnings[0]


def test_a_reward_model_ranks_only_where_its_interval_allows_it(tmp_path: Path) -> None:
    for low, may in ((0.45, False), (0.51, True)):
        (tmp_path / "loop.json").write_text(json.dumps({"auroc_low": low, "ranks": low > 0.5}))
        assert may_rank(tmp_path) is may


def test_a_distance_that_nobody_wants_is_not_measured(tmp_path: Path) -> None:
    result = iterate(table(tmp_path / "loop", measure={"kl": False}, rounds=1))
    assert result.rounds[1].kl.measured is None and result.rounds[1].entropy is None
    assert not list(result.path.glob("round-*/distance.json"))
    again = iterate(table(tmp_path / "loop", rounds=0))
    assert again.stopped == "all 1 rounds are done"


def test_watched_problems_are_judged_and_choose_nothing(tmp_path: Path) -> None:
    watch = {"other": {"source": {"name": "arithmetic", "count": 5, "seed": 7, "split": "held-out"}, "n": 2}}
    result = iterate(table(tmp_path / "loop", watch=watch, rounds=1))
    watched = result.rounds[1].watched["other"]
    assert watched.n == 2 and len(watched.counts) == 5
    assert "other (watched)" in (result.path / "report.md").read_text()
    page = json.loads((result.path / "rounds.json").read_text())
    assert page["rounds"][1]["watched"]["other"]["pass_1"]["mean"] == watched.pass_1.mean  # type: ignore[union-attr]
    assert page["pairs_of"] == [0, 1] and len(page["pairs"]) > 4


def test_the_step_before_pairs_is_what_they_are_held_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRL would load the model of the policy's name: after another stage that is not the policy."""
    import trl

    seen: list[Any] = []
    original = trl.DPOTrainer.train

    def spy(self: Any) -> Any:
        seen.append({k: v.clone() for k, v in self.ref_model.state_dict().items()})
        seen.append({k: v.clone() for k, v in self.model.state_dict().items()})
        return original(self)

    monkeypatch.setattr(trl.DPOTrainer, "train", spy)
    run = run_folder(tmp_path / "run", [group(p, [P, F, P, F]) for p in make_problems(8)])
    data.mix([(1, run / "export")], ["sft", "dpo"], tmp_path / "data")
    (tmp_path / "m").mkdir()
    TrainStep(
        model=str(model_path()),
        out=str(tmp_path / "m"),
        stages=["sft", "dpo"],
        data={s: str(tmp_path / "data" / f"{s}.parquet") for s in ("sft", "dpo")},
        options={s: {"max_steps": 1, "learning_rate": 1e-3} for s in ("sft", "dpo")},
        lora=0,
        seed=0,
    ).work()
    reference, policy = seen
    assert all(bool((reference[k] == policy[k]).all()) for k in reference)


def test_best_of_all_rounds_has_one_cap_for_a_problem(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    first = run_folder(tmp_path / "1", [group(p, [P, F, P]) for p in make_problems(3)])
    second = run_folder(tmp_path / "2", [group(p, [F, F, F, P]) for p in make_problems(4)])
    config = read(table(tmp_path / "x", sample={"select": {"k": 2}})).run_config("s", tmp_path, "m")
    counts = data.best_of_all([(1, first), (2, second)], config, ["sft", "dpo"], tmp_path / "data")
    rows = pq.read_table(tmp_path / "data" / "sft.parquet").to_pylist()
    each = [sum(r["problem_id"] == f"p00{i}" for r in rows) for i in range(4)]
    assert each == [2, 2, 2, 1] and counts["sft"] == 7
    assert {r["round"] for r in rows if r["problem_id"] == "p003"} == {2}


def test_extra_rows_are_mixed_in_with_their_share(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    run = run_folder(tmp_path / "run", [group(p, [P, P, P]) for p in make_problems(10)])
    data.mix([(1, run / "export")], ["sft"], tmp_path / "data")
    file = tmp_path / "data" / "sft.parquet"
    extra = tmp_path / "chat.jsonl"
    lines = [
        {"messages": [{"role": "user", "content": f"q{i}"}, {"role": "assistant", "content": "a"}]}
        for i in range(50)
    ]
    extra.write_text("\n".join(map(json.dumps, lines)))
    own = pq.read_table(file).num_rows
    added = data.add_extra(file, extra, 0.25, 0)
    rows = pq.read_table(file).to_pylist()
    assert len(rows) == own + added and added == round(own / 3)
    assert sum(r["round"] == data.EXTRA for r in rows) == added


def test_trainers_are_ended_with_the_loop_that_started_them(tmp_path: Path) -> None:
    """SIGKILL of the loop: the tether sees its pipe close."""
    script = (
        "import sys; from pathlib import Path; from verirs.loop.steps.process import run_command\n"
        f"run_command([sys.executable, '-S', '-c', \"import os, time; open({str(tmp_path / 'pid')!r}, 'w')"
        ".write(str(os.getpid())); time.sleep(300)\"], Path(sys.argv[1]), 'x')\n"
    )
    loop = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "log")])
    pid = tmp_path / "pid"
    ends = time.monotonic() + 120
    while not (pid.exists() and pid.read_text()) and time.monotonic() < ends:
        time.sleep(0.1)
    loop.kill()
    loop.wait()
    while running(int(pid.read_text())) and time.monotonic() < ends:
        time.sleep(0.1)
    assert not running(int(pid.read_text()))
