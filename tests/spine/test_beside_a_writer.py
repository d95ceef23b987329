"""Readers beside a writer in a process of its own: every read is of one moment, and none is refused.

The writer lives a run as short as it can be with as many changes of files as possible: seals after every few
samples, shards merged three to one, problems written anew, scores judged again, exports.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import verirs
from verirs.running.again import refuse_altered
from verirs.store import Store, sample_gaps, verify
from verirs.types import Verdict

WRITER = """
import sys, json
from pathlib import Path
import verirs
from verirs.store import leftovers, store, repair
store.SEAL_BYTES, store.MOST_SEAL_BYTES, leftovers.FAN_IN = 1500, 1500, 3
folder = Path(sys.argv[1])
def live(n, count, **more):
    rows = ({"id": str(i), "prompt": f"{i}+{i}?", "answer": str(2 * i)} for i in range(count))
    (folder / "q.jsonl").write_text("".join(json.dumps(row) + "\\n" for row in rows))
    verirs.run({
        "name": "r", "runs": str(folder), "n": n,
        "source": {"name": "file", "path": str(folder / "q.jsonl")},
        "engine": {"name": "fake", "concurrency": 4},
        "scorer": {"math": {}} | more,
        "export": {"sinks": ["sft", "rejects"]},
    })
live(1, 8)
print("begun", flush=True)
for n in range(2, 2 + int(sys.argv[2])):
    live(n, 8 + n % 3)
    verirs.score(folder / "r", {"scorer": {"math": {"percent": "lenient" if n % 2 else "strict"}}})
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), "5"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"begun\n"
        yield process
        process.kill()


def test_every_reader_sees_one_moment_and_is_never_refused(
    writer: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    run, rounds, most = tmp_path / "r", 0, 0
    while writer.poll() is None:
        groups = list(Store.open(run).groups(everything=True))
        stored = sum(len(g.candidates) for g in groups)
        assert stored >= most, "no sample disappears"
        most = stored
        for group in groups:
            for candidate in group.candidates:
                right = candidate.answer == str(2 * int(group.problem.id))
                assert candidate.verdict in ((Verdict.PASS if right else Verdict.FAIL), Verdict.ABSTAIN)
        read = verirs.load_run(run)
        assert len(list(read.problems())) in (8, 9, 10)
        assert read.to_arrow().num_rows <= len(list(Store.open(run).groups())) * 20
        sample_gaps(Store.open(run))
        refuse_altered(run, run / "config.toml")
        assert [f for f in verify(run) if f.file.startswith(("groups", "config"))] == []
        rounds += 1
    said = writer.stderr.read().decode() if writer.stderr else ""
    assert writer.returncode == 0, said
    assert rounds > 1
    assert verify(run) == []
