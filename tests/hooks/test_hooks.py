"""Every hook gives every row of the table the same number; an error is left out as each trainer can."""

from __future__ import annotations

import asyncio
import math
from types import SimpleNamespace
from typing import Any

import pytest

from tests.hooks.table import CASES, Case
from verirs.errors import VerirsError
from verirs.hooks import Grader, areal, lmeval, openrlhf, shared, slime, swift, trl, verifiers, verl
from verirs.hooks.said import text_of

NUMBER = "a number"
"""What a trainer gets that cannot leave a sample out."""


@pytest.fixture(scope="module", autouse=True)
def grader(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """By the gold's shape, as without a config; but the many errors of the table end nothing."""
    path = tmp_path_factory.mktemp("hook") / "hook.toml"
    path.write_text("[scorer.math]\n[scorer.code]\n[hook]\nbreaker = 1.0\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERIRS_HOOK", str(path))
        shared.cache_clear()
        yield shared()
        shared().close()
        shared.cache_clear()


def wanted(case: Case, masks: bool) -> float | None:
    return case.reward if case.reward is not None or masks else 0.0


def columns(case: Case) -> dict[str, Any]:
    return {k: [v] for k, v in case.columns.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_one_number_everywhere(case: Case) -> None:
    assert trl.reward(prompts=["?"], completions=[case.completion], **columns(case)) == [wanted(case, True)]
    told = asyncio.run(trl.areward(prompts=["?"], completions=[case.completion], **columns(case)))
    assert told == [wanted(case, True)]
    assert areal.reward_fn("?", case.completion, **case.columns) == wanted(case, False)
    assert swift.Verirs()([case.completion], **columns(case)) == [wanted(case, False)]
    metrics = lmeval.process_results(case.columns, [case.completion])
    assert metrics["verirs_error"] == (case.reward is None)
    assert math.isnan(metrics["verirs"]) if case.reward is None else metrics["verirs"] == case.reward
    sample = SimpleNamespace(response=case.completion, label=None, metadata=dict(case.columns))
    assert asyncio.run(slime.reward(None, sample)) == wanted(case, False)
    assert getattr(sample, "remove_sample", False) is (case.reward is None)
    if case.reward is None:
        with pytest.raises(VerirsError, match="no reward"):
            asyncio.run(verifiers.reward(dict(case.columns), {"completion": case.completion}))
    else:
        found = asyncio.run(verifiers.reward(dict(case.columns), {"completion": case.completion}))
        assert found == case.reward


def test_a_batch_of_everything_is_judged_row_by_row() -> None:
    """TRL hands over columns of equal length; rows that lack one have None there."""
    keys = {k for c in CASES for k in c.columns}
    table = {k: [c.columns.get(k) for c in CASES] for k in keys}
    found = trl.reward(prompts=["?"] * len(CASES), completions=[c.completion for c in CASES], **table)
    assert found == [wanted(c, True) for c in CASES]


TEXTS = [c for c in CASES if isinstance(c.completion, str)]


@pytest.mark.parametrize("case", TEXTS, ids=lambda c: c.id)
def test_openrlhf_gets_numbers_whatever_comes(case: Case) -> None:
    prompt = r"What is it? (An old answer: \boxed{12}.)"
    label = case.columns.get("answer") if set(case.columns) == {"answer"} else dict(case.columns)
    found = openrlhf.reward_func([f"<s>{prompt}{case.completion}"], [prompt], [label])
    assert found["rewards"] == wanted(case, False)
    logged = found["extra_logs"]
    assert logged["verirs_error"] == float(case.reward is None)
    assert set(logged) == {"verirs_error", "verirs_math", "verirs_code"}  # the same for every sample


def test_openrlhf_never_grades_the_prompt() -> None:
    prompt = r"Is it \boxed{12}?"
    assert openrlhf.reward_func([prompt + " I do not know."], [prompt], ["12"])["rewards"] == 0.0
    lost = openrlhf.reward_func([r"cut \boxed{12}"], [prompt], ["12"])
    assert lost["rewards"] == 0.0 and lost["extra_logs"]["verirs_error"] == 1.0
    assert openrlhf.reward_func([], [], [])["rewards"] == []


@pytest.mark.parametrize("prompts", [None, [], [None], [[{"role": "user", "content": "?"}]]])
def test_a_query_whose_prompt_is_not_known_as_a_text_is_an_error(prompts: Any) -> None:
    query = r"Is it \boxed{12}? I do not know."  # the first sentence is the prompt's
    found = openrlhf.reward_func([query], prompts, ["12"])
    assert (found["rewards"], found["extra_logs"]["verirs_error"]) == (0.0, 1.0)
    assert openrlhf.reward_func([r"It is \boxed{12}."], [""], ["12"])["rewards"] == 1.0


@pytest.mark.parametrize("case", TEXTS, ids=lambda c: c.id)
def test_verl_gets_the_same_keys_for_every_sample(case: Case) -> None:
    truth = case.columns.get("answer", case.columns.get("ground_truth"))
    extra = {k: v for k, v in case.columns.items() if k not in ("answer", "ground_truth")}
    found = verl.compute_score("mine", case.completion, truth, extra)
    assert found.keys() == verl.compute_score("mine", "x", None, None).keys()
    if "solution" not in extra:  # verl's rows carry it beside the ground truth, and the latter counts
        assert found["verirs_error"] == float(case.reward is None) and found["score"] == wanted(case, False)
    assert found == asyncio.run(verl.compute_score_async("mine", case.completion, truth, extra))
    assert [found] == verl.compute_score_batch(["mine"], [case.completion], [truth], [extra])
    assert all(isinstance(v, float | str) and v == v for v in found.values())


def test_slime_takes_a_list_too() -> None:
    samples = [SimpleNamespace(response=r"\boxed{1}", label="1", metadata=None) for _ in range(3)]
    assert asyncio.run(slime.reward(None, samples)) == [1.0, 1.0, 1.0]


def test_trl_logs_reasons_verdicts_and_the_share_of_errors() -> None:
    extra: dict[str, list[Any]] = {}
    metrics: dict[str, float] = {}
    trl.reward(
        completions=[r"\boxed{1}", r"\boxed{2}", 7],
        answer=["1", "1", "1"],
        log_extra=extra.__setitem__,
        log_metric=metrics.__setitem__,
        trainer_state=object(),
        completion_ids=[[1], [2], [3]],
    )
    assert extra["verirs_verdict"] == ["pass", "fail", "error"]
    assert extra["verirs_answer"] == ["1", "2", ""] and extra["verirs_math"] == [1.0, 0.0, None]
    assert len(extra["verirs_reason"]) == 3 and extra["verirs_code"] == [None, None, None]
    assert metrics["verirs/error_rate"] == pytest.approx(1 / 3) and metrics["verirs/math"] == 0.5


def test_a_reward_of_ones_own_has_a_name() -> None:
    by = trl.reward_by(Grader("math"), "my_math")
    assert by.__name__ == "my_math" and by(completions=[r"\boxed{1}"], answer=["1"]) == [1.0]


def test_hooks_import_no_framework() -> None:
    import subprocess
    import sys

    code = (
        "import sys, verirs.hooks.trl, verirs.hooks.verl, verirs.hooks.inspect, verirs.hooks.skyrl, "
        "verirs.hooks.lighteval, verirs.hooks.openinstruct, verirs.hooks.swift; "
        "print(sorted({'trl', 'torch', 'verl', 'inspect_ai', 'uvicorn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_an_object_without_text_says_what_it_is() -> None:
    with pytest.raises(ValueError, match="which is int"):
        text_of(7)


def test_the_page_has_every_line_that_the_command_prints() -> None:
    from pathlib import Path

    from verirs.hooks.lines import LINES

    page = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
    for name, line in LINES.items():
        for part in line.text.removeprefix("verirs serve, then ").split(", then "):
            assert name in ("http", "nemo-gym") or part.split(", --remap")[0] in page, name
