"""Answers that cannot hurt, addresses and keys that are fit to use, words that are safe to show."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verirs.errors import UserError
from verirs.system.http import Body, Unreadable, address, below, parsed, retry_after, said, secret, shown


@pytest.mark.parametrize("coding", ["", "identity", "gzip", "deflate"])
@given(data=st.binary(max_size=3000), step=st.integers(1, 700))
def test_a_body_is_what_was_sent(coding: str, data: bytes, step: int) -> None:
    pack: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}
    sent = pack.get(coding, bytes)(data)
    body = Body({"content-encoding": coding}, limit=3000)
    for start in range(0, len(sent), step):
        body.feed(sent[start : start + step])
    assert body.end() == data


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_no_more_than_the_limit_is_kept(coding: str) -> None:
    sent = gzip.compress(bytes(10_000)) if coding else bytes(10_000)
    body = Body({"content-encoding": coding}, limit=9_999)
    with pytest.raises(Unreadable, match="larger than"):
        body.feed(sent)


@pytest.mark.parametrize(
    "more",
    [b"x", bytes(10_000), gzip.compress(b'{"a": 2}', mtime=0), gzip.compress(b"", mtime=0)],
    ids=range(4),
)
@pytest.mark.parametrize("apart", [False, True])
def test_what_goes_on_after_its_compression_is_no_answer(more: bytes, apart: bool) -> None:
    """zlib keeps whatever comes then, without end, and a second text would be lost in silence."""
    for read in (Body.feed, Body.decoded):
        body = Body({"content-encoding": "gzip"})
        one = gzip.compress(b'{"a": 1}')
        pieces = [one, more] if apart else [one + more]
        with pytest.raises(Unreadable, match="goes on after the end of its compression"):
            for piece in pieces:
                read(body, piece)


def test_a_compression_that_breaks_off_is_no_answer() -> None:
    body = Body({"content-encoding": "gzip"})
    body.feed(gzip.compress(b'{"a": 1}')[:-9])
    with pytest.raises(Unreadable, match="breaks off"):
        body.end()


@given(st.binary(max_size=200))
def test_reading_gives_a_value_or_says_why_not(data: bytes) -> None:
    try:
        parsed(data)
    except Unreadable as error:
        assert str(error)


@given(st.binary(max_size=300) | st.text().map(str.encode), st.sampled_from(["", "key-77"]))
def test_what_a_server_says_is_one_safe_line(data: bytes, key: str) -> None:
    line = said(data + key.encode(), key)
    assert line.isprintable() and len(line) <= 200 and (not key or key not in line)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'{"error": {"message": "too long"}}', "too long"),
        (b'{"detail": [{"loc": ["body"], "msg": "seed is unknown"}]}', "seed is unknown"),
        (b'{"error": "busy"}', "busy"),
        (b"<html><title>502 Bad\nGateway</title>", "502 Bad Gateway"),
        (b"", "no message"),
        (b"\x1b[31mred\x07", "[31mred"),
    ],
)
def test_a_servers_own_sentence_is_found(body: bytes, line: str) -> None:
    assert said(body) == line


@pytest.mark.parametrize("off", [0, 3600, -3600, 86_400])
def test_a_date_is_taken_by_the_servers_clock(off: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000
    monkeypatch.setattr(time, "time", lambda: now + off)
    until = formatdate(now + 7, usegmt=True)
    assert retry_after({"retry-after": until, "date": formatdate(now, usegmt=True)}) == 7
    for unreadable in ({}, {"date": "yesterday"}):
        assert retry_after({"retry-after": until, **unreadable}) == max(0, 7 - off)


@given(st.text(max_size=40))
def test_a_wait_is_a_bearable_number_whatever_the_header(value: str) -> None:
    assert 0 <= retry_after({"retry-after": value}) < float("inf")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/v1",
        "https://api.example.com/v1/",
        "http://[::1]:8000/v1",
        "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
        "http://10.0.0.1",
    ],
)
def test_good_addresses_are_taken(url: str) -> None:
    assert address(url, "base_url") == url.rstrip("/")


@given(st.text(max_size=60))
def test_any_address_is_taken_or_refused_in_words(text: str) -> None:
    for url in (text, f"http://{text}", f"https://host:{text}/v1", f"http://user:{text}hunter2@host"):
        try:
            address(url, "base_url")
        except UserError as error:
            assert str(error).startswith("base_url") and "hunter2" not in str(error).replace(text, "")


def test_a_query_stays_at_the_end() -> None:
    assert below("https://h/d?api-version=1", "models") == "https://h/d/models?api-version=1"
    assert below("http://h/v1", "chat/completions") == "http://h/v1/chat/completions"


def test_a_key_is_stripped_or_refused_and_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", " sk-1\n")
    assert secret("SOME_KEY") == "sk-1" and secret("NO_SUCH_KEY") == ""
    for value in ("sk-77 sk-78", "sk-77ü", "sk-77\x01x", "Bearer sk-77"):
        monkeypatch.setenv("SOME_KEY", value)
        with pytest.raises(UserError, match="SOME_KEY") as caught:
            secret("SOME_KEY")
        assert "sk-77" not in str(caught.value)


def test_shown_text_moves_no_cursor() -> None:
    assert shown("a\x1b]0;x\x07b\u202ec\n d") == "a ]0;x b c d"
