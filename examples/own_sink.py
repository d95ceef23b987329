"""A sink of your own.

`verirs run --source easy --engine fake --set 'export.sinks=["examples/own_sink.py:Alpaca"]'`
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from verirs import Selection


class Alpaca:
    """Instruction and output of each accepted candidate, in ``export/alpaca.parquet``."""

    name = "alpaca"
    columns = pa.schema([("instruction", pa.string()), ("output", pa.string())])

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        instruction = "\n\n".join(m["content"] for m in selection.group.problem.prompt)
        for candidate in selection.accepted:
            yield {"instruction": instruction, "output": candidate.completion.text}
