"""Lets accelerate shard a model (FSDP) on CPUs: it does so on GPUs alone, and trains with copies else.

    accelerate launch --config_file fsdp.yaml tests/loop/shard_on_cpu.py -m verirs.loop.steps FILE.step.json

The processes talk through gloo. What is sharded, gathered and stored then is what it would be on GPUs; the
numbers' types and the speed are not.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from typing import Any


def shard_on_cpu() -> None:
    """Let processes on CPUs count as what accelerate asks for before it shards."""
    state = importlib.import_module("accelerate.state")
    plain = state.PartialState.__init__

    def begun(self: Any, *args: Any, **kwargs: Any) -> None:
        plain(self, *args, **kwargs)
        if self.distributed_type == state.DistributedType.MULTI_CPU:
            self.distributed_type = state.DistributedType.MULTI_GPU

    state.PartialState.__init__ = begun


if __name__ == "__main__":
    shard_on_cpu()
    sys.argv = sys.argv[2:]
    runpy.run_module("verirs.loop.steps", run_name="__main__", alter_sys=True)
