"""Strangers' text on a terminal and in a shell."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.table import Table

from verirs.report.screen import Screen
from verirs.system.names import LONGEST, name_fault
from verirs.system.terminal import one_line, pasted, python_text, shown

ANY = st.text(st.characters(codec=None, exclude_categories=[]), max_size=60)
HARMLESS = {"\u200c", "\u200d"}
"""The joiners that scripts and emoji need."""


@given(ANY)
def test_nothing_that_is_shown_moves_or_hides(text: str) -> None:
    for char in shown(text):
        kind = unicodedata.category(char)
        assert char in "\n\t" or char in HARMLESS or kind not in ("Cc", "Cs", "Zl", "Zp"), hex(ord(char))
        assert unicodedata.bidirectional(char) not in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )
    assert not set(one_line(text)) & {"\n", "\t", "\r", "\v", "\f"}


@pytest.mark.parametrize(
    "text",
    ["plain", "größe", "世界", "🙂", "👨‍👩‍👧", "עברית", "العربية", "हिन्दी", "a\nb\tc", r"C:\x1b", "−½ x²"],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert shown(text) == text


def test_what_is_cut_says_so() -> None:
    assert one_line("x" * 1005, 5) == "xxxxx… (1,000 characters more)"
    assert one_line("a\r\nb\x1b", 9) == r"a\r\nb\x1b"


NAMES = (
    "a b",
    "a'b",
    '"',
    "$(x)",
    "`x`",
    "-rf",
    "\x1b]0;x\x07",
    "a\nb",
    "ü\u202e",
    "\\",
    "x\udcff",
    "!!",
    "*",
    "",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_pasted_path_is_one_word_and_nothing_else(name: str) -> None:
    said = subprocess.run(["bash", "-c", f"printf '%s\\0' {pasted(name)}"], capture_output=True, timeout=60)
    wanted = os.fsencode(f"./{name}" if name.startswith("-") else name)
    assert said.stdout == wanted + b"\0" and pasted(name).isprintable()


@given(ANY)
def test_a_path_in_python_is_that_path(text: str) -> None:
    literal = python_text(text)
    assert literal.isprintable() and eval(literal) == text  # noqa: S307 - the point: it is a literal


@settings(max_examples=300)
@given(st.one_of(ANY, st.sampled_from(["..", "a/b", "a\0", " a", "\u3000", "-", "é" * 61])))
def test_a_good_name_is_one_folder_below(name: str) -> None:
    if not name_fault(name):
        path = Path("/runs") / name
        assert path.parent == Path("/runs") and path.name == name and os.path.normpath(path) == str(path)
        assert len(os.fsencode(name)) <= LONGEST and name.isprintable() and name[0] not in "-."


def test_a_screen_reads_no_markup_and_shows_what_is_hidden() -> None:
    file = io.StringIO()
    screen = Screen(file=file, force_terminal=True, width=60, color_system=None)
    table = Table("[b]head[/b]", title="[/x] \x1b[2J")
    table.add_row("[red]cell\x07")
    screen.print("[/] [link=x]y[/link] :bomb: \x1b]0;x\x07\u202e", style="bold")
    screen.print(table)
    screen.rule("[/y]\x9b")
    said = file.getvalue()
    for text in (
        "[/] [link=x]y[/link] :bomb: \\x1b]0;x\\u202e",
        "[b]head[/b]",
        "[red]cell",
        "[/x]",
        "[/y]",
    ):
        assert text in said
    assert not {"\x07", "\x9b", "\u202e"} & set(said) and "\x1b]" not in said and "\x1b[2J" not in said


def test_the_command_line_starts_without_what_it_does_not_need() -> None:
    code = "import sys, verirs.cli; print(sorted({'cyclopts', 'rich', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done
