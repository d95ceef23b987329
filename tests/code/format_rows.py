# ruff: noqa: E501
"""One row or two of each published data set of programs, self-written in the form of its card or loader.

``right`` and ``wrong`` are completions; ``tests`` names the columns that ``grade`` is given as ``tests``.
"""

from __future__ import annotations

import base64
import json
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HUB = "https://huggingface.co/datasets/"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A row as published.

    Args:
        seen: the data set's card, or the code that reads it.
        options: of the source ``file``, beside the path.
        tests: the column that ``grade`` gets as ``tests``; empty: the row has no single one.
        meta: what the problem must say in its ``meta``.
        trusted: false where the tests need the program's own process.
    """

    id: str
    seen: str
    row: Mapping[str, Any]
    right: str
    wrong: str
    options: Mapping[str, str] = field(default_factory=dict)
    tests: str = ""
    entry_point: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = True


def packed(tests: list[dict[str, str]]) -> str:
    """As LiveCodeBench packs its private tests."""
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(tests)))).decode()


READS = "```python\na, b = map(int, input().split())\nprint(a + b)\n```"
READS_WRONG = "```python\na, b = map(int, input().split())\nprint(a - b)\n```"
PAIRS = [{"input": "1 2\n", "output": "3\n"}, {"input": "5 5\n", "output": "10\n"}]
LISTS = {"inputs": ["1 2\n", "5 5\n"], "outputs": ["3\n", "10\n"]}
TWICE = "```python\nclass Solution:\n    def doubled(self, xs: List[int]) -> List[int]:\n        return [2 * x for x in xs]\n```"
TWICE_WRONG = TWICE.replace("2 * x", "3 * x")
CALLS = {"fn_name": "doubled", "inputs": [[[1, 2]], [[]]], "outputs": [[2, 4], []]}
ADD = "```python\ndef add(a, b):\n    return a + b\n```"
ADD_WRONG = "```python\ndef add(a, b):\n    return a - b\n```"
FUNCTIONAL = [
    {"input": "[1, 2]\n3", "output": "[3, 6]", "testtype": "functional"},
    {"input": "[]\n1", "output": "[]", "testtype": "functional"},
]
SCALE = "```python\nclass Solution:\n    def scaled(self, xs: List[int], k: int) -> List[int]:\n        return [x * k for x in xs]\n```"
SCALE_WRONG = SCALE.replace("x * k", "x + k")
CHECKER = "import sys\nprint(1)\n"

CONTEXT = (
    "import copy\n\n\ndef generate_test_case(n):\n    xs = [[3, 1, 2], [5, 4]][n - 1]\n    return xs, sorted(copy.deepcopy(xs))\n\n\n"
    "def exec_test(result, ans):\n    try:\n        assert result == ans\n        return 1\n    except AssertionError:\n        return 0\n\n\n"
    'exec_context = r"""\nxs = test_input\n[insert]\n"""\n\n\ndef test_execution(solution: str):\n'
    '    code = exec_context.replace("[insert]", solution)\n    for i in range(2):\n        test_input, expected = generate_test_case(i + 1)\n'
    '        test_env = {"test_input": test_input}\n        exec(code, test_env)\n        assert exec_test(test_env["result"], expected)\n'
)
FORMATS: list[Format] = [
    Format(id="apps-stdin", seen=HUB + "codeparrot/apps", right=READS, wrong=READS_WRONG, tests="input_output",
           row={"problem_id": 7, "question": "Add.", "solutions": "[]", "input_output": json.dumps(LISTS), "difficulty": "interview",
                "url": "", "starter_code": ""}),
    Format(id="apps-call", seen=HUB + "codeparrot/apps", right=TWICE, wrong=TWICE_WRONG, tests="input_output",
           row={"problem_id": 8, "question": "Double.", "input_output": json.dumps(CALLS), "starter_code": "class Solution:\n"},
           meta={"prelude": "usual"}),
    Format(id="apps-call-wrapped", seen="https://github.com/hendrycks/apps/blob/main/eval/testing_util.py", tests="input_output",
           right=ADD, wrong=ADD_WRONG,
           row={"question": "Add.", "input_output": json.dumps({"fn_name": "add", "inputs": [[1, 2], [4, 4]], "outputs": [[3], [8]]})}),
    Format(id="apps-lines", seen=HUB + "codeparrot/apps", right=READS, wrong=READS_WRONG, tests="input_output",
           row={"question": "Add.", "input_output": json.dumps({"inputs": [["1 2"], ["5 5"]], "outputs": [["3"], ["10"]]})}),
    Format(id="taco", seen=HUB + "BAAI/TACO", right=READS, wrong=READS_WRONG, tests="input_output",
           row={"question": "Add.", "input_output": json.dumps(LISTS), "time_limit": "2.0 seconds", "memory_limit": "256.0 megabytes",
                "starter_code": "", "name": None, "picture_num": "0"},
           meta={"time_limit": 2.0, "memory_limit_mb": 256.0}),
    Format(id="code-contests", seen=HUB + "deepmind/code_contests", right=READS, wrong=READS_WRONG, tests="private_tests",
           options={"prompt": "description"},
           row={"name": "1_A. Sum", "description": "Add.", "source": 2, "public_tests": {"input": ["1 2\n"], "output": ["3\n"]},
                "private_tests": {"input": ["5 5\n"], "output": ["10\n"]}, "generated_tests": {"input": ["1 1\n"], "output": ["2\n"]},
                "time_limit": {"seconds": 1, "nanos": 500000000}, "memory_limit_bytes": 268435456, "input_file": "", "output_file": "",
                "solutions": {"language": [3], "solution": ["print(1)"]}},
           meta={"time_limit": 1.5, "memory_limit_mb": 256.0}),
    Format(id="livecodebench-stdin", seen=HUB + "livecodebench/code_generation_lite", right=READS, wrong=READS_WRONG,
           options={"prompt": "question_content", "id": "question_id"},
           row={"question_title": "Sum", "question_content": "Add.", "platform": "atcoder", "question_id": "abc1_a", "starter_code": "",
                "public_test_cases": json.dumps([{"input": "1 2", "output": "3", "testtype": "stdin"}]),
                "private_test_cases": packed([{"input": "5 5\n", "output": "10\n", "testtype": "stdin"}]), "metadata": "{}"}),
    Format(id="livecodebench-call", seen=HUB + "livecodebench/code_generation_lite", right=SCALE, wrong=SCALE_WRONG,
           options={"prompt": "question_content"},
           row={"question_content": "Scale.", "question_id": "3", "starter_code": "class Solution:\n    def scaled(...)",
                "public_test_cases": json.dumps(FUNCTIONAL[:1]), "private_test_cases": packed(FUNCTIONAL),
                "metadata": json.dumps({"func_name": "scaled"})}),
    Format(id="deepcoder-taco", seen=HUB + "agentica-org/DeepCoder-Preview-Dataset", right=READS, wrong=READS_WRONG, tests="tests",
           row={"problem": "Add.", "solutions": ["x"], "tests": json.dumps(LISTS)}),
    Format(id="deepcoder-lcb", seen=HUB + "agentica-org/DeepCoder-Preview-Dataset", right=SCALE, wrong=SCALE_WRONG, tests="tests",
           row={"problem": "Scale.", "starter_code": "class Solution:", "metadata": "{}",
                "tests": json.dumps([t | {"metadata": {"func_name": "scaled"}} for t in FUNCTIONAL])}),
    Format(id="deepcoder-lcb-stdin", seen=HUB + "agentica-org/DeepCoder-Preview-Dataset", right=READS, wrong=READS_WRONG, tests="tests",
           row={"problem": "Add.", "metadata": "{}",
                "tests": json.dumps([p | {"testtype": "stdin", "metadata": {"func_name": None}} for p in PAIRS])}),
    Format(id="deepcoder-prime", seen="https://github.com/rllm-org/rllm/blob/main/rllm/rewards/code_reward.py", tests="tests",
           right=READS, wrong=READS_WRONG,
           row={"problem": "Add.", "tests": json.dumps([p | {"type": "stdin_stdout"} for p in PAIRS])}),
    Format(id="eurus-stdin", seen=HUB + "PRIME-RL/Eurus-2-RL-Data", right=READS, wrong=READS_WRONG,
           row={"data_source": "codecontests", "prompt": [{"role": "user", "content": "Add."}], "ability": "code",
                "reward_model": {"ground_truth": json.dumps(LISTS), "style": "rule"}, "extra_info": {"split": "train", "index": 3}}),
    Format(id="eurus-call", seen="https://github.com/verl-project/verl/pull/2199", right=ADD, wrong=ADD_WRONG, tests="reward_model",
           row={"data_source": "apps", "prompt": [{"role": "user", "content": "Add."}],
                "reward_model": {"ground_truth": json.dumps({"fn_name": "add", "inputs": [[1, 2], [3, 3]], "outputs": [[3], [6]]}),
                                 "style": "rule"}}),
    Format(id="kodcode", seen=HUB + "KodCode/KodCode-V1", right=ADD, wrong=ADD_WRONG, tests="test",
           row={"style": "instruct", "question_id": "q1", "question": "Add.", "solution": "def add(a, b):\n    return a + b",
                "test": "from solution import add\n\ndef test_small():\n    assert add(1, 2) == 3\n\ndef test_zero():\n    assert add(0, 0) == 0\n",
                "test_info": [{"function_name": "add", "parameter_list": "(a, b)", "function_declaration": "def add(a, b):", "docstring": ""}]}),
    Format(id="kodcode-renamed", seen=HUB + "KodCode/KodCode-V1", right=ADD, wrong=ADD_WRONG, tests="test",
           row={"question": "Add.", "test": "from solution import add as plus\n\ndef test_it():\n    assert plus(1, 2) == 3\n"}),
    Format(id="kodcode-module", seen=HUB + "KodCode/KodCode-V1", right=ADD, wrong=ADD_WRONG, tests="test",
           row={"question": "Add.", "test": "import solution\n\ndef test_it():\n    assert solution.add(1, 2) == 3\n"}),
    Format(id="acecode", seen=HUB + "TIGER-Lab/AceCode-87K", right=ADD, wrong=ADD_WRONG, tests="test_cases",
           row={"id": "oss_1", "source": "oss", "question": "Add.", "test_cases": ["assert add(1, 2) == 3", "assert add(0, 5) == 5"],
                "inferences": [], "context_messages": []}),
    Format(id="leetcode-dataset", seen=HUB + "newfacade/LeetCodeDataset", right=SCALE, wrong=SCALE_WRONG, tests="test",
           entry_point="Solution().scaled", options={"prompt": "query"},
           row={"task_id": "scale", "question_id": 5, "query": "Scale.", "prompt": "from typing import *\n\ninf = float('inf')\n",
                "completion": "class Solution: ...", "entry_point": "Solution().scaled",
                "test": "def check(candidate):\n    assert candidate(xs = [1, 2],k = 3) == [3, 6]\n    assert candidate(xs = [],k = 1) == []\n",
                "input_output": [{"input": "xs = [1, 2], k = 3", "output": "[3, 6]"}]},
           meta={"prelude": "from typing import *\n\ninf = float('inf')\n"}),
    Format(id="codeforces", seen=HUB + "open-r1/codeforces", right=READS, wrong=READS_WRONG, tests="official_tests",
           options={"prompt": "description"},
           row={"id": "1/A", "description": "Add.", "time_limit": 1.5, "memory_limit": 256.0, "examples": PAIRS[:1], "official_tests": PAIRS,
                "official_tests_complete": True, "generated_tests": 0, "input_mode": "stdio", "generated_checker": None, "executable": True},
           meta={"time_limit": 1.5, "memory_limit_mb": 256.0}),
    Format(id="verifiable-coding", seen=HUB + "open-r1/verifiable-coding-problems-python", right=READS, wrong=READS_WRONG,
           options={"prompt": "problem_statement"}, tests="verification_info",
           row={"source": "apps", "task_type": "verifiable_code", "problem_statement": "Add.", "gold_standard_solution": "x", "problem_id": "vc_1",
                "metadata": {"difficulty": "easy", "memory_limit": None, "memory_limit_bytes": None, "time_limit": "2 seconds"},
                "verification_info": {"language": "python",
                                      "test_cases": [p | {"fn_name": None, "type": "stdin_stdout"} for p in PAIRS]}},
           meta={"time_limit": 2.0, "language": "python"}),
    Format(id="verifiable-call", seen=HUB + "PrimeIntellect/verifiable-coding-problems", right=ADD, wrong=ADD_WRONG,
           options={"prompt": "prompt"}, tests="verification_info",
           row={"prompt": "Add.", "verification_info": json.dumps(
               {"language": "python", "test_cases": [
                   {"type": "function_call", "fn_name": "add", "input": [1, 2], "output": [3]},
                   {"type": "function_call", "fn_name": "add", "input": [2, 2], "output": [4]}]})}),
    Format(id="verifiable-call-text", seen=HUB + "open-r1/verifiable-coding-problems-python", right=ADD, wrong=ADD_WRONG,
           tests="verification_info",
           row={"prompt": "Add.", "verification_info": {"language": "python", "test_cases": [
               {"type": "function_call", "fn_name": "add", "input": "[1, 2]", "output": "[3]"},
               {"type": "function_call", "fn_name": "add", "input": "[2, 2]", "output": "[4]"}]}}),
    Format(id="mbpp", seen=HUB + "google-research-datasets/mbpp", right=ADD, wrong=ADD_WRONG, tests="test_list",
           options={"prompt": "text"},
           row={"task_id": 3, "text": "Add.", "code": "def add(a, b):\n    return a + b", "test_list": ["assert add(one, 2) == 3", "assert add(2, 2) == 4"],
                "test_setup_code": "one = 1", "challenge_test_list": []}),
    Format(id="mbpp-sanitized", seen=HUB + "google-research-datasets/mbpp", right=ADD, wrong=ADD_WRONG, tests="test_list",
           row={"task_id": 3, "prompt": "Add.", "test_imports": ["import math"], "test_list": ["assert math.isclose(add(1, 2), 3)"]}),
    Format(id="mbpp-plus", seen=HUB + "evalplus/mbppplus", right=ADD, wrong=ADD_WRONG, tests="test",
           row={"task_id": 3, "prompt": "Add.", "code": "x", "test_imports": [], "test_list": ["assert add(1, 2) == 3"],
                "test": "inputs = [[1, 2], [0, 0]]\nresults = [3, 0]\nfor i, (inp, exp) in enumerate(zip(inputs, results)):\n    assert add(*inp) == exp\n"}),
    Format(id="humaneval", seen=HUB + "openai/openai_humaneval", right="    return a + b\n", wrong="    return a - b\n", tests="test",
           entry_point="add",
           row={"task_id": "HumanEval/1", "prompt": 'def add(a, b):\n    """The sum."""\n', "canonical_solution": "    return a + b\n",
                "test": "METADATA = {}\n\n\ndef check(candidate):\n    assert candidate(1, 2) == 3\n", "entry_point": "add"}),
    Format(id="humaneval-plus", seen=HUB + "evalplus/humanevalplus", right=ADD, wrong=ADD_WRONG, tests="test", entry_point="add",
           row={"task_id": "HumanEval/1", "prompt": 'def add(a, b):\n    """The sum."""\n', "entry_point": "add",
                "test": "def assertion(out, exp, atol):\n    assert abs(out - exp) <= atol\n\n\ndef check(candidate):\n    inputs = [[1, 2], [3, 3]]\n"
                        "    results = [3, 6]\n    for i, (inp, exp) in enumerate(zip(inputs, results)):\n        assertion(candidate(*inp), exp, 1e-6)\n"}),
    Format(id="bigcodebench", seen=HUB + "bigcode/bigcodebench", tests="test", entry_point="task_func",
           right="```python\nimport json\n\n\ndef task_func(text):\n    return json.loads(text)\n```", wrong="```python\ndef task_func(text):\n    return text\n```",
           options={"prompt": "instruct_prompt"},
           row={"task_id": "BigCodeBench/1", "complete_prompt": "x", "instruct_prompt": "Read JSON.", "code_prompt": "import json\ndef task_func(text):\n",
                "entry_point": "task_func", "libs": "['json']",
                "test": "import unittest\n\n\nclass TestCases(unittest.TestCase):\n    def test_list(self):\n        self.assertEqual(task_func('[1]'), [1])\n"
                        "    def test_table(self):\n        self.assertEqual(task_func('{}'), {})\n"}),
    Format(id="cruxeval", seen=HUB + "cruxeval-org/cruxeval", right="```python\ndef f(xs):\n    return xs[::-1]\n```",
           wrong="```python\ndef f(xs):\n    return xs\n```", options={"prompt": "code"},
           row={"code": "def f(xs):\n    return xs[::-1]", "input": "[1, 2, 3]", "output": "[3, 2, 1]", "id": "sample_0"}),
    Format(id="open-instruct", seen="https://github.com/allenai/open-instruct/pull/798", right=ADD, wrong=ADD_WRONG, tests="ground_truth",
           row={"messages": [{"role": "user", "content": "Add."}], "dataset": "code", "ground_truth": json.dumps(["assert add(1, 2) == 3", "assert add(0, 0) == 0"])},
           options={"prompt": "messages"}),
    Format(id="sandbox-fusion", seen="https://github.com/bytedance/SandboxFusion", right=READS, wrong=READS_WRONG, tests="test",
           row={"question": "Add.", "test": [{"input": {"stdin": "1 2\n"}, "output": {"stdout": "3\n"}}, {"input": {"stdin": "2 2"}, "output": {"stdout": "4"}}]}),
    Format(id="rllm-leetcode", seen="https://github.com/rllm-org/rllm/blob/main/rllm/rewards/code_reward.py", right=ADD, wrong=ADD_WRONG, tests="tests",
           row={"question": "Add.", "tests": {"functional": "def check(candidate):\n    assert candidate(1, 2) == 3\n\ncheck(add)\n"}}),
    Format(id="doctest", seen="https://docs.python.org/3/library/doctest.html", right=ADD, wrong=ADD_WRONG, tests="test",
           row={"question": "Add.", "test": ">>> add(1, 2)\n3\n>>> x = add(2, 2)\n>>> x\n4\n>>> add(1, None)  # doctest: +IGNORE_EXCEPTION_DETAIL\nTraceback (most recent call last):\n    ...\nTypeError: no\n"}),
    Format(id="python-repr", seen="https://github.com/rllm-org/rllm/blob/main/rllm/rewards/code_reward.py", right=READS, wrong=READS_WRONG, tests="tests",
           row={"question": "Add.", "tests": str(LISTS)}),
    Format(id="checker", seen=HUB + "open-r1/codeforces", right=READS, wrong="no code here, sorry", options={"prompt": "description"},
           row={"description": "Add.", "official_tests": PAIRS, "generated_checker": CHECKER, "language": "cpp17"},
           meta={"checker": CHECKER, "language": "cpp"}),
    Format(id="doctest-prints", seen="https://docs.python.org/3/library/doctest.html", right=ADD, wrong=ADD_WRONG, tests="test",
           row={"question": "Add.", "test": ">>> print(add(1, 2))\n3\n>>> for i in range(2):\n...     print(add(i, 1))\n1\n2\n"}),
    Format(id="evalplus-raw", seen="https://github.com/evalplus/humanevalplus_release", right=ADD, wrong=ADD_WRONG,
           row={"task_id": "HumanEval/1", "prompt": "def add(a, b):\n", "contract": "\n    assert isinstance(a, int)\n", "entry_point": "add",
                "canonical_solution": "    return a + b\n", "base_input": [[1, 2], [0, 0]], "plus_input": [[10, -10]], "atol": 0}),
    Format(id="evalplus-floats", seen="https://github.com/evalplus/mbppplus_release", right="def third(x):\n    return x * (1 / 3)", wrong="def third(x):\n    return x * 0.33333",
           row={"task_id": "Mbpp/1", "prompt": "Divide by three.", "entry_point": "third", "canonical_solution": "def third(x):\n    return x / 3\n",
                "base_input": [[1.0], [7.0]], "plus_input": [], "atol": 1e-6}),
    Format(id="ds-1000", seen=HUB + "xlangai/DS-1000", right="<code>\nresult = sorted(xs)\n</code>", wrong="<code>\nresult = xs\n</code>", trusted=False,
           row={"prompt": "Sort xs.", "reference_code": "result = sorted(xs)", "metadata": {"problem_id": 1}, "code_context": CONTEXT}),
    Format(id="rstar-coder", seen=HUB + "microsoft/rStar-Coder", right=READS, wrong=READS_WRONG,
           row={"question": "Add.", "inputs": json.dumps(LISTS["inputs"]), "outputs": json.dumps(LISTS["outputs"])}),
    Format(id="studenteval", seen=HUB + "wellesley-easel/StudentEval", right=ADD, wrong=ADD_WRONG, options={"prompt": "prompt"},
           row={"problem": "add", "entrypoint": "add", "assertions": "assert add(1, 2) == 3\nassert add(2, 2) == 4", "prompt": "def add(a, b):\n    'Adds.'\n"}),
    Format(id="am-distilled", seen=HUB + "a-m-team/AM-DeepSeek-R1-0528-Distilled", right=READS, wrong=READS_WRONG,
           row={"question": "Add.", "info": {"source": "code", "ground_truth": "", "test_case": json.dumps(LISTS)}}),
    Format(id="am-rl", seen=HUB + "a-m-team/AM-Thinking-v1-RL-Dataset", right=READS, wrong=READS_WRONG, row={"question": "Add.", "test_case": json.dumps(LISTS)}),
    Format(id="prime-environments", seen="https://github.com/PrimeIntellect-ai/prime-environments", right=READS, wrong=READS_WRONG,
           row={"question": "Add.", "info": {"ground_truth": json.dumps([p | {"type": "stdin_stdout"} for p in PAIRS]), "fn_name": ""}}),
    Format(id="naturalcodebench", seen="https://github.com/THUDM/NaturalCodeBench", right=ADD, wrong=ADD_WRONG,
           row={"prompt": "Add.", "testcases": "import pytest\nclass TestAdd:\n    def test_a(self):\n        assert add(1, 2) == 3\n", "setup_code": ""}),
    Format(id="classeval", seen="https://github.com/FudanSELab/ClassEval", right="class Sum:\n    def add(self, a, b): return a + b", wrong="class Sum:\n    def add(self, a, b): return a", options={"prompt": "skeleton"},
           row={"skeleton": "class Sum: ...", "test": "import unittest\n\nclass SumTest(unittest.TestCase):\n    def test_1(self):\n        self.assertEqual(Sum().add(1, 2), 3)\n", "class_name": "Sum", "test_classes": ["SumTest"]}),
    Format(id="multipl-e", seen=HUB + "nuprl/MultiPL-E", right=ADD, wrong=ADD_WRONG,
           row={"name": "HumanEval_0_add", "language": "py", "prompt": "def add(a, b):\n", "tests": "def check(candidate):\n    assert candidate(1, 2) == 3\n\ndef test_check():\n    check(add)\n\ntest_check()\n", "stop_tokens": ["\ndef"]}),
    Format(id="odex", seen=HUB + "neulab/odex", right=ADD, wrong=ADD_WRONG,
           row={"prompt": "def add(a, b):\n    return ", "test_start": "\ndef check(candidate):", "test": ["\n    assert candidate(1, 2) == 3\n"], "entry_point": "add"}),
    Format(id="codeforces-submissions", seen=HUB + "MatrixStudio/Codeforces-Python-Submissions", right=READS, wrong=READS_WRONG, options={"prompt": "problem-description"},
           row={"problem-description": "Add.", "demo-input": ["1 2"], "demo-output": ["3"], "test_cases": PAIRS, "time-limit": "2 seconds"}),
    Format(id="acecode-verl", seen=HUB + "max-rl/acecode87k", right=ADD, wrong=ADD_WRONG,
           row={"prompt": "Add.", "reward_model": {"style": "rule", "ground_truth": json.dumps(["assert add(1, 2) == 3", "assert add(2, 2) == 4"])}}),
]  # fmt: skip
