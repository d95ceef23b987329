from __future__ import annotations

from pathlib import Path

from tests.loop.test_parts import make_problems, run_folder
from tests.loop.toys import group
from verirs.demo.policy import model_path
from verirs.loop.reward import NUMBERS, ranked
from verirs.loop.rounds import read_json
from verirs.loop.steps.reward import RewardStep
from verirs.types import Group, Selection, Verdict

P, F = Verdict.PASS, Verdict.FAIL


def test_the_new_model_is_compared_with_the_last_on_the_new_round(tmp_path: Path) -> None:
    # even texts are right: "text 0" and "text 2" against "text 1" and "text 3"
    every = [group(p, [P, F, P, F]) for p in make_problems(48)]
    first = run_folder(tmp_path / "1", every[:24])
    second = run_folder(tmp_path / "2", every[24:])
    options = {"learning_rate": 1e-3, "epochs": 2.0, "batch_size": 8, "device": "cpu"}
    made: list[Path] = []
    for number, runs in ((1, [first]), (2, [first, second])):
        out = tmp_path / f"model-{number}"
        step = RewardStep(
            runs=[str(r) for r in runs],
            base=str(model_path()),
            before=str(made[-1]) if made else "",
            out=str(out),
            seed=0,
            options=options,
        )
        step.work()
        made.append(out)
    one, two = (read_json(path / NUMBERS) for path in made)
    assert one["auroc_before"] is None
    assert two["auroc_before"] == 1.0 == two["auroc_after"]  # the label can be read off the text
    assert two["train_problems"] > one["train_problems"]
    assert 0 < two["judged_problems"] < 24


def test_what_the_user_said_of_selection_stands(tmp_path: Path) -> None:
    table = ranked({"n": 4}, tmp_path)
    assert table["rank"] == "all"
    assert table["select"] == {"name": "best", "pairs": "hard"}
    assert list(table["scorer"]) == ["math", "reward_model"]
    table = ranked({"select": {"name": "diverse", "k": 2}, "scorer": {"code": {"timeout": 3}}}, tmp_path)
    assert table["select"] == {"name": "diverse", "k": 2, "pairs": "hard"}
    assert table["scorer"] == {"code": {"timeout": 3}, "reward_model": {"model": str(tmp_path)}}
    table = ranked({"select": {"name": f"{__name__}:Bare"}}, tmp_path)
    assert table["select"] == {"name": f"{__name__}:Bare"}  # it takes no pairs


class Bare:
    """A selector without options."""

    name = "bare"

    def select(self, group: Group) -> Selection:
        raise NotImplementedError
