"""Frameworks that cannot be installed here call our hooks from their own source files.

``VERIRS_SOURCES`` is a folder with a git clone of each: ``owner+name``, or ``owner+name/repo``. The files
around the call are taken from its HEAD, else from its released wheel, which ``scripts/contracts.sh`` unpacks
(``VERIRS_WHEELS``); what they import beside and is not installed is a stub that does nothing. So the call is
theirs, and what is far from it is not run.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from tests.hooks.table import CASES
from verirs.hooks import shared

TEXTS = [c for c in CASES if isinstance(c.completion, str) and set(c.columns) == {"answer"}]
"""Rows that every framework can hold."""
NUMBERS = [c.reward or 0.0 for c in TEXTS]


class _Stub(types.ModuleType):
    __path__: list[str] = []  # noqa: RUF012 - a package's own attribute

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = MagicMock(name=f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a stub for what nobody else finds."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in _OURS | _FAR:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run."""


@pytest.fixture(autouse=True)
def grader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = tmp_path / "hook.toml"
    path.write_text("[scorer.math]\n[hook]\nbreaker = 1.0\n")
    monkeypatch.setenv("VERIRS_HOOK", str(path))
    shared.cache_clear()
    before = set(sys.modules)
    yield
    shared().close()
    shared.cache_clear()
    for name in set(sys.modules) - before:
        if isinstance(sys.modules[name], _Stub) or name.split(".")[0] in _OURS or name.startswith("verirs."):
            del sys.modules[name]


_FAR = set(
    [
        "ray",
        "sglang",
        "megatron",
        "litellm",
        "langdetect",
        "immutabledict",
        "colorlog",
        "omegaconf",
        "hydra",
        "aiohttp",
        "weave",
        "emoji",
        "syllapy",
        "nltk",
        "latex2sympy2_extended",
        "aenum",
        "json_repair",
        "vllm",
        "wandb",
        "requests",
        "swanlab",
        "inspect_ai",
        "beaker",
        "torchdata",
        "tensordict",
        "modelscope",
        "pylatexenc",
        "pytablewriter",
    ]
)
"""Packages that those files import and the call does not need; one that is installed is taken."""
_OURS = {"slime", "skyrl_gym", "areal", "swift", "open_instruct", "lighteval"} | {
    *("axolotl", "rllm", "evalscope", "nemo_rl", "nemo_gym", "prime_rl"),
}


def _clone(repo: str) -> Path | None:
    sources = os.environ.get("VERIRS_SOURCES")
    places = [Path(sources or "") / repo.replace("/", "+") / end for end in ("repo", "")]
    found = next((p for p in places if (p / "HEAD").exists() or (p / ".git").exists()), None)
    return found if sources else None


def taken(
    repo: str, files: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str = ""
) -> None:
    """The framework's files are importable, and all else is a stub.

    Args:
        root: the folder of the repository from which its modules are imported.
    """
    folder = tmp_path / "theirs"
    folder.mkdir()
    clone, wheels = _clone(repo), Path(os.environ.get("VERIRS_WHEELS", "-"))
    if clone is not None:
        packed = subprocess.run(
            ["git", "-C", str(clone), "archive", "HEAD", *files], check=True, capture_output=True, timeout=120
        )
        subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True, timeout=120)
    elif (inner := [file.removeprefix(f"{root}/") for file in files]) and (wheels / inner[0]).exists():
        for name in inner:
            into = folder / root / name
            into.parent.mkdir(parents=True, exist_ok=True)
            if (wheels / name).is_dir():
                shutil.copytree(wheels / name, into, dirs_exist_ok=True)
            else:
                shutil.copy(wheels / name, into)
    else:
        pytest.skip(f"no clone of {repo} in VERIRS_SOURCES, and it is not in VERIRS_WHEELS")
    monkeypatch.syspath_prepend(str(folder / root))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, _Stubs()])


def test_slimes_hub_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["slime/__init__.py", "slime/rollout/rm_hub", "slime/utils/misc.py", "slime/utils/types.py"]
    taken("THUDM/slime", files, tmp_path, monkeypatch)
    hub = importlib.import_module("slime.rollout.rm_hub")
    sample = importlib.import_module("slime.utils.types").Sample
    args = types.SimpleNamespace(custom_rm_path="verirs.hooks.slime.reward", rm_type=None)
    samples = [sample(prompt="?", response=c.completion, label=c.columns["answer"]) for c in TEXTS]
    assert asyncio.run(hub.batched_async_rm(args, samples)) == NUMBERS
    assert [s.remove_sample for s in samples] == [c.reward is None for c in TEXTS]
    assert asyncio.run(hub.async_rm(args, samples[0])) == NUMBERS[0]


def test_skyrls_gym_makes_and_steps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken("NovaSky-AI/SkyRL", ["skyrl-gym/skyrl_gym"], tmp_path, monkeypatch, "skyrl-gym")
    gym = importlib.import_module("skyrl_gym")
    importlib.import_module("verirs.hooks.skyrl").register()
    for case, number in zip(TEXTS, NUMBERS, strict=True):
        extras = {"reward_spec": {"method": "rule", "ground_truth": case.columns["answer"]}}
        env = gym.make("verirs", env_config={}, extras=extras)
        env.init([{"role": "user", "content": "?"}])
        done = env.step(case.completion)
        assert (done["reward"], done["done"]) == (number, True)


def test_areals_wrapper_calls_it_in_its_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken("inclusionAI/AReaL", ["areal/api/reward_api.py"], tmp_path, monkeypatch)
    api = importlib.import_module("areal.api.reward_api")
    hook = importlib.import_module("verirs.hooks.areal")
    wrapper = api.AsyncRewardWrapper(hook.reward_fn, max_workers=1, timeout_seconds=200)

    async def go() -> list[float]:
        few = TEXTS[:6]
        return [await wrapper("?", c.completion, [1], [2], **c.columns) for c in few]

    assert asyncio.run(go()) == NUMBERS[:6]


def test_ms_swift_finds_it_among_its_rewards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken("modelscope/ms-swift", ["swift/rewards/orm.py"], tmp_path, monkeypatch)
    rewards = types.ModuleType("swift.rewards")
    rewards.__path__ = [str(tmp_path / "theirs" / "swift" / "rewards")]
    monkeypatch.setitem(sys.modules, "swift", _Stub("swift"))
    monkeypatch.setitem(sys.modules, "swift.rewards", rewards)
    orm = importlib.import_module("swift.rewards.orm")
    rewards.orms = orm.orms  # type: ignore[attr-defined]  # as its __init__ does
    sys.modules.pop("verirs.hooks.swift", None)
    importlib.import_module("verirs.hooks.swift")
    made = orm.orms["verirs"](args=None)
    found = made([c.completion for c in TEXTS], answer=[c.columns["answer"] for c in TEXTS])
    assert found == NUMBERS


def test_open_instruct_builds_and_awaits_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["open_instruct/__init__.py", "open_instruct/ground_truth_utils.py"]
    taken("allenai/open-instruct", files, tmp_path, monkeypatch)
    utils = importlib.import_module("open_instruct.ground_truth_utils")
    sys.modules.pop("verirs.hooks.openinstruct", None)
    made = importlib.import_module("verirs.hooks.openinstruct")
    assert made.VerirsVerifier in utils.VerifierFunction.__subclasses__()
    verifier = made.VerirsVerifier(verifier_config=None)
    for case, number in zip(TEXTS, NUMBERS, strict=True):
        found = asyncio.run(verifier.async_call([1], case.completion, case.columns["answer"], "?"))
        assert found.score == number


def test_lighteval_computes_and_means_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("metrics/utils/metric_utils.py", "tasks/requests.py", "utils/utils.py")
    files = [f"src/lighteval/{name}" for name in names]
    taken("huggingface/lighteval", files, tmp_path, monkeypatch, "src")
    sample = types.ModuleType("lighteval.metrics.metrics_sample")
    sample.SampleLevelComputation = type("SampleLevelComputation", (), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lighteval.metrics.metrics_sample", sample)
    requests = importlib.import_module("lighteval.tasks.requests")
    metric = importlib.import_module("verirs.hooks.lighteval").metric()
    values = []
    one_gold = [c for c in TEXTS if isinstance(c.columns["answer"], str)]
    for case in one_gold:
        doc = requests.Doc(query="?", choices=[case.columns["answer"]], gold_index=0)
        reply = types.SimpleNamespace(final_text=[case.completion])
        values.append(metric.compute_sample(doc=doc, model_response=reply)["verirs"])
    judged = [c.reward for c in one_gold if c.reward is not None]
    assert [v for v in values if v == v] == judged
    assert metric.corpus_level_fn(values) == pytest.approx(sum(judged) / len(judged))


def test_axolotl_finds_it_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trl.trainer.grpo_trainer")  # before a stub of vLLM stands where it looks for one
    taken(
        "axolotl-ai-cloud/axolotl",
        ["src/axolotl/core/trainers/grpo/__init__.py"],
        tmp_path,
        monkeypatch,
        "src",
    )
    strategy = importlib.import_module("axolotl.core.trainers.grpo").GRPOStrategy
    config = types.SimpleNamespace(trl=types.SimpleNamespace(reward_funcs=["verirs.hooks.trl.reward"]))
    ((function,),) = strategy.set_trainer_args(config)
    found = function(
        prompts=["?"] * len(TEXTS),
        completions=[c.completion for c in TEXTS],
        answer=[c.columns["answer"] for c in TEXTS],
    )
    assert found == [c.reward for c in TEXTS]


def test_rllm_loads_and_coerces_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["rllm/types.py", "rllm/paths.py", "rllm/eval", "rllm/rewards/__init__.py"]
    taken("rllm-org/rllm", files, tmp_path, monkeypatch)
    ours = importlib.import_module("rllm.types")
    loaded = importlib.import_module("rllm.eval.evaluator_loader").load_evaluator(
        "verirs.hooks.rllm:evaluate"
    )
    for case, number in zip(TEXTS, NUMBERS, strict=True):
        gold = {"ground_truth": case.columns["answer"]}
        task = ours.Task(id="1", instruction="?", metadata=gold, dataset_dir=tmp_path)
        episode = ours.Episode(artifacts={"answer": case.completion})
        found = loaded.evaluate(task, episode)
        assert (found.reward, found.is_correct) == (number, case.reward == 1.0)
        signals = {signal.name: signal.value for signal in found.signals}
        assert signals["verirs_error"] == (case.reward is None)


def test_evalscope_scores_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        "evalscope/constants.py",
        "evalscope/api/registry.py",
        "evalscope/api/metric",
        "evalscope/api/benchmark/adapters/default_data_adapter.py",
    ]
    taken("modelscope/evalscope", files, tmp_path, monkeypatch)
    stub = types.ModuleType("evalscope.utils.function_utils")
    stub.thread_safe = lambda function: function  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "evalscope.utils.function_utils", stub)
    sys.modules.pop("verirs.hooks.evalscope", None)
    importlib.import_module("verirs.hooks.evalscope")
    registry = importlib.import_module("evalscope.api.registry")
    metric = registry.get_metric("verirs")()
    for case in TEXTS:
        gold = case.columns["answer"]
        if case.reward is None:
            with pytest.raises(RuntimeError, match="not judged"):
                metric(prediction=case.completion, reference=gold)
        else:
            assert metric(prediction=case.completion, reference=gold) == case.reward


class _Actor:
    """An actor in this process: its calls are done at once."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def options(self, **_: Any) -> _Actor:
        return self

    def remote(self, *args: Any) -> Any:
        made = self.kind(*args)
        step = types.SimpleNamespace(remote=lambda *given: _Done(made.step(*given)))
        return types.SimpleNamespace(step=step, made=made)


class _Done:
    def __init__(self, value: Any) -> None:
        self.value = value


def test_nemo_rl_makes_it_and_takes_its_rewards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    ray = pytest.importorskip("ray")
    files = [
        "nemo_rl/environments/interfaces.py",
        "nemo_rl/environments/utils.py",
        "nemo_rl/distributed/ray_actor_environment_registry.py",
        "nemo_rl/experience/rollouts.py",
    ]
    taken("NVIDIA-NeMo/RL", files, tmp_path, monkeypatch)
    monkeypatch.setattr(ray, "remote", lambda *given, **_: given[0] if given else _Actor)
    monkeypatch.setattr(ray, "get", lambda futures: [f.value for f in futures])
    sys.modules.pop("verirs.hooks.nemorl", None)
    hook = importlib.import_module("verirs.hooks.nemorl")
    hook.register()
    utils = importlib.import_module("nemo_rl.environments.utils")
    monkeypatch.setattr(utils, "get_object", lambda name: getattr(hook, name.rpartition(".")[2]))
    monkeypatch.setitem(
        utils.get_actor_python_env.__globals__["ACTOR_ENVIRONMENT_REGISTRY"], hook.NAME, "python"
    )
    env = utils.create_env("verirs", {})
    rollouts = importlib.import_module("nemo_rl.experience.rollouts")
    monkeypatch.setattr(rollouts, "get_keys_from_message_log", lambda log, keys: log)
    batch = {
        "message_log": [
            [{"role": "user", "content": "?"}, {"role": "assistant", "content": c.completion}] for c in TEXTS
        ],
        "task_name": ["math"] * len(TEXTS),
        "extra_env_info": [{"ground_truth": c.columns["answer"]} for c in TEXTS],
    }
    found = rollouts.calculate_rewards(batch, {"math": env})
    assert found.rewards.tolist() == NUMBERS
    _, metrics = env.made.global_post_process_and_metrics({"rewards": torch.tensor(NUMBERS)})
    assert (
        metrics["accuracy"] == pytest.approx(sum(NUMBERS) / len(NUMBERS)) and "verirs/error_rate" in metrics
    )


def test_nemo_gym_reads_what_the_server_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own models of a verify request and reply, around our path."""
    pytest.importorskip("openai")
    pytest.importorskip("fastapi")
    pydantic = pytest.importorskip("pydantic")
    from starlette.testclient import TestClient

    from verirs.serve.app import Server

    taken(
        "NVIDIA-NeMo/Gym",
        ["nemo_gym/base_resources_server.py", "nemo_gym/openai_utils.py"],
        tmp_path,
        monkeypatch,
    )
    bases = {
        "nemo_gym.server_utils": {
            "BaseRunServerInstanceConfig": pydantic.BaseModel,
            "BaseServer": pydantic.BaseModel,
        },
        "nemo_gym.reward_profile": {"AggregateMetricsMixin": object},
    }
    for name, classes in bases.items():  # what its classes derive from must be classes
        stub = _Stub(name)
        for key, kind in {**classes, "SimpleServer": type("SimpleServer", (pydantic.BaseModel,), {})}.items():
            setattr(stub, key, type(key, (kind,), {}))
        monkeypatch.setitem(sys.modules, name, stub)
    theirs = importlib.import_module("nemo_gym.base_resources_server")
    with TestClient(Server(shared()).app()) as client:
        for case, number in zip(TEXTS, NUMBERS, strict=True):
            said = {"type": "output_text", "text": case.completion, "annotations": []}
            message = {
                "id": "m",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [said],
            }
            response = {
                **{
                    "id": "r",
                    "object": "response",
                    "created_at": 0.0,
                    "model": "policy",
                    "output": [message],
                },
                **{"parallel_tool_calls": False, "tool_choice": "auto", "tools": []},
            }
            asked = theirs.BaseVerifyRequest.model_validate(
                {"responses_create_params": {"input": "?"}, "response": response}
            )
            body = {**asked.model_dump(mode="json"), "answer": case.columns["answer"]}
            answered = client.post("/verify", content=json.dumps(body).encode()).json()
            reply = theirs.BaseMultiRewardVerifyResponse.model_validate(answered)
            assert (case.id, reply.reward) == (case.id, number), answered
            assert reply.response == asked.response
            assert ("_ng_failure_class" in answered) == (case.reward is None)
