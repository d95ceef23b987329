"""What was sampled is what a trainer reads again: token for token, on three kinds of chat templates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.thoughts.templates import KINDS, saved, tokenizer
from verirs.errors import UserError
from verirs.select import First
from verirs.sinks import TextSink
from verirs.thoughts import is_cut_off, parted, whole
from verirs.types import Completion, Problem

pytest.importorskip("transformers")
ASKED = [{"role": "user", "content": "Write <think> and say: 2 + 2?"}]
THOUGHT, ANSWER = "\nTwo and two,\n\nso 4.\n", "\n\nIt is \\boxed{4}."
SAMPLED = {
    "qwen3": f"<think>{THOUGHT}</think>{ANSWER}<|im_end|>",
    "r1": f"Two and two,\n\nso 4.\n</think>{ANSWER}</s>",
    "gpt-oss": f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>"
    f"{ANSWER}<|return|>",
}


def chat(kind: str, folder: Path) -> Any:
    from verirs.engines.models import ChatTokenizer, Located

    return ChatTokenizer(Located(str(saved(kind, folder)), None, None))


def ids_of(kind: str, text: str) -> list[int]:
    return list(tokenizer(kind)(text, add_special_tokens=False)["input_ids"])


def drawn(kind: str, folder: Path, text: str, **given: Any) -> tuple[Any, Completion]:
    """The prompt, and the completion that an engine makes of tokens that spell ``text``."""
    model = chat(kind, folder)
    prompt = model.prompt(ASKED, given)
    return prompt, parted(Completion(text=model.decode(ids_of(kind, text))), opened=prompt.opened)


@pytest.mark.parametrize("kind", KINDS)
def test_the_thought_is_apart_and_nothing_of_it_is_lost(kind: str, tmp_path: Path) -> None:
    prompt, completion = drawn(kind, tmp_path, SAMPLED[kind])
    assert completion.reasoning.strip() == THOUGHT.strip() and completion.text == ANSWER
    assert prompt.opened == ("<think>" if kind == "r1" else "")  # a user's own <think> opens nothing


@pytest.mark.parametrize(("kind", "key"), [("qwen3", "reasoning_content"), ("gpt-oss", "thinking")])
def test_a_field_renders_to_the_tokens_that_were_sampled(kind: str, key: str, tmp_path: Path) -> None:
    prompt, completion = drawn(kind, tmp_path, SAMPLED[kind])
    message = {"role": "assistant", "content": completion.text, key: completion.reasoning}
    again = tokenizer(kind).apply_chat_template([*ASKED, message], tokenize=False)
    own = [*prompt.ids, *ids_of(kind, SAMPLED[kind])]
    assert ids_of(kind, again)[: len(own)] == own


def test_tags_render_to_the_tokens_that_were_sampled(tmp_path: Path) -> None:
    prompt, completion = drawn("qwen3", tmp_path, SAMPLED["qwen3"])
    message = {"role": "assistant", "content": whole(completion)}
    again = tokenizer("qwen3").apply_chat_template([*ASKED, message], tokenize=False)
    own = [*prompt.ids, *ids_of("qwen3", SAMPLED["qwen3"])]
    assert ids_of("qwen3", again)[: len(own)] == own


def test_a_template_that_drops_thoughts_needs_the_text_itself(tmp_path: Path) -> None:
    """DeepSeek-R1's kind: prompt and text as they are, the opening tag in the prompt."""
    prompt, completion = drawn("r1", tmp_path, SAMPLED["r1"])
    text = whole(completion).removeprefix(prompt.opened)
    written = tokenizer("r1").apply_chat_template(ASKED, tokenize=False, add_generation_prompt=True)
    assert written.endswith("<think>\n")
    own = [*prompt.ids, *ids_of("r1", SAMPLED["r1"])]
    assert ids_of("r1", written + text + "</s>") == own


def test_the_sink_of_texts_writes_what_was_read_and_sampled(tmp_path: Path) -> None:
    from tests.select.toys import candidate, group

    (tmp_path / "model").mkdir()
    (saved("r1", tmp_path / "model") / "config.json").write_text("{}")
    _, completion = drawn("r1", tmp_path / "other", SAMPLED["r1"])
    found = replace(candidate(0), completion=completion)
    problem = Problem(id="p", prompt=tuple(ASKED), answer="4")
    selection = First().select(replace(group(found), problem=problem))
    (row,) = TextSink(model=str(tmp_path / "model")).rows(selection)
    own = [*chat("r1", tmp_path / "third").prompt(ASKED).ids, *ids_of("r1", SAMPLED["r1"])]
    assert ids_of("r1", row["prompt"] + row["completion"] + "</s>") == own


def test_thinking_is_turned_off_by_the_template(tmp_path: Path) -> None:
    prompt, completion = drawn("qwen3", tmp_path, "It is 4.<|im_end|>", enable_thinking=False)
    assert (completion.text, completion.reasoning, prompt.opened) == ("It is 4.", "", "")
    message = {"role": "assistant", "content": completion.text}
    again = tokenizer("qwen3").apply_chat_template([*ASKED, message], tokenize=False)
    own = [*prompt.ids, *ids_of("qwen3", "It is 4.<|im_end|>")]
    assert ids_of("qwen3", again)[: len(own)] == own


def test_what_a_template_does_not_read_is_refused(tmp_path: Path) -> None:
    model = chat("qwen3", tmp_path)
    with pytest.raises(UserError, match=r"does not read 'enable_thinkin'.*did you mean enable_thinking"):
        model.prompt(ASKED, {"enable_thinkin": False})


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("qwen3", "<think>\nTwo and"),
        ("r1", "Two and"),
        ("gpt-oss", "<|channel|>analysis<|message|>Two and"),
        ("gpt-oss", "<|channel|>analysis<|message|>Two<|end|><|start|>assistant<|channel|>final<|message|>"),
    ],
)
def test_a_thought_that_never_ends_is_cut_off(kind: str, text: str, tmp_path: Path) -> None:
    _, completion = drawn(kind, tmp_path, text)
    assert completion.text == "" and completion.reasoning.strip().startswith("Two")
    assert is_cut_off(completion) and completion.finish_reason == "length"


def test_a_thought_that_a_message_begins_is_gone_on_with(tmp_path: Path) -> None:
    model = chat("qwen3", tmp_path)
    begun = [*ASKED, {"role": "assistant", "content": "<think>\nFirst,"}]
    assert model.prompt(begun).opened == "<think>"
