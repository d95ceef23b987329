"""The viewer in a real browser, after what readers of other viewers reported, in our own words and values. Each test
names the page that shows its kind."""

# ruff: noqa: E501 - an address a line
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.view import runs as made
from tests.view.browsing import Tab, browser
from verirs.store import Store
from verirs.types import Completion, Score, Verdict
from verirs.view.folder import write_folder
from verirs.view.library import Library
from verirs.view.server import Server

__all__ = ["browser"]

TEXTS = {
    "money": "A seat costs $5.00 to $10.00, below the $12.50 of last year; a meal is $4 or 4$, not 5 US$.",
    "align": "So\n$$\n\\begin{aligned} a &= 2 + 3 \\\\ &= 5 \\end{aligned}\n$$\nand \\boxed{5}.",
    "lines": "1\n2\n3\n4",
    "poem": "Snow on the roof\nand a slow light\nover the yard",
    "html": 'See <a href="/files/a.pdf">the file</a>, <answer>7</answer> and <br>this <script>x()</script>',
    "pictures": "![one](https://example.org/1.png) ![two](https://example.org/2.png) IoU 0.86, Dice 0.92",
    "table": "The parts:\n| name | n |\n|---|---|\n| nut | 4 |\n| bolt | 9 |",
    "spaces": "width 4   cm,\tdepth 12  cm",
    "script": "答えは 42 です, Ответ: 42, éàü 😀",
    "python": "for i in range(3):\n    if i:\n        print(i)",
    "base64": "image: " + "iVBORw0KGgo" * 200_000,
}
"""What a model wrote, by the problem's id; the first sample of each."""
IDS = [f"q{i}" for i in range(1, 13)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("viewers")
    problems: list[dict[str, Any]] = [{"id": key, "prompt": f"about {key}", "answer": "42"} for key in TEXTS]
    rows = [r for key, text in TEXTS.items() for r in made.samples(key, [text])]
    made.replayed(folder, problems, rows, name="texts")
    problems = [{"id": key, "prompt": f"count {key}", "answer": "42"} for key in IDS]
    rows = [
        r
        for i, key in enumerate(IDS)
        for r in made.samples(
            key,
            [
                "The walnuts are counted: \\boxed{42}"
                if i % 3 == 0
                else "The pecans are counted: \\boxed{41}",
                "\\boxed{42}",
            ],
        )
    ]
    made.replayed(
        folder, problems, rows, name="numbered", scorer={"math": {}, "format": {"forbids": ["pecan"]}}
    )
    return folder / "runs"


@pytest.fixture(scope="module")
def server(runs: Path) -> Iterator[Server]:
    server = Server(Library([runs]))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def tab(browser: Any, server: Server) -> Iterator[Tab]:
    tab = Tab(browser, server.address)
    yield tab
    tab.check()
    tab.context.close()


def text(tab: Tab, key: str) -> Any:
    page = tab.open("run", "texts", "problem", key)
    page.get_by_role("heading", name=f"problems / {key}").wait_for()
    return page.locator(".sample .answer")


def ids(tab: Tab) -> list[str]:
    found: list[str] = tab.rows("problems").locator(".cell.id").all_inner_texts()
    return found


# ---- a text ---------------------------------------------------------------------------------------------


def test_amounts_of_money_are_no_formulas(tab: Tab) -> None:
    """langchain-ai/langsmith-sdk/issues/1608, langfuse/langfuse/pull/13734, Infinitix-LLC/gpt_markdown/issues/52"""
    found = text(tab, "money")
    assert found.locator("math").count() == 0
    assert found.inner_text().strip() == TEXTS["money"]


def test_a_formula_of_several_lines_is_one(tab: Tab) -> None:
    """langfuse/langfuse/pull/13734"""
    found = text(tab, "align")
    assert found.locator("math mtable").count() == 1 and found.locator(".unread").count() == 0


@pytest.mark.parametrize("key", ["lines", "poem"])
def test_line_ends_stay(tab: Tab, key: str) -> None:
    """enricoros/big-AGI/issues/1220, BoltAI/BoltAI/issues/82, promptfoo/promptfoo/issues/195"""
    assert text(tab, key).inner_text().split("\n") == TEXTS[key].split("\n")


def test_html_is_shown_and_no_link(tab: Tab) -> None:
    """langfuse/langfuse/issues/7113, AquiLLM/AquiLLM/issues/56"""
    found = text(tab, "html")
    assert found.inner_text().strip() == TEXTS["html"] and found.locator("a, br").count() == 0


def test_two_pictures_and_what_follows_are_shown(tab: Tab) -> None:
    """promptfoo/promptfoo/issues/871"""
    assert text(tab, "pictures").inner_text().strip() == TEXTS["pictures"]


def test_a_table_right_after_a_line_is_one(tab: Tab) -> None:
    """promptfoo/promptfoo/issues/1003"""
    assert text(tab, "table").locator("td").all_inner_texts() == ["nut", "4", "bolt", "9"]


def test_spaces_and_indents_stay_in_the_plain_text_and_in_the_copy(browser: Any, server: Server) -> None:
    """HumanSignal/label-studio/issues/5338, langfuse/langfuse/issues/2660, UKGovernmentBEIS/inspect_ai/pull/2361"""
    tab = Tab(browser, server.address, permissions=["clipboard-read", "clipboard-write"])
    for key in ("spaces", "python"):
        text(tab, key)
        tab.page.keyboard.press("r")
        assert tab.page.locator(".answer pre.plain").text_content() == TEXTS[key]
        tab.page.keyboard.press("r")
        tab.page.get_by_role("button", name="Copy text").click()
        tab.page.wait_for_function("t => navigator.clipboard.readText().then((c) => c === t)", arg=TEXTS[key])
    tab.check()
    tab.context.close()


def test_json_shows_every_script_as_it_is(tab: Tab) -> None:
    """langfuse/langfuse/issues/17518, langfuse/langfuse/pull/13223, EleutherAI/lm-evaluation-harness/pull/1246"""
    text(tab, "script")
    tab.page.keyboard.press("x")
    shown = tab.page.locator(".sample pre.code").inner_text()
    tab.page.keyboard.press("x")
    assert all(word in shown for word in ("答えは", "Ответ", "éàü", "😀"))


def test_an_export_is_utf8_whatever_the_locale_says(runs: Path, tmp_path: Path) -> None:
    """EleutherAI/lm-evaluation-harness/pull/2082"""
    command = [
        sys.executable,
        "-m",
        "verirs.cli",
        "view",
        str(runs / "texts"),
        "--export",
        str(tmp_path / "o"),
    ]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=300)
    assert (tmp_path / "o" / "index.html").read_text(encoding="utf-8")


def test_a_text_of_megabytes_opens_and_so_does_its_json(tab: Tab) -> None:
    """langfuse/langfuse/issues/9933, openobserve/openobserve/issues/11444, langfuse/langfuse/pull/15155"""
    assert len(text(tab, "base64").inner_text().strip()) == len(TEXTS["base64"])
    tab.page.keyboard.press("x")
    tab.page.locator(".sample pre.code").wait_for()
    tab.page.keyboard.press("x")


# ---- the lists --------------------------------------------------------------------------------------------


def test_ids_are_in_the_order_of_their_numbers(tab: Tab) -> None:
    """UKGovernmentBEIS/inspect_ai/issues/399"""
    tab.open("run", "numbered", "problems", query="sort=id")
    tab.rows("problems").nth(11).wait_for()
    assert ids(tab) == IDS


def test_a_row_opens_what_it_names_in_any_order(tab: Tab) -> None:
    """RoseSilverSoftware/IlluminatedCloud/issues/1018"""
    page = tab.open("run", "numbered", "problems", query="sort=-id")
    tab.rows("problems").nth(11).wait_for()
    name = ids(tab)[2]
    tab.rows("problems").nth(2).click()
    page.get_by_role("heading", name=f"problems / {name}", exact=True).wait_for()


def test_next_and_previous_stay_in_the_filter_and_its_order(tab: Tab) -> None:
    """langfuse/langfuse/issues/8912, langfuse/langfuse/issues/6223"""
    page = tab.open("run", "numbered", "problems", query="q=pass%3D2&sort=-id")
    page.get_by_text("4 of 12 problems").wait_for()
    order = ids(tab)
    tab.rows("problems").first.click()
    page.get_by_role("heading", name=f"problems / {order[0]}", exact=True).wait_for()
    for name in order[1:]:
        page.keyboard.press("n")
        page.get_by_role("heading", name=f"problems / {name}", exact=True).wait_for()
    assert page.get_by_role("button", name="next ›").is_disabled()
    page.keyboard.press("u")
    page.get_by_text("4 of 12 problems").wait_for()
    assert ids(tab) == order


def test_back_keeps_filter_and_order(tab: Tab) -> None:
    """gbfr-logs/gbfr-logs/issues/139, SigNoz/signoz/issues/153, langfuse/langfuse/issues/10955"""
    page = tab.open("run", "numbered", "problems", query="q=pass%3C2&sort=-id")
    page.get_by_text("8 of 12 problems").wait_for()
    order = ids(tab)
    tab.rows("problems").nth(1).click()
    page.locator(".card.sample").wait_for()
    page.go_back()
    page.get_by_text("8 of 12 problems").wait_for()
    assert ids(tab) == order


def test_samples_are_filtered_by_answer_and_by_reason(tab: Tab) -> None:
    """UKGovernmentBEIS/inspect_ai/issues/2466"""
    page = tab.open("run", "numbered", "samples", query="q=answer%3A41")
    page.get_by_text("8 of 24 samples").wait_for()
    tab.open("run", "numbered", "samples", query="q=contains&full=1")  # a word of the scorer's reason
    page.get_by_text("8 of 24 samples").wait_for()


def test_the_list_shows_what_each_scorer_said(tab: Tab) -> None:
    """UKGovernmentBEIS/inspect_ai/issues/2311"""
    page = tab.open("run", "numbered", "samples", query="q=pecan&full=1")
    page.get_by_text("8 of 24 samples").wait_for()
    row = tab.rows("samples").first.inner_text()
    assert "math" in row and "format" in row


def test_errors_are_counted_by_kind(tab: Tab, runs: Path) -> None:
    """promptfoo/promptfoo/issues/3885, promptfoo/promptfoo/pull/2394: facets with their counts."""
    tab.open("run", "numbered", "samples")
    tab.rows("samples").first.wait_for()
    facet = tab.page.locator("fieldset:has(legend:text-is('scorer said')) button")
    assert {b.split("\n")[-1].split()[-1] for b in facet.all_inner_texts()} == {"8", "16"}


def test_signs_of_other_filter_languages_are_words(tab: Tab) -> None:
    """promptfoo/promptfoo/issues/659"""
    page = tab.open("run", "numbered", "problems")
    for wanted in ("**", "[", "(?", "\\", "a|b", "%", '"', "-", "::"):
        page.get_by_label("filter problems").fill(wanted)
        page.get_by_role("status").filter(has_text="of 12 problems").wait_for()
    page.get_by_label("filter problems").fill("")
    page.get_by_text("12 of 12 problems").wait_for()


def test_words_typed_fast_find_what_the_last_says(tab: Tab) -> None:
    """mono/monodevelop/issues/4999"""
    page = tab.open("run", "numbered", "samples", query="full=1")
    tab.rows("samples").first.wait_for()
    page.get_by_label("filter samples").press_sequentially("walnut")
    page.get_by_text("4 of 24 samples").wait_for()


def test_what_was_searched_is_marked_in_the_text(tab: Tab) -> None:
    """mono/monodevelop/issues/4999"""
    page = tab.open("run", "numbered", "samples", query="q=walnut&full=1")
    page.get_by_text("4 of 24 samples").wait_for()
    tab.rows("samples").first.click()
    page.locator(".card.sample").wait_for()
    page.wait_for_function(
        "() => [...(CSS.highlights.get('searched') ?? [])].some((r) => String(r) === 'walnut')"
    )


def test_head_and_rows_have_the_same_columns(tab: Tab) -> None:
    """promptfoo/promptfoo/pull/6937"""
    for view in ("problems", "samples"):
        tab.open("run", "texts", view)
        tab.rows(view).first.wait_for()
        edges = "e => [...e.children].map((c) => Math.round(c.getBoundingClientRect().left))"
        head = tab.page.locator(".grid .head").evaluate(edges)
        assert tab.rows(view).first.evaluate(edges) == head


def test_no_column_is_empty_from_top_to_bottom(tab: Tab) -> None:
    """promptfoo/promptfoo/issues/7203"""
    tab.open("run", "numbered", "samples")
    tab.page.get_by_role("status").filter(has_not_text="counted").wait_for()
    tab.rows("samples").nth(11).wait_for()
    cells = [row.locator(".cell").all_inner_texts() for row in tab.rows("samples").all()]
    heads = tab.page.locator(".grid .head .cell").all_inner_texts()
    assert [h for h, *column in zip(heads, *cells, strict=True) if not any(column)] == []


# ---- runs -------------------------------------------------------------------------------------------------


def test_the_newest_run_stands_first_and_each_head_sorts(browser: Any, runs: Path) -> None:
    """tidyverse/vitals/issues/28, promptfoo/promptfoo/issues/1395"""
    for age, name in enumerate(("texts", "numbered")):
        for path in (runs / name).rglob("*"):
            os.utime(path, (1.7e9 + 1000 * age, 1.7e9 + 1000 * age))
    server = Server(Library([runs]))
    server.start()
    tab = Tab(browser, server.address)
    page = tab.open()
    table = page.get_by_role("table", name="runs")
    names = table.locator("tbody tr td:first-child")
    names.nth(1).wait_for()
    assert names.all_inner_texts() == ["numbered", "texts"]
    table.get_by_role("button", name="problems", exact=True).click()
    assert names.all_inner_texts() == ["texts", "numbered"]
    tab.check()
    tab.context.close()
    server.close()


def test_a_sample_says_whose_it_is(tab: Tab) -> None:
    """UKGovernmentBEIS/inspect_ai/pull/888, EleutherAI/lm-evaluation-harness/issues/603"""
    page = tab.open("run", "numbered", "problem", "q3")
    page.get_by_role("heading", name="problems / q3").wait_for()
    assert (
        "numbered" in page.locator("nav.top").inner_text()
        and "replay" in page.locator("nav.top").inner_text()
    )


def test_an_exported_folder_has_no_ghosts_and_needs_a_plain_server_or_none(
    browser: Any, runs: Path, tmp_path: Path
) -> None:
    """UKGovernmentBEIS/inspect_ai/issues/4763, .../issues/1557, .../issues/79, liaohch3/claude-tap/issues/18"""
    out = tmp_path / "out"
    write_folder(Library([runs]), out)
    write_folder(Library([runs / "numbered"]), out)
    assert max(p.stat().st_size for p in (out / "data").iterdir()) < 1 << 20
    assert not any("texts" in p.read_text(encoding="utf-8")[:200] for p in (out / "data").iterdir())
    plain = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert plain.stdout is not None
    port = plain.stdout.readline().split("port ")[1].split()[0]
    for start in (f"http://127.0.0.1:{port}/index.html", (out / "index.html").as_uri()):
        tab = Tab(browser, start)
        page = tab.open("run", "numbered", "problem", "q3")
        page.locator(".card.sample").wait_for()
        tab.open("run", "texts").get_by_role("alert").wait_for()
        tab.check()
        tab.context.close()
    plain.terminate()
    plain.wait()
    plain.stdout.close()


def test_a_growing_run_leaves_the_reader_where_he_is(browser: Any, tmp_path: Path) -> None:
    """wttech/cogboard/issues/477: the list goes on growing, filter, row and opened sample stay."""
    problems = [{"id": f"p{i}", "prompt": f"count {i}", "answer": "42"} for i in range(60)]
    rows = [r for p in problems for r in made.samples(str(p["id"]), ["\\boxed{42}"])]
    result = made.replayed(tmp_path, problems, rows, name="grows")
    library = Library([result.path])
    server = Server(library)
    server.start()
    tab = Tab(browser, server.address)
    page = tab.open("run", "grows", "problems", query="q=rate%3E0&sort=id")
    page.get_by_text("60 of 60 problems").wait_for()
    page.evaluate("document.querySelector('.grid .body').scrollTop = 700")
    with Store.open(result.path, write=True) as store:
        store.update(n=2)
        completion = Completion(index=1, text="\\boxed{41}")
        store.append_completions([("p25", completion)])
        store.append_scores(
            [("p25", completion, [Score(scorer="math", version="2", verdict=Verdict.FAIL, answer="41")])]
        )
    library.run("grows")._took = 0.0
    page.wait_for_function("() => /50%/.test(document.body.innerText)")
    assert page.evaluate("document.querySelector('.grid .body').scrollTop") == 700
    assert page.get_by_label("filter problems").input_value() == "rate>0"
    tab.check()
    tab.context.close()
    server.close()


def test_equal_answers_are_counted_once(tab: Tab) -> None:
    """promptfoo/promptfoo/issues/428"""
    page = tab.open("run", "numbered", "problem", "q1")
    classes = page.get_by_label("answer classes").locator("li")
    classes.first.wait_for()
    assert classes.count() == 1 and classes.first.inner_text().split()[-1] == "2"


def test_a_sample_has_an_address(tab: Tab) -> None:
    """promptfoo/promptfoo/issues/1499"""
    page = tab.open("run", "numbered", "problem", "q2")
    page.locator(".card.sample").wait_for()
    page.keyboard.press("j")
    page.get_by_role("heading", name="sample 1").wait_for()
    page.reload()
    page.get_by_role("heading", name="sample 1").wait_for()


def test_keys_work_at_once_and_are_listed(tab: Tab) -> None:
    """UKGovernmentBEIS/inspect_ai/pull/2425, doccano/doccano/issues/1173, HumanSignal/label-studio/issues/8055"""
    page = tab.open("run", "numbered", "problems")
    tab.rows("problems").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".card.sample").wait_for()
    page.keyboard.press("?")
    said = page.get_by_role("dialog", name="help").inner_text()
    page.keyboard.press("Escape")
    assert all(word in said for word in ("next, previous sample", "JSON", "doubt the verdict"))


def test_a_long_text_is_judged_without_going_back_to_its_top(tab: Tab) -> None:
    """HumanSignal/label-studio/issues/2573"""
    text(tab, "base64")
    tab.page.locator(".sample").evaluate("e => e.scrollIntoView({ block: 'end' })")
    tab.page.mouse.wheel(0, 100_000)
    tab.page.keyboard.press("m")
    tab.page.wait_for_function(
        "() => { const b = document.activeElement?.getBoundingClientRect(); return b && document.activeElement.tagName === 'SELECT' && b.top >= 0 && b.bottom <= innerHeight; }"
    )
    tab.page.keyboard.press("Escape")


def test_a_broken_sample_list_says_so(browser: Any, tmp_path: Path) -> None:
    """promptfoo/promptfoo/issues/1873, promptfoo/promptfoo/issues/4492: an empty page without a word."""
    made.maths(tmp_path)
    manifest = tmp_path / "runs" / "maths" / "manifest.json"
    table = json.loads(manifest.read_text())
    lost = next(f for f in (tmp_path / "runs" / "maths" / "groups").rglob("*.parquet"))
    lost.write_bytes(lost.read_bytes()[:-9])
    assert table
    server = Server(Library([tmp_path / "runs"]))
    server.start()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.address}#/run/maths/problems")
    said = page.get_by_role("alert")
    said.wait_for()
    assert lost.name in said.inner_text() and "verirs repair" in said.inner_text()
    context.close()
    server.close()
