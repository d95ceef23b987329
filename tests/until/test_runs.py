"""Whole runs: the same bytes however they came about, and nothing drawn that no decision asked for."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import verirs
from verirs.cli.plan import show_plan
from verirs.engines.fake import FakeEngine
from verirs.errors import ConfigError, EngineError, RequestError
from verirs.protocols import Request
from verirs.running import again
from verirs.running.config import parse
from verirs.running.drive import RunResult, run
from verirs.running.upkeep import merge_runs
from verirs.store import Store
from verirs.types import Completion
from verirs.until import Rule, counted, rule_in

UNTIL: dict[str, Any] = {"accept": 2, "first": 2}
PROBLEMS = 8


def table(folder: Path, until: Mapping[str, Any] | None = UNTIL, **over: Any) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "name": "run",
        "runs": str(folder),
        "n": 12,
        "source": {"name": "arithmetic", "count": PROBLEMS},
        "engine": {"name": "fake", "pass_rate": 0.35},
        "export": {"formats": ["parquet", "jsonl"]},
    }
    return raw | ({} if until is None else {"until": dict(until)}) | over


def exported(path: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((path / "export").iterdir()) if p.name[0] != "."}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    run(table(folder))
    return exported(folder / "run")


class Watched(FakeEngine):
    """The fake engine; ``before`` is called with each request, and may raise."""

    def __init__(self, before: Callable[[Request], None], **options: Any):
        super().__init__(pass_rate=0.35, **options)
        self.before = before

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        self.before(request)
        async for completion in super().sample(request):
            yield completion


class Unstarted(FakeEngine):
    """Must not be started."""

    async def start(self) -> None:
        raise AssertionError("a model was loaded for nothing")


class Stopping(FakeEngine):
    """Breaks after so many samples."""

    def __init__(self, left: int):
        super().__init__(pass_rate=0.35, concurrency=1)
        self.left = left

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            if not self.left:
                raise EngineError("stopped")
            self.left -= 1
            yield completion
            await asyncio.sleep(0)


def test_a_run_that_stops_after_every_sample_exports_the_same_bytes(tmp_path: Path) -> None:
    """So it was stopped before and after each decision."""
    stops, few = 0, {"name": "arithmetic", "count": 3}
    run(table(tmp_path / "whole", source=few))
    while True:
        try:
            run(table(tmp_path, source=few), engine=Stopping(1))
            break
        except EngineError:
            stops += 1
    assert exported(tmp_path / "run") == exported(tmp_path / "whole" / "run")
    with Store.open(tmp_path / "run") as store:
        assert stops >= sum(len(g.candidates) for g in store.groups()) - 1


@pytest.mark.parametrize(
    "engine", [{"concurrency": 1}, {"latency": 0.002, "concurrency": 3}, {"latency": 0.004}]
)
def test_the_order_of_completion_changes_nothing(
    tmp_path: Path, undisturbed: dict[str, bytes], engine: dict[str, Any]
) -> None:
    run(table(tmp_path, engine={"name": "fake", "pass_rate": 0.35, **engine}))
    assert exported(tmp_path / "run") == undisturbed


def test_shards_decide_as_the_whole_run_does(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    shards = []
    for i in range(4):
        run(table(tmp_path, name=f"run-shard-{i}-of-4", shard=f"{i}/4"))
        shards.append(tmp_path / f"run-shard-{i}-of-4")
    merge_runs(tmp_path / "run", shards)
    again.export(tmp_path / "run")
    assert exported(tmp_path / "run") == undisturbed


def test_shards_of_two_rules_are_not_one_run(tmp_path: Path) -> None:
    for i, accept in enumerate((1, 2)):
        run(table(tmp_path, {"accept": accept}, name=f"s{i}", shard=f"{i}/2"))
    with pytest.raises(verirs.errors.StoreError, match="another \\[until\\]"):
        merge_runs(tmp_path / "run", [tmp_path / "s0", tmp_path / "s1"])


def test_a_rule_changed_and_changed_back_leaves_no_trace(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    run(table(tmp_path))
    run(table(tmp_path, {"accept": 4, "first": 4}))
    run(table(tmp_path, None, n=12))
    with Store.open(tmp_path / "run") as store:
        assert all(len(g.candidates) == 12 for g in store.groups())
    result = run(table(tmp_path))
    assert exported(tmp_path / "run") == undisturbed
    until = result.summary.until
    assert until is not None and until.beyond == PROBLEMS * 12 - result.summary.completions > 0
    read = verirs.load_run(tmp_path / "run")
    beyond = [r for r in read.to_arrow().to_pylist() if r["reason"] == "beyond the stop"]
    assert len(beyond) == until.beyond and not any(r["accepted"] for r in beyond)
    assert sum(len(g.candidates) for g in read.groups()) == result.summary.completions


def test_nothing_is_in_flight_beyond_the_next_decision(tmp_path: Path) -> None:
    """A round is asked for when the one before is stored and judged, and only then."""
    asked: list[tuple[str, tuple[int, ...]]] = []
    path = tmp_path / "run"

    def before(request: Request) -> None:
        asked.append((request.problem.id, request.indices))
        with Store.open(path) as store:
            rule = rule_in(store)
            assert rule is not None
            found = {g.problem.id: counted(rule, g) for g in store.groups()}[request.problem.id]
            assert found.stop.open and set(request.indices) <= set(found.missing)

    run(table(tmp_path), engine=Watched(before, latency=0.002, concurrency=3))
    with Store.open(path) as store:
        groups = list(store.groups())
    assert sum(len(i) for _, i in asked) == sum(len(g.candidates) for g in groups)
    first = [i for i, (_, indices) in enumerate(asked) if indices[0] == 0]
    assert first == list(range(PROBLEMS))  # breadth first: all first rounds before any second one


def test_a_score_that_changes_moves_the_stop_and_says_what_is_wanted(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"id": "a", "prompt": "1 + 1?", "answer": "2"}\n{"id": "b", "prompt": "2 + 1?", "answer": "3"}\n'
    )
    raw = table(
        tmp_path, source={"name": "file", "path": str(rows)}, engine={"name": "fake", "pass_rate": 1.0}
    )
    before = run(raw)
    assert before.summary.completions == 4
    rows.write_text(rows.read_text().replace('"answer": "2"', '"answer": "7"'))
    looked = run(raw)  # a corrected gold is judged again, and more is drawn for it
    assert looked.summary.completions > 4 and looked.summary.until is not None
    assert "open" not in looked.summary.until.stops


def test_scored_again_without_a_model_the_card_says_what_is_missing(tmp_path: Path) -> None:
    run(table(tmp_path))
    changed = again.score(
        tmp_path / "run", {"select": {"k": 1}, "scorer": {"format": {"contains": ["nothing has this"]}}}
    )
    until = changed.summary.until
    assert until is not None and until.stops["open"] and until.missing
    card = (tmp_path / "run" / "export" / "README.md").read_text()
    assert f"want {until.missing:,} more samples" in card or f"wants {until.missing:,} more samples" in card
    shown = Console(record=True, width=200, file=io.StringIO())
    changed.show(shown)
    assert "verirs run" in shown.export_text()


def test_a_refused_sample_leaves_its_problem_where_it_stands(tmp_path: Path) -> None:
    hit: list[str] = []

    def before(request: Request) -> None:
        hit[:] = hit or [request.problem.id]
        if request.problem.id == hit[0]:
            raise RequestError("too long")

    result = run(table(tmp_path), engine=Watched(before))
    until = result.summary.until
    assert until is not None and until.stops["open"] == 1 and until.missing == 2
    assert until.estimator.startswith("path counting")  # it was never asked: nothing is biased
    assert run(table(tmp_path), engine=Watched(lambda request: None)).summary.until.stops.get("open") is None  # type: ignore[union-attr]


def budget(folder: Path, **limits: Any) -> tuple[RunResult, str]:
    shown = Console(record=True, width=300, file=io.StringIO())
    return run(table(folder, limits=limits), console=shown), shown.export_text()


def test_a_budget_starts_no_round_and_says_what_the_rest_would_bring(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    result, said = budget(tmp_path, samples=2 * PROBLEMS + 3)
    drawn = result.summary.completions
    assert 2 * PROBLEMS <= drawn <= 2 * PROBLEMS + 3 + 2
    assert "budget" in said and "limits.samples" in said and "a thousand samples" in said
    assert result.summary.until is not None and result.summary.until.stops["open"]
    assert result.summary.until.estimator.startswith("the first round alone")
    same = run(table(tmp_path, limits={"samples": 2 * PROBLEMS + 3}), engine=Unstarted(pass_rate=0.35))
    assert same.summary.completions == drawn  # it is of the whole run, not of a command
    run(table(tmp_path))
    assert exported(tmp_path / "run") == undisturbed


def test_a_dry_run_says_what_a_stored_run_would_take(tmp_path: Path) -> None:
    raw = table(tmp_path)
    for limits, word in (({"samples": 2 * PROBLEMS}, "a thousand samples"), ({}, "have enough samples")):
        run(raw | {"limits": limits})
        shown = Console(record=True, width=300, file=io.StringIO())
        show_plan(parse(raw), shown)
        said = shown.export_text()
        assert word in said and "16 to 96 in all" in said


@pytest.mark.parametrize(
    "limits",
    [{"tokens": 60}, {"money": 0.00006, "price": 1.0}, {"hours": 1e-9}],
    ids=["tokens", "money", "hours"],
)
def test_other_budgets(tmp_path: Path, limits: dict[str, float]) -> None:
    result, said = budget(tmp_path, **limits)
    assert result.summary.completions < PROBLEMS * 2 and "budget" in said


def test_a_budget_without_a_rule_stops_between_problems(tmp_path: Path) -> None:
    shown = Console(record=True, width=300, file=io.StringIO())
    raw = table(tmp_path, None, n=4, limits={"samples": 10})
    result = run(raw, console=shown)
    assert result.summary.completions == 12 and "budget" in shown.export_text()
    full = run(table(tmp_path, None, n=4))
    assert full.summary.completions == 4 * PROBLEMS
    run(table(tmp_path / "other", None, n=4))
    assert exported(tmp_path / "run") == exported(tmp_path / "other" / "run")


def test_quota_by_difficulty_accepts_no_more_than_it_wants(tmp_path: Path) -> None:
    until = {"accept": 4, "first": 4, "quota": "difficulty"}
    result = run(table(tmp_path, until, n=32, engine={"name": "fake", "pass_rate": 0.7}))
    with Store.open(tmp_path / "run") as store:
        rule = rule_in(store)
        assert rule is not None
        goals = {g.problem.id: counted(rule, g).stop.goal for g in store.groups()}
    rows = verirs.load_run(tmp_path / "run").to_arrow().to_pylist()
    taken = {key: sum(r["accepted"] for r in rows if r["problem_id"] == key) for key in goals}
    assert all(taken[key] <= goal for key, goal in goals.items()) and set(goals.values()) > {1}
    assert result.summary.selection is not None
    assert result.summary.selection.rejected.get("over the quota", 0) > 0


def test_only_figures_of_equal_n_are_told(tmp_path: Path) -> None:
    summary = run(table(tmp_path, {"accept": 2, "first": 4})).summary
    assert (
        set(summary.estimates["pass@k"].at) == {1, 2, 4}
        and summary.estimates["pass@k"].method == "path counting"
    )
    assert max(summary.estimates["maj@k"].at) == 4 and max(summary.curves.k) == 4
    assert summary.pass_rate == pytest.approx(summary.estimates["pass@k"].at[1].mean, abs=1e-6)
    text = run(table(tmp_path, {"accept": 2, "first": 4, "distinct": "texts"})).summary
    assert text.estimates["pass@k"].method == "first round"
    assert text.until is not None and text.until.estimator == "the first round alone"


def test_a_majority_needs_no_gold(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"id": "{i}", "prompt": "{i} + {i}?"}}\n' for i in range(6)))
    raw = table(tmp_path, {"majority": True, "first": 3}, source={"name": "file", "path": str(rows)}, n=9)
    result = run(raw | {"engine": {"name": "fake", "pass_rate": 0.0}})
    until = result.summary.until
    assert until is not None and "unjudged" not in until.stops and sum(until.stops.values()) == 6


def test_a_rate_is_known_well_enough_for_a_filter(tmp_path: Path) -> None:
    raw = table(tmp_path, {"decided": 0.9, "first": 4}, n=32, engine={"name": "fake", "pass_rate": 0.5})
    until = run(raw).summary.until
    assert until is not None and until.stops.get("inside the band", 0) >= PROBLEMS - 2


@pytest.mark.parametrize(
    ("until", "word"),
    [
        ({}, "no goal"),
        ({"accept": 1, "majority": True}, "goals of their own"),
        ({"reject": 1, "quota": "difficulty"}, "needs until.accept"),
        ({"decided": 0.9, "band": [0.9, 0.1]}, "the lower one first"),
        ({"accept": 4, "first": 8, "give_up_after": 4}, "first round has 8"),
    ],
)
def test_rules_that_say_nothing_are_refused(tmp_path: Path, until: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        run(table(tmp_path, until))


def test_a_config_that_was_written_is_read_again(tmp_path: Path) -> None:
    run(table(tmp_path))
    assert run(tmp_path / "run" / "config.toml").summary.until is not None
    assert Rule(n=12, accept=2, first=2).to_json() == dict(verirs.load_run(tmp_path / "run").manifest.until)


@pytest.mark.parametrize(("accept", "said"), [(4, False), (6, True)])
def test_more_passes_than_are_accepted_are_told(tmp_path: Path, accept: int, said: bool) -> None:
    shown = Console(record=True, width=300, file=io.StringIO())
    run(table(tmp_path, {"accept": accept}), console=shown)
    assert ("the selector takes 4 of a problem" in shown.export_text()) is said


def test_a_benchmark_has_no_rule(tmp_path: Path) -> None:
    from verirs.bench.benchmark import bench

    with pytest.raises(ConfigError, match="no rule for a benchmark"):
        bench("gsm8k", engine="fake", settings=["until.accept=1", f"runs={tmp_path}"], limit=1)


def test_only_rankers_cannot_stop_a_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="only ranks"):
        run(table(tmp_path, scorer={"agreement": {}}))
