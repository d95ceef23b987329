"""Prompt and completion as plain texts: the very text that the model read, and the very text that it wrote.

For models whose chat template drops thoughts when it renders a conversation (DeepSeek-R1's): no message
form of a thought survives it, whatever the trainer. The tokenizer is loaded for the prompts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from verirs.sinks.columns import ORIGIN, origin
from verirs.sinks.training import TrainingSink
from verirs.thoughts import whole
from verirs.types import Selection

if TYPE_CHECKING:
    from verirs.engines.models import ChatTokenizer


class TextSink(TrainingSink):
    """One row an accepted candidate: ``prompt`` and ``completion`` as texts. A trainer adds the end token.

    Args:
        model: directory or hub name of the model whose chat template writes the prompt.
        revision: commit or tag on the hub.
    """

    name = "text"
    kinds: ClassVar = {"prompt": "text", "completion": "text", **ORIGIN}

    def beside(self) -> dict[str, Any]:
        return {}  # the prompt is written out

    def __init__(self, *, model: str, revision: str | None = None):
        self.model, self.revision = model, revision

    @cached_property
    def _chat(self) -> ChatTokenizer:
        from verirs.engines.models import ChatTokenizer, locate

        return ChatTokenizer(locate(self.model, self.revision))

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        if not selection.accepted:
            return
        messages, given = selection.group.problem.prompt, self.about.chat_template_kwargs
        prompt, opened = self._chat.render(messages, given), self._chat.prompt(messages, given).opened
        for candidate in selection.accepted:
            yield {
                "prompt": prompt,
                "completion": whole(candidate.completion).removeprefix(opened),
                **origin(selection, candidate),
            }
