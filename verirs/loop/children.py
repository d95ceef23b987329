"""Starts the heavy steps of a loop (training, measuring) in processes of their own and waits for them.

Their memory, a GPU's too, is returned when they end, and they end with this process (see ``tether``).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from verirs.errors import StepFailed, StoreError

TAIL_LINES = 12
LOOK_SECONDS = 0.2


def run_child(
    command: Sequence[str],
    log: Path,
    what: str,
    *,
    environment: Mapping[str, str] | None = None,
    tick: Callable[[str], None] = lambda line: None,
) -> None:
    """Run a command to its end, its output going to ``log`` (begun anew).

    Args:
        what: for messages, such as ``training``.
        environment: variables on top of this process's own.
        tick: called now and then with the last line of the log.

    Raises:
        StepFailed: a status other than 0, with the end of the log.
        StoreError: the disk is full.
    """
    tether = Path(__file__).with_name("tether.py")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(tether), *command],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,  # Ctrl-C comes to us alone; closing the pipe ends the child
        )
        try:
            while process.poll() is None:
                tick(last_line(log))
                time.sleep(LOOK_SECONDS)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
    if process.returncode:
        tail = "\n".join(read_tail(log).splitlines()[-TAIL_LINES:])
        if "No space left on device" in tail or "Disk quota exceeded" in tail:
            raise StoreError(
                f"no space left on the disk that holds {log.parent} while {what}. Everything before this "
                f"step is stored: free some space and run the same command."
            )
        raise StepFailed(
            f"{what} failed with exit status {process.returncode}. The end of {log}:\n{tail}\n"
            f"Everything before this step is stored: mend the cause and run the same command."
        )


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules in this interpreter."""
    # not -m: the package's __init__ imports some of these modules, and runpy warns then
    return [
        sys.executable,
        "-c",
        f"import sys; from {module} import main; sys.exit(main(*sys.argv[1:]))",
        *arguments,
    ]


def own_environment() -> dict[str, str]:
    """Variables for our own modules: importable as here, and quiet libraries."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.environ.get("PYTHONPATH", "")
    return {
        "PYTHONPATH": f"{root}{os.pathsep}{path}" if path else root,
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "WANDB_DISABLED": "true",
    }


def read_tail(path: Path, size: int = 8192) -> str:
    """The end of a text file; empty when it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def last_line(path: Path) -> str:
    lines = read_tail(path, 512).strip().splitlines()
    return lines[-1].strip() if lines else ""
