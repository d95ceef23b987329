"""Twenty faults that the loop once had, F1 to F20, and where each has its test; those without one: here."""

from __future__ import annotations

import ast
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.loop.loops import table
from verirs.demo.loop import last_line, tell
from verirs.errors import ConfigError, StoreError
from verirs.loop import LoopResult, iterate
from verirs.loop.config import read
from verirs.loop.folder import Folder
from verirs.loop.rounds import Round
from verirs.loop.steps.distance import DistanceStep
from verirs.loop.work import Work

HERE = Path(__file__).parent
TESTS = {
    "F1 a trainer's link lets us write into the base model": [
        "test_a_trainer_that_leaves_a_link_to_the_base_model_changes_nothing_in_it"
    ],
    "F2 small rounds train nothing, in silence": [
        "test_few_rows_take_ten_steps_and_no_step_has_rate_zero",
        "test_fourteen_pairs_move_the_weights",
        "test_trainings_that_trained_nothing_are_said",
    ],
    "F3 a redone step reports the old model's figures": [
        "test_figures_of_one_model_never_stand_beside_another"
    ],
    "F4 the distance loads two whole models on one GPU": [
        "test_a_distance_that_nobody_wants_is_not_measured",
        "test_the_distance_is_measured_as_the_config_says",
    ],
    "F5 a training of several GPUs by accident": [
        "test_without_a_launcher_a_training_sees_one_gpu",
        "test_two_processes_train_as_one",
    ],
    "F6 a reward model's options cannot be mended": [
        "test_options_of_the_reward_model_can_be_mended_when_a_loop_goes_on"
    ],
    "F7 mistakes are found after the sampling": [
        "test_mistakes_are_found_when_the_loop_is_read",
        "test_commands_are_looked_at_before_anything_is_sampled",
    ],
    "F8 what a trainer leaves running keeps its GPU": ["test_what_a_trainer_leaves_running_is_ended"],
    "F9 held-out problems that differ by a sign": [
        "test_a_question_mark_makes_no_other_problem",
        "test_near_twins_are_counted_and_told",
    ],
    "F10 adapters beside a config are taken for a model": [
        "test_adapters_beside_a_config_are_no_whole_model"
    ],
    "F11 damaged files end in a traceback": ["test_a_model_with_a_broken_file_is_refused_in_words"],
    "F12 a best model that is gone": ["test_a_best_model_that_was_deleted_is_not_shown_as_if_it_were_there"],
    "F13 frozen files are trusted": [
        "test_what_was_changed_is_refused_by_name",
        "test_without_its_list_nothing_is_believed",
    ],
    "F14 wrong advice, and defaults that are spelled out": [
        "test_settings_that_are_spelled_out_are_the_same",
        "test_no_advice_names_an_option_that_is_not_there",
    ],
    "F15 fewer rounds than there are": ["test_fewer_rounds_than_there_are_show_all_that_are_there"],
    "F16 no curve of the loss": ["test_fourteen_pairs_move_the_weights"],
    "F17 the loss beside DPO's": ["test_the_pairs_loss_has_the_text_loss_beside_it_unless_one_is_given"],
    "F18 a trainer's last words": ["test_the_end_of_a_log_is_short_and_clean"],
    "F19 a reward model that is no better than a coin ranks": [
        "test_a_reward_model_ranks_only_where_its_interval_allows_it"
    ],
    "F20 a tokenizer without an end": ["test_a_tokenizer_without_any_end_is_refused_before_sampling"],
}


def test_every_fault_has_its_test() -> None:
    known = {
        node.name
        for file in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert [name.split()[0] for name in TESTS] == [f"F{i}" for i in range(1, 21)]
    assert not {test for tests in TESTS.values() for test in tests} - known


@pytest.fixture(scope="module")
def two_rounds(tmp_path_factory: pytest.TempPathFactory) -> LoopResult:
    return iterate(table(tmp_path_factory.mktemp("list") / "loop", "other"))


@pytest.mark.parametrize("rounds", [0, 1])
def test_fewer_rounds_than_there_are_show_all_that_are_there(two_rounds: LoopResult, rounds: int) -> None:
    again = iterate(table(two_rounds.path, "other", rounds=rounds))
    assert (again.stopped, again.best, len(again.rounds)) == ("all 2 rounds are done", two_rounds.best, 3)


def test_no_advice_names_an_option_that_is_not_there(two_rounds: LoopResult) -> None:
    with pytest.raises(StoreError) as caught:
        iterate(table(two_rounds.path, "other", seed=5))
    assert "--name" not in str(caught.value)
    assert "seed" in str(caught.value)


def test_the_distance_is_measured_as_the_config_says(
    two_rounds: LoopResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[DistanceStep] = []

    def note(step: DistanceStep) -> dict[str, object]:
        asked.append(step)
        return {}

    monkeypatch.setattr("verirs.loop.steps.distance.measure", note)
    over = {"completions": 3, "device_map": "auto"}
    config = read(table(two_rounds.path, "other", measure=over))
    folder = Folder(two_rounds.path)
    parts = {k: v for k, v in folder.parts.items() if k != "round-02/distance.json"}
    monkeypatch.setattr(type(folder), "parts", property(lambda self: parts))
    monkeypatch.setattr(type(folder), "put", lambda *_, **__: None)
    import torch  # noqa: F401 - measured in this process

    work = Work(config, folder, lambda line: None, Console(quiet=True))
    work.measure_distance(Round(two_rounds.path, 2))
    assert [(s.completions, s.device_map) for s in asked] == [(3, "auto")]
    with pytest.raises(ConfigError, match=r"measure\.device_map"):
        read(table(two_rounds.path, "other", measure={"device_map": "cuda:1"}))


def test_the_demos_last_line_is_the_page_of_its_loop(two_rounds: LoopResult) -> None:
    out = StringIO()
    tell(two_rounds, None, Console(file=out, width=80))
    last = out.getvalue().strip().splitlines()[-1]
    assert last == last_line(two_rounds.path)
    address = last.removeprefix("page: file://")
    assert Path(address) == two_rounds.path / "report" / "index.html"
    assert Path(address).is_file()
