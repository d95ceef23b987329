"""Small plots as inline SVG: lines with bands, stacked bars, reliability. Colours come from the page's style.

Takes finite numbers; what is not finite is left out. No axis is ever cut to make a difference look larger
than its scale says: every axis is labelled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from verirs.records import Bin
from verirs.report.html import Html, el

WIDTH, HEIGHT = 460.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 14.0, 12.0, 40.0


@dataclass(frozen=True, slots=True)
class Line:
    """One curve; ``low`` and ``high`` bound its band where there is one.

    ``colour`` is one of the page's colours by number. A dashed line is a model or a reference, not a
    measurement.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = field(default=())
    high: Sequence[float] = field(default=())
    colour: int = 0
    dashed: bool = False


def plot(lines: Sequence[Line], *, title: str, x: str, y: str, doubling: bool = False) -> Html:
    """Lines over a common range, with a legend under the plot.

    Args:
        title: what the picture shows, for who cannot see it.
        x, y: names of the axes; shares (an ``y`` that ends in ``%``) are shown as per cent.
        doubling: equal steps for equal ratios of x.
    """
    lines = [line for line in map(_finite, lines) if line.x]
    if not lines:
        return Html("")
    percent = y.endswith("%")
    xs = [v for line in lines for v in line.x]
    ys = [v for line in lines for v in (*line.y, *line.low, *line.high)]
    low_x, high_x = min(xs), max(xs)
    ticks = _ticks(min(ys), max(ys), within=(0.0, 1.0) if percent else None)
    low_y, high_y = ticks[0], ticks[-1]
    scale = math.log if doubling else float

    def at_x(v: float) -> float:
        span = scale(high_x) - scale(low_x)
        part = (scale(v) - scale(low_x)) / span if span else 0.5
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def at_y(v: float) -> float:
        return TOP + (high_y - v) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)

    def points(pairs: Any) -> str:
        return " ".join(f"{at_x(a):.1f},{at_y(b):.1f}" for a, b in pairs)

    parts = [_rule(at_y(v), f"{v:.0%}" if percent else f"{v:g}") for v in ticks]
    for v in _doubled(low_x, high_x) if doubling else _ticks(low_x, high_x):
        if low_x <= v <= high_x:
            parts.append(_text(at_x(v), HEIGHT - BOTTOM + 16, f"{v:g}", "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x, "middle"))
    for line in lines:
        if line.low and len(line.x) > 1:
            around = [
                *zip(line.x, line.high, strict=True),
                *reversed(list(zip(line.x, line.low, strict=True))),
            ]
            parts.append(el("polygon", points=points(around), class_=f"band f{line.colour}"))
    for line in sorted(lines, key=lambda n: n.dashed):  # what is dashed lets through what it lies on
        if len(line.x) == 1:
            where = {"cx": f"{at_x(line.x[0]):.1f}", "cy": f"{at_y(line.y[0]):.1f}"}
            parts.append(el("circle", **where, r=4, class_=f"f{line.colour}"))
        else:
            kind = f"curve s{line.colour}" + (" dashed" if line.dashed else "")
            parts.append(el("polyline", points=points(zip(line.x, line.y, strict=True)), class_=kind))
    axis = _text(LEFT, 8, y, "start") if not percent else None
    return el("figure", _svg(HEIGHT, title, parts, axis), _legend([(n.label, n.colour) for n in lines]))


def stacked(rows: Sequence[tuple[str, Sequence[float]]], names: Sequence[str], *, title: str) -> Html:
    """Horizontal bars of shares that add up to one.

    Args:
        rows: a label and the shares, in the order of ``names``.
    """
    step = 22.0
    parts: list[Html] = []
    for i, (label, shares) in enumerate(rows):
        parts.append(_text(LEFT - 8, i * step + 15, label, "end"))
        x, room = LEFT, WIDTH - LEFT - RIGHT
        for number, share in enumerate(shares):
            width = max(0.0, share) * room
            at = {"x": f"{x:.1f}", "y": f"{i * step + 3:.1f}", "width": f"{width:.1f}", "height": step - 6}
            parts.append(el("rect", **at, class_=f"g{number}"))
            if width > 34:
                parts.append(_text(x + width / 2, i * step + 15, f"{share:.0%}", "middle", f"on g{number}t"))
            x += width
    legend = _legend(list(zip(names, range(len(names)), strict=True)), "g")
    return el("figure", _svg(len(rows) * step + 4, title, parts), legend)


def reliability(bins: Sequence[Bin], *, title: str) -> Html:
    """Bars of the share that is right, by predicted chance; on the dashed diagonal all would be well."""
    side = HEIGHT - TOP - BOTTOM

    def at_x(v: float) -> float:
        return LEFT + v * side

    def at_y(v: float) -> float:
        return TOP + (1 - v) * side

    right = LEFT + side
    parts = [_rule(at_y(v), f"{v:.0%}", right) for v in (0, 0.25, 0.5, 0.75, 1)]
    for v in (0, 0.25, 0.5, 0.75, 1):
        parts.append(_text(at_x(v), HEIGHT - BOTTOM + 16, f"{v:.0%}", "middle"))
    for b in bins:
        top = at_y(b.pass_rate)
        left, width = at_x(b.low) + 1, (b.high - b.low) * side - 2
        at = {
            "x": f"{left:.1f}",
            "y": f"{top:.1f}",
            "width": f"{width:.1f}",
            "height": f"{at_y(0) - top:.1f}",
        }
        parts.append(el("rect", el("title", f"{b.count:,} candidates"), **at, class_="f0 bar"))
        spot = {"cx": f"{at_x(b.mean_chance):.1f}", "cy": f"{top:.1f}"}
        parts.append(el("circle", **spot, r=3, class_="f1"))
    ends = {"x1": at_x(0), "y1": at_y(0), "x2": at_x(1), "y2": at_y(1)}
    parts.append(el("line", **ends, class_="curve s3 dashed"))
    parts.append(_text((LEFT + right) / 2, HEIGHT - 6, "predicted chance of being right", "middle"))
    return el("figure", _svg(HEIGHT, title, parts, width=right + RIGHT), _legend([("share really right", 0)]))


def _finite(line: Line) -> Line:
    columns = [c for c in (line.y, line.low, line.high) if c]
    kept = [i for i in range(len(line.x)) if all(math.isfinite(c[i]) for c in (line.x, *columns))]
    y, low, high = ([c[i] for i in kept] if c else [] for c in (line.y, line.low, line.high))
    return Line(line.label, [line.x[i] for i in kept], y, low, high, line.colour, line.dashed)


def _ticks(low: float, high: float, within: tuple[float, float] | None = None) -> list[float]:
    """Four to seven round numbers that enclose ``low`` .. ``high``."""
    if high - low < 1e-9:
        low, high = low - 0.05 * (abs(low) or 1), high + 0.05 * (abs(high) or 1)
        if within:
            low, high = max(low, within[0]), min(high, within[1])
    size = (high - low) / 5
    base = 10 ** math.floor(math.log10(size))
    step = next(base * m for m in (1, 2, 2.5, 5, 10) if base * m >= size - 1e-12)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(i * step, 10) for i in range(first, last + 1)]
    if within:
        ticks = [t for t in ticks if within[0] <= t <= within[1]]
    return ticks


def _doubled(low: float, high: float) -> list[float]:
    out = [low]
    while out[-1] * 2 <= high:
        out.append(out[-1] * 2)
    return out if out[-1] * 1.35 > high or out[-1] == high else [*out, high]


def _svg(height: float, title: str, *parts: Any, width: float = WIDTH) -> Html:
    box = f"0 0 {width:g} {height:g}"
    return el("svg", el("title", title), *parts, viewBox=box, role="img", style=f"max-width:{width:g}px")


def _rule(y: float, label: str, right: float = WIDTH - RIGHT) -> Html:
    line = el("line", x1=LEFT, y1=f"{y:.1f}", x2=right, y2=f"{y:.1f}", class_="rule")
    return Html(line + _text(LEFT - 6, y + 4, label, "end"))


def _text(x: float, y: float, text: str, anchor: str, kind: str | None = None) -> Html:
    return el("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_=kind)


def _legend(entries: Sequence[tuple[str, int]], prefix: str = "k") -> Html:
    marks = [el("span", el("i", class_=f"{prefix}{c}"), name) for name, c in entries]
    return el("figcaption", marks)
