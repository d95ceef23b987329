"""The extraction policy as a golden table: what a completion's final answer is, and by which rule."""

from __future__ import annotations

import sys

import pytest

from verirs.math import equivalent, extract

TABLE = [
    # boxes
    (r"So it is \boxed{12}.", "12", "boxed"),
    (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}", "boxed"),
    (r"\boxed{\{1,\ 2\}}", r"\{1,\ 2\}", "boxed"),
    (r"First \boxed{1}, no: \boxed{2}.", "2", "boxed"),
    (r"\boxed{42}. Wait, that is wrong. It is \boxed{41}.", "41", "boxed"),
    (r"\boxed{10} and then \boxed{42}", "42", "boxed"),
    (r"\fbox{7}", "7", "boxed"),
    (r"\boxed 5", "5", "boxed"),
    (r"\boxed{ 5 }", "5", "boxed"),
    (r"$x = \boxed{5}$ cm", "5", "boxed"),
    (r"\boxed{\text{(C)}}", r"\text{(C)}", "boxed"),
    (r"\boxed{2}, \boxed{3}", "2 , 3", "boxed"),
    (r"\[\boxed{-2} \quad \text{and} \quad \boxed{1}.\]", "-2 , 1", "boxed"),
    (r"$\boxed{1}$ and $\boxed{2}$", "1 , 2", "boxed"),
    (r"\boxed{5} and \boxed{5}", "5", "boxed"),
    (r"\boxed{4} is the answer. #### 5", "4", "boxed"),
    (r"\boxed{}", None, "boxed"),
    (r"so \boxed{5", None, "boxed"),
    # a hedge is a list of all its values
    (r"\boxed{1} or \boxed{2}", "1 or 2", "boxed"),
    (r"The answer is \boxed{1}, or maybe \boxed{2}.", "1 or 2", "boxed"),
    # reasoning blocks and turns
    (r"<think>\boxed{1}</think> It is \boxed{2}", "2", "boxed"),
    (r"<think>so \boxed{42}</think> I could not finish.", None, "none"),
    (r"<think>so \boxed{42}", None, "none"),
    (r"The answer is 5.<|im_end|><|im_start|>user 7", "5", "phrase"),
    # tags
    ("<answer>5</answer>", "5", "tag"),
    (r"<answer>\boxed{5}</answer>", "5", "boxed"),
    ("<|begin_of_box|>B<|end_of_box|>", "B", "tag"),
    ("<answer></answer>", None, "tag"),
    ("The answer is 3 <answer>4</answer> bye 7", None, "tag"),
    ("The answer is 3 <answer>4</answer> That is all.\n4", "4", "tag"),
    # hashes
    ("reasoning\n#### 18", "18", "hashes"),
    ("#### 18.", "18.", "hashes"),
    ("#### $18", "$18", "hashes"),
    ("####5", "5", "hashes"),
    ("#### 1,000 dollars\n", "1,000 dollars", "hashes"),
    ("#### Conclusion\nThe answer is 4.", "4", "phrase"),
    # phrases
    ("The answer is 5.", "5", "phrase"),
    ("The final answer is $\\frac{1}{2}$. I hope it is correct.", r"\frac{1}{2}", "phrase"),
    ("Final Answer: 42", "42", "phrase"),
    ("**Final Answer**\n\n42", "42", "phrase"),
    ("Final Answer: **73**", "73", "phrase"),
    ("The answer is x = 5.", "x = 5", "phrase"),
    ("the answer should be 004.", "004", "phrase"),
    ("The answer is (C).", "(C)", "phrase"),
    ("The answer is 90 degrees.", "90 degrees", "phrase"),
    ("The answer is 3.5", "3.5", "phrase"),
    ("Answer: the largest $n$ is 34.", "34", "phrase"),
    ("The answer is that she has 18 apples left.", "18", "phrase"),
    ("The answer is not 5.", "not 5", "phrase"),
    ("work\nA: 36", "36", "phrase"),
    ("Réponse: 220 $", "220 $", "phrase"),
    ("答案是 12。", "12", "phrase"),
    ("The answer is 4. Or the answer is 5.", None, "phrase"),
    # whole texts
    ("42", "42", "whole"),
    (r"\frac{4}{23}", r"\frac{4}{23}", "whole"),
    ("(1, 2)", "(1, 2)", "whole"),
    # what closes the text
    ("Thus the domain is $(0, 1]$.", "(0, 1]", "formula"),
    ("Therefore $x \\geq 5$ is the solution.", r"x \geq 5", "formula"),
    ("Hence there are **73** of them.", "73", "bold"),
    ("```python\nprint(5)\n```\n```output\n7.5\n```", "7.5", "output"),
    ("So the height is\nh = 3 + 2√2.", "3 + 2√2", "equation"),
    # last numbers
    ("He bought 3 pens and paid 18 dollars", "18 dollars", "number"),
    ("That makes $1,234.50 in all", "$1,234.50", "number"),
    ("It grew by 15% overall", "15%", "number"),
    ("so we get -7 there", "-7", "number"),
    ("the area was 12 cm there", "12 cm", "number"),
    ("There are 3/4 left over now", "3/4", "number"),
    # nothing
    ("", None, "none"),
    ("   \n", None, "none"),
    ("It was long ago." + " " * 7_000, None, "none"),
    ("I do not know.", None, "none"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answer", "method"), TABLE)
def test_golden_table(text: str, answer: str | None, method: str) -> None:
    found = extract(text)
    assert (found.answer, found.method) == (answer, method)
    assert (found.reason == "") is (answer is not None)


def test_a_hedge_is_never_right() -> None:
    hedge = extract(r"\boxed{1} or \boxed{2}").answer
    assert hedge is not None
    assert not equivalent("1", hedge).passed
    assert not equivalent("2", hedge).passed
    assert equivalent("1, 2", hedge).passed


def test_one_value_written_two_ways_is_no_hedge() -> None:
    found = extract(r"which is $\boxed{1\frac{1}{2}}$, or $\boxed{1.5}$").answer
    assert found is not None
    assert equivalent("3/2", found).passed
    assert not equivalent("5/2", found).passed


@pytest.mark.parametrize(
    ("rest", "answer"),
    [
        (". ACTUALLY, IT IS 6. So it goes.", "6"),
        (". Edit: it is 6. So it goes.", "6"),
        (" words that say no more of it than many others in a row would say of any other thing", "5"),
    ],
)
def test_what_follows_an_answer_replaces_it(rest: str, answer: str) -> None:
    assert extract(rf"It is \boxed{{5}}{rest}").answer == answer


@pytest.mark.parametrize("size", [10_000, 1_000_000])
@pytest.mark.parametrize(
    "unit", ["\\boxed", "a", "1 ", ". ", "(", "$", "{", "answer is ", "\\boxed{", "**", "<think>"]
)
def test_long_texts_are_scanned_in_linear_time(unit: str, size: int) -> None:
    import time

    text = unit * (size // len(unit))
    begun = time.thread_time()
    extract(text)
    assert time.thread_time() - begun < 10  # quadratic rules take minutes for a million characters


@pytest.mark.parametrize(
    "text",
    [
        "3 + 4 = 7.\nThe answer is 7.",
        "The answer is $25,000.",
        " The answer is 600.\n\n",
        "So she has 5. Therefore, the final answer is: 20%",
        "Not that. So the correct answer is 0.50.",
        "The answer is 7,.",
        "She thinks that the answer is 7.",
        "The wrong answer is 7.",
        '{"answer": 3} The answer is 7.',
        "The answer is 7. The answer is 8.",
    ],
)
def test_a_plain_ending_is_read_as_the_general_rules_read_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = extract(text)
    monkeypatch.setattr(sys.modules["verirs.math.extract"], "said_plainly", lambda text: None)
    assert extract(text) == fast


def test_a_repeating_decimal_with_a_power_of_ten_is_unreadable_and_raises_nothing() -> None:
    assert extract("\x1f2:10.5\\overline1e9\\frac").answer is None  # found by the fuzzer
