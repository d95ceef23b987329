"""`verirs init --source FILE` on files as public data sets have them; rows are ours, the columns theirs.

After the cards of the data sets of the same names on huggingface.co/datasets (openai/gsm8k,
HuggingFaceH4/MATH-500, AI-MO/NuminaMath-CoT, open-r1/OpenR1-Math-220k, BytedTsinghua-SIA/DAPO-Math-17k,
meta-math/MetaMathQA ...).
"""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from verirs.cli import main

TESTS = "tests"
"""In place of an answer's column: the row has tests, and is judged by them."""
SHAPES: list[tuple[str, list[dict[str, Any]], str, str]] = [
    ("gsm8k", [{"question": "1+1?", "answer": "One and one.\n#### 2"}], "question", "answer"),
    (
        "math500",
        [
            {
                "problem": "p",
                "solution": "so \\boxed{2}",
                "answer": "2",
                "subject": "Algebra",
                "level": 2,
                "unique_id": "t/1",
            }
        ],
        "problem",
        "answer",
    ),
    (
        "hendrycks",
        [{"problem": "p", "level": "Level 5", "type": "Algebra", "solution": "so \\boxed{2}"}],
        "problem",
        "solution",
    ),
    (
        "numinamath",
        [
            {
                "source": "olympiads",
                "problem": "p",
                "solution": "so \\boxed{2}",
                "messages": [
                    {"role": "user", "content": "p"},
                    {"role": "assistant", "content": "so \\boxed{2}"},
                ],
            }
        ],
        "problem",
        "solution",
    ),
    (
        "openr1",
        [
            {
                "problem": "p",
                "solution": "s",
                "answer": "2",
                "problem_type": "Algebra",
                "question_type": "MCQ",
                "uuid": "u",
                "is_reasoning_complete": [True],
                "generations": ["g"],
                "correctness_count": 1,
                "messages": [{"role": "user", "content": "p"}],
            }
        ],
        "problem",
        "answer",
    ),
    (
        "dapo",
        [
            {
                "data_source": "math_dapo",
                "prompt": [{"role": "user", "content": "p"}],
                "ability": "MATH",
                "reward_model": {"ground_truth": "34", "style": "rule"},
                "extra_info": {"index": "9a"},
            }
        ],
        "prompt",
        "reward_model.ground_truth",
    ),
    ("orz", [{"question": "p", "answer": "2", "gt": "2"}], "question", "answer"),
    ("deepscaler", [{"problem": "p", "answer": "2", "solution": "s"}], "problem", "answer"),
    (
        "big-math",
        [{"problem": "p", "answer": "2", "source": "x", "domain": ["Algebra"], "llama8b_solve_rate": 0.2}],
        "problem",
        "answer",
    ),
    (
        "metamath",
        [{"type": "GSM_Rephrased", "query": "q", "original_question": "o", "response": "r The answer is: 2"}],
        "query",
        "response",
    ),
    ("alpaca", [{"instruction": "i", "input": "", "output": "o"}], "instruction", "output"),
    ("alpaca-in", [{"instruction": "Add.", "input": "1 and 1", "output": "2"}], "instruction", "output"),
    (
        "dolly",
        [{"instruction": "i", "context": "c", "response": "r", "category": "open_qa"}],
        "instruction",
        "response",
    ),
    (
        "sharegpt",
        [{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}],
        "conversations",
        "",
    ),
    (
        "aqua",
        [{"question": "q", "options": ["A)1", "B)2"], "rationale": "r", "correct": "B"}],
        "question",
        "correct",
    ),
    (
        "svamp",
        [
            {
                "ID": "c-1",
                "Body": "b",
                "Question": "q",
                "Equation": "(1+1)",
                "Answer": "2.0",
                "Type": "Add",
                "question_concat": "b q",
            }
        ],
        "Question",
        "Answer",
    ),
    ("aime24", [{"ID": "2024-I-1", "Problem": "p", "Solution": "s", "Answer": 204}], "Problem", "Answer"),
    ("aime25", [{"problem": "p", "answer": "70", "id": "0"}], "problem", "answer"),
    ("amc23", [{"id": 0, "question": "q", "answer": 27.0, "url": "http://x"}], "question", "answer"),
    ("minerva", [{"question": "q", "solution": "s", "answer": "2"}], "question", "answer"),
    (
        "olympiad",
        [
            {
                "id": 1,
                "question": "q",
                "solution": ["s"],
                "final_answer": ["2"],
                "unit": None,
                "answer_type": "Numerical",
            }
        ],
        "question",
        "final_answer",
    ),
    ("mmlu", [{"question": "q", "subject": "s", "choices": ["a", "b"], "answer": 1}], "question", "answer"),
    (
        "gpqa",
        [{"Question": "q", "Correct Answer": "a", "Incorrect Answer 1": "b", "Explanation": "e"}],
        "Question",
        "Correct Answer",
    ),
    ("prompt-gt", [{"prompt": "q", "ground_truth": "2"}], "prompt", "ground_truth"),
    ("prompt-target", [{"prompt": "q", "target": "2", "level": 1}], "prompt", "target"),
    (
        "messages-answer",
        [{"messages": [{"role": "user", "content": "q"}], "answer": "2"}],
        "messages",
        "answer",
    ),
    ("input-label", [{"input": "q", "label": "2"}], "input", "label"),
    (
        "text-expected",
        [{"id": 3, "question_text": "q", "expected_answer": "2"}],
        "question_text",
        "expected_answer",
    ),
    (
        "oss-reason",
        [
            {
                "expected_answer": "2",
                "problem_type": "has",
                "problem_source": "aops",
                "generation_model": "m",
                "pass_rate_72b_tir": "0.9",
                "problem": "p",
                "generated_solution": "s",
                "inference_mode": "cot",
            }
        ],
        "problem",
        "expected_answer",
    ),
    (
        "skywork",
        [
            {
                "data_source": "x",
                "prompt": [{"role": "user", "content": "q"}],
                "ability": "math",
                "reward_model": {"ground_truth": '["2"]'},
                "extra_info": {},
            }
        ],
        "prompt",
        "reward_model.ground_truth",
    ),
    (
        "mbpp",
        [
            {
                "task_id": 1,
                "text": "Write f",
                "code": "def f(): pass",
                "test_list": ["assert f() is None"],
                "test_setup_code": "",
            }
        ],
        "text",
        TESTS,
    ),
    (
        "humaneval",
        [
            {
                "task_id": "HE/0",
                "prompt": "def f():\n",
                "canonical_solution": " pass",
                "test": "def check(c):\n    assert c() is None",
                "entry_point": "f",
            }
        ],
        "prompt",
        TESTS,
    ),
    (
        "taco",
        [
            {
                "question": "q",
                "solutions": "[]",
                "starter_code": "",
                "input_output": '{"inputs":["1"],"outputs":["2"]}',
                "difficulty": "EASY",
            }
        ],
        "question",
        TESTS,
    ),
    (
        "problem-answer-null",
        [{"problem": "p", "answer": None}, {"problem": "q", "answer": "2"}],
        "problem",
        "answer",
    ),
    (
        "first-empty-input",
        [
            {"instruction": "i", "input": "x", "answer": "2"},
            {"instruction": "i2", "input": "", "answer": "3"},
        ],
        "instruction",
        "answer",
    ),
    (
        "answer-idx",
        [{"answer_idx": "B", "question": "q", "options": {"A": "1", "B": "2"}, "answer": "2"}],
        "question",
        "answer",
    ),
    (
        "solution-prompt",
        [{"prompt_id": "abc", "prompt": "q", "solution": "\\boxed{2}", "source": "s"}],
        "prompt",
        "solution",
    ),
    (
        "problem-id-first",
        [{"problem_id": "p1", "problem_text": "q", "gold_answer": "2"}],
        "problem_text",
        "gold_answer",
    ),
    ("num-answers", [{"question": "q", "num_answers": 4, "answer": "2"}], "question", "answer"),
]


@pytest.mark.parametrize("packed", ["jsonl", "jsonl.gz", "bom"])
def test_the_columns_of_public_data_sets_are_found(
    packed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = []
    chosen = SHAPES[["jsonl", "jsonl.gz", "bom"].index(packed) :: 3]
    for name, rows, prompt, answer in chosen:
        text = ("\ufeff" if packed == "bom" else "") + "".join(json.dumps(row) + "\n" for row in rows)
        file = Path(f"{name}.jsonl" + (".gz" if packed == "jsonl.gz" else ""))
        file.write_bytes(gzip.compress(text.encode()) if packed == "jsonl.gz" else text.encode())
        main(["init", f"{name}.toml", "--source", str(file), "--engine", "fake"])
        made = tomllib.loads(Path(f"{name}.toml").read_text())
        found = TESTS if "code" in made["scorer"] else made["source"].get("answer", "")
        if (made["source"]["prompt"], found) != (prompt, answer):
            wrong.append((name, made["source"], found))
    assert not wrong


def test_what_the_model_is_not_shown_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows of an instruction with its input in another column."""
    monkeypatch.chdir(tmp_path)
    row = {"instruction": "Add the numbers.", "input": "1 and 1", "output": "2"}
    Path("a.jsonl").write_text(json.dumps(row) + "\n")
    main(["init", "a.toml", "--source", "a.jsonl", "--engine", "fake"])
    assert "the model is not shown input" in capsys.readouterr().out


def test_columns_that_are_named_are_told_and_a_gold_that_is_not_found_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text(json.dumps({"question": "What is 1 + 1?", "final": "2"}) + "\n")
    main(["init", "a.toml", "--source", "a.jsonl", "--engine", "fake", "--set", "source.answer=final"])
    told = capsys.readouterr().out
    assert "a.jsonl: prompt = 'question', answer = 'final'\n" in told and "no column" not in told
    main(["init", "b.toml", "--source", "a.jsonl", "--engine", "fake"])
    told = capsys.readouterr().out
    assert "the model is not shown final\n" in told and "write source.answer in b.toml" in told


def test_no_column_is_guessed_from_words_of_another_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text(json.dumps({"aufgabe": "q", "antwort": "2"}) + "\n")
    with pytest.raises(SystemExit):
        main(["init", "a.toml", "--source", "a.jsonl", "--engine", "fake"])
    assert "no column looks like a prompt (the row has: aufgabe, antwort)" in capsys.readouterr().err
