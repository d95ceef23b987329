"""A sandbox proves itself before it is trusted: a right program passes, and a dozen that cheat or reach
out do not get what they want. Under two seconds.

A sandbox that passes has held against these programs, not against all; the long form is the test suite.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterable

from verirs.sandbox.jobs import Drive, Limits, Result, Sandbox, Status, Stdio

_LIMITS = Limits(cpu_s=3, wall_s=8, memory_mb=256, disk_mb=8, processes=16, output_kb=64)
_TESTS = "def check(candidate):\n    assert candidate(3) == 9\n    assert candidate(12) == 144\n"
_RIGHT = "def square(n):\n    return n * n\n"


def _judged(sandbox: Sandbox, program: str) -> tuple[bool, Result]:
    job = Drive(
        code=program, entry_points=("square",), setup=_TESTS, tests=("check(candidate)",), limits=_LIMITS
    )
    result = sandbox.run(job)
    return bool(result.status is Status.OK and result.outcomes and result.outcomes[0].passed), result


def _if_it(gets: str) -> str:
    """A program that answers right only if ``gets()``, given as source, returns something true."""
    return f"{gets}\ndef square(n):\n    return n * n if gets() else 0\n"


_CHEATS = {
    "a wrong program": "def square(n):\n    return n + n\n",
    "a program that exits with code 0": "import os\ndef square(n):\n    os._exit(0)\n",
    "an object equal to everything": (
        "class E(int):\n    __eq__ = lambda s, o: True\n    __hash__ = int.__hash__\n"
        "def square(n):\n    return E(0)\n"
    ),
    "a thief of expected values": (
        "import gc, sys\n"
        "def square(n):\n"
        "    f = sys._getframe()\n"
        "    while f:\n"
        "        for v in (*f.f_locals.values(), *f.f_globals.values()):\n"
        "            if callable(v) and 'check' in repr(v): return n * n\n"
        "        f = f.f_back\n"
        "    return n * n if any('candidate(3)' in o for o in gc.get_objects() if type(o) is str) else 0\n"
    ),
}

_EATERS = {
    "a killer of other processes": _if_it(
        "import os, signal\n"
        "def gets():\n"
        "    up = os.getppid()\n"
        "    for p, s in ((up, signal.SIGSTOP), (up, signal.SIGKILL), (-1, signal.SIGKILL)):\n"
        "        try:\n"
        "            if p: os.kill(p, s)\n"
        "        except OSError: pass\n"
    ),
    "a fork bomb": _if_it(
        "import os, time\n"
        "def gets():\n"
        "    made = 0\n"
        "    while made < 40:\n"
        "        try: pid = os.fork()\n"
        "        except OSError: return False\n"
        "        if not pid: time.sleep(60)\n"
        "        made += 1\n"
        "    time.sleep(0.3)\n"
        "    return True\n"
    ),
    "a program that takes memory": _if_it("def gets():\n    return bytearray(b'x') * (600 << 20)\n"),
    "a program that fills the disk": _if_it(
        "def gets():\n"
        "    for i in range(4):\n"
        "        with open(f'big{i}', 'wb') as f: f.write(bytes(4 << 20))\n"
        "    import time; time.sleep(0.3)\n"
        "    return True\n"
    ),
}

_NEW_RIGHTS = _if_it(
    "import ctypes\n"
    "def gets():\n"
    "    c = ctypes.CDLL(None)\n"
    "    return c.unshare(0x10000000) == 0 or c.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0\n"
)

_RUNNER_SETS = ("PYTHONHASHSEED", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_FIND_NAMES = """
import os
def gets():
    found = set(os.environ)
    for p in os.listdir('/proc'):
        if p.isdigit():
            try: text = open(f'/proc/{{p}}/environ', 'rb').read()
            except OSError: continue
            found |= {{x.partition(b'=')[0].decode() for x in text.split(b'\\0')}}
    return found & {names}
"""
_LEAVE = """
import os, socket, time
for folder in ('.', '/tmp', '/dev/shm', os.path.expanduser('~')):
    try: open(os.path.join(folder, 'left-behind'), 'w').close()
    except OSError: pass
try:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            s = socket.socket(socket.AF_UNIX); s.bind('\\0left-behind'); s.listen(); time.sleep(60)
        os._exit(0)
    time.sleep(0.05)
except OSError: pass
"""
_FIND_FILE = """
import os
def gets():
    for folder in ('.', '/tmp', '/dev/shm', os.path.expanduser('~')):
        try: return bool(open(os.path.join(folder, 'left-behind')))
        except OSError: pass
"""
_FIND_DAEMON = """
import socket
def gets():
    try: socket.socket(socket.AF_UNIX).connect('\\0left-behind')
    except OSError: return False
    return True
"""


def self_test(sandbox: Sandbox) -> list[str]:
    """What went wrong, in a line each; empty: the sandbox held.

    These programs are never run in ``process``: they would succeed, on this machine.
    """
    if not sandbox.isolated:
        return [f"{sandbox.name} isolates nothing"]
    return [
        *_wrong(sandbox, [("a right program", _RIGHT, True)]),
        *cheating(sandbox),
        *eating(sandbox),
        *reaching_out(sandbox),
        *lingering(sandbox),
        *_wrong(sandbox, [("a right program at the end", _RIGHT, True)]),
    ]


def cheating(sandbox: Sandbox) -> list[str]:
    """Programs that want to be judged right and are not."""
    return _wrong(sandbox, [(what, program, False) for what, program in _CHEATS.items()])


def eating(sandbox: Sandbox) -> list[str]:
    """Programs that take more than their limits, or end others."""
    wrong = _wrong(sandbox, [(what, program, False) for what, program in _EATERS.items()])
    flood = sandbox.run(Stdio(code="while True: print('x' * 9999)", limits=_LIMITS))
    if flood.status is not Status.OUTPUT_LIMIT or len(flood.stdout) > _LIMITS.output_kb << 10:
        wrong.append(f"a flood of output: {flood.status} after {len(flood.stdout)} bytes")
    return wrong


def reaching_out(sandbox: Sandbox) -> list[str]:
    """A file, an environment variable and a server of this host, and its rights: no job may have them."""
    # names only: the values are nothing to show to a program
    names = sorted(set(os.environ) - {"PATH", "HOME", "LANG", "HOSTNAME", *_RUNNER_SETS})[:500]
    with tempfile.NamedTemporaryFile("w") as secret, socket.create_server(("127.0.0.1", 0)) as server:
        secret.write("secret")
        secret.flush()
        os.chmod(secret.name, 0o644)
        port = server.getsockname()[1]
        reader = f"def gets():\n    return open({secret.name!r}).read()\n"
        caller = (
            f"import socket\ndef gets():\n    socket.create_connection(('127.0.0.1', {port}), 1)\n"
            "    return True\n"
        )
        programs = {
            "a program that asks for new rights": _NEW_RIGHTS,
            "a reader of a host file": _if_it(reader),
            "a caller of a host port": _if_it(caller),
            "a reader of the host's environment": _if_it(_FIND_NAMES.format(names=set(names) or {"-"})),
        }
        return _wrong(sandbox, [(what, program, False) for what, program in programs.items()])


def lingering(sandbox: Sandbox) -> list[str]:
    """A file and a daemon that one job leaves and the next looks for."""
    wrong: list[str] = []
    for what, find in (("a file", _FIND_FILE), ("a daemon", _FIND_DAEMON)):
        sandbox.run(Stdio(code=_LEAVE, limits=_LIMITS))
        wrong += _wrong(sandbox, [(f"{what} of an earlier job", _if_it(find), False)])
    return wrong


def _wrong(sandbox: Sandbox, programs: Iterable[tuple[str, str, bool]]) -> list[str]:
    """What became of programs otherwise than they are meant to end: name, text, whether it passes."""
    wrong: list[str] = []
    for what, program, passes in programs:
        passed, result = _judged(sandbox, program)
        if result.status is Status.INFRA:
            wrong.append(f"{what}: the sandbox itself failed: {result.reason}")
        elif passed != passes:
            wrong.append(f"{what}: " + ("got its way" if passed else f"{result.status} {result.reason}"))
    return wrong
