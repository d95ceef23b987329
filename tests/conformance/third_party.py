"""Parts as a reader of docs/design.md, docs/testing.md and verirs/protocols.py writes them: no base class of
ours, no import of ours but the data."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from verirs import Completion, Problem
from verirs.protocols import Request
from verirs.types import Group, Message, Pair, Rejection, Score, Selection, Verdict


class Squares:
    """A source: what is k squared?"""

    def __init__(self, count: int = 5) -> None:
        self.count = count

    def problems(self) -> Iterator[Problem]:
        for k in range(1, self.count + 1):
            yield Problem(prompt=f"What is {k} squared?", answer=str(k * k), meta={"k": k})


class Parrot:
    """An engine that says words at random, a seed a text, and takes its time for each word."""

    name = "parrot"
    concurrency = 4
    reproducible = "The same seed gives the same words."

    def __init__(self, words: Sequence[str] = ("seven", "4", "nine", "####", "is", "the", "answer")) -> None:
        self.words = tuple(words)

    def identity(self) -> Mapping[str, Any]:
        return {"words": list(self.words)}

    def render(self, messages: Sequence[Message]) -> str:
        return "\n".join(f"<{m['role']}> {m['content']}" for m in messages)

    async def start(self) -> None:
        await asyncio.sleep(0)

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        for index, seed in zip(request.indices, request.seeds, strict=True):
            await asyncio.sleep(0.001)
            greedy = request.sampling.temperature == 0
            rng = random.Random(f"{self.render(request.messages)!r} {0 if greedy else seed}")
            words = [rng.choice(self.words) for _ in range(rng.randint(5, 20))]
            text = " ".join(words[: request.sampling.max_tokens])
            finish = "stop" if len(words) <= request.sampling.max_tokens else "length"
            for stop in request.sampling.stop:
                if stop in text:
                    text, finish = text.split(stop)[0], "stop"
            yield Completion(
                index=index, text=text, finish_reason=finish, tokens=len(text.split()), seed=seed
            )

    async def close(self) -> None:
        await asyncio.sleep(0)


class LastWord:
    """A scorer: the last word is the answer."""

    name = "last_word"
    version = "2"

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [self.judge(problem, completion) for problem, completion in items]

    def judge(self, problem: Problem, completion: Completion) -> Score:
        words = completion.text.split()
        answer = words[-1] if words else None
        if problem.answer is None:
            verdict = Verdict.ABSTAIN
        else:
            verdict = Verdict.PASS if answer == problem.answer else Verdict.FAIL
        return Score(scorer=self.name, version=self.version, verdict=verdict, answer=answer)

    def probes(self, problem: Problem) -> tuple[str, str] | None:
        if problem.answer is None or len(problem.answer.split()) != 1:
            return None
        return f"It is {problem.answer}", f"It is not{problem.answer}"

    def close(self) -> None:
        pass


class Shortness:
    """A ranker: the shorter the better."""

    name = "shortness"
    version = "1"
    ranks = True

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [
            Score(scorer=self.name, version=self.version, verdict=Verdict.ABSTAIN, value=-float(len(c.text)))
            for _, c in items
        ]

    def close(self) -> None:
        pass


def polite(problem: Problem, completion: Completion) -> bool | None:
    """A function scorer: rude is wrong."""
    return False if "stupid" in completion.text else None


class Longest:
    """A selector: the longest text that passed, paired with the longest that failed."""

    name = "longest"

    def select(self, group: Group) -> Selection:
        def of(verdict: Verdict) -> list[Any]:
            some = [c for c in group.candidates if c.verdict is verdict]
            return sorted(some, key=lambda c: (-len(c.completion.text), c.completion.index))

        passed, failed = of(Verdict.PASS), of(Verdict.FAIL)
        accepted = passed[:1]
        pairs = []
        if accepted and failed and accepted[0].completion.text != failed[0].completion.text:
            pairs.append(Pair(chosen=accepted[0], rejected=failed[0]))
        return Selection(
            group=group,
            accepted=tuple(accepted),
            rejected=tuple(
                Rejection(candidate=c, reason="shorter" if c.verdict is Verdict.PASS else str(c.verdict))
                for c in group.candidates
                if c not in accepted
            ),
            pairs=tuple(pairs),
        )


class Lines:
    """A sink: one text a row, for a trainer that reads prompt and text in one."""

    name = "lines"
    columns = pa.schema([("text", pa.string()), ("characters", pa.int64())])
    summed: Sequence[str] = ("characters",)

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        prompt = "\n".join(m["content"] for m in selection.group.problem.prompt)
        for candidate in selection.accepted:
            text = f"{prompt}\n{candidate.completion.text}"
            yield {"text": text, "characters": len(text)}
