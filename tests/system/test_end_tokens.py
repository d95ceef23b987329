"""Special tokens at the end of a completion: cut in any number, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verirs.system.end_tokens import without_end_tokens

WRITTEN = """
<|im_end|> <|endoftext|> <|eot_id|> <|end_of_text|> <|eom_id|> <|eot|> <|eom|> <|end|> <|return|>
<|call|> <|EOT|> <|END_OF_TURN_TOKEN|> <|END_RESPONSE|> <|endofassistant|> <|endofresponse|>
<|endofturn|> <|end_of_turn|> <|end_of_sentence|> <|end_of_solution|> <|fim_pad|> <|file_separator|>
<|finetune_right_pad_id|> <|reserved_special_token_9|> <|role_end|> <|eos|> <|assistant_end|>
<|turn_end|> <|stop|> <|separator|> <|pad|> <|user|> <|observation|> <|im_start|> <|im_start|>assistant
<|start_header_id|>user<|end_header_id|> <|start|>assistant<|channel|> <start_of_turn>model
<start_of_turn>user </s> <s> <eos> <bos> <pad> <unk> <end_of_turn> <EOS_TOKEN> <EOT> <eop> <eoa> <eot>
<sep> <endoftext> <end_of_sentence> <extra_id_1> <SPECIAL_12> <unused7> <seed:eos> </longcat_s>
<|eod_id|> [EOS] [PAD] [EOT] [SEP] [BOS] [/INST] [UNUSED_TOKEN_145] [|endofturn|] [e~[ |ENDOFTEXT|
<｜end▁of▁sentence｜> <｜User｜> <｜▁pad▁｜> <｜hy_place▁holder▁no▁2｜>
"""
TOKENS = WRITTEN.split()
BEFORE = [
    "The answer is 5.",
    "5",
    r"\boxed{5}",
    "```python\nx = 1\n```",
    "def f():\n    return 1",
    "$5$",
    "five",
    "",
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("before", BEFORE)
def test_every_token_is_cut_at_the_end(before: str, token: str) -> None:
    assert without_end_tokens(before + token) == before
    assert without_end_tokens(f"{before}\n{token}\n") == f"{before}\n"
    assert without_end_tokens(before + f"{token} {token}\n\n<|endoftext|>" + "<pad>" * 40) == before


@example(["<|EOT|>", "[EOT]"], "")
@example(["<s>", "<|im_end|>", "<|im_end|>", "</s>"], "")
@example(["[EOT]", "<EOT>", "[EOT]"], " ")
@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=5), st.sampled_from(["", " ", "\n", " \n\t"]))
def test_mixed_tokens_are_cut(tokens: list[str], space: str) -> None:
    assert without_end_tokens("It is 5." + space.join(tokens) + space) == "It is 5."


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 5.",
        "<s>5</s> is wrong, it is 6",
        "x = '<|endoftext|>'",
        'stop = "</s>"\nprint(stop)',
        "<answer>5</answer>",
        "<|begin_of_box|>5<|end_of_box|>",
        "ids = [EOS]",
        "PAD = 0\n\ndef f(v):\n    return v[PAD]",
        "return f(x, [EOS]",
        "[1, 2] and [a, b]",
        "1 <x|y> 2",
        "<|x|>",
        "a[i]",
        "<b>5</b>",
        "the interval (0, 5]",
        "x <pad> y",
        "<think>5</think>",
        "|x|",
        "",
        " \n",
    ],
)
def test_what_is_no_special_token_stays(text: str) -> None:
    assert without_end_tokens(text) == text


def test_a_token_behind_a_closing_fence_leaves_the_fence() -> None:
    assert without_end_tokens("```python\nx\n```<|im_end|>\nMore.") == "```python\nx\n```\nMore."
    assert without_end_tokens("```python\nx\n``` </s> [EOS]\nMore.") == "```python\nx\n```\nMore."
    for kept in ("```<html>\nx\n```\n.", "```python\nx\n```<a>\n."):
        assert without_end_tokens(kept) == kept


@given(st.text(alphabet="<|[]>eosEOS/ \n`", max_size=60))
def test_it_only_takes_away_and_once_is_enough(text: str) -> None:
    once = without_end_tokens(text)
    assert without_end_tokens(once) == once
    assert "`" in text or text.startswith(once)


@pytest.mark.parametrize(
    "unit", ["<pad>", "[EOS]", "<|", "<", "```<|im_end|>\n", " ", "</s>\n", "<|im_start|>user"]
)
def test_long_texts_take_linear_time(unit: str) -> None:
    text = "a" + unit * (500_000 // len(unit))
    begun = time.thread_time()
    without_end_tokens(text)
    assert time.thread_time() - begun < 20
