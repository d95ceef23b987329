"""The docker backend: kept containers with the same runner inside, through the docker SDK.

A worker is one container, made once: no network, read-only, no capabilities but those the runner needs to
become an ordinary user for each job and to clean up behind it. Jobs reach it over a socket in a bind-mounted
folder, with open descriptors, as with the other backends. Images are never pulled. A container
ends when its host process does; one that did not (the machine went down) is removed at the next start.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from verirs.errors import MissingExtra, SandboxError, need
from verirs.sandbox import files
from verirs.sandbox.folders import Folder
from verirs.sandbox.jobs import Limits
from verirs.sandbox.packages import Packages, packages
from verirs.sandbox.python import NOBODY, copied_packages
from verirs.sandbox.worker import Worker

_LABEL = "verirs.owner"
_START_S = 30.0
_OVERHEAD_MB = 64
_PROCESSES = 32
"""On top of a job's own: the runner, and what is being torn down."""


def image() -> str:
    """The image's name for this version of the runner."""
    digest = hashlib.sha256()
    for name in files.module("image").RUNNER:
        digest.update((files.folder() / name).read_bytes())
    return f"verirs-sandbox:{digest.hexdigest()[:12]}"


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Errors of the SDK and of its transport as `SandboxError`."""
    import docker.errors
    import requests.exceptions

    try:
        yield
    except docker.errors.ImageNotFound as e:
        raise SandboxError(
            f"the image {image()} is not there; make it: python {files.folder() / 'image.py'} "
            f"(or docker build -t {image()} {files.folder()})"
        ) from e
    except (docker.errors.DockerException, requests.exceptions.RequestException) as e:
        raise SandboxError(f"the docker engine: {e}") from e


@functools.cache
def _client(pid: int) -> Any:
    """The SDK's client, one a process (``pid``: connections do not survive a fork)."""
    import docker

    with _explained():
        return docker.from_env(timeout=60)


def _owner(pid: int) -> str:
    """A process by number, start time, and where the number means anything; empty when there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            started = f.read().rpartition(")")[2].split()[19]
    except OSError:
        return ""
    return f"{pid}:{started}:{_place()}"


def _place() -> str:
    """This host and pid namespace."""
    try:
        return f"{socket.gethostname()}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()


def reap() -> int:
    """Remove containers whose host process is gone; the number removed."""
    import docker.errors

    count = 0
    with _explained():
        for container in _client(os.getpid()).containers.list(all=True, filters={"label": _LABEL}):
            owner = container.labels.get(_LABEL, "")
            if owner.endswith(":" + _place()) and _owner(int(owner.partition(":")[0])) != owner:
                with contextlib.suppress(docker.errors.NotFound, docker.errors.APIError):
                    container.remove(force=True)
                    count += 1
    return count


class DockerRunner:
    """A runner in a container of its own."""

    def __init__(self, runtime: str | None, limits: Limits, shown: Packages) -> None:
        self._memory_mb = limits.memory_mb
        self._folder: Folder | None = Folder()
        meeting = os.path.join(self._folder.path, "ctl")
        os.mkdir(meeting)
        os.chmod(meeting, 0o777)  # the container's root may be another user here; the parent folder is closed
        volumes = {meeting: {"bind": "/ctl", "mode": "rw"}}
        place = "/packages"  # of the image
        if shown != packages():
            place = "/shown"
            volumes[copied_packages(os.getpid(), shown)] = {"bind": place, "mode": "ro"}
        setting = {
            "tier": "container", "uid": NOBODY, "packages": place, "scratch": "/tmp",
            "meet": "/ctl/s", "show": [],
        }  # fmt: skip
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(os.path.join(meeting, "s"))
        os.chmod(os.path.join(meeting, "s"), 0o777)
        listener.listen(1)
        self._container: Any = None
        try:
            with _explained():
                self._container = _client(os.getpid()).containers.create(
                    image(),
                    ["-s", "-S", "-P", "-B", "/runner/runner.py", json.dumps(setting)],
                    runtime=runtime, network_mode="none", read_only=True, ipc_mode="none", auto_remove=True,
                    tmpfs={"/tmp": f"size={limits.disk_mb}m,mode=1777,nr_inodes=8192"},
                    mem_limit=_memory(limits.memory_mb), memswap_limit=_memory(limits.memory_mb),
                    pids_limit=limits.processes + _PROCESSES,
                    cap_drop=["ALL"], cap_add=["SETUID", "SETGID", "KILL", "DAC_OVERRIDE"],
                    security_opt=["no-new-privileges"], labels={_LABEL: _owner(os.getpid())},
                    volumes=volumes, log_config={"type": "json-file"},
                )  # fmt: skip
                self._container.start()
            self._meet(listener)
        except BaseException:
            self.end()
            raise
        finally:
            listener.close()

    def _meet(self, listener: socket.socket) -> None:
        """Wait for the runner to come to the meeting point."""
        limit = time.monotonic() + _START_S
        listener.settimeout(0.5)
        while True:
            try:
                self.control, _ = listener.accept()
                return
            except TimeoutError:
                with _explained():
                    self._container.reload()
                if self._container.status not in ("created", "running") or time.monotonic() > limit:
                    raise SandboxError(f"the container did not come up: {self.failure()}") from None

    def apply(self, limits: Limits) -> None:
        if limits.memory_mb != self._memory_mb:  # one job at a time, and each has its own limit
            with _explained():
                self._container.update(
                    mem_limit=_memory(limits.memory_mb), memswap_limit=_memory(limits.memory_mb)
                )
            self._memory_mb = limits.memory_mb

    def failure(self) -> str:
        with contextlib.suppress(SandboxError), _explained():
            return str(self._container.logs(tail=3).decode("utf-8", "replace").strip()) or "no word"
        return "it is gone"

    def end(self) -> None:
        import docker.errors
        import requests.exceptions

        self.control.close()
        if self._folder is None:
            return
        if self._container is not None:
            # auto_remove may be faster; an engine that is gone cannot be asked.
            with contextlib.suppress(docker.errors.DockerException, requests.exceptions.RequestException):
                self._container.remove(force=True)
        self._folder.remove()
        self._folder = None

    def forget(self) -> None:
        self.control.close()
        if self._folder is not None:
            self._folder.forget()
            self._folder = None


def _memory(memory_mb: int) -> str:
    return f"{memory_mb + _OVERHEAD_MB}m"


def starter(runtime: str | None, limits: Limits, shown: Packages) -> Callable[[], Worker]:
    """What starts one more container.

    The returned function raises `SandboxError` when it does not come up.
    """

    def start() -> Worker:
        return Worker(DockerRunner(runtime, limits, shown))

    return start


def unfit() -> str:
    """Why docker cannot be used from here; empty: it may."""
    if sys.platform == "win32":
        return "needs Linux or macOS; this is Windows"
    try:
        need("docker", "docker", "the docker sandbox")
    except MissingExtra as e:
        return str(e)
    try:
        with _explained():
            _client(os.getpid()).ping()
            _client(os.getpid()).images.get(image())
            reap()
    except SandboxError as e:
        return str(e)
    return ""


def guarantees(runtime: str | None) -> dict[str, str]:
    """The threat table's words, as they are kept here."""
    kernel = (
        f"the runtime {runtime}" if runtime else "the engine's profile and the runner's seccomp allow list"
    )
    return {
        "files": "read-only container, its own image; /tmp emptied after each job",
        "network": "none; no sockets but AF_UNIX",
        "processes": "killed and reaped after each job; limited by the container's cgroup",
        "memory": "the container's cgroup", "disk": "tmpfs of fixed size", "syscalls": kernel,
        "languages": "Python only: the image has no compilers",
    }  # fmt: skip
