"""The page in a real browser: every view, filter, link and key; phone and dark; hostile text does nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.view.browsing import OWNED, Tab
from verirs.running.marks import marks_path, read_marks
from verirs.store import Store
from verirs.types import Completion, Problem
from verirs.view.folder import write_folder
from verirs.view.library import Library
from verirs.view.server import Server


@pytest.fixture
def tab(browser: Any, server: Server) -> Iterator[Tab]:
    tab = Tab(browser, server.address)
    yield tab
    tab.check()
    tab.context.close()


def test_the_list_of_runs_leads_to_a_run(tab: Tab) -> None:
    page = tab.open()
    page.get_by_role("link", name="maths").click()
    page.get_by_role("heading", name="maths").wait_for()
    assert page.get_by_label("verdicts", exact=True).locator("tbody tr").count() == 4
    page.get_by_role("link", name="Problems", exact=True).click()
    tab.rows("problems").first.wait_for()
    assert page.title() == "problems · maths · verirs"


def test_problems_are_sorted_hardest_first_filtered_and_linked(tab: Tab) -> None:
    page = tab.open("run", "maths", "problems")
    page.get_by_text("most doubtful first").wait_for()
    tab.rows("problems").first.wait_for()
    ids = tab.rows("problems").locator(".cell.id").all_inner_texts()
    assert ids == ["gold/wrong?", "easy", "hard"]
    page.get_by_label("filter problems").fill("solve")
    page.get_by_text("1 of 3 problems").wait_for()
    assert tab.rows("problems").locator(".cell.id").all_inner_texts() == ["hard"]
    assert "q=solve" in page.url
    page.reload()
    page.get_by_text("1 of 3 problems").wait_for()
    page.get_by_label("filter problems").fill("rate>40%")
    page.get_by_text("2 of 3 problems").wait_for()
    page.get_by_label("filter problems").fill("nothing:1")
    page.get_by_role("alert").wait_for()
    page.get_by_label("filter problems").fill("")
    page.locator("fieldset:has(legend:text-is('level')) button").first.click()
    page.get_by_text(" of 3 problems").wait_for()
    assert "level" in page.url
    page.get_by_role("columnheader", name="pass rate").get_by_role("button").click()
    page.wait_for_url("**sort=-rate**")


def test_doubtful_ones_come_first(tab: Tab) -> None:
    page = tab.open("run", "maths", "problems")
    page.get_by_text("gold loses the vote").first.wait_for()
    page.keyboard.press("d")
    page.wait_for_url("**sort=-doubt**")
    assert tab.rows("problems").locator(".cell.id").first.inner_text() == "gold/wrong?"


def test_a_problem_shows_gold_votes_and_samples(tab: Tab) -> None:
    page = tab.open("run", "maths", "problem", "hard", query="s=0")
    page.get_by_role("heading", name="sample 0").wait_for()
    assert page.get_by_label("gold and tests").locator("math").count() == 1
    assert page.get_by_label("answer classes").locator("li").count() == 3
    assert tab.rows("samples").count() == 4
    sample = page.get_by_label("sample 0", exact=True)
    assert sample.locator(".answer ol li").count() == 2 and sample.locator(".answer math").count() == 2
    assert sample.locator(".answer .extracted math").count() == 1
    page.get_by_label("answer classes").locator("button").first.click()
    assert tab.rows("samples").count() == 2
    page.goto(page.url.replace("s=0", "s=3"))
    page.get_by_role("heading", name="sample 3").wait_for()
    assert page.locator(".answer table td").all_inner_texts() == ["1", "2"]


def test_code_is_coloured_and_thoughts_are_folded(tab: Tab) -> None:
    page = tab.open("run", "maths", "problem", "hard", query="s=1")
    page.locator(".answer .hljs-built_in").wait_for()
    page.keyboard.press("r")
    assert page.locator(".answer pre.plain").inner_text().startswith("```python")
    assert page.locator(".answer mark").inner_text() == "1.5"
    page.keyboard.press("r")
    page.goto(page.url.replace("s=1", "s=2"))
    page.locator("details.reasoning").wait_for()
    assert "long thought" not in page.locator(".sample").inner_text()
    page.keyboard.press("t")
    page.get_by_text("long thought about roots").wait_for()


def test_tests_show_input_expected_and_got(tab: Tab) -> None:
    page = tab.open("run", "codes", "problem", "double", query="s=1")
    page.locator(".tests tbody tr").first.wait_for()
    assert page.locator(".tests tr.wrong td").all_inner_texts()[:3] == ["f(-1)", "-2", "got 1"]
    page.goto(page.url.replace("double", "echo"))
    page.get_by_role("heading", name="sample 1").wait_for()
    page.locator(".tests tr.wrong").wait_for()
    assert page.locator(".tests tr.wrong td").first.inner_text() == "b c"


def test_two_samples_are_compared_and_json_is_shown(tab: Tab) -> None:
    page = tab.open("run", "maths", "problem", "easy", query="s=0&diff=2")
    page.locator(".diff del").first.wait_for()
    assert (
        "8" in page.locator(".diff del").all_inner_texts()
        and "7" in page.locator(".diff ins").all_inner_texts()
    )
    page.get_by_label("from sample").select_option("1")
    page.wait_for_url("**diff=1**")
    page.keyboard.press("c")
    page.locator(".diff").wait_for(state="detached")
    page.keyboard.press("x")
    assert '"extracted_by"' in page.locator("pre.code").last.inner_text()


def test_keys_walk_through_samples_problems_and_lists(tab: Tab) -> None:
    page = tab.open("run", "maths", "problem", "easy")
    page.get_by_role("heading", name="sample 0").wait_for()
    page.keyboard.press("j")
    page.get_by_role("heading", name="sample 1").wait_for()
    page.keyboard.press("k")
    page.get_by_role("heading", name="sample 0").wait_for()
    page.keyboard.press("n")
    page.get_by_role("heading", name="gold/wrong?").wait_for()
    page.keyboard.press("p")
    page.get_by_role("heading", name="easy").wait_for()
    page.keyboard.press("s")
    page.get_by_text("12 of 12 samples").wait_for()
    tab.rows("samples").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.locator('[aria-rowindex="4"]:focus').wait_for()
    page.keyboard.press("End")
    page.locator('[aria-rowindex="13"]:focus').wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="sample 3").wait_for()
    page.keyboard.press("l")
    tab.rows("problems").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("easy")  # no key of it does anything but write
    page.get_by_text("1 of 3 problems").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="help").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="help").wait_for(state="detached")


def test_samples_are_filtered_by_verdict_and_answer(tab: Tab) -> None:
    page = tab.open("run", "maths", "samples", query="q=" + quote("verdict:fail answer:4"))
    page.get_by_text("3 of 12 samples").wait_for()
    page.locator("aside button", has_text="fail").first.click()  # off
    page.get_by_label("filter samples").fill("-verdict:pass index>=2")
    page.get_by_text("4 of 12 samples").wait_for()


def test_links_copy_what_they_say(browser: Any, server: Server) -> None:
    tab = Tab(browser, server.address, permissions=["clipboard-read", "clipboard-write"])
    page = tab.open("run", "maths", "problem", "gold/wrong?", query="s=1")
    page.get_by_role("button", name="Copy text").click()
    page.get_by_text("copied").wait_for()
    page.wait_for_function("async () => await navigator.clipboard.readText() === 'Hence \\\\boxed{4}.'")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('http')")
    link = page.evaluate("navigator.clipboard.readText()")
    other = tab.context.new_page()
    other.goto(link)
    other.get_by_role("heading", name="sample 1").wait_for()
    tab.check()
    tab.context.close()


def test_a_comparison(tab: Tab) -> None:
    page = tab.open()
    page.get_by_role("button", name="compare").first.click()
    page.get_by_role("button", name="with this").last.click()
    page.get_by_role("alert").wait_for()  # they have no problem in common
    page.goto(tab.start + "#/compare/maths/maths")
    page.get_by_text("no difference shown").first.wait_for()


@pytest.mark.parametrize("scheme, paper", [("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 22, 28)")])
def test_light_dark_and_what_the_reader_chooses(
    browser: Any, server: Server, scheme: Any, paper: str
) -> None:
    tab = Tab(browser, server.address, color_scheme=scheme)
    page = tab.open("run", "maths")
    page.get_by_role("heading", name="maths").wait_for()
    colour = "getComputedStyle(document.body).backgroundColor"
    page.wait_for_function(f"() => {colour} === '{paper}'")
    page.get_by_role("button", name="colours").click()
    page.wait_for_function(f"() => {colour} !== '{paper}'")
    chosen = page.evaluate(colour)
    page.reload()
    page.get_by_role("heading", name="maths").wait_for()
    page.wait_for_function(f"() => {colour} === '{chosen}'")
    tab.check()
    tab.context.close()


@pytest.mark.parametrize(
    "view",
    [
        (),
        ("run", "maths"),
        ("run", "maths", "problems"),
        ("run", "maths", "samples"),
        ("run", "maths", "problem", "hard"),
        ("run", "codes", "problem", "double"),
        ("run", "maths", "marks"),
    ],
)
def test_nothing_is_wider_than_a_phone(browser: Any, server: Server, view: tuple[str, ...]) -> None:
    tab = Tab(browser, server.address, viewport={"width": 400, "height": 800}, has_touch=True)
    page = tab.open(*view)
    page.locator("h1, .grid .row").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    cut = """() => [...document.querySelectorAll('.list .row')]
        .filter((row) => row.scrollHeight > row.clientHeight + 1).map((row) => row.innerText)"""
    assert page.evaluate(cut) == [], "a row's cells lie over the next row"
    tab.check()
    tab.context.close()


def test_every_control_has_a_name(tab: Tab) -> None:
    nameless = """() => [...document.querySelectorAll('a, button, input, select, [role=grid], svg[role=img]')]
        .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.closest('label'))).length"""
    for view in ((), ("run", "maths"), ("run", "maths", "problems"), ("run", "maths", "problem", "hard")):
        page = tab.open(*view)
        page.locator("h1, .grid .row").first.wait_for()
        assert page.evaluate(nameless) == 0, view
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("mode", ["served", "folder"])
def test_hostile_text_does_nothing(
    browser: Any, server: Server, folder: Path, tmp_path: Path, mode: str
) -> None:
    start = server.address
    if mode == "folder":
        start = write_folder(Library([folder / "hostile"]), tmp_path / "out").as_uri()
    tab = Tab(browser, start)
    page = tab.open("run", "hostile", "problems")
    tab.rows("problems").first.wait_for()
    assert page.evaluate(OWNED) == [False, 0, 2]
    links = [row.get_attribute("href") for row in tab.rows("problems").all()]
    assert len(links) == 11
    for link in links:
        for sample in (0, 1, 2):
            page.goto(f"{start}{link.partition('?')[0]}?s={sample}")
            page.get_by_role("heading", name=f"sample {sample}").wait_for()
            assert page.evaluate(OWNED) == [False, 0, 2]
            assert not page.locator(".sample a").count()
    tab.open("run", "hostile")
    page.get_by_role("heading", name="Verdicts").wait_for()
    assert page.evaluate(OWNED) == [False, 0, 2]
    tab.check()
    tab.context.close()


def test_a_folder_works_from_a_disk(browser: Any, folder: Path, tmp_path: Path) -> None:
    start = write_folder(Library([folder]), tmp_path / "out").as_uri()
    tab = Tab(browser, start)
    page = tab.open()
    page.get_by_role("link", name="maths").click()
    page.get_by_role("link", name="Problems", exact=True).click()
    page.get_by_text("gold loses the vote").first.wait_for()
    tab.rows("problems").first.click()
    page.get_by_text("3 of 4 samples answer '4'; the gold is '5'").first.wait_for()
    assert page.get_by_role("button", name="doubt", exact=True).count() == 0  # nobody would keep the mark
    page.keyboard.press("s")
    page.get_by_text("12 of 12 samples").wait_for()
    tab.check()
    tab.context.close()


def test_a_verdict_is_doubted(browser: Any, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "maths", tmp_path / "maths")
    server = Server(Library([tmp_path / "maths"]))
    server.start()
    tab = Tab(browser, server.address)
    page = tab.open("run", "maths", "problem", "gold/wrong?", query="s=3")
    page.get_by_role("heading", name="sample 3").wait_for()
    page.keyboard.press("m")
    page.get_by_label("because").fill("<b>the gold</b> is wrong")
    page.get_by_role("button", name="Save the mark").click()
    page.locator(".marked", has_text="marked fail: <b>the gold</b> is wrong").wait_for()
    (mark,) = read_marks(marks_path(tmp_path / "maths")).values()
    assert (mark.problem_id, mark.sample_index, str(mark.verdict), mark.note) == (
        "gold/wrong?",
        3,
        "fail",
        "<b>the gold</b> is wrong",
    )
    page.get_by_role("link", name="Marks").click()
    page.get_by_label("marks").get_by_role("link", name="gold/wrong?").click()
    page.get_by_role("heading", name="sample 3").wait_for()
    page.keyboard.press("m")
    page.get_by_role("button", name="Take it away").click()
    page.locator(".marked").wait_for(state="detached")
    assert not read_marks(marks_path(tmp_path / "maths"))
    tab.check()
    tab.context.close()
    server.close()


def test_a_list_holds_only_the_rows_that_can_be_seen(browser: Any, tmp_path: Path) -> None:
    """With 20,000 samples a page has a few dozen rows, and the last one is reached."""
    with Store.create(tmp_path / "long", {"source.name": "x"}) as store:
        store.put_problems([Problem(id=f"p{i:05}", prompt="?", answer="1") for i in range(20_000)])
        store.update(n=1)
        store.append_completions([(f"p{i:05}", Completion(index=0, text="1")) for i in range(20_000)])
    server = Server(Library([tmp_path / "long"]))
    server.start()
    tab = Tab(browser, server.address)
    for view in ("problems", "samples"):
        page = tab.open("run", "long", view)
        page.get_by_text(f"20,000 of 20,000 {view}").wait_for()
        tab.rows(view).first.wait_for()
        assert page.evaluate("document.querySelector('.grid .body').clientHeight") < 900
        assert 10 < tab.rows(view).count() < 60
        tab.rows(view).first.focus()
        page.keyboard.press("End")
        page.locator('[aria-rowindex="20001"]:focus').wait_for()
        assert tab.rows(view).count() < 60
    tab.check()
    tab.context.close()
    server.close()


def test_everything_is_reached_by_keys_alone(tab: Tab) -> None:
    """From the list of runs to a mark and back, without a pointer; the focus can be seen each time."""
    page = tab.open()
    page.get_by_role("link", name="maths").wait_for()
    visible = """() => { const e = document.activeElement, s = getComputedStyle(e);
        return e !== document.body && s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0; }"""

    def to(name: str) -> None:
        """Tab until a control of that name has the focus."""
        for _ in range(60):
            page.keyboard.press("Tab")
            found = page.evaluate(
                "(document.activeElement.ariaLabel || document.activeElement.textContent).trim()"
            )
            if found == name:
                assert page.evaluate(visible), name
                return
        raise AssertionError(f"{name} is not reached")

    to("maths")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="maths").wait_for()
    to("Problems")
    page.keyboard.press("Enter")
    page.get_by_text("3 of 3 problems").wait_for()
    to("full text")
    page.keyboard.press("Space")
    page.wait_for_url("**full=1**")
    to("pass rate ↑")
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=-rate**")
    while not page.locator(".grid .row:focus").count():
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement !== document.body")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="problems / gold/wrong?").wait_for()
    to("next ›" if page.get_by_role("button", name="next ›").is_enabled() else "‹ previous")
    to("Copy text")
    to("plain")
    page.keyboard.press("Enter")
    page.locator(".answer pre.plain").wait_for()
    page.keyboard.press("Enter")
    to("doubt")
    page.keyboard.press("Enter")
    page.locator("form.mark select:focus").wait_for()
    to("Save the mark")
    page.keyboard.press("g")
    page.get_by_role("heading", name="maths").wait_for()
    to("help")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="help").get_by_role("button", name="close").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="help").wait_for(state="detached")
