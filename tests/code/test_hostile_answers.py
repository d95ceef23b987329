# ruff: noqa: E501
"""Answers made to keep the judge busy: the host spends little time on any of them, and none passes."""

from __future__ import annotations

import time

import pytest

from verirs.sandbox import Sandbox
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Verdict

PRIME = 2**61 - 1
FORGE = """import json, os, random
def frame(value):
    body = json.dumps({{'value': value}}).encode()
    return len(body).to_bytes(4, 'big') + body
def f(*args):
    data = frame({form})
    while data:
        data = data[os.write(3, data):]
    os._exit(0)
"""
FORMS = {
    "a fraction to reduce": "{'F': [hex(random.getrandbits(14_000_000)), hex(random.getrandbits(14_000_000))]}",
    "a set of colliding keys": f"{{'s': [{{'i': hex(k * {PRIME})}} for k in range(1, 60_000)]}}",
    "many sets of colliding keys": f"[{{'s': [{{'i': hex(k * {PRIME})}} for k in range(1, 200)]}}] * 300",
    "a list of colliding keys": f"[{{'i': hex(k * {PRIME})}} for k in range(1, 60_000)]",
    "a long integer": "{'i': hex(random.getrandbits(30_000_000))}",
    "a decimal with a huge exponent": "{'D': '1e999999999'}",
    "a huge range": "{'r': ['0x0', hex(1 << 1_000_000), '0x1']}",
    "a huge array": "{'n': ['<f8', [10**9, 10**9], '']}",
    "a deep list": "'['",
    "a long text": "'x' * 8_000_000",
}
TESTS = ["assert f(1) == 3", "assert abs(f(1) - 0.5) < 1e-6"]


@pytest.mark.parametrize("name", FORMS)
def test_a_forged_answer_costs_the_host_little(sandbox: Sandbox, name: str) -> None:
    scorer = CodeScorer(sandbox=sandbox, timeout=3)
    code = FORGE.format(form=FORMS[name])
    items = [(Problem(id=t, tests=t, entry_point="f"), Completion(text=code)) for t in TESTS]
    begun = time.process_time()
    scores = scorer.score(items)
    assert [s.verdict for s in scores] == [Verdict.FAIL] * len(TESTS), [s.reason for s in scores]
    assert time.process_time() - begun < 25  # twice decoding at most 8 MB


@pytest.mark.parametrize(
    ("name", "test"),
    [("a list of colliding keys", "assert set(f(1)) == {3}"), ("a huge range", "assert 0.5 in f(1)")],
)
def test_what_only_a_test_process_may_compute_times_out_there(sandbox: Sandbox, name: str, test: str) -> None:
    problem = Problem(tests=test, entry_point="f")
    code = FORGE.format(form=FORMS[name])
    begun = time.process_time()
    (score,) = CodeScorer(sandbox=sandbox, timeout=1).score([(problem, Completion(text=code))])
    assert score.verdict in (Verdict.ABSTAIN, Verdict.FAIL)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("name", ["a fraction to reduce", "a deep list", "a long text"])
def test_a_forged_answer_to_a_test_process_stays_there(sandbox: Sandbox, name: str) -> None:
    problem = Problem(tests="for i in (1, 2):\n    assert f(i) == 3", entry_point="f")
    begun = time.process_time()
    (score,) = CodeScorer(sandbox=sandbox, timeout=4).score(
        [(problem, Completion(text=FORGE.format(form=FORMS[name])))]
    )
    assert score.verdict is not Verdict.PASS
    assert time.process_time() - begun < 20
