"""Which part of a completion is its final answer."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extraction:
    """The final answer of a completion, or why there is none.

    ``answer`` is ``None`` when nothing was found; ``method`` says which rule found it.
    """

    answer: str | None
    method: str
    reason: str = ""


_NUMBER = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?")


def extract(text: str) -> Extraction:
    """The last ``\\boxed{}``, else what follows ``####``, else the last number."""
    at = text.rfind("\\boxed{")
    if at >= 0:
        depth, start = 1, at + 7
        for i in range(start, len(text)):
            depth += {"{": 1, "}": -1}.get(text[i], 0)
            if depth == 0:
                return Extraction(text[start:i].strip(), "boxed")
    at = text.rfind("####")
    if at >= 0:
        return Extraction(text[at + 4 :].strip().split("\n")[0].strip(), "hashes")
    found = _NUMBER.findall(text)
    if found:
        return Extraction(found[-1], "number")
    return Extraction(None, "none", "no answer found")
