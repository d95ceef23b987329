"""What every source promises."""

from __future__ import annotations

import itertools
import json

from verirs.protocols import Source
from verirs.testing.suite import Suite, require
from verirs.types import Problem, to_json


class SourceSuite(Suite):
    """The promises of :class:`verirs.protocols.Source`."""

    kind = "source"
    part: Source

    def make(self) -> Source:
        raise NotImplementedError("write `def make(self)`, which returns the source to test")

    def problems(self) -> list[Problem]:
        """All problems of the part, each looked at."""
        found = list(self.part.problems())
        for i, problem in enumerate(found):
            what = type(problem).__name__
            require(isinstance(problem, Problem), f"item {i} is a {what}, not a verirs.Problem")
        return found

    def test_it_is_complete(self) -> None:
        """It has all that the Protocol names."""
        self.require_complete()

    def test_there_are_problems(self) -> None:
        """It yields at least one, and each is a `verirs.Problem`."""
        require(bool(self.problems()), "it yields none")

    def test_ids_are_unique(self) -> None:
        """Each problem has an id of its own, a text."""
        ids = [p.id for p in self.problems()]
        require(all(isinstance(i, str) and i for i in ids), "an id is empty or no text")
        twice = [i for i in ids if ids.count(i) > 1][:1] if len(set(ids)) < len(ids) else []
        require(not twice, f"the id {twice} occurs more than once")

    def test_every_problem_has_a_prompt(self) -> None:
        """A prompt is a list of messages with a role and a content, the last one not blank."""
        for problem in self.problems():
            for message in problem.prompt:
                texts = [message.get("role"), message.get("content")]
                require(all(isinstance(t, str) for t in texts), f"problem {problem.id!r}: {message!r}")
            last = problem.prompt[-1]["content"] if problem.prompt else ""
            require(bool(last.strip()), f"problem {problem.id!r} has an empty prompt")

    def test_the_same_problems_twice(self) -> None:
        """A second call gives the same problems in the same order, and so does another source of the
        same options."""
        first = self.problems()
        require(self.problems() == first, "a second call of problems() gave others, or another order")
        again = list(self.make().problems())
        require(again == first, "a second source of the same options gave others, or another order")

    def test_calls_do_not_share_a_place(self) -> None:
        """A call that was left in the middle takes nothing from the next."""
        whole = self.problems()
        for _ in itertools.islice(self.part.problems(), 1):
            pass
        require(self.problems() == whole, "after a call that was left early, the next gave others")

    def test_problems_survive_json(self) -> None:
        """Every field holds JSON values, so that a run can store the problem and read it back."""
        for problem in self.problems():
            back = Problem.from_json(json.loads(json.dumps(to_json(problem))))
            require(back == problem, f"problem {problem.id!r} comes back from JSON as {back!r}")
