"""Graders that judge differently have different digests, equal ones the same, however they are written."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from verirs.errors import ConfigError
from verirs.hooks import Grader, Rule
from verirs.hooks.rows import read
from verirs.parts.part import digest
from verirs.types import Score, Verdict

OTHERS: dict[str, dict[str, Any]] = {
    "math": {
        "profile": "strict",
        "percent": "strict",
        "units": "required",
        "digits": 3,
        "gold_rounding": True,
        "tolerance": 0.05,
        "order": "fixed",
        "vectors": True,
        "base": "required",
        "names": False,
        "extract": ["boxed"],
        "choices": "ABCD",
        "columns": {"tolerance": "error"},
        "timeout": 2.0,
        "memory_mb": 512,
    },
    "code": {
        "timeout": 4,
        "memory_mb": 512,
        "output_mb": 1,
        "compare": "exact",
        "eps": 0.1,
        "packages": [],
        "untrusted": True,
    },
    "exact": {"find": "all", "pattern": "x", "case": False, "punctuation": False, "articles": False},
    "format": {"contains": ["a"], "forbids": ["a"], "single": ["a"], "max_tokens": 5},
}
"""A value of each option that is not its default."""
DEFAULTS: dict[str, dict[str, Any]] = {
    "math": {"profile": "default", "choices": "seen", "timeout": 1.0, "memory_mb": 1024, "workers": 3},
    "code": {"timeout": 8, "memory_mb": 1024, "output_mb": 16, "compare": "judge", "sandbox": "auto"},
    "exact": {"find": "answer", "pattern": "", "case": True, "punctuation": True, "articles": True},
    "format": {"contains": [], "forbids": [], "single": [], "max_tokens": 0},
}


def identity(scorers: Any) -> str:
    with Grader({"scorer": scorers}) as made:
        return made.identity


def rewards(**rule: Any) -> str:
    with Grader({"scorer": {"math": {}, "exact": {}}, "hook": rule}) as made:
        return made.reward_identity


@pytest.mark.parametrize("name", OTHERS)
def test_each_option_that_changes_a_verdict_changes_the_digest(name: str) -> None:
    found = {option: identity({name: {option: value}}) for option, value in OTHERS[name].items()}
    assert len({identity({name: {}}), *found.values()}) == len(found) + 1


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_that_is_written_down_changes_nothing(name: str) -> None:
    own = DEFAULTS[name]
    same = {identity({name: t}) for t in ({}, own, dict(reversed(own.items())), *({k: own[k]} for k in own))}
    assert len(same) == 1


def test_one_number_is_one_number_however_it_is_written() -> None:
    assert identity({"math": {"timeout": 2}}) == identity({"math": {"timeout": 2.0}})
    assert identity({"math": {"timeout": 2}}) != identity({"math": {"timeout": 2.5}})
    assert identity({"math": {}, "exact": {}}) == identity({"exact": {}, "math": {}})
    assert identity({"exact": {"case": False}}) != identity({"exact": {"articles": False}})


def test_a_date_of_a_config_counts_by_what_it_says() -> None:
    first, second = (digest({"since": datetime.date(2026, 1, day)}) for day in (1, 2))
    assert first != second


def test_the_rule_counts_by_what_it_does() -> None:
    assert rewards() == rewards(passed=1, failed=0, partial=False, on_error="native", cache=5, breaker=1.0)
    assert rewards(weights={"math": 1, "exact": 2}) == rewards(weights={"exact": 2.0, "math": 1.0})
    assert rewards(route={"a": "math"}) == rewards(route={"a": ["math"]})
    others: list[dict[str, Any]] = [
        {"passed": 2},
        {"failed": -1},
        {"partial": True},
        {"partial": 1.0},
        {"on_error": "zero"},
        {"on_error": 1},
        {"weights": {"math": 1}},
        {"weights": {"exact": 1}},
        {"weights": {"math": 1, "exact": 2}},
        {"route": {"a*": "math", "ab*": "exact"}},
        {"route": {"ab*": "exact", "a*": "math"}},  # the first that fits decides
    ]
    assert len({rewards(), *(rewards(**rule) for rule in others)}) == len(others) + 1


def test_the_digest_is_the_same_in_every_process(tmp_path: Path) -> None:
    path = tmp_path / "hook.toml"
    told = set()
    for seed, text in (("0", "digits = 4\npercent = 'strict'"), ("7", "percent = 'strict'\ndigits = 4")):
        path.write_text(f"[scorer.math]\n{text}\n[hook]\nfailed = -1\n[hook.weights]\nmath = 1\n")
        program = "from verirs.hooks import shared; print(shared().identity, shared().reward_identity)"
        env = {**os.environ, "PYTHONHASHSEED": seed, "VERIRS_HOOK": str(path)}
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True)
        told.add(done.stdout)
    assert len(told) == 1 and len(told.pop().split()) == 2


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"weights": {"math": float("nan")}}, "hook.weights.math: must be a finite number"),
        ({"weights": {"math": float("inf")}}, "hook.weights.math: must be a finite number"),
        (
            {"weights": {"math": -1.0, "exact": 2.0}},
            "hook.weights.math: .* not below 0",
        ),
        ({"on_error": float("nan")}, "hook.on_error: must be a finite number"),
        ({"route": {"a": []}}, "hook.route.a: names no scorer"),
    ],
)
def test_a_number_that_would_spoil_every_batch_is_refused(rule: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        rewards(**rule)


def test_the_word_for_a_row_is_no_scorers_name() -> None:
    with pytest.raises(ConfigError, match=r"scorer\.row"):
        Grader({"scorer": {"row": {"plugin": "math"}}})


# ---- verdicts that are remembered


def test_what_is_remembered_is_of_all_that_was_asked() -> None:
    text = "So it is 5 m."
    rows = [
        read(text, {"answer": "C", "options": {"A": "3 m", "B": b, "C": c}})
        for b, c in (("4 m", "5 m"), ("5 m", "4 m"))
    ]
    for asked, wanted in ((rows, [1.0, 0.0]), (rows[::-1], [0.0, 1.0])):
        with Grader("math") as made:
            assert [made.grade([row])[0].value for row in asked] == wanted
            assert [reward.value for reward in made.grade(asked)] == wanted


# ---- several scorers, with weights


def said(scorer: str, verdict: str, value: float | None = None) -> Score:
    return Score(scorer=scorer, version="1", verdict=Verdict(verdict), value=value)


@pytest.mark.parametrize(
    ("scores", "number"),
    [
        ([("a", "fail"), ("b", "error")], None),  # what broke is no zero
        ([("a", "fail"), ("c", "error")], 0.0),  # it has no weight
        ([("a", "fail"), ("form", "abstain")], 0.5),
        ([("a", "abstain"), ("form", "unwanted")], 0.0),  # nobody says that the answer is right
        ([("a", "abstain"), ("b", "fail"), ("form", "abstain")], 1 / 3),
        ([("a", "pass"), ("b", "abstain", -3.0)], (1 - 6) / 3),  # a reward model
        ([("b", "abstain"), ("c", "fail")], None),
    ],
)
def test_a_weighted_mean_is_of_what_was_judged(scores: list[Any], number: float | None) -> None:
    rule = Rule(weights={"a": 1, "b": 2, "form": 1, "c": 0})
    found = rule.number([said(*s) for s in scores], form=frozenset({"form"}))
    assert found == (None if number is None else pytest.approx(number))


def test_the_components_are_scorers_and_nothing_else() -> None:
    with Grader({"scorer": {"math": {}, "exact": {}}, "hook": {"breaker": 1.0}}) as made:
        rows = [read("12", {"answer": "12"}), read(7, {"answer": "12"}), read("12", {})]
        for reward in made.grade(rows):
            assert reward.components.keys() <= set(made.scorers)
            assert made.logged(reward).keys() == {"verirs_error", "verirs_math", "verirs_exact"}


def test_packages_of_other_versions_make_another_grader() -> None:
    tables = {name: {"packages": ["numpy"]} for name in ("code", "program")}
    with Grader({"scorer": tables}) as made:
        code, program = (made._here().part(name).version.partition("+")[0] for name in tables)
    assert program.split(".")[-1] == code.split(".")[-1]  # the digest of what programs may import
