"""Multiple choice: which letter a completion picks, and how options are given."""

from __future__ import annotations

import time
from typing import Any

import pytest

from verirs import UserError, Verdict, grade
from verirs.math.choices import Choices, choices_in, choices_of, letters_of
from verirs.math.option_picked import picked

FOUR = Choices("ABCD")
PICKED = [
    ("D", "Therefore, option D is correct."),
    ("D", "the correct option is D"),
    ("D", "(D)"),
    ("D", "D)"),
    ("D", "D."),
    ("D", r"\text{Option D}"),
    ("D", r"\boxed{\textbf{(D)}}"),
    ("D", r"\boxed{\text{Option D}}"),
    ("C", '{"answer": "C"}'),
    ("B", "Final answer - B"),
    (
        "D",
        "The relation is \\boxed{\\langle H\\rangle \\ll \\Delta E}. This matches option D.\n\n**Answer: D**",
    ),
    ("D", "Answer: rules out C, leaving D"),
    ("C", "故选C。"),
    ("B", "【答案】B"),
    ("B", "Die richtige Antwort ist B."),
    ("C", "Die richtige Antwort lautet (C)."),
    ("A", "La bonne réponse est A."),
    ("A", "La respuesta correcta es A."),
    ("A", "La respuesta correcta es la A."),
    ("D", "正解はDです。"),
    ("D", "答えは D です"),
    ("D", "Правильный ответ: Г D"),
    ("B", "Правильный ответ: B"),
    ("B", "정답은 B입니다."),
    ("B", "الإجابة: B"),
    ("C", "La risposta corretta è C."),
    ("C", "A resposta correta é C."),
    ("C", "Cevap: C"),
    ("C", "Đáp án: C"),
    (None, "A train leaves the station at 5."),
    (None, "The answer is a train."),
    (None, "I think so."),
    (None, "The answer is I."),
    ("A", "The answer is A."),
    ("A", "A"),
    (None, "A train"),
    ("C", "So the answer is C, since I computed it."),
    (None, "The answer is A or B."),
    (None, "The answer is either A or B."),
    ("AC", "The answer is A and C."),
    ("B", "B. 12 apples"),
    ("B", "(B) 12"),
    ("B", "**B**"),
    ("B", "I choose B."),
    ("B", "So B is the correct answer."),
    (None, "B is incorrect."),
    (None, "So B is not the correct answer."),
    ("C", "A is wrong. B is wrong. So the right one is C."),
    ("C", "The best choice is C."),
    ("C", "Thus the answer is (C) 3.5."),
    ("B", "The correct answer is: **B) 12 apples**"),
    ("B", "**Correct answer: B**"),
    ("B", "Answer: B\n\nExplanation: A is wrong because I said so, and C too."),
    ("A", "因此选A。"),
    ("D", "本题选D"),
    ("B", "答案选B"),
    ("B", "所以正确答案是B。"),
    ("B", "综上，B项正确，故选B。"),
    ("C", "选项C是正确的"),
    (None, "选项C是错误的"),
    ("D", "The answer is \\(D\\)."),
    ("D", "$\\boxed{\\text{D}}$"),
    ("D", "\\boxed{D. }"),
    ("D", "\\boxed{(D)\\ 12}"),
    ("D", "\\boxed{\\text{(D) 12}}"),
    ("D", "ANSWER: d"),
    ("C", "c) five"),
    (None, "none of the above"),
    (None, "Answer: E"),
    ("D", "<answer>D</answer>"),
    ("D", "<answer>(D) five</answer>"),
    ("D", "Option D"),
    ("D", "Answer: Option D."),
    ("D", "The final answer is option (D)."),
    ("B", "Let me think. Option A says 5. Option B says 6.\n\nB"),
    ("C", "Choice C"),
    ("C", "My answer is C!"),
    ("C", "Answer : C"),
    ("C", "Answer:C"),
    ("C", "answer: (c)"),
    ("B", "We pick option B: it is the largest."),
    (None, "We cannot decide between A and B."),
    ("C", "It must be C."),
    ("C", "Hence (C) is the answer."),
    ("C", "Hence, the answer is 12, which is option C."),
    ("C", "This corresponds to choice (C)."),
    ("C", "12, so C"),
    ("D", "Hence D is the right choice"),
    ("B", "#### B"),
    ("B", "The answer is B) 5 and not C) 6."),
    ("A", "A) because it's the only even number"),
]


@pytest.mark.parametrize(("letter", "text"), PICKED)
def test_a_letter_counts_where_it_stands_as_an_answer(letter: str | None, text: str) -> None:
    assert picked(text, FOUR) == letter


def test_options_are_given_or_seen() -> None:
    texts = ("1", "2", "3")
    for given in (
        ["1", "2", "3"],
        {"A": "1", "B": "2", "C": "3"},
        {"label": ["A", "B", "C"], "text": ["1", "2", "3"]},
    ):
        assert choices_of(given) == Choices("ABC", texts)
    assert choices_of("A, B, C") == Choices("ABC")
    assert (
        choices_in("Which?\nA) 1\nB) 2\nC) 3")
        == choices_in("Which? (A) 1 (B) 2 (C) 3")
        == Choices("ABC", texts)
    )
    assert choices_in("A man walks. B.") is None
    assert choices_of(["one"]) == Choices("A", ("one",))  # MMLU-Pro has such a problem
    for wrong in ("AA", 5, {"first": "1"}):
        with pytest.raises(ValueError, match="choices"):
            choices_of(wrong)
    for gold in ("B", "(B)", "B. 2", "2"):
        assert letters_of(gold, Choices("ABC", texts)) == "B"


@pytest.mark.parametrize(
    ("gold", "text", "right"),
    [
        ("B", "The answer is B.", True),
        ("B", r"\boxed{5}", True),
        ("5", "So it is option B.", True),
        ("B", r"\boxed{3}", False),
        ("B", "B) 3", False),
        ("B", r"\boxed{6}", False),
    ],
)
def test_a_letter_or_the_text_of_its_option(gold: str, text: str, right: bool) -> None:
    for options in (
        {"choices": ["3", "5", "7"]},
        {"prompt": "What?\nA) 3\nB) 5\nC) 7"},
        {"meta": {"choices": ["3", "5", "7"]}},
    ):
        given: dict[str, Any] = options
        assert grade("math", answer=gold, text=text, **given).passed is right


def test_options_of_a_problem_stand_in_its_columns() -> None:
    def verdict(text: str, answer: str | None, **row: Any) -> Verdict:
        return grade("math", text=text, answer=answer, **row).verdict

    assert verdict("1.52", "1.5", meta={"tolerance": 0.05}) is Verdict.PASS
    assert verdict("1.52", "1.5", meta={"error": "5%"}, columns={"tolerance": "error"}) is Verdict.PASS
    assert verdict("7", None, meta={"answers": ["6", 7]}) is Verdict.PASS
    assert verdict("50", "50%", meta={"rule": "strict"}, columns={"percent": "rule"}) is Verdict.FAIL
    with pytest.raises(UserError):
        grade("math", text="5", answer="5", meta="no table")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gold", "text", "tolerance", "right"),
    [
        ("3.0", "3.05", "0.1 absolute", True),
        ("3.0", "3.2", "0.1 absolute", False),
        ("123456", "123460", "5 digits", True),
        ("123456", "123400", "5 digits", False),
        (r"3.0 \pm 0.1", "3.05", "gold", True),
        (r"3.0 \pm 0.1", "3.2", "gold", False),
        (r"\pi", "3.14", 0.001, True),
        (r"\pi", "3.1", 0.001, False),
        ("(1, 2)", "(1.001, 2)", 0.01, True),
        ("2, 3", "3.001, 2", 0.01, True),
        ("100 cm", "1.001 m", 0.01, True),
        ("x", "1.01 x", 0.1, False),
    ],
)
def test_tolerance(gold: str, text: str, tolerance: float | str, right: bool) -> None:
    assert grade("math", answer=gold, text=rf"\boxed{{{text}}}", tolerance=tolerance).passed is right


def test_profiles() -> None:
    def passes(answer: str, text: str, profile: str) -> bool:
        return grade("math", answer=answer, text=text, profile=profile).passed

    assert [passes("5 cm", r"\boxed{5}", p) for p in ("strict", "default", "lenient")] == [False, True, True]
    assert [passes("0.67", r"\boxed{2/3}", p) for p in ("strict", "default", "lenient")] == [
        False,
        False,
        True,
    ]
    assert [passes("5", "I get 5.", p) for p in ("strict", "default", "lenient")] == [False, True, True]


def test_a_letter_with_another_options_text_is_no_answer() -> None:
    options = ["red", "green", "blue"]
    for text in (r"\boxed{B. blue}", "The answer is (B) blue"):
        assert not grade("math", answer="B", text=text, choices=options), text
    for text in (r"\boxed{B. green}", "The answer is (B) green", r"\boxed{B}"):
        assert grade("math", answer="B", text=text, choices=options), text


OTHERS = [
    "Student 1 said the answer is (B).",
    "Sam's answer is (B).",
    "Everyone says it is (B).",
    "At first glance it is (B).",
    "Forgetting the 3, the answer is (B).",
    "Ignoring the 3, the answer is (B).",
    "Without the 3 it is (B).",
    "B seems right.",
    "Option B seems right.",
    "According to the key, the answer is (B).",
    "In an earlier version, the answer was (B).",
    "If the sum were 4, the answer would be (B).",
    "Most books give (B).",
    "The answer my teacher wants is (B).",
    "Had we doubled it, the answer is (B).",
    "Kim picks (B).",
    "Tom: the answer is B.",
    "ChatGPT's answer is **B**.",
    "Answer (according to the book): B",
    "I was going to say (B).",
    "I almost chose (B).",
    "I first picked (B).",
    "The answer could well be (B).",
    "The answer to the first part is (B).",
    "The answer on the sheet is (B).",
    "The answer to the previous question is (B).",
    "The answer is (B) or so the key claims.",
    "The answer is (B), says Sam.",
    "The answer is (B), according to the key.",
    "The answer is (B), they say.",
    "The answer is (B) if the ball is at rest.",
    "The answer is (B) for a different problem.",
    "The answer is (B) in the old edition.",
    "Your answer: (B)",
    "The answer is B-",
    "Answer: B\nSecond answer, in case the first is not taken: D",
    "A primera vista, la respuesta correcta es la B.",
    "Wer nur die Hälfte rechnet, kommt auf Antwort B.",
    "乍一看，答案是B。",
]


@pytest.mark.parametrize("text", OTHERS)
def test_an_option_that_is_anothers_or_only_supposed_is_not_picked(text: str) -> None:
    told: list[dict[str, Any]] = [{"choices": ["12", "15", "18", "20"]}, {"choices": "ABCD"}, {}]
    for options in told:
        assert not grade("math", answer="B", text=text, **options).passed, options
        assert grade("math", answer="B", text=text, profile="strict", **options).verdict.value == "fail"


OURS = [
    "So the best answer is (B).",
    "I choose B.",
    "We pick option B.",
    "The largest of the four numbers is (B).",
    "Since 7 is prime, the correct option is B.",
    "Eliminating A, C and D leaves B.",
    "That leaves only B, and it fits.",
    "It is not A, the answer is B.",
    "Based on the passage, the answer is (B).",
    "Dividing by 2, we get x = 15, so B.",
    "The answer to the question is B.",
    "The option that best describes it is (B).",
    "Answer: B\n\nStudents who choose C have added.",
    "Ans : B",
    "Looking at the options, this matches Option B.\n\nLet me know if you want more!",
    "B\n\nExplanation: 3 times 5 is 15.",
    "La réponse correcte est donc la B.",
    "Die richtige Antwort ist also B.",
    "La respuesta correcta es la B.",
    "所以，答案是B。",
    "The one that is left is 15, choice (B).",
    "Therefore, the correct graph is B.",
]


@pytest.mark.parametrize("text", OURS)
def test_an_option_that_the_text_leads_to_is_picked(text: str) -> None:
    assert grade("math", answer="B", text=text, choices=["12", "15", "18", "20"]), text


def test_where_it_is_not_clear_whose_option_it_is_nothing_is_decided() -> None:
    """A right answer that is called wrong is a wrong pair to train on; a benchmark counts it."""
    options: dict[str, Any] = {"choices": ["12", "15", "18", "20"]}
    said = "My neighbour's answer is (B)."
    assert grade("math", answer="B", text=said, **options).verdict.value == "abstain"
    assert grade("math", answer="A", text=said, **options).verdict.value == "fail"
    assert grade("math", answer="B", text=said, profile="lenient", **options).passed


def test_letters_that_the_text_gives_to_other_options_pick_none() -> None:
    text = "Sorted:\nA = 20\nB = 18\nC = 15\nD = 12\n\nAnswer: B"
    assert not grade("math", answer="B", text=text, choices=["12", "15", "18", "20"]).passed
    text = "A = 12\nB = 15\nC = 18\nD = 20\n\nAnswer: B"
    assert grade("math", answer="B", text=text, choices=["12", "15", "18", "20"]).passed


def test_an_answer_left_open_at_the_end_is_none() -> None:
    text = "Example: What is 6 + 9?\nA: The answer is (B).\n\nNow ours. What is 4 + 5?\nA:"
    assert not grade("math", answer="B", text=text, choices=["12", "15", "18", "20"]).passed


LONG = 100_000
SLOW = {
    "spaces behind a letter": "B = " + " " * LONG + "x",
    "lines behind a letter": "B" + "\n" * LONG + "x",
    "lines alone": "\n" * LONG + "x",
    "an answer and lines": "answer:" + "\n" * LONG,
    "bullets": "- (B) " * (LONG // 6),
    "a mark and signs": "(B) " + "!" * LONG + " Correct",
    "verdicts": "(A) Wrong\n" * (LONG // 10) + "(B) Correct: x",
    "letters": "the letter " * (LONG // 11),
    "fences": "```a\n" * (LONG // 5),
    "quotes": '" B' * (LONG // 3),
    "answers": "Answer: B\n" * (LONG // 10),
    "questions": "Problem 1 (" * (LONG // 11),
    "others": "students " * (LONG // 9) + "choose B",
    "clauses": "so, " * (LONG // 4) + "the answer is B",
    "an expression": "is x+" + "(x" * (LONG // 2),
    "parts of": "a third of " * (LONG // 11) + "12",
}


@pytest.mark.parametrize("name", SLOW)
def test_no_text_keeps_the_reader_of_options_busy(name: str) -> None:
    """A pattern that goes over a text once for each of its places takes a minute for 100,000 characters."""
    told: list[dict[str, Any]] = [{"choices": ["12", "15", "18", "20"]}, {}]
    for options in told:
        begun = time.thread_time()
        grade("math", answer="B", text=SLOW[name], meta=options)
        assert time.thread_time() - begun < 3.0


def test_what_should_be_done_in_the_place_of_what_is_leads_to_no_answer() -> None:
    for lead in ("Multiplying where one has to add", "Adding when you should subtract"):
        assert not grade("math", answer="12", text=f"{lead}, the answer is 12.").passed
        assert not grade("math", answer="12", text=rf"{lead}, the result is \boxed{{12}}.").passed
    assert grade("math", answer="12", text="Multiplying the two, the answer is 12.").passed


def test_a_number_in_words_that_opens_the_last_sentence_is_counted() -> None:
    assert grade("math", answer="9", text="Six eggs were used for the cake. Nine eggs are left.").passed
    assert not grade("math", answer="9", text="Nine eggs are not left.").passed
