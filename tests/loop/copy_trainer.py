"""A trainer that learns nothing, at once: ``copy_trainer.py MODE DATA MODEL OUT``; for the loop's tests.

Modes: ``copy`` leaves the model it started from; ``other`` one that writes other texts; ``fail`` fails;
``full`` meets a full disk; ``half`` leaves half of the weights; ``none`` leaves nothing. A file beside the
script's DATA folder named ``mode`` overrides the mode, so that a test can mend it.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path


def main(mode: str, folder: str, model: str, out: str) -> None:
    override = Path(folder).parents[1] / "mode"
    mode = override.read_text() if override.exists() else mode
    print(f"{mode}: {sorted(p.name for p in Path(folder).iterdir())}", flush=True)
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
    if mode == "other":
        data = bytearray(weights.read_bytes())
        header = int.from_bytes(data[:8], "little") + 8
        start, end = json.loads(data[8:header])["model.norm.weight"]["data_offsets"]
        for i in range(header + start, header + end, 4):  # every other bfloat16, an eighth smaller or so
            data[i : i + 2] = (int.from_bytes(data[i : i + 2], "little") - 16).to_bytes(2, "little")
        weights.write_bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
