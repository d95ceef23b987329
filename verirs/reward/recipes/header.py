"""What a model's files say before any weight is loaded: its config, the names and shapes of its tensors.

Of a folder the files themselves are read, of a hub id only the config, the index and the headers of the
weights' files. Code that ships with a model is never loaded.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import UserError, need
from verirs.system.hub import look

MOST_HEADER = 100 << 20
"""Bytes; no header of a safetensors file may be longer (its own limit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the files say.

    Args:
        model: the folder or hub id.
        config: ``config.json``.
        shapes: of each tensor; empty where the weights are of a kind whose header cannot be read.
        files: which file holds a tensor.
        adapter: the folder holds an adapter without its base model.
    """

    model: str
    config: Mapping[str, Any]
    shapes: Mapping[str, tuple[int, ...]]
    files: Mapping[str, str]
    adapter: bool = False

    @property
    def architecture(self) -> str:
        """The class that the config names; empty where it names none."""
        named = self.config.get("architectures")
        return str(named[0]) if isinstance(named, list) and named else ""

    def tensor(self, name: str, rows: list[int] | None = None) -> Any:
        """One tensor of the weights, or some rows of it, in float32.

        Raises:
            UserError: there is none of this name.
        """
        if name not in self.files:
            raise UserError(f"{self.model!r}: its weights lack {name}")
        path = _file(self.model, self.files[name])
        if path.suffix == ".safetensors":
            from safetensors import safe_open

            with safe_open(path, framework="pt") as stream:
                if rows is None:
                    return stream.get_tensor(name).float()
                import torch

                part = stream.get_slice(name)
                return torch.cat([part[row : row + 1] for row in rows]).float()
        import torch

        found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)[name]
        return (found if rows is None else found[rows]).float()


def header(model: str) -> Header:
    """Read what the files of a model say.

    Raises:
        UserError: there is no config, or it or a header cannot be read.
    """
    names = _names(model)
    adapter = "adapter_config.json" in names and "config.json" not in names
    if adapter:
        return Header(model=model, config={}, shapes={}, files={}, adapter=True)
    if "config.json" not in names:
        raise UserError(f"reward model {model!r} cannot be read: it has no config.json")
    config = _json(_file(model, "config.json"), model)
    shapes: dict[str, tuple[int, ...]] = {}
    files: dict[str, str] = {}
    weights = [n for n in names if n.endswith(".safetensors")]
    if not weights:
        weights = [n for n in names if n.startswith(("pytorch_model", "value_head")) and n.endswith(".bin")]
    elif "value_head.bin" in names:
        weights.append("value_head.bin")
    for name in sorted(weights):
        for key, shape in _shapes(model, name).items():
            shapes.setdefault(key, shape)
            files.setdefault(key, name)
    return Header(model=model, config=config, shapes=shapes, files=files)


def _names(model: str) -> list[str]:
    folder = Path(model)
    if folder.is_dir():
        return sorted(p.name for p in folder.iterdir() if p.is_file())
    need("huggingface_hub", "hf", "a reward model of the hub")
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        cached = Path(snapshot_download(model, local_files_only=True))
        names = sorted(p.name for p in cached.iterdir() if p.is_file())
        if any(name.endswith((".safetensors", ".bin")) for name in names):
            return names
    except HFValidationError as error:
        raise UserError(
            f"reward model {model!r} cannot be read: neither a folder nor a hub id ({_line(error)})"
        ) from error
    except (LocalEntryNotFoundError, OSError):
        pass
    look()
    try:
        return sorted(s.rfilename for s in HfApi().model_info(model).siblings or ())
    except OfflineModeIsEnabled as error:
        raise UserError(
            f"reward model {model!r}: the hub cannot be reached, and its cache here does not hold the model. "
            "Download it where there is a network (`hf download`), copy it here and give the directory"
        ) from error
    except (OSError, ValueError) as error:  # requests' and the hub's errors are OSErrors
        raise UserError(f"reward model {model!r} cannot be read: {_line(error)}") from error


def _file(model: str, name: str) -> Path:
    folder = Path(model)
    if folder.is_dir():
        return folder / name
    from huggingface_hub import hf_hub_download

    look()
    try:
        return Path(hf_hub_download(model, name))
    except (OSError, ValueError) as error:
        raise UserError(f"reward model {model!r}: {name} cannot be had: {_line(error)}") from error


def _json(path: Path, model: str) -> Mapping[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"reward model {model!r} cannot be read: {path.name}: {_line(error)}") from error
    if not isinstance(value, dict):
        raise UserError(f"reward model {model!r} cannot be read: {path.name} is no table")
    return value


def _shapes(model: str, name: str) -> dict[str, tuple[int, ...]]:
    folder = Path(model)
    if name.endswith(".safetensors") and not folder.is_dir() and not _cached(model, name):
        from huggingface_hub import HfApi

        try:
            found = HfApi().parse_safetensors_file_metadata(model, name).tensors
        except (OSError, ValueError) as error:
            raise UserError(f"reward model {model!r}: the header of {name}: {_line(error)}") from error
        return {key: tuple(info.shape) for key, info in found.items()}
    path = _file(model, name)
    try:
        return _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise UserError(
            f"reward model {model!r} cannot be read: {name} is no file of weights ({_line(error)})"
        ) from error


def _cached(model: str, name: str) -> bool:
    """Whether a file of a hub id lies here already."""
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(model, name), str)


def _safetensors(path: Path) -> dict[str, tuple[int, ...]]:
    with path.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > MOST_HEADER:
            raise ValueError(f"its header says that it is {length} bytes long")
        table = json.loads(stream.read(length))
    return {key: tuple(info["shape"]) for key, info in table.items() if key != "__metadata__"}


def _pickled(path: Path) -> dict[str, tuple[int, ...]]:
    need("torch", "hf", "weights in PyTorch's own form")
    import torch

    try:
        table = torch.load(path, map_location="meta", weights_only=True, mmap=True)
    except RuntimeError as error:
        raise ValueError(_line(error)) from error
    return {key: tuple(value.shape) for key, value in table.items() if torch.is_tensor(value)}


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
