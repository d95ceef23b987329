"""An environment for NeMo-RL: ``verirs.hooks.nemorl.register()``, then ``env_name: verirs`` in a config.

It has no way to leave a sample out: an error is a fail's number; ``verirs/error_rate`` is among the metrics.
"""

from __future__ import annotations

import contextlib
from typing import Any

from verirs.hooks.golds import beside
from verirs.hooks.grader import shared
from verirs.hooks.rows import read

NAME = "verirs.hooks.nemorl.Environment"


def environment() -> Any:
    """The class of the environment, as an actor."""
    import ray
    import torch
    from nemo_rl.environments.interfaces import EnvironmentInterface, EnvironmentReturn

    class Verirs(EnvironmentInterface):  # type: ignore[misc, unused-ignore]
        def __init__(self, cfg: Any = None) -> None:
            self.judged = self.errors = 0
            shared().warm()

        def step(self, message_log_batch: Any, metadata: Any, *_: Any) -> Any:
            grader = shared()
            logs = zip(message_log_batch, metadata, strict=True)
            found = grader.grade([read(log, beside(row), _asked(log)) for log, row in logs])
            self.judged += len(found)
            self.errors += sum(reward.error for reward in found)
            numbers = torch.tensor([grader.number(reward) for reward in found])
            return EnvironmentReturn(
                observations=[{"role": "environment", "content": str(r.verdict)} for r in found],
                metadata=metadata,
                next_stop_strings=[None] * len(found),
                rewards=numbers,
                terminateds=torch.ones_like(numbers),
                answers=[reward.answer for reward in found],
            )

        def global_post_process_and_metrics(self, batch: Any) -> Any:
            rate = self.errors / self.judged if self.judged else 0.0
            return batch, {"accuracy": batch["rewards"].mean().item(), "verirs/error_rate": rate}

    return ray.remote(max_restarts=-1, max_task_retries=-1, max_concurrency=1000)(Verirs)


def _asked(log: Any) -> str | None:
    """What the model was asked last, with the template's marks: its end may open a thought."""
    texts = [message.get("content") for message in log if message.get("role") != "assistant"]
    return texts[-1] if texts and isinstance(texts[-1], str) else None


def register() -> None:
    """Make NeMo-RL know the environment ``verirs``, run by its own Python."""
    from nemo_rl.distributed.ray_actor_environment_registry import ACTOR_ENVIRONMENT_REGISTRY
    from nemo_rl.distributed.virtual_cluster import PY_EXECUTABLES
    from nemo_rl.environments.utils import register_env

    ACTOR_ENVIRONMENT_REGISTRY[NAME] = PY_EXECUTABLES.SYSTEM
    register_env("verirs", NAME)


with contextlib.suppress(ImportError):  # without NeMo-RL there is nothing to be an environment of
    Environment = environment()
