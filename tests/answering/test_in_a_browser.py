"""A page in a real browser asks the chat endpoint: which pages can, and what they can read (CORS)."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("uvicorn")

from tests.answering.test_chat import ASKED, TEXTS, listening, server
from tests.view.browsing import WAIT, launched
from verirs.answering import Answerer
from verirs.hooks import Grader
from verirs.serve.app import Server
from verirs.serve.gate import Limits

_FETCH = """async ([url, token, body, method]) => {
    const headers = {"Content-Type": "application/json", "X-Stainless-Lang": "js"};
    if (token) headers.Authorization = `Bearer ${token}`;
    try {
        const sent = method === "GET" ? {headers} : {method, headers, body: JSON.stringify(body)};
        const got = await fetch(url, sent);
        const pieces = [], reader = got.body.getReader(), decoder = new TextDecoder();
        for (;;) {
            const {done, value} = await reader.read();
            if (done) break;
            pieces.push(decoder.decode(value, {stream: true}));
        }
        return [got.status, pieces.join(""), got.headers.get("X-Should-Retry")];
    } catch (e) {
        return [0, e.name, null];
    }
}"""
"""What an OpenAI client in a page sends; status 0: the browser let it read nothing."""


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>page</title>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server with an empty page."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        yield pages.server_address[1]
        pages.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """For it ``page.example`` is a server here."""
    with launched("--host-resolver-rules=MAP page.example 127.0.0.1") as found:
        yield found


def made(token: str = "") -> Server:
    answerer: Answerer | None = server().chat.answerer
    return Server(Grader("math"), token, None, answerer)


def ask(browser: Any, page: str, url: str, token: str = "", method: str = "POST", **more: Any) -> Any:
    """Status, text and a header, as a script of the page reads them."""
    tab = browser.new_page()
    try:
        tab.set_default_timeout(WAIT)
        tab.goto(page)
        return tab.evaluate(_FETCH, [url, token, {**ASKED, **more}, method])
    finally:
        tab.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_this_machine_may_ask(browser: Any, port: int, host: str) -> None:
    with listening(made()) as url:
        status, text, _ = ask(browser, f"http://{host}:{port}/", f"{url}/v1/chat/completions")
        assert status == 200 and json.loads(text)["choices"][0]["message"]["content"] == TEXTS[1]
        status, text, _ = ask(browser, f"http://{host}:{port}/", f"{url}/v1/chat/completions", stream=True)
        assert status == 200 and text.startswith("data: {") and text.endswith("data: [DONE]\n\n")
        status, text, _ = ask(browser, f"http://{host}:{port}/", f"{url}/v1/models", method="GET")
        assert status == 200 and json.loads(text)["data"][0]["id"] == "verirs"


def test_a_page_reads_an_error_and_whether_to_try_again(browser: Any, port: int) -> None:
    page = f"http://127.0.0.1:{port}/"
    with listening(made()) as url:
        status, text, _ = ask(browser, page, f"{url}/v1/chat/completions", model="gpt")
        assert status == 404 and json.loads(text)["error"]["param"] == "model"
    with listening(server(wait=True, limits=Limits(answer_seconds=0.3))) as url:
        status, text, again = ask(browser, page, f"{url}/v1/chat/completions")
        assert (status, json.loads(text)["error"]["code"], again) == (504, "timeout", "false")


def test_a_page_of_another_site_may_not_without_a_token(browser: Any, port: int) -> None:
    one = made()
    with listening(one) as url:
        for method, path in (("POST", "/v1/chat/completions"), ("GET", "/v1/models")):
            page = f"http://page.example:{port}/"
            assert ask(browser, page, url + path, method=method)[:2] == [0, "TypeError"]
    assert one.chat.answerer is not None and one.chat.answerer.engine.requests == []  # type: ignore[attr-defined]


def test_a_page_that_has_the_token_may(browser: Any, port: int) -> None:
    page = f"http://page.example:{port}/"
    with listening(made("secret")) as url:
        path = f"{url}/v1/chat/completions"
        status, text, _ = ask(browser, page, path, "secret")
        assert status == 200 and json.loads(text)["choices"][0]["message"]["content"] == TEXTS[1]
        status, text, _ = ask(browser, page, path, "wrong")
        assert status == 401 and "token" in json.loads(text)["error"]["message"]
        assert ask(browser, page, f"{url}/k/secret/v1/models", method="GET")[0] == 200


def test_no_page_reads_the_other_paths(browser: Any, port: int) -> None:
    with listening(made("secret")) as url:
        page = f"http://page.example:{port}/"
        assert ask(browser, page, f"{url}/grade", "secret")[:2] == [0, "TypeError"]
