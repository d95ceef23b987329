"""Random edits of a finished loop: whatever is shown afterwards is of the files that it stands beside.

    python benchmarks/iterate/edits.py OUT.json --edits 100

A loop of two rounds is made once (its trainer changes the weights a little, so its models differ). Each
edit changes a copy of it: a file or folder is deleted, cut, has a bit turned, is swapped with another
round's or replaced by it, becomes a link or an empty file; or the config is changed. Then the same command is
run. It has to refuse in words, or to end with figures that a fresh computation from the files beside them
gives, digit for digit.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.loop.loops import table
from verirs.errors import VerirsError
from verirs.loop import iterate
from verirs.loop.config import read
from verirs.loop.folder import Folder
from verirs.loop.measure import of_round
from verirs.loop.rounds import Round
from verirs.running.config import merge

CONFIGS: list[dict[str, Any]] = [
    {"seed": 1},
    {"prompts": 9},
    {"sample": {"sampling": {"temperature": 0.7}}},
    {"held_out": {"source": {"count": 9}}},
    {"train": {"mix": 2}},
    {"sample": {"n": 5}},
    {"rounds": 1},
    {"control": "random"},
    {"retire": 0.5},
    {"keep": "best+last"},
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    kinds: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    rows = []
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = os.environ.get("COMMIT") or subprocess.run(git, capture_output=True, text=True).stdout.strip()
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole" / "loop"
        iterate(table(whole, "other"))
        for number in range(args.edits):
            copy = Path(folder) / str(number) / "loop"
            shutil.copytree(whole, copy, symlinks=True)
            over: dict[str, Any] = {}
            kind, what, over = edit(copy, rng)
            end = outcome(copy, over)
            kinds[kind] += 1
            ends[end.split(":")[0]] += 1
            rows.append({"edit": kind, "what": what, "end": end[:300]})
            if end.startswith(("WRONG", "RAW")):
                wrong.append(f"{kind} {what}: {end}")
            shutil.rmtree(copy.parent)
            result = {
                "commit": commit,
                "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
                "edits": dict(kinds.most_common()),
                "ends": dict(ends.most_common()),
                "wrong": wrong,
                "rows": rows,
            }
            args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({k: v for k, v in result.items() if k != "rows"}, indent=1))


def edit(path: Path, rng: random.Random) -> tuple[str, str, dict[str, Any]]:
    """Change something in a loop's folder; the kind of edit, what was edited, and changes of the config."""
    files = sorted(
        p for p in path.rglob("*") if p.is_file() and not p.is_symlink() and p.name not in ("lock", "seen")
    )
    folders = sorted(p for p in path.rglob("*") if p.is_dir() and not p.is_symlink())
    kinds: dict[str, Callable[[], tuple[str, dict[str, Any]]]] = {
        "delete a file": lambda: _do(rng.choice(files), Path.unlink),
        "delete a folder": lambda: _do(rng.choice(folders), shutil.rmtree),
        "cut a file": lambda: _do(rng.choice(files), lambda p: os.truncate(p, p.stat().st_size // 2)),
        "empty a file": lambda: _do(rng.choice(files), lambda p: os.truncate(p, 0)),
        "turn a bit": lambda: _do(rng.choice(files), lambda p: _turn(p, rng)),
        "swap two rounds' parts": lambda: _pair(path, rng, swap=True),
        "put another round's part": lambda: _pair(path, rng, swap=False),
        "make a link": lambda: _do(rng.choice([*files, *folders]), _link),
        "delete two parts": lambda: _two(path, rng),
        "change the config": lambda: _config(rng),
    }
    kind = rng.choice(sorted(kinds))
    what, over = kinds[kind]()
    return kind, what, over


def _do(path: Path, change: Callable[[Path], Any]) -> tuple[str, dict[str, Any]]:
    change(path)
    return f"{path.parent.name}/{path.name}", {}


def _turn(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)


def _link(path: Path) -> None:
    aside = path.with_name(f"{path.name}.aside")
    path.rename(aside)
    path.symlink_to(aside.name)


def _parts(path: Path, rng: random.Random) -> tuple[Path, Path]:
    last = rng.choice(
        ["model", "held-out", "metrics.json", "distance.json", "data", "samples", "training.json"]
    )
    rounds = rng.sample([1, 2] if last in ("model", "data", "samples", "training.json") else [0, 1, 2], 2)
    one, two = (Round(path, i).path / last for i in rounds)
    return one, two


def _pair(path: Path, rng: random.Random, swap: bool) -> tuple[str, dict[str, Any]]:
    one, two = _parts(path, rng)
    if swap:
        aside = path / "aside"
        one.rename(aside)
        two.rename(one)
        aside.rename(two)
    else:
        shutil.rmtree(one) if one.is_dir() else one.unlink()
        shutil.copytree(two, one) if two.is_dir() else shutil.copy(two, one)
    return f"{one.parent.name} {two.parent.name}/{one.name}", {}


def _two(path: Path, rng: random.Random) -> tuple[str, dict[str, Any]]:
    number = rng.choice([1, 2])
    chosen = rng.sample(["model", "metrics.json", "distance.json", "held-out", "data"], 2)
    for last in chosen:
        part = Round(path, number).path / last
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    return f"round {number}: {', '.join(chosen)}", {}


def _config(rng: random.Random) -> tuple[str, dict[str, Any]]:
    over = rng.choice(CONFIGS)
    return json.dumps(over), over


def outcome(path: Path, over: dict[str, Any]) -> str:
    """How the same command ends: refused, or with figures that are, or are not, those of the files."""
    raw = merge(table(path, "other"), over)
    try:
        result = iterate(raw)
    except VerirsError as error:
        return f"refused: {error}"
    except Exception as error:  # noqa: BLE001 - a traceback is what is looked for
        return f"RAW: {type(error).__name__}: {error}"
    config, folder = read(raw), Folder(path)
    for metrics in result.rounds:
        fresh = of_round(config, folder, Round(path, metrics.round))
        for name in ("held_out", "kl", "samples", "training", "entropy", "model"):
            if getattr(fresh, name) != getattr(metrics, name):
                return f"WRONG: round {metrics.round}: {name} is not that of the files"
    if result.best and not Path(result.model).is_dir():
        return f"WRONG: the best model {result.model} is not there"
    return "shown"


if __name__ == "__main__":
    main()
