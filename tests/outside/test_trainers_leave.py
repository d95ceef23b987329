"""What trainers of others leave, how trainings go wrong without a word; from public threads, in own words.

The threads stand beside the cases. Held is what matters to a loop: what is taken for a round's model is
the model that was trained, whole, and asked as it was trained; what cannot be known to be that is refused by
name, and what may have been meant is told (``LOOK``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.loop.test_parts import make_problems, run_folder
from tests.loop.toys import group
from tests.outside.test_training_loops import both, edit, gone
from verirs.demo.policy import model_path
from verirs.errors import NotAModel
from verirs.loop import data
from verirs.loop.measure import notes
from verirs.loop.models import changed_beside, changed_numbers, check_fits, check_model
from verirs.loop.rounds import read_json
from verirs.loop.steps.train import TrainStep
from verirs.types import Verdict

P, F = Verdict.PASS, Verdict.FAIL
Change = Callable[[Path], Any]
TOKENIZER = "tokenizer_config.json"


def tensors(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Other weights in the same file."""

    def done(path: Path) -> None:
        from safetensors.torch import load_file, save_file

        file = path / "model.safetensors"
        save_file(change(load_file(file)), file, {"format": "pt"})

    return done


def named(prefix: str) -> Change:
    return tensors(lambda weights: {prefix + name: w for name, w in weights.items()})


def wrapped(old: str, new: str) -> Change:
    return tensors(lambda weights: {name.replace(old, new): w for name, w in weights.items()})


def fewer_rows(weights: dict[str, Any]) -> dict[str, Any]:
    return {n: w[:-8].clone() if "embed" in n else w for n, w in weights.items()}


def more_tokens(path: Path) -> None:
    tokenizer = json.loads((path / "tokenizer.json").read_text())
    rows = json.loads((path / "config.json").read_text())["vocab_size"]
    extra = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    tokenizer["added_tokens"].append({"id": rows, "content": "<|new|>", **extra})
    (path / "tokenizer.json").write_text(json.dumps(tokenizer))


def shards_beside(path: Path) -> None:
    """The shards of the model that was begun with, their index, and the trained model in one file."""
    shutil.copy(path / "model.safetensors", path / "model-00001-of-00001.safetensors")
    from safetensors.torch import load_file

    index = {name: "model-00001-of-00001.safetensors" for name in load_file(path / "model.safetensors")}
    (path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))


def old_shards(path: Path) -> None:
    shards_beside(path)
    (path / "model.safetensors").rename(path / "model-00002-of-00007.safetensors")


def adapters_beside(path: Path) -> None:
    (path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "elsewhere"}))
    shutil.copy(path / "model.safetensors", path / "adapter_model.safetensors")


def shares(names: tuple[str, ...]) -> Change:
    def done(path: Path) -> None:
        for name in ("config.json", "model.safetensors"):
            (path / name).unlink()
        for name in names:
            (path / name).parent.mkdir(exist_ok=True)
            (path / name).write_bytes(b"x")

    return done


REFUSED: list[tuple[str, str, Change, str]] = [
    ("adapters beside the merged weights", "huggingface/peft/issues/1381", adapters_beside,
     "adapter_config.json"),
    ("names of a compiled model", "huggingface/pytorch-image-models/pull/2003, karpathy/nanoGPT/issues/325",
     named("_orig_mod."), "_orig_mod"),
    ("names of a model in DDP", "FareedKhan-dev/train-llm-from-scratch/pull/37", named("module."),
     "module"),
    ("names of adapters that were not merged",
     "instructlab/training/issues/141, unslothai/unsloth/issues/3428",
     wrapped("q_proj.", "q_proj.base_layer."), "base_layer"),
    ("a weight is left out", "sgl-project/sglang/pull/32279",
     tensors(lambda w: {n: t for n, t in w.items() if n != "model.norm.weight"}), "model.norm.weight"),
    ("embeddings of another size than the config says", "huggingface/transformers/issues/13581, "
     "hiyouga/LlamaFactory/pull/8823", tensors(fewer_rows), "another shape"),
    ("tokens without weights", "unslothai/unsloth/issues/237, huggingface/peft/issues/1173",
     more_tokens, "tokens that have no weights"),
    ("one file beside the old shards and their index",
     "vllm-project/vllm/pull/54230, Blaizzy/mlx-vlm/pull/1464",
     shards_beside, "the index does not name model.safetensors"),
    ("shards of two savings", "hiyouga/LlamaFactory/issues/6244, sgl-project/sglang/pull/35107", old_shards,
     "the index does not name model-00002-of-00007"),
    ("shares of FSDP", "meta-llama/llama-cookbook/issues/53 and 436",
     shares(("__0_0.distcp", "__1_0.distcp", ".metadata", "train_params.yaml")), "sharded checkpoint"),
    ("shares of ZeRO", "huggingface/transformers/issues/35072",
     shares(("global_step3/zero_pp_rank_0_mp_rank_00_model_states.pt", "latest")), "sharded checkpoint"),
]  # fmt: skip


def look(start: Path, out: Path) -> None:
    """As a loop looks at what a training left."""
    check_model(out)
    check_fits(start, out)


@pytest.fixture
def left(tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_path(), tmp_path / "left"))


@pytest.mark.parametrize(("name", "seen", "change", "says"), REFUSED, ids=[c[0] for c in REFUSED])
def test_what_is_not_the_trained_model_is_refused(
    left: Path, name: str, seen: str, change: Change, says: str
) -> None:
    change(left)
    with pytest.raises(NotAModel, match=says):
        look(model_path(), left)


FINE: list[tuple[str, str, Change]] = [
    ("the output layer is stored too", "huggingface/peft/issues/2018",
     tensors(lambda w: {**w, "lm_head.weight": w["model.embed_tokens.weight"].clone()})),
    ("another library's version and no cache in the config", "huggingface/trl/pull/3891",
     edit("config.json", transformers_version="9.9", use_cache=False)),
    ("no generation config", "huggingface/transformers/issues/29659", gone("generation_config.json")),
    ("more rows than tokens", "huggingface/peft/issues/2415",
     both(edit("config.json", vocab_size=4096), tensors(lambda w: w))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "seen", "change"), FINE, ids=[c[0] for c in FINE])
def test_what_is_the_trained_model_is_taken(left: Path, name: str, seen: str, change: Change) -> None:
    change(left)
    look(model_path(), left)


def test_weights_that_engines_load_in_another_type_are_told(left: Path, tmp_path: Path) -> None:
    """meta-llama/llama-cookbook/issues/289, instructlab/training/issues/477: twice the size."""
    began = tmp_path / "began"
    shutil.copytree(model_path(), began)
    edit("config.json", dtype="bfloat16")(began)
    tensors(lambda w: {n: t.float() for n, t in w.items()})(left)
    look(began, left)
    told = changed_numbers(began, left)
    assert told == "BF16 -> F32"
    assert "BF16 -> F32" in notes({"stages": [], "numbers": told}, None)[0]
    # its config says float32, whatever the file holds: so it is loaded before and after
    assert not changed_numbers(model_path(), left)
    for folder in (began, left):  # without a word in the config, the file tells
        edit("config.json", dtype=None)(folder)
    assert changed_numbers(began, left) == "BF16 -> F32"


def test_new_weights_beside_the_old_ones_in_another_format_are_no_training(left: Path) -> None:
    """huggingface/diffusers/issues/14769: the old safetensors stay, and are what is loaded."""
    import zipfile

    from verirs.loop.models import same_weights

    with zipfile.ZipFile(left / "pytorch_model.bin", "w") as archive:
        archive.writestr("data.pkl", b"new")
    look(model_path(), left)
    assert same_weights(model_path(), left)
    assert "changed no weight" in notes({"stages": [], "unchanged": True}, None)[0]


# ---- our own trainer ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("rows")
    run = run_folder(path / "run", [group(p, [P, F, P, F]) for p in make_problems(8)])
    data.mix([(1, run / "export")], ["sft", "dpo", "kto"], path / "data")
    return path / "data"


def trained(
    rows: Path, base: Path, out: Path, stage: str = "sft", lora: int = 0, **over: Any
) -> dict[str, Any]:
    out.mkdir(parents=True, exist_ok=True)
    TrainStep(
        model=str(base),
        base=str(model_path()),
        out=str(out),
        stages=(stage,),
        data={stage: str(rows / f"{stage}.parquet")},
        options={stage: {"max_steps": 2, "learning_rate": 1e-3, "per_device_train_batch_size": 4, **over}},
        lora=lora,
        seed=0,
    ).work()
    look(base, out / "model")
    figures: dict[str, Any] = read_json(out / "training.json")["stages"][0]
    return figures


@pytest.mark.parametrize("stage", ["sft", "dpo"])
def test_rows_that_are_cut_are_counted_and_told(rows: Path, tmp_path: Path, stage: str) -> None:
    """huggingface/trl/pull/6025, AI-Hypercomputer/maxtext/pull/4406, unslothai/unsloth/issues/2904."""
    whole = trained(rows, model_path(), tmp_path / "whole", stage)
    assert (whole["max_length"], whole["cut"], whole["unlike"]) == (None, 0, 0)
    assert not [n for n in notes({"stages": [whole]}, None) if "cut off" in n]
    short = trained(rows, model_path(), tmp_path / "short", stage, max_length=14)
    assert short["cut"] == short["rows"]
    assert any("longer than max_length = 14" in n for n in notes({"stages": [short]}, None))


def test_a_template_that_asks_otherwise_than_it_writes_is_told(rows: Path, tmp_path: Path) -> None:
    """huggingface/trl/issues/5213, pull/3522: the prompt opens a thought, the conversation does not."""
    base = Path(shutil.copytree(model_path(), tmp_path / "base"))
    file = base / "chat_template.jinja"
    file.write_text(file.read_text() + "{% if add_generation_prompt %}<think>{% endif %}")
    figures = trained(rows, base, tmp_path / "out")
    assert figures["unlike"] == figures["rows"]
    assert any("other tokens than the model was asked with" in n for n in notes({"stages": [figures]}, None))


def test_what_the_prompts_were_rendered_with_reaches_the_trainer(rows: Path, tmp_path: Path) -> None:
    """huggingface/trl/pull/6510: options of the chat template are lost between sampling and training."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    base = Path(shutil.copytree(model_path(), tmp_path / "base"))
    file = base / "chat_template.jinja"
    file.write_text("{% if short %}Be short. {% endif %}" + file.read_text())
    table = pq.read_table(rows / "sft.parquet")
    (tmp_path / "data").mkdir()
    table = table.append_column("chat_template_kwargs", pa.array([{"short": True}] * len(table)))
    pq.write_table(table, tmp_path / "data" / "sft.parquet")
    (tmp_path / "chat.jsonl").write_text('{"prompt": "2 + 2", "completion": "4"}\n')
    data.add_extra(tmp_path / "data" / "sft.parquet", tmp_path / "chat.jsonl", 0.05, 0)
    with_it = trained(tmp_path / "data", base, tmp_path / "with")
    without = trained(rows, base, tmp_path / "without")
    assert with_it["unlike"] == without["unlike"] == 0
    assert with_it["first_loss"] != without["first_loss"], "the template's option changes the prompt"


def test_a_batch_in_parts_is_the_batch(rows: Path, tmp_path: Path) -> None:
    """huggingface/transformers/pull/34191, huggingface/trl/issues/2175, axolotl/issues/1100."""
    one = trained(rows, model_path(), tmp_path / "one", per_device_train_batch_size=8)
    parts = trained(
        rows, model_path(), tmp_path / "parts", per_device_train_batch_size=2, gradient_accumulation_steps=4
    )
    assert one["batch"] == parts["batch"] == 8
    losses, again = ([point[1] for point in figures["curve"]] for figures in (one, parts))
    assert losses == pytest.approx(again, rel=1e-3)


def test_a_training_begun_again_takes_nothing_from_the_one_that_was_cut_off(
    rows: Path, tmp_path: Path
) -> None:
    """huggingface/transformers/issues/27749, 34053 and 23099: another learning rate after a resume."""
    out = tmp_path / "out"
    first = trained(rows, model_path(), out, save_strategy="steps", save_steps=1)
    assert (out / "trainer" / "checkpoint-1").is_dir()
    shutil.rmtree(out / "model")
    second = trained(rows, model_path(), out)  # its checkpoints are still there
    assert first["curve"] == second["curve"]


@pytest.mark.parametrize(("tied", "lora"), [(True, 4), (False, 0)])
def test_what_is_stored_is_what_was_trained(rows: Path, tmp_path: Path, tied: bool, lora: int) -> None:
    """huggingface/peft/pull/2972, huggingface/transformers/issues/45127: tied embeddings after a merge."""
    base = Path(shutil.copytree(model_path(), tmp_path / "base"))
    if not tied:
        edit("config.json", tie_word_embeddings=False)(base)
        tensors(lambda w: {**w, "lm_head.weight": w["model.embed_tokens.weight"].clone()})(base)
    figures = trained(rows, base, tmp_path / "out", lora=lora)
    again = trained(rows, tmp_path / "out" / "model", tmp_path / "again", max_steps=1)
    assert again["first_loss"] < figures["first_loss"], "the next round begins with what this one learned"
    assert json.loads((tmp_path / "out" / "model" / "config.json").read_text()) == json.loads(
        (base / "config.json").read_text()
    )


def test_the_reference_may_stay_the_base_while_the_start_moves_on(rows: Path, tmp_path: Path) -> None:
    """RLHFlow/Online-RLHF/issues/5 and 7: each round goes on from the last, held to the first model."""
    from safetensors.torch import load_file

    from verirs.loop.steps.train import load, reference

    trained(rows, model_path(), tmp_path / "one")
    start = str(tmp_path / "one" / "model")
    step = TrainStep(
        model=start, base=str(model_path()), out="", stages=("dpo",), data={}, options={}, lora=0, seed=0,
        reference="base",
    )  # fmt: skip
    kept = reference(step, "dpo", load(start, "float32"))["ref_model"].state_dict()
    base, moved = (load_file(Path(p) / "model.safetensors") for p in (model_path(), start))
    name = "model.layers.0.self_attn.q_proj.weight"
    assert bool((kept[name] == base[name].float()).all()) and not bool(
        (kept[name] == moved[name].float()).all()
    )


def test_no_pair_holds_one_text_twice(tmp_path: Path) -> None:
    """OpenRLHF/OpenRLHF/issues/1009: where all rewards are equal, the same text is chosen and rejected."""
    import dataclasses

    import pyarrow.parquet as pq

    same = group(make_problems(1)[0], [P, F, P, F])
    same = dataclasses.replace(
        same,
        candidates=tuple(
            dataclasses.replace(c, completion=dataclasses.replace(c.completion, text="the same"))
            for c in same.candidates
        ),
    )
    other = group(make_problems(2)[1], [P, F])
    run = run_folder(tmp_path / "run", [same, other])
    data.mix([(1, run / "export")], ["dpo"], tmp_path / "data")
    pairs = pq.read_table(tmp_path / "data" / "dpo.parquet").to_pylist()
    assert pairs and all(p["chosen"] != p["rejected"] for p in pairs)


def test_a_trainer_that_changes_the_way_to_ask_is_told(left: Path) -> None:
    """unslothai/unsloth/issues/219, huggingface/smol-course/issues/159: another template, another end."""
    (left / "chat_template.jinja").write_text("{{ messages[0].content }}")
    edit("generation_config.json", eos_token_id=[77])(left)
    assert len(changed_beside(model_path(), left)) == 2
