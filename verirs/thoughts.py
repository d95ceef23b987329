"""A model's thought and its answer, told apart: one form for every model and server.

:func:`divided` cuts a sampled text at the model's own tags (``<think>`` and its kin, gpt-oss's channels),
:func:`parted` does it to a completion, :func:`whole` puts both together again. Nothing of a thought is
changed: its white space stays, so what was sampled can be written again letter by letter. Tags that only a
prompt asks for (``<reasoning>``, ``<scratchpad>``) are text like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from verirs.types import Completion

TAGS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("<mm:think>", "</mm:think>"),
    ("[THINK]", "[/THINK]"),
    ("\u25c1think\u25b7", "\u25c1/think\u25b7"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|channel>thought", "<channel|>"),
)
"""What opens and what closes a thought, in the forms of public models."""
_UNSAID = re.compile(
    r"reasoning|thinking|thought|summary_text|tool|function|_(?:call|use|result|call_output)$"
)
"""Kinds of parts and items: thoughts, and calls of tools with their replies, whatever a server calls them."""
_CHANNELS = ("analysis", "commentary")
"""Of gpt-oss: thoughts, and what it says to tools."""
_SAID = frozenset({"text", "output_text", "message"})
CHANNEL_TOKENS = ("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>")
"""The special tokens that gpt-oss's channels are made of."""
CUT_OFF = "its thought was cut off: there is no answer to judge"

_HEAD = 200
_TAGS_END = frozenset(opener[-1] for opener, _ in TAGS)
_CHANNEL = re.compile(
    r"(?:<\|start\|>\s*assistant[^<]{0,100})?<\|channel\|>\s*(\w+)[^<]{0,100}(?:<\|constrain\|>[^<]{0,40})?<\|message\|>"
)
_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
_BARE = re.compile(r"assistant\s*final(?=[^a-z]|$)")
"""Between the thought and the answer of gpt-oss where its special tokens were taken out."""


@dataclass(frozen=True, slots=True)
class Divided:
    """A text in two.

    Args:
        reasoning: the thought, without its tags.
        answer: what follows it.
        ended: whether the thought was closed and an answer follows.
    """

    reasoning: str
    answer: str
    ended: bool


def is_said(part: Mapping[str, Any]) -> bool:
    """Whether a part of a message, or an item of a Responses object, is what the model says to its reader: a
    thought, a call of a tool and a tool's reply are not.
    """
    kind = part.get("type")
    if isinstance(kind, str) and kind not in _SAID and _UNSAID.search(kind):
        return False
    return part.get("thought") is not True and part.get("channel") not in _CHANNELS


def divided(text: str, *, opened: str = "") -> Divided | None:
    """The thought and the answer of a sampled text; ``None`` where it holds no thought.

    Args:
        opened: the tag with which the prompt opened the thought already (:func:`opened_by`).

    >>> divided("<think>2 and 2.</think>4")
    Divided(reasoning='2 and 2.', answer='4', ended=True)
    """
    start = len(text) - len(text.lstrip())
    if text.startswith(("<|channel|>", "<|start|>"), start):
        return _channels(text)
    if text.startswith("analysis", start) and (finals := list(_BARE.finditer(text))):
        return _of(text[start + len("analysis") : finals[-1].start()], text[finals[-1].end() :])
    for opener, closer in TAGS:
        if text.startswith(opener, start):
            return _closed(text[start + len(opener) :], closer)
    if opened:
        return _closed(text, dict(TAGS)[opened])
    return _lone(text)


def _of(reasoning: str, answer: str) -> Divided:
    return Divided(reasoning, answer, bool(answer.strip()))


def _closed(text: str, closer: str) -> Divided:
    """A thought from the beginning of the text to its first closing tag."""
    reasoning, _, answer = text.partition(closer)
    return _of(reasoning, answer)


def _lone(text: str) -> Divided | None:
    """A thought that only closes, because the prompt opened it: the tag ends or begins a line."""
    for opener, closer in TAGS:
        at = text.find(closer)
        if at < 0:
            continue
        before, after = text[:at], text[at + len(closer) :]
        at_an_edge = not after or after[0] in "\r\n" or before.endswith("\n")
        if opener not in before and (at_an_edge or not before.strip()) and not _in_code(before):
            return _of(before if before.strip() else "", after)
    return None


def _in_code(before: str) -> bool:
    """Whether a code block is open at the end of a text."""
    return sum(line.lstrip().startswith(("```", "~~~")) for line in before.split("\n")) % 2 == 1


def _channels(text: str) -> Divided | None:
    """The messages of gpt-oss's channels: what is not in ``final`` is thought."""
    found = list(_CHANNEL.finditer(text))
    if not found:
        return None
    thought: list[str] = []
    answer: list[str] = []
    for head in found:
        end = _END.search(text, head.end())
        body = text[head.end() : end.start() if end else len(text)]
        (answer if head[1] == "final" else thought).append(body)
    return _of("\n".join(thought), "\n".join(answer))


def opened_by(prompt: str) -> str:
    """The tag of a thought that a prompt's end opens and nothing closes; an empty text if none does.

    >>> opened_by("<|im_start|>assistant\\n<think>\\n")
    '<think>'
    """
    end = prompt[-_HEAD:].rstrip()
    if end[-1:] not in _TAGS_END:
        return ""
    return next((opener for opener, _ in TAGS if end.endswith(opener)), "")


def open_in(message: str) -> str:
    """The same for a message that the model is to continue: a thought that begins it and is not closed."""
    found = divided(message)
    if found is None or found.answer or any(closer in message for _, closer in TAGS):
        return ""
    start = message.lstrip()
    return next((opener for opener, _ in TAGS if start.startswith(opener)), "")


def parted(completion: Completion, *, opened: str = "") -> Completion:
    """The completion with its thought in ``reasoning`` and what follows in ``text``.

    A thought that has no answer after it was cut off, whatever ended it: its ``finish_reason`` is ``length``.
    Where a server gave the thought apart and in the text too, it is taken out of the text. A text of tags
    alone stays as it is.
    """
    found = divided(completion.text, opened=opened) if opened or _may_hold(completion.text) else None
    if found is not None and not (found.reasoning.strip() or found.answer.strip() or completion.reasoning):
        found = None  # tags alone: nothing was thought or said, and the text is what was sampled
    if found is not None and not completion.reasoning:
        completion = replace(completion, text=found.answer, reasoning=found.reasoning)
    elif found is not None and found.reasoning.strip() == completion.reasoning.strip():
        completion = replace(completion, text=found.answer)
    if is_cut_off(completion) and completion.finish_reason != "length":
        completion = replace(completion, finish_reason="length")
    return completion


def _may_hold(text: str) -> bool:
    """Whether a text can hold a thought: cheap, for every completion passes here."""
    if text.lstrip().startswith(_OPENERS) or "think\u25b7" in text:
        return True
    if "]" in text and "THINK]" in text:
        return True
    return ">" in text and any(end in text for end in _ENDS)  # one character is looked for the fastest


_ENDS = ("think>", "thinking>", "thought>", "_THINKING|>", "of_thought|>", "inner_suffix|>", "<channel|>")
_OPENERS = (*(opener for opener, _ in TAGS), "<|channel|>", "<|start|>", "analysis")


def is_cut_off(completion: Completion) -> bool:
    """Whether there is a thought and no answer."""
    return bool(completion.reasoning) and not completion.text.strip() and bool(completion.reasoning.strip())


def whole(completion: Completion, tags: tuple[str, str] = TAGS[0]) -> str:
    """Thought and answer as one text, the thought in these tags; the text alone where there is no thought."""
    if not completion.reasoning:
        return completion.text
    if is_cut_off(completion):
        return tags[0] + completion.reasoning
    return tags[0] + completion.reasoning + tags[1] + completion.text


def answer_of(completion: Completion) -> str:
    """The answer without the white space that stood between it and the thought."""
    return completion.text.lstrip() if completion.reasoning else completion.text
