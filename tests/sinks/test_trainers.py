"""Files for trainers: what each reads is there as text, and renders as TRL renders our own rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sinks.loaders import MATRIX, ours, rows, selections, written
from tests.thoughts.templates import tokenizer
from verirs.curation import wilson
from verirs.errors import ConfigError
from verirs.running.config import Config, parse
from verirs.running.drive import dump
from verirs.sinks.howto import LOADS, dataset_info, loading
from verirs.sinks.trainers import SHAPES, TRAINERS, part_of
from verirs.types import Problem


def rendered(messages: list[dict[str, Any]], **more: Any) -> str:
    return str(tokenizer("qwen3").apply_chat_template(messages, tokenize=False, **more))


def trl_text(row: dict[str, Any], key: str = "completion") -> str:
    """What TRL makes of one of our rows."""
    trl = pytest.importorskip("trl")
    names = ("prompt", key) if key == "completion" else ("prompt", "chosen", "rejected")
    made = trl.apply_chat_template({n: row[n] for n in names}, tokenizer("qwen3"))
    return str(made["prompt"] + made[key])


BARE = {("openai", "sft"), ("openai", "dpo"), ("axolotl", "dpo")}
"""Files of answers alone."""


def every_text(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for inner in values for text in every_text(inner)]


@pytest.mark.parametrize(("trainer", "kind"), MATRIX)
@pytest.mark.parametrize("thoughts", [False, True])
def test_no_text_is_a_printed_list(tmp_path: Path, trainer: str, kind: str, thoughts: bool) -> None:
    found = rows(written(tmp_path, selections(thoughts), trainer, kind))
    assert found
    for text in every_text(found):
        if text.startswith(('{"answer"', '{"verirs_problem"')):  # the whole problem, which our hooks read
            continue
        assert "[{" not in text and "'role'" not in text
    if thoughts and kind != "rl" and (trainer, kind) not in BARE:
        assert all("I add" in json.dumps(row) for row in found)  # no trainer's rows lose a thought


def conversations(row: dict[str, Any], kind: str, trainer: str) -> dict[str, list[dict[str, Any]]]:
    """The whole conversations that a variant's row holds, by what they are."""
    if kind == "dpo":
        if trainer == "ms-swift":
            wrong = [*row["messages"][:-1], {"role": "assistant", "content": row["rejected_response"]}]
            return {"chosen": row["messages"], "rejected": wrong}
        if trainer == "nemo-rl":
            names = ("chosen", "rejected")
            return {names[c["rank"]]: [*row["context"], *c["completion"]] for c in row["completions"]}
        if trainer == "openai":
            asked = row["input"]["messages"]
            return {
                "chosen": [*asked, *row["preferred_output"]],
                "rejected": [*asked, *row["non_preferred_output"]],
            }
        if "messages" in row:
            return {key: [*row["messages"], row[key]] for key in ("chosen", "rejected")}
        return {key: [*row.get("prompt", []), *row[key]] for key in ("chosen", "rejected")}
    return {"completion": row["messages"] if "messages" in row else [*row["prompt"], *row["completion"]]}


@pytest.mark.parametrize(("trainer", "kind"), [m for m in MATRIX if m[1] != "rl"])
@pytest.mark.parametrize("thoughts", [False, True])
def test_the_rendered_text_is_trls(tmp_path: Path, trainer: str, kind: str, thoughts: bool) -> None:
    """Byte for byte, whether the thought stands in a field or in tags; answers alone for OpenAI."""
    thoughts = thoughts and (trainer, kind) not in BARE
    chosen = selections(thoughts)
    variants = rows(written(tmp_path / "v", chosen, trainer, kind))
    for row, own in zip(variants, ours(tmp_path / "o", chosen, kind), strict=True):
        for key, messages in conversations(row, kind, trainer).items():
            assert rendered(messages) == trl_text(own, key)


def test_the_files_of_a_trainer_hold_no_column_that_misleads_it(tmp_path: Path) -> None:
    """MLX-LM and ms-swift take prompt and completion before messages; OpenAI refuses other columns."""
    for trainer in ("mlx", "ms-swift", "llama-factory", "axolotl", "torchtune", "nemo-rl", "openai", "verl"):
        (row, *_) = rows(written(tmp_path / trainer, selections(), trainer, "sft"))
        assert set(row) - {"problem_id", "sample_index"} == {"messages"}
    (row, *_) = rows(written(tmp_path, selections(), "openai", "dpo"))
    assert set(row) == {"input", "preferred_output", "non_preferred_output"}


def test_every_trainer_has_its_flags_and_the_card_its_files() -> None:
    assert set(TRAINERS) == set(SHAPES) == set(LOADS)
    assert {(t, k) for t, k in MATRIX} == {(t, k) for t in LOADS for k in LOADS[t]}
    ((file, how, _),) = loading(["mlx/sft/train.jsonl", "mlx/sft/valid.jsonl"], {})
    assert file == "`mlx/sft/train.jsonl`" and "--data mlx/sft " in how


def test_llama_factory_finds_its_files() -> None:
    made = json.loads(dataset_info(["llama-factory/dpo/train.jsonl", "trl/sft/train.jsonl"]))
    assert made["verirs_dpo"]["file_name"] == "dpo/train.jsonl" and made["verirs_dpo"]["ranking"] is True


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("What is $\\frac{1}{2} + 3$?", "what is  $\\dfrac{1}{2}+3$ ?", True),
        ("Ann has 5 pens.", "Ann has 12 pens.", True),
        ("Ann has pens.", "Bob has pens.", False),
    ],
)
def test_variants_of_a_problem_stand_on_one_side(one: str, other: str, same: bool) -> None:
    def sides(text: str) -> list[str]:
        return [part_of(Problem(prompt=text), share / 2000) for share in range(1, 2000)]

    assert (sides(one) == sides(other)) is same
    assert sides(one)[0] != sides(one)[-1]  # a larger share takes it in


def test_the_key_is_called_for_and_a_config_written_again_keeps_it() -> None:
    raw = {"source": {"name": "easy"}, "engine": {"name": "fake"}, "export": {"for": ["trl", "verl"]}}
    config = parse(raw)
    assert config.export.trainers == ["trl", "verl"] and "for = [" in dump(config)
    assert Config(**raw).export.trainers == ["trl", "verl"]


def test_a_trainer_that_finds_nothing_is_refused_before_anything_is_sampled() -> None:
    raw = {"source": {"name": "easy"}, "engine": {"name": "fake"}}
    with pytest.raises(ConfigError, match=r"mlx reads sft, and .* has none of them"):
        parse(raw | {"export": {"sinks": ["dpo"], "for": ["mlx"]}})
    with pytest.raises(ConfigError, match="did you mean llama-factory"):
        parse(raw | {"export": {"for": ["llama_factory"]}})


def test_wilsons_interval() -> None:
    assert wilson(0, 0) == (None, None)
    assert list(wilson(8, 10)) == pytest.approx([0.4902, 0.9433], abs=1e-4)
    assert wilson(0, 4)[0] == 0.0 and wilson(4, 4)[1] == 1.0
