"""An environment of one turn for SkyRL: ``env_class: verirs`` after ``import verirs.hooks.skyrl`` in your
entry point.

SkyRL has no way to leave a sample out; the metadata says ``verirs_error``.
"""

from __future__ import annotations

from typing import Any

from verirs.hooks.grader import shared
from verirs.hooks.rows import read


def environment() -> Any:
    """The class that SkyRL makes an environment of."""
    from skyrl_gym.envs.base_text_env import BaseTextEnv

    class VerirsEnv(BaseTextEnv):  # type: ignore[misc, unused-ignore]
        def __init__(self, env_config: Any = None, extras: dict[str, Any] | None = None) -> None:
            super().__init__()
            self.columns = dict(extras or {})

        def step(self, action: str) -> Any:
            grader = shared()
            (found,) = grader.grade([read(action, self.columns)])
            return {
                "observations": [],
                "reward": grader.number(found),
                "done": True,
                "metadata": {
                    **grader.logged(found),
                    "verdict": str(found.verdict),
                    "reason": found.reason,
                },
            }

    return VerirsEnv


def __getattr__(name: str) -> Any:
    if name == "VerirsEnv":
        made = globals()["VerirsEnv"] = environment()
        return made
    raise AttributeError(name)


def register() -> None:
    """Make ``verirs`` known to SkyRL."""
    import skyrl_gym

    skyrl_gym.register(id="verirs", entry_point="verirs.hooks.skyrl:VerirsEnv")
