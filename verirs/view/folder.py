"""The viewer as a folder: one page and its data in chunks, that work from a disk without any server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from verirs.errors import UserError
from verirs.report.shell import as_json, packed, page, policy
from verirs.system.files import write_text
from verirs.view.library import Library
from verirs.view.run import RunView

CHUNK = 512 << 10
"""Characters of JSON in a chunk, unpacked; one problem may be more."""
MARKER = "verirs-view"
"""In the first bytes of the page of such a folder."""


def write_folder(library: Library, out: Path, *, each: Callable[[str], None] = lambda line: None) -> Path:
    """Write the viewer of everything in a library; returns the page.

    Args:
        out: a folder, new, empty, or an earlier export.
        each: told of each run.

    Raises:
        UserError: the folder holds something else.
    """
    _claim(out)
    files: dict[str, str] = {}
    chunks: dict[str, Any] = {}

    def write(name: str, file: str, value: Any) -> None:
        _write(out / "data" / file, f"data/{file}", packed(value))
        files[name] = f"data/{file}"

    for number, name in enumerate(library.names):
        view, short = library.run(name), f"r{number}"
        each(f"{name}: {len(view.judge_all().ids):,} problems")
        write(f"run/{name}", f"{short}.js", view.overview())
        write(f"run/{name}/problems", f"{short}-problems.js", view.index().problems_json())
        write(f"run/{name}/samples", f"{short}-samples.js", view.index().samples_json())
        chunks[name] = {"file": f"data/{short}-", "starts": _chunks(view, out, short)}
    for number, name in enumerate(library.loops):
        write(f"loop/{name}", f"l{number}.js", library.loop(name))
    runs = library.names
    for number, other in enumerate(runs[1:6]):  # each with the first, as `verirs compare` does
        write(f"compare/{runs[0]}/{other}", f"x{number}.js", library.compared(runs[0], other))
    write("runs", "runs.js", library.listed())
    boot = {"mode": "folder", "files": files, "chunks": chunks}
    text = page("verirs", boot, policy("'self'", "file:"))
    write_text(out / "index.html", text.replace("<html", f"<!-- {MARKER} -->\n<html", 1))
    return out / "index.html"


def _chunks(view: RunView, out: Path, short: str) -> list[int]:
    """Write the problems; returns the first of each chunk."""
    index = view.index()
    starts: list[int] = []
    held: list[dict[str, Any]] = []
    size = 0

    def flush() -> None:
        nonlocal held, size
        if held:
            file = f"{short}-{len(starts) - 1}.js"
            _write(out / "data" / file, f"data/{file}", packed(held))
        held, size = [], 0

    if index.ids:
        for place, row in enumerate(view.problems(0, len(index.ids) - 1)):
            if not held:
                starts.append(place)
            held.append(row)
            size += len(as_json(row))
            if size >= CHUNK:
                flush()
    flush()
    return starts


def _write(path: Path, name: str, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, f'verirs("{name}","{text}")\n')


def _claim(out: Path) -> None:
    """Empty an earlier export's folder.

    Raises:
        UserError: it holds something else.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is no folder; give another --export")
    if not out.exists() or not any(out.iterdir()):
        return
    page_file = out / "index.html"
    if not page_file.is_file() or MARKER not in page_file.open(encoding="utf-8", errors="replace").read(200):
        raise UserError(f"{out} holds something that is no export of the viewer; give an empty folder")
    for file in (out / "data").glob("*.js"):
        file.unlink()
