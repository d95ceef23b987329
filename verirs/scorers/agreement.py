"""The scorer ``agreement``: ranks programs by how many others do the same, and flags the odd ones out.

It compares the programs *of one call*: give it all candidates of a problem at once. It ranks, so it
runs after the gates; behind ``code`` it sees only accepted programs, and one that departs from
their majority is flagged: the problem's tests were too weak to tell them apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from verirs.code.agreement import Clusters, clusters, dual_agreement
from verirs.code.entry import callable_as, entry_name
from verirs.code.extract import EXTRACTION, extract
from verirs.code.formats.faults import UnusableTests
from verirs.code.inputs import known_calls, model_tests, near
from verirs.code.literal import Case
from verirs.code.observe import Seen, behaviour, passes
from verirs.code.plan import code_prompt, plan_tests
from verirs.parts import ByArguments
from verirs.sandbox import Call, Sandbox
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Score, Verdict

NAME = "agreement"
VERSION = "1"
TESTS = "generated_tests"
"""Where ``meta`` may hold tests written by a model: a list of asserts, repeats included."""


class AgreementScorer(ByArguments):
    """Ranks programs by agreement; the verdict is always ``abstain``.

    Where the problem has tests written by a model (``meta["generated_tests"]``), ``value`` is CodeT's
    dual agreement with them. Else ``value`` is the share of the problem's programs that behave like
    this one on generated inputs; ``details["differs"]`` shows the first input on which it departs
    from the majority. Without any call to start from there is no value.

    Args:
        inputs: inputs to compare programs on.
        sandbox, timeout, memory_mb, workers: as for the scorer ``code``; the timeout is for all inputs.
    """

    name = NAME
    version = f"{VERSION}.{EXTRACTION}"
    ranks = True
    whole_groups = True

    def __init__(
        self,
        *,
        inputs: int = 50,
        sandbox: str | Sandbox = "auto",
        timeout: int = 4,
        memory_mb: int = 1024,
        workers: int = 0,
    ) -> None:
        self.inputs = inputs
        self._code = CodeScorer(sandbox=sandbox, timeout=timeout, memory_mb=memory_mb, workers=workers)

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One score an item; items of one problem are compared with each other.

        Raises:
            SandboxError: no sandbox is available.
        """
        known: dict[int, str] = {}
        places: dict[str, list[int]] = defaultdict(list)
        for i, (problem, _) in enumerate(items):
            if id(problem) not in known:  # ids alone may repeat (graded rows)
                known[id(problem)] = f"{problem.id} {problem.digest()}"
            places[known[id(problem)]].append(i)
        scores: dict[int, Score] = {}
        for where in places.values():
            said = self._problem(items[where[0]][0], [items[i][1] for i in where])
            scores.update(zip(where, said, strict=True))
        return [scores[i] for i in range(len(items))]

    def _problem(self, problem: Problem, completions: Sequence[Completion]) -> list[Score]:

        name, owner = entry_name(problem.entry_point)
        if not name:
            return [self._score("agreement needs the problem's entry_point") for _ in completions]
        prompt = code_prompt(problem)
        found = [extract(c.text, entry_point=name, prompt=prompt) for c in completions]
        codes = [None if p is None else callable_as(p.code, name, owner) for p in found]
        asserts = problem.meta.get(TESTS)
        written = model_tests(asserts, name) if isinstance(asserts, list) else []
        if any(written):
            return self._dual(name, codes, [c for c in written if c is not None])
        try:
            cases = plan_tests(problem).cases
        except UnusableTests:
            cases = ()
        calls = near(known_calls(problem, cases), self.inputs, problem.id)
        if not calls:
            return [self._score("no example of a call to start from") for _ in completions]
        return self._clusters(name, codes, calls)

    def _dual(self, name: str, codes: Sequence[str | None], cases: Sequence[Case]) -> list[Score]:

        distinct = {c.text: c for c in cases}
        weights = [float(sum(c.text == text for c in cases)) for text in distinct]
        rows: list[list[bool]] = self._each(passes, name, codes, list(distinct.values()))
        known = [r for r, c in zip(rows, codes, strict=True) if c is not None]
        values = iter(dual_agreement(known, weights))
        return [
            self._score("no code in the completion")
            if code is None
            else self._score(
                f"passes {sum(row)} of {len(row)} tests written by a model",
                value=next(values),
                details={"tests": len(row), "passed": sum(row)},
            )
            for code, row in zip(codes, rows, strict=True)
        ]

    def _clusters(self, name: str, codes: Sequence[str | None], calls: Sequence[Call]) -> list[Score]:

        rows: list[list[Seen]] = self._each(behaviour, name, codes, calls)
        known = [i for i, code in enumerate(codes) if code is not None]
        group = clusters(
            [[s.text for s in rows[i]] for i in known], [[s.is_value for s in rows[i]] for i in known]
        )
        scores = [self._score("no code in the completion") for _ in codes]
        for place, i in enumerate(known):
            scores[i] = self._clustered(group, place, rows[i], [rows[j] for j in known], calls)
        return scores

    def _clustered(
        self,
        group: Clusters,
        place: int,
        own: Sequence[Seen],
        rows: Sequence[Sequence[Seen]],
        calls: Sequence[Call],
    ) -> Score:
        size, of = group.sizes[group.of[place]], len(group.of)
        details: dict[str, Any] = {"cluster": size, "of": of, "inputs": len(group.used)}
        reason = f"{size} of {of} programs behave alike on {len(group.used)} inputs"
        at = group.differs[place]
        if at is not None:
            texts = [row[at].text for row in rows]
            details["differs"] = {
                "input": repr(calls[at].args)[:200],
                "output": own[at].text[:200],
                "majority": max(texts, key=texts.count)[:200],
            }
        return self._score(reason, value=group.share(place) if group.used else None, details=details)

    def _each(self, what: Any, name: str, codes: Sequence[str | None], on: Sequence[Any]) -> list[Any]:
        """``what`` for each distinct program, in parallel; an empty list where there is none."""
        sandbox, limits = self._code.sandbox(), self._code.limits()
        distinct = list(dict.fromkeys(code for code in codes if code is not None))
        if not distinct:
            return [[] for _ in codes]
        with ThreadPoolExecutor(min(sandbox.workers, len(distinct))) as threads:
            rows = threads.map(lambda code: what(code, name, on, sandbox, limits), distinct)
            seen = dict(zip(distinct, rows, strict=True))
        return [[] if code is None else seen[code] for code in codes]

    def _score(self, reason: str, **more: Any) -> Score:
        return Score(scorer=self.name, version=self.version, verdict=Verdict.ABSTAIN, reason=reason, **more)

    def close(self) -> None:
        """Ends the workers of a sandbox that this scorer opened."""
        self._code.close()
