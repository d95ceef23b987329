"""The problems themselves, a row each: what is known of them, whether they were kept, and why not.

Not a training file: it holds problems that a filter dropped, and those that nothing solved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from verirs.curation import COLUMNS, row_of
from verirs.sinks.columns import schema
from verirs.types import Selection, to_json

if TYPE_CHECKING:
    import pyarrow as pa


class ProblemsSink:
    """One row a problem, also where it has no sample or was dropped (then with the reason)."""

    name = "problems"
    of_problems = True
    of_all = True
    gold: ClassVar = ("gold", "meta", "majority_answer")
    kinds: ClassVar = {
        "problem_id": "text",
        "prompt": "text",
        **COLUMNS,
        "accepted": "int",
        "dropped": "text",
        "meta": "text",
    }

    @property
    def columns(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return schema(self.kinds)

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        problem = selection.group.problem
        yield {
            "problem_id": problem.id,
            "prompt": "\n\n".join(m["content"] for m in problem.prompt),
            **row_of(selection.facts),
            "accepted": len(selection.accepted),
            "dropped": selection.dropped or None,
            "meta": json.dumps(to_json(problem.meta), ensure_ascii=False, sort_keys=True),
        }
