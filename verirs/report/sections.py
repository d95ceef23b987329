"""What a report says about a whole run: counts, estimates, selection, the gap, KL, over-optimisation.

Each function makes one section from a summary (:class:`verirs.records.RunSummary`), or nothing where the
run has nothing to say there.
"""

from __future__ import annotations

import math
from typing import Any

from verirs.curation import told
from verirs.records import Band, Origin, RunSummary
from verirs.report.html import Html, el, table
from verirs.report.svg import Line, plot, stacked
from verirs.stats import overoptimization as shape
from verirs.types import Verdict
from verirs.until.words import cost_told, until_told

CURVES = {
    "pass@k": "any of k is right",
    "maj@k": "the majority of k is right",
    "weighted_maj@k": "the majority of k, weighted by the ranker, is right",
    "best@k": "the favourite of k of the ranker (the last in the stack) is right",
}
GAINED = {
    "pass@k": "a verifier (pass@k)",
    "maj@k": "votes (maj@k)",
    "weighted_maj@k": "votes that the ranker weighs (weighted_maj@k)",
    "best@k": "the ranker (best@k)",
}
"""How each figure selects; the same names as :data:`CURVES`."""
ENDS = ("selected", "found, not selected", "not found", "unknown")
NOTES = {
    Verdict.PASS: "verified right",
    Verdict.FAIL: "verified wrong",
    Verdict.ABSTAIN: "could not be judged",
    Verdict.ERROR: "judging broke; not counted as wrong",
}


def section(heading: str, note: str, *content: Any) -> Html:
    parts = [c for c in content if c]
    note_line = el("p", note, class_="note") if note else None
    return el("section", el("h2", heading), note_line, *parts) if parts else Html("")


def percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None or not math.isfinite(share) else f"{share:.{digits}%}"


def band(cell: Band | None) -> Html | str:
    """A mean with its interval."""
    if not cell:
        return ""
    return el("span", percent(cell.mean), el("small", f" {percent(cell.low)}–{percent(cell.high)}"))


def problems(summary: RunSummary) -> Html:
    """What became of the problems on their way to the files."""
    found = summary.curation
    if found is None or not told.lines(found):
        return Html("")
    note = (
        "What was left after each step; rows are accepted candidates. All of it: the file problems.parquet."
    )
    shown = [told.funnel(found), told.contamination(found), told.worst(found), told.conflicts(found)]
    return section("Problems", note, *(table(head, rows) for head, rows in shown if rows))


def tiles(summary: RunSummary) -> Html:
    """The figures to read first."""
    found: list[tuple[str, str, str]] = [
        ("problems", f"{summary.problems:,}", f"{summary.problems_solved:,} with a verified pass"),
        ("completions", f"{summary.completions:,}", f"{summary.truncated:,} cut off by max_tokens"),
        (
            "pass rate",
            percent(summary.pass_rate),
            "mean over problems" if summary.until else "of the verified completions",
        ),
    ]
    at = summary.estimates["pass@k"].at
    if (largest := max(at, default=1)) > 1:
        text = f"95 % interval {percent(at[largest].low)}–{percent(at[largest].high)}"
        found.append((f"pass@{largest}", percent(at[largest].mean), text))
    if taken := summary.selection:
        found.append(("accepted", f"{taken.accepted:,}", f"{percent(taken.acceptance)} of the completions"))
        if cost := cost_told(summary):
            found.append(("an accepted trace took", cost.partition(",")[0], cost.partition(", ")[2]))
        if taken.pairs:
            found.append(("pairs", f"{taken.pairs:,}", "right over verified wrong"))
    boxes = [
        el("div", el("span", name), el("strong", value), el("small", note)) for name, value, note in found
    ]
    return el("div", boxes, class_="tiles")


def warnings(summary: RunSummary) -> Html:
    """What to know before trusting anything below."""
    said: list[str] = []
    total = max(1, summary.completions)
    errors, abstained = (summary.verdicts[v] for v in (Verdict.ERROR, Verdict.ABSTAIN))
    unverified = summary.selection.unverified if summary.selection else 0
    if errors:
        said.append(
            f"{errors:,} verdicts ({errors / total:.1%}) are errors: judging broke. "
            "They are in no figure and no training file; run `verirs score RUN --errors` to judge them again."
        )
    if abstained and not unverified:
        said.append(f"{abstained:,} completions could not be judged and are in no figure.")
    if summary.selection and unverified:
        error = summary.selection.expected_error
        guess = "unknown" if error is None else f"{error:.1%}, if the ranker is calibrated"
        said.append(
            f"{unverified:,} accepted completions are unverified; expected share of wrong ones: {guess}."
        )
    if summary.truncated / total > 0.05:
        said.append(
            f"{summary.truncated / total:.0%} of the completions were cut off by max_tokens: raise it."
        )
    said += summary.curves.warnings
    return el("ul", [el("li", line) for line in said], class_="warning") if said else Html("")


def estimates(summary: RunSummary) -> Html:
    """Curves with bands, and the table behind them."""
    found = {name: e for name, e in summary.estimates.items() if e.at}
    if not found:
        return Html("")
    curves = summary.curves
    lines = [
        Line(name, curves.k, c.mean, c.low, c.high, list(CURVES).index(name))
        for name, c in curves.estimates.items()
    ]
    picture = plot(
        lines, title="Estimates by number of samples", x="k samples a problem", y="%", doubling=True
    )
    rows = [[k, *(band(e.at.get(k)) for e in found.values())] for k in found["pass@k"].at]
    meaning = el("ul", [el("li", el("b", n), f": {CURVES[n]} ({e.method})") for n, e in found.items()])
    note = (
        f"Means over {summary.problems_verified:,} problems with verified completions; bands and small "
        "figures are 95 % intervals over problems."
    )
    return section("Estimates", note, el("div", picture, meaning, class_="two"), table(["k", *found], rows))


def until(summary: RunSummary) -> Html:
    """Where the problems stopped, and by what the estimates are made."""
    found = summary.until
    if found is None:
        return Html("")
    said = el("ul", [el("li", line) for line in until_told(summary)])
    rows = [[why, f"{n:,}", percent(n / max(1, summary.problems))] for why, n in found.stops.items()]
    rounds = f"{found.rounds:.2f} rounds a problem, at most {found.most_rounds}."
    stops = table(["stopped", "problems", "share"], rows)
    return section("Sampled until enough", rounds, el("div", said, stops, class_="two"))


def gains(summary: RunSummary) -> Html:
    """How much of what more samples can bring comes with few of them, and the distance it costs."""
    curves = summary.curves
    passes = curves.estimates.get("pass@k")
    if passes is None or curves.kl is None:
        return Html("")
    same = [i for i, k in enumerate(curves.k) if passes.problems[i] == passes.problems[0] and not k & (k - 1)]
    last = next((i for i in reversed(range(len(curves.k))) if passes.problems[i] == passes.problems[0]), 0)
    reach = passes.mean[last] - passes.mean[0]
    if last == 0 or reach <= 0:
        return Html("")
    ks = sorted({*same, last})
    named = [(name, c) for name, c in curves.estimates.items()]
    rows = [
        [
            curves.k[i],
            *(percent((c.mean[i] - passes.mean[0]) / reach, 0) for _, c in named),
            f"{curves.kl.verifier[i]:.2f}",
            f"{curves.kl.bound[i]:.2f}",
        ]
        for i in ks
    ]
    by = ", ".join(GAINED[name] for name, _ in named)
    note = (
        f"Of the {100 * reach:.1f} points from pass@1 to pass@{curves.k[last]}, the share that selecting "
        f"among k samples gets: by {by}. KL: what a verifier's choice costs, and what best-of-k by any "
        "number does not exceed."
    )
    head = ["k", *(name for name, _ in named), "KL, verifier", "KL, bound"]
    return section("Share of the gain", note, table(head, rows))


def verdicts(summary: RunSummary) -> Html:
    """Verdicts, errors by type, and each scorer's part."""
    found = summary.verdicts
    total = max(1, sum(found.values()))
    counts = table(
        ["verdict", "", "completions", "share"],
        [[v, NOTES[v], f"{n:,}", percent(n / total)] for v, n in found.items()],
        words=2,
    )
    scorers = table(
        ["scorer", "version", *NOTES, "seconds"],
        [
            [s.scorer, s.version, *(f"{s.verdicts[v]:,}" for v in NOTES), f"{s.seconds:,.1f}"]
            for s in summary.scorers
        ],
        words=2,
    )
    errors = None
    if summary.errors:
        rows = [[kind, f"{n:,}"] for kind, n in summary.errors.items()]
        errors = [el("h3", "Errors by type"), table(["error", "verdicts"], rows)]
    only = any(
        s.verdicts[Verdict.ABSTAIN] and sum(s.verdicts.values()) == s.verdicts[Verdict.ABSTAIN]
        for s in summary.scorers
    )
    ranked = el("p", "A ranker abstains: it gives a number, no verdict.", class_="note") if only else None
    left, right = el("div", el("h3", "Completions"), counts), el("div", el("h3", "Scorers"), scorers, ranked)
    return section("Verdicts", "", el("div", left, right, class_="two"), errors)


def selection(summary: RunSummary) -> Html:
    """What was accepted, what was written, and why the rest was not."""
    taken = summary.selection
    if taken is None:
        return Html("")
    facts = [
        ["accepted", f"{taken.accepted:,}", percent(taken.acceptance)],
        ["problems with an accepted one", f"{taken.problems_accepted:,}", ""],
        *([f"rows in {name}", f"{n:,}", ""] for name, n in summary.rows.items()),
    ]
    total = max(1, summary.completions)
    reasons = [[reason, f"{n:,}", percent(n / total)] for reason, n in taken.rejected.items()]
    left = el("div", el("h3", "Accepted"), table(["", "number", "share"], facts))
    right = el("div", el("h3", "Rejected, by reason"), table(["reason", "completions", "share"], reasons))
    return section("Selection", "", el("div", left, right if reasons else None, class_="two"))


def gap(summary: RunSummary) -> Html:
    """Where the problems end: found or not, selected or not."""
    ks = summary.curves.k
    shown = [i for i, k in enumerate(ks) if k == ks[-1] or k & (k - 1) == 0]
    figures = []
    for name, ends in summary.curves.gap.items():
        columns = (ends.selected, ends.not_selected, ends.not_found, ends.unknown)
        rows = [(str(ks[i]), [c[i] for c in columns]) for i in shown]
        lost = ends.not_selected[-1]
        said = f"{name}: in {percent(lost)} of the problems a right one of k = {ks[-1]} is not taken."
        figures.append(el("div", el("p", said), stacked(rows, ENDS, title=f"Selection gap of {name}")))
    note = (
        "Shares of all problems, by k. Found but not selected: a better selector would help. Not found: only "
        "more samples or a better model would. Unknown: fewer than k verified samples."
    )
    return section("Selection gap", note, el("div", figures, class_="two") if figures else None)


def divergence(summary: RunSummary) -> Html:
    """KL from the policy."""
    kl, k, over = summary.curves.kl, summary.curves.k, summary.curves.overoptimization
    if kl is None:
        return Html("")
    lines = [
        Line("a verifier: one that passes of k (exact)", k, kl.verifier, colour=0),
        Line("any ranker, at most: ln k − (k−1)/k", k, kl.bound, colour=3, dashed=True),
    ]
    if over:
        lines.append(Line("this ranker (estimate)", over.k, over.kl, colour=1))
    picture = plot(lines, title="KL from the policy", x="k samples a problem", y="nats", doubling=True)
    said = [
        "How far the selected texts lie from what the model writes by itself, for one problem on average. "
        "It says nothing about a model trained on them."
    ]
    if kl.pass_only is not None:
        said.append(
            f"Keeping only what passes: {kl.pass_only:.2f} nats (−ln of the pass rate), "
            f"over the {kl.pass_only_problems:,} solved problems."
        )
    body = el("div", picture, el("div", [el("p", s) for s in said]), class_="two")
    return section("Distance from the policy", "KL divergence, in nats.", body)


def overoptimization(summary: RunSummary) -> Html:
    """The ranker's own score, the share right and the length of the best of k, against the distance."""
    over = summary.curves.overoptimization
    if over is None or len(over.k) < 3:
        return Html("")
    distance = [math.sqrt(max(0.0, v)) for v in over.kl]
    figures = []
    for column, fitted, name, unit, colour in (
        (over.gold, over.fit.get("gold"), "share right", "%", 0),
        (over.proxy, over.fit.get("proxy"), "the ranker's own score", "score", 1),
        (over.length, None, "length", "characters", 2),
    ):
        lines = [Line(name, distance, column, colour=colour)]
        if fitted:
            line = [column[0] + fitted.gain(d) for d in distance]
            label = f"fit: α {fitted.alpha:.3g}, β {fitted.beta:.3g}"
            lines.append(Line(label, distance, line, colour=3, dashed=True))
        title = f"{name} of the ranker's best of k"
        figures.append(el("div", el("h3", name), plot(lines, title=title, x="√KL (√nats)", y=unit)))
    warned = shape.warning(over.turn) if over.turn else ""
    words: Html | None = None
    if over.turn:
        words = el("p", warned, class_="bad") if warned else el("p", shape.reassurance(over.turn))
    note = (
        f"Best of k by the ranker, k = 1 to {over.k[-1]}, over the same {over.problems:,} problems; "
        "fit d (α − β d), d = √KL (Gao et al. 2023). "
        "If the ranker's score rises while the share right falls, it is gamed."
    )
    return section("Over-optimisation", note, words, el("div", figures, class_="three"))


def origin(found: Origin) -> Html:
    """What was run."""
    rows = [[name, el("code", str(value))] for name, value in found.told()]
    head, runs = found.runs()
    mixed = table(list(head), [[str(v) for v in run] for run in runs], words=4) if runs else None
    return section("Origin", found.reproducible, table(["", ""], rows, words=2), mixed)
