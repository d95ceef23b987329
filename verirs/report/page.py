"""The report of a run: one static HTML file without scripts and without anything from elsewhere.

Works from ``file://``, light and dark as the reader's system asks. Model text is data: escaped, and a
content policy in the page forbids scripts and loads of any kind besides. The same run writes the same bytes.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from verirs.records import Origin, RunSummary
from verirs.report import sections
from verirs.report.html import el, raw
from verirs.report.rankers import rankers, samples
from verirs.report.traces import Traces
from verirs.system.files import write_text

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(name: str, summary: RunSummary, traces: Traces) -> str:
    """The whole page.

    Args:
        name: of the run.
        summary: of the run.
        traces: the candidates to show.
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
        el("p", _line(summary.origin), class_="note"),
        sections.tiles(summary),
        sections.warnings(summary),
        sections.until(summary),
        sections.estimates(summary),
        sections.gains(summary),
        sections.problems(summary),
        sections.verdicts(summary),
        sections.selection(summary),
        sections.gap(summary),
        sections.divergence(summary),
        rankers(summary),
        sections.overoptimization(summary),
        samples(traces),
        sections.origin(summary.origin),
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


def _line(origin: Origin) -> str:
    told = (origin.problems, origin.model.get("model"), origin.engine)
    return " · ".join(str(t) for t in told if t)
