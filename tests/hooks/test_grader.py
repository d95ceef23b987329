"""The grader: rules from verdict to number, errors, repeats, threads, processes, event loops."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from verirs.errors import ConfigError, TooManyErrors
from verirs.hooks import Grader, Rule
from verirs.hooks.rows import Row, read
from verirs.types import Score, Verdict

RIGHT, WRONG = read(r"\boxed{4}", {"answer": "4"}), read(r"\boxed{5}", {"answer": "4"})
BROKEN = read(object(), {"answer": "4"})


def values(grader: Grader, *rows: Row) -> list[float | None]:
    return [r.value for r in grader.grade(rows)]


def said(scorer: str, verdict: str, value: float | None = None) -> Score:
    return Score(scorer=scorer, version="1", verdict=Verdict(verdict), value=value)


@pytest.mark.parametrize(
    ("rule", "scores", "number"),
    [
        (Rule(), [("a", "pass", None)], 1.0),
        (Rule(), [("a", "fail", 0.7)], 0.0),
        (Rule(partial=True), [("a", "fail", 0.7)], 0.7),
        (Rule(partial=0.8), [("a", "fail", 0.7)], 0.0),
        (Rule(partial=0.6), [("a", "fail", 0.7)], 0.7),
        (Rule(passed=1, failed=-1), [("a", "fail", None)], -1.0),
        (Rule(passed=1, failed=-1, partial=True), [("a", "fail", 0.5)], 0.0),
        (Rule(), [("a", "pass", None), ("b", "fail", None)], 0.0),
        (Rule(weights={"a": 3, "b": 1}), [("a", "pass", None), ("b", "fail", None)], 0.75),
        (Rule(weights={"a": 1}), [("a", "pass", None), ("b", "fail", None)], 1.0),
        (Rule(weights={"c": 1}), [("a", "pass", None)], None),
        (Rule(weights={"a": 9, "form": 1}), [("a", "fail", None), ("form", "abstain", None)], 0.1),
        (Rule(weights={"a": 9, "form": 1}), [("a", "abstain", None), ("form", "abstain", None)], None),
        (Rule(), [("a", "error", None)], None),
        (Rule(), [("a", "abstain", None), ("b", "pass", None)], 1.0),
        (Rule(partial=True), [("a", "error", 0.9)], None),
        (Rule(), [], None),
    ],
)
def test_one_rule_from_verdict_to_number(
    rule: Rule, scores: list[tuple[str, str, float | None]], number: float | None
) -> None:
    assert rule.number([said(*s) for s in scores]) == (None if number is None else pytest.approx(number))


@pytest.mark.parametrize(
    ("on_error", "masks", "number"),
    [
        ("native", True, None),
        ("native", False, -1.0),
        ("mask", False, None),
        ("zero", True, 0.0),
        (0.25, True, 0.25),
    ],
)
def test_what_a_trainer_gets_for_an_error(on_error: Any, masks: bool, number: float | None) -> None:
    with Grader("math", rule=Rule(failed=-1.0, on_error=on_error)) as grader:
        assert grader.numbers(grader.grade([BROKEN]), masks=masks) == [number]


def test_raising_stops_the_training_with_the_reason() -> None:
    with Grader("math", rule=Rule(on_error="raise")) as grader, pytest.raises(Exception, match="no text in"):
        grader.numbers(grader.grade([BROKEN]), masks=True)


def test_too_many_errors_end_it() -> None:
    with Grader("math", rule=Rule(breaker=0.2)) as grader:
        grader.grade([RIGHT] * 90 + [BROKEN] * 20)
        with pytest.raises(TooManyErrors, match="of the last 125 rewards are errors"):
            grader.grade([BROKEN] * 15)


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"scorer": {"math": {"digit": 3}}}, "did you mean digits"),
        ({"scorer": {"maths": {}}}, "did you mean math"),
        ({"scorer": {"math": {}}, "hook": {"breker": 1}}, "did you mean breaker"),
        ({"scorer": {"math": {}}, "hook": {"breaker": 0}}, "share above 0"),
        ({"scorer": {"math": {}}, "hook": {"on_error": "skip"}}, "write .native"),
        ({"scorer": {"math": {}}, "hook": {"partial": 2}}, "share from 0 to 1"),
        ({"scorer": {"math": {}}, "hook": {"route": {"x": "code"}}}, "there is no scorer 'code'"),
        ({"scorer": {"math": {}}, "hook": {"weights": "math"}}, "hook"),
        ({"scorer": {"math": {}}, "hook": {"weights": {"code": 1.0}}}, "hook.weights: there is no scorer"),
        ({}, "needs a scorer"),
        ("no-such.toml", "no config file"),
    ],
)
def test_mistakes_are_told_when_it_is_made(config: Any, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        Grader(config)


def test_a_file_and_the_environment_name_the_same_grader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hook.toml"
    path.write_text('[scorer.math]\n[scorer.format]\nforbids = ["As an AI"]\n[hook]\nfailed = -1.0\n')
    monkeypatch.setenv("VERIRS_HOOK", str(path))
    one, two = Grader(), Grader(path)
    assert one.identity == two.identity != Grader("math").identity
    rest = Grader(["math"], rule=Rule(failed=-1.0))
    assert rest.identity == Grader("math").identity
    assert rest.reward_identity != Grader("math").reward_identity
    polite = read(r"As an AI I say \boxed{4}", {"answer": "4"})
    assert values(one, RIGHT, WRONG, polite) == [1.0, -1.0, -1.0]
    assert one.grade([polite])[0].components == {"math": 1.0, "format": -1.0}


def test_a_file_without_scorers_judges_by_each_rows_gold(tmp_path: Path) -> None:
    path = tmp_path / "hook.toml"
    path.write_text('[engine]\nname = "fake"\n[hook]\nfailed = -1.0\n')
    assert Grader(path).scorers == ("math", "code") and Grader(path).rule.failed == -1.0


def test_a_section_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hook.toml"
    path.write_text("n = 4\n[scorer.math]\n[hooks]\npassed = 1.0\n")
    with pytest.raises(ConfigError, match="unknown section hooks; did you mean hook"):
        Grader(path)


def test_routes_choose_by_the_data_source() -> None:
    table = {
        "scorer": {"math": {}, "strict": {"plugin": "math", "percent": "strict"}},
        "hook": {"route": {"exact/*": "strict", "*": "math"}},
    }
    with Grader(table) as grader:
        rows = [read(r"\boxed{50}", {"answer": r"50\%", "data_source": s}) for s in ("exact/a", "other")]
        assert values(grader, *rows) == [0.0, 1.0]


COUNT = """
from verirs.types import Score, Verdict
calls, broken = [], [False, True]

class Counting:
    name, version = "counting", "1"
    def score(self, items):
        calls.append(len(items))
        if "flaky" in items[0][1].text and broken.pop():
            return [Score(scorer="x", version="1", verdict=Verdict.ERROR, reason="lost") for _ in items]
        return [Score(scorer="x", version="1", verdict=Verdict.PASS) for _ in items]
    def close(self):
        pass
"""


def counting(tmp_path: Path) -> tuple[Grader, Any]:
    path = tmp_path / "counting.py"
    path.write_text(COUNT)
    grader = Grader([f"{path}:Counting"])
    grader.grade([])
    part = grader._here().part(f"{path}:Counting")
    return grader, type(part.made).score.__globals__


def test_equal_rows_are_judged_once_and_remembered(tmp_path: Path) -> None:
    grader, seen = counting(tmp_path)
    rows = [read("a", {}), read("b", {}), read("a", {})]
    assert values(grader, *rows, *rows) == [1.0] * 6 and seen["calls"] == [2]
    assert values(grader, *rows) == [1.0] * 3 and seen["calls"] == [2]


def test_a_broken_verdict_is_tried_once_more_and_never_remembered(tmp_path: Path) -> None:
    grader, seen = counting(tmp_path)
    assert values(grader, read("flaky", {})) == [1.0] and seen["calls"] == [1, 1]


def test_it_pickles_by_its_configuration_and_works_in_other_processes() -> None:
    grader = Grader("math", rule=Rule(failed=-1.0))
    again = pickle.loads(pickle.dumps(grader))
    assert again.identity == grader.identity and values(again, WRONG) == [-1.0]
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(values, (grader, RIGHT, WRONG)) == [1.0, -1.0]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(values, (grader, RIGHT)) == [1.0]
    assert values(grader, RIGHT) == [1.0]


def test_many_threads_and_loops_share_one() -> None:
    grader = Grader("math")
    rows = [read(rf"\boxed{{{i}}}", {"answer": str(i % 7)}) for i in range(60)]
    expected = [1.0 if i == i % 7 else 0.0 for i in range(60)]
    found: dict[int, list[float | None]] = {}

    async def many() -> list[float | None]:
        rewards = await asyncio.gather(*(grader.agrade([r]) for r in rows))
        return [r.value for (r,) in rewards]

    threads = [
        threading.Thread(
            target=lambda n=n: found.__setitem__(n, asyncio.run(many()) if n % 2 else values(grader, *rows))
        )
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert found == dict.fromkeys(range(6), expected)
    grader.close()
    grader.close()
    assert values(grader, RIGHT) == [1.0]


def test_an_event_loop_goes_on_while_it_grades(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text("import time\ndef slow(problem, completion):\n    time.sleep(0.5)\n    return True\n")

    async def go() -> int:
        grader = Grader([f"{path}:slow"])
        task = asyncio.create_task(grader.agrade([read("x", {})]))
        beats = 0
        while not task.done():
            await asyncio.sleep(0.01)
            beats += 1
        return beats

    assert asyncio.run(go()) >= 5


def test_warm_proves_that_the_sandbox_works() -> None:
    begun = time.monotonic()
    with Grader("code").warm() as grader:
        row = read("def f():\n    return 1", {"tests": "assert f() == 1", "entry_point": "f"})
        assert values(grader, row) == [1.0] and time.monotonic() - begun < 120
