"""``verirs.iterate(config)`` runs a loop; ``from verirs.iterate import iterate`` is the same function.

The package documented the second spelling first, and a module of this name hides a function of the same name,
so the module itself can be called. The loop is in :mod:`verirs.loop`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console

from verirs.loop import LoopConfig, LoopResult, iterate
from verirs.loop.steps.step import Warm

__all__ = ["LoopConfig", "LoopResult", "iterate"]


class _Called(ModuleType):
    def __call__(
        self,
        config: LoopConfig | Mapping[str, Any] | str | Path,
        *,
        console: Console | None = None,
        redo: str = "",
        warm: Warm | None = None,
    ) -> LoopResult:
        return iterate(config, console=console, redo=redo, warm=warm)

    def __reduce__(self) -> tuple[Any, ...]:
        return importlib.import_module, (__name__,)


_Called.__call__.__doc__ = iterate.__doc__
sys.modules[__name__].__class__ = _Called
