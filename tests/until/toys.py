"""Rules and verdict sequences for the tests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hypothesis import strategies as st

from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict
from verirs.until import Mark, Rule

ASKED = Problem(id="p", prompt="How many?", answer="4")
VERDICTS = {"+": Verdict.PASS, "-": Verdict.FAIL, "?": Verdict.ABSTAIN, "!": Verdict.ERROR, ".": Verdict.FAIL}

RULES = {
    "until 1": Rule(n=10, first=2, accept=1),
    "until 4": Rule(n=10, first=4, accept=4),
    "until 4, first 1": Rule(n=9, first=1, accept=4),
    "give up": Rule(n=10, first=3, accept=3, give_up_after=5),
    "pairs": Rule(n=10, first=3, accept=2, reject=2),
    "fails alone": Rule(n=9, first=2, reject=3),
    "difficulty": Rule(n=10, first=4, accept=4, quota="difficulty"),
    "difficulty and fails": Rule(n=10, first=3, accept=3, reject=1, quota="difficulty"),
    "decided": Rule(n=10, first=3, decided=0.8, band=(0.25, 0.75)),
    "one round": Rule(n=4, first=4, accept=2),
}


def marks(kinds: str) -> list[Mark]:
    return [Mark(kind) for kind in kinds]


def sequences(n: int) -> Iterator[str]:
    """All verdict sequences of a length."""
    return map("".join, itertools.product("+-", repeat=n))


def group(kinds: str, problem: Problem = ASKED, answers: str = "") -> Group:
    """A judged group, one candidate a kind; ``.`` is a fail that was cut off."""
    made = []
    for i, kind in enumerate(kinds):
        answer = answers[i] if answers else None
        score = Score(scorer="s", version="1", verdict=VERDICTS[kind], answer=answer)
        ended = "length" if kind == "." else "stop"
        made.append(
            Candidate(
                completion=Completion(index=i, text=f"text {i}", finish_reason=ended, tokens=10),
                scores=(score,),
            )
        )
    return Group(problem=problem, candidates=tuple(made))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Rules of counts with a small cap."""
    n = draw(st.integers(1, 10))
    first = draw(st.integers(1, 5))
    if draw(st.booleans()):
        accept, reject = draw(st.integers(0, 5)), draw(st.integers(0, 4))
        if not accept and not reject:
            accept = 1
        give_up = draw(st.sampled_from([0, first, first + 2, 9])) if accept else 0
        quota = draw(st.sampled_from(["equal", "difficulty"])) if accept else "equal"
        return Rule(
            n=n,
            first=first,
            accept=accept,
            reject=reject,
            give_up_after=give_up,
            quota=quota,  # type: ignore[arg-type]
        )
    low, high = sorted(draw(st.sampled_from([(0.0, 0.5), (0.1, 0.9), (0.3, 0.6), (0.5, 1.0)])))
    return Rule(n=n, first=first, decided=draw(st.sampled_from([0.6, 0.8, 0.9])), band=(low, high))
