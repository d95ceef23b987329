"""Texts of a form that nobody wants: found by rule, never accepted, never a negative, in no estimate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts import stack_of
from tests.select.toys import candidate, group
from verirs import parts as plugins
from verirs.curation.arithmetic import wrong
from verirs.errors import ConfigError
from verirs.scorers.exact import ExactScorer
from verirs.scorers.quality import QualityScorer
from verirs.select import First
from verirs.sinks import DpoSink, KtoSink
from verirs.stats import Tally
from verirs.types import Candidate, Completion, Problem, Score, Verdict
from verirs.until import Rule, mark_of
from verirs.until.rule import UNUSED

ASKED = Problem(id="p", prompt="How many are left?", answer="4")
CLEAN = "There were 9 birds. 5 flew away, so 9 - 5 = 4 are left.\nThe answer is \\boxed{4}."
STRUCK: list[tuple[str, str, str]] = [
    ("thought", f"<think>Nine less five.</think>{CLEAN}</think>", ""),
    ("thought", CLEAN, "first <think> then <think> again"),
    ("boxes", f"Is it \\boxed{{5}}? No. {CLEAN}", ""),
    ("scripts", f"{CLEAN} \u56e0\u4e3a\u4e5d\u51cf\u4e94\u7b49\u4e8e\u56db", ""),
    (
        "scripts",
        CLEAN,
        "\u0421\u043d\u0430\u0447\u0430\u043b\u0430 \u043f\u043e\u0441\u0447\u0438\u0442\u0430\u0435\u043c",
    ),
    ("repetition", "Let us check that once more. " * 4 + CLEAN, ""),
    ("repetition", CLEAN, "so it is, so it was, " * 100),
    ("tokens", f"{CLEAN}<|im_end|>", ""),
    ("tokens", f"{CLEAN} </s>", ""),
    ("calculation", CLEAN.replace("= 4 are", "= 3 are"), ""),
    ("after", f"{CLEAN}\n\nQuestion: What is 2 + 2?\nAnswer: 4", ""),
    (
        "after",
        f"{CLEAN}\n{'This is how one counts birds on a wire in winter. ' * 2}{'Or: ' + 'abcde fghij ' * 40}",
        "",
    ),
]
FINE = [
    CLEAN,
    "",
    f"<think>Nine less five.</think>{CLEAN}"[len("<think>Nine less five.</think>") :],
    f"Jos\u00e9 and \u0394x: {CLEAN} It is 90\u00b0, \u2248 4, na\u00efve.",
    "A box \\boxed{} for the answer.\n" + CLEAN,
    f"```html\n<s>struck</s> <think>\n```\n{CLEAN}",
    "Yes.\nYes.\nYes.\nYes.\nYes.\n" + CLEAN,
    f"{CLEAN}\nSo four birds are left.",
]


def said(text: str, thought: str = "", **options: Any) -> Score:
    (score,) = QualityScorer(**options).score([(ASKED, Completion(text=text, reasoning=thought))])
    return score


@pytest.mark.parametrize(("rule", "text", "thought"), STRUCK)
def test_each_rule_finds_its_fault(rule: str, text: str, thought: str) -> None:
    score = said(text, thought)
    assert (score.verdict, score.details["rules"]) == (Verdict.UNWANTED, [rule]), score.reason
    assert said(text, thought, leave_out=[rule]).verdict is Verdict.ABSTAIN


@pytest.mark.parametrize("text", FINE)
def test_what_is_fine_is_left_alone(text: str) -> None:
    score = said(text, "Nine less five is four.")
    assert (score.verdict, score.reason) == (Verdict.ABSTAIN, "")


def test_a_problem_in_another_script_may_be_answered_in_it() -> None:
    asked = Problem(prompt="9 \u51cf 5 \u662f\u591a\u5c11\uff1f", answer="4")
    (score,) = QualityScorer().score([(asked, Completion(text="\u7b54\u6848\u662f 4\u3002"))])
    assert score.verdict is Verdict.ABSTAIN


@pytest.mark.parametrize(
    "text",
    [
        "17 + 25 = 43",
        "<<3*30=80>>",
        "$5 * 3 = $16",
        "2^3 = 9",
        "x = 3 + 4 = 8",
        "(4 + 5) * 2 = 19",
        "1,000 - 1 = 998",
        "7.5 / 2 = 3.95",
        "\\(6 \\times 7 = 41\\)",
        "He has 3 + 4 = 8 apples",
    ],
)
def test_wrong_calculations(text: str) -> None:
    assert wrong(text)


@pytest.mark.parametrize(
    "text",
    [
        "17 + 25 = 42",
        "10 / 3 = 3.33",
        "10 / 3 = 3",
        "35 / 15 = 2.3333333333333335",
        "3x + 4 = 7",
        "20% * 50 = 10",
        "- 51 / 3 = 17",
        "half of 3 + 4 = 5",
        "20 / 1/4 = 80",
        "18 - 6 = 12 - 2 = 10",
        "5! = 120",
        "f(2) + 3 = 8",
        "\\frac{3 + 4}{2} = 3",
        "2/3 = 80 pages",
        "101 + 1 = 110 in binary",
        "9 + 5 = 2 (mod 12)",
        "10:30 + 2 = 12:30",
        "hours 1-8 = 8",
        "age - 2 - 14 = 5",
        "12 cougars (15 - 3) = 42",
        "1,5 + 2 = 3",
        "0 / 0 = 1",
        "9" * 300 + " + 1 = 2",
        "2^99999 = 1",
        "(" * 60 + "1" + ")" * 60 + " + 1 = 3",
        "3 + 4 = 7 = 8 - 1",
        "= = =",
        "1 + 1 =",
    ],
)
def test_calculations_that_are_right_or_in_doubt(text: str) -> None:
    assert not wrong(text)


def judged(text: str) -> Candidate:
    made = Completion(index=0, text=text)
    stack = stack_of(ExactScorer(), QualityScorer())
    return Candidate(completion=made, scores=stack.score([(Problem(prompt="?", answer="4"), made)])[0])


def test_it_is_asked_of_wrong_texts_too_and_its_word_counts_first() -> None:
    assert judged(CLEAN).verdict is Verdict.PASS and judged("Five.").verdict is Verdict.FAIL
    unwanted = judged("Five.<|im_end|>")
    assert [s.verdict for s in unwanted.scores] == [Verdict.FAIL, Verdict.UNWANTED]
    assert unwanted.verdict is Verdict.UNWANTED


def test_unwanted_texts_are_in_no_file_and_no_estimate() -> None:
    toy = group(
        candidate(0),
        candidate(1, "bad form", "unwanted"),
        candidate(2, verdict="fail"),
        candidate(3, "x", "unwanted"),
    )
    chosen = First(pairs="random").select(toy)
    assert {r.candidate.completion.index: r.reason for r in chosen.rejected} == {
        1: "unwanted",
        2: "fail",
        3: "unwanted",
    }
    assert [row["sample_index"] for row in KtoSink().rows(chosen)] == [0, 2]
    assert [row["rejected_index"] for row in DpoSink().rows(chosen)] == [2]
    summary = Tally().extend([chosen]).summary()
    assert summary.verdicts[Verdict.UNWANTED] == 2 and summary.left_out == 2
    assert (summary.pass_rate, summary.estimates["pass@k"].at[1].mean) == (0.5, 0.5)
    mark = mark_of(Rule(n=8, accept=1, first=2), toy.problem, toy.candidates[1])
    assert mark is not None and mark.kind == UNUSED


def test_a_reason_names_the_first_rule() -> None:
    scores = (said(f"{CLEAN}<|im_end|>"),)
    toy = group(Candidate(completion=Completion(index=0, text="a"), scores=scores))
    assert First().select(toy).rejected[0].reason == "unwanted: tokens"


def test_options_that_leave_nothing_are_refused() -> None:
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"repeats": 1}, "write 2 or more"),
        ({"shortest": 10, "longest": 5}, "every text is unwanted"),
        ({"leave_out": list(QualityScorer().rules)}, "leave out the scorer"),
    ]
    for options, told in mistakes:
        with pytest.raises(ConfigError, match=told):
            plugins.build("scorer", "quality", options)
