"""A test double for engines: instant, deterministic texts with a chosen pass rate. No model.

For testing scorers, sinks and whole runs: the text of a sample is a function of the problem and the
sample's seed alone, in this process and in any other. Right texts end in the problem's gold answer,
which makes the double useless, and dangerous, for making data; its name in every dataset says so.
Standard library only, so that a process that uses it starts at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from verirs.engines.requests import check, cut, plain
from verirs.errors import EngineError, UserError
from verirs.protocols import Request
from verirs.types import Completion, Message

_OPENINGS = (
    "Let us see.",
    "Step by step:",
    "First the easy part.",
    "Counting it out:",
    "We start from the end.",
)


class FakeEngine:
    """Deterministic texts.

    Args:
        pass_rate: share of samples that state the problem's gold answer; the others state a wrong one.
        latency: mean seconds a sample takes; single samples take between 0.5 and 1.5 times this.
        distinct: how many different texts a problem has at most (0: no limit), to exercise dedup.
        fail_rate: share of requests that raise :class:`EngineError`, decided by the problem's id and
            the first sample asked for; the same request fails again and again.
        fail_first: this many requests raise :class:`EngineError` before the engine works.
        concurrency: how many samples it asks to have in flight.
    """

    name = "fake"
    reproducible = "The same seed gives the same text, always: no model is involved."

    def __init__(
        self,
        pass_rate: float = 0.5,
        latency: float = 0.0,
        distinct: int = 0,
        fail_rate: float = 0.0,
        fail_first: int = 0,
        concurrency: int = 64,
    ):
        for key, share in (("pass_rate", pass_rate), ("fail_rate", fail_rate)):
            if not 0 <= share <= 1:
                raise UserError(f"engine fake: {key} = {share} is not between 0 and 1")
        self.concurrency = concurrency
        self._pass_rate, self._distinct = pass_rate, distinct
        self._latency, self._fail_rate, self._fail_first = latency, fail_rate, fail_first

    def identity(self) -> Mapping[str, Any]:
        """Only what changes a text; not latency and failures."""
        return {"pass_rate": self._pass_rate, "distinct": self._distinct}

    def render(self, messages: Sequence[Message]) -> str:
        return plain(messages)

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        """Each sample after its own latency, so the order is not that of the indices.

        Raises:
            EngineError: as ``fail_first`` and ``fail_rate`` ask.
            RequestError: the prompt is empty.
        """
        check(request)
        if self._fail_first > 0:
            self._fail_first -= 1
            raise EngineError("engine fake: failing as fail_first asks")
        if _rng("fail", request.problem.id, *request.indices[:1]).random() < self._fail_rate:
            raise EngineError(f"engine fake: failing on problem {request.problem.id!r} as fail_rate asks")
        made = [
            self._complete(request, index, seed)
            for index, seed in zip(request.indices, request.seeds, strict=True)
        ]
        clock = 0.0
        for wait, completion in sorted(made, key=lambda pair: pair[0]):
            await asyncio.sleep(wait - clock)
            clock = wait
            yield completion

    def prompt_tokens(self, request: Request) -> int:
        """Words, as its texts are counted."""
        return sum(len(m["content"].split()) for m in request.messages)

    def _complete(self, request: Request, index: int, seed: int) -> tuple[float, Completion]:
        sampling = request.sampling
        drawn = 0 if sampling.temperature == 0 else seed
        if self._distinct:
            drawn = _rng("distinct", drawn).randrange(self._distinct)
        rng = _rng(request.problem.id, *(m["content"] for m in request.messages), drawn)
        words = _text(rng, request.problem.answer, rng.random() < self._pass_rate).split(" ")
        text, stopped = cut(" ".join(words[: sampling.max_tokens]), sampling.stop)
        completion = Completion(
            index=index,
            text=text,
            finish_reason="stop" if stopped or len(words) <= sampling.max_tokens else "length",
            tokens=min(len(words), sampling.max_tokens),
            logprob=round(-0.1 * len(words) * (0.5 + rng.random()), 6),
            seed=seed,
        )
        return self._latency * (0.5 + _rng("latency", request.problem.id, seed).random()), completion


def _rng(*key: object) -> random.Random:
    told = "\x1f".join(map(str, key)).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(told, digest_size=16).digest()
    return random.Random(int.from_bytes(digest, "big"))


def _text(rng: random.Random, gold: str | None, right: bool) -> str:
    steps = []
    for _ in range(rng.randint(1, 3)):
        a, b = rng.randint(2, 90), rng.randint(2, 90)
        steps.append(f"{a}+{b}={a + b}.")
    said = gold if gold is not None and right else _wrong(rng, gold)
    return f"{rng.choice(_OPENINGS)} {' '.join(steps)} The answer is \\boxed{{{said}}}."


def _wrong(rng: random.Random, gold: str | None) -> str:
    if gold is not None and gold.strip().lstrip("-").isdecimal():
        return str(int(gold) + rng.choice((-2, -1, 1, 2, 10)))
    return str(rng.randint(100_000, 999_999))
