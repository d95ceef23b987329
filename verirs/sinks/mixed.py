"""Sinks over a mixed run: each row also says which run drew its sample, from which source, with which model.

A row names its samples by columns called ``sample_index``, or ``chosen_index``, ``rejected_index`` and the
like; each gets three columns more: ``run``, ``model``, ``source``, or ``chosen_run`` and so on. A sink
without such a column is refused: nobody could say whose its rows are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from verirs.errors import PartError
from verirs.parts import SinkPart
from verirs.protocols import Sink
from verirs.sinks.steps import StepSink
from verirs.sinks.training import TrainingSink
from verirs.store import Whose
from verirs.types import Selection

if TYPE_CHECKING:
    import pyarrow as pa

SAYS = ("run", "model", "source")
_INDEX = "_index"


def saying_whose(sinks: Sequence[SinkPart], whose: Whose) -> list[SinkPart]:
    """The same sinks with the columns more.

    Raises:
        PartError: a sink's rows name no sample, or it has a column of that name.
    """
    return [s if s.traits.of_problems else replace(s, made=_Saying(s, whose)) for s in sinks]


class _Saying:
    def __init__(self, sink: SinkPart, whose: Whose):
        import pyarrow as pa

        self.name = sink.key
        self._sink: Sink = sink.made
        self._whose = whose
        columns = sink.made.columns
        self._stems = [
            field.name.removesuffix(_INDEX)
            for field in columns
            if field.name.endswith(_INDEX) and pa.types.is_integer(field.type)
        ]
        names = [name for stem in self._stems for name in _names(stem)]
        if not names:
            raise PartError(
                f"sink {sink.key!r}: its rows name no sample (no column sample_index), so in a mixed run "
                f"nobody can say whose they are; leave it out: --set 'export.sinks=[...]'"
            )
        own = isinstance(
            sink.made, (TrainingSink, StepSink)
        )  # what theirs say of the problem, ours do of the row
        if taken := [name for name in names if name in columns.names and not own]:
            raise PartError(
                f"sink {sink.key!r}: {', '.join(taken)}: in a mixed run these columns are verirs' own"
            )
        for name in (n for n in names if n not in columns.names):
            columns = columns.append(pa.field(name, pa.string()))
        self.columns: pa.Schema = columns

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        """The sink's own rows, each with whose its samples are."""
        for row in self._sink.rows(selection):
            said = dict(row)
            for stem in self._stems:
                said |= zip(_names(stem), whose_row(self._whose, said.get(f"{stem}{_INDEX}")), strict=True)
            yield said


def _names(stem: str) -> list[str]:
    return [name if stem == "sample" else f"{stem}_{name}" for name in SAYS]


def whose_row(whose: Whose, index: int | None) -> tuple[str | None, ...]:
    """Run, model and source of a sample; nothing of none."""
    if index is None:
        return (None,) * len(SAYS)
    part = whose.of(index)
    return part.name, part.model, part.source
