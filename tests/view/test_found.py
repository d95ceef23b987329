"""In a real browser: what curation and an audit found, full-text search, texts that are hard to lay out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.view import runs as made
from tests.view.browsing import OWNED, Tab
from verirs.cli.audit import audit
from verirs.errors import UserError
from verirs.view.folder import write_folder
from verirs.view.library import Library
from verirs.view.server import Server


@pytest.fixture(params=["served", "folder"])
def tab(
    browser: Any, server: Server, folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Tab]:
    start = server.address
    if request.param == "folder":
        start = write_folder(Library([folder / "curated", folder / "maths"]), tmp_path / "out").as_uri()
    tab = Tab(browser, start)
    yield tab
    tab.check()
    tab.context.close()


def test_the_overview_has_the_funnel(tab: Tab) -> None:
    page = tab.open("run", "curated")
    rows = page.get_by_role("table", name="funnel").locator("tbody tr")
    rows.first.wait_for()
    assert [row.split("\t")[1] for row in rows.all_inner_texts()] == ["7", "6", "4", "3", "2"]
    assert page.get_by_label("verdicts", exact=True).locator("tbody tr").last.inner_text().split()[:2] == [
        "⊘",
        "unwanted",
    ]
    page.get_by_role("link", name="equal to an earlier one").click()
    page.get_by_text("2 of 7 problems").wait_for()


def test_facets_of_what_was_found(tab: Tab) -> None:
    page = tab.open("run", "curated", "problems", query="q=dropped:contaminated")
    page.get_by_text("1 of 7 problems").wait_for()
    assert tab.rows("problems").locator(".cell.id").all_inner_texts() == ["seen"]
    page.get_by_label("filter problems").fill("finding:contradicting")
    page.get_by_text("2 of 7 problems").wait_for()
    page.get_by_label("filter problems").fill("verdict:unwanted unwanted>0 flag:duplicate")
    page.get_by_text("2 of 7 problems").wait_for()
    page.get_by_label("filter problems").fill("")
    for name in ("audit finds", "flags", "in no training file"):
        page.locator(f"fieldset:has(legend:text-is('{name}')) button").first.wait_for()


def test_a_problem_says_what_was_found(tab: Tab) -> None:
    page = tab.open("run", "curated", "problem", "torn-b", query="s=2")
    page.get_by_text("equal to torn-a, whose gold is '8'").wait_for()
    page.get_by_role("heading", name="sample 2 unwanted").wait_for()
    page.get_by_label("what was found").get_by_role("link", name="torn-a").click()
    page.get_by_role("heading", name="torn-a").wait_for()


def test_full_texts_are_searched(tab: Tab) -> None:
    page = tab.open("run", "maths", "samples", query="q=roots")
    page.get_by_text("0 of 12 samples").wait_for()  # no list holds the word
    page.keyboard.press("f")
    page.get_by_text("2 of 12 samples").wait_for()
    assert "full=1" in page.url
    page.get_by_label("filter samples").fill('roots "long thought"')
    page.get_by_text("1 of 12 samples").wait_for()
    page.get_by_label("filter samples").fill("-roots verdict:pass")
    page.get_by_text("3 of 12 samples").wait_for()
    page.get_by_label("filter samples").fill("positive")  # in a prompt: all of its samples
    page.get_by_text("4 of 12 samples").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    page.get_by_text("3 of 3 problems").wait_for()
    page.get_by_role("button", name="full text").click()
    page.get_by_label("filter problems").fill("TAKE ROOTS")
    page.get_by_text("1 of 3 problems").wait_for()
    page.get_by_label("filter problems").fill("nowhere at all")
    page.get_by_text("0 of 3 problems").wait_for()


def test_an_audit_opens_in_the_viewer(
    browser: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = []

    def serve(library: Library, port: int, browser: bool, at: str) -> None:
        opened.append((library, at))

    monkeypatch.setattr("verirs.cli.view.serve", serve)
    audit(str(folder / "curated"))
    assert "--view" in capsys.readouterr().out.splitlines()[-1]
    audit(str(folder / "curated"), view=True)
    audit(str(folder / "curated"), view=True, kind=("outvoted",))
    with pytest.raises(UserError, match="no run directory"):
        audit("gsm8k", view=True)
    for (library, at), shown, ids in zip(opened, (7, 6), ("torn-a", "torn-b"), strict=True):
        server = Server(library)
        server.start()
        tab = Tab(browser, server.address)
        page = tab.page
        page.goto(server.address + at)
        page.get_by_text(f"{shown} of 7 problems").wait_for()
        page.wait_for_url("**sort=-doubt**")
        assert tab.rows("problems").locator(".cell.id").first.inner_text() == ids
        tab.check()
        tab.context.close()
        server.close()


HARD = {
    "quotes in each other": "> " * 3000 + "deep",
    "lists in each other": "\n".join(" " * i + "- x" for i in range(200)),
    "ticks": "`" * 30_000,
    "a line of a megabyte": "x" * 1_000_000,
    "a wide formula": f"$x = {'1234567890 + ' * 200} 1$",
    "a fraction in itself": "$" + "\\frac{1}{" * 300 + "x" + "}" * 300 + "$",
    "a formula that grows": "$\\def\\a{xxxxxxxxxx}\\def\\b{"
    + "\\a" * 8
    + "}\\def\\c{"
    + "\\b" * 8
    + "}"
    + "\\c" * 9
    + "$",
    "sizes": "$\\rule{9999em}{9999em}$ $\\kern9999em x$",
    "links": "$\\href{javascript:alert(1)}{x}$ [a](javascript:1) <javascript:1> $\\includegraphics{http://e.org/x}$",
    "control signs": "\x1b[31mred\x1b[0m \x00\x07 a\u202eb\u2066c",
    "blanks": " " * 100_000 + "x",
}
ODD = ("__proto__", "constructor", "a/b", "..", "%2e%2e", "#/x?y=1", "é\u202e", "a\nb", "?s=1", "x" * 300)


def test_texts_that_are_hard_to_lay_out_and_odd_ids(browser: Any, tmp_path: Path) -> None:
    problems: list[dict[str, Any]] = [{"id": k, "prompt": f"{v}?", "answer": "7"} for k, v in HARD.items()]
    problems += [{"id": k, "prompt": f"What is {i}?", "answer": "7"} for i, k in enumerate(ODD)]
    rows = [
        r for p in problems for r in made.samples(str(p["id"]), [f"{HARD.get(p['id'], 'x')} \\boxed{{7}}"])
    ]
    path = made.replayed(tmp_path, problems, rows).path
    server = Server(Library([path]))
    server.start()
    for width in (1400, 400):
        tab = Tab(browser, server.address, viewport={"width": width, "height": 900})
        for problem in problems:
            page = tab.open("run", path.name, "problem", str(problem["id"]))
            page.get_by_role("heading", name="sample 0").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, problem["id"]
            assert page.evaluate(OWNED) == [False, 0, 2], problem["id"]
        tab.check()
        tab.context.close()
    server.close()
