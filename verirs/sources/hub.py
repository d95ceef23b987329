"""Problems from any dataset on the Hugging Face hub, through the ``datasets`` library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verirs.errors import SourceError, need
from verirs.sources.code_columns import CodeColumns
from verirs.sources.formats import Row
from verirs.sources.rows import Columns, problem
from verirs.sources.sieve import OnError, Sieve
from verirs.system.hub import look
from verirs.types import Problem


def hub_rows(dataset: str, config: str, split: str) -> Iterator[Row]:
    """The rows of a hub dataset.

    Raises:
        MissingExtra: ``datasets`` is not installed.
        SourceError: the dataset cannot be had.
    """
    need("datasets", "hub", f"downloading {dataset}")
    look()
    import datasets

    try:
        rows: Any = datasets.load_dataset(dataset, config or None, split=split)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as e:
        # the library raises these for no network, no such dataset, config or split
        reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
        raise SourceError(
            f"cannot load {dataset} (split {split!r}) from the hub: {reason}. "
            f"Without a network, download it elsewhere and give the file: source.path=FILE "
            f"(verirs bench: --source-path FILE)"
        ) from e
    for number, row in enumerate(rows, 1):
        yield f"{dataset}/{split}, row {number}", row


class HubSource:
    """Any hub dataset with a column mapping.

    Args:
        dataset: its name on the hub, for example ``openai/gsm8k``.
        config: the dataset's configuration, where it has several.
        split: for example ``train``.
        prompt, answer, id, tests, entry_point, language, time_limit, memory_limit: columns, as for a file.
        on_error: refuse: name all rows that cannot be used; skip: leave them out and count them.
    """

    def __init__(
        self,
        dataset: str,
        config: str = "",
        split: str = "train",
        prompt: str = "",
        answer: str = "",
        id: str = "id",
        tests: str = "",
        entry_point: str = "",
        language: str = "",
        time_limit: str = "",
        memory_limit: str = "",
        on_error: OnError = "refuse",
    ):
        self.dataset, self.config, self.split = dataset, config, split
        code = CodeColumns(
            tests=tests,
            entry_point=entry_point,
            language=language,
            time_limit=time_limit,
            memory_limit=memory_limit,
        )
        self._columns = Columns(prompt=prompt, answer=answer, id=id, code=code, options=True)
        self._sieve = Sieve("hub", on_error)
        self.skipped, self.where = self._sieve.skipped, self._sieve.where

    def problems(self) -> Iterator[Problem]:
        """All rows, in their order, equal ones once.

        Raises:
            SourceError: the dataset cannot be had, or rows of it cannot be used.
        """
        return self._sieve.problems(
            hub_rows(self.dataset, self.config, self.split),
            lambda row: problem(row, self._columns, source=self.dataset, split=self.split),
        )
