"""What a run or a loop may be called: one folder's name, and nothing that a shell or a terminal misreads; and
where it may lie: on a disk."""

from __future__ import annotations

import re
from pathlib import Path

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
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


def is_address(path: str | Path) -> bool:
    """Whether a path is the address of something that is on no disk, ``s3://...`` say."""
    return bool(_ADDRESS.match(str(path)))


def place_fault(place: object) -> str:
    """What is wrong with a folder for runs or their files, and what to do; empty: nothing."""
    if not isinstance(place, (str, Path)) or not is_address(place):
        return ""
    return (
        f"{str(place)!r} is an address, and a run lies on a disk: an object store cannot append to a file, "
        f"lock one or put one in another's place. Give a folder. When the command has ended, copy the run "
        f"(aws s3 sync, gsutil rsync, rclone copy); `verirs verify` says of a copy whether it is whole"
    )
