"""The policy's tokenizer and chat template: byte-level BPE in which every digit is a token of its own.

Any text round-trips. A chat is ``<|user|>question<|assistant|>solution<|end|>``. System messages are
rendered, but the shipped weights never saw one.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from verirs.demo.policy.problems import draw
from verirs.demo.policy.steps import solution

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

PAD, END, USER, ASSISTANT, SYSTEM = "<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] | trim }}"
    "{% if message['role'] != 'user' %}<|end|>{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

VOCABULARY = 640
"""An upper bound: the corpus runs out of merges before."""


def chat_prompt(question: str) -> str:
    """What the model reads before it writes; the same text as the chat template's."""
    return f"{USER}{question}{ASSISTANT}"


def build_tokenizer(seed: int = 0, samples: int = 5000) -> PreTrainedTokenizerFast:
    """Train the tokenizer on ``samples`` generated problems with their right solutions."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\d"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    rng = random.Random(seed)
    drawn = [draw(rng, "train") for _ in range(samples)]
    bpe.train_from_iterator(
        (text for problem in drawn for text in (problem.question, solution(problem))),
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=[PAD, END, USER, ASSISTANT, SYSTEM],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[USER, ASSISTANT, SYSTEM],
        padding_side="left",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
