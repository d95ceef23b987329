"""What a part has to do to take part. Plain Protocols: no base class, no registration.

Each has one conformance suite under ``tests/conformance`` that every implementation passes.
Implementations raise plain exceptions; the pipeline classifies them once, at one boundary.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from verirs.types import Candidate, Completion, Group, Message, Problem, Score, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How completions are drawn; part of a run's identity.

    Args:
        temperature: 0 is greedy (then all samples of a problem are the same text).
        top_p: nucleus mass, 1 is off.
        max_tokens: a completion cut off here has ``finish_reason`` ``length``.
        stop: texts that end a completion; the stop text itself is not part of it.
    """

    temperature: float = 0.8
    top_p: float = 1.0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The missing samples of one problem. ``seeds[i]`` belongs to sample ``indices[i]``."""

    problem: Problem
    messages: tuple[Message, ...]
    """The whole chat: system prompt, few-shot turns and the problem's own messages."""
    indices: tuple[int, ...]
    seeds: tuple[int, ...]
    sampling: Sampling


@runtime_checkable
class Source(Protocol):
    """Where problems come from."""

    def problems(self) -> Iterator[Problem]:
        """All problems, in the source's order.

        Raises:
            SourceError: naming file and line of a broken row.
        """
        ...


@runtime_checkable
class Engine(Protocol):
    """Samples completions.

    ``sample`` is called concurrently, for up to ``concurrency`` samples at a time; the engine
    batches on its own. It yields each completion as soon as it is finished, in any order, each
    index of the request exactly once. The text of a sample depends on its seed and prompt, never
    on its neighbours, as far as the engine's arithmetic allows: ``reproducible`` says how far.
    """

    name: str
    concurrency: int
    """How many samples the engine wants in flight at once to be kept full."""
    reproducible: str
    """One sentence: what the same seed promises on this engine, for the dataset card."""

    def identity(self) -> Mapping[str, Any]:
        """What the samples depend on (model, revision or content digest, dtype, ...), JSON values."""
        ...

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt text the model really reads, as far as this side knows it."""
        ...

    async def start(self) -> None:
        """Load the model or reach the server.

        Raises:
            EngineError: what is missing and what to do.
        """
        ...

    def sample(self, request: Request) -> AsyncIterator[Completion]: ...

    async def close(self) -> None:
        """Give everything back, child processes included. Safe to call twice."""
        ...


@runtime_checkable
class Resting(Protocol):
    """An engine that can outlive a run (optional; the loop uses it). Nothing samples meanwhile."""

    def outlive(self) -> None:
        """Said before ``start``: it will rest and resume."""
        ...

    async def rest(self) -> None:
        """Give the GPU's memory back until `resume`. A second call is a no-op.

        Raises:
            EngineError: it cannot; close it.
        """
        ...

    async def resume(self, model: str) -> bool:
        """Be ready with this model, loaded in place. False: it was not started yet, or the model
        differs in more than its weights; close it.

        Raises:
            EngineError: it cannot; close it.
        """
        ...


@runtime_checkable
class Scorer(Protocol):
    """Judges completions. ``score`` must be callable from any thread, several at a time."""

    name: str
    version: str

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> Sequence[Score]:
        """One score an item, in order. What one completion does never touches another's score."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class SelfChecking(Protocol):
    """A scorer that can prove itself on a problem (optional; ``verirs check`` uses it)."""

    def probes(self, problem: Problem) -> tuple[str, str] | None:
        """Two completion texts: one that must pass and one that must fail; ``None``: cannot say."""
        ...


ScorerFunction = Callable[[Problem, Completion], bool | float | Score | None]
"""A plain function is a scorer too; ``None`` means abstain, a float ranks."""


@runtime_checkable
class Selector(Protocol):
    """Chooses among the candidates of one group."""

    name: str

    def select(self, group: Group) -> Selection: ...


@runtime_checkable
class Sink(Protocol):
    """Turns selections into rows of one file."""

    name: str
    """Also the stem of the exported file."""

    def rows(self, selection: Selection) -> Iterable[Mapping[str, Any]]:
        """JSON-ready rows of one group; all rows of a sink have the same columns."""
        ...


@runtime_checkable
class Ranker(Protocol):
    """What selectors by value need: a number for a candidate, or ``None``."""

    def __call__(self, candidate: Candidate) -> float | None: ...
