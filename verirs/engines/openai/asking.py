"""The body of a chat completion's request, and what a config may add to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from verirs.errors import UserError
from verirs.protocols import Request
from verirs.system.http import shown

_OURS = {
    "model": "engine.model",
    "messages": "[prompt]",
    "temperature": "sampling.temperature",
    "top_p": "sampling.top_p",
    "max_tokens": "sampling.max_tokens",
    "max_completion_tokens": "sampling.max_tokens and engine.max_tokens_key",
    "stop": "sampling.stop",
    "seed": "seed",
    "n": "n",
    "stream": "engine.stream",
    "stream_options": "engine.stream",
    "chat_template_kwargs": "sampling.chat_template_kwargs",
    "logprobs": "engine.logprobs",
}
"""Fields of a request that ``options`` may not override, and where they are set."""

NO_SEEDS = "The samples have no seeds (seed_key is empty), so no text can be drawn again."
"""What an engine says of itself that sends none."""


def chat_body(model: str, request: Request, seed: int, limit: str, seed_key: str = "seed") -> dict[str, Any]:
    """What the run itself asks of one sample.

    Args:
        limit: what the server calls the most tokens that an answer may have.
        seed_key: what it calls the seed; empty: it takes none.
    """
    sampling = request.sampling
    return {
        "model": model,
        "messages": [dict(m) for m in request.messages],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        limit: sampling.max_tokens,
        **({seed_key: seed & (2**63 - 1)} if seed_key else {}),
        "n": 1,
        **({"stop": list(sampling.stop)} if sampling.stop else {}),
        **({"chat_template_kwargs": kwargs} if (kwargs := dict(sampling.chat_template_kwargs)) else {}),
    }


def checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The further fields of a request.

    Raises:
        UserError: one is set elsewhere, or is no JSON value.
    """
    for key, place in _OURS.items():
        if key in options:
            raise UserError(
                f"engine openai: options.{key} would override what the run itself sets; use {place}"
            )
    try:
        json.dumps(dict(options), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UserError(f"engine openai: options must hold JSON values: {shown(str(error))}") from None
    return dict(options)
