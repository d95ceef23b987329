"""Best-of-n through the live endpoint, beside the exact estimates of ``verirs bench`` on the same recordings.

    VERIRS_SHARED=... python -m benchmarks.hooks.answers [--problems 1319] [--rounds 2] [--save]

Each GSM8K problem has 40 recorded completions. An engine draws from them without replacement, and each
problem is asked over ``/v1/chat/completions`` with n = 16: by majority, with all 16 drawn and with early
stopping (the same draws), and by a ranker's value (the shorter text, which is as good as any number here).
The exact expectation over all subsets of 16 is :mod:`verirs.stats.estimators`; the standard error of the
live share around it follows from it: each answer is right with the problem's exact chance.
``no exact rule saves more``: a rule that gives what all 16 give may stop only once the class with the most
votes cannot be reached by what is left. Each draw stops there, sample by sample, with the classes as they
are at the end: nobody could know them before, so no rule stops earlier and is always right.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks.math.environment import about
from tests.shared_data import rows
from verirs import grade_many
from verirs.answering import Answerer
from verirs.engines.requests import plain
from verirs.hooks import Grader
from verirs.protocols import Request
from verirs.serve.app import Server
from verirs.stats.answers import answer_classes
from verirs.stats.estimators import best_curve, majority_curve
from verirs.stats.intervals import bootstrap
from verirs.types import Candidate, Completion, Message, Problem

N = 16
Pool = Mapping[str, list[str]]


class Recorded:
    """Draws from each prompt's recorded texts without replacement; the same round draws the same."""

    name = "recorded"
    concurrency = 64
    reproducible = "The same round draws the same texts."

    def __init__(self, pool: Pool):
        self.pool, self.round, self.drawn = pool, 0, 0

    def identity(self) -> Mapping[str, Any]:
        return {"model": "gsm8k-pool"}

    def render(self, messages: Sequence[Message]) -> str:
        return plain(messages)

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        texts = self.pool[request.messages[-1]["content"]]
        order = list(range(len(texts)))
        random.Random(f"{self.round} {request.problem.id}").shuffle(order)
        for index in request.indices:
            self.drawn += 1
            yield Completion(index=index, text=texts[order[index]])


def shorter(problem: Problem, completion: Completion) -> float:
    """A ranker."""
    return -float(len(completion.text))


def recordings(limit: int) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Texts and gold by prompt."""
    problems = list(rows("data/problems/gsm8k_test.jsonl.gz"))[:limit]
    prompt = {row["id"]: row["prompt"] for row in problems}
    pool: dict[str, list[str]] = defaultdict(list)
    for row in rows("data/candidates/gsm8k_pool_40runs.jsonl.gz"):
        if row["problem_id"] in prompt:
            pool[prompt[row["problem_id"]]].append(row["text"])
    return pool, {row["prompt"]: row["gold"] for row in problems}


def exact(pool: Pool, golds: Mapping[str, str]) -> tuple[list[float], list[float]]:
    """maj@16 and best-of-16 of each problem."""
    majority, best = [], []
    for prompt, texts in pool.items():
        scores = grade_many("math", [{"text": text, "answer": golds[prompt]} for text in texts])
        right = [s.passed for s in scores]
        candidates = [
            Candidate(completion=Completion(index=i, text=t), scores=(s,))
            for i, (t, s) in enumerate(zip(texts, scores, strict=True))
        ]
        classes = answer_classes(Problem(prompt=prompt), candidates)
        majority.append(float(majority_curve(right, classes)[N - 1]))
        best.append(float(best_curve(right, [-float(len(t)) for t in texts])[N - 1]))
    return majority, best


def most_saved(pool: Pool, rounds: int) -> float:
    """What stopping would save if the classes of all 16 were known from the start."""
    drawn = 0
    for prompt, texts in pool.items():
        scores = grade_many("math", [{"text": text} for text in texts])
        candidates = [
            Candidate(completion=Completion(index=i, text=t), scores=(s,))
            for i, (t, s) in enumerate(zip(texts, scores, strict=True))
        ]
        classes = answer_classes(Problem(prompt=prompt), candidates)
        for number in range(rounds):
            order = random.Random(number).sample(range(len(texts)), N)
            votes: Counter[int] = Counter()
            for count, i in enumerate(order, 1):
                label = classes[i]
                votes.update([] if label is None else [label])
                first, second = [*(v for _, v in votes.most_common(2)), 0, 0][:2]
                if first > second + N - count:
                    break
            drawn += count
    return 1 - drawn / (N * rounds * len(pool))


async def asked(client: httpx.AsyncClient, prompts: Sequence[str]) -> list[dict[str, Any]]:
    gate = asyncio.Semaphore(8)

    async def one(prompt: str) -> dict[str, Any]:
        async with gate:
            body = {"model": "verirs", "messages": [{"role": "user", "content": prompt}], "best_of": N}
            reply = await client.post("/v1/chat/completions", json=body, timeout=600)
            reply.raise_for_status()
            found: dict[str, Any] = reply.json()
            return found

    return await asyncio.gather(*map(one, prompts))


async def live(
    pool: Pool, golds: Mapping[str, str], config: Mapping[str, Any], rounds: int, early: bool = True
) -> tuple[list[str], list[bool], float]:
    """Texts returned, whether each is right, and the share of samples drawn."""
    engine = Recorded(pool)
    answerer = Answerer(config, engine=engine, early=early)
    server = Server(Grader("math"), answerer=answerer)
    await server.chat.start()
    texts: list[str] = []
    transport = httpx.ASGITransport(app=server.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        for engine.round in range(rounds):
            replies = await asked(client, list(pool))
            texts += [r["choices"][0]["message"]["content"] for r in replies]
    await answerer.close()
    gold = [golds[prompt] for prompt in pool] * rounds
    scores = grade_many("math", [{"text": t, "answer": g} for t, g in zip(texts, gold, strict=True)])
    return texts, [s.passed for s in scores], engine.drawn / (N * len(texts))


def beside(right: Sequence[bool], chances: Sequence[float], rounds: int) -> dict[str, Any]:
    """The live share, the exact one with its interval over problems, and how far apart they are."""
    share, expected = sum(right) / len(right), sum(chances) / len(chances)
    error = math.sqrt(sum(p * (1 - p) for p in chances) / rounds) / len(chances)
    (interval,) = bootstrap(chances)
    return {
        "live": round(share, 4),
        "exact": round(expected, 4),
        "exact, 95% over problems": [round(interval.low, 4), round(interval.high, 4)],
        "standard errors apart": round((share - expected) / error, 2) if error else 0.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=1319)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    pool, golds = recordings(options.problems)
    majority, best = exact(pool, golds)
    ranked = {"scorer": {"math": {}, "shorter": {"plugin": "benchmarks.hooks.answers:shorter"}}}
    begun = time.process_time()
    early, right, drawn = asyncio.run(live(pool, golds, {}, options.rounds))
    seconds = time.process_time() - begun
    whole, _, all_drawn = asyncio.run(live(pool, golds, {}, options.rounds, early=False))
    _, right_best, _ = asyncio.run(live(pool, golds, ranked, options.rounds))
    result = about(
        problems=len(pool),
        rounds=options.rounds,
        n=N,
        majority=beside(right, majority, options.rounds),
        best_of_n=beside(right_best, best, options.rounds),
        early_stopping={
            "samples saved": round(1 - drawn / all_drawn, 4),
            "no exact rule saves more": round(most_saved(pool, options.rounds), 4),
            "other texts returned": sum(a != b for a, b in zip(early, whole, strict=True)),
        },
        cpu_ms_an_answer=round(1000 * seconds / len(early), 1),
    )
    print(json.dumps(result, indent=1))
    if options.save:
        path = Path(__file__).parents[1] / "results" / "hooks_answers.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
