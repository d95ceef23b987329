"""Pools of servers as people met them outside: lists of addresses that change, servers that load, die, come
back as another one, and proxies that answer in their place. Whole runs by the command."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.engines.weather import PROBLEMS, SAMPLES, Case, Fault, Out, says, serving, write
from tests.outside.case import Ran, command
from verirs.engines.openai import engine
from verirs.engines.openai import pool as reaching

ALL = PROBLEMS * SAMPLES
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
OTHER = says(200, {"data": [{"id": "other-7b"}]})
MINE = says(200, {"data": [{"id": "tiny"}]})
PATIENT = {"timeout": 1.5, "deadline": 60}


@dataclass
class Place:
    """What a case may look at and change while its run goes on.

    Args:
        folder: of the config; ``servers.txt`` lies there.
        odd, good: addresses of the two servers.
        asked, well: the bodies that each of them got.
    """

    folder: Path
    odd: str
    good: str
    asked: list[dict[str, Any]]
    well: list[dict[str, Any]]

    @property
    def file(self) -> Path:
        return self.folder / "servers.txt"


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """A case: a server that is odd, another that is not, and a run over them.

    Args:
        seen: where somebody met it.
        fault, models: what the odd server answers.
        urls: of the run, of ``{odd}`` and ``{good}``; or, with ``lines``, the file of addresses.
        lines: what the file of addresses holds at first.
        meanwhile: done in a thread while the run goes on.
        words: all said by the run.
        not_words: none of them is.
        code: of the command.
        stored: samples, at least.
        check: more that holds.
    """

    id: str
    seen: str
    fault: Fault | None = None
    models: Fault | None = None
    urls: tuple[str, ...] = ("{odd}", "{good}")
    lines: bytes | None = None
    options: dict[str, Any] = field(default_factory=dict)
    toml: str = ""
    meanwhile: Callable[[Place], Any] | None = None
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    code: int = 0
    stored: int = ALL
    check: Callable[[Place, Ran], Any] | None = None


class Times:
    """Answers the first so many requests in one way, all others in another."""

    def __init__(self, times: int, first: Fault, then: Fault | None = None, skip: int = 0):
        self._left, self._skip, self._first, self._then = times, skip, first, then
        self._lock = threading.Lock()

    def __call__(self, out: Out) -> None:
        with self._lock:
            struck = self._left > 0 and self._skip <= 0
            self._left -= struck
            self._skip -= 1
        if struck:
            self._first(out)
        elif self._then is not None:
            self._then(out)
        else:
            out.send(200, out.good())


class Gone:
    """A proxy before a server that is away for some seconds, after so many good answers."""

    def __init__(self, after: int, seconds: float, says_so: Fault):
        self._after, self._seconds, self._says_so, self._since = after, seconds, says_so, 0.0

    def _away(self) -> bool:
        return bool(self._since) and time.monotonic() < self._since + self._seconds

    def post(self, out: Out) -> None:
        self._after -= 1
        if self._after == 0:
            self._since = time.monotonic()
        self._says_so(out) if self._away() else out.send(200, out.good())

    def get(self, out: Out) -> None:
        self._says_so(out) if self._away() else MINE(out)


def away(id: str, seen: str, answer: Fault) -> Pooled:
    """One server behind a proxy which says that it is away for a while: all samples come."""
    gone = Gone(3, 1.0, answer)
    return Pooled(
        id=id,
        seen=seen,
        fault=gone.post,
        models=gone.get,
        urls=("{odd}",),
        options={"retries": 1, "concurrency": 2},
        words=("is back after",),
    )


def slow(out: Out) -> None:
    time.sleep(0.15)
    out.send(200, out.good())


def silent(out: Out) -> None:
    out.stop.wait(20)
    out.raw(b"")


def until(done: Callable[[], Any], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.01)


def finish(word: str) -> Fault:
    def fault(out: Out) -> None:
        answer = out.good()
        answer["choices"][0]["finish_reason"] = word
        out.send(200, answer)

    return fault


def cut_stream(out: Out) -> None:
    """The head of a stream, a piece, and then the connection goes."""
    piece = b'data: {"choices": [{"index": 0, "delta": {"content": "It is "}}]}\n\n'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    out.raw(head + f"{len(piece):x}\r\n".encode() + piece + b"\r\n")


def strict_about(field_name: str) -> Fault:
    """Refuses a field that it does not know, in pydantic's words."""

    def fault(out: Out) -> None:
        if field_name in out.body:
            detail = {"type": "extra_forbidden", "loc": ["body", field_name]}
            out.send(422, {"detail": [{**detail, "msg": "Extra inputs are not permitted", "input": 1}]})
        else:
            out.send(200, completion_without_seed(out))

    return fault


def completion_without_seed(out: Out) -> dict[str, Any]:
    out.body.setdefault("seed", out.body.get("random_seed", 3))
    return out.good()


# ---- what is done while a run goes on -----------------------------------------------------------------


def rename_over(place: Place) -> None:
    """The list is replaced at once, as a careful writer does."""
    until(lambda: len(place.asked) >= 2)
    new = place.folder / "servers.new"
    new.write_text(f"{place.good}\n")
    os.replace(new, place.file)


def swap_link(place: Place) -> None:
    """As Kubernetes updates a mounted ConfigMap: a folder's link is pointed elsewhere."""
    until(lambda: len(place.asked) >= 2)
    (place.folder / "..2").mkdir()
    (place.folder / "..2/servers.txt").write_text(f"{place.good}\n")
    (place.folder / "..link").symlink_to("..2")
    os.replace(place.folder / "..link", place.folder / "..data")


def with_old_time(place: Place) -> None:
    """Other content, and nothing that a look at the file's size and time would tell."""
    until(lambda: len(place.asked) >= 2)
    state = place.file.stat()
    place.file.write_bytes(place.good.encode().ljust(state.st_size, b"\n"))
    os.utime(place.file, ns=(state.st_atime_ns, state.st_mtime_ns))


def removed(place: Place) -> None:
    until(lambda: len(place.asked) >= 2)
    place.file.unlink()


def emptied(place: Place) -> None:
    until(lambda: len(place.asked) >= 2)
    for _ in range(3):
        place.file.write_text("")
        time.sleep(0.15)
        place.file.write_text(f"{place.odd}\n")
        time.sleep(0.15)


def join(line: str) -> Callable[[Place], None]:
    def meanwhile(place: Place) -> None:
        until(lambda: len(place.asked) + len(place.well) >= 2)
        place.file.write_text(place.file.read_text() + line.format(odd=place.odd, good=place.good) + "\n")

    return meanwhile


def both_asked(place: Place, ran: Ran) -> bool:
    return bool(place.asked and place.well)


def only_good(place: Place, ran: Ran) -> bool:
    return len(place.well) >= ALL


FILES = [
    Pooled(
        id="crlf-comments-blank-lines",
        seen="https://github.com/ungleich/cdist/pull/476",
        lines=b"# nodes of job 7\r\n\r\n  {odd}\r\n \t \r\n{good}# node 2\r\n",
        options={"concurrency": 4},
        check=both_asked,
    ),
    Pooled(
        id="byte-order-mark",
        seen="https://github.com/x-falcon/Virtual-Hosts/issues/56",
        lines=b"\xef\xbb\xbf{odd}\r\n{good}\r\n",
        options={"concurrency": 4},
        check=both_asked,
    ),
    Pooled(
        id="the-same-line-again-and-a-slash",
        seen="https://github.com/vllm-project/vllm/issues/40279",
        lines=b"{odd}\n{odd}/\n{odd}\n{good}/\n",
        options={"concurrency": 4},
        check=both_asked,
    ),
    Pooled(
        id="no-line-end-at-the-end",
        seen="https://github.com/Radmind/radmind/issues/5",
        lines=b"{odd}\n{good}",
        options={"concurrency": 4},
        check=both_asked,
    ),
    Pooled(
        id="replaced-by-rename",
        seen="https://github.com/bluenviron/mediamtx/pull/181",
        lines=b"{odd}\n",
        fault=slow,
        options={"concurrency": 1},
        meanwhile=rename_over,
        words=("has joined", "has left"),
        check=both_asked,
    ),
    Pooled(
        id="a-link-is-swapped",
        seen="https://github.com/jdiazcano/cfg4k/issues/65",
        lines=b"{odd}\n",
        fault=slow,
        options={"concurrency": 1},
        meanwhile=swap_link,
        words=("has joined", "has left"),
        check=both_asked,
    ),
    Pooled(
        id="changed-under-its-old-time",
        seen="https://github.com/kubernetes/kubernetes/issues/24215",
        lines=b"{odd}\n\n\n",
        fault=slow,
        options={"concurrency": 1},
        meanwhile=with_old_time,
        words=("has joined", "has left"),
        check=both_asked,
    ),
    Pooled(
        id="removed-meanwhile",
        seen="https://github.com/nfs-ganesha/nfs-ganesha/issues/294",
        lines=b"{odd}\n",
        fault=slow,
        options={"concurrency": 1},
        meanwhile=removed,
        words=("cannot be read", "the servers stay as they were"),
    ),
    Pooled(
        id="emptied-for-a-moment",
        seen="https://github.com/jimmidyson/configmap-reload/issues/190",
        lines=b"{odd}\n",
        fault=slow,
        options={"concurrency": 2},
        meanwhile=emptied,
    ),
]
WRONG = [
    Pooled(
        id="a-name-that-nobody-knows",
        seen="https://github.com/BerriAI/litellm/issues/17252",
        urls=("http://gone-node.invalid:8000/v1", "{good}"),
        words=("no server at http://gone-node.invalid:8000/v1", "the others go on"),
        check=only_good,
    ),
    Pooled(
        id="no-v1",
        seen="https://github.com/vllm-project/vllm/issues/6194",
        urls=("{odd}", "{good}"),
        fault=says(404, {"detail": "Not Found"}),
        models=says(404, {"detail": "Not Found"}),
        options={"concurrency": 2},
        words=("does base_url end in /v1", "the others go on"),
        check=lambda place, ran: len(place.asked) <= 2,
    ),
    Pooled(
        id="a-web-page-in-its-place",
        seen="https://github.com/Mintplex-Labs/anything-llm/issues/3223",
        fault=says(200, b"<!DOCTYPE html><title>Chat</title>"),
        models=says(200, b"<!DOCTYPE html><title>Chat</title>"),
        options={"concurrency": 2},
        words=("answers with a web page (Chat)", "the others go on"),
        check=lambda place, ran: len(place.asked) <= 2,
    ),
    Pooled(
        id="another-model-at-the-start",
        seen="https://github.com/NVIDIA/NemoClaw/pull/2729",
        models=OTHER,
        lines=b"{odd}\n{good}\n",
        words=("has no model 'tiny'", "the others go on"),
        check=lambda place, ran: not place.asked,
    ),
    Pooled(
        id="another-model-joins",
        seen="https://github.com/sgl-project/sglang/issues/10065",
        models=OTHER,
        lines=b"{good}\n",
        options={"concurrency": 1},
        meanwhile=join("{odd}"),
        words=("has no model 'tiny'", "other-7b"),
        check=lambda place, ran: not place.asked,
    ),
    Pooled(
        id="it-comes-back-with-another-model",
        seen="https://github.com/luongnv89/ccl/issues/149",
        fault=Times(10_000, says(502, HTML), skip=2),
        models=Times(1, MINE, Times(3, says(502, HTML), OTHER)),
        options={"concurrency": 2},
        meanwhile=lambda place: None,  # the good one takes its time then
        words=("has no model 'tiny'",),
        check=both_asked,
    ),
    Pooled(
        id="one-that-joins-wants-a-key",
        seen="https://github.com/vllm-project/vllm/issues/15845",
        models=says(401, {"error": "Unauthorized"}),
        lines=b"{good}\n",
        options={"concurrency": 1},
        meanwhile=join("{odd}"),
        words=("wants an API key",),
        check=lambda place, ran: not place.asked,
    ),
    Pooled(
        id="all-know-another-name",
        seen="https://github.com/LMCache/LMCache/issues/3809",
        models=says(200, {"data": [{"id": "tiny-chat"}]}),
        urls=("{odd}",),
        code=2,
        stored=0,
        words=("has no model 'tiny'", "it has: tiny-chat"),
    ),
]
LOADING = [
    Pooled(
        id="lists-its-model-while-it-loads",
        seen="https://github.com/docker/model-runner/pull/170",
        fault=Times(40, says(503, {"error": {"message": "Loading model", "code": 503}})),
        urls=("{odd}",),
        options={"retries": 0},
    ),
    Pooled(
        id="loads-everywhere",
        seen="https://github.com/ggml-org/llama.cpp/pull/9056",
        models=Times(3, says(503, {"error": {"message": "Loading model", "code": 503}}), MINE),
        urls=("{odd}",),
        options={"retries": 0},
        words=("Loading model", "is back after"),
    ),
    Pooled(
        id="no-worker-yet",
        seen="https://github.com/sgl-project/sglang/issues/12248",
        models=Times(3, says(503, b"No available workers"), MINE),
        fault=Times(3, says(503, b"No available workers")),
        urls=("{odd}",),
        options={"retries": 0},
    ),
]
DYING = [
    Pooled(
        id="the-engine-is-dead-and-the-server-listens",
        seen="https://github.com/vllm-project/vllm/issues/39863",
        fault=silent,
        options={**PATIENT, "retries": 0, "concurrency": 4},
        check=only_good,
    ),
    Pooled(
        id="the-engine-is-dead-and-says-so",
        seen="https://github.com/vllm-project/vllm/issues/42362",
        fault=says(500, {"error": {"message": "EngineCore encountered an issue.", "code": 500}}),
        options={"retries": 0, "concurrency": 4},
        check=only_good,
    ),
    Pooled(
        id="200-and-nothing",
        seen="https://github.com/vllm-project/vllm-ascend/issues/13140",
        fault=says(200, b""),
        options={"retries": 0, "concurrency": 4},
        check=only_good,
    ),
    Pooled(
        id="a-stream-without-an-end",
        seen="https://github.com/vllm-project/vllm-ascend/pull/15108",
        fault=cut_stream,
        options={"retries": 0, "concurrency": 4, "stream": True},
        check=only_good,
    ),
    Pooled(
        id="cancelled-by-the-server",
        seen="https://github.com/sgl-project/sglang/pull/32456",
        fault=Times(4, says(499, {"object": "error", "message": "Request cancelled", "code": 499})),
        urls=("{odd}",),
        options={"retries": 6},
    ),
    Pooled(
        id="aborted-with-200",
        seen="https://github.com/radixark/miles/pull/3337",
        fault=Times(4, finish("abort")),
        urls=("{odd}",),
        options={"retries": 6},
    ),
    Pooled(
        id="the-queue-is-full",
        seen="https://github.com/huggingface/text-generation-inference/issues/439",
        fault=Times(30, says(429, {"error": "Model is overloaded", "error_type": "overloaded"})),
        urls=("{odd}",),
        options={"retries": 0},
    ),
    away("nginx", "https://github.com/gpustack/gpustack/issues/1718", says(502, HTML)),
    away(
        "cloudflare-tunnel",
        "https://github.com/LostRuins/koboldcpp/issues/2273",
        says(530, b"error code: 1033"),
    ),
    away("cloudflare-origin", "https://github.com/anthropics/claude-code/issues/3197", says(521, HTML)),
    away("traefik", "https://github.com/traefik/traefik/issues/5332", says(404, b"404 page not found\n")),
    away(
        "ngrok",
        "https://github.com/ngrok/ngrok-docs/pull/1253",
        says(404, HTML, {"Ngrok-Error-Code": "ERR_NGROK_3200"}),
    ),
    Pooled(
        id="one-answer-in-time-out",
        seen="https://github.com/ollama/ollama/issues/3694",
        fault=Times(2, says(524, HTML)),
        urls=("{odd}",),
        options={"retries": 6},
        not_words=("is back after",),
    ),
]
ENDINGS = [
    Pooled(
        id="no-resources-to-go-on",
        seen="https://docs.rs/openai-interface/0.12.0/openai_interface/chat/enum.FinishReason.html",
        fault=Times(5, finish("insufficient_system_resource")),
        urls=("{odd}",),
        options={"retries": 6},
        check=lambda place, ran: len(place.asked) == ALL + 5,
    ),
    Pooled(
        id="network-error",
        seen="https://github.com/promptfoo/promptfoo/pull/9905",
        fault=Times(5, finish("network_error")),
        urls=("{odd}",),
        options={"retries": 6},
        check=lambda place, ran: len(place.asked) == ALL + 5,
    ),
    Pooled(
        id="sensitive",
        seen="https://docs.z.ai/api-reference/llm/chat-completion",
        fault=Times(2, finish("sensitive")),
        urls=("{odd}",),
        stored=ALL - 2,
        words=("a filter of the server took the text",),
        check=lambda place, ran: len(place.asked) == ALL,
    ),
    Pooled(
        id="the-context-is-full",
        seen="https://github.com/mozilla-ai/any-llm/pull/1204",
        fault=finish("model_context_window_exceeded"),
        urls=("{odd}",),
        check=lambda place, ran: {r["finish_reason"] for r in ran.rows("rejects")} == {"length"},
    ),
    Pooled(
        id="a-word-of-its-own",
        seen="https://github.com/vercel/modelfusion/pull/343",
        fault=finish("end_turn"),
        urls=("{odd}",),
        check=lambda place, ran: {r["finish_reason"] for r in ran.rows("rejects")} == {"stop"},
    ),
    Pooled(
        id="no-words-and-no-error",
        seen="https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/2339",
        fault=says(
            200,
            {
                "choices": [{"message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 36_000, "completion_tokens": 12},
            },
        ),
        urls=("{odd}",),
        words=("wrote 12 tokens and sends no text",),
    ),
]
FIELDS = [
    Pooled(
        id="no-seed-please",
        seen="https://github.com/langchain-ai/langchain-azure/issues/82",
        fault=strict_about("seed"),
        urls=("{odd}",),
        code=5,
        stored=0,
        words=("Extra inputs are not permitted", "engine.seed_key"),
    ),
    Pooled(
        id="a-seed-by-another-name",
        seen="https://github.com/simonw/llm-mistral/issues/2",
        fault=strict_about("seed"),
        urls=("{odd}",),
        options={"seed_key": "random_seed"},
        check=lambda place, ran: len({b["random_seed"] for b in place.asked}) == ALL,
    ),
    Pooled(
        id="no-seed",
        seen="https://github.com/mcpchecker/mcpchecker/pull/188",
        fault=strict_about("seed"),
        urls=("{odd}",),
        options={"seed_key": ""},
        check=lambda place, ran: not any("seed" in key for b in place.asked for key in b),
    ),
    Pooled(
        id="no-n-please",
        seen="https://github.com/iflytek/spark-ai-python/issues/56",
        fault=says(400, {"error": {"message": "'$.parameter.chat.n' unknown field"}}),
        urls=("{odd}",),
        code=5,
        stored=0,
        words=("'$.parameter.chat.n' unknown field",),
    ),
]


def waits(id: str, seen: str, answer: Fault, **more: Any) -> Pooled:
    """One server that has no room, or nobody behind it, for more requests than a sample has attempts."""
    return Pooled(
        id=id, seen=seen, fault=Times(40, answer, skip=2), urls=("{odd}",), options={"retries": 1}, **more
    )


class Later:
    """Modal's way of answering late: 303 and where to look, again and again; the answer is got there."""

    def __init__(self, looks: int):
        self._looks, self._kept = looks, dict[str, Any]()

    def post(self, out: Out) -> None:
        key = str(len(self._kept))
        self._kept[key] = (out.good(), self._looks)
        self._see(out, key)

    def get(self, out: Out) -> None:
        _, _, key = out.path.partition("call_id=")
        if not key:
            return MINE(out)
        answer, left = self._kept[key]
        self._kept[key] = (answer, left - 1)
        return out.send(200, answer) if left == 0 else self._see(out, key)

    def _see(self, out: Out, key: str) -> None:
        out.send(303, b"", {"Location": f"/v1/chat/completions?__modal_function_call_id={key}"})


LATER = Later(3)
ROUTERS = [
    waits(
        "no-deployments",
        "https://github.com/BerriAI/litellm/pull/2493",
        says(429, {"error": {"message": "No deployments available for selected model", "code": "429"}}),
    ),
    waits(
        "no-models-500",
        "https://github.com/BerriAI/litellm/issues/2487",
        says(500, {"error": {"message": "No models available\n\nTraceback (most recent call last)"}}),
    ),
    waits(
        "no-healthy-deployments-400",
        "https://github.com/BerriAI/litellm/issues/25466",
        says(400, {"error": {"message": "There are no healthy deployments for this model.", "code": "400"}}),
    ),
    waits(
        "the-engine-sleeps-400",
        "https://github.com/vllm-project/production-stack/pull/643",
        says(400, {"error": "Model tiny not found or vLLM engine is sleeping."}),
    ),
    waits(
        "no-workers-400",
        "https://github.com/runpod/docs/pull/331",
        says(400, {"error": "no workers available"}),
    ),
    waits(
        "server-overloaded",
        "https://github.com/ollama/ollama/issues/15934",
        says(503, {"error": "Server overloaded, please retry shortly (ref: aaa65c70)"}),
    ),
    waits(
        "no-healthy-upstream",
        "https://github.com/vllm-project/semantic-router/issues/275",
        says(503, b"no healthy upstream"),
    ),
    waits(
        "upstream-reset",
        "https://github.com/vllm-project/aibrix/issues/1103",
        says(503, b"upstream connect error or disconnect/reset before headers. reset reason: overflow"),
    ),
    Pooled(
        id="a-router-that-hangs-for-a-while",
        seen="https://github.com/vllm-project/production-stack/issues/749",
        fault=Times(3, silent),
        urls=("{odd}",),
        options={**PATIENT, "retries": 3},
    ),
    Pooled(
        id="it-loads-for-ever",
        seen="https://github.com/gpustack/gpustack/issues/1179",
        models=says(503, {"error": {"message": "Loading model"}}),
        urls=("{odd}",),
        options={"deadline": 1},
        code=4,
        stored=0,
        words=("has been away for 0:01", "Loading model"),
    ),
    Pooled(
        id="see-other",
        seen="https://github.com/GreyhavenHQ/reflector/pull/630",
        fault=LATER.post,
        models=LATER.get,
        urls=("{odd}",),
    ),
    Pooled(
        id="a-redirect-on-the-same-server",
        seen="https://github.com/openai/openai-python/issues/785",
        fault=says(307, b"", {"Location": "/v1/chat/completions/llama-70b-chat"}),
        urls=("{odd}",),
        code=4,
        stored=0,
        words=("has moved", "/v1/chat/completions/llama-70b-chat"),
    ),
    Pooled(
        id="paused",
        seen="https://github.com/elastic/elasticsearch/issues/112033",
        fault=says(400, {"error": "Bad Request: Invalid state"}),
        urls=("{odd}",),
        code=5,
        stored=0,
        words=("Bad Request: Invalid state",),
    ),
    Pooled(
        id="500-without-a-word",
        seen="https://github.com/vllm-project/vllm/issues/1492",
        fault=says(500, b"Internal Server Error"),
        options={"retries": 0, "concurrency": 4},
        check=only_good,
    ),
]
CASES = [*FILES, *WRONG, *LOADING, *DYING, *ENDINGS, *FIELDS, *ROUTERS]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(reaching, "_FIRST_PROBE", 0.02)
    monkeypatch.setattr(reaching, "_READ_AGAIN", 0.05)
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@contextlib.contextmanager
def going_on(case: Pooled, place: Place) -> Iterator[None]:
    thread = threading.Thread(target=case.meanwhile or (lambda place: None), args=(place,))
    thread.start()
    try:
        yield
    finally:
        thread.join(60)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_pool(case: Pooled, tmp_path: Path) -> None:
    odd = Case(id="odd", fault=case.fault, models=case.models, strikes="all")
    good = Case(id="good", fault=slow if case.meanwhile else None, strikes="all")
    with serving(odd) as (first, asked), serving(good) as (second, well):
        place = Place(tmp_path, first, second, asked, well)
        base: Any = [url.format(odd=first, good=second) for url in case.urls]
        if case.lines is not None:
            base = "servers.txt"
            told = case.lines.replace(b"{odd}", first.encode()).replace(b"{good}", second.encode())
            if case.meanwhile is swap_link:
                (tmp_path / "..1").mkdir()
                (tmp_path / "..1/servers.txt").write_bytes(told)
                (tmp_path / "..data").symlink_to("..1")
                place.file.symlink_to("..data/servers.txt")
            else:
                place.file.write_bytes(told)
        write(tmp_path, "", Case(id=case.id, options={"base_url": base, **case.options}, toml=case.toml))
        with going_on(case, place):
            ran = command(tmp_path, "run", "conf.toml")
    assert ran.code == case.code, ran.said[-800:]
    stored = sum(ran.verdicts.values()) if (ran.path / "summary.json").exists() else 0
    assert stored >= case.stored, ran.said[-800:]
    for word in case.words:
        assert word.lower() in ran.said.lower(), ran.said[-1500:]
    for word in case.not_words:
        assert word.lower() not in ran.said.lower(), ran.said[-1500:]
    assert case.check is None or case.check(place, ran), (len(asked), len(well), ran.said[-800:])
