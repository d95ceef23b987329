"""A round's model directory, looked at before it is believed; two of them compared by their weights."""

from __future__ import annotations

import json
import os
import shutil
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verirs.errors import NotAModel
from verirs.system.files import fsync

_PIECE = 16 << 20


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
        hint = " (adapter_config.json is there: these are adapters alone)"
        if not (path / "adapter_config.json").is_file():
            below = sorted(p.parent.name for p in path.glob("*/config.json"))
            hint = f" ({below[-1]} holds one: the model itself has to lie here)" if below else ""
            if any(path.rglob("*.distcp")) or any(path.glob("**/zero_pp_rank_*")):
                hint = " (a sharded checkpoint is there: put it together into a whole model first)"
        raise wrong(f"config.json is missing{hint}")
    if not isinstance(_json(path / "config.json"), dict):
        raise wrong("config.json is not JSON")
    if not any(
        (path / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")
    ):
        raise wrong("the tokenizer is missing")
    weights = weight_files(path)
    if weights and (path / "adapter_config.json").is_file():
        raise wrong(
            "adapter_config.json lies beside whole weights, so engines would put the adapters on top of "
            "them, or on another model in their place; keep the adapters in a folder of their own"
        )
    if not weights and not any(path.glob("*.index.json")):
        adapters = " (the adapters that are there are not merged)" if any(path.glob("adapter_*")) else ""
        raise wrong(f"the weights are missing{adapters}")
    named: set[str] = set()
    for index in sorted(path.glob("*.index.json")):
        shards = (_json(index) or {}).get("weight_map") if isinstance(_json(index), dict) else None
        if not isinstance(shards, dict) or not shards:
            raise wrong(f"{index.name} does not say which weights are where")
        named |= {str(shard) for shard in shards.values()}
    if missing := sorted(named - {w.name for w in weights}):
        raise wrong(f"the weights {', '.join(missing)} are missing")
    if named and (other := [w.name for w in weights if w.name not in named]):
        raise wrong(
            f"the index does not name {', '.join(other)}: some engines would load it over the others; of two "
            f"models in one folder nobody knows which is meant"
        )
    if not named and not {w.name for w in weights} & {"model.safetensors", "pytorch_model.bin"}:
        raise wrong(f"no index says what {weights[0].name} holds; one file alone is called model.safetensors")
    for file in weights:
        if file.suffix == ".safetensors" and (fault := cut_off(file)):
            raise wrong(f"{file.name} {fault}")
        if file.suffix == ".bin" and not zipfile.is_zipfile(file):
            raise wrong(f"{file.name} is no whole archive of torch's; save safetensors")


def weight_files(path: Path) -> list[Path]:
    """The files that engines load weights from: not those of adapters."""
    found = sorted(path.glob("*.safetensors")) or sorted(path.glob("pytorch_model*.bin"))
    return [file for file in found if not file.name.startswith("adapter_")]


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except ValueError:
        return None


def cut_off(file: Path) -> str:
    """What is wrong with the length of a safetensors file, or an empty string."""
    size = file.stat().st_size
    try:
        start, tensors = _header(file)
        end = max((end for _, end in tensors.values()), default=0)
    except EOFError:
        return "is cut off in its header"
    except (ValueError, KeyError, TypeError):
        return "is no safetensors file"
    return f"has {size} bytes of {start + end}" if size != start + end else ""


def _header(file: Path) -> tuple[int, dict[str, tuple[int, int]]]:
    """Where a safetensors file's data begin, and each tensor's place in them.

    The file begins with the length of a JSON header (8 bytes, little endian), which gives both ends of
    each tensor counted from the header's end.

    Raises:
        EOFError: the file ends before its header does.
        ValueError, KeyError, TypeError: it is another kind of file.
    """
    size = file.stat().st_size
    with file.open("rb") as data:
        head = data.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
        if length > size - 8:
            raise EOFError
        header = json.loads(data.read(length))
        places = {
            k: (int(t["data_offsets"][0]), int(t["data_offsets"][1]))
            for k, t in header.items()
            if k != "__metadata__"
        }
    return 8 + length, places


def same_weights(one: Path, other: Path) -> bool:
    """Whether two directories hold the same tensors, bit for bit, however they are spread over files.

    False where one holds none in safetensors files.
    """
    here, there = _tensors(one), _tensors(other)
    if not here or here.keys() != there.keys():
        return False
    return all(_equal(here[name], there[name]) for name in here)


def _tensors(path: Path) -> dict[str, tuple[Path, int, int]]:
    out = {}
    for file in weight_files(path):
        if file.suffix == ".safetensors":
            start, places = _header(file)
            out.update({name: (file, start + a, start + b) for name, (a, b) in places.items()})
    return out


def _equal(one: tuple[Path, int, int], other: tuple[Path, int, int]) -> bool:
    if one[2] - one[1] != other[2] - other[1]:
        return False
    return all(a == b for a, b in zip(_pieces(*one), _pieces(*other), strict=True))


def _pieces(file: Path, start: int, end: int) -> Iterator[bytes]:
    with file.open("rb") as data:
        data.seek(start)
        for at in range(start, end, _PIECE):
            yield data.read(min(_PIECE, end - at))


def without_links(path: Path) -> None:
    """Put copies in the place of links in what a trainer left, the directory itself included.

    A link may point at a model that was given to us, and nothing may ever be written there.

    Raises:
        NotAModel: a link that leads nowhere, or to what is no file or folder.
    """
    links = [path] if path.is_symlink() else [file for file in path.rglob("*") if file.is_symlink()]
    for link in links:
        target = link.resolve()
        copy = link.with_name(f"{link.name}.copy")
        if target.is_dir():
            shutil.copytree(target, copy)
        elif target.is_file():
            shutil.copyfile(target, copy)
        else:
            raise NotAModel(
                f"{link} is a link to {target}, where there is no file. The trainer has to leave a model."
            )
        link.unlink()
        copy.rename(link)


def flush(path: Path) -> None:
    """Flush a finished file, or a directory with all that is in it, to the disk."""
    if path.is_file():
        fsync(path)
        return
    for file in path.rglob("*"):
        if file.is_file() or file.is_dir():
            fsync(file)
    fsync(path)


def remove(path: Path) -> None:
    """Delete a file or a folder that may not be there; of a link the link alone."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def fresh(folder: Path) -> Path:
    """An empty place for what is being made in a round: nothing that a stopped attempt left is in it.

    It has this process's number, so that an orphan of a killed attempt cannot write into it.
    """
    remove(folder / "tmp")
    place = folder / "tmp" / str(os.getpid())
    place.mkdir(parents=True)
    return place
