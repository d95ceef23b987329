"""Data files as public data sets and their tools write them: the shape is theirs, the rows are ours."""

# ruff: noqa: E501 - rows as text
from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from verirs.errors import UserError
from verirs.parts import build

HF = "https://huggingface.co/datasets/"
SUM = "Ann has 3 pens and buys 4 more. How many has she?"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file (or several) as somebody outside writes it.

    Args:
        seen: where.
        files: by name; a row list becomes JSON lines or Parquet as the name says.
        options: of the source, beside ``path``.
        golds: what its author may expect: the problems' golds, in order.
        prompts: the beginning of each prompt's last message, where that is what the case is about.
        tests: the problems' tests.
        ids: the problems' ids.
        refused: it is refused, and the message has these in it.
    """

    id: str
    seen: str
    files: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    name: str = "file"
    golds: list[str | None] | None = None
    prompts: list[str] | None = None
    tests: list[Any] | None = None
    ids: list[str] | None = None
    refused: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        return f"refused: {', '.join(self.refused)}" if self.refused else "works"


def written(rows: Any, name: str) -> bytes:
    if isinstance(rows, bytes):
        return rows
    if isinstance(rows, str):
        return rows.encode()
    if name.endswith(".parquet"):
        out = io.BytesIO()
        pq.write_table(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows), out)
        return out.getvalue()
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def fault(case: Case, folder: Path) -> str:
    """What is not as expected, else an empty text."""
    for name, rows in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(rows, name))
    path = folder / (case.path or next(iter(case.files)))
    try:
        problems = list(build("source", case.name, {"path": str(path), **case.options}, "source").problems())
    except UserError as e:
        said = str(e)
        if missing := [word for word in case.refused if word.lower() not in said.lower()]:
            return f"the refusal does not say {missing}: {said[:400]}"
        return "" if case.refused else f"refused: {said[:400]}"
    except Exception as e:  # noqa: BLE001 - whatever comes raw is a fault
        return f"raw {type(e).__name__}: {e}"
    if case.refused:
        return f"not refused: {[p.answer for p in problems][:5]}"
    got = {
        "golds": [p.answer for p in problems],
        "prompts": [p.prompt[-1]["content"] for p in problems],
        "tests": [list(p.tests) if isinstance(p.tests, tuple) else p.tests for p in problems],
        "ids": [p.id for p in problems],
    }
    for what, wanted in (("golds", case.golds), ("tests", case.tests), ("ids", case.ids)):
        if wanted is not None and got[what] != wanted:
            return f"{what} are {got[what][:5]!r}, not {wanted!r}"
    if case.prompts is not None:
        if len(problems) != len(case.prompts):
            return f"{len(problems)} problems"
        for have, want in zip(got["prompts"], case.prompts, strict=True):
            if not have.startswith(want):
                return f"the prompt is {have[:80]!r}"
    try:
        json.dumps([dict(p.meta) for p in problems], allow_nan=False)
    except (TypeError, ValueError) as e:
        return f"meta is no JSON: {e}"
    return ""


def chat(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in turns]


def bad(case: str, seen: str, files: Any, *refused: str, **more: Any) -> Case:
    files = files if isinstance(files, dict) else {"rows.jsonl": files}
    return Case(id=case, seen=seen, files=files, refused=refused, **more)


def good(case: str, seen: str, files: Any, golds: list[str | None] | None = None, **more: Any) -> Case:
    files = files if isinstance(files, dict) else {"rows.jsonl": files}
    return Case(id=case, seen=seen, files=files, golds=golds, **more)


ROW = {"question": SUM, "answer": "7"}
OTHER = {"question": "What is 6 times 7?", "answer": "42"}
VERL = {
    "data_source": "math_dapo", "prompt": chat(("user", SUM)), "ability": "MATH",
    "reward_model": {"ground_truth": "7", "style": "rule-lighteval/MATH_v2"}, "extra_info": {"index": "0-a"},
    "__index_level_0__": 11,
}  # fmt: skip
OPENR1 = {
    "problem": SUM, "solution": "3 + 4 = 7", "answer": "7", "problem_type": "Algebra", "question_type": "math-word-problem",
    "source": "olympiads", "uuid": "586fd646-76d6", "is_reasoning_complete": [True, False], "generations": ["a", "b"],
    "correctness_llama": None, "messages": chat(("user", SUM), ("assistant", "7")),
}  # fmt: skip
APPS = {
    "problem_id": 0, "question": "Read a and b, print their sum.", "solutions": "[\"print(1)\"]", "difficulty": "introductory",
    "input_output": json.dumps({"inputs": ["1 2\n", "3 4\n"], "outputs": ["3\n", "7\n"]}), "starter_code": "",
}  # fmt: skip
PAIRS = [{"input": "1 2\n", "output": "3\n"}, {"input": "3 4\n", "output": "7\n"}]
HUMANEVAL = {
    "task_id": "HumanEval/900", "prompt": 'def twice(x):\n    """Twice x."""\n', "canonical_solution": "    return 2 * x\n",
    "test": "def check(candidate):\n    assert candidate(2) == 4\n", "entry_point": "twice",
}  # fmt: skip
MBPP = {
    "source_file": "b.ipynb", "task_id": 12, "prompt": "Write a function to add.", "code": "def add(a, b):\n    return a + b",
    "test_imports": [], "test_list": ["assert add(1, 2) == 3"],
}  # fmt: skip

MATH_SETS = [
    good("numinamath-cot", HF + "AI-MO/NuminaMath-CoT", {"t.parquet": [{"source": "synthetic_math", "problem": SUM, "solution": r"\boxed{7}", "messages": chat(("user", SUM), ("assistant", "7"))}]}, [None], prompts=["Ann has"]),
    bad("numinamath-messages-hold-the-solution", HF + "AI-MO/NuminaMath-CoT", [{"problem": SUM, "messages": chat(("user", SUM), ("assistant", r"\boxed{7}"))}], "ends with a message of the assistant", options={"prompt": "messages"}),
    good("openr1-math", HF + "open-r1/OpenR1-Math-220k", {"t.parquet": [OPENR1, {**OPENR1, "problem": "2 + 2?", "answer": "4"}]}, ["7", "4"]),
    good("openr1-answers-as-floats", HF + "Boxed-AIMO2/openr1_hard_no_urls", {"t.parquet": [{"problem": SUM, "answer": 7.0}, {"problem": "A half?", "answer": 0.5}, {"problem": "?", "answer": None}]}, ["7", "0.5", None]),
    good("deepscaler-json-array", HF + "agentica-org/DeepScaleR-Preview-Dataset", {"deepscaler.json": json.dumps([{"problem": SUM, "answer": "7", "solution": ""}, {"problem": "2 + 2?", "answer": "4", "solution": "s"}], indent=2)}, ["7", "4"]),
    good("deepscaler-rows-without-answer", HF + "agentica-org/DeepScaleR-Preview-Dataset/discussions", {"deepscaler.json": json.dumps([{"problem": SUM, "answer": "7"}, {"problem": "Prove it.", "answer": ""}])}, ["7", None]),
    bad("metamathqa-names-no-usual-column", HF + "meta-math/MetaMathQA", {"m.json": json.dumps([{"type": "GSM_Rephrased", "query": SUM, "original_question": SUM, "response": "The answer is: 7"}])}, "no prompt column", "type, query, original_question, response", "source.prompt=query"),
    good("metamathqa-columns-named", HF + "meta-math/MetaMathQA", {"m.json": json.dumps([{"type": "MATH", "query": SUM, "response": "The answer is: 7"}])}, ["The answer is: 7"], options={"prompt": "query", "answer": "response"}),
    good("math500-as-it-is", HF + "HuggingFaceH4/MATH-500", [{"problem": SUM, "solution": "s", "answer": "7", "subject": "Algebra", "level": 2, "unique_id": "test/algebra/1.json"}], ["7"], name="math500", ids=["test/algebra/1.json"]),
    good("math-one-file-a-problem", "https://github.com/hendrycks/math", {"MATH/train/algebra/1.json": json.dumps({"problem": SUM, "level": "Level 1", "type": "Algebra", "solution": r"\boxed{7}"}, indent=4), "MATH/train/geometry/2.json": json.dumps({"problem": "2 + 2?", "level": "Level 1", "type": "Geometry", "solution": r"\boxed{4}"}, indent=4)}, path="MATH/train/**/*.json", prompts=["Ann has", "2 + 2"]),
    good("aime-ids-are-numbers", HF + "HuggingFaceH4/aime_2024", {"t.parquet": [{"id": 60, "problem": SUM, "solution": "s", "answer": "007", "url": "u", "year": "2024"}]}, ["007"], ids=["60"]),
    good("aime-capital-columns", HF + "Maxwell-Jia/AIME_2024", [{"ID": "2024-II-4", "Problem": SUM, "Solution": "s", "Answer": 7}], ["7"], ids=["2024-II-4"]),
    good("olympiadbench-list-of-one", HF + "Hothan/OlympiadBench", {"t.parquet": [{"id": 1606, "question": SUM, "solution": ["s"], "final_answer": ["7"], "is_multiple_answer": False, "unit": None, "subfield": "Algebra"}]}, ["7"]),
    bad("olympiadbench-several-answers", HF + "Hothan/OlympiadBench", [{"id": 1, "question": SUM, "final_answer": ["7"]}, {"id": 2, "question": "x^2 = 4?", "final_answer": ["2", "-2"]}], "1 of 2 rows", "several gold answers", "'2', '-2'", ":2"),
    good("olympiadbench-several-left-out", HF + "Hothan/OlympiadBench", [{"id": 1, "question": SUM, "final_answer": ["7"]}, {"id": 2, "question": "x^2 = 4?", "final_answer": ["2", "-2"]}, {"id": 3, "question": "1 + 1?", "final_answer": ["2"]}], ["7", "2"], options={"on_error": "skip"}),
    good("olympiadbench-images", HF + "lmms-lab/OlympiadBench", {"t.parquet": [{"question": SUM, "final_answer": ["7"], "images": [{"bytes": b"\x89PNG", "path": None}]}]}, ["7"]),
    good("olympiadbench-csv", HF + "qq8933/OlympiadExtended", {"o.csv": f'id,question,final_answer,is_multiple_answer\n1606,"{SUM}",7,False\n'}, ["7"]),
    good("deepmath", HF + "zwhe99/DeepMath-103K", {"t.parquet": [{"question": SUM, "final_answer": "7", "difficulty": 5.0, "topic": "Algebra", "r1_solution_1": "s"}]}, ["7"]),
    good("bigmath", HF + "SynthLabsAI/Big-Math-RL-Verified", {"t.parquet": [{"problem": SUM, "answer": "7", "source": "orca_math", "domain": ["Mathematics -> Algebra"], "llama8b_solve_rate": float("nan")}]}, ["7"]),
    good("bigmath-answer-is-called-solution", HF + "open-r1/Big-Math-RL-Verified-Processed", {"t.parquet": [{"prompt": SUM, "solution": "7"}]}, ["7"], options={"answer": "solution"}),
    good("dapo-nested-gold", HF + "LuyiCui/DAPO-Math-17k", {"t.parquet": [VERL]}, ["7"], prompts=["Ann has"]),
    good("verl-gold-named-with-a-dot", "https://verl.readthedocs.io/en/latest/preparation/prepare_data.html", {"t.parquet": [VERL]}, ["7"], options={"answer": "reward_model.ground_truth", "id": "extra_info.index"}, ids=["0-a"]),
    good("dapo-rows-repeated", HF + "weijiezz/DAPO-Math-17k-split", {"t.parquet": [VERL] * 100 + [{**VERL, "prompt": chat(("user", "2 + 2?"))}]}, ["7", "7"]),
    good("skywork-gold-is-a-list-in-a-text", HF + "PrimeIntellect/Skywork-OR1-RL-Data", {"t.parquet": [{**VERL, "reward_model": {"ground_truth": '["7"]', "style": "rule"}}]}, ["7"]),
    bad("verl-gold-named-without-a-dot", HF + "koajoel/DAPO-Math-17k-dedup", [VERL], "the answer is a table with ground_truth, style", options={"answer": "reward_model"}),
    bad("countdown-gold-is-a-table", HF + "edinlp/Countdown", [{"messages": chat(("user", "Make 24.")), "answer": {"numbers": [4, 6], "target": 24}}], "the answer is a table", "numbers, target", options={"prompt": "messages"}),
    good("countdown-nested-number", HF + "JIAN-PENG/Countdown-Tasks", {"t.parquet": [{"prompt": chat(("user", "Make 24.")), "ground_truth": {"numbers": [4, 6], "target": 24}}]}, ["24"], options={"answer": "ground_truth.target"}),
    bad("orz-rows-are-lists", HF + "Tonic/OpenReasonerZero", {"o.json": json.dumps([[{"from": "human", "value": SUM}, {"from": "assistant", "ground_truth": {"value": "7"}}]])}, "not a JSON object but a list"),
    good("orz-nested-by-position", HF + "Tonic/OpenReasonerZero", [{"conversations": [{"from": "human", "value": SUM}, {"from": "assistant", "ground_truth": {"value": "7"}}]}], ["7"], options={"prompt": "conversations.0.value", "answer": "conversations.1.ground_truth.value"}),
    bad("sharegpt-turns", "https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md", [{"conversations": [{"from": "human", "value": SUM}, {"from": "gpt", "value": "7"}]}], "ends with a message of the assistant", "A prompt holds no solution", options={"prompt": "conversations"}),
    good("openmathreasoning", HF + "nvidia/OpenMathReasoning", {"t.parquet": [{"problem": SUM, "expected_answer": "7", "problem_type": "has_answer_extracted", "pass_rate_72b_tir": "n/a"}]}, ["7"]),
    good("limo", HF + "GAIR/LIMO", [{"question": SUM, "solution": "s", "answer": "7"}], ["7"]),
    good("mawps-32-bit-floats", HF + "zenless-lab/mawps", {"t.parquet": pa.table({"idx": [1, 2], "question": ["A tenth?", SUM], "answer": pa.array([0.1, 7], pa.float32()), "is_float": [True, False]})}, ["0.1", "7"]),
    good("svamp-question-in-two-columns", HF + "kinit/svamp", [{"ID": "chal-1", "Body": "Ann has 3.", "Question": SUM, "Equation": "( 3 + 4 )", "Answer": "7.0", "question_concat": SUM}], ["7.0"], ids=["chal-1"]),
    good("theoremqa-truth-values", HF + "TIGER-Lab/TheoremQA", [{"Question": "Is 2 prime?", "Answer": True, "Answer_type": "bool"}], ["True"]),
    good("theoremqa-list-of-numbers-in-a-text", HF + "TIGER-Lab/TheoremQA", [{"Question": "Eigenvalues?", "Answer": "[1, 2]", "Answer_type": "list of integer"}], ["[1, 2]"]),
    good("tal-scq-choices", HF + "math-eval/TAL-SCQ5K", [{"dataset_name": "prime_math_competition_en_single_choice_8K_dev", "qid": "244", "queId": "8afc802a8c304199b1040f11ffa2e92a", "problem": SUM, "answer_option_list": [[{"aoVal": "A", "content": "7 "}]], "answer_value": "A"}], ["A"], options={"answer": "answer_value", "id": "queId"}, ids=["8afc802a8c304199b1040f11ffa2e92a"]),
    bad("arc-answer-key-guessed", HF + "allenai/ai2_arc", [{"id": "q1", "question": SUM, "choices": {"text": ["7"], "label": ["A"]}, "answerKey": "A"}], "no answer column (key)", "answerKey", options={"answer": "key"}),
    good("math401-has-rows-twice", "https://github.com/GanjinZero/math401-llm/issues/4", [{"query": "3^3=", "response": "27"}, {"query": "4-1=", "response": "3"}, {"query": "3^3=", "response": "27"}], ["27", "3"], options={"prompt": "query", "answer": "response"}),
    good("precision-rl-each-question-eight-times", "https://github.com/sail-sg/Precision-RL/issues/8", {"t.parquet": [VERL] * 8}, ["7"]),
    good("same-question-two-answers", "https://github.com/NVIDIA-NeMo/Skills/issues/1092", [ROW, OTHER, {**ROW, "answer": "8"}], ["7", "42", "8"]),  # [duplicates] keeps neither, and shows both
    bad("image-prompts-share-an-id", "https://github.com/vl-rewardbench/VL_RewardBench/issues/7", [{"id": "mathverse_1063", **ROW}, {"id": "mathverse_1063", **OTHER}], "two rows of one id", "mathverse_1063", ":1", ":2"),
    good("gsm8k-as-it-is", HF + "openai/gsm8k", {"main/test-00000-of-00001.parquet": [{"question": SUM, "answer": "3 + 4 = <<3+4=7>>7\n#### 7"}]}, ["7"], name="gsm8k", path="main"),
    bad("gsm8k-with-other-rows", HF + "openai/gsm8k", [{"question": SUM, "answer": "#### 7"}, ROW, OTHER], "source gsm8k: 2 of 3 rows", "no '####' line", ":2", ":3", name="gsm8k"),
]  # fmt: skip

CODE_SETS = [
    good("apps-pairs-in-a-json-text", HF + "codeparrot/apps", [APPS], options={"tests": "input_output", "id": "problem_id"}, tests=[PAIRS], ids=["0"]),
    good("apps-called-by-name", HF + "codeparrot/apps", [{**APPS, "input_output": json.dumps({"fn_name": "maxScore", "inputs": [[[1, 2]]], "outputs": [12]})}], options={"tests": "input_output"}, tests=[[{"input": [[1, 2]], "output": 12}]]),
    good("apps-without-tests", "https://github.com/nicholaschenai/ai-for-code/blob/main/practical-details/APPS-practical.md", [APPS, {**APPS, "problem_id": 1, "question": "Print 1.", "input_output": ""}], options={"tests": "input_output", "id": "problem_id"}, tests=[PAIRS, None]),
    good("apps-input-as-lines", "https://github.com/nicholaschenai/ai-for-code/blob/main/practical-details/APPS-practical.md", [{**APPS, "input_output": json.dumps({"inputs": [["1 2", "3 4"]], "outputs": [["3", "7"]]})}], options={"tests": "input_output"}, tests=[[{"input": "1 2\n3 4", "output": "3\n7"}]]),
    bad("taco-inputs-and-outputs-differ", HF + "BAAI/TACO", [{**APPS, "input_output": json.dumps({"inputs": ["1 2"], "outputs": ["3", "4"]})}], "the tests have 1 inputs and 2 outputs", options={"tests": "input_output"}),
    good("livecodebench-public-tests", HF + "livecodebench/code_generation_lite", [{"question_content": "Print the sum.", "question_id": "1873_A", "public_test_cases": json.dumps([{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}])}], options={"prompt": "question_content", "tests": "public_test_cases", "id": "question_id"}, tests=[[{"input": "1 2\n", "output": "3\n"}]]),
    bad("livecodebench-functional", HF + "livecodebench/code_generation_lite", [{"question_content": "f?", "public_test_cases": json.dumps([{"input": "[1]\n2", "output": "3", "testtype": "functional"}])}], "calls a function and does not say which", options={"prompt": "question_content", "tests": "public_test_cases"}),
    good("tests-as-a-list-of-asserts", HF + "Kurt232/MBPP", {"t.parquet": [{"prompt": "Add.", "test": ["assert add(1, 2) == 3", "assert add(2, 2) == 4"], "task_id": 12}]}, options={"tests": "test"}, tests=["assert add(1, 2) == 3\nassert add(2, 2) == 4"]),
    good("humaneval-parquet", HF + "openai/openai_humaneval", {"t.parquet": [HUMANEVAL]}, name="humaneval", ids=["humaneval/900"]),
    good("mbpp-sanitized-json", HF + "code-rag-bench/mbpp", {"sanitized-mbpp.json": json.dumps([MBPP, {**MBPP, "task_id": 13}], indent=2)}, name="mbpp", ids=["mbpp/12", "mbpp/13"]),
    bad("humaneval-rows-changed", HF + "openai/openai_humaneval", [HUMANEVAL, {k: v for k, v in HUMANEVAL.items() if k != "test"}, {**HUMANEVAL, "prompt": None}], "source humaneval: 2 of 3 rows", "no tests column", "must be a text", name="humaneval"),
]  # fmt: skip

CSV = f'id,problem,answer\n229ee8,"{SUM}",7\n246d26,"What is 6 times 7?",42\n'
FORMATS = [
    good("aimo-csv", "https://ironbar.github.io/aimo/02_Data_Understanding", {"train.csv": CSV}, ["7", "42"], ids=["229ee8", "246d26"]),
    good("excel-csv-utf8-bom", "https://github.com/Safiullah-Rahu/CSV-AI/issues/8", {"t.csv": b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()}, ["7", "42"], ids=["229ee8", "246d26"]),
    good("excel-semicolons", "https://github.com/asafdav/ng-csv/issues/28", {"t.csv": "problem;answer\r\n2 + 2?;4\r\n"}, ["4"]),
    good("excel-sep-line", "https://github.com/asafdav/ng-csv/issues/28", {"t.csv": "sep=;\r\nproblem;answer\r\n2 + 2?;4\r\n"}, ["4"]),
    good("excel-utf16", "https://github.com/HKUDS/Vibe-Trading/pull/862", {"t.csv": "problem\tanswer\r\nDécide: 2 + 2?\t4\r\n".encode("utf-16")}, ["4"], prompts=["Décide"]),
    bad("excel-latin1", "https://github.com/Safiullah-Rahu/CSV-AI/issues/8", {"t.csv": "problem,answer\n2 + 2?,4\nWie groß?,3\n".encode("latin-1")}, "t.csv:3", "not UTF-8", "save the file as UTF-8"),
    bad("excel-sheet", "https://github.com/Safiullah-Rahu/CSV-AI/issues/8", {"t.xlsx": b"PK\x03\x04"}, "save the sheet as CSV"),
    good("tsv", "https://huggingface.co/docs/datasets/loading", {"t.tsv": 'problem\tanswer\n"a, b?"\t4\n'}, ["4"], prompts=["a, b?"]),
    good("pandas-csv-with-index", "https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html", {"t.csv": ",problem,answer\n0,2 + 2?,4.0\n1,Prove it.,\n"}, ["4.0", None]),
    good("pandas-csv-quoted-lines", "https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_csv.html", {"t.csv": 'problem,answer\n"First\nsecond ""x""?",4\n'}, ["4"], prompts=['First\nsecond "x"?']),
    good("pandas-csv-na-words", "https://github.com/pandas-dev/pandas/issues/59314", {"t.csv": "problem,answer\na?,nan\nb?,<NA>\nc?,None\nd?,5\n"}, [None, None, None, "5"]),
    good("pandas-jsonl-nan", "https://github.com/twosigma/beakerx/pull/871", '{"problem": "a?", "answer": NaN}\n{"problem": "b?", "answer": 4.0}\n', [None, "4"]),
    good("pandas-parquet-hole", "https://github.com/pandas-dev/pandas/issues/49623", {"t.parquet": [{"problem": "a?", "answer": float("nan")}, {"problem": "b?", "answer": 12.0}]}, [None, "12"]),
    bad("pandas-json-columns", "https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html", {"t.json": '{"problem":{"0":"a?","1":"b?"},"answer":{"0":"1","1":"2"}}'}, "columns (problem, answer), not rows", "orient='records'"),
    bad("csv-field-never-closed", "https://github.com/simonw/datasette-lite/issues/84", {"t.csv": 'problem,answer\n2 + 2?,4\n"open,5\n3 + 3?,6\n'}, "t.csv:3", "never closed"),
    good("csv-long-field", "https://github.com/TabViewer/tabview/issues/150", {"t.csv": f"problem,answer\n{'long ' * 40_000},4\n"}, ["4"]),
    bad("csv-comma-in-text", "https://github.com/JoshClose/CsvHelper/issues/1186", {"t.csv": "problem,answer\n2 + 2?,4\nWell, 3 + 3?,6\n"}, "1 of 2 rows", "t.csv:3", "not as many cells"),
    good("csv-messages-as-json", "https://github.com/oumi-ai/oumi/pull/2624", {"t.csv": 'prompt,answer\n"[{""role"": ""user"", ""content"": ""2 + 2?""}]",4\n'}, ["4"], prompts=["2 + 2?"]),
    bad("csv-messages-as-python", "https://github.com/pandas-dev/pandas/issues/49623", {"t.csv": "prompt,answer\n\"[{'role': 'user', 'content': '2 + 2?'}]\",4\n"}, "printed as text", "write it as JSON"),
    good("jsonl-with-bom", "https://github.com/huggingface/datasets/issues/8241", {"t.jsonl": b"\xef\xbb\xbf" + json.dumps(ROW).encode()}, ["7"]),
    good("jsonl-line-separators", "https://github.com/datalad/datalad/issues/3523", [{"problem": "a\u2028b\x85c?", "answer": "1"}], ["1"], prompts=["a\u2028b\x85c?"]),
    good("jsonl-called-json", "https://github.com/lil-lab/nlvr/issues/1", {"train.json": [ROW, OTHER]}, ["7", "42"]),
    good("json-objects-over-several-lines", "https://github.com/google-research-datasets/sentence-compression/issues/1", {"t.json": "\n\n".join(json.dumps(r, indent=1) for r in (ROW, OTHER))}, ["7", "42"]),
    good("json-under-data", "https://huggingface.co/docs/datasets/loading", {"t.json": json.dumps({"version": "0.1.0", "data": [ROW, OTHER]})}, ["7", "42"]),
    good("jsonl-in-zst", HF + "albertvillanova/datasets-tests-compression", {"t.jsonl.zst": pa.Codec("zstd").compress(written([ROW, OTHER], "x"), asbytes=True)}, ["7", "42"]),
    good("jsonl-in-xz", HF + "albertvillanova/datasets-tests-compression", {"t.jsonl.xz": lzma.compress(written([ROW], "x"))}, ["7"]),
    good("jsonl-in-bz2", HF + "albertvillanova/datasets-tests-compression", {"t.jsonl.bz2": bz2.compress(written([ROW], "x"))}, ["7"]),
    good("gzip-without-the-name", HF + "albertvillanova/datasets-tests-compression", {"t.jsonl": gzip.compress(written([ROW], "x"))}, ["7"]),
    good("parquet-shards-in-a-folder", HF + "zwhe99/DeepMath-103K", {"data/train-00000-of-00002.parquet": [ROW], "data/train-00001-of-00002.parquet": [OTHER], "data/.gitattributes": "x", "data/README.md": "x"}, ["7", "42"], path="data"),
    bad("parquet-shard-missing", HF + "sungyub/skywork-or1-code-verl", {"data/train-00000-of-00003.parquet": [ROW], "data/train-00002-of-00003.parquet": [OTHER]}, "2 of 3 shards", "00001", path="data"),
    bad("parquet-two-splits-in-a-folder", HF + "open-r1/OpenR1-Math-220k", {"data/train-00000-of-00001.parquet": [ROW], "data/test-00000-of-00001.parquet": [OTHER]}, "several splits", "test, train", path="data"),
    good("parquet-glob", HF + "open-r1/OpenR1-Math-220k", {"data/train-00000-of-00001.parquet": [ROW], "data/test-00000-of-00001.parquet": [OTHER]}, ["7"], path="data/train-*.parquet"),
    bad("hub-folder-from-above", HF + "AI-MO/aimo-validation-aime", {"aime/README.md": "x", "aime/data/train-00000-of-00001.parquet": [ROW]}, "folder", "aime/data", path="aime"),
    bad("save-to-disk-folder", "https://huggingface.co/docs/datasets/process", {"set/dataset_info.json": "{}", "set/state.json": "{}", "set/data-00000-of-00001.arrow": b"x"}, "to_parquet", path="set"),
    bad("lfs-pointer-parquet", "https://github.com/InertExpert2911/Mutual_Fund_Data/issues/1", {"t.parquet": "version https://git-lfs.github.com/spec/v1\noid sha256:66\nsize 1\n"}, "git lfs pull"),
    bad("lfs-pointer-csv", "https://github.com/benedekrozemberczki/datasets/issues/10", {"t.csv": "version https://git-lfs.github.com/spec/v1\noid sha256:66\nsize 1\n"}, "git lfs pull"),
    bad("web-page-for-data", "https://github.com/huggingface/datasets/issues", {"t.jsonl": "<!DOCTYPE html><html><body>404</body></html>"}, "web page"),
    bad("deep-json", "https://github.com/ijl/orjson/issues/458", '{"question": "a?", "answer": "1"}\n{"x": ' + "[" * 100_000 + "]" * 100_000 + "}\n", ":2", "nested too deep"),
    bad("deep-meta", "https://github.com/simplejson/simplejson/issues/28", '{"question": "a?", "answer": "1", "x": ' + "[" * 300 + "]" * 300 + "}\n", ":1", "nested"),
    bad("key-twice", "https://github.com/wbolster/jsonlines/issues/68", '{"question": "a?", "answer": "1", "answer": "2"}\n', ":1", "answer", "twice"),
    bad("content-in-parts", "https://github.com/mosaicml/llm-foundry/pull/1787", [{"prompt": [{"role": "user", "content": [{"type": "text", "text": SUM}]}], "answer": "7"}], "content comes in parts"),
    bad("tool-role", "https://github.com/oumi-ai/oumi/pull/2624", [{"prompt": [{"role": "tool", "content": "7"}], "answer": "7"}], "unknown role", "'tool'"),
    bad("lm-eval-samples", HF + "TAUR-dev/SIE_EVAL__LongMult2d_BoN_SFT__samples", [{"doc_id": 0, "doc": {"question": SUM, "answer": "#### 7"}, "target": "7", "arguments": {}, "resps": [["7"]]}], "no prompt column", "doc.question", "source.prompt=doc.question"),
    good("lm-eval-samples-named", HF + "TAUR-dev/SIE_EVAL__LongMult2d_BoN_SFT__samples", [{"doc_id": 0, "doc": {"question": SUM}, "target": "7"}], ["7"], options={"prompt": "doc.question", "answer": "target", "id": "doc_id"}, ids=["0"]),
    bad("alpaca", "https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md", {"a.json": json.dumps([{"instruction": SUM, "input": "", "output": "7"}])}, "no prompt column", "source.prompt=instruction"),
    good("places-that-count", "https://github.com/GanjinZero/math401-llm", '{"problem": "Round 0.104", "answer": 0.10}\n{"problem": "7?", "answer": 7.0}\n', ["0.10", "7"]),
]  # fmt: skip


@pytest.mark.parametrize("case", [*MATH_SETS, *CODE_SETS, *FORMATS], ids=lambda case: str(case.id))
def test_a_file_from_outside(case: Case, tmp_path: Path) -> None:
    assert fault(case, tmp_path) == ""
