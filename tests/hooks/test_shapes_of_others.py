"""Rows, messages and requests in the shapes of public trainers, servers and data sets; values of our own.

Beside each stands the address where that shape was told, asked or mended.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace as Thing
from typing import Any

import numpy as np
import pytest

from tests.answering.test_chat import post as chat
from tests.answering.test_chat import server
from tests.hooks.test_hooks import grader
from tests.hooks.test_outside import HUB, NO, YES, by_rubric, by_slime, by_trl, by_verl, told
from tests.hooks.test_serve import post
from verirs.hooks import Grader, Rule, areal, lmeval, swift, trl
from verirs.hooks.rows import read

__all__ = ["grader"]
ANY = Rule(breaker=1.0)


def value(completion: Any, **columns: Any) -> float | None:
    with Grader("math", rule=ANY) as made:
        return made.grade([read(completion, columns)])[0].value


def over_http(path: str, body: Any, **options: Any) -> Any:
    return post(path, body, grader=Grader("math", rule=ANY), **options).json()


def harness(doc: dict[str, Any], text: str = YES) -> float:
    return lmeval.process_results(doc, [text])["verirs"]


def deep(levels: int) -> Any:
    found: Any = YES
    for _ in range(levels):
        found = {"content": [{"content": found}]}
    return found


ANALYSIS = "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>"
REPLY = "<|im_start|>user\n<tool_response>\n{}\n</tool_response><|im_end|>\n"
TOOL_TURN = "I ask.<|im_end|>\n" + REPLY + "<|im_start|>assistant\n{}"
CASES: list[tuple[str, str, Callable[[], Any], Any]] = [
    # ---- golds
    (
        "a gold letter in tags",
        "tulerfeng/Video-R1/issues/92",
        lambda: [
            value(f"<think>B?</think><answer>{letter}</answer>", solution="<answer>D</answer>")
            for letter in "DB"
        ],
        [1.0, 0.0],
    ),
    (
        "a gold that is the place of an option among the choices",
        "EleutherAI/lm-evaluation-harness/pull/1853",
        lambda: [
            value(f"The answer is ({letter}).", answer=2, choices=["3 m", "4 m", "5 m", "6 m"])
            for letter in "CB"
        ],
        [1.0, 0.0],
    ),
    (
        "a number that may be a place or an option is no gold",
        "huggingface/lighteval/pull/846",
        lambda: [
            value("(C)", answer=gold, choices=["2 m", "4 m", "5 m"]) for gold in (2, "1", 3, np.int64(1))
        ],
        [None, None, None, 0.0],
    ),
    (
        "a column of options that are none of the gold",
        "axolotl-ai-cloud/axolotl/issues/3269",
        lambda: [value(YES, answer="12", options=o) for o in (["--fast", "--slow"], {"shuffle": True}, 5)],
        [1.0, 1.0, 1.0],
    ),
    (
        "answers that may be options are no golds",
        "MedARC-AI/medmarks/pull/63",
        lambda: [value(YES, answers=a, correct=1) for a in (["11", "12"], np.array(["12"]), '["12"]')],
        [None] * 3,
    ),
    (
        "the options' texts beside a gold letter",
        "MedARC-AI/medmarks/pull/63",
        lambda: [
            value(text, answer="C", options={"A": "3 m", "B": "4 m", "C": "5 m"})
            for text in ("So it is 5 m.", "So it is 4 m.", r"\boxed{C}")
        ],
        [1.0, 0.0, 1.0],
    ),
    (
        "a column in other letters",
        "EleutherAI/lm-evaluation-harness/pull/2556",
        lambda: [harness({"Answer": 12}, t) for t in (YES, NO)],
        [1.0, 0.0],
    ),
    (
        "golden_answers",
        "PeterGriffinJin/Search-R1/issues/85",
        lambda: [value(t, golden_answers=["a dozen", "12"]) for t in (YES, NO)],
        [1.0, 0.0],
    ),
    (
        "solutions, in boxes",
        "areal-project/AReaL/issues/105",
        lambda: [
            areal.reward_fn("?", t, [], [], solutions=[r"\boxed{12}"], query_id="q", task="math")
            for t in (YES + "<|im_end|>", NO)
        ],
        [1.0, 0.0],
    ),
    (
        "a truth that is a table in JSON",
        "verl-project/verl-omni/pull/412",
        lambda: [by_verl('{"target": ["dozen", "12"]}', t) for t in (YES, NO)],
        [1.0, 0.0],
    ),
    (
        "extra_info alone has the answer, the truth is none",
        "rllm-org/rllm/pull/603",
        lambda: by_verl(None, YES, '{"question": "?", "answer": "12"}'),
        1.0,
    ),
    (
        "the truth counts, not the worked solution beside it",
        "verl-project/verl/issues/758",
        lambda: by_verl("13", YES, {"answer": "#### 12"}),
        0.0,
    ),
    (
        "arrays in an array are no reason to stop",
        "verl-project/verl/issues/2320",
        lambda: by_verl(np.array([np.array([1, 2]), np.array([3, 4])], dtype=object)) in (None, 0.0),
        True,
    ),
    (
        "truths of several checkers",
        "allenai/open-instruct/pull/596",
        lambda: [value(t, ground_truth=["12"], dataset=["gsm8k"]) for t in (YES, NO)],
        [1.0, 0.0],
    ),
    (
        "a value in a table",
        "Open-Reasoner-Zero/Open-Reasoner-Zero/issues/53",
        lambda: [value(t, ground_truth={"value": "12"}) for t in (YES, NO)],
        [1.0, 0.0],
    ),
    (
        "answers as SQuAD has them",
        "PrimeIntellect-ai/verifiers/issues/575",
        lambda: [value(t, answers={"text": ["12"], "answer_start": [3]}) for t in (YES, NO)],
        [1.0, 0.0],
    ),
    (
        "a column that is one text for all rows",
        "AI-Hypercomputer/maxtext/pull/4140",
        lambda: trl.reward(prompts=["?"], completions=[YES], answer=["12"], question="?"),
        [1.0],
    ),
    (
        "columns that are nothing",
        "Goekdeniz-Guelmez/mlx-lm-lora/pull/78",
        lambda: trl.reward(prompts=["?"], completions=[YES], answer=["12"], types=None),
        [1.0],
    ),
    (
        "a difficulty beside the answer",
        "unslothai/unsloth/issues/2378",
        lambda: by_trl(told(YES), answer="12", difficulty=None),
        1.0,
    ),
    (
        "what ms-swift adds",
        "modelscope/ms-swift/pull/4380",
        lambda: swift.Verirs()(
            [YES, NO],
            solution=["12", "12"],
            messages=[told(YES), told(NO)],
            trainer_state=Thing(global_step=3),
            request_id=["a", "b"],
            global_step=3,
        ),
        [1.0, 0.0],
    ),
    # ---- what the model said
    (
        "a fraction behind a thought, and a thought that never ends",
        "huggingface/trl/pull/4563",
        lambda: [
            by_trl(told(t), solution=r"\frac{1}{3}")
            for t in (
                r"<think> Well. </think> It is \boxed{\frac{1}{3}}",
                r"<think> It is \boxed{\frac{1}{3}}",
            )
        ],
        [1.0, 0.0],
    ),
    (
        "a thought in the text of a harness",
        "EleutherAI/lm-evaluation-harness/pull/3675",
        lambda: [
            harness({"target": "12"}, t)
            for t in ("<think>13?</think>\n12", "<think>12</think>\n13", "<think>12")
        ],
        [1.0, 0.0, 0.0],
    ),
    (
        "a tool's reply within the response",
        "verl-project/verl/pull/6392",
        lambda: [by_verl("12", TOOL_TURN.format(a, b)) for a, b in (("12", "I give up."), ("13", YES))],
        [0.0, 1.0],
    ),
    (
        "channels of gpt-oss",
        "EleutherAI/lm-evaluation-harness/issues/3216",
        lambda: [value(ANALYSIS.format(a, b), answer="12") for a, b in ((YES, NO), (NO, YES))],
        [0.0, 1.0],
    ),
    (
        "a refusal in place of content",
        "UKGovernmentBEIS/inspect_ai/issues/5376",
        lambda: by_trl([{"role": "assistant", "content": None, "refusal": YES}], answer="12"),
        0.0,
    ),
    (
        "a part that is a refusal",
        "UKGovernmentBEIS/inspect_ai/pull/5435",
        lambda: by_trl(told([{"type": "refusal", "refusal": "No."}]), answer="12"),
        0.0,
    ),
    (
        "content that is an empty list",
        "theopenco/llmgateway/pull/1616",
        lambda: by_trl(told([]), answer="12"),
        0.0,
    ),
    (
        "a tool's use among the parts",
        "can1357/oh-my-pi/issues/5121",
        lambda: by_trl(
            told([{"type": "tool_use", "name": "f", "input": {"x": YES}}, {"type": "text", "text": NO}]),
            answer="12",
        ),
        0.0,
    ),
    (
        "a message of Gemini",
        "UKGovernmentBEIS/inspect_ai/pull/1745",
        lambda: [
            value(
                [{"role": "user", "parts": [{"text": a}]}, {"role": "model", "parts": [{"text": b}]}],
                answer="12",
            )
            for a, b in ((NO, YES), (YES, NO))
        ],
        [1.0, 0.0],
    ),
    (
        "messages in ShareGPT's form",
        "MakazhanAlpamys/Soup/issues/565",
        lambda: [
            value([{"from": "human", "value": a}, {"from": "gpt", "value": b}], answer="12")
            for a, b in ((NO, YES), (YES, NO))
        ],
        [1.0, 0.0],
    ),
    (
        "messages of LangChain",
        "it-at-m/zammad-ai/pull/285",
        lambda: [
            value([Thing(type="human", content=a), Thing(type="ai", content=b)], answer="12")
            for a, b in ((NO, YES), (YES, "I give up."), (YES, NO))
        ],
        [1.0, 0.0, 0.0],
    ),
    (
        "messages that are objects, a tool among them",
        "PrimeIntellect-ai/verifiers/pull/2212",
        lambda: [
            by_rubric(
                [
                    Thing(role="assistant", content=None, tool_calls=[Thing(name="f")]),
                    Thing(role="tool", content=a, tool_call_id="1"),
                    Thing(role="assistant", content=b, reasoning_content=a),
                ],
                "12",
            )
            for a, b in ((NO, YES), (YES, NO))
        ],
        [1.0, 0.0],
    ),
    (
        "a chat completion as an object",
        "openai/openai-python/issues/2472",
        lambda: value(Thing(choices=[Thing(message=Thing(role="assistant", content=YES))]), answer="12"),
        1.0,
    ),
    (
        "a chat completion that asks for a tool",
        "mistralai/mistral-common/issues/324",
        lambda: value({"choices": [{"message": {**told(None)[0], "tool_calls": [{}]}}]}, answer="12"),
        0.0,
    ),
    (
        "an output of vLLM",
        "vllm-project/vllm/issues/19862",
        lambda: value(Thing(prompt=NO, outputs=[Thing(text=YES, index=0)]), answer="12"),
        1.0,
    ),
    (
        "a reply of SGLang",
        "sgl-project/sglang/pull/457",
        lambda: value({"text": YES, "meta_info": {"finish_reason": {"type": "stop"}}}, answer="12"),
        1.0,
    ),
    (
        "a reply of Ollama",
        "jonigl/ollama-mcp-bridge/issues/69",
        lambda: value(
            {"message": {"role": "assistant", "content": NO, "thinking": YES}, "done": True}, answer="12"
        ),
        0.0,
    ),
    (
        "messages that a pipeline made",
        "huggingface/lighteval/issues/513",
        lambda: [
            value([{"generated_text": [{"role": "user", "content": a}, *told(b)]}], answer="12")
            for a, b in ((NO, YES), (YES, NO))
        ],
        [1.0, 0.0],
    ),
    (
        "the summary alone of a dropped sample",
        "THUDM/slime/pull/2157",
        lambda: by_slime(response=None, status=Thing(value="aborted")),
        (0.0, True),
    ),
    (
        "a row without end",
        "vllm-project/vllm/pull/32439",
        lambda: value(deep(400), answer="12"),
        None,
    ),
    # ---- over HTTP
    (
        "an address with two slashes is told which it meant",
        "OpenRLHF/OpenRLHF/issues/450",
        lambda: over_http("http://here//get_reward", {})["error"],
        "there is no such path; did you mean /get_reward?",
    ),
    (
        "one query that is no list",
        "OpenRLHF/OpenRLHF/pull/361",
        lambda: over_http("/get_reward", {"query": "?" + YES, "prompts": "?", "labels": "12"})["rewards"],
        1.0,
    ),
    (
        "a prompt of messages",
        "THUDM/slime/pull/1470",
        lambda: over_http(
            "/rm", {"prompt": [{"role": "user", "content": NO}], "response": YES, "label": "12"}
        ),
        1.0,
    ),
    (
        "a number that no reader takes is a fault of its row",
        "vllm-project/vllm/issues/52640",
        lambda: [
            row["reward"]
            for row in over_http(
                "/grade_many",
                b'[{"text": "12", "answer": %s}, {"text": "12", "answer": 12}]' % (b"9" * 5000),
            )["rewards"]
        ],
        [0.0, 1.0],
    ),
    (
        "tests in verifier_metadata",
        "NVIDIA-NeMo/Gym/pull/882",
        lambda: (
            read(
                "```python\nprint(1)\n```",
                {"verifier_metadata": {"unit_tests": {"inputs": [""], "outputs": ["1\n"]}}},
            ).has_tests
        ),
        True,
    ),
    (
        "an expected answer in verifier_metadata",
        "NVIDIA-NeMo/Gym/pull/615",
        lambda: [value(t, verifier_metadata={"expected_answer": "12"}) for t in (YES, NO)],
        [1.0, 0.0],
    ),
    (
        "nulls for fields that nobody knows",
        "vibrantlabsai/ragas/pull/2413",
        lambda: (
            chat(server(), functions=None, top_logprobs=None, reasoning_effort=None, top_k=None).status_code
        ),
        200,
    ),
    (
        "a tool's turn in the history is refused by its name",
        "lmstudio-ai/lmstudio-bug-tracker/issues/261",
        lambda: (
            "messages[1]"
            in chat(
                server(),
                messages=[
                    {"role": "user", "content": "?"},
                    {"role": "assistant", "content": None, "tool_calls": [{}]},
                    {"role": "tool", "content": "12"},
                ],
            ).json()["error"]["message"]
        ),
        True,
    ),
    (
        "the path of a client whose address lacks /v1",
        "2witstudios/PageSpace/pull/1510",
        lambda: "/v1/chat/completions" in over_http("/chat/completions", {})["error"]["message"],
        True,
    ),
    (
        "a path of OpenAI's that is not here",
        "openai/openai-python/issues/2472",
        lambda: over_http("/v1/responses", {})["error"]["message"].split(";")[0],
        "there is no such path",
    ),
    (
        "messages without a text",
        "vercel/ai/issues/577",
        lambda: chat(server(), messages=[{"role": "user", "content": " "}]).json()["error"]["message"],
        "best-of-n: the prompt is empty",
    ),
]


@pytest.mark.parametrize(
    ("about", "address", "call", "wanted"), CASES, ids=[c[0].replace(" ", "-") for c in CASES]
)
def test_shapes_of_others(about: str, address: str, call: Callable[[], Any], wanted: Any) -> None:
    assert call() == wanted, f"{about}: {HUB}{address}"
