"""Sources, and a real sandbox, with one fault each, which the kit finds and names."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conformance.faults import broken, named
from tests.conformance.third_party import Squares
from verirs.errors import SandboxError
from verirs.sandbox import Drive, Job, Limits, Outcome, Result, Status, open_sandbox
from verirs.testing import (
    SandboxSuite,
    SourceSuite,
)
from verirs.types import Problem


class Rows(Squares):
    def problems(self) -> Iterator[Any]:
        yield {"prompt": "1 + 1?"}


class Twins(Squares):
    def problems(self) -> Iterator[Problem]:
        return itertools.chain(super().problems(), super().problems())


class Shuffled(Squares):
    def problems(self) -> Iterator[Problem]:
        found = list(super().problems())
        return iter(random.sample(found, len(found)))


class OnePass(Squares):
    def __init__(self) -> None:
        super().__init__()
        self.rest = super().problems()

    def problems(self) -> Iterator[Problem]:
        return self.rest


class WhereItWas(Squares):
    place = 0

    def problems(self) -> Iterator[Problem]:
        """Starts again only when it was read to the end."""
        found = list(super().problems())
        while self.place < len(found):
            self.place += 1
            yield found[self.place - 1]
        self.place = 0


class Sets(Squares):
    def problems(self) -> Iterator[Problem]:
        yield Problem(prompt="1 + 1?", answer="2", meta={"tags": {1}})


class NoPrompt(Squares):
    def problems(self) -> Iterator[Problem]:
        yield Problem(prompt="", answer="2")


class NoProblems(Squares):
    problems = None  # type: ignore[assignment]


@named(
    [
        ("test_it_is_complete", NoProblems),
        ("test_there_are_problems", Rows),
        ("test_ids_are_unique", Twins),
        ("test_the_same_problems_twice", Shuffled),
        ("test_the_same_problems_twice", OnePass),
        ("test_calls_do_not_share_a_place", WhereItWas),
        ("test_problems_survive_json", Sets),
        ("test_every_problem_has_a_prompt", NoPrompt),
    ]
)
def test_a_broken_source_is_named(promise: str, make: Callable[[], Any]) -> None:
    assert promise in broken(SourceSuite, make)


class Faulty:
    """A sandbox that a subclass breaks."""

    def __init__(self) -> None:
        self.inner = open_sandbox(workers=1)
        self.name, self.limits, self.workers = self.inner.name, self.inner.limits, self.inner.workers
        self.isolated = True
        self.probe, self.close = self.inner.probe, self.inner.close

    def run(self, job: Job) -> Result:
        return self.inner.run(job)


class Believes(Faulty):
    """Every test passes."""

    def run(self, job: Job) -> Result:
        result = super().run(job)
        if not isinstance(job, Drive):
            return result
        passed = tuple(Outcome(passed=True, calls=2) for _ in job.tests)
        return dataclasses.replace(result, status=Status.OK, outcomes=passed)


class Quiet(Faulty):
    def run(self, job: Job) -> Result:
        return dataclasses.replace(super().run(job), stdout=b"")


class AllWell(Faulty):
    def run(self, job: Job) -> Result:
        return dataclasses.replace(super().run(job), status=Status.OK)


class Unlimited(Faulty):
    def run(self, job: Job) -> Result:
        wide = Limits(memory_mb=8192, disk_mb=2048)
        return super().run(dataclasses.replace(job, limits=wide))


class OpenForever(Faulty):
    def __init__(self) -> None:
        super().__init__()
        self.close = lambda: None


@pytest.mark.parametrize(
    ("promise", "make"),
    [
        ("test_right_passes_and_wrong_fails", Believes),
        ("test_a_program_that_leaves_passes_nothing", Believes),
        ("test_cheats_are_not_judged_right", Believes),
        ("test_what_eats_is_stopped", Believes),
        ("test_nothing_of_the_host_is_reached", Believes),
        ("test_nothing_is_left_for_the_next_job", Believes),
        ("test_input_and_output", Quiet),
        ("test_files_are_gone_with_the_job", Quiet),
        ("test_how_a_program_ends", AllWell),
        ("test_a_program_that_does_not_load", AllWell),
        ("test_output_is_limited", AllWell),
        ("test_disk_is_limited", Unlimited),
        ("test_memory_is_limited", Unlimited),
        ("test_close_may_come_twice", OpenForever),
    ],
)
def test_a_broken_sandbox_is_found(promise: str, make: Callable[[], Any]) -> None:
    made: list[Any] = []

    class Tried(SandboxSuite):
        def make(self) -> Any:
            made.append(make())
            return made[-1]

    try:
        Tried.setup_class()
    except SandboxError as error:
        pytest.skip(f"no sandbox: {error}")
    try:
        with pytest.raises(AssertionError):
            getattr(Tried(), promise)()
    finally:
        for sandbox in made:
            sandbox.inner.close()
