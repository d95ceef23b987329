"""Plots: everything inside the picture, in the right order, and nothing from NaN."""

from __future__ import annotations

import math
import re

import pytest

from tests.report.parsing import Parsed
from verirs.records import Bin
from verirs.report import svg
from verirs.report.svg import Line, plot, reliability, stacked


def points(page: Parsed, tag: str) -> list[list[tuple[float, float]]]:
    found = [v for t, name, v in page.attributes if t == tag and name == "points" and v]
    return [[tuple(map(float, p.split(","))) for p in text.split()] for text in found]  # type: ignore[misc]


def test_a_curve_rises_where_the_numbers_rise_and_doubles_at_equal_steps() -> None:
    line = Line("a", [1, 2, 4], [0.1, 0.5, 0.5], [0.05, 0.4, 0.4], [0.2, 0.6, 0.6])
    page = Parsed(plot([line], title="t", x="k", y="%", doubling=True))
    (curve,) = points(page, "polyline")
    (xs, ys) = zip(*curve, strict=True)
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.2)
    assert ys[0] > ys[1] == ys[2]  # up is a smaller number
    (band,) = points(page, "polygon")
    assert len(band) == 6
    for x, y in [*curve, *band]:
        assert svg.LEFT <= x <= svg.WIDTH - svg.RIGHT and svg.TOP <= y <= svg.HEIGHT - svg.BOTTOM


def test_what_is_not_finite_is_left_out() -> None:
    line = Line("a", [1, 2, 3], [0.1, math.nan, 0.3])
    page = Parsed(plot([line], title="t", x="k", y="%"))
    assert len(points(page, "polyline")[0]) == 2 and "nan" not in page.text
    assert plot([Line("a", [1.0], [math.nan])], title="t", x="k", y="%") == ""


def test_one_point_is_a_dot_and_a_flat_line_has_an_axis() -> None:
    assert Parsed(plot([Line("a", [1], [0.5])], title="t", x="k", y="%")).tags["circle"] == 1
    flat = Parsed(plot([Line("a", [1, 2], [1.0, 1.0])], title="t", x="k", y="%"))
    assert points(flat, "polyline") and "100%" in flat.texts


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (0.612, 0.994), (-7.3, 2.2), (1e-4, 3e-4), (5.0, 5.0), (0, 9e5)]
)
def test_ticks_enclose_the_range_with_few_round_numbers(low: float, high: float) -> None:
    ticks = svg._ticks(low, high)
    assert ticks[0] <= low + 1e-9 and ticks[-1] >= high - 1e-9 and 2 <= len(ticks) <= 8
    assert ticks == sorted(set(ticks))


def test_stacked_shares_fill_the_bar() -> None:
    page = Parsed(stacked([("8", [0.5, 0.25, 0.25, 0.0])], ["a", "b", "c", "d"], title="t"))
    widths = [float(v) for t, name, v in page.attributes if t == "rect" and name == "width" and v]
    assert sum(widths) == pytest.approx(svg.WIDTH - svg.LEFT - svg.RIGHT, abs=0.3)
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)


def test_reliability_bars_stand_as_high_as_the_pass_rate() -> None:
    bins = [
        Bin(low=0.0, high=0.1, count=5, mean_chance=0.05, pass_rate=0.5),
        Bin(low=0.9, high=1.0, count=1234, mean_chance=0.95, pass_rate=1.0),
    ]
    text = reliability(bins, title="t")
    heights = [float(h) for h in re.findall(r'<rect[^>]* height="([\d.]+)"', text)]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2) and "1,234 candidates" in text
