"""The house itself: imports run downward only, without a circle; no room without a sign, no file too long."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "verirs"
ROOMS = [
    *(
        "version",
        "types",
        "errors",
        "thoughts",
        "protocols",
        "system",
        "records",
        "store",
        "parts",
        "math",
        "sandbox",
        "code",
        "stats",
    ),
    *(
        "select",
        "curation",
        "until",
        "engines",
        "sinks",
        "sources",
        "reward",
        "scorers",
        "cluster",
        "report",
        "running",
        "publishing",
        "grading",
        "hooks",
        "answering",
        "serve",
        "testing",
    ),
    *("loop", "iterate", "bench", "demo", "view", "cli"),
]
"""From the lowest to the highest: a room may import those before it, lazily or for types alone too."""


def modules() -> dict[str, Path]:
    def name(path: Path) -> str:
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    return {name(path): path for path in PACKAGE.rglob("*.py")}


def imports(known: dict[str, Path]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in known}
    for name, path in known.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "verirs":
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                found[name] |= {n if n in known else str(node.module) for n in names}
            elif isinstance(node, ast.Import):
                found[name] |= {a.name for a in node.names if a.name in known}
    return found


def test_imports_run_downward_only() -> None:
    def room(module: str) -> str:
        return module.split(".")[1]

    known = modules()
    assert {room(m) for m in known if m != "verirs"} == set(ROOMS)
    upward = [
        f"{here} imports {there}"
        for here, others in imports(known).items()
        for there in others
        if "." in here
        if "." not in there or ROOMS.index(room(here)) < ROOMS.index(room(there))
    ]
    assert not upward


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {here: {t for t in others if t != here} for here, others in imports(modules()).items()}
    assert list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, naming the circle


def test_every_file_says_what_it_is_for_and_is_short() -> None:
    for path in modules().values():
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), f"{path}: no docstring"
        assert text.count("\n") <= 450, f"{path}: {text.count(chr(10))} lines"
        assert "TODO" not in text, path
