# ruff: noqa: E501
"""Answers in a field of JSON, and explanations behind an answer, in the shapes of public model outputs.

Shapes after the logs of https://github.com/WildEval/ZeroEval and https://github.com/TIGER-AI-Lab/MMLU-Pro; the
words and values are our own.
"""

from __future__ import annotations

import pytest

from verirs import grade
from verirs.math import extract

FENCE = "```"


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        ("8", r'{"reasoning": "The two parts give \boxed{8}.", "answer": "8"}'),
        ("46", r'{"reasoning": "The product is \boxed{-46}, so its size is 46.", "answer": "46"}'),
        (
            "68",
            "The final answer is: $\\boxed{68}$\n\n"
            + FENCE
            + 'json\n{"reasoning": "a", "answer": "68"}\n'
            + FENCE,
        ),
        ("90", r'{"reasoning": "Half of it.", "answer": "\"$90\""}'),
        ("90", '{"answer": "`90`"}'),
        (r"\frac{1}{2}", r'{"answer": "\frac{1}{2}"}'),
        (r"\frac{1}{2}", r'{"answer": "\\frac{1}{2}"}'),
        (r"2\theta", r'{"answer": "2\theta"}'),
        (r"x \neq 2", r'{"answer": "x \neq 2"}'),
        ("12", r'{"answer": "3 \times 4"}'),
        ("5", 'So it is 5.\n\nanswer": "5"\n}\n' + FENCE),
        ("5", '{"steps": ["a", "b"], "answer": 5, "confidence": 0.9}'),
        ("1/2", '{"answer": "1/2", "numeric": 0.5, "unit": "cups"}'),
        (
            "50",
            '{"reasoning": "5*10", "answer": "50"}\n\n\n## Question:\n\nA path is 3 long. Which?\n\n{"answer": "___"}',
        ),
        ("6", '{"answer": "4"}\n\nApologies.\n\n{"answer": "6"}'),
    ],
)
def test_the_record_that_ends_a_text_holds_its_answer(gold: str, text: str) -> None:
    assert grade("math", answer=gold, text=text).passed


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        ("5", r'{"reasoning": "It is \boxed{5}.", "answer": "6"}'),
        ("5", r'It is \boxed{5}. {"answer": "6"}'),
        ("5", '{"answer": "5", "correct": false}'),
        ("5", '{"answer": "5", "note": "a guess"}'),
        ("5", '{"answer": "5 or 6"}'),
        ("5", '{"answer": "5", "final": "6"}'),
        ("5", '{"answer": "5", "correct": "6"}'),
        ("5", '{"answer": "5", "verified": "no"}'),
        ("5", '{"answer": "5", "unit": "dozen"}'),
        ("5", '{"answer": "5", "check": "2+3=6, so it is off by one"}'),
        ("5", '{"answer": "5", "explanation": "That is the wrong count."}'),
        ("1/2", '{"answer": "1/2", "numeric": 0.6}'),
        ("5", '{"answer": "5?"}'),
        ("5", '{"answer": "5"} but it is 6'),
        ("5", '{"answer": ""}'),
        ("5", '{"answer": "5", "answer": "6"}'),
        ("5", '{"answer": {"x": 5, "y": 6}}'),
    ],
)
def test_a_record_with_another_value_or_a_doubt_does_not_pass(gold: str, text: str) -> None:
    assert not grade("math", answer=gold, text=text).passed


def test_an_empty_field_says_so() -> None:
    found = extract('{"reasoning": "a", "answer": ""}')
    assert (found.answer, found.reason) == (None, "the field of the answer is empty")


ANSWERS = ['{"answer": "15"}', "$\\boxed{15}$", "#### 15"]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize(
    "behind",
    [
        "The key steps are:\n1. Add the two lengths\n2. Multiply by the price\n3. Subtract the discount",
        "The key steps in solving this problem were:\n- Finding the rate\n- Setting up the equation\n- Solving it",
        "Let me break down the reasoning:\n1. Ann has 9 pens\n2. Ben has 6 pens\n\nTherefore, they have 15 pens in 2 bags.",
        "Let's break down the steps:\n- 3 * 3 = 9\n- 9 + 6 = 15",
        "The reasoning breaks down the problem into steps:\n1. Start with the 9 pens\n2. This results in 15 pens in all",
        "Here is how we got there:\nFirst, 9 pens were red. Then 6 blue ones came. The answer is 15, which is the count of both.",
        "This JSON structure provides a clear step-by-step reasoning and the final answer to the question.",
        "Let me know if this is what you were looking for!",
    ],
)
def test_an_explanation_behind_an_answer_leaves_it(answer: str, behind: str) -> None:
    assert grade("math", answer="15", text=f"{answer}\n\n{behind}").passed


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize(
    "behind",
    [
        "The key steps are:\n1. Add 9 and 7.\n2. That makes 16 in all.",
        "The key steps are:\n1. Add 9 and 7 to get 16.",
        "The key steps are:\n1. Take the box above for the number of boys.\n2. Add the girl.",
        "Let me break down the reasoning:\n- The box holds the number of cats.\n- The number asked for is one more.",
        "The reasoning breaks down.",
        "The reasoning breaks down the problem into steps:\n1. Find the cats.\n2. Add the dogs to get the count of 16.",
        "Let me explain the steps:\n1. 9 + 7 = 16.",
        "The calculation: 16.",
        "The steps:\n1. Strike out the box.\n2. Write sixteen there.",
        "My explanation:\nThe box shows what the previous student wrote.",
        "The key insights are:\n1. The box undercounts.\n2. Add one to it.",
        "The steps are:\n1. Start from 15.\n2. Subtract 2 from it.\n3. So 13 remain.",
        "The key steps are:\n1. Find 15.\n2. Finally multiply it by the price of $2 to get the cost, $30.",
        "The reasoning: Tom has 15 and Ann has 16, and the question is about Ann.",
        "The key steps are:\n1. Do not add the 9.\n2. The result is 6.",
        "Let me break down the reasoning: the answer is 16.",
    ],
)
def test_an_explanation_that_comes_to_another_value_or_speaks_of_the_box_does_not(
    answer: str, behind: str
) -> None:
    assert not grade("math", answer="15", text=f"{answer}\n\n{behind}").passed


OPTIONS = ["(i) only", "(ii) only", "No, since it is late", "A heap", "(i), (ii), and (iii) only"]


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        ("E", "The answer is (E).\n\nFinal Answer:\nE. (i), (ii), and (iii) only"),
        ("C", "So, the final answer is:\nC. No, since it is late."),
        ("D", "The answer is (D). A heap is not one of the parts."),
        ("A", "The correct answer is:\nA. (i) only"),
        ("D", "The answer is (A), (B) and (C).\nThe only one left is (D). So option (D) is correct."),
    ],
)
def test_an_option_with_its_own_text_behind_it_is_picked(gold: str, text: str) -> None:
    passed = grade("math", answer=gold, text=text, choices=OPTIONS).passed
    assert passed == (not text.startswith("The answer is (A), (B)"))


@pytest.mark.parametrize(
    "text",
    [
        "It has a heap (D is correct). The answer is (A) and (D).",
        "It has a heap (D is correct). The answer is (A) or (D).",
        "Option D is right. The answer is A, B, C and D.",
        "D is correct. The final answer is: D, A, D, C",
    ],
)
def test_a_cue_with_several_letters_picks_no_single_one(text: str) -> None:
    assert not grade("math", answer="D", text=text, choices=OPTIONS).passed


def test_a_problem_with_one_option_can_be_judged() -> None:
    assert grade("math", answer="A", text="The answer is (A).", choices=["one"]).passed


YES = ["Yes", "No"]


@pytest.mark.parametrize(
    ("gold", "text", "options"),
    [
        (
            "30°",
            "So the answer is (C).\n\nI hope this helps! Let me know if you have any other questions.",
            ["60°", "45°", "30°"],
        ),
        ("No", "The answer is **(B) No**.\n\nThere are 3 vans and 4 bikes. I hope this helps!", YES),
        ("No", "The answer is B (No).", YES),
        ("3.5", "The correct option letter is (D) 3.5.", ["2", "2.5", "3", "3.5"]),
        ("No", "No, the vans are not fewer than the bikes. There are four vans.", YES),
        ("Lima", "The largest city in the country where this plane comes from is Lima.", ["Quito", "Lima"]),
        ("a parabola", "The curve in the picture is a parabola.", ["a parabola", "a circle"]),
        ("parabola", "The curve in the picture is the parabola.", ["parabola", "circle"]),
        ("D", "There are $\\boxed{6}$ ways.The answer is: D", ["3", "4", "5", "6"]),
    ],
)
def test_an_option_is_picked_by_its_text_too(gold: str, text: str, options: list[str]) -> None:
    assert grade("math", answer=gold, text=text, choices=options).passed


@pytest.mark.parametrize(
    ("gold", "text", "options"),
    [
        ("Yes", "Yes or no? I say No, but yes is possible.", YES),
        ("Yes", "Yes, it may be so, but the answer is no.", YES),
        ("No", "If the sum is smaller, the answer is B (No).\n\nWithout data there is no answer.", YES),
        (
            "No",
            'status = "full"\n\nif status == "full":\n    answer = "Yes"\nelse:\n    answer = "No"\n\nprint(answer)',
            YES,
        ),
        ("Lima", "The largest city is not Lima.", ["Quito", "Lima"]),
        ("Lima", "The largest city is Quito or Lima.", ["Quito", "Lima"]),
        ("Lima", "The largest city is perhaps Lima.", ["Quito", "Lima"]),
        ("Lima", "The wrong city is Lima.", ["Quito", "Lima"]),
        ("Lima", "The city that was excluded is Lima.", ["Quito", "Lima"]),
        ("Lima", "The largest city, as Ann thinks, is Lima.", ["Quito", "Lima"]),
        ("A", "【答案】A. ①② B. ①③ C. ②④ D. ③④ <eoa>", "ABCD"),
        ("A", "The answer is A. 3 B. 4 C. 5", ["3", "4", "5"]),
    ],
)
def test_no_option_is_picked_where_none_is_stated(gold: str, text: str, options: list[str] | str) -> None:
    assert not grade("math", answer=gold, text=text, choices=options).passed


@pytest.mark.parametrize(
    "text",
    [
        "cats = 5\ndogs = 3\n\nleft = cats - dogs\nprint(left)",
        "```python\ncats = 5\ndogs = 3\nprint(cats - dogs)\n```",
        "total = 3\ncount = 0\nfor cat in cats:\n    if cat >= 3:\n        count += 1\nprint(count)",
        "def left(cats):\n    return cats - 3\n\nprint(left(3))",
        "The program:\n\nimport math\ncats = 3\nleft = math.floor(cats)\nreturn 3",
    ],
)
def test_a_program_without_its_output_has_no_answer(text: str) -> None:
    found = extract(text)
    assert (found.answer, found.reason) == (None, "a program without its output closes the text")
    assert not grade("math", answer="3", text=text).passed


def test_a_printed_output_is_still_an_answer() -> None:
    assert grade("math", answer="2", text="```python\nprint(5 - 3)\n```\n```output\n2\n```").passed
    assert grade("math", answer="20", text="total = 4 * 5 = 20\nprint(total) gives 20").passed


@pytest.mark.parametrize("text", ["The median of the numbers is 9.", "The highest value on the x-axis is 9."])
def test_one_sentence_that_says_which_quantity_is_the_value_is_enough(text: str) -> None:
    assert grade("math", answer="9", text=text).passed


@pytest.mark.parametrize(
    "text", ["The number to avoid is 9.", "The wrong value is 9.", "The upper bound is 9."]
)
def test_one_sentence_that_says_otherwise_is_not(text: str) -> None:
    assert not grade("math", answer="9", text=text).passed


def test_a_sentence_right_behind_another_is_one_of_its_own() -> None:
    assert grade(
        "math", answer="6", text="There are $\\boxed{6}$ routes for the race.The answer is: 6"
    ).passed


@pytest.mark.parametrize(
    "text",
    [
        "It is tempting to choose (B).",
        "Many people choose (B).",
        "It would be a mistake to select option B.",
        "I was about to choose (B).",
        "I refuse to pick (B).",
        "A hurried reader would go with (B).",
        "The trap is (B).",
        "The tempting answer is (B).",
        "The expected answer is (B).",
        "The second best option is (B).",
    ],
)
def test_an_option_that_only_tempts_is_not_picked(text: str) -> None:
    assert not grade("math", answer="B", text=text, choices=["12", "15", "18"]).passed


@pytest.mark.parametrize(
    "text",
    [
        "So I choose (B).",
        "Therefore, we would select option B.",
        "Based on this, I have to go with (B).",
        "The most likely answer is (B).",
        "Therefore, the greatest option is (B).",
        "Therefore, the answer is option (B).",
    ],
)
def test_an_option_that_is_picked_in_a_sentence(text: str) -> None:
    assert grade("math", answer="B", text=text, choices=["12", "15", "18"]).passed
