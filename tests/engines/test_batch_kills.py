"""A process that samples through the batch API, killed at each step: the next one pays for nothing twice.

The steps are those between which something is on the server and not here, or here and not yet recorded.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.batch_server import BatchServer
from tests.engines.test_openai_batch import made, paid_once, quick, request, sample

__all__ = ["quick"]

_PROGRAM = """
import os, signal, sys
from pathlib import Path
from tests.engines.test_openai_batch import made, request, sample
from verirs.engines.openai.batch_api import BatchApi
from verirs.engines.openai.sent import Kept

url, folder, name, when, number = sys.argv[1:]

class There:
    pass

server = There()
server.url = url
left = int(number)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def due():
    global left
    left -= 1
    return left == 0

def of_api(call):
    async def changed(*args, **more):
        now = due()
        if now and when == "before":
            die()
        given = await call(*args, **more)
        if now and when == "halfway":
            os.truncate(args[2], args[2].stat().st_size // 2)
        if now:
            die()
        return given
    return changed

def of_folder(call):
    def changed(*args, **more):
        now = due()
        if now and when == "before":
            die()
        given = call(*args, **more)
        if now:
            die()
        return given
    return changed

place, wrap = (BatchApi, of_api) if hasattr(BatchApi, name) else (Kept, of_folder)
setattr(place, name, wrap(getattr(place, name)))
sample(made(server, Path(folder)), request("a", 0, 1), request("b", 0, 1))
"""


@pytest.mark.parametrize(
    ("step", "when", "number"),
    [
        ("upload", "after", 1),  # the file is on the server
        ("put", "after", 1),  # the record says: sending
        ("create", "after", 1),  # the batch is on the server, and its name is not here
        ("put", "before", 2),
        ("put", "after", 2),  # the record says: open
        ("batch", "after", 2),  # it has ended
        ("download", "halfway", 1),
        ("download", "after", 1),  # all answers are here, unnamed
        ("done", "before", 1),
        ("put", "before", 3),  # they have their name, and the record still says: open
        ("put", "after", 3),  # the record says: done; nobody has them yet
        ("_index", "after", 1),
    ],
)
def test_killed_at_a_step(tmp_path: Path, step: str, when: str, number: int) -> None:
    server = BatchServer(looks=2)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, server.url, str(tmp_path), step, when, str(number)],
            timeout=240,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        found = sample(made(server, tmp_path), request("a", 0, 1), request("b", 0, 1))
        assert len(found) == 4
        assert paid_once(server) and len(server.answered) == 4
    finally:
        server.close()
