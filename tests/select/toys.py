"""Toy groups and hypothesis strategies over everything a selector may meet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.parts import SELECTORS
from verirs.select.rules import PAIRINGS, Rules
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict

REFERENCE = "the gold text"


def candidate(
    index: int,
    text: str | None = None,
    verdict: str = "pass",
    *,
    value: float | None = None,
    answer: str | None = None,
    finish_reason: str = "stop",
    trust: str = "",
    **details: Any,
) -> Candidate:
    """One candidate; ``value`` is a ranker's, behind the gate."""
    if trust:
        details["trust"] = trust
    scores = [Score(scorer="gate", version="1", verdict=Verdict(verdict), answer=answer, details=details)]
    if value is not None:
        scores.append(Score(scorer="ranker", version="2", verdict=Verdict.ABSTAIN, value=value))
    text = f"text {index}" if text is None else text
    return Candidate(
        completion=Completion(index=index, text=text, finish_reason=finish_reason, seed=1000 + index),
        scores=tuple(scores),
    )


def group(*candidates: Candidate, problem_id: str = "p") -> Group:
    problem = Problem(id=problem_id, prompt="What is 2 + 2?", answer=REFERENCE)  # type: ignore[arg-type]
    return Group(problem=problem, candidates=candidates)


def passing(*texts: str) -> Group:
    return group(*(candidate(i, t) for i, t in enumerate(texts)))


def indices(candidates: Sequence[Candidate]) -> list[int]:
    return [c.completion.index for c in candidates]


TEXTS = st.sampled_from(["a", "a ", "a\n", "b", "a b c d", "a b c e", "one\ntwo", "one\nthree", "é", "é", ""])
VALUES = st.one_of(
    st.none(),
    st.sampled_from([0.0, -1.5, 2.0, math.nan, math.inf, -math.inf]),
    st.floats(-5, 5, allow_nan=False),
)


@st.composite
def groups(draw: st.DrawFn, max_size: int = 9) -> Group:
    return group(
        *(
            candidate(
                i,
                draw(TEXTS),
                draw(st.sampled_from(["pass", "pass", "fail", "fail", "abstain", "error"])),
                value=draw(VALUES),
                answer=draw(st.sampled_from([None, "", "1", "2", "3"])),
                finish_reason=draw(st.sampled_from(["stop", "stop", "stop", "length"])),
                trust=draw(st.sampled_from(["", "", "", "in_process"])),
            )
            for i in range(draw(st.integers(0, max_size)))
        ),
        problem_id=draw(st.sampled_from(["p", "q"])),
    )


@st.composite
def selectors(draw: st.DrawFn, **fixed: Any) -> Rules:
    options: dict[str, Any] = {
        "k": draw(st.integers(0, 4)),
        "dedup": draw(st.booleans()),
        "allow_truncated": draw(st.booleans()),
        "allow_in_process": draw(st.booleans()),
        "unverified": draw(st.booleans()),
        "by": draw(st.sampled_from(["", "ranker", "gate"])),
        "pairs": draw(st.sampled_from(PAIRINGS)),
        "max_pairs": draw(st.integers(0, 3)),
        "margin": draw(st.sampled_from([0.0, 1.0])),
        "seed": draw(st.integers(0, 3)),
    }
    return SELECTORS[draw(st.sampled_from(sorted(SELECTORS)))](**{**options, **fixed})
