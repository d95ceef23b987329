"""Which backend runs the programs: probing, the order of choice, and refusal.

The order is namespaces, Landlock, docker; never ``process``, and never a weaker one without saying so.
A sandbox that was opened stays what it is: nothing changes backend within a run.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable

from verirs.errors import SandboxError, nearest
from verirs.sandbox import cgroup, docker, local
from verirs.sandbox.jobs import Limits, Probe, Stdio
from verirs.sandbox.pool import Pool
from verirs.sandbox.worker import Worker

AUTO = ("namespaces", "landlock", "docker")
BACKENDS = ("namespaces", "landlock", "docker", "process")


def _starter(name: str, limits: Limits) -> Callable[[], Worker]:
    kind, _, runtime = name.partition(":")
    return docker.starter(runtime or None, limits) if kind == "docker" else local.starter(kind)


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
        with Pool(name, _starter(name, Limits()), lambda: probe(name), Limits(), 1) as pool:
            result = pool.run(Stdio(code="print(6 * 7)"))
            if result.stdout != b"42\n":
                return Probe(name=name, available=False, why=f"a first program failed: {result.reason}")
    except SandboxError as e:
        said = str(e)
        hint = local.advice(kind, said)
        return Probe(name=name, available=False, why=f"{said}; {hint}" if hint else said)
    promised = docker.guarantees(runtime) if kind == "docker" else local.guarantees(kind, grouped)
    return Probe(name=name, available=True, guarantees=promised)


def probe_all() -> list[Probe]:
    """Every backend's probe, strongest first. Takes some tenths of a second each."""
    return [probe(name) for name in BACKENDS]


def open_sandbox(name: str = "auto", limits: Limits | None = None, workers: int | None = None) -> Pool:
    """A sandbox, with no worker started yet.

    Args:
        name: ``auto`` (the strongest that works here), ``namespaces``, ``landlock``, ``docker``,
            ``docker:RUNTIME`` (``docker:runsc`` is gVisor), or ``process`` (no isolation).
        limits: for jobs that bring none of their own.
        workers: jobs at one time; ``None`` is one for each CPU this process may use.

    Raises:
        SandboxError: it cannot run here, and for ``auto``: why none can.
    """
    limits = limits or Limits()
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
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
    return Pool(chosen, _starter(chosen, limits), lambda: probe(chosen), limits, workers)


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
