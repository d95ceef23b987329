"""What every engine does with a request before it samples: check it, show it as text, cut a text at a stop.

Pure functions over the public types; no model, no thread, no network.
"""

from __future__ import annotations

from collections.abc import Sequence

from verirs.errors import RequestError
from verirs.protocols import Request
from verirs.system.files import clean
from verirs.types import Message


def check(request: Request) -> None:
    """Refuse a request that no engine can sample.

    Raises:
        RequestError: the chat is empty, its last message is blank, or a message holds half a character.
        ValueError: indices and seeds do not belong together (a programming error of the caller).
    """
    if not request.messages or not request.messages[-1].get("content", "").strip():
        raise RequestError(
            f"problem {request.problem.id!r}: the prompt is empty, so there is nothing to sample from. "
            "Fill in the row's prompt, or map the right column to it."
        )
    if any(clean(m["content"]) != m["content"] for m in request.messages):
        raise RequestError(
            f"problem {request.problem.id!r}: the prompt holds half a character (a lone surrogate), which no "
            "tokenizer takes. Mend the row, or replace it by U+FFFD."
        )
    if len(request.indices) != len(request.seeds) or len(set(request.indices)) != len(request.indices):
        raise ValueError(
            f"problem {request.problem.id!r}: {len(request.indices)} sample indices and "
            f"{len(request.seeds)} seeds; one seed for each distinct index is needed"
        )


def too_long(problem: str, length: int, context: int) -> RequestError:
    """The error for a prompt of ``length`` tokens that leaves no room in a context of ``context``."""
    return RequestError(
        f"problem {problem!r}: the prompt has {length} tokens, the model's context is {context}; "
        "shorten it (fewer few-shot turns?) or leave it out"
    )


def plain(messages: Sequence[Message]) -> str:
    """The chat as people read it, for engines that do not know the model's own template."""
    return "\n\n".join(f"{m['role']}: {m['content']}" for m in messages)


def cut(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """``text`` up to the first occurrence of any stop text, and whether there was one."""
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    return (text[: min(found)], True) if found else (text, False)
