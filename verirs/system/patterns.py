"""Regular expressions that are compiled when they are first used.

A grader knows a few hundred of them and one text needs a few: compiling them all takes longer than importing
everything else. After the first use a call costs what it costs on a compiled pattern.
"""

from __future__ import annotations

import re
from typing import Any, cast
from weakref import WeakSet

_USES = (
    *("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn"),
    *("pattern", "flags", "groups"),
)


class _Later:
    """Stands for a pattern; takes over the compiled one's methods at the first use of any."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source, flags
        _uncompiled.add(self)

    def __getattr__(self, name: str) -> Any:
        if name not in _USES:
            raise AttributeError(name)
        return getattr(self.compiled(), name)

    def compiled(self) -> re.Pattern[str]:
        compiled = re.compile(*self._source)
        for use in _USES:
            setattr(self, use, getattr(compiled, use))
        return compiled


_uncompiled: WeakSet[_Later] = WeakSet()


def compile_all() -> None:
    """Compile every pattern of the modules that are loaded: a tenth of a second, before time counts."""
    while _uncompiled:
        later = _uncompiled.pop()
        if not vars(later).keys() >= set(_USES):
            later.compiled()


def regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern of a regular expression, compiled at its first use.

    >>> regex(r"\\d+").findall("3 and 4")
    ['3', '4']
    """
    return cast("re.Pattern[str]", _Later(source, flags))
