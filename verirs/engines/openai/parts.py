"""Where servers put a text and a thought: fields of a message, lists of parts, pieces of a stream.

Pure functions over parsed JSON. What is known under two names is taken once; what holds more is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from verirs.system.http import Unreadable, parsed, shown

FIELDS = ("reasoning_content", "reasoning", "thinking", "reasoning_text")
"""Fields of a message that hold its thought as a text: vLLM and SGLang, Ollama and OpenRouter, others."""
LISTS = ("reasoning_details", "thinking_blocks")
"""Fields that hold it in parts: OpenRouter, LiteLLM."""
_TEXT = {"text", "output_text"}
_THOUGHT = {
    "thinking",
    "reasoning",
    "reasoning.text",
    "reasoning.summary",
    "reasoning_text",
    "summary_text",
    "thinking_text",
}
_HIDDEN = {"redacted_thinking", "reasoning.encrypted", "reference", "signature"}
"""Kinds of parts without a text for anybody: encrypted thoughts, marks of sources."""
_GROWING = {"content", "refusal", "tool_calls", *FIELDS, *LISTS}
_KEYS = ("thinking", "text", "summary", "reasoning", "content")


def thought_of(message: Mapping[str, Any]) -> str:
    """The thought beside a message's content: of all places that a server fills, the fullest."""
    found = [value for key in FIELDS if isinstance(value := message.get(key), str)]
    nested = message.get("reasoning")
    if isinstance(nested, Mapping):  # {"content": ...} or {"summary": [...]}
        found.append(_text_in(nested, strict=False))
    for key in LISTS:
        if isinstance(listed := message.get(key), list):
            found.append("".join(_text_in(part, strict=False) for part in listed))
    return max(found, key=lambda text: len(text.strip()), default="")


def content_of(content: Any) -> tuple[str, str]:
    """Text and thought of a message's content: a text, nothing, or a list of parts.

    Raises:
        Unreadable: it holds something else.
    """
    if content is None:
        return "", ""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list):
        raise Unreadable(f"its content is a {type(content).__name__}, not a text")
    texts: list[str] = []
    thoughts: list[str] = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in _HIDDEN:
            continue
        if kind not in _TEXT | _THOUGHT:
            raise Unreadable(f"its content has a part of kind {shown(str(kind), 40)!r}, which is no text")
        (texts if kind in _TEXT else thoughts).append(_text_in(part, strict=True))
    return "".join(texts), "".join(thoughts)


def _text_in(part: Any, *, strict: bool) -> str:
    """The text of one part, which may be in parts of its own.

    Raises:
        Unreadable: it has none, and ``strict``.
    """
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping) and part.get("type") not in _HIDDEN:
        for key in _KEYS:
            value = part.get(key)
            if isinstance(value, str):
                return value
            if isinstance(value, list):
                return "".join(_text_in(one, strict=strict) for one in value)
    if strict:
        raise Unreadable("its content has a part without a text")
    return ""


def is_stream(data: bytes) -> bool:
    """Whether an answer came in pieces (server-sent events), asked for or not."""
    return data.lstrip()[:6].startswith((b"data:", b"event:", b": ", b":\n", b"id:"))


def joined(data: bytes) -> dict[str, Any]:
    """The whole answer of a stream, as if it had come in one.

    Raises:
        Unreadable: a piece is no JSON.
    """
    whole: dict[str, Any] = {}
    choice: dict[str, Any] = {}
    message: dict[str, Any] = {}
    for piece in map(parsed, _events(data)):
        if not isinstance(piece, dict):
            raise Unreadable("a piece of its stream is no object")
        if piece.get("object") == "error":  # as vLLM before 0.10 writes it
            piece = {"error": piece}
        for key in ("model", "usage", "error"):
            if piece.get(key):
                whole[key] = piece[key]
        for part in piece.get("choices") or ():
            if not isinstance(part, dict) or part.get("index") not in (0, None):
                continue
            for key in ("finish_reason", "error"):
                if part.get(key) is not None:
                    choice[key] = part[key]
            tokens = part.get("logprobs")
            if isinstance(tokens, dict) and isinstance(tokens.get("content"), list):
                choice.setdefault("logprobs", {"content": []})["content"] += tokens["content"]
            delta = part.get("delta") or part.get("message")
            _add(message, delta if isinstance(delta, dict) else {})
            choice["message"] = message
    if choice:
        whole["choices"] = [{"finish_reason": None, **choice}]
        if "error" in whole and not choice.get("error"):
            choice_error = {"error": whole.pop("error")}
            whole["choices"][0].update(choice_error)
    return whole


def _events(data: bytes) -> Iterable[bytes]:
    """The JSON texts of the events; comments, names and the end mark are none."""
    for event in data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n\n"):
        lines = [line[5:].removeprefix(b" ") for line in event.split(b"\n") if line.startswith(b"data:")]
        text = b"\n".join(lines).strip()
        if text and text != b"[DONE]":
            yield text


def _add(message: dict[str, Any], delta: Mapping[str, Any]) -> None:
    """One piece: texts and lists go on, other values stand for themselves."""
    for key, value in delta.items():
        old: Any = message.get(key)
        if value is None:
            message.setdefault(key, None)
        elif old is not None and type(value) is type(old) and key in _GROWING:
            message[key] = old + value
        else:
            message[key] = value
