"""Which files a path names: one file, a folder's files, or those that match a pattern.

Relative paths start at the current folder; those of a config file have been moved there
(:mod:`verirs.running.places`). Links are followed. Pipes are refused: a run reads its
problems again whenever it goes on.
"""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

from verirs.errors import SourceError, nearest
from verirs.sources.faults import listed, named
from verirs.system.names import is_address

KINDS = {
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
COMPRESSED = (".gz", ".zst", ".zstd", ".bz2", ".xz")
READABLE = ".jsonl, .json, .csv, .tsv (each also as .gz, .zst, .bz2 or .xz) or .parquet"
ELSE = {
    ".xlsx": "save the sheet as CSV UTF-8",
    ".xls": "save the sheet as CSV UTF-8",
    ".arrow": "write it as Parquet: datasets.load_from_disk(FOLDER).to_parquet('rows.parquet')",
    ".zip": "unpack it first",
    ".tar": "unpack it first",
    ".tgz": "unpack it first",
    ".pkl": "a pickle can run code and is never opened; write it as JSON lines or Parquet",
    ".pickle": "a pickle can run code and is never opened; write it as JSON lines or Parquet",
}
"""What to do about files that are not read."""
_ON_THE_HUB = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/([\w.-]+/[\w.-]+)")
_SHARD = re.compile(r"(?P<stem>.*?)-?(?P<at>\d{5})-of-(?P<of>\d{5})")


def kind_of(path: Path) -> str:
    """``json``, ``csv`` or ``parquet``, by the file's name; empty for another file."""
    suffixes = [s.lower() for s in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
        return KINDS.get(suffixes[-1], "").replace("parquet", "") if suffixes else ""
    return KINDS.get(suffixes[-1], "") if suffixes else ""


def is_path(text: str) -> bool:
    """Whether a text names files rather than a source: by its ending, a pattern, a folder or an address."""
    ending = Path(text).suffix.lower()
    return (
        bool(kind_of(Path(text)) or glob.has_magic(text) or is_address(text))
        or text.endswith("/")
        or text.startswith("/dev/")
        or text == "-"
        or ("/" in text and Path(text).is_dir())
        or ending in ELSE
    )


def files_of(path: str | Path) -> list[Path]:
    """The files that a path names, in order of name.

    Raises:
        SourceError: none, or some that are no rows.
    """
    if is_address(path):
        hub = _ON_THE_HUB.match(str(path))
        how = f": --source hub --set source.dataset={hub[1]}" if hub else " (source hub)"
        raise SourceError(
            f"{path} is an address, and rows are read from a disk: give a copy of it, or a data set of the "
            f"hub by its name{how}"
        )
    given = Path(path).expanduser()
    if given.is_dir():
        return _in_folder(given)
    if glob.has_magic(str(given)) and not given.exists():
        found = [Path(p) for p in sorted(glob.glob(str(given), recursive=True))]
        files = list({p.resolve(): p for p in reversed(found) if p.is_file()}.values())[::-1]
        _refuse_closed(given)
        if not files:
            raise SourceError(f"{given}: no file matches (looked in {Path.cwd()})")
        return [_checked(p) for p in files]
    if str(path) == "-":
        raise SourceError(f"{_pipe('-')}")
    if given.is_symlink() and not given.exists():
        raise SourceError(f"{given} is a link that leads to no file")
    if not given.exists():
        beside = [p.name for p in given.parent.iterdir()] if given.parent.is_dir() else []
        raise SourceError(f"{given} does not exist{nearest(given.name, beside)} (looked in {Path.cwd()})")
    return [_checked(given)]


def _refuse_closed(pattern: Path) -> None:
    """Refuse a pattern that goes through a folder that may not be read: what is in it would be left out
    without a word."""
    parts = pattern.parts
    for at in range(1, len(parts)):
        needed = os.R_OK | os.X_OK if glob.has_magic(parts[at]) else os.X_OK
        for folder in glob.iglob(f"{Path(*parts[:at])}/", recursive=True):
            if not os.access(folder, needed):
                raise SourceError(f"{folder} cannot be read: Permission denied; {pattern} goes through it")


def _checked(path: Path) -> Path:
    if not path.is_file():
        raise SourceError(_pipe(str(path)))
    if not kind_of(path):
        todo = ELSE.get(path.suffix.lower(), f"give {READABLE}")
        raise SourceError(f"{path}: unknown kind of file; {todo}")
    return path


def _pipe(name: str) -> str:
    return (
        f"{name} is no regular file. A run reads its problems again whenever it goes on, so a pipe cannot be "
        f"its source: write the rows to a file first."
    )


def _in_folder(folder: Path) -> list[Path]:
    """The files directly in a folder: of one kind, and if they are shards, of one set that is complete.

    Files below it are left alone, because they may be another split.
    """
    entries = sorted(p for p in folder.iterdir() if not p.name.startswith((".", "_")))
    arrow = [p for p in entries if p.suffix.lower() == ".arrow"]
    files = [p for p in entries if p.is_file() and kind_of(p)]
    if arrow or not files:
        below = sorted({p.parent for p in folder.rglob("*") if p.is_file() and kind_of(p)})
        hint = f"; there are some in {listed(below, 5)}" if below and not arrow else ""
        todo = f": {ELSE['.arrow']}" if arrow else hint or f" (it holds {listed([p.name for p in entries])})"
        raise SourceError(f"{folder} is a folder without files that can be read{todo}")
    kinds = {kind_of(p) for p in files}
    if len(kinds) > 1:
        raise SourceError(
            f"{folder} holds files of several kinds ({listed([p.name for p in files], 6)}); "
            f"give one of them, or a pattern such as {folder}/*.{sorted(kinds)[0]}"
        )
    shards = [m for p in files if (m := _SHARD.match(p.name))]
    stems = sorted({m["stem"] for m in shards})
    if len(stems) > 1:
        raise SourceError(
            f"{folder} holds several splits ({listed(stems, 6)}); give one of them, for example "
            f"{folder}/{stems[0]}-*{files[0].suffix}"
        )
    if shards:
        wanted, there = int(shards[0]["of"]), {int(m["at"]) for m in shards}
        if missing := [n for n in range(min(wanted, 10**5)) if n not in there]:
            some = ", ".join(f"{n:05}" for n in missing[:5]) + (" ..." if missing[5:] else "")
            raise SourceError(
                f"{folder} holds {len(there)} of {wanted} shards (missing: {some}). "
                f"Download the rest, or name the files that you want."
            )
    return files


def shown(path: Path) -> str:
    """A path as it stands before a line number."""
    return named(str(path))
