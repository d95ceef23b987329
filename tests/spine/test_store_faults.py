"""A damaged store: every fault is refused by name, nothing is silently wrong, and a repair keeps
what is good."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.spine.test_store import anew, fill, problems, score
from verirs.errors import StoreError
from verirs.records import Manifest
from verirs.store import (
    ScoreRow,
    Store,
    entry,
    merge,
    refuse_parts,
    repair,
    rescore,
    restore,
    shards,
    store,
    verify,
)
from verirs.store.journal import Journal, read
from verirs.types import Completion, Group, Score, Verdict


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run of several shards and an open journal."""
    monkeypatch.setattr(store, "SEAL_BYTES", 6_000)
    monkeypatch.setattr(store, "MOST_SEAL_BYTES", 6_000)
    with Store.create(tmp_path / "run", {"seed": 1}) as made:
        made.put_problems(problems(20))
        fill(made, 20, 8)
        made.update(n=8, stack="s", scorers={"s": "1"})
    return tmp_path / "run"


def contents(path: Path) -> list[Group]:
    return list(Store.open(path).groups())


def shards_of(path: Path, kind: str) -> list[Path]:
    return sorted((path / "groups").rglob(f"{kind}*.parquet"))


@pytest.mark.parametrize("kind", ["completions", "scores", "problems"])
@pytest.mark.parametrize("write", [False, True])
def test_a_missing_file_is_named_and_nothing_is_changed(run: Path, kind: str, write: bool) -> None:
    gone = shards_of(run, kind)[0]
    gone.unlink()
    before = sorted(p.name for p in run.rglob("*"))
    with pytest.raises(StoreError, match=f"{gone.name} is missing"), Store.open(run, write=write) as opened:
        list(opened.groups())
    assert sorted(p.name for p in run.rglob("*") if p.name != "lock") == [n for n in before if n != "lock"]
    assert [str(f) for f in verify(run)] == [f"groups/{gone.relative_to(run / 'groups')}: it is missing"]


@pytest.mark.parametrize("kind", ["completions", "scores", "problems"])
def test_flipped_bits_are_never_silent(run: Path, kind: str) -> None:
    good, path = contents(run), shards_of(run, kind)[0]
    data, rng = path.read_bytes(), random.Random(kind)
    silent = 0
    for _ in range(60):
        at = rng.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :])
        assert [f.file for f in verify(run)] == [f"groups/{path.relative_to(run / 'groups')}"]
        try:
            silent += contents(run) != good
        except StoreError as e:
            assert path.name in str(e)
    path.write_bytes(data)
    assert not silent and verify(run) == [] and contents(run) == good


def test_scores_of_another_text_do_not_count(tmp_path: Path) -> None:
    """What a moved journal left behind: scores whose text was drawn again with another outcome."""
    with Store.create(tmp_path / "run", {}) as made:
        made.put_problems(problems(1))
        right = Completion(index=0, text="right")
        made.append_completions([("p000", right)])
        made.flush()
        made.append_scores([("p000", right, [score()])])
        made.flush()
    folder = tmp_path / "run" / "groups"
    manifest = Manifest.load(tmp_path / "run" / "manifest.json")
    (lost,) = [f for f in manifest.files if f.name.startswith("completions") and f.rows]
    (folder / lost.name).unlink()
    repair(tmp_path / "run")
    with Store.open(tmp_path / "run", write=True) as made:
        assert made.missing("p000", 1) == (0,)
        made.append_completions([("p000", Completion(index=0, text="wrong"))])
        assert made.unscored == 1
        assert [c.scores for g in made.groups() for c in g.candidates] == [()]


def test_a_stopped_rescoring_starts_over_when_samples_came_meanwhile(run: Path) -> None:
    with Store.open(run, write=True) as made:
        asked: list[str] = []

        def stops(groups: list[Group]) -> list[ScoreRow]:
            if len(asked) > 8:
                raise KeyboardInterrupt
            asked.extend(g.problem.id for g in groups)
            return anew(groups)

        with pytest.raises(KeyboardInterrupt):
            rescore(made, "key", stops, batch=16)
        late = Completion(index=8, text="late")
        made.append_completions([("p000", late)])
        made.append_scores([("p000", late, [score()])])
        rescore(made, "key", anew, batch=16)
        assert made.unscored == 0
        made.update(n=9)
        verdicts = {s.verdict for g in made.groups() for c in g.candidates for s in c.scores}
        assert verdicts == {Verdict.FAIL} and all(c.scores for g in made.groups() for c in g.candidates)


def test_scores_of_a_scorer_that_is_gone_are_kept_and_come_back(run: Path) -> None:
    good = contents(run)
    with Store.open(run, write=True) as made:
        rescore(made, "other", anew, keep=True)
        made.update(stack="other", scorers={"t": "1"})
    assert contents(run) != good and verify(run) == []
    with Store.open(run, write=True) as made:
        assert restore(made, "s", {"t": "1"}) and not restore(made, "never", {})
        assert made.manifest.scorers == {"s": "1"} and made.unscored == 0
    assert contents(run) == good and verify(run) == []
    with Store.open(run, write=True) as made:
        assert restore(made, "other")
    assert {s.verdict for g in contents(run) for c in g.candidates for s in c.scores} == {Verdict.FAIL}
    assert not Manifest.load(run / "manifest.json").kept


def test_samples_without_a_manifest_are_nobodys(run: Path) -> None:
    (run / "manifest.json").unlink()
    with pytest.raises(StoreError, match=r"manifest\.json is gone"):
        Store.create(run, {"seed": 2})
    good_rows = 160
    done = repair(run, {"seed": 1})
    assert done.kept + sum(1 for _ in (run / "groups").glob("journal-*")) and verify(run) == []
    with Store.open(run, write=True) as made:
        assert made.completions == good_rows and made.unscored == 0


def test_a_manifest_from_an_older_copy_loses_nothing(run: Path) -> None:
    old = (run / "manifest.json").read_bytes()
    with Store.open(run, write=True) as made:
        late = Completion(index=8, text="late")
        made.append_completions([("p000", late)])
        made.flush()
    (run / "manifest.json").write_bytes(old)
    with pytest.raises(StoreError, match="not listed in the manifest"):
        Store.open(run, write=True)
    assert repair(run).taken_in
    with Store.open(run, write=True) as made:
        assert made.completions == 161


def test_a_repair_keeps_what_is_good_and_moves_the_rest_aside(run: Path) -> None:
    with Store.open(run, write=True) as made:
        made.flush()
        whole = made.completions
    path = max(shards_of(run, "completions"), key=lambda p: p.stat().st_size)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    done = repair(run)
    assert [Path(name).name for name in done.aside] == [path.name] and verify(run) == []
    assert (run / "damaged" / "completions" / path.name).read_bytes() == data[: len(data) // 2]
    with Store.open(run, write=True) as made:
        assert made.completions == done.kept == whole - done.lost < whole
        assert sum(len(made.missing(p.id, 8)) for p in made.problems()) == done.lost


def test_a_reader_beside_a_writer_sees_whole_groups(run: Path) -> None:
    seen: list[int] = []
    stop = threading.Event()

    def reads() -> None:
        while not stop.is_set():
            groups = contents(run)
            assert len(groups) == 20
            seen.append(sum(len(g.candidates) for g in Store.open(run).groups(everything=True)))

    with Store.open(run, write=True) as made, ThreadPoolExecutor(1) as pool:
        reader = pool.submit(reads)
        for index in range(8, 40):
            rows = [(p.id, Completion(index=index, text=f"{p.id} {index}" * 20)) for p in problems(20)]
            made.append_completions(rows)
            made.append_scores([(key, c, [score()]) for key, c in rows])
            if (full := made.full_journal()) is not None:
                made.seal(full)
        while not seen and not reader.done():
            time.sleep(0.001)
        stop.set()
        reader.result()
    assert seen and seen == sorted(seen), "no sample disappears"


@pytest.fixture
def split(tmp_path: Path) -> list[Path]:
    paths = []
    for i in range(3):
        path = tmp_path / f"w-shard-{i}-of-3"
        with Store.create(path, {"seed": 1, "shard": f"{i}/3"}) as made:
            made.put_problems(problems(12)[i::3])
            for p in made.problems():
                rows = [(p.id, Completion(index=k, text=f"{p.id} {k}")) for k in range(2)]
                made.append_completions(rows)
                made.append_scores([(key, c, [score()]) for key, c in rows])
            made.update(n=2, stack="s", scorers={"s": "1"})
            made.flush()
        paths.append(path)
    return paths


def opened(paths: list[Path]) -> list[Store]:
    return [Store.open(p) for p in paths]


def test_shards_merge_into_the_whole_run(split: list[Path], tmp_path: Path) -> None:
    assert refuse_parts(opened(split)) == []
    merge(tmp_path / "w", opened(split), {"config.toml": "n = 2\n"})
    assert (tmp_path / "w/config.toml").read_text() == "n = 2\n"
    assert [g.problem.id for g in contents(tmp_path / "w")] == [p.id for p in problems(12)]
    assert (
        verify(tmp_path / "w") == [] and "shard" not in Manifest.load(tmp_path / "w/manifest.json").identity
    )
    with Store.open(tmp_path / "w", write=True) as whole:
        assert (whole.completions, whole.unscored) == (24, 0)
    with pytest.raises(StoreError, match="exists"):
        merge(tmp_path / "w", opened(split), {"config.toml": "n = 2\n"})


def test_what_is_not_the_whole_of_one_run_is_refused_by_run(split: list[Path], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="shard 2/3 is missing"):
        refuse_parts(opened(split[:2]))
    assert refuse_parts(opened(split[:2]), allow_missing=True) == ["shard 2/3 is missing"]
    copy = tmp_path / "copy"
    shutil.copytree(split[0], copy)
    with pytest.raises(StoreError, match="4 of its problems are in"):
        refuse_parts(opened([*split, copy]))
    with Store.create(tmp_path / "other", {"seed": 2, "shard": "2/3"}) as other:
        other.put_problems(problems(12)[2::3])
        other.update(n=2, stack="s")
    with pytest.raises(StoreError) as refusal:
        refuse_parts(opened([*split[:2], tmp_path / "other"]))
    said = str(refusal.value)
    assert "seed is 2" in said and "8 samples of 4 problems are not drawn yet" in said


def test_what_enters_is_what_a_shard_can_hold() -> None:
    odd = Completion(
        index=0, text="a\ud800", finish_reason="\udfff", tokens=1 << 70, logprob=float("inf"), seed=1 << 64
    )
    kept = entry.completion(odd)
    assert (kept.text, kept.tokens, kept.logprob, kept.seed) == ("a\ufffd", None, None, None)
    plain = Score(scorer="s", version="1", verdict="pass", value=3, details={"a": (1, 2), "b": "\ud800"})  # type: ignore[arg-type]
    made = entry.score(plain)
    assert made.verdict is Verdict.PASS and made.value == 3.0 and made.details == {"a": [1, 2], "b": "\ufffd"}
    assert json.loads(entry.details_text(made.details)) == made.details
    for bad in (
        {"answer": 4},
        {"reason": b"x"},
        {"version": 3},
        {"verdict": "great"},
        {"details": {"x": {1, 2}}},
    ):
        with pytest.raises((TypeError, ValueError)):
            entry.score(Score(**{"scorer": "s", "version": "1", "verdict": Verdict.PASS, **bad}))  # type: ignore[arg-type]


def test_an_unlisted_shard_with_rows_that_are_there_already_is_set_aside(run: Path) -> None:
    good, listed = contents(run), shards_of(run, "completions")[0]
    shutil.copy(listed, listed.with_name("completions-000500-000509.parquet"))
    assert [f.file for f in verify(run)] == ["groups/completions/completions-000500-000509.parquet"]
    repair(run)
    assert verify(run) == [] and contents(run) == good


def test_a_damaged_scores_shard_is_judged_again_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a stack's scores of a candidate would count as all of them."""
    monkeypatch.setattr(shards, "_ROW_GROUP_BYTES", 200)
    monkeypatch.setattr(store, "SEAL_BYTES", 6_000)
    monkeypatch.setattr(store, "MOST_SEAL_BYTES", 6_000)
    with Store.create(tmp_path / "run", {}) as made:
        made.put_problems(problems(20))
        fill(made, 20, 8)
        made.update(n=8)
    path = shards_of(tmp_path / "run", "scores")[0]
    groups = pq.read_metadata(path)
    assert groups.num_row_groups > 3
    at = groups.row_group(groups.num_row_groups // 2).column(0).data_page_offset + 20
    data = bytearray(path.read_bytes())
    data[at] ^= 255
    path.write_bytes(data)
    repair(tmp_path / "run")
    with Store.open(tmp_path / "run", write=True) as opened:
        assert opened.unscored == groups.num_rows // 2 and verify(tmp_path / "run") == []


def test_a_directory_that_holds_samples_takes_no_other_identity(run: Path) -> None:
    """Also when its manifest lists none of them: then nothing else says whose they are."""
    file = run / "manifest.json"
    dataclasses.replace(Manifest.load(file), files=()).save(file)
    for journal in (run / "groups").glob("journal-*"):
        journal.unlink()
    with pytest.raises(StoreError):
        Store.create(run, {"seed": 2})
    assert Manifest.load(file).identity == {"seed": 1}


def test_damaged_lines_of_a_journal_are_counted(run: Path) -> None:
    late = [("p000", Completion(index=20, text="one")), ("p001", Completion(index=20, text="two"))]
    with Store.open(run, write=True) as made:
        made.append_completions(late)
        (newest,) = (run / "groups").glob("journal-*")
        whole, (first, *rest) = made.directory.damaged_lines(), newest.read_bytes().splitlines(keepends=True)
        shutil.copytree(run, run.with_name("copy"))
    assert whole == 0 and rest
    (run.with_name("copy") / "groups" / newest.name).write_bytes(
        first[:20] + b"#" + first[21:] + b"".join(rest)
    )
    with Store.open(run.with_name("copy")) as opened:
        assert opened.directory.damaged_lines() == 1


def test_scores_that_are_there_twice_count_once(run: Path) -> None:
    """A text that was lost and drawn again the same may have been judged twice."""
    good, twin = contents(run), "scores-1/scores-00090-00090.parquet"
    manifest = Manifest.load(run / "manifest.json")
    listed = next(f for f in manifest.files if f.name.startswith("scores-"))
    shutil.copy(run / "groups" / listed.name, run / "groups" / twin)
    files = (*manifest.files, dataclasses.replace(listed, name=twin))
    dataclasses.replace(manifest, files=files).save(run / "manifest.json")
    assert contents(run) == good


def test_a_shard_whose_journal_is_still_there_is_no_fault(run: Path) -> None:
    """It was being sealed when its process died; the journal holds all of it."""
    copy = run.with_name("copy")
    with Store.open(run, write=True) as made:
        made.append_completions([("p000", Completion(index=20, text="one"))])
        (journal,) = (run / "groups").glob("journal-*")
        shutil.copytree(run, copy)
    number, sealed = journal.stem.rpartition("-")[2], shards_of(copy, "completions")[0]
    shutil.copy(sealed, sealed.with_name(f"completions-{number}-{number}.parquet"))
    good = contents(copy)
    assert verify(copy) == []
    repair(copy)
    assert verify(copy) == [] and contents(copy) == good and not list(copy.rglob("damaged*"))


def test_a_line_that_cannot_be_taken_back_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full in the middle of a line, and refuses to cut what is written of it."""
    write, cut, full = os.write, os.ftruncate, [False]

    def half(fd: int, data: memoryview) -> int:
        if not full[0]:
            return write(fd, data)
        if len(data) > 10:
            return write(fd, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    def refused(fd: int, size: int) -> None:
        if full[0]:
            raise OSError(5, "Input/output error")
        cut(fd, size)

    monkeypatch.setattr("verirs.store.journal.os.write", half)
    monkeypatch.setattr("verirs.store.journal.os.ftruncate", refused)
    journal = Journal(tmp_path / "journal-1", "run")
    journal.append([{"id": "first"}])
    full[0] = True
    with pytest.raises(OSError, match="No space left"):
        journal.append([{"id": "torn"}])
    full[0] = False
    journal.append([{"id": "second"}])
    journal.append([{"id": "third"}])
    assert journal.size == journal.path.stat().st_size
    journal.close()
    assert [record["id"] for record in read(journal.path, "run")] == ["first", "second", "third"]
