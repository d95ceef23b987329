"""Limits and languages as data sets write them: ``2.0 seconds``, ``{"seconds": 2}``, ``256 MB``, ``cpp``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from verirs.code.extraction.fences import LANGUAGES
from verirs.types import LONGEST_TIME

_AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Zµ]*)\.?(?:\s*(?:per|a|/)\s*test.*)?\s*")
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0} | dict.fromkeys(
    ("ms", "msec", "millisecond", "milliseconds", "millis"), 1e-3
)
_MEGABYTES = {
    **dict.fromkeys(("m", "mb", "mib", "mbyte", "mbytes", "megabyte", "megabytes", "mebibytes"), 1.0),
    **dict.fromkeys(("k", "kb", "kib", "kbyte", "kbytes", "kilobyte", "kilobytes"), 1 / 1024),
    **dict.fromkeys(("g", "gb", "gib", "gbyte", "gbytes", "gigabyte", "gigabytes"), 1024.0),
    **dict.fromkeys(("b", "byte", "bytes"), 1 / 1048576),
}
_OTHER_WORDS = """
typescript ts c# csharp cs php ruby rb swift kotlin kt scala haskell hs perl r julia jl lua bash sh
shell dart d racket rkt ocaml elixir erlang clojure fortran pascal ada cobol lisp matlab octave sql
"""
_OTHERS = frozenset(_OTHER_WORDS.split())


def seconds(value: Any) -> float | None:
    """A time limit in seconds; ``None`` where the value says none that can be read. A number above
    :data:`~verirs.types.LONGEST_TIME` without a unit is one of milliseconds."""
    if isinstance(value, Mapping):
        parts = [value.get("seconds"), value.get("nanos")]
        if not set(value) <= {"seconds", "nanos"} or not any(_is_number(p) for p in parts):
            return None
        return (float(parts[0] or 0) + float(parts[1] or 0) / 1e9) or None
    if isinstance(value, str):
        found = _AMOUNT.fullmatch(value)
        unit = _SECONDS.get(found[2].lower()) if found else None
        if found is None or unit is None:
            return None
        if found[2]:
            return float(found[1]) * unit or None
        value = float(found[1])
    if not _is_number(value) or value <= 0:
        return None
    return float(value) if value <= LONGEST_TIME else float(value) / 1000


def megabytes(value: Any, name: str = "") -> float | None:
    """A memory limit in megabytes; ``None`` where the value says none that can be read.

    A number without a unit is one of megabytes up to 65,536, of kilobytes up to ten million, else of bytes,
    unless its column's ``name`` says.
    """
    unit = ""
    if isinstance(value, str):
        found = _AMOUNT.fullmatch(value)
        if found is None or (found[2] and found[2].lower() not in _MEGABYTES):
            return None
        value, unit = float(found[1]), found[2].lower()
    if not _is_number(value) or value <= 0:
        return None
    for ending in ("bytes", "kb", "mb"):
        if not unit and name.lower().endswith(ending):
            unit = ending
    if not unit:
        unit = "mb" if value <= 65_536 else "kb" if value <= 10_000_000 else "bytes"
    return float(value) * _MEGABYTES[unit]


def language(value: Any) -> str | None:
    """A programming language by its name here (:data:`~verirs.code.extraction.fences.LANGUAGES`), or as it is
    written where it cannot be judged; ``None``: no programming language at all (``en``)."""
    if not isinstance(value, str):
        return None
    word = re.sub(r"\s*\(.*|[\s_-]*[\d.]+$", "", value.strip().lower()) or value.strip().lower()
    for name, spellings in LANGUAGES.items():
        if word in spellings or value.strip().lower() in spellings:
            return name
    return word if word in _OTHERS else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
