"""What a part has to do to take part, all of it. Plain Protocols: no base class, no registration.

Five kinds: :class:`Source`, :class:`Engine`, :class:`Scorer`, :class:`Selector`, :class:`Sink`. What a
Protocol names, a part must have; what a ``...Traits`` class names, it may have, and the default is given
there. A part is looked at once, when it is built (:mod:`verirs.parts`): one that lacks something is refused
by name before anything is sampled, and nobody asks it for attributes later. ``verirs.testing`` has a
conformance suite for each kind. Implementations raise plain exceptions; the pipeline classifies them once,
at one boundary.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from verirs.types import Completion, Group, Message, Problem, Score, Selection, Verdict

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How completions are drawn; part of a run's identity.

    Args:
        temperature: 0 is greedy (then all samples of a problem are the same text).
        top_p: nucleus mass, 1 is off.
        max_tokens: a completion cut off here has ``finish_reason`` ``length``.
        stop: texts that end a completion; the stop text itself is not part of it.
        chat_template_kwargs: what the model's chat template is given beside the messages: thinking on or off,
            its budget.
    """

    temperature: float = 0.8
    top_p: float = 1.0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict)


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
    """Where problems come from. See :class:`SourceTraits`."""

    def problems(self) -> Iterator[Problem]:
        """All problems, in the source's order: each a :class:`~verirs.types.Problem`, ids unique.

        At least one, each with a prompt. May be called more than once and gives the same problems each
        time.

        Raises:
            SourceError: naming file and line of every row that cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTraits:
    """What a source may say of its rows: attributes of these names, all optional. Asked after ``problems()``
    was read to its end."""

    skipped: Callable[[], Sequence[tuple[str, str]]] | None = None
    """``skipped()``: the rows that it left out: where they stand, and why, in words without their content:
    the dataset card counts them by reason."""
    where: Callable[[str], str] | None = None
    """``where(problem_id)``: where the problem stands, for messages (``train.jsonl:64``)."""


@runtime_checkable
class Engine(Protocol):
    """Samples completions.

    ``sample`` is called concurrently, for up to ``concurrency`` samples at a time; the engine
    batches on its own. The text of a sample depends on its seed and prompt, never on its
    neighbours, as far as the engine's arithmetic allows: ``reproducible`` says how far.

    An engine that can also rest between runs is :class:`Resting`; one that tries again by itself may count
    that as :class:`Retrying`; one that knows how long prompts are is :class:`Counting`.
    """

    name: str
    reproducible: str
    """One sentence: what the same seed promises on this engine, for the dataset card."""

    @property
    def concurrency(self) -> int:
        """How many samples the engine wants in flight at once to be kept full; at least 1. It may move."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """What the samples depend on (model, revision or content digest, dtype, ...), JSON values.

        Called before ``start``, and without a model.
        """
        ...

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt text the model really reads, as far as this side knows it."""
        ...

    async def start(self) -> None:
        """Load the model or reach the server. Called once, before any sample.

        Raises:
            EngineError: what is missing and what to do.
        """
        ...

    def sample(self, request: Request) -> AsyncIterator[Completion]:
        """The request's completions, each as soon as it is finished, in any order.

        Each index of the request exactly once; written as ``async def sample(...): ... yield ...``. The
        caller may stop in the middle (it closes the iterator, or is cancelled), and others sample on.

        Raises:
            RequestError: what is missing of this request is refused, or (``GivenUp``) failed as often as it
                may; the other problems go on.
            EngineError: the engine as a whole is broken; the run stops and can go on later.
        """
        ...

    async def close(self) -> None:
        """Give everything back, child processes included. May be called twice, and without ``start``."""
        ...


@runtime_checkable
class Retrying(Protocol):
    """An engine that says how often it tried again (optional; shown while a run goes on)."""

    retried: Mapping[str, int]
    """Attempts that failed and were tried again, by kind, in a few words."""


@runtime_checkable
class Counting(Protocol):
    """An engine that says how long a prompt is (optional; the server's ``usage``)."""

    def prompt_tokens(self, request: Request) -> int | None:
        """How many tokens the model reads for one sample of a request that was sampled; ``None``: nobody
        knows.
        """
        ...


@runtime_checkable
class Keeping(Protocol):
    """An engine that keeps files of its own beside a run (optional), to go on where it stopped."""

    def keep_in(self, folder: Path) -> None:
        """Said before ``start``: the folder, in the run directory; it need not exist."""
        ...


@runtime_checkable
class Choosing(Protocol):
    """An engine that says how probable each first token of an answer is (optional; a judge uses it)."""

    async def first_tokens(self, request: Request) -> Mapping[str, float]:
        """The most probable first tokens of the answer, as texts with their log-probabilities.

        Raises:
            RequestError: the request is refused, or there are none to be had.
            EngineError: the engine as a whole is broken.
        """
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
    """Judges completions. See :class:`ScorerTraits` for what it may say of itself beside this.

    In a run a scorer is known by its key in the config (``[scorer.KEY]``), which is written over
    ``Score.scorer``; ``Score.version`` becomes ``version`` with a digest of the options.
    """

    name: str
    version: str
    """Changes whenever the scorer decides anything differently."""

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> Sequence[Score]:
        """One score an item, in order. Called from any thread, several at a time.

        The same item gets the same score again. What one completion does never touches another's score,
        and no text, however odd, should raise: an exception becomes an ``error`` score of the item it was
        raised for; a :class:`~verirs.errors.VerirsError` stops the run.
        """
        ...

    def close(self) -> None:
        """Give everything back. May be called twice, and without a call of ``score``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerTraits:
    """What a scorer may say of itself: attributes of these names, all optional."""

    ranks: bool = False
    """It only ranks: its verdict is ``abstain`` and its ``value`` a number, the higher the better. A
    ranker runs after the gates and sees what they let through (``rank = "all"``: everything)."""
    whole_groups: bool = False
    """A ranker that compares a problem's candidates with each other: it gets all of them in one call,
    when the last one is there."""
    late: bool = False
    """A ranker that runs when all is sampled and the engine is closed: one GPU serves both by turns."""
    gives_value: bool = True
    """Whether its scores may have a ``value``. A selection that ranks is refused where none can."""
    probes: Callable[[Problem], tuple[str, str] | None] | None = None
    """``probes(problem)``: two completion texts, one that must pass and one that must fail; ``None`` where
    it cannot judge the problem. A run whose gates can judge none of the first problems is refused, and
    ``verirs check`` scores both texts of every problem."""
    unfit: Callable[[Problem], str] | None = None
    """``unfit(problem)``: why it cannot judge the problem; an empty text where it can. For a scorer that can
    judge problems for which it knows no right text; without it, ``probes`` alone tell."""
    prove: Callable[[], None] | None = None
    """``prove()``: shows once, before the first score, that it is fit to judge; raises a
    :class:`~verirs.errors.VerirsError` if it is not."""
    interrupt: Callable[[], None] | None = None
    """``interrupt()``: the run ends early, so calls of ``score`` under way that wait for something must not
    wait on; they raise :class:`~verirs.errors.Interrupted`. Called from another thread, before ``close``."""
    shows: Callable[[Problem], Sequence[str]] | None = None
    """``shows(problem)``: lines that say how it will judge, for ``--dry-run`` and ``verirs check``."""
    again: Callable[[Score], Score | None] | None = None
    """``again(score)``: its score anew out of an earlier one of the same completion, where that needs no work
    (a view of numbers that were kept); else ``None``, and it is asked."""
    second: bool = False
    """A gate that gives a second opinion: it is asked only where the gates before it abstain, and needs
    ``audit``."""
    audit: Callable[[Sequence[tuple[Problem, Completion, Verdict]]], Sequence[Score | None]] | None = None
    """``audit(items)``, of a second opinion: what it says of items that the gates before it decided, each
    with their verdict; ``None`` where it was not asked. These scores abstain, whatever it says."""
    of_form: bool = False
    """It looks at the form of a text alone, and says ``unwanted`` or abstains. It is asked of every text,
    also where a gate before it said fail: what is unwanted is in no estimate, right or wrong."""
    self_test: Callable[[], Sequence[str]] | None = None
    """``self_test()``: what is wrong with it, a line each, for ``verirs check``."""
    at_once: Callable[[Problem, Completion], Score | None] | None = None
    """``at_once(problem, completion)``: the score of a short text, where it waits for nothing and takes
    microseconds; else ``None``, and ``score`` is asked. A reward hook calls it on an event loop."""


ScorerFunction = Callable[[Problem, Completion], bool | float | Score | None]
"""A plain function is a scorer too: ``True`` passes, ``False`` fails, ``None`` abstains, a float ranks."""


@runtime_checkable
class Selector(Protocol):
    """Chooses among the candidates of one group. See :class:`SelectorTraits`.

    Called once a group that has candidates, groups in order of problem id, candidates in order of
    sample index; what it returns may depend on the group alone.
    """

    name: str

    def select(self, group: Group) -> Selection:
        """Every candidate of the group is in exactly one of ``accepted`` and ``rejected``.

        A ``fail`` or an ``error`` is never accepted. In a pair ``chosen`` is a ``pass``, ``rejected`` a
        ``fail``, the one among ``accepted`` and the other among ``rejected``, and their texts differ; a
        selector that makes no pairs leaves the DPO file empty.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectorTraits:
    """What a selector may say of itself: attributes of these names, all optional."""

    needs_value: bool = False
    """It ranks by a number. Refused where no scorer gives one."""
    needs_fail_values: bool = False
    """It needs the number of wrong candidates too, so rankers must score them (``rank = "all"``)."""
    by: str = ""
    """The scorer (its config key) whose number it reads; empty: the last number of the stack."""


@runtime_checkable
class Sink(Protocol):
    """Turns selections into rows of one file. See :class:`SinkTraits`."""

    name: str
    """Also the stem of the exported file: letters, digits, ``_``, ``-`` and ``.``."""

    @property
    def columns(self) -> pa.Schema:
        """The Arrow schema of the rows (a plain class attribute will do)."""
        ...

    def rows(self, selection: Selection) -> Iterable[Mapping[str, Any]]:
        """JSON-ready rows of one group, each with exactly the keys of ``columns``.

        The same selection gives the same rows. ``selection.group.problem.prompt`` is the prompt to train
        on, as ``export.prompt`` asks: the problem's own messages with the template, or all that was
        sampled with. The problem's ``answer`` is never written as a text of a model, and what is written
        as wrong (``rejected``, ``label`` false) is a verified ``fail``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of an export before its first row.

    Args:
        thought_key: under which a reply's thought stands in its message; empty: no message has one.
        model_of: the model that drew a sample, by its index.
        chat_template_kwargs: what the chat template got when the samples were drawn.
        first: where sampling went on for some problems only: how many samples all of them have, for what is
            to be compared between problems.
    """

    thought_key: str = ""
    model_of: Callable[[int], str] = lambda index: ""
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    first: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkTraits:
    """What a sink may say of itself: attributes of these names, all optional."""

    summed: Sequence[str] = ()
    """Columns of numbers or booleans whose sums the dataset card shows."""
    tell: Callable[[About], None] | None = None
    """``tell(about)``: called once, before ``columns`` are asked for the last time and any row is made. A
    sink without it finds a sample's thought in ``completion.reasoning``."""
    of_problems: bool = False
    """Its rows are of problems, and name no sample."""
    of_all: bool = False
    """It gets problems without a sample and those that were dropped too (``selection.dropped``): for files
    that nobody trains on."""
    formats: Sequence[str] = ()
    """It is written in these, whatever ``export.formats`` says, and not at all where it has no row."""
