# ruff: noqa: E501
"""Completions as people outside report them, in our words: (id, where it is seen, kind, completion).

``OP`` in a completion stands for the operator: ``+`` makes it right, ``-`` wrong. Kind ``f``: a function
``add(a, b)``; ``io``: a program that reads two numbers and prints their sum; ``m``: a method ``add`` of
``class Solution``; ``c``: the completion of :data:`PROMPT`.
"""

from __future__ import annotations

PROMPT = 'from typing import List\n\n\ndef add(a: int, b: int) -> int:\n    """The sum.\n    >>> add(1, 2)\n    3\n    """\n'
FUNCTION = "def add(a, b):\n    return a OP b"
PROGRAM = "a, b = map(int, input().split())\nprint(a OP b)"
METHOD = "class Solution:\n    def add(self, a, b):\n        return a OP b"
GH = "https://github.com/"
Row = tuple[str, str, str, str]

TABLE: list[Row] = [
    # ---- tokens that end a turn
    ("im-end", GH + "OpenRLHF/OpenRLHF", "f", f"```python\n{FUNCTION}\n```<|im_end|>"),
    ("im-end-bare", GH + "alibaba/ROLL", "f", f"{FUNCTION}\n<|im_end|>\n<|endoftext|>"),
    ("eot-body", GH + "bigcode-project/bigcode-evaluation-harness/issues/311", "c", "    return a OP b<|endoftext|>"),
    ("turn-end", GH + "google-deepmind/gemma", "f", f"Sure.\n\n```python\n{FUNCTION}\n```\n<end_of_turn>"),
    ("s-end", GH + "mistralai/mistral-common", "io", f"```python\n{PROGRAM}\n```</s>"),
    # ---- reasoning and channels
    ("harmony", "https://cookbook.openai.com/articles/openai-harmony", "f",
     "<|channel|>analysis<|message|>Maybe:\n```python\ndef add(a, b):\n    return 0\n```<|end|><|start|>assistant"
     f"<|channel|>final<|message|>```python\n{FUNCTION}\n```<|return|>"),
    ("harmony-stripped", GH + "mlcommons/inference/pull/2395", "f",
     f"analysisWe need to add.assistantfinal```python\n{FUNCTION}\n```"),
    ("sky-t1", GH + "NovaSky-AI/SkyThought", "f",
     "<|begin_of_thought|>\n```python\ndef add(a, b):\n    return None\n```\n<|end_of_thought|>\n\n"
     f"<|begin_of_solution|>\n{FUNCTION}\n<|end_of_solution|>"),
    ("magistral", "https://huggingface.co/mistralai/Magistral-Small-2506", "f",
     f"[THINK]a plus b?\n```python\nadd = None\n```[/THINK]\n```python\n{FUNCTION}\n```"),
    ("thinking-tag", GH + "NousResearch/Open-Reasoning-Tasks", "io",
     f"<thinking>\nprint(1)\n</thinking>\n{PROGRAM}"),
    ("says-think", GH + "huggingface/open-r1", "f",
     f'<think>hm</think>\n```python\nEND = "</think>"\n\n\n{FUNCTION}\n```'),
    # ---- tags
    ("answer-bare", GH + "huggingface/open-r1/issues/420", "f", f"<think>\nEasy.\n</think>\n<answer>\n{FUNCTION}\n</answer>"),
    ("answer-one-line", GH + "huggingface/trl", "f", "<answer>def add(a, b): return a OP b</answer>"),
    ("answer-fence", GH + "volcengine/verl", "io", f"<answer>\n```python\n{PROGRAM}\n```\n</answer>"),
    ("answer-prose", GH + "huggingface/trl", "f", f"```python\n{FUNCTION}\n```\n<answer>The function above.</answer>"),
    ("code-tag", GH + "HKUNLP/DS-1000", "f", f"BEGIN SOLUTION\n<code>\n{FUNCTION}\n</code>\nEND SOLUTION"),
    ("code-inline", GH + "HKUNLP/DS-1000", "f", f"The <code>add</code> function:\n```python\n{FUNCTION}\n```\nUses <code>a</code>."),
    ("python-tag", GH + "haesleinhuepf/human-eval-bia/issues/76", "f",
     f"[PYTHON]\n{FUNCTION}\n[/PYTHON]\n[TESTS]\nassert add(1, 2) == 30\n[/TESTS]"),
    ("python-tag-fence", GH + "meta-llama/codellama", "f", f"[PYTHON]\n```python\n{FUNCTION}\n```\n[/PYTHON]"),
    ("writes-tags", GH + "huggingface/open-r1", "f",
     f'```python\ndef wrap(x):\n    return f"""\n<answer>\n{{x}}\n</answer>\n"""\n\n\n{FUNCTION}\n```'),
    # ---- fences
    ("tilde", GH + "Python-Markdown/markdown/pull/67", "f", f"~~~python\n{FUNCTION}\n~~~"),
    ("pandoc", "https://pandoc.org/MANUAL.html", "f", f"``` {{.python .numberLines}}\n{FUNCTION}\n```"),
    ("file-name", GH + "Aider-AI/aider/pull/4416", "f", f"```python:src/solution.py\n{FUNCTION}\n```"),
    ("file-only", GH + "Aider-AI/aider", "f", f"```solution.py\n{FUNCTION}\n```"),
    ("language-class", GH + "commonmark/commonmark-spec", "io", f"```language-python\n{PROGRAM}\n```"),
    ("on-the-line", GH + "simonw/llm/issues/1200", "f", f"Sure! Here's your output: ```python\n{FUNCTION}\n```"),
    ("closes-late", GH + "simonw/llm/issues/681", "f", f"```python\n{FUNCTION}```\nDone."),
    ("one-line", GH + "simonw/llm/issues/681", "f", "Use ```add = lambda a, b: a OP b```."),
    ("first-line", GH + "EleutherAI/lm-evaluation-harness/pull/3710", "f", f"```{FUNCTION}\n```"),
    ("first-line-tag", GH + "EleutherAI/lm-evaluation-harness/pull/3710", "f", f"```python {FUNCTION}\n```"),
    ("prompt-opened", GH + "EleutherAI/lm-evaluation-harness/pull/3710", "f", f"{FUNCTION}\n```\nThat is it."),
    ("quoted", GH + "commonmark/commonmark-spec", "f",
     "> Here:\n> ```python\n" + "\n".join("> " + line for line in FUNCTION.split("\n")) + "\n> ```"),
    ("in-a-list", GH + "UKGovernmentBEIS/inspect_ai/pull/581", "io",
     "- Read and print:\n  ```python\n" + "\n".join("  " + line for line in PROGRAM.split("\n")) + "\n  ```\n- Done."),
    ("in-markdown", GH + "lepture/mistune/issues/186", "f",
     f"```markdown\n# Answer\n```python\n{FUNCTION}\n```\nIt adds.\n```"),
    ("in-docstring", GH + "lepture/mistune/pull/187", "f",
     '```python\ndef add(a, b):\n    """Sum.\n\n    ```python\n    add(1, 2)\n    ```\n    """\n    return a OP b\n```'),
    ("in-docstring-bare", GH + "lepture/mistune/pull/187", "f",
     'def add(a, b):\n    """Sum.\n\n    ```\n    add(1, 2)\n    ```\n    """\n    return a OP b\n'),
    ("backticks-in-string", GH + "juspay/svelte-ui-components/pull/611", "f",
     f"```python\nFENCE = '```'\n\n\n{FUNCTION}\n```"),
    ("unclosed-then-next", GH + "haesleinhuepf/human-eval-bia/issues/76", "f",
     f"```python\n# Step 1: plan\n\nNow the code:\n\n````python\n{FUNCTION}\n````"),
    ("untagged", GH + "UKGovernmentBEIS/inspect_ai/pull/581", "f", f"```\n{FUNCTION}\n```"),
    ("indented-all", GH + "open-compass/opencompass", "f",
     "```python\n" + "\n".join("    " + line for line in FUNCTION.split("\n")) + "\n```"),
    ("bom", GH + "evalplus/evalplus", "f", f"```python\n\ufeff{FUNCTION}\n```"),
    # ---- several blocks
    ("summary-last", GH + "LiveCodeBench/LiveCodeBench/issues/118", "f", f"```python\n{FUNCTION}\n```\n```markdown\nSummary\n```"),
    ("draft-first", GH + "modelscope/evalscope/pull/1170", "io",
     f"```python\nprint(input())\n```\nNo, the sum:\n```python\n{PROGRAM}\n```"),
    ("helper-later", GH + "evalplus/evalplus/issues/188", "f",
     "```python\ndef add(a, b):\n    return total(a, b)\n```\nwith\n```python\ndef total(a, b):\n    return a OP b\n```"),
    ("signature-last", GH + "QwenLM/Qwen2.5-Coder", "f", f"```python\n{FUNCTION}\n```\nSignature:\n```python\ndef add(a, b): ...\n```"),
    ("stub-last", GH + "QwenLM/Qwen2.5-Coder", "f",
     f'```python\n{FUNCTION}\n```\nSo:\n```python\ndef add(a, b):\n    """As above."""\n    # see above\n    pass\n```'),
    ("run-later", GH + "LiveCodeBench/LiveCodeBench", "io",
     "```python\ndef solve():\n    a, b = map(int, input().split())\n    print(a OP b)\n```\nRun it:\n```python\nsolve()\n```"),
    ("wrong-use-last", GH + "NVIDIA-NeMo/Gym/issues/820", "f", f"```python\n{FUNCTION}\n```\n```python\nassert add(1, 2) == 4\n```"),
    ("own-stdin-last", GH + "LiveCodeBench/LiveCodeBench", "io",
     f"```python\n{PROGRAM}\n```\nTry:\n```python\nimport io, sys\nsys.stdin = io.StringIO('1 1')\n```"),
    ("example-fenced", GH + "evalplus/evalplus/issues/188", "f", f"{FUNCTION}\n\nExample:\n```python\nprint(add(1, 2))\n```"),
    ("session-after", GH + "bigcode-project/bigcodebench", "f", f"```python\n{FUNCTION}\n```\n```pycon\n>>> add(1, 2)\n3\n```"),
    # ---- no fence at all
    ("plain", GH + "haesleinhuepf/human-eval-bia/issues/76", "f",
     f"It's a simple function, so there is no need for comments. The code is as follows:\n\n{FUNCTION}\n\nIt just returns the sum."),
    ("sure", GH + "the-crypt-keeper/can-ai-code/issues/5", "f", f"Sure! Here is the function:\n\n{FUNCTION}\n\nLet me know if it helps!"),
    ("lower-case", GH + "the-crypt-keeper/can-ai-code", "f", f"here you go, a function that adds:\n\n{FUNCTION}\n\nhope this helps"),
    ("german", GH + "LAION-AI/Open-Assistant", "f", f"Gerne! Hier ist die Funktion:\n\n{FUNCTION}\n\nSie addiert zwei Zahlen."),
    ("chinese", GH + "open-compass/opencompass/issues/1930", "io", f"下面是代码：\n\n{PROGRAM}\n\n希望对你有帮助。"),
    ("russian", GH + "IlyaGusev/rulm", "f", f"Вот решение:\n{FUNCTION}\n\nГотово!"),
    ("explanation", GH + "evalplus/evalplus/issues/92", "f", f"{FUNCTION}\n\nExplanation:\n- adds `a`\n- and `b`"),
    ("done", GH + "evalplus/evalplus", "io", f"The program:\n\n{PROGRAM}\n\nDone!"),
    ("four-spaces", GH + "commonmark/commonmark-spec", "f",
     "Use this:\n\n" + "\n".join("    " + line for line in FUNCTION.split("\n")) + "\n\nThat is all."),
    ("heading", GH + "THUDM/CodeGeeX", "f", f"### Solution\n\n{FUNCTION}\n\n### Explanation\n\nThe sum of both."),
    ("two-parts", GH + "deepseek-ai/DeepSeek-Coder", "f",
     "First a helper:\n\ndef total(a, b):\n    return a OP b\n\nThen the function:\n\ndef add(a, b):\n    return total(a, b)\n\nDone."),
    # ---- how a function or a program may look
    ("typed-lambda", GH + "evalplus/evalplus", "f",
     "```python\nfrom typing import Callable\nadd: Callable[[int, int], int] = lambda a, b: a OP b\n```\nUse:\n```python\nprint(add(1, 2))\n```"),
    ("under-if", GH + "evalplus/evalplus", "f",
     "```python\nimport sys\nif sys.version_info > (3, 0):\n    def add(a, b):\n        return a OP b\n```\n```python\nprint(3)\n```"),
    ("fileinput", GH + "LiveCodeBench/LiveCodeBench/issues/129", "io",
     "```python\nimport fileinput\nfor line in fileinput.input():\n    a, b = map(int, line.split())\n    print(a OP b)\n```\n```python\nprint('3')\n```"),
    ("os-read", GH + "cheran-senthil/PyRival", "io",
     "```python\nimport os\na, b = map(int, os.read(0, 99).split())\nprint(a OP b)\n```\nSample:\n```python\nprint(3)\n```"),
    ("method", GH + "LiveCodeBench/LiveCodeBench/issues/133", "m", f"```python\n{METHOD}\n```\nTest:\n```python\nprint(Solution().add(1, 2))\n```"),
    ("method-unfenced", GH + "newfacade/LeetCodeDataset", "m", f"Here is the class:\n\n{METHOD}\n\nTime: O(1)."),
    ("chat-rewrite", GH + "openai/human-eval/issues/67", "c", f"Certainly!\n```python\n{FUNCTION}\n```\nIt adds."),
    ("chat-body", GH + "openai/human-eval", "c", "```python\n    return a OP b\n```"),
]  # fmt: skip
