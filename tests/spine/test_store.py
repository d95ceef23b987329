"""The store: what is written is there after any stop, once; others' runs are refused."""

from __future__ import annotations

import dataclasses
import errno
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.small_disk import SmallDisk
from verirs.errors import SourceError, StoreError
from verirs.store import Gaps, ScoreRow, Store, journal, rescore, sample_gaps, shards, store
from verirs.store.counting import samples
from verirs.store.directory import proving_once
from verirs.system.files import clean, digest
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict


def problems(count: int) -> list[Problem]:
    return [Problem(id=f"p{i:03}", prompt=f"what is {i}?", answer=str(i)) for i in range(count)]


def score(verdict: Verdict = Verdict.PASS, **more: object) -> Score:
    return Score(scorer="s", version="1", verdict=verdict, **more)  # type: ignore[arg-type]


def fill(run: Store, count: int, n: int, seed: int = 0) -> None:
    """All samples in random order, each scored, sealing whenever the journal is full."""
    todo = [(f"p{i:03}", k) for i in range(count) for k in range(n)]
    random.Random(seed).shuffle(todo)
    for key, k in todo:
        completion = Completion(index=k, text=f"text {key} {k}", seed=k, tokens=k)
        run.append_completions([(key, completion)])
        run.append_scores(
            [
                (
                    key,
                    completion,
                    [score(answer=str(k), details={"k": [k]}), score(Verdict.ABSTAIN, value=k / 7)],
                )
            ]
        )
        if (full := run.full_journal()) is not None:
            run.seal(full)


@pytest.mark.parametrize("seal_bytes", [300, 5_000, 1 << 20])
def test_groups_come_back_whole_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seal_bytes: int
) -> None:
    monkeypatch.setattr(store, "SEAL_BYTES", seal_bytes)
    monkeypatch.setattr(store, "MOST_SEAL_BYTES", seal_bytes)
    with Store.create(tmp_path / "run", {"seed": 1}) as run:
        run.put_problems(reversed(problems(20)))
        fill(run, 20, 7)
        before = list(run.groups())
    with Store.open(tmp_path / "run", write=True) as run:
        assert (run.completions, run.unscored) == (140, 0)
        assert run.missing("p003", 9) == (7, 8)
        run.flush()
        assert list(run.groups()) == before
    assert list(Store.open(tmp_path / "run").groups()) == before
    assert [g.problem for g in before] == problems(20)
    for group in before:
        assert [c.completion.index for c in group.candidates] == list(range(7))
        assert all(
            c.completion.text == f"text {group.problem.id} {c.completion.index}" for c in group.candidates
        )
        assert all(
            [s.details for s in c.scores] == [{"k": [c.completion.index]}, {}] for c in group.candidates
        )


@pytest.mark.parametrize("proved", [None, {}])
def test_some_problems_are_read_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proved: shards.Proved | None
) -> None:
    monkeypatch.setattr(store, "SEAL_BYTES", 3_000)
    monkeypatch.setattr(shards, "_ROW_GROUP_BYTES", 600)
    with Store.create(tmp_path / "run", {"seed": 1}) as run:
        run.put_problems(problems(20))
        fill(run, 20, 7)
        whole = list(run.groups())
    with Store.open(tmp_path / "run") as run:
        run.directory.proved = proved
        for first, last in [(0, 0), (0, 19), (5, 9), (19, 19), (7, 7)]:
            between = whole[first].problem.id, whole[last].problem.id
            assert list(run.groups(between=between)) == whole[first : last + 1]
            held = list(run.directory.problems(between))
            assert [h.problem for h in held] == [g.problem for g in whole[first : last + 1]]
            assert run.directory.golds(between) == {h.problem.id: h.digest for h in held}
        bare = list(run.groups(scored=False))
        assert [[c.completion for c in g.candidates] for g in bare] == [
            [c.completion for c in g.candidates] for g in whole
        ]
        assert not any(c.scores for g in bare for c in g.candidates)
        assert not list(run.groups(between=("q", "r")))


def test_files_are_proved_once_for_all_readings_of_an_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SEAL_BYTES", 3_000)
    with Store.create(tmp_path / "run", {"seed": 1}) as run:
        run.put_problems(problems(5))
        fill(run, 5, 7)
        run.flush()
    proved: list[str] = []

    def counted(path: Path) -> str:
        proved.append(path.name)
        return digest(path)

    monkeypatch.setattr(shards, "digest", counted)
    with Store.open(tmp_path / "run") as run:
        with proving_once([run.directory]):
            whole = list(run.groups())
            assert list(run.groups()) == whole and len(proved) == len(set(proved)) == len(run.manifest.files)
            shard = next((tmp_path / "run" / "groups" / "completions").iterdir())
            data = bytearray(shard.read_bytes())
            data[len(data) // 4] ^= 1
            shard.write_bytes(data)
            with pytest.raises(StoreError, match=shard.name):  # a page's own checksum
                list(run.groups())
        proved.clear()
        with pytest.raises(StoreError, match="its digest is another"):
            list(run.groups())
        assert proved


def test_merging_keeps_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SEAL_BYTES", 400)
    monkeypatch.setattr(store, "MOST_SEAL_BYTES", 400)
    with Store.create(tmp_path / "run", {}) as run:
        run.put_problems(problems(30))
        fill(run, 30, 8)
        run.flush()
        files = list((run.groups_path / "completions").glob("*.parquet"))
        sealed = max(r.last for r in shards.ranges(run.manifest.files, "completions")) + 1
    assert sealed > 64 and len(files) < 36


def test_every_whole_line_of_a_journal_is_kept_whatever_stands_before_it(tmp_path: Path) -> None:
    path = tmp_path / "journal-00000.jsonl"
    j = journal.Journal(path, "r")
    j.append([["a", i] for i in range(5)])
    j.close()
    whole = path.read_bytes()
    for cut in range(1, 25):
        path.write_bytes(whole[:-cut])
        kept = list(journal.read(path, "r"))
        assert kept == [["a", i] for i in range(len(kept))] and len(kept) >= 3
        again = journal.Journal(path, "r")
        assert list(journal.read(path, "r")) == kept and path.read_bytes() == whole[: path.stat().st_size]
        again.append([["b", 0]])
        again.close()
        assert list(journal.read(path, "r")) == [*kept, ["b", 0]]
    path.write_bytes(whole.replace(b'"a",2', b'"b",2'))
    assert (
        list(journal.read(path, "r")) == [["a", i] for i in (0, 1, 3, 4)]
        and journal.bad_lines(path, "r") == 1
    )
    line = len(whole) // 5
    path.write_bytes(whole[:line] + b"\0" * line + whole[2 * line :])  # a page that never reached the disk
    assert [r[1] for r in journal.read(path, "r")] == [0, 3, 4]


def test_many_records_are_packed_into_lines_that_stand_for_themselves(tmp_path: Path) -> None:
    path, rng = tmp_path / "journal-00000.jsonl", random.Random(1)
    texts = ["".join(rng.choices("ab \n\x1b[nz\u00e9\U0001f600", k=rng.randint(0, 9_000))) for _ in range(60)]
    records = [["c", f"p{i}", i, text] for i, text in enumerate(texts)]
    j = journal.Journal(path, "r")
    j.append(records[:3])  # few, and one line or several
    j.append(records[3:])
    j.close()
    whole = path.read_bytes()
    assert list(journal.read(path, "r")) == records and list(journal.read(path, "other")) == []
    lines = whole.removesuffix(b"\n").split(b"\n")
    assert 3 < len(lines) < 20
    assert len(whole) < len(b"".join(journal.encode_record(r, "r") for r in records)) / 1.5
    for number, line in enumerate(lines):
        at = rng.randrange(len(line))
        for other in (line[:at] + bytes([line[at] ^ 1 << rng.randrange(8)]) + line[at + 1 :], line[:at]):
            path.write_bytes(b"\n".join([*lines[:number], other, *lines[number + 1 :]]) + b"\n")
            kept = list(journal.read(path, "r"))
            assert journal.bad_lines(path, "r") in (1, 2)  # two where a byte became the end of a line
            assert 0 < len(records) - len(kept) < 40 and all(r in records for r in kept)
    path.write_bytes(whole[:-5])  # the torn tail goes, and the next append is whole
    kept = list(journal.read(path, "r"))
    j = journal.Journal(path, "r")
    j.append(records[:40])
    j.close()
    assert list(journal.read(path, "r")) == [*kept, *records[:40]]


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("any")
    with Store.create(folder / "run", {}) as run:
        run.put_problems([Problem(id="p", prompt="q")])
        run.append_completions([("p", Completion(index=i, text=t)) for i, t in enumerate(texts)])
        run.flush()
        (group,) = run.groups()
    got = [c.completion.text for c in group.candidates]
    assert got == [clean(t) for t in texts]
    assert [t for t in got if t.isprintable()] == [t for t in texts if t.isprintable()]


def test_lone_surrogates_are_replaced() -> None:
    assert clean("a\ud800b") == "a\ufffdb"
    assert clean("naïve 中 \U0001f600") == "naïve 中 \U0001f600"


def test_only_one_writer(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {}):
        with pytest.raises(StoreError, match="already open"):
            Store.open(tmp_path / "run", write=True)
        code = "import sys; from verirs.store import Store; Store.open(sys.argv[1], write=True)"
        done = subprocess.run(
            [sys.executable, "-c", code, tmp_path / "run"], capture_output=True, text=True, timeout=60
        )
        assert f"another process (pid {os.getpid()}, since 2" in done.stderr
        assert list(Store.open(tmp_path / "run").groups()) == []  # readers are welcome
    Store.open(tmp_path / "run", write=True).close()


def test_another_experiment_is_refused_with_the_changed_keys(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {"engine.model": "other"}) as run:
        run.put_problems(problems(2))  # no sample yet: the name is free
    with Store.create(tmp_path / "run", {"engine.model": "a", "seed": 1, "sampling.top_p": 1.0}) as run:
        assert not list(run.problems())
        run.put_problems(problems(1))
        run.append_completions([("p000", Completion(index=0, text="x"))])
    with pytest.raises(StoreError) as refusal:
        Store.create(tmp_path / "run", {"engine.model": "b", "seed": 1, "sampling.stop": ["x"]})
    said = str(refusal.value)
    assert "engine.model: the run has 'a', asked for 'b'" in said
    assert "sampling.top_p" in said and "sampling.stop" in said and "seed" not in said
    Store.create(tmp_path / "run", {"engine.model": "a", "seed": 1, "sampling.top_p": 1.0}).close()


def test_what_is_not_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a run directory"):
        Store.open(tmp_path)
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(StoreError, match="not a run directory"):
        Store.create(tmp_path, {})
    run = tmp_path / "run"
    Store.create(run, {}).close()
    (run / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        Store.open(run)


def test_duplicate_ids_and_changed_prompts_are_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {}) as run:
        with pytest.raises(SourceError, match=r"1 problem ids occur more than once, for example 'p001'"):
            run.put_problems([*problems(3), problems(2)[1]])
        run.put_problems(problems(3))
        assert run.put_problems(problems(5)).new == ("p003", "p004")  # more of them is fine
        with pytest.raises(StoreError, match=r"the prompt of problem 'p000' changed"):
            run.put_problems([Problem(id="p000", prompt="another question")])


def test_many_problems_that_come_and_go_are_one_line(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {}) as run:
        run.put_problems(problems(20))
        assert run.put_problems(problems(5)).told == (
            "removed  15 problems, p005 to p019: kept in the store, left out of estimates and exports",
        )
        assert run.put_problems(problems(8)).told == (
            "back     p005: counted again", "back     p006: counted again", "back     p007: counted again",
        )  # fmt: skip


def test_a_corrected_gold_is_judged_again_and_a_removed_row_counts_no_more(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {}) as run:
        run.put_problems(problems(4))
        fill(run, 4, 3)
        assert run.unscored == 0
        corrected = Problem(id="p001", prompt="what is 1?", answer="one")
        changes = run.put_problems([problems(4)[0], corrected, problems(4)[3]])
        assert (changes.changed, changes.removed, changes.new) == (("p001",), ("p002",), ())
        assert "gold '1' -> 'one'" in changes.told[0] and "removed  p002" in changes.told[1]
        assert run.unscored == 3
    for run in (Store.open(tmp_path / "run", write=True), Store.open(tmp_path / "run")):
        groups = list(run.groups())
        assert [g.problem.id for g in groups] == ["p000", "p001", "p003"]
        assert [bool(c.scores) for c in groups[1].candidates] == [False] * 3
        assert all(c.scores for g in (groups[0], groups[2]) for c in g.candidates)
        assert [len(g.candidates) for g in run.groups(everything=True)] == [3, 3, 3, 3]
        run.close()
    with Store.open(tmp_path / "run", write=True) as run:
        assert run.put_problems(problems(4)).back == ("p002",) and run.unscored == 0


def test_samples_beyond_n_stay_and_do_not_count(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {}) as run:
        run.put_problems(problems(2))
        fill(run, 2, 5)
        run.update(n=2)
        assert [len(g.candidates) for g in run.groups()] == [2, 2]
        assert [len(g.candidates) for g in run.groups(everything=True)] == [5, 5]


def test_what_a_run_lacks_is_counted_as_by_its_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SEAL_BYTES", 3_000)
    with Store.create(tmp_path / "run", {"seed": 1}) as run:
        rows = problems(6)
        run.put_problems(rows)
        fill(run, 4, 7)
        run.append_completions([("p004", Completion(index=2, text="late"))])
        # one is removed, and the scores of one were of another gold
        run.put_problems([*rows[1:], dataclasses.replace(rows[0], id="p9")])
        run.put_problems([dataclasses.replace(rows[1], answer="7"), *rows[2:]])
        for n in (0, 3, 7, 9):
            run.update(n=n)
            want = [
                (group_bits(g.candidates), group_bits([c for c in g.candidates if c.scores]))
                for g in run.groups()
            ]
            assert list(samples(run.directory, own=True)) == want
            with Store.open(tmp_path / "run") as reader:
                assert list(samples(reader.directory)) == want
                by_groups = Gaps(reader.manifest)
                for group in reader.groups():
                    by_groups.add(group)
                told = sample_gaps(reader)
                assert [line.split(": ")[1].split(";")[0] for line in told] == list(by_groups.told())
                assert len(told) == (1 if not n else 2)


def group_bits(candidates: Sequence[Candidate]) -> int:
    return sum(1 << c.completion.index for c in candidates)


def test_a_sample_cannot_be_stored_twice(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {}) as run:
        run.put_problems([Problem(id="p", prompt="q")])
        run.append_completions([("p", Completion(index=0, text="x"))])
        with pytest.raises(StoreError, match="stored twice"):
            run.append_completions([("p", Completion(index=0, text="y"))])


def anew(groups: list[Group]) -> list[ScoreRow]:
    return [(g.problem.id, c.completion, [score(Verdict.FAIL)]) for g in groups for c in g.candidates]


def test_rescoring_replaces_all_or_nothing_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SEAL_BYTES", 2_000)
    monkeypatch.setattr(store, "MOST_SEAL_BYTES", 2_000)
    run = Store.create(tmp_path / "run", {})
    run.put_problems(problems(12))
    fill(run, 12, 5)
    before = list(run.groups())
    asked: list[str] = []

    def breaks_in_the_middle(groups: list[Group]) -> list[ScoreRow]:
        if len(asked) >= 6:
            raise RuntimeError("stop")
        asked.extend(g.problem.id for g in groups)
        return anew(groups)

    with pytest.raises(RuntimeError):
        rescore(run, "key", breaks_in_the_middle, batch=10)
    run.close()
    run = Store.open(tmp_path / "run", write=True)
    assert list(run.groups()) == before, "the old scores stand until the new ones are complete"
    first, asked = list(asked), []

    def goes_on(groups: list[Group]) -> list[ScoreRow]:
        asked.extend(g.problem.id for g in groups)
        return anew(groups)

    rescore(run, "key", goes_on, batch=10)
    assert first + asked == [p.id for p in problems(12)], "each group is scored once over both tries"
    verdicts = {s.verdict for g in run.groups() for c in g.candidates for s in c.scores}
    assert verdicts == {Verdict.FAIL}
    later = Completion(index=5, text="later")
    run.append_completions([("p000", later)])
    run.append_scores([("p000", later, [score()])])
    run.close()
    with Store.open(tmp_path / "run", write=True) as again:
        assert (again.completions, again.unscored) == (61, 0)
        assert len(next(iter(again.groups())).candidates) == 6


def test_a_full_disk_loses_nothing(small_disk: SmallDisk) -> None:
    run = Store.create(small_disk.path / "run", {})
    run.put_problems(problems(4))
    stored = 0
    with pytest.raises(OSError) as full:
        for stored in range(10_000):
            text = random.Random(stored).randbytes(300).hex()
            run.append_completions([("p000", Completion(index=stored, text=text))])
    assert full.value.errno == errno.ENOSPC and stored > 50
    run.close_journal()
    kept = [
        r[2] for r in journal.read(next((small_disk.path / "run/groups").glob("journal-*")), run.manifest.run)
    ]
    assert kept == list(range(stored)), "everything before the full disk, and nothing torn"


def test_a_candidates_verdict() -> None:
    def verdict(*said: Verdict) -> Verdict:
        return Candidate(completion=Completion(text=""), scores=tuple(score(v) for v in said)).verdict

    p, f, a, e = Verdict.PASS, Verdict.FAIL, Verdict.ABSTAIN, Verdict.ERROR
    assert verdict() is a and verdict(a) is a and verdict(p) is p
    assert verdict(a, p) is p and verdict(p, a) is p
    assert verdict(p, e) is e and verdict(e, p) is e
    assert verdict(p, f) is f and verdict(e, f) is f and verdict(a, f) is f
