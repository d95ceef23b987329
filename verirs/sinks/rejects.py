"""Everything that was not selected, with the reason and the scores: for people and for audits.

Not a training file: it holds texts with verdicts ``error`` and ``abstain`` too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from verirs.sinks.columns import PROVENANCE, provenance, schema
from verirs.types import Selection

if TYPE_CHECKING:
    import pyarrow as pa


class RejectsSink:
    """One row a rejected candidate, in order of sample index."""

    name = "rejects"
    of_all = True
    kinds: ClassVar = {
        "reason": "text",
        "verdict": "text",
        "text": "text",
        "answer": "text",
        "finish_reason": "text",
        "tokens": "int",
        **PROVENANCE,
    }

    @property
    def columns(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return schema(self.kinds)

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for rejection in selection.rejected:
            candidate = rejection.candidate
            yield {
                "reason": rejection.reason,
                "verdict": candidate.verdict.value,
                "text": candidate.completion.text,
                "answer": candidate.answer,
                "finish_reason": candidate.completion.finish_reason,
                "tokens": candidate.completion.tokens,
                **provenance(selection.group.problem.id, candidate),
            }
