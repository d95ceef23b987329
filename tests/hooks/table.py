"""Rows as trainers hand them over, and the number that each must get. One table for every hook.

``None`` is an error or an abstain: a trainer that can leaves the sample out, the others get a fail's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A completion in some form, the columns beside it, and the reward."""

    id: str
    completion: Any
    reward: float | None
    columns: Mapping[str, Any] = field(default_factory=dict)


def say(content: Any) -> list[dict[str, Any]]:
    return [{"role": "assistant", "content": content}]


RIGHT, WRONG = r"So it is \boxed{12}.", r"So it is \boxed{13}."
GOLD = {"answer": "12"}
ADD = "def add(a, b):\n    return a + b"
CHECK = {"tests": "assert add(1, 2) == 3", "entry_point": "add"}
CASES = [
    Case("text-right", RIGHT, 1.0, GOLD),
    Case("text-wrong", WRONG, 0.0, GOLD),
    Case("message", say(RIGHT), 1.0, GOLD),
    Case("message-wrong", say(WRONG), 0.0, GOLD),
    Case("last-message", [*say(WRONG), {"role": "user", "content": "Sure?"}, *say(RIGHT)], 1.0, GOLD),
    Case("tool-turns", [*say(None), {"role": "tool", "content": "12"}, *say(RIGHT)], 1.0, GOLD),
    Case(
        "parts", say([{"type": "text", "text": "It is "}, {"type": "text", "text": r"\boxed{12}"}]), 1.0, GOLD
    ),
    Case(
        "response-dumped",  # with all its fields, as pydantic writes it
        {
            "id": "r",
            "object": "response",
            "text": None,
            "instructions": None,
            "output": [
                {"type": "reasoning", "summary": [], "content": None},
                {**say([{"type": "output_text", "text": RIGHT}])[0], "type": "message"},
            ],
        },
        1.0,
        GOLD,
    ),
    Case(
        "response-with-format",
        {"text": {"format": {"type": "text"}}, "output": say([{"type": "output_text", "text": WRONG}])},
        0.0,
        GOLD,
    ),
    Case("response-object", {"output": [{"content": [{"type": "output_text", "text": RIGHT}]}]}, 1.0, GOLD),
    Case("chat-object", {"choices": [{"message": {"role": "assistant", "content": RIGHT}}]}, 1.0, GOLD),
    Case("none", None, 0.0, GOLD),
    Case("tool-call-only", say(None), 0.0, GOLD),
    Case("empty", "", 0.0, GOLD),
    Case("blank", "   \n", 0.0, GOLD),
    Case("no-text", 7, None, GOLD),
    Case("only-user", [{"role": "user", "content": RIGHT}], None, GOLD),
    Case("end-token-gemma", "#### 12<end_of_turn>", 1.0, GOLD),
    Case("end-token-llama", "#### 12<|eot_id|>", 1.0, GOLD),
    Case("end-tokens", RIGHT + "<|im_end|>\n<|endoftext|>", 1.0, GOLD),
    Case("thought-unfinished", r"<think>\boxed{12}", 0.0, GOLD),
    Case("thought", r"<think>maybe \boxed{1}</think>" + RIGHT, 1.0, GOLD),
    Case("more-columns", RIGHT, 1.0, {**GOLD, "level": 3, "id": "x", "difficulty": [1, 2]}),
    Case("gold-number", RIGHT, 1.0, {"answer": 12}),
    Case("gold-float", RIGHT, 1.0, {"answer": 12.0}),
    Case("gold-several", RIGHT, 1.0, {"answer": ["twelve eggs", "12"]}),
    Case("gold-solution", RIGHT, 1.0, {"solution": r"Add them. \boxed{12}"}),
    Case("gold-gsm8k", RIGHT, 1.0, {"answer": "5 + 7 = <<5+7=12>>12\n#### 12"}),
    Case("gold-verl", RIGHT, 1.0, {"reward_model": {"style": "rule", "ground_truth": "12"}}),
    Case("gold-skyrl", RIGHT, 1.0, {"reward_spec": {"method": "rule", "ground_truth": "12"}}),
    Case("gold-label", RIGHT, 1.0, {"label": "12"}),
    Case("gold-target", RIGHT, 1.0, {"target": "12"}),
    Case("gold-missing", RIGHT, None, {}),
    Case("gold-empty", RIGHT, None, {"answer": ""}),
    Case("gold-none", RIGHT, None, {"answer": None}),
    Case("gold-table", RIGHT, None, {"answer": {"a": 1}}),
    Case("surrogate", "\ud800 " + RIGHT, 1.0, GOLD),
    Case("hostile", "\\boxed{" + "9^" * 5000 + "9}", 0.0, GOLD),
    Case("markup", "<script>alert(1)</script> \x1b[31m" + RIGHT, 1.0, GOLD),
    Case("program", f"```python\n{ADD}\n```", 1.0, CHECK),
    Case("program-wrong", "```python\ndef add(a, b):\n    return a - b\n```", 0.0, CHECK),
    Case("program-end-token", f"```python\n{ADD}\n```<|im_end|>", 1.0, CHECK),
    Case("program-message", say(f"```python\n{ADD}\n```"), 1.0, CHECK),
    Case("program-forged", "import os\nos._exit(0)", 0.0, CHECK),
    Case("tests-pairs", "print(int(input()) + 1)", 1.0, {"tests": [{"input": "1", "output": "2"}]}),
    Case("tests-list", ADD, 1.0, {"test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"]}),
    Case("tests-inputs", "print(int(input()) + 1)", 1.0, {"tests": {"inputs": ["1"], "outputs": ["2"]}}),
    Case(
        "tests-truth",
        "print(int(input()) + 1)",
        1.0,
        {"data_source": "codecontests", "ground_truth": '{"inputs": ["1"], "outputs": ["2"]}'},
    ),
    Case("tests-broken", ADD, None, {"tests": "assert add(", "entry_point": "add"}),
]
