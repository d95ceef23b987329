"""Programs judged on another machine: the same verdicts, a version of its own, no error that is a fail."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("uvicorn")

import uvicorn

import verirs
from tests.reward.servers import serving
from verirs.errors import ConfigError, SandboxError, UserError
from verirs.hooks import Grader
from verirs.scorers.code import CodeScorer
from verirs.scorers.remote import RemoteJudge
from verirs.serve.app import Server
from verirs.types import Completion, Problem, Verdict

ADD = Problem(prompt="Write add.", tests="assert add(1, 2) == 3", entry_point="add")
SUM = Problem(prompt="Add.", tests=[{"input": "1 2\n", "output": "3\n"}])
RIGHT, WRONG = "def add(a, b):\n    return a + b", "def add(a, b):\n    return a - b"
ITEMS = [
    (ADD, Completion(text=RIGHT)),
    (ADD, Completion(text=WRONG)),
    (SUM, Completion(text="print(sum(map(int, input().split())))")),
    (SUM, Completion(text="print(4)")),
    (Problem(prompt="x"), Completion(text="print(4)")),
]


@contextlib.contextmanager
def listening(token: str = "") -> Iterator[str]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    app = Server(Grader("code"), token).app()
    process = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=process.run)
    thread.start()
    try:
        end = time.monotonic() + 120
        while time.monotonic() < end and not process.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.should_exit = True
        thread.join(120)


def test_another_machine_judges_as_this_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    here = [(s.verdict, s.value, s.reason) for s in CodeScorer().score(ITEMS)]
    assert [v for v, _, _ in here] == ["pass", "fail", "pass", "fail", "abstain"]
    with listening("secret") as url:
        with pytest.raises(UserError, match="refuses the token"):
            CodeScorer(sandbox=url)
        monkeypatch.setenv("VERIRS_TOKEN", "secret")
        scorer = CodeScorer(sandbox=url, timeout=4)
        scores = scorer.score(ITEMS)
        assert [(s.verdict, s.value, s.reason) for s in scores] == here
        assert scorer.version.startswith(f"{CodeScorer.version}.") and scorer.version != CodeScorer.version
        assert {s.version for s in scores} == {scorer.version}
        found = verirs.grade("code", text=RIGHT, tests=ADD.tests, entry_point="add", sandbox=url)
        assert found.passed
        scorer.prove()
        with pytest.raises(SandboxError, match="on this machine"):
            scorer.sandbox()


def test_a_server_that_repeats_the_token_does_not_have_it_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIRS_TOKEN", "my-own-token")
    for status, kind in ((401, UserError), (422, SandboxError)):
        with serving(lambda path, body: (status, {"detail": "bad token my-own-token"})) as url:  # noqa: B023
            with pytest.raises(kind, match="bad token") as told:
                CodeScorer(sandbox=url)
            assert "my-own-token" not in str(told.value) and "***" in str(told.value)


def test_a_server_that_is_silent_is_not_asked_for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verirs.scorers.remote._LONGEST_WAIT", 0.01)
    asked, ended = list[str](), threading.Event()

    def never(path: str, body: Any) -> tuple[int, Any]:
        if not body["items"]:
            return 200, {"version": "1", "scores": []}
        asked.append(path)
        ended.wait(120)
        return 200, {}

    with serving(never) as url:
        judge = RemoteJudge(url, {})
        monkeypatch.setattr("verirs.scorers.remote._SECONDS", 0.2)
        (score,) = judge.score(ITEMS[:1], "code", "1")
        ended.set()
        judge.close()
    assert score.verdict is Verdict.ERROR and "no answer within 0.2 s" in score.reason
    assert len(asked) == 2


def test_a_server_that_went_away_is_an_error_and_never_a_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verirs.scorers.remote._LONGEST_WAIT", 0.01)
    with listening() as url:
        scorer = CodeScorer(sandbox=url)
    scores = scorer.score(ITEMS)
    assert {s.verdict for s in scores} == {Verdict.ERROR} and "remote sandbox" in scores[0].reason
    with pytest.raises(SandboxError, match=r"Start `verirs serve` there"):
        CodeScorer(sandbox=url)


@pytest.mark.parametrize(
    "reply",
    [
        (500, "<title>broken</title>"),
        (200, "no JSON"),
        (200, {"version": "other", "scores": []}),
        (200, {"version": "1", "scores": []}),
        (200, {"version": "1", "scores": [{"verdict": "fail"}]}),
        (200, []),
    ],
    ids=["500", "text", "another version", "too few", "half a score", "a list"],
)
def test_no_answer_of_a_broken_server_is_a_verdict(
    reply: tuple[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verirs.scorers.remote._LONGEST_WAIT", 0.01)
    replies: list[tuple[int, Any]] = [(200, {"version": "1", "scores": []})]
    with serving(lambda path, body: replies.pop() if replies else reply) as url:
        scorer = CodeScorer(sandbox=url)
        (score,) = scorer.score(ITEMS[:1])
        scorer.close()
    assert score.verdict is Verdict.ERROR and "the remote sandbox" in score.reason


def test_what_a_client_may_not_choose_is_refused() -> None:
    with pytest.raises(UserError, match="its own packages"):
        CodeScorer(sandbox="http://there", packages=["numpy"])
    with listening() as url:
        body = {"options": {"packages": ["x"]}, "items": []}
        refused = httpx.post(f"{url}/judge", json=body, timeout=60)
        assert refused.status_code == 400 and "not a client's to choose" in refused.text
        bodies: list[Any] = [
            {},
            [],
            {"options": {}, "items": [1]},
            {"options": {"timeout": "x"}, "items": []},
        ]
        for odd in bodies:
            assert httpx.post(f"{url}/judge", json=odd, timeout=60).status_code == 400


def test_a_strangers_config_may_not_send_programs_away(tmp_path: Any) -> None:
    (tmp_path / "groups").mkdir()
    config = tmp_path / "config.toml"
    config.write_text(
        '[source]\nname = "easy"\n[engine]\nname = "fake"\n[scorer.code]\nsandbox = "http://x"\n'
    )
    with pytest.raises(ConfigError, match="programs and tests would go to http://x"):
        verirs.run(str(config))


def test_sandbox_fusions_call_is_answered_in_its_form() -> None:
    with listening() as url:

        def run(**body: Any) -> Any:
            return httpx.post(f"{url}/run_code", json={"language": "python", **body}, timeout=120).json()

        read_it = run(code="print(open('a.txt').read())", files={"a.txt": "aGk="})
        assert read_it["run_result"]["stdout"] == "hi\n"
        found = run(code="print(input())", stdin="hello")
        assert (found["status"], found["message"], found["compile_result"]) == ("Success", "", None)
        result = found["run_result"]
        assert (result["status"], result["return_code"], result["stdout"]) == ("Finished", 0, "hello\n")
        failed = run(code="raise ValueError(5)")
        assert failed["status"] == "Failed" and failed["run_result"]["return_code"] == 1
        assert "ValueError: 5" in failed["run_result"]["stderr"]
        late = run(code="while True: pass", run_timeout=0.5)
        assert (late["status"], late["run_result"]["status"]) == ("Failed", "TimeLimitExceeded")
        bodies: list[Any] = [
            {"language": "cobol"},
            {"fetch_files": ["x"]},
            {"run_timeout": -1},
            {"files": [1]},
            {"files": {"../x": "aGk="}},
        ]
        for odd in bodies:
            assert run(code="print(1)", **odd)["status"] == "SandboxError"
        assert httpx.post(f"{url}/run_code", json={"language": "python"}).status_code == 422
