"""Faults of other people's training loops, from their public threads, in own words and values.

Each case names the thread that it is from. What is held: the model that a round leaves is its start in
everything but the weights, and what a trainer left half done is never taken for a model.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.loop.test_parts import make_problems, run_folder, toy_model
from tests.loop.toys import group
from verirs.demo.policy import model_path
from verirs.engines.models import locate, same_but_weights
from verirs.errors import NotAModel
from verirs.loop import data
from verirs.loop.models import check_model, same_weights, without_links
from verirs.loop.rounds import Round
from verirs.loop.steps.train import TrainStep, defaults
from verirs.types import Verdict

P, F = Verdict.PASS, Verdict.FAIL
Change = Callable[[Path], Any]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("rows")
    run = run_folder(path / "run", [group(p, [P, F, P, F]) for p in make_problems(8)])
    data.mix([(1, run / "export")], ["sft", "dpo"], path / "data")
    return path / "data"


def trained(rows: Path, base: Path, out: Path, *stages: str, lora: int = 0, **over: Any) -> Path:
    out.mkdir(parents=True)
    options = {"max_steps": 2, "learning_rate": 1e-3, "per_device_train_batch_size": 4, **over}
    TrainStep(
        model=str(base),
        out=str(out),
        stages=stages or ("sft",),
        data={s: str(rows / f"{s}.parquet") for s in stages or ("sft",)},
        options={s: options for s in stages or ("sft",)},
        lora=lora,
        seed=0,
    ).work()
    check_model(out / "model")
    return out / "model"


def edit(name: str, **changes: Any) -> Change:
    def change(path: Path) -> None:
        file = path / name
        raw = json.loads(file.read_text()) if file.exists() else {}
        raw.update(changes)
        file.write_text(json.dumps({k: v for k, v in raw.items() if v is not None}))

    return change


def links(path: Path) -> None:
    """As the hub's cache has it: every file is a link to a blob elsewhere."""
    blobs = path.with_name("blobs")
    blobs.mkdir()
    for file in list(path.iterdir()):
        file.rename(blobs / file.name)
        file.symlink_to(blobs / file.name)


def both(*changes: Change) -> Change:
    def change(path: Path) -> None:
        for each in changes:
            each(path)

    return change


def gone(name: str) -> Change:
    return lambda path: (path / name).unlink(missing_ok=True)


TOKENIZER, GENERATION = "tokenizer_config.json", "generation_config.json"
BASES: list[tuple[str, str, Change]] = [
    (
        "no padding token, several ends",
        "mlabonne/llm-course/issues/33, unslothai/unsloth/issues/188, huggingface/trl/issues/1623",
        both(edit(TOKENIZER, pad_token=None), edit(GENERATION, eos_token_id=[2, 3])),
    ),
    (
        "padding is the end, on the left, a temperature of its own",
        "huggingface/trl/pull/3091, ibm-granite/granite-3.1-language-models/issues/2, "
        "unslothai/unsloth/issues/416",
        both(
            edit(TOKENIZER, pad_token="<|end|>", padding_side="left"),
            edit(GENERATION, temperature=0.6, do_sample=True),
        ),
    ),
    (
        "no template, no generation config, a folder of links",
        "huggingface/trl/issues/2059, huggingface/transformers/issues/29659 and 29607",
        both(gone(GENERATION), gone("chat_template.jinja"), links),
    ),
]


@pytest.mark.parametrize(("name", "source", "change"), BASES, ids=[b[0] for b in BASES])
def test_a_round_changes_weights_and_nothing_else(
    rows: Path, tmp_path: Path, name: str, source: str, change: Change
) -> None:
    base = Path(shutil.copytree(model_path(), tmp_path / "base"))
    change(base)
    before = {p.name: p.read_bytes() for p in base.iterdir()}
    model = trained(rows, base, tmp_path / "out")
    assert not same_weights(base, model)
    assert {p.name: p.read_bytes() for p in base.iterdir()} == before, "the base model is as it was"
    here, there = locate(str(base)), locate(str(model))
    assert same_but_weights(here, there), source


def test_a_second_round_starts_its_optimiser_anew(rows: Path, tmp_path: Path) -> None:
    """RLHF-V/RLAIF-V/issues/19: does the second round go on with the first one's learning rate?"""
    first = trained(rows, model_path(), tmp_path / "1")
    second = trained(rows, first, tmp_path / "2")
    curves = [
        json.loads((p.parent / "training.json").read_text())["stages"][0]["curve"] for p in (first, second)
    ]
    assert [point[2] for point in curves[0]] == [point[2] for point in curves[1]]
    assert curves[0][0][2] == pytest.approx(1e-3)


def test_adapters_are_merged_whole_and_each_stages_own_is_kept(rows: Path, tmp_path: Path) -> None:
    """instructlab/training/issues/141 (adapters' names in the weights), hiyouga/LlamaFactory/issues/2588 and
    meta-pytorch/torchtune/issues/2272 (the second stage's adapter does not hold the first stage's)."""
    from peft import PeftModel
    from safetensors.torch import load_file

    from verirs.loop.steps.train import load

    model = trained(rows, model_path(), tmp_path / "out", "sft", "dpo", lora=4)
    names = load_file(model / "model.safetensors").keys()
    assert names == load_file(model_path() / "model.safetensors").keys()
    assert same_but_weights(locate(str(model_path())), locate(str(model)))
    by_hand = load(str(model_path()), "float32")
    for stage in ("sft", "dpo"):
        by_hand = PeftModel.from_pretrained(
            by_hand, str(tmp_path / "out" / "adapter" / stage)
        ).merge_and_unload()
    merged = load(str(model), "float32").state_dict()
    # the merged model is stored in the base's own type
    assert all(
        float((by_hand.state_dict()[k].to(load(str(model), "auto").dtype).float() - merged[k]).abs().max())
        < 1e-2
        for k in merged
    )


def checkpoint_below(path: Path) -> None:
    shutil.copytree(model_path(), path / "checkpoint-20")
    (path / "config.json").unlink()


LEFT: list[tuple[str, str, Change, str]] = [
    ("a cut archive", "axolotl-ai-cloud/axolotl/issues/1156",
     lambda p: (p / "pytorch_model.bin").write_bytes(b"PK\x03\x04 and no more"),
     "is no whole archive"),
    ("adapters as an archive", "axolotl-ai-cloud/axolotl/issues/1156",
     lambda p: (p / "adapter_model.bin").write_bytes(b"x"), "not merged"),
    ("a checkpoint below", "huggingface/trl/issues/3252",
     checkpoint_below,
     "checkpoint-20 holds one"),
    ("empty weights", "pytorch/pytorch/issues/910",
     lambda p: (p / "model.safetensors").write_bytes(b""), "cut off"),
    ("one shard of two", "OpenGVLab/InternVL/issues/525",
     lambda p: (p / "model.safetensors.index.json").write_text(
         json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors"}})),
     "model-00001-of-00002.safetensors are missing"),
    ("no tokenizer", "hiyouga/LlamaFactory/issues/5259",
     gone("tokenizer.json"), "the tokenizer is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "source", "change", "says"), LEFT, ids=[c[0] for c in LEFT])
def test_what_a_trainer_left_half_done_is_no_model(
    tmp_path: Path, name: str, source: str, change: Change, says: str
) -> None:
    path = toy_model(tmp_path / "m")
    if name not in ("empty weights", "no tokenizer"):
        (path / "model.safetensors").unlink()
    change(path)
    with pytest.raises(NotAModel, match=says):
        check_model(path)


def test_a_whole_archive_is_a_model(tmp_path: Path) -> None:
    path = toy_model(tmp_path / "m")
    (path / "model.safetensors").unlink()
    with zipfile.ZipFile(path / "pytorch_model.bin", "w") as archive:
        archive.writestr("data.pkl", b"x")
    check_model(path)


def test_links_into_a_cache_become_files(tmp_path: Path) -> None:
    """huggingface/transformers/issues/29607: the folder to go on from is one of links."""
    path = Path(shutil.copytree(model_path(), tmp_path / "m"))
    links(path)
    without_links(path)
    assert not any(p.is_symlink() for p in path.iterdir()) and same_weights(path, model_path())


def test_the_tenth_round_comes_after_the_ninth_and_the_hundredth_is_found(tmp_path: Path) -> None:
    """tloen/alpaca-lora/issues/298: which of many checkpoints is gone on from."""
    assert [Round(tmp_path, i).path.name for i in (9, 10, 100)] == ["round-09", "round-10", "round-100"]


@pytest.mark.parametrize("rows_given", [1, 2, 5, 11, 64, 333])
def test_no_size_of_a_round_trains_at_rate_zero(rows_given: int) -> None:
    """THUDM/slime/pull/516, NVIDIA-NeMo/Megatron-Bridge/pull/1135: warm-up longer than the training."""
    for stage in ("sft", "dpo", "kto"):
        given = defaults(stage, False, rows_given)
        batch = given["per_device_train_batch_size"] * given["gradient_accumulation_steps"]
        steps = -(-rows_given // batch) * given["num_train_epochs"]
        assert given["warmup_steps"] < max(1, steps / 10)
