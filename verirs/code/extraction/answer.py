"""The part of a completion that is its answer: after the reasoning, within the tags a prompt asked for."""

from __future__ import annotations

import json
import re

from verirs.code.extraction.lines import is_code

_THOUGHT = re.compile(
    r"(?:</(?:think|thinking|thought|thoughts|reasoning|analysis|scratchpad|reflection)>|\[/THINK\]"
    r"|<\|end_of_thought\|>|\u25c1/think\u25b7)(?![\"'\\])"
)
_BEGINS_THOUGHT = re.compile(
    r"\s*(?:<(?:think|thinking|thought|reasoning)>|\[THINK\]|<\|begin_of_thought\|>|\u25c1think\u25b7)"
)
_CHANNEL = re.compile(r"<\|channel\|>\s*final\b[^\n<]*<\|message\|>")
_ANY_CHANNEL = re.compile(r"<\|channel\|>\s*\w+[^\n<]*<\|message\|>")
_BARE_CHANNEL = re.compile(r"assistant\s*final(?=[^a-z]|[A-Z])")
_TAGS = (
    (re.compile(r"^[ \t]*<answer>", re.M | re.I), re.compile(r"</answer>", re.I)),
    (re.compile(r"^[ \t]*<\|begin_of_solution\|>", re.M), re.compile(r"<\|end_of_solution\|>")),
    (re.compile(r"^[ \t]*<(?:final_answer|final|solution|response|output)>", re.M | re.I),
     re.compile(r"</(?:final_answer|final|solution|response|output)>", re.I)),
    (re.compile(r"^[ \t]*\[(?:PYTHON|CODE|ANSWER|SOLUTION)\]", re.M),
     re.compile(r"\[/(?:PYTHON|CODE|ANSWER|SOLUTION)\]")),
    (re.compile(r"^[ \t]*(?:#+ *)?BEGIN SOLUTION[ \t]*$", re.M),
     re.compile(r"^[ \t]*(?:#+ *)?END SOLUTION\b", re.M)),
    (re.compile(r"^[ \t>]*<(?:pre><)?(?:code|python|py|tool_code)(?:\s[^<>\n]*)?>", re.M | re.I),
     re.compile(r"</(?:code|python|py|tool_code)>", re.I)),
)  # fmt: skip
_BEGIN = re.compile(r"^[ \t]*\[BEGIN\]", re.M)
_DONE = re.compile(r"(?<![\w\"')\]])\[DONE\][ \t]*$", re.M)
_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})", re.M)


_NEXT_TURN = re.compile(
    r"<\|(?:im_start|start_header_id|header_start|start_of_role|turn_start)\|>\s{0,4}(?:user|human|system|assistant)\b"
    r"|<start_of_turn>\s{0,4}(?:user|model)\b|<\|(?:user|human|endoftext|end_of_text|EOT|eot_id)\|>|<\uff5cUser\uff5c>"
    r"|<\uff5cend\u2581of\u2581sentence\uff5c>|</s>\s{0,4}(?:<s>\s{0,4})?\[INST\]|<(?:file_sep|jupyter_code|reponame)>"
)
"""What only another turn or another document begins with."""
_KEYS = (
    "code", "solution", "program", "python", "python_code", "answer", "final_answer", "completion",
    "response", "implementation", "source_code", "source",
)  # fmt: skip


def first_turn(text: str) -> str:
    """The text before the model went on with a turn of somebody else, or with another document."""
    at = 0
    while "<" in text and (found := _NEXT_TURN.search(text, at)) is not None:
        if text[: found.start()].strip() and not _in_line_of_program(text, found.start()):
            return text[: found.start()]
        at = found.end()
    return text


def _in_line_of_program(text: str, at: int) -> bool:
    """Whether a token stands in a string or comment of its line."""
    before = text[text.rfind("\n", 0, at) + 1 : at][-500:]
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1 or "#" in before


def from_json(text: str) -> str:
    """The program in an answer that is a table of JSON, alone or in one fence; else the text itself."""
    bare = text.strip()
    if bare.startswith("```"):
        bare = re.sub(r"\A```(?:json)?[ \t]*\n|\n[ \t]*```\Z", "", bare)
    if not (bare.startswith("{") and bare.endswith("}")):
        return text
    try:
        table = json.loads(bare, strict=False)
    except (ValueError, RecursionError):
        return text
    found = {k.lower(): v for k, v in table.items() if isinstance(v, str)}
    return next((found[k] for k in _KEYS if k in found), text)


def without_reasoning(text: str) -> str | None:
    """The text after the model's reasoning; ``None``: it never left it."""
    channels = list(_CHANNEL.finditer(text))
    if channels:
        return re.split(r"<\|(?:end|return|start|channel)\|>", text[channels[-1].end() :])[0]
    if _ANY_CHANNEL.search(text):
        return None
    if text.startswith("analysis") and (finals := list(_BARE_CHANNEL.finditer(text))):
        return text[finals[-1].end() :]
    closers = [m for m in _THOUGHT.finditer(text) if not _in_program(text, m.start())]
    if closers:
        return _marked(text[closers[-1].end() :])
    return None if _BEGINS_THOUGHT.match(text) else _marked(text)


def _in_program(text: str, at: int) -> bool:
    """Whether a tag stands in a string on a line of a program."""
    before = text[text.rfind("\n", 0, at) + 1 : at][-500:]
    return before.count('"') % 2 == 1 and is_code(before.strip())


def _marked(text: str) -> str:
    """What stands between MBPP's ``[BEGIN]``, which a prompt may have written, and ``[DONE]``."""
    if (begin := _BEGIN.search(text)) is not None:
        text = text[begin.end() :]
    return text if (done := _DONE.search(text)) is None else text[: done.start()]


def tagged(text: str) -> list[list[str]]:
    """What stands between tags that mark an answer: for each kind of tag that occurs, its parts in order.

    A tag counts where it begins a line outside of a code block, so that a program may write such tags.
    """
    return [parts for begin, end in _TAGS if (parts := _between(text, begin, end))]


def _between(text: str, begin: re.Pattern[str], end: re.Pattern[str]) -> list[str]:
    parts, at = [], 0
    fences = [m.start() for m in _FENCE.finditer(text)]
    passed = 0
    while (opened := begin.search(text, at)) is not None:
        while passed < len(fences) and fences[passed] < opened.start():
            passed += 1
        if passed % 2:
            at = opened.end()
            continue
        closed = end.search(text, opened.end())
        parts.append(text[opened.end() : closed.start() if closed else len(text)])
        if closed is None:
            break
        at = closed.end()
    return parts
