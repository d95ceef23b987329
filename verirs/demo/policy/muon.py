"""Muon in float32: momentum whose update of each matrix is made nearly orthogonal.

K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024), with the update
scaled to the size of AdamW's (Liu et al., arXiv 2502.16982). torch's own computes in bfloat16, which is
three times slower than the rest of a training step on processors without bfloat16 arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

MOMENTUM = 0.95
ITERATIONS = 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the Newton-Schulz quintic, Jordan's: singular values end near 1, not at it."""


class Muon(torch.optim.Optimizer):  # type: ignore[misc]  # torch is not followed by mypy
    """For two-dimensional parameters only. Matrices of one shape are updated as one batch."""

    def __init__(self, params: Iterable[Any], lr: float, weight_decay: float = 0.0):
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    def step(self, closure: None = None) -> None:
        with torch.no_grad():
            self._step()

    def _step(self) -> None:
        for group in self.param_groups:
            shapes: dict[Any, list[Any]] = {}
            for param in group["params"]:
                if param.grad is not None:
                    shapes.setdefault(param.shape, []).append(param)
            for shape, params in shapes.items():
                updates = orthogonalise(torch.stack([self._momentum(param) for param in params]))
                scale = 0.2 * max(shape) ** 0.5 * group["lr"]
                for param, update in zip(params, updates, strict=True):
                    param.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-scale)

    def _momentum(self, param: Any) -> Any:
        """The Nesterov step of one parameter's gradient."""
        state = self.state[param]
        if not state:
            state["average"] = torch.zeros_like(param)
        average = state["average"].lerp_(param.grad, 1 - MOMENTUM)
        return param.grad.lerp(average, MOMENTUM)


def orthogonalise(matrices: Any) -> Any:
    """Push the singular values of a batch of matrices (count, rows, columns) towards 1."""
    a, b, c = COEFFICIENTS
    wide = matrices.shape[-2] <= matrices.shape[-1]
    x = matrices if wide else matrices.mT
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.mT
