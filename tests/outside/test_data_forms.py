"""Files for trainers with texts that broke other people's training: 30 reported forms, all trainers.

Each form goes through all variants of ``export.for``. What must hold: a line is a row for every reader of
lines, no content is null, the reply is there letter by letter, its thought once or not at all, and Arrow's
JSON reader (which `datasets` uses) sees the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.json
import pytest

from tests.select.toys import candidate, group
from tests.sinks.loaders import MATRIX, rows, thinks, written
from verirs.select import First
from verirs.types import Problem, Selection

GH = "https://github.com/"


@dataclass(frozen=True, kw_only=True)
class Form:
    """
    Args:
        name: of the form.
        source: where it was reported.
        reply: what the model answered.
        thought: what it thought before; empty: nothing.
        asked: the last user turn.
        before: turns before it.
    """

    name: str
    source: str
    reply: str = "It is \\boxed{3}."
    thought: str = ""
    asked: str = "What is 1 + 2?"
    before: tuple[tuple[str, str], ...] = ()


MULTI = (("user", "Hello"), ("assistant", "Hi."))
FORMS = (
    Form(name="a reply without a thought beside one with", source=f"{GH}modelscope/ms-swift/issues/6261"),
    Form(name="no think tags are made up", source=f"{GH}hiyouga/LlamaFactory/issues/7977"),
    Form(name="an empty thought", source=f"{GH}modelscope/ms-swift/issues/5507", thought="\n\n"),
    Form(
        name="a history without thoughts",
        source=f"{GH}modelscope/ms-swift/issues/9427",
        before=MULTI,
        thought="I add.",
    ),
    Form(
        name="a history of three turns",
        source=f"{GH}NVIDIA-NeMo/RL/issues/2821",
        before=MULTI * 2,
        thought="Once more.",
    ),
    Form(
        name="only the closing tag in a reply",
        source=f"{GH}huggingface/trl/pull/6363",
        reply="1+2=3\n</think>\n\n3",
    ),
    Form(
        name="a thought that speaks of its tags",
        source=f"{GH}allenai/open-instruct/issues/1804",
        thought="the tag </think> ends it",
    ),
    Form(
        name="a system turn", source=f"{GH}OpenRLHF/OpenRLHF/issues/1069", before=(("system", "Be short."),)
    ),
    Form(
        name="an empty system turn", source=f"{GH}hiyouga/LlamaFactory/issues/9083", before=(("system", ""),)
    ),
    Form(
        name="a call of a tool as text",
        source=f"{GH}ProfSynapse/Synaptic-Tuner/pull/42",
        reply='{"name": "f", "arguments": null}',
    ),
    Form(
        name="a list of tools in the question",
        source=f"{GH}modelscope/ms-swift/pull/10125",
        asked='Tools: [{"type": "function", "function": null}]',
    ),
    Form(name="null as an answer", source=f"{GH}huggingface/datasets/pull/3195", reply="null"),
    Form(name="a first row that says nothing", source=f"{GH}huggingface/datasets/issues/4491", reply="None"),
    Form(
        name="a time as an answer",
        source=f"{GH}huggingface/datasets/issues/7664",
        reply="2024-01-02T03:04:05",
    ),
    Form(name="a date as an answer", source=f"{GH}huggingface/course/issues/692", reply="2024-01-02"),
    Form(name="an address", source=f"{GH}huggingface/datasets/issues/2799", reply="https://a.b/2020-01-01"),
    Form(name="a carriage return", source=f"{GH}huggingface/datasets/issues/622", reply="It is\r\n3.\r"),
    Form(
        name="line ends of Unicode",
        source=f"{GH}huggingface/datasets/issues/6460",
        reply="It is\u2028three\u2029\x85 or\x0b\x0c\x1c3",
    ),
    Form(
        name="a schema as text",
        source=f"{GH}huggingface/datasets/issues/7665",
        reply="body: string\nat: timestamp[s]\n{'a': 1}",
    ),
    Form(name="a number", source=f"{GH}opendatahub-io/pipelines-components/pull/238", reply="42"),
    Form(name="true as an answer", source=f"{GH}opendatahub-io/pipelines-components/pull/238", reply="true"),
    Form(
        name="white space at the begin and the end",
        source=f"{GH}OpenRLHF/OpenRLHF/issues/973",
        reply="\n  3 \n\n",
    ),
    Form(
        name="end tokens in a reply",
        source=f"{GH}NVIDIA-NeMo/Megatron-Bridge/issues/4265",
        reply="3<|im_end|>\n<|im_start|>user",
    ),
    Form(
        name="markers of a template",
        source=f"{GH}huggingface/trl/pull/5988",
        reply="{% generation %}{{ 3 }}{% endgeneration %}",
    ),
    Form(
        name="slots of a template in the question",
        source=f"{GH}hiyouga/LlamaFactory/issues/9392",
        asked="{{content}} {0} %s <image>",
    ),
    Form(
        name="a reply that is a list",
        source=f"{GH}castform-ai/benchmax/pull/34",
        reply='[{"type": "text", "text": "3"}]',
    ),
    Form(name="a null prompt is none", source=f"{GH}PrimeIntellect-ai/prime-rl/pull/2942", asked="null"),
    Form(
        name="keys with no value",
        source=f"{GH}unslothai/unsloth-zoo/pull/372",
        reply="{'a': None}",
        before=MULTI,
    ),
    Form(
        name="two thoughts in one history",
        source=f"{GH}fw-ai/cookbook/pull/386",
        thought="Second.",
        before=(("user", "1?"), ("assistant", "<think>First.</think>1")),
    ),
    Form(
        name="a lone surrogate and a zero",
        source=f"{GH}LAION-AI/Open-Assistant/issues/1974",
        reply="a\x00b \U0001f600 3",
    ),
)


def chosen(form: Form) -> list[Selection]:
    turns = [{"role": role, "content": text} for role, text in form.before]
    prompt = (*turns, {"role": "user", "content": form.asked})
    problem = Problem(id="p", prompt=prompt, answer="3", source="toy")
    own = [candidate(0, form.reply, answer="3"), candidate(1, f"{form.reply} no", "fail", answer="4")]
    if form.thought:
        own = [thinks(c, form.thought) for c in own]
    other = group(thinks(candidate(0, "Three."), "Easy."), candidate(1, "Four.", "fail"), problem_id="q")
    found = [replace(group(*own), problem=problem), replace(other, problem=replace(problem, id="q"))]
    return [First(pairs="random").select(one) for one in found]


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, whose lines end with a line feed and nothing else."""
    if path.suffix == ".parquet":
        return rows(path)
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def messages(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "role" in value:
            yield value
        for inner in value.values():
            yield from messages(inner)
    for inner in value if isinstance(value, list) else []:
        yield from messages(inner)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_trainers_file_of_a_form(form: Form, tmp_path: Path) -> None:
    for trainer, kind in MATRIX:
        path = written(tmp_path / f"{trainer}-{kind}", chosen(form), trainer, kind)
        found = read(path)
        where = f"{trainer}, {kind}"
        if path.suffix == ".jsonl":
            assert len(path.read_text(encoding="utf-8").splitlines()) == len(found), where
            seen = pyarrow.json.read_json(path).to_pylist()
            told = [json.dumps(row, default=str) for row in without_nulls(seen)]
            assert told == [json.dumps(row) for row in without_nulls(found)], where
        for row in found:
            for message in messages(row):
                assert isinstance(message["content"], str), where
                assert all(isinstance(v, str) for v in message.values()) or path.suffix == ".parquet", where
        if kind == "rl":
            continue
        row = next(r for r in found if form.asked in json_texts(r))
        texts = json_texts(row)
        replies = [t for t in texts if form.reply in t]
        assert replies, where
        tagged = [t for t in texts if t.endswith(form.reply) and t != form.reply]
        if form.thought.strip() and tagged:
            assert tagged[0] == f"<think>{form.thought}</think>{form.reply}", where
        if not form.thought:
            assert form.reply in texts, where
            assert not any(m.get("reasoning_content") for m in messages(row)), where


def json_texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in json_texts(one)]


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value
