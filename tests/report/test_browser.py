"""The page in a real browser: it shows its figures, light and dark, and hostile text does nothing."""

from __future__ import annotations

import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from tests.report.hostile import TEXTS
from tests.report.parsing import Parsed
from tests.report.test_page import index, replayed
from verirs.running.drive import RunResult

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")


def browse(page: Path, folder: Path, *flags: str) -> str:
    """What the browser prints about a page; a fresh profile each time."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", *flags, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_hostile_text_does_nothing_in_a_browser(tmp_path: Path) -> None:
    rows = [
        {"problem_id": f"p{i}", "text": f"{a}{b} \\boxed{{{right}}}"}
        for i, (a, b) in enumerate(zip(TEXTS[:6], TEXTS[6:], strict=True))
        for right in (7, 8)
    ]
    page = Parsed(browse(replayed(tmp_path, rows), tmp_path, "--dump-dom"))
    assert not {"script", "img", "iframe", "base", "a"} & page.tags.keys()
    assert "<script>name<script>: verirs report" in page.texts  # the title, not "owned"
    assert page.tags["svg"] >= 2 and page.tags["article"] == 4
    assert any(TEXTS[0] in text for text in page.pre)


@pytest.mark.parametrize(("scheme", "paper"), [("1", (255, 255, 255)), ("0", (0x12, 0x16, 0x1C))])
def test_the_page_is_light_and_dark(
    ranked: RunResult, tmp_path: Path, scheme: str, paper: tuple[int, ...]
) -> None:
    picture = tmp_path / "page.png"
    settings = f"--blink-settings=preferredColorScheme={scheme}"
    browse(index(ranked), tmp_path, settings, "--window-size=1100,1400", f"--screenshot={picture}")
    first, row_lengths = png(picture.read_bytes())
    assert first == paper
    assert row_lengths > 40_000  # a page with nothing on it packs into a few thousand bytes


def png(data: bytes) -> tuple[tuple[int, ...], int]:
    """The first pixel's red, green and blue, and the size of the packed picture."""
    at, packed = 8, b""
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IDAT":
            packed += data[at + 8 : at + 8 + size]
        at += 12 + size
    # every filter leaves the first pixel of the first row as it is
    return tuple(zlib.decompressobj().decompress(packed, 64)[1:4]), len(packed)
