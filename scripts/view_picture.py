"""The picture of the viewer in docs/view.md, made from a run.

    python -m scripts.view_picture [RUN] [--problem ID] [--out docs/view.png]

Any run will do; without one it is the demo's, drawn anew: the picture of the README and the docs. Needs
playwright and Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import sync_playwright

from verirs.cli import main as cli
from verirs.view.library import Library
from verirs.view.run import RunView
from verirs.view.server import Server


def most_telling(run: RunView) -> str:
    """The problem with the most answer classes among those that some samples solve, and some do not."""
    columns, ids = run.judge_all().problem_columns, run.index().ids
    rows = zip(columns["doubt"], columns["classes"], columns["pass"], columns["fail"], ids, strict=True)
    return max((bool(p and f), d > 0, c, key) for d, c, p, f, key in rows)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, nargs="?")
    parser.add_argument("--problem", default="")
    parser.add_argument("--out", default="docs/view.png")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = args.run
        if path is None:
            path = Path(folder) / "demo"
            cli(["demo", "--rounds", "0", "--out", str(path)])
        take(path, args.problem, args.out)


def take(path: Path, problem: str, out: str) -> None:
    """Open the run in a browser and take the picture."""
    library = Library([path])
    name = library.names[0]
    problem = problem or most_telling(library.run(name))
    server = Server(library)
    server.start()
    with sync_playwright() as play:
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 760}, color_scheme="light")
        page.goto(f"{server.address}#/run/{quote(name, safe='')}/problem/{quote(problem, safe='')}")
        page.locator(".card.sample").wait_for()
        page.screenshot(path=out)
        browser.close()
    server.close()


if __name__ == "__main__":
    main()
