"""The data every part of verirs speaks in: frozen, slotted dataclasses, standard library only.

One direction, no way back::

    Problem -> Completion -> Score -> Candidate -> Group -> Selection -> rows

Nothing here knows a model, a file or a scorer. Values that cross a process or a file as JSON go
through :func:`to_json` and the ``from_json`` class methods.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Message = Mapping[str, str]
"""One chat message: ``{"role": "system" | "user" | "assistant", "content": "..."}``."""


NO_TEXT = "no text"
"""The finish reason of a recorded sample whose text was not kept: its scores are known, and nothing else."""
LONGEST_TIME = 600
"""Seconds; a problem's time limit above it is taken for milliseconds or a mistake, and not used."""


JUDGED = ("time_limit", "memory_limit_mb", "language", "compare", "checker", "prelude", "code_prompt")
"""Keys of a problem's ``meta`` that a verdict may depend on."""


class Verdict(StrEnum):
    """What a scorer concluded. Only ``fail`` says that the completion is wrong.

    - ``pass``: verified right.
    - ``fail``: verified wrong.
    - ``abstain``: this scorer cannot judge this problem (no gold answer, a gold it cannot read).
    - ``error``: judging broke (a worker died, a sandbox failed). Never counted as wrong.
    - ``unwanted``: whatever it answers, its form is none to train on (``quality``, ``format``): never
      accepted, never a negative, in no estimate.
    """

    PASS = "pass"
    FAIL = "fail"
    ABSTAIN = "abstain"
    ERROR = "error"
    UNWANTED = "unwanted"


_ERROR = Verdict.ERROR


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, init=False)
class Problem:
    """One problem and what its verifiers need.

    ``id`` is the dataset's own, or, when empty, a hash of the prompt; never a position, so rows may move, and
    never of the gold answer, so that a corrected one keeps its samples.

    Args:
        id: unique within a run.
        prompt: chat messages, without the system prompt and few-shot turns of a run; a plain text stands for
            one user message, and is stored as that.
        answer: the gold answer (math); never emitted as if a model had sampled it.
        tests: test code, or pairs ``{"input": ..., "output": ...}``, or any form that docs/code.md lists
            (code); a list is stored as a tuple.
        entry_point: the function the tests call (code).
        source: where the problem comes from, for the dataset card.
        split: the dataset's split, for example ``train``.
        meta: anything else of the row, JSON values only. Some keys are read: ``time_limit`` by the property
            of that name, those that docs/code.md lists, ``solution``, ``code_prompt`` and ``generated_tests``
            by the scorers of programs.
    """

    id: str
    prompt: tuple[Message, ...]
    answer: str | None
    tests: str | Mapping[str, Any] | tuple[Any, ...] | None
    entry_point: str | None
    source: str
    split: str
    meta: Mapping[str, Any]

    def __init__(
        self,
        *,
        id: str = "",
        prompt: str | Sequence[Message] = (),
        answer: str | None = None,
        tests: str | Mapping[str, Any] | Sequence[Any] | None = None,
        entry_point: str | None = None,
        source: str = "",
        split: str = "",
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        for name, value in (("id", id), ("answer", answer), ("entry_point", entry_point)):
            if value is not None and not isinstance(value, str):
                raise TypeError(f"a problem's {name} is a text, not {value!r} ({type(value).__name__})")
        store = object.__setattr__  # the class is frozen
        if isinstance(prompt, str):
            prompt = ({"role": "user", "content": prompt},)
        store(self, "prompt", tuple(prompt))
        store(self, "answer", answer)
        whole = tests is None or isinstance(tests, (str, Mapping))
        if not whole and not hasattr(tests, "__iter__"):
            raise TypeError(
                f"a problem's tests are code, pairs or a table, not {tests!r} ({type(tests).__name__})"
            )
        store(self, "tests", tests if whole else tuple(tests or ()))
        store(self, "entry_point", entry_point)
        store(self, "source", source)
        store(self, "split", split)
        store(self, "meta", {} if meta is None else meta)
        store(self, "id", id or _sha256(list(map(dict, self.prompt)))[:16])

    def digest(self) -> str:
        """SHA-256 (hex) of everything that a sampler or a verifier reads, the id left out."""
        body = [list(map(dict, self.prompt)), self.answer, to_json(self.tests), self.entry_point]
        if judged := {key: to_json(self.meta[key]) for key in JUDGED if key in self.meta}:
            body.append(judged)
        return _sha256(body)

    @property
    def time_limit(self) -> float | None:
        """Seconds that a program may take for this problem: ``meta["time_limit"]``, where that is a number of
        at most :data:`LONGEST_TIME`."""
        own = self.meta.get("time_limit")
        fits = isinstance(own, (int, float)) and not isinstance(own, bool) and 0 < own <= LONGEST_TIME
        return own if fits else None

    def __repr__(self) -> str:
        asked = self.prompt[-1].get("content") if self.prompt else ""
        return f"<Problem {self.id}: answer={_short(self.answer)}\n  {_short(asked)}>"

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Problem:
        return cls(**row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One sampled text.

    Args:
        index: which of the problem's samples this is, from 0.
        text: what the model wrote for its reader, special tokens removed.
        finish_reason: ``stop``, ``length`` (cut off by ``max_tokens``), ``unknown`` (a record without one),
            or the engine's own word.
        tokens: number of generated tokens, where the engine gives it.
        logprob: summed natural log-probability of the sampled tokens under the model itself
            (before temperature and top-p), where the engine gives it.
        seed: the seed this one sample was drawn with.
        reasoning: what the model thought before ``text``, without its tags, white space and all; what was
            sampled is both. Empty where it did not think (:mod:`verirs.thoughts`).
    """

    index: int = 0
    text: str
    finish_reason: str = "stop"
    tokens: int | None = None
    logprob: float | None = None
    seed: int | None = None
    reasoning: str = ""

    def __repr__(self) -> str:
        tokens = "" if self.tokens is None else f", {self.tokens} tokens"
        return f"<Completion {self.index}: {self.finish_reason}{tokens}\n  {_short(self.text)}>"

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Completion:
        return cls(**row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One scorer's judgement of one completion.

    Args:
        scorer: the scorer's name.
        version: the scorer's version; it changes whenever the scorer decides anything differently.
        verdict: see :class:`Verdict`.
        value: a number, where the scorer has one (a reward, a share of tests passed); else ``None``.
        answer: what was extracted from the completion and judged, as text.
        reason: why, in a few words, for people.
        seconds: wall time spent on this verdict.
        details: JSON values a later stage or a viewer may want (per-test results, policies used).
    """

    scorer: str
    version: str
    verdict: Verdict
    value: float | None = None
    answer: str | None = None
    reason: str = ""
    seconds: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the completion is verified right."""
        return self.verdict is Verdict.PASS

    def __bool__(self) -> bool:
        """The same, so that ``if grade(...)`` means what it says."""
        return self.verdict is Verdict.PASS

    def __repr__(self) -> str:
        """Two lines at most: verdict, value and answer, then the reason."""
        parts = [str(self.verdict)]
        parts += [f"value={self.value:g}"] if self.value is not None else []
        parts += [f"answer={_short(self.answer)}"] if self.answer is not None else []
        reason = f"\n  {_short(self.reason)}" if self.reason else ""
        return f"<Score {self.scorer} {self.version}: {', '.join(parts)}{reason}>"

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Score:
        return cls(**{**row, "verdict": Verdict(row["verdict"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A completion and the scores given to it, in the order of the scorer stack."""

    completion: Completion
    scores: tuple[Score, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The stack's verdict: the first of unwanted, fail, error, pass, abstain that any scorer returned.

        What is unwanted is so whether right or wrong: if the right ones alone were left out of an estimate,
        it would be of something else. One verified fault is enough for ``fail``; one scorer that broke
        keeps the others' ``pass`` from counting; a scorer that abstained, or only ranks, has no say, also
        when it broke. So a scorer may return ``pass`` only for what it verified: a check of form alone
        abstains when it finds no fault. A candidate nobody judged is ``abstain``.
        """
        if len(self.scores) == 1:  # what most have, and asked for often
            own = self.scores[0].verdict
            return Verdict.ABSTAIN if own is _ERROR and is_unranked(self.scores[0]) else own
        said = [s.verdict for s in self.scores if not is_unranked(s)]
        for verdict in (Verdict.UNWANTED, Verdict.FAIL, Verdict.ERROR, Verdict.PASS):
            if verdict in said:
                return verdict
        return Verdict.ABSTAIN

    @property
    def answer(self) -> str | None:
        """The first answer a scorer extracted."""
        if len(self.scores) == 1:
            return self.scores[0].answer
        return next((s.answer for s in self.scores if s.answer is not None), None)

    @property
    def value(self) -> float | None:
        """The last number in the stack (a ranker's stands after the gates'), else ``None``.

        ``None`` too where a ranker broke: the number before it is on another scale.
        """
        if len(self.scores) == 1:
            return self.scores[0].value
        return next((s.value for s in reversed(self.scores) if s.value is not None or is_unranked(s)), None)

    def value_of(self, scorer: str) -> float | None:
        """The number of one scorer, by its key; of the whole stack (:attr:`value`) for an empty name."""
        if not scorer:
            return self.value
        return next((s.value for s in self.scores if s.scorer == scorer), None)

    def __repr__(self) -> str:
        told = [str(self.verdict)] + ([f"value={self.value:g}"] if self.value is not None else [])
        told += [f"answer={_short(self.answer)}"] if self.answer is not None else []
        return f"<Candidate {self.completion.index}: {', '.join(told)}\n  {_short(self.completion.text)}>"


def _short(text: object) -> str:
    told = repr(text)
    return told if len(told) <= 60 else f"{told[:58]}…{told[-1]}"


def is_ranking(score: Score) -> bool:
    """Whether a score only ranks (a number without a verdict), as a reward model's does."""
    return score.verdict is Verdict.ABSTAIN and score.value is not None


UNRANKED = "unranked"
"""Detail with which a stack marks the ``error`` of a scorer that only ranks."""


def is_unranked(score: Score) -> bool:
    """Whether a scorer that only ranks broke: the number is missing, and the stack's verdict stands."""
    return score.verdict is Verdict.ERROR and bool(score.details.get(UNRANKED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One problem and all its candidates, ordered by sample index."""

    problem: Problem
    candidates: tuple[Candidate, ...] = ()
    engine: str = ""
    """Digest of the engine that sampled the completions."""

    def __repr__(self) -> str:
        verdicts = [c.verdict for c in self.candidates]
        counts = ", ".join(f"{verdicts.count(v)} {v}" for v in Verdict if v in verdicts)
        return f"<Group of {len(self.candidates)} candidates{counts and f': {counts}'}\n  {self.problem.id}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A preference: ``chosen`` is verified right, ``rejected`` verified wrong, never the same text."""

    chosen: Candidate
    rejected: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A candidate that was not selected, and the reason in a word or two (counted in the report)."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a selector made of one group. Every candidate of the group is in exactly one of
    ``accepted`` and ``rejected``; ``pairs`` draw on both.

    ``facts`` are what an export knows of the problem (the columns of docs/formats.md). ``dropped`` is the
    reason why it is in no training file; empty where it is kept.
    """

    group: Group
    accepted: tuple[Candidate, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    pairs: tuple[Pair, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    dropped: str = ""

    def __repr__(self) -> str:
        counts = f"{len(self.accepted)} accepted, {len(self.rejected)} rejected, {len(self.pairs)} pairs"
        return f"<Selection of {counts}\n  {self.group.problem.id}>"


def grader_identity(versions: Mapping[str, str]) -> str:
    """Sixteen hex digits of scorers with their versions (which hold their options): equal ones judge alike.

    A hook, a server, ``grade`` and a run that show the same digest have the same grader.

    Args:
        versions: each scorer's version by its name.
    """
    return _sha256(sorted(versions.items()))[:16]


def to_json(value: Any) -> Any:
    """A JSON-ready copy of a value made of this module's types, mappings and sequences."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    return value
