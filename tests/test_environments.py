"""The tests for vLLM are read in an environment that has less than the one for all the others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

_ONLY_IN_DEV = [
    *("pandas", "datasets", "trl", "peft", "ray", "sklearn", "docker", "gguf", "math_verify", "pint"),
    *("playwright", "tensorboard", "jsonschema", "ipykernel", "nbclient", "atheris", "mkdocs"),
]
"""What the extra `dev` brings and `scripts/test_vllm.sh` does not install."""

_COLLECT = f"""
import sys
for name in {_ONLY_IN_DEV!r}:
    sys.modules[name] = None  # an import of it raises ImportError
import pytest
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-m", "vllm", *sys.argv[1:]]))
"""


def _with_the_mark() -> list[str]:
    mark = "pytest.mark." + "vllm"
    return [str(p.relative_to(ROOT)) for p in sorted((ROOT / "tests").rglob("*.py")) if mark in p.read_text()]


def test_files_with_vllm_tests_import_nothing_of_the_dev_extra() -> None:
    files = _with_the_mark()
    assert len(files) >= 5
    done = subprocess.run(
        [sys.executable, "-c", _COLLECT, *files], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert all(f"{name}::" in done.stdout for name in files)


def test_the_script_reads_the_same_files() -> None:
    """Its own `grep` and nothing else decides which files that environment reads."""
    script = (ROOT / "scripts" / "test_vllm.sh").read_text()
    grep = next(line for line in script.splitlines() if line.startswith("mapfile"))
    done = subprocess.run(
        ["bash", "-c", f'{grep}; printf "%s\\n" "${{files[@]}}"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert sorted(done.stdout.split()) == _with_the_mark()
