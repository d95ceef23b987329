"""What every sink promises, on selections of the extreme groups and a hundred random ones."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from verirs.parts.part import SinkPart, sink_part
from verirs.protocols import Sink
from verirs.sinks.writer import FORMATS, export
from verirs.testing.suite import Suite, require, skip
from verirs.testing.toys import GOLD, toy_selections
from verirs.types import Candidate, Selection, Verdict

Row = Mapping[str, Any]
SYSTEM = "Answer as a pirate."


class SinkSuite(Suite):
    """The promises of :class:`verirs.protocols.Sink`.

    The columns ``prompt``, ``completion``, ``chosen``, ``rejected`` and ``label`` are what trainers take them
    for. Options: ``gold``, the columns that are meant to hold the problem's own answer.
    """

    kind = "sink"
    part: Sink
    selections: Sequence[Selection] = tuple(toy_selections())
    gold: Sequence[str] = ()

    def make(self) -> Sink:
        raise NotImplementedError("write `def make(self)`, which returns the sink to test")

    def looked_at(self) -> SinkPart:
        """The part and its traits, as a run reads them."""
        try:
            return sink_part(self.part)
        except TypeError as e:
            raise AssertionError(str(e)) from e

    def rows(self) -> Iterator[tuple[Selection, Row]]:
        for selection in self.selections:
            for row in self.part.rows(selection):
                yield selection, row

    def column(self, name: str) -> Iterator[tuple[Selection, Row]]:
        """The rows, where the sink has such a column."""
        if name not in self.part.columns.names:
            raise skip(f"it has no column {name}")
        return self.rows()

    def test_it_is_complete(self) -> None:
        """It has all that the Protocol names: a name fit for a file, an Arrow schema, `rows`."""
        self.looked_at()

    def test_rows_have_the_columns(self) -> None:
        """Every row has exactly the keys of `columns`."""
        names = set(self.part.columns.names)
        for _, row in self.rows():
            wrong = sorted(map(str, row.keys() ^ names))
            require(not wrong, f"a row and the columns differ in {', '.join(wrong)}")

    def test_there_are_rows(self) -> None:
        """Some of the selections give rows."""
        require(any(True for _ in self.rows()), "no selection gave a row")

    def test_rows_are_json(self) -> None:
        """Rows hold JSON values."""
        for _, row in self.rows():
            try:
                json.dumps(dict(row))
            except (TypeError, ValueError) as e:
                raise AssertionError(f"{str(row)[:200]}: {e}") from e

    def test_rows_can_be_written(self) -> None:
        """The rows fit the columns' types: both kinds of file are written, odd texts included."""
        import pyarrow.parquet as pq

        part = self.looked_at()
        with tempfile.TemporaryDirectory() as folder:
            written = export(iter(self.selections), [part], Path(folder), FORMATS)[part.key]
            count = pq.read_table(Path(folder) / f"{part.key}.parquet").num_rows
            lines = len((Path(folder) / f"{part.key}.jsonl").read_bytes().splitlines())
        require(count == lines == written.rows, f"{written.rows} rows, {count} in Parquet, {lines} in JSONL")

    def test_nothing_accepted(self) -> None:
        """A selection of nothing but rejects gives rows or none, and does not raise."""
        for selection in self.selections:
            if not selection.accepted:
                list(self.part.rows(selection))

    def test_the_same_rows_again(self) -> None:
        """The same selection gives the same rows again, whatever came before."""
        first = [str([dict(r) for r in self.part.rows(s)]) for s in self.selections]
        again = [str([dict(r) for r in self.part.rows(s)]) for s in self.selections[::-1]]
        require(first == again[::-1], "a second pass over the selections gave other rows")
        fresh = [str([dict(r) for r in self.make().rows(s)]) for s in self.selections]
        require(first == fresh, "another sink of the same options gave other rows")

    def test_the_gold_answer_is_in_no_row(self) -> None:
        """The problem's reference answer is in no column, but for those named in `gold`."""
        for _, row in self.rows():
            for name, value in row.items():
                leaked = GOLD in json.dumps(value, default=str) and name not in self.gold
                require(not leaked, f"column {name!r} holds the reference answer, which no model wrote")

    def test_the_prompt_is_the_selections(self) -> None:
        """A column `prompt` holds the messages of the selection's problem, system prompt included."""
        list(self.column("prompt"))
        for selection in self.selections:
            for row in self.part.rows(with_system(selection)):
                told = SYSTEM in json.dumps(row["prompt"], default=str)
                require(told, "the prompt lacks the system prompt that the selection's problem begins with")

    def test_completions_are_accepted_texts(self) -> None:
        """A column `completion`, where `label` is not false, holds the text of an accepted candidate."""
        for selection, row in self.column("completion"):
            if row.get("label", True):
                _require_text(row["completion"], selection.accepted, "an accepted candidate")

    def test_chosen_is_an_accepted_pass(self) -> None:
        """A column `chosen` holds the text of an accepted `pass`."""
        for selection, row in self.column("chosen"):
            passed = [c for c in selection.accepted if c.verdict is Verdict.PASS]
            _require_text(row["chosen"], passed, "an accepted pass")

    def test_rejected_is_a_verified_fail(self) -> None:
        """A column `rejected` holds the text of a verified `fail`: never an error or an abstention."""
        for selection, row in self.column("rejected"):
            _require_text(row["rejected"], _fails(selection), "a verified fail")

    def test_label_false_is_a_verified_fail(self) -> None:
        """Where `label` is false, `completion` holds the text of a verified `fail`."""
        for selection, row in self.column("label"):
            if row["label"] is False and "completion" in row:
                _require_text(row["completion"], _fails(selection), "a verified fail")


def with_system(selection: Selection) -> Selection:
    """The selection as ``export.prompt = "sampled"`` gives it, its prompt beginning with a system prompt."""
    problem = selection.group.problem
    prompt = ({"role": "system", "content": SYSTEM}, *problem.prompt)
    return replace(selection, group=replace(selection.group, problem=replace(problem, prompt=prompt)))


def _fails(selection: Selection) -> list[Candidate]:
    return [r.candidate for r in selection.rejected if r.candidate.verdict is Verdict.FAIL]


def _require_text(value: Any, among: Iterable[Candidate], what: str) -> None:
    """The text, or the last message, is one of these candidates'."""
    text = value if isinstance(value, str) else value[-1]["content"] if value else ""
    require(any(c.completion.text == text for c in among), f"{text[:80]!r} is not the text of {what}")
