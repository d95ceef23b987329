"""Runs a command and ends it, children included, when whoever started this is gone, however it ended.

    python tether.py COMMAND [ARGUMENT ...]

The starter holds the other end of standard input. When that closes (also by SIGKILL of the starter)
the command's process group gets SIGTERM, and SIGKILL after ten seconds. The exit status is the
command's; 128 + N where signal N ended it. Standard library only, Linux and macOS.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 10.0


def end(group: int, child: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, number)
            child.wait(GRACE_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
    # what the command itself started may have outlived it
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def main(command: list[str]) -> int:
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as e:
        print(f"cannot start {command[0]!r}: {e.strerror}", file=sys.stderr)
        return 127
    group = child.pid

    def watch() -> None:
        while os.read(0, 4096):
            pass
        end(group, child)
        os._exit(143)

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
