"""How many cores are ours, as containers say it: files of control groups laid out in a folder, and real
groups where they can be made.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from verirs.system import machine

CASES = {
    # seen at https://github.com/springfall2008/batpred/pull/4771
    "kubernetes": ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "400000 100000\n"}, [4]),
    "no limit": ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, []),
    "half a core": ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, [1]),
    "one and a half": ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, [2]),
    "a slice within a slice": (
        {
            "proc/self/cgroup": "0::/jobs.slice/mine.scope\n",
            "sys/fs/cgroup/jobs.slice/cpu.max": "300000 100000\n",
            "sys/fs/cgroup/jobs.slice/mine.scope/cpu.max": "max 100000\n",
        },
        [3],
    ),
    # version 1, where the path is the host's: https://github.com/laravel/octane/pull/1101
    "docker, version 1": (
        {
            "proc/self/cgroup": "5:net_cls,cpuset:/docker/ab\n4:cpu,cpuacct:/docker/ab\n0::/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
        [2],
    ),
    "version 1, no limit": (
        {
            "proc/self/cgroup": "1:cpu:/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
        [],
    ),
    "damaged": ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "100000 0\n"}, []),
    "no control groups": ({}, []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_container_grants(name: str, tmp_path: Path) -> None:
    files, cores = CASES[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert list(machine.quotas(tmp_path)) == cores


def test_the_least_of_all_counts_but_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(machine.CORES, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    monkeypatch.setattr(machine, "quotas", lambda: iter([4, 2]))
    assert machine.usable_cores() == 2
    monkeypatch.setattr(machine, "quotas", lambda: iter([]))
    assert machine.usable_cores() == 64
    monkeypatch.setattr(machine, "quotas", lambda: iter([4]))
    monkeypatch.setenv(machine.CORES, "7")
    assert machine.usable_cores() == 7


def _limited(group: Path, percent: int) -> None:
    if (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{percent * 1000} 100000")
    else:
        (group / "cpu.cfs_period_us").write_text("100000")
        (group / "cpu.cfs_quota_us").write_text(str(percent * 1000))


@pytest.mark.parametrize(("percent", "cores"), [(50, 1), (100, 1), (150, 2)])
def test_a_real_control_group(percent: int, cores: int) -> None:
    top = Path("/sys/fs/cgroup")
    group = (top / "cpu" if (top / "cpu").is_dir() else top) / f"verirs-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        try:
            _limited(group, percent)
        except OSError as error:
            pytest.skip(f"no limit of time can be set in a control group here: {error}")
        code = (
            f"import os; open({str(group / 'cgroup.procs')!r}, 'w').write(str(os.getpid()))\n"
            "os.sched_getaffinity = lambda pid: set(range(64))\n"
            "from verirs.system.machine import usable_cores; print(usable_cores())"
        )
        environment = {name: value for name, value in os.environ.items() if name != machine.CORES}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        if "cgroup.procs" in done.stderr and "Error" in done.stderr:
            pytest.skip(f"no process may join a control group here: {done.stderr.splitlines()[-1]}")
        assert done.stdout.split() == [str(cores)], done.stderr
    finally:
        group.rmdir()
