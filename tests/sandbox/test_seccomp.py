# ruff: noqa: E501 - tables
"""The seccomp filters, run by an interpreter of the few BPF instructions they use: both architectures."""

from __future__ import annotations

import json
import struct
import sys
from types import ModuleType
from unittest import mock

import pytest

from verirs.sandbox import files

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def seccomp() -> ModuleType:
    return files.module("seccomp")


def verdict(program: bytes, number: int, arch: int, arg0: int = 0) -> int:
    at, acc = 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("HBBI", program, at * 8)
        at += 1
        if code == 0x20:
            acc = {0: number, 4: arch, 16: arg0}[value]
        elif code == 0x06:
            return int(value)
        else:
            holds = {0x15: acc == value, 0x35: acc >= value, 0x45: bool(acc & value)}[code]
            at += if_true if holds else if_false


def test_the_base_filter_is_the_list(machine: str) -> None:
    table = json.loads((files.folder() / "seccomp.json").read_text())
    numbers = table["numbers"][machine]
    wanted = {numbers[n] for n in (*table["allow"], *table["setup"]) if n in numbers}
    program = seccomp().Profile(machine).base()
    for number in range(700):
        assert verdict(program, number, ARCH[machine]) == (ALLOW if number in wanted else ENOSYS)
    other = next(a for m, a in ARCH.items() if m != machine)
    assert verdict(program, numbers["read"], other) == KILL
    assert verdict(program, 0x40000000 + numbers["read"], ARCH[machine]) == ENOSYS


def test_every_listed_call_is_named_once_and_the_dangerous_are_not() -> None:
    table = json.loads((files.folder() / "seccomp.json").read_text())
    assert len(set(table["allow"])) == len(table["allow"]) and not set(table["allow"]) & set(table["setup"])
    refused = {"ptrace", "process_vm_readv", "process_vm_writev", "bpf", "perf_event_open", "userfaultfd", "keyctl",
               "add_key", "request_key", "init_module", "kexec_load", "io_uring_setup", "setns", "unshare", "clone3",
               "pidfd_getfd", "open_by_handle_at", "shmget", "mq_open", "syslog", "reboot", "swapon", "chroot",
               "pivot_root", "personality", "acct", "quotactl", "kcmp", "clock_settime", "mbind"}  # fmt: skip
    assert not refused & {*table["allow"], *table["setup"]}


def test_a_job_loses_what_the_runner_needed(machine: str) -> None:
    profile = seccomp().Profile(machine)
    n, arch = profile.numbers, ARCH[machine]
    program = profile.job(sockets=True, alone=False)
    for number in profile.setup:
        assert verdict(program, number, arch) == EPERM
    assert verdict(program, n["clone"], arch, 0x11) == ALLOW
    for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80):
        assert verdict(program, n["clone"], arch, 0x11 | flag) == EPERM
    assert verdict(program, n["socket"], arch, 1) == ALLOW
    for family in (0, 2, 10, 16, 17, 40):
        assert verdict(program, n["socket"], arch, family) == EPERM
    assert verdict(program, n["execve"], arch) == verdict(program, n["kill"], arch, 1) == ALLOW
    assert verdict(program, n["prlimit64"], arch, 0) == ALLOW
    assert verdict(program, n["prlimit64"], arch, 1) == EPERM  # of the leader of a batch


def test_a_job_without_namespaces_is_alone(machine: str) -> None:
    module = seccomp()
    profile = module.Profile(machine)
    n, arch = profile.numbers, ARCH[machine]
    built = module.Program(profile.job(sockets=False, alone=True))
    built.set_pid(4711)
    program = built._code.raw
    for name in ("setsid", "setpgid", "socket", "mount", "landlock_add_rule"):
        assert verdict(program, n[name], arch, 1) == EPERM
    unknown, pretended = 0x50000 | 38, 0x50000
    for name in ("fork", "vfork", "execve", "execveat"):
        assert name not in n or verdict(program, n[name], arch, 1) == unknown
    assert verdict(program, n["clone"], arch, 0x11) == unknown
    for name in (
        "chmod",
        "fchmod",
        "fchmodat",
        "fchownat",
        "utimensat",
    ):  # of files that are not its own, too
        assert name not in n or verdict(program, n[name], arch, 1) == pretended
    assert verdict(program, n["clone"], arch, 0x3D0F00) == ALLOW  # a thread
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "tkill", "prlimit64"):
        assert verdict(program, n[name], arch, 4711) == ALLOW
        assert verdict(program, n[name], arch, 1) == verdict(program, n[name], arch, 2**32 - 1) == EPERM
    assert (
        verdict(program, n["kill"], arch, 0) == EPERM and verdict(program, n["prlimit64"], arch, 0) == ALLOW
    )
    assert verdict(program, n["read"], arch) == ALLOW


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(OSError, match="riscv64"):
        seccomp().Profile("riscv64")


def test_the_runner_never_imports_verirs() -> None:
    own = {path.stem for path in files.folder().glob("*.py")}
    allowed = {"numpy", *own, *sys.stdlib_module_names}
    for path in files.folder().glob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                assert words[1].split(".")[0] in allowed, (path.name, line)
    with mock.patch.object(sys, "path", [str(files.folder()), *sys.path]):
        assert files.module("scratch").used(str(files.folder()), 1) > 1


def test_the_image_holds_every_module_of_the_runner() -> None:
    held = set(files.module("image").RUNNER)
    assert held == {p.name for p in files.folder().glob("*.py")} - {"image.py"} | {"seccomp.json"}
    assert "COPY *.py seccomp.json /runner/" in (files.folder() / "Dockerfile").read_text()
