"""Muon's update, against torch's own where it has one."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
muon = pytest.importorskip("verirs.demo.policy.muon")


@pytest.mark.parametrize("shape", [(8, 8), (24, 8), (8, 24)])
def test_updates_are_nearly_orthogonal(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(muon.orthogonalise(torch.randn(3, *shape)))
    assert values.min() > 0.3 and values.max() < 1.3  # Jordan's coefficients: about 0.7 to 1.2


def test_steps_agree_with_torch() -> None:
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this torch has no Muon (2.9 or later has)")
    torch.manual_seed(0)
    start = [torch.randn(16, 48), torch.randn(48, 16), torch.randn(16, 48)]
    gradients = [[torch.randn_like(w) for w in start] for _ in range(4)]
    ends = []
    makers: tuple[Callable[[Any], Any], ...] = (
        lambda ws: muon.Muon(ws, lr=0.05, weight_decay=0.01),
        lambda ws: torch.optim.Muon(ws, lr=0.05, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
    )
    for make in makers:
        weights = [torch.nn.Parameter(w.clone()) for w in start]
        optimizer = make(weights)
        for step in gradients:
            for weight, gradient in zip(weights, step, strict=True):
                weight.grad = gradient.clone()
            optimizer.step()
        ends.append(weights)
    for before, mine, theirs in zip(start, *ends, strict=True):
        moved = (theirs - before).norm()
        assert (mine - theirs).norm() / moved < 0.05  # theirs iterates in bfloat16
