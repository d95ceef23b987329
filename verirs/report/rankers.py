"""What a report says about each ranker and their blend (:mod:`verirs.reward.numbers.report`), and
the traces."""

from __future__ import annotations

from collections.abc import Sequence

from verirs.records import Interval, RankerSummary, RunSummary
from verirs.report.html import Html, el, table
from verirs.report.sections import band, percent, section
from verirs.report.svg import reliability
from verirs.report.traces import Trace, Traces


def rankers(summary: RunSummary) -> Html:
    """A part for each ranker: sentences, figures, reliability, difficulty."""
    missing = summary.rankers_missing
    parts = [_ranker(name, found) for name, found in summary.rankers.items()]
    said = el("p", missing, class_="bad") if missing else None
    return section("Rankers", "Judged by the verifiers' labels, which no ranker saw.", said, parts)


def _ranker(name: str, found: RankerSummary) -> Html:
    words = el("ul", [el("li", line) for line in found.words])
    figures = [
        ["candidates with a number", f"{found.with_number:,} of {found.candidates:,}"],
        ["labelled ones without a number", f"{found.without_number:,}"],
        ["labelled by a verifier", f"{found.labelled:,}, {found.right:,} of them right"],
        ["AUROC over all", _bounded(found.auroc, found.auroc_interval)],
        ["AUROC within problems", _bounded(found.auroc_within, found.auroc_within_interval)],
        ["reward accuracy (favourite right), ties lost / shared / won", _tops(found)],
        ["mean reciprocal rank of the first right one", _number(found.mrr)],
        ["ties within problems", percent(found.ties_within)],
    ]
    picture: Html | None = None
    if calibration := found.calibration:
        figures += [
            [f"calibration error ({found.method})", _number(calibration.ece)],
            ["Brier score", _number(calibration.brier)],
        ]
        title = f"Reliability of {name}"
        picture = el("div", el("h4", "Reliability"), reliability(calibration.bins, title=title))
    figures += [[_way(k, v, found), band(v)] for k, v in found.all_samples.items()]
    difficulty = None
    if found.by_difficulty:
        head = ["pass rate", "problems", "right above wrong", "best", "pass@1"]
        rows = [
            [
                "–".join(f"{v:.0%}" for v in d.pass_rate),
                f"{d.problems:,}",
                *map(percent, (d.pair_accuracy, d.best, d.pass_1)),
            ]
            for d in found.by_difficulty
        ]
        difficulty = [el("h4", "By difficulty of the problem"), table(head, rows)]
    left = el("div", table(["", ""], figures), difficulty)
    return el("div", el("h3", name), words, el("div", left, picture, class_="two"), class_="ranker")


def _way(name: str, cell: Interval, found: RankerSummary) -> str:
    """A way of choosing, with its number of problems where that is another one (some have no answers)."""
    most = max(v.problems for v in found.all_samples.values())
    return f"of all samples: {name.replace('_', ' ')}" + (
        f", of the {cell.problems:,} problems with answers" if cell.problems < most else ""
    )


def _bounded(value: float | None, interval: Interval | None) -> Html | str:
    if value is None or interval is None:
        return _number(value)
    return el("span", _number(value), el("small", f" {interval.low:.3f}–{interval.high:.3f}"))


def _tops(found: RankerSummary) -> str:
    best = found.all_samples.get("best")
    return " / ".join(map(percent, (found.top_strict, best.mean if best else None, found.top_lenient)))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def samples(traces: Traces) -> Html:
    """The traces, in full."""
    shown = [*_traces("accepted", traces.accepted), *_traces("rejected", traces.rejected)]
    return section("Sample traces", "As the model wrote them; what is invisible is shown by its code.", shown)


def _traces(word: str, found: Sequence[Trace]) -> list[Html]:
    return [_trace(word, t) for t in found]


def _trace(word: str, trace: Trace) -> Html:
    reason = f", {trace.reason}" if trace.reason else ""
    cut = ", cut off by max_tokens" if trace.finish_reason == "length" else ""
    head = el(
        "header",
        el("b", f"{word}{reason}", class_=word),
        el("span", f" {trace.problem_id}, sample {trace.index}{cut}"),
    )
    rows = [
        [
            s["scorer"],
            s["verdict"],
            "" if s["value"] is None else f"{s['value']:.4g}",
            "" if s["answer"] is None else el("code", s["answer"]),
            s["reason"],
        ]
        for s in trace.scores
    ]
    said = table(["scorer", "verdict", "value", "answer", "reason"], rows, words=5) if rows else None
    return el(
        "article",
        head,
        el("details", el("summary", "prompt"), el("pre", trace.prompt, dir="auto")),
        el("pre", trace.text, dir="auto"),
        said,
    )
