"""Sources, engines, selectors and sinks, written the way people outside write them (scorers: test_scorers)."""

# ruff: noqa: E501 - plugins and scripts as text
from __future__ import annotations

from pathlib import Path

import pytest

from tests.outside.case import Case, Ran, command, fault, not_refused, write
from tests.outside.test_scorers import CASES as SCORERS

SOURCE = '[source]\nname = "./mine.py:Mine"\n'
ENGINE = '[engine]\nname = "./mine.py:Mine"\n'
SELECT = '[select]\nname = "./mine.py:Mine"\n'
SINK = '[export]\nsinks = ["sft", "./mine.py:Mine"]\n'


def ended(ran: Ran) -> bool:
    return ran.verdicts == {"pass": 8, "fail": 0, "abstain": 0, "error": 0}


def of(kind: str, toml: str):  # type: ignore[no-untyped-def]
    def case(id: str, seen: str, code: str, more: str = "", **rest: object) -> Case:
        return Case(id=id, seen=seen, kind=kind, code=code, toml=toml + more, **rest)  # type: ignore[arg-type]

    return case


def mine(before: str, *body: str) -> str:
    return f"{before}\nclass Mine:\n" + "".join(f"    {line}\n" for line in body)


READ = "from verirs import Problem"
source = of("source", SOURCE)
SOURCES = [
    source(
        "source-gives-a-list",
        "https://github.com/huggingface/datasets/issues/5363",
        mine(
            READ,
            "def problems(self):",
            "    return [Problem(id='a', prompt='1?', answer='1'), Problem(id='b', prompt='2?', answer='2')]",
        ),
        works=ended,
    ),
    source(
        "source-gives-dicts",
        "https://github.com/huggingface/datasets/issues/5363",
        mine(
            "",
            "def problems(self):",
            "    yield {'id': 'a', 'prompt': '1?', 'answer': '1'}",
            "    yield {'id': 'b', 'prompt': '2?', 'answer': '2'}",
        ),
        works=ended,
        refused="dict",
    ),
    source(
        "source-holds-a-list",
        "https://github.com/willccbb/verifiers/blob/main/docs/source/rubrics.md",
        mine(READ, "problems = [Problem(id=i, prompt=i + '?', answer='1') for i in 'ab']"),
        works=ended,
        refused="problems",
    ),
    source(
        "source-is-a-function",
        "https://github.com/huggingface/datasets/issues/5363",
        READ
        + "\ndef rows():\n    for i in 'ab':\n        yield Problem(id=i, prompt=i + '?', answer='1')\nMine = rows\n",
        works=ended,
        refused="problems",
    ),
    source(
        "source-is-async",
        "https://github.com/simonw/llm/issues/507",
        mine(READ, "async def problems(self):", "    yield Problem(id='a', prompt='1?', answer='1')"),
        works=ended,
        refused="problems",
    ),
    source(
        "source-without-end",
        "https://github.com/PrimeIntellect-ai/prime-rl/pull/321",
        mine(
            "import itertools\n" + READ,
            "def problems(self):",
            "    for i in itertools.count():",
            "        yield Problem(id=str(i), prompt=f'{i}?', answer=str(i))",
        ),
        "limit = 2\n",
        works=ended,
        alone=True,
    ),
    source(
        "source-raises-midway",
        "https://github.com/kubernetes-sigs/inference-perf/pull/358",
        mine(
            READ,
            "def problems(self):",
            "    yield Problem(id='a', prompt='1?', answer='1')",
            "    raise ValueError('row 2 has no question')",
        ),
        refused="row 2 has no question",
    ),
    source(
        "source-repeats-an-id",
        "https://github.com/Mindtrace/mindtrace/issues/444",
        mine(
            READ,
            "def problems(self):",
            "    yield Problem(id='q7', prompt='1?', answer='1')",
            "    yield Problem(id='q7', prompt='2?', answer='2')",
        ),
        refused="q7",
    ),
    source(
        "source-counts-its-ids",
        "https://github.com/jina-ai/now/issues/573",
        mine(
            READ,
            "def problems(self):",
            "    for i in range(2):",
            "        yield Problem(id=i, prompt=f'{i}?', answer=str(i))",
        ),
        works=ended,
        refused="id",
    ),
    source(
        "source-has-number-answers",
        "https://github.com/huggingface/Math-Verify/issues/20",
        mine(
            READ,
            "def problems(self):",
            "    for i in range(2):",
            "        yield Problem(id=str(i), prompt=f'{i}?', answer=i)",
        ),
        works=ended,
        refused="answer",
    ),
    source(
        "source-with-numpy-meta",
        "https://github.com/EleutherAI/lm-evaluation-harness/pull/3885",
        mine(
            "import numpy as np\n" + READ,
            "def problems(self):",
            "    for i in 'ab':",
            "        yield Problem(id=i, prompt='1?', answer='1', meta={'level': np.int64(3)})",
        ),
        works=ended,
        refused="level",
    ),
]

MAKE = """
from verirs import Completion

class Base:
    name = "mine"
    concurrency = 8
    reproducible = "always"

    def identity(self):
        return {"model": "mine"}

    def render(self, messages):
        return messages[-1]["content"]

    async def start(self):
        pass

    async def close(self):
        pass

    def made(self, request):
        answer = request.problem.answer
        return [
            Completion(index=i, text=f"Try {i}: \\\\boxed{{{answer}}}", seed=s)
            for i, s in zip(request.indices, request.seeds)
        ]

    async def sample(self, request):
        for completion in self.made(request):
            yield completion
"""
OWN = MAKE + "\nclass Mine(Base):\n    "
engine = of("engine", ENGINE)
ENGINES = [
    engine(
        "engine-out-of-order",
        "https://github.com/vllm-project/vllm/issues/394",
        OWN
        + "async def sample(self, request):\n        for c in reversed(self.made(request)):\n            yield c\n",
        works=lambda ran: (
            ended(ran) and all(str(r["sample_index"]) in str(r["completion"]) for r in ran.rows("sft"))
        ),
    ),
    engine(
        "engine-repeats-an-index",
        "https://github.com/NVIDIA/TensorRT-LLM/issues/2777",
        OWN + "async def sample(self, request):\n        for c in self.made(request):\n"
        "            yield Completion(index=0, text=c.text)\n",
        stops="mine",
        alone=True,
    ),
    engine(
        "engine-gives-too-few",
        "https://github.com/OpenRLHF/OpenRLHF/issues/527",
        OWN
        + "async def sample(self, request):\n        for c in self.made(request)[:-1]:\n            yield c\n",
        stops="mine",
        alone=True,
    ),
    engine(
        "engine-gives-too-many",
        "https://github.com/vllm-project/vllm/pull/16863",
        OWN + "async def sample(self, request):\n        for c in self.made(request):\n            yield c\n"
        "        yield Completion(index=77, text='one more')\n",
        stops="77",
        alone=True,
    ),
    engine(
        "engine-gives-texts",
        "https://github.com/BerriAI/litellm/issues/8814",
        OWN
        + "async def sample(self, request):\n        for c in self.made(request):\n            yield c.text\n",
        stops="str",
        alone=True,
    ),
    engine(
        "engine-gives-no-text",
        "https://github.com/BerriAI/litellm/issues/21315",
        OWN + "async def sample(self, request):\n        for i in request.indices:\n"
        "            yield Completion(index=i, text=None)\n",
        stops="text",
        alone=True,
    ),
    engine(
        "engine-samples-in-a-plain-generator",
        "https://github.com/Link-AGI/AutoAgents/issues/27",
        OWN + "def sample(self, request):\n        yield from self.made(request)\n",
        works=ended,
        refused="sample",
        alone=True,
    ),
    engine(
        "engine-samples-in-a-coroutine",
        "https://github.com/run-llama/llama_index/issues/6835",
        OWN + "async def sample(self, request):\n        return self.made(request)\n",
        works=ended,
        refused="sample",
        alone=True,
    ),
    engine(
        "engine-starts-in-a-plain-method",
        "https://github.com/ogx-ai/ogx/pull/1863",
        OWN + "def start(self):\n        self.ready = True\n",
        works=ended,
        refused="start",
        alone=True,
    ),
    engine(
        "engine-start-raises",
        "https://github.com/verl-project/verl/issues/2058",
        OWN + "async def start(self):\n        raise RuntimeError('no CUDA GPUs are available')\n",
        refused="no CUDA GPUs are available",
        late=True,
        alone=True,
    ),
    engine(
        "engine-breaks-while-it-samples",
        "https://github.com/BerriAI/litellm/issues/8814",
        OWN + "async def sample(self, request):\n        yield self.made(request)[0]\n"
        "        raise ConnectionResetError('the peer went away')\n",
        stops="the peer went away",
        alone=True,
    ),
    engine(
        "engine-without-the-rest",
        "https://github.com/BerriAI/litellm/issues/8814",
        MAKE + "\nclass Mine:\n    made = Base.made\n    sample = Base.sample\n",
        refused="reproducible",
    ),
    engine(
        "engine-without-close",
        "https://github.com/BerriAI/litellm/issues/8814",
        MAKE.replace("    async def close(self):\n        pass\n", "") + "\nMine = Base\n",
        works=ended,
        refused="close",
        alone=True,
    ),
    engine(
        "engine-with-no-concurrency",
        "https://github.com/ansible/apme/issues/273",
        OWN + "concurrency = 0\n",
        refused="concurrency",
        alone=True,
    ),
    engine(
        "engine-with-text-concurrency",
        "https://github.com/ansible/apme/issues/273",
        OWN + "concurrency = '8'\n",
        refused="concurrency",
        alone=True,
    ),
    engine(
        "engine-takes-its-options-loosely",
        "https://github.com/abetlen/llama-cpp-python/pull/2364",
        OWN + "def __init__(self, model: str = 'm', **kwargs):\n        self.options = kwargs\n",
        'modle = "x"\n',
        works=ended,
        refused="modle",
    ),
]

PICK = """
from verirs.types import Rejection, Selection

class Base:
    name = "mine"

    def select(self, group):
        good = [c for c in group.candidates if c.verdict == "pass"][:1]
        rest = [Rejection(candidate=c, reason="later") for c in group.candidates if c not in good]
        return Selection(group=group, accepted=tuple(good), rejected=tuple(rest))
"""
CHOSEN = PICK + "\nclass Mine(Base):\n    "
BODY = 'good = [c for c in group.candidates if c.verdict == "pass"][:1]\n        '


def kept(ran: Ran) -> bool:
    """One of each problem, and every other candidate among the rejects."""
    return len(ran.rows("sft")) == 2 and len(ran.rows("rejects")) == 6


selector = of("selector", SELECT)
SELECTORS = [
    selector(
        "selector-as-documented",
        "https://inspect.aisi.org.uk/scoring.html.md",
        PICK + "\nMine = Base\n",
        works=kept,
    ),
    selector(
        "selector-with-lists",
        "https://inspect.aisi.org.uk/scoring.html.md",
        PICK.replace("tuple(good)", "good").replace("tuple(rest)", "rest") + "\nMine = Base\n",
        '[export]\nsinks = ["sft", "rejects"]\n',
        works=kept,
    ),
    selector(
        "selector-gives-candidates",
        "https://github.com/huggingface/datatrove/blob/main/README.md",
        CHOSEN + f"def select(self, group):\n        {BODY}return good\n",
        '[export]\nsinks = ["sft"]\n',
        works=lambda ran: len(ran.rows("sft")) == 2,
        stops="Selection",
    ),
    selector(
        "selector-is-a-generator",
        "https://argilla-io.github.io/distilabel/1.0.0/api/steps",
        CHOSEN + f"def select(self, group):\n        {BODY}yield from good\n",
        '[export]\nsinks = ["sft"]\n',
        works=lambda ran: len(ran.rows("sft")) == 2,
        stops="Selection",
    ),
    selector(
        "selector-forgets-the-rest",
        "https://github.com/huggingface/datatrove/blob/main/README.md",
        CHOSEN
        + f"def select(self, group):\n        {BODY}return Selection(group=group, accepted=tuple(good))\n",
        '[export]\nsinks = ["sft", "rejects"]\n',
        works=kept,
        stops="mine",
    ),
    selector(
        "selector-is-a-function",
        "https://inspect.aisi.org.uk/multiple-scorers.html",
        PICK + "\ndef pick(group):\n    return Base().select(group)\nMine = pick\n",
        '[export]\nsinks = ["sft", "rejects"]\n',
        works=kept,
        refused="select",
    ),
    selector(
        "selector-without-a-name",
        "https://github.com/huggingface/datatrove/blob/main/README.md",
        PICK.replace('    name = "mine"\n', "") + "\nMine = Base\n",
        '[export]\nsinks = ["sft", "rejects"]\n',
        works=kept,
        refused="name",
    ),
    selector(
        "selector-raises",
        "https://github.com/kubernetes-sigs/inference-perf/pull/358",
        CHOSEN + "def select(self, group):\n        return max([], key=len)\n",
        '[export]\nsinks = ["sft"]\n',
        stops="select",
    ),
]

ROWS = """
import numpy as np
import pyarrow as pa

class Mine:
    name = "mine"
    columns = pa.schema([("id", pa.string()), ("length", pa.int64())])

    def rows(self, selection):
        for c in selection.accepted:
            yield {"id": selection.group.problem.id, "length": len(c.completion.text)}
"""
LIST = 'columns = pa.schema([("id", pa.string()), ("scores", pa.list_(pa.struct([("by", pa.string())])))])'
PLAIN = 'columns = pa.schema([("id", pa.string()), ("length", pa.int64())])'
sink = of("sink", SINK)
SINKS = [
    sink(
        "sink-with-nested-rows",
        "https://github.com/apache/arrow/issues/3804",
        ROWS.replace(PLAIN, LIST).replace(
            '"length": len(c.completion.text)', '"scores": [{"by": s.scorer} for s in c.scores]'
        ),
        'formats = ["parquet", "jsonl"]\n',
        works=lambda ran: (
            ran.rows("mine")[0]["scores"] == [{"by": "math"}]
            and len((ran.path / "export/mine.jsonl").read_text().splitlines()) == len(ran.rows("sft"))
        ),
    ),
    sink(
        "sink-without-columns",
        "https://github.com/huggingface/datatrove/blob/main/README.md",
        ROWS.replace(f"    {PLAIN}\n", ""),
        refused="columns",
    ),
    sink(
        "sink-with-a-list-of-columns",
        "https://argilla-io.github.io/distilabel/pr-1006/api/step/typing",
        ROWS.replace(PLAIN, 'columns = ["id", "length"]'),
        refused="columns",
    ),
    sink(
        "sink-leaves-a-column-out",
        "https://github.com/apache/arrow/issues/3804",
        ROWS.replace(', "length": len(c.completion.text)', ""),
        stops="length",
    ),
    sink(
        "sink-with-numpy-rows",
        "https://github.com/abigailhaddad/usajobs_historical/pull/329",
        ROWS.replace("len(c.completion.text)", "np.int64(len(c.completion.text))"),
        'formats = ["parquet", "jsonl"]\n',
        works=lambda ran: ran.rows("mine")[0]["length"] > 0,
        stops="mine",
    ),
    sink(
        "sink-with-wrong-types",
        "https://github.com/apache/arrow/issues/3804",
        ROWS.replace("len(c.completion.text)", "c.completion.text"),
        stops="length",
    ),
    sink(
        "sink-gives-nothing",
        "https://argilla-io.github.io/distilabel/1.0.0/api/steps",
        "import pyarrow as pa\n"
        + mine("", 'name = "mine"', PLAIN, "def rows(self, selection):", "    return None"),
        works=lambda ran: ran.rows("mine") == [],
        stops="mine",
    ),
    sink(
        "sink-named-like-another",
        "https://github.com/uncharted-distil/distil/pull/1594",
        ROWS.replace('name = "mine"', 'name = "sft"'),
        refused="sft",
    ),
    sink(
        "sink-options-by-path",
        "https://hydra.cc/docs/1.3/advanced/instantiate_objects/overview/",
        ROWS + "\n    def __init__(self, least: int = 0):\n        self.least = least\n",
        '[export.options."./mine.py:Mine"]\nleast = 3\n',
        works=lambda ran: len(ran.rows("mine")) > 0,
    ),
    sink(
        "sink-takes-its-options-loosely",
        "https://github.com/abetlen/llama-cpp-python/pull/2364",
        ROWS + "\n    def __init__(self, least: int = 0):\n        self.least = least\n",
        '[export.options."./mine.py:Mine"]\nleest = 3\n',
        refused="leest",
    ),
]
CASES = [*SOURCES, *ENGINES, *SELECTORS, *SINKS]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_part_from_outside(case: Case, tmp_path: Path) -> None:
    write(case, tmp_path)
    assert not (wrong := fault(case, tmp_path)), f"expected: {case.expected}; {wrong} (seen at {case.seen})"


@pytest.mark.parametrize("first", ["run", "check"])
@pytest.mark.parametrize(
    "case", [c for c in [*CASES, *SCORERS] if c.expected == "refused" and not c.late], ids=lambda c: c.id
)
def test_what_is_refused_is_refused_without_a_run_too(case: Case, first: str, tmp_path: Path) -> None:
    write(case, tmp_path)
    dry = ["--dry-run", *case.flags] if first == "run" else []
    assert not not_refused(command(tmp_path, first, "conf.toml", *dry, alone=case.alone), case.refused)
