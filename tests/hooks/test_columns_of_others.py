"""Columns, texts and calls of public trainers and evaluation frameworks; values of our own.

Beside each stands the address where that form was told, asked or mended.
"""

from __future__ import annotations

import asyncio
import datetime
import inspect
import math
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace as Thing
from typing import Any

import cloudpickle  # type: ignore[import-untyped, unused-ignore]
import datasets
import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
import pyarrow as pa
import pytest
import torch

from tests.hooks.test_hooks import grader
from tests.hooks.test_outside import HUB, NO, YES, by_rubric, by_slime, by_trl, by_verl, told
from tests.hooks.test_serve import post
from tests.hooks.test_shapes_of_others import harness, over_http, value
from verirs.hooks import Grader, areal, lmeval, openrlhf, slime, swift, trl, verifiers, verl
from verirs.hooks.rows import read

__all__ = ["grader"]
BOTH = (YES, NO)
GOLD = {"answer": "12"}


def columns(texts: Any = (YES, YES), **own: Any) -> list[float | None]:
    return trl.reward(prompts=["?"] * len(texts), completions=texts, **own)


def boxed(answer: str) -> str:
    return rf"It is \boxed{{{answer}}}."


ENDS = [
    "[|endofturn|]",
    "<turn|>",
    "<|eot|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|end_of_turn|>",
    "<seed:eos>",
    "[e~[",
    "<|role_end|>",
    "<SPECIAL_12>",
    "<end_of_utterance>",
    "<|endofassistant|>",
    "<|call|>",
    "<|user|>",
    "<|observation|>",
    "<eod>",
    "<|eos|>",
    "<eoa>",
    "<unk>",
    "<|assistant_end|>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "<extra_id_1>",
    "<reserved_106>",
    "<PAD>",
    "<|finetune_right_pad_id|>",
    "<\uff5chy_place\u2581holder\u2581no\u25812\uff5c>",
    "<|im_end|>" + "<pad>" * 500,
    "<eos>\n" * 3,
]
CALLS = [
    '<tool_call>\n{"name": "say", "arguments": {"x": "\\boxed{12}"}}\n</tool_call>',
    "<tool_call>say\n<arg_key>x</arg_key>\n<arg_value>\\boxed{12}</arg_value>\n</tool_call>",
    "<tool_call>\n<function=say>\n<parameter=x>\n\\boxed{12}\n</parameter>\n</function>\n</tool_call>",
    '[TOOL_CALLS][{"name": "say", "arguments": {"x": "\\boxed{12}"}}]',
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.say:0<|tool_call_argument_begin|>"
    '{"x": "\\boxed{12}"}<|tool_call_end|><|tool_calls_section_end|>',
    '<|python_tag|>say.call(x="\\boxed{12}")<|eom_id|>',
]
RESPONSE = {
    "id": "r\u00e9\U0001f600",
    "created_at": 1764200000.5,
    "n": 2**70,
    "x": 1e-320,
    "temperature": None,
    "tools": [],
    "output": [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": YES, "annotations": []}],
        }
    ],
}
CASES: list[tuple[str, str, Callable[[], Any], Any]] = [
    # ---- kinds of values
    (
        "a tensor of one number",
        "areal-project/AReaL/pull/997",
        lambda: [by_trl(t, answer=torch.tensor(12)) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "a tensor of several",
        "areal-project/AReaL/pull/997",
        lambda: [by_trl(t, answer=torch.tensor([11, 12])) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "an array without a dimension",
        "verl-project/verl/issues/2320",
        lambda: [by_verl(np.array(12), t) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "a float of few bits",
        "verl-project/verl/issues/2320",
        lambda: [
            value(boxed("0.1"), answer=n)
            for n in (np.float32(0.1), np.float16(0.1), torch.tensor(0.1), np.float64(0.1))
        ],
        [1.0] * 4,
    ),
    (
        "arrays of floats of few bits",
        "verl-project/verl/issues/2320",
        lambda: [
            value(boxed("0.1"), answer=n)
            for n in (np.array([0.1], np.float32), torch.tensor([0.1]), np.array(0.1, np.float32))
        ],
        [1.0] * 3,
    ),
    (
        "missing values of pandas",
        "UKGovernmentBEIS/inspect_ai/pull/1868",
        lambda: [value(YES, answer=n) for n in (pd.NA, pd.NaT, np.datetime64("NaT"), np.float32("nan"))],
        [None] * 4,
    ),
    (
        "a missing value of pandas, another column",
        "UKGovernmentBEIS/inspect_ai/pull/1868",
        lambda: value(YES, answer=pd.NA, label="12"),
        1.0,
    ),
    (
        "a series with an index of its own",
        "benchopt/benchopt/issues/734",
        lambda: columns(answer=pd.Series(["12", "13"], index=[1, 0])),
        [1.0, 0.0],
    ),
    (
        "a series whose index is no number",
        "benchopt/benchopt/issues/734",
        lambda: columns(answer=pd.Series(["12", "13"], index=["a", "b"])),
        [1.0, 0.0],
    ),
    (
        "a series cut from a larger one",
        "benchopt/benchopt/issues/734",
        lambda: columns(answer=pd.Series(["1", "2", "12", "13"])[2:]),
        [1.0, 0.0],
    ),
    (
        "a column of Arrow",
        "apache/arrow/issues/40124",
        lambda: [columns(answer=c) for c in (pa.array(["12", "13"]), pa.chunked_array([["12"], ["13"]]))],
        [[1.0, 0.0]] * 2,
    ),
    (
        "a value of Arrow",
        "apache/arrow/issues/40124",
        lambda: [value(t, answer=pa.scalar("12")) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "a column of datasets",
        "huggingface/datasets/issues/7617",
        lambda: columns(answer=datasets.Dataset.from_dict({"a": ["12", "13"]})["a"]),
        [1.0, 0.0],
    ),
    (
        "a column that is a tuple",
        "huggingface/trl/pull/6680",
        lambda: columns(answer=("12", "13")),
        [1.0, 0.0],
    ),
    (
        "a column of tensors",
        "huggingface/trl/pull/6680",
        lambda: columns(answer=torch.tensor([12, 13])),
        [1.0, 0.0],
    ),
    (
        "a set of golds",
        "allenai/open-instruct/pull/1363",
        lambda: [value(t, answer={"a dozen", "12"}) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "golds some of which are missing",
        "allenai/open-instruct/pull/1363",
        lambda: [value(YES, answer=g) for g in ([None, "12"], [math.nan, "12"], ["", "12"], [None], [])],
        [1.0, 1.0, 1.0, None, None],
    ),
    (
        "golds in a list in a list are never a fail",
        "allenai/open-instruct/pull/1363",
        lambda: [value(YES, answer=g) in (None, 1.0) for g in ([["12"]], np.array([["12"]]), '[["12"]]')],
        [True] * 3,
    ),
    (
        "a text of a text in JSON",
        "PrimeIntellect-ai/prime-rl/issues/1337",
        lambda: [value(t, answer='"12"') for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "truth values",
        "EleutherAI/lm-evaluation-harness/issues/2454",
        lambda: [value(boxed(t), answer=g) for t in ("True", "False") for g in (True, np.True_)],
        [1.0, 1.0, 0.0, 0.0],
    ),
    (
        "very large numbers",
        "vllm-project/vllm/issues/52640",
        lambda: [
            value(boxed(t), answer=g)
            for t, g in (("10^{30}", 10**30), ("10^{21}", 1e21), ("1000", Decimal("1E+3")), ("0", -0.0))
        ],
        [1.0] * 4,
    ),
    (
        "dates and bytes are no golds",
        "wandb/weave/pull/342",
        lambda: [
            value(YES, answer=g) for g in (datetime.date(2026, 1, 12), np.bytes_(b"12"), bytearray(b"12"))
        ],
        [None] * 3,
    ),
    (
        "numbers of torch of few bits",
        "areal-project/AReaL/pull/997",
        lambda: value(boxed("0.1"), answer=torch.tensor(0.1, dtype=torch.bfloat16)) in (1.0, None),
        True,
    ),
    # ---- what Arrow fills up with nothing
    (
        "a message whose other fields are nothing",
        "huggingface/datasets/issues/7617",
        lambda: [
            by_trl(told(t, tool_calls=None, name=None, reasoning_content=None, thinking=None), answer="12")
            for t in BOTH
        ],
        [1.0, 0.0],
    ),
    (
        "parts whose other fields are nothing",
        "huggingface/datasets/issues/7617",
        lambda: [
            by_trl(
                told(
                    [
                        {"type": "image", "text": None, "image": {"bytes": b""}},
                        {"type": "text", "text": t, "image": None},
                    ]
                ),
                answer="12",
            )
            for t in BOTH
        ],
        [1.0, 0.0],
    ),
    (
        "a table of the gold whose other fields are nothing",
        "huggingface/datasets/issues/6699",
        lambda: [value(t, answer={"value": "12", "aliases": None, "unit": None}) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "the same in JSON",
        "pandas-dev/pandas/issues/53798",
        lambda: [by_verl('{"a": null, "value": "12", "c": null}', t) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "a table of the gold that is all nothing",
        "huggingface/datasets/pull/3814",
        lambda: value(YES, answer={"value": None, "aliases": None}),
        None,
    ),
    (
        "all nothing, another column",
        "huggingface/datasets/pull/3814",
        lambda: value(YES, answer={"value": None}, label="12"),
        1.0,
    ),
    (
        "tests whose other fields are nothing",
        "huggingface/datasets/issues/7617",
        lambda: [
            by_trl(
                f"print(int(input()) + {n})",
                tests=[{"input": "1", "output": "2", "fn": None, "testtype": None}],
            )
            for n in (1, 2)
        ],
        [1.0, 0.0],
    ),
    (
        "a reward_model whose other fields are nothing",
        "pandas-dev/pandas/issues/53798",
        lambda: [
            by_trl(t, reward_model={"style": "rule", "ground_truth": "12", "rubric": None}) for t in BOTH
        ],
        [1.0, 0.0],
    ),
    # ---- texts
    (
        "a thought that the prompt began",
        "huggingface/trl/issues/6966",
        lambda: [by_trl(told(f"First {a}\n</think>\n{b}"), answer="12") for a, b in ((NO, YES), (YES, NO))],
        [1.0, 0.0],
    ),
    (
        "a thought that the prompt began and nothing ended",
        "huggingface/trl/pull/7141",
        lambda: [
            trl.reward(prompts=[p], completions=[YES], answer=["12"])[0]
            for p in (
                "Q<|im_start|>assistant\n<think>\n",
                "Q<|im_start|>assistant\n<think>\n\n</think>\n\n",
                "Q",
            )
        ],
        [0.0, 1.0, 1.0],
    ),
    (
        "the same over OpenRLHF",
        "huggingface/trl/pull/7141",
        lambda: openrlhf.reward_func(["Q<think>\n" + YES], ["Q<think>\n"], ["12"])["rewards"],
        0.0,
    ),
    (
        "a thought that the prompt began, ended by the text",
        "huggingface/trl/pull/6994",
        lambda: [
            trl.reward(prompts=["Q<think>\n"], completions=[f"{a}</think>{b}"], answer=["12"])[0]
            for a, b in ((NO, YES), (YES, NO))
        ],
        [1.0, 0.0],
    ),
    (
        "a box of GLM",
        "zai-org/GLM-V/issues/164",
        lambda: [
            value(f"<think>Hm.</think><answer><|begin_of_box|>{n}<|end_of_box|></answer>", answer="12")
            for n in (12, 13)
        ],
        [1.0, 0.0],
    ),
    (
        "a box of GLM that ends the text",
        "zai-org/GLM-V/issues/164",
        lambda: [value(f"So: <|begin_of_box|>{n}<|end_of_box|>", answer="12") for n in (12, 13)],
        [1.0, 0.0],
    ),
    (
        "the end of a turn in many families",
        "imoneoi/openchat/issues/104",
        lambda: [end for end in ENDS if value("#### 12" + end, answer="12") != 1.0],
        [],
    ),
    (
        "the end of a program in many families",
        "LostRuins/koboldcpp/pull/1673",
        lambda: [
            end
            for end in ENDS
            if by_trl("```python\nprint(1)\n```" + end, tests=[{"input": "", "output": "1"}]) != 1.0
        ],
        [],
    ),
    (
        "the end of a bare program",
        "asher/gmlx/pull/110",
        lambda: [
            end for end in ENDS if by_trl("print(1)" + end, tests=[{"input": "", "output": "1"}]) != 1.0
        ],
        [],
    ),
    (
        "a text that goes on with another question",
        "aburkov/theLMbook/issues/16",
        lambda: [
            value(f"So <answer>{n}</answer>Human: A class has 30 children, 12 need help.", answer="12")
            for n in (12, 66)
        ],
        [1.0, 0.0],
    ),
    (
        "a thought and a solution in marks",
        "rllm-org/rllm/pull/603",
        lambda: [
            value(
                f"<|begin_of_thought|>{a}<|end_of_thought|>\n\n<|begin_of_solution|>\n{b}\n<|end_of_solution|>",
                answer="12",
            )
            for a, b in ((NO, YES), (YES, NO))
        ],
        [1.0, 0.0],
    ),
    (
        "a call of a tool ends the text",
        "NVIDIA-NeMo/RL/pull/1207",
        lambda: [c for c in CALLS if value("I ask.\n" + c, answer="12") != 0.0],
        [],
    ),
    (
        "a call of a tool, and then the answer",
        "NVIDIA-NeMo/RL/pull/1207",
        lambda: [
            c
            for c in CALLS[:3]
            if value(c + "\nSo " + NO, answer="12") != 0.0 or value(c + "\nSo " + YES, answer="12") != 1.0
        ],
        [],
    ),
    (
        "all letters at once",
        "Liuziyu77/Visual-RFT/issues/79",
        lambda: [
            value(f"<answer>{t}</answer>", answer="A", choices=["3 m", "4 m", "5 m"])
            for t in ("A or B or C", "A, B, C", "A")
        ],
        [0.0, 0.0, 1.0],
    ),
    (
        "a letter in a box with words",
        "NVIDIA-NeMo/Gym/pull/1844",
        lambda: [
            value(boxed(t), answer="E")
            for t in (r"\text{E}", r"\text{(E)}", "E: a score", r"\mathbf{E}", r"\text{D}", "D: a score")
        ],
        [1.0, 1.0, 1.0, 1.0, 0.0, 0.0],
    ),
    (
        "a letter in brackets",
        "alibaba/ROLL/pull/391",
        lambda: [value(boxed(t), answer="(B)") for t in ("B", "(B)", r"\text{(B)}", "(A)")],
        [1.0, 1.0, 1.0, 0.0],
    ),
    (
        "a letter behind a word",
        "NVIDIA-NeMo/Gym/pull/925",
        lambda: [value(f"I think of A.\nAnswer: {t}", answer="C") for t in "CA"],
        [1.0, 0.0],
    ),
    (
        "a target in brackets and a stop",
        "EleutherAI/lm-evaluation-harness/issues/2905",
        lambda: [harness({"target": "(C)"}, f"So the answer is {t}.") for t in ("C", "(C)", "(D)")],
        [1.0, 1.0, 0.0],
    ),
    (
        "a set as gold",
        "ServiceNow/PipelineRL/issues/67",
        lambda: [value(boxed(t), answer=r"\{1, 2\}") for t in (r"\{2, 1\}", r"\{1, 3\}", "1")],
        [1.0, 0.0, 0.0],
    ),
    # ---- calls
    ("by place", "huggingface/trl/issues/4939", lambda: trl.reward(["?"], [YES], answer=["12"]), [1.0]),
    (
        "parameters of a reward model beside",
        "verl-project/verl/issues/269",
        lambda: verl.compute_score(
            data_source="x",
            solution_str=YES,
            ground_truth="12",
            extra_info={},
            reward_router_address="h:1",
            reward_model_tokenizer=object(),
        )["score"],
        1.0,
    ),
    (
        "what an agent's loop adds",
        "verl-project/verl/issues/3525",
        lambda: by_verl(
            "12",
            YES,
            {
                "num_turns": 3,
                "rollout_reward_scores": {},
                "tool_rewards": [13],
                "turn_scores": [],
                "index": 13,
            },
        ),
        1.0,
    ),
    (
        "no source, or a folder's path",
        "verl-project/verl/issues/5558",
        lambda: [
            verl.compute_score(data_source=s, solution_str=YES, ground_truth="12")["score"]
            for s in ("", None, "/data/gsm8k/test.parquet", 3)
        ],
        [1.0] * 4,
    ),
    (
        "a worked solution beside the truth, in capital letters",
        "verl-project/verl/issues/758",
        lambda: [by_verl("13", YES, {name: "#### 12"}) for name in ("Answer", "SOLUTION", "Solution")],
        [0.0] * 3,
    ),
    (
        "gold beside the target of inspect",
        "UKGovernmentBEIS/inspect_ai/issues/3254",
        lambda: [by_inspect(t, ["12"], {"answer": "13", "solution": "13"}) for t in BOTH],
        ["C", "I"],
    ),
    (
        "several targets, no metadata",
        "UKGovernmentBEIS/inspect_ai/issues/3254",
        lambda: [by_inspect(t, ["dozen", "12"], None) for t in BOTH],
        ["C", "I"],
    ),
    (
        "log-likelihoods are no texts",
        "EleutherAI/lm-evaluation-harness/issues/2454",
        lambda: lmeval.process_results({"target": "12"}, [(-28.9, False), (-32.3, True)])["verirs_error"],
        1.0,
    ),
    (
        "several samples of a document",
        "EleutherAI/lm-evaluation-harness/issues/3080",
        lambda: [
            lmeval.process_results(GOLD, r)["verirs"] for r in ([[YES, NO]], [(YES, NO)], [NO], [[NO, YES]])
        ],
        [1.0, 1.0, 0.0, 0.0],
    ),
    (
        "a gold outside of the choices",
        "huggingface/lighteval/issues/1162",
        lambda: math.isnan(by_lighteval([YES], ["12"], 3)),
        True,
    ),
    (
        "a gold among the choices",
        "huggingface/lighteval/pull/1236",
        lambda: [by_lighteval([t], ["13", "12"], 1) for t in BOTH],
        [1.0, 0.0],
    ),
    ("no text at all", "huggingface/lighteval/pull/388", lambda: by_lighteval([], ["12"], 0), 0.0),
    (
        "a completion that is one text",
        "PrimeIntellect-ai/verifiers/issues/191",
        lambda: [by_rubric(t, "12") for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "an answer that is an array",
        "PrimeIntellect-ai/verifiers/pull/201",
        lambda: [by_rubric(told(t), np.array(["a dozen", "12"])) for t in BOTH],
        [1.0, 0.0],
    ),
    (
        "no info",
        "PrimeIntellect-ai/verifiers/pull/201",
        lambda: [by_rubric(YES, a, None) for a in ("12", None, "")],
        [1.0, 0.0, 0.0],
    ),
    (
        "tensors of ids",
        "areal-project/AReaL/issues/424",
        lambda: areal.reward_fn(
            "?",
            YES,
            torch.tensor([1]),
            torch.tensor([2]),
            answer="12",
            messages=[{"role": "user", "content": NO}],
        ),
        1.0,
    ),
    (
        "a verified response comes back as it was",
        "NVIDIA-NeMo/Gym/pull/2703",
        lambda: verified() == RESPONSE,
        True,
    ),
    (
        "an expected answer of another kind",
        "NVIDIA-NeMo/Gym/pull/1911",
        lambda: [
            post(
                "/verify", {"response": RESPONSE, "expected_answer": a, "answer_type": "float", "smiles": "C"}
            ).json()["reward"]
            for a in (12.0, "12", 13.0)
        ],
        [1.0, 1.0, 0.0],
    ),
    (
        "a reward function in a closure for Ray",
        "allenai/RL4LMs/issues/34",
        lambda: cloudpickle.loads(cloudpickle.dumps(closure()))(YES),
        [1.0],
    ),
    (
        "workers of a pool, batches cut in pieces",
        "google/tunix/pull/1904",
        lambda: in_pool(),
        [[1.0, 0.0], [0.0, 1.0]],
    ),
    (
        "async functions are known as such",
        "redai-studio/Relax/pull/181",
        lambda: [
            inspect.iscoroutinefunction(f)
            for f in (
                slime.reward,
                verifiers.reward,
                verifiers.rubric_reward,
                verl.compute_score_async,
                trl.areward,
            )
        ],
        [True] * 5,
    ),
    ("many threads", "OpenRLHF/OpenRLHF/issues/450", lambda: in_threads(), [1.0, 0.0] * 100),
    ("a worker of a loader", "google/tunix/pull/1904", lambda: in_loader(), [1.0, 0.0, 1.0, 0.0]),
    ("an empty group", "THUDM/slime/pull/721", lambda: asyncio.run(slime.reward(None, [])), []),
    (
        "labels of other kinds",
        "THUDM/slime/pull/721",
        lambda: [
            by_slime(label=x)[0] for x in (12, 12.0, "12\n", '{"ground_truth": "12"}', ["12"], np.int64(12))
        ],
        [1.0] * 6,
    ),
    (
        "padding before the prompt",
        "OpenRLHF/OpenRLHF/issues/300",
        lambda: openrlhf.reward_func(["<pad>" * 9 + "<s>Q?" + YES + "</s>"], ["Q?"], [12])["rewards"],
        1.0,
    ),
    (
        "labels that are lists in JSON",
        "OpenRLHF/OpenRLHF/issues/763",
        lambda: openrlhf.reward_func(["Q?" + YES], ["Q?"], ['["a dozen", "12"]'])["rewards"],
        1.0,
    ),
    (
        "what a multi-turn scheduler adds",
        "modelscope/ms-swift/pull/4694",
        lambda: swift.Verirs()(
            completions=[YES, NO],
            solution=["12"] * 2,
            rollout_infos=[{"num_turns": 2}] * 2,
            images=[None, None],
            is_truncated=[False, True],
            add_eos=[True] * 2,
        ),
        [1.0, 0.0],
    ),
    (
        "an async reward of one call in a running loop",
        "huggingface/trl/pull/4567",
        lambda: asyncio.run(gathered()),
        [[1.0], [0.0]] * 8,
    ),
    ("within inference mode", "unslothai/unsloth/pull/9310", lambda: within(), [1.0, 0.0]),
    (
        "rows from a generator",
        "huggingface/trl/issues/6533",
        lambda: [r.value for r in Grader("math").grade(read(t, GOLD) for t in BOTH)],
        [1.0, 0.0],
    ),
    (
        "rows that a body cuts in the middle of a character",
        "vllm-project/vllm/issues/52640",
        lambda: over_http("/rm", b'{"response": "\\ud83d 12", "label": "12"}'),
        1.0,
    ),
]


def verified() -> Any:
    return post("/verify", {"response": RESPONSE, **GOLD}).json()["response"]


def by_inspect(text: str, target: list[str], metadata: Any) -> Any:
    from tests.hooks.test_call_sites import modules

    with pytest.MonkeyPatch.context() as patch:
        names = {"Score": Thing, "CORRECT": "C", "INCORRECT": "I", "accuracy": list, "stderr": list}
        modules(patch, inspect_ai__scorer={**names, "scorer": lambda **_: lambda made: made})
        from verirs.hooks.inspect import verirs

        class Target(list[str]):
            text = property("".join)

        state = Thing(output=Thing(completion=text), metadata=metadata)
        return asyncio.run(verirs()(state, Target(target))).value


def by_lighteval(texts: list[str], choices: list[str], index: int) -> Any:
    from tests.hooks.test_call_sites import modules

    class Doc(Thing):
        def get_golds(self) -> list[str]:
            return [self.choices[i] for i in [self.gold_index]]

    with pytest.MonkeyPatch.context() as patch:
        modules(
            patch,
            lighteval__metrics__metrics_sample={"SampleLevelComputation": object},
            lighteval__metrics__utils__metric_utils={"SampleLevelMetric": Thing},
            lighteval__tasks__requests={"SamplingMethod": Thing(GENERATIVE=1)},
        )
        from verirs.hooks.lighteval import metric

        compute = metric().sample_level_fn.compute
        return compute(Doc(choices=choices, gold_index=index, specific=None), Thing(final_text=texts))


def closure() -> Any:
    made = Grader("math")
    made.grade([read(YES, GOLD)])
    asyncio.run(made.agrade([read(YES, GOLD)]))
    reward = trl.reward_by(made, "mine")
    return lambda text: reward(completions=[text], answer=["12"])


def _chunk(texts: list[str]) -> Any:
    return trl.reward(prompts=["?"] * len(texts), completions=texts, answer=["12"] * len(texts))


def in_pool() -> Any:
    _chunk([YES])
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(_chunk, [[YES, NO], [NO, YES]])


def in_threads() -> Any:
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda t: by_trl(t, answer="12"), [YES, NO] * 100))


class _Graded(torch.utils.data.Dataset):  # type: ignore[misc, type-arg, unused-ignore]
    def __len__(self) -> int:
        return 4

    def __getitem__(self, i: int) -> float:
        return float(by_trl(BOTH[i % 2], answer="12"))


def in_loader() -> Any:
    return torch.cat(list(torch.utils.data.DataLoader(_Graded(), batch_size=2, num_workers=2))).tolist()


async def gathered() -> Any:
    calls = [trl.areward(prompts=["?"], completions=[t], answer=["12"]) for t in BOTH * 8]
    return await asyncio.gather(*calls)


def within() -> Any:
    with torch.inference_mode(), torch.device("meta"):
        return columns(BOTH, answer=["12", "12"])


@pytest.mark.parametrize(
    ("about", "address", "call", "wanted"), CASES, ids=[c[0].replace(" ", "-") for c in CASES]
)
def test_columns_of_others(about: str, address: str, call: Callable[[], Any], wanted: Any) -> None:
    assert call() == wanted, f"{about}: {HUB}{address}"
