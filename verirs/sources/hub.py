"""Problems from any dataset on the Hugging Face hub, through the ``datasets`` library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verirs.errors import SourceError, need
from verirs.sources.files import Row, problem
from verirs.types import Problem


def hub_rows(dataset: str, config: str, split: str) -> Iterator[Row]:
    """The rows of a hub dataset.

    Raises:
        MissingExtra: ``datasets`` is not installed.
        SourceError: the dataset cannot be had.
    """
    need("datasets", "hub", f"downloading {dataset}")
    import datasets

    try:
        rows: Any = datasets.load_dataset(dataset, config or None, split=split)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as e:
        # the library raises these for no network, no such dataset, config or split
        reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
        raise SourceError(
            f"cannot load {dataset} (split {split!r}) from the hub: {reason}. "
            f"Without a network, download it elsewhere and give the file: source.path=FILE"
        ) from e
    for number, row in enumerate(rows, 1):
        yield f"{dataset}/{split}, row {number}", row


class HubSource:
    """Any hub dataset with a column mapping.

    Args:
        dataset: its name on the hub, for example ``openai/gsm8k``.
        config: the dataset's configuration, where it has several.
        split: for example ``train``.
        prompt, answer, id: columns, as for a file.
    """

    def __init__(
        self,
        dataset: str,
        config: str = "",
        split: str = "train",
        prompt: str = "",
        answer: str = "",
        id: str = "id",
    ):
        self.dataset, self.config, self.split = dataset, config, split
        self.prompt, self.answer, self.id = prompt, answer, id

    def problems(self) -> Iterator[Problem]:
        for where, row in hub_rows(self.dataset, self.config, self.split):
            yield problem(
                row, where, prompt=self.prompt, answer=self.answer, id=self.id,
                source=self.dataset, split=self.split,
            )  # fmt: skip
