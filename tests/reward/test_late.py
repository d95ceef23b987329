"""One GPU by turns: a late ranker runs when the engine is closed; what was read once is not read again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import verirs
from verirs.engines.fake import FakeEngine
from verirs.errors import EngineError
from verirs.running.again import score as score_run
from verirs.running.lent import LentEngine
from verirs.types import Completion, Problem, Score, Verdict

EVENTS: list[str] = []
ASKED: list[int] = []
LOCK = threading.Lock()


class Closing(FakeEngine):
    """Says when it is closed."""

    async def close(self) -> None:
        EVENTS.append("closed")
        await super().close()


class Late:
    """A late ranker that keeps what it read."""

    name, version, ranks, late = "late", "1", True, True

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        with LOCK:
            EVENTS.append("ranked")
            ASKED.append(len(items))
        return [self._made(len(c.text)) for _, c in items]

    def _made(self, length: int) -> Score:
        value = self.factor * length
        return Score(
            scorer="late", version="1", verdict=Verdict.ABSTAIN, value=value, details={"length": length}
        )

    def again(self, score: Score) -> Score | None:
        length = score.details.get("length")
        return None if length is None else self._made(length)

    def close(self) -> None:
        """Nothing to give back."""


def config(path: Path) -> dict[str, Any]:
    return {
        "name": "late",
        "runs": str(path),
        "n": 3,
        "source": {"name": "arithmetic", "count": 4},
        "engine": {"name": "fake"},
        "scorer": {"math": {}, "late": {"plugin": f"{__name__}:Late"}},
        "rank": "all",
    }


def numbers(path: Path) -> dict[tuple[str, int], float | None]:
    return {(p.id, c.completion.index): c.value_of("late") for p, c in verirs.load_run(path).candidates()}


def test_a_late_ranker_ranks_after_the_engine_has_gone_and_only_once(tmp_path: Path) -> None:
    EVENTS.clear()
    ASKED.clear()
    result = verirs.run(config(tmp_path), engine=Closing())
    assert "closed" in EVENTS and "ranked" not in EVENTS[: EVENTS.index("closed")]
    assert sum(ASKED) == 12
    before = numbers(result.path)
    score_run(result.path, {"scorer": {"late": {"factor": 2.0}}}, trust=True)
    assert sum(ASKED) == 12, "another view of the same numbers asks nothing"
    after = numbers(result.path)
    assert all(value is not None and after[key] == 2 * value for key, value in before.items())
    score_run(result.path, trust=True)
    assert sum(ASKED) == 24, "the same scorers again is a wish for new scores"


class Sleeper(FakeEngine):
    """An engine that can rest, as the loop lends one."""

    def outlive(self) -> None:
        """It will rest."""

    async def rest(self) -> None:
        EVENTS.append("rests")

    async def resume(self, model: str) -> bool:
        return True


def test_a_lent_engine_rests_while_a_late_ranker_ranks(tmp_path: Path) -> None:
    EVENTS.clear()
    verirs.run(config(tmp_path), engine=LentEngine(Sleeper()))
    assert EVENTS[0] == "rests" and "ranked" in EVENTS[1:]


class Restless(Sleeper):
    """It cannot rest."""

    async def rest(self) -> None:
        raise EngineError("vLLM does not answer")


class Lent(LentEngine):
    """Says when the run closes it."""

    async def close(self) -> None:
        EVENTS.append("closed")


def test_an_engine_that_does_not_give_way_is_closed_all_the_same_and_told_of(tmp_path: Path) -> None:
    EVENTS.clear()
    result = verirs.run(config(tmp_path), engine=Lent(Restless()))
    assert EVENTS.count("closed") == 1 and "ranked" in EVENTS[EVENTS.index("closed") :]
    assert None not in numbers(result.path).values()
    assert "vLLM does not answer" in (result.path / "log.txt").read_text()
