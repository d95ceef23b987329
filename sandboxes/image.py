#!/usr/bin/env python3
"""Make the docker backend's image without a registry: from the Python that runs this script.

    python sandboxes/image.py [TAG]

The root file system is this interpreter, its standard library without its tests, the shared objects that
they need, numpy where it is installed, a shell where there is one, and the runner; a tar archive of it
goes to ``docker import`` on stdin. Needs Linux, ``ldd`` and the docker command, no network. The Dockerfile
beside this file makes an equivalent image from Docker Hub's Python.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNNER = (*sorted(p.name for p in HERE.glob("*.py") if p.name != "image.py"), "seccomp.json")
"""What the runner is made of."""
LEFT_OUT = {
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "turtledemo",
    "ensurepip",
    "site-packages",
    "dist-packages",
}
PYTHON = "/usr/local/bin/python3"


def tag() -> str:
    """The image's name: its tag says which runner is in it, so that an old image is never used."""
    digest = hashlib.sha256()
    for name in RUNNER:
        digest.update((HERE / name).read_bytes())
    return f"verirs-sandbox:{digest.hexdigest()[:12]}"


def _library() -> Iterator[Path]:
    """The standard library's files."""
    for folder, folders, names in os.walk(sysconfig.get_path("stdlib")):
        folders[:] = [f for f in folders if f not in LEFT_OUT and not f.startswith("config-")]
        yield from (Path(folder) / n for n in names if not n.endswith((".a", ".opt-2.pyc")))


def _package(name: str) -> Iterator[tuple[Path, str]]:
    """An installed package's files and where they go: beside nothing else, in ``/packages``."""
    for place in map(Path, sys.path):
        if (place / name).is_dir():
            for path in (place / name).rglob("*"):
                if path.is_file() and "tests" not in path.parts:
                    yield path, "packages/" + str(path.relative_to(place))
            return


def _needed(binaries: Iterable[Path]) -> set[Path]:
    """The shared objects that these files load, by the names they are looked for under."""
    found: set[Path] = set()
    for binary in binaries:
        out = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=False).stdout
        for word in out.split():
            if word.startswith("/") and os.path.exists(word):
                found.add(Path(word))
    return found


def root_filesystem(out: io.BufferedIOBase) -> None:
    """Write the root file system as a tar archive."""
    python = Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
    library = list(_library())
    packages = [x for name in ("numpy", "numpy.libs") for x in _package(name)]
    binaries = [python, *(p for p in library if ".so" in p.suffixes)]
    files = {str(p)[1:]: p for p in (*library, python)}
    for extra in map(Path, ("/bin/sh", "/bin/true")):
        if extra.exists():
            binaries.append(extra)
            files["usr" + str(extra)] = Path(os.path.realpath(extra))
    binaries += [p for p, _ in packages if ".so" in p.suffixes and ".libs" not in str(p)]
    needed = {p for p in _needed(binaries) if "/packages/" not in str(p) and "numpy.libs" not in str(p)}
    for path in needed:
        name = str(path)[1:]
        files["usr/" + name if name.startswith(("lib/", "lib64/")) else name] = Path(os.path.realpath(path))
    files |= {name: path for path, name in packages}
    files |= {f"runner/{name}": HERE / name for name in RUNNER}
    with tarfile.open(fileobj=out, mode="w|") as tar:
        for folder, mode in (
            ("tmp", 0o1777),
            ("proc", 0o555),
            ("sys", 0o555),
            ("dev", 0o755),
            ("ctl", 0o755),
        ):
            _folder(tar, folder, mode)
        for folder in sorted(
            {str(p) for name in files for p in Path(name).parents if str(p) != "."} | {"etc"}
        ):
            _folder(tar, folder, 0o755)
        for link in ("bin", "lib", "lib64"):
            _link(tar, link, "usr/" + link)
        if str(python) != PYTHON:
            _folder(tar, "usr/local/bin", 0o755)
            _link(tar, PYTHON[1:], str(python))
        _text(tar, "etc/passwd", "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n")
        _text(tar, "etc/group", "root:x:0:\nnogroup:x:65534:\n")
        for name, path in sorted(files.items()):
            info = tar.gettarinfo(str(path), name)
            info.type, info.uid, info.gid, info.uname, info.gname = tarfile.REGTYPE, 0, 0, "", ""
            info.mode, info.size = (0o755 if os.access(path, os.X_OK) else 0o644), path.stat().st_size
            with path.open("rb") as f:
                tar.addfile(info, f)


def _folder(tar: tarfile.TarFile, name: str, mode: int) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, mode
    tar.addfile(info)


def _link(tar: tarfile.TarFile, name: str, target: str) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    tar.addfile(info)


def _text(tar: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(text)
    tar.addfile(info, io.BytesIO(text.encode()))


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else tag()
    settings = ["-c", "ENV PYTHONHASHSEED=0", "-c", "ENV LANG=C.UTF-8", "-c", f'ENTRYPOINT ["{PYTHON}"]']
    load = subprocess.Popen(["docker", "import", *settings, "-", name], stdin=subprocess.PIPE)
    assert load.stdin is not None
    root_filesystem(load.stdin)
    load.stdin.close()
    if load.wait():
        sys.exit(load.returncode)
    print(name)


if __name__ == "__main__":
    main()
