"""What engines that load weights themselves have in common: where the model is, its tokenizer, its thread."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from verirs.engines.models import ChatTokenizer, Located, locate
from verirs.engines.requests import check, too_long
from verirs.engines.worker import Backend, Worker
from verirs.errors import RequestError, need
from verirs.protocols import Request
from verirs.thoughts import parted
from verirs.types import Completion, Message

FIRST = 20
"""How many of the tokens that may come first are told, as servers do."""


class LocalBackend(Backend, Protocol):
    """A backend that is also asked for the first token of answers."""

    @property
    def context(self) -> int:
        """How many tokens the model reads."""
        ...

    def first(self, prompts: Sequence[tuple[int, ...]]) -> list[list[tuple[int, float]]]:
        """For each prompt the `FIRST` most probable next tokens, with their log-probabilities."""
        ...


class _Question:
    """A prompt whose next token is asked for, and the answer once it is there."""

    def __init__(self, prompt: tuple[int, ...]):
        self.prompt = prompt
        self.found: list[tuple[int, float]] | None = None


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
        backend: LocalBackend,
        *,
        modules: Sequence[str],
        extra: str,
    ):
        self.model, self.revision = model, revision
        self.worker = Worker(backend, engine)
        self._backend = backend
        self._questions: list[_Question] = []
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

    def prompt_tokens(self, request: Request) -> int:
        """How many tokens the model reads."""
        return len(self.tokenizer.prompt(request.messages, request.sampling.chat_template_kwargs).ids)

    async def first_tokens(self, request: Request) -> Mapping[str, float]:
        """The most probable first tokens of the answer, as texts; questions that wait are computed together.

        Raises:
            RequestError: the prompt is empty or too long, or the template opens a thought before the answer.
            EngineError: the model broke, or was not started.
        """
        check(request)
        prompt = self.tokenizer.prompt(request.messages, request.sampling.chat_template_kwargs)
        if prompt.opened:
            raise RequestError(
                f"problem {request.problem.id!r}: the model begins with a thought, so its first word is no "
                "answer; let the judge reason, or turn thoughts off in the template"
            )
        question = _Question(prompt.ids)
        self._questions.append(question)
        if len(prompt.ids) >= await self.worker.call(self._answer):
            raise too_long(request.problem.id, len(prompt.ids), self._backend.context)
        return self._texts(question.found or ())

    def _answer(self) -> int:
        """In the worker's thread: answer all questions that wait; who asked last may find it done."""
        waiting, self._questions = self._questions, []
        asked = [q for q in waiting if len(q.prompt) < self._backend.context]
        if asked:
            for question, found in zip(asked, self._backend.first([q.prompt for q in asked]), strict=True):
                question.found = found
        return self._backend.context

    def _texts(self, found: Iterable[tuple[int, float]]) -> dict[str, float]:
        texts: dict[str, float] = {}
        for token, number in found:  # several tokens may be one text
            text = self.tokenizer.tokenizer.decode([token])
            texts[text] = math.log(math.exp(texts[text]) + math.exp(number)) if text in texts else number
        return texts

    def _need(self) -> None:
        for module in self._modules:
            need(module, self._extra, f"the {self._engine} engine")
