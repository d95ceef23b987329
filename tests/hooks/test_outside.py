"""What reward functions of public trainers met: how they are called, with what; values of our own.

Beside each stands the address where that trainer's way of calling was told, asked or mended.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.hooks.test_hooks import grader
from verirs.hooks import Grader, areal, lmeval, openrlhf, slime, swift, trl, verifiers, verl
from verirs.hooks.rows import read

__all__ = ["grader"]
YES, NO = r"So it is \boxed{12}.", r"So it is \boxed{13}."
HUB = "https://github.com/"


def told(content: Any, **more: Any) -> list[dict[str, Any]]:
    return [{"role": "assistant", "content": content, **more}]


def by_trl(completion: Any, **columns: Any) -> Any:
    return trl.reward(prompts=["?"], completions=[completion], **{k: [v] for k, v in columns.items()})[0]


def by_verl(truth: Any, text: Any = YES, extra: Any = None) -> Any:
    found = verl.compute_score(data_source="mine", solution_str=text, ground_truth=truth, extra_info=extra)
    return None if found["verirs_error"] else found["score"]


def by_slime(**fields: Any) -> tuple[Any, bool]:
    sample = SimpleNamespace(**{"response": YES, "label": "12", "metadata": None, **fields})
    return asyncio.run(slime.reward(None, sample)), getattr(sample, "remove_sample", False)


def by_rubric(completion: Any, answer: Any, info: Any = None) -> float:
    return asyncio.run(verifiers.rubric_reward(completion, answer=answer, info=info))


def same(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


ABORTED = SimpleNamespace(value="aborted")
OPENAI_PARTS = [{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": YES}]
CASES: list[tuple[str, str, Callable[[], Any], Any]] = [
    # ---- TRL and those that are like it
    (
        "a column of the data set is the gold",
        "huggingface/trl/issues/2644",
        lambda: by_trl(YES, answer="12"),
        1.0,
    ),
    ("rows that do not apply are None", "huggingface/trl/pull/3079", lambda: by_trl(YES, topic="art"), None),
    (
        "one reward a completion",
        "huggingface/trl/issues/6533",
        lambda: trl.reward(prompts=["?"] * 4, completions=[YES, NO, "", YES], answer=["12"] * 4),
        [1.0, 0.0, 0.0, 1.0],
    ),
    (
        "a column of another length is nobody's gold",
        "huggingface/trl/pull/6534",
        lambda: trl.reward(prompts=["?"] * 3, completions=[YES] * 3, answer=["12"]),
        [None] * 3,
    ),
    (
        "called by keywords alone, with more of them than the documentation said",
        "huggingface/trl/issues/4939",
        lambda: by_trl(YES, answer="12", completion_ids=[1, 2], trainer_state=SimpleNamespace(step=1)),
        1.0,
    ),
    (
        "a reward function with options goes to a spawned process and keeps its name",
        "huggingface/trl/issues/6133",
        lambda: (lambda f: (f.__name__, f(completions=[YES], answer=["12"])))(
            same(trl.reward_by(Grader("math"), "mine"))
        ),
        ("mine", [1.0]),
    ),
    (
        "an async one is known as such",
        "huggingface/trl/pull/7213",
        lambda: inspect.iscoroutinefunction(trl.areward),
        True,
    ),
    (
        "gold in a column that nobody knows is no gold",
        "2U1/Qwen-VL-Series-Finetune/issues/234",
        lambda: by_trl(YES, assistant="12"),
        None,
    ),
    (
        "a gold that says nothing never rewards",
        "huggingface/cookbook/issues/335",
        lambda: by_trl(YES, solution="") == 1.0,
        False,
    ),
    (
        "gold in LaTeX",
        "huggingface/open-r1/pull/55",
        lambda: by_trl(r"\boxed{0.5}", solution=r"$\frac{1}{2}$"),
        1.0,
    ),
    (
        "open-r1's column solution and messages",
        "unslothai/unsloth/issues/1579",
        lambda: by_trl(told(YES), solution=r"It is \boxed{12}"),
        1.0,
    ),
    (
        "pictures among the parts",
        "TideDra/lmm-r1/issues/30",
        lambda: by_trl(told(OPENAI_PARTS), answer="12", images=object()),
        1.0,
    ),
    (
        "a gold in tags",
        "TideDra/lmm-r1/issues/30",
        lambda: by_trl(YES, solution="<answer> 12 </answer>"),
        1.0,
    ),
    (
        "a gold in tags, a thought before it",
        "huggingface/open-r1/pull/55",
        lambda: by_trl(YES, solution="<think>13?</think><answer>12</answer>"),
        1.0,
    ),
    (
        "one message, not in a list",
        "huggingface/trl/issues/4939",
        lambda: by_trl(told(YES)[0], answer="12"),
        1.0,
    ),
    ("no message at all", "huggingface/trl/issues/4939", lambda: by_trl([], answer="12"), 0.0),
    (
        "a result of a tool stands last",
        "huggingface/trl/pull/4567",
        lambda: by_trl([*told(YES), {"role": "tool", "content": "13"}], answer="12"),
        1.0,
    ),
    (
        "only thought, and said nothing",
        "huggingface/trl/pull/4567",
        lambda: by_trl(told(None, reasoning_content=YES), answer="12"),
        0.0,
    ),
    (
        "columns as arrays",
        "huggingface/trl/pull/3620",
        lambda: trl.reward(prompts=["?"] * 2, completions=[YES, NO], answer=np.array(["12", "12"])),
        [1.0, 0.0],
    ),
    (
        "completions as an array of objects",
        "huggingface/trl/pull/3620",
        lambda: trl.reward(prompts=np.array(["?"]), completions=np.array([YES], dtype=object), answer=["12"]),
        [1.0],
    ),
    ("no completion at all", "huggingface/trl/pull/3459", lambda: trl.reward(prompts=[], completions=[]), []),
    # ---- verl
    (
        "parameters by place too",
        "verl-project/verl/issues/3374",
        lambda: verl.compute_score("mine", YES, "12")["score"],
        1.0,
    ),
    ("no extra_info", "verl-project/verl/pull/266", lambda: by_verl("12"), 1.0),
    (
        "extra_info is a text of JSON",
        "verl-project/verl/pull/266",
        lambda: by_verl(None, extra='{"gold": "12"}'),
        1.0,
    ),
    (
        "a truth of numpy",
        "verl-project/verl-omni/pull/412",
        lambda: by_verl(np.array(["twelve eggs", "12"], dtype=object)),
        1.0,
    ),
    (
        "a number of numpy",
        "verl-project/verl/pull/2954",
        lambda: [by_verl(n) for n in (np.int64(12), np.float32(12), np.str_("12"))],
        [1.0] * 3,
    ),
    (
        "an empty truth, another column",
        "verl-project/verl/pull/2954",
        lambda: by_verl(np.array([]), extra={"gold": "12"}),
        1.0,
    ),
    ("a truth that is a list in JSON", "verl-project/verl/pull/2954", lambda: by_verl('["12"]'), 1.0),
    (
        "several truths in JSON",
        "verl-project/verl/pull/2954",
        lambda: [by_verl('["12", "13"]', t) for t in (YES, NO, r"\boxed{4}")],
        [1.0, 1.0, 0.0],
    ),
    (
        "a list that is the answer stays one",
        "verl-project/verl/pull/2954",
        lambda: [by_verl("[12, 13]", t) for t in (YES, r"\boxed{[12, 13]}")],
        [0.0, 1.0],
    ),
    (
        "a truth with a style beside it",
        "verl-project/verl/pull/975",
        lambda: by_verl({"ground_truth": "12", "style": "rule"}),
        1.0,
    ),
    (
        "a batch in arrays",
        "verl-project/verl/issues/1317",
        lambda: [
            r["score"]
            for r in verl.compute_score_batch(
                data_sources=np.array(["a", "b"], dtype=object),
                solution_strs=[YES, NO],
                ground_truths=np.array(["12", "12"], dtype=object),
                extra_infos=np.array([{}, None], dtype=object),
            )
        ],
        [1.0, 0.0],
    ),
    (
        "an empty response",
        "verl-project/verl/pull/6310",
        lambda: [by_verl("12", t) for t in ("", "<|endoftext|>", None)],
        [0.0] * 3,
    ),
    (
        "the function goes to other processes",
        "verl-project/verl/issues/3150",
        lambda: same(verl.compute_score)("mine", YES, "12")["score"],
        1.0,
    ),
    (
        "a grader in use goes to other processes",
        "verl-project/verl/pull/3769",
        lambda: same(used()).grade([read(YES, {"answer": "12"})])[0].value,
        1.0,
    ),
    (
        "rewards are numbers in every row",
        "verl-project/verl/pull/3769",
        lambda: {type(v) for v in verl.compute_score("a", 7, 7).values()},
        {float, str},
    ),
    (
        "tests of programs say what is wrong",
        "verl-project/verl/issues/1921",
        lambda: by_verl('{"inputs": ["1\\n"], "outputs": ["2\\n"]}', "print(int(input()) + 2)"),
        0.0,
    ),
    # ---- OpenRLHF
    (
        "queries, prompts, labels as lists",
        "OpenRLHF/OpenRLHF/issues/763",
        lambda: openrlhf.reward_func(["? " + YES, "? " + NO], ["? ", "? "], ["12", "12"])["rewards"],
        [1.0, 0.0],
    ),
    (
        "a label that is a table",
        "OpenRLHF/OpenRLHF/issues/690",
        lambda: openrlhf.reward_func(["?" + YES], ["?"], [{"answer": "12", "source": "x"}])["rewards"],
        1.0,
    ),
    (
        "no labels",
        "OpenRLHF/OpenRLHF/issues/690",
        lambda: openrlhf.reward_func(["?" + YES], ["?"])["extra_logs"]["verirs_error"],
        1.0,
    ),
    (
        "a query alone, whose prompt is not known",
        "OpenRLHF/OpenRLHF/issues/690",
        lambda: openrlhf.reward_func([YES], ["other"], ["12"])["extra_logs"]["verirs_error"],
        1.0,
    ),
    (
        "the end of a text as the tokenizer writes it",
        "OpenRLHF/OpenRLHF/pull/1172",
        lambda: openrlhf.reward_func([f"<s>?{YES}</s>"], ["?"], ["12"])["rewards"],
        1.0,
    ),
    # ---- slime, AReaL
    (
        "an aborted sample has a number and is left out",
        "THUDM/slime/issues/200",
        lambda: by_slime(response="", status=ABORTED),
        (0.0, True),
    ),
    (
        "an aborted sample is left out though it says the answer",
        "THUDM/slime/issues/200",
        lambda: by_slime(status=ABORTED)[1],
        True,
    ),
    (
        "a finished sample stays",
        "THUDM/slime/issues/200",
        lambda: by_slime(status=SimpleNamespace(value="completed")),
        (1.0, False),
    ),
    (
        "a number is a float",
        "THUDM/slime/pull/88",
        lambda: [type(r) for r in whole_numbers()],
        [float, float],
    ),
    (
        "metadata is a text of JSON",
        "THUDM/slime/pull/88",
        lambda: by_slime(label=None, metadata='{"answer": "12"}')[0],
        1.0,
    ),
    (
        "a wrapper hands over ids too",
        "inclusionAI/AReaL",
        lambda: areal.reward_fn("?", YES, [1], [2], answer="12", query_id=3),
        1.0,
    ),
    # ---- verifiers, prime-rl, ms-swift, lm-eval
    (
        "a call of a tool, its result, the answer",
        "PrimeIntellect-ai/prime-rl/issues/1069",
        lambda: by_rubric([*told(None, tool_calls=[{}]), {"role": "tool", "content": "9"}, *told(YES)], "12"),
        1.0,
    ),
    (
        "info is a text of JSON",
        "PrimeIntellect-ai/prime-rl/issues/1337",
        lambda: by_rubric(told(YES), "", '{"answer": "12"}'),
        1.0,
    ),
    (
        "an empty answer, and info has it",
        "PrimeIntellect-ai/prime-rl/issues/1337",
        lambda: by_rubric(told(YES), "", {"answer": "12"}),
        1.0,
    ),
    (
        "solution is None in some rows",
        "modelscope/ms-swift/pull/2628",
        lambda: swift.Verirs()([YES, YES], solution=[None, "12"]),
        [0.0, 1.0],
    ),
    (
        "a document's target is a list",
        "huggingface/lighteval/pull/1010",
        lambda: lmeval.process_results({"target": ["12", "dozen"]}, [YES])["verirs"],
        1.0,
    ),
    # ---- golds that a data frame makes
    ("NaN is no gold", "huggingface/open-r1/pull/55", lambda: by_trl(YES, answer=math.nan), None),
    (
        "other kinds of numbers",
        "huggingface/open-r1/pull/55",
        lambda: [by_trl(YES, answer=n) for n in (Decimal("12.0"), Fraction(24, 2), 12)],
        [1.0] * 3,
    ),
    ("bytes are no gold", "huggingface/open-r1/pull/55", lambda: by_trl(YES, answer=b"12"), None),
    (
        "a tuple of golds",
        "huggingface/open-r1/pull/55",
        lambda: by_trl(YES, answer=("a dozen", "#### 12")),
        1.0,
    ),
    (
        "a gold with names beside it is refused",
        "huggingface/open-r1/pull/55",
        lambda: by_trl(YES, answer={"value": "12", "aliases": []}),
        None,
    ),
]


def used() -> Grader:
    made = Grader("math")
    made.grade([read(YES, {"answer": "12"})])
    return made


def whole_numbers() -> list[Any]:
    with Grader({"scorer": {"math": {}}, "hook": {"passed": 1, "failed": 0}}) as made:
        found = made.grade([read(YES, {"answer": "12"}), read(NO, {"answer": "12"})])
        return [made.number(reward) for reward in found]


@pytest.mark.parametrize(
    ("about", "address", "call", "wanted"), CASES, ids=[c[0].replace(" ", "-") for c in CASES]
)
def test_what_others_met(about: str, address: str, call: Callable[[], Any], wanted: Any) -> None:
    assert call() == wanted, f"{about}: {HUB}{address}"
