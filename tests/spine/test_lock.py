"""The one lock of a run directory: lost by nothing but its process's end or its release."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

import verirs
from verirs.engines.fake import FakeEngine
from verirs.errors import StoreError
from verirs.protocols import Request
from verirs.store import Store
from verirs.store.lock import Lock, is_held
from verirs.types import Completion

TRIES = """
import sys
import time
from pathlib import Path
from verirs.errors import StoreError
from verirs.store.lock import Lock
try:
    lock = Lock(Path(sys.argv[1]))
    print("held", flush=True)
    sys.stdin.readline()
except StoreError as e:
    print(e)
"""


def another(path: Path) -> str:
    """What another process says that tries to take the lock."""
    done = subprocess.run(
        [sys.executable, "-c", TRIES, str(path)], input="", capture_output=True, text=True, timeout=120
    )
    return done.stdout.strip() or done.stderr


def test_the_refusal_names_pid_and_time(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    assert re.search(rf"another process \(pid {os.getpid()}, since \d{{4}}-\d\d-\d\dT", another(tmp_path))
    (tmp_path / "lock").write_text(f"17 2026-01-01T00:00:00+0000 elsewhere.{platform.node()}")
    assert f"pid 17 on 'elsewhere.{platform.node()}', since 2026-01-01" in another(tmp_path)
    with pytest.raises(StoreError, match="already open for writing in this process"):
        Lock(tmp_path)
    lock.release()
    lock.release()
    assert another(tmp_path) == "held"


def test_reading_the_lock_file_or_copying_the_run_loses_no_lock(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    lock = Lock(run)
    (run / "lock").read_bytes()
    shutil.copytree(run, tmp_path / "copy")
    assert "another process" in another(run)
    Lock(tmp_path / "copy").release()
    lock.release()


def test_a_fork_neither_keeps_nor_ends_it(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        lock.release()  # what it holds no more
        os.read(reads, 1)
        os._exit(0)
    try:
        assert "another process" in another(tmp_path)
        lock.release()
        assert another(tmp_path) == "held"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reads)
        os.close(writes)


def test_a_killed_process_leaves_none(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TRIES, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=rf"pid {holder.pid}, since"):
            Lock(tmp_path)
        holder.kill()
        holder.wait()
        Lock(tmp_path).release()


@pytest.mark.parametrize(
    "spoil", [Path.unlink, lambda p: (p.with_name("x").touch(), p.with_name("x").rename(p))]
)
def test_without_its_file_it_holds(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    held = Lock(tmp_path)
    spoil(tmp_path / "lock")
    assert "its lock file was deleted" in another(tmp_path) and is_held(tmp_path)
    held.check()
    held.release()
    assert another(tmp_path) == "held" and not is_held(tmp_path)


def on_a_network_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks as NFS gives them: exclusive ones of what is open for writing only."""
    flock = fcntl.flock

    def refuses(fd: int, how: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(fd, how)

    monkeypatch.setattr(fcntl, "flock", refuses)


def test_where_directories_have_no_locks_a_deleted_file_stops_its_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_network_disk(monkeypatch)
    held = Lock(tmp_path)
    held.check()
    assert "another process" in another(tmp_path) and is_held(tmp_path)
    (tmp_path / "lock").unlink()
    with pytest.raises(StoreError, match="Nothing more is written"):
        held.check()


def test_where_there_are_no_locks_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(fd: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuses)
    with pytest.raises(StoreError, match=r"without locks .No locks available.*--set runs=DIR"):
        Lock(tmp_path)
    assert not is_held(tmp_path)


def test_who_only_looks_keeps_no_writer_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lock").touch()
    looks = os.open(tmp_path / "lock", os.O_RDONLY)
    fcntl.flock(looks, fcntl.LOCK_SH)
    monkeypatch.setattr(time, "sleep", lambda seconds: fcntl.flock(looks, fcntl.LOCK_UN))
    Lock(tmp_path).release()
    os.close(looks)


def test_two_names_of_one_directory_are_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "run")
    held = Lock(tmp_path / "run")
    with pytest.raises(StoreError, match="already open"):
        Lock(tmp_path / "link")
    assert is_held(tmp_path / "link")
    held.release()


def test_a_writer_whose_directory_was_replaced_writes_nothing_into_the_new_one(tmp_path: Path) -> None:
    run = tmp_path / "run"
    store = Store.create(run, {"a": 1})
    run.rename(tmp_path / "away")
    with pytest.raises(StoreError, match="was moved, deleted or replaced"):
        store.update(n=3)
    begun = "import sys; from verirs.store import Store; Store.create(sys.argv[1], {'a': 2}).update(n=4)"
    subprocess.run([sys.executable, "-c", begun, str(run)], check=True, timeout=120)
    for do in (store.flush, lambda: list(store.groups()), lambda: store.update(n=3)):
        with pytest.raises(StoreError, match="was moved, deleted or replaced"):
            do()
    store.close()
    assert Store.open(run).manifest.n == 4
    assert Store.open(tmp_path / "away").manifest.n == 0


class Mover(FakeEngine):
    """Moves the run's directory away while it samples."""

    def __init__(self, run: Path, again: bool) -> None:
        super().__init__()
        self.run, self.again = run, again

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        if self.run.exists() and request.problem.id == "2":
            self.run.rename(self.run.with_name("away"))
            if self.again:
                shutil.copytree(self.run.with_name("whole"), self.run)
        async for completion in super().sample(request):
            yield completion


@pytest.mark.parametrize("again", [False, True])
def test_a_run_whose_directory_goes_while_it_samples_writes_nothing_where_it_was(
    tmp_path: Path, again: bool
) -> None:
    rows = "".join(f'{{"id": "{x}", "prompt": "{x}+{x}?", "answer": "{2 * x}"}}\n' for x in range(4))
    (tmp_path / "q.jsonl").write_text(rows)
    table: dict[str, Any] = {
        "runs": str(tmp_path),
        "n": 3,
        "source": {"name": "file", "path": str(tmp_path / "q.jsonl")},
        "engine": {"name": "fake"},
        "scorer": {"math": {}},
    }
    whole = verirs.run({"name": "whole", **table}).path
    good = {p.name: p.read_bytes() for p in (whole / "export").glob("*.parquet")}
    run = tmp_path / "run"
    with pytest.raises(StoreError, match="was moved, deleted or replaced"):
        verirs.run({"name": "run", **table}, engine=Mover(run, again))
    assert run.exists() == again
    for path in (run, tmp_path / "away"):
        if path.exists():
            verirs.run(path / "config.toml", engine=FakeEngine())
            assert {p.name: p.read_bytes() for p in (path / "export").glob("*.parquet")} == good
