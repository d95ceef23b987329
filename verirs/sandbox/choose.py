"""Which backend runs the programs: probing, the order of choice, and refusal.

The order is namespaces, Landlock, docker; never ``process``, and never a weaker one without saying so.
A sandbox that was opened stays what it is: nothing changes backend within a run.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable

from verirs.errors import SandboxError, nearest
from verirs.sandbox import cgroup, docker, languages, local
from verirs.sandbox.jobs import Limits, Probe, Sandbox, Stdio
from verirs.sandbox.packages import Packages, packages
from verirs.sandbox.pool import Pool
from verirs.sandbox.worker import Worker
from verirs.system.machine import usable_cores

AUTO = ("namespaces", "landlock", "docker")
BACKENDS = ("namespaces", "landlock", "docker", "process")


def _starter(name: str, limits: Limits, shown: Packages) -> Callable[[], Worker]:
    kind, _, runtime = name.partition(":")
    if kind == "docker":
        return docker.starter(runtime or None, limits, shown)
    return local.starter(kind, shown)


def _unfit(kind: str) -> str:
    return docker.unfit() if kind == "docker" else local.unfit(kind)


def probe(name: str) -> Probe:
    """Start one worker of a backend, run an empty program in it, and tell what it promises here."""
    kind, _, runtime = name.partition(":")
    if kind not in BACKENDS:
        raise SandboxError(
            f"unknown sandbox {name!r}{nearest(name, BACKENDS)} (known: {', '.join(BACKENDS)})"
        )
    if why := _unfit(kind):
        return Probe(name=name, available=False, why=why)
    grouped = cgroup.available()
    try:
        with Pool(name, _starter(name, Limits(), packages()), lambda: probe(name), Limits(), 1) as pool:
            result = pool.run(Stdio(code="print(6 * 7)"))
            if result.stdout != b"42\n":
                raise SandboxError(f"a first program failed: {result.reason}")
    except SandboxError as e:
        said = str(e)
        hint = local.advice(kind, said)
        return Probe(name=name, available=False, why=f"{said}; {hint}" if hint else said)
    promised = docker.guarantees(runtime) if kind == "docker" else local.guarantees(kind, grouped)
    return Probe(name=name, available=True, guarantees=promised)


def probe_all() -> list[Probe]:
    """Every backend's probe, strongest first. Takes some tenths of a second each."""
    return [probe(name) for name in BACKENDS]


def open_sandbox(
    name: str = "auto",
    limits: Limits | None = None,
    workers: int | None = None,
    shown: Packages | None = None,
) -> Pool:
    """A sandbox, with no worker started yet.

    Args:
        name: ``auto`` (the strongest that works here), ``namespaces``, ``landlock``, ``docker``,
            ``docker:RUNTIME`` (``docker:runsc`` is gVisor), or ``process`` (no isolation).
        limits: for jobs that bring none of their own.
        workers: jobs at one time; ``None`` is one for each CPU this process may use.
        shown: packages that programs may import; ``None``: the usual ones that are installed.

    Raises:
        SandboxError: it cannot run here, and for ``auto``: why none can.
    """
    limits = limits or Limits()
    if workers is None:
        workers = usable_cores()
    if name == "auto":
        name = _strongest()
    elif not (found := probe(name)).available:
        raise SandboxError(f"the sandbox {name} cannot run here: {found.why}")
    if name == "process":
        warnings.warn(
            "the sandbox 'process' isolates nothing: programs run with your rights",
            RuntimeWarning,
            stacklevel=2,
        )
    chosen = name
    start = _starter(chosen, limits, packages() if shown is None else shown)
    native = start
    if chosen == "namespaces":
        native = local.starter(chosen, Packages(), show=languages.all_roots())
    return Pool(chosen, start, lambda: probe(chosen), limits, workers, native)


_Key = tuple[int, str, int | None, Packages]
_shared: dict[_Key, tuple[Pool, int]] = {}
_lock = threading.RLock()


def lend_sandbox(name: str, workers: int | None, shown: Packages) -> Pool:
    """A sandbox of this process that all share who ask for the same: limits are of each job, so that many of
    them need no more workers. Give it back with `return_sandbox`.

    Raises:
        SandboxError: as `open_sandbox`.
    """
    key = (os.getpid(), name, workers, shown)
    with _lock:
        pool, users = _shared.get(key) or (open_sandbox(name, None, workers, shown), 0)
        _shared[key] = (pool, users + 1)
        return pool


def return_sandbox(pool: Sandbox) -> None:
    """Give back one that was lent; its workers end with the last user."""
    with _lock:
        for key, (other, users) in list(_shared.items()):
            if other is pool and users > 1:
                _shared[key] = (other, users - 1)
            elif other is pool:
                del _shared[key]
                other.close()


def _strongest() -> str:
    refused: list[str] = []
    for name in AUTO:
        found = probe(name)
        if found.available:
            if refused:
                warnings.warn(
                    f"running programs in the sandbox {name!r}; {refused[0]}", RuntimeWarning, stacklevel=3
                )
            return name
        refused.append(f"{name}: {found.why}")
    raise SandboxError(
        "no sandbox can run here, and programs are not run without one.\n  " + "\n  ".join(refused)
        + "\nMend one of these, or ask for the sandbox 'process' by name to run without isolation."
    )  # fmt: skip
