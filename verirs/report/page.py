"""The report of a run: the viewer's overview as one HTML file, with its figures and a few samples in it.

Works from ``file://``, needs nothing from elsewhere, light and dark. What a model wrote is data
(:mod:`verirs.report.shell`). The same run writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verirs.records import RunSummary
from verirs.report import shell
from verirs.report.told import told
from verirs.report.traces import Traces
from verirs.system.files import write_text


def run_page(name: str, summary: RunSummary, traces: Traces) -> str:
    """The page of a run.

    Args:
        name: of the run.
        summary: of the run.
        traces: the candidates to show.
    """
    overview = {
        "name": name,
        "path": name,
        "summary": summary.to_json(),
        "told": told(summary),
        "shown": traces.shown(),
    }
    return one_file(name, {"runs": listed(runs=[name]), f"run/{name}": overview})


def listed(*, runs: list[str] | None = None, loops: list[str] | None = None) -> dict[str, Any]:
    """The list of runs and loops of a page that holds one."""
    return {"runs": [{"name": n} for n in runs or []], "loops": [{"name": n} for n in loops or []]}


def one_file(title: str, answers: Mapping[str, Any]) -> str:
    """A page that holds the answers to its own questions.

    Args:
        title: until the script sets its own.
        answers: by question, as :mod:`verirs.view.library` names them.
    """
    data = {question: shell.packed(answer) for question, answer in answers.items()}
    return shell.page(f"{title} · verirs", {"mode": "page", "data": data}, shell.policy())


def write_page(folder: Path, text: str) -> Path:
    """Write ``report/index.html`` under a run directory; returns its path."""
    path = folder / "report" / "index.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return path
