"""A run's report in a real browser: one file from a disk shows its figures, and hostile text does nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.report.hostile import TEXTS
from tests.report.test_page import index, replayed
from tests.view.browsing import OWNED, Tab, browser
from verirs.running.drive import RunResult

__all__ = ["browser"]


def test_the_report_shows_its_figures(browser: Any, ranked: RunResult) -> None:
    tab = Tab(browser, index(ranked).as_uri())
    page = tab.open()
    page.get_by_role("heading", name="small").first.wait_for()
    text = page.locator("main").inner_text()
    for name, estimate in ranked.summary.estimates.items():
        assert name in text
        for cell in estimate.at.values():
            assert f"{100 * cell.mean:.1f}%" in text and f"{100 * cell.low:.1f}%–" in text
    for heading in (
        *("Estimates", "Share of the gain", "Verdicts", "Selection", "Selection gap"),
        *("Distance from the policy", "Rankers", "Over-optimisation", "Sample traces", "Origin"),
    ):
        page.get_by_role("heading", name=heading, exact=True).wait_for()
    for name, gap in ranked.summary.curves.gap.items():
        assert f"{name}: in {100 * gap.not_selected[-1]:.1f}% of the problems" in text
    for ranker in ranked.summary.rankers.values():
        assert all(line in text for line in ranker.words)
    assert page.locator("svg").count() == 1 + len(ranked.summary.curves.gap) + 1 + 2 + 3
    assert page.get_by_role("region", name="sample").count() + page.locator(".card.sample").count() >= 4
    assert page.evaluate("document.documentElement.scrollWidth") <= 1400
    tab.check()
    tab.context.close()


def test_hostile_text_in_a_report_does_nothing(browser: Any, tmp_path: Path) -> None:
    rows = [
        {"problem_id": f"p{i}", "text": f"{a}{b} \\boxed{{{right}}}"}
        for i, (a, b) in enumerate(zip(TEXTS[:6], TEXTS[6:], strict=True))
        for right in (7, 8)
    ]
    tab = Tab(browser, replayed(tmp_path, rows).as_uri())
    page = tab.open()
    page.get_by_role("heading", name="Sample traces").wait_for()
    assert page.evaluate(OWNED) == [False, 0, 2]
    assert page.locator(".card.sample").count() == 4 and "owned" in page.locator("main").inner_text()
    tab.check()
    tab.context.close()
