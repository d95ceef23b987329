"""The end of a command in a process whose native libraries would abort it."""

from __future__ import annotations

import subprocess
import sys

import pytest

ABORTS = """
import atexit, ctypes, sys, types
libc = ctypes.CDLL(None)
libc.on_exit(libc.abort, None)  # as a library that takes a running thread down
if {torch}:
    sys.modules["torch"] = types.ModuleType("torch")
atexit.register(print, "registered")
from verirs.cli import main
sys.argv = ["verirs", *{words}]
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's on_exit")
@pytest.mark.parametrize(
    ("torch", "words", "status"),
    [(True, ["list"], 0), (True, ["check", "no-such.toml"], 2), (False, ["list"], -6)],
)
def test_a_command_that_loaded_torch_ends_with_its_own_code(
    torch: bool, words: list[str], status: int
) -> None:
    code = ABORTS.format(torch=torch, words=words)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, "registered" in done.stdout) == (status, True), done.stderr
