"""What a run shows while it runs: on a terminal, however narrow, and in a log."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import pytest
from rich.console import Console

from verirs.report import live
from verirs.report.live import Display
from verirs.running.progress import Progress
from verirs.types import Score, Verdict


def running() -> Progress:
    progress = Progress(problems=40, wanted=320)
    progress.enter("sampling")
    for i in range(20):
        verdict = (Verdict.PASS, Verdict.FAIL, Verdict.ERROR)[i % 3]
        score = Score(scorer="code", version="1", verdict=verdict, reason="sandbox: no report after 60 s")
        progress.add_scores(f"p{i}", (score,), verdict)
    progress.since -= 100.0
    progress._marks[0] = (progress.since, 0, 0)
    progress.sampled, progress.tokens = 20, 20_000
    return progress


def drawn(screen: str) -> list[str]:
    """The lines that were drawn over each other."""
    return [part for part in re.split(r"\r\x1b\[2K", screen) if part]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_the_line_fits_on_a_terminal_and_leaves_nothing_behind(width: int) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, color_system=None)
    with Display(running().line, console):
        end = time.monotonic() + 60
        while len(drawn(screen.getvalue())) < 3 and time.monotonic() < end:
            time.sleep(0.05)
    lines = drawn(screen.getvalue())
    assert len(lines) >= 3 and all(len(line) < width for line in lines)
    assert lines[0].startswith("sampling") and screen.getvalue().endswith("\r\x1b[2K")
    assert "\x1b[?25l" not in screen.getvalue()  # the cursor is never hidden


def test_what_matters_least_is_left_out_first() -> None:
    progress = running()
    whole = progress.line()
    for part in (
        "20/40",
        "20/320",
        "pass rate",
        "pass@n",
        "errors 6",
        "(6 code: sandbox)",
        "tokens/s",
        "left",
    ):
        assert part in whole, (part, whole)
    lines = [progress.line(width) for width in range(len(whole), 20, -1)]
    assert all(len(line) <= width for line, width in zip(lines, range(len(whole), 20, -1), strict=True))
    order = ("(6 code", "tokens/s", "pass@n", "problems", "left", "pass rate", "errors", "20/320")
    gone = [sum(part in line for line in lines) for part in order]
    assert gone == sorted(gone)


def test_a_log_gets_plain_lines_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PLAIN_SECONDS", 0.02)
    log, progress = io.StringIO(), Progress(problems=40, wanted=320, stage="loading the model")
    with Display(progress.line, Console(file=log, width=80)):
        time.sleep(0.3)
        progress.enter("exporting")
        end = time.monotonic() + 60
        while log.getvalue().count("\n") < 2 and time.monotonic() < end:
            time.sleep(0.02)
    assert log.getvalue().splitlines() == ["loading the model", "exporting  problems 0/40"]


def test_each_stage_says_what_it_counts() -> None:
    progress = Progress(problems=2, wanted=8, before=2, unscored=1)
    assert progress.line() == "starting"
    progress.enter("sampling")
    assert progress.line() == (
        "sampling  completions 2/8  problems 0/2  pass rate -  pass@n -  no sample yet after 0:00"
    )
    progress.sampled, progress.tokens = 6, 600
    progress.enter("scoring")
    assert progress.line() == "scoring  completions 0/7  pass rate -  pass@n -"
    score = Score(scorer="math", version="1", verdict=Verdict.PASS)
    progress.add_scores("a", (score,), Verdict.PASS)
    assert progress.line() == "scoring  completions 1/7  pass rate 100.0%  pass@n 100.0%"
    progress.enter("exporting")
    progress.add_exported()
    assert progress.line() == "exporting  problems 1/2" and progress.seconds_left() is None


def test_a_stranger_cannot_move_the_cursor_from_the_line() -> None:
    progress = running()
    progress.errors["p\x1b]0;x\x07\r\n\u202e"] = 9
    assert progress.line().isprintable()


def test_a_display_whose_reader_has_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(live, "LIVE_SECONDS", 0.01)
    for terminal in (True, False):
        monkeypatch.setattr(live, "PLAIN_SECONDS", 0.01)
        with Display(running().line, Console(file=Gone(), force_terminal=terminal)) as display:
            display._thread.join(60)  # type: ignore[union-attr]
            assert not display._thread.is_alive()  # type: ignore[union-attr]


def at(stage: str, seconds: float, **counts: Any) -> Progress:
    """A stage that began so long ago."""
    progress = Progress(**counts)
    progress.enter(stage)
    progress.since -= seconds
    progress._marks[0] = (progress.since, *progress._marks[0][1:])
    return progress


def test_every_stage_has_its_own_bar_and_time_left() -> None:
    score = Score(scorer="code", version="1", verdict=Verdict.PASS)
    judging = at("scoring", 50, problems=10, unscored=100)
    writing = at("exporting", 50, problems=100)
    for i in range(25):
        judging.add_scores(f"p{i}", (score,), Verdict.PASS)
        writing.add_exported()
    for progress in (judging, writing):
        line = progress.line(120)
        assert "[#####...............]" in line and re.search(r"2:(29|30|31) left", line), line
        assert "[" not in progress.line()  # a log has no bar
        assert len(progress.line(80)) <= 80 and "[##........]" in progress.line(80)


def test_no_time_left_is_told_before_it_is_known() -> None:
    early = at("exporting", 9, problems=100_000)
    early.exported = 10
    done = at("exporting", 90, problems=100)
    done.exported = 100
    unknown = at("scoring", 90)
    assert [p.seconds_left() for p in (early, done, unknown)] == [None] * 3
