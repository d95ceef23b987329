"""What a training left, held against what it began with: weights that are numbers, the same way to ask."""

from __future__ import annotations

import json
import struct
from collections import Counter
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


def check_fits(start: Path, path: Path) -> None:
    """Look whether a trained model's weights are those that its config asks for, as its start's are.

    Engines that miss a weight fill it with random numbers and warn; what they do not know they leave out. A
    wrapped model's names (``_orig_mod.``, ``module.``) so make a model of noise. A config that says something
    else than the start's is another architecture, of which nothing is known here.

    Raises:
        NotAModel: which names or shapes differ, or the tokenizer has tokens without weights.
    """
    here, there = ({n: s for f in weight_files(p) for n, s in shapes(f)} for p in (start, path))
    if here and there and _architecture(start) == _architecture(path):
        lacking, more = (
            [n for n in a if n not in b and not _tied(n)] for a, b in ((here, there), (there, here))
        )
        if lacking or more:
            told = " and ".join(filter(None, (_first("lacking", lacking), _first("unknown", more))))
            raise NotAModel(
                f"{path}: its weights are not called as those it began with: {told}. An engine would fill "
                f"what it misses with random numbers. Save the model itself, not what wraps it "
                f"(torch.compile, DDP, FSDP, adapters)."
            )
        if other := [n for n, s in there.items() if here.get(n, s) != s]:
            n = other[0]
            raise NotAModel(
                f"{path}: {len(other)} weights have another shape than config.json says "
                f"({n}: {list(here[n])} before, {list(there[n])} now). Save the config of the trained model."
            )
    if (known := _tokens(path)) > (rows := _rows(path)) > 0 and _tokens(start) <= _rows(start):
        raise NotAModel(
            f"{path}: its tokenizer knows {known} tokens, its config.json {rows} (vocab_size): the "
            f"trainer added tokens that have no weights. Resize the embeddings, or leave the tokenizer."
        )


def shapes(file: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of each tensor of a safetensors file; of others nothing is known."""
    if file.suffix == ".safetensors":
        for name, tensor in _read_header(file)[1].items():
            if name != "__metadata__":
                yield name, tuple(tensor["shape"])


def _tied(name: str) -> bool:
    """An output layer may be stored or be the embeddings once more; engines find that out themselves."""
    return name.endswith("lm_head.weight")


def _first(what: str, names: list[str]) -> str:
    return f"{len(names)} {what} (the first: {names[0]})" if names else ""


# what says nothing of a model's shape, or is written anew by whoever saves it
_NO_SHAPE = ("_name_or_path", "transformers_version", "torch_dtype", "dtype", "use_cache")


def _architecture(model: Path) -> Mapping[str, Any]:
    config = _object(model / "config.json")
    return {k: v for k, v in config.items() if k not in _NO_SHAPE and not k.endswith("_token_id")}


def _rows(model: Path) -> int:
    size = _object(model / "config.json").get("vocab_size")
    return size if isinstance(size, int) else 0


def _tokens(model: Path) -> int:
    """The number after a fast tokenizer's highest token; 0 where there is none."""
    if (known := _vocabulary(model)) is None:
        return 0
    vocabulary, added = known
    listed = vocabulary.values() if isinstance(vocabulary, dict) else [len(vocabulary or ()) - 1]
    return 1 + max([-1, *(i for i in [*listed, *added.values()] if isinstance(i, int))])


def tensors(file: Path) -> Iterator[tuple[str, str, int, int]]:
    """Name, format, first and last byte of each tensor of a whole safetensors file."""
    length, header = _read_header(file)
    for name, tensor in header.items():
        if name != "__metadata__":
            start, end = tensor["data_offsets"]
            yield name, str(tensor["dtype"]), 8 + length + start, 8 + length + end


def _read_header(file: Path) -> tuple[int, dict[str, Any]]:
    with file.open("rb") as data:
        length = struct.unpack("<Q", data.read(8))[0]
        return length, json.loads(data.read(length))


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


def changed_numbers(start: Path, out: Path) -> str:
    """How the weights' numbers are stored, before and after, where most of them are stored otherwise."""
    before, after = _type(start), _type(out)
    return f"{before} -> {after}" if before and after and before != after else ""


def _type(model: Path) -> str:
    files = (file for file in weight_files(model) if file.suffix == ".safetensors")
    kinds = Counter(kind for file in files for _, kind, *_ in tensors(file))
    return kinds.most_common(1)[0][0] if kinds else ""


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
