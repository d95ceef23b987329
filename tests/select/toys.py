"""Toy groups and hypothesis strategies over everything a selector may meet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.parts import SELECTORS
from verirs.select import PAIRINGS
from verirs.select.rules import Rules
from verirs.testing import GOLD as REFERENCE
from verirs.testing import toy_candidate as candidate
from verirs.testing import toy_group as group
from verirs.types import Candidate, Group

__all__ = ["REFERENCE", "candidate", "group", "groups", "indices", "passing", "selectors"]


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
                finish_reason=draw(st.sampled_from(["stop", "stop", "stop", "length", "unknown"])),
                **draw(st.sampled_from([{}, {}, {}, {"trust": "in_process"}])),
            )
            for i in range(draw(st.integers(0, max_size)))
        ),
        problem_id=draw(st.sampled_from(["p", "q"])),
    )


@st.composite
def selectors(draw: st.DrawFn, /, **fixed: Any) -> Rules:
    options: dict[str, Any] = {
        "k": draw(st.integers(0, 4)),
        "dedup": draw(st.booleans()),
        "allow_truncated": draw(st.booleans()),
        "allow_in_process": draw(st.booleans()),
        "unverified": draw(st.booleans()),
        "unusual_length": draw(st.sampled_from([0.0, 0.5])),
        "by": draw(st.sampled_from(["", "ranker", "gate"])),
        "pairs": draw(st.sampled_from(PAIRINGS)),
        "max_pairs": draw(st.integers(0, 3)),
        "margin": draw(st.sampled_from([0.0, 1.0])),
        "seed": draw(st.integers(0, 3)),
    }
    made: Rules = SELECTORS[draw(st.sampled_from(sorted(SELECTORS)))](**{**options, **fixed})
    return made
