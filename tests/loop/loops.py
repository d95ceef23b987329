"""The small loop that several tests run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from verirs.demo.policy import model_path
from verirs.running.config import merge

HERE = Path(__file__).parent


def table(path: Path, mode: str = "copy", **over: Any) -> dict[str, Any]:
    """A loop of the embedded policy whose trainer copies; ``over`` is laid on it."""
    script = str(HERE / "copy_trainer.py")
    return merge(
        {
            "name": path.name,
            "runs": str(path.parent),
            "model": str(model_path()),
            "rounds": 2,
            "prompts": 8,
            "sample": {
                "n": 4,
                "source": {"name": "arithmetic", "count": 20},
                "engine": {"name": "transformers", "device": "cpu"},
                "sampling": {"temperature": 1.0, "max_tokens": 48},
            },
            "held_out": {"source": {"name": "arithmetic", "count": 8, "split": "held-out"}},
            "train": {
                "trainer": "command",
                "command": [sys.executable, "-S", script, mode, "{data}", "{model}", "{out}"],
            },
            "stop": {"patience": 0, "pass_k_drop": 1.0},
        },
        over,
    )


def outcome(path: Path) -> dict[str, Any]:
    """Everything that two equal loops have in common: metrics without times, data, weights."""
    import hashlib
    import json

    import pyarrow.parquet as pq

    out: dict[str, Any] = {}
    for folder in sorted(path.glob("round-*")):
        metrics = json.loads((folder / "metrics.json").read_text())
        del metrics["seconds"], metrics["check"], metrics["gpus"]
        out[folder.name] = metrics
        for file in sorted(folder.glob("data/*.parquet")):
            out[f"{folder.name}/{file.name}"] = pq.read_table(file).to_pylist()
        for file in sorted(folder.glob("model/*.safetensors")):
            out[f"{folder.name}/{file.name}"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return out
