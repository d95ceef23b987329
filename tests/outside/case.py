"""How a case from outside is written down, run and judged.

A case is what somebody outside really wrote (``seen`` says where), in our words: a file ``mine.py`` with a
part, the TOML that names it, and what its author may expect. A refusal comes before anything is sampled, in
words that name the thing at fault; nothing is silently wrong, and nothing dies of a raw Python error.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import verirs
from verirs.cli import main

ROWS = '{"id": "a", "prompt": "2 + 2?", "answer": "4"}\n{"id": "b", "prompt": "3 * 3?", "answer": "9"}\n'
"""Two problems; with n = 4 a run has eight completions, all of them right."""
BASE = {
    "[source]": '[source]\nname = "file"\npath = "rows.jsonl"\n',
    "[engine]": '[engine]\nname = "fake"\npass_rate = 1.0\n',
    "[scorer.": "[scorer.math]\n",
}
RAW = ("verirs: unexpected", "Traceback")
"""What no message to a user should hold."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case; what is expected is one or several of ``works``, ``refused``, ``errors`` and ``stops``.

    Args:
        seen: where somebody writes it like this.
        code: the file ``mine.py``.
        toml: tables of the config; those not named are a small run with the fake engine.
        files: more files beside it.
        flags: more arguments of ``verirs run``.
        works: the run ends well and this holds of it.
        refused: the run is refused before anything is sampled, and the message has this in it.
        errors: every verdict is ``error``, and the reason has this in it.
        stops: the run stops while it samples or exports, and the message has this in it.
        late: only a started run can find it, so a dry run need not.
        alone: in a process of its own with a time limit: it may hang, or end the process.
    """

    id: str
    seen: str
    kind: str
    code: str = ""
    toml: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    works: Callable[[Ran], Any] | None = None
    refused: str = ""
    errors: str = ""
    stops: str = ""
    late: bool = False
    alone: bool = False

    @property
    def expected(self) -> str:
        words = {"works": self.works, "refused": self.refused, "errors": self.errors, "stops": self.stops}
        return " or ".join(word for word, asked in words.items() if asked)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command did."""

    code: int
    said: str
    path: Path

    @property
    def verdicts(self) -> dict[str, int]:
        return dict(json.loads((self.path / "summary.json").read_text())["verdicts"])

    def rows(self, sink: str) -> list[dict[str, Any]]:
        return list(pq.read_table(self.path / f"export/{sink}.parquet").to_pylist())

    @property
    def scores(self) -> list[dict[str, Any]]:
        """All scores of all completions, as exported."""
        return [s for sink in ("sft", "rejects") for row in self.rows(sink) for s in row["scores"]]

    @property
    def sampled(self) -> bool:
        """Whether the run directory holds a completion."""
        files = (f for f in (self.path / "groups").rglob("*") if f.is_file())
        return any(f.stat().st_size > 0 for f in files if not f.name.startswith("problems"))


def write(case: Case, folder: Path) -> None:
    """The case's files. ``mine.py`` gets a name of its own, so that no case meets another's module."""
    own = f"{case.id.replace('-', '_')}.py"
    text = 'name = "r"\nn = 4\n' + case.toml
    text += "".join(f"\n{table}" for header, table in BASE.items() if header not in case.toml)
    files = {"rows.jsonl": ROWS, "mine.py": case.code, "conf.toml": text, **case.files}
    for name, content in files.items():
        path = folder / name.replace("mine.py", own)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("mine.py", own))


def command(folder: Path, *arguments: str, alone: bool = False) -> Ran:
    """``verirs ARGUMENTS`` in a folder, in this process unless ``alone``."""
    if alone:
        here = str(Path(verirs.__file__).parents[1])
        done = subprocess.run(
            [sys.executable, "-m", "verirs.cli", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])},
        )
        return Ran(
            code=done.returncode, said=" ".join((done.stdout + done.stderr).split()), path=folder / "runs/r"
        )
    said, code = io.StringIO(), 0
    with contextlib.chdir(folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main(list(arguments))
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    return Ran(code=code, said=" ".join(said.getvalue().split()), path=folder / "runs/r")


def fault(case: Case, folder: Path) -> str:
    """Run a case that was written; what is not as expected, else an empty text."""
    try:
        ran = command(folder, "run", "conf.toml", *case.flags, alone=case.alone)
    except subprocess.TimeoutExpired:
        return "hangs"
    if ran.code == 0:
        return ended_well(case, ran)
    if case.errors and ran.code == 3 and "error" in ran.said:  # too many of them, said so
        return ""
    words = case.stops or case.refused
    if not words:
        return f"exit {ran.code}: {ran.said[-300:]}"
    return not_refused(ran, words) or ("refused after sampling" if ran.sampled and not case.stops else "")


def ended_well(case: Case, ran: Ran) -> str:
    try:
        if case.works and case.works(ran):
            return ""
        if case.errors and ran.verdicts["error"] == 8:
            reasons = [s["reason"] for s in ran.scores]
            if all(case.errors in r and not r.startswith("AttributeError") for r in reasons):
                return ""
            return f"eight errors, but the reason is {reasons[0]!r}"
        return f"exit 0, verdicts {ran.verdicts}; {ran.said[-200:]}"
    except Exception as e:  # noqa: BLE001 - whatever is missing, the run did not end well
        return f"exit 0, but {type(e).__name__}: {e}"


def not_refused(ran: Ran, words: str) -> str:
    """Why this is not a refusal in words that name ``words``, else an empty text."""
    if ran.code == 0:
        return "not refused"
    if raw := next((r for r in RAW if r in ran.said), ""):
        return f"exit {ran.code} with a raw {raw}: {ran.said[-300:]}"
    return (
        ""
        if words.lower() in ran.said.lower()
        else f"exit {ran.code} does not name {words!r}: {ran.said[-300:]}"
    )
