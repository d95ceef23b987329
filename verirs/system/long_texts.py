"""Arrow arrays of long texts, each text copied once.

``pyarrow.array`` copies into a buffer that grows: it is moved each time it doubles, and all of that memory is
new. Here the buffer has its size from the start. The arrays are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

LONG = 2_000
"""Characters: shorter texts gain nothing."""
_MOST_BYTES = (1 << 31) - 1
"""What the offsets of an array of texts can count."""


def array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """What ``pyarrow.array(values, type=kind)`` makes, and raises, of texts and of lists of messages.

    Raises:
        pa.ArrowException, TypeError, OverflowError, UnicodeEncodeError: a value is not of that type.
    """
    import pyarrow as pa

    if pa.types.is_string(kind):
        return _of_texts(values)
    if is_messages(kind) and set(map(type, values)) == {list}:
        flat = [message for value in values for message in value]
        if set(map(type, flat)) == {dict}:
            parts = list(kind.value_type)
            columns = [array([message.get(part.name) for message in flat], part.type) for part in parts]
            ends = pa.array([0, *accumulate(map(len, values))], type=pa.int32())
            return pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays(columns, fields=parts), kind)
    return pa.array(values, type=kind)


def is_messages(kind: pa.DataType) -> bool:
    """Whether it is a list of messages."""
    import pyarrow as pa

    return bool(
        pa.types.is_list(kind)
        and pa.types.is_struct(kind.value_type)
        and kind.value_type.get_field_index("content") >= 0
    )


def _of_texts(values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    if set(map(type, values)) != {str} or sum(map(len, values)) < LONG * len(values):
        return pa.array(values, type=pa.string())
    parts = [value if value.isascii() else value.encode() for value in values]  # of which the length is known
    ends = [0, *accumulate(map(len, parts))]
    if ends[-1] > _MOST_BYTES:
        return pa.array(values, type=pa.string())
    data = pa.allocate_buffer(ends[-1])
    room = memoryview(data).cast("B")
    for part, start, stop in zip(parts, ends, ends[1:], strict=False):
        room[start:stop] = part.encode() if type(part) is str else part
    offsets = pa.array(ends, type=pa.int32()).buffers()[1]
    return pa.StringArray.from_buffers(len(parts), offsets, data)
