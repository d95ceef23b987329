"""Column types of the exported files, as Arrow types made when first asked for.

pyarrow is imported inside the functions, so that naming a sink loads nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from verirs.curation import COLUMNS, row_of
from verirs.types import Candidate, Message, Selection

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = (
    "messages",  # a conversation: list of {role, content}
    "replies",  # a conversation whose replies may have a thought
    "message",  # one of them
    "text",
    "texts",
    "int",
    "ints",
    "float",
    "bool",
    "bools",
    "scores",  # one entry a scorer
)


def schema(columns: Mapping[str, Any], thought_key: str = "") -> pa.Schema:
    """The Arrow schema of columns given as name -> kind (one of :data:`KINDS`), or a table of such columns.

    Args:
        thought_key: a key more of the messages in ``replies``.
    """
    import pyarrow as pa

    text = pa.string()
    reply = pa.struct([("role", text), ("content", text), *([(thought_key, text)] if thought_key else [])])

    def type_of(kind: Any) -> pa.DataType:
        if isinstance(kind, Mapping):
            return pa.struct([(name, type_of(inner)) for name, inner in kind.items()])
        return pa.list_(type_of(kind[0])) if isinstance(kind, list) else types[kind]

    types = {
        "messages": pa.list_(pa.struct([("role", text), ("content", text)])),
        "replies": pa.list_(reply),
        "message": reply,
        "text": text,
        "texts": pa.list_(text),
        "int": pa.int64(),
        "ints": pa.list_(pa.int64()),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "bools": pa.list_(pa.bool_()),
        "scores": pa.list_(
            pa.struct(
                [
                    ("scorer", text),
                    ("version", text),
                    ("verdict", text),
                    ("value", pa.float64()),
                    ("answer", text),
                    ("reason", text),
                ]
            )
        ),
    }
    return pa.schema([(name, type_of(kind)) for name, kind in columns.items()])


PROVENANCE = {
    "problem_id": "text",
    "sample_index": "int",
    "seed": "int",
    "value": "float",
    "scores": "scores",
}
"""Columns that say where a row comes from. Trainers ignore them."""


def provenance(problem_id: str, candidate: Candidate) -> dict[str, Any]:
    """The :data:`PROVENANCE` columns of a candidate."""
    return {
        "problem_id": problem_id,
        "sample_index": candidate.completion.index,
        "seed": candidate.completion.seed,
        "value": finite(candidate.value),
        "scores": [
            {
                "scorer": s.scorer,
                "version": s.version,
                "verdict": s.verdict.value,
                "value": finite(s.value),
                "answer": s.answer,
                "reason": s.reason,
            }
            for s in candidate.scores
        ],
    }


ORIGIN = {**PROVENANCE, **COLUMNS}
"""Columns of a row of one sample: where it comes from, and what is known of its problem."""


def origin(selection: Selection, candidate: Candidate) -> dict[str, Any]:
    """The :data:`ORIGIN` columns of a candidate."""
    return {**provenance(selection.group.problem.id, candidate), **row_of(selection.facts)}


def finite(value: float | None) -> float | None:
    """The value where it is a finite number: JSON has no other, and the two formats must agree."""
    return value if value is not None and math.isfinite(value) else None


def conversation(messages: Iterable[Message]) -> list[dict[str, str]]:
    """Messages as plain dicts of role and content."""
    return [{"role": m["role"], "content": m["content"]} for m in messages]


def reply(candidate: Candidate, thought_key: str = "") -> list[dict[str, str]]:
    """A candidate's text as the assistant's turn, its thought under ``thought_key`` where it has one."""
    completion = candidate.completion
    message = {"role": "assistant", "content": completion.text}
    if thought_key and completion.reasoning.strip():
        message[thought_key] = completion.reasoning
    return [message]
