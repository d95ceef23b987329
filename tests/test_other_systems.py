"""Windows and macOS, simulated: what needs no sandbox works there, and the sandbox says why it does not.

The standard library is loaded first, as this system's. Then what only Unix or only Linux has is taken away,
and verirs is imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.strictly import ROOT

PRELOADED = """
import _strptime, asyncio, concurrent.futures.process, ctypes, getpass, logging.handlers, multiprocessing.pool
import os, pathlib, platform, pty, pydoc, selectors, shutil, signal, socket, sqlite3, ssl, subprocess, sys
import sysconfig, tarfile, tempfile, urllib.request, uuid, webbrowser
import aiohttp, cyclopts, flint, httpx, numpy, orjson, pyarrow.compute, pyarrow.parquet, pydantic, sympy
import rich.console, rich.live, rich.progress
"""
GONE = {
    "win32": (
        ["fcntl", "resource", "termios", "pwd", "grp"],
        [
            "fork",
            "register_at_fork",
            "setsid",
            "getuid",
            "geteuid",
            "killpg",
            "pread",
            "pwrite",
            "O_NOFOLLOW",
        ],
    ),
    "darwin": ([], []),
}
LINUX_ONLY = ["memfd_create", "pidfd_open", "sched_getaffinity", "sched_setaffinity", "posix_fallocate"]
SIGNALS = ["SIGHUP", "SIGKILL", "SIGALRM", "SIGUSR1"]
WORK = """
import importlib, pkgutil, verirs
for found in pkgutil.walk_packages(verirs.__path__, "verirs."):
    wanted = found.name.partition(".")[2].split(".")
    if wanted[0] not in ("hooks", "demo", "reward", "_sandboxes") and wanted[-1] not in ("__main__", "vllm"):
        importlib.import_module(found.name)
assert verirs.grade("math", answer="1/2", text=r"\\boxed{0.5}").passed
assert verirs.grade("math", answer="1/2", text=r"\\boxed{0.6}").verdict == "fail"
table = {"name": "x", "n": 2, "source": {"name": "easy", "limit": 3}, "engine": {"name": "fake"}}
try:
    assert verirs.run(table).summary.completions == 6
    assert verirs.run({**table, "n": 3}).summary.completions == 9
    print("runs")
except verirs.StoreError as e:
    print(e)
from verirs.sandbox import probe_all
for probe in probe_all():
    print(probe.name, probe.available, probe.why)
try:
    verirs.grade("code", text="def f(x): return x", tests="assert f(1) == 1", entry_point="f")
except verirs.SandboxError as e:
    print(e)
"""


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_math_works_and_programs_say_why_not(system: str, tmp_path: Path) -> None:
    modules, names = GONE[system]
    without = f"""
for module in {modules}:
    sys.modules[module] = None
for name in {names + LINUX_ONLY}:
    if hasattr(os, name):
        delattr(os, name)
for name in {SIGNALS if system == "win32" else []}:
    delattr(signal, name)
{"signal.SIGBREAK = 21" if system == "win32" else ""}
sys.platform = {system!r}
platform.system = lambda: {"Windows" if system == "win32" else "Darwin"!r}
"""
    done = subprocess.run(
        [sys.executable, "-c", PRELOADED + without + WORK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DOCKER_HOST": f"unix://{tmp_path}/none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = done.stdout.splitlines()
    refused = "Run directories are written on Linux and macOS only; on Windows use WSL."
    assert said[0] == ("runs" if system == "darwin" else refused)
    assert said[1].startswith("namespaces False needs Linux; this is ")
    assert "no sandbox can run here, and programs are not run without one." in said[5]
