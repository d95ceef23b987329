"""What servers do wrong, as a table: whole answers, their parts, their bytes, the connection, the models."""

from __future__ import annotations

import json

from tests.engines.weather import (
    Case,
    Out,
    bomb,
    both,
    choice,
    edited,
    endless,
    hang,
    message,
    raw,
    says,
    usage,
)

OK = b"HTTP/1.1 200 OK\r\n"
ESCAPES = "\x1b]0;owned\x07 \x1b[31mred [/foo] [red]x[/] \u202e"


def drop(out: Out) -> None:
    out.raw(b"")


def cut_short(out: Out) -> None:
    out.raw(OK + b"Content-Length: 5000\r\n\r\n" + json.dumps(out.good()).encode())


def encoded(name: str):  # type: ignore[no-untyped-def]
    def fault(out: Out) -> None:
        out.send(
            200, json.dumps(out.good()).encode(name), {"Content-Type": f"application/json; charset={name}"}
        )

    return fault


def padded(out: Out) -> None:
    out.send(200, b"\n \n" * 500 + json.dumps(out.good()).encode())


STATUSES = [
    Case(id=f"status-{s}", fault=says(s, {"error": {"message": f"I say {s}"}}), words=f"I say {s}")
    for s in (408, 409, 424, 425, 500, 501, 505, 507, 520, 521, 522, 524, 599)
]
REFUSALS = [
    Case(
        id=f"status-{s}",
        fault=says(s, {"error": {"message": f"I say {s}"}}),
        kind="refused",
        words=f"2 x the server refuses it (status {s}: I say {s})",
    )
    for s in (400, 403, 406, 410, 411, 413, 414, 415, 418, 422, 431, 451)
]

BODIES = [
    Case(id=f"body-{name}", fault=says(200, data))
    for name, data in {
        "empty": b"",
        "spaces": b"   ",
        "null": b"null",
        "number": b"1",
        "text": b'"hi"',
        "list": b"[]",
        "table": b"{}",
        "cut": b'{"choices": [{"mess',
        "html": b"<html><title>Bad gateway</title>",
        "binary": bytes(range(256)),
        "deep": b'{"choices":' + b"[" * 200_000,
        "deep-tables": b'{"a":' * 100_000,
        "many": b"[" + b"[]," * 1_000_000 + b"1]",
        "two-values": b"{} {}",
        "jsonl": b'{"choices": []}\n{"choices": []}',
        "choices-null": b'{"choices": null}',
        "choices-empty": b'{"choices": []}',
        "choices-table": b'{"choices": {"0": {}}}',
        "choice-null": b'{"choices": [null]}',
        "choice-list": b'{"choices": [[]]}',
        "message-null": b'{"choices": [{"message": null, "finish_reason": "stop"}]}',
        "completion": b'{"choices": [{"text": "hi", "finish_reason": "stop"}]}',
        "latin-1": '{"choices": ["ü"]}'.encode("latin-1"),
        "long-number": b'{"choices": ' + b"9" * 5000 + b"}",
        "sse": b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n',
        "error-text": b'{"error": "busy"}',
        "error-500": b'{"error": {"code": 500, "message": "upstream"}}',
    }.items()
]
PARTS = [
    Case(id="finish-null", fault=choice(finish_reason=None), words="finish_reason"),
    Case(id="finish-missing", fault=edited(lambda a: a["choices"][0].pop("finish_reason") and None)),
    Case(id="finish-number", fault=choice(finish_reason=1)),
    Case(id="finish-list", fault=choice(finish_reason=["stop"])),
    Case(id="finish-abort", fault=choice(finish_reason="abort")),
    Case(id="content-number", fault=message(content=7)),
    Case(id="content-table", fault=message(content={"text": "x"})),
    Case(id="content-image", fault=message(content=[{"type": "image_url", "image_url": {}}])),
    Case(id="content-bad-parts", fault=message(content=[{"type": "text", "text": None}, 7])),
    Case(id="finish-odd", fault=choice(finish_reason="because"), kind="works"),
    Case(id="finish-long", fault=choice(finish_reason="x" * 100_000), kind="works"),
    Case(id="finish-surrogate", fault=choice(finish_reason="\ud800"), kind="works"),
    Case(id="finish-escapes", fault=choice(finish_reason=ESCAPES), kind="works"),
    Case(id="text-surrogate", fault=message(content="\\boxed{\ud800}"), kind="works"),
    Case(id="text-escapes", fault=message(content=ESCAPES + "\\boxed{4}"), kind="works"),
    Case(id="text-nul", fault=message(content="a\0b \\boxed{4}"), kind="works"),
    Case(id="text-empty", fault=message(content=""), kind="works"),
    Case(id="text-long", fault=message(content="x" * 3_000_000), kind="works"),
    Case(
        id="content-parts",
        fault=message(content=[{"type": "text", "text": "It is "}, {"type": "text", "text": "4"}]),
        kind="works",
    ),
    *(
        Case(id=f"tokens-{name}", fault=usage(completion_tokens=n), kind="works")
        for name, n in {
            "negative": -35,
            "huge": 2**31,
            "astronomic": 10**4000,
            "true": True,
            "text": "twelve",
            "half": 1.5,
            "list": [],
        }.items()
    ),
    Case(id="usage-null", fault=edited(lambda a: a.update(usage=None)), kind="works"),
    Case(id="usage-list", fault=edited(lambda a: a.update(usage=[1])), kind="works"),
    *(
        Case(
            id=f"logprob-{name}",
            fault=choice(logprobs={"content": [{"logprob": n}]}),
            kind="works",
            options={"logprobs": True},
        )
        for name, n in {
            "astronomic": 10**400,
            "low": -(10**400),
            "text": "abc",
            "positive": 5.0,
            "true": True,
        }.items()
    ),
    Case(
        id="logprob-nan",
        fault=says(
            200,
            b'{"choices": [{"message": {"content": "4"}, "finish_reason": "stop", '
            b'"logprobs": {"content": [{"logprob": NaN}]}}]}',
        ),
        kind="works",
        options={"logprobs": True},
    ),
    Case(id="logprobs-wrong", fault=choice(logprobs=[1]), kind="works", options={"logprobs": True}),
    Case(id="model-number", fault=edited(lambda a: a.update(model=5)), kind="works"),
    Case(id="utf-16", fault=encoded("utf-16"), kind="works"),
    Case(id="bom", fault=encoded("utf-8-sig"), kind="works"),
    Case(
        id="charset-hex",
        fault=lambda out: out.send(200, out.good(), {"Content-Type": "text/html; charset=hex"}),
        kind="works",
    ),
    Case(id="html-charset-hex", fault=says(200, b"<html>busy", {"Content-Type": "text/html; charset=hex"})),
    Case(
        id="html-charset-rot13", fault=says(500, b"<html>busy", {"Content-Type": "text/html; charset=rot13"})
    ),
    Case(id="padded", fault=padded, kind="works"),
    Case(
        id="error-escapes",
        fault=says(400, {"error": {"message": ESCAPES}}),
        kind="refused",
        words="[/foo] [red]x[/]",
    ),
    Case(id="error-500-escapes", fault=says(500, ESCAPES.encode()), words="[/foo]"),
    Case(id="error-deep", fault=says(400, b'{"error":' * 100_000), kind="refused"),
    Case(
        id="error-nested",
        fault=says(422, {"detail": [{"loc": ["body"], "msg": "seed: extra input"}]}),
        kind="refused",
        words="seed: extra input",
    ),
]
WIRE = [
    Case(id="drop", fault=drop),
    Case(id="cut-short", fault=cut_short),
    Case(id="hang", fault=hang, options={"timeout": 4, "retries": 4}, words="no answer within 4 s"),
    Case(
        id="gzip-of-nothing",
        fault=lambda out: out.send(200, out.good(), {"Content-Encoding": "gzip"}),
        words="its compression is broken",
    ),
    Case(id="gzip-cut", fault=says(200, b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xabV", {"Content-Encoding": "gzip"})),
    Case(id="brotli", fault=lambda out: out.send(200, out.good(), {"Content-Encoding": "br"}), words="'br'"),
    Case(id="zstd", fault=lambda out: out.send(200, out.good(), {"Content-Encoding": "zstd"})),
    Case(id="encoded-twice", fault=lambda out: out.send(200, out.good(), {"Content-Encoding": "gzip, gzip"})),
    Case(id="gzip-bomb", fault=bomb("gzip"), words="larger than"),
    Case(id="deflate-bomb", fault=bomb("deflate"), words="larger than"),
    Case(
        id="endless-body",
        fault=endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
        words="larger than",
    ),
    Case(id="endless-no-length", fault=endless(OK + b"\r\n", b" " * 65536), words="larger than"),
    Case(id="endless-headers", fault=endless(OK, b"X-More: " + b"x" * 1000 + b"\r\n")),
    Case(
        id="trickle",
        fault=endless(OK + b"Content-Length: 100000\r\n\r\n", b" ", 0.05),
        options={"timeout": 4, "retries": 4},
        words="no answer within 4 s",
    ),
    Case(
        id="trickle-headers",
        fault=endless(OK, b"X: 1\r\n", 0.05),
        options={"timeout": 4, "retries": 4},
        words="no answer within 4 s",
    ),
    Case(
        id="continue-for-ever",
        fault=endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
        options={"timeout": 4, "retries": 4},
    ),
    Case(id="not-http", fault=raw(b"SSH-2.0-OpenSSH_9.9\r\n")),
    Case(id="http-0.9", fault=raw(b"hello")),
    Case(id="http-9", fault=raw(b"HTTP/9.9 200 OK\r\n\r\n{}")),
    Case(id="status-999", fault=raw(b"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n")),
    Case(id="status-text", fault=raw(b"HTTP/1.1 OK\r\n\r\n")),
    Case(id="two-lengths", fault=raw(OK + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello")),
    Case(id="negative-length", fault=raw(OK + b"Content-Length: -5\r\n\r\nhello")),
    Case(id="bad-chunk", fault=raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello")),
    Case(id="cut-chunk", fault=raw(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel")),
    Case(id="no-content-204", fault=raw(b"HTTP/1.1 204 No Content\r\n\r\n")),
    Case(id="not-modified", fault=raw(b"HTTP/1.1 304 Not Modified\r\n\r\n")),
    Case(id="redirect-nowhere", fault=says(302, b"")),
    Case(id="switching", fault=raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")),
]
BUSY = [
    Case(
        id=f"busy-{name}",
        fault=says(status, {"error": {"message": "busy"}}, {"Retry-After": after}),
        strikes="once",
        kind="broken",
    )
    for name, status, after in [
        ("429-zero", 429, "0"),
        ("429-huge", 429, "3600"),
        ("429-negative", 429, "-5"),
        ("429-nan", 429, "nan"),
        ("429-inf", 429, "inf"),
        ("429-far-date", 429, "Fri, 31 Dec 99999999999 23:59:59 GMT"),
        ("429-past", 503, "Wed, 21 Oct 2015 07:28:00 GMT"),
        ("429-words", 429, "soon"),
        ("503-plain", 503, ""),
        ("502-plain", 502, ""),
        ("504-plain", 504, ""),
        ("529-plain", 529, ""),
    ]
] + [
    Case(
        id="busy-503-for-one",
        fault=says(503, b"no slot"),
        options={"deadline": 2},
        strikes="one",
        words="no slot",
    )
]
ENDS = [
    Case(
        id="moved",
        fault=says(307, b"", {"Location": "https://elsewhere.example/v2?key=abc"}),
        kind="ends",
        code=4,
        words="has moved: chat/completions redirects to https://elsewhere.example/v2. Set engine.base_url",
    ),
    Case(
        id="moved-models",
        models=says(301, b"", {"Location": "/login"}),
        kind="ends",
        code=4,
        words="redirects to /login",
    ),
    Case(
        id="key",
        fault=says(401, {"error": {"message": "bad key"}}),
        kind="ends",
        code=2,
        words="environment variable OPENAI_API_KEY is not set",
    ),
    Case(id="key-models", models=says(401, b"no"), kind="ends", code=2, words="wants an API key"),
    Case(
        id="quota",
        fault=says(429, {"error": {"code": "insufficient_quota", "message": "pay"}}),
        kind="ends",
        code=4,
        words="quota is used up",
    ),
    Case(
        id="all-400",
        fault=says(400, {"error": {"message": "temperature is out of range"}}),
        kind="ends",
        code=5,
        words="12 x the server refuses it (status 400: temperature is out of range)",
    ),
    Case(
        id="all-400-with-numbers",
        fault=lambda out: out.send(
            400, {"error": {"message": f"prompt has {400 + out.body['seed'] % 90} tokens"}}
        ),
        kind="ends",
        code=5,
        words="refused all 12 samples: 12 x",
    ),
    Case(id="all-500", fault=says(500, b"dead"), kind="ends", code=4, words="failed on all 12 samples: 12 x"),
    Case(
        id="all-web-pages",
        fault=says(200, b"<!DOCTYPE html><title>Welcome</title>"),
        models=says(200, b"<html>"),
        kind="ends",
        code=2,
        words="answers with a web page (Welcome); does base_url end in /v1?",
    ),
    Case(
        id="all-404",
        fault=says(404, b'{"detail": "Not Found"}'),
        kind="ends",
        code=2,
        words="does base_url end in /v1",
    ),
    Case(
        id="other-models",
        models=says(200, {"data": [{"id": "tinny"}]}),
        kind="ends",
        code=2,
        words="did you mean tinny?",
    ),
    Case(
        id="models-escapes",
        models=says(200, {"data": [{"id": ESCAPES}]}),
        kind="ends",
        code=2,
        words="has no model 'tiny'",
    ),
    Case(
        id="context-too-small",
        models=says(200, {"data": [{"id": "tiny", "max_model_len": 512}]}),
        toml="sampling = {max_tokens = 4096}",
        kind="ends",
        code=2,
        words="context of 512 tokens",
    ),
    Case(
        id="models-silent", models=hang, kind="ends", code=4, options={"timeout": 2}, words="does not answer"
    ),
    Case(
        id="models-not-http",
        models=raw(b"220 smtp ready\r\n"),
        kind="ends",
        code=4,
        words="does not speak HTTP",
    ),
]
MODELS = [
    Case(id=f"models-{name}", models=says(200, data), kind="works")
    for name, data in {
        "empty": b"",
        "null": b"null",
        "list": b'[{"id": "tiny"}]',
        "names": b'{"data": ["tiny"]}',
        "deep": b'{"data":' + b"[" * 100_000,
        "html": b"<html>",
        "no-data": b"{}",
        "odd-context": b'{"data": [{"id": "tiny", "max_model_len": "many"}]}',
        "ids-null": b'{"data": [{"id": null}, 7]}',
    }.items()
] + [
    Case(id="models-404", models=says(404, b"no"), kind="works"),
    Case(id="models-500", models=says(500, b"no"), kind="works"),
    Case(id="models-bomb", models=bomb("gzip"), kind="works"),
    Case(id="models-endless", models=endless(OK + b"\r\n", b" " * 65536), kind="works"),
]
NOTICED = [
    Case(
        id="same-texts",
        fault=message(content="The answer is always the very same."),
        kind="works",
        toml="n = 3",
        words="gives the same text under different seeds",
    ),
    Case(
        id="no-logprobs",
        kind="works",
        fault=edited(lambda a: a["choices"][0].pop("logprobs") and None),
        options={"logprobs": True},
        words="sends no log-probabilities",
    ),
    Case(
        id="kept-stops",
        fault=message(content="2+2=4 #### and more"),
        toml='sampling = {stop = ["####"]}',
        kind="works",
        words="leaves stop texts in its answers",
    ),
    Case(
        id="counted-anew",
        seen="https://github.com/abetlen/llama-cpp-python",
        fault=usage(completion_tokens=530),  # of 512: the text's tokens, not those that were sampled
        kind="works",
        check=lambda ran, _: "ignores" not in ran.said,
    ),
    Case(id="no-limit", fault=usage(completion_tokens=9000), kind="works", words="it ignores 'max_tokens'"),
    Case(
        id="two-choices",
        fault=edited(lambda a: a["choices"].append(a["choices"][0])),
        kind="works",
        words="sends 2 texts",
    ),
    Case(
        id="two-models",
        fault=lambda out: out.send(200, out.good() | {"model": f"m{out.body['seed'] % 2}"}),
        kind="works",
    ),
    Case(
        id="thought-only",
        fault=lambda out: out.send(
            200, {"choices": [{"message": {"content": None, "reasoning": "so 4"}, "finish_reason": "stop"}]}
        ),
        kind="works",
        words="sends thoughts without an answer",
    ),
    Case(
        id="hidden",
        fault=lambda out: out.send(
            200,
            {
                "choices": [{"message": {"content": None}, "finish_reason": "stop"}],
                "usage": {"completion_tokens": 99},
            },
        ),
        kind="works",
        words="wrote 99 tokens and sends no text",
    ),
]
CASES = both(*STATUSES, *REFUSALS, *BODIES, *PARTS, *WIRE, *BUSY, *ENDS, *MODELS, *NOTICED)
