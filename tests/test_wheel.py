"""The wheel in clean environments: the newest dependencies, the lowest that it allows, and other Pythons.

The base install is used as a user would: graded, run, checked, exported; what needs an extra says which.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.strictly import ROOT

UV = [sys.executable, "-m", "uv"]
GRADES = r"""
import verirs
assert verirs.grade("math", answer="1/2", text=r"Half of it, so \boxed{0.5}").passed
assert verirs.grade("math", answer="x^2-1", text=r"\boxed{(x-1)(x+1)}").passed
assert not verirs.grade("math", answer="3", text=r"\boxed{4}").passed
score = verirs.grade("code", text="def f(x):\n    return 2 * x", tests="assert f(2) == 4", entry_point="f")
assert score.passed, score
print(verirs.__file__)
"""


def python_of(version: str) -> str | None:
    """A Python of this machine; none is downloaded."""
    command = [*UV, "python", "find", "--no-python-downloads", "--managed-python", version]
    for given in (command, [*command[:4], version]):
        found = subprocess.run(given, capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.strip()
    for path in Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"):
        return str(path)
    return shutil.which(f"python{version}")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dist")
    run([*UV, "build", "--quiet", "--wheel", "--out-dir", str(made), str(ROOT)], made)
    (path,) = made.glob("verirs-*.whl")
    return path


def run(command: list[str], folder: Path, *, code: int = 0) -> str:
    own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{command[-4:]}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "version, resolution",
    [("3.11", "lowest-direct"), ("3.12", "highest"), ("3.13", "highest"), ("3.14", "highest")],
)
def test_the_base_install_works(wheel: Path, version: str, resolution: str, tmp_path: Path) -> None:
    if (python := python_of(version)) is None:
        pytest.skip(f"no Python {version} on this machine")
    run([*UV, "venv", "--quiet", "--python", python, "env"], tmp_path)
    into = ["--python", str(tmp_path / "env/bin/python"), "--resolution", resolution]
    run([*UV, "pip", "install", "--quiet", *into, str(wheel)], tmp_path)
    verirs = str(tmp_path / "env/bin/verirs")

    assert str(tmp_path) in run([str(tmp_path / "env/bin/python"), "-c", GRADES], tmp_path)
    rows = [{"question": f"{i} + 1?", "answer": str(i + 1)} for i in range(3)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run([verirs, "init", "mine.toml", "--source", "mine.jsonl", "--engine", "fake"], tmp_path)
    assert "proved on 3 of 3 problems" in run([verirs, "check", "mine.toml"], tmp_path)
    assert "first prompt" in run([verirs, "run", "mine.toml", "--dry-run"], tmp_path)
    assert "dataset  runs/mine/export" in run([verirs, "run", "mine.toml", "--set", "n=4"], tmp_path)
    run([verirs, "verify", "runs/mine"], tmp_path)
    assert "namespaces" in run([verirs, "sandboxes"], tmp_path)
    for command, extra in (
        (["demo", "--rounds", "0"], "verirs["),
        (["bench", "gsm8k", "--engine", "fake"], "verirs[hub]"),
        (["run", "mine.toml", "--engine", "vllm", "--model", "m"], "verirs[vllm]"),
    ):
        assert f"pip install '{extra}" in run([verirs, *command], tmp_path, code=2)


def test_the_archive_has_no_leftovers(tmp_path: Path) -> None:
    import tarfile

    run([*UV, "build", "--quiet", "--sdist", "--out-dir", str(tmp_path), str(ROOT)], tmp_path)
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if known.returncode:
        pytest.skip("not a git checkout")
    assert set(names) - {"PKG-INFO"} <= set(known.stdout.splitlines())
