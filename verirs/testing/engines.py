"""What every engine promises.

An engine is made and started once, on an event loop of its own thread, and all promises ask it for samples
of short prompts: at most 32 a problem.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as NotInTime
from typing import Any, TypeVar

from verirs.errors import RequestError
from verirs.protocols import Engine, Request, Sampling
from verirs.testing.suite import Suite, require, skip
from verirs.testing.toys import toy_problems
from verirs.types import Completion, Message, Problem

T = TypeVar("T")
Found = dict[int, Completion]

ODD = ("\ud800 half a character", "\x00\x1b[2J", "", " \n", "why? " * 20_000)
"""Prompts that a data set may hold, and that an engine may refuse."""


class EngineSuite(Suite):
    """The promises of :class:`verirs.protocols.Engine`.

    Options:
        problems: what is asked; a recording needs the problems that it holds.
        reproduces: false where your engine's ``reproducible`` says that the same seed may give another text.
        draws: false where it does not draw (a recording): seeds and sampling settings are not tried.
        seconds: after so long an engine that says nothing has broken its promise.
    """

    kind = "engine"
    part: Engine
    problems: Sequence[Problem] = tuple(toy_problems(4))
    reproduces: bool = True
    draws: bool = True
    seconds: float = 120.0
    loop: asyncio.AbstractEventLoop

    def make(self) -> Engine:
        raise NotImplementedError("write `def make(self)`, which returns the engine to test")

    @classmethod
    def setup_class(cls) -> None:
        cls.loop = asyncio.new_event_loop()
        threading.Thread(target=cls.loop.run_forever, name="verirs-testing", daemon=True).start()
        cls.start_another()

    @classmethod
    def start_another(cls) -> None:
        """Make and start the part; never two at a time, which a GPU may have no room for."""
        suite = cls()
        cls.part = suite.make()
        suite.wait(cls.part.start())

    @classmethod
    def teardown_class(cls) -> None:
        cls().wait(cls.part.close())
        cls.loop.call_soon_threadsafe(cls.loop.stop)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives, done on the engine's event loop."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(self.seconds)
        except NotInTime:
            future.cancel()
            raise AssertionError(f"it gave nothing for {self.seconds:g} seconds") from None

    def request(
        self, problem: int, indices: Sequence[int], seeds: Sequence[int] = (), **sampling: Any
    ) -> Request:
        """A request for samples of one of the suite's problems."""
        asked = self.problems[problem % len(self.problems)]
        return Request(
            problem=asked,
            messages=asked.prompt,
            indices=tuple(indices),
            # wide and unrelated, as a run's hashed seeds are
            seeds=tuple(seeds) or tuple((i + 1) * 0x9E3779B97F4A7C15 % 2**53 for i in indices),
            sampling=Sampling(**{"temperature": 1.0, "max_tokens": 48, **sampling}),
        )

    def ask(self, *requests: Request) -> list[Found]:
        """All requests at once; the completions by index."""

        async def all_of_them() -> list[Found]:
            return await asyncio.gather(*(collect(self.part, request) for request in requests))

        return self.wait(all_of_them())

    def same_texts(self) -> None:
        if not self.reproduces:
            raise skip(f"it does not promise the same text: {self.part.reproducible}")

    def drawn(self) -> None:
        if not self.draws:
            raise skip("it does not draw its samples")

    def test_it_is_complete(self) -> None:
        """It has all that the Protocol names; `concurrency` is at least 1, `reproducible` a sentence."""
        self.require_complete()
        require(bool(self.part.reproducible.strip()), "its `reproducible` says nothing")

    def test_identity_is_known_before_the_start(self) -> None:
        """`identity` is a table of JSON values, the same before `start` and after it."""
        fresh, started = dict(self.make().identity()), dict(self.part.identity())
        require(json.loads(json.dumps(fresh)) == fresh, f"it does not survive JSON: {fresh}")
        require(fresh == started, f"before the start {fresh}, after it {started}")

    def test_render_shows_the_whole_chat(self) -> None:
        """`render` is a text with all messages in order, also before `start`."""
        chat: list[Message] = [
            {"role": "user", "content": "What is 1 + 1?"},
            {"role": "assistant", "content": "It is 2."},
            {"role": "user", "content": "Und ½ + ½ – 数学 😀?"},
        ]
        for engine in (self.make(), self.part):
            text = engine.render(chat)
            require(isinstance(text, str), f"it gave {type(text).__name__}")
            places = [text.find(message["content"]) for message in chat]
            require(-1 < places[0] < places[1] < places[2], f"not all messages in order in {text!r}")

    def test_each_index_once(self) -> None:
        """Each index of a request comes exactly once, as a completion."""
        for indices in ((0,), (3, 17, 5, 8)):
            self.ask(self.request(0, indices))

    def test_completions_are_whole(self) -> None:
        """A completion has a text and a finish reason; tokens, logprob and seed are right, where given."""
        asked = self.request(1, range(8))
        for (index, completion), seed in zip(sorted(self.ask(asked)[0].items()), asked.seeds, strict=True):
            shown = f"sample {index}: {completion!r}"
            require(isinstance(completion.text, str) and bool(completion.finish_reason), shown)
            require(completion.tokens is None or completion.tokens >= 0, shown)
            require(completion.logprob is None or completion.logprob <= 0, shown)
            require(not self.draws or completion.seed in (None, seed), f"{shown}; its seed was {seed}")

    def test_more_at_once_than_it_asks_for(self) -> None:
        """Many requests at a time, more samples than `concurrency`, are all answered."""
        requests = [self.request(k, range(32)) for k in range(len(self.problems))]
        requests *= max(1, min(8, self.part.concurrency // (32 * len(requests)) + 1))
        self.ask(*requests)

    def test_the_same_seed_gives_the_same_text(self) -> None:
        """The same prompt and seed give the same text again."""
        self.same_texts()
        first, second = self.ask(self.request(0, range(8)))[0], self.ask(self.request(0, range(8)))[0]
        require_texts(first, second, "asked twice")

    def test_the_seed_decides_and_not_the_index(self) -> None:
        """The text belongs to the seed, whatever the sample's index."""
        self.drawn()
        self.same_texts()
        (one,) = self.ask(self.request(1, (0, 1), seeds=(77, 10**15)))
        (other,) = self.ask(self.request(1, (4, 5), seeds=(10**15, 77)))
        swapped = {0: other[5], 1: other[4]}
        require_texts(one, swapped, "the same seeds at other indices")

    def test_seeds_make_a_difference(self) -> None:
        """At temperature 1, sixteen seeds do not all give one text."""
        self.drawn()
        (found,) = self.ask(self.request(2, range(16)))
        require(len({c.text for c in found.values()}) > 1, "sixteen seeds gave one text")

    def test_neighbours_make_no_difference(self) -> None:
        """A sample has the same text alone and among others, of its own problem and of other ones."""
        self.same_texts()
        requests = [self.request(k, range(12)) for k in range(len(self.problems))]
        together = self.ask(*requests)
        for request, among in zip(requests[:2], together, strict=False):
            require_texts(self.ask(request)[0], among, "alone and among others")
            parts = self.ask(self.request(requests.index(request), range(5)))[0]
            require_texts(parts, {i: among[i] for i in range(5)}, "a part of the request and all of it")

    def test_temperature_zero_is_one_text(self) -> None:
        """At temperature 0 all samples of a problem are one text."""
        self.drawn()
        self.same_texts()
        (found,) = self.ask(self.request(0, range(5), temperature=0.0))
        require(len({c.text for c in found.values()}) == 1, "five samples at temperature 0 differ")

    def test_max_tokens_cuts(self) -> None:
        """A completion cut by `max_tokens` has that many tokens and the finish reason `length`."""
        self.drawn()
        (cut,) = self.ask(self.request(1, range(6), max_tokens=3))
        (whole,) = self.ask(self.request(1, range(6)))
        for index, completion in cut.items():
            shown = f"sample {index}: {completion!r}"
            require(completion.tokens is None or completion.tokens <= 3, shown)
            if (whole[index].tokens or 0) > 3 and self.reproduces:
                require(completion.finish_reason == "length", f"{shown} was cut")
                require(whole[index].text.startswith(completion.text), f"{shown} is not the beginning")

    def test_a_stop_text_ends_it(self) -> None:
        """A stop text ends a completion and is not part of it."""
        self.drawn()
        (whole,) = self.ask(self.request(1, range(8)))
        text = max((c.text for c in whole.values()), key=len)
        require(len(text) > 2, "all completions are shorter than three characters")
        stop = text[len(text) // 2 :][:2]
        (found,) = self.ask(self.request(1, range(8), stop=(stop, "unheard of")))
        for index, completion in found.items():
            require(stop not in completion.text, f"sample {index} holds the stop text {stop!r}")
            if self.reproduces and stop in whole[index].text:
                due = whole[index].text.split(stop)[0]
                require(completion.text == due, f"sample {index} is {completion.text!r}, not {due!r}")
                require(completion.finish_reason == "stop", f"sample {index}: {completion.finish_reason}")

    def test_odd_prompts_are_answered_or_refused(self) -> None:
        """An odd prompt (empty, half a character, very long) is answered or a RequestError; others go on."""
        for text in ODD:
            problem = Problem(id="odd", prompt=text)
            asked = self.request(0, (0,))
            odd = Request(
                problem=problem,
                messages=problem.prompt,
                indices=(0,),
                seeds=(1,),
                sampling=asked.sampling,
            )
            try:
                self.ask(odd)
            except RequestError:
                pass
            except Exception as e:
                raise AssertionError(f"on {text[:40]!r} it raised {type(e).__name__}: {e}") from e
            self.ask(asked)

    def test_leaving_early_frees_it(self) -> None:
        """A request that is left or cancelled in the middle leaves the engine as it was."""

        async def leave() -> None:
            samples = self.part.sample(self.request(2, range(32)))
            async for _ in samples:
                break
            await samples.aclose()  # type: ignore[attr-defined]

        async def cancel() -> None:
            task = asyncio.ensure_future(collect(self.part, self.request(2, range(32))))
            await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        (before,) = self.ask(self.request(1, range(4)))
        for _ in range(3):
            self.wait(leave())
            self.wait(cancel())
        (after,) = self.ask(self.request(1, range(4)))
        if self.reproduces:
            require_texts(before, after, "before and after")

    def test_close_may_come_twice(self) -> None:
        """`close` may come without `start`, and twice; another engine samples on."""
        unused = self.make()
        self.wait(unused.close())
        self.wait(unused.close())
        self.ask(self.request(0, (0,)))
        self.wait(self.part.close())
        self.wait(self.part.close())
        self.start_another()
        self.ask(self.request(0, (0,)))


async def collect(engine: Engine, request: Request) -> Found:
    """All completions of a request by index, each index held to come once."""
    found: Found = {}
    async for completion in engine.sample(request):
        what = type(completion).__name__
        require(isinstance(completion, Completion), f"it yielded a {what}, not a verirs.Completion")
        index = completion.index
        require(index in request.indices, f"it yielded sample {index}, which nobody asked for")
        require(index not in found, f"it yielded sample {index} twice")
        found[index] = completion
    missing = sorted(set(request.indices) - found.keys())
    require(not missing, f"it ended without the samples {missing[:5]}")
    return found


def require_texts(ours: Found, theirs: Found, what: str) -> None:
    for index, completion in ours.items():
        text = theirs[index].text
        require(completion.text == text, f"{what}, sample {index} is {completion.text!r} and {text!r}")
