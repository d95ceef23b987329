"""What engines that load weights themselves have in common: where the model is, its tokenizer, its thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import cached_property

from verirs.engines.models import ChatTokenizer, Located, locate
from verirs.engines.requests import check
from verirs.engines.worker import Backend, Worker
from verirs.errors import need
from verirs.protocols import Request
from verirs.thoughts import parted
from verirs.types import Completion, Message


class LocalModel:
    """A model, not looked for before it is asked for, and the worker thread that runs it.

    Args:
        engine: the engine's name.
        model: a model directory, or a name on the hub.
        revision: commit or tag on the hub.
        backend: what the thread runs; it may ask for ``located`` and ``tokenizer``.
        modules: Python packages without which nothing here works.
        extra: of ours, that brings them.
    """

    def __init__(
        self,
        engine: str,
        model: str,
        revision: str | None,
        backend: Backend,
        *,
        modules: Sequence[str],
        extra: str,
    ):
        self.model, self.revision = model, revision
        self.worker = Worker(backend, engine)
        self._engine, self._modules, self._extra = engine, modules, extra

    @cached_property
    def located(self) -> Located:
        """
        Raises:
            MissingExtra: a package is missing.
            NotAModel, EngineError: the model cannot be found.
        """
        self._need()
        return locate(self.model, self.revision)

    @cached_property
    def tokenizer(self) -> ChatTokenizer:
        """Raises as ``located``."""
        return ChatTokenizer(self.located)

    def render(self, messages: Sequence[Message]) -> str:
        """By the model's chat template; loads the tokenizer only."""
        return self.tokenizer.render(messages)

    async def start(self) -> None:
        self._need()
        await self.worker.start()

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        """
        Raises:
            RequestError: the prompt is empty, or too long for the model.
            UserError: the model's chat template does not read what it is to be given.
            EngineError: the model broke, or was not started.
        """
        check(request)
        prompt = self.tokenizer.prompt(request.messages, request.sampling.chat_template_kwargs)
        async for completion in self.worker.sample(request, prompt.ids):
            yield parted(completion, opened=prompt.opened)

    def _need(self) -> None:
        for module in self._modules:
            need(module, self._extra, f"the {self._engine} engine")
