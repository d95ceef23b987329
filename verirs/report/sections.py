"""What a report says about a whole run: counts, estimates, selection, the gap, KL, over-optimisation.

Each function makes one section from a summary (see :meth:`verirs.stats.Tally.summary`), or nothing where the
run has nothing to say there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from verirs.report.html import Html, el, table
from verirs.report.svg import Line, plot, stacked

Summary = Mapping[str, Any]
CURVES = {
    "pass@k": "any of k is right",
    "maj@k": "the majority of k is right",
    "weighted_maj@k": "the majority of k, weighted by the ranker, is right",
    "best@k": "the favourite of k of the ranker (the last in the stack) is right",
}
ENDS = ("selected", "found, not selected", "not found", "unknown")
NOTES = {
    "pass": "verified right",
    "fail": "verified wrong",
    "abstain": "could not be judged",
    "error": "judging broke; not counted as wrong",
}


def section(heading: str, note: str, *content: Any) -> Html:
    parts = [c for c in content if c]
    note_line = el("p", note, class_="note") if note else None
    return el("section", el("h2", heading), note_line, *parts) if parts else Html("")


def percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None or not math.isfinite(share) else f"{share:.{digits}%}"


def band(cell: Mapping[str, float] | None) -> Html | str:
    """A mean with its interval."""
    if not cell:
        return ""
    return el("span", percent(cell["mean"]), el("small", f" {percent(cell['low'])}–{percent(cell['high'])}"))


def tiles(summary: Summary) -> Html:
    """The figures to read first."""
    found: list[tuple[str, str, str]] = [
        ("problems", f"{summary['problems']:,}", f"{summary['problems_solved']:,} with a verified pass"),
        ("completions", f"{summary['completions']:,}", f"{summary['truncated']:,} cut off by max_tokens"),
        ("pass rate", percent(summary["pass_rate"]), "of the verified completions"),
    ]
    at = summary["pass@k"]["at"]
    if at and (largest := max(at, key=int)) != "1":
        text = f"95 % interval {percent(at[largest]['low'])}–{percent(at[largest]['high'])}"
        found.append((f"pass@{largest}", percent(at[largest]["mean"]), text))
    if "accepted" in summary:
        found.append(
            ("accepted", f"{summary['accepted']:,}", f"{percent(summary['acceptance'])} of the completions")
        )
        if summary["pairs"]:
            found.append(("pairs", f"{summary['pairs']:,}", "right over verified wrong"))
    boxes = [
        el("div", el("span", name), el("strong", value), el("small", note)) for name, value, note in found
    ]
    return el("div", boxes, class_="tiles")


def warnings(summary: Summary) -> Html:
    """What to know before trusting anything below."""
    said: list[str] = []
    verdicts, total = summary["verdicts"], max(1, summary["completions"])
    if verdicts["error"]:
        said.append(
            f"{verdicts['error']:,} verdicts ({verdicts['error'] / total:.1%}) are errors: judging broke. "
            "They are in no figure and no training file; run `verirs score RUN --errors` to judge them again."
        )
    if verdicts["abstain"] and "accepted_unverified" not in summary:
        said.append(f"{verdicts['abstain']:,} completions could not be judged and are in no figure.")
    if "accepted_unverified" in summary:
        error = summary["expected_error"]
        guess = "unknown" if error is None else f"{error:.1%}, if the ranker is calibrated"
        said.append(
            f"{summary['accepted_unverified']:,} accepted completions are unverified; "
            f"expected share of wrong ones: {guess}."
        )
    if summary["truncated"] / total > 0.05:
        said.append(
            f"{summary['truncated'] / total:.0%} of the completions were cut off by max_tokens: raise it."
        )
    said += summary["curves"]["warnings"]
    return el("ul", [el("li", line) for line in said], class_="warning") if said else Html("")


def estimates(summary: Summary) -> Html:
    """Curves with bands, and the table behind them."""
    names = [n for n in CURVES if summary.get(n, {}).get("at")]
    if not names:
        return Html("")
    curves = summary["curves"]["curves"]
    lines = [
        Line(n, summary["curves"]["k"], c["mean"], c["low"], c["high"], list(CURVES).index(n))
        for n, c in curves.items()
        if n in CURVES
    ]
    picture = plot(
        lines, title="Estimates by number of samples", x="k samples a problem", y="%", doubling=True
    )
    rows = [[k, *(band(summary[n]["at"].get(k)) for n in names)] for k in summary[names[0]]["at"]]
    meaning = el("ul", [el("li", el("b", n), f": {CURVES[n]} ({summary[n]['method']})") for n in names])
    note = (
        f"Means over {summary['problems_verified']:,} problems with verified completions; bands and small "
        "figures are 95 % bootstrap intervals over problems."
    )
    return section("Estimates", note, el("div", picture, meaning, class_="two"), table(["k", *names], rows))


def verdicts(summary: Summary) -> Html:
    """Verdicts, errors by type, and each scorer's part."""
    found = summary["verdicts"]
    total = max(1, sum(found.values()))
    counts = table(
        ["verdict", "", "completions", "share"],
        [[v, NOTES[v], f"{n:,}", percent(n / total)] for v, n in found.items()],
        words=2,
    )
    scorers = table(
        ["scorer", "version", *NOTES, "seconds"],
        [
            [s["scorer"], s["version"], *(f"{s[v]:,}" for v in NOTES), f"{s['seconds']:,.1f}"]
            for s in summary["scorers"]
        ],
        words=2,
    )
    errors = None
    if summary["errors"]:
        rows = [[kind, f"{n:,}"] for kind, n in summary["errors"].items()]
        errors = [el("h3", "Errors by type"), table(["error", "verdicts"], rows)]
    ranked = el("p", "A ranker abstains: it gives a number, no verdict.", class_="note")
    left, right = el("div", el("h3", "Completions"), counts), el("div", el("h3", "Scorers"), scorers, ranked)
    return section("Verdicts", "", el("div", left, right, class_="two"), errors)


def selection(summary: Summary, rows: Mapping[str, int]) -> Html:
    """What was accepted, what was written, and why the rest was not."""
    if "accepted" not in summary:
        return Html("")
    facts = [
        ["accepted", f"{summary['accepted']:,}", percent(summary["acceptance"])],
        ["problems with an accepted one", f"{summary['problems_accepted']:,}", ""],
        *([f"rows in {name}", f"{n:,}", ""] for name, n in rows.items()),
    ]
    total = max(1, summary["completions"])
    reasons = [[reason, f"{n:,}", percent(n / total)] for reason, n in summary["rejected"].items()]
    left = el("div", el("h3", "Accepted"), table(["", "number", "share"], facts))
    right = el("div", el("h3", "Rejected, by reason"), table(["reason", "completions", "share"], reasons))
    return section("Selection", "", el("div", left, right if reasons else None, class_="two"))


def gap(summary: Summary) -> Html:
    """Where the problems end: found or not, selected or not."""
    data = summary["curves"]
    shown = [i for i, k in enumerate(data["k"]) if k == data["k"][-1] or k & (k - 1) == 0]
    figures = []
    for name, ends in data["gap"].items():
        columns = [ends[key] for key in ("selected", "not_selected", "not_found", "unknown")]
        rows = [(str(data["k"][i]), [c[i] for c in columns]) for i in shown]
        lost = columns[1][-1]
        said = f"{name}: in {percent(lost)} of the problems a right one of k = {data['k'][-1]} is not taken."
        figures.append(el("div", el("p", said), stacked(rows, ENDS, title=f"Selection gap of {name}")))
    note = (
        "Shares of all problems, by k. Found but not selected: a better selector would help. Not found: only "
        "more samples or a better model would. Unknown: fewer than k verified samples."
    )
    return section("Selection gap", note, el("div", figures, class_="two") if figures else None)


def divergence(summary: Summary) -> Html:
    """KL from the policy."""
    data = summary["curves"]
    if not data["kl"]:
        return Html("")
    kl, k = data["kl"], data["k"]
    over = data["overoptimization"]
    lines = [
        Line("a verifier: one that passes of k (exact)", k, kl["verifier"], colour=0),
        Line("any ranker, at most: ln k − (k−1)/k", k, kl["bound"], colour=3, dashed=True),
    ]
    if over:
        lines.append(Line("this ranker (estimate)", over["k"], over["kl"], colour=1))
    picture = plot(lines, title="KL from the policy", x="k samples a problem", y="nats", doubling=True)
    said = [
        "How far the selected texts lie from what the model writes by itself, for one problem on average. "
        "It says nothing about a model trained on them."
    ]
    if kl["pass_only"] is not None:
        said.append(
            f"Keeping only what passes: {kl['pass_only']:.2f} nats (−ln of the pass rate), "
            f"over the {kl['pass_only_problems']:,} solved problems."
        )
    body = el("div", picture, el("div", [el("p", s) for s in said]), class_="two")
    return section("Distance from the policy", "KL divergence, in nats.", body)


def overoptimization(summary: Summary) -> Html:
    """The ranker's own score, the share right and the length of the best of k, against the distance."""
    over = summary["curves"]["overoptimization"]
    if not over or len(over["k"]) < 3:
        return Html("")
    distance = [math.sqrt(max(0.0, v)) for v in over["kl"]]
    figures = []
    for key, name, unit, colour in (
        ("gold", "share right", "%", 0),
        ("proxy", "the ranker's own score", "score", 1),
        ("length", "length", "characters", 2),
    ):
        lines = [Line(name, distance, over[key], colour=colour)]
        if fitted := over["fit"].get(key):
            start = over[key][0]
            line = [start + d * (fitted["alpha"] - fitted["beta"] * d) for d in distance]
            label = f"fit: α {fitted['alpha']:.3g}, β {fitted['beta']:.3g}"
            lines.append(Line(label, distance, line, colour=3, dashed=True))
        title = f"{name} of the ranker's best of k"
        figures.append(el("div", el("h3", name), plot(lines, title=title, x="√KL (√nats)", y=unit)))
    said = summary["curves"]["warnings"]
    words = (
        el("p", " ".join(said), class_="bad")
        if said
        else el("p", "No sign of over-optimisation up to this k.")
    )
    note = (
        f"Best of k by the ranker, k = 1 to {over['k'][-1]}, over the same {over['problems']:,} problems; "
        "fit d (α − β d), d = √KL (Gao et al. 2023). "
        "If the ranker's score rises while the share right falls, it is gamed."
    )
    return section("Over-optimisation", note, words, el("div", figures, class_="three"))


def origin(facts: Mapping[str, Any]) -> Html:
    """What was run."""
    return section(
        "Origin", "", table(["", ""], [[k, el("code", str(v))] for k, v in facts.items()], words=2)
    )
