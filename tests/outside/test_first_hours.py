"""What new users of other tools stumbled over in their first hour, tried with our command line.

Each case is of a kind that somebody reported, in our own words and values: a file, a command, and what has to come of
it: it works, or the message says what is wrong and what to type. The tools: distilabel, promptfoo, inspect, lm-eval,
TRL, verl, axolotl, LLaMA-Factory, unsloth, rLLM, OpenAI's fine-tuning, and the formats that they read.
"""

# ruff: noqa: E501 - files as text
from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.outside.place import Place

GH = "https://github.com/"
RUN = ("run", "--engine", "fake", "-n", "2", "--source")
CONFIG = 'n = 2\n[source]\nname = "file"\npath = "rows.jsonl"\n[engine]\nname = "fake"\n'
SUM = {"question": "2 + 2?", "answer": "4"}


def lines(*rows: Mapping[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    Args:
        id: of the case.
        seen: where it was reported.
        files: by name, what they hold.
        command: ``verirs`` follows.
        says: words of the message; none: it works.
        code: the exit code of a refusal.
        environment: variables that are set.
    """

    id: str
    seen: str
    command: tuple[str, ...]
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    code: int = 2
    environment: Mapping[str, str] = field(default_factory=dict)


def rows(
    id: str, seen: str, text: str | bytes, *says: str, name: str = "a.jsonl", more: tuple[str, ...] = ()
) -> Case:
    """A run of a file."""
    return Case(id=id, seen=seen, command=(*RUN, name, *more), files={name: text}, says=says)


def config(id: str, seen: str, text: str | bytes, *says: str, name: str = "c.toml") -> Case:
    """A run of a config."""
    return Case(id=id, seen=seen, command=("run", name), files={name: text}, says=says)


ALPACA = lines({"instruction": "2 + 2?", "input": "", "output": "4"})
VERL = lines(
    {"data_source": "openai/gsm8k", "prompt": [{"role": "user", "content": "2 + 2?"}],
     "reward_model": {"style": "rule", "ground_truth": "4"}, "extra_info": {"index": 0}},
)  # fmt: skip
TALK = {
    "conversations": [{"from": "system", "value": "Be short."}, {"from": "human", "value": "2 + 2?"}],
    "answer": "4",
}
TAUGHT = {"conversations": [*TALK["conversations"], {"from": "gpt", "value": "4"}], "answer": "4"}
CASES = [
    # ---- columns
    rows("alpaca", "axolotl-ai-cloud/axolotl/issues/1028", ALPACA, "The row has instruction, input, output", "source.prompt=instruction"),
    Case(id="alpaca-init", seen="axolotl-ai-cloud/axolotl/issues/879", command=("init", "m.toml", "--source", "a.jsonl", "--engine", "fake"), files={"a.jsonl": ALPACA}),
    rows("upper-case", "axolotl-ai-cloud/axolotl/issues/618", lines({"QUESTION": "2 + 2?", "ANSWER": "4"})),
    rows("chinese", "hiyouga/LlamaFactory/issues/3247", lines({"指令": "2 + 2?", "输出": "4"}), "The row has 指令, 输出", "source.prompt=COLUMN"),
    rows("chinese-mapped", "hiyouga/LlamaFactory/issues/3247", lines({"指令": "2 + 2?", "输出": "4"}), more=("--set", "source.prompt=指令", "--set", "source.answer=输出")),
    rows("text-and-meta", "hiyouga/LlamaFactory/issues/1312", lines({"text": "2 + 2?", "meta": {}}), "The row has text, meta", "source.prompt=text"),
    rows("capital-column", "argilla-io/distilabel/issues/616", lines({"Question": "2 + 2?", "Answer": "4"})),
    rows("extra-columns", "argilla-io/distilabel/issues/98", lines({**SUM, "generation_model": "m", "tokens": [1, 2]})),
    rows("problem-statement", "agentica-project/rllm/issues/2", lines({"repo_name": "r", "problem_statement": "2 + 2?"}), "problem_statement", "source.prompt=problem_statement"),
    rows("columns-missing-in-some-rows", "huggingface/datasets/issues/7169", lines({**SUM, "age": 1}, {"question": "3 + 3?", "answer": "6"})),
    rows("verl", "verl-project/verl/issues/758", VERL, more=("--set", "source.answer=reward_model.ground_truth")),
    Case(id="verl-init", seen="verl-project/verl/issues/758", command=("init", "m.toml", "--source", "a.jsonl", "--engine", "fake"), files={"a.jsonl": VERL}),
    rows("null-prompts", "NVlabs/Tool-N1/issues/3", lines({"prompt": None, "answer": "4"}, SUM), "a.jsonl:1: the prompt is empty", "on_error=skip"),
    rows("sharegpt", "huggingface/trl/issues/2083", lines(TALK), more=("--set", "source.prompt=conversations")),
    rows("sharegpt-with-the-solution", "huggingface/trl/issues/2083", lines(TAUGHT), "ends with a message of the assistant", "A prompt holds no solution", more=("--set", "source.prompt=conversations")),
    rows("several-turns", "huggingface/trl/issues/1285", lines({"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "2?"}, {"role": "assistant", "content": "2"}, {"role": "user", "content": "2 + 2?"}], "answer": "4"})),
    # ---- kinds of files
    rows("csv-with-bom", "promptfoo/promptfoo/pull/2230", "\ufeffquestion,answer\n2 + 2?,4\n", name="a.csv"),
    rows("csv-bom-and-quotes", "Clever/csvlint/issues/37", '\ufeff"question","answer"\r\n"2 + 2, ""really""?","4"\r\n', name="a.csv"),
    rows("csv-bom-and-crlf", "adaltas/node-csv-parse/issues/284", "\ufeffquestion,answer\r\n2 + 2?,4\r\n", name="a.csv"),
    rows("csv-semicolons", "refuel-ai/autolabel/issues/56", "question;answer\n2 + 2?;4\n", name="a.csv"),
    rows("json-array", "EleutherAI/lm-evaluation-harness/issues/2996", json.dumps([SUM]), name="a.json"),
    rows("json-array-called-jsonl", "longzw1997/Open-GroundingDino/issues/96", json.dumps([SUM], indent=1)),
    rows("json-lines-called-json", "lil-lab/nlvr/issues/1", lines(SUM, {"question": "3?", "answer": "3"}), name="a.json"),
    rows("pretty-printed", "EleutherAI/gpt-neox/issues/626", json.dumps(SUM, indent=2) + "\n" + json.dumps({**SUM, "question": "4?"}, indent=2)),
    rows("trailing-commas", "GradienceTeam/Community/pull/3", lines(SUM).replace("}\n", "},\n"), "a.jsonl:1: not JSON (extra data"),
    rows("python-dicts", "EleutherAI/gpt-neox/issues/626", "{'question': '2 + 2?', 'answer': '4'}\n", "not JSON", "double quotes"),
    rows("bom-in-jsonl", "openai/openai-python/issues/426", "\ufeff" + lines(SUM)),
    rows("crlf", "zai-org/GLM-4/issues/591", lines(SUM).replace("\n", "\r\n")),
    rows("utf-16", "openai/openai-python/issues/426", lines(SUM).encode("utf-16")),
    rows("gzip-without-its-name", "facebookresearch/lingua/issues/42", gzip.compress(lines(SUM).encode())),
    rows("a-text-file", "google-research-datasets/sentence-compression/issues/1", "What is 2 + 2?\n", "a.txt: unknown kind of file; give .jsonl", name="a.txt"),
    # ---- places
    Case(id="a-folder", seen="EleutherAI/lm-evaluation-harness/issues/1666", command=(*RUN, "mine"), files={"mine/train-00000-of-00001.jsonl": lines(SUM)}),
    Case(id="spaces", seen="huggingface/datasets/issues/5571", command=(*RUN, "my data/the rows.jsonl", "--name", "my run"), files={"my data/the rows.jsonl": lines(SUM)}),
    Case(id="windows-path", seen="huggingface/datasets/issues/5571", command=(*RUN, "C:\\Users\\me\\a.jsonl"), says=("a.jsonl does not exist (looked in",)),
    Case(id="hub-name", seen="EleutherAI/lm-evaluation-harness/issues/1224", command=(*RUN, "openai/gsm8k"), says=("--source hub --set source.dataset=openai/gsm8k",)),
    Case(id="hub-address", seen="EleutherAI/lm-evaluation-harness/issues/1659", command=(*RUN, "https://huggingface.co/datasets/openai/gsm8k/viewer/main"), says=("--source hub --set source.dataset=openai/gsm8k",)),
    Case(id="offline", seen="EleutherAI/lm-evaluation-harness/issues/1877", command=(*RUN, "gsm8k"), says=("cannot load openai/gsm8k", "source.path=FILE"), environment={"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}),
    # ---- engines
    Case(id="ollama", seen="UKGovernmentBEIS/inspect_ai/issues/13", command=("run", "--source", "rows.jsonl", "--engine", "ollama"), says=("engine.name = 'openai' and engine.base_url",)),
    Case(id="litellm", seen="argilla-io/distilabel/issues/245", command=("run", "--source", "rows.jsonl", "--engine", "litellm"), says=("engine.base_url",)),
    Case(id="hf", seen="EleutherAI/lm-evaluation-harness/issues/1224", command=("run", "--source", "rows.jsonl", "--engine", "hf"), says=("did you mean transformers?",)),
    Case(id="no-server", seen="EleutherAI/lm-evaluation-harness/pull/1174", command=("run", "--source", "rows.jsonl", "--engine", "openai", "--model", "m", "--set", "engine.base_url=http://127.0.0.1:9/v1"), says=("no server at http://127.0.0.1:9/v1", "Start it, or correct base_url"), code=4),
    Case(id="a-model-that-is-not-there", seen="EleutherAI/lm-evaluation-harness/issues/1224", command=("run", "--source", "rows.jsonl", "--engine", "transformers", "--model", "./modell"), says=("this directory has no directory 'modell'",)),
    # ---- configs
    config("yaml", "EleutherAI/lm-evaluation-harness/issues/2290", "source:\n  name: file\nn: 2\n", "It looks like YAML", "verirs init", name="c.yaml"),
    config("yaml-called-toml", "axolotl-ai-cloud/axolotl/pull/1840", "# mine\nbase_model: m\ndatasets:\n  - path: a\n", "It looks like YAML", "verirs init"),
    config("json", "EleutherAI/lm-evaluation-harness/issues/2290", '{"n": 2}', "A config is TOML", name="c.json"),
    config("problems-for-a-config", "EleutherAI/lm-evaluation-harness/issues/2120", lines(SUM), "verirs run --source p.jsonl", name="p.jsonl"),
    config("windows-path-in-toml", "VladimirMarkelov/ttdl/issues/45", CONFIG.replace('"rows.jsonl"', '"C:\\Users\\a.jsonl"'), "line 4", "a backslash begins an escape", "or in '...'"),
    config("python-true", "OpenHands/OpenHands/issues/364", CONFIG + "[select]\nunverified = True\n", "line 8", "unverified = True", "small letters"),
    config("no-quotes", "OpenHands/OpenHands/issues/364", CONFIG.replace('"fake"', "fake"), "line 6", "a text stands in quotes"),
    config("typographic-quotes", "OpenHands/OpenHands/issues/364", CONFIG.replace('"fake"', "“fake”"), "line 6", "typographic"),
    config("null", "OpenHands/OpenHands/issues/364", CONFIG + "model = null\n", "line 7", "leave the key out"),
    config("colon", "OpenHands/OpenHands/issues/364", CONFIG + "model: m\n", "line 7", "joined by ="),
    config("a-secret-is-not-shown", "OpenHands/OpenHands/issues/364", CONFIG + "api_key = sk-abcdef\n", "line 7", "a text stands in quotes"),
    config("crlf-and-bom", "promptfoo/promptfoo/pull/2230", "\ufeff" + CONFIG.replace("\n", "\r\n")),
    config("a-number-in-quotes", "axolotl-ai-cloud/axolotl/pull/1840", CONFIG.replace("n = 2", 'n = "2"', 1), "leave out the quotes"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_first_hour(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path)
    for name, text in case.files.items():
        place.write(name, text)
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    said = place.verirs(*case.command)
    fault = said.fault(case.code if case.says else 0, *case.says)
    assert not fault, f"{GH}{case.seen}: {fault}"
    assert "sk-abcdef" not in said.all


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """promptfoo/promptfoo/issues/488, modelcontextprotocol/inspector/issues/214."""
    place = Place(tmp_path)
    place.a_run()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in (("view", "runs/r", "--port", port), ("serve", "--port", port)):
            fault = place.verirs(*command).fault((2, 4), port, "--port")
            assert not fault, (command, fault)
