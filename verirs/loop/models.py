"""A round's model directory, looked at before it is believed: whole, made of numbers, asked as before.

Two of them are compared by their weights, and what a training left is held against what it began with.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
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
        whole = max((end for *_, end in tensors(file)), default=_header(file)[0])
    except EOFError:
        return "is cut off in its header"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "is no safetensors file"
    return f"has {size} bytes of {whole}" if size != whole else ""


def _header(file: Path) -> tuple[int, dict[str, Any]]:
    """Where a safetensors file's data begin, and what its header says of each tensor.

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
    return 8 + length, {name: tensor for name, tensor in header.items() if name != "__metadata__"}


def tensors(file: Path) -> Iterator[tuple[str, str, int, int]]:
    """Name, format, first and last byte of each tensor of a safetensors file."""
    begin, header = _header(file)
    for name, tensor in header.items():
        start, end = tensor["data_offsets"]
        yield name, str(tensor["dtype"]), begin + int(start), begin + int(end)


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
            out.update({name: (file, start, end) for name, _, start, end in tensors(file)})
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


EXPONENTS = {"BF16": (2, 0x7F80), "F16": (2, 0x7C00), "F32": (4, 0x7F800000), "F64": (8, 0x7FF0000000000000)}
"""Of each format the bytes of a number, and the bits that are all set in infinities and what is no number."""


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
        for name, tensor in _header(file)[1].items():
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


_STORED = {"bfloat16": "BF16", "float16": "F16", "float32": "F32", "float64": "F64"}
"""How a type of a config is called in a file of weights."""


def changed_numbers(start: Path, out: Path) -> str:
    """As what numbers engines load the weights, before and after, where that is not the same."""
    before, after = _type(start), _type(out)
    return f"{before} -> {after}" if before and after and before != after else ""


def _type(model: Path) -> str:
    """What the model's config says, which engines go by; else how most of its tensors are stored."""
    config = _object(model / "config.json")
    said = str(config.get("dtype") or config.get("torch_dtype") or "auto").removeprefix("torch.")
    if said != "auto":
        return _STORED.get(said, said)
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
