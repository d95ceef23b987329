"""Caps, weights, quotas and totals over the whole set, as public recipes define them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.select.toys import candidate, group
from verirs.curation.balance import Balance, Balancer, band_of, limits_of
from verirs.errors import ConfigError
from verirs.running.again import export
from verirs.running.drive import run
from verirs.select import Best, First
from verirs.types import Problem, Selection


def problem(name: str, passes: int, fails: int, source: str = "s", k: int = 0) -> Selection:
    texts = [candidate(i, f"{name} {i}", value=float(i)) for i in range(passes)]
    texts += [candidate(passes + i, f"{name} wrong {i}", "fail") for i in range(fails)]
    found = First(k=k).select(group(*texts, problem_id=name))
    own = Problem(id=name, prompt=name, answer="1", source=source)
    return Selection(
        group=type(found.group)(problem=own, candidates=found.group.candidates),
        accepted=found.accepted,
        rejected=found.rejected,
        pairs=found.pairs,
    )


def kept(wanted: Balance, selections: Sequence[Selection]) -> list[Selection]:
    balancer = Balancer(wanted)
    balancer.look(selections)
    return [balancer.keep(s) for s in selections]


def rows(wanted: Balance, selections: Sequence[Selection]) -> int:
    return sum(len(s.accepted) for s in kept(wanted, selections))


@pytest.mark.parametrize(
    ("passes", "fails", "accepted"),
    [(1, 15, 1), (4, 12, 3), (8, 8, 2), (12, 4, 1), (16, 0, 1), (0, 16, 0)],
)
def test_the_harder_the_more(passes: int, fails: int, accepted: int) -> None:
    """DART-Math (arXiv 2407.13690), Prop2Diff: a quota proportional to the share of fails, at least one."""
    (found,) = kept(Balance(quota="difficulty", most=4), [problem("p", passes, fails, k=4)])
    assert len(found.accepted) == accepted
    assert all(p.chosen in found.accepted for p in found.pairs)
    reasons = Counter(r.reason for r in found.rejected)
    assert reasons["over its share by difficulty"] == min(4, passes) - accepted


def test_top_k_of_the_set_and_its_matched_control() -> None:
    """The RLHF book's pair on GSM8K: top K over all pairs, and K of all at random."""
    pool = [problem(f"p{i}", i % 5, 3) for i in range(40)]
    top = kept(Balance(total=20, order="value"), pool)
    control = kept(Balance(total=20, order="random"), pool)
    assert sum(len(s.accepted) for s in top) == sum(len(s.accepted) for s in control) == 20
    taken = sorted(c.value or 0.0 for s in top for c in s.accepted)
    left = [r.candidate.value or 0.0 for s in top for r in s.rejected if r.reason == "over the total"]
    assert taken[0] >= max(left)
    assert {c.value for s in control for c in s.accepted} != set(taken)


def test_a_total_that_is_not_reached_drops_nothing() -> None:
    pool = [problem(f"p{i}", 2, 1) for i in range(3)]
    assert rows(Balance(total=6), pool) == rows(Balance(total=100), pool) == 6
    assert rows(Balance(total=5), pool) == 5


def test_sources_are_capped_and_weighed() -> None:
    """Tulu 3's mixer takes a number of rows, or a share, of each source."""
    pool = [problem(f"a{i}", 2, 1, "a") for i in range(10)] + [problem(f"b{i}", 2, 1, "b") for i in range(4)]
    pool.append(problem("c", 2, 1, "c"))

    def by_source(wanted: Balance) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for s in kept(wanted, pool):
            counts[s.group.problem.source] += len(s.accepted)
        return dict(counts)

    assert by_source(Balance(sources={"a": 5})) == {"a": 5, "b": 8, "c": 2}
    assert by_source(Balance(weights={"a": 1, "b": 2})) == {"a": 4, "b": 8, "c": 0}
    assert by_source(Balance(weights={"a": 2, "b": 1}, sources={"b": 4})) == {"a": 8, "b": 4, "c": 0}
    assert sum(by_source(Balance(sources={"a": 5}, total=6)).values()) == 6


def test_weights_hold_within_a_total_and_a_source_gives_its_best() -> None:
    pool = [problem(f"a{i}", 2, 1, "a") for i in range(6)] + [problem(f"b{i}", 9, 1, "b") for i in range(6)]
    for order in ("value", "random"):
        found = kept(Balance(weights={"a": 1, "b": 2}, total=9, order=order), pool)
        assert Counter(s.group.problem.source for s in found for _ in s.accepted) == {"a": 3, "b": 6}
    for wanted in (Balance(weights={"a": 1, "b": 1}, total=12), Balance(sources={"a": 6, "b": 6})):
        best = kept(replace(wanted, order="value"), pool)
        assert sorted(c.value or 0.0 for s in best for c in s.accepted) == [1.0] * 6 + [8.0] * 6


def test_limits_are_as_many_as_the_scarcest_source_allows() -> None:
    assert limits_of(Balance(weights={"a": 1.0, "b": 0.5}), {"a": 10, "b": 2}) == {"a": 4, "b": 2}
    assert limits_of(Balance(), {"a": 10}) == {"a": 10}


def test_bands_are_thinned_by_problem() -> None:
    """prime-rl: pools hard, normal and easy with weights .2, 1 and .2."""
    assert [band_of(rate) for rate in (0.0, 0.25, 0.26, 0.75, 0.76, 1.0)] == (
        ["hard", "hard", "normal", "normal", "easy", "easy"]
    )
    pool = [problem(f"e{i}", 4, 0) for i in range(400)] + [problem(f"n{i}", 2, 2) for i in range(50)]
    found = kept(Balance(difficulty={"easy": 0.2}), pool)
    easy = [s for s in found[:400] if s.accepted]
    assert 50 < len(easy) < 110 and all(len(s.accepted) == 4 for s in easy)
    assert all(len(s.accepted) == 2 for s in found[400:])


def test_the_order_of_problems_makes_no_difference() -> None:
    pool = [problem(f"p{i}", i % 5, 3, "ab"[i % 2]) for i in range(40)]
    for wanted in (
        Balance(total=9, order="value"),
        Balance(weights={"a": 1, "b": 1}),
        Balance(sources={"a": 3}),
    ):
        there = {s.group.problem.id: s.accepted for s in kept(wanted, pool)}
        back = {s.group.problem.id: s.accepted for s in kept(wanted, pool[::-1])}
        assert there == back


def made(folder: Path, **changes: Any) -> Path:
    rows = [{"problem": f"{i}+1?", "answer": str(i + 1), "source": "ab"[i % 2]} for i in range(12)]
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    table: dict[str, Any] = {
        "name": "b",
        "runs": str(folder / "runs"),
        "n": 8,
        "source": {"name": "file", "path": str(folder / "p.jsonl")},
        "engine": {"name": "fake"},
        "export": {"sinks": ["sft", "unfiltered", "rejects"]},
        "select": {"name": "first", "k": 0},
    }
    return run(table | changes).path


def test_a_run_is_balanced_and_has_its_controls(tmp_path: Path) -> None:
    path = made(tmp_path, balance={"total": 10, "sources": {"a": 4}})
    sft = pq.read_table(path / "export/sft.parquet").to_pylist()
    assert len(sft) == 10 and Counter(row["source"] for row in sft)["a"] <= 4
    control = pq.read_table(path / "export/unfiltered.parquet").to_pylist()
    assert Counter(r["problem_id"] for r in control) == Counter(r["problem_id"] for r in sft)
    verdicts = {s["verdict"] for row in control for s in row["scores"]}
    assert verdicts == {"pass", "fail"}
    reasons = Counter(pq.read_table(path / "export/rejects.parquet")["reason"].to_pylist())
    assert reasons["over the cap of its source"] + reasons["over the total"] > 0
    card = (path / "export/README.md").read_text()
    assert "rejected: over the" in card and "the control of `sft`" in card
    export(path, changes={"balance": {"total": 3, "sources": {}}})
    assert pq.read_metadata(path / "export/sft.parquet").num_rows == 3


def test_wrong_numbers_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        made(tmp_path, balance={"difficulty": {"hrad": 1, "easy": 2}, "weights": {"a": -1}, "totl": 3})
    said = str(told.value)
    assert "no band is called so" in said and "between 0 and 1" in said and "must not be negative" in said
    assert "totl" in said


def test_a_source_that_is_not_there_is_no_empty_set() -> None:
    """`gsm8k` for `openai/gsm8k` would have left nothing, without a word."""
    with pytest.raises(
        ConfigError, match=r"weights\.gsm8k: no problem's source is called so.*'openai/gsm8k'"
    ):
        kept(Balance(weights={"gsm8k": 1.0}), [problem("p", 2, 1, "openai/gsm8k")])
    with pytest.raises(ConfigError, match=r"sources\.b: no problem"):
        kept(Balance(sources={"b": 3}), [problem("p", 2, 1, "a")])


def test_best_with_a_total_reads_the_ranker_that_by_names() -> None:
    values = Balancer(Balance(total=1, order="value"), lambda c: c.value_of("gate"))
    pool = [
        Best(k=0).select(group(candidate(i, f"t{i}", value=float(i)), problem_id=f"p{i}")) for i in range(3)
    ]
    values.look(pool)
    assert sum(len(values.keep(s).accepted) for s in pool) == 1
