"""The hint pass and the mean of rounds' weights: what gets into the data, and what never does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file
from safetensors.torch import load_file as load_torch

from tests.loop.loops import table
from tests.loop.test_parts import toy_model
from verirs.demo.policy import model_path
from verirs.errors import ConfigError, NotAModel, StoreError
from verirs.loop import hints, iterate
from verirs.loop.config import read
from verirs.loop.rounds import Round
from verirs.loop.sections import HintConfig
from verirs.loop.steps.average import AverageStep
from verirs.running.config import merge
from verirs.store import Store
from verirs.types import Problem

HINT = "{problem} (Hint: {answer})"


def test_the_hint_stands_in_the_last_question_alone() -> None:
    turns = [("user", "1?"), ("assistant", "1"), ("user", "What is {answer} + 3?")]
    asked = [{"role": role, "content": text} for role, text in turns]
    problem = Problem(id="p", prompt=asked, answer="7", meta={"level": 2})
    told = hints.hinted(problem, HINT)
    assert [m["content"] for m in told.prompt] == ["1?", "1", "What is {answer} + 3? (Hint: 7)"]
    assert (told.id, told.answer, told.meta) == ("p", "7", {"level": 2})


@pytest.mark.parametrize("text", ["By the HINT it is 7.", "as I had been told: 7"])
def test_a_solution_that_speaks_of_its_hint_is_none(text: str) -> None:
    assert hints.tells(text, HintConfig())
    assert not hints.tells("4 + 3 = 7", HintConfig())


def test_a_hint_may_hold_formulas(tmp_path: Path) -> None:
    template = r"{problem} It is $\frac{abc}{def}_{max}$ or \text{answer}: {answer}."
    read(merge(table(tmp_path / "x"), {"hint": {"template": template}, "train": {"method": "sft"}}))


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"hint": {"template": "the answer is {answer}"}}, r"hint\.template must contain \{problem\}"),
        ({"hint": {"template": "{problem} {anwser}"}}, r"\{anwser\} is filled in by nobody.*answer"),
        ({"hint": {}, "train": {"trainer": "trl", "command": [], "method": "dpo"}}, "hint: its solutions"),
        ({"hint": {"template": "{problem} {gold}"}}, r"\{gold\} is filled in by nobody.*known: "),
        ({"hint": {"unwanted": ["hint", " "]}}, "an empty text is in every solution"),
        ({"hint": {}, "control": "random"}, "hint: the control draws from"),
        ({"train": {"average": 3}, "keep": "best+last"}, r"train\.average = 3"),
    ],
)
def test_settings_that_do_not_go_together(tmp_path: Path, over: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read(merge(table(tmp_path / "x"), over))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loop of one sample a problem, so that some fail; its second try says nothing of the answer."""
    path = tmp_path_factory.mktemp("hinted") / "loop"
    over = {
        "sample": {"n": 1},
        "held_out": {"n": 2},
        "hint": {"n": 6, "template": "{problem}"},
        "train": {"average": 2},
    }
    iterate(table(path, "other", **over))
    return path


def texts(messages: Any) -> list[str]:
    return [m["content"] for m in messages]


def test_only_problems_that_failed_are_tried_again_and_their_rows_say_so(made: Path) -> None:
    for number in (1, 2):
        where = Round(made, number)
        with Store.open(where.samples) as store:
            groups = list(store.groups())
        solved = {g.problem.id for g in groups if any(c.verdict == "pass" for c in g.candidates)}
        asked = {g.problem.id: texts(g.problem.prompt) for g in groups}
        with Store.open(where.hinted) as store:
            tried = {g.problem.id for g in store.groups()}
        assert tried
        assert not tried & solved
        rows = pq.read_table(where.data / "sft.parquet").to_pylist()
        assert {r["problem_id"] for r in rows if not r["hinted"]} == solved
        found = {r["problem_id"] for r in rows if r["hinted"]}
        assert found
        assert found <= tried
        assert all(texts(r["prompt"]) == asked[r["problem_id"]] for r in rows)
        metrics = json.loads(where.metrics.read_text())
        assert metrics["samples"]["hinted"] == len([r for r in rows if r["hinted"]])
        # the estimates know nothing of it
        assert metrics["samples"]["completions"] == len(asked)
        assert metrics["samples"]["problems_accepted"] == len(solved)
        assert not (where.hinted / "export" / "sft.parquet").exists()


def test_a_loop_without_its_hints_is_another_one(made: Path) -> None:
    over = {"sample": {"n": 1}, "held_out": {"n": 2}, "train": {"average": 2}}
    with pytest.raises(StoreError, match=r"hint\."):
        iterate(table(made, "other", **over))


def test_no_row_holds_the_hint(tmp_path: Path) -> None:
    hint = {"n": 4, "template": "zzz {answer} {problem}"}
    over = {"rounds": 1, "sample": {"n": 1}, "held_out": {"n": 2}, "hint": hint}
    iterate(table(tmp_path / "loop", "copy", **over))
    where = Round(tmp_path / "loop", 1)
    with Store.open(where.hinted) as store:
        for group in store.groups():
            assert group.problem.prompt[-1]["content"].startswith(f"zzz {group.problem.answer} ")
    rows = pq.read_table(where.data / "sft.parquet").to_pylist()
    assert rows
    assert "zzz" not in json.dumps(rows)


# ---- the mean of weights ----------------------------------------------------------------------------


def test_a_rounds_model_is_made_from_those_that_it_is_the_mean_of(made: Path) -> None:
    told = json.loads((made / "loop.json").read_text())["parts"]
    assert "round-01/model" in told["round-02/model"]["made_from"]
    # this trainer takes an eighth or so off each round; the second round's model lies half way
    name = "model.norm.weight"
    paths = (model_path(), Round(made, 1).model, Round(made, 2).model)
    base, one, two = (load_torch(p / "model.safetensors")[name].float() for p in paths)
    assert 0.3 < float((two - one).abs().sum() / (one - base).abs().sum()) < 0.7


def toy(path: Path, weights: dict[str, np.ndarray[Any, Any]]) -> Path:
    save_file(weights, toy_model(path) / "model.safetensors")
    return path


def test_the_mean_is_taken_in_float32_and_stored_as_the_first(tmp_path: Path) -> None:
    a = toy(tmp_path / "a", {"w": np.array([1, 60000], np.float16), "count": np.array([3])})
    b = toy(tmp_path / "b", {"w": np.array([2, 60000], np.float16), "count": np.array([9])})
    AverageStep(models=[str(a), str(b)], out=str(tmp_path / "out")).work()
    mean = load_torch(tmp_path / "out" / "model.safetensors")
    assert str(mean["w"].dtype) == "torch.float16"
    assert mean["w"].tolist() == [1.5, 60000]  # their sum is no float16
    assert mean["count"].tolist() == [3]
    assert (tmp_path / "out" / "config.json").read_text() == "{}"


def test_models_of_other_shapes_have_no_mean(tmp_path: Path) -> None:
    a = toy(tmp_path / "a", {"w": np.zeros(2, np.float32)})
    for name, weights in (("b", {"w": np.zeros(3, np.float32)}), ("c", {"v": np.zeros(2, np.float32)})):
        b = toy(tmp_path / name, weights)
        with pytest.raises(NotAModel, match=r"train\.average: "):
            AverageStep(models=[str(a), str(b)], out=str(tmp_path / f"out-{name}")).work()
