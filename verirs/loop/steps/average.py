"""The step that makes one model of several: the mean of their weights, tensor by tensor, in float32."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import NotAModel


@dataclass(frozen=True, slots=True, kw_only=True)
class AverageStep:
    """What to average.

    Args:
        models: directories of safetensors with the same tensors; all but the weights is the first one's.
        out: the directory to make.
    """

    models: Sequence[str]
    out: str

    def work(self) -> None:
        """Write the mean; one file of the first model at a time is in memory.

        Raises:
            NotAModel: a tensor is missing in one, or has another shape.
        """
        from safetensors import safe_open
        from safetensors.torch import save_file

        first, out = Path(self.models[0]), Path(self.out)
        out.mkdir(parents=True)
        places = [_places(Path(m)) for m in self.models[1:]]
        for file in sorted(first.iterdir()):
            if file.suffix != ".safetensors":
                if file.is_file():
                    shutil.copyfile(file, out / file.name)
                continue
            with safe_open(file, "pt") as weights:
                mean: dict[str, Any] = {}
                for name in weights.keys():  # noqa: SIM118 - it is no mapping
                    mean[name] = self._mean(name, weights.get_tensor(name), places)
                save_file(mean, out / file.name, metadata=weights.metadata())
            (out / file.name).chmod(0o644)

    def _mean(self, name: str, own: Any, places: Sequence[dict[str, Path]]) -> Any:
        from safetensors import safe_open

        if not own.is_floating_point():
            return own
        total = own.float()
        for model, files in zip(self.models[1:], places, strict=True):
            if name not in files:
                raise NotAModel(f"train.average: {model} has no weights {name}")
            with safe_open(files[name], "pt") as weights:
                other = weights.get_tensor(name)
            if other.shape != own.shape:
                raise NotAModel(f"train.average: {name} of {model} has another shape")
            total = total + other.float()
        return (total / len(self.models)).to(own.dtype).contiguous()


def _places(model: Path) -> dict[str, Path]:
    from safetensors import safe_open

    out = {}
    for file in model.glob("*.safetensors"):
        with safe_open(file, "pt") as weights:
            out.update(dict.fromkeys(weights.keys(), file))
    return out
