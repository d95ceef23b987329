# ruff: noqa: E501 - rows as text
"""Broken and hostile files under ``--jobs``: one message and exit code with one process and with two, in words,
and nothing is left that looks whole.

Each case spoils one file: the problems that ``audit`` reads, what others recorded and ``score`` takes over, what
``export`` compares with or is marked by, the run itself.
"""

from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.outside.place import Place
from verirs.engines import recorded
from verirs.engines.replay import ReplayEngine
from verirs.errors import ConfigError, SourceError
from verirs.running import spread
from verirs.running.plan import make_stack
from verirs.scorers.recorded import RecordedScorer
from verirs.sources import paths, text
from verirs.sources.formats import rows_of

PROBLEMS = [{"id": f"p{i}", "prompt": f"What is {i} + {i}?", "answer": str(2 * i)} for i in range(2, 22)]
SAMPLES = [{"problem_id": r["id"], "sample_index": i, "label": i == 0} for r in PROBLEMS for i in range(2)]
NAME = "x\n\x1b[2J\x1b]0;owned\x07\r.jsonl"
"""The name of a file that would clear a screen."""
OVER = recorded.LONGEST + 1
DEEP = b"[" * 100_000 + b"]" * 100_000


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


GOOD, LABELS = lines(PROBLEMS), lines(SAMPLES)
Spoil = Callable[[Path], object]


def holds(data: bytes) -> Spoil:
    return lambda path: path.write_bytes(data)


def table(**columns: Any) -> Spoil:
    return lambda path: pq.write_table(pa.table(columns), path)


def twice(*names: str) -> Spoil:
    """Columns of texts, two of one name."""
    arrays = [pa.array([f"{place}-{n}" for n in range(4)]) for place in range(len(names))]
    return lambda path: pq.write_table(pa.Table.from_arrays(arrays, names=list(names)), path)


def flipped(**columns: Any) -> Spoil:
    """A Parquet file with page checksums, one of whose values was changed on the disk."""

    def spoil(path: Path) -> None:
        pq.write_table(
            pa.table(columns), path, compression="none", use_dictionary=False, write_page_checksum=True
        )
        data = path.read_bytes()
        path.write_bytes(data.replace(b"What is 7", b"What is 8", 1))

    return spoil


def replaced(make: Spoil) -> Spoil:
    """Something else in the place of a file."""

    def spoil(path: Path) -> None:
        path.unlink(missing_ok=True)
        make(path)

    return spoil


PIPE, LOOP = replaced(os.mkfifo), replaced(lambda path: path.symlink_to(path.name))
ENDLESS, FOLDER = replaced(lambda path: path.symlink_to("/dev/zero")), replaced(Path.mkdir)


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


@dataclass(frozen=True)
class Case:
    command: str
    file: str
    spoil: Spoil
    code: int
    says: tuple[str, ...]


CASES: dict[str, Case] = {}


def cases(command: str, file: str, **more: tuple[Spoil, int, str]) -> None:
    for name, (spoil, code, says) in more.items():
        ending = name.rpartition("__")[2] if "__" in name else ""
        own = file if not ending else f"{file.partition('.')[0]}.{ending.replace('_', '.')}"
        CASES[f"{command} {name}"] = Case(command, own, spoil, code, tuple(filter(None, says.split("|"))))


cases(
    "audit",
    "p.jsonl",
    long_line=(holds(GOOD + b'{"prompt": "' + b"x" * 300_000), 2, "p.jsonl:21: the line is longer"),
    no_utf8=(holds(GOOD + b'{"prompt": "\xff"}\n'), 0, "left out 1 row: not UTF-8 (first: p.jsonl:21)"),
    zero_bytes=(holds(GOOD + b"\0\0\0\n"), 0, "left out 1 row: not JSON (first: p.jsonl:21)"),
    zero_bytes_alone=(holds(b"\0" * 3000), 2, "p.jsonl"),
    half_characters=(holds(GOOD + b'{"prompt": "\\ud800?", "answer": "4"}\n'), 0, "left out|half of a character"),
    key_twice=(holds(GOOD + b'{"prompt": "a?", "answer": "1", "answer": "2"}\n'), 0, "left out|twice"),
    nested=(holds(GOOD + b'{"prompt": "a?", "answer": ' + DEEP + b"}\n"), 0, "left out|nested too deep"),
    digits=(holds(GOOD + b'{"prompt": "a?", "answer": ' + b"9" * 100_000 + b"}\n"), 0, "left out|p.jsonl:21"),
    no_number=(holds(GOOD + b'{"prompt": "a?", "answer": NaN}\n{"prompt": "b?", "answer": 1e999}\n'), 0, "22 problems"),
    equal=(holds(GOOD + GOOD), 0, "left out 20 rows: equal to an earlier row (first: p.jsonl:21)"),
    empty=(holds(b""), 2, "no problems"),
    blank=(holds(b"\n" * 1000), 2, "no problems"),
    torn__jsonl_gz=(holds(gzip.compress(GOOD * 50)[:-40]), 2, "p.jsonl.gz|ended before"),
    torn__jsonl_zst=(holds(zstd(os.urandom(9000).hex().encode() + GOOD)[:-9]), 2, "p.jsonl.zst|truncated"),
    appended__jsonl_gz=(holds(gzip.compress(GOOD) + b"garbage"), 2, "p.jsonl.gz|not a gzipped file"),
    column__parquet=(table(prompt=[1, 2, 3]), 2, "p.parquet, row 1: the prompt is neither"),
    table__parquet=(table(prompt=["a?", "b?"], answer=[{"x": 1}] * 2), 2, "p.parquet, row 1: the answer is a table"),
    twice__parquet=(twice("prompt", "answer", "answer"), 2, "p.parquet: it has the column answer twice"),
    cut__parquet=(holds(b"PAR1 no"), 2, "p.parquet: not a Parquet file"),
    flipped__parquet=(flipped(**{k: [r[k] for r in PROBLEMS] for k in ("prompt", "answer")}), 2, "p.parquet|CRC"),
    pipe=(PIPE, 2, "p.jsonl is no regular file"),
    folder=(FOLDER, 2, "p.jsonl is a folder without files"),
    loop=(LOOP, 2, "p.jsonl is a link that leads to no file"),
    endless=(ENDLESS, 2, "p.jsonl is no regular file"),
)  # fmt: skip
cases(
    "score",
    "s.jsonl",
    long_line=(holds(LABELS + b'{"problem_id": "' + b"x" * OVER), 2, "s.jsonl:41: the line is longer"),
    long_blank_line=(holds(b" " * OVER + LABELS), 2, "s.jsonl:1: the line is longer"),
    packed_line__jsonl_gz=(holds(gzip.compress(LABELS + b" " * OVER, 1)), 2, "s.jsonl.gz:41: the line is longer"),
    no_utf8=(holds(LABELS + b'{"problem_id": "\xff"}\n'), 2, "s.jsonl:41: broken JSON"),
    zero_bytes=(holds(LABELS + b"\0\0\n"), 2, "s.jsonl:41: broken JSON"),
    key_twice=(holds(LABELS + b'{"problem_id": "a", "label": true, "label": false}\n'), 2, "s.jsonl:41|'label' stands twice"),
    nested=(holds(LABELS + b'{"problem_id": "a", "label": ' + DEEP + b"}\n"), 2, "s.jsonl:41|nested too deep"),
    no_number=(holds(LABELS + b'{"problem_id": "a", "label": NaN}\n'), 2, "s.jsonl:41: the label nan"),
    huge_number=(holds(LABELS + b'{"problem_id": "a", "label": 1e999}\n'), 2, "s.jsonl:41: the label inf"),
    torn__jsonl_gz=(holds(gzip.compress(LABELS)[:-40]), 2, "s.jsonl.gz: unreadable after line"),
    twice__parquet=(twice("problem_id", "label", "label"), 2, "s.parquet: it has the column 'label' twice"),
    column__parquet=(table(problem_id=["p2"], sample_index=[0], label=[[0.5]]), 2, "s.parquet:1: the label"),
    id__parquet=(table(problem_id=[{"a": 1}], sample_index=[0], label=[True]), 2, "s.parquet:1: 'problem_id' is a dict"),
    bytes__parquet=(table(problem_id=[b"p2"], sample_index=[0], label=[True]), 2, "s.parquet:1: 'problem_id' is a bytes"),
    cut__parquet=(holds(b"PAR1 no" * 9), 2, "s.parquet: not a readable Parquet file"),
    pipe=(PIPE, 2, "s.jsonl is no ordinary file"),
    folder=(FOLDER, 2, "s.jsonl is no ordinary file"),
    loop=(LOOP, 2, "s.jsonl is no ordinary file"),
    endless=(ENDLESS, 2, "s.jsonl is no ordinary file"),
)  # fmt: skip
cases(
    "export",
    "b.jsonl",
    long_line=(holds(GOOD + b'{"prompt": "' + b"x" * 300_000), 2, "b.jsonl:21: the line is longer"),
    no_utf8=(holds(GOOD + b'{"prompt": "\xff"}\n'), 2, "b.jsonl:21: not UTF-8"),
    key_twice=(holds(GOOD + b'{"prompt": "a", "prompt": "b"}\n'), 2, "b.jsonl:21: a key stands twice"),
    nested=(holds(GOOD + b'{"prompt": ' + DEEP + b"}\n"), 2, "b.jsonl:21: its JSON is nested too deep"),
    torn__jsonl_gz=(holds(gzip.compress(GOOD * 50)[:-40]), 2, "b.jsonl.gz|ended before"),
    empty=(holds(b""), 2, "b.jsonl|no problems"),
    pipe=(PIPE, 2, "b.jsonl is no regular file"),
    loop=(LOOP, 2, "b.jsonl is a link that leads to no file"),
)  # fmt: skip
cases(
    "marks",
    "runs/r.marks.jsonl",
    pipe=(PIPE, 2, "r.marks.jsonl cannot be read"),
    folder=(FOLDER, 2, "r.marks.jsonl cannot be read"),
    loop=(LOOP, 2, "r.marks.jsonl cannot be read"),
    endless=(ENDLESS, 2, "r.marks.jsonl cannot be read"),
    nested=(holds(DEEP), 2, "r.marks.jsonl:1 is no mark"),
    no_utf8=(holds(b"\xff\n"), 2, "r.marks.jsonl cannot be read"),
    key_twice=(holds(b'{"problem_id": "p2", "problem_id": "p3"}\n'), 2, "r.marks.jsonl:1|'problem_id' stands twice"),
)  # fmt: skip
COMMANDS = {
    "audit": "audit {file}",
    "score": "score runs/r --set scorer.s.plugin=recorded --set scorer.s.label=label --set scorer.s.path={file}",
    "export": "export runs/r --out out --set decontaminate.against=['{file}']",
    "marks": "export runs/r --out out --marks",
}


LEFT = {
    *("runs/r/lock", "runs/r/log.txt", "runs/r/groups/scores-2", "runs/r/groups/scores-2/key"),
    *("out", "out/.verirs.json"),
}
"""What a refused command may leave: the log, and two folders that say that they are not finished."""


@pytest.fixture(scope="module")
def with_a_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    place = Place(folder)
    place.write("rows.jsonl", GOOD)
    place.a_run()
    return folder


@pytest.mark.parametrize("name", CASES)
def test_one_message_with_one_process_and_with_two(
    name: str, with_a_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "LONGEST", 1 << 18)
    case, said, folder = CASES[name], [], tmp_path / "here"
    for jobs in ("1", "2"):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(with_a_run, folder)
        case.spoil(folder / case.file)
        before = {p for p in folder.rglob("*") if p.name != "lock"}
        place = Place.__new__(Place)
        place.folder = folder
        command = COMMANDS[case.command].format(file=case.file).split()
        found = place.verirs(*command, "--jobs", jobs)
        assert found.fault(case.code, *case.says) == ""
        said.append((found.out, found.err))
        made = {str(p.relative_to(folder)) for p in set(folder.rglob("*")) - before}
        assert made <= LEFT
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "data", [b"{broken\n", GOOD + b'{"id": "\\u001b[2J", "prompt": "?\\u001b[2J", "answer": "2 +"}\n']
)
def test_no_name_moves_the_terminal(data: bytes, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write(NAME, data)
    for jobs in ("1", "2"):
        assert place.verirs("audit", NAME, "--jobs", jobs).fault((0, 2), "\\x1b[2J") == ""


def test_a_pattern_of_many_files_is_read_whole(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for number in range(2000):
        place.write(f"many/{number:04}.jsonl", f'{{"prompt": "What is {number}?", "answer": "{number}"}}\n')
    for jobs in ("1", "2"):
        assert place.verirs("audit", "many/*.jsonl", "--jobs", jobs).fault(0, "2,000 problems") == ""


def test_a_pattern_through_a_closed_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that may not be listed holds nothing as far as a pattern can see."""
    place = Place(tmp_path)
    place.write("a/p.jsonl", GOOD)
    place.write("b/p.jsonl", GOOD)
    closed = {f"{tmp_path}/b/": os.X_OK}
    monkeypatch.setattr(os, "access", lambda path, mode: closed.get(path, mode) & mode == mode)
    for pattern in ("a/*.jsonl", "?/p.jsonl", "b/p.jsonl"):  # a name in it can be asked for
        assert len(paths.files_of(tmp_path / pattern)) == len(pattern.replace("?", "ab").partition("/")[0])
    for pattern in ("b/*.jsonl", "*/*.jsonl", "**/*.jsonl"):
        with pytest.raises(SourceError, match=r"b/ cannot be read: Permission denied"):
            paths.files_of(tmp_path / pattern)


@pytest.mark.parametrize("how", ["shrinks", "grows", "is replaced", "is gone"])
def test_a_source_that_changes_while_it_is_read_is_refused(how: str, tmp_path: Path) -> None:
    """Cut off at the end of a line it would be whole, and shorter."""
    file = tmp_path / "p.jsonl"
    padded = [{**row, "more": "x" * 5000} for row in PROBLEMS]
    file.write_bytes(lines(padded))
    rows = rows_of(file)
    next(rows)
    if how == "shrinks":
        os.truncate(file, len(lines(padded[:15])))
    elif how == "grows":
        file.write_bytes(lines(padded) + GOOD)
    else:
        file.unlink()
        if how == "is replaced":
            file.write_bytes(GOOD)
    with pytest.raises(
        SourceError, match=r"p\.jsonl (changed while it was read|cannot be read: No such file)"
    ):
        list(rows)


@pytest.mark.parametrize("changed", [lines(SAMPLES[:-3]), LABELS + b'{"problem_id": "new", "label": true}\n'])
def test_a_recorded_file_that_changes_while_it_is_read_is_refused(changed: bytes, tmp_path: Path) -> None:
    """Its digest stands beside what was read of it."""
    file = tmp_path / "s.jsonl"
    file.write_bytes(LABELS)
    scorer = RecordedScorer(str(file), label="label")
    engine = ReplayEngine(str(file), texts="optional")
    engine.identity()
    file.write_bytes(changed)
    with pytest.raises(SourceError, match=r"s\.jsonl changed while it was read"):
        scorer.score([])
    with pytest.raises(SourceError, match=r"s\.jsonl changed while it was read"):
        engine._load()


def test_a_scorer_that_changes_is_refused_by_the_processes(tmp_path: Path) -> None:
    """Each process makes its scorers anew: all scores are those of one version."""
    place = Place(tmp_path)
    place.write("rows.jsonl", GOOD)
    run = tmp_path / place.a_run()
    (tmp_path / "s.jsonl").write_bytes(LABELS)
    changes = {"scorer": {"s": {"plugin": "recorded", "label": "label", "path": str(tmp_path / "s.jsonl")}}}
    config = spread_config(run, changes)
    versions = make_stack(config).versions
    given = spread.Given(
        path=run, config=config, only_errors=False, afresh=True, folder="", versions=versions
    )
    assert callable(spread.scorer(given))
    (tmp_path / "s.jsonl").write_bytes(lines([{**row, "label": True} for row in SAMPLES]))
    with pytest.raises(ConfigError, match="scorer 's' changed while it was at work"):
        spread.scorer(given)


def spread_config(run: Path, changes: dict[str, Any]) -> Any:
    from verirs.running.again import stored_config

    return stored_config(run, changes)


def shard(run: Path) -> Path:
    return sorted((run / "groups" / "completions").glob("*.parquet"))[0]


def changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


SPOILED: dict[str, tuple[Spoil, str]] = {
    "a changed shard": (lambda run: changed(shard(run)), "damaged"),
    "a shard that is gone": (lambda run: shard(run).unlink(), "missing"),
    "a pipe as a shard": (lambda run: PIPE(shard(run)), ".parquet"),
    "a loop as a shard": (lambda run: LOOP(shard(run)), ".parquet"),
    "an endless shard": (lambda run: ENDLESS(shard(run)), ".parquet"),
    "a pipe as the manifest": (lambda run: PIPE(run / "manifest.json"), "manifest.json"),
    "an endless manifest": (lambda run: ENDLESS(run / "manifest.json"), "manifest.json"),
    "a nested manifest": (lambda run: (run / "manifest.json").write_bytes(DEEP), "manifest.json"),
    "zero bytes as the manifest": (
        lambda run: (run / "manifest.json").write_bytes(bytes(5000)),
        "manifest.json",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("command", ["score runs/r", "export runs/r --out out", "audit runs/r"])
def test_a_spoiled_run_is_refused_alike(name: str, command: str, with_a_run: Path, tmp_path: Path) -> None:
    spoil, says = SPOILED[name]
    shutil.copytree(with_a_run, tmp_path / "here")
    place = Place.__new__(Place)
    place.folder = tmp_path / "here"
    spoil(place.folder / "runs" / "r")
    one, two = (place.verirs(*command.split(), "--jobs", jobs) for jobs in ("1", "2"))
    assert one.fault(2, says) == "" and two == one


def test_a_recorded_file_without_rights_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s.jsonl").write_bytes(LABELS)

    def refused(self: Path, *_: Any) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(SourceError, match=r"s\.jsonl cannot be read: Permission denied"):
        RecordedScorer(str(tmp_path / "s.jsonl"), label="label")
