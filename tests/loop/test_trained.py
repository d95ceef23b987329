"""What trainings of others left, and what their users lost: models that are whole files and no models.

Each case is of a kind that somebody met; the address says where. Texts and values are our own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.loop.loops import table
from tests.loop.test_parts import make_problems, run_folder, toy_model
from tests.loop.toys import group
from verirs.errors import ConfigError, NotAModel, NothingDone
from verirs.loop import data, iterate
from verirs.loop.config import read
from verirs.loop.measure import notes
from verirs.loop.models import changed_beside, check_weights
from verirs.loop.options import option_problems
from verirs.types import Verdict

P, F = Verdict.PASS, Verdict.FAIL
GITHUB = "https://github.com/"


def weights(path: Path, **tensors: Any) -> Path:
    save_file(tensors, toy_model(path) / "model.safetensors")
    return path


@pytest.mark.parametrize(
    ("bad", "seen_at"),
    [
        (np.zeros((0,), np.float16), "huggingface/peft/issues/453"),
        (np.zeros((0, 8), np.float32), "deepspeedai/DeepSpeed/issues/2413"),
        (np.zeros((0,), np.float32), "deepspeedai/DeepSpeed/issues/3841"),
    ],
)
def test_weights_that_were_never_gathered(tmp_path: Path, bad: Any, seen_at: str) -> None:
    model = weights(tmp_path / "m", good=np.ones(3, np.float32), bad=bad)
    with pytest.raises(NotAModel, match=r"1 of 2 weights hold nothing \(the first: bad\)"):
        check_weights(model)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_of_a_training_that_diverged(tmp_path: Path, kind: str, value: float) -> None:
    """huggingface/trl/pull/1380: a batch without a mismatched example gave NaN."""
    bad = np.ones(5, kind)
    bad[3] = value
    with pytest.raises(NotAModel, match="NaN or infinity"):
        check_weights(weights(tmp_path / "m", w=bad))


def test_weights_in_bfloat16_are_looked_at_too(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file as save

    for name, value in (("bad", float("nan")), ("good", 3.3e38)):
        save(
            {"w": torch.tensor([1.0, value], dtype=torch.bfloat16)},
            toy_model(tmp_path / name) / "model.safetensors",
        )
    check_weights(tmp_path / "good")
    with pytest.raises(NotAModel):
        check_weights(tmp_path / "bad")


def test_all_finite_numbers_pass(tmp_path: Path) -> None:
    info = np.finfo(np.float16)
    check_weights(
        weights(tmp_path / "m", w=np.array([info.max, info.min, info.tiny, 0, -0.0]), ids=np.array([-1]))
    )


def test_a_round_whose_weights_are_no_numbers_never_becomes_a_model(tmp_path: Path) -> None:
    """The trainer ends with status 0, and its file is whole."""
    trainer = (
        "import shutil, sys; from pathlib import Path\n"
        "shutil.copytree(sys.argv[1], sys.argv[2])\n"
        "file = Path(sys.argv[2]) / 'model.safetensors'; data = bytearray(file.read_bytes())\n"
        "data[-4:] = bytes([0, 0, 0xC0, 0x7F]); file.write_bytes(data)\n"
    )
    command = [sys.executable, "-S", "-c", trainer, "{model}", "{out}"]
    raw = table(tmp_path / "loop", rounds=1)
    raw["train"]["command"] = command
    with pytest.raises(NotAModel, match="the training diverged"):
        iterate(raw)
    assert not (tmp_path / "loop" / "round-01" / "model").exists()


# ---- the model is asked otherwise -------------------------------------------------------------------


def texts(path: Path, **files: Any) -> Path:
    toy_model(path)
    for name, content in files.items():
        file = path / {"template": "chat_template.jinja"}.get(name, f"{name}.json")
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


TOKENIZER = {"model": {"vocab": {"a": 0, "b": 1}}, "added_tokens": [{"content": "<end>", "id": 2}]}


@pytest.mark.parametrize(
    ("left", "what", "seen_at"),
    [
        # one that ends a text is the padding too, and the other is gone
        (
            {"generation_config": {"eos_token_id": [2, 11], "pad_token_id": 2}},
            "ends a text",
            "huggingface/transformers/issues/48016",
        ),
        ({"template": "{{ other }}"}, "chat template", "huggingface/trl/issues/2059"),
        ({"template": None}, "chat template", "huggingface/trl/issues/696"),
        ({"tokenizer": {**TOKENIZER, "added_tokens": []}}, "vocabulary", "allenai/open-instruct/pull/56"),
        (
            {
                "tokenizer": {
                    **TOKENIZER,
                    "added_tokens": [{"content": "<pad>", "id": 3}, *TOKENIZER["added_tokens"]],
                }
            },
            "vocabulary",
            "unslothai/unsloth/issues/416",
        ),
        (
            {"tokenizer": {**TOKENIZER, "model": {"vocab": {"a": 1, "b": 0}}}},
            "vocabulary",
            "vllm-project/vllm/issues/3404",
        ),
    ],
)
def test_a_model_that_is_asked_otherwise_is_told(tmp_path: Path, left: Any, what: str, seen_at: str) -> None:
    files = {"tokenizer": TOKENIZER, "template": "{{ one }}", "generation_config": {"eos_token_id": 2}}
    start = texts(tmp_path / "start", **files)
    out = texts(tmp_path / "out", **{k: v for k, v in {**files, **left}.items() if v is not None})
    told = changed_beside(start, out)
    assert len(told) == 1
    assert what in told[0]
    assert what in notes({"stages": [], "beside": told}, None)[0]


def test_the_same_text_side_in_other_files_is_the_same(tmp_path: Path) -> None:
    start = texts(
        tmp_path / "a", tokenizer_config={"chat_template": "{{ one }}\n"}, config={"eos_token_id": 2}
    )
    out = texts(
        tmp_path / "b", template="{{ one }}", generation_config={"eos_token_id": [2], "do_sample": True}
    )
    assert changed_beside(start, out) == []


# ---- preferences ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verdicts", "label"), [([P, P], "false"), ([F, F], "true")])
def test_kto_wants_both_labels(tmp_path: Path, verdicts: list[Verdict], label: str) -> None:
    """huggingface/trl/pull/1724: a set of one label was trained on, to no end."""
    run = run_folder(tmp_path / "run", [group(p, verdicts) for p in make_problems(4)])
    data.mix([(1, run / "export")], ["kto"], tmp_path / "data")
    assert data.one_label(tmp_path / "data" / "kto.parquet") == label
    both = run_folder(tmp_path / "both", [group(p, [P, F]) for p in make_problems(4)])
    data.mix([(1, both / "export")], ["kto"], tmp_path / "data2")
    assert data.one_label(tmp_path / "data2" / "kto.parquet") == ""


@pytest.mark.parametrize(
    ("train", "says", "seen_at"),
    [
        ({"kto": {"per_device_train_batch_size": 1}}, "2 or more", "huggingface/trl/issues/2554"),
        ({"dpo": {"beta": -0.1}}, "beta: write a number above 0", "huggingface/trl/issues/800"),
        ({"dpo": {"rpo_alpha": 1.0}}, "unknown key train.dpo.rpo_alpha", "huggingface/trl/issues/800"),
        (
            {"dpo": {"loss_type": "sigmoid_nrom"}},
            "did you mean sigmoid_norm",
            "hiyouga/LlamaFactory/issues/6153",
        ),
        ({"sft": {"max_seq_length": 512}}, "did you mean max_length", "huggingface/trl/issues/931"),
        ({"sft": {"warmup_ratio": 0.1}}, "did you mean warmup_steps", "RLHFlow/Online-RLHF/issues/3"),
        ({"sft": {"learning_rate": "5e-7"}}, "leave out the quotes", "RLHFlow/Online-RLHF/issues/3"),
        ({"sft": {"bf16": True, "fp16": True}}, "not both", "huggingface/accelerate/issues/2818"),
    ],
)
def test_options_that_others_found_out_while_training(train: dict[str, Any], says: str, seen_at: str) -> None:
    assert any(says in problem for problem in option_problems({"train": train}))


@pytest.mark.parametrize(
    ("train", "says", "seen_at"),
    [
        # the reference is another one than people think
        (
            {"method": "sft", "reference": "base"},
            "holds the policy to nothing",
            "RLHFlow/Online-RLHF/issues/5",
        ),
        ({"method": "dpo", "best_of": "all", "mix": 2}, "leave out train.mix", "uclaml/SPIN/issues/11"),
        (
            {"launcher": ["accelerate", "{modle}"]},
            "is filled in by nobody",
            "huggingface/accelerate/issues/717",
        ),
    ],
)
def test_settings_that_others_mistook(tmp_path: Path, train: dict[str, Any], says: str, seen_at: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read({**table(tmp_path / "x"), "train": train})


def test_the_rows_say_which_round_they_are_of(tmp_path: Path) -> None:
    """uclaml/SPIN/issues/11: nobody could say which iterations' data a model had seen."""
    import pyarrow.parquet as pq

    runs = [
        (n, run_folder(tmp_path / str(n), [group(p, [P, F]) for p in make_problems(2 + n)])) for n in (2, 1)
    ]
    data.mix([(n, r / "export") for n, r in runs], ["sft"], tmp_path / "data", distinct=False)
    assert sorted(pq.read_table(tmp_path / "data" / "sft.parquet")["round"].to_pylist()) == [1] * 3 + [2] * 4


def test_a_round_of_one_label_is_refused_before_its_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "one_label", lambda file: "false")
    raw = table(tmp_path / "loop", rounds=1)
    raw["train"] = {**raw["train"], "method": "kto"}
    with pytest.raises(NothingDone, match="no row for kto with a label false to train on"):
        iterate(raw)
