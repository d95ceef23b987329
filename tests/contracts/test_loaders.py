"""The trainers' own loaders read what ``export.for`` wrote, at the versions of ``scripts/trainers.sh``.

Each rendered conversation is byte for byte what TRL makes of our own rows, with one chat template. A test
skips where its trainer is not installed. Loaders of pictures and sounds that a trainer imports beside are
replaced by empty modules where they do not load.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.sinks.loaders import ours, rows, selections, written
from tests.thoughts.templates import tokenizer
from verirs.sinks.howto import dataset_info

pytest.importorskip("trl")
KINDS = ["sft", "dpo", "kto"]


def trainer_module(name: str) -> Any:
    """A trainer's module, without what it needs for other data than texts; skips where there is none."""
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        pytest.skip(f"{name} is not installed: scripts/trainers.sh")
    for other in ("torchaudio", "verl.models.transformers.qwen2_vl"):
        if other not in sys.modules:
            empty = types.ModuleType(other)
            empty.__spec__ = importlib.machinery.ModuleSpec(other, None)
            empty.__path__ = []
            empty.__dict__["get_rope_index"] = None
            sys.modules[other] = empty
    return importlib.import_module(name)


def rendered(messages: list[dict[str, Any]], **more: Any) -> str:
    return str(tokenizer("qwen3").apply_chat_template(messages, tokenize=False, **more))


def trl_texts(folder: Path, chosen: Any, kind: str) -> list[dict[str, str]]:
    """What TRL makes of our own rows: prompt and the rest, by column."""
    import trl

    names = ("prompt", "chosen", "rejected") if kind == "dpo" else ("prompt", "completion")
    return [
        trl.apply_chat_template({n: row[n] for n in names}, tokenizer("qwen3"))
        for row in ours(folder, chosen, kind)
    ]


@pytest.fixture(params=[False, True], ids=["plain", "thoughts"])
def chosen(request: pytest.FixtureRequest) -> Any:
    return selections(request.param)


def both(row: dict[str, str], key: str = "completion") -> str:
    return row["prompt"] + row[key]


def test_openrlhf(tmp_path: Path, chosen: Any) -> None:
    sft = trainer_module("openrlhf.datasets.sft_dataset")
    pairs = trainer_module("openrlhf.datasets.reward_dataset")
    prompts = trainer_module("openrlhf.datasets.prompts_dataset")
    template = tokenizer("qwen3").apply_chat_template
    found = rows(written(tmp_path, chosen, "openrlhf", "sft"))
    for row, own in zip(found, trl_texts(tmp_path, chosen, "sft"), strict=True):
        prompt, reply = sft.preprocess_data(row, None, "messages", None, template)
        assert (prompt, reply) == (own["prompt"], own["completion"])
    found = rows(written(tmp_path, chosen, "openrlhf", "dpo"))
    for row, own in zip(found, trl_texts(tmp_path, chosen, "dpo"), strict=True):
        prompt, good, bad, _ = pairs.preprocess_data(row, apply_chat_template=template, is_dpo=True)
        assert (prompt, good, bad) == (own["prompt"], own["chosen"], own["rejected"])
    for row in rows(written(tmp_path, chosen, "openrlhf", "rl")):
        prompt, label = prompts.preprocess_data(row, None, "input", "label", template)
        assert prompt == rendered(row["input"], add_generation_prompt=True) and label == row["label"]


def test_verl_sft(tmp_path: Path, chosen: Any) -> None:
    dataset = trainer_module("verl.utils.dataset.multiturn_sft_dataset")
    path = written(tmp_path, chosen, "verl", "sft")
    config = {"pad_mode": "no_padding", "max_length": 4096, "truncation": "error"}
    data = dataset.MultiTurnSFTDataset(str(path), tokenizer("qwen3"), config)
    for i, own in enumerate(trl_texts(tmp_path, chosen, "sft")):
        item = data[i]
        assert tokenizer("qwen3").decode(item["input_ids"].tolist()) == both(own)
        learned = [
            t for t, on in zip(item["input_ids"].tolist(), item["loss_mask"].tolist(), strict=True) if on
        ]
        assert own["completion"].startswith(tokenizer("qwen3").decode(learned))  # up to its end token


def test_verl_rl(tmp_path: Path, chosen: Any) -> None:
    dataset = trainer_module("verl.utils.dataset.rl_dataset")
    from omegaconf import OmegaConf

    path = written(tmp_path, chosen, "verl", "rl")
    config = OmegaConf.create({"cache_dir": str(tmp_path / "cache"), "filter_overlong_prompts_workers": 1,
                               "return_raw_chat": True})  # fmt: skip
    data = dataset.RLHFDataset(str(path), tokenizer("qwen3"), config)
    assert len(data) == len(chosen)
    for i, row in enumerate(rows(path)):
        item = data[i]
        assert [dict(m) for m in item["raw_prompt"]] == row["prompt"]
        assert item["reward_model"]["ground_truth"] == row["reward_model"]["ground_truth"]
        assert item["data_source"] == "toy" and item["extra_info"]["index"] == row["extra_info"]["index"]


@pytest.mark.parametrize("kind", KINDS)
def test_llama_factory(tmp_path: Path, chosen: Any, kind: str) -> None:
    converter = trainer_module("llamafactory.data.converter")
    parser = trainer_module("llamafactory.data.parser")
    path = written(tmp_path, chosen, "llama-factory", kind)
    folder = tmp_path / "llama-factory"
    (folder / "dataset_info.json").write_text(dataset_info([path.relative_to(tmp_path).as_posix()]))
    (attr,) = parser.get_dataset_list([f"verirs_{kind}"], str(folder))
    assert (folder / attr.dataset_name) == path
    convert = converter.get_dataset_converter(attr.formatting, attr, None)
    for row, own in zip(rows(path), trl_texts(tmp_path, chosen, kind), strict=True):
        made = convert(row)
        system = [{"role": "system", "content": made["_system"]}] if made["_system"] else []
        texts = [rendered([*system, *made["_prompt"], reply]) for reply in made["_response"]]
        if kind == "dpo":
            assert texts == [both(own, "chosen"), both(own, "rejected")]
        elif kind == "kto":
            assert (
                texts[0 if row["label"] else 1] == both(own)
                and made["_response"][row["label"]]["content"] == ""
            )
        else:
            assert texts == [both(own)]


def test_axolotl(tmp_path: Path, chosen: Any) -> None:
    pairs = trainer_module("axolotl.prompt_strategies.dpo.chat_template")
    chat = trainer_module("axolotl.prompt_strategies.chat_template")
    made = tokenizer("qwen3")
    prompter = chat.ChatTemplatePrompter(made, chat_template=made.chat_template, field_messages="messages")
    strategy = chat.ChatTemplateStrategy(prompter, made, train_on_inputs=False, sequence_len=4096)
    for row, own in zip(
        rows(written(tmp_path, chosen, "axolotl", "sft")), trl_texts(tmp_path, chosen, "sft"), strict=True
    ):
        assert made.decode(strategy.tokenize_prompt(row)["input_ids"]) == both(own)
    table = trainer_module("axolotl.utils.dict").DictDefault
    given = {"type": "chat_template.default", "field_messages": "messages"}
    transform, _ = pairs.default(table({"chat_template": "tokenizer_default", "datasets": [given]}))
    answers = trl_texts(tmp_path, selections(False), "dpo")
    for row, own in zip(rows(written(tmp_path, chosen, "axolotl", "dpo")), answers, strict=True):
        result = transform(row, tokenizer=made)
        assert result["prompt"] == own["prompt"]
        for key in ("chosen", "rejected"):
            # it cuts what the template writes before the content, here the marks of an empty thought
            assert result[key].startswith("It is") and own[key].rstrip().endswith(result[key])


@pytest.mark.parametrize("kind", ["sft", "dpo", "kto"])
def test_ms_swift(tmp_path: Path, chosen: Any, kind: str) -> None:
    core = trainer_module("swift.dataset.preprocessor.core")
    import datasets

    path = written(tmp_path, chosen, "ms-swift", kind)
    data = datasets.load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    made = core.AutoPreprocessor()(data, load_from_cache_file=False, strict=True)
    for row, own in zip(made, trl_texts(tmp_path, chosen, kind), strict=True):
        messages = [{"role": m["role"], "content": m["content"]} for m in row["messages"]]
        if kind == "dpo":
            wrong = [*messages[:-1], {"role": "assistant", "content": row["rejected_response"]}]
            assert (rendered(messages), rendered(wrong)) == (both(own, "chosen"), both(own, "rejected"))
        else:
            assert rendered(messages) == both(own)


def test_mlx(tmp_path: Path, chosen: Any) -> None:
    module = trainer_module("mlx_lm.tuner.datasets")
    path = written(tmp_path, chosen, "mlx", "sft")
    config = types.SimpleNamespace(mask_prompt=True)
    train, valid, _ = module.load_local_dataset(path.parent, tokenizer("qwen3"), config)
    assert len(train) == len(chosen) and not len(valid)
    for i, own in enumerate(trl_texts(tmp_path, chosen, "sft")):
        ids, offset = train.process(train[i])
        assert tokenizer("qwen3").decode(ids) == both(own)
        assert tokenizer("qwen3").decode(ids[offset:]) == own["completion"]


def test_torchtune(tmp_path: Path, chosen: Any) -> None:
    module = trainer_module("torchtune.data._messages")

    def told(messages: Any) -> str:
        return rendered([{"role": m.role, "content": m.text_content} for m in messages])

    transform = module.OpenAIToMessages()
    found = rows(written(tmp_path, chosen, "torchtune", "sft"))
    for row, own in zip(found, trl_texts(tmp_path, chosen, "sft"), strict=True):
        made = transform(row)["messages"]
        assert told(made) == both(own) and [m.masked for m in made] == [True, True, False]
    found = rows(written(tmp_path, chosen, "torchtune", "dpo"))
    for row, own in zip(found, trl_texts(tmp_path, chosen, "dpo"), strict=True):
        pair = module.ChosenRejectedToMessages()(row)
        assert told(pair["chosen"]) == both(own, "chosen") and told(pair["rejected"]) == both(own, "rejected")
