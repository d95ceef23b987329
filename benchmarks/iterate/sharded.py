"""Training sharded over two processes on the CPU (FSDP2 through accelerate's launcher), against one process.

    nice -n 10 python benchmarks/iterate/sharded.py OUT.json

Every way to train is done twice on the same rows: plainly in one process, and by ``accelerate launch`` with
``examples/recipes/fsdp.yaml``, of which only the number of processes and the type of numbers are others. The
losses and the weights have to be those of one process but for rounding. Told for each: whether it was
sharded, the largest difference of a loss and of a weight, and how far the weights moved in all.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.loop import shard_on_cpu
from tests.loop.test_parts import make_problems, run_folder
from tests.loop.toys import group
from verirs.demo.policy import model_path
from verirs.errors import VerirsError
from verirs.loop import data
from verirs.loop.models import check_model, check_weights
from verirs.loop.steps.step import run_step
from verirs.loop.steps.train import TrainStep
from verirs.types import Verdict

RECIPE = Path(__file__).parents[2] / "examples" / "recipes" / "fsdp.yaml"
WAYS: dict[str, dict[str, Any]] = {
    "sft": {"stages": ["sft"]},
    "sft, then dpo": {"stages": ["sft", "dpo"]},
    "dpo against the base": {"stages": ["dpo"], "reference": "base"},
    "kto": {"stages": ["kto"]},
    "adapters": {"stages": ["sft"], "lora": 4},
    "adapters, sft, then dpo": {"stages": ["sft", "dpo"], "lora": 4},
}
STEPS, BATCH = 3, 8


def recipe(place: Path) -> Path:
    """The recipe for two processes and float32."""
    text = RECIPE.read_text()
    for old, new in (("num_processes: 8", "num_processes: 2"), ("precision: bf16", 'precision: "no"')):
        assert old in text
        text = text.replace(old, new)
    out = place / "fsdp.yaml"
    out.write_text(text)
    return out


def rows(place: Path) -> Path:
    p, f = Verdict.PASS, Verdict.FAIL
    run = run_folder(place / "run", [group(problem, [p, f, p, f]) for problem in make_problems(16)])
    data.mix([(1, run / "export")], ["sft", "dpo", "kto"], place / "data")
    return place / "data"


def step(way: Mapping[str, Any], data: Path, out: Path, processes: int) -> TrainStep:
    out.mkdir(parents=True)
    options = {
        "max_steps": STEPS,
        "learning_rate": 1e-3,
        "per_device_train_batch_size": BATCH // processes,
        "gradient_accumulation_steps": 1,
    }
    stages = way["stages"]
    return TrainStep(
        model=str(model_path()),
        base=str(model_path()),
        out=str(out),
        stages=stages,
        data={s: str(data / f"{s}.parquet") for s in stages},
        options={s: options for s in stages},
        lora=way.get("lora", 0),
        reference=way.get("reference", "start"),
        seed=0,
    )


def compared(way: Mapping[str, Any], data: Path, place: Path, launcher: Sequence[str]) -> dict[str, Any]:
    """How a way differs in two sharded processes from one."""
    from safetensors.torch import load_file

    told = []
    for name, start in (("one", ()), ("two", launcher)):
        out = place / name
        made = step(way, data, out, 2 if start else 1)
        run_step(made, place / f"{name}-step", f"training ({name})", launcher=start)
        check_model(out / "model")
        check_weights(out / "model")
        told.append(json.loads((out / "training.json").read_text())["stages"])
    base, one, two = (
        load_file(path / "model.safetensors")
        for path in (model_path(), place / "one" / "model", place / "two" / "model")
    )
    apart = [
        abs(a[1] - b[1])
        for s, t in zip(*told, strict=True)
        for a, b in zip(s["curve"], t["curve"], strict=True)
    ]
    return {
        "sharded": [s.get("sharded", "") for s in told[1]],
        "losses": [[point[1] for s in stages for point in s["curve"]] for stages in told],
        "loss apart": max(apart),
        "weight apart": max(float((one[k] - two[k]).float().abs().max()) for k in base),
        "weight moved": max(float((one[k] - base[k]).float().abs().max()) for k in base),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    args = parser.parse_args()
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = os.environ.get("COMMIT") or subprocess.run(git, capture_output=True, text=True).stdout.strip()
    out: dict[str, Any] = {"commit": commit, "machine": f"{platform.machine()}, {os.cpu_count()} CPUs"}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        data, shard = rows(place), str(Path(shard_on_cpu.__file__).resolve())
        launcher = ["accelerate", "launch", "--config_file", str(recipe(place)), shard]
        for name in args.ways:
            begun = time.monotonic()
            try:
                out[name] = compared(WAYS[name], data, place / name.replace(" ", "-"), launcher)
            except VerirsError as error:
                out[name] = {"failed": f"{type(error).__name__}: {error}"}
            out[name]["seconds"] = round(time.monotonic() - begun)
            print(name, json.dumps(out[name]), flush=True)
            args.out.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
