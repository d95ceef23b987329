"""The sandboxes under test: each backend that can run here, opened once; the others skip and say why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from verirs.errors import SandboxError
from verirs.sandbox import Limits, open_sandbox
from verirs.sandbox.pool import Pool

ENGINE = Path(__file__).parents[2] / "scripts" / "docker_engine.sh"
ISOLATED = ("namespaces", "landlock", "docker")
LIMITS = Limits(cpu_s=2, wall_s=5, memory_mb=256, disk_mb=16, processes=16, output_kb=256)


@pytest.fixture(scope="session")
def docker_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``DOCKER_HOST`` of an engine that has the image: the one at hand, else a private one, started here."""
    if shutil.which("docker") is None and shutil.which("dockerd") is None and os.geteuid() != 0:
        pytest.skip("docker: not installed, and installing it needs root")
    folder = tmp_path_factory.mktemp("engine", numbered=True)
    started = subprocess.run(
        [str(ENGINE), "start", str(folder)], capture_output=True, text=True, timeout=240,
        env={**os.environ, "PYTHON": sys.executable},
    )  # fmt: skip
    if started.returncode != 0:
        pytest.skip(f"docker: {started.stdout.strip().splitlines()[-1:] or started.stderr[-300:]}")
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = started.stdout.strip().splitlines()[-1]
    yield os.environ["DOCKER_HOST"]
    subprocess.run([str(ENGINE), "stop", str(folder)], check=False, timeout=60)
    if before is None:
        del os.environ["DOCKER_HOST"]
    else:
        os.environ["DOCKER_HOST"] = before


_open: dict[str, Pool | str] = {}


def opened(name: str, request: pytest.FixtureRequest) -> Pool:
    """The session's sandbox of this backend; skips where it cannot run."""
    if name.startswith("docker"):
        request.getfixturevalue("docker_engine")
    if name not in _open:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                _open[name] = open_sandbox(name, limits=LIMITS, workers=2)
            except SandboxError as e:
                _open[name] = str(e)
    found = _open[name]
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="session", autouse=True)
def _close_all() -> Iterator[None]:
    yield
    for found in _open.values():
        if not isinstance(found, str):
            found.close()
    _open.clear()


@pytest.fixture(params=[*ISOLATED, "process"])
def sandbox(request: pytest.FixtureRequest) -> Pool:
    """Every backend."""
    return opened(request.param, request)


@pytest.fixture(params=ISOLATED)
def isolated(request: pytest.FixtureRequest) -> Pool:
    """Every backend that isolates."""
    return opened(request.param, request)


@pytest.fixture
def local(request: pytest.FixtureRequest) -> Pool:
    """The strongest backend that runs here without an engine, for tests of what all share."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for name in ("namespaces", "landlock", "process"):
            try:
                return opened(name, request)
            except pytest.skip.Exception:
                continue
    pytest.skip("no local backend runs here")
