"""A loop's page: rounds, traces, links to the runs of each round; served, and as the loop's own report."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.records.toys import METRICS
from tests.report.boot import boot, unpacked
from tests.view import runs as made
from tests.view.browsing import Tab, browser
from verirs.loop.page import write_loop_page
from verirs.store import Store
from verirs.types import Completion, Score, Verdict
from verirs.view.library import Library
from verirs.view.server import Server

__all__ = ["browser"]


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rounds; one of four first samples got better, and none worse."""
    path = tmp_path_factory.mktemp("loops") / "toy"
    before = [{**s, "text": "\\boxed{8}"} if s["problem_id"] == "easy" else s for s in made.MATH_SAMPLES]
    for number, samples in enumerate((before, made.MATH_SAMPLES)):
        run = made.replayed(path.parent / f"made-{number}", made.MATHS, samples, name="held-out")
        shutil.copytree(run.path, path / f"round-{number:02}" / "held-out")
        metrics = replace(METRICS, round=number, samples=METRICS.samples if number else None)
        metrics.save(path / f"round-{number:02}" / "metrics.json")
    shutil.copytree(path / "round-01" / "held-out", path / "round-01" / "samples")
    (path / "round-02").mkdir()  # begun
    (path / "loop.json").write_text("{}")
    (path / "result.json").write_text('{"best": 1, "stopped": "all done", "warnings": ["<b>look</b>"]}')
    return path


def test_a_loop_says_what_changed_and_where_its_runs_are(loop: Path) -> None:
    library = Library([loop])
    assert library.loops == ["toy"]
    assert library.names == ["toy/round-00/held-out", "toy/round-01/held-out", "toy/round-01/samples"]
    found = library.answer(["loop", "toy"])
    assert [r["round"] for r in found["rounds"]] == [0, 1, 2] and found["best"] == 1
    assert found["rounds"][1]["runs"]["samples"] == "toy/round-01/samples"
    assert found["rounds"][2]["metrics"] is None
    first = found["traces"][0]
    assert (first["id"], first["before"]["verdict"], first["after"]["verdict"]) == ("easy", "fail", "pass")


def test_its_own_page_holds_the_same_and_leads_to_the_reports(loop: Path) -> None:
    page = write_loop_page(loop)
    assert page == loop / "report" / "index.html"
    found = unpacked(boot(page.read_text())["data"]["loop/toy"])
    for row in found["rounds"]:
        for link in row["reports"].values():
            assert (page.parent / link).resolve().is_file()
    assert found["rounds"][1]["reports"].keys() == {"held-out", "samples"}
    assert found["traces"] == Library([loop]).answer(["loop", "toy"])["traces"]


def test_a_loop_in_a_browser(browser: Any, loop: Path) -> None:
    server = Server(Library([loop]))
    server.start()
    tab = Tab(browser, server.address)
    page = tab.open()
    page.get_by_role("link", name="toy", exact=True).click()
    page.get_by_text("<b>look</b>").wait_for()
    assert page.locator("svg").count() == 2 and page.get_by_text("before", exact=True).count() == 3
    page.get_by_role("link", name="held-out").first.click()
    page.get_by_role("heading", name="toy/round-00/held-out").wait_for()
    tab.check()
    tab.context.close()
    server.close()


def test_its_report_in_a_browser(browser: Any, loop: Path) -> None:
    tab = Tab(browser, write_loop_page(loop).as_uri())
    page = tab.open()
    page.get_by_role("heading", name="toy").first.wait_for()
    page.get_by_text("all done").wait_for()
    tab.check()
    page.get_by_role("link", name="held-out").first.click()
    page.get_by_role("heading", name="held-out").first.wait_for()
    assert not tab.faults
    tab.context.close()


def test_an_open_page_sees_a_run_grow(browser: Any, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "maths", tmp_path / "maths")
    server = Server(Library([tmp_path]))
    server.start()
    tab = Tab(browser, server.address)
    page = tab.open("run", "maths", "samples")
    page.get_by_text("12 of 12 samples").wait_for()
    with Store.open(tmp_path / "maths", write=True) as store:
        store.update(n=5)
        completion = Completion(index=4, text="\\boxed{7}")
        store.append_completions([("easy", completion)])
        told = Score(scorer="math", version="2", verdict=Verdict.PASS, answer="7")
        store.append_scores([("easy", completion, [told])])
    page.get_by_text("13 of 13 samples").wait_for()
    tab.check()
    tab.context.close()
    server.close()
