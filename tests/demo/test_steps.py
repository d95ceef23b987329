"""Wrong steps in a trace: found, and only they."""

import random

import pytest

from verirs.demo.policy.problems import draw
from verirs.demo.policy.steps import Faults, StepFault, final_answer, solution, step_faults


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("5*15=75. 75-47=28. #### 28", []),
        ("22-20=12. #### 12", [("22-20=12", 2)]),
        ("5*15=70. 70-47=28. #### 28", [("5*15=70", 75), ("70-47=28", 23)]),  # two wrongs, right answer
        ("4-9=-5. -5+7=2.", []),
        ("4-9=5.", [("4-9=5", -5)]),
        ("20/4=5. 21/4=5.", [("21/4=5", None)]),
        ("7/0=7", [("7/0=7", None)]),
        ("So 3 + 4 = 8 apples, and 8 * 2 = 16.", [("3 + 4 = 8", 7)]),
        ("1+2+3=6 and 2*3=6-1 and (1+2)*3=9 and 2*(1+1)=4", []),  # chains are not judged
        ("1.5*2=3 and 2*1.5=3 and 3/2=1.5 and 1,000+1=1001", []),  # nor are decimals and commas
        ("x12-2=9", [("12-2=9", 10)]),
        ("no sums here, =, 3=3", []),
    ],
)
def test_step_faults(text: str, faults: list[tuple[str, int | None]]) -> None:
    assert step_faults(text) == [StepFault(step, correct) for step, correct in faults]


def test_hostile_text_is_quick_and_harmless() -> None:
    for text in ("9" * 200_000 + "+1=2", "1+" * 100_000, "1 " * 100_000, "-" * 200_000, "1+1=" * 50_000):
        step_faults(text)  # the suite's time limit is the check: nothing quadratic, no int() overflow
    assert step_faults("9" * 5000 + "+1=2") == []


def test_final_answer_must_close_the_text() -> None:
    assert final_answer("1+1=2. #### 2 \n") == "2"
    assert final_answer("#### -007") == "-7"
    assert final_answer("1+1=2.") is None
    assert final_answer("#### 2 apples") is None


def test_faulty_solutions_go_wrong_at_the_stated_rates() -> None:
    rng = random.Random(1)
    drawn = [draw(rng, "train") for _ in range(4000)]
    slips = [solution(p, Faults(slip=0.2, wrong_operation=0, no_final_answer=0), rng) for p in drawn]
    steps = sum(len(p.steps) for p in drawn)
    assert 0.17 < sum(len(step_faults(t)) for t in slips) / steps < 0.24  # divisions after a slip add a few
    unfinished = [solution(p, Faults(slip=0, wrong_operation=0, no_final_answer=0.3), rng) for p in drawn]
    assert 0.27 < sum(final_answer(t) is None for t in unfinished) / len(drawn) < 0.33
    # a wrong operation is carried out right: no false step, mostly a wrong answer
    confused = [solution(p, Faults(slip=0, wrong_operation=1, no_final_answer=0), rng) for p in drawn]
    assert sum(final_answer(t) == str(p.answer) for t, p in zip(confused, drawn, strict=True)) < 0.1 * len(
        drawn
    )
    assert all(f.correct is None for t in confused for f in step_faults(t))


def test_faults_need_a_generator() -> None:
    with pytest.raises(ValueError, match="go together"):
        solution(draw(random.Random(0), "train"), Faults())
