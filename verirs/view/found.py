"""Which runs and loops lie in the folders that are looked at, by a short name. Opens none of them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from verirs.errors import UserError

MOST_RUNS = 2_000


class NotThere(UserError):
    """A question that nothing here answers."""


def find(roots: Sequence[Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Runs and loops by a short name: the path below the folder that was given."""
    runs: dict[str, Path] = {}
    loops: dict[str, Path] = {}

    def look(path: Path, name: str, deep: int) -> None:
        if len(runs) >= MOST_RUNS:
            return
        if (path / "manifest.json").is_file() and (path / "groups").exists():
            runs[_free(name, runs, path)] = path
            return
        if (path / "loop.json").is_file():
            from verirs.loop.page import runs_of
            from verirs.loop.rounds import Round

            loops[_free(name, loops, path)] = path
            for number in range(1000):
                where = Round(path, number)
                if not where.path.is_dir():
                    break
                for part in runs_of(where):
                    look(part, f"{name}/round-{number:02}/{part.name}", 0)
            return
        if deep:
            for inner in sorted(path.iterdir()):
                if inner.is_dir() and not inner.name.startswith(".") and not inner.is_symlink():
                    look(inner, f"{name}/{inner.name}" if name else inner.name, deep - 1)

    for root in roots:
        whole = (root / "manifest.json").is_file() or (root / "loop.json").is_file()
        with contextlib.suppress(OSError):
            look(root, root.resolve().name if whole else "", 0 if whole else 2)
    return runs, loops


def _free(name: str, taken: dict[str, Path], path: Path) -> str:
    """The name, or, where another path has it, the first free one with a number."""
    found, number = name, 2
    while found in taken and taken[found] != path:
        found, number = f"{name} ({number})", number + 1
    return found
