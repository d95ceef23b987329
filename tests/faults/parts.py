"""What strangers hand to a run: values that plugins return, odd texts, servers that misbehave, and signals to
its children."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import verirs
from tests.engines.faults import CASES
from tests.engines.weather import Case, fault_of
from tests.faults.world import (
    RAW,
    REFUSED,
    SURVIVED,
    WRONG,
    Outcome,
    Undisturbed,
    command,
    difference,
    drop,
    exported,
    make,
    must,
    raw,
)
from verirs.engines.openai import engine
from verirs.engines.openai import pool as reaching
from verirs.store import Store
from verirs.system.files import clean

# ---- plugins ----------------------------------------------------------------------------------------

SCORER = """
import decimal, fractions, math, sys
import numpy as np
from verirs import Score, Verdict

PASS, FAIL, ABSTAIN, ERROR = Verdict.PASS, Verdict.FAIL, Verdict.ABSTAIN, Verdict.ERROR

class Deep(dict): pass

def score(**fields):
    return Score(**{"scorer": "s", "version": "1", "verdict": Verdict.PASS, **fields})

class Mine:
    name, version = "mine", "VERSION"
    def score(self, items):
        if any(p.id == BAD for p, _ in items):
            if len(items) > 1:
                raise ValueError("one by one")
            return VALUE
        return [score() for _ in items]
    def close(self): ...
"""
GOOD = "[score()]"
RETURNED = (
    "None",
    "[]",
    "[None]",
    "[{}]",
    "['pass']",
    "[True]",
    "[1]",
    "[score(), score()]",
    "42",
    "'pass'",
    "(score() for _ in range(1))",
    "(1 / 0 for _ in range(1))",
    "[score(verdict='great')]",
    "[score(verdict=None)]",
    "[score(verdict=1)]",
    "[score(answer=4)]",
    "[score(reason=5)]",
    "[score(reason=b'x')]",
    "[score(version=3)]",
    "[score(scorer='\\ud800')]",
    "[score(value='1')]",
    "[score(value=float('nan'))]",
    "[score(value=float('inf'))]",
    "[score(value=10**400)]",
    "[score(value=1j)]",
    "[score(value=np.array([1, 2]))]",
    "[score(details={'a': {1}})]",
    "[score(details={1: object()})]",
    "[score(details=[1])]",
    "[score(details={'a': float('nan')})]",
    "[score(details={'a': '\\ud800' * 9})]",
    "[score(seconds='long')]",
    "[score(seconds=float('nan'))]",
    "[score(reason='\\x00\\x1b[31m\\u202e')]",
    "[score(reason='x' * 10**6)]",
    "[score(answer='\\udfff')]",
    "sys.exit(0)",
    "sys.exit('bye')",
    "exec('raise SystemExit')",
    "exec('raise MemoryError')",
    "exec('raise RecursionError')",
    "exec('raise StopIteration')",
    "exec('raise GeneratorExit')",
    "[Ellipsis]",
    "{}",
    "iter([score()])",
    "[score]",
    "exec('import os; os.environ.clear()') or [score()]",
    "np.zeros(1)",
    "[type('S', (), {'verdict': PASS})()]",
)
"""Expressions whose value a scorer returns, or that raise, for one of the problems."""


def plugins(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """A scorer of the user's that returns odd things for one problem, and is mended then."""
    good = undisturbed.world()
    bad = "-"

    def write(world: Path, value: str) -> None:
        code = SCORER.replace("BAD", repr(bad)).replace("VALUE", value)
        (world / "odd.py").write_text(code.replace("VERSION", "1" if value == GOOD else "0"))
        text = (good / "six.toml").read_text() if value else (world / "six.toml").read_text()
        if "odd.py" not in text:
            text = text.replace(
                "[scorer.math]", '[scorer.odd]\nplugin = "./odd.py:Mine"\n[limits]\nmax_errors = 1.0'
            )
        (world / "six.toml").write_text(text)

    write(good, GOOD)
    must(command(good, "run", "six.toml"))
    want = exported(good / "runs/r")
    bad = sorted(p.id for p in Store.open(good / "runs/r").problems())[3]
    for number in range(count):
        value, world = RETURNED[number % len(RETURNED)], undisturbed.world()
        write(world, value)
        ran = command(world, "run", "six.toml")
        if fault := raw(ran):
            yield Outcome("plugin return values", value, RAW, fault)
            continue
        write(world, GOOD)
        again = command(world, "run", "six.toml")
        how, why = (RAW, raw(again)) if raw(again) else (SURVIVED, "")
        if how == SURVIVED and _without_versions(exported(world / "runs/r")) != _without_versions(want):
            how, why = WRONG, f"the mended scorer's export differs: {again.said[-300:]}"
        yield Outcome("plugin return values", value, how, why)
        drop(world)


def _without_versions(files: dict[str, bytes]) -> list[object]:
    """Rows of the files; a scorer's version is a digest of its own text, which was another."""
    rows = [
        json.loads(line)
        for n, data in sorted(files.items())
        if n.endswith(".jsonl")
        for line in data.splitlines()
    ]
    return [{k: v for k, v in row.items() if k not in ("scores", "reason")} for row in rows]


# ---- texts ------------------------------------------------------------------------------------------

TEXTS = (
    "",
    " ",
    "\n",
    "\r\n",
    "\0",
    "\x00\x01\x02",
    "\ud800",
    "\udfff\ud800",
    "\u2028\u2029\x85",
    "\ufeff4",
    "4\ufeff",
    "\u202e4",
    "\x1b]0;owned\x07\x1b[31m",
    "[/foo] [red]x[/] [link=x]",
    "a" * 1_000_000,
    "\n" * 100_000,
    "é",
    "e\u0301",
    "\U0010ffff",
    "\uffff",
    "\ufffe",
    "𝟒",
    "null",
    '{"a": 1}',
    "}{",
    '"',
    "\\",
    "\\u0000",
    "%s %d",
    "{problem}",
    "'; --",
    "<script>alert(1)</script>",
    "---\n# yaml\n---",
    "| a | b |",
    "../../etc/passwd",
    "C:\\",
    "🏳️‍🌈" * 50,
    "ا" * 50,
    "\t",
    "0" * 5000,
    "\\boxed{" * 2000,
    "(" * 50_000,
    "1e999",
    "NaN",
    "#### 4",
    "\x7f",
    "\x9b31m",
    "a\rb",
    "\v\f",
    "\\boxed{\\frac{1}{}}",
    "$" * 999,
    "def f(:",
    "```python\n```",
    "<think>",
    "</s>",
    "<|endoftext|>",
    "\u00ad",
    "ı",
    "ß",
)


def texts(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """Completions, golds, prompts and ids of odd texts: what is exported is what was recorded."""
    for number in range(count):
        text = TEXTS[number % len(TEXTS)]
        world = undisturbed.world()
        problems: list[dict[str, str]] = [
            {"id": f"p {text[:200]}", "prompt": f"{text} 2+2?", "answer": "4"},
            {"prompt": "1+1?", "answer": "2"},
        ]
        problems[1]["id"] = "plain"
        rows = [
            {"problem_id": p["id"], "sample_index": i, "text": t}
            for p in problems
            for i, t in enumerate((text, "4"))
        ]
        for name, lines in (("p.jsonl", problems), ("c.jsonl", rows)):
            (world / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
        (world / "six.toml").write_text(
            'name = "r"\nn = 2\n[source]\nname = "file"\npath = "p.jsonl"\n'
            '[engine]\nname = "replay"\npath = "c.jsonl"\n'
            '[scorer.math]\n[export]\nsinks = ["sft", "rejects"]\nformats = ["jsonl", "parquet"]\n'
        )
        ran = command(world, "run", "six.toml")
        control = {c for c in ran.said if ord(c) < 32 and c != "\n"} | ({"\x9b", "\u202e"} & set(ran.said))
        if raw(ran) or control:
            how, why = RAW, raw(ran) or f"control characters {control!r} on the terminal"
        elif ran.code:
            how, why = REFUSED, ran.said[-300:]
        else:
            files = [world / f"runs/r/export/{name}.jsonl" for name in ("sft", "rejects")]
            told = [json.loads(line) for file in files for line in file.open()]
            found = {r["text"] if "text" in r else r["completion"][-1]["content"] for r in told}
            stored = [c.completion.text for g in Store.open(world / "runs/r").groups() for c in g.candidates]
            same = stored.count(clean(text)) >= 2 and clean(text) in found
            how, why = (SURVIVED, "") if same else (WRONG, f"exported {sorted(found)!r}"[:300])
        yield Outcome("odd texts", repr(text[:30]), how, why)
        drop(world)


# ---- servers ----------------------------------------------------------------------------------------


def servers(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """Whole runs against servers that misbehave; where nothing is lost, the export is the undisturbed one."""
    engine._FIRST_WAIT, reaching._FIRST_PROBE = 0.01, 0.01
    os.environ.pop("OPENAI_API_KEY", None)
    well = make(undisturbed.folder / "well")
    assert not fault_of(Case(id="well", kind="works"), well)
    want = _rows(well)
    for number in range(count):
        case = CASES[number % len(CASES)]
        world = undisturbed.world()
        fault = fault_of(case, world)
        how, why = (SURVIVED, "") if not fault else (RAW if "a raw" in fault else WRONG, fault[:300])
        whole = case.strikes == "once" and not case.options and not case.toml
        if not fault and whole and _rows(world) != want:
            how, why = WRONG, "the export differs from an undisturbed run's"
        yield Outcome("server behaviours", case.id, how, why)
        drop(world)


def _rows(world: Path) -> dict[str, bytes]:
    return {n: data for n, data in exported(world / "runs/r").items() if n.endswith(".parquet")}


# ---- signals ----------------------------------------------------------------------------------------

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGSTOP, signal.SIGHUP, signal.SIGINT)
CODE = """
name = "r"
n = 4
[source]
name = "file"
path = "p.jsonl"
[engine]
name = "replay"
path = "c.jsonl"
[scorer.code]
[export]
sinks = ["sft", "rejects"]
formats = ["jsonl"]
"""


def signals(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """A child of a run that judges programs gets a signal (stopped ones go on a moment later)."""
    problems, rows = [], []
    for k in range(12):
        key = f"c{k:02}"
        tests = f"assert f(2) == {2 + k}\nassert f(5) == {5 + k}"
        problems.append({"id": key, "prompt": f"def f(x):  # add {k}\n", "tests": tests, "entry_point": "f"})
        for i in range(4):
            rows.append(
                {"problem_id": key, "sample_index": i, "text": f"def f(x):\n    return x + {k + i % 2}\n"}
            )

    def prepared() -> Path:
        world = undisturbed.world()
        for name, lines in (("p.jsonl", problems), ("c.jsonl", rows)):
            (world / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
        (world / "six.toml").write_text(CODE)
        return world

    whole = prepared()
    begun = time.monotonic()
    assert _started(whole).wait(120) == 0
    length, want = time.monotonic() - begun, exported(whole / "runs/r")
    for number in range(count):
        world, number_of = prepared(), SIGNALS[number % len(SIGNALS)]
        process = _started(world)
        hit = _hit(process, number_of, rng, length)
        code = process.wait(120)
        said = " ".join((world / "said").read_text(errors="replace").split())
        for _ in range(3):
            if code == 0 or raw_said(said):
                break
            code = _started(world).wait(120)
            said += " ".join((world / "said").read_text(errors="replace").split())
        if raw_said(said):
            how, why = RAW, said[-400:]
        elif code == 0 and exported(world / "runs/r") == want:
            how, why = SURVIVED, ""
        elif code == 0 and (again := command(world, "score", "runs/r", "--errors")).code == 0:
            same = exported(world / "runs/r") == want
            how, why = (
                (SURVIVED, "")
                if same
                else (WRONG, difference(replace_want(undisturbed, want), world / "runs/r"))
            )
            why = why and f"{why}: {again.said[-200:]}"
        else:
            how, why = WRONG, f"exit {code}: {said[-300:]}"
        yield Outcome("signals to children", f"{number_of.name} to {hit}", how, why)
        drop(world)


def replace_want(undisturbed: Undisturbed, want: dict[str, bytes]) -> Undisturbed:
    """The same, with other files to compare with."""
    import copy

    other = copy.copy(undisturbed)
    other.want = want
    return other


def raw_said(said: str) -> str:
    return next((w for w in ("verirs: unexpected", "Traceback", "Fatal Python error") if w in said), "")


def _started(world: Path) -> subprocess.Popen[bytes]:
    here = str(Path(verirs.__file__).parents[1])
    with (world / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "verirs.cli", "run", "six.toml"],
            cwd=world,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])},
        )


def _hit(process: subprocess.Popen[bytes], number: signal.Signals, rng: random.Random, length: float) -> str:
    """Signal one of the process's children, or theirs, at some moment; which one."""
    end = time.monotonic() + length * (0.3 + 0.7 * rng.random())
    children: list[int] = []
    while process.poll() is None and not (children and time.monotonic() >= end):
        children = _below(process.pid)
        time.sleep(0.005)
    for pid in rng.sample(children, len(children)):
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            os.kill(pid, number)
            if number == signal.SIGSTOP:
                time.sleep(0.3)
                os.kill(pid, signal.SIGCONT)
        except OSError:
            continue
        return name
    return "nobody"


def _below(pid: int) -> list[int]:
    found, parents = [], {pid}
    rows = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                rows.append(
                    (int((entry / "stat").read_text().rpartition(")")[2].split()[1]), int(entry.name))
                )
            except (OSError, IndexError, ValueError):
                continue
    for _ in range(6):
        new = {child for parent, child in rows if parent in parents} - parents
        found += sorted(new)
        parents |= new
    return found
