"""A finished run on disk: its rankers are judged, blended, and blended again, through the real store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.reward.toys import ranked
from verirs.errors import ConfigError
from verirs.reward import BLEND
from verirs.reward.numbers.blend import Blend
from verirs.reward.numbers.rerank import rerank
from verirs.select.selectors import Best
from verirs.store import Store
from verirs.types import Group, to_json


def stored(path: Path) -> list[Group]:
    groups = sorted(ranked(60, 5, rankers=("a", "b")), key=lambda g: g.problem.id)
    with Store.create(path, {"toy": 1}) as store:
        store.put_problems(g.problem for g in groups)
        for g in groups:
            store.append_completions([(g.problem.id, c.completion) for c in g.candidates])
            store.append_scores([(g.problem.id, c.completion, c.scores) for c in g.candidates])
    return groups


def test_a_run_is_blended_and_blended_again(tmp_path: Path) -> None:
    before = stored(tmp_path / "run")
    found = rerank(tmp_path / "run")
    assert set(found) == {"a", "b", BLEND}
    assert json.loads((tmp_path / "run" / "report" / "rankers.json").read_text())["rankers"] == json.loads(
        json.dumps(to_json(found))
    )
    once = list(Store.open(tmp_path / "run").groups())
    blend = Blend.from_text((tmp_path / "run" / "blend.json").read_text())
    assert [to_json(g) for g in once] == [to_json(g) for g in blend.apply(once)]
    rerank(tmp_path / "run", weights={"a": 1.0, "b": 0.0})
    twice = list(Store.open(tmp_path / "run").groups())
    for old, new in zip(before, twice, strict=True):
        for a, b in zip(old.candidates, new.candidates, strict=True):
            assert b.completion == a.completion and b.scores[:-1] == a.scores and b.scores[-1].scorer == BLEND
    assert [c.value for g in once for c in g.candidates] != [c.value for g in twice for c in g.candidates]


def test_selection_reads_the_blend(tmp_path: Path) -> None:
    stored(tmp_path / "run")
    rerank(tmp_path / "run")
    select = Best(by=BLEND, k=1)
    for group in Store.open(tmp_path / "run").groups():
        passing = [c for c in group.candidates if c.scores[0].passed]
        chosen = select.select(group).accepted
        if passing:
            assert chosen[0].value == max(c.value or 0.0 for c in passing)


def test_a_mistake_leaves_the_run_as_it_was(tmp_path: Path) -> None:
    stored(tmp_path / "run")
    before = [to_json(g) for g in Store.open(tmp_path / "run").groups()]
    with pytest.raises(ConfigError, match="did you mean a"):
        rerank(tmp_path / "run", rankers=["aa"])
    assert [to_json(g) for g in Store.open(tmp_path / "run").groups()] == before
    assert not (tmp_path / "run" / "blend.json").exists()
