"""A folder in which commands of strangers' inputs are tried, and what of their output may never be seen."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import verirs
from verirs.cli import main
from verirs.records import Manifest
from verirs.system.files import text_digest

ROWS = '{"id": "a", "prompt": "2 + 2?", "answer": "4"}\n{"id": "b", "prompt": "3 * 3?", "answer": "9"}\n'
BASE = '[source]\nname = "file"\npath = "rows.jsonl"\n[engine]\nname = "fake"\n'
MARK = "print(open('ran', 'w').write('x'), end='')\n"
"""Python that leaves the file ``ran`` behind."""
_MOVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
RAW = ("Traceback", "unexpected", "Logging error", "Exception ignored", "Exception in thread")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(verirs.__file__).parents[1]), "VERIRS": sys.executable}
HEAD = 'verirs() { "$VERIRS" -m verirs.cli "$@"; }\n'


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err

    def fault(self, code: int | Sequence[int], *words: str) -> str:
        """What is wrong with it, else an empty text.

        Args:
            code: the exit code that it must have, or several of them.
            words: must be among what it said.
        """
        codes = [code] if isinstance(code, int) else code
        if moves := _MOVES.search(self.all):
            return f"{moves[0]!r} reaches the terminal: {self.all[:300]!r}"
        if raw := next((r for r in RAW if r in self.all), ""):
            return f"raw {raw}: {self.all[-300:]!r}"
        if self.code not in codes:
            return f"exit {self.code}: {self.all[-300:]!r}"
        if absent := [w for w in words if w.lower() not in " ".join(self.all.split()).lower()]:
            return f"does not say {absent}: {self.all[-300:]!r}"
        return ""


class Place:
    """A folder with two problems in ``rows.jsonl``."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "rows.jsonl").write_text(ROWS)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def config(self, name: str, text: str = "", base: str = BASE) -> str:
        """A small config; ``text`` stands first, so that it can hold keys without a table."""
        self.write(name, f"n = 2\n{text}\n{base}")
        return name

    def a_run(self, extra: str = "", folder: str = "runs/r") -> str:
        """A finished run whose config a stranger then changed: ``extra`` are tables of it."""
        said = self.verirs("run", self.config("mine.toml"), "--name", Path(folder).name)
        assert said.code == 0, said
        if extra:
            file = self.folder / folder / "config.toml"
            kept = [t for t in re.split(r"^(?=\[)", file.read_text(), flags=re.M)]
            mine = [t for t in re.split(r"^(?=\[)", extra, flags=re.M) if t.strip()]
            heads = {t.splitlines()[0].split(".")[0].strip("[]") for t in mine}
            kept = [t for t in kept if t.splitlines()[0].split(".")[0].strip("[]") not in heads]
            changed_config(file, "".join([*kept, *mine]))
        return folder

    @property
    def ran(self) -> bool:
        """Whether a stranger's code was run."""
        return (self.folder / "ran").exists()

    def verirs(self, *arguments: str) -> Said:
        """``verirs ARGUMENTS``, in this process."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(list(arguments))
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        return Said(code=code, out=out.getvalue(), err=err.getvalue())

    def shell(self, script: str, **environment: str) -> Said:
        """A bash script in which ``verirs`` is the command."""
        done = subprocess.run(
            ["bash", "-c", HEAD + script],
            cwd=self.folder,
            capture_output=True,
            timeout=120,
            env={**ENVIRONMENT, **environment},
        )
        out, err = (x.decode("utf-8", "surrogateescape") for x in (done.stdout, done.stderr))
        return Said(code=done.returncode, out=out, err=err)

    def typed(
        self, arguments: Sequence[str], keys: Mapping[float, str | int], columns: int = 80
    ) -> tuple[int, str]:
        """``verirs ARGUMENTS`` on a real terminal: exit code and everything that reached it.

        Args:
            keys: by seconds after it listens for signals (before that it is Python that starts): text that is
                typed, or a signal that is sent. A time below zero counts from the moment at which a
                completion is stored.
        """
        pid, terminal = pty.fork()
        if not pid:
            try:
                os.chdir(self.folder)
                # as from a shell, whoever started us: nohup, say
                signal.signal(signal.SIGINT, signal.default_int_handler)
                signal.signal(signal.SIGHUP, signal.SIG_DFL)
                command = [sys.executable, "-m", "verirs.cli", *arguments]
                sizes = {"COLUMNS": str(columns), "LINES": "24", "TERM": "xterm"}
                os.execve(sys.executable, command, {**ENVIRONMENT, **sizes})
            finally:
                os._exit(99)
        begun, said, listens, sampled = time.monotonic(), b"", 0.0, 0.0
        left = dict(keys)
        while time.monotonic() - begun < 100:
            now = time.monotonic()
            if not listens and _listens(pid):
                listens = now
            if not sampled and any(f.stat().st_size for f in self.folder.glob("runs/*/groups/journal-*")):
                sampled = now
            for at in sorted(left, key=abs):
                since = listens if at >= 0 else sampled
                if since and now - since >= abs(at):
                    key = left.pop(at)
                    with contextlib.suppress(ProcessLookupError, OSError):
                        os.kill(pid, key) if isinstance(key, int) else os.write(terminal, key.encode())
            if select.select([terminal], [], [], 0.01)[0]:
                try:
                    piece = os.read(terminal, 65536)
                except OSError:  # the other side is closed
                    break
                if not piece:
                    break
                said += piece
        else:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), said.decode("utf-8", "replace")

    def stored(self, run: str = "runs/run") -> int:
        """Completions in a run directory."""
        from verirs.store import Store

        with Store.open(self.folder / run) as store:
            return sum(len(g.candidates) for g in store.groups())


def rows(*table: Mapping[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in table)


def changed_config(file: Path, text: str) -> None:
    """Another config for a run, as somebody hands it over who keeps its manifest in step with it."""
    file.write_text(text)
    manifest = Manifest.load(file.parent / "manifest.json")
    replace(manifest, configs=(text_digest(text),)).save(file.parent / "manifest.json")


def _listens(pid: int) -> bool:
    """Whether the process catches SIGTERM, which Python by itself does not."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16)  # type: ignore[index]
    return bool(caught >> (signal.SIGTERM - 1) & 1)
