"""The report of a run: one static HTML file without scripts and without anything from elsewhere.

Works from ``file://``, light and dark as the reader's system asks. Model text is data: escaped, and a
content policy in the page forbids scripts and loads of any kind besides. The same run writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from verirs.report import sections
from verirs.report.html import el, raw
from verirs.report.rankers import rankers, samples
from verirs.report.traces import Traces
from verirs.system.files import write_text

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(
    name: str,
    summary: Mapping[str, Any],
    *,
    traces: Traces,
    rows: Mapping[str, int],
    origin: Mapping[str, Any],
) -> str:
    """The whole page.

    Args:
        name: of the run.
        summary: what :meth:`verirs.stats.Tally.summary` gave, with ``rankers`` where there are some.
        traces: the candidates to show.
        rows: written, by sink.
        origin: what was run: source, model, sampling, selection.
    """
    head = [
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{name}: verirs report"),
        el("style", raw((files("verirs.report") / "page.css").read_text(encoding="utf-8"))),
    ]
    body = [
        el("h1", name),
        el("p", _line(origin), class_="note"),
        sections.tiles(summary),
        sections.warnings(summary),
        sections.estimates(summary),
        sections.verdicts(summary),
        sections.selection(summary, rows),
        sections.gap(summary),
        sections.divergence(summary),
        rankers(summary),
        sections.overoptimization(summary),
        samples(traces),
        sections.origin(origin),
        el(
            "footer",
            "verirs: verifier-based rejection sampling. Figures as in summary.json beside this folder.",
        ),
    ]
    return "<!doctype html>\n" + el("html", el("head", head), el("body", el("main", body)), lang="en") + "\n"


def write_page(folder: Path, text: str) -> Path:
    """Write ``report/index.html`` under a run directory; returns its path."""
    path = folder / "report" / "index.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return path


def _line(origin: Mapping[str, Any]) -> str:
    told = [str(origin[key]) for key in ("problems", "model", "engine") if origin.get(key)]
    return " · ".join(told)
