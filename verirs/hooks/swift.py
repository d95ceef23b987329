"""A reward for ms-swift: ``--external_plugins "$(verirs hooks swift --path)" --reward_funcs verirs``.

ms-swift counts ``None`` as 0 (it sums what is not NaN), so an error gets a number.
"""

from __future__ import annotations

from typing import Any

from verirs.hooks.grader import shared
from verirs.hooks.trl import rows_of


class Verirs:
    """An ``ORM`` of ms-swift: texts and the data set's columns in, numbers out."""

    def __init__(self, args: Any = None, **_: Any) -> None:
        self.args = args

    def __call__(self, completions: Any, **columns: Any) -> list[float]:
        grader = shared()
        return [grader.number(found) for found in grader.grade(rows_of(None, completions, columns))]


try:
    from swift.rewards import orms  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    pass  # read for its path alone
else:
    orms["verirs"] = Verirs
