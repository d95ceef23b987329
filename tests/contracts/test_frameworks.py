"""The frameworks' own code calls our hooks: their loaders, clients, managers and scorers, at the versions of
``scripts/contracts.sh`` (``make contracts``). Each test skips where its framework is not installed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hooks.table import CASES, Case
from tests.hooks.test_serve import free_port
from verirs.hooks import openrlhf as openrlhf_hook
from verirs.hooks import shared

TEXTS = [c for c in CASES if isinstance(c.completion, str)]
ANSWERS = [c for c in TEXTS if set(c.columns) <= {"answer"}]


@pytest.fixture(scope="module", autouse=True)
def grader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("hook") / "hook.toml"
    path.write_text("[scorer.math]\n[scorer.code]\n[hook]\nbreaker = 1.0\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERIRS_HOOK", str(path))
        shared.cache_clear()
        yield
        shared().close()
        shared.cache_clear()


def number(case: Case) -> float:
    return case.reward or 0.0


# ---- verl -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["compute_score", "compute_score_async"])
def test_verl_loads_it_and_its_managers_take_what_it_gives(name: str) -> None:
    pytest.importorskip("verl.trainer.ppo.reward")
    import numpy as np
    import torch
    from omegaconf import OmegaConf
    from verl import DataProto
    from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager
    from verl.trainer.ppo.reward import get_custom_reward_fn

    function = {"path": "pkg://verirs.hooks.verl", "name": name, "reward_kwargs": {}}
    config = OmegaConf.create({"reward": {"custom_reward_function": function, "reward_manager": {}}})
    score = get_custom_reward_fn(config)
    cases = [ANSWERS[i % len(ANSWERS)] for i in range(512)]
    texts = {i: c.completion for i, c in enumerate(cases)}

    class Tokenizer:
        def decode(self, ids: Any, skip_special_tokens: bool = True) -> str:
            return str(texts[int(ids[0])])

    async def judged() -> list[dict[str, Any]]:
        manager = NaiveRewardManager(config, Tokenizer(), score)
        samples = []
        for i, case in enumerate(cases):
            data = DataProto.from_dict(
                tensors={"responses": torch.tensor([[i]]), "attention_mask": torch.tensor([[1]])},
                non_tensors={
                    "data_source": np.array(["openai/gsm8k"], dtype=object),
                    "reward_model": np.array([{"ground_truth": case.columns.get("answer")}], dtype=object),
                    "extra_info": np.array([{"split": "train"}], dtype=object),
                },
            )
            samples.append(data)
        out: list[dict[str, Any]] = await asyncio.gather(*map(manager.run_single, samples))
        return out

    found = asyncio.run(judged())
    assert [f["reward_score"] for f in found] == [number(c) for c in cases]
    keys = {tuple(f["reward_extra_info"]) for f in found}
    assert len(keys) == 1  # verl takes the names from the first sample and asks every other for them
    assert [f["reward_extra_info"]["verirs_error"] for f in found] == [float(c.reward is None) for c in cases]


# ---- OpenRLHF ---------------------------------------------------------------------------------------


def executor(where: str) -> Any:
    """OpenRLHF's own; its package wants a GPU, the file alone does not."""
    found = importlib.util.find_spec("openrlhf")
    if found is None or found.origin is None:
        pytest.skip("openrlhf is not installed: make contracts")
    pytest.importorskip("aiohttp")
    path = Path(found.origin).parent / "utils" / "agent.py"
    spec = importlib.util.spec_from_file_location("openrlhf_agent", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SingleTurnAgentExecutor(where)


def sent(case: Case) -> tuple[list[str], list[str], list[Any]]:
    return [f"<s>Q: what?\n{case.completion}"], ["Q: what?\n"], [case.columns.get("answer")]


def test_openrlhf_loads_the_file_and_reads_its_numbers() -> None:
    own = executor(openrlhf_hook.__file__)
    for case in ANSWERS:
        (found,) = asyncio.run(own._fetch_rewards_via_func(*sent(case)))
        assert found["rewards"] == number(case) and isinstance(found["scores"], float), case.id


def test_openrlhfs_client_asks_the_server() -> None:
    port = free_port()
    code = "from verirs.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        for _ in range(1200):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                import time

                time.sleep(0.1)
        own = executor(f"http://127.0.0.1:{port}/get_reward")
        cases = [c for c in ANSWERS if c.id != "surrogate"]  # the client cannot send one

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*(own._fetch_rewards_via_http(*sent(c)) for c in cases))

        found = [f for (f,) in asyncio.run(all_of_them())]
        assert [f["rewards"] for f in found] == [number(c) for c in cases]
    finally:
        process.kill()
        process.communicate()


# ---- verifiers --------------------------------------------------------------------------------------


def test_verifiers_plugs_it_in_and_an_error_marks_the_trace() -> None:
    loaders = pytest.importorskip("verifiers.v1.utils.loaders")
    from types import SimpleNamespace

    score = loaders.plugged_fn("verirs.hooks.verifiers:reward")
    for case in ANSWERS:
        trace = SimpleNamespace(last_reply=case.completion)
        call = score(task=SimpleNamespace(answer=case.columns.get("answer")), trace=trace)
        if case.reward is None:
            with pytest.raises(Exception, match="no reward"):
                asyncio.run(call)
        else:
            assert asyncio.run(call) == case.reward, case.id


# ---- inspect ----------------------------------------------------------------------------------------


def test_inspect_scores_a_log_and_leaves_out_what_could_not_be_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("inspect_ai")
    import tiktoken

    class Words:  # its own would be downloaded
        def encode(self, text: str, **_: Any) -> list[str]:
            return text.split()

    for name in ("get_encoding", "encoding_for_model"):
        monkeypatch.setattr(tiktoken, name, lambda *_: Words())
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput, get_model

    from verirs.hooks.inspect import verirs

    golds = ["4", "4", "4", ""]
    texts = [r"\boxed{4}", r"\boxed{5}", "#### 4", r"\boxed{4}"]
    outputs = [ModelOutput.from_content("mockllm/model", text) for text in texts]
    (log,) = eval(
        Task(dataset=[Sample(input="2+2?", target=g) for g in golds], scorer=verirs()),
        model=get_model("mockllm/model", custom_outputs=outputs),
        log_dir=str(tmp_path),
        display="none",
        max_samples=1,
        max_connections=1,
    )
    assert log.status == "success", log.error
    assert log.results is not None
    (score,) = log.results.scores
    assert score.metrics["accuracy"].value == pytest.approx(2 / 3)


# ---- lm-evaluation-harness --------------------------------------------------------------------------


def test_lm_eval_takes_its_results() -> None:
    pytest.importorskip("lm_eval")
    from lm_eval.api.metrics import mean

    from verirs.hooks.lmeval import nanmean, process_results

    rows = [process_results({"answer": "4"}, [t]) for t in (r"\boxed{4}", r"\boxed{5}")]
    rows.append(process_results({}, [r"\boxed{4}"]))
    assert nanmean([r["verirs"] for r in rows]) == 0.5
    assert mean([r["verirs_error"] for r in rows]) == pytest.approx(1 / 3)
    assert math.isnan(mean([r["verirs"] for r in rows]))  # which is why nanmean is there
