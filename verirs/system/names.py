"""What a run or a loop may be called: one folder's name, and nothing that a shell or a terminal misreads."""

from __future__ import annotations

LONGEST = 120
"""Bytes. File systems end at 255, and a name gets endings (a shard's number, a file's partial name)."""


def name_fault(name: object) -> str:
    """What is wrong with a name, and what to do; empty: nothing."""
    if not isinstance(name, str):
        return ""  # said elsewhere: it is not a text
    if not name.strip():
        return 'it is empty; the run directory needs a name of its own, for example name = "first-try"'
    if name != name.strip():
        return f"{name!r} begins or ends with a blank; leave that out"
    if not name.isprintable():
        return f"{name!r} holds characters that cannot be seen; use letters, digits, '-', '_' and '.'"
    if "/" in name or "\\" in name:
        return f"{name!r} is a path; a name is one folder under runs/. Another place: --set runs=DIR"
    if name[0] in ".-":
        return f"{name!r} begins with {name[0]!r}; begin with a letter or a digit"
    size = len(name.encode("utf-8", "surrogatepass"))
    if size > LONGEST:
        return f"it is {size} bytes long; at most {LONGEST}"
    return ""
