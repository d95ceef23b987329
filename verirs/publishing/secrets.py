"""What must not leave this machine: keys, and where things lie on it.

Every value of an environment variable whose name says that it is secret is looked for in every file, and the
forms of well-known keys in the texts that people write (the card and the config). A key in another form, or
one that no variable holds, is not found.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_NAMED = re.compile(r"key|token|secret|password|passwd|credential|auth", re.IGNORECASE)
_FORMS = {
    "a token of the Hugging Face hub": r"\bhf_[A-Za-z0-9]{30,}",
    "an API key": r"\bsk-[A-Za-z0-9_-]{20,}",
    "a key of AWS": r"\bAKIA[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})",
    "a token of Slack": r"\bxox[abpr]-[A-Za-z0-9-]{10,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "an address with a password": r"\b[a-z][a-z0-9+]*://[^/\s:@]+:[^/\s@]+@",
}
_SHORTEST = 8
"""Characters of a secret: shorter values occur by chance."""


def held(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Secrets by the name of their variable."""
    return {
        name: value.strip()
        for name, value in environment.items()
        if _NAMED.search(name) and len(value.strip()) >= _SHORTEST and not os.path.exists(value.strip())
    }


def in_text(text: str, secrets: Mapping[str, str]) -> str:
    """What secret a text of ours holds, in words without it; empty if none."""
    if found := next((name for name, value in secrets.items() if value in text), ""):
        return f"the value of the environment variable {found}"
    return next((what for what, form in _FORMS.items() if re.search(form, text)), "")


def in_file(path: Path, secrets: Mapping[str, str]) -> str:
    """What secret a file of rows holds."""
    if not secrets:
        return ""
    for text in _texts(path):
        if found := next((name for name, value in secrets.items() if value in text), ""):
            return f"the value of the environment variable {found}"
    return ""


def _texts(path: Path) -> Iterator[str]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(1024):
                yield json.dumps(batch.to_pylist(), ensure_ascii=False)
    else:
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield from lines


_PLACES = ("runs", "base_url", "url")


def public(table: Mapping[str, Any]) -> dict[str, Any]:
    """A config as it may be shown: paths are names of files; addresses that no stranger reaches are gone."""
    out: dict[str, Any] = {}
    for key, value in table.items():
        if key in _PLACES and not (isinstance(value, str) and _is_public(value)):
            continue
        out[key] = _shown(value)
    return out


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return public(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, str) and value.startswith(("/", "./", "../", "~")):
        plugin = value.rpartition(":")  # ./file.py:Name
        path, name = (plugin[0], f":{plugin[2]}") if plugin[2].isidentifier() and plugin[0] else (value, "")
        return Path(path).name + name
    return value


def _is_public(address: str) -> bool:
    """Whether an address is one that a stranger can reach, as far as its form tells."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    named = "." in host and not re.fullmatch(r"[\d.]+|.*:.*", host)
    inner = host.endswith((".local", ".internal", ".lan", ".localhost", ".home", ".corp", ".intranet"))
    return parts.scheme == "https" and named and not inner and not parts.query and not parts.username
