"""Best-of-n live: what is chosen, how much is drawn, and what is told of it."""

from __future__ import annotations

import contextlib
import io
import json
import math
import sys
from typing import Any

import pytest

import verirs
from tests.answering.engines import Written
from verirs.cli import main
from verirs.errors import ConfigError, RequestError, UserError
from verirs.types import Completion, Problem, Verdict


def boxed(*answers: str) -> list[str | None]:
    return [f"So it is \\boxed{{{a}}}." for a in answers]


def best(texts: list[str | None], **more: Any) -> verirs.Answer:
    more.setdefault("n", len(texts))
    return verirs.best_of(more.pop("prompt", "How many?"), engine=Written(texts), **more)


def test_the_majority_wins_and_no_more_is_drawn_than_the_vote_needs() -> None:
    engine = Written(boxed("1", "1/2", "0.5", "0.5", "0.5", "0.50", "7", "8", "9"))
    found = verirs.best_of("How many?", 9, engine=engine, early=False)
    assert (found.answer, found.verdict, found.rule, found.drawn) == ("1/2", Verdict.ABSTAIN, "majority", 9)
    assert (found.votes[0].answer, found.votes[0].candidates) == ("1/2", 5)
    assert engine.started == engine.closed == 1
    early = Written(boxed(*"55557", *"1234"))
    found = verirs.best_of("How many?", 9, engine=early)
    assert found.answer == "5" and sorted(early.asked) == list(range(found.drawn)) and 5 < found.drawn < 9
    alike = verirs.best_of("How many?", 16, engine=Written(boxed(*"5" * 16)))
    assert alike.drawn == 9 and alike.kl_bound == pytest.approx(math.log(16) - 15 / 16)


def test_one_candidate_is_no_choice() -> None:
    found = best(boxed("5"))
    assert found.text == "So it is \\boxed{5}." and found.kl_bound == 0 and found.drawn == 1


def test_nothing_without_an_answer_is_refused() -> None:
    found = best(["I do not know.", "Nor do I."])
    assert found.text == "I do not know." and found.answer is None and found.votes == ()
    assert (found.rule, found.side()["rule"]) == ("none", "none")


def test_a_rule_that_took_none_is_not_named() -> None:
    wrong = "def add(a, b):\n    return a - b"
    found = best([wrong, wrong], prompt="Write add.", tests="assert add(1, 2) == 3")
    assert (found.verdict, found.rule) == (Verdict.FAIL, "none")
    cut = [Completion(index=i, text="So it is \\boxed{5}.", finish_reason="length") for i in range(3)]
    found = verirs.best_of("How many?", 3, engine=Written(cut))
    assert (found.answer, found.rule, found.votes[0].candidates) == ("5", "none", 3)
    found = verirs.best_of("How many?", 4, engine=Written([*cut, *boxed("5")]))
    assert (found.winner.completion.index, found.rule) == (3, "majority")
    config = {"scorer": {"math": {}, "long": {"plugin": f"{__name__}:nothing"}}}
    found = best(boxed("1", "2"), config=config)
    assert (found.answer, found.rule) == ("1", "none")


def nothing(problem: Problem, completion: Completion) -> float:
    return math.nan


def test_tests_in_the_prompt_choose_a_program() -> None:
    wrong, right = "def add(a, b):\n    return a - b", "def add(a, b):\n    return a + b"
    texts: list[str | None] = [wrong, wrong, right, wrong, wrong, wrong, wrong, wrong]
    found = best(texts, prompt="Write add.\nassert add(1, 2) == 3\nassert add(1, 0) == 1")
    assert (found.text, found.verdict, found.tests, found.rule) == (right, Verdict.PASS, 2, "first")
    assert found.drawn == 4
    half = "def add(a, b):\n    return a or b"
    found = best([wrong, half], prompt="Write add.", tests="assert add(0, 2) == 2\nassert add(1, 2) == 3")
    assert (found.text, found.verdict, found.value, found.tests) == (half, Verdict.FAIL, 0.5, 0)


def longest(problem: Problem, completion: Completion) -> float:
    return float(len(completion.text))


def test_a_ranker_chooses_by_value() -> None:
    config = {"scorer": {"math": {}, "long": {"plugin": f"{__name__}:longest"}}}
    found = best(boxed("1", "1", "12345"), config=config)
    assert (found.answer, found.rule, found.drawn) == ("12345", "best", 3) and found.value == 23.0
    by_weight = config | {"select": {"name": "weighted_majority"}}
    found = best(boxed("1", "1", "12345"), config=by_weight)
    assert found.answer == "1" and found.votes[0].candidates == 2


def test_what_the_engine_refuses_is_missing_and_all_of_it_is_an_error() -> None:
    found = best([*boxed("4"), None, *boxed("4")], early=False)
    assert (found.drawn, found.missing, found.answer) == (2, 1, "4")
    assert found.kl_bound == pytest.approx(math.log(2) - 1 / 2)
    with pytest.raises(RequestError, match="some were refused"):
        best([None, None])


def test_the_same_seed_asks_for_the_same_samples_and_none_for_others() -> None:
    def seeds(**more: Any) -> tuple[int, ...]:
        engine = Written(boxed("1", "2"))
        verirs.best_of("How many?", 2, engine=engine, early=False, **more)
        return engine.requests[0].seeds

    assert seeds(seed=1) == seeds(seed=1) != seeds(seed=2)
    assert seeds() != seeds()


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(ConfigError, match="needs an engine"):
        verirs.best_of("x")
    with pytest.raises(UserError, match="from 1 to"):
        verirs.best_of("x", 0, engine="fake")
    with pytest.raises(UserError, match="tests cannot be read"):
        verirs.best_of("x", 1, engine="fake", tests=[{"in": 1}])
    with pytest.raises(UserError, match="engine"):
        verirs.best_of("x", 1, config={"engine": {"name": "fakes"}})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"prompt": None}, "chat messages"),
        ({"prompt": [{"role": "user"}]}, "chat messages"),
        ({"prompt": [{"role": "user", "content": ["x"]}]}, "chat messages"),
        ({"n": "4"}, "whole number"),
        ({"n": True}, "whole number"),
        ({"seed": "a"}, "whole number"),
        ({"engine": object()}, "the engine cannot be used"),
        ({"engine": Written}, "it is a class"),
        ({"config": {"scorer": {}}}, "needs a scorer"),
        ({"tests": ""}, "the tests are empty"),
        ({"tests": "assert f(1) == 2", "config": {"scorer": {"math": {}}}}, "no scorer of the config judges"),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value),
)
def test_what_a_stranger_hands_over_is_refused_in_words(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        verirs.best_of(**{"prompt": "x", "n": 2, "engine": "fake", **asked})


def test_tests_in_a_prompt_count_only_where_a_scorer_judges_them() -> None:
    texts = boxed("1", "2", "2")
    prompt = "assert f(1) == 2"
    found = best(texts, prompt=prompt, config={"scorer": {"math": {}}})
    assert (found.answer, found.rule, found.tests) == ("2", "majority", 0)


def test_a_pass_comes_before_what_could_not_be_judged() -> None:
    # the tests take the object to pieces, so the first program's word is not taken
    tests = "import inspect\nassert inspect.getsource(add)\nassert add(1, 2) == 3"
    texts: list[str | None] = ["def add(a, b):\n    return a + b", "def add(a, b):\n    return 0"]
    found = best(texts, prompt="Write add.", tests=tests, entry_point="add")
    assert found.drawn == 2 and found.verdict is Verdict.ABSTAIN and found.text == texts[0]


def test_in_a_running_loop_too() -> None:
    import asyncio

    async def go() -> verirs.Answer:
        async with verirs.Answerer(engine=Written(boxed("1", "1"))) as answerer:
            return await answerer.answer([{"role": "user", "content": "How many?"}], 2)

    assert asyncio.run(go()).answer == "1"


@pytest.mark.parametrize("prompt", ["What is 6 x 7?", "-3 + 5?", "- 6 = ?"])
def test_the_command_reads_any_prompt_also_from_standard_input(
    prompt: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = verirs.best_of(prompt, 1, engine="fake", seed=3).text
    for given in (prompt, "-"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(prompt))
        with contextlib.suppress(SystemExit):
            main(["answer", given, "--engine", "fake", "-n", "1", "--seed", "3", "--json"])
        assert json.loads(capsys.readouterr().out)["text"] == wanted


def test_the_cost_is_told_in_openais_words_where_both_halves_are_counted() -> None:
    found = verirs.best_of("What is 6 x 7?", n=4, engine="fake", early=False)
    assert found.usage is not None and found.usage["prompt_tokens"] == 5  # words
    assert (
        found.usage["completion_tokens"]
        == found.tokens
        == sum(c.completion.tokens or 0 for c in found.candidates)
    )
    assert found.usage["total_tokens"] == 5 + (found.tokens or 0)
    assert best(boxed("1")).usage is None  # an engine that does not say
    untold = Written([Completion(index=0, text="2")], read=3)
    assert verirs.best_of("How many?", 1, engine=untold).usage is None


def test_why_a_winner_fails_is_told() -> None:
    wrong = "def add(a, b):\n    return a - b"
    assert "assert add(1, 2) == 3" in best([wrong], prompt="Write add.", tests="assert add(1, 2) == 3").reason


def test_how_many_are_drawn_is_the_configs_word_where_nobody_says_another(capsys: Any) -> None:
    config = {"engine": {"name": "fake"}, "n": 3}
    assert verirs.best_of("x", config=config).n == 3
    assert verirs.best_of("x", 2, config=config).n == 2
    assert verirs.best_of("x", engine="fake").n == 16
    for more, wanted in (([], 16), (["--set", "n=3"], 3), (["-n", "2"], 2)):
        main(["answer", "x", "--engine", "fake", "--json", *more])
        assert json.loads(capsys.readouterr().out)["n"] == wanted


def test_an_entry_point_that_no_test_calls_is_refused() -> None:
    with pytest.raises(UserError, match="no tests call entry_point = 'add'"):
        best(boxed("1"), prompt="Write add.", entry_point="add")
    with pytest.raises(UserError, match="no tests call entry_point = 'add'"):
        best(boxed("1"), prompt="Write sub.\nassert sub(1, 1) == 0", entry_point="add")
    right = "def add(a, b):\n    return a + b"
    prompt = "assert zero() == 0\nassert zero(1) == 0\nassert add(1, 2) == 3"
    found = best([right], prompt=prompt, entry_point="add")
    assert (found.verdict, found.tests) == (Verdict.PASS, 1)
