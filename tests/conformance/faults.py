"""What the kit says of parts with one fault each: the names of the promises that it finds broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from verirs.errors import PartError
from verirs.testing import (
    Suite,
    check,
)

Fault = tuple[str, Callable[[], Any]]


def broken(suite: type[Suite], make: Callable[[], Any], **options: Any) -> set[str]:
    """The names of the promises that the kit says are broken."""
    with pytest.raises(PartError) as caught:
        check(suite, make, **options)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(suite.kind) and suite.__name__ in lines[0]
    return {line.strip().split(":")[0] for line in lines if line.startswith("  test_")}


def named(faults: Sequence[Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("promise", "make"), faults, ids=[getattr(make, "__name__", "?") for _, make in faults]
    )
