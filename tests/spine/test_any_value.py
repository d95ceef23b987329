"""Whatever an engine gives or a scorer returns: stored faithfully or told of; the run ends and goes on."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import verirs
from verirs.errors import VerirsError
from verirs.protocols import Request
from verirs.store import Store, verify
from verirs.system.files import clean
from verirs.types import Completion, Message, Problem, Score, Verdict

GOOD = Score(scorer="odd", version="1", verdict=Verdict.PASS)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates too
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.decimals(),
    st.fractions(),
    st.complex_numbers(),
    st.sampled_from(
        [np.float32(0.5), np.int64(3), np.bool_(True), np.array(2.0), np.array([1.0, 2.0]), 10**5000]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


class Raises:
    """An object that refuses whatever is asked of it."""

    def _no(self, *_: Any) -> Any:
        raise RuntimeError("no")

    __eq__ = __bool__ = __float__ = __int__ = __iter__ = __len__ = __str__ = __getitem__ = _no
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")


class Text(str):
    """A text of a class of its own."""


OBJECTS = st.one_of(
    JSON,
    NUMBERS,
    st.binary(max_size=9),
    st.sets(st.integers(), max_size=3),
    st.sampled_from(
        [
            object(),
            Raises(),
            Raises,
            Ellipsis,
            NotImplemented,
            Text("t\ud800"),
            iter(()),
            len,
            ValueError("x"),
        ]
    ),
)
SCORES = st.builds(
    Score,
    scorer=OBJECTS,
    version=OBJECTS,
    verdict=st.one_of(st.sampled_from(list(Verdict)), st.sampled_from(["pass", "great"]), OBJECTS),
    value=OBJECTS,
    answer=OBJECTS,
    reason=OBJECTS,
    seconds=OBJECTS,
    details=st.one_of(st.dictionaries(TEXTS, OBJECTS, max_size=3), OBJECTS),
)
RETURNED = st.one_of(OBJECTS, SCORES, st.lists(st.one_of(OBJECTS, SCORES), max_size=4))


class Returns:
    """A scorer that returns what it was told to for one problem, and passes all others."""

    name, version = "odd", "1"
    odd: ClassVar[Any] = None

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> Any:
        if len(items) == 1 and items[0][0].id == "p1":
            return Returns.odd if isinstance(Returns.odd, list) else [Returns.odd]
        if any(problem.id == "p1" for problem, _ in items):
            raise ValueError("one by one")
        return [GOOD for _ in items]

    def close(self) -> None: ...


class Gives:
    """An engine whose completion of one problem has odd fields."""

    name, concurrency, reproducible = "gives", 4, "always"
    odd: ClassVar[dict[str, Any]] = {}

    def identity(self) -> dict[str, Any]:
        return {}

    def render(self, messages: Sequence[Message]) -> str:
        return ""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        for index in request.indices:
            good = Completion(index=index, text=f"{request.problem.id} {index}")
            yield replace(good, **Gives.odd) if request.problem.id == "p1" else good


@dataclass(frozen=True)
class Place:
    """A config in a folder of its own."""

    folder: Path

    def config(self, engine: str, scorer: str) -> dict[str, Any]:
        rows = "".join(
            json.dumps({"id": f"p{i}", "prompt": f"{i}?", "answer": str(i)}) + "\n" for i in range(3)
        )
        (self.folder / "rows.jsonl").write_text(rows)
        return {
            "name": "r",
            "runs": str(self.folder),
            "n": 2,
            "source": {"name": "file", "path": str(self.folder / "rows.jsonl")},
            "engine": {"name": engine},
            "scorer": {"odd": {"plugin": scorer}},
            "limits": {"max_errors": 1.0},
            "export": {"sinks": ["sft", "rejects"]},
        }

    def ends(self, config: dict[str, Any]) -> bool:
        """Whether it ends well; if not, in an error of ours."""
        try:
            verirs.run(config)
        except VerirsError:
            return False
        return True

    def verdicts(self) -> dict[str, list[Verdict]]:
        groups = list(Store.open(self.folder / "r").groups())
        assert verify(self.folder / "r") == []
        return {g.problem.id: [c.verdict for c in g.candidates] for g in groups}


@pytest.fixture
def place() -> Any:
    folder = Path(tempfile.mkdtemp())
    yield Place(folder)
    shutil.rmtree(folder)


MINE = f"{__name__}:"
FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def fresh(place: Place) -> None:
    shutil.rmtree(place.folder / "r", ignore_errors=True)


@FEW
@given(RETURNED)
def test_what_a_scorer_returns_is_stored_or_an_error(place: Place, odd: Any) -> None:
    fresh(place)
    Returns.odd = odd
    assert place.ends(place.config("fake", f"{MINE}Returns"))
    found = place.verdicts()
    assert found["p0"] == found["p2"] == [Verdict.PASS] * 2
    one = odd[0] if isinstance(odd, list) and len(odd) == 1 else odd
    said = found["p1"][0]
    if isinstance(one, Score) and said is not Verdict.ERROR:
        assert said == one.verdict, "another verdict than the scorer's"
    elif not isinstance(one, Score):
        assert said is Verdict.ERROR
    Returns.odd = GOOD
    assert place.ends(place.config("fake", f"{MINE}Returns"))


@FEW
@given(
    st.dictionaries(
        st.sampled_from(["text", "index", "finish_reason", "tokens", "logprob", "seed", "reasoning"]),
        OBJECTS | TEXTS,
    )
)
def test_what_an_engine_gives_is_stored_or_told_of(place: Place, odd: dict[str, Any]) -> None:
    fresh(place)
    Gives.odd = odd
    config = place.config(f"{MINE}Gives", f"{MINE}Returns")
    Returns.odd = GOOD
    ended = place.ends(config)
    if ended and isinstance(odd.get("text", ""), str):
        texts = [c.completion.text for g in Store.open(place.folder / "r").groups() for c in g.candidates]
        assert len(texts) == 6
        assert "text" not in odd or clean(odd["text"]) in texts
    Gives.odd = {}
    assert place.ends(config), "the same command goes on with an engine that was mended"
    assert {key: len(found) for key, found in place.verdicts().items()} == {"p0": 2, "p1": 2, "p2": 2}


@pytest.mark.parametrize(
    "number",
    [Decimal("0.5"), Fraction(1, 2), np.float32(0.5), np.float64(0.5)],
    ids=lambda n: type(n).__name__,
)
def test_numbers_of_other_libraries_are_numbers(place: Place, number: Any) -> None:
    Returns.odd = replace(GOOD, value=number)
    assert place.ends(place.config("fake", f"{MINE}Returns"))
    groups = list(Store.open(place.folder / "r").groups())
    assert {c.value for g in groups if g.problem.id == "p1" for c in g.candidates} == {0.5}
