"""verirs: verifier-based rejection sampling for math and code.

The public names below load on first use, so that ``import verirs`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verirs.grading import grade, grade_many
    from verirs.running.drive import RunResult, run
    from verirs.types import Candidate, Completion, Group, Pair, Problem, Score, Selection, Verdict

_HOME = {
    "Candidate": "verirs.types",
    "Completion": "verirs.types",
    "Group": "verirs.types",
    "Pair": "verirs.types",
    "Problem": "verirs.types",
    "Score": "verirs.types",
    "Selection": "verirs.types",
    "Verdict": "verirs.types",
    "grade": "verirs.grading",
    "grade_many": "verirs.grading",
    "run": "verirs.running.drive",
    "RunResult": "verirs.running.drive",
}
__all__ = [
    "Candidate",
    "Completion",
    "Group",
    "Pair",
    "Problem",
    "RunResult",
    "Score",
    "Selection",
    "Verdict",
    "grade",
    "grade_many",
    "run",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'verirs' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
