"""What a model says before any weight is loaded: folders, PyTorch form, the hub cache, and damage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.reward.zoo import make
from verirs.errors import UserError
from verirs.reward.recipes.header import header
from verirs.scorers.process_reward import ProcessRewardScorer
from verirs.scorers.reward_model import RewardModelScorer
from verirs.types import Completion, Problem

ITEM = [(Problem(prompt="1+1?"), Completion(text="2\n\nyes"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(make("acecoderm-7b", tmp_path_factory.mktemp("header")))


def test_weights_in_pytorch_s_own_form_are_read_alike(tmp_path: Path) -> None:
    """Math-Shepherd is published so."""
    import torch
    from safetensors.torch import load_file

    one = Path(make("math-shepherd-mistral-7b-prm", tmp_path))
    (before,) = ProcessRewardScorer(model=str(one), device="cpu").score(ITEM)
    shapes = header(str(one)).shapes
    torch.save(load_file(one / "model.safetensors"), one / "pytorch_model.bin")
    (one / "model.safetensors").unlink()
    assert header(str(one)).shapes == shapes
    (after,) = ProcessRewardScorer(model=str(one), device="cpu").score(ITEM)
    assert after.details["steps"] == pytest.approx(before.details["steps"], abs=1e-7)


def test_a_value_head_in_a_file_of_its_own(folder: Path, tmp_path: Path) -> None:
    """LLaMA-Factory writes it so."""
    from safetensors.torch import load_file, save_file

    other = Path(shutil.copytree(folder, tmp_path / "split"))
    table = load_file(other / "model.safetensors")
    head = {k: v.clone() for k, v in table.items() if k.startswith("v_head")}
    rest = {k: v.clone() for k, v in table.items() if not k.startswith("v_head")}
    save_file(rest, other / "model.safetensors", metadata={"format": "pt"})
    save_file(head, other / "value_head.safetensors")
    values = [RewardModelScorer(model=str(f), device="cpu").score(ITEM)[0].value for f in (folder, other)]
    assert values[0] is not None and values[0] == pytest.approx(values[1], abs=1e-7)


def test_a_hub_id_is_read_from_the_cache(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "models--me--rm"
    shutil.copytree(folder, home / "snapshots" / "0123")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("0123")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert header("me/rm").shapes == header(str(folder)).shapes
    with pytest.raises(UserError, match="the hub cannot be reached"):
        header("me/other")


def test_damaged_files_are_named(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "damaged"))
    whole = (other / "model.safetensors").read_bytes()
    for data in (b"", b"\xff" * 64, whole[:100]):
        (other / "model.safetensors").write_bytes(data)
        with pytest.raises(UserError, match=r"model\.safetensors is no file of weights"):
            header(str(other))
    (other / "config.json").write_text("[1]")
    with pytest.raises(UserError, match=r"config\.json is no table"):
        header(str(other))
    (other / "config.json").unlink()
    with pytest.raises(UserError, match=r"no config\.json"):
        header(str(other))
    (other / "adapter_config.json").write_text(json.dumps({}))
    assert header(str(other)).adapter
