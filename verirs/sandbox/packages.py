"""Packages that programs may import besides the standard library: found here, or fetched once with pip.

A package is taken with everything that it needs. What is not installed beside this Python is installed by pip
into a folder of the user's cache, outside of any sandbox, once for a list of packages and a Python; so name
only packages that you trust. `digest` tells which versions there are: verdicts depend on them.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from verirs.errors import SandboxError

USUAL = ("numpy",)
"""Taken where they are installed, when nobody says."""
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^]]*\])?\s*(?:==\s*([^\s;,]+))?\s*(;.*)?$")


@dataclass(frozen=True, slots=True)
class Packages:
    """What is shown to programs: names of folders and modules with the places where they lie."""

    entries: tuple[tuple[str, str], ...] = ()
    versions: tuple[str, ...] = ()
    """``name==version`` of each distribution."""

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.versions).encode()).hexdigest()[:8]

    def provides(self, module: str) -> bool:
        """Whether a top-level module of that name is there."""
        return any(name.partition(".")[0] == module for name, _ in self.entries)


@functools.lru_cache(maxsize=64)
def packages(wanted: tuple[str, ...] | None = None) -> Packages:
    """The packages of these names (``name`` or ``name==version``) with what they need; ``None``: the usual
    ones that are installed.

    Raises:
        SandboxError: one is neither here nor to be had.
    """
    if wanted is None:
        found = [d for name in USUAL if (d := _installed(name, sys.path)) is not None]
        return _packages(found, sys.path)
    named = [_read(text) for text in wanted]
    found = []
    for name, version in named:
        dist = _installed(name, sys.path)
        if dist is None or (version and dist.version != version):
            return _fetched(tuple(sorted(wanted)))
        found.append(dist)
    return _packages(found, sys.path)


def _read(text: str) -> tuple[str, str | None]:
    match = _NAME.match(text) if isinstance(text, str) else None
    if match is None or match[3]:
        raise SandboxError(f"packages: {text!r} is no package (write name or name==version)")
    return match[1], match[2]


def _installed(name: str, path: Sequence[str]) -> metadata.Distribution | None:
    """The distribution of that name with files of its own, however the name is written."""
    for spelling in dict.fromkeys((name, name.replace("_", "-"), name.replace("-", "_"))):
        for dist in metadata.distributions(name=spelling, path=list(path)):
            if any(_top(file) for file in dist.files or ()):
                return dist
    return None


def _packages(roots: Sequence[metadata.Distribution], path: Sequence[str]) -> Packages:
    """These distributions and those that they need."""
    entries: dict[str, str] = {}
    versions: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        dist = waiting.pop()
        name = dist.metadata["Name"].lower().replace("_", "-")
        if name in versions:
            continue
        versions[name] = dist.version
        for file in dist.files or ():
            if top := _top(file):
                entries[top] = str(Path(str(dist.locate_file(top))).resolve())
        for needed in _needs(dist):
            if (other := _installed(needed, path)) is not None:
                waiting.append(other)
    there = tuple(sorted((n, p) for n, p in entries.items() if os.path.exists(p)))
    return Packages(there, tuple(sorted(f"{n}=={v}" for n, v in versions.items())))


def _top(file: metadata.PackagePath) -> str:
    """The folder or module of a distribution's file beside the other packages; empty for scripts and the
    like."""
    top = file.parts[0]
    return (
        "" if top in ("..", "__pycache__", "bin") or top.endswith(".pth") or os.path.isabs(str(file)) else top
    )


def _needs(dist: metadata.Distribution) -> Iterator[str]:
    """Names of what a distribution needs, without its extras. Markers of other systems do no harm: what is
    not installed is not taken."""
    for line in dist.requires or ():
        if "extra ==" not in line.replace("'", '"') and (match := re.match(r"[A-Za-z0-9._-]+", line)):
            yield match[0]


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base, "verirs", "packages")


def _fetched(wanted: tuple[str, ...]) -> Packages:
    """These packages in a folder of their own, installed there when they are not yet.

    Raises:
        SandboxError: they cannot be had.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}-{os.uname().machine}"
    folder = _cache() / hashlib.sha256("\n".join((python, *wanted)).encode()).hexdigest()[:16]
    if not folder.is_dir():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            made = tempfile.mkdtemp(dir=folder.parent)
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            command += ["--no-input", "--only-binary", ":all:", "--target", made, *wanted]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
            if done.returncode:
                said = (done.stderr.strip().splitlines() or ["no word"])[-1]
                raise SandboxError(
                    f"the packages {', '.join(wanted)} are not all installed here, and pip could not fetch "
                    f"them: {said}. Install them beside verirs, or leave them out of packages."
                )
            os.chmod(made, 0o755)
            os.rename(made, folder)
        except (OSError, subprocess.TimeoutExpired) as e:
            if not folder.is_dir():  # another process may have been faster
                raise SandboxError(f"the packages {', '.join(wanted)} could not be installed: {e}") from e
    path = [str(folder)]
    found = [_installed(_read(text)[0], path) for text in wanted]
    return _packages([d for d in found if d is not None], path)
