"""Whole runs with the fake engine: top-up, failures that stay where they happened, interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import verirs
from tests.parts import stack_of
from verirs.engines.fake import FakeEngine
from verirs.errors import EngineError, GivenUp, RequestError, StoreError, TooManyErrors
from verirs.parts import scorer_part
from verirs.protocols import Request
from verirs.running import drive as running
from verirs.running.config import parse
from verirs.running.pipeline import stop_on_errors
from verirs.running.progress import Progress
from verirs.running.scoring import safely
from verirs.store import Store
from verirs.types import Completion, Group, Problem, Score, Verdict


def config(folder: Path, n: int = 4, count: int = 10, **more: Any) -> Any:
    return parse(
        {
            "name": "run",
            "runs": str(folder),
            "n": n,
            "source": {"name": "arithmetic", "count": count},
            "engine": {"name": "fake"},
            **more,
        }
    )


def groups(folder: Path) -> list[Group]:
    return list(Store.open(folder / "run").groups())


class Counting(FakeEngine):
    """Remembers which samples it was asked for."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.asked: list[tuple[str, int]] = []
        self.started = 0

    async def start(self) -> None:
        self.started += 1

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        self.asked += [(request.problem.id, i) for i in request.indices]
        async for completion in super().sample(request):
            yield completion


def test_raising_n_draws_only_what_is_missing(tmp_path: Path) -> None:
    engine = Counting()
    running.run(config(tmp_path, n=3), engine=engine)
    before = {(g.problem.id, c.completion) for g in groups(tmp_path) for c in g.candidates}
    assert len(engine.asked) == len(set(engine.asked)) == 30
    more = Counting()
    running.run(config(tmp_path, n=5), engine=more)
    assert sorted(i for _, i in more.asked) == [3] * 10 + [4] * 10
    after = {(g.problem.id, c.completion) for g in groups(tmp_path) for c in g.candidates}
    assert before < after and len(after) == 50
    assert len({c.seed for _, c in after}) == 50, "every sample has a seed of its own"
    done = Counting()
    result = running.run(config(tmp_path, n=5), engine=done)
    assert not done.asked and not done.started, "a finished run does not load the model"
    assert result.summary.completions == 50


def test_the_same_run_in_one_go_and_topped_up_exports_the_same(tmp_path: Path) -> None:
    for name, ns in (("a", (6,)), ("b", (1, 2, 6))):
        for n in ns:
            running.run(config(tmp_path / name, n=n))
    for file in (tmp_path / "a/run/export").iterdir():
        assert file.read_bytes() == (tmp_path / "b/run/export" / file.name).read_bytes(), file.name


class Touchy:
    """A gate that breaks on one completion, however it is batched."""

    name, version = "touchy", "1"

    def __init__(self, bad: str = "-1"):
        self.bad = bad

    def score(self, items: Any) -> list[Score]:
        if any(p.id == self.bad and c.index == 2 for p, c in items):
            raise ZeroDivisionError("cannot judge this one")
        return [Score(scorer="touchy", version="1", verdict=Verdict.PASS) for _ in items]

    def close(self) -> None: ...


def test_a_scorer_that_breaks_costs_one_verdict() -> None:
    items = [
        (Problem(id=f"{i}", prompt="q"), Completion(index=k, text="t")) for i in range(9) for k in range(4)
    ]
    scores = safely(scorer_part(Touchy("5")), items)
    broken = [items[i][0].id for i, s in enumerate(scores) if s.verdict is Verdict.ERROR]
    assert broken == ["5"] and len(scores) == 36
    assert [s.reason for s in scores if s.verdict is Verdict.ERROR] == [
        "ZeroDivisionError: cannot judge this one"
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_an_error(value: float) -> None:
    class Ranker(Touchy):
        def score(self, items: Any) -> list[Score]:
            return [Score(scorer="r", version="1", verdict=Verdict.ABSTAIN, value=value) for _ in items]

    (score,) = safely(scorer_part(Ranker()), [(Problem(id="p", prompt="q"), Completion(text="t"))])
    assert score.verdict is Verdict.ERROR and score.value is None


def test_gates_stop_at_the_first_fail_and_rankers_rank_what_passed() -> None:
    class Gate(Touchy):
        def __init__(self, name: str, wrong: set[int]):
            self.name, self.wrong, self.seen = name, wrong, list[int]()

        def score(self, items: Any) -> list[Score]:
            self.seen += [c.index for _, c in items]
            return [
                Score(
                    scorer=self.name,
                    version="1",
                    verdict=Verdict.FAIL if c.index in self.wrong else Verdict.PASS,
                )
                for _, c in items
            ]

    class Ranker(Gate):
        ranks = True

        def score(self, items: Any) -> list[Score]:
            self.seen += [c.index for _, c in items]
            return [Score(scorer="r", version="1", verdict=Verdict.ABSTAIN, value=1.0) for _ in items]

    first, second, ranker = Gate("first", {0}), Gate("second", {1}), Ranker("ranker", set())
    items = [(Problem(id="p", prompt="q"), Completion(index=i, text="t")) for i in range(3)]
    stack_of(ranker, first, second).score(items)
    assert (first.seen, second.seen, ranker.seen) == ([0, 1, 2], [1, 2], [2])
    ranker.seen.clear()
    stack_of(first, second, ranker, rank_all=True).score(items)
    assert ranker.seen == [0, 1, 2]


class Together(Touchy):
    """Ranks by how many candidates of the problem it sees."""

    ranks = whole_groups = True
    name = "together"

    def score(self, items: Any) -> list[Score]:
        seen = Counter(p.id for p, _ in items)
        return [
            Score(scorer=self.name, version="1", verdict=Verdict.ABSTAIN, value=seen[p.id]) for p, _ in items
        ]


def test_a_ranker_of_whole_groups_sees_them_whole(tmp_path: Path) -> None:
    plugin = {"together": {"plugin": "tests.spine.test_pipeline:Together"}}
    for n in (3, 5):
        scorers = {"math": {}, **plugin}
        running.run(config(tmp_path, n=n, scorer=scorers, rank="all"))
        values = {
            s.value
            for g in groups(tmp_path)
            for c in g.candidates
            for s in c.scores
            if s.scorer == "together"
        }
        assert values == {n}
    verirs.score(tmp_path / "run", trust=True)
    assert all(len(c.scores) == 2 and c.value == 5 for g in groups(tmp_path) for c in g.candidates)


def test_too_many_errors_stop_the_run_and_rescoring_mends_it(tmp_path: Path) -> None:
    plugin = tmp_path / "flaky.py"
    plugin.write_text(
        "def judge(problem, completion):\n"
        "    if completion.text == 'I do not know.':\n        return False\n"
        "    raise OSError('sandbox is gone')\n"
    )
    broken = config(tmp_path, n=25, scorer={"mine": {"plugin": f"{plugin}:judge"}})
    with pytest.raises(TooManyErrors, match=r"100.0% of .* mine: OSError"):
        running.run(broken)
    assert all(s.verdict is Verdict.ERROR for g in groups(tmp_path) for c in g.candidates for s in c.scores)
    mended = config(tmp_path, n=25)
    result = running.run(mended)
    assert result.summary.completions == 250 and result.summary.verdicts[Verdict.ERROR] == 0


class Refusing(FakeEngine):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        if request.problem.id.endswith(("0", "1", "2")):
            raise RequestError("the prompt is longer than the model's context")
        async for completion in super().sample(request):
            yield completion


def test_a_refused_request_does_not_stop_the_others(tmp_path: Path) -> None:
    result = running.run(config(tmp_path, count=40), engine=Refusing())
    refused = sum(p.problem.id.endswith(("0", "1", "2")) for p in groups(tmp_path))
    assert 0 < refused < 40
    assert result.progress.refused == {"the prompt is longer than the model's context": 4 * refused}
    assert result.summary.refused == 4 * refused and result.progress.given_up_share == 0
    result.refuse_gaps()
    assert result.summary.completions == 4 * (40 - refused)
    assert running.run(config(tmp_path, count=40)).summary.completions == 160, "the next run asks again"


class Failing(FakeEngine):
    """Never gets through to the problem ``lost``, and says so in words that differ by a number."""

    lost = ""

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        if request.problem.id == self.lost:
            raise GivenUp(f"problem {self.lost!r}: the server failed {3 + len(request.indices)} times")
        async for completion in super().sample(request):
            yield completion


def test_given_up_samples_are_listed_counted_and_judged_by_their_share(tmp_path: Path) -> None:
    running.run(config(tmp_path, n=1))
    engine = Failing()
    engine.lost = groups(tmp_path)[3].problem.id
    result = running.run(config(tmp_path, n=4), engine=engine)
    assert result.progress.given_up == {"the server failed 6 times": 3} and not result.progress.refused
    assert result.summary.given_up == 3 and result.summary.completions == 37
    log = (tmp_path / "run" / "log.txt").read_text()
    assert f"given up: problem {engine.lost!r}, samples 1, 2, 3: the server failed 6 times" in log
    with pytest.raises(EngineError, match=r"10\.0% of the samples were given up .* tries them again|again"):
        result.refuse_gaps()
    few = running.run(config(tmp_path, n=4, limits={"max_errors": 1.0}), engine=engine)
    few.refuse_gaps()
    assert running.run(config(tmp_path, n=4)).summary.completions == 40


def test_a_ranker_that_breaks_leaves_the_verdict_and_no_number(tmp_path: Path) -> None:
    here = "tests.spine.test_pipeline"
    asked = {"gate": {"plugin": f"{here}:Valued"}, "rank": {"plugin": f"{here}:HalfRanked"}}
    fits = config(tmp_path, scorer=asked, select={"name": "best", "k": 4}, limits={"max_errors": 1.0})
    result = running.run(fits)
    assert dict(result.summary.verdicts) == {"pass": 40, "fail": 0, "abstain": 0, "error": 0}
    assert result.summary.errors == {"rank: OSError": 20} and result.progress.unranked == 20
    assert [c.value for c in groups(tmp_path)[0].candidates] == [0.5, None, 0.5, None]
    assert result.summary.selection is not None
    assert result.summary.selection.accepted == 20, "best takes no number of the gate for one of the ranker"
    with pytest.raises(TooManyErrors, match=r"50\.0%"):
        stop_on_errors(Progress(verdicts=Counter({Verdict.PASS: 400}), unranked=200), 0.1)
    verirs.score(tmp_path / "run", only_errors=True, trust=True)
    assert result.progress.errors == {"rank: OSError": 20}


class HalfRanked(Touchy):
    """Ranks every other candidate, and breaks on the others."""

    name, ranks = "rank", True

    def score(self, items: Any) -> list[Score]:
        if any(c.index % 2 for _, c in items):
            raise OSError("gone")
        return [Score(scorer="rank", version="1", verdict=Verdict.ABSTAIN, value=0.5) for _ in items]


class Valued(Touchy):
    """Passes everything, with a number."""

    name = "gate"

    def score(self, items: Any) -> list[Score]:
        return [Score(scorer="gate", version="1", verdict=Verdict.PASS, value=9.0) for _ in items]


def test_an_engine_that_dies_loses_nothing(tmp_path: Path) -> None:
    class Dies(FakeEngine):
        left = 25

        async def sample(self, request: Request) -> AsyncIterator[Completion]:
            async for completion in super().sample(request):
                if not self.left:
                    raise EngineError("the server went away")
                self.left -= 1
                yield completion

    with pytest.raises(EngineError, match="went away"):
        running.run(config(tmp_path), engine=Dies())
    kept = sum(len(g.candidates) for g in groups(tmp_path))
    assert 0 < kept <= 25
    assert running.run(config(tmp_path)).summary.verdicts[Verdict.ERROR] == 0


def test_changed_scorers_score_everything_again(tmp_path: Path) -> None:
    running.run(config(tmp_path))
    result = running.run(config(tmp_path, scorer={"format": {"forbids": ["e"]}}))
    assert result.summary.verdicts[Verdict.UNWANTED] == 40


def test_changed_sampling_is_refused(tmp_path: Path) -> None:
    running.run(config(tmp_path))
    with pytest.raises(StoreError, match=r"sampling.temperature: the run has 0.8, asked for 0.1"):
        running.run(config(tmp_path, sampling={"temperature": 0.1}))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_run_says_so_and_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    command = [
        sys.executable,
        "-m",
        "verirs.cli",
        "run",
        "--source",
        "arithmetic",
        "--engine",
        "fake",
        "-n",
        "400",
    ]
    command += ["--set", "engine.latency=0.2", "--set", f"runs={tmp_path}", "--name", "run"]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    groups_folder = tmp_path / "run" / "groups"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        journals = list(groups_folder.glob("journal-*")) if groups_folder.exists() else []
        if any(j.stat().st_size > 20_000 for j in journals) or list(
            groups_folder.glob("completions/*.parquet")
        ):
            break
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "interrupted" in said and "Run the same command to go on" in said and "Traceback" not in said
    kept = sum(len(g.candidates) for g in groups(tmp_path))
    assert kept > 0
    with Store.open(tmp_path / "run", write=True) as run:
        assert run.completions == kept
