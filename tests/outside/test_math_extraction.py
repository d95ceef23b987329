"""Final answers as people outside found them misread: own words and numbers, the address says where
the kind was seen.

The first try of the checker as it stood before these were collected is in docs/math.md.
"""

from __future__ import annotations

from typing import Any

import pytest

from verirs import Verdict, grade

GH = "https://github.com/"
PASS, FAIL = "pass", "fail"
Row = tuple[str, str, str, dict[str, Any]]

CASES: dict[str, list[Row]] = {
    GH + "openai/simple-evals/issues/33": [
        ("C", "Die Kraft bleibt gleich.\n\nAntwort:\n\nAntwort: C", PASS, {}),
        ("A", "Die Kraft bleibt gleich.\n\nAntwort:\n\nAntwort: C", FAIL, {}),
        ("B", "**Antwort: B**", PASS, {}),
    ],
    GH + "groq/openbench/issues/348": [
        ("B", "The value comes to 14.\n\nAnswer seems to be B.\n\nAnswer: B\n", PASS, {}),
        ("S", "Answer seems to be B.", FAIL, {}),
        ("B", "Answer seems to be B.", PASS, {}),
    ],
    GH + "UKGovernmentBEIS/inspect_ai/issues/5055": [
        ("C", "ANSWER: **C**", PASS, {}),
        ("C", "ANSWER: $C$", PASS, {}),
        ("17", "ANSWER: **17**", PASS, {}),
    ],
    GH + "UKGovernmentBEIS/inspect_ai/issues/5145": [
        ("D", "So the last one fits.\n\nANSWER: (D)", PASS, {}),
        ("D", "So the last one fits.\n\nANSWER: $\\textbf{D}$", PASS, {}),
    ],
    GH + "EleutherAI/lm-evaluation-harness/pull/4188": [
        ("C", "The answer is C because a wheel turns.", PASS, {"choices": "ABCD"}),
        ("A", "The answer is C because a wheel turns.", FAIL, {"choices": "ABCD"}),
        ("B", "I would pick B \u2014 a safe bet.", PASS, {"choices": "ABCD"}),
        ("A", "I would pick B \u2014 a safe bet.", FAIL, {"choices": "ABCD"}),
        ("C", "c. 12", PASS, {"choices": "ABCD"}),
        ("D", "d", PASS, {"choices": "ABCD"}),
    ],
    GH + "jundot/omlx/pull/3668": [
        ("C", "The answer is C. Note that B is a common trap.", PASS, {"choices": "ABCD"}),
        ("B", "The answer is C. Note that B is a common trap.", FAIL, {"choices": "ABCD"}),
        ("B", "ANSWER IS B. D is incorrect.", PASS, {"choices": "ABCD"}),
        ("I", "The answer is C because I took the limit.", FAIL, {"choices": "ABCDEFGHIJ"}),
        ("C", "The answer is C because I took the limit.", PASS, {"choices": "ABCDEFGHIJ"}),
    ],
    GH + "jundot/omlx/pull/3484": [
        ("64", "The total is 64 stamps, altogether.", PASS, {}),
        ("64", "#### 64, altogether", PASS, {}),
    ],
    GH + "antirez/ds4/issues/321": [
        ("C", "Answer: It is not A, the answer is C", PASS, {"choices": "ABCD"}),
        ("A", "Answer: It is not A, the answer is C", FAIL, {"choices": "ABCD"}),
        ("C", "Answer: C, not A", PASS, {"choices": "ABCD"}),
        ("A", "Answer: C, not A", FAIL, {"choices": "ABCD"}),
        ("B", "Answer: I think it is B", PASS, {"choices": "ABCD"}),
        ("B", "Answer: this excludes D and A, leaving B", PASS, {"choices": "ABCD"}),
        ("D", "Answer: this excludes D and A, leaving B", FAIL, {"choices": "ABCD"}),
    ],
    GH + "UKGovernmentBEIS/inspect_ai/issues/2216": [
        ("A", "ANSWER: None of the above", FAIL, {"choices": "ABCD"}),
        ("D", "ANSWER: Don't know", FAIL, {"choices": "ABCD"}),
        ("I", "ANSWER: I don't know", FAIL, {"choices": "ABCDEFGHI"}),
    ],
    GH + "NVIDIA-NeMo/Gym/pull/1844": [
        ("E", r"\boxed{\text{E}}", PASS, {"choices": "ABCDE"}),
        ("E", r"\boxed{E: A slower reaction}", PASS, {"choices": "ABCDE"}),
        ("A", r"\boxed{E: A slower reaction}", FAIL, {"choices": "ABCDE"}),
        ("C", r"First \boxed{B}, but then \boxed{C}", PASS, {"choices": "ABCDE"}),
    ],
    GH + "aniri15/OPD-V/issues/2": [
        ("C", "Answer: **C**", PASS, {"choices": "ABCD"}),
        ("D", "I considered (B), but it is wrong. Final answer: D.", PASS, {"choices": "ABCD"}),
        ("D", "The correct answer is d.", PASS, {"choices": "ABCD"}),
        ("T", "The correct answer is d.", FAIL, {}),
    ],
    GH + "open-compass/VLMEvalKit/pull/1591": [("C", "Answer: $C", PASS, {"choices": "ABCD"})],
    GH + "open-compass/opencompass/issues/1933": [
        ("L", "Answer: Let's think step by step. The ring has 6 units, so the answer is (H).", FAIL, {}),
        ("H", "Answer: Let's think step by step. The ring has 6 units, so the answer is (H).", PASS, {}),
    ],
    GH + "open-compass/opencompass/pull/2600": [
        ("C", "A错误\uff0cB也不对\uff0c只有选项C是对的\u3002", PASS, {"choices": "ABCD"}),
        ("A", "A错误\uff0cB也不对\uff0c只有选项C是对的\u3002", FAIL, {"choices": "ABCD"}),
    ],
    GH + "open-compass/opencompass/pull/1688": [
        ("D", "综上所述\uff0c故选D\u3002", PASS, {"choices": "ABCD"}),
        ("B", "答案为\uff08B\uff09", PASS, {"choices": "ABCD"}),
        ("B", "正确答案是\uff1aB", PASS, {"choices": "ABCD"}),
        ("C", "因此\uff0cC选项正确\u3002", PASS, {"choices": "ABCD"}),
        ("A", "所以应该选择A\u3002", PASS, {"choices": "ABCD"}),
    ],
    GH + "open-compass/opencompass/issues/2343": [
        ("70000", "The profit is the value less the cost:\n\n$200,000 - $130,000 = **$70,000**.", PASS, {}),
        (
            "70000",
            "So the profit is:\n\n$$200{,}000 - 130{,}000 = 70{,}000$$\n\n**Answer: $70,000**",
            PASS,
            {},
        ),
    ],
    GH + "EleutherAI/lm-evaluation-harness/issues/3214": [
        ("31", "So the total cost of the order is $31.00.", PASS, {}),
        ("1200", "the sum of all of it is **1,200**.", PASS, {}),
    ],
    GH + "EleutherAI/lm-evaluation-harness/issues/1204": [
        (
            "A page takes 450/90=<<450/90=5>>5 minutes\nAll take 5*10=<<5*10=50>>50\n#### 50",
            "#### 50",
            PASS,
            {},
        ),
        ("50", "A page takes 450/90=<<450/90=5>>5 minutes, all take 5*10=<<5*10=50>>50 minutes", PASS, {}),
    ],
    GH + "modelscope/evalscope/pull/906": [
        ("460", r"\boxed{\text{The answer is 460}}", PASS, {}),
        ("460", r"\boxed{\text{The answer is 461}}", FAIL, {}),
    ],
    GH + "huggingface/Math-Verify/issues/44": [
        ("84", "It must be \\boxed{84}., but I put this after.\n\n**Final Answer**\n\\boxed{84}", PASS, {}),
        (
            "4",
            "The last digits are 004. So \\boxed{004} is right.\n\n**Final Answer**\n\\boxed{004}",
            PASS,
            {},
        ),
    ],
    GH + "huggingface/Math-Verify/issues/47": [
        ("1331 and 1728", "#### 1728", FAIL, {}),
        ("1331 and 1728", "The answers are 1728 and 1331.", PASS, {}),
    ],
    GH + "huggingface/open-r1/issues/628": [
        (
            "Old time: (1-1/3) : 0.96.\n\nAnswer: it would take 180 days.\nTherefore, the answer is: 180.",
            r"\boxed{180}",
            PASS,
            {},
        ),
    ],
    GH + "huggingface/open-r1/issues/359": [
        (
            "13/14",
            "<think>a</think>\n<think>b</think>\n<answer> The chance of winning is 13/14. </answer>",
            PASS,
            {},
        ),
        ("1", r"<answer> \(\frac{1}{2} + \frac{1}{6} + \frac{2}{6} = 1\). </answer>", PASS, {}),
    ],
    GH + "meta-pytorch/torchtune/pull/2604": [
        ("2", "<think>one</think><think>two</think><answer>1</answer><answer>2</answer>", PASS, {}),
        ("42", "<think>so</think><answer>42</answer><|eot|>", PASS, {}),
        ("1", "<think>so</think><answer>1</answer><think>more</think><answer>2</answer>", FAIL, {}),
    ],
    GH + "Azure/azureml-assets/pull/5274": [
        ("B", "***ANSWER***: ***B***", PASS, {}),
        ("Dale", "**ANSWER:** Dale", PASS, {}),
        ("100", "ANSWER: $100", PASS, {}),
    ],
    GH + "meridianlabs-ai/inspect_scout/pull/99": [
        ("-3.14", "ANSWER: -3.14", PASS, {}),
        ("42", "ANSWER: 42 points", PASS, {}),
        ("yes", "**ANSWER: yes**", PASS, {}),
    ],
    GH + "huggingface/lighteval/pull/503": [("121", "10+111 so it's $121", PASS, {})],
    GH + "sgl-project/sglang/pull/29933": [
        (
            "18",
            "He keeps 9, so 9*2=18\n#### 18\n\nQuestion: A robe takes 2 bolts.\nAnswer: 2+1=3\n#### 3",
            PASS,
            {},
        ),
        (
            "3",
            "He keeps 9, so 9*2=18\n#### 18\n\nQuestion: A robe takes 2 bolts.\nAnswer: 2+1=3\n#### 3",
            FAIL,
            {},
        ),
    ],
    GH + "OpenRLHF/OpenRLHF/pull/1285": [("1/2", r"\fbox{\frac{1}{2}}", PASS, {})],
    GH + "modelscope/ms-swift/pull/10147": [
        ("1/3", r"\boxed{\frac{1}{2}}", FAIL, {}),
        (r"\frac{1}{23}", r"\frac{12}{3}", FAIL, {}),
    ],
    GH + "PrimeIntellect-ai/verifiers/pull/1028": [
        ("72", "I add it all up and get 72.", FAIL, {"extract": ["boxed"]}),
        ("72", r"I add it all up and get \boxed{72}.", PASS, {"extract": ["boxed"]}),
    ],
    GH + "EleutherAI/lm-evaluation-harness/issues/2552": [
        ("42", r"Thus the answer is \[ \boxed{42} \]", PASS, {})
    ],
    GH + "allenai/olmo-eval/pull/391": [
        ("1.5", r"\boxed{1.52}", PASS, {"tolerance": 0.05}),
        ("1.5", r"\boxed{1.58}", FAIL, {"tolerance": 0.05}),
        ("0", r"\boxed{0.01}", FAIL, {"tolerance": 0.05}),
    ],
    GH + "openedx/openedx-platform/pull/3489": [
        ("4.0", "4.44", FAIL, {"tolerance": "10%"}),
        ("4.0", "4.4", PASS, {"tolerance": "10%"}),
        ("-100", "-91", PASS, {"tolerance": "10%"}),
        ("-100", "91", FAIL, {"tolerance": "10%"}),
    ],
    GH + "huggingface/lighteval/issues/686": [
        ("18", "Please reason step by step, and put your final answer within \\boxed{}.ichtig\n", FAIL, {}),
    ],
    GH + "databricks/officeqa/pull/39": [
        ("7", "<FINAL_ANSWER>5</FINAL_ANSWER> no: <FINAL_ANSWER>7</FINAL_ANSWER>", PASS, {}),
    ],
    GH + "PrimeIntellect-ai/verifiers/pull/1336": [
        ("10", "I think the answer: 5 is wrong, so let me redo it.\nAnswer: 10", PASS, {}),
    ],
}
ROWS = [(address, *row) for address, rows in CASES.items() for row in rows]


@pytest.mark.parametrize(("address", "gold", "text", "expected", "options"), ROWS)
def test_as_people_outside_expect(
    address: str, gold: str, text: str, expected: str, options: dict[str, Any]
) -> None:
    assert grade("math", answer=gold, text=text, **options).verdict is Verdict(expected), address
