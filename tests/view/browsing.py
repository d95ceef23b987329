"""A headless Chromium, and a page in it that fails its test where a script breaks or a request leaves."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WAIT = 60_000
"""ms; an upper bound."""


class Tab:
    """A page that fails the test where a script breaks, a request leaves, or a policy is broken."""

    def __init__(self, browser: Any, start: str, **options: Any):
        self.context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        self.context.set_default_timeout(WAIT)
        self.page = self.context.new_page()
        self.start, self.faults, self.asked = start, [], []  # type: str, list[str], list[str]
        self.page.on("pageerror", lambda e: self.faults.append(str(e)))
        self.page.on(
            "console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None
        )
        self.context.on("request", lambda r: self.asked.append(r.url))

    def open(self, *parts: str, query: str = "") -> Any:
        path = "/".join(quote(part, safe="") for part in parts)
        self.page.goto(f"{self.start}#/{path}" + (f"?{query}" if query else ""))
        return self.page

    def rows(self, name: str) -> Any:
        return self.page.locator(f'[role=grid][aria-label="{name}"] .row')

    def check(self) -> None:
        base = self.start.partition("#")[0].rpartition("/")[0]
        away = [url for url in self.asked if not url.startswith(base)]
        assert not self.faults and not away, (self.faults, away)


OWNED = """() => [
    document.title === 'owned',
    document.querySelectorAll('iframe, img, base, object, embed, [onerror], [onload]').length
    + document.querySelectorAll('[onmouseover], [onfocus]').length
    + document.querySelectorAll('a[href^=javascript], meta[http-equiv=refresh]').length,
    document.querySelectorAll('script').length]"""
"""Whether a text got out of the page; the third is the number of scripts, the page's own two."""


@contextlib.contextmanager
def launched(*args: str) -> Iterator[Any]:
    """A headless Chromium. While it is open an event loop runs in this thread: so no longer than a module."""
    sync = pytest.importorskip("playwright.sync_api", reason="the browser is driven by playwright")
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    with sync.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *args])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found
