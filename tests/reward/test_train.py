"""Training: the split, what is learned, the card, and that a directory appears whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.reward.conftest import POLICY
from tests.reward.toys import ranking, sums, verdict
from verirs.errors import UserError
from verirs.reward.training.examples import collect, pairs, prompt_key, singles
from verirs.reward.training.train import train_reward_model
from verirs.scorers.reward_model import RewardModelScorer
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict


def test_the_split_is_by_prompt_and_stays_when_a_run_grows() -> None:
    groups = sums(80)
    renamed = [
        Group(problem=Problem(id=f"again {i}", prompt=g.problem.prompt), candidates=g.candidates)
        for i, g in enumerate(groups[:40])
    ]
    examples = collect([*groups, *renamed], held_out=0.25, seed=1)
    train, held_out = ({prompt_key(x.problem) for x in side} for side in (examples.train, examples.held_out))
    assert not train & held_out and len(train | held_out) == len({prompt_key(g.problem) for g in groups})
    assert 8 <= len(held_out) <= 32
    assert examples.repeated == 160, "the same text of the same question counts once"
    before = collect(groups[:20], held_out=0.25, seed=1)
    assert {prompt_key(x.problem) for x in before.held_out} <= held_out
    assert {prompt_key(x.problem) for x in collect(groups, held_out=0.25, seed=2).held_out} != held_out


def test_only_verified_candidates_are_labels() -> None:
    def one(index: int, text: str, *scores: Score) -> Candidate:
        return Candidate(completion=Completion(index=index, text=text), scores=scores)

    error = Score(scorer="gold", version="1", verdict=Verdict.ERROR)
    group = Group(
        problem=Problem(prompt="q"),
        candidates=(
            one(0, "right", verdict(True), ranking("rm", -9.0)),
            one(1, "wrong", verdict(False)),
            one(2, "broken", error),
            one(3, "only ranked", ranking("rm", 5.0)),
            one(4, "both", verdict(True)),
            one(5, "both", verdict(False)),
        ),
    )
    examples = collect([group], held_out=0.0)
    (item,) = examples.train
    assert [c.text for c in item.right] == ["right"] and [c.text for c in item.wrong] == ["wrong"]
    assert (examples.unlabelled, examples.repeated, examples.conflicting) == (2, 1, 1)


def test_pairs_and_singles() -> None:
    examples = collect(sums(10, samples=6), held_out=0.0)
    found = pairs(examples.train, per_problem=5, seed=3)
    assert len(found) == 3 * len(examples.train), "three right, three wrong: three pairs, none twice"
    assert (
        found == pairs(examples.train, per_problem=5, seed=3) != pairs(examples.train, per_problem=5, seed=4)
    )
    assert all("+" in right.text and "-" in wrong.text for _, right, wrong in found)
    alone = singles(examples.train, per_problem=4)
    assert len(alone) == 4 * len(examples.train) and sum(label for *_, label in alone) == len(alone) / 2


@pytest.fixture(scope="module", params=["pairwise", "classification"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    out = tmp_path_factory.mktemp("trained") / "rm"
    numbers = train_reward_model(
        sums(60),
        str(POLICY),
        out,
        loss=request.param,
        epochs=2,
        batch_size=16,
        learning_rate=1e-3,
        layers=2,
        device="cpu",
    )
    return out, numbers


def test_it_learns_and_the_scorer_loads_it(trained: tuple[Path, Any]) -> None:
    out, numbers = trained
    judged = numbers["held_out"]
    assert judged["auroc_within"] > 0.9, "adding instead of subtracting is easy to see"
    scorer = RewardModelScorer(model=str(out))
    fresh = sums(10, seed=99)
    right = wrong = 0.0
    for group in fresh:
        values = [s.value for s in scorer.score([(group.problem, c.completion) for c in group.candidates])]
        right, wrong = right + (values[0] or 0.0), wrong + (values[1] or 0.0)
    assert right > wrong


def test_the_card_says_what_the_numbers_say(trained: tuple[Path, Any]) -> None:
    out, numbers = trained
    assert json.loads((out / "reward_model.json").read_text()) == json.loads(json.dumps(numbers))
    text = (out / "README.md").read_text()
    assert f"`{POLICY.name}`" in text and str(POLICY) not in text
    judged = numbers["held_out"]
    for part in ("AUROC over all", "AUROC within problems", "expected calibration error", "By difficulty"):
        assert part in text
    assert f"{judged['auroc_within']:.3f}" in text and f"{judged['calibration']['ece']:.3f}" in text
    assert str(numbers["recipe"]["loss"]) in text and f"{numbers['fit']['examples']} (" in text
    assert numbers["data"]["train_problems"] + numbers["data"]["held_out_problems"] == 60
    assert numbers["data"]["sources"] == {"sums": 240}
    assert numbers["fit"]["texts_cut"] == 0 and numbers["fit"]["cpu_s"] > 0
    assert sorted(p.name for p in out.parent.iterdir()) == ["rm"], "no scratch is left behind"


def test_a_failed_training_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> dict[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr("verirs.reward.training.train.judge", broken)
    with pytest.raises(KeyboardInterrupt):
        train_reward_model(sums(12), str(POLICY), tmp_path / "rm", layers=1, held_out=0.5, device="cpu")
    assert list(tmp_path.iterdir()) == []


def test_low_rank_adapters_are_merged_in(tmp_path: Path) -> None:
    numbers = train_reward_model(
        sums(24),
        str(POLICY),
        tmp_path / "rm",
        lora=4,
        layers=1,
        batch_size=8,
        learning_rate=5e-3,
        held_out=0.4,
        device="cpu",
    )
    assert not list((tmp_path / "rm").glob("adapter*")), "a plain model directory, adapters merged"
    assert numbers["held_out"]["auroc"] is not None


def test_refusals(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UserError, match="exists already"):
        train_reward_model(sums(4), str(POLICY), tmp_path / "there")
    with pytest.raises(UserError, match="could not be judged"):
        train_reward_model([], str(POLICY), tmp_path / "rm")
    with pytest.raises(UserError, match="held_out is 1"):
        train_reward_model(sums(4), str(POLICY), tmp_path / "rm", held_out=1.0)
    with pytest.raises(UserError, match="has 4 of them"):
        train_reward_model(sums(20), str(POLICY), tmp_path / "rm", held_out=0.5, layers=9)
    right_only = [Group(problem=g.problem, candidates=g.candidates[::2]) for g in sums(20)]
    mixed = sums(60, seed=5)
    held_out = {prompt_key(x.problem) for x in collect(mixed, held_out=0.3).held_out}
    mixed = [g for g in mixed if prompt_key(g.problem) in held_out]
    refused: tuple[tuple[Literal["pairwise", "classification"], str], ...] = (
        ("pairwise", "no problem has both"),
        ("classification", "all right or all wrong"),
    )
    for loss, words in refused:
        with pytest.raises(UserError, match=words):
            train_reward_model(
                [*[g for g in right_only if prompt_key(g.problem) not in held_out], *mixed],
                str(POLICY),
                tmp_path / "rm",
                loss=loss,
                held_out=0.3,
                layers=1,
            )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there"]
