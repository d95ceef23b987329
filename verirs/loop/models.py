"""A round's model directory: looked at before it is believed, and put in place by one rename.

A directory under its final name is whole; one that is being written has another name.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from pathlib import Path

from verirs.errors import NotAModel, StoreError
from verirs.system.files import fsync


def check_model(path: Path) -> None:
    """Look whether a directory holds a whole model: config, tokenizer, weights of their full length.

    Raises:
        NotAModel: what is missing or cut off.
    """

    def wrong(what: str) -> NotAModel:
        return NotAModel(
            f"{path} is not a model directory: {what}. The trainer has to leave config.json, the "
            f"tokenizer and *.safetensors weights there (adapters merged)."
        )

    if not path.is_dir():
        raise wrong("it is a file" if path.exists() else "it does not exist")
    if not (path / "config.json").is_file():
        adapter = " (adapter_config.json is there: these are adapters alone)"
        raise wrong(f"config.json is missing{adapter if (path / 'adapter_config.json').is_file() else ''}")
    try:
        json.loads((path / "config.json").read_text())
    except ValueError:
        raise wrong("config.json is not JSON") from None
    if not any(
        (path / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")
    ):
        raise wrong("the tokenizer is missing")
    weights = sorted(path.glob("*.safetensors")) + sorted(path.glob("pytorch_model*.bin"))
    if not weights:
        raise wrong("the weights are missing")
    if index := next(iter(path.glob("*.safetensors.index.json")), None):
        named = set(json.loads(index.read_text())["weight_map"].values())
        if missing := sorted(named - {w.name for w in weights}):
            raise wrong(f"the weights {', '.join(missing)} are missing")
    for file in weights:
        if file.suffix == ".safetensors" and (fault := cut_off(file)):
            raise wrong(f"{file.name} {fault}")


def cut_off(file: Path) -> str:
    """What is wrong with the length of a safetensors file, or an empty string.

    The file begins with the length of a JSON header (8 bytes, little endian), which gives the end of
    each tensor counted from the header's end.
    """
    size = file.stat().st_size
    with file.open("rb") as data:
        head = data.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
        if length > size - 8:
            return "is cut off in its header"
        try:
            header = json.loads(data.read(length))
            end = max((t["data_offsets"][1] for k, t in header.items() if k != "__metadata__"), default=0)
        except (ValueError, KeyError, TypeError):
            return "is no safetensors file"
    return f"has {size} bytes of {8 + length + end}" if size != 8 + length + end else ""


def put_in_place(partial: Path, final: Path) -> None:
    """Flush a finished directory to the disk and give it its final name.

    Raises:
        StoreError: there is something under that name already.
    """
    for file in partial.rglob("*"):
        if file.is_file():
            with file.open("rb") as data:
                os.fsync(data.fileno())
    fsync(partial)
    if final.exists():
        raise StoreError(
            f"{final} appeared while it was being made. Does another process write {final.parent}?"
        )
    partial.rename(final)
    fsync(final.parent)


def drop_partials(folder: Path, stem: str) -> None:
    """Delete what stopped attempts to make ``folder/stem`` left."""
    for path in folder.glob(f"{stem}.partial*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
