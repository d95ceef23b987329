"""A trainer that learns nothing, at once: ``copy_trainer.py MODE DATA MODEL OUT``; for the loop's tests.

Modes: ``copy`` leaves the model it started from; ``fail`` fails; ``full`` meets a full disk; ``half``
leaves half of the weights; ``none`` leaves nothing. A file beside the script's DATA folder named
``mode`` overrides the mode, so that a test can mend it.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path


def main(mode: str, data: str, model: str, out: str) -> None:
    override = Path(data).parents[1] / "mode"
    mode = override.read_text() if override.exists() else mode
    print(f"{mode}: {sorted(p.name for p in Path(data).iterdir())}", flush=True)
    if mode == "fail":
        sys.exit("the learning rate is a banana")
    if mode == "full":
        with open("/dev/full", "w") as disk:
            disk.write("weights")
    if mode == "none":
        return
    shutil.copytree(model, out)
    time.sleep(0.3)  # long enough to be killed here
    weights = Path(out) / "model.safetensors"
    if mode == "half":
        weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


if __name__ == "__main__":
    main(*sys.argv[1:])
