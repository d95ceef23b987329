"""What people see of a loop: a line when a round ends, a table, a plot, traces before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from verirs.loop.rounds import Round, write_json
from verirs.loop.stopping import Decision, distance
from verirs.records import Band, RoundMetrics
from verirs.report.narrow import Grid, sentence
from verirs.store import Store
from verirs.system.files import write_text
from verirs.types import Group, Verdict, to_json

BAR = 40


def table(rounds: Sequence[RoundMetrics], best: int) -> Grid:
    """One row a round; intervals are 95 % over problems."""
    n = rounds[0].held_out.n
    head = ("round", "pass@1", f"pass@{n}", f"maj@{n}", "rows", "loss", "KL", "length")
    return Grid(head=head, rows=cells(rounds, best), title="held-out problems after each round")


LEGEND = (
    "rows: trained on; loss: of the training, first -> last; KL: nats a completion from the base model; "
    "length: characters a completion"
)


def cells(rounds: Sequence[RoundMetrics], best: int) -> list[list[str]]:
    rows = []
    for metrics in rounds:
        judged = metrics.held_out
        last = metrics.training[-1] if metrics.training else {}
        kl = distance(metrics)
        rows.append(
            [
                f"{metrics.round}{' (best)' if metrics.round == best and len(rounds) > 1 else ''}",
                _with_half(judged.pass_1),
                _mean(judged.pass_n),
                _mean(judged.maj_n),
                "" if "rows" not in last else f"{last['rows']:,}",
                _losses(last),
                "" if kl is None else f"{kl:.2f}",
                "" if judged.characters is None else f"{judged.characters:.0f}",
            ]
        )
    return rows


def _with_half(value: Band | None) -> str:
    """A mean and half the width of its interval."""
    return f"{value.mean:.3f} ±{(value.high - value.low) / 2:.3f}" if value else "-"


def _mean(value: Band | None) -> str:
    return f"{value.mean:.3f}" if value else "-"


def _losses(stage: Mapping[str, Any]) -> str:
    first, last = stage.get("first_loss"), stage.get("last_loss")
    return "" if first is None or last is None else f"{first:.3g} -> {last:.3g}"


def interval(value: Band | None) -> str:
    return f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]" if value else "-"


def line(metrics: RoundMetrics) -> str:
    """A round's end: what it was trained on and how it does; what should be looked at, loudly."""
    judged = metrics.held_out
    parts = [f"round {metrics.round} done: pass@1 {interval(judged.pass_1)}"]
    for name, value in ((f"pass@{judged.n}", judged.pass_n), (f"maj@{judged.n}", judged.maj_n)):
        if value:
            parts.append(f"{name} {value.mean:.3f}")
    if metrics.round and (kl := distance(metrics)) is not None:
        parts.append(f"KL {kl:.2f} nats")
    if samples := metrics.samples:
        passed = "" if samples.pass_rate is None else f", {samples.pass_rate:.0%} passed"
        hinted = f", {samples.hinted:,} more by a hint" if samples.hinted else ""
        parts.append(f"{samples.accepted:,} kept of {samples.completions:,}{passed}{hinted}")
    for stage in metrics.training:
        if "steps" in stage:
            rate = f" at {stage['learning_rate']:g}" if "learning_rate" in stage else ""
            done = f"{stage['stage']} {stage['rows']:,} rows, {stage['steps']} steps{rate}"
            parts.append(f"{done}, loss {_losses(stage)}")
    if reward := metrics.reward_model:
        before, after = ("-" if v is None else f"{v:.3f}" for v in (reward.auroc_before, reward.auroc_after))
        low = "" if reward.auroc_low is None else f", at least {reward.auroc_low:.3f} within a problem"
        parts.append(f"reward model AUROC {before} -> {after} on {reward.judged_problems} problems{low}")
    for name, watched in metrics.watched.items():
        parts.append(f"{name} {interval(watched.pass_1)}")
    return "\n".join(["  ".join(parts), *(f"LOOK: {note}" for note in metrics.notes)])


def ending(
    rounds: Sequence[RoundMetrics], decision: Decision, stopped: str, path: Path, model: str, console: Console
) -> None:
    """Where a loop ended: the table, what may be said, where the files are."""
    console.print(table(rounds, decision.best))
    for text in (
        LEGEND,
        "",
        decision.gain_told,
        *(f"look: {warning}" for warning in decision.warnings),
        f"stopped: {stopped}. Best round: {decision.best}.",
        f"model: {model}",
        f"report: {path / 'report.md'}",
    ):
        sentence(console, text)


def plot(rounds: Sequence[RoundMetrics]) -> str:
    """pass@1 of each round as a bar, its interval in lighter shade, pass@n as a mark."""
    n = rounds[0].held_out.n
    lines = []
    for metrics in rounds:
        judged = metrics.held_out
        one, many = judged.pass_1, judged.pass_n
        if not one or not many:
            continue
        bar = [
            "█" if (i + 0.5) / BAR <= one.low else "▒" if (i + 0.5) / BAR <= one.high else " "
            for i in range(BAR)
        ]
        where = min(BAR - 1, int(many.mean * BAR))
        bar[where] = "│"
        lines.append(f"round {metrics.round:>2} {''.join(bar)} {one.mean:.3f}")
    legend = f"█▒ pass@1 with its interval, │ pass@{n}"
    return "\n".join([*lines, f"         0{' ' * (BAR - 2)}1", f"         {legend}"])


def svg(rounds: Sequence[RoundMetrics]) -> str:
    """pass@1, maj@n and pass@n over the rounds, with intervals, as a small SVG drawing."""
    width, height, left, top, right, bottom = 480, 300, 48, 16, 110, 36
    last = max(1, len(rounds) - 1)

    def x(number: float) -> float:
        return left + (width - left - right) * number / last

    def y(share: float) -> float:
        return top + (height - top - bottom) * (1 - share)

    n = rounds[0].held_out.n
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(
            f'<path d="M{left} {y(share):.1f}H{width - right}" stroke="#ddd"/>'
            f'<text x="{left - 6}" y="{y(share) + 4:.1f}" text-anchor="end">{share:g}</text>'
        )
    for number in range(len(rounds)):
        parts.append(f'<text x="{x(number):.1f}" y="{height - 14}" text-anchor="middle">{number}</text>')
    parts.append(f'<text x="{(left + width - right) / 2}" y="{height - 1}" text-anchor="middle">round</text>')
    judged = [r.held_out for r in rounds]
    curves = (
        ("pass@1", "#1b6ca8", [j.pass_1 for j in judged]),
        (f"maj@{n}", "#c2702c", [j.maj_n for j in judged]),
        (f"pass@{n}", "#5a8f3c", [j.pass_n for j in judged]),
    )
    taken: list[float] = []
    for label, colour, values in curves:
        points = [(i, value) for i, value in enumerate(values) if value]
        if not points:
            continue
        path = "L".join(f"{x(i):.1f} {y(v.mean):.1f}" for i, v in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for i, v in points:
            parts.append(
                f'<path d="M{x(i):.1f} {y(v.low):.1f}V{y(v.high):.1f}" stroke="{colour}"/>'
                f'<circle cx="{x(i):.1f}" cy="{y(v.mean):.1f}" r="3" fill="{colour}"/>'
            )
        at = y(points[-1][1].mean)
        while any(abs(at - other) < 14 for other in taken):
            at += 14
        taken.append(at)
        parts.append(
            f'<text x="{width - right + 10}" y="{at + 4:.1f}" fill="{colour}">'
            f"{label} {points[-1][1].mean:.3f}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


PAIRS = 20
"""Problems whose first sample is kept before and after."""


def pairs(before: Iterable[Group], after: Iterable[Group], count: int = PAIRS) -> list[dict[str, Any]]:
    """The first sample of problems before and after: those that got better, then those that got worse."""
    later = {g.problem.id: g for g in after if g.candidates}
    both = [(g, later[g.problem.id]) for g in before if g.problem.id in later and g.candidates]

    def gain(pair: tuple[Group, Group]) -> int:
        a, b = (g.candidates[0].verdict is Verdict.PASS for g in pair)
        return int(a) - int(b)

    both.sort(key=gain)
    worse = [p for p in both if gain(p) > 0][-count // 4 :]
    better = both[: count - len(worse)]
    return [_pair(a, b) for a, b in [*better, *(p for p in worse if p not in better)]]


def _pair(a: Group, b: Group) -> dict[str, Any]:
    def side(group: Group) -> dict[str, Any]:
        first = group.candidates[0]
        return {"verdict": str(first.verdict), "text": first.completion.text, "answer": first.answer}

    question = " ".join(m["content"] for m in a.problem.prompt if m["role"] == "user")
    return {
        "id": a.problem.id,
        "question": question,
        "gold": a.problem.answer,
        "before": side(a),
        "after": side(b),
    }


def traces(before: Sequence[Group], after: Sequence[Group], count: int = 3) -> str:
    """A few of :func:`pairs` as text."""
    out = []
    for pair in pairs(before, after, count):
        out.append(f"{pair['question']}  (answer: {pair['gold']})")
        for name in ("before", "after"):
            out.append(f"  {name:6}  {pair[name]['verdict']:7} {' '.join(pair[name]['text'].split())}")
    return "\n".join(out)


def report(rounds: Sequence[RoundMetrics], decision: Decision, stopped: str) -> str:
    """The loop in Markdown."""
    n = rounds[0].held_out.n
    head = [
        "round",
        "pass@1",
        f"pass@{n}",
        f"maj@{n}",
        "rows",
        "loss",
        "KL",
        "length",
        "tokens",
        "seconds",
        "GPU seconds",
    ]
    watched = sorted({name for r in rounds for name in r.watched})
    rows = []
    for metrics, row in zip(rounds, cells(rounds, decision.best), strict=True):
        spent = sum(metrics.seconds.values())
        more = [f"{metrics.tokens:,}", f"{spent:.0f}", f"{spent * metrics.gpus:.0f}" if metrics.gpus else "-"]
        rows.append(
            [
                *row,
                *more,
                *(interval(metrics.watched[w].pass_1) if w in metrics.watched else "-" for w in watched),
            ]
        )
    head += [f"{name} (watched)" for name in watched]
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    said = [decision.gain_told] if decision.gain_told else []
    state = f"Stopped: {stopped}." if stopped else "It goes on."
    notes = [
        f"{state} Best round: {decision.best}.",
        *said,
        *(f"Look at this: {w}" for w in decision.warnings),
    ]
    legend = f"{LEGEND}. Intervals are 95 % over problems. Watched problems choose nothing."
    return "\n\n".join(
        [
            "# Rounds",
            "\n".join(lines),
            legend,
            *notes,
            "![held-out problems after each round](progress.svg)\n",
        ]
    )


def data(path: Path, rounds: Sequence[RoundMetrics], decision: Decision, stopped: str) -> dict[str, Any]:
    """The loop as one table for a page: rounds with their curves, pairs before and after, links to the runs.

    Paths are relative to the loop's folder.
    """
    out: dict[str, Any] = {
        "version": 1,
        "name": path.name,
        "best": decision.best,
        "stopped": stopped,
        "gain": to_json(decision.gain),
        "gain_told": decision.gain_told,
        "warnings": list(decision.warnings),
        "rounds": [],
        "pairs": [],
    }
    for metrics in rounds:
        where = Round(path, metrics.round)
        runs = {"held_out": where.held_out, "samples": where.samples}
        raw = metrics.to_json()
        raw["held_out"].pop("counts")
        out["rounds"].append(
            {
                **raw,
                "distance": distance(metrics),
                "runs": {k: str(p.relative_to(path)) for k, p in runs.items() if p.is_dir()},
            }
        )
    if len(rounds) > 1:
        last = decision.best or len(rounds) - 1
        stores = [Store.open(Round(path, number).held_out) for number in (0, last)]
        out["pairs"] = pairs(stores[0].groups(), stores[1].groups())
        out["pairs_of"] = [0, last]
    return out


def write_files(path: Path, rounds: Sequence[RoundMetrics], decision: Decision, stopped: str) -> None:
    """``report.md``, ``progress.svg`` and ``rounds.json``: after every round anew."""
    write_text(path / "report.md", report(rounds, decision, stopped))
    write_text(path / "progress.svg", svg(rounds))
    write_json(path / "rounds.json", data(path, rounds, decision, stopped))
