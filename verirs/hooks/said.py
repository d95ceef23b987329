"""What the model said, of a completion in any form: a string, chat messages, parts of a message, a Responses
object, an object with ``response`` or ``text``, a transcript with calls of tools in one text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from verirs.hooks.golds import plain
from verirs.thoughts import is_said


def text_of(given: Any) -> str:
    """The model's text.

    Raises:
        ValueError: there is no text in it.
    """
    if isinstance(given, str):
        return _of_transcript(given) if may_use_tools(given) else given
    if given is None:
        return ""  # an aborted rollout: nothing was said, and that is wrong
    if isinstance(given, Mapping):
        if given.get("output") is not None and "content" not in given:  # a Responses object: its ``text``
            return text_of(given["output"])  # is a setting
        keys = [key for key in ("content", "text", "response", "output_text") if key in given]
        if keys:
            return text_of(next((given[key] for key in keys if given[key] is not None), None))
        for several in ("choices", "outputs", "candidates"):
            if found := plain(given.get(several)):
                return text_of(_only(found, several))
        if "message" in given:
            return text_of(given["message"])
        if isinstance(given.get("generated_text"), list):  # as a text it may begin with the prompt
            return text_of(given["generated_text"])
        if _role(given) == _MODEL:
            return text_of(_content(given))
    elif isinstance(given, Sequence) and not isinstance(given, bytes):
        return _of_list(given)
    elif (turned := plain(given)) is not given:
        return text_of(turned)  # a text, messages or parts, as a data frame has them
    else:
        for several in ("choices", "outputs"):
            if isinstance(found := plain(getattr(given, several, None)), Sequence) and found:
                return text_of(_only(found, several))
        for name in ("response", "text", "content", "completion", "message"):
            if (value := getattr(given, name, None)) is not None:
                return text_of(value)
        if getattr(given, "role", None) == _MODEL:
            return ""  # a call of a tool
    raise ValueError(f"no text in the completion, which is {type(given).__name__}")


def _only(found: Any, several: str) -> Any:
    """The one that a row is for: of two, the number would be of one and taken for the other's too."""
    if not isinstance(found, Sequence) or isinstance(found, str):
        return found
    if len(found) > 1:
        raise ValueError(f"{len(found)} {several} in one completion; a row is for one of them")
    return found[0]


_MODEL = "assistant"
_TURN = re.compile(r"\s*(?:<\|im_end\|>)?\s*(?:<\|im_start\|>)?assistant(?:\s*\n|\s*$)")
_ARGUMENTS = r"(?=\s*(?:[\[{]|<function=|<invoke |[\w.-]{1,64}\s*(?:<arg_key>|</tool_call>)))"
_CALL = re.compile(
    r"(?<![\"'`])(?:"  # a text of a program is none
    # Hermes, Qwen, GLM and MiniMax; cut off by the length of the text too
    rf"<((?:\w+:)?tool_call)>{_ARGUMENTS}(?s:.*?)(?:</\1>|\Z)"
    # Kimi, DeepSeek
    r"|<\|tool_calls_section_begin\|>(?s:.*?)(?:<\|tool_calls_section_end\|>|\Z)"
    r"|<\uff5ctool\u2581calls\u2581begin\uff5c>(?s:.*?)(?:<\uff5ctool\u2581calls\u2581end\uff5c>|\Z)"
    # Gemma; Phi and Granite
    r"|<\|tool_call>(?s:.*?)(?:<tool_call\|>|\Z)|<\|tool_call\|>(?s:.*?)(?:<\|/tool_call\|>|\Z)"
    # Mistral and Llama: a call is the last that they say in a turn
    r"|\[TOOL_CALLS\]\s*[\[{\w](?s:.*)|<\|python_tag\|>(?s:.*))"
)
"""A call of a tool in a text, in the forms of public models."""
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)


def may_use_tools(text: str) -> bool:
    """Whether a text can hold a call of a tool, or a tool's reply; cheap, for every completion passes."""
    if "_" in text:
        return "tool_" in text or "TOOL_CALLS" in text or "python_tag" in text
    return "\u2581" in text and "tool\u2581" in text


def _of_transcript(text: str) -> str:
    """What the model said behind the last reply of a tool, where a text holds both and the turn's mark; calls
    of tools are taken out, where they stand in no code block.
    """
    if "</tool_response>" in text:
        behind = text[text.rindex("</tool_response>") + len("</tool_response>") :]
        turn = _TURN.match(behind)
        text = behind[turn.end() :] if turn else text
    kept: list[str] = []
    seen = end = fences = 0
    for call in _CALL.finditer(text):
        fences += len(_FENCE.findall(text, seen, call.start()))
        seen = call.start()
        if fences % 2 == 0:
            kept.append(text[end:seen])
            end = call.end()
    return "".join([*kept, text[end:]]) if end else text


def _of_list(given: Sequence[Any]) -> str:
    """Messages (the last of the assistant), or the parts of one."""
    if all(isinstance(part, str) for part in given):
        return "".join(given)
    tables = [table for part in given if is_said(table := _table(part)) and table.get("type") != "refusal"]
    if not tables:
        return ""  # it thought, called a tool or refused, and said nothing
    if any(_role(part) for part in tables):
        said = [_content(part) for part in tables if _role(part) == _MODEL]
        if not said:
            raise ValueError("no message of the assistant in the completion")
        told = [content for content in said if content is not None]
        return text_of(told[-1]) if told else ""  # a call of a tool, or nothing at all
    if len(tables) == 1 and "generated_text" in tables[0]:
        return text_of(tables[0])
    if all(_CALLS & part.keys() for part in tables):
        return ""
    parts = [said for p in tables if isinstance(said := _words(p.get("text")), str)]
    parts += [text_of(p["content"]) for p in tables if "text" not in p and "content" in p]
    if not parts:
        raise ValueError("no text in the parts of the completion")
    return "".join(parts)


_CALLS = frozenset({"functionCall", "functionResponse", "executableCode", "codeExecutionResult"})
"""What a part of Gemini's holds in place of a text."""


def _words(text: Any) -> Any:
    """A part's text, also where it has notes beside it."""
    return text.get("value") if isinstance(text, Mapping) else text


def _table(part: Any) -> Mapping[str, Any]:
    """A message or part as a table, also where a framework has a class for it."""
    if isinstance(part, Mapping):
        return part
    names = ("role", "content", "text", "type", "thought", "channel")
    return {n: value for n in names if (value := getattr(part, n, None)) is not None}


_ROLES = {"model": _MODEL, "gpt": _MODEL, "ai": _MODEL, "AIMessageChunk": _MODEL, "chatbot": _MODEL}
"""Names of the model in the messages of Gemini, ShareGPT and LangChain."""
_KINDS = frozenset({"human", "ai", "AIMessageChunk", "system", "tool", "function", "chat"})
"""Values of ``type`` by which LangChain tells messages from each other."""


def _role(part: Mapping[str, Any]) -> str:
    """Whose message it is; empty: it is none."""
    role = part.get("role") or part.get("from")
    if not role and "content" in part and part.get("type") in _KINDS:
        role = part["type"]
    return _ROLES.get(role, role) if isinstance(role, str) else ""


def _content(message: Mapping[str, Any]) -> Any:
    return next((message[key] for key in ("content", "parts", "value") if message.get(key) is not None), None)


def response_of(query: str, prompt: Any) -> str:
    """The response in a text that begins with the prompt.

    Raises:
        ValueError: the prompt is not known, or not in it; judging the prompt too would find answers that
            nobody gave.
    """
    if not isinstance(prompt, str):
        raise ValueError(
            f"the prompt is {type(prompt).__name__}, no text, so the response cannot be told from it"
        )
    place = query.rfind(prompt) if prompt else 0
    if place < 0:
        raise ValueError("the prompt is not in the query, so the response cannot be told from it")
    return query[place + len(prompt) :]
