"""Text stays text, in content and in attributes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.hostile import TEXTS
from tests.report.parsing import Parsed
from verirs.report.html import el, escape


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_is_shown_and_is_no_markup(text: str) -> None:
    page = Parsed(el("pre", text, title=text))
    assert page.tags == {"pre": 1}
    assert [name for _, name, _ in page.attributes] == ["title"]
    if text.isprintable():
        assert page.pre == [text] and page.attributes[0][2] == text


@given(st.text())
def test_any_text_comes_back_as_it_was(text: str) -> None:
    page = Parsed(el("pre", text, title=text))
    assert page.tags == {"pre": 1} and len(page.attributes) == 1
    if text.isprintable():
        assert page.pre == ([text] if text else [""])


def test_what_is_invisible_is_shown_by_its_code() -> None:
    assert escape("a\u202eb\x07\ud800\tc\n") == "a␚202E b␚0007 ␚D800 \tc\n"
    assert escape("x").encode()  # and can be written


def test_only_made_markup_passes_as_markup() -> None:
    inner = el("b", "<i>")
    assert el("p", inner, [None, "<u>", inner]) == "<p><b>&lt;i&gt;</b>&lt;u&gt;<b>&lt;i&gt;</b></p>"
    # what is put together from markup by other means is data again
    assert el("p", inner + "<u>") == "<p>&lt;b&gt;&amp;lt;i&amp;gt;&lt;/b&gt;&lt;u&gt;</p>"
