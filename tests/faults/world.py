"""Small runs to be spoiled: commands in processes of their own, what lies on the disk, and what came of it.

A fault *survived* when the files that are exported in the end are the undisturbed run's, byte for byte. It
was *refused* when a command named the file, left everything as it was, and what it told to do led to the same
bytes. Anything else is *silently wrong*, or a *raw* error.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import random
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import verirs
from tests.faults import layer
from verirs.cli import main
from verirs.errors import UserError
from verirs.store import leftovers, store

SURVIVED, REFUSED, WRONG, RAW = "survived", "refused", "silently wrong", "raw error"
RAW_WORDS = ("verirs: unexpected", "Traceback", "Fatal Python error")
CONFIG = """
name = "r"
n = {n}
[source]
name = "arithmetic"
count = 16
[engine]
name = "fake"
distinct = 3
latency = 0.002
concurrency = 8
[scorer.math]
[select]
k = 2
[export]
sinks = ["sft", "dpo", "rejects"]
formats = ["parquet", "jsonl"]
"""
SHORT = "def short(problem, completion):\n    return len(completion.text) % 5 != 0\n"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did; ``code`` is negative if a signal ended it."""

    code: int
    said: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one fault.

    Args:
        kind: one of the twelve.
        id: which fault.
        how: ``survived``, ``refused``, ``silently wrong`` or ``raw error``.
        why: of the last two.
    """

    kind: str
    id: str
    how: str
    why: str = ""


Child = Callable[[], object]


def forked(work: Child, folder: Path, spoil: layer.Spoil | None = None, seconds: float = 120.0) -> Ran:
    """Do something in a fork of this process, in ``folder``; its exit code and all that it said."""
    said = folder / ".said"
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.stdout, sys.stderr = (os.fdopen(n, "w", closefd=False) for n in (1, 2))
            os.chdir(folder)
            store.SEAL_BYTES, store.MOST_SEAL_BYTES, leftovers.FAN_IN = (
                3_000,
                3_000,
                3,
            )  # so that a small run seals and merges often
            if spoil is not None:
                layer.watch(folder, spoil)
            try:
                work()
                code = 0
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else 1
            except BaseException:  # noqa: BLE001 - the child ends here, and its parent reads what it said
                traceback.print_exc()
        finally:
            with contextlib.suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        if time.monotonic() > end:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            return Ran(-1, f"verirs: unexpected hanging for {seconds:g} s")
        time.sleep(0.001)
    text = said.read_text(errors="replace") if said.exists() else ""
    said.unlink(missing_ok=True)
    return Ran(os.waitstatus_to_exitcode(status), " ".join(text.split()))


def command(folder: Path, *words: str, spoil: layer.Spoil | None = None) -> Ran:
    """``verirs WORDS`` in ``folder``."""
    return forked(lambda: main(list(words)), folder, spoil)


STEPS: dict[str, tuple[str, ...]] = {
    "sample": ("run", "four.toml"),
    "top-up": ("run", "six.toml"),
    "score": ("score", "runs/r", "--set", "scorer.short.plugin=./mine.py:short", "--trust"),
    "re-score": ("score", "runs/r", "--trust"),
    "export": ("export", "runs/r", "--trust"),
    "merge": ("merge", "runs/w", "runs/r-shard-0-of-2", "runs/r-shard-1-of-2"),
    "repair": ("repair", "runs/r", "--trust"),
}
"""The operations on a run directory, by their commands."""
LAST = ("run", "six.toml")
"""The command that a user gives in the end, and again until it ends well."""


def make(folder: Path) -> Path:
    """The configs of one world, and no run."""
    folder.mkdir(parents=True)
    (folder / "four.toml").write_text(CONFIG.format(n=4))
    (folder / "six.toml").write_text(CONFIG.format(n=6))
    (folder / "mine.py").write_text(SHORT)
    return folder


def copy(world: Path, to: Path) -> Path:
    shutil.copytree(world, to, symlinks=True)
    return to


def exported(run: Path) -> dict[str, bytes]:
    """The files that a run is for."""
    folder = run / "export"
    found = sorted(p for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
    return {p.name: p.read_bytes() for p in found if p.suffix in (".parquet", ".jsonl", ".md")}


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder, as far as it matters to a run."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        if path.name in ("lock", "log.txt", ".said", "__pycache__") or path.suffix in (".pyc", ".partial"):
            continue  # what a killed write left half done is nothing
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_file():
            found[name] = path.read_bytes()
        elif not path.is_dir():
            found[name] = "special"
    return found


class Undisturbed:
    """Worlds at their milestones and the bytes that a run ends in, made once.

    Args:
        folder: for all of them.
    """

    def __init__(self, folder: Path):
        _preload()
        self.folder = folder
        self.changes: dict[str, int] = {}
        self._made = 0
        done = make(folder / "whole")
        self._done(done, "sample", folder / "sampled")
        self._done(done, "top-up", folder / "topped-up")
        self.want = exported(done / "runs/r")
        for i in range(2):
            must(command(done, "run", "six.toml", "--shard", f"{i}/2"))
        copy(done, folder / "with-shards")
        self._done(done, "merge")
        must(command(done, "export", "runs/w"))
        self.want_merged = exported(done / "runs/w")
        for step in ("export", "score", "re-score", "repair"):
            self._done(done, step)

    def _done(self, world: Path, step: str, keep: Path | None = None) -> None:
        log = self.folder / f"{step}.changes"
        if step == "export":
            forget_export(world)
        must(command(world, *STEPS[step], spoil=layer.counting(log)))
        self.changes[step] = log.read_bytes().count(b"\n")
        if keep is not None:
            copy(world, keep)

    def world(self, milestone: str = "") -> Path:
        """A fresh copy of a world: nothing yet, ``sampled``, ``topped-up`` or ``with-shards``."""
        self._made += 1
        to = self.folder / f"w{self._made}"
        return copy(self.folder / milestone, to) if milestone else make(to)


def forget_export(world: Path) -> None:
    """Else an export of which nothing changed is not made again."""
    (world / "runs/r/export.json").unlink(missing_ok=True)


def _preload() -> None:
    """What every command imports, once, so that forks need not."""
    for room in ("running", "report", "sinks", "select", "math", "stats", "sources", "scorers", "engines"):
        for module in pkgutil.iter_modules([str(Path(verirs.__file__).parent / room)]):
            with contextlib.suppress(ImportError, UserError):
                importlib.import_module(f"verirs.{room}.{module.name}")
    with contextlib.suppress(ImportError):
        importlib.import_module("pyarrow.pandas_compat")
        importlib.import_module("pandas")


def must(ran: Ran) -> Ran:
    assert ran.code == 0, ran.said
    return ran


def ends(
    undisturbed: Undisturbed, world: Path, names: Iterable[str] = (), last: tuple[str, ...] = LAST
) -> tuple[str, str]:
    """Give the last command until it ends well, following its advice; how that went, and why.

    Args:
        names: words of which a refusal must have one: the files at fault.
    """
    run, refused = world / "runs/r", False
    for _ in range(4):
        before = tree(run) if run.exists() else {}
        ran = command(world, *last)
        if fault := raw(ran):
            return RAW, fault
        if ran.code == 0:
            same = exported(run) == undisturbed.want
            return (REFUSED if refused else SURVIVED, "") if same else (WRONG, difference(undisturbed, run))
        refused = True
        after = tree(run) if run.exists() else {}
        if after != before:
            changed = sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))
            return WRONG, f"a refusal changed {changed}: {ran.said[-300:]}"
        if names and not any(name in ran.said for name in names):
            return RAW, f"a refusal names none of {list(names)}: {ran.said[-300:]}"
        if "verirs repair" not in ran.said:
            return REFUSED, ran.said[-300:]
        mended = command(world, *STEPS["repair"])
        if fault := raw(mended):
            return RAW, f"repair: {fault}"
        if mended.code:
            return REFUSED, mended.said[-300:]
    return WRONG, f"it never ends: {ran.said[-300:]}"


def raw(ran: Ran) -> str:
    """What is raw in what was said, or an empty text."""
    if any(word in ran.said for word in RAW_WORDS) or ran.code in (1, -11, -6):
        return f"exit {ran.code}: {ran.said[-500:]}"
    return ""


def difference(undisturbed: Undisturbed, run: Path) -> str:
    got = exported(run)
    names = sorted(n for n in got.keys() | undisturbed.want.keys() if got.get(n) != undisturbed.want.get(n))
    return f"{', '.join(names)} differ"


def drop(world: Path) -> None:
    shutil.rmtree(world, ignore_errors=True)


def some(rng: random.Random, of: int, count: int) -> list[int]:
    """``count`` numbers below ``of``, spread over all of them."""
    return [int((k + rng.random()) * of / count) for k in range(count)]
