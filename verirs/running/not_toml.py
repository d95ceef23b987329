"""What a file that is no TOML probably is, and what to write instead; for the message of a config."""

from __future__ import annotations

import re
from pathlib import Path

from verirs.sources.paths import kind_of
from verirs.system.terminal import one_line, pasted

SHOWN = 80
"""So much of the line at fault is shown."""
_PLACE = re.compile(r"at line (\d+)")
_SECRET = re.compile(r"key|token|secret|password", re.IGNORECASE)
"""A line that is not shown."""
_YAML = re.compile(r"\s*(- )?[\w.-]+:(\s|$)")
_RULES = (
    (re.compile("[“”„‘’«»]"), 'the quotes are typographic; write plain ones: "..."'),
    (re.compile(r"=\s*\"[^\"]*\\"), "a backslash begins an escape; write the path with / or in '...'"),
    (re.compile(r"=\s*(True|False)\b"), "write true and false in small letters"),
    (re.compile(r"=\s*(None|null|nil)\b"), "there is no empty value; leave the key out"),
    (re.compile(r"=\s*(?!(true|false|inf|nan)\b)[A-Za-z./~]"), 'a text stands in quotes: "..."'),
    (re.compile(r"^\s*[\w.-]+\s*:"), "a key and its value are joined by = and not by :"),
)
"""What a line shows, and what to do."""


def not_toml(path: Path, text: str, error: Exception) -> str:
    """A sentence for a file that does not hold TOML.

    Args:
        text: of the file, as far as it can be read.
        error: of the TOML reader.
    """
    begin = f"{path} is not valid TOML: {error}"
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return begin
    start = "A config is TOML; verirs init writes one to start from"
    if kind_of(path):
        return f"{begin}. {start}. A file of problems is run with verirs run --source {pasted(path)}"
    if lines[0].lstrip().startswith(("{", "[{")):
        return f"{begin}. It looks like JSON. {start}"
    yaml = sum(bool(_YAML.match(line)) for line in lines)
    if path.suffix.lower() in (".yaml", ".yml") or 2 * yaml > len(lines):
        return f"{begin}. It looks like YAML. {start}"
    place = _PLACE.search(str(error))
    all_lines = text.splitlines()
    if place is None or not 0 < int(place[1]) <= len(all_lines):
        return begin
    line = all_lines[int(place[1]) - 1]
    rule = next((f". Here {what}" for shape, what in _RULES if shape.search(line)), "")
    told = "" if _SECRET.search(line) else f": {one_line(line.strip(), SHOWN)}"
    return f"{begin}{told}{rule}"
