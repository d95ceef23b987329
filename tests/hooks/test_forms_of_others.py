"""Messages, parts, tests and options as data frames, servers and newer interfaces hand them over; values of
our own. Beside each stands the address, or the interface, where that form was told, asked or mended.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum
from types import SimpleNamespace as Thing
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
import pyarrow as pa
import pytest

from tests.hooks.test_hooks import grader
from tests.hooks.test_outside import NO, YES, by_trl, by_verl, told
from tests.hooks.test_shapes_of_others import over_http
from verirs.hooks import Grader, trl
from verirs.hooks.rows import read

__all__ = ["grader"]
BOTH = (YES, NO)
A = "assistant"


class Role(Enum):
    A = "assistant"


def value(completion: Any, **columns: Any) -> Any:
    return by_trl(completion, **(columns or {"answer": "12"}))


def objects(items: list[Any]) -> Any:
    """A list as a data frame has it."""
    made = np.empty(len(items), dtype=object)
    made[:] = items
    return made


def added(number: int, **columns: Any) -> Any:
    return by_trl(f"print(int(input()) + {number})", **columns)


ARC = {"label": np.array(["A", "B", "C"]), "text": np.array(["3 m", "4 m", "5 m"])}
OF_NUMBERS = {"label": ["1", "2", "3", "4"], "text": ["a cat", "a dog", "a cow", "a fox"]}
WRITES = "print('<tool_call>{\"a\": 1}</tool_call>')"
TESTS = [{"input": "1", "output": "2"}]
CASES: list[tuple[str, str, Callable[[], Any], Any]] = [
    # ---- as data frames have them
    (
        "messages in an array",
        "verl-project/verl/issues/2320",
        lambda: [value(objects(told(t))) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "parts in an array",
        "verl-project/verl/issues/2320",
        lambda: [value(told(objects([{"type": "text", "text": t}]))) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "a text and messages of Arrow",
        "apache/arrow/issues/40124",
        lambda: [value(pa.scalar(c)) for t in BOTH for c in (t, told(t))],
        [1.0, 1.0, 0.0, 0.0],
    ),
    (
        "a text in an array without a dimension",
        "benchopt/benchopt/issues/734",
        lambda: [value(np.array(t)) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "a completion that is missing was not said",
        "UKGovernmentBEIS/inspect_ai/pull/1868",
        lambda: [value(t) for t in (pd.NA, pd.NaT, float("nan"))],
        [0.0] * 3,
    ),
    (
        "tests in arrays",
        "verl-project/verl/issues/1921",
        lambda: [
            added(n, tests=t)
            for n in (1, 2)
            for t in (objects(TESTS), {"inputs": np.array(["1"]), "outputs": np.array(["2"])})
        ],
        [1.0, 1.0, 0.0, 0.0],
    ),
    (
        "tests in an array as the truth",
        "verl-project/verl/issues/1921",
        lambda: [by_verl(objects(TESTS), f"print(int(input()) + {n})") for n in (1, 2)],
        [1.0, 0.0],
    ),
    (
        "tests of Arrow, and in JSON twice",
        "PrimeIntellect-ai/prime-rl/issues/1337",
        lambda: [
            added(n, tests=t) for n in (1, 2) for t in (pa.scalar(TESTS), json.dumps(json.dumps(TESTS)))
        ],
        [1.0, 1.0, 0.0, 0.0],
    ),
    (
        "options in arrays, their letters and texts",
        "EleutherAI/lm-evaluation-harness/pull/1853",
        lambda: [value(t, answerKey="C", choices=ARC) for t in ("(C)", "(B)", "It is 5 m.", "It is 4 m.")],
        [1.0, 0.0, 1.0, 0.0],
    ),
    (
        "options whose labels are numbers are never a wrong verdict",
        "EleutherAI/lm-evaluation-harness/pull/1853",
        lambda: (
            [value(f"The answer is {n}.", answerKey="3", choices=OF_NUMBERS) for n in (3, 2)]
            in ([1.0, 0.0], [None, None])
        ),
        True,
    ),
    (
        "a table of the truth in an array",
        "verl-project/verl/pull/975",
        lambda: [value(t, reward_model=np.array({"ground_truth": "12"}, dtype=object)) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "extra_info that is missing",
        "verl-project/verl/pull/266",
        lambda: [by_verl("12", YES, extra) for extra in (pd.NA, float("nan"), np.array(None))],
        [1.0] * 3,
    ),
    # ---- what a tool said, and what was said to one
    (
        "what a search found",
        "can1357/oh-my-pi/issues/5121",
        lambda: [
            value(told([*([{"type": "text", "text": NO}] * n), {"type": kind, "content": found}]))
            for n in (0, 1)
            for kind in ("web_search_tool_result", "mcp_tool_result", "code_execution_tool_result")
            for found in ([{"type": "text", "text": YES}], {"type": "text", "text": YES}, YES)
        ],
        [0.0] * 18,
    ),
    (
        "a program that writes calls",
        "NVIDIA-NeMo/RL/pull/1207",
        lambda: [
            by_trl(t, tests=[{"input": "", "output": '<tool_call>{"a": 1}</tool_call>'}])
            for t in (WRITES, f"```python\n{WRITES}\n```", f"{WRITES}\n", WRITES.replace("a", "b", 1))
        ],
        [1.0, 1.0, 1.0, 0.0],
    ),
    (
        "a call of a server's own tool",
        "can1357/oh-my-pi/issues/5121",
        lambda: value(told([{"type": "server_tool_use", "name": "f", "input": {"x": YES}}])),
        0.0,
    ),
    (
        "items of other tools",
        "NVIDIA-NeMo/Gym/pull/571",
        lambda: value(
            {
                "output": [
                    {"type": "mcp_call", "output": YES, "content": YES},
                    {"type": "code_interpreter_call", "code": YES},
                    {"type": "computer_call_output", "content": YES},
                    {"type": "message", "role": A, "content": [{"type": "output_text", "text": NO}]},
                ]
            }
        ),
        0.0,
    ),
    (
        "a part that is a call, of Gemini",
        "UKGovernmentBEIS/inspect_ai/pull/1745",
        lambda: value([{"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"x": YES}}}]}]),
        0.0,
    ),
    (
        "channels of gpt-oss as messages",
        "EleutherAI/lm-evaluation-harness/issues/3216",
        lambda: [
            value([{"role": A, "channel": c, "content": t} for c, t in turns])
            for turns in (
                [("analysis", NO), ("final", YES)],
                [("analysis", YES), ("final", NO)],
                [("final", NO), ("commentary", YES)],
                [("analysis", YES)],
            )
        ],
        [1.0, 0.0, 0.0, 0.0],
    ),
    (
        "a reply of a tool and nothing else",
        "huggingface/trl/pull/4567",
        lambda: value([{"role": "tool", "content": YES}]),
        None,
    ),
    # ---- replies of other interfaces
    (
        "a reply of Gemini",
        "UKGovernmentBEIS/inspect_ai/pull/1745",
        lambda: [
            value({"candidates": [{"content": {"parts": [{"text": t}], "role": "model"}}]}) for t in BOTH
        ],
        [1.0, 0.0],
    ),
    (
        "a reply of Bedrock",
        "Converse",
        lambda: [value({"output": {"message": {"role": A, "content": [{"text": t}]}}}) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "a reply of Ollama's other path",
        "jonigl/ollama-mcp-bridge/issues/69",
        lambda: [value({"response": a, "thinking": b, "done": True}) for a, b in ((YES, NO), (NO, YES))],
        [1.0, 0.0],
    ),
    (
        "a reply of completions",
        "openai/openai-python/issues/2472",
        lambda: [value({"choices": [{"text": t, "index": 0}]}) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "a text with notes beside it",
        "Assistants",
        lambda: [value(told([{"type": "text", "text": {"value": t, "annotations": []}}])) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "content in pieces of text",
        "openai/openai-python/issues/2472",
        lambda: [value(told(["It is ", t])) for t in ("12", "13")],
        [1.0, 0.0],
    ),
    (
        "a role that is no text",
        "PrimeIntellect-ai/verifiers/pull/2212",
        lambda: value([Thing(role=Role.A, content=YES)]),
        1.0,
    ),
    (
        "a reward of the environment beside",
        "huggingface/trl/pull/6031",
        lambda: trl.reward(prompts=["?"], completions=[YES], answer=["12"], environment_reward=[0.3]),
        [1.0],
    ),
    (
        "a number that JSON does not have",
        "vllm-project/vllm/issues/52640",
        lambda: over_http("/grade", b'{"text": "12", "answer": NaN}')["error"],
        True,
    ),
]


@pytest.mark.parametrize(
    ("about", "address", "call", "wanted"), CASES, ids=[c[0].replace(" ", "-") for c in CASES]
)
def test_forms_of_others(about: str, address: str, call: Callable[[], Any], wanted: Any) -> None:
    assert call() == wanted, f"{about}: {address}"


@pytest.mark.parametrize(
    "completion",
    [
        {"choices": [{"text": YES}, {"text": NO}]},
        {"candidates": [{"content": {"parts": [{"text": t}]}} for t in (YES, NO)]},
        Thing(choices=[Thing(message=Thing(role="assistant", content=t)) for t in (YES, NO)]),
        Thing(outputs=(Thing(text=YES), Thing(text=NO))),
        {"choices": objects([{"message": told(t)[0]} for t in (YES, NO)])},
        Thing(choices=objects([Thing(text=t) for t in (YES, NO)])),
    ],
    ids=["completions", "Gemini", "openai's object", "vLLM's", "a data frame's", "an object's array"],
)
def test_several_candidates_are_not_one_row(completion: Any) -> None:
    """A request with ``n`` > 1: the number would be of the first, and taken for all."""
    assert value(completion) is None
    reward = Grader("math").grade([read(completion, {"answer": "12"})])[0]
    assert reward.error and "in one completion; a row is for one of them" in reward.reason


def test_one_candidate_in_an_array_is_read() -> None:
    assert [value({"choices": objects([{"message": told(t)[0]}])}) for t in BOTH] == [1.0, 0.0]
    assert [value(Thing(choices=objects([Thing(text=t)]))) for t in BOTH] == [1.0, 0.0]


def test_outputs_that_are_a_text() -> None:
    assert [value({"outputs": t}) for t in BOTH] == [1.0, 0.0]
