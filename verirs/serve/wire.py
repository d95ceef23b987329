"""OpenAI's chat completions on the wire: a request read, a reply written, an error in its form."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from verirs.answering import Answer
from verirs.serve.gate import Limits

_IGNORED = frozenset(
    {
        "user",
        "metadata",
        "store",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "parallel_tool_calls",
    }
)
"""Fields that change no text; how tools are called is one, for there are none."""
_NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "n": (1,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "logit_bias": ({},),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
}
"""Fields that are taken with these values alone."""
_PIECES = 512
"""Pieces of a stream, about."""
_PIECE = re.compile(r"\s*\S+\s*|\s+")


class Wrong(Exception):
    """An error in OpenAI's form."""

    def __init__(
        self,
        status: int,
        words: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ):
        super().__init__(words)
        self.status, self.headers = status, dict(headers or {})
        self.body = {"error": {"message": words, "type": kind, "param": param, "code": code}}


@dataclass(frozen=True, slots=True)
class Question:
    """A request, read."""

    messages: list[dict[str, str]]
    stream: bool = False
    usage: bool = False
    n: int | None = None
    seed: int | None = None
    tests: Any = None
    entry_point: str | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)


def read(body: Any, limits: Limits) -> Question:
    """The request.

    Raises:
        Wrong: what is wrong with it, or cannot be honoured, by its name.
    """
    if not isinstance(body, dict):
        raise Wrong(400, "the body is no JSON object")
    for name, only in _NEUTRAL.items():
        if body.get(name) not in (None, *only):
            few = " or ".join(map(json.dumps, only))
            told = f"{name} = {json.dumps(body[name])[:80]} is not supported (only {few})"
            raise Wrong(400, told, param=name, code="unsupported_parameter")
    taken = {*_IGNORED, *_NEUTRAL, *_FIELDS, "model", "messages", "stream", "stream_options"}
    if unknown := sorted(name for name in body.keys() - taken if body[name] is not None):
        raise Wrong(
            400, f"unrecognized request argument: {unknown[0]}", param=unknown[0], code="unknown_parameter"
        )
    given = {name: _typed(body, name) for name in _FIELDS if body.get(name) is not None}
    for name, low, high in (("temperature", 0, 2), ("top_p", 0, 1), ("best_of", 1, limits.candidates)):
        if name in given and not low <= given[name] <= high:
            raise Wrong(400, f"{name} must be from {low} to {high}, is {given[name]}", param=name)
    if given.get("top_p") == 0:
        raise Wrong(400, "top_p must be above 0; a temperature of 0 takes the likeliest token", param="top_p")
    sampling: dict[str, Any] = {name: given[name] for name in _AS_GIVEN if name in given}
    for name in ("max_completion_tokens", "max_tokens"):
        if name in given:
            if given[name] < 1:
                raise Wrong(400, f"{name} must be at least 1, is {given[name]}", param=name)
            if sampling.setdefault("max_tokens", given[name]) != given[name]:
                told = "max_tokens and max_completion_tokens are one limit, and differ; send one of them"
                raise Wrong(400, told, param=name, code="invalid_parameter_combination")
    if "stop" in given:
        stop = given["stop"]
        stops = [stop] if isinstance(stop, str) else stop
        if not all(isinstance(s, str) and s for s in stops):
            raise Wrong(400, "stop must be a text, or a list of texts", param="stop")
        sampling["stop"] = tuple(stops)
    stream = body.get("stream")
    if stream not in (None, True, False):
        raise Wrong(400, "stream must be true or false", param="stream")
    return Question(
        messages=_messages(body.get("messages"), limits),
        stream=bool(stream),
        usage=_usage(body.get("stream_options")),
        n=given.get("best_of"),
        seed=given.get("seed"),
        tests=given.get("tests"),
        entry_point=given.get("entry_point"),
        sampling=sampling,
    )


def _usage(given: Any) -> bool:
    """Whether a stream is to end with the tokens."""
    options = {} if given is None else given
    if not isinstance(options, dict) or options.get("include_usage") not in (None, True, False):
        told = "stream_options must be a table, include_usage in it true or false"
        raise Wrong(400, told, param="stream_options")
    return bool(options.get("include_usage"))


_AS_GIVEN = ("temperature", "top_p")
_FIELDS: Mapping[str, tuple[type, ...]] = {
    "best_of": (int,),
    "seed": (int,),
    "temperature": (int, float),
    "top_p": (int, float),
    "max_tokens": (int,),
    "max_completion_tokens": (int,),
    "stop": (str, list),
    "tests": (str, list, dict),
    "entry_point": (str,),
}
_WORDS = {int: "a whole number", float: "a number", str: "a text", list: "a list", dict: "a table"}


def _typed(body: Mapping[str, Any], name: str) -> Any:
    value, kinds = body[name], _FIELDS[name]
    if kinds == (int,) and isinstance(value, float) and value.is_integer():
        value = int(value)  # a whole number, however it is written
    if not isinstance(value, kinds) or isinstance(value, bool):
        told = " or ".join(_WORDS[kind] for kind in kinds)
        raise Wrong(400, f"{name} must be {told}, is {json.dumps(value)[:80]}", param=name)
    return value


def _messages(given: Any, limits: Limits) -> list[dict[str, str]]:
    if not isinstance(given, list) or not given:
        raise Wrong(400, "messages must be a list with at least one message", param="messages")
    out = []
    for i, message in enumerate(given):
        at = f"messages[{i}]"
        if not isinstance(message, dict):
            raise Wrong(400, f"{at} is no table", param=at)
        role = "system" if message.get("role") == "developer" else message.get("role")
        if role not in ("system", "user", "assistant"):
            told = f"{at}.role must be system, developer, user or assistant, is {message.get('role')!r:.40}"
            raise Wrong(400, told, param=f"{at}.role")
        for name in ("tool_calls", "function_call"):
            if message.get(name):
                told = f"{at} calls a tool, and there are none here; send what was said alone"
                raise Wrong(400, told, param=f"{at}.{name}", code="unsupported_parameter")
        content = message.get("content")
        if content is None and role == "assistant":
            content = message.get("refusal")  # said too
        if isinstance(content, list):
            parts = [_said(p, role) for p in content]
            if not all(isinstance(p, str) for p in parts):
                raise Wrong(400, f"{at}.content has a part that is no text", param=f"{at}.content")
            content = "".join(map(str, parts))
        if not isinstance(content, str):
            raise Wrong(400, f"{at}.content must be a text, or a list of parts", param=f"{at}.content")
        out.append({"role": role, "content": content})
    if sum(len(m["content"]) for m in out) > limits.text:
        raise Wrong(
            400, f"the messages have more than {limits.text:,} characters", code="context_length_exceeded"
        )
    if out[-1]["role"] != "user":
        raise Wrong(400, "the last message must be the user's", param="messages")
    return out


def _said(part: Any, role: str) -> Any:
    """The text of a part; ``None`` where it has none."""
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text" or (kind == "refusal" and role == "assistant"):
        return part.get(kind)
    return None


def whole(found: Answer, model: str) -> dict[str, Any]:
    """The reply in one piece."""
    return {
        **_head(model, "chat.completion"),
        "choices": [{"index": 0, "message": _message(found), "logprobs": None, "finish_reason": _end(found)}],
        **({"usage": found.usage} if found.usage else {}),
        "verirs": found.side(),
    }


async def streamed(found: Answer, model: str, usage: bool = False) -> AsyncGenerator[bytes]:
    """The reply as server-sent events: the role, the text word by word, the end with the side field.

    Args:
        usage: and a last one with the tokens, where they are counted.
    """
    head = _head(model, "chat.completion.chunk")
    counted = found.usage if usage else None
    if counted:
        head["usage"] = None

    def event(delta: Mapping[str, Any], end: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}
        return event_of({**head, "choices": [choice], **more})

    yield event({"role": "assistant", "content": ""})
    if found.winner.completion.reasoning:
        yield event({"reasoning_content": found.winner.completion.reasoning})
    for piece in _pieces(found.text):
        yield event({"content": piece})
    yield event({}, _end(found), verirs=found.side())
    if counted:
        yield event_of({**head, "choices": [], "usage": counted})
    yield b"data: [DONE]\n\n"


def _pieces(text: str) -> Iterator[str]:
    """A text word by word, and a long one in longer pieces: what frames a word is many times its size."""
    least, piece = len(text) // _PIECES, ""
    for match in _PIECE.finditer(text):
        piece += match[0]
        if len(piece) >= least:
            yield piece
            piece = ""
    if piece:
        yield piece


def event_of(content: Mapping[str, Any]) -> bytes:
    """A server-sent event."""
    return b"data: " + json.dumps(content).encode() + b"\n\n"


def _head(model: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _message(found: Answer) -> dict[str, Any]:
    thought = found.winner.completion.reasoning
    return {
        "role": "assistant",
        "content": found.text,
        "refusal": None,
        **({"reasoning_content": thought} if thought else {}),
    }


def _end(found: Answer) -> str:
    reason = found.winner.completion.finish_reason
    return reason if reason in ("stop", "length", "content_filter") else "stop"
