"""What people see of a loop: a line when a round ends, a table, a plot, traces before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from verirs.loop.stopping import distance
from verirs.records import Band, RoundMetrics
from verirs.system.files import write_text
from verirs.types import Group, Verdict

BAR = 40


def table(rounds: Sequence[RoundMetrics], best: int) -> Table:
    """One row a round; intervals are 95 % over problems."""
    n = rounds[0].held_out.n
    out = Table(title="held-out problems after each round", title_justify="left")
    out.add_column("round")
    for name in ("pass@1", f"pass@{n}", f"maj@{n}", "answers", "accepted", "KL", "seconds"):
        out.add_column(name, justify="right")
    for row in cells(rounds, best):
        out.add_row(*row)
    return out


def cells(rounds: Sequence[RoundMetrics], best: int) -> list[list[str]]:
    rows = []
    for metrics in rounds:
        judged = metrics.held_out
        samples = metrics.samples
        accepted = f"{samples.accepted} of {samples.completions}" if samples else ""
        if samples and samples.accepted:
            accepted += f" ({samples.completions / samples.accepted:.2f} each)"
        kl = distance(metrics)
        rows.append(
            [
                f"{metrics.round}{' (best)' if metrics.round == best and len(rounds) > 1 else ''}",
                interval(judged.pass_1),
                interval(judged.pass_n),
                interval(judged.maj_n),
                f"{judged.distinct_answers:.2f}" if judged.distinct_answers is not None else "",
                accepted,
                "" if kl is None else f"{kl:.2f}",
                f"{sum(metrics.seconds.values()):.0f}",
            ]
        )
    return rows


def interval(value: Band | None) -> str:
    return f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]" if value else "-"


def line(metrics: RoundMetrics) -> str:
    """A round's end in one line."""
    judged = metrics.held_out
    parts = [f"round {metrics.round} done: pass@1 {interval(judged.pass_1)}"]
    for name, value in ((f"pass@{judged.n}", judged.pass_n), (f"maj@{judged.n}", judged.maj_n)):
        if value:
            parts.append(f"{name} {value.mean:.3f}")
    if (kl := distance(metrics)) is not None:
        parts.append(f"KL {kl:.2f} nats")
    if (samples := metrics.samples) and samples.accepted:
        parts.append(f"{samples.completions / samples.accepted:.2f} samples an accepted trace")
    if reward := metrics.reward_model:
        before, after = ("-" if v is None else f"{v:.3f}" for v in (reward.auroc_before, reward.auroc_after))
        parts.append(f"reward model AUROC {before} -> {after}")
    return "  ".join(parts)


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
    return "\n".join([*lines, f"         0{' ' * (BAR - 2)}1  █▒ pass@1 with its interval, │ pass@{n}"])


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


def traces(before: Sequence[Group], after: Sequence[Group], count: int = 3) -> str:
    """The first sample of a few problems before and after, those first where the verdict got better."""
    later = {g.problem.id: g for g in after}
    both = [(g, later[g.problem.id]) for g in before if g.problem.id in later]
    both = [(a, b) for a, b in both if a.candidates and b.candidates]

    def gain(pair: tuple[Group, Group]) -> int:
        a, b = (g.candidates[0].verdict is Verdict.PASS for g in pair)
        return int(a) - int(b)

    out = []
    for a, b in sorted(both, key=gain)[:count]:
        question = " ".join(m["content"] for m in a.problem.prompt if m["role"] == "user")
        out.append(f"{question}  (answer: {a.problem.answer})")
        for name, group in (("before", a), ("after", b)):
            first = group.candidates[0]
            out.append(f"  {name:6}  {first.verdict!s:7} {' '.join(first.completion.text.split())}")
    return "\n".join(out)


def report(rounds: Sequence[RoundMetrics], best: int, stopped: str, warnings: Sequence[str]) -> str:
    """The loop in Markdown."""
    n = rounds[0].held_out.n
    head = [
        "round",
        "pass@1",
        f"pass@{n}",
        f"maj@{n}",
        "distinct answers",
        "accepted",
        "KL (nats)",
        "seconds",
    ]
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *cells(rounds, best)]]
    notes = [f"Stopped: {stopped}. Best round: {best}.", *warnings]
    return "\n".join(
        ["# Rounds", "", *lines, "", *notes, "", "![held-out problems after each round](progress.svg)", ""]
    )


def write_files(
    path: Path, rounds: Sequence[RoundMetrics], best: int, stopped: str, warnings: Sequence[str]
) -> None:
    write_text(path / "report.md", report(rounds, best, stopped, warnings))
    write_text(path / "progress.svg", svg(rounds))
