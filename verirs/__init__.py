"""verirs: verifier-based rejection sampling for math and code.

``__all__`` is the public face; the names load on first use, so that ``import verirs`` costs nothing.
``docs/python.md`` shows them at work and names the public modules beside them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from verirs.version import __version__

if TYPE_CHECKING:
    from verirs.answering import Answer, Answerer, best_of
    from verirs.errors import (
        ConfigError,
        EngineError,
        GivenUp,
        Interrupted,
        MissingExtra,
        NotAModel,
        NothingDone,
        PartError,
        RequestError,
        SandboxError,
        SourceError,
        StepFailed,
        StoreError,
        TooManyErrors,
        UserError,
        VerirsError,
    )
    from verirs.grading import grade, grade_many
    from verirs.loop import LoopConfig, LoopResult, iterate
    from verirs.running.again import export, score
    from verirs.running.config import Config
    from verirs.running.drive import RunResult, run
    from verirs.running.reading import Run, load_run
    from verirs.types import (
        Candidate,
        Completion,
        Group,
        Message,
        Pair,
        Problem,
        Rejection,
        Score,
        Selection,
        Verdict,
    )

__all__ = [
    "Answer",
    "Answerer",
    "Candidate",
    "Completion",
    "Config",
    "ConfigError",
    "EngineError",
    "GivenUp",
    "Group",
    "Interrupted",
    "LoopConfig",
    "LoopResult",
    "Message",
    "MissingExtra",
    "NotAModel",
    "NothingDone",
    "Pair",
    "PartError",
    "Problem",
    "Rejection",
    "RequestError",
    "Run",
    "RunResult",
    "SandboxError",
    "Score",
    "Selection",
    "SourceError",
    "StepFailed",
    "StoreError",
    "TooManyErrors",
    "UserError",
    "Verdict",
    "VerirsError",
    "__version__",
    "best_of",
    "export",
    "grade",
    "grade_many",
    "iterate",
    "load_run",
    "run",
    "score",
]

_HOMES = {
    "verirs.answering": ("Answer", "Answerer", "best_of"),
    "verirs.grading": ("grade", "grade_many"),
    "verirs.loop": ("LoopConfig", "LoopResult"),
    "verirs.running.again": ("export", "score"),
    "verirs.running.config": ("Config",),
    "verirs.running.drive": ("RunResult", "run"),
    "verirs.running.reading": ("Run", "load_run"),
    "verirs.types": (
        "Candidate",
        "Completion",
        "Group",
        "Message",
        "Pair",
        "Problem",
        "Rejection",
        "Score",
        "Selection",
        "Verdict",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "iterate":  # a module that is called: see there
        return importlib.import_module("verirs.iterate")
    if name not in __all__:
        raise AttributeError(f"module 'verirs' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME.get(name, "verirs.errors")), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
