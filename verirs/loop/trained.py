"""What a training left, held against what it began with: weights that are numbers, the same way to ask."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from verirs.errors import NotAModel
from verirs.loop.models import weight_files

EXPONENTS = {"BF16": (2, 0x7F80), "F16": (2, 0x7C00), "F32": (4, 0x7F800000), "F64": (8, 0x7FF0000000000000)}
"""Of each format the bytes of a number, and the bits that are all set in infinities and what is no number."""
_PIECE = 16 << 20


def check_weights(path: Path) -> None:
    """Look whether all weights are there and are finite numbers; of safetensors files.

    A sharded training that gathers nothing leaves tensors without elements, one that diverged leaves NaN;
    both are whole files.

    Raises:
        NotAModel: which are not.
    """
    empty, wrong, count = [], [], 0
    for file in weight_files(path):
        if file.suffix == ".safetensors":
            for name, kind, start, end in tensors(file):
                count += 1
                if start == end:
                    empty.append(name)
                elif not _finite(file, kind, start, end):
                    wrong.append(name)
    if empty:
        raise NotAModel(
            f"{path}: {len(empty)} of {count} weights hold nothing (the first: {empty[0]}). A sharded "
            f"training has to gather them before it saves (ZeRO stage 3: "
            f"stage3_gather_16bit_weights_on_model_save; FSDP: FULL_STATE_DICT)."
        )
    if wrong:
        raise NotAModel(
            f"{path}: {len(wrong)} of {count} weights hold NaN or infinity (the first: {wrong[0]}): the "
            f"training diverged. Lower its learning rate, or look at its log, then run the same command."
        )


def tensors(file: Path) -> Iterator[tuple[str, str, int, int]]:
    """Name, format, first and last byte of each tensor of a whole safetensors file."""
    with file.open("rb") as data:
        length = struct.unpack("<Q", data.read(8))[0]
        header = json.loads(data.read(length))
    for name, tensor in header.items():
        if name != "__metadata__":
            start, end = tensor["data_offsets"]
            yield name, str(tensor["dtype"]), 8 + length + start, 8 + length + end


def _finite(file: Path, kind: str, start: int, end: int) -> bool:
    import numpy as np

    if kind not in EXPONENTS:
        return True
    width, bits = EXPONENTS[kind]
    with file.open("rb") as data:
        data.seek(start)
        for at in range(start, end, _PIECE):
            numbers = np.frombuffer(data.read(min(_PIECE, end - at)), f"<u{width}")
            if bool(np.any((numbers & numbers.dtype.type(bits)) == bits)):
                return False
    return True


def changed_beside(start: Path, out: Path) -> list[str]:
    """What of a model's text side differs from the model that it was trained from, in words.

    Whoever samples it writes other prompts than it was trained on, or does not see where a text ends.
    """
    words = {
        "the vocabulary": _vocabulary,
        "the chat template": _template,
        "what ends a text (eos_token_id)": _ends,
    }
    return [what for what, read in words.items() if read(start) != read(out)]


def _object(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _vocabulary(model: Path) -> Any:
    """Of a fast tokenizer; ``None`` where there is none, and two others are taken for equal."""
    tokenizer = _object(model / "tokenizer.json")
    if not isinstance(inner := tokenizer.get("model"), dict):
        return None
    added = {
        str(t.get("content")): t.get("id") for t in tokenizer.get("added_tokens") or () if isinstance(t, dict)
    }
    return inner.get("vocab"), added


def _template(model: Path) -> str | None:
    if (file := model / "chat_template.jinja").is_file():
        return file.read_text(encoding="utf-8", errors="replace").strip()
    told = _object(model / "tokenizer_config.json").get("chat_template")
    return told.strip() if isinstance(told, str) else None


def _ends(model: Path) -> set[Any]:
    for name in ("generation_config.json", "config.json"):
        if (ids := _object(model / name).get("eos_token_id")) is not None:
            return set(ids if isinstance(ids, list) else [ids])
    return set()
