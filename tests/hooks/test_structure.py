"""A request of nothing but structure is refused before it is read; one of many or long rows is not."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import threading
import zlib
from typing import Any

import pytest

from tests.hooks.test_serve import post
from verirs.code.formats.length import at_most
from verirs.hooks import Grader, Rule, openrlhf
from verirs.hooks.rows import read as read_row
from verirs.serve import app
from verirs.serve.asgi import Asked
from verirs.serve.gate import Refused
from verirs.serve.structure import has_too_much, is_too_much

SIZE = 15 * 10**6


def many(piece: str, end: str = "0]") -> str:
    return "[" + piece * (SIZE // len(piece)) + end


KEYS = "{" + ",".join(f'"{i:x}":0' for i in range(SIZE // 10)) + "}"
HEAVY = {
    "lists": many("[],"),
    "tables": many("{},"),
    "numbers": many("1,"),
    "texts": many('"x",'),
    "texts that end in a backslash": many(r'"\\",'),
    "keys": KEYS,
    "nested": many("[" * 300 + "]" * 300 + ","),
    "tables of a list": many('{"a":[]},'),
}


def text(letters: str) -> str:
    return (letters * (SIZE // len(letters)))[:SIZE]


LIGHT = {
    "rows": json.dumps([{f"column {i}": str(i) for i in range(30)} for _ in range(8192)]),
    "prose": json.dumps({"text": text("Well, so he said: [3] {x} and, then, 'no'. ")}),
    "a program": json.dumps({"text": text('d = {"a": [1, 2], "b": {"c": f(x)[0]}}  # so\n')}),
    "brackets": json.dumps({"text": text("[],")}),
    "quotes": json.dumps({"text": text('"",')}),
    "backslashes": json.dumps({"text": text('\\",[')}),
    "tests": json.dumps([{"input": text("[1, 2, 3]\n")[:15000], "output": "6"}] * 900),
    "numbers": json.dumps(list(range(10**6))),
    "other letters": json.dumps({"text": text("數,[")[: SIZE // 3]}, ensure_ascii=False),
    "no JSON": "[" * 1000 + '"',
}


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_nothing_but_structure_is_too_much(name: str) -> None:
    assert is_too_much(HEAVY[name].encode())
    assert has_too_much([{"reward_model": {"ground_truth": HEAVY[name]}}])


@pytest.mark.parametrize("name", LIGHT)
def test_what_has_much_text_is_not(name: str) -> None:
    assert not is_too_much(LIGHT[name].encode("utf-8", "surrogatepass"))
    assert not has_too_much({"a": [LIGHT[name]]})


def read(body: bytes) -> Any:
    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    return asyncio.run(Asked({"headers": []}, receive, "/grade").json(2**24, 60)).content


def test_it_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: Any) -> Any:
        raise AssertionError("it was read")

    with monkeypatch.context() as patch:
        patch.setattr("verirs.serve.asgi._loads", no)
        with pytest.raises(Refused, match="send fewer rows"):
            read(HEAVY["keys"].encode())
    with pytest.raises(Refused, match="send fewer rows"):
        read(json.dumps({"text": "4", "answer": HEAVY["lists"]}).encode())
    with pytest.raises(Refused, match="no JSON"):
        read(b"[" * 10 + b"x" * 10**6)


def test_a_row_of_a_million_golds_is_its_own_fault() -> None:
    good = {"text": "It is 4", "answer": "4"}
    for golds in ([str(i) for i in range(10**5)], json.dumps([str(i) for i in range(10**5)])):
        found = post("/grade_many", [{"text": "It is 4", "answer": golds}, good], grader=grader()).json()
        assert [row["error"] for row in found["rewards"]] == [True, False]
        assert found["rewards"][0]["reason"] == "100,000 gold answers, the limit is 1,000"


def grader() -> Grader:
    return Grader("math", rule=Rule(breaker=1.0))


@pytest.mark.parametrize("path", ["/grade_many", "/get_reward", "/grade"])
def test_the_rows_of_a_large_request_are_read_on_a_thread(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where: set[str] = set()
    row_of, rows_of = app._row, openrlhf.rows_of

    def noting(work: Any) -> Any:
        def noted(*given: Any) -> Any:
            where.add(threading.current_thread().name)
            return work(*given)

        return noted

    monkeypatch.setattr(app, "_row", noting(row_of))
    monkeypatch.setattr(openrlhf, "rows_of", noting(rows_of))
    for count in (1, 4000):
        where.clear()
        words = "She has 4 apples. " * (1 if path != "/grade" else count)
        rows = [{"text": f"{words}#### {i}", "answer": str(i % 7)} for i in range(count)]
        body: Any = rows
        if path == "/grade":
            body = rows[0]
        elif path == "/get_reward":
            queries = ["?" + row["text"] for row in rows]
            body = {"query": queries, "prompts": ["?"] * count, "labels": [row["answer"] for row in rows]}
        found = post(path, body, grader=grader()).json()
        assert any("asyncio" in name for name in where) is (count > 1), where
        if path == "/grade_many":
            assert [row["reward"] for row in found["rewards"]] == [float(i < 7) for i in range(count)]
            assert found["identity"]
        elif path == "/get_reward" and count > 1:
            assert found["rewards"] == [float(i < 7) for i in range(count)]


ASSERTS = "\n".join(f"assert f({i}) == {i}" for i in range(60_000))


@pytest.mark.parametrize(
    "tests",
    [ASSERTS, ASSERTS.splitlines(), json.dumps(ASSERTS.splitlines()), f"[{'f(1), ' * 200_000}]"],
    ids=["text", "list", "JSON", "no JSON"],
)
def test_a_million_characters_of_python_are_not_parsed(tests: Any) -> None:
    row = {"text": "def f(x): return x", "tests": tests, "entry_point": "f"}
    pairs = [{"input": "1 " * 400_000, "output": "1"}] * 3  # no Python
    long = {"text": "print(1)", "tests": pairs}
    found = post("/grade_many", [row, long], grader=Grader("code", rule=Rule(breaker=1.0))).json()["rewards"]
    assert "characters of Python, the limit is 1,048,576" in found[0]["reason"]
    assert [one["verdict"] for one in found] == ["error", "pass"]


def test_a_trainers_tests_have_no_bound() -> None:
    columns = {"tests": "assert f(1) == 1", "entry_point": "f"}
    with at_most(10, 10):
        assert "16 characters of Python, the limit is 10" in read_row("def f(x): return x", columns).fault
    assert not read_row("def f(x): return x", columns).fault


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode()


def test_packed_tests_that_unpack_to_too_much_are_a_fault() -> None:
    small = packed(pickle.dumps(json.dumps([{"input": "", "output": "1"}])))
    bombs = {
        packed(b"a" * 17 * 2**20): "hold more than 16,777,216 bytes",
        packed(b"]" + b"N0" * 6_000_000 + b"."): "more than 5,000,000 parts",
    }
    rows = [{"text": "print(1)", "tests": tests} for tests in (small, *bombs)]
    found = post("/grade_many", rows, grader=Grader("code", rule=Rule(breaker=1.0))).json()["rewards"]
    assert found[0]["verdict"] == "pass"
    for one, wanted in zip(found[1:], bombs.values(), strict=True):
        assert wanted in one["reason"] and one["verdict"] == "error"
