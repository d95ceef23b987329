"""What a run shows while it runs: on a terminal, however narrow, and in a log."""

from __future__ import annotations

import io
import re
import time

import pytest
from rich.console import Console

from verirs.report import live
from verirs.report.live import Display
from verirs.running.progress import Progress
from verirs.types import Score, Verdict


def running() -> Progress:
    progress = Progress(problems=40, wanted=320, stage="sampling")
    for i in range(20):
        verdict = (Verdict.PASS, Verdict.FAIL, Verdict.ERROR)[i % 3]
        score = Score(scorer="code", version="1", verdict=verdict, reason="sandbox: no report after 60 s")
        progress.add_scores(f"p{i}", (score,), verdict)
    progress.sampled, progress.tokens = 20, 20_000
    progress.begun -= 10.0
    return progress


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_cut_off_on_a_terminal(width: int) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, soft_wrap=True, color_system=None)
    with Display(running().line, console):
        time.sleep(0.4)
        shown = screen.getvalue()
    words = " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).split())
    for part in ("20/40", "20/320", "pass rate", "pass@n", "errors 6 (6 code: sandbox)", "tokens/s", "left"):
        assert part in words, (part, words)


def test_a_log_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PLAIN_SECONDS", 0.05)
    log = io.StringIO()
    with Display(running().line, Console(file=log, width=80, soft_wrap=True)):
        time.sleep(0.4)
    lines = log.getvalue().splitlines()
    assert len(lines) >= 2 and all(x.startswith("sampling  problems 20/40") for x in lines)
    assert "\x1b" not in log.getvalue()
