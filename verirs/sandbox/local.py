"""The backends that start the runner as a process of this machine: namespaces, Landlock, none."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from verirs.errors import SandboxError
from verirs.sandbox import files
from verirs.sandbox.cgroup import Cgroup
from verirs.sandbox.folders import Folder
from verirs.sandbox.jobs import Limits
from verirs.sandbox.packages import Packages
from verirs.sandbox.python import NOBODY, can_become_another, link_packages, own_python, readable_python
from verirs.sandbox.worker import Worker
from verirs.system.files import nameless_file

_OF_MALLOC = {"MALLOC_ARENA_MAX": "2"}
"""Else each thread of a program reserves 64 MB of its address space."""


class LocalRunner:
    """A runner started with `subprocess`, its scratch folder and its cgroup."""

    def __init__(
        self, tier: str, shown: Packages, *, cgroup: bool = True, show: tuple[str, ...] = ()
    ) -> None:
        uid = NOBODY if can_become_another() else None
        closed = tier != "namespaces" and uid is not None
        python = readable_python(os.getpid()) if closed else own_python()
        self._said = nameless_file("runner-stderr")
        self._folder = Folder()
        self._group: Cgroup | None = None
        scratch = ""
        if tier != "namespaces":
            scratch = os.path.join(self._folder.path, "scratch")
            os.mkdir(scratch, 0o700)
            os.chmod(self._folder.path, 0o711)
            if uid is not None:
                os.chown(scratch, uid, uid)
        setting = {
            "tier": tier, "uid": uid, "scratch": scratch, "meet": "", "show": show,
            "packages": link_packages(self._folder.path, shown, copied=closed),
        }  # fmt: skip
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            if cgroup:
                with contextlib.suppress(OSError):
                    self._group = Cgroup()
            # A session of its own: a Ctrl-C in the terminal is for the host.
            self._process = subprocess.Popen(
                [python, "-s", "-S", "-P", "-B", str(files.folder() / "runner.py"), json.dumps(setting)],
                env={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", **_OF_MALLOC},
                stdin=theirs.fileno(), stdout=self._said, stderr=self._said, start_new_session=True, cwd="/",
            )  # fmt: skip
            if self._group is not None:
                self._group.add(self._process.pid)
        except OSError:
            self._release()
            raise
        finally:
            theirs.close()

    def apply(self, limits: Limits) -> None:
        if self._group is not None:
            self._group.limit(limits.memory_mb, limits.processes)

    @property
    def grouped(self) -> bool:
        return self._group is not None

    def failure(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        text = os.pread(self._said, 1 << 16, 0).decode("utf-8", "replace").strip()
        if text:
            return text.splitlines()[-1]
        code = self._process.poll()
        if code == -signal.SIGKILL:
            return "it was killed from outside (signal 9), as Linux does when memory runs out"
        return f"exit code {code}"

    def end(self) -> None:
        if self._said < 0:
            return
        self.control.close()
        self._process.kill()
        self._process.wait()
        self._release()

    def _release(self) -> None:
        self.control.close()
        os.close(self._said)
        self._said = -1
        if self._group is not None:
            self._group.remove()
        self._folder.remove()

    def forget(self) -> None:
        """In a forked child: let go of what belongs to the parent."""
        self.control.close()
        self._folder.forget()
        os.close(self._said)
        self._said = -1


def starter(tier: str, shown: Packages, *, show: tuple[str, ...] = ()) -> Callable[[], Worker]:
    """What starts one more worker of a backend, which sees the files and folders in ``show`` too.

    The returned function raises `SandboxError` when the worker does not come up.
    """

    def start() -> Worker:
        try:
            return Worker(LocalRunner(tier, shown, show=show))
        except OSError as e:
            raise SandboxError(f"the {tier} sandbox could not be started: {e}") from e

    return start


def unfit(tier: str) -> str:
    """Why a backend cannot work on this system at all; empty: it may."""
    if sys.platform != "linux" and (tier != "process" or sys.platform == "win32"):
        return f"needs Linux; this is {platform.system()}"
    if tier != "process" and platform.machine() not in ("x86_64", "aarch64"):
        return f"no seccomp filter for {platform.machine()}"
    return ""


def advice(tier: str, said: str) -> str:
    """What a person can do about a runner that did not start."""
    if "Too many open files" in said:
        return "raise the limit on open files (ulimit -n)"
    if tier == "namespaces" and ("unshare" in said or "uid_map" in said or "clone" in said):
        restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
        if restricted.exists() and restricted.read_text().strip() == "1":
            return (
                "Ubuntu's AppArmor rule closes user namespaces: "
                "sysctl kernel.apparmor_restrict_unprivileged_userns=0"
            )
        return "user namespaces are closed here (sysctl user.max_user_namespaces, or a container's own rules)"
    if tier == "landlock" and "Landlock" in said:
        return "needs Linux 5.13 or later with Landlock switched on"
    return ""


def guarantees(tier: str, grouped: bool) -> dict[str, str]:
    """The threat table's words, as they are kept here."""
    memory = "cgroup of the worker" if grouped else "address space of each process; sum watched every 50 ms"
    if tier == "namespaces":
        return {
            "files": "own root of read-only mounts; own /tmp, gone with the job",
            "network": "empty network namespace; no sockets but AF_UNIX",
            "processes": "own pid namespace, ended as a whole; processes limited per job",
            "memory": memory, "disk": "own tmpfs of fixed size",
            "syscalls": "seccomp allow list, no capabilities",
            "languages": "Python, and those whose tools are here",
        }  # fmt: skip
    if tier == "landlock":
        return {
            "files": "Landlock: reads Python's files, writes its scratch folder only, emptied after each job",
            "network": "no sockets (Landlock 6 and later: AF_UNIX inside only)",
            "processes": "no new processes, no signals to others",
            "memory": memory, "disk": "watched every 50 ms",
            "syscalls": "seccomp allow list, no capabilities",
            "languages": "Python only: a compiler would have to be started",
        }  # fmt: skip
    return {
        "memory": "address space of each process", "processes": "the job's process group is killed",
        "languages": "Python only",
    }  # fmt: skip
