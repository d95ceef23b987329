"""What our reward logs through TRL's table of completions, as the real W&B and trackio hold it; offline."""

from __future__ import annotations

import importlib
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from verirs.demo.policy import model_path
from verirs.hooks import Grader, Rule
from verirs.hooks import trl as hook

pytestmark = pytest.mark.timeout(900)
"""Of packages just installed the first import compiles all: on a busy machine that alone takes minutes."""
COLUMNS = {"verirs_verdict", "verirs_reason", "verirs_answer", "strict_verdict", "completion", "prompt"}
NUMBERS = {"verirs/error_rate", "verirs/math", "strict/error_rate"}


def trained(folder: Path, tracker: str) -> None:
    """Two steps of GRPO; a row in four has no gold answer."""
    trl, datasets = importlib.import_module("trl"), importlib.import_module("datasets")
    asked = {"3+4=": "7", "5+2=": "7", "8-1=": "7", "6+6=": None}
    config = trl.GRPOConfig(
        output_dir=str(folder),
        run_name="ours",
        project="verirs-contracts",
        max_steps=2,
        per_device_train_batch_size=4,
        num_generations=2,
        max_completion_length=24,
        use_cpu=True,
        bf16=False,
        report_to=[tracker],
        save_strategy="no",
        logging_steps=1,
        log_completions=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    trl.GRPOTrainer(
        model=str(model_path()),
        reward_funcs=[
            hook.reward_by(Grader("math", rule=Rule(breaker=1.0)), name) for name in ("verirs", "strict")
        ],
        args=config,
        train_dataset=datasets.Dataset.from_list([{"prompt": q, "answer": a} for q, a in asked.items()]),
    ).train()


def checked(columns: list[str], rows: list[list[Any]]) -> None:
    assert set(columns) >= COLUMNS and rows
    for row in rows:
        told = dict(zip(columns, row, strict=True))
        assert told["verirs_verdict"] in ("pass", "fail", "abstain")
        # a row without a gold answer has no reward, and says why
        assert ("6+6=" in told["prompt"]) == (told["verirs_verdict"] == "abstain")
        assert told["verirs_verdict"] == "pass" or told["verirs_reason"]


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own; trackio's place is set in conftest.py."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"WANDB_MODE": "offline", "WANDB_DIR": str(tmp_path), "WANDB_SILENT": "true"}.items():
        monkeypatch.setenv(name, value)
    pytest.importorskip("trl")
    return tmp_path


def test_wandb_holds_the_columns_and_the_numbers(alone: Path) -> None:
    wandb = pytest.importorskip("wandb")
    trained(alone / "out", "wandb")
    numbers = dict(wandb.run.summary) if wandb.run is not None else {}
    wandb.finish()
    (table, *_) = sorted(alone.glob("wandb/offline-run-*/files/media/table/completions*.table.json"))
    held = json.loads(table.read_text())
    checked(held["columns"], held["data"])
    assert {f"train/{name}" for name in NUMBERS} <= numbers.keys()
    assert 0 <= numbers["train/verirs/error_rate"] < 1


def test_trackio_holds_the_columns_and_the_numbers(alone: Path) -> None:
    pytest.importorskip("trackio")
    trained(alone / "out", "trackio")
    (file,) = Path(os.environ["TRACKIO_DIR"]).glob("*.db")
    with sqlite3.connect(file) as base:
        found = [json.loads(row[0]) for row in base.execute("select metrics from metrics order by id")]
    numbers = {key: value for row in found for key, value in row.items()}
    assert {f"train/{name}" for name in NUMBERS} <= numbers.keys()
    assert 0 <= numbers["train/verirs/error_rate"] < 1
    (table, *_) = [row["completions"]["_value"] for row in found if "completions" in row]
    checked(list(table[0]), [list(row.values()) for row in table])


def test_wandb_takes_a_table_of_all_that_we_say() -> None:
    # a column of two kinds of value ends the training: https://github.com/EleutherAI/lm-evaluation-harness/issues/1958
    wandb, pandas = pytest.importorskip("wandb"), importlib.import_module("pandas")
    said: dict[str, list[Any]] = {}
    texts = ["\\boxed{4}", "\\boxed{5}", "", "It is 4 (I looked it up: \\foo).", "no way to tell"]
    hook.reward_by(Grader("math", rule=Rule(breaker=1.0)))(
        completions=texts, answer=["4", "4", "4", "4", None], log_extra=said.__setitem__
    )
    table = pandas.DataFrame(said, dtype=object)  # as pandas before 3 makes it
    assert set(wandb.Table(dataframe=table).columns) == set(said)
