"""Scorers and options, written the way people outside write them."""

# ruff: noqa: E501 - plugins and scripts as text
from __future__ import annotations

from pathlib import Path

import pytest

from tests.outside.case import Case, Ran, fault, write

JUDGE = """
from verirs import Score, Verdict

class Judge:
    name = "judge"
    version = "1"

    def score(self, items):
        return [self.one(problem, completion) for problem, completion in items]

    def one(self, problem, completion):
        return Score(scorer=self.name, version=self.version, verdict=Verdict.PASS)

    def close(self):
        pass
"""
INIT = "def __init__(self, least: int = 1):\n        self.least = least\n"


def scorer(name: str, *options: str) -> str:
    return "\n".join(["[scorer.mine]", f'plugin = "./mine.py:{name}"', *options, ""])


def function(body: str, more: str = "", before: str = "") -> str:
    return f"{before}\ndef good(problem, completion{more}):\n    {body}\n"


def passes(ran: Ran) -> bool:
    return ran.verdicts == {"pass": 8, "fail": 0, "abstain": 0, "error": 0}


def value(number: float) -> object:
    return lambda ran: {s["value"] for s in ran.scores} == {number} and ran.verdicts["abstain"] == 8


def recorded(*names: str) -> object:
    return lambda ran: passes(ran) and {s["scorer"] for s in ran.scores} == set(names)


def case(id: str, seen: str, code: str, toml: str = "", **more: object) -> Case:
    kind = str(more.pop("kind", "scorer"))
    return Case(id=id, seen=seen, kind=kind, code=code, toml=toml or scorer("good"), **more)  # type: ignore[arg-type]


SHAPES = [
    case(
        "partial",
        "https://github.com/huggingface/trl/issues/6133",
        "import functools\ndef least(problem, completion, length):\n    return len(completion.text) >= length\n"
        "good = functools.partial(least, length=2)\n",
        works=passes,
    ),
    case(
        "callable-instance",
        "https://github.com/huggingface/trl/issues/3049",
        "class Least:\n    def __init__(self, length):\n        self.length = length\n"
        "    def __call__(self, problem, completion):\n        return len(completion.text) >= self.length\n"
        "good = Least(2)\n",
        works=passes,
    ),
    case(
        "callable-class",
        "https://awslabs.github.io/agentcore-rl-toolkit/api/core/reward/",
        f"class Least:\n    {INIT}"
        "    def __call__(self, problem, completion):\n        return len(completion.text) >= self.least\n",
        scorer("Least", "least = 2"),
        works=passes,
        refused="score",
    ),
    case(
        "lambda",
        "https://github.com/bespokelabsai/curator/issues/115",
        "good = lambda problem, completion: problem.answer in completion.text\n",
        works=passes,
    ),
    case(
        "decorated-with-options",
        "https://pypi.org/project/reward-protocol/",
        "import functools\ndef reward(f):\n    @functools.wraps(f)\n    def timed(*args, **kwargs):\n"
        "        return f(*args, **kwargs)\n    return timed\n"
        "@reward\ndef good(problem, completion, least: int = 9999):\n    return len(completion.text) >= least\n",
        scorer("good", "least = 2"),
        works=passes,
    ),
    case(
        "static-method",
        "https://hydra.cc/docs/1.3/advanced/instantiate_objects/overview/",
        "class Rules:\n    @staticmethod\n    def good(problem, completion):\n        return True\n",
        scorer("Rules.good"),
        works=passes,
        refused="Rules.good",
    ),
    case(
        "factory",
        "https://inspect.aisi.org.uk/custom-scorers.html",
        "def near(least: int = 1):\n    def score(problem, completion):\n        return True\n    return score\n",
        scorer("near", "least = 2"),
        works=passes,
        refused="near",
    ),
    case(
        "other-parameter-names",
        "https://inspect.aisi.org.uk/custom-scorers.html",
        "def good(state, target):\n    return state.answer in target.text\n",
        works=passes,
    ),
    case(
        "async-function",
        "https://github.com/verl-project/verl/issues/5076",
        "import asyncio\nasync def good(problem, completion):\n    await asyncio.sleep(0)\n    return True\n",
        works=passes,
        refused="async",
    ),
    case(
        "trl-signature",
        "https://huggingface.co/docs/trl/v0.20.0/rewards",
        "def think(completions, **kwargs):\n    return [1.0 if '<think>' in c else 0.0 for c in completions]\n",
        scorer("think"),
        refused="think",
    ),
    case(
        "verl-signature",
        "https://github.com/verl-project/verl/pull/2954",
        "def compute_score(data_source, solution_str, ground_truth, extra_info=None):\n    return 1.0\n",
        scorer("compute_score"),
        refused="ground_truth",
    ),
    case(
        "type-checking-only",
        "https://github.com/pytest-dev/pluggy/issues/629",
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from verirs import Completion, Problem\n"
        "def good(problem: Problem, completion: Completion, least: int = 1) -> bool:\n"
        "    return len(completion.text) >= least\n",
        scorer("good", "least = 2"),
        works=passes,
    ),
    case(
        "helper-beside",
        "https://github.com/pzfreo/draftwright/pull/491",
        function("return holds(completion.text)", before="from rules_helper import holds"),
        files={"rules_helper.py": "def holds(text):\n    return bool(text)\n"},
        works=passes,
    ),
    case(
        "relative-import",
        "https://github.com/fandango-fuzzer/fandango/issues/320",
        function("return holds(completion.text)", before="from .dotted_helper import holds"),
        files={"dotted_helper.py": "def holds(text):\n    return bool(text)\n"},
        works=passes,
        refused="relative import",
    ),
    case(
        "same-stem",
        "https://github.com/modelscope/ms-swift/pull/9953",
        "",
        '[scorer.one]\nplugin = "./one/rule.py:rule"\n[scorer.two]\nplugin = "./two/rule.py:rule"\n',
        files={
            "one/rule.py": "WORD = 'answer'\ndef rule(p, c):\n    return WORD in c.text\n",
            "two/rule.py": "WORD = 'boxed'\ndef rule(p, c):\n    return WORD in c.text and WORD != 'answer'\n",
        },
        works=recorded("one", "two"),
    ),
    case(
        "parses-arguments-at-import",
        "https://github.com/mifunedev/orchestra/pull/648",
        function("return True", before="import sys\nprint('usage: mine --data FILE')\nsys.exit(0)"),
        refused="parses_arguments",
        alone=True,
    ),
    case(
        "two-tables-one-plugin",
        "https://inspect.aisi.org.uk/scoring.html.md",
        function("return len(completion.text) >= least", ", least: int"),
        '[scorer.short]\nplugin = "./mine.py:good"\nleast = 1\n[scorer.long]\nplugin = "./mine.py:good"\nleast = 2\n',
        works=recorded("short", "long"),
    ),
]

RESULTS = [
    case(
        "numpy-bool",
        "https://github.com/EleutherAI/lm-evaluation-harness/pull/3885",
        function("return np.all(np.array([True]))", before="import numpy as np"),
        works=passes,
    ),
    case(
        "numpy-float32",
        "https://github.com/huggingface/sentence-transformers/issues/3075",
        function("return np.float32(0.5)", before="import numpy as np"),
        works=value(0.5),
    ),
    case(
        "numpy-int",
        "https://github.com/microsoft/PyRIT/pull/2711",
        function("return np.int64(3)", before="import numpy as np"),
        works=value(3.0),
    ),
    case(
        "torch-scalar",
        "https://github.com/CarperAI/trlx/pull/514",
        function("return torch.tensor(0.25)", before="import torch"),
        works=value(0.25),
        refused="Tensor",
    ),
    case(
        "decimal",
        "https://github.com/QWED-AI/qwed-verification/pull/151",
        function("return Decimal('0.5')", before="from decimal import Decimal"),
        works=value(0.5),
    ),
    case(
        "fraction",
        "https://github.com/huggingface/Math-Verify/issues/20",
        function("return Fraction(1, 4)", before="from fractions import Fraction"),
        works=value(0.25),
    ),
    case(
        "zero-or-one",
        "https://github.com/verl-project/verl/issues/3150",
        function("return 1.0 if problem.answer in completion.text else 0.0"),
        works=value(1.0),
    ),
    case(
        "none-abstains",
        "https://github.com/huggingface/trl/pull/3079",
        function("return None"),
        works=lambda ran: ran.verdicts["abstain"] == 8,
    ),
    case(
        "dict-result",
        "https://github.com/NVIDIA-NeMo/Skills/pull/436",
        function("return {'score': 1.0, 'acc': True, 'pred': completion.text}"),
        errors="dict",
    ),
    case(
        "tuple-result",
        "https://github.com/verl-project/verl/pull/3548",
        function("return True, 'looks right'"),
        errors="tuple",
    ),
    case(
        "yes",
        "https://github.com/UKGovernmentBEIS/inspect_ai/issues/192",
        function("return 'yes'"),
        errors="str",
    ),
    case(
        "prints",
        "https://github.com/verl-project/verl/issues/3150",
        function("print('ground truth', problem.answer)\n    return True"),
        works=passes,
    ),
    case(
        "writes-into-meta",
        "https://argilla-io.github.io/distilabel/pr-796/api/step/decorator",
        function("problem.meta['seen'] = problem.meta.get('seen', 0) + 1\n    return True"),
        works=passes,
    ),
    case(
        "calls-exit",
        "https://github.com/ELELAB/pyinteraph2/pull/88",
        function("sys.exit(0)", before="import sys"),
        errors="SystemExit",
        alone=True,
    ),
    case(
        "score-with-text-verdict",
        "https://raw.githubusercontent.com/datadog-labs/agent-skills/main/agent-observability/"
        "agent-observability-experiment-bootstrap/references/python/evaluator-styles/function.md",
        function(
            "return Score(scorer='good', version='1', verdict='pass')", before="from verirs import Score"
        )
        + "def size(problem, completion):\n    return len(completion.text)\n",
        scorer("good") + '[scorer.size]\nplugin = "./mine.py:size"\n',
        works=lambda ran: passes(ran) and all(row["value"] for row in ran.rows("sft")),
    ),
    case(
        "score-with-another-name",
        "https://www.getmaxim.ai/docs/sdk/python/references/models/evaluator",
        function(
            "return Score(scorer='x', version='0', verdict=Verdict.PASS)",
            before="from verirs import Score, Verdict",
        ),
        works=recorded("mine"),
    ),
    case(
        "score-without-verdict",
        "https://inspect.aisi.org.uk/custom-scorers.html",
        function("return Score(value=1.0)", before="from verirs import Score"),
        errors="verdict",
    ),
]

ONE = "\nclass Mine(Judge):\n    "
CLASSES = [
    case(
        "name-as-property",
        "https://argilla-io.github.io/distilabel/pr-934/sections/how_to_guides/basic/step/generator_step",
        JUDGE + ONE + "@property\n    def name(self):\n        return 'p'\n    version = name\n",
        scorer("Mine"),
        works=passes,
    ),
    case(
        "no-close",
        "https://azure.github.io/PyRIT/_autosummary/pyrit.score.Scorer.html",
        JUDGE.partition("    def close")[0],
        scorer("Judge"),
        works=passes,
        refused="close",
    ),
    case(
        "no-version",
        "https://azure.github.io/PyRIT/_autosummary/pyrit.score.Scorer.html",
        JUDGE.replace('    version = "1"\n', "").replace("self.version", '"1"'),
        scorer("Judge"),
        works=passes,
        refused="version",
    ),
    case(
        "version-is-a-number",
        "https://github.com/EleutherAI/lm-evaluation-harness/pull/3885",
        JUDGE.replace('"1"', "1.0"),
        scorer("Judge"),
        works=passes,
        refused="version",
    ),
    case(
        "frozen-dataclass-with-slots",
        "https://www.getmaxim.ai/docs/sdk/python/references/models/evaluator",
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import ClassVar\n"
        + JUDGE
        + "\n@dataclass(frozen=True, slots=True)\nclass Mine(Judge):\n    least: int = 1\n"
        "    version: ClassVar[str] = '2'\n",
        scorer("Mine", "least = 2"),
        works=passes,
    ),
    case(
        "pydantic-model",
        "https://argilla-io.github.io/distilabel/pr-948/api/step",
        "from pydantic import BaseModel\n"
        + JUDGE
        + "\nclass Mine(BaseModel):\n    least: int = 1\n    name: str = 'm'\n    version: str = '1'\n"
        "    score = Judge.score\n    one = Judge.one\n    close = Judge.close\n",
        scorer("Mine", "least = 2"),
        works=passes,
    ),
    case(
        "pydantic-model-wrong-type",
        "https://argilla-io.github.io/distilabel/pr-948/api/step",
        "from pydantic import BaseModel\n"
        + JUDGE
        + "\nclass Mine(BaseModel):\n    least: int = 1\n    name: str = 'm'\n    version: str = '1'\n"
        "    score = Judge.score\n    one = Judge.one\n    close = Judge.close\n",
        scorer("Mine", "least = 'many'"),
        refused="least",
    ),
    case(
        "abstract-method-left",
        "https://modelscope.github.io/Trinity-RFT/v0.1.1/build_api/trinity.common.rewards.reward_fn.html",
        "import abc\n"
        + JUDGE
        + "\nclass Mine(Judge, abc.ABC):\n    @abc.abstractmethod\n    def gold(self): ...\n",
        scorer("Mine"),
        refused="gold",
    ),
    case(
        "constructor-raises",
        "https://huggingface.co/spaces/holistic-ai/explainbility_benchmark/commit/"
        "cc239f83b165749162b9382697cb11b1838b6d12",
        JUDGE + ONE + INIT + "        if least > 5:\n            raise ValueError('least is at most 5')\n",
        scorer("Mine", "least = 9"),
        refused="least is at most 5",
    ),
    case(
        "kwargs-passed-on",
        "https://github.com/abetlen/llama-cpp-python/pull/2364",
        JUDGE + ONE + INIT + "\nclass Own(Mine):\n    def __init__(self, most: int = 9, **kwargs):\n"
        "        super().__init__(**kwargs)\n",
        scorer("Own", "leest = 2"),
        refused="leest",
    ),
    case(
        "drops-what-it-cannot-read",
        "https://github.com/huggingface/trl/issues/6533",
        JUDGE
        + ONE
        + "def score(self, items):\n        return [self.one(p, c) for p, c in items if c.index % 2]\n",
        scorer("Mine"),
        works=lambda ran: ran.verdicts == {"pass": 4, "fail": 0, "abstain": 0, "error": 4},
    ),
    case(
        "score-is-a-generator",
        "https://argilla-io.github.io/distilabel/1.0.0/api/steps",
        JUDGE
        + ONE
        + "def score(self, items):\n        for p, c in items:\n            yield self.one(p, c)\n",
        scorer("Mine"),
        works=passes,
    ),
    case(
        "score-gives-bools",
        "https://github.com/huggingface/trl/pull/2612",
        JUDGE + ONE + "def score(self, items):\n        return [True for _ in items]\n",
        scorer("Mine"),
        works=passes,
        errors="bool",
    ),
    case(
        "score-is-async",
        "https://azure.github.io/PyRIT/_modules/pyrit/score/scorer.html",
        JUDGE + ONE + "async def score(self, items):\n        return [self.one(p, c) for p, c in items]\n",
        scorer("Mine"),
        works=passes,
        refused="async",
    ),
    case(
        "scorer-instance",
        "https://inspect.aisi.org.uk/multiple-scorers.html",
        JUDGE + "\ngood = Judge()\n",
        works=passes,
        refused="good",
    ),
]

MODE = "from enum import Enum\nclass Mode(Enum):\n    LOOSE = 'loose'\n    STRICT = 'strict'\n"
OPTIONS = [
    case(
        "enum",
        "https://github.com/pydantic/pydantic/issues/9791",
        function("return mode is Mode.STRICT", ", mode: Mode = Mode.LOOSE", MODE),
        scorer("good", 'mode = "strict"'),
        works=passes,
    ),
    case(
        "path-or-none",
        "https://azure.github.io/PyRIT/_autosummary/pyrit.score.SelfAskQuestionAnswerScorer.html",
        function(
            "return words.read_text() == ROWS",
            ", words: Path | None = None",
            "from pathlib import Path\nROWS = Path('rows.jsonl').read_text()",
        ),
        scorer("good", 'words = "rows.jsonl"'),
        works=passes,
    ),
    case(
        "literal-wrong",
        "https://inspect.aisi.org.uk/reference/inspect_ai.scorer.html.md",
        function("return True", ", location: Literal['begin', 'end'] = 'end'", "from typing import Literal"),
        scorer("good", 'location = "middle"'),
        refused="location",
    ),
    case(
        "capital-false-flag",
        "https://github.com/pydantic/pydantic/issues/10566",
        function("return strict is False", ", strict: bool = True"),
        flags=("--set", "scorer.mine.strict=False"),
        works=passes,
    ),
    case(
        "true-for-a-number",
        "https://github.com/openvang/vanguarstew/issues/1233",
        function("return True", ", least: int = 5"),
        scorer("good", "least = true"),
        refused="least",
    ),
    case(
        "dict-of-weights",
        "https://github.com/willccbb/verifiers/blob/main/docs/source/rubrics.md",
        function("return weights['format'] == 0.2", ", weights: dict[str, float] | None = None"),
        scorer("good", "weights = { format = 0.2, answer = 1 }"),
        works=passes,
    ),
    case(
        "typed-dict-typo",
        "https://github.com/aws-solutions-library-samples/"
        "accelerated-intelligent-document-processing-on-aws/issues/1134",
        function(
            "return True",
            ", limits: Limits = {}",
            "from typing import TypedDict\nclass Limits(TypedDict, total=False):\n    length: int\n",
        ),
        scorer("good", "limits = { lenght = 5 }"),
        refused="lenght",
    ),
    case(
        "typed-dict",
        "https://github.com/willccbb/verifiers/blob/main/docs/source/rubrics.md",
        function(
            "return limits['length'] == 5",
            ", limits: Limits = {}",
            "from typing import TypedDict\nclass Limits(TypedDict, total=False):\n    length: int\n",
        ),
        scorer("good", "limits = { length = 5 }"),
        works=passes,
    ),
    case(
        "nested-dataclass-typo",
        "https://github.com/miracodeai/mira/pull/312",
        function(
            "return True",
            ", limits: Limits = None",
            "from dataclasses import dataclass\n@dataclass\nclass Limits:\n    length: int = 1\n",
        ),
        scorer("good", "limits = { lenght = 5 }"),
        refused="lenght",
    ),
    case(
        "judge-engine-typo",
        "https://github.com/NovaSky-AI/SkyRL/pull/322",
        "",
        '[scorer.math]\n[scorer.judge]\nengine = "fake"\nengine_options = { pas_rate = 0.5 }\n',
        refused="pas_rate",
    ),
    case(
        "judge-engine-unknown",
        "https://github.com/NovaSky-AI/SkyRL/pull/322",
        "",
        '[scorer.math]\n[scorer.judge]\nengine = "opnai"\nengine_options = { model = "m" }\n',
        refused="opnai",
    ),
    case(
        "by-names-no-scorer",
        "https://github.com/miracodeai/mira/pull/312",
        function("return len(completion.text)"),
        '[scorer.math]\n[scorer.size]\nplugin = "./mine.py:good"\n[select]\nname = "best"\nby = "sise"\n',
        refused="sise",
    ),
]
OPTIONS = [Case(**{**vars(c), "kind": "options"}) for c in OPTIONS]
CASES = [*SHAPES, *RESULTS, *CLASSES, *OPTIONS]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_scorer_from_outside(case: Case, tmp_path: Path) -> None:
    write(case, tmp_path)
    assert not (wrong := fault(case, tmp_path)), f"expected: {case.expected}; {wrong} (seen at {case.seen})"
