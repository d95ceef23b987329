"""Our own TRL step, in this process: rows as a run exports them, a few steps on the embedded policy."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.loop.test_parts import make_problems, run_folder
from tests.loop.toys import group
from verirs.demo.policy import model_path
from verirs.errors import UserError
from verirs.loop import data
from verirs.loop.models import check_model
from verirs.loop.train_one import Job, plain, train
from verirs.types import Verdict

P, F = Verdict.PASS, Verdict.FAIL
SHORT = {"max_steps": 2, "per_device_train_batch_size": 4, "learning_rate": 1e-3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("rows")
    run = run_folder(path / "run", [group(p, [P, F, P, F]) for p in make_problems(8)])
    data.mix([(1, run / "export")], ["sft", "dpo", "kto"], path / "data")
    return path


def job(folder: Path, out: Path, *stages: str, lora: int = 0, **over: object) -> Job:
    return Job(
        model=str(model_path()),
        out=str(out),
        stages=stages,
        data={s: str(folder / "data" / f"{s}.parquet") for s in stages},
        options={s: {**SHORT, **over} for s in stages},
        lora=lora,
        seed=0,
    )


def digest(path: Path) -> str:
    return hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("stages", [("sft",), ("dpo",), ("kto",), ("sft", "dpo")])
def test_each_method_leaves_a_changed_whole_model(folder, tmp_path, stages):
    log = train(job(folder, tmp_path / "m", *stages))
    check_model(tmp_path / "m")
    assert [s["stage"] for s in log["stages"]] == list(stages)
    assert all(s["steps"] == 2 and s["rows"] > 0 for s in log["stages"])
    changed = largest_change(tmp_path / "m")
    assert 1e-4 < changed < 0.1


def test_the_same_job_gives_the_same_bytes(folder, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        other = job(folder, tmp_path / name, "sft")
        train(Job(**{**{f: getattr(other, f) for f in Job.__slots__}, "seed": seed}))
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


def test_adapters_are_merged_into_a_plain_model(folder, tmp_path):
    train(job(folder, tmp_path / "m", "sft", lora=4))
    check_model(tmp_path / "m")
    assert not (tmp_path / "m" / "adapter_config.json").exists()
    assert largest_change(tmp_path / "m") > 1e-5


def test_an_option_that_trl_does_not_know_is_named(folder, tmp_path):
    with pytest.raises(UserError, match=r"train\.sft: TRL's SFTConfig has no option learning_rat$"):
        train(job(folder, tmp_path / "m", "sft", learning_rat=1))


def test_only_completions_bear_loss(folder, tmp_path, monkeypatch):
    """The prompt's tokens are masked: a row's labels begin where the assistant's text does."""
    import trl

    seen = {}
    original = trl.SFTTrainer.get_train_dataloader

    def spy(self):
        loader = original(self)
        seen["batch"] = next(iter(loader))
        seen["tokenizer"] = self.processing_class
        return loader

    monkeypatch.setattr(trl.SFTTrainer, "get_train_dataloader", spy)
    train(job(folder, tmp_path / "m", "sft"))
    labels = seen["batch"]["labels"][0]
    text = seen["tokenizer"].decode(labels[labels != -100])
    assert text.startswith("text ")
    assert text.endswith("<|end|>")  # and it learns to stop


def test_a_model_without_a_chat_template_reads_plain_text(folder, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(model_path(), base)
    (base / "chat_template.jinja").unlink()
    asked = job(folder, tmp_path / "m", "sft")
    train(Job(**{**{f: getattr(asked, f) for f in Job.__slots__}, "model": str(base)}))
    check_model(tmp_path / "m")
    row = {"prompt": [{"role": "user", "content": "a"}], "completion": [{"content": "b"}], "label": True}
    assert plain(row) == {"prompt": "a", "completion": "b", "label": True}


def largest_change(path: Path) -> float:
    from safetensors.torch import load_file

    before, after = load_file(model_path() / "model.safetensors"), load_file(path / "model.safetensors")
    return max(float((before[k].float() - after[k].float()).abs().max()) for k in before)
