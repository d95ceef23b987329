"""TRL trains with our reward: real GRPO steps on the embedded policy, some rows without a gold answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from verirs.demo.policy import model_path
from verirs.hooks import Grader, Rule
from verirs.hooks import trl as hook

pytestmark = pytest.mark.slow  # TRL's imports, and a few steps


@pytest.mark.parametrize("conversational", [False, True])
def test_grpo_takes_steps_though_some_rows_cannot_be_judged(tmp_path: Path, conversational: bool) -> None:
    trl = pytest.importorskip("trl")
    datasets = pytest.importorskip("datasets")
    from transformers import AutoTokenizer

    seen: list[list[float | None]] = []
    by = hook.reward_by(Grader("math", rule=Rule(breaker=1.0)), "verirs")

    def watched(**columns: Any) -> list[float | None]:
        seen.append(by(**columns))
        return seen[-1]

    watched.__name__ = "verirs"
    tokenizer = AutoTokenizer.from_pretrained(model_path())
    if conversational and tokenizer.chat_template is None:
        tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    asked = ["3+4=", "5+2=", "8-1=", "6+6="]
    data = datasets.Dataset.from_list(
        [
            {
                "prompt": [{"role": "user", "content": q}] if conversational else q,
                "answer": None if i == 3 else str(7),
                "level": i,
            }
            for i, q in enumerate(asked)
        ]
    )
    config = trl.GRPOConfig(
        output_dir=str(tmp_path),
        max_steps=2,
        per_device_train_batch_size=4,
        num_generations=2,
        max_completion_length=24,
        learning_rate=1e-4,
        use_cpu=True,
        bf16=False,
        report_to=[],
        save_strategy="no",
        logging_steps=1,
        log_completions=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    trainer = trl.GRPOTrainer(
        model=str(model_path()),
        reward_funcs=watched,
        args=config,
        train_dataset=data,
        processing_class=tokenizer,
    )
    trainer.train()
    rewards = [r for batch in seen for r in batch]
    assert len(seen) >= 2 and {r for r in rewards if r is not None} <= {0.0, 1.0}
    assert any(r is None for r in rewards)
    # what its table for W&B and trackio is made of, and the numbers beside the loss
    tables = sorted((tmp_path / "completions").glob("*.parquet"))
    table = pq.read_table(tables[0]).to_pydict()
    assert set(table["verirs_verdict"]) <= {"pass", "fail", "abstain"} and table["verirs_reason"]
    assert len(table["verirs_answer"]) == len(table["completion"])
    assert all(0 <= row["verirs/error_rate"] < 1 for row in trainer.state.log_history if "loss" in row)
    assert all("loss" in row or "train_loss" in row for row in trainer.state.log_history)
