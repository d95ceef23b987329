"""The table through the hooks whose frameworks are not in the test environment, at the call that each makes.

What a framework hands over and takes back is written down here as its own code does it (``make contracts``
runs that code where it can be installed): its classes are plain ones of the same fields.
"""

from __future__ import annotations

import asyncio
import importlib
import math
import sys
import types
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.hooks.table import CASES, Case
from tests.hooks.test_hooks import grader, wanted
from verirs.hooks import verifiers

__all__ = ["grader"]
"""The fixture, by which the hooks here are graded too."""


def modules(monkeypatch: pytest.MonkeyPatch, **named: dict[str, Any]) -> None:
    """Modules by their names (``__`` for a dot) with these attributes; their parents are empty."""
    for name, attributes in named.items():
        parts = name.replace("__", ".").split(".")
        for end in range(1, len(parts) + 1):
            path = ".".join(parts[:end])
            if path not in sys.modules or end == len(parts):
                monkeypatch.setitem(sys.modules, path, types.ModuleType(path))
        for key, value in attributes.items():
            setattr(sys.modules[".".join(parts)], key, value)


def fresh(monkeypatch: pytest.MonkeyPatch, name: str) -> Any:
    """A hook's module, imported anew."""
    monkeypatch.delitem(sys.modules, f"verirs.hooks.{name}", raising=False)
    module = importlib.import_module(f"verirs.hooks.{name}")
    monkeypatch.delitem(sys.modules, f"verirs.hooks.{name}")
    return module


Judge = Callable[[Case], float | None]


def inspect_ai(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """``Score.unscored`` is in no metric."""

    class Score(SimpleNamespace):
        @classmethod
        def unscored(cls, **about: Any) -> Any:
            return cls(value=math.nan, **about)

    def scorer(**_: Any) -> Any:
        return lambda made: made

    names = {"Score": Score, "CORRECT": "C", "INCORRECT": "I", "accuracy": list, "stderr": list}
    modules(monkeypatch, inspect_ai__scorer={**names, "scorer": scorer})
    score = fresh(monkeypatch, "inspect").verirs()

    class Target(list[str]):
        text = property("".join)

    def judge(case: Case) -> float | None:
        state = SimpleNamespace(output=SimpleNamespace(completion=case.completion), metadata=case.columns)
        value = asyncio.run(score(state, Target())).value
        return {"C": 1.0, "I": 0.0}[value] if isinstance(value, str) else None

    return judge


def lighteval(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """A NaN is left out of the mean."""
    modules(
        monkeypatch,
        lighteval__metrics__metrics_sample={"SampleLevelComputation": object},
        lighteval__metrics__utils__metric_utils={"SampleLevelMetric": SimpleNamespace},
        lighteval__tasks__requests={"SamplingMethod": SimpleNamespace(GENERATIVE=1)},
    )
    metric = fresh(monkeypatch, "lighteval").metric()

    def judge(case: Case) -> float | None:
        own = {k: v for k, v in case.columns.items() if k != "answer"}
        gold = case.columns.get("answer")
        golds = gold if isinstance(gold, list) else [gold]
        doc = SimpleNamespace(get_golds=lambda: golds, specific=own)
        value = metric.sample_level_fn.compute(doc, SimpleNamespace(final_text=[case.completion]))
        return None if math.isnan(value) else float(value)

    return judge


def evalscope(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """What raises is 0, with the reason beside it."""
    known: dict[str, Any] = {}

    def register(name: str) -> Any:
        return lambda kind: known.setdefault(name, kind)

    modules(
        monkeypatch,
        evalscope__api__metric={"Metric": object},
        evalscope__api__registry={"METRIC_REGISTRY": known, "register_metric": register},
    )
    fresh(monkeypatch, "evalscope")

    def judge(case: Case) -> float | None:
        try:
            (value,) = known["verirs"]().apply([case.completion], [case.columns.get("answer")])
        except RuntimeError:
            return None
        return float(value)

    return judge


def open_instruct(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """A number for each; the label is the data set's ``ground_truth``."""

    class Verifier:
        def __init__(self, name: str, verifier_config: Any = None, weight: float = 1.0) -> None:
            self.name = name

    names = {"VerifierFunction": Verifier, "VerificationResult": SimpleNamespace}
    modules(monkeypatch, open_instruct__ground_truth_utils=names)
    verifier = fresh(monkeypatch, "openinstruct").VerirsVerifier()
    return lambda case: float(verifier([1], case.completion, case.columns.get("answer"), "?").score)


def rllm(monkeypatch: pytest.MonkeyPatch) -> Judge:
    def text(episode: Any) -> Any:
        return episode.artifacts["answer"]

    modules(monkeypatch, **{"rllm.eval.reward_fns._helpers": {"extract_answer_text": text}})
    hook = fresh(monkeypatch, "rllm")

    def judge(case: Case) -> float | None:
        episode = SimpleNamespace(artifacts={"answer": case.completion})
        found = hook.evaluate(SimpleNamespace(metadata=case.columns), episode)
        assert found["signals"]["verirs_error"] == (case.reward is None)
        return float(found["reward"])

    return judge


def skyrl(monkeypatch: pytest.MonkeyPatch) -> Judge:
    class Env:
        pass

    modules(monkeypatch, skyrl_gym__envs__base_text_env={"BaseTextEnv": Env})
    kind = fresh(monkeypatch, "skyrl").environment()

    def judge(case: Case) -> float | None:
        done = kind({}, dict(case.columns)).step(case.completion)
        assert done["metadata"]["verirs_error"] == (case.reward is None) and done["done"]
        return float(done["reward"])

    return judge


def nemo_rl(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """A log of messages each, the completion its last; the share of errors is among the metrics."""
    pytest.importorskip("torch")
    import ray

    monkeypatch.setattr(ray, "remote", lambda **_: lambda kind: kind)
    names = {"EnvironmentInterface": object, "EnvironmentReturn": SimpleNamespace}
    modules(monkeypatch, nemo_rl__environments__interfaces=names)
    env = fresh(monkeypatch, "nemorl").Environment()

    def judge(case: Case) -> float | None:
        said = (
            case.completion
            if isinstance(case.completion, list)
            else [{"role": "assistant", "content": case.completion}]
        )
        log = [{"role": "user", "content": "?"}, *said]
        found = env.step([log], [dict(case.columns)])
        _, metrics = env.global_post_process_and_metrics({"rewards": found.rewards})
        assert 0 <= metrics["verirs/error_rate"] <= 1
        return float(found.rewards[0])

    return judge


def texts(case: Case) -> bool:
    return isinstance(case.completion, str)


def messages(case: Case) -> bool:
    return case.completion is None or isinstance(case.completion, str | list)


def answers(case: Case) -> bool:
    return texts(case) and set(case.columns) <= {"answer"}


@pytest.fixture(
    params=[
        (inspect_ai, texts, True),
        (lighteval, texts, True),
        (evalscope, answers, True),
        (open_instruct, answers, False),
        (rllm, texts, False),
        (skyrl, texts, False),
        (nemo_rl, messages, False),
    ],
    ids=lambda p: p[0].__name__,
)
def hook(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made, takes, masks = request.param
    yield made(monkeypatch), takes, masks


def test_one_number_at_every_call_site(hook: Any) -> None:
    judge, takes, masks = hook
    cases = [case for case in CASES if takes(case)]
    assert len(cases) >= 15
    assert [(c.id, judge(c)) for c in cases] == [(c.id, wanted(c, masks)) for c in cases]


def test_of_a_log_with_several_turns_the_last_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    log = [{"role": "assistant", "content": r"\boxed{12}"}, {"role": "user", "content": "Sure?"}]
    unsure = Case("unsure", [*log, {"role": "assistant", "content": "I do not know."}], 0.0, {"answer": "12"})
    assert nemo_rl(monkeypatch)(unsure) == 0.0


def test_a_log_whose_last_question_opens_a_thought(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = nemo_rl(monkeypatch)
    for asked, said, number in (
        ("Q<think>\n", r"\boxed{12}", 0.0),
        ("Q<think>\n", r"13?</think>\boxed{12}", 1.0),
        ("Q", r"\boxed{12}", 1.0),
    ):
        log = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        assert judge(Case("thought", log, number, {"ground_truth": "12"})) == number


def test_arguments_that_a_newer_release_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"VerifierFunction": object, "VerificationResult": SimpleNamespace}
    modules(monkeypatch, open_instruct__ground_truth_utils=names)
    call = fresh(monkeypatch, "openinstruct").verifier().__call__
    told = call(
        None, tokenized_prediction=[1], prediction=r"\boxed{12}", label="12", query="?", rollout_state={}
    )
    assert told.score == 1.0


def test_signals_have_the_same_names_for_every_episode(monkeypatch: pytest.MonkeyPatch) -> None:
    modules(monkeypatch, **{"rllm.eval.reward_fns._helpers": {"extract_answer_text": lambda text: text}})
    evaluate = fresh(monkeypatch, "rllm").evaluate
    tasks = [SimpleNamespace(metadata=m) for m in ({"answer": "12"}, '{"answer": "12"}', {}, None)]
    found = [evaluate(task, r"\boxed{12}") for task in tasks]
    assert [one["reward"] for one in found] == [1.0, 1.0, 0.0, 0.0]
    assert len({tuple(one["signals"]) for one in found}) == 1


def test_info_of_a_task_of_verifiers_is_beside_its_columns() -> None:
    data = SimpleNamespace(answer=None, info='{"answer": "12"}')
    trace = SimpleNamespace(last_reply=r"\boxed{12}")
    assert asyncio.run(verifiers.reward(SimpleNamespace(data=data), trace)) == 1.0
    assert asyncio.run(verifiers.reward({"answer": "13", "info": {"answer": "12"}}, trace)) == 0.0
