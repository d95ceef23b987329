"""What a chat completion says: its text, its thought, why it ended. What is odd in it is said, never guessed.

Pure functions over parsed JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verirs.engines.openai.parts import content_of, thought_of
from verirs.system.files import clean
from verirs.system.http import Unreadable, said, shown

STOPPED = {"stop", "eos", "eos_token", "end_turn", "stop_sequence", "end"}
CUT = {
    *("length", "max_tokens", "model_length", "max_length", "max_output_tokens", "repetition"),
    "model_context_window_exceeded",
}
BROKEN = {
    *("abort", "aborted", "error", "cancelled", "canceled", "timeout", "load", "null", ""),
    *("insufficient_system_resource", "network_error"),
}
"""Words of servers for how a text ended: by itself, by a limit (vLLM has one of repeats), or not properly."""
FILTERED = {"content_filter", "sensitive", "safety", "recitation", "prohibited_content", "blocklist", "spii"}
"""Words for a text that is kept back: OpenAI's, Z.ai's, and Gemini's where a gateway passes them on."""
_MOST_TOKENS = 2**31
_UNKNOWN = -9999.0
"""vLLM writes this log-probability, and llama.cpp a lower one, where it has none or minus infinity."""


class Withheld(Exception):
    """The server answered and keeps the text back; asking again gives the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer, read.

    Args:
        text: what the model wrote for its reader.
        reasoning: what it thought before, where the server keeps that apart.
        finish_reason: ``stop``, ``length``, or the server's own word.
        tokens: generated, thought included.
        logprob: summed over all of them.
        prompt_tokens: that the server says it read.
        model: that the server says has answered.
        choices: texts in the answer; one was asked for.
        first: what could have come first, with its log-probability, where that was asked for.
    """

    text: str
    reasoning: str
    finish_reason: str
    tokens: int | None
    logprob: float | None
    prompt_tokens: int | None
    model: str
    choices: int
    first: Mapping[str, float] | None = None


def refusal_in(body: Any) -> int | None:
    """The status of a refusal that came with status 200, as some gateways send it; else ``None``."""
    if not isinstance(body, dict) or body.get("choices"):
        return None
    # vLLM before 0.10 writes the error without a table of its own
    error = body if body.get("object") == "error" else body.get("error")
    if not error:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, str) and code.isascii() and code.isdecimal():
        code = int(code[:4])
    return code if isinstance(code, int) and 400 <= code < 600 else 500


def read(body: Any) -> Reply:
    """
    Raises:
        Unreadable: it is no chat completion, or one that did not end properly.
        Withheld: a filter took the text, or the model called a tool.
    """
    if not isinstance(body, dict) or not isinstance(choices := body.get("choices"), list) or not choices:
        raise Unreadable("it is no chat completion: it has no choices")
    choice = choices[0]
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise Unreadable("it is no chat completion: its choice has no message")
    if choice.get("error"):
        raise Unreadable(f"the text ended in an error: {said(_dumped(choice['error']))}")
    reason = choice.get("finish_reason")
    text, thought = content_of(message.get("content"))
    if not text and isinstance(refusal := message.get("refusal"), str):
        text = refusal  # the model's own words, which some servers keep apart
    beside = thought_of(message)
    reasoning = thought if len(thought.strip()) >= len(beside.strip()) and thought else beside
    finish = _finish(reason, text, message)
    if not text.strip() and reasoning.strip():
        finish = "length"  # a thought without an answer: whatever ended it, the text is not all there
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    model = body.get("model")
    return Reply(
        text=clean(text),
        reasoning=clean(reasoning),
        finish_reason=finish,
        tokens=_count(usage.get("completion_tokens")),
        logprob=_summed(choice.get("logprobs")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        model=shown(model, 80) if isinstance(model, str) else "",
        choices=len(choices),
        first=_first(choice.get("logprobs")),
    )


def _finish(reason: Any, text: str, message: Mapping[str, Any]) -> str:
    if not isinstance(reason, str):
        raise Unreadable("it does not say why the text ended (finish_reason)")
    word = reason.lower()
    if word in STOPPED:
        if text or not message.get("tool_calls"):
            return "stop"
        word = "tool_calls"
    if word in CUT:
        return "length"
    if word in BROKEN:
        raise Unreadable(f"the text did not end properly (finish_reason {shown(reason, 40)!r})")
    if word in FILTERED:
        raise Withheld(f"a filter of the server took the text (finish_reason {word})")
    if word in ("tool_calls", "function_call"):
        raise Withheld(
            "the model called a tool and wrote no answer, and nobody runs tools here; take the tools out "
            "of engine.options, or start the server without them"
        )
    return shown(reason, 40)


def _count(number: Any) -> int | None:
    """A number of tokens, if it can be one."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    if isinstance(number, float) and not number.is_integer():  # NaN and infinity are no integers either
        return None
    return int(number) if 0 <= number < _MOST_TOKENS else None


def _first(listed: Any) -> dict[str, float] | None:
    """The texts that could have come first, with their log-probabilities; twice the same text counts once."""
    content = listed.get("content") if isinstance(listed, dict) else None
    entry = content[0] if isinstance(content, list) and content else None
    found = entry.get("top_logprobs") if isinstance(entry, dict) else None
    if not isinstance(found, list) or not found:
        return None
    out: dict[str, float] = {}
    for item in found:
        token, number = (item.get("token"), item.get("logprob")) if isinstance(item, dict) else (None, None)
        if not isinstance(token, str) or isinstance(number, bool) or not isinstance(number, (int, float)):
            return None
        if number > 0.001 or math.isnan(number):
            return None
        out[token] = max(out.get(token, -math.inf), float(number))
    return out


def _summed(listed: Any) -> float | None:
    """The sum of the sampled tokens' log-probabilities, if the server sent one for each."""
    content = listed.get("content") if isinstance(listed, dict) else None
    if not isinstance(content, list) or not content:
        return None
    numbers: list[Any] = [entry.get("logprob") for entry in content if isinstance(entry, dict)]
    if len(numbers) != len(content):
        return None
    if not all(
        isinstance(n, (int, float)) and not isinstance(n, bool) and _UNKNOWN < n <= 0.001 for n in numbers
    ):
        return None
    try:
        total = math.fsum(numbers)
    except OverflowError:
        return None
    return total if math.isfinite(total) else None


def context_of(listed: Mapping[str, Any]) -> int | None:
    """The longest prompt and answer together, in tokens, if a listed model says so."""
    meta = listed.get("meta")
    found: Sequence[Any] = [
        listed.get(key) for key in ("max_model_len", "context_length", "context_window", "max_context_length")
    ] + [meta.get("n_ctx") if isinstance(meta, dict) else None]
    return next((n for value in found if (n := _count(value))), None)


def listing(body: Any) -> dict[str, int | None]:
    """Models by name with their context length, of any form in which servers list them."""
    if isinstance(body, dict):
        body = body.get("data") or body.get("models")
    models: dict[str, int | None] = {}
    for entry in body if isinstance(body, list) else []:
        if isinstance(entry, str):
            models[entry] = None
        elif isinstance(entry, dict):
            name = next((v for k in ("id", "name", "model") if isinstance(v := entry.get(k), str)), "")
            if name:
                models[name] = context_of(entry)
    return models


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
