"""Licences of problems: what a row says itself, else what is known of its source.

Does not judge whether a licence was rightly given, and says nothing of the terms of the model that wrote the
texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from verirs.types import Problem

KNOWN: Mapping[str, str] = {
    "gsm8k": "mit",
    "openai/gsm8k": "mit",
    "math500": "mit",
    "huggingfaceh4/math-500": "mit",
    "humaneval": "mit",
    "openai/openai_humaneval": "mit",
    "mbpp": "cc-by-4.0",
    "google-research-datasets/mbpp": "cc-by-4.0",
    "evalplus/humanevalplus": "apache-2.0",
    "arithmetic": "apache-2.0",
    "eleutherai/asdiv": "cc-by-nc-4.0",
}
"""By the name of a source, or of a data set on the hub, in small letters."""
_KEYS = ("license", "licence", "License", "LICENSE")
_NOT_COMMERCIAL = re.compile(
    r"(?<![a-z])nc(?![a-z])|non-?\s?commercial|research[- ]only|research[- ]use|academic", re.IGNORECASE
)


def license_of(problem: Problem, default: str = "") -> str:
    """The licence of a problem: of its own row, of its source, or the default; empty where nobody knows."""
    for key in _KEYS:
        found = problem.meta.get(key)
        if isinstance(found, str) and found.strip():
            return " ".join(found.split())
    return KNOWN.get(problem.source.lower(), default)


def forbids_sale(license: str) -> bool:
    """Whether a licence, by its name, allows no commercial use."""
    return bool(_NOT_COMMERCIAL.search(license))
