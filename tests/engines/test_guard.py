"""The guard ends what a killed process leaves behind, and nothing after an orderly end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")

PARENT = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may have ignored it
from verirs.engines.guard import Guard, descendants
nap = "import signal, time; signal.signal(signal.SIGTERM, {handler}); time.sleep(600)"
family = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {nap!r}]); time.sleep(600)"
guard = Guard()
subprocess.Popen([sys.executable, "-c", family], start_new_session=True)
while len(descendants()) < 3:
    time.sleep(0.05)
time.sleep(1.2)
{started}
print(*(descendants() - {guard._process.pid}), flush=True)
{end}
"""


def run(
    end: str, stubborn: bool = False, started: str = "guard.started()"
) -> tuple[subprocess.Popen[str], list[int]]:
    program = (
        PARENT.replace("{end}", end)
        .replace("{started}", started)
        .replace("{handler}", "signal.SIG_IGN" if stubborn else "signal.SIG_DFL")
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    return parent, [int(pid) for pid in parent.stdout.readline().split()]


def alive(pids: list[int]) -> list[int]:
    found = []
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] != "Z":
                    found.append(pid)
        except FileNotFoundError:
            pass
    return found


def gone(pids: list[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pids)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_a_killed_process(number: signal.Signals) -> None:
    parent, children = run("time.sleep(600)")
    assert len(children) == 2 and len(alive(children)) == 2
    parent.send_signal(number)
    parent.wait(120)
    assert gone(children, 120)


def test_a_child_that_ignores_sigterm_is_killed() -> None:
    parent, children = run("time.sleep(600)", stubborn=True)
    parent.kill()
    parent.wait(120)
    assert gone(children, 120)


def test_an_orderly_end_leaves_the_children_alone() -> None:
    parent, children = run("guard.finish(); guard.finish(); assert len(descendants()) == 2")
    assert parent.wait(120) == 0
    time.sleep(1.2)
    assert len(alive(children)) == 2
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def test_a_process_killed_while_its_engine_starts() -> None:
    parent, children = run("time.sleep(600)", started="")
    parent.kill()
    parent.wait(120)
    assert gone(children, 120)


def test_processes_that_were_there_before_or_came_later_are_not_the_engines() -> None:
    other = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    program = (
        "import subprocess, sys, time\n"
        "from verirs.engines.guard import Guard\n"
        f"before = {other}\nguard = Guard()\ntime.sleep(1.2)\nguard.started()\ntime.sleep(1.2)\n"
        f"after = {other}\nprint(before.pid, after.pid, flush=True)\ntime.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    others = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait(120)
    time.sleep(2)
    assert len(alive(others)) == 2
    for pid in others:
        os.kill(pid, signal.SIGKILL)
