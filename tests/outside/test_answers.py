"""Programs whose value is the answer, and answers compared as texts: cases as people outside report them.

Sources, in own words and values: reasoning-machines/pal (solution(), math imported for it),
TIGER-AI-Lab/Program-of-Thoughts (variable ``ans``), microsoft/ToRA (the last line printed),
EleutherAI/lm-evaluation-harness#1303 (articles), #3880 (blanks that punctuation leaves),
confident-ai/deepeval#3164 and #3096 (composed letters, an empty pattern).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from verirs.errors import ConfigError, SandboxError
from verirs.sandbox import open_sandbox
from verirs.scorers.exact import ExactScorer
from verirs.scorers.program import ProgramScorer, answer_of
from verirs.types import Completion, Problem, Verdict

P, F, A = Verdict.PASS, Verdict.FAIL, Verdict.ABSTAIN


@pytest.fixture(scope="module")
def programs() -> Iterator[ProgramScorer]:
    try:
        open_sandbox(workers=1).close()
    except SandboxError as error:
        pytest.skip(f"no sandbox: {error}")
    scorer = ProgramScorer(workers=1, timeout=4)
    yield scorer
    scorer.close()


PROGRAMS = [
    ("8", "def solution():\n    eggs = 16 - 3 - 5\n    return eggs", P),
    ("8", "```python\ndef solution():\n    return 16 - 3 - 4\n```", F),
    ("8", "```python\ndef solution():\n    print('working')\n    return 8.0\nprint(solution())\n```", P),
    ("3.5", "```python\nspeed = 7 / 2\nans = speed\nprint('done')\n```", P),
    ("3.5", "answer = 7 / 2\nprint('checking', 12)\nprint(answer)", P),
    ("12", "x = 5 + 7\nx", P),
    ("12", "print(5 + 7)\nexit()", P),
    ("12", "print(12)\nraise SystemExit(3)", F),
    ("4", "def solution():\n    return math.sqrt(16)", P),
    ("0.3", "print(0.1 + 0.2)", P),
    (r"\frac{1}{3}", "from fractions import Fraction\ndef solution():\n    return Fraction(2, 6)", P),
    ("(1, -2)", "def solution():\n    return (1, -2)", P),
    ("(1, -2)", "def solution():\n    return (-2, 1)", F),
    (r"\{1, 2, 3\}", "def solution():\n    return {3, 2, 1}", P),
    ("2 + 3i", "def solution():\n    return complex(2, 3)", P),
    ("5", "def solution():\n    return None", F),
    ("5", "x = 5", F),
    ("5", "def solution(x):\n    return 5", F),
    ("5", "print(5", F),
    ("5", "print(1 / 0)", F),
    ("5", "while True: pass", F),
    ("5", "I think it is 5.", F),
    ("5", "def solution():\n    return [5, 6]", F),
    ("5", "import surely_no_such_package\nprint(5)", A),
    (None, "print(5)", A),
    ("55", "n = 10\ntotal = 0\nfor i in range(n + 1):\n    total += i\nprint(f'The sum is {total}')", P),
]


@pytest.mark.parametrize(("gold", "text", "verdict"), PROGRAMS)
def test_the_value_of_a_program(
    programs: ProgramScorer, gold: str | None, text: str, verdict: Verdict
) -> None:
    (score,) = programs.score([(Problem(prompt="?", answer=gold), Completion(text=text))])
    assert score.verdict is verdict, (score.reason, score.answer)


def test_a_program_cannot_see_the_gold_answer(programs: ProgramScorer) -> None:
    nosy = "import sys, __main__\nprint([v for v in vars(__main__).values() if '987654' in str(v)], sys.argv)"
    (score,) = programs.score([(Problem(prompt="?", answer="987654"), Completion(text=nosy))])
    assert score.verdict is F


def test_what_is_read_of_an_output() -> None:
    assert answer_of("a\n\x02verirs value\x037\n") == "7"
    assert answer_of("a\n b \n\n") == "b" and answer_of(" \n") == ""


EXACT = [
    ("Paris", "The answer is Paris.", {}, P),
    ("Paris", r"So it is \boxed{Paris}", {}, P),
    ("Paris", "<answer>  Paris </answer>", {}, P),
    ("Paris", r"\boxed{\text{Paris}}", {}, P),
    ("Paris", "**Paris**", {}, P),
    ("Paris", "Paris", {}, P),
    ("Paris", "The answer is not Paris.", {}, F),
    ("Paris", "The answer is Paris or London.", {}, F),
    ("yes", "The answer is yes, no.", {}, F),
    ("Dr. No", "The answer is Dr. No.", {}, P),
    ("Paris", "The answer is paris.", {}, F),
    ("Paris", "The answer is paris.", {"case": False}, P),
    ("Paris", "Paris", {"find": "all"}, P),
    ("Paris", "<think>Rome? Paris!</think>Paris", {"find": "all"}, P),
    ("Paris", "<think>Rome? no, Paris", {"find": "last_line"}, F),
    ("Paris", "Rome\nParis\n", {"find": "last_line"}, P),
    ("Paris", "Paris\nRome\n", {"find": "first_line"}, P),
    ("(B)", "( B )", {"find": "all", "punctuation": False}, P),
    ("Spice Girls", "The Spice Girls", {"find": "all", "articles": False, "case": False}, P),
    ("Athena", "than", {"find": "all", "articles": False, "case": False}, F),
    ("caf\u00e9", "cafe\u0301", {"find": "all"}, P),
    ("Stra\u00dfe", "STRASSE", {"find": "all", "case": False}, P),
    ("$8.540", "$9.540", {"find": "all", "punctuation": False, "case": False}, F),
    ("5", "-5", {"find": "all", "punctuation": False}, F),
    ("1.5", "15", {"find": "all", "punctuation": False}, F),
    ("x2", "x\u00b2", {"find": "all"}, F),
    ("7", "label: 3, label: 7", {"pattern": r"label: (\d)"}, P),
    ("7", "label: 7, label: 3", {"pattern": r"label: (\d)"}, F),
    ("7", "nothing", {"pattern": r"x*"}, F),
    ("", "anything", {"find": "all"}, A),
    (None, "anything", {"find": "all"}, A),
]


@pytest.mark.parametrize(("gold", "text", "options", "verdict"), EXACT)
def test_answers_as_texts(gold: str | None, text: str, options: dict[str, Any], verdict: Verdict) -> None:
    (score,) = ExactScorer(**options).score([(Problem(prompt="?", answer=gold), Completion(text=text))])
    assert score.verdict is verdict, (score.reason, score.answer)


def test_one_of_several_golds_and_a_text_that_was_cut_off() -> None:
    scorer = ExactScorer(find="all")
    problem = Problem(prompt="?", answer="Paris", meta={"answers": ["City of Light", 7]})
    said = [
        scorer.score([(problem, Completion(text=text, finish_reason=end))])[0].verdict
        for text, end in (("City of Light", "stop"), ("City of Light", "length"), ("7", "stop"))
    ]
    assert said == [P, F, F]


def test_options_that_are_none() -> None:
    with pytest.raises(ConfigError, match="did you mean last_line"):
        ExactScorer(find="last_lin")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no regular expression"):
        ExactScorer(pattern="(")
