"""Which samples a store holds and which are scored, and its counters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spine.test_store import fill, problems
from verirs.store import Store, shards, store
from verirs.store.counting import masks
from verirs.store.counting import stored as of_stored
from verirs.types import Completion, Score, Verdict


@given(
    stored=st.dictionaries(st.integers(0, 9), st.integers(-3, 3), max_size=8),
    said=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 1), st.integers(-4, 4)), max_size=20),
    gold=st.none() | st.integers(-2, 2),
    cut=st.integers(1, 5),
)
def test_masks_say_what_is_stored_and_scored(
    stored: dict[int, int], said: list[tuple[int, int, int]], gold: int | None, cut: int
) -> None:
    """Beside a count by hand, wherever the rows of a problem are cut into tables."""

    def tables(rows: list[tuple[str, int, int]]) -> Iterator[pa.Table]:
        for start in range(0, len(rows), cut):
            ids, indices, digests = zip(*rows[start : start + cut], strict=True)
            yield pa.table({"problem_id": ids, "index": indices, "digest": digests})

    texts = [("a", 0, 7), *(("b", i, d) for i, d in sorted(stored.items())), ("c", 0, 1), ("c", 2, 1)]
    scores = [("a", 0, 7), *(("b", i, about) for i, _, about in sorted(said)), ("c", 0, 1), ("c", 2, 0)]
    golds = {"a": 0, "b": gold, "c": 0}
    found = {key: (done, own) for key, done, own in masks(tables(texts), tables(scores), golds.get)}
    assert found.pop("a") == (1, 1) and found.pop("c") == (0b101, 0b001)
    right = {i for i, _, about in said if gold is not None and i in stored and stored[i] ^ gold == about}
    assert found == ({"b": (sum(1 << i for i in stored), sum(1 << i for i in right))} if stored else {})

    assert dict(of_stored(part.select([0, 1]) for part in tables(texts))) == {
        key: done for key, (done, _) in ({"a": (1, 1), "c": (0b101, 1)} | found).items()
    }


def test_scores_are_counted_when_that_is_asked_for(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {}) as run:
        run.put_problems(problems(3))
        fill(run, 3, 8)
    with Store.open(tmp_path / "run", write=True, scored=False) as run:
        assert run.completions == 24 and run.missing("p000", 9) == (8,)
        assert run.unscored == 0
        run.append_completions([("p000", Completion(index=8, text="more"))])
        assert run.unscored == 1
        run.count_again()
        score = Score(scorer="s", version="1", verdict=Verdict.PASS)
        run.append_scores([("p000", Completion(index=8, text="more"), (score,))])
        assert run.unscored == 0


def test_a_sample_that_is_there_twice_is_refused() -> None:
    rows = pa.table({"problem_id": ["a", "a"], "index": [3, 3], "digest": [1, 2]})
    with pytest.raises(ValueError, match="sample 3 of problem 'a' is stored twice"):
        list(of_stored(iter([rows.select([0, 1])])))
    with pytest.raises(ValueError, match="sample 3 of problem 'a' is stored twice"):
        list(masks(iter([rows]), iter([]), lambda key: 0))


@pytest.mark.parametrize("number", [99_998, 9_999_998])
def test_numbers_of_journals_and_shards_never_run_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A counter of five digits ended at 100,000 seals, and what came after was invisible."""
    monkeypatch.setattr(store, "SEAL_BYTES", 400)
    monkeypatch.setattr(store, "MOST_SEAL_BYTES", 400)
    with Store.create(tmp_path / "run", {}) as run:
        run.put_problems(problems(3))
        (run.groups_path / f"journal-{number}.jsonl").touch()
    with Store.open(tmp_path / "run", write=True) as run:
        fill(run, 3, 8)
        run.flush()
    with Store.open(tmp_path / "run", write=True) as run:
        assert run.completions == 24 and run.unscored == 0
        last = max(r.last for r in shards.ranges(run.manifest.files, "completions"))
    assert last >= number + 3
